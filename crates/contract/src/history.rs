//! Forecasts of days that are over, beside what was sold.

use chrono::NaiveDate;
use domain::ForecastSource;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which past forecasts to list, the latest target day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListPastForecasts {
    /// Nothing = every store in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    /// First target day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last target day, included.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Days ahead that the forecast was made; every one that is judged where nothing is said.
    #[serde(default)]
    pub horizon: Option<i32>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A forecast of a day that is over, and what was sold on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastForecastView {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub target_date: NaiveDate,
    /// Days from `issued_on` to `target_date`.
    pub horizon: i32,
    /// The trading day that the night closed.
    pub issued_on: NaiveDate,
    pub source: ForecastSource,
    /// Nothing where the seasonal baseline forecast.
    pub model_version_id: Option<Uuid>,
    /// Base units that were sold.
    pub actual: i64,
    pub mean_milli: i64,
    pub median_milli: i64,
    /// |sold - median|, in thousandths of the base unit.
    pub absolute_error_milli: i64,
    /// Whether the sold quantity lay between the quantiles 0.1 and 0.9.
    pub inside_80: bool,
    /// The seasonal baseline's median of the same day.
    pub baseline_median_milli: Option<i64>,
    /// The number that a person had put beside the forecast, in base units.
    pub override_quantity: Option<i64>,
    /// The shelf ran empty: nobody knows what more would have been sold, and means of errors leave the day out.
    pub censored: bool,
}
