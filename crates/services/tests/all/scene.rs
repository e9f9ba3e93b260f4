//! What these tests share: a failure in the last step of a use case, alerts as rows, orders in a state.

use chrono::{Days, TimeDelta};
use contract::orders::{CompleteOrder, CreateOrder, OrderView, StartOrder};
use contract::stock::{CountedProduct, PostCount};
use domain::panel::{DayForecast, QUANTILE_LEVELS};
use domain::replenish::normal;
use domain::{AlertKind, AlertStatus, ForecastSource, RoleKey};
use entity::alert;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use services::forecast_book::{IssuedForecast, Issuer};
use services::{Ctx, ServiceError};
use testkit::{Org, OrgSpec, TestDb, org_with, today};
use uuid::Uuid;

/// An organization with two stores and three products; the store manager sees the first store only.
pub async fn bakery(db: &TestDb) -> Org {
    org_with(
        db,
        OrgSpec {
            stores: 2,
            products: 3,
            ..OrgSpec::default()
        },
    )
    .await
}

/// Another organization on the same database.
pub async fn stranger(db: &TestDb) -> Org {
    org_with(
        db,
        OrgSpec {
            slug: "other".into(),
            ..OrgSpec::default()
        },
    )
    .await
}

/// The same person some minutes later.
pub fn later(ctx: &Ctx, minutes: i64) -> Ctx {
    Ctx {
        now: ctx.now + TimeDelta::minutes(minutes),
        ..ctx.clone()
    }
}

/// From now on the last step of every command fails: its receipt cannot be written.
pub async fn break_receipts(db: &TestDb) {
    let statements: &[&str] = if db.is_postgres() {
        &[
            "CREATE FUNCTION refuse_receipt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
            "CREATE TRIGGER refuse_receipt BEFORE INSERT ON command_receipts FOR EACH ROW EXECUTE FUNCTION refuse_receipt()",
        ]
    } else {
        &[
            "CREATE TRIGGER refuse_receipt BEFORE INSERT ON command_receipts BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        ]
    };
    for statement in statements {
        db.db()
            .connection()
            .execute_unprepared(statement)
            .await
            .expect("a trigger");
    }
}

/// Ends what [`break_receipts`] began.
pub async fn mend_receipts(db: &TestDb) {
    let on = if db.is_postgres() {
        " ON command_receipts"
    } else {
        ""
    };
    db.db()
        .connection()
        .execute_unprepared(&format!("DROP TRIGGER refuse_receipt{on}"))
        .await
        .expect("no trigger");
}

/// Whether an alert of this kind stands for the shelf.
pub async fn alert_stands(db: &TestDb, kind: AlertKind, store_id: Uuid, product_id: Uuid) -> bool {
    let rows = alert::Entity::find()
        .filter(alert::Column::Kind.eq(kind))
        .filter(alert::Column::StoreId.eq(store_id))
        .filter(alert::Column::ProductId.eq(product_id))
        .filter(alert::Column::Status.ne(AlertStatus::Resolved))
        .all(db.db().connection())
        .await
        .expect("alerts");
    assert!(rows.len() <= 1, "one cause, one alert: {rows:?}");
    !rows.is_empty()
}

pub fn new_order(store_id: Uuid, product_id: Uuid, quantity: i64) -> CreateOrder {
    CreateOrder {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        production_date: today(),
        planned_quantity: quantity,
        note: None,
    }
}

pub fn complete(order_id: Uuid, produced: i64, lost: i64) -> CompleteOrder {
    CompleteOrder {
        command_id: Uuid::now_v7(),
        order_id,
        produced_quantity: produced,
        lost_quantity: lost,
        ..CompleteOrder::default()
    }
}

/// An order in the oven.
pub async fn baking(
    db: &TestDb,
    ctx: &Ctx,
    store_id: Uuid,
    product_id: Uuid,
    quantity: i64,
) -> OrderView {
    let orders = db.services().production_orders();
    let order = orders
        .create(ctx, new_order(store_id, product_id, quantity))
        .await
        .expect("an order");
    orders
        .start(
            ctx,
            StartOrder {
                command_id: Uuid::now_v7(),
                order_id: order.id,
            },
        )
        .await
        .expect("started")
}

/// On hand as the stock page says.
pub async fn on_hand(db: &TestDb, org: &Org, store_id: Uuid, product_id: Uuid) -> i64 {
    let ctx = org.ctx(RoleKey::Analyst).await;
    let levels = db
        .services()
        .stock()
        .levels(&ctx, store_id)
        .await
        .expect("levels");
    levels
        .levels
        .iter()
        .find(|l| l.product_id == product_id)
        .map_or(0, |l| l.on_hand)
}

/// A count of one product, now.
pub fn count_of(store_id: Uuid, product_id: Uuid, counted: i64) -> PostCount {
    PostCount {
        command_id: Uuid::now_v7(),
        store_id,
        counted_at: None,
        lines: vec![CountedProduct {
            product_id,
            counted,
        }],
        note: None,
    }
}

/// Every level is the sum of its movements and the audit log's chain holds.
pub async fn books_are_sound(db: &TestDb, org: &Org) {
    let report = db
        .services()
        .books()
        .check(&org.system())
        .await
        .expect("a report");
    assert!(report.is_sound(), "{report:?}");
}

/// Issues a forecast of N(mean, sd) for every day of the four weeks after yesterday.
pub async fn forecast(db: &TestDb, org: &Org, shelves: &[(Uuid, Uuid)], mean: f64, sd: f64) {
    let issued_on = today() - Days::new(1);
    let quantiles = QUANTILE_LEVELS.map(|p| (mean + sd * normal::inverse(p)).max(0.0));
    let issued: Vec<IssuedForecast> = shelves
        .iter()
        .map(|(store_id, product_id)| IssuedForecast {
            stands_in: false,
            store_id: *store_id,
            product_id: *product_id,
            days: (1..=28)
                .map(|d| DayForecast {
                    target_date: issued_on + Days::new(d),
                    mean,
                    quantiles,
                })
                .collect(),
        })
        .collect();
    let issuer = Issuer {
        source: ForecastSource::Baseline,
        model_version_id: None,
    };
    db.services()
        .forecast_book()
        .issue(&org.system(), issued_on, issuer, &issued)
        .await
        .expect("issued");
}

/// The stable key of a refusal: a rule's or conflict's reason, or the first field's.
pub fn reason(error: &ServiceError) -> &str {
    match error {
        ServiceError::Conflict { reason, .. } | ServiceError::Rule { reason, .. } => reason,
        ServiceError::Invalid(fields) => &fields[0].reason,
        ServiceError::NotFound(_) => "not_found",
        ServiceError::Forbidden(_) => "forbidden",
        _ => "other",
    }
}
