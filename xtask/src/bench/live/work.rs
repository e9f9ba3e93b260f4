//! Those who change something: tills that sell and bakers who bake, each command with a moment of sending and one of the answer.

use super::ear::{Event, What};
use crate::bench::orders::{command_id, list, text};
use crate::bench::visitor::Visitor;
use anyhow::{Context, Result, bail, ensure};
use contract::orders::OrderView;
use contract::stock::StockLevels;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Who sends at the same time.
pub const CLIENTS: usize = 16;
const QUANTITY: i64 = 12;

/// Where they work.
#[derive(Debug)]
pub struct Desk {
    /// The same person at every server.
    sellers: Vec<Visitor>,
    bakers: Vec<Visitor>,
    today: String,
    shops: Vec<Shop>,
}

#[derive(Debug)]
struct Shop {
    id: String,
    code: String,
    /// Identifier and sku.
    products: Vec<(String, String)>,
}

/// By what the event of a command is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// One till alone sells there and waits for every answer: so many sales of the shop come before.
    Sale {
        before: usize,
    },
    Order {
        id: String,
        status: &'static str,
    },
}

/// A command that was answered well.
#[derive(Clone, Debug)]
pub struct Sent {
    pub store: String,
    pub trace: Trace,
    pub sent: Instant,
    pub answered: Instant,
}

/// One of those who send.
struct Client<'a> {
    desk: &'a Desk,
    round: usize,
    number: usize,
    /// Commands so far.
    made: usize,
    /// The order in hand, and whether it is in the oven.
    order: Option<(String, bool)>,
}

impl Desk {
    /// Looks around.
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn open(sellers: Vec<Visitor>, bakers: Vec<Visitor>) -> Result<Self> {
        let baker = bakers.first().context("no server")?;
        let user = baker.current_user()?;
        let mut shops = Vec::new();
        for store in list(&user["stores"])? {
            if store["is_kitchen"] != false {
                continue;
            }
            let id = text(store, "id")?;
            let view = baker.call::<StockLevels>("list_levels", &json!({ "store_id": id }))?;
            let products = list(&view["levels"])?.iter().map(|level| {
                let product = text(level, "product_id")?.to_owned();
                Ok((product, text(level, "sku")?.to_owned()))
            });
            shops.push(Shop {
                id: id.to_owned(),
                code: text(store, "code")?.to_owned(),
                products: products.collect::<Result<_>>()?,
            });
        }
        ensure!(
            !shops.is_empty() && shops.len() < CLIENTS,
            "{} shops for {CLIENTS} clients",
            shops.len()
        );
        ensure!(
            shops.iter().all(|shop| !shop.products.is_empty()),
            "a shop has no shelf"
        );
        Ok(Self {
            today: text(&user, "today")?.to_owned(),
            sellers,
            bakers,
            shops,
        })
    }

    /// Every client sends so many commands: each at its time where there is a time from one command of them all to the next, otherwise each
    /// as soon as the one before it is answered.
    ///
    /// # Errors
    /// When a command is refused or not answered.
    pub fn work(&self, round: usize, turns: usize, every: Option<Duration>) -> Result<Vec<Sent>> {
        let begun = Instant::now();
        let parts: Vec<Result<Vec<Sent>>> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let mut client = Client {
                        desk: self,
                        round,
                        number,
                        made: 0,
                        order: None,
                    };
                    scope.spawn(move || {
                        let one = |turn: usize| {
                            let place = u32::try_from(turn * CLIENTS + number)?;
                            let due = every.map(|every| begun + every * place);
                            if let Some(due) = due {
                                let wait = due.saturating_duration_since(Instant::now());
                                std::thread::sleep(wait);
                            }
                            client.send()
                        };
                        (0..turns).map(one).collect()
                    })
                })
                .collect();
            clients
                .into_iter()
                .map(|client| client.join().unwrap_or_else(|_| bail!("a client panicked")))
                .collect()
        });
        let mut all = Vec::new();
        for part in parts {
            all.extend(part?);
        }
        Ok(all)
    }
}

impl Client<'_> {
    fn send(&mut self) -> Result<Sent> {
        let sent = if self.number < self.desk.shops.len() {
            self.sell()
        } else {
            self.bake()
        };
        self.made += 1;
        sent
    }

    fn shop(&self) -> &Shop {
        &self.desk.shops[self.number % self.desk.shops.len()]
    }

    fn product(&self) -> &(String, String) {
        let products = &self.shop().products;
        &products[(self.number + self.made) % products.len()]
    }

    fn door<'v>(&self, doors: &'v [Visitor]) -> &'v Visitor {
        &doors[self.number % doors.len()]
    }

    fn sell(&self) -> Result<Sent> {
        let (shop, (_, sku)) = (self.shop(), self.product());
        let ticket = json!({ "sales": [{
            "transaction_id": format!("LIVE-{}-{}-{}", self.round, self.number, self.made), "store_code": shop.code,
            "sold_at": chrono::Utc::now().to_rfc3339(),
            "lines": [{ "sku": sku, "quantity": 1, "unit_price_minor": 120, "total_minor": 120 }],
        }] });
        let seller = self.door(&self.desk.sellers);
        let sent = Instant::now();
        let (status, said) = seller.post("/api/v1/sales", &ticket)?;
        let answered = Instant::now();
        let said = String::from_utf8_lossy(&said);
        ensure!(status == 200, "a sale was answered with {status}: {said}");
        let told: Value = serde_json::from_str(&said)?;
        ensure!(told["recorded"] == 1, "a sale was not recorded: {said}");
        Ok(Sent {
            store: shop.id.clone(),
            trace: Trace::Sale { before: self.made },
            sent,
            answered,
        })
    }

    /// Plans an order, or starts it, or completes it.
    fn bake(&mut self) -> Result<Sent> {
        let command_id = command_id((self.round * 1_000 + self.number) * 1_000_000 + self.made);
        let (function, command, status) = match &self.order {
            None => {
                let command = json!({
                    "command_id": command_id, "store_id": self.shop().id, "product_id": self.product().0,
                    "production_date": self.desk.today, "planned_quantity": QUANTITY,
                });
                ("create_order", command, "pending")
            }
            Some((id, false)) => {
                let command = json!({ "command_id": command_id, "order_id": id });
                ("start_order", command, "in_progress")
            }
            Some((id, true)) => {
                let command = json!({
                    "command_id": command_id, "order_id": id, "produced_quantity": QUANTITY, "lost_quantity": 0,
                });
                ("complete_order", command, "completed")
            }
        };
        let baker = self.door(&self.desk.bakers);
        let sent = Instant::now();
        let order = baker.call::<OrderView>(function, &json!({ "command": command }))?;
        let answered = Instant::now();
        let id = text(&order, "id")?.to_owned();
        self.order = match status {
            "pending" => Some((id.clone(), false)),
            "in_progress" => Some((id.clone(), true)),
            _ => None,
        };
        Ok(Sent {
            store: self.shop().id.clone(),
            trace: Trace::Order { id, status },
            sent,
            answered,
        })
    }
}

/// The number of each command's event, where any screen heard of it. `events` are those of all screens.
pub fn numbers(commands: &[Sent], events: &BTreeMap<i64, Event>) -> Vec<Option<i64>> {
    let mut sales: HashMap<&str, Vec<i64>> = HashMap::new();
    let mut orders: HashMap<(&str, &str), i64> = HashMap::new();
    for (number, event) in events {
        match &event.what {
            What::Sale { store } => sales.entry(store.as_str()).or_default().push(*number),
            What::Order { id, status } => {
                orders
                    .entry((id.as_str(), status.as_str()))
                    .or_insert(*number);
            }
            What::Else => {}
        }
    }
    let number = |command: &Sent| match &command.trace {
        Trace::Sale { before } => sales.get(command.store.as_str())?.get(*before).copied(),
        Trace::Order { id, status } => orders.get(&(id.as_str(), *status)).copied(),
    };
    commands.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(store: &str, trace: Trace) -> Sent {
        let now = Instant::now();
        Sent {
            store: store.into(),
            trace,
            sent: now,
            answered: now,
        }
    }

    fn event(what: What) -> Event {
        Event {
            at: Instant::now(),
            what,
        }
    }

    #[test]
    fn a_command_is_known_by_its_order_or_by_its_turn_at_the_till() {
        let sale = |store: &str| {
            event(What::Sale {
                store: store.into(),
            })
        };
        let started = What::Order {
            id: "o".into(),
            status: "in_progress".into(),
        };
        let events = BTreeMap::from([
            (3, sale("a")),
            (4, sale("b")),
            (5, event(started)),
            (7, sale("a")),
        ]);
        let order = |status| Trace::Order {
            id: "o".into(),
            status,
        };
        let commands = [
            sent("a", Trace::Sale { before: 0 }),
            sent("a", Trace::Sale { before: 1 }),
            sent("a", Trace::Sale { before: 2 }),
            sent("b", Trace::Sale { before: 0 }),
            sent("a", order("in_progress")),
            sent("a", order("completed")),
        ];
        assert_eq!(
            numbers(&commands, &events),
            [Some(3), Some(7), None, Some(4), Some(5), None]
        );
    }
}
