//! Nights in a row.
#![allow(clippy::unwrap_used)]

mod support;

use forecast::{
    GateRule, MoneyUnit, NightlyPath, Part, ReportGroup, TrainConfig, nightly, truncate,
};
use std::sync::atomic::AtomicBool;
use support::weekly;

fn config() -> TrainConfig {
    TrainConfig {
        steps: 200,
        folds: 2,
        ..TrainConfig::quick(1)
    }
}

#[test]
fn trains_judges_and_refits_then_refreshes_then_reuses() {
    let panel = weekly(2, 3, 700, 0.2, 1);
    let monday = truncate(&panel, panel.last_date - chrono::Days::new(1));
    let cancel = AtomicBool::new(false);
    let mut seen = Vec::new();
    let first = nightly(
        &monday,
        None,
        &config(),
        &mut |p| seen.push((p.step, p.steps)),
        &cancel,
    )
    .unwrap();
    assert_eq!(first.path, NightlyPath::Cold);
    assert!(first.decision.passed, "{}", first.decision.reason);
    assert!(
        seen.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 == w[1].1),
        "{seen:?}"
    );
    assert_eq!(*seen.last().unwrap(), (250, 250));
    let champion = first.artifact.unwrap();
    assert_eq!(champion.manifest().cutoff, monday.last_date);
    assert_eq!(champion.manifest().report, first.report);
    assert!(
        champion
            .manifest()
            .calibration
            .factors
            .iter()
            .all(|f| (0.5..2.0).contains(f))
    );

    let second = nightly(&panel, Some(&champion), &config(), &mut |_| {}, &cancel).unwrap();
    assert_eq!(second.path, NightlyPath::Refreshed);
    let refreshed = second.artifact.unwrap();
    assert_eq!(refreshed.manifest().cutoff, panel.last_date);
    assert_eq!(refreshed.manifest().cold_cutoff, monday.last_date);
    assert_eq!(
        refreshed.manifest().calibration,
        champion.manifest().calibration
    );
    assert_eq!(second.report, first.report);
    assert_eq!(refreshed.judged(), champion.judged());

    let again = nightly(
        &panel,
        Some(&refreshed),
        &config(),
        &mut |_| panic!("nothing to train"),
        &cancel,
    )
    .unwrap();
    assert_eq!(again.path, NightlyPath::Reused);
    assert_eq!(again.artifact.unwrap(), refreshed);

    let weekly_cold = TrainConfig {
        cold_every_days: 1,
        ..config()
    };
    let cold = nightly(&panel, Some(&refreshed), &weekly_cold, &mut |_| {}, &cancel).unwrap();
    assert_eq!(cold.path, NightlyPath::Cold);
    // The champion takes part as it was before it learned the days that are judged.
    let report = cold.report.unwrap();
    let rival = report.champion.unwrap();
    assert_eq!(rival.days, report.model.days);
    assert!(rival.wql > 0.0 && rival.wql < report.weekday_mean.wql);
    assert!(cold.decision.reason.contains("the champion"));
}

#[test]
fn a_short_history_is_learned_anew_and_not_caught_up_with() {
    let panel = weekly(2, 2, 260, 0.2, 1);
    let mut seen = Vec::new();
    let night = nightly(
        &panel,
        None,
        &config(),
        &mut |p| seen.push((p.step, p.steps)),
        &AtomicBool::new(false),
    )
    .unwrap();
    assert!(night.decision.passed, "{}", night.decision.reason);
    // The held-out windows are a fifth of it: all steps twice.
    assert_eq!(*seen.last().unwrap(), (400, 400));
    let artifact = night.artifact.unwrap();
    assert_eq!(artifact.manifest().cutoff, panel.last_date);
    assert_eq!(artifact.manifest().cold_cutoff, panel.last_date);
}

#[test]
fn a_model_that_has_learned_nothing_does_not_serve() {
    let panel = weekly(2, 2, 260, 0.2, 2);
    let lazy = TrainConfig {
        steps: 1,
        learning_rate: 1e-9,
        ..config()
    };
    let night = nightly(&panel, None, &lazy, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!(night.path, NightlyPath::Cold);
    assert!(!night.decision.passed, "{}", night.decision.reason);
    assert!(night.artifact.is_none());
    let refused = night.refused.unwrap();
    assert_eq!(refused.manifest().report, night.report);
    assert_eq!(refused.manifest().decision, Some(night.decision));
}

#[test]
fn a_challenger_worse_than_the_champion_is_refused() {
    let panel = weekly(2, 3, 400, 0.2, 4);
    let cancel = AtomicBool::new(false);
    let good = nightly(&panel, None, &config(), &mut |_| {}, &cancel).unwrap();
    let champion = good.artifact.unwrap();
    // Hardly trained, but the baselines are no hurdle: only the champion is.
    let lazy = TrainConfig {
        steps: 1,
        learning_rate: 1e-9,
        cold_every_days: 0,
        margin: -10.0,
        gate: GateRule {
            money_margin: -10.0,
            store_tolerance: 10.0,
            ..GateRule::default()
        },
        ..config()
    };
    let night = nightly(&panel, Some(&champion), &lazy, &mut |_| {}, &cancel).unwrap();
    assert_eq!(night.path, NightlyPath::Cold);
    let reason = night.decision.reason;
    assert!(!night.decision.passed, "{reason}");
    assert!(reason.contains("worse than the champion"), "{reason}");
    assert!(reason.contains("is within the bar"), "{reason}");
    assert!(night.artifact.is_none(), "the champion knows these data");
    // A champion with days to learn learns them, and stays what it was judged to be.
    let past = truncate(&panel, panel.last_date - chrono::Days::new(10));
    let older = nightly(&past, None, &config(), &mut |_| {}, &cancel).unwrap();
    let older = older.artifact.unwrap();
    let night = nightly(&panel, Some(&older), &lazy, &mut |_| {}, &cancel).unwrap();
    assert!(!night.decision.passed && night.refused.is_some());
    let learned = night.artifact.unwrap();
    assert_eq!(learned.manifest().cutoff, panel.last_date);
    assert_eq!(learned.manifest().cold_cutoff, past.last_date);
    assert_eq!(learned.manifest().decision, older.manifest().decision);
    assert_eq!(learned.manifest().report, older.manifest().report);
    // Without the champion it would have passed.
    let night = nightly(&panel, None, &lazy, &mut |_| {}, &cancel).unwrap();
    assert!(night.decision.passed, "{}", night.decision.reason);
}

#[test]
fn a_report_adds_up_by_window_by_shop_and_by_horizon_in_units_and_in_money() {
    let mut panel = weekly(2, 2, 260, 0.2, 5);
    panel.products[0].unit_cost = Some(1.0);
    panel.products[1].list_price = None;
    let lazy = TrainConfig {
        steps: 20,
        ..config()
    };
    let cancel = AtomicBool::new(false);
    let night = nightly(&panel, None, &lazy, &mut |_| {}, &cancel).unwrap();
    let report = night.report.unwrap();
    assert_eq!(report.money_unit, MoneyUnit::Currency);
    assert!(report.assumed_costs > 0.2 && report.assumed_costs < 0.8);
    assert_eq!(report.by_fold.len(), report.cutoffs.len());
    assert_eq!(report.by_fold[0].name, report.cutoffs[0].to_string());
    let horizons = &report.by_horizon[1..];
    for groups in [&report.by_fold[..], &report.by_store[..], horizons] {
        let sum = |of: &dyn Fn(&ReportGroup) -> f64| groups.iter().map(of).sum::<f64>();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs();
        assert!(near(sum(&|g| g.model.volume), report.model.volume));
        assert!(near(
            sum(&|g| g.model.money.unwrap().cost()),
            report.model.money.unwrap().cost()
        ));
        assert!(near(
            sum(&|g| g.weekday_mean.money.unwrap().waste),
            report.weekday_mean.money.unwrap().waste
        ));
        assert!(near(
            sum(&|g| g.model.wql * g.model.volume),
            report.model.wql * report.model.volume
        ));
    }
    // Eight weeks of six days.
    let dates = report.by_store[0].against_weekday_mean.unwrap().dates;
    assert_eq!(dates, 48);
}

#[test]
fn a_young_chain_is_told_so() {
    let panel = weekly(2, 2, 60, 0.2, 3);
    let night = nightly(
        &panel,
        None,
        &config(),
        &mut |_| {},
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!(night.path, NightlyPath::TooLittleData);
    assert!(night.artifact.is_none() && !night.decision.passed);
    assert!(night.decision.reason.contains("too little data"));
}

#[test]
fn a_model_goes_without_the_parts_that_it_is_told_to() {
    let panel = weekly(2, 2, 120, 0.2, 6);
    let cancel = AtomicBool::new(false);
    let of = |without: Vec<Part>| {
        let config = TrainConfig {
            steps: 160,
            without,
            ..config()
        };
        forecast::train(&panel, &config, None, &mut |_| {}, &cancel).unwrap()
    };
    let forecasts = of(Vec::new()).predict(&panel).unwrap();
    for part in [
        Part::Promotion,
        Part::ShopAndChain,
        Part::Trees,
        Part::Network,
        Part::Averaging,
    ] {
        let found = of(vec![part]);
        let manifest = found.manifest();
        assert_eq!(manifest.config.without, [part]);
        assert_eq!(part == Part::Network, manifest.blend.trees == [1.0; 3]);
        let is_other = found.predict(&panel).unwrap() != forecasts;
        assert!(is_other, "{part} makes no difference");
    }
}
