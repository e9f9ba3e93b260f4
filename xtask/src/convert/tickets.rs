//! One shop's day of daily quantities, spread over a few tickets: the same input always gives the same tickets.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Opening time, minutes since midnight.
pub const OPENS_AT_MINUTE: u32 = 6 * 60 + 30;
/// Closing time, minutes since midnight.
pub const CLOSES_AT_MINUTE: u32 = 18 * 60 + 30;

/// How much of a day's sales falls on each hour of opening: a bakery sells in the morning and once more after work.
const HOURS: [u32; 12] = [9, 13, 14, 11, 9, 9, 7, 5, 5, 6, 7, 5];

/// A product's quantity on one day in one shop.
#[derive(Clone, Copy, Debug)]
pub struct Daily<'a> {
    pub product: &'a str,
    pub quantity: i64,
    pub promotion: Option<&'a str>,
}

/// One line of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub transaction: String,
    pub at: NaiveDateTime,
    pub product: String,
    pub quantity: i64,
    pub promotion: Option<String>,
}

/// A well mixed number from three (the finaliser of splitmix64 over FNV-1a).
fn mixed(store: &str, date: NaiveDate, salt: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in store
        .bytes()
        .chain(date.to_string().bytes())
        .chain(salt.to_le_bytes())
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Minutes after opening of each ticket, ascending; the last falls in the last twenty minutes, so that a day of normal
/// trade does not look like one that was sold out early.
fn times(store: &str, date: NaiveDate, count: u32) -> Vec<u32> {
    let open = CLOSES_AT_MINUTE - OPENS_AT_MINUTE;
    let share = (open - 20) / count;
    (0..count)
        .map(|index| {
            let jitter = mixed(store, date, u64::from(index));
            if index + 1 == count {
                open - 20 + (jitter % 19) as u32
            } else {
                index * share + (jitter % u64::from(share)) as u32
            }
        })
        .collect()
}

/// Splits `quantity` by weight, exactly; the last part is never empty.
fn split(quantity: i64, weights: &[u32]) -> Vec<i64> {
    let total: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
    let mut parts = Vec::with_capacity(weights.len());
    let (mut seen, mut given) = (0, 0);
    for weight in weights {
        seen += i64::from(*weight);
        // What should have been given by now, less what was.
        let part = quantity * seen / total - given;
        given += part;
        parts.push(part);
    }
    if quantity > 0 && parts.last() == Some(&0) {
        if let Some(largest) = parts.iter_mut().rev().max_by_key(|part| **part) {
            *largest -= 1;
        }
        if let Some(last) = parts.last_mut() {
            *last += 1;
        }
    }
    parts
}

/// The tickets of one shop and day. Every product's lines sum to its daily quantity; no ticket holds a product twice.
pub fn spread(store: &str, date: NaiveDate, day: &[Daily<'_>]) -> Vec<Line> {
    let sold: i64 = day.iter().map(|daily| daily.quantity.max(0)).sum();
    if sold == 0 {
        return Vec::new();
    }
    let count = (sold / 80 + 2).min(6) as u32;
    let times = times(store, date, count);
    let weights: Vec<u32> = times
        .iter()
        .map(|time| HOURS[(time / 60) as usize % HOURS.len()])
        .collect();
    let parts: Vec<Vec<i64>> = day
        .iter()
        .map(|daily| split(daily.quantity.max(0), &weights))
        .collect();
    let mut lines = Vec::new();
    for (index, time) in times.iter().enumerate() {
        let minute = OPENS_AT_MINUTE + time;
        let second = mixed(store, date, 1000 + index as u64) % 60;
        let clock = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60 + second as u32, 0)
            .expect("a shop closes before midnight");
        for (daily, parts) in day.iter().zip(&parts) {
            if parts[index] > 0 {
                lines.push(Line {
                    transaction: format!("{store}-{}-{:02}", date.format("%Y%m%d"), index + 1),
                    at: date.and_time(clock),
                    product: daily.product.to_owned(),
                    quantity: parts[index],
                    promotion: daily.promotion.map(str::to_owned),
                });
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Timelike;
    use std::collections::{BTreeMap, BTreeSet};

    fn date() -> NaiveDate {
        NaiveDate::from_ymd_opt(2016, 1, 2).unwrap()
    }

    fn daily(product: &str, quantity: i64) -> Daily<'_> {
        Daily {
            product,
            quantity,
            promotion: None,
        }
    }

    #[test]
    fn quantities_sum_to_the_day_for_every_size() {
        for quantity in (0..40).chain([99, 233, 1783]) {
            let lines = spread(
                "store_01",
                date(),
                &[daily("roll", quantity), daily("pretzel", 2 * quantity)],
            );
            let mut sums = BTreeMap::new();
            for line in &lines {
                *sums.entry(line.product.as_str()).or_insert(0) += line.quantity;
                assert!(line.quantity > 0);
            }
            assert_eq!(sums.get("roll").copied().unwrap_or(0), quantity);
            assert_eq!(sums.get("pretzel").copied().unwrap_or(0), 2 * quantity);
        }
    }

    #[test]
    fn a_ticket_holds_a_product_once_at_one_time_within_opening_hours() {
        let lines = spread(
            "store_07",
            date(),
            &[
                daily("roll", 500),
                daily("pretzel", 70),
                daily("seeded_roll", 1),
            ],
        );
        let keys: BTreeSet<_> = lines
            .iter()
            .map(|line| (&line.transaction, &line.product))
            .collect();
        assert_eq!(keys.len(), lines.len());
        let times: BTreeSet<_> = lines
            .iter()
            .map(|line| (&line.transaction, line.at))
            .collect();
        let tickets: BTreeSet<_> = lines.iter().map(|line| &line.transaction).collect();
        assert_eq!(times.len(), tickets.len());
        for line in &lines {
            let minute = line.at.hour() * 60 + line.at.minute();
            assert!(
                (OPENS_AT_MINUTE..CLOSES_AT_MINUTE).contains(&minute),
                "{}",
                line.at
            );
        }
        assert!(lines.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    #[test]
    fn every_product_is_sold_shortly_before_closing() {
        let lines = spread(
            "store_03",
            date(),
            &[daily("roll", 300), daily("pretzel", 1)],
        );
        for product in ["roll", "pretzel"] {
            let last = lines
                .iter()
                .filter(|line| line.product == product)
                .map(|line| line.at)
                .max()
                .unwrap();
            assert!(
                last.hour() * 60 + last.minute() >= CLOSES_AT_MINUTE - 20,
                "{product}: {last}"
            );
        }
    }

    #[test]
    fn the_same_day_gives_the_same_tickets_and_shops_differ() {
        let day = [daily("roll", 200)];
        assert_eq!(
            spread("store_01", date(), &day),
            spread("store_01", date(), &day)
        );
        let times = |store| {
            spread(store, date(), &day)
                .iter()
                .map(|line| line.at)
                .collect::<Vec<_>>()
        };
        assert_ne!(times("store_01"), times("store_02"));
    }
}
