//! How old what lies on the shelves is: what can still be sold, what expired, which batch it came from.

use crate::ServiceResult;
use crate::ledger::Shelf;
use crate::store::{lots, shelves, transfers};
use chrono::{Days, NaiveDate};
use domain::lots::{Ages, Arrival, DayFlow, ages, days_to_read};
use entity::product;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Stores that are read in one statement.
const STORES_AT_ONCE: usize = 200;

/// Goods that keep longer are read apart: few, and many days of them.
const FRESH_DAYS: i32 = 14;
/// How often a shelf that moves while it is read is read again.
const ATTEMPTS: usize = 3;

/// The shelves of these stores by age; `levels` is on hand. Shelves that nothing ever moved on are left out.
///
/// Only as many days are read as a product keeps, and a week: what came before has expired. What is older than that is known as
/// one sum of unknown origin. Outside of a transaction somebody may sell between two statements: shelves are read until on hand stands still.
pub(crate) async fn of_shelves(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    today: NaiveDate,
    stores: &[Uuid],
    products: impl IntoIterator<Item = &product::Model>,
    levels: &BTreeMap<Shelf, i64>,
) -> ServiceResult<HashMap<Shelf, Ages>> {
    let mut by_life: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for product in products {
        by_life
            .entry(product.shelf_life_days)
            .or_default()
            .push(product.id);
    }
    let mut found = HashMap::new();
    for stores in stores.chunks(STORES_AT_ONCE) {
        let mut known: BTreeMap<Shelf, i64> = stores
            .iter()
            .flat_map(|store| levels.range((*store, Uuid::nil())..=(*store, Uuid::max())))
            .map(|(shelf, on_hand)| (*shelf, *on_hand))
            .collect();
        for attempt in 1..=ATTEMPTS {
            let read = Read {
                organization_id,
                today,
                stores,
                by_life: &by_life,
            };
            let ages = read.ages(db, &known).await?;
            let now: BTreeMap<Shelf, i64> = shelves::list_levels(db, organization_id, stores)
                .await?
                .into_iter()
                .map(|(shelf, level)| (shelf, level.on_hand))
                .collect();
            let stands = known
                .iter()
                .all(|(shelf, on_hand)| now.get(shelf).is_none_or(|now| now == on_hand));
            if stands || attempt == ATTEMPTS {
                found.extend(ages);
                break;
            }
            for (shelf, on_hand) in &mut known {
                *on_hand = now.get(shelf).copied().unwrap_or(*on_hand);
            }
        }
    }
    Ok(found)
}

/// What is read at once.
struct Read<'a> {
    organization_id: Uuid,
    today: NaiveDate,
    stores: &'a [Uuid],
    by_life: &'a BTreeMap<i32, Vec<Uuid>>,
}

impl Read<'_> {
    fn since(&self, life: i32) -> NaiveDate {
        self.today - Days::new(days_to_read(life))
    }

    async fn ages(
        &self,
        db: &impl ConnectionTrait,
        levels: &BTreeMap<Shelf, i64>,
    ) -> ServiceResult<HashMap<Shelf, Ages>> {
        let mut arrivals: HashMap<Shelf, Vec<Arrival>> = HashMap::new();
        let mut flows: HashMap<Shelf, BTreeMap<NaiveDate, DayFlow>> = HashMap::new();
        let fresh = self.by_life.range(..=FRESH_DAYS);
        let keeping = self.by_life.range(FRESH_DAYS + 1..);
        for lives in [fresh, keeping] {
            let wanted: Vec<lots::Since> = lives
                .map(|(life, products)| (self.since(*life), products.clone()))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let of = self.organization_id;
            for (shelf, lots) in lots::list_arrivals(db, of, self.stores, &wanted).await? {
                arrivals.entry(shelf).or_default().extend(lots);
            }
            for (shelf, parts) in transfers::list_arrivals(db, of, self.stores, &wanted).await? {
                arrivals.entry(shelf).or_default().extend(parts);
            }
            flows.extend(lots::list_flows(db, of, self.stores, &wanted).await?);
        }
        let mut found = HashMap::new();
        for store_id in self.stores {
            for (life, products) in self.by_life {
                for product_id in products {
                    let shelf = (*store_id, *product_id);
                    let days = flows.get(&shelf);
                    let Some(on_hand) = levels.get(&shelf).copied().or(days.map(|_| 0)) else {
                        continue;
                    };
                    let flows: Vec<(NaiveDate, DayFlow)> = days
                        .into_iter()
                        .flatten()
                        .map(|(day, flow)| (*day, *flow))
                        .collect();
                    let before = on_hand - flows.iter().map(|(_, flow)| flow.change()).sum::<i64>();
                    let lots = arrivals.get(&shelf).map_or(&[][..], Vec::as_slice);
                    found.insert(shelf, ages(before, self.since(*life), *life, lots, &flows));
                }
            }
        }
        Ok(found)
    }
}
