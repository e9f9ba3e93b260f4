//! The panel shows a forecaster what it may know, and the truth lies beside it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Days, NaiveDate};
use simulate::{Censoring, Chain, ChainConfig, panel};

fn chain() -> Chain {
    let end = NaiveDate::from_ymd_opt(2026, 11, 19).unwrap();
    Chain::new(ChainConfig {
        days: 300,
        ..ChainConfig::new(12, end)
    })
}

#[test]
fn history_ends_at_the_cutoff_and_the_plan_reaches_four_weeks_further() {
    let chain = chain();
    let cutoff = chain.config().end_date - Days::new(40);
    let known = panel(&chain, cutoff, Censoring::Told);
    assert_eq!(known.panel.last_date, cutoff);
    assert_eq!(
        (known.panel.stores.len(), known.panel.products.len()),
        (6, 45)
    );
    assert!(known.panel.series.len() > 200);
    for (index, series) in known.panel.series.iter().enumerate() {
        assert!(series.days.is_sorted_by(|a, b| a.date < b.date));
        assert!(series.planned.is_sorted_by(|a, b| a.date < b.date));
        assert!(series.days.iter().all(|day| day.date <= cutoff));
        let ahead = cutoff + Days::new(28);
        assert!(
            series
                .planned
                .iter()
                .all(|day| day.date > cutoff && day.date <= ahead)
        );
        assert_eq!(series.days.len(), known.demand[index].len());
        assert_eq!(series.planned.len(), known.future_demand[index].len());
        assert_eq!(series.planned.len(), known.future_sold[index].len());
    }
    // Day for day what a longer look shows as history.
    let later = panel(&chain, chain.config().end_date, Censoring::Told);
    let pair = |series: &domain::panel::PanelSeries| (series.store, series.product);
    for (index, series) in known.panel.series.iter().enumerate() {
        let Some(after) = later
            .panel
            .series
            .iter()
            .position(|other| pair(other) == pair(series))
        else {
            panic!("{:?} vanished", pair(series));
        };
        let longer = &later.panel.series[after];
        assert_eq!(series.days[..], longer.days[..series.days.len()]);
        for (at, planned) in series.planned.iter().enumerate() {
            let came = &longer.days[series.days.len() + at];
            assert_eq!(
                (came.date, came.price, came.promotion),
                (planned.date, planned.price, planned.promotion)
            );
            assert_eq!(
                later.demand[after][series.days.len() + at],
                known.future_demand[index][at]
            );
        }
    }
}

#[test]
fn true_demand_lies_above_the_sales_of_marked_days_only() {
    let chain = chain();
    let told = panel(&chain, chain.config().end_date, Censoring::Told);
    let untold = panel(&chain, chain.config().end_date, Censoring::Untold);
    let mut hidden = 0;
    for (index, series) in told.panel.series.iter().enumerate() {
        for (day, demand) in series.days.iter().zip(&told.demand[index]) {
            let lost = *demand as f64 - day.quantity;
            assert!(lost >= 0.0 && (day.censored || lost == 0.0));
            hidden += i32::from(lost > 0.0);
        }
    }
    assert!(hidden > 1_000, "{hidden} days hid demand");
    assert_eq!(told.demand, untold.demand);
    assert!(
        untold
            .panel
            .series
            .iter()
            .flat_map(|series| &series.days)
            .all(|day| !day.censored)
    );
}

#[test]
fn weather_and_calendar_cover_history_and_plan() {
    let chain = chain();
    let cutoff = chain.config().end_date;
    let known = panel(&chain, cutoff, Censoring::Told);
    let (first, last) = (chain.start_date(), cutoff + Days::new(28));
    for store in 0..6 {
        let days: Vec<NaiveDate> = known
            .panel
            .weather
            .iter()
            .filter(|sky| sky.store == Some(store))
            .map(|sky| sky.date)
            .collect();
        assert_eq!(days, first.iter_days().take(328).collect::<Vec<_>>());
    }
    assert!(
        known
            .panel
            .calendar
            .iter()
            .all(|day| day.date >= first && day.date <= last)
    );
    assert!(
        known
            .panel
            .calendar
            .iter()
            .any(|day| day.date > cutoff && day.name == "Inmaculada Concepción")
    );
}
