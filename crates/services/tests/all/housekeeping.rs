//! What has served its time goes, and nothing else.

use crate::scene::{
    bakery, books_are_sound, count_of, later, new_order, on_hand, reason, stranger,
};
use contract::organization::RequestExport;
use contract::stock::{AdjustStock, RemoveStock};
use domain::{MovementKind, RoleKey, StockReason};
use entity::{command_receipt, live_event};
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait, QueryOrder};
use services::Ctx;
use services::housekeeping::Cleared;
use testkit::{TestDb, on_both};
use uuid::{Builder, Uuid};

const DAY: i64 = 24 * 60;

/// Events and receipts that are there.
async fn there(db: &TestDb) -> (u64, u64) {
    let connection = db.db().connection();
    let events = live_event::Entity::find().count(connection).await;
    let receipts = command_receipt::Entity::find().count(connection).await;
    (events.expect("events"), receipts.expect("receipts"))
}

async fn newest(db: &TestDb) -> Option<i64> {
    let row = live_event::Entity::find()
        .order_by_desc(live_event::Column::Id)
        .one(db.db().connection())
        .await;
    row.expect("readable").map(|row| row.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_events_and_receipts_go_and_the_newest_event_stays() {
    on_both(async |db| {
        let org = bakery(&db).await;
        stranger(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let command = new_order(org.stores[0], org.products[0], 12);
        let first = orders.create(&kitchen, command.clone()).await;
        let first = first.expect("an order");
        let (events, receipts) = there(&db).await;
        assert!(events > 1 && receipts > 0);
        let last = newest(&db).await;
        let clear = async |minutes: i64| {
            let now = later(&kitchen, minutes).now;
            db.services().housekeeping().clear(now).await.expect("done")
        };
        assert_eq!(clear(2 * DAY - 5).await, Cleared::default());
        let gone = clear(2 * DAY + 5).await;
        assert_eq!((gone.live_events, gone.command_receipts), (events - 1, 0));
        assert_eq!(newest(&db).await, last);
        // A command of three months ago is known still, and after that no more.
        assert_eq!(clear(90 * DAY - 5).await, Cleared::default());
        let month = later(&kitchen, 60);
        let again = orders.create(&month, command).await.expect("answered");
        assert_eq!(again, first);
        let gone = clear(90 * DAY + 5).await;
        assert_eq!(gone.command_receipts, receipts);
        assert_eq!(there(&db).await, (1, 0));
        assert_eq!(clear(90 * DAY + 5).await, Cleared::default());
    })
    .await;
}

/// The id of a command that was made so many minutes after a moment.
fn made_at(ctx: &Ctx, minutes: i64) -> Uuid {
    let millis = later(ctx, minutes).now.timestamp_millis();
    let millis = u64::try_from(millis).expect("after 1970");
    Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid()
}

#[tokio::test(flavor = "multi_thread")]
async fn waste_that_lay_in_a_drawer_longer_than_receipts_stay_is_not_booked_twice() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let counted = stock.count(&manager, count_of(store, product, 10)).await;
        counted.expect("counted");
        let command = RemoveStock {
            command_id: made_at(&manager, 5),
            store_id: store,
            product_id: product,
            kind: MovementKind::Waste,
            quantity: 3,
            reason: StockReason::NotSold,
            note: None,
            at: None,
            pressed_at: None,
        };
        let booked = stock.remove(&later(&manager, 5), command.clone()).await;
        let booked = booked.expect("booked");
        let found = AdjustStock {
            command_id: made_at(&manager, 6),
            store_id: store,
            product_id: product,
            change: 2,
            reason: StockReason::Correction,
            note: None,
            at: None,
        };
        let analyst = org.ctx(RoleKey::Analyst).await;
        let adjusted = stock.adjust(&later(&analyst, 6), found.clone()).await;
        let adjusted = adjusted.expect("adjusted");

        // The answers were lost, and the tablets were found three months later.
        let cleared = db.services().housekeeping();
        let cleared = cleared.clear(later(&manager, 91 * DAY).now).await;
        assert!(cleared.expect("done").command_receipts > 1);
        let late = later(&manager, 91 * DAY);
        let again = stock.remove(&late, command.clone()).await.expect("known");
        assert_eq!(again.movement_id, booked.movement_id);
        let late_analyst = later(&analyst, 91 * DAY);
        let again = stock.adjust(&late_analyst, found).await.expect("known");
        assert_eq!(again.movement_id, adjusted.movement_id);
        assert_eq!(on_hand(&db, &org, store, product).await, 9);
        let other = RemoveStock {
            quantity: 4,
            ..command.clone()
        };
        let error = stock.remove(&late, other).await.expect_err("reused");
        assert_eq!(reason(&error), "command.reused");
        // What was never sent is as old, and is booked.
        let unsent = RemoveStock {
            command_id: made_at(&manager, 7),
            ..command
        };
        let change = stock.remove(&late, unsent).await.expect("booked");
        assert_eq!(change.on_hand, 6);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_fits_into_one_transaction_goes_in_several() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let row = |n: u128| command_receipt::ActiveModel {
            organization_id: Set(org.id),
            command_id: Set(Uuid::from_u128(n)),
            operation: Set("orders.create".to_owned()),
            request_hash: Set(String::new()),
            response: Set(serde_json::json!(null)),
            created_at: Set(kitchen.now),
        };
        for from in [1, 1_001, 2_001] {
            command_receipt::Entity::insert_many((from..from + 1_000).map(row))
                .exec_without_returning(db.db().connection())
                .await
                .expect("receipts");
        }
        let (_, receipts) = there(&db).await;
        assert!(receipts >= 3_000);
        let now = later(&kitchen, 91 * DAY).now;
        let cleared = db.services().housekeeping().clear(now).await;
        assert_eq!(cleared.expect("done").command_receipts, receipts);
        assert_eq!(there(&db).await.1, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_everything_are_written_five_times_a_day_at_most() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let exports = db.services().exports();
        let ask = async |ctx: &Ctx| {
            let command = RequestExport {
                command_id: Uuid::now_v7(),
            };
            exports.request(ctx, &command).await
        };
        for _ in 0..5 {
            ask(&admin).await.expect("asked for");
            let waiting = exports.waiting(admin.now).await.expect("listed");
            let claimed = exports.claim(waiting[0], "one", admin.now).await;
            assert!(claimed.expect("claimed"));
            let file = ("exports/none.tar.zst", 1, "00");
            let done = exports.done(waiting[0], "one", file, admin.now).await;
            assert!(done.expect("written"));
        }
        let refused = ask(&admin).await.expect_err("too many");
        assert_eq!(reason(&refused), "export.too_many");
        ask(&later(&admin, DAY + 5)).await.expect("asked for");
    })
    .await;
}
