//! Orders that come out in parts: each a batch with a lot of its own, taken back one after the other.

use crate::bread::{bread, deliver, stock_of};
use crate::scene::{
    bakery, baking, books_are_sound, complete, count_of, later, on_hand, reason, stranger,
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use contract::dispatch::{ReadDispatch, ReadLabels};
use contract::orders::{BatchView, CancelOrder, CompleteOrder, OrderView, ReadBoard, RecallOrder};
use domain::{LossReason, OrderStatus, RoleKey};
use services::Ctx;
use testkit::{TestDb, now, on_both, today};
use uuid::Uuid;

fn part(order_id: Uuid, produced: i64, lost: i64) -> CompleteOrder {
    CompleteOrder {
        more_follows: true,
        ..complete(order_id, produced, lost)
    }
}

fn recall(order_id: Uuid, completion: Option<Uuid>) -> RecallOrder {
    RecallOrder {
        command_id: Uuid::now_v7(),
        order_id,
        completion,
    }
}

async fn batches(db: &TestDb, ctx: &Ctx, order_id: Uuid) -> Vec<BatchView> {
    let orders = db.services().production_orders();
    orders.get(ctx, order_id).await.expect("detail").batches
}

/// Status, produced and lost so far.
fn state(order: &OrderView) -> (OrderStatus, Option<i64>, Option<i64>) {
    (order.status, order.produced_quantity, order.lost_quantity)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_and_the_rest_raise_the_shelf_by_each_with_a_lot_each() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        let first = part(order.id, 42, 0);
        let answer = orders
            .complete(&kitchen, first.clone())
            .await
            .expect("a part");
        assert_eq!(state(&answer), (OrderStatus::InProgress, Some(42), Some(0)));
        assert_eq!((answer.completed_at, answer.rest()), (None, 42));
        // Sent again after a lost answer.
        let again = orders.complete(&later(&kitchen, 2), first.clone()).await;
        assert_eq!(again.expect("the same answer"), answer);
        assert_eq!(on_hand(&db, &org, store, product).await, 42);

        let board = ReadBoard {
            date: today(),
            store_id: None,
        };
        let board = orders.board(&kitchen, board).await.expect("a board");
        let total = &board.totals[0];
        assert_eq!((total.in_progress, total.produced), (42, 42));
        assert_eq!(board.fresh.len(), 1);
        assert_eq!(board.fresh[0].command_id, Some(first.command_id));
        let list = ReadDispatch {
            date: today(),
            store_id: None,
        };
        let shown = orders.dispatch(&kitchen, list).await.expect("a list");
        assert_eq!(
            (shown.totals[0].expected, shown.totals[0].produced),
            (42, 42)
        );
        assert_eq!(shown.stores[0].batches[0].quantity(), 84);

        let rest = CompleteOrder {
            loss_reason: Some(LossReason::Burnt),
            ..complete(order.id, 38, 4)
        };
        let done = orders.complete(&later(&kitchen, 5), rest).await;
        let done = done.expect("completed");
        assert_eq!(state(&done), (OrderStatus::Completed, Some(80), Some(4)));
        assert_eq!(on_hand(&db, &org, store, product).await, 80);
        let all = batches(&db, &kitchen, order.id).await;
        let told: Vec<_> = all
            .iter()
            .map(|b| (b.part, b.produced_quantity, b.loss_reason))
            .collect();
        assert_eq!(told, [(1, 42, None), (2, 38, Some(LossReason::Burnt))]);
        let sum = |of: fn(&BatchView) -> i64| all.iter().map(of).sum::<i64>();
        assert_eq!(Some(sum(|b| b.produced_quantity)), done.produced_quantity);
        assert_eq!(Some(sum(|b| b.lost_quantity)), done.lost_quantity);
        let wanted = ReadLabels {
            date: None,
            store_id: None,
            order_id: Some(order.id),
        };
        let labels = orders.labels(&kitchen, wanted).await.expect("labels");
        let labels: Vec<_> = labels
            .labels
            .iter()
            .map(|l| (l.lot.number.clone(), l.quantity))
            .collect();
        let number = format!("L260310-{}", order.number);
        assert_eq!(labels, [(number.clone(), 42), (format!("{number}-2"), 38)]);
        let history = orders
            .get(&kitchen, order.id)
            .await
            .expect("detail")
            .history;
        let actions: Vec<&str> = history.iter().map(|h| h.action.as_str()).collect();
        assert_eq!(
            actions,
            [
                "orders.create",
                "orders.start",
                "orders.part",
                "orders.complete"
            ]
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_bring_two_parts_and_one_command_one() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let order = baking(&db, &kitchen, store, product, 60).await;
        let (mine, theirs) = (part(order.id, 10, 0), part(order.id, 12, 0));
        let attempts = [&mine, &theirs, &mine, &theirs, &mine].map(|command| {
            let (services, kitchen, command) =
                (db.services().clone(), kitchen.clone(), command.clone());
            tokio::spawn(async move {
                services
                    .production_orders()
                    .complete(&kitchen, command)
                    .await
            })
        });
        for attempt in attempts {
            attempt.await.expect("no panic").expect("a part");
        }
        let all = batches(&db, &kitchen, order.id).await;
        let parts: Vec<i32> = all.iter().map(|b| b.part).collect();
        assert_eq!(parts, [1, 2]);
        assert_eq!(on_hand(&db, &org, store, product).await, 22);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_part_that_stands_is_taken_back_and_then_the_one_before() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        let (first, second) = (part(order.id, 42, 1), complete(order.id, 41, 0));
        for command in [&first, &second] {
            let booked = orders.complete(&kitchen, command.clone()).await;
            booked.expect("out of the oven");
        }
        // Not the last one.
        let early = recall(order.id, Some(first.command_id));
        let refused = orders.recall(&kitchen, early).await.expect_err("refused");
        assert_eq!(reason(&refused), "order.moved_on");
        let back = recall(order.id, Some(second.command_id));
        let baked = orders.recall(&kitchen, back.clone()).await.expect("back");
        assert_eq!(state(&baked), (OrderStatus::InProgress, Some(42), Some(1)));
        assert_eq!(baked.completed_at, None);
        assert_eq!(orders.recall(&kitchen, back).await.expect("once"), baked);
        // Another tablet takes the same one back: it is gone already, and nothing else goes.
        for completion in [Some(second.command_id), None] {
            let twice = orders.recall(&kitchen, recall(order.id, completion)).await;
            assert_eq!(reason(&twice.expect_err("refused")), "order.moved_on");
        }
        assert_eq!(on_hand(&db, &org, store, product).await, 42);

        let late = recall(order.id, Some(first.command_id));
        let refused = orders.recall(&later(&kitchen, 16), late).await;
        assert_eq!(reason(&refused.expect_err("refused")), "order.recall_over");
        let first = recall(order.id, Some(first.command_id));
        let foreign = stranger(&db).await.ctx(RoleKey::Production).await;
        let refused = orders.recall(&foreign, first.clone()).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        let empty = orders.recall(&later(&kitchen, 5), first).await;
        let empty = empty.expect("back");
        assert_eq!(state(&empty), (OrderStatus::InProgress, None, None));
        assert_eq!(on_hand(&db, &org, store, product).await, 0);
        let all = batches(&db, &kitchen, order.id).await;
        assert!(
            all.iter()
                .all(|b| b.reversed_at.is_some() && b.lot.is_none())
        );
        // The number of a label that was printed is not given again.
        let soon = later(&kitchen, 6);
        let anew = orders.complete(&soon, complete(order.id, 84, 0));
        anew.await.expect("completed");
        let all = batches(&db, &kitchen, order.id).await;
        let lot = all.last().and_then(|b| b.lot.clone()).expect("a lot");
        assert_eq!(lot.number, format!("L260310-{}-3", order.number));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_may_come_but_not_nothing_at_all() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, org.stores[0], org.products[0], 84).await;
        for wrong in [
            complete(order.id, 0, 0),
            part(order.id, 0, 0),
            part(order.id, -1, 2),
            part(order.id, 1, -1),
            part(order.id, i64::MAX, 0),
            part(order.id, 10_000_001, 0),
        ] {
            let refused = orders.complete(&kitchen, wrong).await.expect_err("refused");
            assert_eq!(reason(&refused), "quantity_out_of_range");
        }
        let cancel = || CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            reason: "horno roto".into(),
        };
        let booked = orders.complete(&kitchen, part(order.id, 42, 3)).await;
        booked.expect("a part");
        let refused = orders.cancel(&kitchen, cancel()).await;
        assert_eq!(reason(&refused.expect_err("refused")), "order.partly_baked");
        let too_much = part(order.id, 10_000_000, 0);
        let refused = orders.complete(&kitchen, too_much).await;
        assert_eq!(
            reason(&refused.expect_err("refused")),
            "quantity_out_of_range"
        );
        let done = orders.complete(&kitchen, complete(order.id, 0, 0)).await;
        assert_eq!(
            state(&done.expect("completed")),
            (OrderStatus::Completed, Some(42), Some(3))
        );
        let all = batches(&db, &kitchen, order.id).await;
        let told: Vec<_> = all
            .iter()
            .map(|b| (b.loss_reason, b.lot.is_some()))
            .collect();
        assert_eq!(told, [(Some(LossReason::Unknown), true), (None, false)]);
        // What ended it is taken back without touching a shelf.
        let back = orders.recall(&kitchen, recall(order.id, None)).await;
        assert_eq!(back.expect("back").status, OrderStatus::InProgress);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 42);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_that_missed_a_part_does_not_finish_the_whole_order_once_more() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        let first = part(order.id, 40, 2);
        let booked = orders.complete(&kitchen, first.clone()).await;
        booked.expect("a part");
        let finish = |produced, seen| CompleteOrder {
            baked_before: Some(seen),
            ..complete(order.id, produced, 0)
        };
        let missed = orders.complete(&kitchen, finish(84, 0)).await;
        let missed = missed.expect_err("counts the part once more");
        assert_eq!(reason(&missed), "order.stale");
        assert_eq!(on_hand(&db, &org, store, product).await, 40);
        // A part is one more part, whatever whoever brings it knew.
        let second = CompleteOrder {
            baked_before: Some(0),
            ..part(order.id, 10, 0)
        };
        let booked = orders.complete(&kitchen, second.clone()).await;
        booked.expect("a part");
        // One that was taken back is missed as well.
        let back = recall(order.id, Some(second.command_id));
        orders.recall(&kitchen, back).await.expect("back");
        let missed = orders.complete(&kitchen, finish(32, 52)).await;
        let missed = missed.expect_err("believes a part that went back");
        assert_eq!(reason(&missed), "order.stale");
        let last = finish(42, 42);
        let done = orders.complete(&kitchen, last.clone()).await.expect("done");
        assert_eq!(state(&done), (OrderStatus::Completed, Some(82), Some(2)));
        // Sent again it is the same command, whatever came out since.
        let again = orders.complete(&kitchen, last).await;
        assert_eq!(again.expect("the same answer"), done);
        assert_eq!(on_hand(&db, &org, store, product).await, 82);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_uses_its_share_and_what_is_held_back_becomes_less() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, flour) = (org.stores[0], bread.flour.id);
        deliver(&db, &kitchen, store, flour, 25_000).await;
        let orders = db.services().production_orders();
        let held = async || stock_of(&db, &kitchen, store, flour).await;
        // 90 good ones are 100 altogether: 15,625 g of flour, 156.25 each.
        let order = baking(&db, &kitchen, store, org.products[0], 90).await;
        let (first, second) = (part(order.id, 40, 4), complete(order.id, 44, 0));
        let booked = orders.complete(&kitchen, first.clone()).await;
        booked.expect("a part");
        assert_eq!(held().await, (18_125, 8_750));
        let booked = orders.complete(&kitchen, second.clone()).await;
        booked.expect("completed");
        assert_eq!(held().await, (11_250, 0));
        for (command, left) in [(second, (18_125, 8_750)), (first, (25_000, 15_625))] {
            let back = recall(order.id, Some(command.command_id));
            orders.recall(&kitchen, back).await.expect("back");
            assert_eq!(held().await, left);
        }
        // More than was planned: nothing is held back below zero.
        let booked = orders.complete(&kitchen, part(order.id, 112, 0)).await;
        booked.expect("a part");
        assert_eq!(held().await, (7_500, 0));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_out_before_a_count_does_not_change_what_was_counted() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        let counted = db.services().stock();
        let then = later(&analyst, 30);
        let counted = counted.count(&then, count_of(store, product, 50));
        counted.await.expect("counted");
        // Half past seven in Madrid is half past six here; ten minutes later the bread was out, and on the shelf when it was counted.
        let local = today().and_hms_opt(7, 40, 0).expect("a time");
        let before = CompleteOrder {
            completed_local: Some(local),
            ..part(order.id, 42, 0)
        };
        let hour = later(&kitchen, 60);
        orders
            .complete(&hour, before.clone())
            .await
            .expect("a part");
        assert_eq!(on_hand(&db, &org, store, product).await, 50);
        let batch = batches(&db, &kitchen, order.id).await.remove(0);
        assert_eq!(batch.completed_at, now() + TimeDelta::minutes(10));
        assert_eq!(batch.recorded_at, now() + TimeDelta::minutes(60));
        // It can be taken back for as long as if it had come out when it was written down.
        let back = recall(order.id, Some(before.command_id));
        orders
            .recall(&later(&kitchen, 70), back)
            .await
            .expect("back");
        assert_eq!(on_hand(&db, &org, store, product).await, 50);
        let after = CompleteOrder {
            completed_at: Some(now() + TimeDelta::minutes(45)),
            ..complete(order.id, 84, 0)
        };
        orders.complete(&hour, after).await.expect("completed");
        assert_eq!(on_hand(&db, &org, store, product).await, 134);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_from_the_day_on_which_it_came_out() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, org.stores[0], org.products[0], 84).await;
        let at = |at: DateTime<Utc>| CompleteOrder {
            completed_at: Some(at),
            ..part(order.id, 20, 0)
        };
        for (moment, told) in [
            (now() + TimeDelta::minutes(10), "in_the_future"),
            (now() - TimeDelta::days(8), "too_long_ago"),
        ] {
            let refused = orders.complete(&kitchen, at(moment)).await;
            assert_eq!(reason(&refused.expect_err("refused")), told);
        }
        let never = CompleteOrder {
            completed_local: Some(chrono::NaiveDateTime::MAX),
            ..part(order.id, 20, 0)
        };
        let refused = orders.complete(&kitchen, never).await;
        assert_eq!(reason(&refused.expect_err("refused")), "in_the_future");
        // A clock that runs a little ahead counts as now.
        let ahead = at(now() + TimeDelta::minutes(3));
        orders.complete(&kitchen, ahead).await.expect("a part");
        let yesterday = at(now() - TimeDelta::days(1));
        orders.complete(&kitchen, yesterday).await.expect("a part");
        let all = batches(&db, &kitchen, order.id).await;
        assert_eq!(all[0].completed_at, now());
        let lots: Vec<_> = all.into_iter().filter_map(|b| b.lot).collect();
        assert_eq!(lots[0].produced_on, today());
        assert_eq!(lots[1].produced_on, today() - Days::new(1));
        // It was baked for today, and keeps from today on.
        assert_eq!(lots[1].best_before, today());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pressed_before_midnight_and_sent_after_is_a_lot_of_the_day_before() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let order = baking(&db, &kitchen, store, product, 84).await;
        // Ten to midnight in Madrid, and twenty past.
        let pressed = now() + TimeDelta::minutes(16 * 60 + 20);
        let arrived = later(&kitchen, 16 * 60 + 50);
        let late = CompleteOrder {
            completed_at: Some(pressed),
            ..part(order.id, 42, 0)
        };
        let answer = orders.complete(&arrived, late.clone()).await;
        let answer = answer.expect("a part");
        // The answer was lost.
        let again = orders.complete(&later(&arrived, 1), late.clone()).await;
        assert_eq!(again.expect("the same answer"), answer);
        let at_once = part(order.id, 20, 0);
        let booked = orders.complete(&arrived, at_once.clone()).await;
        booked.expect("a part");
        let all = batches(&db, &kitchen, order.id).await;
        let told: Vec<_> = all
            .iter()
            .map(|b| (b.completed_at, b.recorded_at, b.lot.clone().expect("a lot")))
            .map(|(at, recorded, lot)| (at, recorded, lot.produced_on, lot.best_before))
            .collect();
        let (then, tomorrow) = (arrived.now, today() + Days::new(1));
        assert_eq!(
            told,
            [
                (pressed, then, today(), today()),
                (then, then, tomorrow, tomorrow),
            ]
        );
        let number = all[0].lot.as_ref().map(|lot| lot.number.clone());
        assert_eq!(number, Some(format!("L260310-{}", order.number)));
        // The time to take it back begins when it is written down, however late that is.
        for command in [at_once, late] {
            let back = recall(order.id, Some(command.command_id));
            let back = orders.recall(&later(&arrived, 14), back).await;
            back.expect("back");
        }
        assert_eq!(on_hand(&db, &org, store, product).await, 0);
        books_are_sound(&db, &org).await;
    })
    .await;
}
