//! The weather at a store, day by day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which days to list, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListWeather {
    pub store_id: Uuid,
    pub from: NaiveDate,
    /// Last day, included; at most 400 days after the first.
    pub until: NaiveDate,
}

/// What is known of a day's weather.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(min_properties = 1))]
#[serde(deny_unknown_fields)]
pub struct WeatherValues {
    /// Tenths of a degree Celsius, -600 to 600.
    #[cfg_attr(feature = "openapi", schema(minimum = -600, maximum = 600))]
    #[serde(default)]
    pub temperature_c_x10: Option<i32>,
    /// Tenths of a millimetre, 0 to 10,000.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000))]
    #[serde(default)]
    pub precipitation_mm_x10: Option<i32>,
    /// Foreseen, not measured.
    #[serde(default)]
    pub is_forecast: bool,
}

/// Puts the weather of a day at a store in the place of what was known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutWeather {
    pub store_id: Uuid,
    pub date: NaiveDate,
    pub values: WeatherValues,
}
