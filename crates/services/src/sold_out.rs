//! Finding the days on which shelves ran empty, and what was lost by it.
//!
//! Every trading day is looked at once its sales are in, and again when they change. The tickets of the eight weeks
//! before say what a day usually looks like; the rule is [`domain::censoring`]. Where only daily totals are known there
//! are no hours to look at, and the word of whoever handed them in stands.

use crate::audit::{self, Change};
use crate::clock::{instant, zone};
use crate::store::panel;
use crate::store::sold_out::{self as rows, Marks, Moved};
use crate::{Ctx, ServiceResult, Services};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::censoring::{Book, Day, LEARNING_DAYS, Ledger, SETTLED_DAYS, Verdict, follow};
use domain::{Permission, SoldOutBy};
use entity::store;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Days that are judged in one go.
const BLOCK_DAYS: u64 = 7;

/// The same for a shop's first days, which learn of each other: six weeks.
const FIRST_BLOCK_DAYS: u64 = 42;

/// What a search for sold-out days found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldOutReport {
    /// Shelf-days that were judged by their tickets.
    pub examined: usize,
    /// Of these, sold out by the ledger, by the time of the last sale, and by the word of whoever handed them in.
    pub by_ledger: usize,
    pub by_last_sale: usize,
    pub told: usize,
    /// What was lost on them at the prices of those days, in minor units.
    pub lost_minor: i64,
    /// Trading days of shops that wait: too little is known around them yet.
    pub waiting: usize,
}

/// Sold-out days; see [`Services::sold_out_days`].
#[derive(Debug)]
pub struct SoldOutDays<'a> {
    services: &'a Services,
}

impl Services {
    /// Finding the days on which shelves ran empty.
    #[must_use]
    pub fn sold_out_days(&self) -> SoldOutDays<'_> {
        SoldOutDays { services: self }
    }
}

impl SoldOutDays<'_> {
    /// Judges every trading day until `until` that was not judged since its sales last changed, in the order of time.
    /// A second call finds nothing to do.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`; the database's.
    pub async fn examine(&self, ctx: &Ctx, until: NaiveDate) -> ServiceResult<SoldOutReport> {
        ctx.require(Permission::JobsRun)?;
        let db = &self.services.db().of(ctx.organization_id());
        let shops = panel::list_shops(db, ctx.organization_id()).await?;
        let mut search = Search::new(self.services, ctx, shops)?;
        let mut wanted: BTreeSet<(NaiveDate, usize)> =
            rows::list_unexamined(db, ctx.organization_id(), until)
                .await?
                .into_iter()
                .filter_map(|(id, date)| Some((date, search.shop_index.get(&id).copied()?)))
                .collect();
        while let Some((first, _)) = wanted.first().copied() {
            let from = first - Days::new(LEARNING_DAYS);
            let mut next = first + Days::new(BLOCK_DAYS);
            search.read(from, next - Days::new(1), until).await?;
            let mut shops = wanted.range(..(next, 0)).map(|(_, shop)| *shop);
            if shops.any(|shop| search.book.open_days(shop, from, first) < SETTLED_DAYS) {
                next = first + Days::new(FIRST_BLOCK_DAYS);
                search.read(from, next - Days::new(1), until).await?;
            }
            let rest = wanted.split_off(&(next, 0));
            search.judge(std::mem::replace(&mut wanted, rest)).await?;
        }
        let report = search.report;
        if report.examined > 0 {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let change = Change {
                action: "sold_out_days.examine",
                subject_kind: "organization",
                subject_id: ctx.organization_id(),
                before: None,
                after: Some(json!({ "until": until, "found": report })),
            };
            audit::record(&*tx, ctx, change).await?;
            tx.commit().await?;
        }
        Ok(report)
    }

    /// A text that changes with every sale until a day, and with nothing else.
    ///
    /// # Errors
    /// The database's.
    pub async fn sales_version(&self, ctx: &Ctx, until: NaiveDate) -> ServiceResult<String> {
        let db = &self.services.db().of(ctx.organization_id());
        let (days, quantity, changed) =
            rows::find_sales_version(db, ctx.organization_id(), until).await?;
        Ok(format!("{days} {quantity:?} {changed:?}"))
    }
}

/// One search: the days in memory, and what was found so far.
struct Search<'a> {
    services: &'a Services,
    ctx: &'a Ctx,
    shops: Vec<(store::Model, Tz)>,
    shop_index: HashMap<Uuid, usize>,
    products: Vec<Uuid>,
    product_index: HashMap<Uuid, usize>,
    book: Book,
    /// Prices of a shop's day by product, in minor units.
    prices: HashMap<(usize, NaiveDate), HashMap<usize, i64>>,
    /// When a row of a shop's day last changed, as read.
    seen: HashMap<(usize, NaiveDate), DateTime<Utc>>,
    /// First and last day in memory.
    held: Option<(NaiveDate, NaiveDate)>,
    report: SoldOutReport,
}

impl<'a> Search<'a> {
    fn new(services: &'a Services, ctx: &'a Ctx, shops: Vec<store::Model>) -> ServiceResult<Self> {
        let shop_index = shops.iter().enumerate().map(|(n, s)| (s.id, n)).collect();
        let shops = shops
            .into_iter()
            .map(|shop| {
                let zone = zone(&shop.time_zone)?;
                Ok((shop, zone))
            })
            .collect::<ServiceResult<_>>()?;
        Ok(Self {
            services,
            ctx,
            shops,
            shop_index,
            products: Vec::new(),
            product_index: HashMap::new(),
            book: Book::default(),
            prices: HashMap::new(),
            seen: HashMap::new(),
            held: None,
            report: SoldOutReport::default(),
        })
    }

    /// Brings the days from `from` to `last` into memory, none after `until`, and lets go of those before.
    async fn read(
        &mut self,
        from: NaiveDate,
        last: NaiveDate,
        until: NaiveDate,
    ) -> ServiceResult<()> {
        let last = last.min(until);
        self.book.forget_before(from);
        self.prices.retain(|(_, date), _| *date >= from);
        self.seen.retain(|(_, date), _| *date >= from);
        let missing = match self.held {
            Some((first, held)) if first <= from && from <= held => held + Days::new(1),
            _ => from,
        };
        if missing <= last {
            for shop in 0..self.shops.len() {
                self.read_shop(shop, (missing, last)).await?;
            }
            self.held = Some((from, last));
        } else if let Some((_, held)) = self.held {
            self.held = Some((from, held));
        }
        Ok(())
    }

    async fn read_shop(&mut self, shop: usize, span: (NaiveDate, NaiveDate)) -> ServiceResult<()> {
        let db = &self.services.db().of(self.ctx.organization_id());
        let organization_id = self.ctx.organization_id();
        let (store_id, zone) = (self.shops[shop].0.id, self.shops[shop].1);
        // Before the tickets: what comes in between has a later date than the one that is noted here.
        let days = rows::list_days(db, organization_id, store_id, span).await?;
        if days.is_empty() {
            return Ok(());
        }
        let mut minutes: HashMap<(usize, NaiveDate), Vec<u16>> = HashMap::new();
        for (product_id, date, sold_at) in
            rows::list_purchases(db, organization_id, store_id, span).await?
        {
            let product = self.product(product_id);
            minutes
                .entry((product, date))
                .or_default()
                .push(minute_of(zone, date, sold_at));
        }
        let mut by_date: BTreeMap<NaiveDate, Vec<Day>> = BTreeMap::new();
        for row in days {
            let product = self.product(row.product_id);
            let date = row.business_date;
            let seen = self.seen.entry((shop, date)).or_insert(row.updated_at);
            *seen = (*seen).max(row.updated_at);
            let prices = self.prices.entry((shop, date)).or_default();
            prices.insert(product, row.unit_price_minor.unwrap_or(0));
            let mut minutes = minutes.remove(&(product, date)).unwrap_or_default();
            minutes.sort_unstable();
            let units = row.quantity.max(1) as f64 / minutes.len().max(1) as f64;
            let lost_purchases = row.lost_units.unwrap_or(0) as f64 / units;
            by_date.entry(date).or_default().push(Day {
                product,
                quantity: row.quantity,
                ledger: Ledger::Silent,
                told: row.sold_out_by == Some(SoldOutBy::Told),
                verdict: Verdict::remembered(row.sold_out_by, lost_purchases),
                minutes,
            });
        }
        for (date, shelves) in by_date {
            self.book.insert(shop, date, shelves);
        }
        Ok(())
    }

    fn product(&mut self, id: Uuid) -> usize {
        *self.product_index.entry(id).or_insert_with(|| {
            self.products.push(id);
            self.products.len() - 1
        })
    }

    /// Judges days that are in memory, and writes down what was made of them.
    async fn judge(&mut self, wanted: BTreeSet<(NaiveDate, usize)>) -> ServiceResult<()> {
        let mut by_shop: BTreeMap<usize, BTreeSet<NaiveDate>> = BTreeMap::new();
        for (date, shop) in &wanted {
            by_shop.entry(*shop).or_default().insert(*date);
        }
        for (shop, dates) in &by_shop {
            self.ask_ledger(*shop, dates).await?;
        }
        let judged = self
            .book
            .judge(&wanted.iter().map(|(date, shop)| (*shop, *date)).collect());
        for (shop, dates) in by_shop {
            let (store_id, now) = (self.shops[shop].0.id, self.ctx.now);
            let tx = self
                .services
                .db()
                .begin_for(self.ctx.organization_id())
                .await?;
            for date in dates {
                let key = (shop, date);
                let sold_by_ticket = self.book.holds(shop, date);
                if sold_by_ticket && !judged.contains(&key) {
                    self.report.waiting += 1;
                    continue;
                }
                let Some(seen) = self.seen.get(&key).copied() else {
                    continue;
                };
                let marks = self.marks(key);
                rows::update_marks(
                    &*tx,
                    self.ctx.organization_id(),
                    now,
                    (store_id, date),
                    seen,
                    &marks,
                )
                .await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    fn marks(&mut self, (shop, date): (usize, NaiveDate)) -> Marks {
        let from = date - Days::new(LEARNING_DAYS);
        let mut marks = Marks::new();
        for shelf in self.book.shelves(shop, date) {
            let verdict = shelf.verdict;
            let units = if verdict.lost_purchases > 0.0 {
                self.book
                    .units_per_purchase(shop, shelf.product, from)
                    .unwrap_or(0.0)
            } else {
                0.0
            };
            let lost = (verdict.lost_purchases * units).round() as i64;
            let prices = self.prices.get(&(shop, date));
            let price = prices
                .and_then(|p| p.get(&shelf.product))
                .copied()
                .unwrap_or(0);
            let report = &mut self.report;
            report.examined += 1;
            report.lost_minor += lost * price;
            match verdict.sold_out_by {
                Some(SoldOutBy::Ledger) => report.by_ledger += 1,
                Some(SoldOutBy::LastSale) => report.by_last_sale += 1,
                Some(SoldOutBy::Told) => report.told += 1,
                None => {}
            }
            marks.insert(self.products[shelf.product], (verdict.sold_out_by, lost));
        }
        marks
    }

    /// What the ledger says about a shop's shelves at the end of these days.
    async fn ask_ledger(&mut self, shop: usize, dates: &BTreeSet<NaiveDate>) -> ServiceResult<()> {
        let (Some(first), Some(last)) = (dates.first().copied(), dates.last().copied()) else {
            return Ok(());
        };
        let (opening, moved) = rows::list_stocked(
            &self.services.db().of(self.ctx.organization_id()),
            self.ctx.organization_id(),
            self.shops[shop].0.id,
            first - Days::new(LEARNING_DAYS),
            (first, last),
        )
        .await?;
        let mut by_product: HashMap<Uuid, Vec<Moved>> = HashMap::new();
        for movement in moved {
            by_product
                .entry(movement.product_id)
                .or_default()
                .push(movement);
        }
        for (product_id, mut on_hand) in opening {
            let Some(product) = self.product_index.get(&product_id).copied() else {
                continue;
            };
            let moved = by_product.remove(&product_id).unwrap_or_default();
            let mut moved = moved.as_slice();
            for date in first.iter_days().take_while(|d| *d <= last) {
                let closing = self.closing(shop, date);
                let (of_day, rest) =
                    moved.split_at(moved.partition_point(|m| m.business_date <= date));
                moved = rest;
                let until_closing = of_day.iter().filter(|m| m.occurred_at <= closing);
                let says = follow(on_hand, until_closing.map(|m| (m.kind, m.quantity)));
                on_hand += of_day.iter().map(|m| m.quantity).sum::<i64>();
                if dates.contains(&date) {
                    self.book.hear_ledger(shop, date, product, says);
                }
            }
        }
        Ok(())
    }

    /// When a shop closes: at its hour, or with its last sale where that came later.
    fn closing(&self, shop: usize, date: NaiveDate) -> DateTime<Utc> {
        let (store, zone) = &self.shops[shop];
        let minute = i64::from(store.closes_at_minute).max(
            self.book
                .last_sale(shop, date)
                .map_or(0, |m| i64::from(m) + 1),
        );
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        instant(*zone, midnight + TimeDelta::minutes(minute))
    }
}

/// Minutes of a moment after local midnight of its trading day.
fn minute_of(zone: Tz, date: NaiveDate, at: DateTime<Utc>) -> u16 {
    let local = at.with_timezone(&zone).naive_local();
    let minutes = (local - date.and_time(chrono::NaiveTime::MIN)).num_minutes();
    u16::try_from(minutes.max(0)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_counted_from_the_trading_days_own_midnight() {
        let date = NaiveDate::from_ymd_opt(2026, 7, 3).unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let madrid = chrono_tz::Europe::Madrid;
        assert_eq!(minute_of(madrid, date, at("2026-07-03T06:30:00Z")), 510);
        // A shop that closes after midnight, and a sale booked before the day began.
        assert_eq!(minute_of(madrid, date, at("2026-07-03T23:10:00Z")), 1_510);
        assert_eq!(minute_of(madrid, date, at("2026-07-02T12:00:00Z")), 0);
    }
}
