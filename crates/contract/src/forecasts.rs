//! Forecasts, people's own numbers beside them, and how they turned out.
//!
//! Forecast numbers are thousandths of the product's base unit (`_milli`); shares are basis points (`_bp`).

use crate::calendar::{DayMark, WeatherView};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{CalendarKind, ForecastSource, SoldOutBy, TotalLevel, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a store may sell on a day: in eight of ten days between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Band {
    /// Quantile 0.1.
    pub low_milli: i64,
    /// Quantile 0.5.
    pub median_milli: i64,
    /// Quantile 0.9.
    pub high_milli: i64,
    pub mean_milli: i64,
}

/// Thousandths to whole base units, half up.
#[must_use]
pub const fn whole(milli: i64) -> i64 {
    (milli + 500).div_euclid(1_000)
}

impl Band {
    /// Quantile 0.1 in whole base units.
    #[must_use]
    pub const fn low(&self) -> i64 {
        whole(self.low_milli)
    }

    /// The median in whole base units.
    #[must_use]
    pub const fn median(&self) -> i64 {
        whole(self.median_milli)
    }

    /// Quantile 0.9 in whole base units.
    #[must_use]
    pub const fn high(&self) -> i64 {
        whole(self.high_milli)
    }
}

/// A product as forecast pages name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductLabel {
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    pub category_id: Uuid,
    pub category: String,
    pub unit: Unit,
    pub shelf_life_days: i32,
}

/// A person's number for one store, product and day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverrideView {
    pub id: Uuid,
    pub target_date: NaiveDate,
    /// Base units.
    pub quantity: i64,
    pub note: Option<String>,
    /// Display name of the last author.
    pub author: String,
    pub updated_at: DateTime<Utc>,
    /// Sent back with a change, so that nobody overwrites what they have not seen.
    pub version: i32,
}

/// Where forecasts come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueView {
    /// The trading day that the night closed; forecasts are for the days after it.
    pub issued_on: NaiveDate,
    /// Last day that was forecast.
    pub until: NaiveDate,
    /// `Baseline`: no model has earned its place, the seasonal baseline stands in.
    pub source: ForecastSource,
    /// Number of the model version; nothing where the baseline forecasts.
    pub model_number: Option<i32>,
}

/// Which forecasts to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListForecasts {
    pub store_id: Uuid,
    /// The day to list; wins over `days_ahead`.
    pub target_date: Option<NaiveDate>,
    /// Days after the latest closed trading day: 1, 7, 28 or any in between. Nothing means 1.
    pub days_ahead: Option<u32>,
    pub category_id: Option<Uuid>,
    /// Part of a name or sku, whatever its case and accents.
    pub search: Option<String>,
}

/// One product on the forecast list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastRow {
    pub product: ProductLabel,
    pub band: Band,
    pub source: ForecastSource,
    pub overridden: Option<OverrideView>,
    /// Sold on the latest known day of the same weekday; nothing when the shop was closed.
    pub sold_same_weekday: Option<i64>,
}

/// Whose totals to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListTotals {
    pub level: TotalLevel,
    /// For the level `store`.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// For the level `product`.
    #[serde(default)]
    pub product_id: Option<Uuid>,
}

/// What a shop, a product or the chain sells in all on one day, of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotalDay {
    pub target_date: NaiveDate,
    pub unit: Unit,
    /// Forecasts that are added up.
    pub shelves: i32,
    /// The mean is the sum of theirs; the quantiles are those of the sum.
    pub band: Band,
}

/// Totals as the latest night forecast them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastTotals {
    pub level: TotalLevel,
    /// Nothing where no night has forecast yet.
    pub issue: Option<IssueView>,
    /// By day, then by unit.
    pub days: Vec<TotalDay>,
}

/// Sum over the listed products of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastTotal {
    pub unit: Unit,
    /// Sum of the means: expectations add up, quantiles do not.
    pub mean_milli: i64,
    /// The same with people's numbers in place of the means they override.
    pub planned_milli: i64,
    /// Of the sum, as the night forecast it; nothing where only a part of the products is listed.
    pub band: Option<Band>,
    pub sold_same_weekday: Option<i64>,
}

/// A category that the list can be narrowed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryOption {
    pub id: Uuid,
    pub name: String,
}

/// The forecasts of one store for one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastList {
    pub store_id: Uuid,
    /// The store's business date at the moment of the answer.
    pub today: NaiveDate,
    /// Nothing before the first night.
    pub issue: Option<IssueView>,
    pub target_date: NaiveDate,
    pub days_ahead: i64,
    /// The day whose sales stand beside the forecast.
    pub compared_with: NaiveDate,
    pub categories: Vec<CategoryOption>,
    /// By category, then sku. Empty on days on which the shop is closed.
    pub rows: Vec<ForecastRow>,
    /// One a unit, largest first.
    pub totals: Vec<ForecastTotal>,
    /// Holidays, events, closures and promotions of the day.
    pub marks: Vec<DayMark>,
    pub weather: Option<WeatherView>,
}

/// A day behind us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastDay {
    pub date: NaiveDate,
    /// Nothing when the shop was closed or the tickets are not in yet.
    pub sold: Option<i64>,
    /// Sold out: demand was at least this.
    pub sold_out: bool,
    /// Who says so; nothing when it did not sell out.
    pub sold_out_by: Option<SoldOutBy>,
    /// Estimate of what more would have been sold, base units; nothing when it did not sell out or nobody could tell.
    pub lost: Option<i64>,
    /// The same at the price of that day, in minor units.
    pub lost_minor: Option<i64>,
    /// What was said the night before.
    pub day_before: Option<Band>,
    /// Median of what was said seven days before.
    pub week_before_milli: Option<i64>,
    pub overridden: Option<i64>,
}

/// A day ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComingDay {
    pub date: NaiveDate,
    /// Nothing when the shop is closed or the product is not on sale.
    pub band: Option<Band>,
    pub overridden: Option<OverrideView>,
    /// Whether a person may still put their own number here.
    pub open: bool,
}

/// How forecasts of one kind turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreLine {
    /// Days ahead.
    pub horizon: i32,
    /// Shelf-days that were scored; sold-out days are left out, because nobody knows what they would have sold.
    pub days: i64,
    /// Sum of |sold - median| over sum of sold. Nothing when nothing was sold.
    pub wape_bp: Option<i64>,
    /// Sum of (mean - sold) over sum of sold: above zero, too much was forecast.
    pub bias_bp: Option<i64>,
    /// Share of days inside the range; 8,000 is what the range promises.
    pub inside_bp: Option<i64>,
    /// The error of the median and of "as on the same day last week", both on the days on which both are known.
    pub compared_bp: Option<(i64, i64)>,
}

/// An error in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Excellent,
    Good,
    Fair,
    Poor,
}

impl Verdict {
    /// Up to 15 % of what was sold is excellent, 25 % good, 40 % fair: the range that the trade reports for daily
    /// forecasts of single products.
    #[must_use]
    pub const fn of(wape_bp: i64) -> Self {
        if wape_bp <= 1_500 {
            Self::Excellent
        } else if wape_bp <= 2_500 {
            Self::Good
        } else if wape_bp <= 4_000 {
            Self::Fair
        } else {
            Self::Poor
        }
    }
}

impl ScoreLine {
    /// The error in a word, where there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.wape_bp.map(Verdict::of)
    }
}

/// Which scores to sum up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListScores {
    /// Nothing means every store in scope.
    pub store_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub from: NaiveDate,
    /// Last day, included.
    pub until: NaiveDate,
}

/// Scores of one shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShelfScore {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub line: ScoreLine,
}

/// How the forecasts of some days turned out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoresView {
    /// Over everything asked for, by horizon (1, 7 and 28).
    pub overall: Vec<ScoreLine>,
    /// By store, product and horizon.
    pub shelves: Vec<ShelfScore>,
}

/// What the history of a shelf says about a day. Facts about what was sold, counted from the sales; not a look into
/// the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ForecastReason {
    /// Mean of the latest days of the same weekday that were neither special nor on promotion.
    Weekday { days: u32, mean_milli: i64 },
    /// Sales a day of the last four weeks against the four before.
    Trend { change_bp: i64 },
    /// The day is special. `effect_bp`: what such days of the last year sold against ordinary days of their weekday.
    Special {
        calendar: CalendarKind,
        name: String,
        effect_bp: Option<i64>,
        days: u32,
    },
    /// A promotion runs.
    Promotion {
        code: String,
        name: String,
        discount_bp: i32,
        effect_bp: Option<i64>,
        days: u32,
    },
    /// Rain is expected.
    Rain {
        precipitation_mm_x10: i32,
        effect_bp: Option<i64>,
        days: u32,
    },
    /// Heat is expected.
    Heat {
        temperature_c_x10: i32,
        effect_bp: Option<i64>,
        days: u32,
    },
    /// On so many of the last 28 days the shelf ran empty: more could have been sold.
    SoldOut { days: u32 },
}

/// Which product to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastDetailQuery {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Weeks of history: 4, 8, 26 or 52.
    pub weeks: u32,
    /// The day that the reasons speak of; nothing means the first day ahead.
    pub target_date: Option<NaiveDate>,
}

/// One product of one store: what was, what was said about it, and what comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastDetail {
    pub store_id: Uuid,
    pub product: ProductLabel,
    /// The store's business date at the moment of the answer.
    pub today: NaiveDate,
    pub issue: Option<IssueView>,
    pub weeks: u32,
    /// Ascending, one a calendar day, up to the latest closed trading day.
    pub past: Vec<PastDay>,
    /// Ascending, one a calendar day.
    pub coming: Vec<ComingDay>,
    pub marks: Vec<DayMark>,
    pub weather: Vec<WeatherView>,
    /// Of the history shown: one day and seven days ahead.
    pub scores: Vec<ScoreLine>,
    /// The day that `reasons` speak of.
    pub reasons_for: Option<NaiveDate>,
    pub reasons: Vec<ForecastReason>,
}

/// The override that a change refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenOverride {
    pub id: Uuid,
    pub version: i32,
}

/// Puts a person's own number beside the forecast of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetOverride {
    pub command_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub target_date: NaiveDate,
    /// Base units, 0 to 1,000,000.
    pub quantity: i64,
    pub note: Option<String>,
    /// The number that stood there when the person decided; nothing = none stood there.
    pub seen: Option<SeenOverride>,
}

/// Takes a person's number away; the forecast counts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteOverride {
    pub command_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub target_date: NaiveDate,
    pub seen: SeenOverride,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_become_whole_units_half_up() {
        assert_eq!(whole(83_499), 83);
        assert_eq!(whole(83_500), 84);
        assert_eq!(whole(0), 0);
        assert_eq!(whole(499), 0);
    }

    #[test]
    fn an_error_has_one_word() {
        assert_eq!(Verdict::of(1_500), Verdict::Excellent);
        assert_eq!(Verdict::of(1_501), Verdict::Good);
        assert_eq!(Verdict::of(4_000), Verdict::Fair);
        assert_eq!(Verdict::of(4_001), Verdict::Poor);
    }
}
