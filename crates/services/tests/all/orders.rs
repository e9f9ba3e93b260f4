//! Production orders.

use crate::scene::{
    alert_stands, bakery, baking, books_are_sound, break_receipts, complete, later, mend_receipts,
    new_order, on_hand, reason, stranger,
};
use chrono::Days;
use contract::orders::{CancelOrder, EditOrder, ListOrders, ReadBoard, RecallOrder, StartOrder};
use contract::stock::{AdjustStock, ReadLedger};
use domain::{AlertKind, MovementKind, OrderStatus, RoleKey, StockReason};
use services::ServiceError;
use testkit::{on_both, today};
use uuid::Uuid;

fn start(order_id: Uuid) -> StartOrder {
    StartOrder {
        command_id: Uuid::now_v7(),
        order_id,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_raises_the_shelf_by_what_was_produced() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[1], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        assert_eq!(order.status, OrderStatus::InProgress);
        let done = orders
            .complete(&kitchen, complete(order.id, 80, 4))
            .await
            .expect("completed");
        assert_eq!(
            (done.status, done.produced_quantity, done.lost_quantity),
            (OrderStatus::Completed, Some(80), Some(4))
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 80);

        let detail = orders.get(&kitchen, order.id).await.expect("detail");
        assert_eq!(detail.on_hand, 80);
        assert_eq!(detail.best_before, Some(today()));
        let actions: Vec<&str> = detail.history.iter().map(|h| h.action.as_str()).collect();
        assert_eq!(
            actions,
            ["orders.create", "orders.start", "orders.complete"]
        );
        let last = detail.history.last().expect("history");
        assert_eq!(last.actor_name, "Persona production");
        assert!(last.changes.iter().any(|c| c.field == "produced_quantity"
            && c.before.is_none()
            && c.after.as_deref() == Some("80")));

        let asked = |store_id| ReadBoard {
            date: today(),
            store_id,
        };
        let board = orders.board(&kitchen, asked(None)).await.expect("a board");
        assert_eq!((board.totals[0].produced, board.totals[0].lost), (80, 4));
        let shop = detail.order.store_id;
        let one = orders.board(&kitchen, asked(Some(shop))).await;
        assert_eq!(one.expect("the shop's board").orders.len(), 1);
        let nowhere = orders
            .board(&kitchen, asked(Some(uuid::Uuid::now_v7())))
            .await;
        assert!(nowhere.expect("an empty board").orders.is_empty());
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn completing_from_two_devices_at_once_raises_stock_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let order = baking(&db, &kitchen, store, product, 50).await;
        let attempts = (0..6).map(|_| {
            let (services, kitchen, command) = (
                db.services().clone(),
                kitchen.clone(),
                complete(order.id, 50, 0),
            );
            tokio::spawn(async move {
                services
                    .production_orders()
                    .complete(&kitchen, command)
                    .await
            })
        });
        let mut won = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.expect("no panic") {
                Ok(_) => won += 1,
                Err(error) => assert_eq!(reason(&error), "order.moved_on", "{error}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(on_hand(&db, &org, store, product).await, 50);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_twice_has_one_effect_and_one_answer() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let create = new_order(store, product, 24);
        let first = orders
            .create(&kitchen, create.clone())
            .await
            .expect("created");
        assert_eq!(
            orders
                .create(&later(&kitchen, 3), create.clone())
                .await
                .expect("again"),
            first
        );
        let begin = start(first.id);
        let started = orders
            .start(&kitchen, begin.clone())
            .await
            .expect("started");
        assert_eq!(orders.start(&kitchen, begin).await.expect("again"), started);
        let command = complete(first.id, 24, 0);
        let attempts = (0..4).map(|_| {
            let (services, kitchen, command) =
                (db.services().clone(), kitchen.clone(), command.clone());
            tokio::spawn(async move {
                services
                    .production_orders()
                    .complete(&kitchen, command)
                    .await
            })
        });
        let mut answers = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            answers.push(attempt.await.expect("no panic").expect("the one answer"));
        }
        assert!(answers.iter().all(|a| *a == answers[0]));
        assert_eq!(on_hand(&db, &org, store, product).await, 24);

        let mut other = create;
        other.planned_quantity = 25;
        assert_eq!(
            reason(
                &orders
                    .create(&kitchen, other)
                    .await
                    .expect_err("another command")
            ),
            "command.reused"
        );
        let all = orders
            .list(&kitchen, ListOrders::default())
            .await
            .expect("a list");
        assert_eq!(all.items.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_edit_is_a_conflict_that_names_who_changed_what() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = orders
            .create(&kitchen, new_order(org.stores[0], org.products[0], 40))
            .await
            .expect("created");
        let edit = |version: i32, quantity: i64| EditOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            version,
            production_date: order.production_date,
            planned_quantity: quantity,
            note: None,
        };
        let edited = orders.edit(&kitchen, edit(1, 48)).await.expect("edited");
        assert_eq!((edited.planned_quantity, edited.version), (48, 2));
        let conflict = orders.edit(&kitchen, edit(1, 60)).await.expect_err("stale");
        assert_eq!(reason(&conflict), "order.stale");
        let told = conflict.to_string();
        assert!(
            told.contains("Persona production") && told.contains("planned quantity from 40 to 48"),
            "{told}"
        );
        orders
            .start(&kitchen, start(order.id))
            .await
            .expect("started");
        let late = orders
            .edit(&kitchen, edit(3, 60))
            .await
            .expect_err("already in the oven");
        assert_eq!(reason(&late), "order.moved_on");
        assert!(late.to_string().contains("in progress"), "{late}");
        assert_eq!(
            orders
                .get(&kitchen, order.id)
                .await
                .expect("detail")
                .order
                .planned_quantity,
            48
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_completion_is_recalled_by_a_reversal_and_baked_again() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        orders
            .complete(&kitchen, complete(order.id, 84, 0))
            .await
            .expect("completed");
        let recall = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            completion: None,
        };
        let back = orders
            .recall(&later(&kitchen, 5), recall.clone())
            .await
            .expect("recalled");
        assert_eq!(
            (back.status, back.produced_quantity),
            (OrderStatus::InProgress, None)
        );
        assert_eq!(
            orders
                .recall(&later(&kitchen, 6), recall)
                .await
                .expect("again"),
            back
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 0);
        assert_eq!(
            orders
                .get(&kitchen, order.id)
                .await
                .expect("detail")
                .best_before,
            None
        );

        orders
            .complete(&later(&kitchen, 7), complete(order.id, 80, 4))
            .await
            .expect("completed again");
        let ledger = db
            .services()
            .stock()
            .ledger(
                &analyst,
                ReadLedger {
                    store_id: store,
                    product_id: product,
                    after: None,
                    limit: None,
                },
            )
            .await
            .expect("a ledger");
        let facts: Vec<(MovementKind, i64, i64)> = ledger
            .movements
            .items
            .iter()
            .map(|m| (m.kind, m.quantity, m.balance))
            .collect();
        assert_eq!(
            facts,
            [
                (MovementKind::Production, 80, 80),
                (MovementKind::Reversal, -84, 0),
                (MovementKind::Production, 84, 84)
            ],
        );

        let late = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            completion: None,
        };
        assert_eq!(
            reason(
                &orders
                    .recall(&later(&kitchen, 23), late)
                    .await
                    .expect_err("too late")
            ),
            "order.recall_over"
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recalling_what_is_already_gone_leaves_less_than_nothing_and_an_alert() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 30).await;
        orders
            .complete(&kitchen, complete(order.id, 30, 0))
            .await
            .expect("completed");
        let gone = AdjustStock {
            command_id: Uuid::now_v7(),
            store_id: store,
            product_id: product,
            change: -12,
            reason: StockReason::Theft,
            note: None,
            at: None,
        };
        db.services()
            .stock()
            .adjust(&analyst, gone)
            .await
            .expect("adjusted");
        orders
            .recall(
                &kitchen,
                RecallOrder {
                    command_id: Uuid::now_v7(),
                    order_id: order.id,
                    completion: None,
                },
            )
            .await
            .expect("recalled");
        assert_eq!(on_hand(&db, &org, store, product).await, -12);
        assert!(alert_stands(&db, AlertKind::NegativeStock, store, product).await);
        orders
            .complete(&kitchen, complete(order.id, 30, 0))
            .await
            .expect("completed");
        assert!(!alert_stands(&db, AlertKind::NegativeStock, store, product).await);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_that_fails_at_the_last_step_changes_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        let before = orders.get(&kitchen, order.id).await.expect("detail");
        break_receipts(&db).await;
        let command = complete(order.id, 84, 0);
        let failed = orders
            .complete(&kitchen, command.clone())
            .await
            .expect_err("no receipt");
        assert!(matches!(failed, ServiceError::Database(_)), "{failed:?}");
        assert_eq!(
            orders.get(&kitchen, order.id).await.expect("detail"),
            before
        );
        assert_eq!(on_hand(&db, &org, store, product).await, 0);
        books_are_sound(&db, &org).await;
        mend_receipts(&db).await;
        orders.complete(&kitchen, command).await.expect("completed");
        assert_eq!(on_hand(&db, &org, store, product).await, 84);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_needs_a_reason_and_is_final() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, org.stores[0], org.products[0], 12).await;
        let cancel = |reason: &str| CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            reason: reason.into(),
        };
        assert_eq!(
            reason(
                &orders
                    .cancel(&kitchen, cancel("  "))
                    .await
                    .expect_err("no reason")
            ),
            "required"
        );
        let cancelled = orders
            .cancel(&kitchen, cancel(" El horno no calienta "))
            .await
            .expect("cancelled");
        assert_eq!(
            cancelled.cancel_reason.as_deref(),
            Some("El horno no calienta")
        );
        for error in [
            orders
                .cancel(&kitchen, cancel("again"))
                .await
                .expect_err("final"),
            orders
                .start(&kitchen, start(order.id))
                .await
                .expect_err("final"),
            orders
                .complete(&kitchen, complete(order.id, 1, 0))
                .await
                .expect_err("final"),
        ] {
            assert_eq!(reason(&error), "order.moved_on");
        }
        let pending = orders
            .create(&kitchen, new_order(org.stores[0], org.products[0], 12))
            .await
            .expect("created");
        let early = orders
            .complete(&kitchen, complete(pending.id, 12, 0))
            .await
            .expect_err("never started");
        assert_eq!(reason(&early), "order.moved_on");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_people_of_other_stores_find_nothing() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let foreign = other.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let here = orders
            .create(&kitchen, new_order(org.stores[0], org.products[0], 12))
            .await
            .expect("created");
        let there = orders
            .create(&kitchen, new_order(org.stores[1], org.products[0], 12))
            .await
            .expect("created");

        assert_eq!(
            reason(&orders.get(&foreign, here.id).await.expect_err("foreign")),
            "not_found"
        );
        assert_eq!(
            reason(
                &orders
                    .start(&foreign, start(here.id))
                    .await
                    .expect_err("foreign")
            ),
            "not_found"
        );
        let smuggled = new_order(org.stores[0], org.products[0], 12);
        assert_eq!(
            reason(
                &orders
                    .create(&foreign, smuggled)
                    .await
                    .expect_err("foreign")
            ),
            "not_found"
        );
        let mixed = new_order(other.stores[0], org.products[0], 12);
        assert_eq!(
            reason(&orders.create(&foreign, mixed).await.expect_err("foreign")),
            "not_found"
        );
        assert!(
            orders
                .list(&foreign, ListOrders::default())
                .await
                .expect("a list")
                .items
                .is_empty()
        );

        assert_eq!(
            reason(
                &orders
                    .get(&manager, there.id)
                    .await
                    .expect_err("out of scope")
            ),
            "not_found"
        );
        let seen = orders
            .list(&manager, ListOrders::default())
            .await
            .expect("a list");
        assert_eq!(
            seen.items.iter().map(|o| o.id).collect::<Vec<_>>(),
            [here.id]
        );
        let asked = ListOrders {
            store_id: Some(org.stores[1]),
            ..ListOrders::default()
        };
        assert_eq!(
            reason(
                &orders
                    .list(&manager, asked)
                    .await
                    .expect_err("out of scope")
            ),
            "not_found"
        );
        assert_eq!(
            reason(
                &orders
                    .start(&manager, start(here.id))
                    .await
                    .expect_err("not their job")
            ),
            "forbidden"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_filters_and_turns_pages_without_gaps() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        for n in 0..7_u64 {
            let mut command = new_order(
                org.stores[(n % 2) as usize],
                org.products[(n % 3) as usize],
                10,
            );
            command.production_date = today() + Days::new(n / 2);
            let order = orders.create(&kitchen, command).await.expect("created");
            if n % 2 == 0 {
                orders
                    .start(&kitchen, start(order.id))
                    .await
                    .expect("started");
            }
        }
        let mut wanted = ListOrders {
            limit: Some(3),
            ..ListOrders::default()
        };
        let mut numbers = Vec::new();
        loop {
            let page = orders.list(&kitchen, wanted.clone()).await.expect("a page");
            numbers.extend(page.items.iter().map(|o| o.number));
            wanted.after = page.next;
            if wanted.after.is_none() {
                break;
            }
        }
        assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);

        let started = ListOrders {
            statuses: vec![OrderStatus::InProgress],
            ..ListOrders::default()
        };
        assert_eq!(
            orders
                .list(&kitchen, started)
                .await
                .expect("a list")
                .items
                .len(),
            4
        );
        let narrow = ListOrders {
            store_id: Some(org.stores[0]),
            product_id: Some(org.products[0]),
            from: Some(today() + Days::new(1)),
            until: Some(today() + Days::new(3)),
            ..ListOrders::default()
        };
        assert_eq!(
            orders
                .list(&kitchen, narrow)
                .await
                .expect("a list")
                .items
                .iter()
                .map(|o| o.number)
                .collect::<Vec<_>>(),
            [7]
        );
        let torn = ListOrders {
            after: Some("yesterday".into()),
            ..ListOrders::default()
        };
        assert_eq!(
            reason(
                &orders
                    .list(&kitchen, torn)
                    .await
                    .expect_err("no such place")
            ),
            "unreadable"
        );
    })
    .await;
}
