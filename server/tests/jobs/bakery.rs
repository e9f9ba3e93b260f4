//! A small bakery with a simulated past, a clock that the test moves, and runners that train a tiny network.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use contract::nights::NightView;
use domain::{AlertKind, AlertStatus, JobStatus, JobTrigger};
use entity::{alert, organization};
use forecast::{GateRule, TrainConfig};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use server::clock::Clock;
use server::jobs::night::{NightResult, NightRunner, STEPS};
use services::history::DailyTotal;
use services::organizations::OrganizationView;
use services::{Ctx, Services};
use simulate::{Chain, ChainConfig};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use testkit::{Org, OrgSpec, TestDb, org_with};
use uuid::Uuid;

/// The trading day that most tests close: Monday 9 March 2026.
pub fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 9).unwrap()
}

/// Enough history to hold a window out and to learn from what lies before it.
pub const LONG: u64 = 130;

/// Shops and products of every bakery here.
pub const SHOPS: usize = 2;
pub const PRODUCTS: usize = 3;

/// A network of next to nothing, which passes the gate whatever it forecasts.
pub fn tiny() -> TrainConfig {
    TrainConfig {
        steps: 20,
        batch: 16,
        hidden: 8,
        threads: 1,
        margin: -1_000.0,
        gate: GateRule {
            money_margin: -1_000.0,
            champion_tolerance: 1_000.0,
            store_tolerance: 1_000.0,
            vetoed_volume: 1.0,
        },
        ..TrainConfig::quick(1)
    }
}

/// The same network in front of a gate that nothing passes.
pub fn hopeless() -> TrainConfig {
    TrainConfig {
        margin: 0.999,
        ..tiny()
    }
}

/// The moment at which a wall clock in a zone shows a time.
pub fn at(zone: Tz, date: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let local = date.and_hms_opt(hour, minute, 0).unwrap();
    zone.from_local_datetime(&local)
        .earliest()
        .unwrap()
        .to_utc()
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct Hands(Arc<Mutex<DateTime<Utc>>>);

impl Hands {
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap() = now;
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    pub fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || hands.now())
    }
}

/// One organization and its time.
pub struct Bakery {
    pub db: TestDb,
    pub org: Org,
    pub hands: Hands,
    totals: BTreeMap<NaiveDate, Vec<DailyTotal>>,
}

impl Bakery {
    /// Without any sale yet, in the night after [`monday`], at two in Madrid.
    pub async fn new(db: &TestDb, slug: &str) -> Self {
        let spec = OrgSpec {
            slug: slug.to_owned(),
            stores: SHOPS,
            products: PRODUCTS,
            ..OrgSpec::default()
        };
        let org = org_with(db, spec).await;
        let hands = Hands::new(at(chrono_tz::Europe::Madrid, monday() + Days::new(1), 2, 0));
        let totals = totals(&org, LONG);
        Self {
            db: db.clone(),
            org,
            hands,
            totals,
        }
    }

    /// With so many days of sales, the last of them [`monday`].
    pub async fn with_history(db: &TestDb, slug: &str, days: u64) -> Self {
        let mut bakery = Self::new(db, slug).await;
        if days > LONG {
            bakery.totals = totals(&bakery.org, days);
        }
        bakery.sell(monday() - Days::new(days - 1), monday()).await;
        bakery
    }

    /// The same bakery in another time zone.
    pub async fn move_to(&self, zone: Tz) {
        let row = organization::ActiveModel {
            id: Set(self.org.id),
            time_zone: Set(zone.name().to_owned()),
            ..Default::default()
        };
        row.update(self.db.db().connection()).await.unwrap();
    }

    pub fn services(&self) -> &Services {
        self.db.services()
    }

    /// The organization's jobs, now.
    pub fn ctx(&self) -> Ctx {
        Ctx::system(self.org.id, "test", self.hands.now())
    }

    pub async fn organization(&self) -> OrganizationView {
        self.services()
            .organizations()
            .get(self.org.id)
            .await
            .unwrap()
    }

    /// What the chain sold on these days comes into the books.
    pub async fn sell(&self, from: NaiveDate, until: NaiveDate) {
        let totals: Vec<DailyTotal> = self
            .totals
            .range(from..=until)
            .flat_map(|(_, t)| t.clone())
            .collect();
        self.services()
            .history()
            .put_totals(&self.ctx(), &totals)
            .await
            .unwrap();
    }

    /// What a shop sold of each product on a day, as a till's file.
    pub fn tickets(&self, date: NaiveDate) -> String {
        let mut csv = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id\n".to_owned();
        for (n, total) in self.totals[&date]
            .iter()
            .enumerate()
            .filter(|(_, t)| t.quantity > 0)
        {
            let shop = self
                .org
                .stores
                .iter()
                .position(|s| *s == total.store_id)
                .unwrap()
                + 1;
            let product = self
                .org
                .products
                .iter()
                .position(|p| *p == total.product_id)
                .unwrap()
                + 1;
            let quantity = total.quantity;
            csv += &format!(
                "{date}-{n},{date}T12:00,S{shop:02},P{product:03},{quantity},2.00,{}.00,\n",
                2 * quantity
            );
        }
        csv
    }

    /// What was sold of a shelf on a day, as simulated.
    pub fn sold(&self, store_id: Uuid, product_id: Uuid, date: NaiveDate) -> i64 {
        self.totals[&date]
            .iter()
            .find(|t| (t.store_id, t.product_id) == (store_id, product_id))
            .map_or(0, |t| t.quantity)
    }

    /// A runner like that of a process of its own.
    pub fn runner(&self) -> NightRunner {
        self.runner_with(tiny())
    }

    pub fn runner_with(&self, train: TrainConfig) -> NightRunner {
        NightRunner::new(self.services().clone(), train, self.hands.clock())
    }

    /// A night into the book, as an operator asks for it.
    pub async fn ask(&self, date: NaiveDate, again: bool) -> Uuid {
        let nights = self.services().nights();
        let (run_id, _) = nights
            .enqueue(&self.ctx(), date, JobTrigger::CommandLine, again)
            .await
            .unwrap();
        run_id
    }

    /// Asks for a night and works it off.
    pub async fn night(&self, runner: &NightRunner, date: NaiveDate) -> JobStatus {
        let run_id = self.ask(date, false).await;
        match self.run(runner, run_id).await {
            NightResult::Finished(status) => status,
            other => panic!("the night of {date} ended with {other:?}"),
        }
    }

    pub async fn run(&self, runner: &NightRunner, run_id: Uuid) -> NightResult {
        runner.run(self.org.id, run_id, &|_, _| {}).await.unwrap()
    }

    pub async fn view(&self, run_id: Uuid) -> NightView {
        self.services()
            .nights()
            .get(&self.ctx(), run_id)
            .await
            .unwrap()
    }

    /// What a step of a run found.
    pub async fn step(&self, run_id: Uuid, name: &str) -> (JobStatus, Value) {
        let view = self.view(run_id).await;
        let step = view.steps.into_iter().find(|s| s.name == name).unwrap();
        (step.status, step.detail)
    }

    /// Every alert of a kind that there ever was.
    pub async fn alerts(&self, kind: AlertKind) -> Vec<alert::Model> {
        alert::Entity::find()
            .filter(alert::Column::OrganizationId.eq(self.org.id))
            .filter(alert::Column::Kind.eq(kind))
            .all(self.db.db().connection())
            .await
            .unwrap()
    }

    /// Whether an alert of a kind stands.
    pub async fn stands(&self, kind: AlertKind) -> bool {
        let all = self.alerts(kind).await;
        all.iter().any(|a| a.status != AlertStatus::Resolved)
    }
}

/// Every step of a run was begun exactly once.
pub fn once_each(view: &NightView) {
    let steps: Vec<(&str, i32)> = view
        .steps
        .iter()
        .map(|s| (s.name.as_str(), s.attempts))
        .collect();
    assert_eq!(steps, STEPS.map(|name| (name, 1)));
}

/// The sales of a simulated chain by day, told in the words of a test organization: `LONG` days until [`monday`], and a
/// week after it.
fn totals(org: &Org, days: u64) -> BTreeMap<NaiveDate, Vec<DailyTotal>> {
    let chain = Chain::new(ChainConfig {
        shops: SHOPS,
        products: PRODUCTS,
        days: days as u32,
        ..ChainConfig::new(7, monday())
    });
    let mut totals: BTreeMap<NaiveDate, Vec<DailyTotal>> = BTreeMap::new();
    for day in chain.simulate_until(monday() + Days::new(7)) {
        let lines = day.lines.iter().map(|line| DailyTotal {
            store_id: org.stores[day.store],
            product_id: org.products[line.product],
            business_date: day.date,
            quantity: line.sold,
            unit_price_minor: 200,
            promotion: None,
            sold_out: line.sold_out_at.is_some(),
        });
        totals.entry(day.date).or_default().extend(lines);
    }
    totals
}
