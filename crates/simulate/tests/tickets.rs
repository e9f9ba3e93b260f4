//! Tickets carry exactly what was sold, at credible hours and in credible baskets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{NaiveDate, Timelike};
use simulate::{Chain, ChainConfig, Ticket};
use std::collections::{HashMap, HashSet};

fn three_weeks(seed: u64) -> Chain {
    let end = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    Chain::new(ChainConfig {
        days: 21,
        ..ChainConfig::new(seed, end)
    })
}

fn minute(ticket: &Ticket) -> u32 {
    ticket.sold_at.hour() * 60 + ticket.sold_at.minute()
}

#[test]
fn tickets_add_up_to_what_was_sold() {
    let chain = three_weeks(1);
    let mut ids = HashSet::new();
    for today in chain.simulate() {
        let mut sold: HashMap<usize, i64> = HashMap::new();
        let store = &chain.stores()[today.store];
        let tickets = chain.tickets(&today);
        assert_eq!(tickets, chain.tickets(&today));
        assert!(tickets.is_sorted_by_key(|ticket| ticket.sold_at));
        for ticket in &tickets {
            assert!(
                ids.insert(ticket.transaction_id.clone()),
                "{} twice",
                ticket.transaction_id
            );
            assert_eq!(ticket.sold_at.date(), today.date);
            assert!((store.opens_at_minute..store.closes_at_minute).contains(&minute(ticket)));
            assert!((1..=8).contains(&ticket.lines.len()));
            let products: HashSet<usize> = ticket.lines.iter().map(|line| line.product).collect();
            assert_eq!(
                products.len(),
                ticket.lines.len(),
                "a product twice on {}",
                ticket.transaction_id
            );
            for line in &ticket.lines {
                assert!((1..=4).contains(&line.quantity));
                *sold.entry(line.product).or_default() += line.quantity;
            }
        }
        for line in &today.lines {
            assert_eq!(sold.remove(&line.product).unwrap_or_default(), line.sold);
        }
        assert!(sold.is_empty(), "sold what was not on sale: {sold:?}");
    }
}

#[test]
fn tickets_bear_the_days_price_and_nothing_is_sold_from_an_empty_shelf() {
    let chain = three_weeks(2);
    let mut emptied = 0;
    for today in chain.simulate() {
        let lines: HashMap<usize, _> = today
            .lines
            .iter()
            .map(|line| (line.product, line))
            .collect();
        for ticket in chain.tickets(&today) {
            for line in &ticket.lines {
                let day = lines[&line.product];
                assert_eq!(
                    (line.unit_price_minor, line.promotion),
                    (day.price_minor, day.promotion)
                );
                if let Some(at) = day.sold_out_at {
                    emptied += 1;
                    assert!(
                        minute(&ticket) <= at,
                        "{} after the shelf was empty at {at}",
                        ticket.sold_at
                    );
                }
            }
        }
    }
    assert!(emptied > 1_000);
}

#[test]
fn a_shop_writes_some_hundred_tickets_with_its_peaks_at_breakfast_and_noon() {
    let chain = three_weeks(3);
    let mut by_hour = [0_i64; 24];
    for today in chain.simulate() {
        let tickets = chain.tickets(&today);
        assert!(
            (150..=600).contains(&tickets.len()),
            "{} tickets on {}",
            tickets.len(),
            today.date
        );
        for ticket in tickets {
            by_hour[ticket.sold_at.hour() as usize] += 1;
        }
    }
    assert!(by_hour[8] > 2 * by_hour[15], "{by_hour:?}");
    assert!(
        by_hour[13] > by_hour[15] && by_hour[17] > by_hour[15],
        "{by_hour:?}"
    );
}

#[test]
fn coffee_goes_with_croissants_more_than_with_loaves() {
    let chain = three_weeks(4);
    let named = |name: &str| {
        chain
            .products()
            .iter()
            .position(|product| product.name == name)
            .unwrap()
    };
    let (coffee, croissant, loaf) = (
        named("Café con leche"),
        named("Croissant de mantequilla"),
        named("Barra de pan"),
    );
    let (mut tickets, mut seen, mut with) = (0.0, [0.0; 3], [0.0; 2]);
    for today in chain.simulate() {
        for ticket in chain.tickets(&today) {
            let has = |product: usize| ticket.lines.iter().any(|line| line.product == product);
            tickets += 1.0;
            for (count, product) in seen.iter_mut().zip([coffee, croissant, loaf]) {
                *count += f64::from(u8::from(has(product)));
            }
            if has(coffee) {
                with[0] += f64::from(u8::from(has(croissant)));
                with[1] += f64::from(u8::from(has(loaf)));
            }
        }
    }
    // Lift: how much more often together than by chance.
    let lift = |together: f64, other: f64| together * tickets / (seen[0] * other);
    let (sweet, plain) = (lift(with[0], seen[1]), lift(with[1], seen[2]));
    assert!(sweet > 1.3, "coffee and croissant: {sweet}");
    assert!(plain < 0.8, "coffee and loaf: {plain}");
}
