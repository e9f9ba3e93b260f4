//! What the books hold, and how that stands to what was promised.

use super::worker::{Desk, Promises, SHARED, Shelf, list, text};
use anyhow::{Context, Result};
use contract::Page;
use contract::orders::OrderView;
use contract::stock::LedgerView;
use contract::transfers::TransferView;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of movements that commands make. Where all work, corrections of counts follow from who else was at work.
const KINDS: [&str; 6] = [
    "sale",
    "production",
    "waste",
    "transfer_out",
    "transfer_in",
    "reversal",
];
/// Compared on the shelves that one client alone works on.
const COUNT: &str = "count";

/// Everything that can be looked up.
#[derive(Debug, Default)]
pub struct Books {
    /// By identifier: shelf, kind, signed quantity.
    movements: BTreeMap<String, (Shelf, &'static str, i64)>,
    orders: BTreeMap<String, String>,
    transfers: BTreeMap<String, String>,
}

impl Books {
    /// Reads the ledger of every shelf that is worked on by so many clients, all orders and all transfers.
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn read(desk: &Desk, clients: u16) -> Result<Self> {
        let mut books = Self {
            orders: statuses(|after| {
                let wanted = json!({ "wanted": { "limit": 200, "after": after } });
                desk.baker.call::<Page<OrderView>>("list_orders", &wanted)
            })?,
            transfers: statuses(|after| {
                let wanted = json!({ "wanted": { "limit": 100, "after": after } });
                desk.analyst
                    .call::<Page<TransferView>>("list_transfers", &wanted)
            })?,
            ..Self::default()
        };
        for store in &desk.stores {
            for product in desk.products.iter().take(SHARED) {
                books.read_shelf(desk, (store.id.clone(), product.id.clone()), &KINDS)?;
            }
        }
        let counted: Vec<&'static str> = KINDS.into_iter().chain([COUNT]).collect();
        for shelf in (0..clients).filter_map(|client| desk.own_shelf(client)) {
            books.read_shelf(desk, shelf, &counted)?;
        }
        Ok(books)
    }

    fn read_shelf(&mut self, desk: &Desk, shelf: Shelf, kinds: &[&'static str]) -> Result<()> {
        each(
            |after| {
                let wanted = json!({ "wanted": {
                    "store_id": shelf.0, "product_id": shelf.1, "limit": 200, "after": after,
                } });
                let mut ledger = desk.analyst.call::<LedgerView>("read_ledger", &wanted)?;
                Ok(ledger["movements"].take())
            },
            |movement| {
                let kind = text(movement, "kind")?;
                if let Some(kind) = kinds.iter().copied().find(|known| *known == kind) {
                    let quantity = movement["quantity"].as_i64().context("no quantity")?;
                    let id = text(movement, "id")?.to_owned();
                    self.movements.insert(id, (shelf.clone(), kind, quantity));
                }
                Ok(())
            },
        )
    }
}

fn each(
    page: impl Fn(&Value) -> Result<Value>,
    mut item: impl FnMut(&Value) -> Result<()>,
) -> Result<()> {
    let mut after = Value::Null;
    loop {
        let mut page = page(&after)?;
        for found in list(&page["items"])? {
            item(found)?;
        }
        after = page["next"].take();
        if after.is_null() {
            return Ok(());
        }
    }
}

fn statuses(page: impl Fn(&Value) -> Result<Value>) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    each(page, |item| {
        found.insert(
            text(item, "id")?.to_owned(),
            text(item, "status")?.to_owned(),
        );
        Ok(())
    })?;
    Ok(found)
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Acknowledged, and not there.
    pub lost: u64,
    /// There more often than acknowledged.
    pub duplicated: u64,
    pub details: Vec<String>,
}

impl Verdict {
    fn weigh(&mut self, what: impl FnOnce() -> String, promised: i64, found: i64) {
        if promised != found {
            self.details
                .push(format!("{}: {promised} promised, {found} found", what()));
        }
        self.lost += u64::try_from(promised - found).unwrap_or(0);
        self.duplicated += u64::try_from(found - promised).unwrap_or(0);
    }

    fn weigh_states(
        &mut self,
        what: &str,
        promised: &BTreeMap<String, &'static str>,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) {
        for (id, state) in promised {
            let is_there = after.get(id).is_some_and(|found| found == state);
            let found = after.get(id);
            let words = || format!("{what} {id}, {state}, is {found:?}");
            self.weigh(words, 1, i64::from(is_there));
        }
        for id in after.keys() {
            if !promised.contains_key(id) && !before.contains_key(id) {
                self.weigh(|| format!("{what} {id}"), 0, 1);
            }
        }
    }
}

/// Compares what came into the books since `before` with what was acknowledged.
pub fn compare(before: &Books, after: &Books, promises: &Promises) -> Verdict {
    let mut found: BTreeMap<(Shelf, &'static str, i64), i64> = BTreeMap::new();
    for (id, movement) in &after.movements {
        if !before.movements.contains_key(id) {
            *found.entry(movement.clone()).or_default() += 1;
        }
    }
    let mut verdict = Verdict::default();
    let keys: BTreeSet<_> = promises.movements.keys().chain(found.keys()).collect();
    for key in keys {
        let promised = promises.movements.get(key).copied().unwrap_or(0);
        let words = || format!("{} of {} at {:?}", key.1, key.2, key.0);
        verdict.weigh(words, promised, found.get(key).copied().unwrap_or(0));
    }
    // What was in the books before is in them still.
    let gone = before
        .movements
        .keys()
        .filter(|id| !after.movements.contains_key(*id));
    for id in gone {
        verdict.weigh(|| format!("movement {id} of before"), 1, 0);
    }
    verdict.weigh_states("order", &promises.orders, &before.orders, &after.orders);
    verdict.weigh_states(
        "transfer",
        &promises.transfers,
        &before.transfers,
        &after.transfers,
    );
    verdict
}

/// How many orders and transfers of before are not there any more, whatever became of them.
pub fn missing_states(before: &Books, after: &Books) -> usize {
    let orders = before
        .orders
        .keys()
        .filter(|id| !after.orders.contains_key(*id));
    let transfers = before
        .transfers
        .keys()
        .filter(|id| !after.transfers.contains_key(*id));
    orders.count() + transfers.count()
}

/// How many orders and transfers are in another state than before, or in none.
pub fn differing_states(before: &Books, after: &Books) -> usize {
    let differ = |before: &BTreeMap<String, String>, after: &BTreeMap<String, String>| {
        let other = before
            .iter()
            .filter(|(id, state)| after.get(*id) != Some(*state));
        other.count()
    };
    differ(&before.orders, &after.orders) + differ(&before.transfers, &after.transfers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_lost_and_what_is_too_much_is_duplicated() {
        let shelf = || ("store".to_owned(), "product".to_owned());
        let books = |movements: &[(&str, i64)], orders: &[(&str, &str)]| Books {
            movements: movements
                .iter()
                .map(|(id, quantity)| ((*id).to_owned(), (shelf(), "sale", *quantity)))
                .collect(),
            orders: orders
                .iter()
                .map(|(id, state)| ((*id).to_owned(), (*state).to_owned()))
                .collect(),
            ..Books::default()
        };
        let mut promises = Promises::default();
        promises.movements.insert((shelf(), "sale", -2), 2);
        promises.orders.insert("a".to_owned(), "completed");
        let before = books(&[("old", -2)], &[]);
        let sound = books(&[("old", -2), ("1", -2), ("2", -2)], &[("a", "completed")]);
        let verdict = compare(&before, &sound, &promises);
        assert_eq!((verdict.lost, verdict.duplicated), (0, 0));
        let broken = books(
            &[("1", -2), ("2", -2), ("3", -2), ("4", -1)],
            &[("a", "pending"), ("b", "pending")],
        );
        let verdict = compare(&before, &broken, &promises);
        // The movement of before and the state of the order; one sale too many, one that nobody sent, and an order.
        assert_eq!((verdict.lost, verdict.duplicated), (2, 3));
        assert_eq!(verdict.details.len(), 5);
        assert_eq!(differing_states(&sound, &sound), 0);
        assert_eq!(differing_states(&sound, &broken), 1);
        assert_eq!(differing_states(&broken, &before), 2);
    }
}
