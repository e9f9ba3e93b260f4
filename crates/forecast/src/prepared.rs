//! A panel checked and aligned: what baselines, features, training and prediction read.

use crate::ForecastError;
use crate::artifact::Manifest;
use crate::parts::{Hidden, Part};
use crate::series::{Series, day_number};
use crate::surroundings::Surroundings;
use domain::panel::{HORIZON_DAYS, Panel};
use std::sync::Arc;

/// A checked panel on the calendar.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    pub panel: &'a Panel,
    pub series: Vec<Series>,
    pub surroundings: Arc<Surroundings>,
    pub last: i32,
    /// Whether the network is told the season: when the history holds a year before what is to be forecast. One that was
    /// trained without it must be asked without it.
    pub seasonal: bool,
    /// Inputs that are left out.
    pub hidden: Hidden,
}

impl<'a> Prepared<'a> {
    /// Checks and aligns.
    ///
    /// # Errors
    /// [`ForecastError::InvalidPanel`] for an index out of range or unsorted days, [`ForecastError::NonFinite`] with the
    /// name of the covariate for a NaN or an infinity.
    pub fn new(panel: &'a Panel) -> Result<Self, ForecastError> {
        check_indices(panel)?;
        check_finite(panel)?;
        let last = day_number(panel.last_date);
        let series: Vec<Series> = panel.series.iter().map(|s| Series::new(s, last)).collect();
        let surroundings = Surroundings::new(panel, &series, last);
        Ok(Self {
            panel,
            series,
            seasonal: surroundings.has_seen_season_after(last),
            surroundings: Arc::new(surroundings),
            last,
            hidden: Hidden::default(),
        })
    }

    /// As a model is to be trained that does without these parts.
    pub fn without(mut self, parts: &[Part]) -> Self {
        self.hidden = Hidden::new(parts);
        self
    }

    /// Shown as it was shown to this model when it learned.
    pub fn show_to(&mut self, model: &Manifest) {
        self.seasonal = model.seasonal;
        self.hidden = Hidden::new(&model.config.without);
    }
}

pub(crate) fn check_indices(panel: &Panel) -> Result<(), ForecastError> {
    let invalid = |reason: String| Err(ForecastError::InvalidPanel { reason });
    for (i, s) in panel.series.iter().enumerate() {
        if s.store >= panel.stores.len() || s.product >= panel.products.len() {
            return invalid(format!(
                "series {i} names store {} and product {}",
                s.store, s.product
            ));
        }
        if s.days.windows(2).any(|d| d[0].date >= d[1].date) {
            return invalid(format!("the days of series {i} are not in ascending order"));
        }
        if s.days.last().is_some_and(|d| d.date > panel.last_date) {
            return invalid(format!("series {i} has days after {}", panel.last_date));
        }
        if s.planned.windows(2).any(|d| d[0].date >= d[1].date) {
            return invalid(format!(
                "the planned days of series {i} are not in ascending order"
            ));
        }
        let horizon = HORIZON_DAYS as i64;
        if s.planned
            .iter()
            .any(|d| !(1..=horizon).contains(&(d.date - panel.last_date).num_days()))
        {
            return invalid(format!(
                "series {i} plans a day outside the {horizon} days after {}",
                panel.last_date
            ));
        }
    }
    let stores = panel
        .calendar
        .iter()
        .map(|d| d.store)
        .chain(panel.weather.iter().map(|d| d.store));
    if let Some(store) = stores.flatten().find(|&s| s >= panel.stores.len()) {
        return invalid(format!("calendar or weather names store {store}"));
    }
    Ok(())
}

fn check_finite(panel: &Panel) -> Result<(), ForecastError> {
    let check = |name: &str, value: Option<f64>, place: &dyn Fn() -> String| match value {
        Some(v) if !v.is_finite() => Err(ForecastError::NonFinite {
            name: name.to_owned(),
            place: place(),
        }),
        _ => Ok(()),
    };
    for product in &panel.products {
        check("list_price", product.list_price, &|| {
            format!("product {}", product.id)
        })?;
    }
    for s in &panel.series {
        let place = |date: chrono::NaiveDate| {
            format!(
                "store {}, product {}, {date}",
                panel.stores[s.store].id, panel.products[s.product].id
            )
        };
        for day in &s.days {
            check("quantity", Some(day.quantity), &|| place(day.date))?;
            check("price", day.price, &|| place(day.date))?;
        }
        for day in &s.planned {
            check("price", day.price, &|| place(day.date))?;
        }
    }
    for day in &panel.weather {
        check("temperature", day.temperature_c, &|| day.date.to_string())?;
        check("rain", day.precipitation_mm, &|| day.date.to_string())?;
    }
    Ok(())
}
