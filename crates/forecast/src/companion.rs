//! The second opinion: trees that read what the network reads, a day at a time, and say how much is expected.

use crate::ForecastError;
use crate::covariates::{self, ALIGNED, FUTURE, HISTORY_DAYS, STATICS};
use crate::dataset::{Batch, IdMaps, LEAST_HISTORY, Rows, Sampler};
use crate::prepared::Prepared;
use crate::table::{Lesson, Table};
use crate::trees::{Forest, Growth};
use crate::window::HISTORY_WIDTH;
use domain::panel::HORIZON_DAYS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Days to learn from, at most.
const ROWS: usize = 100_000;
/// Days to learn from, over the days there are: each may be seen from several distances.
const ROWS_PER_DAY: usize = 6;
/// Days taken of each window, half of them of the first week: those decide what is baked.
const DAYS_OF_WINDOW: usize = 4;
const NEAR_DAYS: usize = 7;
const WINDOWS: usize = 512;
/// Days of history that a row holds one by one.
const LATEST: usize = 7;
/// Demand over scale beyond which a day says "very much" and nothing else.
const TARGET_CAP: f32 = 8.0;
/// The first guess is never smaller than this share of the scale.
const LEAST_GUESS: f32 = 0.05;

const GROWTH: Growth = Growth {
    trees: 250,
    leaves: 31,
    least_rows: 40,
    rate: 0.05,
    ridge: 10.0,
    rows: 0.7,
    columns: 0.5,
};

/// Numbers in a row: the seven weekdays are one of them.
const COLUMNS: usize = FUTURE.len() - 6 + ALIGNED.len() + STATICS.len() + LATEST + 2;

/// Trees, and the numbers by which they know stores and products: a network may have learned newcomers since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Companion {
    ids: IdMaps,
    forest: Forest,
    /// Power of the growth of the season in the first guess: 1 in a second year, 0 once the trees have seen every season
    /// together with the one before it.
    season: f32,
}

impl Companion {
    /// Whether the trees read the rows that are written here.
    pub fn fits(&self) -> bool {
        self.forest.fits(COLUMNS) && (0.0..=1.0).contains(&self.season)
    }

    /// Grows the trees on windows drawn as the network's are. The same seed gives the same trees.
    ///
    /// # Errors
    /// [`ForecastError::TooLittleData`], [`ForecastError::NonFinite`], [`ForecastError::Cancelled`].
    pub fn fit(
        prepared: &Prepared<'_>,
        seed: u64,
        cancel: &AtomicBool,
    ) -> Result<Self, ForecastError> {
        let ids = IdMaps::of(prepared.panel);
        let season = prepared.surroundings.untaught_season() as f32;
        let table = table(prepared, &Rows::new(prepared, &ids), season, seed, cancel)?;
        let forest = Forest::fit(&table, &GROWTH, seed, cancel)?;
        Ok(Self {
            ids,
            forest,
            season,
        })
    }

    /// Expected units for all 28 days of every series with history.
    pub fn expect(&self, prepared: &Prepared<'_>) -> Vec<Option<[f64; HORIZON_DAYS]>> {
        let rows = Rows::new(prepared, &self.ids);
        let mut batch = Batch::default();
        let mut row = Vec::with_capacity(COLUMNS);
        (0..prepared.series.len())
            .map(|index| {
                let series = &prepared.series[index];
                batch.clear();
                let wanted = series.valid_days(prepared.last) >= LEAST_HISTORY
                    && !prepared.panel.series[index].planned.is_empty();
                if !wanted || !batch.push(prepared, &rows, None, index, prepared.last) {
                    return None;
                }
                Some(self.expect_window(&batch, 0, &mut row))
            })
            .collect()
    }

    /// Expected units of one window of a batch whose statics have not been standardised.
    pub fn expect_window(
        &self,
        batch: &Batch,
        window: usize,
        row: &mut Vec<f32>,
    ) -> [f64; HORIZON_DAYS] {
        std::array::from_fn(|ahead| self.expect_day(batch, window, ahead, row))
    }

    /// As [`Self::expect_window`], for the day so many days after the first one.
    pub fn expect_day(
        &self,
        batch: &Batch,
        window: usize,
        ahead: usize,
        row: &mut Vec<f32>,
    ) -> f64 {
        write_row(batch, window, ahead, row);
        let ratio = f64::from(self.forest.score(row)).exp();
        ratio * f64::from(guess(batch, window, ahead, self.season)) * batch.scale[window]
    }

    /// The numbers by which the trees know stores and products.
    pub fn ids(&self) -> &IdMaps {
        &self.ids
    }
}

/// Days to learn from.
fn table(
    prepared: &Prepared<'_>,
    rows: &Rows,
    season: f32,
    seed: u64,
    cancel: &AtomicBool,
) -> Result<Table, ForecastError> {
    let mut sampler = Sampler::new(prepared, seed)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let wanted = ROWS.min(ROWS_PER_DAY * crate::training::valid_days(prepared));
    let mut table = Table::default();
    let mut batch = Batch::default();
    let mut row = Vec::new();
    while table.target.len() < wanted {
        if cancel.load(Ordering::Relaxed) {
            return Err(ForecastError::Cancelled);
        }
        sampler.fill(prepared, rows, None, WINDOWS, &mut batch);
        if batch.size == 0 {
            break;
        }
        batch.check_finite()?;
        for window in 0..batch.size {
            for k in 0..DAYS_OF_WINDOW {
                let reach = if k % 2 == 0 { NEAR_DAYS } else { HORIZON_DAYS };
                let ahead = rng.random_range(0..reach);
                let day = window * HORIZON_DAYS + ahead;
                if batch.weight[day] == 0.0 {
                    continue;
                }
                write_row(&batch, window, ahead, &mut row);
                let lesson = Lesson {
                    target: batch.target[day].min(TARGET_CAP),
                    offset: guess(&batch, window, ahead, season).ln(),
                    weight: batch.weight[day],
                    grain: batch.grain[window],
                    sold_out: batch.weight_above[day] == 0.0,
                };
                table.push(&row, &lesson);
            }
        }
    }
    Ok(table)
}

/// One day of a window, as the trees read it. The statics must not have been standardised.
fn write_row(batch: &Batch, window: usize, ahead: usize, row: &mut Vec<f32>) {
    let day = window * HORIZON_DAYS + ahead;
    let future = &batch.future[day * FUTURE.len()..(day + 1) * FUTURE.len()];
    let weekday = future[..7].iter().position(|v| *v > 0.5).unwrap_or(0);
    let history = &batch.history[window * HISTORY_WIDTH..][..HISTORY_DAYS];
    row.clear();
    row.push(weekday as f32);
    row.extend_from_slice(&future[7..]);
    if future[covariates::SEASON_SEEN] == 0.0 {
        // Waves that were met only once are to a tree another name for the trend.
        let waves = covariates::SEASON;
        row[waves.start - 6..waves.end - 6].fill(0.0);
    }
    row.extend_from_slice(&batch.aligned[day * ALIGNED.len()..(day + 1) * ALIGNED.len()]);
    row.extend_from_slice(&batch.statics[window * STATICS.len()..(window + 1) * STATICS.len()]);
    row.extend(history.iter().rev().take(LATEST));
    row.push(batch.stores[window] as f32);
    row.push(batch.products[window] as f32);
    debug_assert_eq!(row.len(), COLUMNS);
}

/// Over the scale: half the mean of eight same weekdays, half the level of four weeks, both with the growth of the season.
fn guess(batch: &Batch, window: usize, ahead: usize, season: f32) -> f32 {
    let day = window * HORIZON_DAYS + ahead;
    let aligned = &batch.aligned[day * ALIGNED.len()..];
    let level = batch.statics[window * STATICS.len() + 2];
    let growth = aligned[covariates::GROWTH].powf(season);
    ((0.5 * aligned[2] + 0.5 * level) * growth).max(LEAST_GUESS)
}
