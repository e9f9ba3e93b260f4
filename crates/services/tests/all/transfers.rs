//! Goods between stores: asked for, sent, on the road, received, called back.

use crate::scene::{
    bakery, baking, books_are_sound, break_receipts, complete, count_of, later, mend_receipts,
    on_hand, reason, stranger,
};
use contract::stock::{LevelView, ReadLedger};
use contract::transfers::{
    CancelTransfer, CreateTransfer, ListTransfers, ReceiveTransfer, ReceivedQuantity, SendTransfer,
    TransferQuantity, TransferView,
};
use domain::{MovementKind, RoleKey, StockReason, TransferStatus};
use services::{Ctx, ServiceError};
use testkit::{Org, TestDb, on_both};
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

fn between(from: Uuid, to: Uuid, product: Uuid, quantity: i64, send_now: bool) -> CreateTransfer {
    CreateTransfer {
        command_id: Uuid::now_v7(),
        from_store_id: from,
        to_store_id: to,
        lines: vec![TransferQuantity {
            product_id: product,
            quantity,
        }],
        send_now,
        note: None,
    }
}

fn receipt_of(
    transfer: &TransferView,
    quantity: i64,
    reason: Option<StockReason>,
) -> ReceiveTransfer {
    ReceiveTransfer {
        command_id: Uuid::now_v7(),
        transfer_id: transfer.id,
        lines: vec![ReceivedQuantity {
            product_id: transfer.lines[0].product_id,
            quantity,
            reason,
        }],
    }
}

fn call_back(transfer: &TransferView) -> CancelTransfer {
    CancelTransfer {
        command_id: Uuid::now_v7(),
        transfer_id: transfer.id,
        reason: "the van broke down".into(),
    }
}

async fn level(db: &TestDb, ctx: &Ctx, store: Uuid, product: Uuid) -> LevelView {
    let levels = db.services().stock().levels(ctx, store).await;
    let levels = levels.expect("levels").levels;
    let found = levels.into_iter().find(|l| l.product_id == product);
    found.expect("the shelf")
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_on_the_road_are_at_neither_end_and_arrive_as_old_as_they_left() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (from, to, product) = (org.stores[0], org.stores[1], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let transfers = db.services().transfers();
        bake(&db, &org, 0, from, product, 20).await;

        let command = between(from, to, product, 8, true);
        let sent = transfers
            .create(&kitchen, command.clone())
            .await
            .expect("sent");
        assert_eq!(
            (sent.status, sent.lines[0].sent),
            (TransferStatus::InTransit, Some(8))
        );
        let again = transfers.create(&later(&kitchen, 1), command).await;
        assert_eq!(again.expect("the same answer"), sent);
        assert_eq!(on_hand(&db, &org, from, product).await, 12);
        let there = level(&db, &analyst, to, product).await;
        assert_eq!((there.on_hand, there.in_transit), (0, 8));

        // One arrived broken.
        let wrong = receipt_of(&sent, 7, None);
        let error = transfers
            .receive(&later(&kitchen, 2), wrong)
            .await
            .expect_err("why?");
        assert_eq!(reason(&error), "required");
        let right = receipt_of(&sent, 7, Some(StockReason::Damaged));
        let received = transfers
            .receive(&later(&kitchen, 3), right.clone())
            .await
            .expect("received");
        assert_eq!(received.lines[0].received, Some(7));
        assert_eq!(received.lines[0].reason, Some(StockReason::Damaged));
        let again = transfers.receive(&later(&kitchen, 4), right).await;
        assert_eq!(again.expect("the same answer"), received);
        let there = level(&db, &analyst, to, product).await;
        assert_eq!((there.on_hand, there.in_transit, there.expired), (7, 0, 0));
        // Nothing disappears on the road: what broke is waste, with its reason.
        let wanted = ReadLedger {
            store_id: to,
            product_id: product,
            after: None,
            limit: None,
        };
        let ledger = db
            .services()
            .stock()
            .ledger(&analyst, wanted)
            .await
            .expect("a ledger");
        let facts = ledger
            .movements
            .items
            .iter()
            .map(|m| (m.kind, m.quantity, m.reason));
        let mut facts: Vec<_> = facts.collect();
        facts.sort_by_key(|(_, quantity, _)| *quantity);
        assert_eq!(
            facts,
            [
                (MovementKind::Waste, -1, Some(StockReason::Damaged)),
                (MovementKind::TransferIn, 8, None)
            ]
        );

        // What is a day old there is a day old here, and stays.
        let tomorrow = later(&analyst, DAY);
        assert_eq!(level(&db, &tomorrow, to, product).await.expired, 7);
        let error = transfers
            .create(&later(&kitchen, DAY), between(to, from, product, 1, true))
            .await
            .expect_err("expired");
        assert_eq!(reason(&error), "exceeds_good");
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_sent_arrives_with_a_reason() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (from, to, product) = (org.stores[0], org.stores[1], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let transfers = db.services().transfers();
        bake(&db, &org, 0, from, product, 20).await;
        let sent = transfers
            .create(&kitchen, between(from, to, product, 8, true))
            .await
            .expect("sent");

        // Two more lay in the crate than anybody wrote down.
        let error = transfers
            .receive(&later(&kitchen, 1), receipt_of(&sent, 10, None))
            .await
            .expect_err("why?");
        assert_eq!(reason(&error), "required");
        assert_eq!(on_hand(&db, &org, to, product).await, 0);
        let more = receipt_of(&sent, 10, Some(StockReason::Correction));
        let received = transfers
            .receive(&later(&kitchen, 2), more.clone())
            .await
            .expect("received");
        assert_eq!(received.status, TransferStatus::Received);
        assert_eq!(received.lines[0].received, Some(10));
        assert_eq!(received.lines[0].reason, Some(StockReason::Correction));
        let again = transfers.receive(&later(&kitchen, 3), more).await;
        assert_eq!(again.expect("the same answer"), received);
        let there = level(&db, &analyst, to, product).await;
        assert_eq!((there.on_hand, there.in_transit), (10, 0));
        // The sender's books are not touched: what left it was written down there.
        assert_eq!(on_hand(&db, &org, from, product).await, 12);
        let wanted = ReadLedger {
            store_id: to,
            product_id: product,
            after: None,
            limit: None,
        };
        let ledger = db.services().stock().ledger(&analyst, wanted).await;
        let ledger = ledger.expect("a ledger");
        let facts = ledger.movements.items.iter();
        let mut facts: Vec<_> = facts.map(|m| (m.quantity, m.kind, m.reason)).collect();
        facts.sort_by_key(|(quantity, ..)| *quantity);
        assert_eq!(
            facts,
            [
                (2, MovementKind::Adjustment, Some(StockReason::Correction)),
                (8, MovementKind::TransferIn, None)
            ]
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_asks_and_the_other_sends_what_it_can_spare() {
    on_both(async |db| {
        let org = bakery(&db).await;
        // The manager sees the first store only.
        let (own, other, product) = (org.stores[0], org.stores[1], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let transfers = db.services().transfers();
        bake(&db, &org, 0, other, product, 10).await;

        let error = transfers
            .create(&manager, between(other, own, product, 5, true))
            .await
            .expect_err("not his to send");
        assert_eq!(reason(&error), "not_found");
        let asked = transfers
            .create(&manager, between(other, own, product, 30, false))
            .await
            .expect("asked");
        assert!(!asked.may_send && asked.may_cancel && !asked.may_receive);
        assert_eq!(on_hand(&db, &org, other, product).await, 10);
        let send = |quantity: i64| SendTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: asked.id,
            lines: vec![TransferQuantity {
                product_id: product,
                quantity,
            }],
        };
        let error = transfers
            .send(&manager, send(5))
            .await
            .expect_err("not his to send");
        assert_eq!(reason(&error), "not_found");
        let error = transfers
            .send(&kitchen, send(11))
            .await
            .expect_err("too much");
        assert_eq!(reason(&error), "exceeds_good");
        let ServiceError::Invalid(fields) = &error else {
            panic!("{error}");
        };
        assert_eq!(fields[0].field, format!("lines.{product}"));
        for (quantity, why) in [(0, "quantity_out_of_range"), (-1, "quantity_out_of_range")] {
            let error = transfers
                .send(&kitchen, send(quantity))
                .await
                .expect_err("absurd");
            assert_eq!(reason(&error), why);
        }
        let foreign = SendTransfer {
            lines: vec![TransferQuantity {
                product_id: org.products[1],
                quantity: 1,
            }],
            ..send(1)
        };
        let error = transfers
            .send(&kitchen, foreign)
            .await
            .expect_err("not asked for");
        assert_eq!(reason(&error), "foreign_line");
        let sent = transfers.send(&kitchen, send(6)).await.expect("sent");
        assert_eq!((sent.lines[0].requested, sent.lines[0].sent), (30, Some(6)));

        // On the road only the sender may take it back; received, nobody.
        let error = transfers
            .cancel(&manager, call_back(&sent))
            .await
            .expect_err("not his");
        assert_eq!(reason(&error), "not_found");
        let list = ListTransfers {
            store_id: Some(own),
            open_only: true,
            ..ListTransfers::default()
        };
        let open = transfers.list(&manager, &list).await.expect("a list").items;
        assert!(open.len() == 1 && open[0].may_receive);
        // Everything as sent needs no line.
        let all = ReceiveTransfer {
            lines: vec![],
            ..receipt_of(&sent, 0, None)
        };
        transfers.receive(&manager, all).await.expect("received");
        assert_eq!(on_hand(&db, &org, own, product).await, 6);
        let error = transfers
            .cancel(&kitchen, call_back(&sent))
            .await
            .expect_err("over");
        assert_eq!(reason(&error), "transfer.moved_on");
        assert!(
            transfers
                .list(&manager, &list)
                .await
                .expect("a list")
                .items
                .is_empty()
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_back_is_where_it_was() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (from, to, product) = (org.stores[0], org.stores[1], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let transfers = db.services().transfers();
        bake(&db, &org, 0, from, product, 20).await;
        let sent = transfers
            .create(&kitchen, between(from, to, product, 8, true))
            .await
            .expect("sent");
        let back = transfers
            .cancel(&later(&kitchen, 5), call_back(&sent))
            .await
            .expect("back");
        assert_eq!(back.status, TransferStatus::Cancelled);
        assert_eq!(back.cancel_reason.as_deref(), Some("the van broke down"));
        let analyst = org.ctx(RoleKey::Analyst).await;
        let there = level(&db, &analyst, from, product).await;
        assert_eq!((there.on_hand, there.expired), (20, 0));
        assert_eq!(level(&db, &analyst, to, product).await.in_transit, 0);

        // Who asked and thinks better of it, and does not hear the answer, is told the same again.
        let manager = org.ctx(RoleKey::StoreManager).await;
        let asked = transfers
            .create(&manager, between(to, from, product, 1, false))
            .await
            .expect("asked");
        let drop = call_back(&asked);
        let first = transfers.cancel(&manager, drop.clone()).await;
        let again = transfers.cancel(&manager, drop).await;
        assert_eq!(again.expect("the same"), first.expect("dropped"));

        // A count that did not see what was on the road stays right, and what comes back comes on top.
        let sent = transfers
            .create(&later(&kitchen, 6), between(from, to, product, 6, true))
            .await
            .expect("sent");
        let count = count_of(from, product, 14);
        db.services()
            .stock()
            .count(&later(&analyst, 7), count)
            .await
            .expect("counted");
        transfers
            .cancel(&later(&kitchen, 8), call_back(&sent))
            .await
            .expect("back");
        assert_eq!(on_hand(&db, &org, from, product).await, 20);

        // A transfer whose answer could not be kept never was.
        break_receipts(&db).await;
        let command = between(from, to, product, 3, true);
        transfers
            .create(&later(&kitchen, 9), command.clone())
            .await
            .expect_err("no receipt");
        mend_receipts(&db).await;
        assert_eq!(on_hand(&db, &org, from, product).await, 20);
        let sent = transfers
            .create(&later(&kitchen, 9), command)
            .await
            .expect("sent");
        assert_eq!(
            (sent.number, on_hand(&db, &org, from, product).await),
            (4, 17)
        );

        // Two people receive it at once: it arrives once.
        let attempts: Vec<_> = (0..4)
            .map(|_| {
                let (services, ctx) = (db.services().clone(), later(&kitchen, 19));
                let command = receipt_of(&sent, 3, None);
                tokio::spawn(async move { services.transfers().receive(&ctx, command).await })
            })
            .collect();
        let mut received = 0;
        for attempt in attempts {
            match attempt.await.expect("no panic") {
                Ok(_) => received += 1,
                Err(error) => assert_eq!(reason(&error), "transfer.moved_on", "{error}"),
            }
        }
        assert_eq!((received, on_hand(&db, &org, to, product).await), (1, 3));

        // Nobody else's transfers, and nothing to oneself.
        let stranger = stranger(&db).await.ctx(RoleKey::Production).await;
        let waiting = transfers
            .create(&kitchen, between(from, to, product, 1, false))
            .await
            .expect("asked for");
        let send = SendTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: waiting.id,
            lines: vec![TransferQuantity {
                product_id: product,
                quantity: 1,
            }],
        };
        let create = between(from, to, product, 1, false);
        for answer in [
            transfers.get(&stranger, sent.id).await,
            transfers.create(&stranger, create).await,
            transfers.send(&stranger, send).await,
            transfers
                .receive(&stranger, receipt_of(&sent, 3, None))
                .await,
            transfers.cancel(&stranger, call_back(&waiting)).await,
        ] {
            assert_eq!(reason(&answer.expect_err("foreign")), "not_found");
        }
        let untouched = transfers.get(&kitchen, waiting.id).await.expect("there");
        assert_eq!(untouched, waiting);
        let error = transfers
            .create(&kitchen, between(from, from, product, 1, true))
            .await
            .expect_err("to itself");
        assert_eq!(reason(&error), "same_store");
        books_are_sound(&db, &org).await;
    })
    .await;
}
