//! Questions to the model that serves: what will be sold, as planned or with another price, promotion or weather.
//!
//! Forecast numbers are thousandths of the product's base unit (`_milli`), as those of the nightly forecasts.

use crate::AppError;
use chrono::{DateTime, NaiveDate, Utc};
use domain::ForecastSource;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Most questions of one request.
pub const MOST_QUESTIONS: usize = 1_000;

/// One question. What is left out is taken as it is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Predict {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// One of the four weeks after the trading day that the latest night closed.
    pub date: NaiveDate,
    /// Price of a unit on that day, in minor units of currency.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100000000))]
    #[serde(default)]
    pub price: Option<i64>,
    /// A promotion that runs on that day, or `null` for none. Without `price` it sets the price too: the list price less the discount.
    #[serde(default, deserialize_with = "told")]
    pub promotion: Option<Option<AssumedPromotion>>,
    #[serde(default)]
    pub weather: Option<AssumedWeather>,
}

/// A promotion that is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssumedPromotion {
    /// Off the list price, in basis points.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9999))]
    pub discount_bp: i32,
}

/// Weather that is assumed; what is left out stays as it is forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssumedWeather {
    /// Mean temperature in degrees Celsius.
    #[cfg_attr(feature = "openapi", schema(minimum = -80, maximum = 60))]
    #[serde(default)]
    pub temperature_c: Option<f64>,
    /// Precipitation in millimetres.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 2000))]
    #[serde(default)]
    pub precipitation_mm: Option<f64>,
}

/// `null` is an answer, nothing is none.
fn told<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Many questions at once, 1 to 1,000.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictBatch {
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub items: Vec<Predict>,
}

/// Where the numbers of an answer come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PredictionSource {
    /// The night's forecast as it is stored: neither the model nor anything that it reads has changed since.
    Stored,
    /// Computed since: another model serves, something that it reads has changed, or something else was assumed.
    Computed,
}

/// A range with equal parts of the probability beyond either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    pub low_milli: i64,
    pub high_milli: i64,
}

/// A model version by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelReference {
    pub id: Uuid,
    pub number: i32,
}

/// The distribution of what is wanted of a product in a shop on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PredictionView {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub date: NaiveDate,
    pub mean_milli: i64,
    /// In eight of ten days: quantiles 0.1 and 0.9.
    pub interval_80: Interval,
    /// In nine of ten days: quantiles 0.05 and 0.95.
    pub interval_90: Interval,
    /// At the levels 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9 and 0.95.
    #[cfg_attr(feature = "openapi", schema(min_items = 11, max_items = 11))]
    pub quantiles_milli: [i64; 11],
    pub source: PredictionSource,
    /// `Baseline` where no model forecasts this shop.
    pub forecast_by: ForecastSource,
    /// Nothing where the baseline forecasts.
    pub model_version: Option<ModelReference>,
    /// The trading day that the night closed on which this rests.
    pub issued_on: NaiveDate,
    /// When the numbers came to be: the night's moment where they are stored, else that of the computation's facts.
    pub issued_at: DateTime<Utc>,
    /// Assumptions that have no bearing on the numbers, because nobody who forecasts this shelf knows what they do: `price`, `promotion`,
    /// `promotion.discount_bp`, `weather`.
    pub ignored: Vec<String>,
}

/// What became of one question of many: a prediction or an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PredictionOutcome {
    pub prediction: Option<PredictionView>,
    pub error: Option<AppError>,
}

/// The answers to many questions, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PredictionBatchView {
    pub items: Vec<PredictionOutcome>,
}

/// The model that serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelInfoView {
    /// `None` while no model serves: the seasonal baseline forecasts.
    pub version: Option<crate::models::ModelVersionView>,
    /// Fingerprint of the data that it was trained on.
    pub data_version: Option<String>,
    pub schema_hash: Option<String>,
    pub code_version: Option<String>,
    /// Latest days of a series that the network reads one by one.
    pub history_days: u32,
    /// Days ahead that it forecasts.
    pub horizon_days: u32,
    /// Levels of the quantiles.
    pub quantiles: Vec<f64>,
    /// Names of the inputs by where they belong: `history`, `future`, `aligned`, `statics`; null while no model serves.
    #[serde(with = "crate::wire::free_form")]
    pub features: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_promotion_is_something_else_than_nothing_said_of_promotions() {
        let ids = r#""store_id":"0198c000-0000-7000-8000-000000000001","product_id":"0198c000-0000-7000-8000-000000000002","date":"2026-03-11""#;
        let read = |more: &str| -> Predict {
            serde_json::from_str(&format!("{{{ids}{more}}}")).expect("a question")
        };
        assert_eq!(read("").promotion, None);
        assert_eq!(read(r#","promotion":null"#).promotion, Some(None));
        let deep = Some(Some(AssumedPromotion { discount_bp: 2_000 }));
        assert_eq!(read(r#","promotion":{"discount_bp":2000}"#).promotion, deep);
        assert!(serde_json::from_str::<Predict>(&format!("{{{ids},\"prise\":1}}")).is_err());
    }
}
