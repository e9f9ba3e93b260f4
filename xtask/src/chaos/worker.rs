//! One of those who work: sends commands until they are answered, and remembers what the answers promised.

mod counting;
mod moving;

use crate::bench::visitor::{self, Visitor};
use anyhow::{Context, Result, bail, ensure};
use chrono::{SecondsFormat, Utc};
use contract::orders::OrderView;
use contract::stock::StockLevels;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a worker waits before it sends again, in milliseconds.
const PAUSE: std::ops::Range<u64> = 5..40;
/// A server that is away for longer has not come back.
const PATIENCE: Duration = Duration::from_secs(90);
/// Of a hundred answered commands so many are sent once more.
const REPEATED: u32 = 15;

/// Few products, so that all meet at the same shelves; of the others each client has a shelf of its own.
pub const SHARED: usize = 8;

/// Store and product, as identifiers.
pub type Shelf = (String, String);

/// Where all work: the people, the shelves, and by what names tills know them.
#[derive(Debug)]
pub struct Desk {
    pub analyst: Visitor,
    pub baker: Visitor,
    pub today: String,
    pub stores: Vec<Place>,
    pub products: Vec<Place>,
    /// On hand before anybody works.
    levels: BTreeMap<Shelf, i64>,
    /// Addresses of the servers, any of which may be asked.
    doors: Vec<String>,
}

/// A store or a product.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: String,
    /// Code or sku.
    pub code: String,
}

impl Desk {
    /// Looks around.
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn open(analyst: Visitor, baker: Visitor) -> Result<Self> {
        let user = analyst.current_user()?;
        let stores: Vec<Place> = list(&user["stores"])?
            .iter()
            .filter(|store| store["is_kitchen"] == false)
            .map(|store| place(store, "id", "code"))
            .collect::<Result<_>>()?;
        let mut products: Vec<Place> = Vec::new();
        let mut levels = BTreeMap::new();
        for store in &stores {
            let wanted = json!({ "store_id": store.id });
            let told = analyst.call::<StockLevels>("list_levels", &wanted)?;
            let told = list(&told["levels"])?;
            if products.is_empty() {
                let there = told.iter().map(|level| place(level, "product_id", "sku"));
                products = there.collect::<Result<_>>()?;
            }
            for level in told {
                let shelf = (store.id.clone(), text(level, "product_id")?.to_owned());
                levels.insert(shelf, level["on_hand"].as_i64().context("no quantity")?);
            }
        }
        ensure!(!products.is_empty(), "no product");
        Ok(Self {
            today: text(&user, "today")?.to_owned(),
            doors: vec![analyst.address.clone()],
            analyst,
            baker,
            stores,
            products,
            levels,
        })
    }

    /// The same with several servers over one database.
    pub fn with_doors(self, doors: Vec<String>) -> Self {
        Self { doors, ..self }
    }

    /// A shelf on which one client alone works; nothing where there are more clients than such shelves.
    pub fn own_shelf(&self, client: u16) -> Option<Shelf> {
        let (client, stores) = (usize::from(client), self.stores.len());
        let product = self.products.get(SHARED + client / stores)?;
        let store = self.stores.get(client % stores)?;
        Some((store.id.clone(), product.id.clone()))
    }
}

fn place(of: &Value, id: &str, code: &str) -> Result<Place> {
    Ok(Place {
        id: text(of, id)?.to_owned(),
        code: text(of, code)?.to_owned(),
    })
}

/// What was acknowledged, in sum.
#[derive(Debug, Default)]
pub struct Promises {
    pub acknowledged: u64,
    pub refused: u64,
    /// Sent again because nothing was answered.
    pub unanswered: u64,
    /// Sent again although it was answered.
    pub repeated: u64,
    /// Answers that were another one the second time.
    pub changed: u64,
    /// Movements by shelf, kind and signed quantity: how many.
    pub movements: BTreeMap<(Shelf, &'static str, i64), i64>,
    /// Orders and the state in which they were left.
    pub orders: BTreeMap<String, &'static str>,
    /// Transfers and the state in which they were left.
    pub transfers: BTreeMap<String, &'static str>,
}

impl Promises {
    pub fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.repeated += other.repeated;
        self.changed += other.changed;
        for (key, count) in other.movements {
            *self.movements.entry(key).or_default() += count;
        }
        self.orders.extend(other.orders);
        self.transfers.extend(other.transfers);
    }

    fn moved(&mut self, shelf: &Shelf, kind: &'static str, quantity: i64) {
        let key = (shelf.clone(), kind, quantity);
        *self.movements.entry(key).or_default() += i64::from(quantity != 0);
    }
}

/// One of the clients.
#[derive(Debug)]
pub struct Worker<'a> {
    desk: &'a Desk,
    number: u16,
    sent: u64,
    random: ChaCha8Rng,
    promises: Promises,
    /// What lies on its own shelf since it was last counted.
    counted: Option<i64>,
    /// What was acknowledged, to be sent once more when all is over.
    done: Vec<Done>,
}

#[derive(Debug)]
struct Done {
    who: Visitor,
    path: String,
    body: Value,
    answer: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub fn new(desk: &'a Desk, number: u16, seed: u64) -> Self {
        Self {
            desk,
            number,
            sent: 0,
            random: ChaCha8Rng::seed_from_u64(seed ^ (u64::from(number) + 1) << 32),
            promises: Promises::default(),
            counted: None,
            done: Vec::new(),
        }
    }

    /// Works until it is over; what is begun is brought to its end.
    ///
    /// # Errors
    /// When a command is answered with a fault of the server, or not at all for long.
    pub fn work(mut self, over: &AtomicBool) -> Result<Promises> {
        while !over.load(Ordering::SeqCst) {
            match self.random.random_range(0..10) {
                0..=3 => self.sell()?,
                4..=6 => self.bake()?,
                7 => self.throw_away()?,
                8 => self.transfer()?,
                _ => self.count()?,
            }
        }
        // A command that was lost would be done now, and answered anew: counts show themselves by their identifier.
        for done in std::mem::take(&mut self.done) {
            self.promises.repeated += 1;
            let (status, told) = self.insist(&done.who, &done.path, &done.body)?;
            let is_same = if done.path == SALES {
                let told: Value = serde_json::from_slice(&told)?;
                told["recorded"] == 0 && told["refused"] == 0
            } else {
                told == done.answer
            };
            self.promises.changed += u64::from(status != 200 || !is_same);
        }
        Ok(self.promises)
    }

    fn command_id(&mut self) -> String {
        self.sent += 1;
        format!("0190c4a0-{:04x}-7000-8000-{:012x}", self.number, self.sent)
    }

    fn store(&mut self) -> Place {
        let at = self.random.random_range(0..self.desk.stores.len());
        self.desk.stores[at].clone()
    }

    /// One of those that all work on.
    fn product(&mut self) -> Place {
        let at = self
            .random
            .random_range(0..self.desk.products.len().min(SHARED));
        self.desk.products[at].clone()
    }

    /// Sends until it is answered, and now and then once more; nothing where a rule refuses it.
    fn send(&mut self, who: &Visitor, path: &str, body: &Value) -> Result<Option<Vec<u8>>> {
        let (status, told) = self.insist(who, path, body)?;
        self.promises.acknowledged += 1;
        if status != 200 {
            self.promises.refused += 1;
            return Ok(None);
        }
        if path != SALES && self.random.random_ratio(REPEATED, 100) {
            self.promises.repeated += 1;
            let again = self.insist(who, path, body)?;
            self.promises.changed += u64::from(again != (status, told.clone()));
        }
        self.done.push(Done {
            who: who.clone(),
            path: path.to_owned(),
            body: body.clone(),
            answer: told.clone(),
        });
        Ok(Some(told))
    }

    /// Any server will do; where one does not answer, the next is asked the same.
    fn insist(&mut self, who: &Visitor, path: &str, body: &Value) -> Result<(u16, Vec<u8>)> {
        let begun = Instant::now();
        let doors = &self.desk.doors;
        let mut door = match doors.len() {
            1 => 0,
            many => self.random.random_range(0..many),
        };
        loop {
            let asked = who.at(&doors[door]).post(path, body);
            match asked {
                Ok((503, _)) | Err(_) => {
                    ensure!(
                        begun.elapsed() < PATIENCE,
                        "{path} was not answered for {PATIENCE:?}"
                    );
                    self.promises.unanswered += 1;
                    door = (door + 1) % doors.len();
                    let pause = self.random.random_range(PAUSE);
                    std::thread::sleep(Duration::from_millis(pause));
                }
                Ok((status, told)) if status == 200 || matches!(status, 409 | 422) => {
                    return Ok((status, told));
                }
                Ok((status, told)) => {
                    let told = String::from_utf8_lossy(&told);
                    bail!("{path} was answered with {status}: {told}")
                }
            }
        }
    }

    fn call<T: DeserializeOwned + Serialize>(
        &mut self,
        who: &Visitor,
        function: &str,
        command: Value,
    ) -> Result<Option<Value>> {
        let path = format!("/api/{function}");
        let told = self.send(who, &path, &json!({ "command": command }))?;
        told.as_deref().map(visitor::view::<T>).transpose()
    }

    fn sell(&mut self) -> Result<()> {
        let store = self.store();
        let tickets = self.random.random_range(1..=3);
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut sales = Vec::new();
        let mut promised = Vec::new();
        for _ in 0..tickets {
            let number = self.command_id();
            let mut lines = Vec::new();
            for _ in 0..self.random.random_range(1..=3) {
                let (product, quantity) = (self.product(), self.random.random_range(1..=4));
                lines.push(json!({
                    "sku": product.code, "quantity": quantity, "unit_price_minor": 150, "total_minor": 150 * quantity,
                }));
                promised.push(((store.id.clone(), product.id), -quantity));
            }
            sales.push(json!({
                "transaction_id": number, "store_code": store.code, "sold_at": at, "lines": lines,
            }));
        }
        let body = json!({ "sales": sales });
        let analyst = self.desk.analyst.clone();
        let told = self.send(&analyst, SALES, &body)?.context("refused")?;
        let told: Value = serde_json::from_slice(&told)?;
        ensure!(told["refused"] == 0, "a ticket was refused: {told}");
        for (shelf, quantity) in promised {
            self.promises.moved(&shelf, "sale", quantity);
        }
        if self.random.random_ratio(REPEATED, 100) {
            self.promises.repeated += 1;
            let (_, again) = self.insist(&analyst, SALES, &body)?;
            let again: Value = serde_json::from_slice(&again)?;
            self.promises.changed += u64::from(again["already_recorded"] != tickets);
        }
        Ok(())
    }

    fn bake(&mut self) -> Result<()> {
        let (store, product) = (self.store(), self.product());
        let quantity: i64 = self.random.random_range(1..=24);
        let baker = self.desk.baker.clone();
        let command = json!({
            "command_id": self.command_id(), "store_id": store.id, "product_id": product.id,
            "production_date": self.desk.today, "planned_quantity": quantity,
        });
        let order = self.call::<OrderView>(&baker, "create_order", command)?;
        let id = text(&order.context("an order was refused")?, "id")?.to_owned();
        let end = self.random.random_range(0..10);
        if end == 0 {
            let command =
                json!({ "command_id": self.command_id(), "order_id": id, "reason": "no flour" });
            self.must::<OrderView>(&baker, "cancel_order", command)?;
            self.promises.orders.insert(id, "cancelled");
            return Ok(());
        }
        let command = json!({ "command_id": self.command_id(), "order_id": id });
        self.must::<OrderView>(&baker, "start_order", command)?;
        let shelf = (store.id, product.id);
        let produced = (quantity - self.random.random_range(0..=2)).max(1);
        // Some come out in two parts, of which the second may be empty.
        let first = if end < 4 { produced.min(2) } else { 0 };
        let (rest, lost) = (produced - first, quantity - produced);
        let parts = [(first, 0, true), (rest, lost, false)];
        for (made, lost, more) in parts.into_iter().filter(|p| p.0 > 0 || !p.2) {
            let command = json!({
                "command_id": self.command_id(), "order_id": id, "produced_quantity": made, "lost_quantity": lost, "more_follows": more,
            });
            self.must::<OrderView>(&baker, "complete_order", command)?;
            self.promises.moved(&shelf, "production", made);
        }
        self.promises.orders.insert(id.clone(), "completed");
        if end == 1 {
            let command = json!({ "command_id": self.command_id(), "order_id": id });
            self.must::<OrderView>(&baker, "recall_order", command)?;
            self.promises.moved(&shelf, "reversal", -rest);
            self.promises.orders.insert(id, "in_progress");
        }
        Ok(())
    }

    fn must<T: DeserializeOwned + Serialize>(
        &mut self,
        who: &Visitor,
        function: &str,
        command: Value,
    ) -> Result<Value> {
        self.call::<T>(who, function, command)?
            .with_context(|| format!("{function} was refused"))
    }
}

const SALES: &str = "/api/v1/sales";

/// A text field of an answer.
///
/// # Errors
/// When there is none.
pub fn text<'v>(value: &'v Value, field: &str) -> Result<&'v str> {
    value[field]
        .as_str()
        .with_context(|| format!("no text {field:?} in {value}"))
}

/// A list in an answer.
///
/// # Errors
/// When it is none.
pub fn list(value: &Value) -> Result<&Vec<Value>> {
    value
        .as_array()
        .with_context(|| format!("no list: {value}"))
}
