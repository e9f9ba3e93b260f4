//! Orders to complete under load, and whether stock rose by exactly what was completed.

use super::visitor::Visitor;
use anyhow::{Context, Result, bail, ensure};
use contract::Page;
use contract::orders::OrderView;
use contract::stock::StockLevels;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Callers that prepare at the same time.
const PREPARING: usize = 8;
/// Completions that are sent a second time, as after a lost answer.
const REPEATED: usize = 50;

/// On hand by store and product.
type Levels = BTreeMap<(String, String), i64>;

/// Orders in progress.
pub struct Batch {
    /// By identifier: where it belongs and what will come out.
    orders: HashMap<String, Planned>,
    before: Levels,
}

struct Planned {
    shelf: (String, String),
    quantity: i64,
    completion: Value,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub completed: usize,
    pub pieces: i64,
}

/// An identifier of the client's making: version 7 by its form, counted instead of drawn.
pub fn command_id(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

impl Batch {
    /// Plans and starts so many orders, over all shelves of all shops by turns.
    ///
    /// # Errors
    /// When one is refused.
    pub fn prepare(baker: &Visitor, count: usize) -> Result<Self> {
        Self::prepare_from(baker, 0, count)
    }

    /// Like [`Batch::prepare`], with commands numbered from another number on: those of an earlier batch are known already.
    ///
    /// # Errors
    /// When one is refused.
    pub fn prepare_from(baker: &Visitor, first: usize, count: usize) -> Result<Self> {
        let user = baker.current_user()?;
        let today = text(&user, "today")?.to_owned();
        let stores: Vec<String> = list(&user["stores"])?
            .iter()
            .filter(|store| store["is_kitchen"] == false)
            .map(|store| Ok(text(store, "id")?.to_owned()))
            .collect::<Result<_>>()?;
        let before = levels(baker, &stores)?;
        let shelves: Vec<&(String, String)> = before.keys().collect();
        ensure!(!shelves.is_empty(), "there are no shelves");
        let one = |number: usize| -> Result<(String, Planned)> {
            let shelf = shelves[number % shelves.len()];
            let quantity = 1 + number as i64 % 24;
            let order = baker.call::<OrderView>(
                "create_order",
                &json!({ "command": {
                    "command_id": command_id(3 * number), "store_id": shelf.0, "product_id": shelf.1,
                    "production_date": today, "planned_quantity": quantity,
                } }),
            )?;
            let id = text(&order, "id")?.to_owned();
            let start =
                json!({ "command": { "command_id": command_id(3 * number + 1), "order_id": id } });
            baker.call::<OrderView>("start_order", &start)?;
            let completion = json!({ "command": {
                "command_id": command_id(3 * number + 2), "order_id": id, "produced_quantity": quantity,
                "lost_quantity": 0,
            } });
            let planned = Planned {
                shelf: shelf.clone(),
                quantity,
                completion,
            };
            Ok((id, planned))
        };
        let prepared: Vec<Result<Vec<_>>> = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..PREPARING)
                .map(|caller| {
                    let one = &one;
                    let numbers = (first + caller..first + count).step_by(PREPARING);
                    scope.spawn(move || numbers.map(one).collect())
                })
                .collect();
            callers
                .into_iter()
                .map(|caller| {
                    caller
                        .join()
                        .unwrap_or_else(|_| bail!("preparing orders panicked"))
                })
                .collect()
        });
        let mut orders = HashMap::new();
        for part in prepared {
            orders.extend(part?);
        }
        Ok(Self { orders, before })
    }

    /// What to send to complete each order.
    pub fn completions(&self) -> Vec<String> {
        self.orders
            .values()
            .map(|planned| planned.completion.to_string())
            .collect()
    }

    /// Repeats some completions, then compares every shelf with the orders that are completed now.
    ///
    /// # Errors
    /// When a shelf holds more or less than was put there.
    pub fn check(&self, baker: &Visitor) -> Result<Outcome> {
        let completed = self.completed(baker)?;
        for id in completed.iter().take(REPEATED) {
            let planned = &self.orders[id];
            let again = baker.call::<OrderView>("complete_order", &planned.completion)?;
            ensure!(
                again["id"] == id.as_str(),
                "a repeated completion was answered with another order"
            );
        }
        let mut expected = self.before.clone();
        let mut pieces = 0;
        for planned in completed.iter().map(|id| &self.orders[id]) {
            pieces += planned.quantity;
            *expected.entry(planned.shelf.clone()).or_default() += planned.quantity;
        }
        let mut stores: Vec<String> = self.before.keys().map(|(store, _)| store.clone()).collect();
        stores.dedup();
        for (shelf, on_hand) in levels(baker, &stores)? {
            let should = expected.get(&shelf).copied().unwrap_or_default();
            ensure!(
                on_hand == should,
                "store {} product {}: {on_hand} on hand, {should} after what was completed",
                shelf.0,
                shelf.1
            );
        }
        Ok(Outcome {
            completed: completed.len(),
            pieces,
        })
    }

    /// Those of our orders that the books call completed.
    fn completed(&self, baker: &Visitor) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let wanted =
                json!({ "wanted": { "statuses": ["completed"], "limit": 200, "after": after } });
            let page = baker.call::<Page<OrderView>>("list_orders", &wanted)?;
            for order in list(&page["items"])? {
                let id = text(order, "id")?;
                if let Some(planned) = self.orders.get(id) {
                    ensure!(
                        order["produced_quantity"] == planned.quantity,
                        "order {id} was completed with another quantity"
                    );
                    found.push(id.to_owned());
                }
            }
            after = page["next"].clone();
            if after.is_null() {
                return Ok(found);
            }
        }
    }
}

fn levels(visitor: &Visitor, stores: &[String]) -> Result<Levels> {
    let mut all = Levels::new();
    for store in stores {
        let view = visitor.call::<StockLevels>("list_levels", &json!({ "store_id": store }))?;
        for level in list(&view["levels"])? {
            let on_hand = level["on_hand"]
                .as_i64()
                .context("a shelf without a level")?;
            all.insert(
                (store.clone(), text(level, "product_id")?.to_owned()),
                on_hand,
            );
        }
    }
    Ok(all)
}

pub fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .with_context(|| format!("no text {field:?} in {value}"))
}

pub fn list(value: &Value) -> Result<&Vec<Value>> {
    value
        .as_array()
        .with_context(|| format!("no list: {value}"))
}
