//! What the simulated days promise to everyone who tests against them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Datelike, Days, NaiveDate};
use simulate::{Chain, ChainConfig, DailyLine, SimulatedDay};
use std::collections::HashMap;

fn day(year: i32, month: u32, of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, of_month).unwrap()
}

fn two_years(seed: u64) -> Chain {
    Chain::new(ChainConfig::new(seed, day(2026, 11, 19)))
}

fn short(seed: u64) -> Chain {
    Chain::new(ChainConfig {
        days: 40,
        ..ChainConfig::new(seed, day(2026, 3, 15))
    })
}

fn mean(values: impl Iterator<Item = i64>) -> f64 {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    sum as f64 / f64::from(count)
}

#[test]
fn the_same_seed_gives_the_same_days_and_another_seed_gives_others() {
    let (one, again, other) = (short(7), short(7), short(8));
    let days: Vec<SimulatedDay> = one.simulate().collect();
    assert_eq!(days, again.simulate().collect::<Vec<_>>());
    assert_eq!(days, one.simulate().collect::<Vec<_>>());
    assert_ne!(days, other.simulate().collect::<Vec<_>>());
    assert_eq!(one.promotions(), again.promotions());
    assert_eq!(one.weather(day(2026, 3, 1)), again.weather(day(2026, 3, 1)));
    assert_ne!(one.weather(day(2026, 3, 1)), other.weather(day(2026, 3, 1)));
}

#[test]
fn going_on_after_the_end_leaves_the_days_before_as_they_were() {
    let chain = short(7);
    let days: Vec<SimulatedDay> = chain.simulate().collect();
    let longer: Vec<SimulatedDay> = chain.simulate_until(day(2027, 1, 1)).collect();
    assert_eq!(days[..], longer[..days.len()]);
    assert_eq!(
        longer.last().unwrap().date,
        day(2026, 3, 15) + Days::new(28)
    );
}

#[test]
fn every_piece_on_the_shelf_is_sold_wasted_or_carried_on() {
    let chain = two_years(3);
    let mut carried: HashMap<(usize, usize), i64> = HashMap::new();
    for today in chain.simulate() {
        for line in &today.lines {
            assert!(
                line.sold <= line.demand && line.sold <= line.supply(),
                "{today:?} {line:?}"
            );
            assert!(line.sold >= 0 && line.baked >= 0 && line.wasted >= 0 && line.price_minor > 0);
            assert_eq!(line.baked % chain.products()[line.product].tray_size, 0);
            let before = carried.entry((today.store, line.product)).or_default();
            assert_eq!(line.carried_in, *before, "{} {line:?}", today.date);
            *before = line.supply() - line.sold - line.wasted;
            assert!(*before >= 0);
            // Demand is only ever hidden by an empty shelf, and an empty shelf is always told.
            assert_eq!(line.sold == line.supply(), line.sold_out_at.is_some());
            assert!(line.lost() == 0 || line.sold_out_at.is_some());
        }
    }
}

#[test]
fn shelves_run_empty_on_some_days_and_hide_demand() {
    let chain = two_years(5);
    let lines: Vec<DailyLine> = chain.simulate().flat_map(|today| today.lines).collect();
    let share = |count: usize| count as f64 / lines.len() as f64;
    let empty = share(
        lines
            .iter()
            .filter(|line| line.sold_out_at.is_some())
            .count(),
    );
    let hidden = share(lines.iter().filter(|line| line.lost() > 0).count());
    assert!(
        (0.03..0.20).contains(&empty),
        "{empty} of the product days ended with an empty shelf"
    );
    assert!(
        (0.03..0.20).contains(&hidden),
        "{hidden} of the product days hid demand"
    );
    let wasted: i64 = lines.iter().map(|line| line.wasted).sum();
    let baked: i64 = lines.iter().map(|line| line.baked).sum();
    let waste = wasted as f64 / baked as f64;
    assert!(
        (0.03..0.25).contains(&waste),
        "{waste} of what was baked was thrown away"
    );
}

#[test]
fn a_shop_sells_some_hundred_pieces_a_day() {
    let chain = two_years(11);
    let mut by_shop: HashMap<usize, Vec<i64>> = HashMap::new();
    for today in chain.simulate() {
        by_shop
            .entry(today.store)
            .or_default()
            .push(today.lines.iter().map(|line| line.sold).sum());
    }
    assert_eq!(by_shop.len(), 6);
    for (store, sold) in by_shop {
        let usual = mean(sold.into_iter());
        assert!(
            (600.0..1_100.0).contains(&usual),
            "shop {store} sells {usual} pieces a day"
        );
    }
}

#[test]
fn the_week_has_its_rhythm() {
    let chain = two_years(2);
    let (pastry, savoury) = (1, 3);
    let mut sums = [[0_i64; 7]; 5];
    for today in chain.simulate().filter(|today| today.store == 0) {
        for line in &today.lines {
            let category = chain.products()[line.product].category;
            sums[category][today.date.weekday().num_days_from_monday() as usize] += line.demand;
        }
    }
    assert!(
        sums[pastry][6] * 10 > sums[pastry][1] * 14,
        "Sundays are for pastry: {:?}",
        sums[pastry]
    );
    assert!(
        sums[savoury][6] * 10 < sums[savoury][1] * 8,
        "and not for sandwiches: {:?}",
        sums[savoury]
    );
}

#[test]
fn demand_scatters_more_than_chance_alone() {
    // Within one month, the same product on the same weekdays: season, trend and week cannot explain the spread.
    let chain = Chain::new(ChainConfig {
        days: 760,
        ..ChainConfig::new(9, day(2026, 11, 19))
    });
    let product = chain
        .products()
        .iter()
        .position(|product| product.name == "Barra de pan")
        .unwrap();
    let mut months: HashMap<(i32, u32, u32), Vec<i64>> = HashMap::new();
    for today in chain.simulate().filter(|today| today.store == 0) {
        let weekday = today.date.weekday().num_days_from_monday();
        let line = today
            .lines
            .iter()
            .find(|line| line.product == product)
            .unwrap();
        months
            .entry((today.date.year(), today.date.month(), weekday))
            .or_default()
            .push(line.demand);
    }
    let mut ratios = Vec::new();
    for values in months.values().filter(|values| values.len() >= 4) {
        let middle = mean(values.iter().copied());
        let spread: f64 = values
            .iter()
            .map(|value| (*value as f64 - middle).powi(2))
            .sum();
        ratios.push(spread / (values.len() - 1) as f64 / middle);
    }
    let ratio = ratios.iter().sum::<f64>() / ratios.len() as f64;
    assert!(ratio > 1.5, "variance is {ratio} times the mean");
}

#[test]
fn offers_raise_demand_and_lower_the_price() {
    let chain = two_years(4);
    let mut uplifts = Vec::new();
    let days: Vec<SimulatedDay> = chain.simulate().collect();
    for (index, offer) in chain
        .promotions()
        .iter()
        .enumerate()
        .filter(|(_, offer)| offer.product.is_some())
    {
        let near = |date: NaiveDate| {
            let weeks = Days::new(21);
            date >= offer.starts_on - weeks && date <= offer.ends_on + weeks
        };
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for today in days.iter().filter(|today| near(today.date)) {
            for line in today
                .lines
                .iter()
                .filter(|line| Some(line.product) == offer.product)
            {
                let list = chain.list_price_minor(line.product, today.date);
                match line.promotion {
                    Some(running) if running == index => {
                        assert!(line.price_minor < list);
                        with.push(line.demand);
                    }
                    Some(_) => {}
                    None => {
                        assert_eq!(line.price_minor, list);
                        if offer.store.is_none_or(|only| only == today.store) {
                            without.push(line.demand);
                        }
                    }
                }
            }
        }
        if with.len() >= 20 {
            uplifts.push(mean(with.into_iter()) / mean(without.into_iter()));
        }
    }
    assert!(
        uplifts.len() >= 8,
        "{} offers were long enough to judge",
        uplifts.len()
    );
    let usual = uplifts.iter().sum::<f64>() / uplifts.len() as f64;
    assert!(
        (1.2..1.8).contains(&usual),
        "an offer multiplies demand by {usual}"
    );
}

#[test]
fn a_closed_shop_has_no_day() {
    let chain = two_years(1);
    for today in chain.simulate() {
        assert!(chain.is_open(today.store, today.date));
        assert!(chain.stores()[today.store].opens_on_weekday(today.date));
        assert!(
            (today.date.month(), today.date.day()) != (12, 25) && today.date.ordinal() != 1,
            "{}",
            today.date
        );
        let closed = chain.calendar().iter().any(|entry| {
            entry.kind == domain::CalendarKind::Closure
                && entry.covers(today.date)
                && entry.store.is_none_or(|store| store == today.store)
        });
        assert!(
            !closed,
            "{} was open on {}",
            chain.stores()[today.store].name,
            today.date
        );
    }
    let rebuilt = chain
        .calendar()
        .iter()
        .filter(|entry| entry.name == "Cerrado por reforma")
        .count();
    assert_eq!(rebuilt, 2);
}

#[test]
fn two_years_of_six_shops_are_simulated_whole() {
    assert!(two_years(1).simulate().count() > 4_000);
}
