//! Which share of a batch each part of the day wants, from the tickets of the last four weeks.

use crate::clock::{instant, zone};
use crate::ledger::Shelf;
use crate::store::{day_parts as rows, organizations};
use crate::{Ctx, ServiceResult};
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use domain::ReplenishmentPolicy;
use domain::day_parts::{self, PARTS, PartQuantity};
use domain::replenish::{DayDemand, Reasons};
use entity::{product, store};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Days whose tickets are looked at.
const LEARNING_DAYS: u64 = 28;

/// Lines of tickets by part of the day, of every group that a shelf leans on.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    chain: [i64; PARTS],
    category: HashMap<Uuid, [i64; PARTS]>,
    of_shop: HashMap<(Uuid, Uuid), [i64; PARTS]>,
    shelf: HashMap<Shelf, [i64; PARTS]>,
    /// In which parts of the day a shop is open, by its hours.
    open: HashMap<Uuid, [bool; PARTS]>,
}

fn add(sum: &mut [i64; PARTS], lines: [i64; PARTS]) {
    for (sum, lines) in sum.iter_mut().zip(lines) {
        *sum += lines;
    }
}

impl Profiles {
    /// The four weeks before today: two statements.
    pub(crate) async fn read(
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        stores: &[store::Model],
        products: &BTreeMap<Uuid, product::Model>,
    ) -> ServiceResult<Self> {
        let organization = organizations::get(db, ctx.organization_id()).await?;
        let mut by_zone: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for store in stores {
            by_zone.entry(&store.time_zone).or_default().push(store.id);
        }
        // Today is not over: it would say that everything is sold in the morning. In the west it is still yesterday.
        let mut today = ctx.now.date_naive();
        let mut places = Vec::with_capacity(by_zone.len());
        for (name, stores) in by_zone {
            let zone = zone(name)?;
            today = today.min(ctx.today_in(zone));
            places.push((zone, stores));
        }
        let until = today - Days::new(1);
        let from = until - Days::new(LEARNING_DAYS - 1);
        let mut zones = Vec::with_capacity(places.len());
        for (zone, stores) in places {
            let moment = |date: NaiveDate, minute: i32| {
                let midnight = date.and_time(NaiveTime::MIN);
                instant(zone, midnight + TimeDelta::minutes(i64::from(minute)))
            };
            let begins = |date: NaiveDate| {
                let midday = moment(date, organization.midday_minute);
                (date, midday, moment(date, organization.afternoon_minute))
            };
            let days = from.iter_days().take_while(|date| *date <= until);
            zones.push(rows::Zone {
                stores,
                days: days.map(begins).collect(),
            });
        }
        let (midday, afternoon) = (organization.midday_minute, organization.afternoon_minute);
        let open = stores.iter().map(|store| {
            let (opens, closes) = (store.opens_at_minute, store.closes_at_minute);
            let open = day_parts::open_parts(opens, closes, midday, afternoon);
            (store.id, open)
        });
        let mut profiles = Self {
            open: open.collect(),
            ..Self::default()
        };
        let lines = rows::list_lines(db, organization.id, (from, until), &zones).await?;
        for (shelf, lines) in lines {
            let Some(product) = products.get(&shelf.1) else {
                continue;
            };
            let category = product.category_id;
            add(&mut profiles.chain, lines);
            add(profiles.category.entry(category).or_default(), lines);
            add(
                profiles.of_shop.entry((shelf.0, category)).or_default(),
                lines,
            );
            add(profiles.shelf.entry(shelf).or_default(), lines);
        }
        Ok(profiles)
    }

    /// Lines of tickets of all stores that were read.
    pub(crate) fn lines(&self) -> i64 {
        self.chain.iter().sum()
    }

    /// Shares of a shelf's day by its parts, as its shop is open; `None` where no ticket says when in the day anything is bought.
    pub(crate) fn day(&self, shelf: Shelf, category: Uuid) -> Option<[f64; PARTS]> {
        let known = |lines: Option<&[i64; PARTS]>| lines.copied().unwrap_or_default();
        let groups = [
            self.chain,
            known(self.category.get(&category)),
            known(self.of_shop.get(&(shelf.0, category))),
            known(self.shelf.get(&shelf)),
        ];
        let day = day_parts::shares(&groups)?;
        // A shelf that leans on others leans on their hours too. Its own tickets know better than the hours that somebody typed.
        let own = known(self.shelf.get(&shelf));
        let hours = self.open.get(&shelf.0).copied().unwrap_or([true; PARTS]);
        let open = std::array::from_fn(|part| hours[part] || own[part] > 0);
        Some(day_parts::while_open(day, open))
    }

    /// The parts of a batch; none for goods that keep, for those that are baked on the day before they are sold and so are all there in
    /// the morning, and where no ticket says when in the day anything is bought.
    pub(super) fn parts(
        &self,
        shelf: Shelf,
        product: &product::Model,
        reasons: &Reasons,
        covered: &[DayDemand],
    ) -> Vec<PartQuantity> {
        if reasons.policy != ReplenishmentPolicy::Newsvendor || product.lead_time_days > 0 {
            return Vec::new();
        }
        let Some(day) = self.day(shelf, product.category_id) else {
            return Vec::new();
        };
        let all: f64 = covered.iter().map(DayDemand::mean).sum();
        let first_day = match covered.first() {
            Some(first) if all > 0.0 => first.mean() / all,
            _ => 1.0,
        };
        let shares = day_parts::of_batch(day, first_day);
        day_parts::parts(reasons.quantity, reasons.tray, shares)
    }
}
