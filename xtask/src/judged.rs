//! Forecast files in the scorer's format, on the days that the scorer would judge.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use domain::panel::{HORIZON_DAYS, QUANTILE_LEVELS};
use ingest::dataset_folder::{Dataset, Table};
use std::collections::HashMap;
use std::path::Path;

/// Columns of the quantiles.
pub const LEVELS: [&str; QUANTILE_LEVELS.len()] = [
    "q0.05", "q0.1", "q0.2", "q0.3", "q0.4", "q0.5", "q0.6", "q0.7", "q0.8", "q0.9", "q0.95",
];

/// A day that is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Day {
    pub store: usize,
    pub product: usize,
    /// Number of the cutoff.
    pub window: usize,
    pub date: NaiveDate,
    /// Days after the cutoff.
    pub ahead: i64,
    pub sold: f64,
    pub quantiles: [f64; QUANTILE_LEVELS.len()],
}

impl Day {
    /// Sum of the quantile losses over the levels, in units.
    pub fn loss(&self) -> f64 {
        QUANTILE_LEVELS
            .iter()
            .zip(self.quantiles)
            .map(|(level, q)| (level * (self.sold - q)).max((level - 1.0) * (self.sold - q)))
            .sum()
    }
}

/// Shows every day of a file that is judged; other rows are passed over.
///
/// # Errors
/// A file that is not there, lacks a column or holds no number where one belongs.
pub fn visit(from: &Path, file: &str, dataset: &Dataset, mut show: impl FnMut(&Day)) -> Result<()> {
    let panel = &dataset.panel;
    let by_key: HashMap<(&str, &str), usize> = panel
        .series
        .iter()
        .map(|s| {
            let (store, product) = (&panel.stores[s.store], &panel.products[s.product]);
            (store.id.as_str(), product.id.as_str())
        })
        .zip(0..)
        .collect();
    let mut table = Table::open(from, file)?.with_context(|| format!("there is no {file}"))?;
    let keys = (table.needed("cutoff")?, table.needed("store_id")?);
    let (product, target) = (table.needed("product_id")?, table.needed("target_date")?);
    let mut columns = [0; LEVELS.len()];
    for (column, name) in columns.iter_mut().zip(LEVELS) {
        *column = table.needed(name)?;
    }
    while table.advance()? {
        let cutoff = table.date(keys.0, "cutoff")?;
        let date = table.date(target, "target_date")?;
        let key = (table.field(Some(keys.1)), table.field(Some(product)));
        let Some(&index) = by_key.get(&key) else {
            continue;
        };
        let Ok(window) = dataset.cutoffs.binary_search(&cutoff) else {
            continue;
        };
        let series = &panel.series[index];
        let sold = series.days.binary_search_by_key(&date, |d| d.date);
        let ahead = (date - cutoff).num_days();
        let (Ok(at), true) = (sold, (1..=HORIZON_DAYS as i64).contains(&ahead)) else {
            continue;
        };
        if !dataset.is_judged(index, cutoff) {
            continue;
        }
        let mut quantiles = [0.0; LEVELS.len()];
        for ((quantile, column), name) in quantiles.iter_mut().zip(columns).zip(LEVELS) {
            *quantile = table
                .number(Some(column), name)?
                .with_context(|| format!("{file}: a quantile is missing"))?;
        }
        show(&Day {
            store: series.store,
            product: series.product,
            window,
            date,
            ahead,
            sold: series.days[at].quantity,
            quantiles,
        });
    }
    Ok(())
}
