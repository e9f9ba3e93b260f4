//! Against the simulator, whose true demand is known.
#![allow(clippy::unwrap_used)]

mod support;

use chrono::NaiveDate;
use forecast::{TrainConfig, backtest, gate, truncate};
use simulate::{Censoring, Chain, ChainConfig, KnownPanel, panel};
use support::train;

fn chain() -> Chain {
    let end = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
    Chain::new(ChainConfig {
        shops: 2,
        products: 12,
        days: 460,
        ..ChainConfig::new(3, end)
    })
}

fn config() -> TrainConfig {
    TrainConfig {
        steps: 300,
        ..TrainConfig::quick(1)
    }
}

#[test]
fn passes_the_gate() {
    let chain = chain();
    let known = panel(&chain, chain.config().end_date, Censoring::Told).panel;
    let past = truncate(&known, known.last_date - chrono::Days::new(57));
    let report = backtest(&known, &train(&past, &config()).unwrap(), 2).unwrap();
    let decision = gate(&report, 0.02, &forecast::GateRule::default());
    assert!(decision.passed, "{}\n{report:#?}", decision.reason);
}

/// Forecast over true demand of the 28 days ahead, minus one.
fn bias(known: &KnownPanel) -> f64 {
    let forecasts = train(&known.panel, &config())
        .unwrap()
        .predict(&known.panel)
        .unwrap();
    let forecast: f64 = forecasts.iter().flat_map(|f| &f.days).map(|d| d.mean).sum();
    let demand: i64 = known.future_demand.iter().flatten().sum();
    forecast / demand as f64 - 1.0
}

#[test]
fn knowing_that_shelves_ran_empty_brings_back_hidden_demand() {
    let chain = chain();
    let until = chain.config().end_date - chrono::Days::new(28);
    let told = bias(&panel(&chain, until, Censoring::Told));
    let untold = bias(&panel(&chain, until, Censoring::Untold));
    let found = bias(&panel(&chain, until, Censoring::Found));
    println!("bias with told {told:+.4}, found {found:+.4}, no marks {untold:+.4}");
    assert!(told > untold, "told {told}, untold {untold}");
    assert!(told.abs() < 0.06, "told {told}, untold {untold}");
    // What the tickets alone betray is part of it.
    assert!(found > untold, "found {found}, untold {untold}");
    assert!(found.abs() < untold.abs(), "found {found}, untold {untold}");
}
