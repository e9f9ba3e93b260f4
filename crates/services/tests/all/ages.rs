//! How old what lies on a shelf is, and what the books said of it at another moment.

use crate::scene::{
    alert_stands, bakery, baking, books_are_sound, complete, count_of, later, new_order, reason,
    stranger,
};
use chrono::{Days, TimeDelta};
use contract::orders::{CreateOrder, OrderView, RecallOrder, StartOrder};
use contract::stock::{
    AdjustStock, CountedProduct, LevelView, LotView, PostCount, ReadBelief, ReadLedger,
    RemoveStock, ReverseMovement,
};
use domain::{AlertKind, MovementKind, RoleKey, StockReason};
use entity::{product, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use testkit::{TestDb, on_both, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

async fn bake(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid, quantity: i64) -> OrderView {
    let order = baking(db, ctx, store, product, quantity).await;
    let orders = db.services().production_orders();
    orders
        .complete(ctx, complete(order.id, quantity, 0))
        .await
        .expect("baked")
}

async fn level(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> LevelView {
    let levels = db.services().stock().levels(ctx, store).await;
    let levels = levels.expect("levels").levels;
    let found = levels.into_iter().find(|l| l.product_id == product);
    found.expect("the shelf")
}

async fn lots(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> Vec<LotView> {
    let wanted = ReadLedger {
        store_id: store,
        product_id: product,
        after: None,
        limit: None,
    };
    let ledger = db.services().stock().ledger(ctx, wanted).await;
    ledger.expect("a ledger").lots
}

fn take(store_id: Uuid, product_id: Uuid, quantity: i64) -> RemoveStock {
    RemoveStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        kind: MovementKind::Waste,
        quantity,
        reason: StockReason::Expired,
        note: None,
        at: None,
        pressed_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_keeps_no_shelf_above_its_reorder_point() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        store_product::Entity::update_many()
            .col_expr(store_product::Column::ReorderPoint, Expr::value(10_i64))
            .filter(store_product::Column::StoreId.eq(store))
            .filter(store_product::Column::ProductId.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a reorder point");
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let is_told =
            async || alert_stands(&db, AlertKind::BelowReorderPoint, store, product).await;
        // Every store once: they take turns over five minutes.
        let sweep = async |minutes: i64| {
            for minute in 0..5 {
                let ctx = later(&org.system(), minutes + minute);
                db.services().alerts().sweep(&ctx).await.expect("swept");
            }
        };
        bake(&db, &kitchen, store, product, 20).await;
        sweep(10).await;
        assert!(!is_told().await);
        // Nothing moved overnight, and nothing of it is good any more.
        sweep(DAY).await;
        assert!(is_told().await);
        let there = level(&db, &later(&analyst, DAY), store, product).await;
        assert_eq!((there.on_hand, there.is_low), (20, true));
        // Eight fresh ones beside twenty old ones are eight.
        let (kitchen, morning) = (later(&kitchen, DAY + 10), later(&analyst, DAY + 10));
        bake(&db, &kitchen, store, product, 8).await;
        assert!(is_told().await);
        assert!(level(&db, &morning, store, product).await.is_low);
        bake(&db, &kitchen, store, product, 12).await;
        assert!(!is_told().await);
        assert!(!level(&db, &morning, store, product).await.is_low);
        sweep(DAY + 20).await;
        assert!(!is_told().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_bread_is_expired_until_somebody_takes_it_out() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let first = bake(&db, &kitchen, store, product, 20).await;
        let there = level(&db, &analyst, store, product).await;
        assert_eq!((there.on_hand, there.expired), (20, 0));
        assert_eq!(there.best_before, Some(today()));

        let (kitchen, analyst) = (later(&kitchen, DAY), later(&analyst, DAY));
        let second = bake(&db, &kitchen, store, product, 12).await;
        let there = level(&db, &analyst, store, product).await;
        assert_eq!((there.on_hand, there.expired), (32, 20));
        assert_eq!(there.best_before, Some(today() + Days::new(1)));
        let found: Vec<_> = lots(&db, &analyst, store, product)
            .await
            .into_iter()
            .map(|lot| (lot.order_number, lot.quantity, lot.is_expired))
            .collect();
        assert_eq!(
            found,
            [
                (Some(first.number), 20, true),
                (Some(second.number), 12, false)
            ]
        );

        // The oldest goes first; taken back, it is there again.
        let manager = later(&org.ctx(RoleKey::StoreManager).await, DAY);
        let stock = db.services().stock();
        let taken = stock.remove(&manager, take(store, product, 15)).await;
        let taken = taken.expect("taken out");
        assert_eq!(level(&db, &analyst, store, product).await.expired, 5);
        let back = ReverseMovement {
            command_id: Uuid::now_v7(),
            movement_id: taken.movement_id,
            note: None,
        };
        stock
            .reverse(&later(&manager, 1), back)
            .await
            .expect("back");
        assert_eq!(level(&db, &analyst, store, product).await.expired, 20);

        // More than what expired: the rest is taken from what is good.
        stock
            .remove(&later(&manager, 2), take(store, product, 22))
            .await
            .expect("taken out");
        let there = level(&db, &analyst, store, product).await;
        assert_eq!((there.on_hand, there.expired), (10, 0));

        // What is baked tonight for tomorrow keeps until tomorrow night.
        let tonight = new_order(store, org.products[1], 9);
        let tomorrow = CreateOrder {
            production_date: today() + Days::new(2),
            ..tonight
        };
        let orders = db.services().production_orders();
        let order = orders.create(&kitchen, tomorrow).await.expect("planned");
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        orders
            .complete(&kitchen, complete(order.id, 9, 0))
            .await
            .expect("baked");
        let after = later(&analyst, DAY);
        assert_eq!(level(&db, &after, store, org.products[1]).await.expired, 0);

        // A batch that is taken back was never there.
        let recall = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: second.id,
            completion: None,
        };
        let orders = db.services().production_orders();
        orders
            .recall(&later(&kitchen, 5), recall)
            .await
            .expect("recalled");
        let there = level(&db, &analyst, store, product).await;
        assert_eq!((there.on_hand, there.expired), (-2, 0));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_keep_are_asked_for_as_long_as_they_keep() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        product::Entity::update_many()
            .col_expr(product::Column::ShelfLifeDays, Expr::value(30))
            .filter(product::Column::Id.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a longer life");
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        bake(&db, &kitchen, store, product, 20).await;
        // A count that finds fewer misses the oldest; more than there should be is as old as the day of the count.
        bake(&db, &later(&kitchen, 7 * DAY), store, product, 10).await;
        let stock = db.services().stock();
        let eighth = later(&analyst, 8 * DAY);
        stock
            .count(&eighth, count_of(store, product, 25))
            .await
            .expect("counted");
        let quantities =
            |lots: Vec<LotView>| -> Vec<i64> { lots.iter().map(|l| l.quantity).collect() };
        assert_eq!(
            quantities(lots(&db, &eighth, store, product).await),
            [15, 10]
        );
        let last = later(&analyst, 29 * DAY);
        assert_eq!(level(&db, &last, store, product).await.expired, 0);
        let over = later(&analyst, 30 * DAY);
        assert_eq!(level(&db, &over, store, product).await.expired, 15);
        // Long after, all of it has expired, and all of it is still there.
        let long_after = later(&analyst, 300 * DAY);
        let there = level(&db, &long_after, store, product).await;
        assert_eq!((there.on_hand, there.expired), (25, 25));
        let rest = lots(&db, &long_after, store, product).await;
        assert_eq!(rest.len(), 1);
        assert!(rest[0].is_expired && rest[0].order_id.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_believed_at_five_is_told_apart_from_what_is_known_now() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        stock
            .count(&analyst, count_of(store, product, 30))
            .await
            .expect("counted");
        // At eight somebody counts, and writes it down at ten; between the two somebody asks at nine.
        let at = analyst.now + TimeDelta::minutes(30);
        let late = PostCount {
            counted_at: Some(at),
            lines: vec![CountedProduct {
                product_id: product,
                counted: 12,
            }],
            ..count_of(store, product, 0)
        };
        stock
            .count(&later(&analyst, 150), late)
            .await
            .expect("counted");
        let ask = |hour: u32, minute: u32| ReadBelief {
            store_id: store,
            product_id: product,
            at: today().and_hms_opt(hour, minute, 0).expect("a time"),
        };
        let asking = later(&analyst, 200);
        let view = stock.believed(&asking, ask(9, 0)).await.expect("an answer");
        assert_eq!(
            (view.believed, view.known_now, view.late_facts),
            (30, 12, 1)
        );
        let fact = &view.learned_later[0];
        assert_eq!((fact.kind, fact.quantity), (MovementKind::Count, -18));
        assert!(fact.occurred_at <= view.at && fact.recorded_at > view.at);
        let view = stock
            .believed(&asking, ask(11, 0))
            .await
            .expect("an answer");
        assert_eq!(
            (view.believed, view.known_now, view.late_facts),
            (12, 12, 0)
        );
        let view = stock.believed(&asking, ask(5, 0)).await.expect("an answer");
        assert_eq!((view.believed, view.known_now, view.late_facts), (0, 0, 0));
        // Neither another organization's shelves nor a store out of scope.
        let other = stranger(&db).await.ctx(RoleKey::Analyst).await;
        let error = stock
            .believed(&other, ask(9, 0))
            .await
            .expect_err("foreign");
        assert_eq!(reason(&error), "not_found");
    })
    .await;
}

fn correction(store_id: Uuid, product_id: Uuid, change: i64) -> AdjustStock {
    AdjustStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        change,
        reason: StockReason::Theft,
        note: None,
        at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_is_thrown_away_and_never_corrected_away() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        bake(&db, &kitchen, store, product, 20).await;
        // Good all day: five of them were stolen.
        let theft = stock
            .adjust(&later(&analyst, 1), correction(store, product, -5))
            .await;
        assert_eq!(theft.expect("booked").on_hand, 15);

        let morning = later(&analyst, DAY);
        bake(&db, &later(&kitchen, DAY), store, product, 4).await;
        let (on_hand, expired) = (19, 15);
        let there = level(&db, &morning, store, product).await;
        assert_eq!((there.on_hand, there.expired), (on_hand, expired));
        let asked = correction(store, product, -6);
        for _ in 0..2 {
            let error = stock.adjust(&morning, asked.clone()).await;
            assert_eq!(
                reason(&error.expect_err("two had expired")),
                "takes_expired"
            );
        }
        let there = level(&db, &morning, store, product).await;
        assert_eq!((there.on_hand, there.expired), (on_hand, expired));
        // More than there is of any age is what it was before.
        let error = stock
            .adjust(&morning, correction(store, product, -20))
            .await;
        assert_eq!(reason(&error.expect_err("nineteen")), "exceeds_on_hand");

        // Of what is good, and none of the old.
        let good = correction(store, product, -4);
        let first = stock.adjust(&morning, good.clone()).await.expect("booked");
        let again = stock.adjust(&morning, good).await.expect("once");
        assert_eq!(first, again);
        let there = level(&db, &morning, store, product).await;
        assert_eq!((there.on_hand, there.expired), (15, 15));

        // Yesterday ten of them were still good; today only a bin can take them.
        let late = AdjustStock {
            at: today().and_hms_opt(12, 0, 0),
            ..correction(store, product, -10)
        };
        let late = stock.adjust(&later(&analyst, DAY + 5), late).await;
        assert_eq!(late.expect("they were good then").on_hand, 5);
        let error = stock
            .adjust(&later(&analyst, DAY + 6), correction(store, product, -1))
            .await;
        assert_eq!(reason(&error.expect_err("expired")), "takes_expired");
        // A count says what is there, and waste takes the rest.
        stock
            .count(&later(&analyst, DAY + 7), count_of(store, product, 3))
            .await
            .expect("counted");
        let bin = stock
            .remove(&later(&analyst, DAY + 8), take(store, product, 3))
            .await;
        assert_eq!(bin.expect("thrown away").on_hand, 0);
        books_are_sound(&db, &org).await;
    })
    .await;
}
