//! The panel: everything a forecaster may read, in memory, without any database type.
//!
//! `services` builds it from the database, `simulate` from a synthetic chain, and the evaluation reader from a
//! data set folder; `forecast` reads nothing else.

use crate::CalendarKind;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Quantile levels of every forecast, ascending. The scorer of record uses the same eleven.
pub const QUANTILE_LEVELS: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// Position of the median in [`QUANTILE_LEVELS`].
pub const MEDIAN: usize = 5;

/// Days ahead that are forecast every night.
pub const HORIZON_DAYS: usize = 28;

/// A store as the forecaster sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelStore {
    /// Stable identifier (uuid text in the product, the data set's own id elsewhere).
    pub id: String,
}

/// A product as the forecaster sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelProduct {
    /// Stable identifier.
    pub id: String,
    /// Category name, empty when unknown.
    pub category: String,
    /// List price in major currency units, `None` when unknown.
    pub list_price: Option<f64>,
    /// Cost of a unit in major currency units, `None` when unknown. Models do not read it, they are judged by it.
    #[serde(default)]
    pub unit_cost: Option<f64>,
    /// What a left-over unit still brings, in major currency units, `None` when unknown. Models do not read it.
    #[serde(default)]
    pub salvage: Option<f64>,
}

/// One open day of one store x product.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelDay {
    /// Business date in the store's own time zone.
    pub date: NaiveDate,
    /// Units sold in the product's base unit. Fractional only in data sets whose unit is money.
    pub quantity: f64,
    /// Unit price in major currency units, `None` when unknown.
    pub price: Option<f64>,
    /// Whether a promotion ran, `None` when unknown.
    pub promotion: Option<bool>,
    /// The shelf ran empty: true demand was at least `quantity`.
    pub censored: bool,
}

/// A future day of one store x product: everything planned, nothing observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedDay {
    pub date: NaiveDate,
    /// Planned unit price in major currency units, `None` when unknown.
    pub price: Option<f64>,
    /// Whether a promotion is planned, `None` when unknown.
    pub promotion: Option<bool>,
}

/// History and plan of one store x product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelSeries {
    /// Index into [`Panel::stores`].
    pub store: usize,
    /// Index into [`Panel::products`].
    pub product: usize,
    /// Days on which the store was open and the product on sale, ascending, none after [`Panel::last_date`].
    /// A missing date means closed or not on sale; a zero means open and nothing sold.
    pub days: Vec<PanelDay>,
    /// Open days after [`Panel::last_date`] to forecast, ascending, at most [`HORIZON_DAYS`] calendar days ahead.
    pub planned: Vec<PlannedDay>,
}

/// A special day, known in advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelCalendarDay {
    pub date: NaiveDate,
    /// Index into [`Panel::stores`]; `None` = every store.
    pub store: Option<usize>,
    pub kind: CalendarKind,
    pub name: String,
}

/// Weather of one day: observed in the past, forecast in the future.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelWeatherDay {
    pub date: NaiveDate,
    /// Index into [`Panel::stores`]; `None` = every store.
    pub store: Option<usize>,
    /// Mean temperature in degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Precipitation in millimetres.
    pub precipitation_mm: Option<f64>,
}

/// All series of one organization up to a cutoff, with what is known about the days ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    pub stores: Vec<PanelStore>,
    pub products: Vec<PanelProduct>,
    pub series: Vec<PanelSeries>,
    pub calendar: Vec<PanelCalendarDay>,
    pub weather: Vec<PanelWeatherDay>,
    /// The cutoff: last day whose sales are known.
    pub last_date: NaiveDate,
}

/// Predictive distribution of one store x product on one day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayForecast {
    pub target_date: NaiveDate,
    /// Expected units; finite and never negative.
    pub mean: f64,
    /// Units at [`QUANTILE_LEVELS`]; finite, never negative, never decreasing.
    pub quantiles: [f64; 11],
}

/// Forecast of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesForecast {
    /// Index into [`Panel::series`].
    pub series: usize,
    pub days: Vec<DayForecast>,
}
