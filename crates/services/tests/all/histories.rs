//! Random histories through the real services, with facts that arrive late and out of order: what is on hand is what somebody would say
//! who saw everything that was accepted, sorted by the time at which it happened.

mod reference;
mod steps;

use crate::scene::books_are_sound;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use contract::stock::{
    AdjustStock, CountedProduct, PostCount, PostOpening, ReadBelief, ReadLedger,
};
use domain::{RoleKey, StockReason};
use entity::product;
use reference::{Dice, FactId, Reference, Shelf, What};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Org, OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

const SEEDS: u64 = 12;
const STEPS: u32 = 60;
/// How often all shelves are looked at on the way.
const LOOK_EVERY: u32 = 15;
const STORES: usize = 2;
const PRODUCTS: usize = 3;

/// What happens in the histories; each of it at least once in all of them together.
const KINDS: [&str; 22] = [
    "sold",
    "sold below zero",
    "brought back",
    "back on sale",
    "removed",
    "removed late",
    "removed, now for then",
    "not removed",
    "adjusted",
    "taken back",
    "not taken back",
    "a part",
    "completed",
    "recalled",
    "not recalled",
    "sent",
    "received",
    "called back",
    "counted",
    "counted late",
    "handed in",
    "undone",
];

/// A booking by hand that may be taken back.
struct Booking {
    movement_id: Uuid,
    fact: FactId,
    recorded_at: DateTime<Utc>,
    is_reversed: bool,
}

/// Goods between the stores.
struct OnRoad {
    transfer_id: Uuid,
    from: Shelf,
    quantity: i64,
    sent_at: DateTime<Utc>,
    fact: FactId,
}

/// The open sheet of a store: what was found, and when.
struct Sheet {
    id: Uuid,
    version: i32,
    entered: BTreeMap<usize, (DateTime<Utc>, i64)>,
}

/// How somebody says when a removal happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Now,
    OnTheWall,
    Pressed,
}

struct History<'a> {
    db: &'a TestDb,
    org: Org,
    seed: u64,
    step: u32,
    dice: Dice,
    now: DateTime<Utc>,
    analyst: Ctx,
    kitchen: Ctx,
    reference: Reference,
    in_oven: Vec<(Uuid, Shelf)>,
    roads: Vec<OnRoad>,
    bookings: Vec<Booking>,
    imports: Vec<(Uuid, Vec<FactId>)>,
    sheets: BTreeMap<usize, Sheet>,
    tickets: u32,
    done: BTreeMap<&'static str, u32>,
}

impl<'a> History<'a> {
    async fn new(db: &'a TestDb, seed: u64) -> Self {
        let spec = OrgSpec {
            slug: format!("historia{seed}"),
            stores: STORES,
            products: PRODUCTS,
            ..OrgSpec::default()
        };
        let org = org_with(db, spec).await;
        // Some keep for longer than a day: those can be sent on.
        for (product, days) in org.products.iter().zip([1, 2, 5]) {
            product::Entity::update_many()
                .col_expr(product::Column::ShelfLifeDays, Expr::value(days))
                .filter(product::Column::Id.eq(*product))
                .exec(db.db().connection())
                .await
                .expect("a shelf life");
        }
        Self {
            db,
            analyst: org.ctx(RoleKey::Analyst).await,
            kitchen: org.ctx(RoleKey::Production).await,
            org,
            seed,
            step: 0,
            dice: Dice::new(seed),
            now: now(),
            reference: Reference::default(),
            in_oven: Vec::new(),
            roads: Vec::new(),
            bookings: Vec::new(),
            imports: Vec::new(),
            sheets: BTreeMap::new(),
            tickets: 0,
            done: BTreeMap::new(),
        }
    }

    /// For messages.
    fn place(&self) -> String {
        let engine = if self.db.is_postgres() {
            "PostgreSQL"
        } else {
            "SQLite"
        };
        format!("{engine}, seed {}, step {}", self.seed, self.step)
    }

    fn note(&mut self, kind: &'static str) {
        assert!(KINDS.contains(&kind), "{kind}");
        *self.done.entry(kind).or_default() += 1;
    }

    fn at_desk(&self) -> Ctx {
        Ctx {
            now: self.now,
            ..self.analyst.clone()
        }
    }

    fn in_kitchen(&self) -> Ctx {
        Ctx {
            now: self.now,
            ..self.kitchen.clone()
        }
    }

    fn ids(&self, (store, product): Shelf) -> (Uuid, Uuid) {
        (self.org.stores[store], self.org.products[product])
    }

    fn any_shelf(&mut self) -> Shelf {
        (self.dice.below(STORES), self.dice.below(PRODUCTS))
    }

    /// A moment that is over, in whole seconds; at most six days ago, and a day before the shelves were opened.
    fn earlier(&mut self) -> DateTime<Utc> {
        let first = (now() - TimeDelta::days(1)).max(self.now - TimeDelta::days(6));
        let seconds = (self.now - first).num_seconds();
        first + TimeDelta::seconds(self.dice.between(0, seconds))
    }

    /// Now or a moment that is over.
    fn when(&mut self) -> Option<DateTime<Utc>> {
        (!self.dice.one_in(3)).then(|| self.earlier())
    }

    fn level(&self, shelf: Shelf) -> i64 {
        self.reference.level(shelf)
    }

    /// The first fact of every shelf: an opening, a count or a correction.
    async fn open(&mut self) {
        let stock = self.db.services().stock();
        let desk = self.at_desk();
        for shelf in shelves() {
            let (store_id, product_id) = self.ids(shelf);
            let quantity = self.dice.between(5, 40);
            let command_id = Uuid::now_v7();
            let lines = vec![CountedProduct {
                product_id,
                counted: quantity,
            }];
            let what = match self.dice.below(3) {
                0 => {
                    let command = PostOpening {
                        command_id,
                        store_id,
                        opened_at: None,
                        at: None,
                        lines,
                    };
                    stock.open(&desk, command).await.expect("opened");
                    What::Moved(quantity)
                }
                1 => {
                    let command = PostCount {
                        command_id,
                        store_id,
                        counted_at: None,
                        lines,
                        note: None,
                    };
                    stock.count(&desk, command).await.expect("counted");
                    What::Counted(quantity)
                }
                _ => {
                    let command = adjustment((store_id, product_id), quantity, None);
                    stock.adjust(&desk, command).await.expect("corrected");
                    What::Moved(quantity)
                }
            };
            self.reference.learn(shelf, self.now, what);
            // What a device sends before anybody wrote down that something was there.
            if matches!(what, What::Moved(_)) && self.dice.one_in(3) {
                let before = self.now - TimeDelta::hours(1);
                self.remove_at(shelf, 2, Said::Pressed, before).await;
            }
        }
    }

    async fn live(mut self) -> BTreeMap<&'static str, u32> {
        self.open().await;
        for step in 1..=STEPS {
            self.step = step;
            let minutes = if self.dice.one_in(2) {
                self.dice.between(1, 8)
            } else {
                self.dice.between(20, 130)
            };
            self.now += TimeDelta::minutes(minutes);
            match self.dice.below(20) {
                0..=3 => self.sell().await,
                4..=6 => self.remove().await,
                7..=8 => self.adjust().await,
                9 => self.take_back().await,
                10..=12 => self.take_out().await,
                13 => self.send().await,
                14 => self.receive().await,
                15 => self.call_back().await,
                16..=17 => self.count().await,
                18 => self.count_on_sheet().await,
                _ => self.import().await,
            }
            if step % LOOK_EVERY == 0 {
                self.look().await;
            }
        }
        self.look_back().await;
        books_are_sound(self.db, &self.org).await;
        self.done
    }

    /// All shelves hold what the reference says, and their batches add up to it.
    async fn look(&self) {
        let stock = self.db.services().stock();
        let desk = self.at_desk();
        for shelf in shelves() {
            let (store_id, product_id) = self.ids(shelf);
            let wanted = ReadLedger {
                store_id,
                product_id,
                after: None,
                limit: Some(1),
            };
            let told = stock.ledger(&desk, wanted).await.expect("a ledger");
            let there = self.level(shelf);
            let lots: i64 = told.lots.iter().map(|lot| lot.quantity).sum();
            let place = self.place();
            assert_eq!(told.on_hand, there, "{place}: {shelf:?}");
            assert_eq!(lots, there.max(0), "{place}: batches of {shelf:?}");
        }
    }

    /// The lists say the same, now and long after everything expired; and so do the books of any moment that is over.
    async fn look_back(&mut self) {
        self.look().await;
        let stock = self.db.services().stock();
        let desk = self.at_desk();
        for days in [0, 10] {
            let then = Ctx {
                now: self.now + TimeDelta::days(days),
                ..desk.clone()
            };
            for store in 0..STORES {
                let told = stock.levels(&then, self.org.stores[store]).await;
                let told = told.expect("levels").levels;
                for product in 0..PRODUCTS {
                    let product_id = self.org.products[product];
                    let level = told.iter().find(|level| level.product_id == product_id);
                    let level = level.expect("a shelf that the store carries");
                    let there = self.level((store, product));
                    let place = format!("{}, {days} days on", self.place());
                    assert_eq!(level.on_hand, there, "{place}: {level:?}");
                    if days > 0 {
                        assert_eq!(level.expired, there.max(0), "{place}: {level:?}");
                    }
                }
            }
        }
        for shelf in shelves() {
            let (store_id, product_id) = self.ids(shelf);
            let at = self.earlier();
            let wanted = ReadBelief {
                store_id,
                product_id,
                at: on_the_wall(at),
            };
            let told = stock.believed(&desk, wanted).await.expect("a belief");
            let then = self.reference.level_at(shelf, at);
            assert_eq!(told.known_now, then, "{}: {shelf:?} at {at}", self.place());
        }
    }
}

fn shelves() -> impl Iterator<Item = Shelf> {
    (0..STORES).flat_map(|store| (0..PRODUCTS).map(move |product| (store, product)))
}

/// The shelf of the same product in the other store.
fn other((store, product): Shelf) -> Shelf {
    (STORES - 1 - store, product)
}

fn code(store: usize) -> String {
    format!("S{:02}", store + 1)
}

fn sku(product: usize) -> String {
    format!("P{:03}", product + 1)
}

/// On a clock in Madrid in winter.
fn on_the_wall(at: DateTime<Utc>) -> NaiveDateTime {
    (at + TimeDelta::hours(1)).naive_utc()
}

fn adjustment(
    (store_id, product_id): (Uuid, Uuid),
    change: i64,
    at: Option<NaiveDateTime>,
) -> AdjustStock {
    AdjustStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        change,
        reason: StockReason::Correction,
        note: None,
        at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_arrives_late_stock_is_what_the_sorted_facts_say() {
    on_both(async |db| {
        let mut done: BTreeMap<&'static str, u32> = BTreeMap::new();
        for seed in 1..=SEEDS {
            eprintln!("history of seed {seed}");
            let history = History::new(&db, seed).await;
            for (kind, times) in Box::pin(history.live()).await {
                *done.entry(kind).or_default() += times;
            }
        }
        let happened: BTreeSet<&str> = done.keys().copied().collect();
        let wanted: BTreeSet<&str> = KINDS.into_iter().collect();
        assert_eq!(happened, wanted, "{done:?}");
    })
    .await;
}
