//! The plain answers of a book: a distribution for every planned day of every shelf.

use crate::jobs::issuing;
use chrono::NaiveDate;
use domain::ForecastSource;
use domain::panel::{DayForecast, Panel, PlannedDay};
use forecast::Artifact;
use services::forecast_book::milli;
use services::panels::OrganizationPanel;
use services::predictions::StoredForecast;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Numbers of one shelf and day, in thousandths of the base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    pub mean_milli: i64,
    pub quantiles_milli: [i64; 11],
}

impl From<&DayForecast> for Numbers {
    fn from(day: &DayForecast) -> Self {
        Self {
            mean_milli: milli(day.mean),
            quantiles_milli: day.quantiles.map(milli),
        }
    }
}

/// A day of a shelf.
pub(super) struct Day {
    pub planned: PlannedDay,
    pub numbers: Numbers,
    pub by: ForecastSource,
}

/// One product of one shop.
pub(super) struct Shelf {
    pub series: usize,
    /// In minor units.
    pub list_price: i64,
    pub days: Vec<Day>,
}

/// The shelves of a panel without days.
fn empty(panel: &OrganizationPanel) -> HashMap<(Uuid, Uuid), Shelf> {
    let series = panel.panel.series.iter().enumerate();
    series
        .map(|(at, series)| {
            let price = panel.panel.products[series.product].list_price;
            let shelf = Shelf {
                series: at,
                list_price: (price.unwrap_or_default() * 100.0).round() as i64,
                days: Vec::with_capacity(series.planned.len()),
            };
            (key_of(panel, at), shelf)
        })
        .collect()
}

fn key_of(panel: &OrganizationPanel, series: usize) -> (Uuid, Uuid) {
    let series = &panel.panel.series[series];
    (
        panel.store_ids[series.store],
        panel.product_ids[series.product],
    )
}

fn planned_on(panel: &Panel, series: usize, date: NaiveDate) -> Option<PlannedDay> {
    let planned = &panel.series[series].planned;
    planned.iter().find(|d| d.date == date).copied()
}

/// The night's own rows. The panel is the night's, so every row has its planned day.
pub(super) fn from_stored(
    panel: &OrganizationPanel,
    stored: Vec<StoredForecast>,
) -> HashMap<(Uuid, Uuid), Shelf> {
    let mut shelves = empty(panel);
    for row in stored {
        let Some(shelf) = shelves.get_mut(&(row.store_id, row.product_id)) else {
            continue;
        };
        if let Some(planned) = planned_on(&panel.panel, shelf.series, row.target_date) {
            shelf.days.push(Day {
                planned,
                numbers: Numbers {
                    mean_milli: row.mean_milli,
                    quantiles_milli: row.quantiles_milli,
                },
                by: row.source,
            });
        }
    }
    shelves
}

/// What the night would say now.
///
/// # Errors
/// The model's.
pub(super) fn computed(
    panel: &OrganizationPanel,
    model: Option<&Arc<Artifact>>,
) -> anyhow::Result<HashMap<(Uuid, Uuid), Shelf>> {
    let said = match model {
        Some(artifact) => issuing::by_model(artifact, &panel.panel)?,
        None => issuing::by_baseline(&panel.panel),
    };
    let mut shelves = empty(panel);
    for one in said {
        let by = if one.stands_in || model.is_none() {
            ForecastSource::Baseline
        } else {
            ForecastSource::Model
        };
        let series = one.forecast.series;
        let Some(shelf) = shelves.get_mut(&key_of(panel, series)) else {
            continue;
        };
        for day in &one.forecast.days {
            if let Some(planned) = planned_on(&panel.panel, series, day.target_date) {
                shelf.days.push(Day {
                    planned,
                    numbers: Numbers::from(day),
                    by,
                });
            }
        }
    }
    Ok(shelves)
}
