//! A day's sales as the tickets that customers carried home.

use crate::assortment::{BREAD, CAKE, DRINK, PASTRY, SAVOURY};
use crate::chain::Chain;
use crate::run::{DailyLine, SimulatedDay};
use crate::season::small;
use crate::stream::{Purpose, stream};
use chrono::{Datelike, NaiveDateTime, NaiveTime, Weekday};
use domain::PaymentMethod;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// What one customer bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ticket {
    /// Unique in the chain: shop, date, running number of the day.
    pub transaction_id: String,
    /// In the shop's own time zone, within its opening hours.
    pub sold_at: NaiveDateTime,
    pub payment: PaymentMethod,
    /// One to eight, each product at most once.
    pub lines: Vec<TicketLine>,
}

/// One product on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TicketLine {
    /// Index of the product.
    pub product: usize,
    /// One to four pieces.
    pub quantity: i64,
    pub unit_price_minor: i64,
    /// Index of the offer.
    pub promotion: Option<usize>,
}

/// Most lines on a ticket.
const MOST_LINES: usize = 8;
/// Minutes within which wishes can belong to one customer, and how many customers stand in the shop at most.
const QUEUE_MINUTES: u32 = 12;
const QUEUE: usize = 6;
/// Readiness to be a customer of one's own, against the affinities below.
const ALONE: f64 = 2.4;

struct Wish {
    minute: u32,
    line: TicketLine,
}

struct Basket {
    minute: u32,
    lines: Vec<TicketLine>,
}

pub(crate) fn of_day(chain: &Chain, day: &SimulatedDay) -> Vec<Ticket> {
    let at = chain.day_index(day.date).unwrap_or_default();
    let mut rng = stream(chain.config.seed, Purpose::Tickets, day.store, at);
    let mut wishes = Vec::new();
    for line in &day.lines {
        wish(chain, day.store, line, &mut wishes, &mut rng);
    }
    wishes.sort_by_key(|wish| (wish.minute, wish.line.product));
    let festive = day.date.weekday() == Weekday::Sun
        || chain
            .flags_on(day.store, day.date)
            .is_some_and(|flags| flags.holiday);
    let baskets = gather(chain, wishes, festive, &mut rng);
    ring_up(chain, day, baskets, &mut rng)
}

/// Splits a product's sale into the wishes of single customers, none after its shelf ran empty.
fn wish(
    chain: &Chain,
    store: usize,
    line: &DailyLine,
    wishes: &mut Vec<Wish>,
    rng: &mut ChaCha8Rng,
) {
    let item = &chain.products()[line.product];
    let profile = &chain.profiles[store][item.category];
    let served = if line.sold_out_at.is_some() && line.demand > 0 {
        small(line.sold) / small(line.demand)
    } else {
        1.0
    };
    let mut left = line.sold;
    while left > 0 {
        let quantity = pieces(item.category, item.price_minor, rng).min(left);
        left -= quantity;
        wishes.push(Wish {
            minute: profile.minute_at(served * rng.random::<f64>()),
            line: TicketLine {
                product: line.product,
                quantity,
                unit_price_minor: line.price_minor,
                promotion: line.promotion,
            },
        });
    }
}

/// How many pieces a customer takes at once.
fn pieces(category: usize, price_minor: i64, rng: &mut ChaCha8Rng) -> i64 {
    // Shares of one, two and three pieces in a hundred; the rest takes four.
    let shares: [u32; 3] = match category {
        _ if price_minor >= 800 => [97, 100, 100],
        BREAD if price_minor < 150 => [56, 87, 94],
        BREAD => [90, 99, 100],
        PASTRY => [52, 80, 89],
        CAKE => [58, 88, 94],
        SAVOURY => [72, 94, 98],
        _ => [66, 94, 98],
    };
    let draw = rng.random_range(0..100);
    1 + i64::from(draw >= shares[0]) + i64::from(draw >= shares[1]) + i64::from(draw >= shares[2])
}

/// How gladly something goes with what is in the basket already.
fn affinity(held: (usize, bool), added: (usize, bool), festive: bool) -> f64 {
    let (low, high) = if held.0 <= added.0 {
        (held, added)
    } else {
        (added, held)
    };
    let (coffee, two_coffees) = (high.1, low.1 && high.1);
    // Two weights: when the condition holds, and otherwise.
    let (condition, weights) = match (low.0, high.0) {
        (BREAD, BREAD) => (true, [0.55, 0.0]),
        (BREAD, PASTRY) => (festive, [2.2, 0.8]),
        (BREAD, CAKE) => (festive, [1.4, 0.5]),
        (BREAD, SAVOURY) => (true, [0.45, 0.0]),
        (BREAD, DRINK) => (coffee, [0.12, 0.25]),
        (PASTRY, PASTRY) => (true, [0.8, 0.0]),
        (PASTRY, CAKE) => (true, [0.6, 0.0]),
        (PASTRY, SAVOURY) => (true, [0.3, 0.0]),
        // Café and croissant.
        (PASTRY, DRINK) => (coffee, [4.5, 1.2]),
        (CAKE, DRINK) => (coffee, [2.2, 0.5]),
        (SAVOURY, SAVOURY) => (true, [0.6, 0.0]),
        (SAVOURY, DRINK) => (coffee, [1.2, 3.2]),
        (DRINK, DRINK) => (two_coffees, [0.9, 0.4]),
        _ => (true, [0.5, 0.0]),
    };
    weights[usize::from(!condition)]
}

/// Puts wishes of the same minutes into baskets. A wish joins a basket that was begun before its own minute, so
/// nothing is sold after its shelf ran empty.
fn gather(chain: &Chain, wishes: Vec<Wish>, festive: bool, rng: &mut ChaCha8Rng) -> Vec<Basket> {
    let nature = |product: usize| {
        (
            chain.products()[product].category,
            chain.appeals[product].is_coffee,
        )
    };
    let mut baskets: Vec<Basket> = Vec::with_capacity(wishes.len() / 2);
    for wish in wishes {
        let added = nature(wish.line.product);
        let first = baskets.len().saturating_sub(QUEUE);
        let mut weights = [0.0; QUEUE];
        for (weight, basket) in weights.iter_mut().zip(&baskets[first..]) {
            let gone = wish.minute - basket.minute > QUEUE_MINUTES;
            let holds_it = basket
                .lines
                .iter()
                .any(|line| line.product == wish.line.product);
            if gone || holds_it || basket.lines.len() >= MOST_LINES {
                continue;
            }
            let best = basket
                .lines
                .iter()
                .map(|line| affinity(nature(line.product), added, festive))
                .fold(0.0, f64::max);
            let filled = small(i64::try_from(basket.lines.len()).unwrap_or_default());
            *weight = best / (0.6 + 0.4 * filled);
        }
        let mut draw = rng.random::<f64>() * (ALONE + weights.iter().sum::<f64>());
        let joined = weights.iter().position(|weight| {
            draw -= weight;
            draw < 0.0
        });
        match joined {
            Some(at) => baskets[first + at].lines.push(wish.line),
            None => baskets.push(Basket {
                minute: wish.minute,
                lines: vec![wish.line],
            }),
        }
    }
    baskets
}

fn ring_up(
    chain: &Chain,
    day: &SimulatedDay,
    baskets: Vec<Basket>,
    rng: &mut ChaCha8Rng,
) -> Vec<Ticket> {
    let mut timed: Vec<(u32, Basket)> = baskets
        .into_iter()
        .map(|basket| (basket.minute * 60 + rng.random_range(0..60), basket))
        .collect();
    timed.sort_by_key(|(second, _)| *second);
    let code = &chain.stores()[day.store].code;
    let stamp = day.date.format("%Y%m%d").to_string();
    timed
        .into_iter()
        .enumerate()
        .map(|(index, (second, basket))| {
            let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0)
                .expect("shops close before midnight");
            let payment = match rng.random_range(0..100) {
                0..=59 => PaymentMethod::Card,
                60..=97 => PaymentMethod::Cash,
                _ => PaymentMethod::Other,
            };
            Ticket {
                transaction_id: format!("{code}-{stamp}-{:04}", index + 1),
                sold_at: day.date.and_time(time),
                payment,
                lines: basket.lines,
            }
        })
        .collect()
}
