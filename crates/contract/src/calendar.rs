//! Days that are known in advance to be special: holidays, events, closures and promotions; and the weather.

use chrono::{DateTime, NaiveDate, Utc};
use domain::CalendarKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a mark on the time axis stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    PublicHoliday,
    SchoolHoliday,
    Event,
    Closure,
    Promotion,
}

impl From<CalendarKind> for MarkKind {
    fn from(kind: CalendarKind) -> Self {
        match kind {
            CalendarKind::PublicHoliday => Self::PublicHoliday,
            CalendarKind::SchoolHoliday => Self::SchoolHoliday,
            CalendarKind::Event => Self::Event,
            CalendarKind::Closure => Self::Closure,
        }
    }
}

/// A special day or a promotion, as charts and lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayMark {
    pub kind: MarkKind,
    pub name: String,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
}

impl DayMark {
    /// Whether the mark covers the day.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.starts_on <= date && date <= self.ends_on
    }
}

/// Weather of one day at a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeatherView {
    pub date: NaiveDate,
    /// Tenths of a degree Celsius.
    pub temperature_c_x10: Option<i32>,
    /// Tenths of a millimetre.
    pub precipitation_mm_x10: Option<i32>,
    pub is_forecast: bool,
}

/// Which part of the calendar to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarQuery {
    pub from: NaiveDate,
    /// Last day, included; at most 400 days after the first.
    pub until: NaiveDate,
    /// Only what concerns this store; nothing = every store in scope.
    pub store_id: Option<Uuid>,
}

/// A holiday, event or closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarEntryView {
    pub id: Uuid,
    /// Nothing = every store.
    pub store_id: Option<Uuid>,
    pub store_name: Option<String>,
    pub kind: CalendarKind,
    pub name: String,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Whether the person who asked may change it.
    pub editable: bool,
}

/// A discount that runs for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromotionView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    /// Nothing = every store.
    pub store_id: Option<Uuid>,
    pub store_name: Option<String>,
    /// Nothing = every product.
    pub product_id: Option<Uuid>,
    pub product_name: Option<String>,
    /// Nothing = every category.
    pub category_id: Option<Uuid>,
    pub category_name: Option<String>,
    pub discount_bp: i32,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    /// Whether the person who asked may change it.
    pub editable: bool,
}

/// A product or category that a promotion can be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubjectOption {
    pub id: Uuid,
    pub name: String,
}

/// Part of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarView {
    /// By first day.
    pub entries: Vec<CalendarEntryView>,
    /// By first day.
    pub promotions: Vec<PromotionView>,
    /// What a promotion can be about.
    pub products: Vec<SubjectOption>,
    pub categories: Vec<SubjectOption>,
    /// Whether the person may write entries for every store at once.
    pub may_write_everywhere: bool,
}

/// Creates a calendar entry, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveCalendarEntry {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub id: Option<Uuid>,
    pub store_id: Option<Uuid>,
    pub kind: CalendarKind,
    pub name: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub note: Option<String>,
}

/// Takes a calendar entry away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteCalendarEntry {
    pub command_id: Uuid,
    pub id: Uuid,
}

/// Creates a promotion, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavePromotion {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub id: Option<Uuid>,
    pub code: String,
    pub name: String,
    pub store_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub category_id: Option<Uuid>,
    /// 0 to 9,000.
    pub discount_bp: i32,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// Takes a promotion away, unless sales refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletePromotion {
    pub command_id: Uuid,
    pub id: Uuid,
}
