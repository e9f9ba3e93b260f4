//! New products and new shops, hidden from training, against the simulator's true demand.
#![allow(clippy::unwrap_used)]

mod support;

use chrono::NaiveDate;
use domain::panel::Panel;
use forecast::{Artifact, Baseline, TrainConfig, baseline_forecast};
use simulate::{Censoring, Chain, ChainConfig, KnownPanel, panel};
use std::sync::OnceLock;
use support::train;

const SHOPS: usize = 5;
/// The shop that opens, and every sixth product, are new.
const NEW_SHOP: usize = 3;

fn is_new(store: usize, product: usize) -> (bool, bool) {
    (store == NEW_SHOP, product % 6 == 1)
}

fn chain() -> &'static KnownPanel {
    static CHAIN: OnceLock<KnownPanel> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let end = NaiveDate::from_ymd_opt(2026, 5, 31).unwrap();
        let chain = Chain::new(ChainConfig {
            shops: SHOPS,
            products: 24,
            days: 260,
            ..ChainConfig::new(11, end)
        });
        panel(&chain, end - chrono::Days::new(28), Censoring::Told)
    })
}

/// The newcomers with no more than their latest `days` days.
fn hidden(days: i64) -> Panel {
    let mut panel = chain().panel.clone();
    let last = panel.last_date;
    for series in &mut panel.series {
        let (shop, product) = is_new(series.store, series.product);
        if shop || product {
            series.days.retain(|d| (last - d.date).num_days() < days);
        }
    }
    panel
}

fn model() -> &'static Artifact {
    static MODEL: OnceLock<Artifact> = OnceLock::new();
    MODEL.get_or_init(|| {
        let config = TrainConfig {
            steps: 300,
            ..TrainConfig::quick(1)
        };
        train(&hidden(0), &config).unwrap()
    })
}

/// What is new about a series.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Product,
    Shop,
    Both,
}

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    error: f64,
    loss: f64,
    demand: f64,
    forecast: f64,
    inside: f64,
    days: f64,
}

impl Score {
    fn wape(&self) -> f64 {
        self.error / self.demand
    }
    fn wql(&self) -> f64 {
        self.loss / self.demand
    }
    fn covered(&self) -> f64 {
        self.inside / self.days
    }
    fn bias(&self) -> f64 {
        self.forecast / self.demand - 1.0
    }
}

/// Over the newcomers of a kind, or over all of them.
fn score(panel: &Panel, forecasts: &[domain::panel::SeriesForecast], kind: Option<Kind>) -> Score {
    let mut score = Score::default();
    for forecast in forecasts {
        let series = &panel.series[forecast.series];
        let its = match is_new(series.store, series.product) {
            (false, false) => continue,
            (false, true) => Kind::Product,
            (true, false) => Kind::Shop,
            (true, true) => Kind::Both,
        };
        if kind.is_some_and(|kind| kind != its) {
            continue;
        }
        for (day, truth) in forecast
            .days
            .iter()
            .zip(&chain().future_demand[forecast.series])
        {
            let truth = *truth as f64;
            score.demand += truth;
            score.forecast += day.mean;
            score.error += (truth - day.quantiles[5]).abs();
            for (q, level) in day.quantiles.iter().zip(forecast::QUANTILES) {
                let error = truth - q;
                score.loss += 2.0 * (level * error).max((level - 1.0) * error) / 11.0;
            }
            let inside = day.quantiles[1] <= truth && truth <= day.quantiles[9];
            score.inside += f64::from(u8::from(inside));
            score.days += 1.0;
        }
    }
    score
}

#[test]
fn newcomers_are_forecast_sensibly_from_their_first_day() {
    for days in [0, 3, 7, 14, 27] {
        let panel = hidden(days);
        let ours = model().predict(&panel).unwrap();
        let rule = baseline_forecast(&panel, Baseline::WeekdayMean);
        for kind in [Kind::Product, Kind::Shop, Kind::Both] {
            let (ours, rule) = (
                score(&panel, &ours, Some(kind)),
                score(&panel, &rule, Some(kind)),
            );
            println!(
                "{days:2} days, new {kind:?}: WAPE {:.3} ({:.3}), wQL {:.3} ({:.3}), bias {:+.2} ({:+.2}), inside 80 % {:.2} ({:.2})",
                ours.wape(),
                rule.wape(),
                ours.wql(),
                rule.wql(),
                ours.bias(),
                rule.bias(),
                ours.covered(),
                rule.covered()
            );
        }
        let (all, rule) = (score(&panel, &ours, None), score(&panel, &rule, None));
        assert!(all.wql() < rule.wql(), "{days} days: {all:?}, {rule:?}");
        let covered = all.covered();
        assert!(
            (0.7..0.97).contains(&covered),
            "{days} days: {covered} inside 80 %"
        );
    }
}

#[test]
fn every_day_of_its_own_makes_a_newcomer_surer_and_better() {
    let at = |days| {
        let panel = hidden(days);
        let forecasts = model().predict(&panel).unwrap();
        let widths: f64 = forecasts
            .iter()
            .filter(|f| {
                let series = &panel.series[f.series];
                is_new(series.store, series.product) != (false, false)
            })
            .flat_map(|f| &f.days)
            .map(|d| (d.quantiles[9] - d.quantiles[1]) / d.mean.max(1.0))
            .sum();
        (score(&panel, &forecasts, None).wql(), widths)
    };
    let (unknown, wide) = at(0);
    let (known, narrow) = at(27);
    assert!(known < 0.8 * unknown, "{unknown}, {known}");
    assert!(narrow < 0.8 * wide, "{wide}, {narrow}");
}
