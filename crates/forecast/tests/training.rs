//! What training must do, and what it must refuse.
#![allow(clippy::unwrap_used)]

mod support;

use forecast::{
    Baseline, ForecastError, TrainConfig, TrainProgress, backtest, baseline_forecast, truncate,
};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{hasty, train, weekly};

#[test]
fn overfits_one_series() {
    let panel = weekly(1, 1, 200, 0.0, 1);
    let config = TrainConfig {
        steps: 500,
        ..TrainConfig::quick(1)
    };
    let mut first = None;
    let mut last = 0.0;
    let artifact = forecast::train(
        &panel,
        &config,
        None,
        &mut |p: TrainProgress| {
            first.get_or_insert(p.loss);
            last = p.loss;
        },
        &AtomicBool::new(false),
    )
    .unwrap();
    let first = first.unwrap();
    assert!(
        last < 0.25 * first,
        "the loss only fell from {first} to {last}"
    );
    let forecasts = artifact.predict(&panel).unwrap();
    let mut error = 0.0;
    let mut volume = 0.0;
    for (day, planned) in forecasts[0].days.iter().zip(&panel.series[0].planned) {
        let lift = if planned.promotion == Some(true) {
            1.5
        } else {
            1.0
        };
        let truth = 20.0
            * [0.7, 0.8, 0.9, 1.0, 1.3, 1.6]
                [chrono::Datelike::weekday(&day.target_date).num_days_from_monday() as usize]
            * lift;
        error += (day.quantiles[5] - truth).abs();
        volume += truth;
    }
    assert!(
        error / volume < 0.08,
        "WAPE {} on a series without noise",
        error / volume
    );
}

#[test]
fn same_seed_same_numbers_on_any_number_of_threads() {
    let panel = weekly(2, 2, 150, 0.3, 2);
    let config = TrainConfig {
        members: 2,
        threads: 1,
        ..hasty(7)
    };
    let one = train(&panel, &config).unwrap().predict(&panel).unwrap();
    let again = train(
        &panel,
        &TrainConfig {
            threads: 2,
            ..config.clone()
        },
    )
    .unwrap()
    .predict(&panel)
    .unwrap();
    assert_eq!(one, again);
    let other = train(&panel, &TrainConfig { seed: 8, ..config })
        .unwrap()
        .predict(&panel)
        .unwrap();
    assert_ne!(one, other);
}

#[test]
fn beats_the_seasonal_baselines_where_promotions_are_known() {
    let panel = weekly(3, 3, 400, 0.2, 3);
    let past = truncate(&panel, panel.last_date - chrono::Days::new(57));
    let artifact = train(
        &past,
        &TrainConfig {
            steps: 300,
            ..TrainConfig::quick(3)
        },
    )
    .unwrap();
    let report = backtest(&panel, &artifact, 2).unwrap();
    assert_eq!(report.cutoffs.len(), 2);
    let best = report.seasonal_naive.wql.min(report.weekday_mean.wql);
    assert!(report.model.wql < 0.9 * best, "{report:#?}");
    assert_eq!(report.by_store.len(), 3);
    assert_eq!(report.model.days, report.weekday_mean.days);
    assert_eq!(
        report.by_horizon[1..]
            .iter()
            .map(|g| g.model.days)
            .sum::<usize>(),
        report.model.days
    );
}

#[test]
fn refuses_to_be_judged_on_what_it_has_seen() {
    let panel = weekly(1, 2, 200, 0.2, 4);
    let artifact = train(&panel, &hasty(1)).unwrap();
    assert!(matches!(
        backtest(&panel, &artifact, 1),
        Err(ForecastError::AlreadySeen { .. })
    ));
}

#[test]
fn a_nan_is_refused_by_the_name_of_its_covariate() {
    let whole = weekly(1, 2, 120, 0.2, 5);
    let name = |panel| match train(&panel, &hasty(1)) {
        Err(ForecastError::NonFinite { name, place }) => (name, place),
        other => panic!("{other:?}"),
    };
    let mut panel = whole.clone();
    panel.weather[40].temperature_c = Some(f64::NAN);
    assert_eq!(name(panel).0, "temperature");
    let mut panel = whole.clone();
    panel.weather[40].precipitation_mm = Some(f64::INFINITY);
    assert_eq!(name(panel).0, "rain");
    let mut panel = whole.clone();
    panel.series[1].planned[3].price = Some(f64::NAN);
    assert_eq!(name(panel).0, "price");
    let mut panel = whole.clone();
    panel.series[1].days[9].quantity = f64::NAN;
    let (name, place) = name(panel);
    assert_eq!(name, "quantity");
    assert!(place.contains("product 1"), "{place}");
    let mut panel = whole.clone();
    let artifact = train(&whole, &hasty(1)).unwrap();
    panel.weather[40].temperature_c = Some(f64::NAN);
    assert!(matches!(
        artifact.predict(&panel),
        Err(ForecastError::NonFinite { .. })
    ));
}

#[test]
fn too_little_data_is_an_error_with_a_name() {
    let mut zeros = weekly(1, 2, 120, 0.2, 6);
    for series in &mut zeros.series {
        for day in &mut series.days {
            day.quantity = 0.0;
        }
    }
    assert!(matches!(
        train(&zeros, &hasty(1)),
        Err(ForecastError::TooLittleData { .. })
    ));
    assert!(matches!(
        train(&weekly(1, 1, 10, 0.2, 6), &hasty(1)),
        Err(ForecastError::TooLittleData { .. })
    ));
    let mut empty = weekly(1, 1, 10, 0.2, 6);
    empty.series.clear();
    assert!(matches!(
        train(&empty, &hasty(1)),
        Err(ForecastError::TooLittleData { .. })
    ));
    let mut wrong = weekly(1, 1, 60, 0.2, 6);
    wrong.series[0].store = 4;
    assert!(matches!(
        train(&wrong, &hasty(1)),
        Err(ForecastError::InvalidPanel { .. })
    ));
    assert_eq!(
        baseline_forecast(&zeros, Baseline::WeekdayMean)[0].days[0].quantiles,
        [0.0; 11]
    );
}

#[test]
fn stops_when_told_to() {
    let panel = weekly(1, 2, 150, 0.2, 7);
    let cancel = AtomicBool::new(false);
    let mut seen = 0;
    let result = forecast::train(
        &panel,
        &TrainConfig {
            steps: 100_000,
            ..hasty(1)
        },
        None,
        &mut |p| {
            seen = p.step;
            assert_eq!(p.steps, 100_000);
            cancel.store(true, Ordering::Relaxed);
        },
        &cancel,
    );
    assert!(matches!(result, Err(ForecastError::Cancelled)));
    assert!((10..2000).contains(&seen), "{seen}");
}

#[test]
fn warm_start_keeps_what_was_learned_and_takes_in_newcomers() {
    let mut wide = weekly(2, 3, 260, 0.1, 8);
    let mut narrow = wide.clone();
    narrow.series.retain(|s| s.product != 1);
    narrow.products.remove(1);
    for series in &mut narrow.series {
        series.product = series.product.min(1);
    }
    let config = TrainConfig {
        steps: 250,
        ..TrainConfig::quick(8)
    };
    let champion = train(&narrow, &config).unwrap();
    let mut losses = Vec::new();
    let few = TrainConfig {
        steps: 20,
        ..config
    };
    let warm = forecast::train(
        &wide,
        &few,
        Some(&champion),
        &mut |p| losses.push(p.loss),
        &AtomicBool::new(false),
    )
    .unwrap();
    let cold_start = {
        let mut losses = Vec::new();
        forecast::train(
            &wide,
            &few,
            None,
            &mut |p| losses.push(p.loss),
            &AtomicBool::new(false),
        )
        .unwrap();
        losses[0]
    };
    assert!(
        losses[0] < 0.7 * cold_start,
        "warm {} cold {cold_start}",
        losses[0]
    );
    assert_eq!(warm.manifest().ids.products.len(), 3);
    wide.last_date = wide.last_date.succ_opt().unwrap();
    assert_eq!(warm.manifest().cold_cutoff, champion.manifest().cutoff);
}

/// Only in builds with the feature: `cargo nextest run --features forecast/gpu -E 'test(graphics_card)'`.
#[cfg(feature = "gpu")]
#[test]
fn a_graphics_card_trains_to_the_same_quality() {
    use forecast::Compute;
    if let Err(error) = Compute::Gpu.check() {
        println!("skipped: {error}");
        return;
    }
    let panel = weekly(2, 3, 260, 0.2, 9);
    let past = truncate(&panel, panel.last_date - chrono::Days::new(60));
    let wql = |device: Compute| {
        let config = TrainConfig {
            device,
            ..TrainConfig::quick(1)
        };
        let started = std::time::Instant::now();
        let artifact =
            forecast::train(&past, &config, None, &mut |_| {}, &AtomicBool::new(false)).unwrap();
        let report = backtest(&panel, &artifact, 1).unwrap();
        println!(
            "{device}: {:.1} s, wQL {:.4}",
            started.elapsed().as_secs_f64(),
            report.model.wql
        );
        report.model.wql
    };
    let (cpu, gpu) = (wql(Compute::Cpu), wql(Compute::Gpu));
    assert!((gpu / cpu - 1.0).abs() < 0.02, "{cpu} {gpu}");
}
