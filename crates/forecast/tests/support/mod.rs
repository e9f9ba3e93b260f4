//! Panels with a known shape.
#![allow(dead_code)]

use chrono::{Datelike, Days, NaiveDate};
use domain::CalendarKind;
use domain::panel::{
    HORIZON_DAYS, Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore,
    PanelWeatherDay, PlannedDay,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()
}

/// Weekly demand of a shop: quiet Mondays, busy Saturdays, closed on Sundays.
const WEEK: [f64; 7] = [0.7, 0.8, 0.9, 1.0, 1.3, 1.6, 0.0];

pub fn closed(date: NaiveDate) -> bool {
    date.weekday().num_days_from_monday() == 6
}

/// `stores x products` series over `days` days; weekly pattern, promotions that lift by half, prices, noise of `noise`.
pub fn weekly(stores: usize, products: usize, days: u64, noise: f64, seed: u64) -> Panel {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let last_date = start() + Days::new(days - 1);
    let mut series = Vec::new();
    for store in 0..stores {
        for product in 0..products {
            let level = 20.0 + 15.0 * product as f64 + 7.0 * store as f64;
            let mut history = Vec::new();
            let mut planned = Vec::new();
            for n in 0..days + HORIZON_DAYS as u64 {
                let date = start() + Days::new(n);
                if closed(date) {
                    continue;
                }
                let promotion = rng.random_bool(0.1);
                let lift = if promotion { 1.5 } else { 1.0 };
                let expected = level * WEEK[date.weekday().num_days_from_monday() as usize] * lift;
                let shake = 1.0 + noise * (rng.random::<f64>() + rng.random::<f64>() - 1.0);
                if n < days {
                    history.push(PanelDay {
                        date,
                        quantity: (expected * shake).round(),
                        price: Some(2.5),
                        promotion: Some(promotion),
                        censored: false,
                    });
                } else {
                    planned.push(PlannedDay {
                        date,
                        price: Some(2.5),
                        promotion: Some(promotion),
                    });
                }
            }
            series.push(PanelSeries {
                store,
                product,
                days: history,
                planned,
            });
        }
    }
    let all_days = || (0..days + HORIZON_DAYS as u64).map(|n| start() + Days::new(n));
    Panel {
        stores: (0..stores)
            .map(|s| PanelStore {
                id: format!("store {s}"),
            })
            .collect(),
        products: (0..products)
            .map(|p| PanelProduct {
                id: format!("product {p}"),
                category: "bread".into(),
                list_price: Some(2.5),
                unit_cost: None,
                salvage: None,
            })
            .collect(),
        series,
        calendar: all_days()
            .filter(|d| d.day() == 1 && d.month() % 3 == 0)
            .map(|date| PanelCalendarDay {
                date,
                store: None,
                kind: CalendarKind::PublicHoliday,
                name: "quarter".into(),
            })
            .collect(),
        weather: all_days()
            .map(|date| PanelWeatherDay {
                date,
                store: None,
                temperature_c: Some(10.0 + 10.0 * (f64::from(date.ordinal0()) / 58.0).sin()),
                precipitation_mm: Some(f64::from(date.day() % 5)),
            })
            .collect(),
        last_date,
    }
}

/// Trains with nobody watching.
pub fn train(
    panel: &Panel,
    config: &forecast::TrainConfig,
) -> Result<forecast::Artifact, forecast::ForecastError> {
    forecast::train(
        panel,
        config,
        None,
        &mut |_| {},
        &std::sync::atomic::AtomicBool::new(false),
    )
}

/// A model that has seen a few steps: enough wherever accuracy is not the question.
pub fn hasty(seed: u64) -> forecast::TrainConfig {
    forecast::TrainConfig {
        steps: 12,
        hidden: 16,
        batch: 16,
        ..forecast::TrainConfig::quick(seed)
    }
}
