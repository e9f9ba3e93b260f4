//! How old what lies on the shelves is: what can still be sold, what expired, which batch it came from.

use crate::ledger::Shelf;
use crate::store::{lots, purchases, shelves, transfers};
use crate::{ServiceResult, clock};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::ProductKind;
use domain::lots::{Ages, DayFlow, ages, days_to_read};
use entity::product;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Stores that are read in one statement.
const STORES_AT_ONCE: usize = 200;

/// The shelves of these stores by age. Shelves that nothing ever moved on are left out.
///
/// Only as many days are read as a product keeps, and a week, and no more than a good year: what came before has expired. What is older than that is known as
/// one sum of unknown origin.
pub(crate) async fn of_shelves(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    today: NaiveDate,
    stores: &[Uuid],
    products: impl IntoIterator<Item = &product::Model>,
) -> ServiceResult<HashMap<Shelf, Ages>> {
    read(db, organization_id, (today, None), stores, products).await
}

/// The same as these shelves were when a day that may be over began, as the ledger has it now: facts that came late are in it.
pub(crate) async fn at_opening(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    day: NaiveDate,
    stores: &[Uuid],
    products: impl IntoIterator<Item = &product::Model>,
) -> ServiceResult<HashMap<Shelf, Ages>> {
    read(db, organization_id, (day, Some(day)), stores, products).await
}

/// Shelves by age, from `today` back. What moved on `end` and later is not told, where there is one.
async fn read(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (today, end): (NaiveDate, Option<NaiveDate>),
    stores: &[Uuid],
    products: impl IntoIterator<Item = &product::Model>,
) -> ServiceResult<HashMap<Shelf, Ages>> {
    let mut life: HashMap<Uuid, i32> = HashMap::new();
    let mut kinds: BTreeMap<bool, BTreeMap<i32, Vec<Uuid>>> = BTreeMap::new();
    for product in products {
        life.insert(product.id, product.shelf_life_days);
        let is_bought = product.kind == ProductKind::Ingredient;
        let by_life = kinds.entry(is_bought).or_default();
        let those = by_life.entry(product.shelf_life_days).or_default();
        those.push(product.id);
    }
    let since = |life: i32| today - Days::new(days_to_read(life));
    let mut found = HashMap::new();
    for (is_bought, by_life) in kinds {
        let wanted: Vec<lots::Since> = by_life
            .into_iter()
            .map(|(life, products)| (since(life), products))
            .collect();
        for stores in stores.chunks(STORES_AT_ONCE) {
            let flows = lots::list_flows(db, organization_id, stores, &wanted, is_bought).await?;
            // Read after the sums: a batch that came in between is not in them, and counts for nothing.
            let mut arrivals = lots::list_arrivals(db, organization_id, stores, &wanted).await?;
            let sent = transfers::list_arrivals(db, organization_id, stores, &wanted).await?;
            for (shelf, parts) in sent {
                arrivals.entry(shelf).or_default().extend(parts);
            }
            if is_bought {
                let came = purchases::list_arrivals(db, organization_id, stores, &wanted).await?;
                for (shelf, parts) in came {
                    arrivals.entry(shelf).or_default().extend(parts);
                }
            }
            for (shelf, flows) in flows {
                let life = life[&shelf.1];
                let mut days: Vec<(NaiveDate, DayFlow)> = flows.days.into_iter().collect();
                let change = days.iter().map(|(_, flow)| flow.change()).sum::<i64>();
                let before = flows.on_hand - change;
                days.retain(|(day, _)| end.is_none_or(|end| *day < end));
                let lots = arrivals.get(&shelf).map_or(&[][..], Vec::as_slice);
                found.insert(shelf, ages(before, since(life), life, lots, &days));
            }
        }
    }
    Ok(found)
}

/// What can still be sold of these shelves on their stores' own day, in base units. Shelves that nothing ever moved on are left out. The
/// same few statements for each store, whatever the number of shelves.
pub(crate) async fn good_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    asked: &BTreeSet<Shelf>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let mut good = BTreeMap::new();
    if asked.is_empty() {
        return Ok(good);
    }
    let names = shelves::list_names(db, organization_id, asked.iter().copied()).await?;
    for store in names.stores.values() {
        let today = clock::business_date(clock::zone(&store.time_zone)?, now);
        let products = names.products.values();
        let products = products.filter(|product| asked.contains(&(store.id, product.id)));
        let found = of_shelves(db, organization_id, today, &[store.id], products).await?;
        good.extend(found.iter().map(|(shelf, ages)| (*shelf, ages.good(today))));
    }
    Ok(good)
}
