//! Which counts somebody has to agree to, and who may.

use crate::scene::{books_are_sound, count_of, later, on_hand, reason};
use chrono::TimeDelta;
use contract::counts::{
    CountSheetView, DecideCount, EnterCounts, EnteredCount, HandInCount, SheetAnswer,
};
use contract::stock::{CountedProduct, PostCount, PostOpening};
use contract::users::{CreateUser, SetUserActive};
use domain::counts::CountLimits;
use domain::{CountSheetStatus, RoleKey};
use entity::audit_entry;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use services::{Arrival, Ctx};
use testkit::{Org, OrgSpec, PASSWORD, TestDb, on_both, org_with};
use uuid::Uuid;

/// Two shops with three products of 80 cents and twenty of each in the first; above 16 euros somebody has to agree.
async fn shop(db: &TestDb) -> Org {
    let spec = OrgSpec {
        stores: 2,
        products: 3,
        count_limits: CountLimits {
            recount_minor: None,
            approval_minor: Some(1_600),
        },
        ..OrgSpec::default()
    };
    let org = org_with(db, spec).await;
    let lines = org.products.iter().map(|product_id| CountedProduct {
        product_id: *product_id,
        counted: 20,
    });
    let opening = PostOpening {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        opened_at: None,
        at: None,
        lines: lines.collect(),
    };
    let analyst = org.ctx(RoleKey::Analyst).await;
    let opened = db.services().stock().open(&analyst, opening).await;
    opened.expect("opened");
    org
}

/// A second person of the analysts, with the right to approve.
async fn second_analyst(db: &TestDb, org: &Org) -> Ctx {
    let command = CreateUser {
        command_id: Uuid::now_v7(),
        email: "second@horno.example".to_owned(),
        display_name: "Segunda persona".to_owned(),
        language: None,
        roles: vec![RoleKey::Analyst],
        role_ids: vec![],
        all_stores: false,
        stores: vec![org.stores[0]],
        password: PASSWORD.to_owned(),
    };
    let id = db.services().users().create(&org.system(), command).await;
    let identity = db.services().identity().find(id.expect("added")).await;
    let arrival = Arrival {
        now: testkit::now(),
        request_id: "test-second".to_owned(),
        source: "127.0.0.1".to_owned(),
    };
    arrival.by(identity.expect("readable").expect("active").actor)
}

async fn enter(db: &TestDb, org: &Org, ctx: &Ctx, lines: &[(usize, i64)]) {
    let lines = lines.iter().map(|(product, counted)| EnteredCount {
        product_id: org.products[*product],
        counted: Some(*counted),
    });
    let command = EnterCounts {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        counted_at: Some(ctx.now),
        lines: lines.collect(),
    };
    let entered = db.services().count_sheets().enter(ctx, command).await;
    entered.expect("entered");
}

async fn sheet(db: &TestDb, org: &Org, ctx: &Ctx) -> CountSheetView {
    let desk = db.services().count_sheets().read(ctx, org.stores[0]).await;
    desk.expect("readable").sheet.expect("a sheet")
}

async fn hand_in(db: &TestDb, org: &Org, ctx: &Ctx) -> SheetAnswer {
    let seen = sheet(db, org, ctx).await;
    let command = HandInCount {
        command_id: Uuid::now_v7(),
        sheet_id: seen.id,
        version: seen.version,
    };
    let answer = db.services().count_sheets().hand_in(ctx, command).await;
    answer.expect("handed in")
}

fn agree(waiting: &SheetAnswer) -> DecideCount {
    DecideCount {
        command_id: Uuid::now_v7(),
        sheet_id: waiting.sheet_id,
        version: waiting.version,
        agree: true,
        note: None,
    }
}

/// What the audit log says of the last count: whether whoever counted agreed to it.
async fn last_is_self_approved(db: &TestDb, org: &Org) -> Option<bool> {
    let entry = audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(org.id))
        .filter(audit_entry::Column::Action.eq("stock.count"))
        .order_by_desc(audit_entry::Column::Sequence)
        .one(db.services().db().connection())
        .await;
    entry.expect("readable")?.after?["self_approved"].as_bool()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_splits_a_count_does_not_stay_below_the_limit() {
    on_both(async |db| {
        let org = shop(&db).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        // 12 euros: within the limit.
        enter(&db, &org, &manager, &[(0, 5)]).await;
        let booked = hand_in(&db, &org, &manager).await;
        assert_eq!(booked.status, CountSheetStatus::Posted);
        // Five hours later another 8 euros, by either way.
        let next = later(&manager, 300);
        let stock = db.services().stock();
        let around = count_of(org.stores[0], org.products[1], 10);
        let refused = stock.count(&next, around).await.expect_err("20 euros");
        assert_eq!(reason(&refused), "count.needs_approval");
        enter(&db, &org, &next, &[(1, 10)]).await;
        let seen = sheet(&db, &org, &next).await;
        assert_eq!((seen.worth_minor, seen.weighed_minor), (800, 2_000));
        assert!(seen.needs_approval && !seen.may_approve);
        let waiting = hand_in(&db, &org, &next).await;
        assert_eq!(waiting.status, CountSheetStatus::Waiting);
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 400);
        let sheets = db.services();
        let agreed = sheets
            .count_sheets()
            .decide(&analyst, agree(&waiting))
            .await;
        assert_eq!(agreed.expect("agreed").status, CountSheetStatus::Posted);
        assert_eq!(last_is_self_approved(&db, &org).await, Some(false));
        // What was agreed to is not weighed again; what was not, is.
        let after = later(&manager, 500);
        enter(&db, &org, &after, &[(2, 16)]).await;
        let seen = sheet(&db, &org, &after).await;
        assert_eq!(seen.weighed_minor, 1_200 + 320);
        let booked = hand_in(&db, &org, &after).await;
        assert_eq!(booked.status, CountSheetStatus::Posted);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_takes_back_and_neither_others_nor_yesterday_count() {
    on_both(async |db| {
        let org = shop(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let count =
            |product: usize, counted| count_of(org.stores[0], org.products[product], counted);
        let short = later(&manager, 60);
        stock.count(&short, count(0, 2)).await.expect("14 euros");
        // The tray that was overlooked.
        let found = later(&manager, 90);
        stock.count(&found, count(0, 20)).await.expect("taken back");
        // A moment of the day before yesterday in the command is no way around: it is booked now.
        let other = later(&manager, 120);
        let long_ago = PostCount {
            counted_at: Some(manager.now - TimeDelta::days(2)),
            ..count(1, 18)
        };
        stock.count(&other, long_ago).await.expect("14 euros");
        // Another person is not held up for it.
        let theirs = later(&analyst, 130);
        stock.count(&theirs, count(2, 17)).await.expect("2 euros");
        let more = later(&manager, 140);
        let refused = stock.count(&more, count(2, 13)).await;
        assert_eq!(
            reason(&refused.expect_err("17 euros")),
            "count.needs_approval"
        );
        let tomorrow = later(&manager, 120 + 24 * 60);
        stock
            .count(&tomorrow, count(2, 13))
            .await
            .expect("a day later");
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[2]).await, 13);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_counted_does_not_agree_to_it_while_somebody_else_could() {
    on_both(async |db| {
        let org = shop(&db).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 60);
        let second = later(&second_analyst(&db, &org).await, 60);
        let services = db.services();
        enter(&db, &org, &analyst, &[(0, 50)]).await;
        let seen = sheet(&db, &org, &analyst).await;
        assert!(seen.needs_approval && !seen.may_approve);
        let around = count_of(org.stores[0], org.products[1], 50);
        let refused = services.stock().count(&analyst, around).await;
        assert_eq!(reason(&refused.expect_err("own")), "count.needs_approval");
        // Whoever hands it in: the number is the analyst's.
        let waiting = hand_in(&db, &org, &manager).await;
        assert_eq!(waiting.status, CountSheetStatus::Waiting);
        let own = services
            .count_sheets()
            .decide(&analyst, agree(&waiting))
            .await;
        assert_eq!(reason(&own.expect_err("own")), "count.own");
        assert_eq!(on_hand(&db, &org, org.stores[0], org.products[0]).await, 20);
        assert!(sheet(&db, &org, &second).await.may_approve);
        let agreed = services
            .count_sheets()
            .decide(&second, agree(&waiting))
            .await;
        assert_eq!(agreed.expect("agreed").status, CountSheetStatus::Posted);
        assert_eq!(last_is_self_approved(&db, &org).await, Some(false));
        // Handed in by somebody who may agree and did not count: looked at, and booked at once.
        let manager = later(&manager, 5);
        enter(&db, &org, &manager, &[(1, 50)]).await;
        let booked = hand_in(&db, &org, &later(&second, 6)).await;
        assert_eq!(booked.status, CountSheetStatus::Posted);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_else_could_own_numbers_are_agreed_to_and_it_is_told() {
    on_both(async |db| {
        let org = shop(&db).await;
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 60);
        let second = later(&second_analyst(&db, &org).await, 60);
        let close = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: second.actor.user_id.expect("a person"),
            active: false,
        };
        let users = db.services().users();
        users
            .set_active(&org.system(), close)
            .await
            .expect("closed");
        enter(&db, &org, &analyst, &[(0, 50)]).await;
        let seen = sheet(&db, &org, &analyst).await;
        assert!(seen.needs_approval && seen.may_approve);
        let booked = hand_in(&db, &org, &analyst).await;
        assert_eq!(booked.status, CountSheetStatus::Posted);
        assert_eq!(last_is_self_approved(&db, &org).await, Some(true));
        let stock = db.services().stock();
        let around = count_of(org.stores[0], org.products[1], 50);
        stock
            .count(&analyst, around)
            .await
            .expect("nobody else could");
        assert_eq!(last_is_self_approved(&db, &org).await, Some(true));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_number_of_an_earlier_moment_takes_nothing_back() {
    on_both(async |db| {
        let org = shop(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let start = org.ctx(RoleKey::StoreManager).await;
        let stock = db.services().stock();
        let true_one = later(&start, 60);
        stock
            .count(&true_one, count_of(store, product, 20))
            .await
            .expect("as the books say");
        // Fourteen euros too many, before the shelf was counted: the count stands.
        let invented = PostCount {
            counted_at: Some(start.now - TimeDelta::minutes(30)),
            ..count_of(store, product, 18)
        };
        let two = later(&start, 70);
        stock.count(&two, invented).await.expect("14 euros");
        assert_eq!(on_hand(&db, &org, store, product).await, 20);
        // Twelve euros are missing: together they are 26, not 2.
        let three = later(&start, 80);
        let refused = stock.count(&three, count_of(store, product, 5)).await;
        assert_eq!(
            reason(&refused.expect_err("26 euros")),
            "count.needs_approval"
        );
        enter(&db, &org, &three, &[(0, 5)]).await;
        let seen = sheet(&db, &org, &three).await;
        assert_eq!((seen.worth_minor, seen.weighed_minor), (1_200, 2_640));
        // Nor the other way round.
        let next_day = later(&start, 80 + 24 * 60);
        stock
            .count(&next_day, count_of(store, product, 5))
            .await
            .expect("12 euros");
        let again = PostCount {
            counted_at: Some(start.now - TimeDelta::minutes(20)),
            ..count_of(store, product, 26)
        };
        let refused = stock.count(&later(&next_day, 5), again).await;
        assert_eq!(
            reason(&refused.expect_err("18 euros")),
            "count.needs_approval"
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_for_which_nobody_may_approve_is_not_locked_out() {
    on_both(async |db| {
        let org = shop(&db).await;
        let manager = later(&org.ctx(RoleKey::StoreManager).await, 60);
        enter(&db, &org, &manager, &[(0, 50)]).await;
        let waiting = hand_in(&db, &org, &manager).await;
        assert_eq!(waiting.status, CountSheetStatus::Waiting);
        let close = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Analyst),
            active: false,
        };
        let users = db.services().users();
        users
            .set_active(&org.system(), close)
            .await
            .expect("closed");
        // What waits is still nobody's to decide about who lacks the right.
        assert!(!sheet(&db, &org, &manager).await.may_approve);
        let decided = db
            .services()
            .count_sheets()
            .decide(&manager, agree(&waiting))
            .await;
        assert_eq!(reason(&decided.expect_err("no right")), "forbidden");
        let next = later(&manager, 5);
        enter(&db, &org, &next, &[(0, 50)]).await;
        assert!(sheet(&db, &org, &next).await.may_approve);
        let booked = hand_in(&db, &org, &next).await;
        assert_eq!(booked.status, CountSheetStatus::Posted);
        assert_eq!(last_is_self_approved(&db, &org).await, Some(true));
        let around = count_of(org.stores[0], org.products[1], 50);
        let stock = db.services().stock();
        stock.count(&next, around).await.expect("nobody could");
        assert_eq!(last_is_self_approved(&db, &org).await, Some(true));
        books_are_sound(&db, &org).await;
    })
    .await;
}
