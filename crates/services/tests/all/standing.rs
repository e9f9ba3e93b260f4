//! Standing orders, and one product for several stores.

use crate::scene::{
    bakery, books_are_sound, break_receipts, forecast, later, mend_receipts, reason, stranger,
};
use chrono::{Days, NaiveDate};
use contract::calendar::SaveCalendarEntry;
use contract::orders::{
    CancelOrder, CreateOrders, EditOrder, ListOrders, OrderView, ReadSplitWeights, StoreQuantity,
};
use contract::standing_orders::{
    CreateStandingOrder, EditStandingOrder, EndStandingOrder, ListStandingOrders,
    StandingOrderView, StandingOverlap,
};
use domain::standing::EVERY_DAY;
use domain::{CalendarKind, OrderSource, OrderStatus, RoleKey};
use services::{Ctx, ServiceError};
use std::collections::BTreeSet;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

fn tomorrow() -> NaiveDate {
    today() + Days::new(1)
}

fn every_day(store_id: Uuid, product_id: Uuid, quantity: i64) -> CreateStandingOrder {
    CreateStandingOrder {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        weekdays: EVERY_DAY,
        quantity,
        valid_from: today(),
        valid_until: None,
        note: Some(" Hotel ".into()),
    }
}

fn changed(standing: &StandingOrderView, quantity: i64) -> EditStandingOrder {
    EditStandingOrder {
        command_id: Uuid::now_v7(),
        standing_order_id: standing.id,
        version: standing.version,
        weekdays: standing.weekdays,
        quantity,
        valid_from: standing.valid_from,
        valid_until: standing.valid_until,
        note: standing.note.clone(),
    }
}

fn end_of(standing: &StandingOrderView) -> EndStandingOrder {
    EndStandingOrder {
        command_id: Uuid::now_v7(),
        standing_order_id: standing.id,
        version: standing.version,
    }
}

fn closure(store_id: Option<Uuid>, date: NaiveDate) -> SaveCalendarEntry {
    SaveCalendarEntry {
        command_id: Uuid::now_v7(),
        id: None,
        store_id,
        kind: CalendarKind::Closure,
        name: "Cerrado".into(),
        starts_on: date,
        ends_on: date,
        note: None,
    }
}

fn lines(stores: &[Uuid], quantity: i64) -> Vec<StoreQuantity> {
    let line = |store_id: &Uuid| StoreQuantity {
        store_id: *store_id,
        quantity,
    };
    stores.iter().map(line).collect()
}

fn for_all(org: &Org, quantity: i64) -> CreateOrders {
    CreateOrders {
        command_id: Uuid::now_v7(),
        product_id: org.products[0],
        production_date: tomorrow(),
        lines: lines(&org.stores, quantity),
        note: None,
    }
}

/// So many minutes after the scene's moment; answers with how many orders were made.
async fn swept(db: &TestDb, org: &Org, minutes: i64) -> u64 {
    let ctx = later(&org.system(), minutes);
    let made = db.services().standing_orders().sweep(&ctx).await;
    made.expect("swept")
}

/// Every order, cancelled ones too, oldest day first.
async fn orders_of(db: &TestDb, ctx: &Ctx) -> Vec<OrderView> {
    let orders = db.services().production_orders();
    let page = orders.list(ctx, ListOrders::default()).await;
    let mut items = page.expect("a list").items;
    items.sort_by_key(|order| (order.production_date, order.number));
    items
}

#[tokio::test(flavor = "multi_thread")]
async fn today_and_tomorrow_are_made_once_however_often_and_by_whomever_it_is_looked() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let command = every_day(store, product, 24);
        let written = standing.create(&kitchen, command.clone()).await;
        let written = written.expect("written down");
        assert_eq!(written.note.as_deref(), Some("Hotel"));
        let again = standing.create(&later(&kitchen, 1), command).await;
        assert_eq!(again.expect("the same answer"), written);

        let attempts = (0..4).map(|_| {
            let (services, ctx) = (db.services().clone(), org.system());
            tokio::spawn(async move { services.standing_orders().sweep(&ctx).await })
        });
        let mut made = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            made += attempt.await.expect("no panic").expect("swept");
        }
        assert_eq!(made, 2);
        assert_eq!(swept(&db, &org, 1).await, 0);
        let orders = orders_of(&db, &kitchen).await;
        let told = orders
            .iter()
            .map(|o| (o.production_date, o.planned_quantity, o.status, o.source));
        let pending = OrderStatus::Pending;
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                (today(), 24, pending, OrderSource::Standing),
                (tomorrow(), 24, pending, OrderSource::Standing)
            ]
        );
        assert!(orders.iter().all(|o| o.note.as_deref() == Some("Hotel")));
        // A day later there is one day more.
        assert_eq!(swept(&db, &org, DAY).await, 1);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_or_moved_to_another_day_is_not_made_again() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let command = every_day(org.stores[0], org.products[0], 24);
        standing.create(&kitchen, command).await.expect("written");
        assert_eq!(swept(&db, &org, 0).await, 2);
        let made = orders_of(&db, &kitchen).await;
        let orders = db.services().production_orders();
        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: made[0].id,
            reason: "the oven is broken".into(),
        };
        orders.cancel(&kitchen, cancel).await.expect("cancelled");
        // The day after tomorrow has an order of its own in the end.
        let moved = EditOrder {
            command_id: Uuid::now_v7(),
            order_id: made[1].id,
            version: made[1].version,
            production_date: tomorrow() + Days::new(1),
            planned_quantity: 24,
            note: None,
        };
        orders.edit(&kitchen, moved).await.expect("moved");
        assert_eq!(swept(&db, &org, 1).await, 0);
        assert_eq!(swept(&db, &org, DAY).await, 1);
        let dates = orders_of(&db, &kitchen).await;
        let dates: Vec<NaiveDate> = dates.iter().map(|o| o.production_date).collect();
        let moved_to = tomorrow() + Days::new(1);
        assert_eq!(dates, [today(), moved_to, moved_to]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_days_other_weekdays_and_days_outside_make_none() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let calendar = db.services().calendar();
        // The first store is closed today, everybody tomorrow.
        let system = org.system();
        for closed in [
            closure(Some(org.stores[0]), today()),
            closure(None, tomorrow()),
        ] {
            calendar.save_entry(&system, &closed).await.expect("closed");
        }
        for store in &org.stores {
            let command = every_day(*store, org.products[0], 12);
            standing.create(&kitchen, command).await.expect("written");
        }
        assert_eq!(swept(&db, &org, 0).await, 1);
        let made = orders_of(&db, &kitchen).await;
        assert_eq!(
            (made[0].store_id, made[0].production_date),
            (org.stores[1], today())
        );

        // Saturdays and Sundays; until yesterday; from the day after tomorrow on.
        let other = every_day(org.stores[1], org.products[1], 12);
        for command in [
            CreateStandingOrder {
                command_id: Uuid::now_v7(),
                weekdays: 0b110_0000,
                ..other.clone()
            },
            CreateStandingOrder {
                command_id: Uuid::now_v7(),
                valid_from: today() - Days::new(9),
                valid_until: Some(today() - Days::new(1)),
                ..other.clone()
            },
            CreateStandingOrder {
                valid_from: tomorrow() + Days::new(1),
                ..other
            },
        ] {
            standing.create(&kitchen, command).await.expect("written");
        }
        assert_eq!(swept(&db, &org, 0).await, 0);
        // Tomorrow looks ahead to Thursday: both of every day, and the one that begins then.
        assert_eq!(swept(&db, &org, DAY).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_one_makes_no_more_and_keeps_what_it_made() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let command = every_day(org.stores[0], org.products[0], 24);
        let written = standing.create(&kitchen, command).await.expect("written");
        assert_eq!(swept(&db, &org, 0).await, 2);
        let end = end_of(&written);
        let ended = standing.end(&kitchen, end.clone()).await.expect("ended");
        assert!(!ended.active);
        let again = standing.end(&later(&kitchen, 1), end).await;
        assert_eq!(again.expect("the same answer"), ended);
        assert_eq!(swept(&db, &org, DAY).await, 0);
        let orders = orders_of(&db, &kitchen).await;
        assert!(orders.len() == 2 && orders.iter().all(|o| o.status == OrderStatus::Pending));

        let error = standing.edit(&kitchen, changed(&ended, 30)).await;
        assert_eq!(reason(&error.expect_err("over")), "standing_order.ended");
        let error = standing.end(&kitchen, end_of(&ended)).await;
        assert_eq!(reason(&error.expect_err("over")), "standing_order.ended");
        let asked = ListStandingOrders::default();
        let listed = standing.list(&kitchen, asked.clone()).await;
        assert!(listed.expect("a list").items.is_empty());
        let asked = ListStandingOrders {
            ended: true,
            ..asked
        };
        let listed = standing.list(&kitchen, asked).await.expect("a list");
        assert_eq!(listed.items, [ended]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_counts_from_the_next_day_and_a_stale_one_is_a_conflict() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let command = every_day(org.stores[0], org.products[0], 24);
        let seen = standing.create(&kitchen, command).await.expect("written");
        assert_eq!(swept(&db, &org, 0).await, 2);
        let edit = changed(&seen, 36);
        let edited = standing.edit(&kitchen, edit.clone()).await.expect("edited");
        assert_eq!((edited.quantity, edited.version), (36, 2));
        let again = standing.edit(&kitchen, edit).await;
        assert_eq!(again.expect("the same answer"), edited);

        let stale = standing.edit(&kitchen, changed(&seen, 48)).await;
        let stale = stale.expect_err("stale");
        assert_eq!(reason(&stale), "standing_order.stale");
        let told = stale.to_string();
        assert!(
            told.contains("Persona production") && told.contains("quantity from 24 to 36"),
            "{told}"
        );
        let stale = standing.end(&kitchen, end_of(&seen)).await;
        assert_eq!(reason(&stale.expect_err("stale")), "standing_order.stale");

        assert_eq!(swept(&db, &org, DAY).await, 1);
        let planned = orders_of(&db, &kitchen).await;
        let planned: Vec<i64> = planned.iter().map(|o| o.planned_quantity).collect();
        assert_eq!(planned, [24, 24, 36]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_people_of_other_stores_find_no_standing_order() {
    on_both(async |db| {
        let (org, foreign) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        let outsider = foreign.ctx(RoleKey::Production).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let standing = db.services().standing_orders();
        let command = every_day(org.stores[1], org.products[0], 24);
        let written = standing.create(&kitchen, command.clone()).await;
        let written = written.expect("written");

        let errors = [
            standing.create(&outsider, command).await,
            standing.edit(&outsider, changed(&written, 5)).await,
            standing.end(&outsider, end_of(&written)).await,
            // Their store, our product.
            standing
                .create(&outsider, every_day(foreign.stores[0], org.products[0], 5))
                .await,
        ];
        for error in errors {
            assert_eq!(reason(&error.expect_err("not theirs")), "not_found");
        }
        let refused = standing.end(&manager, end_of(&written)).await;
        assert_eq!(reason(&refused.expect_err("may not")), "forbidden");
        let asked = ListStandingOrders::default();
        let listed = standing.list(&outsider, asked.clone()).await;
        assert!(listed.expect("a list").items.is_empty());
        // The manager sees the first store only.
        let listed = standing.list(&manager, asked.clone()).await;
        assert!(listed.expect("a list").items.is_empty());
        for who in [&manager, &outsider] {
            let asked = ListStandingOrders {
                store_id: Some(org.stores[1]),
                ..asked.clone()
            };
            let refused = standing.list(who, asked).await;
            assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        }
        assert_eq!(swept(&db, &foreign, 0).await, 0);
        let refused = standing.sweep(&kitchen).await;
        assert_eq!(reason(&refused.expect_err("the clock's")), "forbidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_and_the_list_turns_pages() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let good = every_day(org.stores[0], org.products[0], 24);
        let with = |change: fn(&mut CreateStandingOrder)| {
            let mut command = good.clone();
            command.command_id = Uuid::now_v7();
            change(&mut command);
            command
        };
        for (wrong, why) in [
            (with(|c| c.weekdays = 0), "no_weekday"),
            (with(|c| c.weekdays = 128), "no_weekday"),
            (with(|c| c.quantity = 0), "quantity_out_of_range"),
            (with(|c| c.quantity = i64::MAX), "quantity_out_of_range"),
            (
                with(|c| c.valid_until = Some(today() - Days::new(1))),
                "wrong_end",
            ),
            (with(|c| c.valid_until = Some(NaiveDate::MAX)), "wrong_end"),
            (
                with(|c| c.valid_from = today() + Days::new(400)),
                "date_out_of_range",
            ),
            (with(|c| c.note = Some("x".repeat(501))), "too_long"),
        ] {
            let error = standing.create(&kitchen, wrong).await;
            assert_eq!(reason(&error.expect_err("absurd")), why);
        }
        for quantity in 1..=5 {
            let command = every_day(org.stores[0], org.products[0], quantity);
            standing.create(&kitchen, command).await.expect("written");
        }
        let mut wanted = ListStandingOrders {
            product_id: Some(org.products[0]),
            limit: Some(2),
            ..ListStandingOrders::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = standing.list(&kitchen, wanted.clone()).await;
            let page = page.expect("a page");
            seen.extend(page.items.iter().map(|s| s.quantity));
            wanted.after = page.next.and_then(|next| next.parse().ok());
            if wanted.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [5, 4, 3, 2, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_product_for_several_stores_is_planned_for_all_or_for_none() {
    on_both(async |db| {
        let (org, foreign) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let command = for_all(&org, 36);
        break_receipts(&db).await;
        let failed = orders.create_many(&kitchen, command.clone()).await;
        assert!(matches!(failed, Err(ServiceError::Database(_))));
        mend_receipts(&db).await;
        assert!(orders_of(&db, &kitchen).await.is_empty());

        let made = orders.create_many(&kitchen, command.clone()).await;
        let made = made.expect("planned");
        let again = orders
            .create_many(&later(&kitchen, 2), command.clone())
            .await;
        assert_eq!(again.expect("the same answer"), made);
        let stores: Vec<Uuid> = made.orders.iter().map(|o| o.store_id).collect();
        assert_eq!(stores, org.stores);
        let numbers: BTreeSet<i64> = made.orders.iter().map(|o| o.number).collect();
        assert_eq!(numbers.len(), 2);
        let other = CreateOrders {
            lines: lines(&org.stores, 40),
            ..command
        };
        let reused = orders.create_many(&kitchen, other).await;
        assert_eq!(reason(&reused.expect_err("reused")), "command.reused");

        let good = for_all(&org, 12);
        let with = |wrong: Vec<StoreQuantity>| CreateOrders {
            command_id: Uuid::now_v7(),
            lines: wrong,
            ..good.clone()
        };
        let (one, two) = (org.stores[0], org.stores[1]);
        let many: Vec<Uuid> = (0..201).map(|_| Uuid::now_v7()).collect();
        let mut zero = lines(&org.stores, 12);
        zero[1].quantity = 0;
        for (wrong, why) in [
            (with(vec![]), "length"),
            (with(lines(&many, 1)), "length"),
            (with(lines(&[one, two, one], 12)), "store_twice"),
            (with(zero), "quantity_out_of_range"),
            (with(lines(&[one, foreign.stores[0]], 12)), "not_found"),
            (
                CreateOrders {
                    production_date: today() - Days::new(30),
                    ..with(lines(&org.stores, 12))
                },
                "date_out_of_range",
            ),
            (
                CreateOrders {
                    product_id: foreign.products[0],
                    ..with(lines(&org.stores, 12))
                },
                "not_found",
            ),
        ] {
            let error = orders.create_many(&kitchen, wrong).await;
            assert_eq!(reason(&error.expect_err("refused")), why);
        }
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = orders.create_many(&manager, good).await;
        assert_eq!(reason(&refused.expect_err("may not")), "forbidden");
        assert_eq!(orders_of(&db, &kitchen).await.len(), 2);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_follows_the_forecast_of_the_stores_that_one_sees() {
    on_both(async |db| {
        let (org, foreign) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        let wanted = ReadSplitWeights {
            product_id: org.products[0],
            production_date: tomorrow(),
        };
        let none = orders.split_weights(&kitchen, wanted.clone()).await;
        assert!(none.expect("no forecast yet").weights.is_empty());
        let shelf = (org.stores[1], org.products[0]);
        forecast(&db, &org, &[shelf], 100.0, 10.0).await;
        let known = orders.split_weights(&kitchen, wanted.clone()).await;
        let known = known.expect("weights");
        assert_eq!(known.sold_on, tomorrow());
        let weights = known.weights.iter().map(|w| (w.store_id, w.mean_milli));
        assert_eq!(weights.collect::<Vec<_>>(), [(org.stores[1], 100_000)]);

        let outsider = foreign.ctx(RoleKey::Production).await;
        let refused = orders.split_weights(&outsider, wanted.clone()).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = orders.split_weights(&manager, wanted.clone()).await;
        assert_eq!(reason(&refused.expect_err("may not")), "forbidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_for_the_same_days_are_both_made_and_each_tells_of_the_other() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let standing = db.services().standing_orders();
        let (store, product) = (org.stores[0], org.products[0]);
        let first = every_day(store, product, 24);
        let first = standing.create(&kitchen, first).await.expect("written");
        assert_eq!(first.overlaps, []);
        // Neither another shop's nor another product's.
        for (store, product) in [(org.stores[1], product), (store, org.products[1])] {
            let other = every_day(store, product, 5);
            let other = standing.create(&kitchen, other).await.expect("written");
            assert_eq!(other.overlaps, []);
        }
        let weekend = CreateStandingOrder {
            weekdays: 0b110_0000,
            ..every_day(store, product, 12)
        };
        let second = standing.create(&kitchen, weekend).await.expect("allowed");
        // The scene's day is a Tuesday.
        let saturday = today() + Days::new(4);
        let told = |of: &StandingOrderView, quantity| StandingOverlap {
            standing_order_id: of.id,
            weekdays: 0b110_0000,
            quantity,
            first_day: saturday,
        };
        assert_eq!(second.overlaps, [told(&first, 24)]);
        let list = standing.list(&kitchen, ListStandingOrders::default()).await;
        let list = list.expect("a list").items;
        let shown = list.iter().find(|s| s.id == first.id).expect("there");
        assert_eq!(shown.overlaps, [told(&second, 12)]);

        // On other days they do not meet, and neither with what is ended.
        let weekdays = EditStandingOrder {
            weekdays: 0b001_1111,
            ..changed(&first, 24)
        };
        let apart = standing.edit(&kitchen, weekdays).await.expect("changed");
        assert_eq!(apart.overlaps, []);
        let back = EditStandingOrder {
            weekdays: EVERY_DAY,
            ..changed(&apart, 24)
        };
        let back = standing.edit(&kitchen, back).await.expect("changed");
        assert_eq!(back.overlaps, [told(&second, 12)]);
        let ended = standing.end(&kitchen, end_of(&second)).await;
        assert_eq!(ended.expect("ended").overlaps, []);
        let list = standing.list(&kitchen, ListStandingOrders::default()).await;
        assert!(
            list.expect("a list")
                .items
                .iter()
                .all(|s| s.overlaps.is_empty())
        );
    })
    .await;
}
