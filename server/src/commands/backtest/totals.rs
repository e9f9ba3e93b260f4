//! How well totals are forecast: shops, products and the chain.

use super::HorizonMetrics;
use chrono::{Days, NaiveDate};
use domain::TotalLevel;
use domain::panel::{DayForecast, HORIZON_DAYS, SeriesForecast};
use domain::replenish::DayDemand;
use domain::totals::{Adder, Together};
use forecast::score;
use ingest::dataset_folder::Dataset;
use std::collections::BTreeMap;

/// A judged total: over what, what was sold, what was forecast.
pub(super) type TotalCase = (TotalLevel, f64, DayForecast);

/// Totals of the shelves that the scorer would judge, on days on which at least two of them were open.
pub(super) fn judged_totals(
    dataset: &Dataset,
    cutoff: NaiveDate,
    forecasts: &[SeriesForecast],
    together: &Together,
) -> Vec<TotalCase> {
    let last = cutoff + Days::new(HORIZON_DAYS as u64);
    let mut totals: BTreeMap<(TotalLevel, usize, NaiveDate), (Adder, f64)> = BTreeMap::new();
    for forecast in forecasts {
        if !dataset.is_judged(forecast.series, cutoff) {
            continue;
        }
        let series = &dataset.panel.series[forecast.series];
        let from = series.days.partition_point(|d| d.date <= cutoff);
        for sold in series.days[from..].iter().take_while(|d| d.date <= last) {
            let at = forecast
                .days
                .binary_search_by_key(&sold.date, |d| d.target_date);
            let Ok(at) = at else { continue };
            let part = demand(&forecast.days[at]);
            for &level in TotalLevel::ALL {
                let of = match level {
                    TotalLevel::Store => series.store,
                    TotalLevel::Product => series.product,
                    TotalLevel::Chain => 0,
                };
                let (adder, total) = totals
                    .entry((level, of, sold.date))
                    .or_insert_with(|| (Adder::new(together.at(level)), 0.0));
                adder.add(&part);
                *total += sold.quantity;
            }
        }
    }
    totals
        .into_iter()
        .filter(|(_, (adder, _))| adder.parts() > 1)
        .map(|((level, _, target_date), (adder, sold))| {
            let total = adder.total();
            let day = DayForecast {
                target_date,
                mean: total.mean,
                quantiles: total.quantiles,
            };
            (level, sold, day)
        })
        .collect()
}

fn demand(day: &DayForecast) -> DayDemand {
    let milli = |units: f64| (units * 1_000.0).round() as i64;
    DayDemand::from_milli(milli(day.mean), day.quantiles.map(milli))
}

/// Metrics by level; levels without a total of several shelves are left out.
pub(super) fn by_level(cases: &[TotalCase]) -> Vec<HorizonMetrics> {
    TotalLevel::ALL
        .iter()
        .map(|level| HorizonMetrics {
            horizon: level.as_str(),
            metrics: score(
                cases
                    .iter()
                    .filter(|(of, _, _)| of == level)
                    .map(|(_, sold, forecast)| (*sold, forecast)),
            ),
        })
        .filter(|level| level.metrics.days > 0)
        .collect()
}
