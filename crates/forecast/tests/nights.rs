//! Nights in a row.
#![allow(clippy::unwrap_used)]

mod support;

use forecast::{NightlyPath, TrainConfig, nightly, truncate};
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
    assert!(night.report.is_some());
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
