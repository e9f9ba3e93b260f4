//! A day asked after alone has the numbers of the whole forecast, and an assumption changes that day's series and nothing else.
#![allow(clippy::unwrap_used)]

mod support;

use domain::panel::Panel;
use forecast::{Artifact, Assumed, Outlook};
use std::sync::Arc;
use support::{hasty, train, weekly};

/// Two shops with four products; one series has just begun, one is a few weeks old.
fn chain() -> Panel {
    let mut panel = weekly(2, 4, 200, 0.3, 1);
    for (series, keep) in [(3, 10), (5, 40)] {
        let days = &mut panel.series[series].days;
        let gone = days.len() - keep;
        days.drain(..gone);
    }
    // Prices moved once.
    for series in &mut panel.series {
        for day in series.days.iter_mut().rev().take(20) {
            day.price = Some(2.75);
        }
    }
    panel
}

fn model() -> Arc<Artifact> {
    Arc::new(train(&chain(), &hasty(1)).unwrap())
}

fn plain(series: usize, date: chrono::NaiveDate) -> Assumed {
    Assumed {
        series,
        date,
        price: None,
        promotion: None,
        temperature_c: None,
        precipitation_mm: None,
    }
}

#[test]
fn a_day_asked_after_alone_or_with_others_has_the_numbers_of_the_whole_forecast() {
    let (panel, model) = (chain(), model());
    let whole = model.predict(&panel).unwrap();
    let outlook = Outlook::new(model, &panel).unwrap();
    let mut all = Vec::new();
    for forecast in &whole {
        for day in &forecast.days {
            let question = plain(forecast.series, day.target_date);
            let alone = outlook.ask(&[question]).unwrap();
            assert_eq!(alone, [Some(*day)], "series {}", forecast.series);
            all.push((question, Some(*day)));
        }
    }
    let questions: Vec<Assumed> = all.iter().map(|(q, _)| *q).collect();
    let expected: Vec<_> = all.iter().map(|(_, day)| *day).collect();
    assert_eq!(outlook.ask(&questions).unwrap(), expected);
}

#[test]
fn what_is_assumed_is_what_the_whole_forecast_would_say_had_it_been_planned() {
    let (panel, model) = (chain(), model());
    let outlook = Outlook::new(model.clone(), &panel).unwrap();
    let usual = model.predict(&panel).unwrap();
    for series in 0..panel.series.len() {
        let mut other = panel.clone();
        let at = 4;
        let planned = &mut other.series[series].planned[at];
        planned.price = Some(1.5);
        planned.promotion = Some(planned.promotion != Some(true));
        let (date, promotion) = (planned.date, planned.promotion);
        for day in &mut other.weather {
            if day.date == date {
                (day.temperature_c, day.precipitation_mm) = (Some(31.0), Some(0.5));
            }
        }
        let expected = model.predict(&other).unwrap()[series].days[at];
        let question = Assumed {
            price: Some(1.5),
            promotion,
            temperature_c: Some(31.0),
            precipitation_mm: Some(0.5),
            ..plain(series, date)
        };
        let neighbour = (series + 1) % panel.series.len();
        let answers = outlook
            .ask(&[question, plain(series, date), plain(neighbour, date)])
            .unwrap();
        assert_eq!(answers[0], Some(expected), "series {series}");
        assert_eq!(answers[1], Some(usual[series].days[at]));
        assert_eq!(answers[2], Some(usual[neighbour].days[at]));
    }
}

#[test]
fn what_the_model_never_saw_move_is_not_listened_to() {
    let (panel, model) = (chain(), model());
    let outlook = Outlook::new(model.clone(), &panel).unwrap();
    let known = outlook.deaf(0);
    assert!(!known.price && !known.promotion && !known.weather);
    let young = outlook.deaf(3);
    assert!(young.price && young.weather);
    let mut still = panel.clone();
    still.weather.clear();
    for day in still.series.iter_mut().flat_map(|s| &mut s.days) {
        (day.price, day.promotion) = (Some(2.5), Some(false));
    }
    let deaf = Outlook::new(model, &still).unwrap().deaf(0);
    assert!(deaf.price && deaf.promotion && deaf.weather);
}

#[test]
fn a_day_that_is_not_planned_has_no_forecast() {
    let (panel, model) = (chain(), model());
    let outlook = Outlook::new(model, &panel).unwrap();
    let closed = outlook.ask(&[plain(0, panel.last_date)]).unwrap();
    assert!(closed[0].is_none());
    assert!(outlook.ask(&[]).unwrap().is_empty());
}
