//! Panels as of an earlier day, and the fingerprint of what was read.

use crate::covariates::hex;
use domain::panel::{HORIZON_DAYS, Panel, PlannedDay};
use sha2::{Digest, Sha256};

/// The panel as it would have looked at the end of `cutoff`: later days lose their sales and stay as planned days for as
/// long as the horizon reaches. Opening, price, promotion and calendar of those days count as planned. Weather stays as
/// it is: observed weather stands in for the forecast, so what weather adds is an upper bound.
pub fn truncate(panel: &Panel, cutoff: chrono::NaiveDate) -> Panel {
    if cutoff >= panel.last_date {
        return panel.clone();
    }
    let horizon = chrono::Days::new(HORIZON_DAYS as u64);
    let ahead = |date: chrono::NaiveDate| date > cutoff && date <= cutoff + horizon;
    let mut cut = panel.clone();
    cut.last_date = cutoff;
    for series in &mut cut.series {
        let later = series
            .days
            .iter()
            .filter(|d| ahead(d.date))
            .map(|d| PlannedDay {
                date: d.date,
                price: d.price,
                promotion: d.promotion,
            });
        let planned: Vec<PlannedDay> = later
            .chain(series.planned.iter().copied().filter(|d| ahead(d.date)))
            .collect();
        series.planned = planned;
        series.days.retain(|d| d.date <= cutoff);
    }
    cut
}

/// SHA-256 over everything a forecaster can read from the panel.
pub fn data_version(panel: &Panel) -> String {
    let mut hash = Fingerprint(Sha256::new());
    hash.number(i64::from(crate::series::day_number(panel.last_date)));
    for store in &panel.stores {
        hash.text(&store.id);
    }
    for product in &panel.products {
        hash.text(&product.id);
        hash.text(&product.category);
        hash.real(product.list_price);
    }
    for series in &panel.series {
        hash.number(series.store as i64);
        hash.number(series.product as i64);
        hash.number(series.days.len() as i64);
        for day in &series.days {
            hash.number(i64::from(crate::series::day_number(day.date)));
            hash.real(Some(day.quantity));
            hash.real(day.price);
            hash.number(day.promotion.map_or(-1, i64::from) * 2 + i64::from(day.censored));
        }
        for day in &series.planned {
            hash.number(i64::from(crate::series::day_number(day.date)));
            hash.real(day.price);
            hash.number(day.promotion.map_or(-1, i64::from));
        }
    }
    for day in &panel.calendar {
        hash.number(i64::from(crate::series::day_number(day.date)));
        hash.number(day.store.map_or(-1, |s| s as i64));
        hash.number(day.kind as i64);
        hash.text(&day.name);
    }
    for day in &panel.weather {
        hash.number(i64::from(crate::series::day_number(day.date)));
        hash.number(day.store.map_or(-1, |s| s as i64));
        hash.real(day.temperature_c);
        hash.real(day.precipitation_mm);
    }
    hex(&hash.0.finalize())
}

struct Fingerprint(Sha256);

impl Fingerprint {
    fn number(&mut self, value: i64) {
        self.0.update(value.to_le_bytes());
    }

    fn text(&mut self, value: &str) {
        self.number(value.len() as i64);
        self.0.update(value.as_bytes());
    }

    fn real(&mut self, value: Option<f64>) {
        match value {
            Some(v) => self.0.update(v.to_bits().to_le_bytes()),
            None => self.0.update([0xff; 8]),
        }
    }
}
