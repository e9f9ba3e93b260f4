//! Counting a store together on a sheet.

use crate::scene::{books_are_sound, count_of, later, on_hand, reason, stranger};
use chrono::{DateTime, TimeDelta, Utc};
use contract::counts::{
    CountSheetView, DecideCount, DropCount, EnterCounts, EnteredCount, HandInCount, PlanCount,
    SheetAnswer, SheetLine,
};
use contract::sales::{NewSale, NewSaleLine, RecordSales};
use contract::stock::{CountedProduct, PostOpening};
use domain::counts::CountLimits;
use domain::stock::MAX_QUANTITY;
use domain::{AlertKind, CountSheetStatus, RoleKey};
use entity::alert;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::{Ctx, ServiceResult};
use testkit::{Org, OrgSpec, TestDb, on_both, org_with};
use uuid::Uuid;

/// One shop with three products of 80 cents; differences above 8 euros are counted twice, counts above 16 euros need approval.
async fn shop(db: &TestDb) -> Org {
    let spec = OrgSpec {
        stores: 2,
        products: 3,
        count_limits: CountLimits {
            recount_minor: Some(800),
            approval_minor: Some(1_600),
        },
        ..OrgSpec::default()
    };
    org_with(db, spec).await
}

fn found(org: &Org, lines: &[(usize, i64)], at: DateTime<Utc>) -> EnterCounts {
    EnterCounts {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        counted_at: Some(at),
        lines: lines
            .iter()
            .map(|(product, counted)| EnteredCount {
                product_id: org.products[*product],
                counted: Some(*counted),
            })
            .collect(),
    }
}

async fn enter(
    db: &TestDb,
    org: &Org,
    ctx: &Ctx,
    lines: &[(usize, i64)],
) -> ServiceResult<SheetAnswer> {
    let command = found(org, lines, ctx.now);
    db.services().count_sheets().enter(ctx, command).await
}

async fn sheet(db: &TestDb, org: &Org, ctx: &Ctx) -> Option<CountSheetView> {
    let desk = db.services().count_sheets().read(ctx, org.stores[0]).await;
    desk.expect("readable").sheet
}

async fn line(db: &TestDb, org: &Org, ctx: &Ctx, product: usize) -> SheetLine {
    let sheet = sheet(db, org, ctx).await.expect("a sheet");
    let mut lines = sheet.lines.into_iter();
    lines
        .find(|line| line.product_id == org.products[product])
        .expect("on the sheet")
}

async fn hand_in(db: &TestDb, org: &Org, ctx: &Ctx) -> ServiceResult<SheetAnswer> {
    let seen = sheet(db, org, ctx).await.expect("a sheet");
    let command = HandInCount {
        command_id: Uuid::now_v7(),
        sheet_id: seen.id,
        version: seen.version,
    };
    db.services().count_sheets().hand_in(ctx, command).await
}

/// Every shelf of the first store holds so many.
async fn stocked(db: &TestDb, org: &Org, each: i64) {
    let analyst = org.ctx(RoleKey::Analyst).await;
    let opening = PostOpening {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        opened_at: None,
        at: None,
        lines: org
            .products
            .iter()
            .map(|product_id| CountedProduct {
                product_id: *product_id,
                counted: each,
            })
            .collect(),
    };
    let opened = db.services().stock().open(&analyst, opening).await;
    opened.expect("opened");
}

pub async fn sell(db: &TestDb, ctx: &Ctx, sku: &str, quantity: i64, sold_at: &str) {
    let sale = NewSale {
        transaction_id: Uuid::now_v7().to_string(),
        store_code: "S01".into(),
        sold_at: sold_at.into(),
        payment_method: None,
        lines: vec![NewSaleLine {
            sku: sku.into(),
            quantity,
            unit_price_minor: 200,
            total_minor: 200 * quantity,
            promotion_code: None,
            return_to: None,
        }],
    };
    let sales = RecordSales { sales: vec![sale] };
    let recorded = db.services().sales().record(ctx, sales).await;
    assert_eq!(recorded.expect("recorded").recorded, 1);
}

/// Open alerts of count differences, by product.
async fn alerts(db: &TestDb, org: &Org) -> Vec<Option<Uuid>> {
    let rows = alert::Entity::find()
        .filter(alert::Column::OrganizationId.eq(org.id))
        .filter(alert::Column::Kind.eq(AlertKind::CountDifference))
        .filter(alert::Column::ResolvedAt.is_null())
        .all(db.services().db().connection())
        .await;
    rows.expect("alerts")
        .iter()
        .map(|row| row.product_id)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_fill_one_sheet_and_each_product_counts_as_of_its_moment() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let plan = PlanCount {
            command_id: Uuid::now_v7(),
            store_id: org.stores[0],
            products: vec![org.products[0], org.products[1]],
        };
        let sheets = db.services();
        let opened = sheets.count_sheets().plan(&manager, plan.clone()).await;
        let opened = opened.expect("planned");
        // Sent again after a lost answer.
        let again = sheets
            .count_sheets()
            .plan(&manager, plan)
            .await
            .expect("answered");
        assert_eq!(again, opened);
        let start = later(&manager, 60);
        let first = enter(&db, &org, &start, &[(0, 18)]).await.expect("entered");
        assert_eq!(first.sheet_id, opened.sheet_id);
        // On another device, by somebody else, half an hour later, with something that was not planned.
        let other = later(&analyst, 90);
        let second = enter(&db, &org, &other, &[(1, 19), (2, 21)]).await;
        assert_eq!(second.expect("entered").sheet_id, opened.sheet_id);
        // Two are sold after the first shelf was counted: they stay sold on top of the count.
        sell(&db, &later(&analyst, 115), "P001", 2, "2026-03-10T08:45:00").await;
        let now = later(&manager, 120);
        let seen = sheet(&db, &org, &now).await.expect("a sheet");
        assert_eq!(seen.lines.len(), 3);
        let shown = line(&db, &org, &now, 0).await;
        assert_eq!(
            (shown.expected, shown.difference, shown.worth_minor),
            (Some(20), -2, 160)
        );
        let booked = hand_in(&db, &org, &now).await.expect("handed in");
        assert_eq!(booked.status, CountSheetStatus::Posted);
        let count = booked.count.expect("booked");
        assert_eq!(count.lines.len(), 3);
        let stock = [
            on_hand(&db, &org, org.stores[0], org.products[0]).await,
            on_hand(&db, &org, org.stores[0], org.products[1]).await,
            on_hand(&db, &org, org.stores[0], org.products[2]).await,
        ];
        assert_eq!(stock, [16, 19, 21]);
        assert!(sheet(&db, &org, &now).await.is_none());
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_of_two_numbers_stays_whichever_arrives_first() {
    on_both(async |db| {
        let org = shop(&db).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let (now, sheets) = (later(&manager, 60), db.services());
        let minutes = |minutes| manager.now + TimeDelta::minutes(minutes);
        for (counted, at) in [(7, 30), (9, 10)] {
            let command = found(&org, &[(0, counted)], minutes(at));
            let entered = sheets.count_sheets().enter(&now, command).await;
            entered.expect("entered");
        }
        assert_eq!(line(&db, &org, &now, 0).await.counted, Some(7));
        let taken_back = EnterCounts {
            lines: vec![EnteredCount {
                product_id: org.products[0],
                counted: None,
            }],
            ..found(&org, &[], minutes(40))
        };
        let entered = sheets.count_sheets().enter(&now, taken_back).await;
        entered.expect("entered");
        assert_eq!(line(&db, &org, &now, 0).await.counted, None);
        let refused = hand_in(&db, &org, &now)
            .await
            .expect_err("nothing is counted");
        assert_eq!(reason(&refused), "count.empty");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_difference_is_counted_twice_and_told() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        // 11 x 80 cents.
        enter(&db, &org, &manager, &[(0, 9), (1, 20)])
            .await
            .expect("entered");
        let asks = later(&manager, 3);
        let asked = hand_in(&db, &org, &asks).await.expect("answered");
        assert_eq!(asked.status, CountSheetStatus::Counting);
        assert_eq!(asked.to_recount, [org.products[0]]);
        assert!(line(&db, &org, &manager, 0).await.recount);
        // Handing in once more asks once more: nobody has been back at the shelf.
        let again = hand_in(&db, &org, &asks).await.expect("answered");
        assert_eq!(again.to_recount, [org.products[0]]);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 20);
        // What a tablet without a network counted before anybody was asked is no second count.
        let sheets = db.services();
        let (then, now) = (later(&manager, 1).now, later(&manager, 4));
        let early = found(&org, &[(0, 8)], then);
        let entered = sheets.count_sheets().enter(&now, early).await;
        entered.expect("entered");
        // Taken back and counted again: what was found first stays known.
        let taken_back = EnterCounts {
            lines: vec![EnteredCount {
                product_id: org.products[0],
                counted: None,
            }],
            ..found(&org, &[], now.now)
        };
        let taken = sheets.count_sheets().enter(&now, taken_back).await;
        taken.expect("taken back");
        let shown = line(&db, &org, &now, 0).await;
        assert_eq!((shown.counted, shown.recount), (None, true));
        let back = later(&manager, 5);
        enter(&db, &org, &back, &[(0, 9)]).await.expect("entered");
        let shown = line(&db, &org, &back, 0).await;
        assert_eq!((shown.first_counted, shown.recount), (Some(9), false));
        let booked = hand_in(&db, &org, &back).await.expect("handed in");
        assert_eq!(booked.status, CountSheetStatus::Posted);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 9);
        assert_eq!(alerts(&db, &org).await, [Some(org.products[0])]);
        // The next count that agrees with the books closes it.
        let next = later(&manager, 30);
        enter(&db, &org, &next, &[(0, 9)]).await.expect("entered");
        hand_in(&db, &org, &next).await.expect("handed in");
        assert_eq!(alerts(&db, &org).await, []);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_come_late_explain_a_difference_and_close_its_alert() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let quantity = async || {
            let row = alert::Entity::find()
                .filter(alert::Column::ProductId.eq(product))
                .filter(alert::Column::Kind.eq(AlertKind::CountDifference))
                .filter(alert::Column::ResolvedAt.is_null())
                .one(db.services().db().connection())
                .await
                .expect("readable");
            row.and_then(|row| row.detail["quantity"].as_i64())
        };
        // 15 x 80 cents are missing at half past eight.
        let stock = db.services().stock();
        let then = later(&analyst, 60);
        let counted = stock.count(&then, count_of(store, product, 5));
        counted.await.expect("counted");
        assert_eq!(quantity().await, Some(-15));
        // What was sold after the count explains nothing.
        let evening = later(&analyst, 600);
        sell(&db, &evening, "P001", 4, "2026-03-10T09:00:00").await;
        assert_eq!(quantity().await, Some(-15));
        // What was sold before it does, and 12 x 80 cents are still worth a word.
        sell(&db, &evening, "P001", 3, "2026-03-10T08:00:00").await;
        assert_eq!(quantity().await, Some(-12));
        sell(&db, &evening, "P001", 3, "2026-03-10T08:10:00").await;
        assert_eq!(quantity().await, None);
        assert_eq!(on_hand(&db, &org, store, product).await, 1);
        // What comes late opens nothing.
        sell(&db, &evening, "P001", 30, "2026-03-10T08:20:00").await;
        assert_eq!(quantity().await, None);
        assert_eq!(on_hand(&db, &org, store, product).await, 1);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_above_the_limit_wait_for_somebody_who_may_agree() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 70);
        let sheets = db.services();
        // Each within its limit, together 3 x 8 euros; too many counts like too few.
        let lines = [(0, 10), (1, 30), (2, 10)];
        enter(&db, &org, &manager, &lines).await.expect("entered");
        let waiting = hand_in(&db, &org, &manager).await.expect("handed in");
        assert_eq!(waiting.status, CountSheetStatus::Waiting);
        assert_eq!(alerts(&db, &org).await, [None]);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 20);
        let seen = sheet(&db, &org, &manager).await.expect("a sheet");
        assert!(seen.needs_approval && !seen.may_approve);
        assert_eq!(seen.worth_minor, 2_400);
        let decide = |agree: bool, version: i32| DecideCount {
            command_id: Uuid::now_v7(),
            sheet_id: waiting.sheet_id,
            version,
            agree,
            note: Some("Count the baguettes again.".into()),
        };
        let own = sheets
            .count_sheets()
            .decide(&manager, decide(true, seen.version))
            .await;
        assert!(own.is_err(), "nobody agrees to their own count");
        let back = sheets
            .count_sheets()
            .decide(&analyst, decide(false, seen.version))
            .await;
        assert_eq!(back.expect("sent back").status, CountSheetStatus::Counting);
        assert_eq!(alerts(&db, &org).await, []);
        let seen = sheet(&db, &org, &manager).await.expect("a sheet");
        assert_eq!(
            seen.decision_note.as_deref(),
            Some("Count the baguettes again.")
        );
        let waiting = hand_in(&db, &org, &later(&manager, 20))
            .await
            .expect("handed in");
        assert_eq!(waiting.status, CountSheetStatus::Waiting);
        // Somebody counts on: what waits is no longer what was handed in.
        let more = later(&manager, 25);
        let changed = enter(&db, &org, &more, &[(2, 11)]).await.expect("entered");
        assert_eq!(changed.status, CountSheetStatus::Counting);
        let late = sheets
            .count_sheets()
            .decide(&analyst, decide(true, waiting.version))
            .await;
        assert_eq!(reason(&late.expect_err("stale")), "count.stale");
        let waiting = hand_in(&db, &org, &more).await.expect("handed in");
        let agree = decide(true, waiting.version);
        let booked = sheets
            .count_sheets()
            .decide(&later(&analyst, 30), agree.clone())
            .await;
        let booked = booked.expect("agreed");
        assert_eq!(booked.status, CountSheetStatus::Posted);
        // Pressed twice on two devices: booked once.
        let again = sheets
            .count_sheets()
            .decide(&later(&analyst, 30), agree)
            .await;
        assert_eq!(again.expect("answered"), booked);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[1]).await, 30);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_around_the_sheet_has_the_same_limit() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let far_off = count_of(org.stores[0], org.products[0], 60);
        let refused = stock.count(&manager, far_off).await.expect_err("32 euros");
        assert_eq!(reason(&refused), "count.needs_approval");
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 20);
        let near = count_of(org.stores[0], org.products[0], 19);
        stock.count(&manager, near).await.expect("counted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_dropped_without_a_trace_in_the_books_and_closed_ones_stay_closed() {
    on_both(async |db| {
        let org = shop(&db).await;
        stocked(&db, &org, 20).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        let entered = enter(&db, &org, &manager, &[(0, 1)])
            .await
            .expect("entered");
        let sheets = db.services();
        let drop_it = || DropCount {
            command_id: Uuid::now_v7(),
            sheet_id: entered.sheet_id,
        };
        let dropped = sheets.count_sheets().drop_sheet(&manager, drop_it()).await;
        assert_eq!(dropped.expect("dropped").status, CountSheetStatus::Dropped);
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 20);
        let again = sheets.count_sheets().drop_sheet(&manager, drop_it()).await;
        assert_eq!(reason(&again.expect_err("closed")), "count.moved_on");
        // What a tablet without a network counted for the closed sheet is on a new one, not lost.
        let late = enter(&db, &org, &later(&manager, 5), &[(1, 4)])
            .await
            .expect("entered");
        assert_ne!(late.sheet_id, entered.sheet_id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_begins_at_once_is_on_one_sheet_and_strangers_are_on_none() {
    on_both(async |db| {
        let org = shop(&db).await;
        let other = stranger(&db).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let (a, b) = tokio::join!(
            enter(&db, &org, &manager, &[(0, 3)]),
            enter(&db, &org, &analyst, &[(1, 4)])
        );
        let (a, b) = (a.expect("entered"), b.expect("entered"));
        assert_eq!(a.sheet_id, b.sheet_id);
        assert_eq!(
            sheet(&db, &org, &manager)
                .await
                .expect("a sheet")
                .lines
                .len(),
            2
        );
        let foreign = other.ctx(RoleKey::Analyst).await;
        let sheets = db.services();
        let drop_it = DropCount {
            command_id: Uuid::now_v7(),
            sheet_id: a.sheet_id,
        };
        let refused = sheets.count_sheets().drop_sheet(&foreign, drop_it).await;
        assert_eq!(reason(&refused.expect_err("theirs")), "not_found");
        let elsewhere = EnterCounts {
            store_id: org.stores[1],
            ..found(&org, &[(0, 1)], manager.now)
        };
        let refused = sheets.count_sheets().enter(&manager, elsewhere).await;
        assert_eq!(reason(&refused.expect_err("not their store")), "not_found");
        let kitchen = org.ctx(RoleKey::Production).await;
        assert!(enter(&db, &org, &kitchen, &[(0, 1)]).await.is_err());
        for lines in [
            vec![(0, -1)],
            vec![(0, MAX_QUANTITY + 1)],
            vec![(0, 1), (0, 2)],
            vec![],
        ] {
            assert!(
                enter(&db, &org, &manager, &lines).await.is_err(),
                "{lines:?}"
            );
        }
        let ahead = found(&org, &[(0, 1)], manager.now + TimeDelta::hours(3));
        let refused = sheets.count_sheets().enter(&manager, ahead).await;
        assert_eq!(
            reason(&refused.expect_err("a wrong clock")),
            "in_the_future"
        );
        let unknown = EnterCounts {
            lines: vec![EnteredCount {
                product_id: Uuid::now_v7(),
                counted: Some(1),
            }],
            ..found(&org, &[], manager.now)
        };
        let refused = sheets.count_sheets().enter(&manager, unknown).await;
        assert_eq!(reason(&refused.expect_err("unknown")), "not_found");
    })
    .await;
}
