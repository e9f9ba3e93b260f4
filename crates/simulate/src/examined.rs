//! The chain's tickets under the product's own rule for sold-out days.

use crate::chain::Chain;
use crate::holidays::shift;
use chrono::{NaiveDate, Timelike};
use domain::censoring::{Book, Day, Ledger};
use std::collections::{BTreeMap, BTreeSet};

/// A chain's first six weeks are judged together.
const FIRST_DAYS: i64 = 42;

/// Whether the rule sees stock beside the tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Tickets and a ledger that knows what was baked.
    Ledger,
    /// Tickets alone.
    Tickets,
}

/// Every trading day up to `until`, judged in the order in which days pass: the first six weeks together, then week by
/// week. Shops and products are named by their indices.
#[must_use]
pub fn examined(chain: &Chain, until: NaiveDate, witness: Witness) -> Book {
    let mut book = Book::default();
    for day in chain.simulate_until(until) {
        let mut shelves: BTreeMap<usize, Day> = BTreeMap::new();
        for line in day.lines.iter().filter(|_| witness == Witness::Ledger) {
            let shelf = shelves.entry(line.product).or_default();
            shelf.ledger = if line.sold == line.supply() {
                Ledger::RanEmpty
            } else {
                Ledger::Left
            };
        }
        for ticket in chain.tickets(&day) {
            let minute = ticket.sold_at.hour() * 60 + ticket.sold_at.minute();
            for line in &ticket.lines {
                let shelf = shelves.entry(line.product).or_default();
                shelf.product = line.product;
                shelf
                    .minutes
                    .push(u16::try_from(minute).unwrap_or_default());
                shelf.quantity += line.quantity;
            }
        }
        book.insert(day.store, day.date, shelves.into_values().collect());
    }
    let mut from = chain.start_date();
    while from <= until {
        let first_weeks = from == chain.start_date();
        let days = if first_weeks { FIRST_DAYS } else { 7 };
        let next = shift(from, days);
        let wanted: BTreeSet<(usize, NaiveDate)> = from
            .iter_days()
            .take_while(|date| *date < next && *date <= until)
            .flat_map(|date| (0..chain.shop_count()).map(move |shop| (shop, date)))
            .collect();
        book.judge(&wanted);
        from = next;
    }
    book
}
