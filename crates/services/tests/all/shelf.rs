//! What lies on a shelf told apart: reserved, available, on the road; what it will leave unsold; what happened to it earlier; what lay on
//! it first.

use crate::bread::{bread, deliver};
use crate::rows::{self, day};
use crate::scene::{
    bakery, baking, books_are_sound, complete, count_of, forecast, later, on_hand, reason, stranger,
};
use crate::today::counted;
use chrono::{NaiveDateTime, TimeDelta};
use contract::stock::{
    AdjustStock, CountedProduct, LedgerView, LevelView, OpeningSheet, PostCount, PostOpening,
    ProjectedWaste, ReadLedger, RemoveStock, ReverseMovement,
};
use contract::transfers::{CancelTransfer, CreateTransfer, SendTransfer, TransferQuantity};
use domain::{MovementKind, RoleKey, StockReason};
use entity::product;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use std::sync::atomic::Ordering;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

async fn bake(db: &TestDb, org: &Org, minutes: i64, store: Uuid, product: Uuid, quantity: i64) {
    let kitchen = later(&org.ctx(RoleKey::Production).await, minutes);
    let order = baking(db, &kitchen, store, product, quantity).await;
    let orders = db.services().production_orders();
    orders
        .complete(&kitchen, complete(order.id, quantity, 0))
        .await
        .expect("baked");
}

async fn level(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> LevelView {
    let levels = db.services().stock().levels(ctx, store).await;
    let levels = levels.expect("levels").levels;
    let found = levels.into_iter().find(|l| l.product_id == product);
    found.expect("the shelf")
}

async fn ledger(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> LedgerView {
    let wanted = ReadLedger {
        store_id: store,
        product_id: product,
        after: None,
        limit: None,
    };
    let ledger = db.services().stock().ledger(ctx, wanted).await;
    ledger.expect("a ledger")
}

/// On hand, reserved, available, on the road, as the list says; the ledger says the same.
async fn told(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> (i64, i64, i64, i64) {
    let (list, one) = (
        level(db, ctx, store, product).await,
        ledger(db, ctx, store, product).await,
    );
    let list = (list.on_hand, list.reserved, list.available, list.in_transit);
    assert_eq!(
        list,
        (one.on_hand, one.reserved, one.available, one.in_transit)
    );
    list
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_asked_for_is_reserved_until_it_is_sent_or_called_off() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (own, other, product) = (org.stores[0], org.stores[1], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let transfers = db.services().transfers();
        bake(&db, &org, 0, other, product, 10).await;
        assert_eq!(told(&db, &analyst, other, product).await, (10, 0, 10, 0));

        let ask = |quantity: i64| CreateTransfer {
            command_id: Uuid::now_v7(),
            from_store_id: other,
            to_store_id: own,
            lines: vec![TransferQuantity {
                product_id: product,
                quantity,
            }],
            send_now: false,
            note: None,
        };
        let first = transfers.create(&manager, ask(4)).await.expect("asked");
        let second = transfers.create(&manager, ask(9)).await.expect("asked");
        // More is promised than is there, and that can be seen.
        assert_eq!(told(&db, &analyst, other, product).await, (10, 13, -3, 0));
        assert_eq!(told(&db, &analyst, own, product).await, (0, 0, 0, 0));

        let cancel = CancelTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: second.id,
            reason: "nobody came".into(),
        };
        transfers
            .cancel(&manager, cancel)
            .await
            .expect("called off");
        assert_eq!(told(&db, &analyst, other, product).await, (10, 4, 6, 0));
        let send = SendTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: first.id,
            lines: vec![TransferQuantity {
                product_id: product,
                quantity: 4,
            }],
        };
        transfers
            .send(&later(&kitchen, 1), send)
            .await
            .expect("sent");
        let soon = later(&analyst, 2);
        assert_eq!(told(&db, &soon, other, product).await, (6, 0, 6, 0));
        assert_eq!(told(&db, &soon, own, product).await, (0, 0, 0, 4));

        // What expired is there, and for nobody.
        let tomorrow = later(&analyst, DAY);
        assert_eq!(told(&db, &tomorrow, other, product).await, (6, 0, 0, 0));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ingredients_of_a_batch_in_the_oven_are_reserved() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, flour) = (org.stores[0], bread.flour.id);
        deliver(&db, &kitchen, store, flour, 25_000).await;
        assert_eq!(
            told(&db, &kitchen, store, flour).await,
            (25_000, 0, 25_000, 0)
        );
        let order = baking(&db, &kitchen, store, org.products[0], 90).await;
        assert_eq!(
            told(&db, &kitchen, store, flour).await,
            (25_000, 15_625, 9_375, 0)
        );
        let orders = db.services().production_orders();
        orders
            .complete(&kitchen, complete(order.id, 90, 0))
            .await
            .expect("baked");
        let (there, reserved, available, _) = told(&db, &kitchen, store, flour).await;
        assert_eq!((reserved, available), (0, there));
    })
    .await;
}

async fn projected(db: &TestDb, ctx: &Ctx, store: Uuid) -> ProjectedWaste {
    let waste = db.services().stock().projected_waste(ctx, store).await;
    waste.expect("a projection")
}

/// Product, quantity there, expected to be left with its range, money.
fn lines(waste: &ProjectedWaste) -> Vec<(Uuid, i64, (i64, i64, i64), i64)> {
    let lots = waste.lots.iter();
    lots.map(|lot| {
        let left = (lot.left_low, lot.left, lot.left_high);
        (lot.product_id, lot.on_hand, left, lot.cost_minor)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_be_sold_in_time_is_listed_by_money() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let store = org.stores[0];
        let [much, enough, unknown] = org.products[..] else {
            panic!("three products");
        };
        for (product, quantity) in [(much, 50), (enough, 10), (unknown, 5)] {
            bake(&db, &org, 0, store, product, quantity).await;
        }
        let analyst = org.ctx(RoleKey::Analyst).await;
        // Nothing is known of tomorrow: nothing is said of it.
        let blind = projected(&db, &analyst, store).await;
        assert_eq!((blind.issued_on, blind.unjudged), (None, 3));
        assert!(blind.lots.is_empty());

        // Twenty a day for certain, of 80 cents.
        forecast(&db, &org, &[(store, much), (store, enough)], 20.0, 0.0).await;
        let waste = projected(&db, &analyst, store).await;
        assert_eq!(lines(&waste), [(much, 50, (30, 30, 30), 2_400)]);
        assert_eq!((waste.unjudged, waste.cost_minor), (1, 2_400));
        let lot = &waste.lots[0];
        assert_eq!((lot.best_before, lot.is_expired), (today(), false));
        assert!(lot.order_number.is_some());

        // In the evening, with tickets, little of the day is left to sell in.
        rows::sold(&db, &org, store, much, today(), 18, false).await;
        let evening = projected(&db, &later(&analyst, 12 * 60), store).await;
        let late = evening.lots.iter().find(|lot| lot.product_id == much);
        let late = late.expect("the bread").left;
        assert!((47..=49).contains(&late), "{late}");

        // The day after all of it is lost for certain, whatever the forecast says.
        let tomorrow = projected(&db, &later(&analyst, DAY), store).await;
        assert_eq!(
            lines(&tomorrow),
            [
                (much, 50, (50, 50, 50), 4_000),
                (enough, 10, (10, 10, 10), 800),
                (unknown, 5, (5, 5, 5), 400)
            ]
        );
        assert!(tomorrow.lots.iter().all(|lot| lot.is_expired));
        assert_eq!((tomorrow.unjudged, tomorrow.cost_minor), (0, 5_200));

        let other = stranger(&db).await.ctx(RoleKey::Analyst).await;
        let error = db.services().stock().projected_waste(&other, store).await;
        assert_eq!(reason(&error.expect_err("foreign")), "not_found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_first_to_expire_is_sold_first_and_doubt_has_a_range() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        product::Entity::update_many()
            .col_expr(product::Column::ShelfLifeDays, Expr::value(3))
            .filter(product::Column::Id.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a longer life");
        bake(&db, &org, 0, store, product, 30).await;
        bake(&db, &org, DAY, store, product, 30).await;
        let analyst = later(&org.ctx(RoleKey::Analyst).await, DAY);
        forecast(&db, &org, &[(store, product)], 12.0, 0.0).await;
        // 24 of the first batch are sold in its two days, 12 of the second in the day that it has to itself.
        let waste = projected(&db, &analyst, store).await;
        let left: Vec<i64> = waste.lots.iter().map(|lot| lot.left).collect();
        assert_eq!(left, [18, 6]);

        forecast(&db, &org, &[(store, product)], 12.0, 4.0).await;
        let waste = projected(&db, &analyst, store).await;
        for lot in &waste.lots {
            assert!(lot.left_low < lot.left_high, "{lot:?}");
            assert!(
                (lot.left_low..=lot.left_high).contains(&lot.left),
                "{lot:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_shelves_ask_the_database_as_often_for_forty_products_as_for_one() {
    on_both(async |db| {
        let mut counts = Vec::new();
        for (slug, products) in [("pequeno", 1), ("grande", 40)] {
            let spec = OrgSpec {
                slug: slug.into(),
                products,
                ..OrgSpec::default()
            };
            let org = org_with(&db, spec).await;
            let store = org.stores[0];
            rows::issue(&db, &org, store, day(3, 9), (80.0, 100.0, 120.0)).await;
            for product in &org.products {
                rows::on_hand(&db, &org, store, *product, 130).await;
            }
            let ctx = org.ctx(RoleKey::StoreManager).await;
            let (services, asked) = counted(&db).await;
            let waste = services.stock().projected_waste(&ctx, store).await;
            assert_eq!(waste.expect("a projection").lots.len(), products);
            let of_waste = asked.swap(0, Ordering::SeqCst);
            services.stock().levels(&ctx, store).await.expect("levels");
            counts.push((of_waste, asked.swap(0, Ordering::SeqCst)));
        }
        assert_eq!(counts[0], counts[1]);
        assert!((1..=12).contains(&counts[0].0), "{counts:?}");
        assert!((1..=16).contains(&counts[0].1), "{counts:?}");
    })
    .await;
}

fn waste_at(store_id: Uuid, product_id: Uuid, quantity: i64, at: NaiveDateTime) -> RemoveStock {
    RemoveStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        kind: MovementKind::Waste,
        quantity,
        reason: StockReason::NotSold,
        note: None,
        at: Some(at),
        pressed_at: None,
    }
}

/// So many minutes before the moment of `ctx`, on a clock in Madrid in winter.
fn ago(ctx: &Ctx, minutes: i64) -> NaiveDateTime {
    (ctx.now + TimeDelta::hours(1) - TimeDelta::minutes(minutes)).naive_utc()
}

#[tokio::test(flavor = "multi_thread")]
async fn waste_of_yesterday_stands_where_it_happened_and_leaves_a_later_count_alone() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");

        // Two hours later: four went an hour ago.
        let two = later(&manager, 120);
        let command = waste_at(store, product, 4, ago(&two, 60));
        let change = stock.remove(&two, command.clone()).await.expect("booked");
        assert_eq!(change.on_hand, 6);
        let again = stock.remove(&later(&two, 1), command.clone()).await;
        assert_eq!(again.expect("the same answer"), change);
        let moved = RemoveStock {
            at: Some(ago(&two, 30)),
            ..command
        };
        let error = stock.remove(&two, moved).await.expect_err("another");
        assert_eq!(reason(&error), "command.reused");
        let fact = &ledger(&db, &analyst, store, product).await.movements.items[0];
        assert_eq!(fact.kind, MovementKind::Waste);
        assert_eq!(fact.occurred_at, manager.now + TimeDelta::minutes(60));
        assert_eq!(fact.recorded_at, two.now);

        // A count takes place; what went before it does not change what was counted.
        let three = later(&manager, 180);
        stock
            .count(&three, count_of(store, product, 2))
            .await
            .expect("counted");
        let four = later(&manager, 240);
        let before_count = stock
            .remove(&four, waste_at(store, product, 5, ago(&four, 90)))
            .await
            .expect("there were six then");
        assert_eq!(before_count.on_hand, 2);
        // One was left then: what is taken away late must have been there.
        let error = stock
            .remove(&four, waste_at(store, product, 2, ago(&four, 80)))
            .await
            .expect_err("only one");
        assert_eq!(reason(&error), "exceeds_on_hand");
        // Nobody counted since: what is there now must suffice too.
        let error = stock
            .remove(&four, waste_at(store, product, 3, ago(&four, 10)))
            .await
            .expect_err("only two");
        assert_eq!(reason(&error), "exceeds_on_hand");

        // Taken back, it was never gone, and the count still stands.
        let back = ReverseMovement {
            command_id: Uuid::now_v7(),
            movement_id: before_count.movement_id,
            note: None,
        };
        stock.reverse(&later(&four, 1), back).await.expect("back");
        assert_eq!(on_hand(&db, &org, store, product).await, 2);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_or_counted_since_was_not_thrown_away_before() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");
        // Eight go an hour later, and twenty are baked after that.
        let one = later(&manager, 60);
        let gone = RemoveStock {
            at: None,
            ..waste_at(store, product, 8, ago(&one, 0))
        };
        stock.remove(&one, gone).await.expect("ten were there");
        bake(&db, &org, 120, store, product, 20).await;
        let three = later(&manager, 180);
        let error = stock
            .remove(&three, waste_at(store, product, 3, ago(&three, 150)))
            .await
            .expect_err("two were left in between");
        assert_eq!(reason(&error), "exceeds_on_hand");
        let change = stock
            .remove(&three, waste_at(store, product, 2, ago(&three, 150)))
            .await
            .expect("two were never touched");
        assert_eq!(change.on_hand, 20);
        // A count stands, and what lay there before it still has to have been possible.
        stock
            .count(&three, count_of(store, product, 50))
            .await
            .expect("counted");
        let four = later(&manager, 240);
        let error = stock
            .remove(&four, waste_at(store, product, 1, ago(&four, 200)))
            .await
            .expect_err("nothing was left in between");
        assert_eq!(reason(&error), "exceeds_on_hand");
        let change = stock
            .remove(&four, waste_at(store, product, 20, ago(&four, 90)))
            .await
            .expect("twenty were there until the count");
        assert_eq!(change.on_hand, 50);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waste_that_a_device_sends_late_is_not_taken_from_what_was_counted_since() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");
        let pressed = |ctx: &Ctx, minutes: i64, quantity: i64| RemoveStock {
            at: None,
            pressed_at: Some(ctx.now + TimeDelta::minutes(minutes)),
            ..waste_at(store, product, quantity, ago(ctx, 0))
        };
        // Without a network four are thrown away, then six are counted; an hour later both are sent, in order.
        let sent = later(&manager, 120);
        let gone = stock.remove(&sent, pressed(&manager, 50, 4)).await;
        assert_eq!(gone.expect("booked").on_hand, 6);
        let counted = PostCount {
            counted_at: Some(manager.now + TimeDelta::minutes(60)),
            ..count_of(store, product, 6)
        };
        stock.count(&sent, counted).await.expect("counted");
        assert_eq!(on_hand(&db, &org, store, product).await, 6);
        // Nothing more was there when it was counted: what was pressed before takes nothing of it.
        let error = stock
            .remove(&sent, pressed(&manager, 55, 7))
            .await
            .expect_err("six were there");
        assert_eq!(reason(&error), "exceeds_on_hand");
        // What was baked meanwhile was written down later: it counts as of now.
        bake(&db, &org, 150, store, product, 20).await;
        let late = later(&manager, 160);
        let change = stock.remove(&late, pressed(&manager, 140, 9)).await;
        assert_eq!(change.expect("there by now").on_hand, 17);
        // Months in a drawer, or a clock that is ahead: nobody is there to be asked for another moment.
        let early = stock.remove(&late, pressed(&manager, -90 * DAY, 1)).await;
        assert_eq!(
            reason(&early.expect_err("counted since")),
            "exceeds_on_hand"
        );
        let ahead = stock.remove(&late, pressed(&manager, 3 * DAY, 1)).await;
        assert_eq!(ahead.expect("now").on_hand, 16);
        let both = RemoveStock {
            at: Some(ago(&late, 1)),
            ..pressed(&manager, 155, 1)
        };
        let error = stock.remove(&late, both).await.expect_err("which?");
        assert_eq!(reason(&error), "both");
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hour_that_comes_twice_and_the_one_that_never_comes_can_be_named() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let on = |now: &str| Ctx {
            now: now.parse().expect("an instant"),
            ..manager.clone()
        };
        let wall = |local: &str| local.parse::<NaiveDateTime>().expect("a local time");
        // Five minutes past two for the second time: ten minutes to three was a quarter of an hour ago.
        let autumn = on("2026-10-25T01:05:00Z");
        let early = PostCount {
            counted_at: Some(autumn.now - TimeDelta::days(1)),
            ..count_of(store, product, 10)
        };
        stock.count(&autumn, early).await.expect("counted");
        let command = waste_at(store, product, 1, wall("2026-10-25T02:50:00"));
        stock.remove(&autumn, command).await.expect("it has passed");
        let command = waste_at(store, product, 1, wall("2026-10-25T03:20:00"));
        let error = stock.remove(&autumn, command).await.expect_err("not yet");
        assert_eq!(reason(&error), "in_the_future");
        let fact = &ledger(&db, &autumn, store, product).await.movements.items[0];
        assert_eq!(fact.occurred_at, on("2026-10-25T00:50:00Z").now);
        // Half past two never came; it is five past three.
        let spring = on("2027-03-28T01:05:00Z");
        let command = waste_at(store, product, 1, wall("2027-03-28T02:30:00"));
        stock.remove(&spring, command).await.expect("now, then");
        let fact = &ledger(&db, &spring, store, product).await.movements.items[0];
        assert_eq!(fact.occurred_at, spring.now);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_cannot_be_is_refused_and_an_adjustment_may_name_one() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        let early = PostCount {
            counted_at: Some(analyst.now - TimeDelta::days(10)),
            ..count_of(store, product, 10)
        };
        stock.count(&analyst, early).await.expect("counted");
        let week = 7 * DAY;
        for (minutes, expected) in [
            (-30, "in_the_future"),
            (week + 1, "too_long_ago"),
            (40_000 * DAY, "too_long_ago"),
        ] {
            let command = waste_at(store, product, 1, ago(&analyst, minutes));
            let error = stock.remove(&analyst, command).await.expect_err("no");
            assert_eq!(reason(&error), expected, "{minutes}");
        }
        let error = stock
            .remove(&analyst, waste_at(store, product, 1, NaiveDateTime::MAX))
            .await
            .expect_err("the end of time");
        assert_eq!(reason(&error), "in_the_future");
        stock
            .remove(&analyst, waste_at(store, product, 1, ago(&analyst, week)))
            .await
            .expect("just in time");
        let adjust = |change: i64, minutes: i64| AdjustStock {
            command_id: Uuid::now_v7(),
            store_id: store,
            product_id: product,
            change,
            reason: StockReason::Correction,
            note: None,
            at: Some(ago(&analyst, minutes)),
        };
        let change = stock.adjust(&analyst, adjust(3, DAY)).await;
        assert_eq!(change.expect("booked").on_hand, 12);
        let error = stock.adjust(&analyst, adjust(-10, 2 * DAY)).await;
        assert_eq!(
            reason(&error.expect_err("nine were there")),
            "exceeds_on_hand"
        );
        let error = stock.adjust(&analyst, adjust(1, -30)).await;
        assert_eq!(reason(&error.expect_err("not yet")), "in_the_future");
        let last = ledger(&db, &analyst, store, product).await;
        assert_eq!(last.on_hand, 12);
        books_are_sound(&db, &org).await;
    })
    .await;
}

fn opening(store_id: Uuid, lines: &[(Uuid, i64)], at: Option<NaiveDateTime>) -> PostOpening {
    PostOpening {
        command_id: Uuid::now_v7(),
        store_id,
        opened_at: None,
        at,
        lines: lines
            .iter()
            .map(|(product_id, counted)| CountedProduct {
                product_id: *product_id,
                counted: *counted,
            })
            .collect(),
    }
}

fn without_history(sheet: &OpeningSheet) -> Vec<Uuid> {
    let open = sheet.products.iter().filter(|p| !p.has_history);
    let mut open: Vec<Uuid> = open.map(|p| p.product_id).collect();
    open.sort_unstable();
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_first_stock_offers_what_never_moved_here() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, other) = (org.stores[0], org.stores[1]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        // What moved elsewhere is no history here.
        stock
            .count(&analyst, count_of(other, org.products[0], 3))
            .await
            .expect("counted");
        let sheet = stock.opening_sheet(&analyst, store).await.expect("a sheet");
        let mut all = org.products.clone();
        all.sort_unstable();
        assert_eq!(without_history(&sheet), all);

        // As of six in the morning yesterday, on the shop's clock.
        let at = ago(&analyst, DAY + 90);
        let lines = [(org.products[0], 20), (org.products[1], 0)];
        let command = opening(store, &lines, Some(at));
        let opened = stock.open(&analyst, command.clone()).await.expect("opened");
        let again = stock.open(&later(&analyst, 1), command).await;
        assert_eq!(again.expect("the same answer"), opened);
        let view = ledger(&db, &analyst, store, org.products[0]).await;
        assert_eq!((view.on_hand, view.movements.items.len()), (20, 1));
        assert_eq!(
            view.movements.items[0].occurred_at,
            analyst.now - TimeDelta::minutes(DAY + 90)
        );
        let sheet = stock.opening_sheet(&analyst, store).await.expect("a sheet");
        assert_eq!(without_history(&sheet), [org.products[2]]);
        assert_eq!(sheet.products.len(), 3);

        // All of it or nothing.
        let mixed = [(org.products[1], 4), (org.products[2], 4)];
        let error = stock.open(&analyst, opening(store, &mixed, None)).await;
        assert_eq!(reason(&error.expect_err("moved")), "stock.already_open");
        assert_eq!(on_hand(&db, &org, store, org.products[2]).await, 0);
        let mut both = opening(store, &[(org.products[2], 4)], Some(at));
        both.opened_at = Some(analyst.now);
        let error = stock.open(&analyst, both).await.expect_err("which?");
        assert_eq!(reason(&error), "both");
        let ahead = opening(store, &[(org.products[2], 4)], Some(ago(&analyst, -60)));
        let error = stock.open(&analyst, ahead).await.expect_err("not yet");
        assert_eq!(reason(&error), "in_the_future");

        let manager = org.ctx(RoleKey::StoreManager).await;
        let error = stock.opening_sheet(&manager, store).await;
        assert_eq!(reason(&error.expect_err("not theirs")), "forbidden");
        let outsider = stranger(&db).await.ctx(RoleKey::Analyst).await;
        let error = stock.opening_sheet(&outsider, store).await;
        assert_eq!(reason(&error.expect_err("foreign")), "not_found");
        books_are_sound(&db, &org).await;
    })
    .await;
}
