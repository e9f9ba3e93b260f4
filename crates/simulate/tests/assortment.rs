//! Products, prices and sizes of simulated chains.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use simulate::{Chain, ChainConfig};

fn day(year: i32, month: u32, of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, of_month).unwrap()
}

fn two_years(seed: u64) -> Chain {
    Chain::new(ChainConfig::new(seed, day(2026, 11, 19)))
}

fn mean(values: impl Iterator<Item = i64>) -> f64 {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    sum as f64 / f64::from(count)
}

#[test]
fn products_are_sold_from_their_launch_to_their_end_and_in_season_only() {
    let chain = two_years(6);
    let late = chain
        .products()
        .iter()
        .position(|product| product.introduced_on.is_some())
        .unwrap();
    let ended = chain
        .products()
        .iter()
        .position(|product| product.discontinued_on.is_some())
        .unwrap();
    let roscon = chain
        .products()
        .iter()
        .position(|product| product.name == "Roscón de Reyes")
        .unwrap();
    let launch = chain.products()[late].introduced_on.unwrap();
    let end = chain.products()[ended].discontinued_on.unwrap();
    let (mut after, mut before, mut kings, mut other_kings) = (0, 0, 0, 0);
    for today in chain.simulate() {
        for line in &today.lines {
            assert!(line.product != late || today.date >= launch);
            assert!(line.product != ended || today.date < end);
            after += i64::from(line.product == late);
            before += i64::from(line.product == ended);
            if line.product == roscon {
                let month_day = (today.date.month(), today.date.day());
                assert!(
                    month_day >= (12, 18) || month_day <= (1, 7),
                    "a roscón on {}",
                    today.date
                );
                if matches!(month_day, (1, 5 | 6)) {
                    kings += line.demand
                } else {
                    other_kings += line.demand
                }
            }
        }
    }
    assert!(after > 300 && before > 300);
    assert!(
        kings > other_kings,
        "two days outsell the other nineteen: {kings} against {other_kings}"
    );
}

#[test]
fn heat_sells_cold_drinks() {
    let chain = two_years(8);
    let water = chain
        .products()
        .iter()
        .position(|product| product.name.starts_with("Agua"))
        .unwrap();
    let coffee = chain
        .products()
        .iter()
        .position(|product| product.name == "Café con leche")
        .unwrap();
    let demand = |product: usize, month: u32| {
        mean(
            chain
                .simulate()
                .filter(|today| today.date.month() == month && today.store == 1)
                .flat_map(|today| {
                    today
                        .lines
                        .into_iter()
                        .filter(|line| line.product == product)
                        .map(|line| line.demand)
                        .collect::<Vec<_>>()
                }),
        )
    };
    assert!(demand(water, 7) > 1.6 * demand(water, 1));
    assert!(demand(coffee, 7) < 0.9 * demand(coffee, 1));
}

#[test]
fn a_chain_of_any_size_can_be_made() {
    for (shops, products, days) in [(1, 1, 1), (3, 10, 30), (95, 4, 3), (2, 120, 5), (0, 0, 0)] {
        let chain = Chain::new(ChainConfig {
            seed: 1,
            shops,
            products,
            days,
            end_date: day(2026, 5, 15),
        });
        assert_eq!(chain.shop_count(), shops.max(1));
        assert_eq!(chain.stores().len(), shops.max(1) + 1);
        assert_eq!(chain.products().len(), products.max(1));
        let unique = |texts: Vec<&str>| {
            let count = texts.len();
            texts
                .into_iter()
                .collect::<std::collections::HashSet<_>>()
                .len()
                == count
        };
        assert!(unique(
            chain
                .stores()
                .iter()
                .map(|store| store.code.as_str())
                .collect()
        ));
        assert!(unique(
            chain
                .stores()
                .iter()
                .map(|store| store.name.as_str())
                .collect()
        ));
        assert!(unique(
            chain
                .products()
                .iter()
                .map(|product| product.sku.as_str())
                .collect()
        ));
        assert!(unique(
            chain
                .products()
                .iter()
                .map(|product| product.name.as_str())
                .collect()
        ));
        let simulated = chain.simulate().count();
        assert!(simulated <= shops.max(1) * (days.max(1) as usize));
    }
}

#[test]
fn prices_rise_in_steps_to_todays_list_price() {
    let chain = two_years(10);
    let mut rises = 0;
    for (index, product) in chain.products().iter().enumerate() {
        let (first, last) = (chain.start_date(), chain.config().end_date);
        assert_eq!(chain.list_price_minor(index, last), product.price_minor);
        assert!(chain.list_price_minor(index, first) <= product.price_minor);
        assert!(product.unit_cost_minor < chain.list_price_minor(index, first));
        assert!(product.salvage_minor <= product.unit_cost_minor);
        rises += i32::from(chain.list_price_minor(index, first) < product.price_minor);
    }
    assert!(rises > 30, "{rises} products became dearer");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_chain_at_any_time_of_the_year_keeps_its_books(
        seed in any::<u64>(),
        shops in 1_usize..9,
        products in 1_usize..60,
        days in 1_u32..12,
        end in 0_u64..3_000,
    ) {
        let end_date = day(2020, 1, 1) + chrono::Days::new(end);
        let chain = Chain::new(ChainConfig { seed, shops, days, end_date, products });
        for today in chain.simulate() {
            prop_assert!(today.date >= chain.start_date() && today.date <= end_date);
            let mut rung_up = vec![0; products];
            for ticket in chain.tickets(&today) {
                prop_assert!((1..=8).contains(&ticket.lines.len()));
                for line in ticket.lines {
                    prop_assert!((1..=4).contains(&line.quantity));
                    rung_up[line.product] += line.quantity;
                }
            }
            for line in &today.lines {
                prop_assert!(chain.on_sale(today.store, line.product, today.date));
                prop_assert!(line.sold <= line.demand && line.sold + line.wasted <= line.supply());
                prop_assert_eq!(rung_up[line.product], line.sold);
            }
        }
    }
}
