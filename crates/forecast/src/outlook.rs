//! Single days asked after, as they are planned or otherwise, of a chain that is held in memory.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::cold::Cold;
use crate::dataset::{Batch, LEAST_HISTORY, Rows};
use crate::distribution::Quantiles;
use crate::inference::{WINDOWS, ground, grow, is_young, run};
use crate::model::Net;
use crate::parts::{Hidden, Part};
use crate::prepared::Prepared;
use crate::series::{Series, day_number};
use crate::surroundings::Surroundings;
use burn::tensor::Device;
use chrono::NaiveDate;
use domain::panel::{DayForecast, HORIZON_DAYS, Panel, SeriesForecast};
use std::sync::{Arc, Mutex, PoisonError};

/// Days back in which weather must be known for a model to have learned what it does.
const WEATHER_DAYS: i32 = 364;

/// A planned day of a series, with something else than what is planned. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumed {
    /// Index into [`Panel::series`].
    pub series: usize,
    pub date: NaiveDate,
    /// In major units of currency.
    pub price: Option<f64>,
    pub promotion: Option<bool>,
    pub temperature_c: Option<f64>,
    pub precipitation_mm: Option<f64>,
}

/// What of an assumption a model cannot take into account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deaf {
    pub price: bool,
    pub promotion: bool,
    pub weather: bool,
}

/// A chain as a model sees it at the end of a day: checked, aligned and kept, so that a question costs a window and not a history.
///
/// Numbers are those of [`Artifact::predict`]: the same features, networks, trees, blend and calibration, a day at a time.
pub struct Outlook {
    artifact: Arc<Artifact>,
    /// Behind a lock because tensors may be sent between threads and not shared.
    nets: Mutex<Vec<Net>>,
    /// Shops, products and the last day; its series are empty.
    panel: Panel,
    series: Vec<Series>,
    surroundings: Arc<Surroundings>,
    last: i32,
    network_rows: Rows,
    tree_rows: Rows,
    /// What stands there without the model.
    ground: Vec<SeriesForecast>,
    cold: Option<Cold>,
    prices_moved: bool,
    promotions_ran: bool,
}

impl Outlook {
    /// Checks and aligns a panel for a model. Costs about as much as forecasting every series of it.
    ///
    /// # Errors
    /// As [`Artifact::predict`].
    pub fn new(artifact: Arc<Artifact>, panel: &Panel) -> Result<Self, ForecastError> {
        let prepared = Prepared::new(panel)?;
        let nets = artifact.networks(&Device::flex())?;
        let (ground, cold) = ground(&prepared);
        let days = || panel.series.iter().map(|s| s.days.as_slice());
        Ok(Self {
            network_rows: Rows::new(&prepared, &artifact.manifest.ids),
            tree_rows: Rows::new(&prepared, artifact.companion.ids()),
            nets: Mutex::new(nets),
            panel: Panel {
                stores: panel.stores.clone(),
                products: panel.products.clone(),
                series: Vec::new(),
                calendar: Vec::new(),
                weather: Vec::new(),
                last_date: panel.last_date,
            },
            surroundings: prepared.surroundings.clone(),
            last: prepared.last,
            ground,
            cold,
            prices_moved: days()
                .any(|days| days.windows(2).any(|two| two[0].price != two[1].price)),
            promotions_ran: days().any(|days| days.iter().any(|d| d.promotion == Some(true))),
            series: prepared.series,
            artifact,
        })
    }

    /// The model.
    #[must_use]
    pub fn artifact(&self) -> &Arc<Artifact> {
        &self.artifact
    }

    /// About how many bytes this takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let slots: usize = self.series.iter().map(Series::slots).sum();
        let stores = self.panel.stores.len();
        let groups = stores + self.panel.products.len();
        let numbers: usize = self.artifact.weights.iter().map(|w| w.0.len()).sum();
        let length = self.surroundings.length();
        slots * 40 + length * (40 * stores + 12 * groups) + numbers * 8 + self.ground.len() * 3_000
    }

    /// What of an assumption about a series would have no bearing on its forecast: because the model does without these inputs,
    /// never saw them move, or does not speak for so young a series.
    #[must_use]
    pub fn deaf(&self, series: usize) -> Deaf {
        let without = |part: Part| self.artifact.manifest.config.without.contains(&part);
        let one = &self.series[series];
        let is_silent = one.valid_days(self.last) < LEAST_HISTORY
            || one.latest_open_mean(1, self.last).is_none();
        let around = &self.surroundings;
        let knows_weather = (0..WEATHER_DAYS).any(|back| {
            let day = self.last - back;
            around.temperature(one.store, day).is_some() || around.rain(one.store, day).is_some()
        });
        let promotes_cold = self.cold.is_some() && is_young(one);
        Deaf {
            price: is_silent || !self.prices_moved || without(Part::Price),
            promotion: !self.promotions_ran
                || (without(Part::Promotion) || is_silent) && !promotes_cold,
            weather: is_silent || !knows_weather || without(Part::Weather),
        }
    }

    /// Forecasts the days asked after, in their order. `None` for a day that is not planned.
    ///
    /// # Errors
    /// [`ForecastError::NonFinite`] for an assumption that is no number.
    pub fn ask(&self, asked: &[Assumed]) -> Result<Vec<Option<DayForecast>>, ForecastError> {
        let mut answers = Vec::with_capacity(asked.len());
        for asked in asked.chunks(WINDOWS) {
            answers.extend(self.ask_some(asked)?);
        }
        Ok(answers)
    }

    fn ask_some(&self, asked: &[Assumed]) -> Result<Vec<Option<DayForecast>>, ForecastError> {
        let series = asked.iter().map(|a| {
            let weather = (a.temperature_c, a.precipitation_mm);
            let day = day_number(a.date);
            self.series[a.series].assuming(day, a.price, a.promotion, weather)
        });
        let manifest = &self.artifact.manifest;
        let prepared = Prepared {
            panel: &self.panel,
            series: series.collect(),
            surroundings: self.surroundings.clone(),
            last: self.last,
            seasonal: manifest.seasonal,
            hidden: Hidden::new(&manifest.config.without),
        };
        let of_questions = || asked.iter().map(|a| a.series);
        let network_rows = self.network_rows.picked(of_questions());
        let tree_rows = self.tree_rows.picked(of_questions());
        let (mut batch, mut for_trees) = (Batch::default(), Batch::default());
        let mut members = Vec::with_capacity(asked.len());
        for (index, series) in prepared.series.iter().enumerate() {
            let known = series.valid_days(self.last) >= LEAST_HISTORY;
            let scaler = Some(&manifest.scaler);
            if known && batch.push(&prepared, &network_rows, scaler, index, self.last) {
                for_trees.push(&prepared, &tree_rows, None, index, self.last);
                members.push(index);
            }
        }
        batch.check_finite()?;
        let mut quantiles: Vec<Option<[Quantiles; HORIZON_DAYS]>> = vec![None; asked.len()];
        if !members.is_empty() {
            batch.pad(manifest.shape.hidden);
            let nets = self.nets.lock().unwrap_or_else(PoisonError::into_inner);
            run(&nets, &batch, &members, &Device::flex(), &mut quantiles);
        }
        let mut window_of = vec![None; asked.len()];
        for (window, &index) in members.iter().enumerate() {
            window_of[index] = Some(window);
        }
        let mut row = Vec::new();
        let mut answers = Vec::with_capacity(asked.len());
        for (index, question) in asked.iter().enumerate() {
            let series = &prepared.series[index];
            let days = &self.ground[question.series].days;
            let Some(planned) = days.iter().find(|d| d.target_date == question.date) else {
                answers.push(None);
                continue;
            };
            let mut day = *planned;
            if let Some(cold) = self.cold.as_ref().filter(|_| is_young(series)) {
                grow(cold, series, std::slice::from_mut(&mut day));
            }
            if let (Some(window), Some(days)) = (window_of[index], &quantiles[index]) {
                let ahead = (day_number(question.date) - self.last) as usize;
                let companion = &self.artifact.companion;
                let expected = companion.expect_day(&for_trees, window, ahead - 1, &mut row);
                let opinion = self.artifact.opinion(days[ahead - 1], expected);
                self.artifact
                    .settle(series, question.series, ahead, &opinion, &mut day)?;
            }
            answers.push(Some(day));
        }
        Ok(answers)
    }
}
