//! How old what lies on the shelves is: what can still be sold, what expired, which batch it came from.

use crate::ServiceResult;
use crate::ledger::Shelf;
use crate::store::{lots, transfers};
use chrono::{Days, NaiveDate};
use domain::lots::{Ages, DayFlow, ages, days_to_read};
use entity::product;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Stores that are read in one statement.
const STORES_AT_ONCE: usize = 200;

/// The shelves of these stores by age; `levels` is on hand now. Shelves that nothing ever moved on are left out.
///
/// Only as many days are read as a product keeps, and a week: what came before has expired. What is older than that is known as
/// one sum of unknown origin.
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
    let since = |life: i32| today - Days::new(days_to_read(life));
    let wanted: Vec<lots::Since> = by_life
        .iter()
        .map(|(life, products)| (since(*life), products.clone()))
        .collect();
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    for stores in stores.chunks(STORES_AT_ONCE) {
        let mut arrivals = lots::list_arrivals(db, organization_id, stores, &wanted).await?;
        let parts = transfers::list_arrivals(db, organization_id, stores, &wanted).await?;
        for (shelf, parts) in parts {
            arrivals.entry(shelf).or_default().extend(parts);
        }
        let flows = lots::list_flows(db, organization_id, stores, &wanted).await?;
        for store_id in stores {
            for (life, products) in &by_life {
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
                    found.insert(shelf, ages(before, since(*life), *life, lots, &flows));
                }
            }
        }
    }
    Ok(found)
}
