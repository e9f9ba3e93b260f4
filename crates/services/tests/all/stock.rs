//! Stock: bookings, counts, the ledger, the check of the books.

use crate::count_sheets::sell;
use crate::scene::{
    alert_stands, bakery, baking, books_are_sound, break_receipts, complete, count_of, later,
    mend_receipts, on_hand, reason, stranger,
};
use chrono::TimeDelta;
use contract::stock::{
    AdjustStock, CountedProduct, PostOpening, ReadLedger, RemoveStock, ReverseMovement,
};
use domain::{AlertKind, MovementKind, RoleKey, StockReason};
use entity::{stock_level, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use services::ServiceError;
use testkit::on_both;
use uuid::Uuid;

fn waste(store_id: Uuid, product_id: Uuid, quantity: i64) -> RemoveStock {
    RemoveStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        kind: MovementKind::Waste,
        quantity,
        reason: StockReason::NotSold,
        note: Some("  cierre ".into()),
        at: None,
        pressed_at: None,
    }
}

fn adjustment(store_id: Uuid, product_id: Uuid, change: i64) -> AdjustStock {
    AdjustStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        change,
        reason: StockReason::Correction,
        note: None,
        at: None,
    }
}

fn undo(movement_id: Uuid) -> ReverseMovement {
    ReverseMovement {
        command_id: Uuid::now_v7(),
        movement_id,
        note: None,
    }
}

fn page(store_id: Uuid, product_id: Uuid, after: Option<String>, limit: u32) -> ReadLedger {
    ReadLedger {
        store_id,
        product_id,
        after,
        limit: Some(limit),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waste_beyond_what_is_there_is_refused_and_changes_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");
        let manager = later(&manager, 1);
        let error = stock
            .remove(&manager, waste(store, product, 11))
            .await
            .expect_err("too much");
        assert_eq!(reason(&error), "exceeds_on_hand");
        assert_eq!(on_hand(&db, &org, store, product).await, 10);
        let command = waste(store, product, 4);
        let change = stock
            .remove(&manager, command.clone())
            .await
            .expect("booked");
        assert_eq!(change.on_hand, 6);
        assert_eq!(
            stock
                .remove(&later(&manager, 1), command)
                .await
                .expect("again"),
            change
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 6);
        for quantity in [0, -3, 1_000_000_001] {
            let error = stock
                .remove(&manager, waste(store, product, quantity))
                .await
                .expect_err("absurd");
            assert_eq!(reason(&error), "quantity_out_of_range");
        }
        let mut odd = waste(store, product, 1);
        odd.kind = MovementKind::Sale;
        assert_eq!(
            reason(
                &stock
                    .remove(&manager, odd)
                    .await
                    .expect_err("not a removal")
            ),
            "not_a_removal"
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_cannot_throw_the_same_bread_away() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        db.services()
            .stock()
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");
        let manager = later(&manager, 1);
        let attempts = (0..5).map(|_| {
            let (services, manager, command) = (
                db.services().clone(),
                manager.clone(),
                waste(store, product, 4),
            );
            tokio::spawn(async move { services.stock().remove(&manager, command).await })
        });
        let mut booked = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.expect("no panic") {
                Ok(_) => booked += 1,
                Err(error) => assert_eq!(reason(&error), "exceeds_on_hand", "{error}"),
            }
        }
        assert_eq!((booked, on_hand(&db, &org, store, product).await), (2, 2));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_booking_is_taken_back_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 10))
            .await
            .expect("counted");
        let wasted = stock
            .remove(&later(&manager, 1), waste(store, product, 4))
            .await
            .expect("booked");
        let back = stock
            .reverse(&later(&manager, 2), undo(wasted.movement_id))
            .await
            .expect("taken back");
        assert_eq!(back.on_hand, 10);
        let twice = stock
            .reverse(&later(&manager, 3), undo(wasted.movement_id))
            .await
            .expect_err("once");
        assert_eq!(reason(&twice), "stock.already_reversed");
        let back_again = stock
            .reverse(&later(&manager, 3), undo(back.movement_id))
            .await
            .expect_err("a reversal stands");
        assert_eq!(reason(&back_again), "forbidden");

        let old = stock
            .remove(&later(&manager, 4), waste(store, product, 1))
            .await
            .expect("booked");
        let tomorrow = later(&manager, 4 + 24 * 60 + 1);
        assert_eq!(
            reason(
                &stock
                    .reverse(&tomorrow, undo(old.movement_id))
                    .await
                    .expect_err("too old")
            ),
            "stock.not_reversible"
        );
        let ledger = stock
            .ledger(&later(&manager, 5), page(store, product, None, 50))
            .await
            .expect("a ledger");
        let flags: Vec<(i64, bool, bool)> = ledger
            .movements
            .items
            .iter()
            .map(|m| (m.quantity, m.is_reversed, m.is_reversible))
            .collect();
        assert!(
            flags.contains(&(-4, true, false)) && flags.contains(&(-1, false, true)),
            "{flags:?}"
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_learned_late_leaves_a_counted_shelf_as_it_was_counted() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        stock
            .count(&analyst, count_of(store, product, 40))
            .await
            .expect("counted");
        let mistake = stock
            .remove(&later(&analyst, 10), waste(store, product, 15))
            .await
            .expect("booked");
        // Somebody looks: there are 38. The waste was a mistake, and is taken back after the count.
        let counted = stock
            .count(&later(&analyst, 20), count_of(store, product, 38))
            .await
            .expect("counted");
        assert_eq!(
            (counted.lines[0].expected, counted.lines[0].difference),
            (25, 13)
        );
        let back = stock
            .reverse(&later(&analyst, 30), undo(mistake.movement_id))
            .await
            .expect("taken back");
        assert_eq!(back.on_hand, 38);
        // What happens after the count moves the shelf.
        assert_eq!(
            stock
                .adjust(&later(&analyst, 40), adjustment(store, product, -3))
                .await
                .expect("booked")
                .on_hand,
            35
        );
        // A count of the morning that is entered in the evening changes the morning, not the evening.
        let mut forgotten = count_of(store, product, 30);
        forgotten.counted_at = Some(analyst.now + TimeDelta::minutes(5));
        let late = stock
            .count(&later(&analyst, 50), forgotten)
            .await
            .expect("counted");
        assert_eq!(
            (
                late.lines[0].expected,
                late.lines[0].difference,
                late.lines[0].on_hand
            ),
            (40, -10, 35)
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 35);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_many_products_is_all_or_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let store = org.stores[0];
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let mut many = count_of(store, org.products[0], 7);
        many.lines.push(CountedProduct {
            product_id: org.products[1],
            counted: 0,
        });
        many.lines.push(CountedProduct {
            product_id: org.products[2],
            counted: 3,
        });
        break_receipts(&db).await;
        let failed = stock
            .count(&manager, many.clone())
            .await
            .expect_err("no receipt");
        assert!(matches!(failed, ServiceError::Database(_)), "{failed:?}");
        assert_eq!(on_hand(&db, &org, store, org.products[0]).await, 0);
        mend_receipts(&db).await;
        let counted = stock.count(&manager, many.clone()).await.expect("counted");
        assert_eq!(counted.lines.len(), 3);
        assert_eq!(
            stock.count(&manager, many.clone()).await.expect("again"),
            counted
        );
        assert_eq!(on_hand(&db, &org, store, org.products[2]).await, 3);

        let refused = |lines: Vec<CountedProduct>| {
            let mut command = count_of(store, org.products[0], 1);
            command.lines = lines;
            stock.count(&manager, command)
        };
        assert_eq!(
            reason(&refused(Vec::new()).await.expect_err("empty")),
            "length"
        );
        let line = CountedProduct {
            product_id: org.products[0],
            counted: 1,
        };
        assert_eq!(
            reason(&refused(vec![line, line]).await.expect_err("double")),
            "duplicate"
        );
        let negative = CountedProduct {
            product_id: org.products[0],
            counted: -1,
        };
        assert_eq!(
            reason(&refused(vec![negative]).await.expect_err("negative")),
            "quantity_out_of_range"
        );
        let unknown = CountedProduct {
            product_id: Uuid::now_v7(),
            counted: 1,
        };
        assert_eq!(
            reason(&refused(vec![unknown]).await.expect_err("unknown")),
            "not_found"
        );
        let mut ahead = count_of(store, org.products[0], 1);
        ahead.counted_at = Some(manager.now + TimeDelta::hours(2));
        assert_eq!(
            reason(&stock.count(&manager, ahead).await.expect_err("ahead")),
            "in_the_future"
        );
        // A tablet whose clock runs a little ahead counts now, so that what is sold next is not taken as counted.
        let mut hasty = count_of(store, org.products[0], 7);
        hasty.counted_at = Some(manager.now + TimeDelta::minutes(4));
        assert_eq!(
            stock
                .count(&manager, hasty)
                .await
                .expect("counted")
                .counted_at,
            manager.now
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_stock_is_written_before_anything_else_only() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        let opening = || PostOpening {
            command_id: Uuid::now_v7(),
            store_id: store,
            opened_at: None,
            at: None,
            lines: vec![CountedProduct {
                product_id: product,
                counted: 20,
            }],
        };
        let first = opening();
        let opened = stock.open(&analyst, first.clone()).await.expect("opened");
        assert_eq!(opened.levels[0].on_hand, 20);
        assert_eq!(stock.open(&analyst, first).await.expect("again"), opened);
        assert_eq!(
            reason(&stock.open(&analyst, opening()).await.expect_err("once")),
            "stock.already_open"
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 20);
        let manager = org.ctx(RoleKey::StoreManager).await;
        assert_eq!(
            reason(
                &stock
                    .open(&manager, opening())
                    .await
                    .expect_err("not theirs")
            ),
            "forbidden"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_and_is_sold_by_now_is_not_taken_back() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        let added = stock.adjust(&analyst, adjustment(store, product, 10));
        let added = added.await.expect("booked").movement_id;
        let evening = later(&analyst, 600);
        sell(&db, &evening, "P001", 4, "2026-03-10T08:00:00").await;
        let refused = stock.reverse(&evening, undo(added)).await;
        assert_eq!(reason(&refused.expect_err("sold")), "exceeds_on_hand");
        assert_eq!(on_hand(&db, &org, store, product).await, 6);
        let page = page(store, product, None, 5);
        let ledger = stock.ledger(&evening, page).await.expect("a page");
        assert_eq!(ledger.movements.items.len(), 2, "nothing was written");
        // Counted since: what is there stays there, whatever is taken back of the time before.
        let counted = stock.count(&evening, count_of(store, product, 6));
        counted.await.expect("counted");
        let back = stock.reverse(&later(&evening, 1), undo(added)).await;
        assert_eq!(back.expect("taken back").on_hand, 6);
        // Enough is there: all of it goes.
        let soon = later(&evening, 2);
        let more = stock.adjust(&soon, adjustment(store, product, 4));
        let more = more.await.expect("booked").movement_id;
        let back = stock.reverse(&later(&evening, 3), undo(more)).await;
        assert_eq!(back.expect("taken back").on_hand, 6);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_turns_pages_with_the_right_running_sum() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        for n in 0..7 {
            stock
                .adjust(&later(&analyst, n), adjustment(store, product, n + 1))
                .await
                .expect("booked");
        }
        let mut after = None;
        let mut balances = Vec::new();
        loop {
            let view = stock
                .ledger(&analyst, page(store, product, after, 3))
                .await
                .expect("a page");
            assert_eq!(view.on_hand, 28);
            balances.extend(view.movements.items.iter().map(|m| (m.quantity, m.balance)));
            after = view.movements.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(
            balances,
            [(7, 28), (6, 21), (5, 15), (4, 10), (3, 6), (2, 3), (1, 1)]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_at_its_reorder_point_has_an_alert_until_it_is_filled() {
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
        let manager = org.ctx(RoleKey::StoreManager).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let stock = db.services().stock();
        stock
            .count(&manager, count_of(store, product, 11))
            .await
            .expect("counted");
        let (manager, kitchen) = (later(&manager, 1), later(&kitchen, 1));
        assert!(!alert_stands(&db, AlertKind::BelowReorderPoint, store, product).await);
        stock
            .remove(&manager, waste(store, product, 1))
            .await
            .expect("booked");
        assert!(alert_stands(&db, AlertKind::BelowReorderPoint, store, product).await);
        let levels = stock.levels(&manager, store).await.expect("levels");
        assert!(
            levels
                .levels
                .iter()
                .any(|l| l.product_id == product && l.is_low && l.reorder_point == Some(10))
        );
        let order = baking(&db, &kitchen, store, product, 12).await;
        db.services()
            .production_orders()
            .complete(&kitchen, complete(order.id, 12, 0))
            .await
            .expect("completed");
        assert!(!alert_stands(&db, AlertKind::BelowReorderPoint, store, product).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_managers_of_other_stores_find_no_shelf() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let (store, product) = (org.stores[1], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let stock = db.services().stock();
        stock
            .count(&analyst, count_of(store, product, 9))
            .await
            .expect("counted");
        let booked = stock
            .remove(&later(&analyst, 1), waste(store, product, 1))
            .await
            .expect("booked");
        for ctx in [
            org.ctx(RoleKey::StoreManager).await,
            other.ctx(RoleKey::Analyst).await,
        ] {
            assert_eq!(
                reason(&stock.levels(&ctx, store).await.expect_err("hidden")),
                "not_found"
            );
            assert_eq!(
                reason(
                    &stock
                        .ledger(&ctx, page(store, product, None, 5))
                        .await
                        .expect_err("hidden")
                ),
                "not_found"
            );
            assert_eq!(
                reason(
                    &stock
                        .remove(&ctx, waste(store, product, 1))
                        .await
                        .expect_err("hidden")
                ),
                "not_found"
            );
            assert_eq!(
                reason(
                    &stock
                        .count(&ctx, count_of(store, product, 1))
                        .await
                        .expect_err("hidden")
                ),
                "not_found"
            );
            assert_eq!(
                reason(
                    &stock
                        .reverse(&ctx, undo(booked.movement_id))
                        .await
                        .expect_err("hidden")
                ),
                "not_found"
            );
        }
        let kitchen = org.ctx(RoleKey::Production).await;
        assert_eq!(
            reason(
                &stock
                    .count(&kitchen, count_of(store, product, 1))
                    .await
                    .expect_err("not theirs")
            ),
            "forbidden"
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 8);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_the_books_finds_a_level_that_lies_and_an_entry_that_was_touched() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        db.services()
            .stock()
            .count(&analyst, count_of(store, product, 9))
            .await
            .expect("counted");
        books_are_sound(&db, &org).await;
        stock_level::Entity::update_many()
            .col_expr(stock_level::Column::OnHand, Expr::value(12_i64))
            .filter(stock_level::Column::StoreId.eq(store))
            .filter(stock_level::Column::ProductId.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a lie");
        let report = db
            .services()
            .books()
            .check(&org.system())
            .await
            .expect("a report");
        assert_eq!(report.differences.len(), 1);
        assert_eq!(
            (report.differences[0].level, report.differences[0].ledger),
            (12, 9)
        );
        assert!(report.audit_broken.is_none() && report.audit_entries > 0);

        let off: &[&str] = if db.is_postgres() {
            &["ALTER TABLE audit_entries DISABLE TRIGGER USER"]
        } else {
            &["DROP TRIGGER audit_entries_refuse_update"]
        };
        for statement in off {
            db.db()
                .connection()
                .execute_unprepared(statement)
                .await
                .expect("the guard is off");
        }
        db.db()
            .connection()
            .execute_unprepared("UPDATE audit_entries SET actor_name = 'Nobody' WHERE sequence = 2")
            .await
            .expect("touched");
        let report = db
            .services()
            .books()
            .check(&org.system())
            .await
            .expect("a report");
        assert_eq!(report.audit_broken.expect("a break").sequence, 2);
        assert_eq!(
            reason(
                &db.services()
                    .books()
                    .check(&analyst)
                    .await
                    .expect_err("not theirs")
            ),
            "forbidden"
        );
    })
    .await;
}
