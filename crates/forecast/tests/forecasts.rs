//! Whatever goes in, forecasts are finite, ordered, not negative, and for the planned days only.
#![allow(clippy::unwrap_used)]

mod support;

use domain::panel::{Panel, PanelProduct, PanelSeries, PanelStore, SeriesForecast};
use forecast::{Artifact, Baseline, TrainConfig, baseline_forecast, truncate};
use proptest::prelude::*;
use std::sync::OnceLock;
use support::{closed, hasty, train, weekly};

fn sound(panel: &Panel, forecasts: &[SeriesForecast]) {
    assert_eq!(forecasts.len(), panel.series.len());
    for (index, (forecast, series)) in forecasts.iter().zip(&panel.series).enumerate() {
        assert_eq!(forecast.series, index);
        let dates: Vec<_> = forecast.days.iter().map(|d| d.target_date).collect();
        let planned: Vec<_> = series.planned.iter().map(|d| d.date).collect();
        assert_eq!(dates, planned);
        for day in &forecast.days {
            assert!(day.mean.is_finite() && day.mean >= 0.0, "{day:?}");
            assert!(
                day.quantiles.iter().all(|q| q.is_finite() && *q >= 0.0),
                "{day:?}"
            );
            assert!(day.quantiles.windows(2).all(|q| q[0] <= q[1]), "{day:?}");
            let top = day.quantiles[10] + 3.0 * (day.quantiles[10] - day.quantiles[9]) + 1.0;
            assert!(
                day.mean <= top && day.mean + 1.0 >= day.quantiles[0],
                "{day:?}"
            );
        }
    }
}

fn model() -> &'static Artifact {
    static MODEL: OnceLock<Artifact> = OnceLock::new();
    MODEL.get_or_init(|| train(&weekly(2, 2, 200, 0.3, 1), &hasty(1)).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_a_sound_forecast(
        quantities in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e6f64, 0.0..3.0f64], 5..150),
        prices in prop::collection::vec(prop::option::of(0.01..1e4f64), 5..150),
        censored in prop::collection::vec(any::<bool>(), 5..150),
        cold in -60.0..60.0f64,
    ) {
        let mut panel = weekly(2, 2, 150, 0.3, 9);
        for (series, offset) in panel.series.iter_mut().zip(0..) {
            for (day, n) in series.days.iter_mut().zip(offset..) {
                day.quantity = quantities[n % quantities.len()];
                day.price = prices[n % prices.len()];
                day.censored = censored[n % censored.len()];
            }
        }
        for day in &mut panel.weather {
            day.temperature_c = Some(cold);
        }
        sound(&panel, &model().predict(&panel).unwrap());
        sound(&panel, &baseline_forecast(&panel, Baseline::SeasonalNaive));
        sound(&panel, &baseline_forecast(&panel, Baseline::WeekdayMean));
    }
}

#[test]
fn closed_days_are_not_forecast() {
    let panel = weekly(1, 1, 120, 0.2, 2);
    let forecasts = model().predict(&panel).unwrap();
    assert_eq!(forecasts[0].days.len(), 24);
    assert!(forecasts[0].days.iter().all(|d| !closed(d.target_date)));
}

#[test]
fn newcomers_are_forecast_too() {
    let mut panel = weekly(3, 3, 200, 0.2, 3);
    // Born yesterday: no history at all, twelve days of it, and six weeks of it.
    let last = panel.last_date;
    panel.products.push(PanelProduct {
        id: "new".into(),
        category: "bread".into(),
        list_price: None,
        unit_cost: None,
        salvage: None,
    });
    panel.stores.push(PanelStore {
        id: "opening".into(),
    });
    let planned = panel.series[0].planned.clone();
    panel.series.push(PanelSeries {
        store: 0,
        product: 3,
        days: vec![],
        planned: planned.clone(),
    });
    panel.series.push(PanelSeries {
        store: 3,
        product: 0,
        days: vec![],
        planned,
    });
    panel.series[1]
        .days
        .retain(|d| (last - d.date).num_days() < 14);
    panel.series[2]
        .days
        .retain(|d| (last - d.date).num_days() < 45);
    let forecasts = model().predict(&panel).unwrap();
    sound(&panel, &forecasts);
    let known = baseline_forecast(&panel, Baseline::WeekdayMean);
    // Below 28 days the chain speaks as well as its own few days do: weekdays and promotions are told apart.
    let total = |f: &domain::panel::SeriesForecast| f.days.iter().map(|d| d.mean).sum::<f64>();
    let share = total(&forecasts[1]) / total(&known[1]);
    assert!((0.75..1.35).contains(&share), "{share}");
    assert_ne!(forecasts[1], known[1]);
    assert_ne!(forecasts[2], known[2]);
    for index in [9, 10] {
        let day = &forecasts[index].days[0];
        assert!(day.mean > 5.0, "{day:?}");
        assert!(
            day.quantiles[9] - day.quantiles[1] > 0.3 * day.mean,
            "{day:?}"
        );
    }
}

#[test]
fn a_cut_panel_knows_nothing_of_later_sales() {
    let panel = weekly(2, 2, 200, 0.3, 4);
    let cutoff = panel.last_date - chrono::Days::new(40);
    let mut other = panel.clone();
    for day in other
        .series
        .iter_mut()
        .flat_map(|s| &mut s.days)
        .filter(|d| d.date > cutoff)
    {
        day.quantity = 1e4;
        day.censored = true;
    }
    let (a, b) = (truncate(&panel, cutoff), truncate(&other, cutoff));
    assert_eq!(a, b);
    assert_eq!(a.last_date, cutoff);
    assert_eq!(a.series[0].planned.len(), 24);
    assert_eq!(forecast::data_version(&a), forecast::data_version(&b));
    assert_ne!(forecast::data_version(&a), forecast::data_version(&panel));
    sound(&a, &model().predict(&a).unwrap());
}

#[test]
fn sold_out_days_do_not_pull_the_forecast_down() {
    // Every other day, and each weekday in every other week, the shelf empties at a third of the demand.
    let honest = weekly(2, 2, 300, 0.1, 5);
    let mut hidden = honest.clone();
    for series in &mut hidden.series {
        let weeks = series.days.iter_mut().enumerate();
        for (_, day) in weeks.filter(|(n, _)| (n / 6 + n) % 2 == 0) {
            day.quantity = (day.quantity / 3.0).floor();
            day.censored = true;
        }
    }
    let mut blind = hidden.clone();
    for day in blind.series.iter_mut().flat_map(|s| &mut s.days) {
        day.censored = false;
    }
    let config = TrainConfig {
        steps: 250,
        ..TrainConfig::quick(5)
    };
    let total = |panel: &Panel| -> f64 {
        let forecasts = train(panel, &config).unwrap().predict(panel).unwrap();
        forecasts.iter().flat_map(|f| &f.days).map(|d| d.mean).sum()
    };
    let (truth, corrected, uncorrected) = (total(&honest), total(&hidden), total(&blind));
    assert!(
        (corrected / truth - 1.0).abs() < 0.08,
        "{corrected} against {truth}"
    );
    assert!(uncorrected / truth < 0.85, "{uncorrected} against {truth}");
}

#[test]
fn demand_beyond_the_shelf_is_brought_back() {
    // The shop bakes for the expected demand, so the busier half of the days sells out.
    let honest = weekly(2, 2, 400, 0.8, 7);
    let mut told = honest.clone();
    for series in &mut told.series {
        let mut sums = [(0.0, 0.0); 14];
        let slot = |day: &domain::panel::PanelDay| {
            let weekday = chrono::Datelike::weekday(&day.date).num_days_from_monday() as usize;
            weekday + if day.promotion == Some(true) { 7 } else { 0 }
        };
        for day in &series.days {
            let sum = &mut sums[slot(day)];
            *sum = (sum.0 + day.quantity, sum.1 + 1.0);
        }
        for day in &mut series.days {
            let (sum, count) = sums[slot(day)];
            let baked = (sum / count).round();
            day.censored = day.quantity >= baked;
            day.quantity = day.quantity.min(baked);
        }
    }
    let mut untold = told.clone();
    for day in untold.series.iter_mut().flat_map(|s| &mut s.days) {
        day.censored = false;
    }
    let config = TrainConfig {
        steps: 250,
        ..TrainConfig::quick(7)
    };
    let total = |panel: &Panel| -> f64 {
        let forecasts = train(panel, &config).unwrap().predict(panel).unwrap();
        forecasts.iter().flat_map(|f| &f.days).map(|d| d.mean).sum()
    };
    let truth = total(&honest);
    let (told, untold) = (total(&told) / truth - 1.0, total(&untold) / truth - 1.0);
    assert!(untold < -0.05, "told {told}, untold {untold}");
    assert!(told > untold / 2.0, "told {told}, untold {untold}");
}

#[test]
fn seasonal_rules_take_the_weekdays_they_name() {
    let panel = weekly(1, 1, 120, 0.4, 6);
    let days = &panel.series[0].days;
    let value = |date| days.iter().find(|d| d.date == date).unwrap().quantity;
    let naive = baseline_forecast(&panel, Baseline::SeasonalNaive);
    let mean = baseline_forecast(&panel, Baseline::WeekdayMean);
    for (i, weeks) in [(0, 1u64), (6, 2), (20, 4)] {
        let target = naive[0].days[i].target_date;
        let ahead = (target - panel.last_date).num_days() as u64;
        assert_eq!(ahead.div_ceil(7), weeks);
        let back = |w: u64| value(target - chrono::Days::new(7 * (weeks + w)));
        assert!((naive[0].days[i].mean - back(0)).abs() < 1e-3);
        let four = (0..4).map(back).sum::<f64>() / 4.0;
        assert!((mean[0].days[i].mean - four).abs() < 1e-3);
    }
}
