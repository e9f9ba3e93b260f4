//! The store manager's first page: today and tomorrow.

use crate::alerts::AlertView;
use crate::calendar::{DayMark, WeatherView};
use crate::forecasts::{Band, IssueView, OverrideView, ProductLabel, ScoreLine};
use chrono::{DateTime, NaiveDate, Utc};
use domain::JobStatus;
use domain::outlook::Risk;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One product of one day, as forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayOutlook {
    pub band: Band,
    pub overridden: Option<OverrideView>,
}

/// One product on the page of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TodayRow {
    pub product: ProductLabel,
    pub today: Option<DayOutlook>,
    pub tomorrow: Option<DayOutlook>,
    /// Nothing when the shelf was never counted or filled.
    pub on_hand: Option<i64>,
    /// Part of it that can no longer be sold.
    pub expired: i64,
    /// Planned in orders of today that are not finished.
    pub arriving: i64,
    /// Planned in orders of tomorrow.
    pub arriving_tomorrow: i64,
    pub sold: i64,
    /// What may still be sold today; nothing without a forecast.
    pub left_today: Option<Band>,
    pub sell_out: Risk,
    /// Base units that may be missing by closing time, at quantile 0.9.
    pub missing: i64,
    pub waste: Risk,
    /// Base units that will probably stay unsold until they expire, at the median.
    pub surplus: i64,
}

/// The day before, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YesterdayView {
    pub date: NaiveDate,
    /// Of the forecasts of the night before; nothing when they are not scored yet.
    pub score: Option<ScoreLine>,
    /// Names of the products that ran out.
    pub sold_out: Vec<String>,
    /// Estimate of what they would still have sold, in minor units; nothing when nothing ran out or nobody could tell.
    pub lost_minor: Option<i64>,
}

/// The latest night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastNightView {
    pub business_date: NaiveDate,
    pub status: JobStatus,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Everything that the manager of a store sees first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TodayView {
    pub store_id: Uuid,
    pub store_name: String,
    /// The store's business date at the moment of the answer.
    pub date: NaiveDate,
    pub now: DateTime<Utc>,
    /// Share of the opening hours that has passed, basis points.
    pub day_passed_bp: i64,
    /// Whether any ticket of today is in.
    pub tickets_in: bool,
    /// The night whose forecasts are shown; nothing before the first.
    pub issue: Option<IssueView>,
    pub last_night: Option<LastNightView>,
    /// Products with the most pressing first, then by category and sku.
    pub rows: Vec<TodayRow>,
    /// Open alerts of the store and of the organization, most urgent first.
    pub alerts: Vec<AlertView>,
    /// Special days and promotions of today and the next two weeks.
    pub marks: Vec<DayMark>,
    /// Of today and tomorrow.
    pub weather: Vec<WeatherView>,
    pub yesterday: YesterdayView,
}
