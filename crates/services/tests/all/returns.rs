//! What customers bring back: money and goods go the other way, and the ledger tells where the goods went.

use crate::sales::taken;
use crate::scene::{
    bakery, baking, books_are_sound, complete, count_of, later, on_hand, reason, stranger,
};
use chrono::{Days, TimeDelta};
use contract::imports::DecideImport;
use contract::sales::{NewSale, NewSaleLine, RecordSales, RecordedSales, SaleOutcome, VoidSale};
use contract::stock::{LedgerView, PostCount, ReadLedger, ReverseMovement};
use domain::{MovementKind, ReturnTo, RoleKey, StockReason};
use entity::{daily_sales, sale};
use ingest::amount::{MAX_PRICE_MINOR, MAX_QUANTITY, MAX_TOTAL_MINOR};
use sea_orm::EntityTrait;
use services::{Ctx, Services};
use testkit::{Org, TestDb, now, on_both, today};
use uuid::Uuid;

fn line(sku: &str, quantity: i64, return_to: Option<ReturnTo>) -> NewSaleLine {
    NewSaleLine {
        sku: sku.into(),
        quantity,
        unit_price_minor: 200,
        total_minor: 200 * quantity,
        promotion_code: None,
        return_to,
    }
}

fn ticket(number: &str, at: &str, lines: Vec<NewSaleLine>) -> NewSale {
    NewSale {
        transaction_id: number.into(),
        store_code: "S01".into(),
        sold_at: at.into(),
        payment_method: None,
        lines,
    }
}

async fn record(services: &Services, ctx: &Ctx, sales: Vec<NewSale>) -> RecordedSales {
    let recorded = services.sales().record(ctx, RecordSales { sales }).await;
    recorded.expect("recorded")
}

async fn outcome(services: &Services, ctx: &Ctx, sale: &NewSale) -> SaleOutcome {
    let told = record(services, ctx, vec![sale.clone()]).await;
    told.results[0].outcome
}

/// Quantity and revenue of a product today; `None` where the day is not on record.
async fn day(db: &TestDb, org: &Org, product: usize) -> Option<(i64, i64)> {
    let key = (org.stores[0], org.products[product], today());
    let day = daily_sales::Entity::find_by_id(key);
    let day = day.one(db.db().connection()).await.expect("a look");
    day.map(|day| (day.quantity, day.revenue_minor))
}

async fn ledger(db: &TestDb, ctx: &Ctx, store_id: Uuid, product_id: Uuid) -> LedgerView {
    let wanted = ReadLedger {
        store_id,
        product_id,
        after: None,
        limit: None,
    };
    let told = db.services().stock().ledger(ctx, wanted).await;
    told.expect("a ledger")
}

/// Kind, quantity and reason of all movements of a shelf, by quantity.
async fn moved(
    db: &TestDb,
    ctx: &Ctx,
    store_id: Uuid,
    product_id: Uuid,
) -> Vec<(MovementKind, i64, Option<StockReason>)> {
    let told = ledger(db, ctx, store_id, product_id).await;
    let facts = told.movements.items.iter();
    let mut facts: Vec<_> = facts.map(|m| (m.kind, m.quantity, m.reason)).collect();
    facts.sort_by_key(|(_, quantity, _)| *quantity);
    facts
}

fn void(number: &str) -> VoidSale {
    VoidSale {
        command_id: Uuid::now_v7(),
        store_code: "S01".into(),
        transaction_id: number.into(),
        reason: "wrong customer".into(),
    }
}

const AT: &str = "2026-03-10T07:10";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_back_is_thrown_away_or_goes_back_on_sale_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread, drink) = (org.stores[0], org.products[0], org.products[1]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let sold = ticket(
            "T1",
            "2026-03-10T07:05",
            vec![line("P001", 5, None), line("P002", 3, None)],
        );
        let back = ticket(
            "T2",
            AT,
            vec![
                line("P001", -2, None),
                line("P002", -1, Some(ReturnTo::Shelf)),
                // Another one instead.
                line("P002", 1, None),
            ],
        );
        let told = record(services, &till, vec![sold, back.clone(), back.clone()]).await;
        assert_eq!((told.recorded, told.already_recorded), (2, 1), "{told:?}");
        assert_eq!(on_hand(&db, &org, store, bread).await, -5);
        assert_eq!(on_hand(&db, &org, store, drink).await, -3);
        let facts = moved(&db, &till, store, bread).await;
        assert_eq!(
            facts,
            [
                (MovementKind::Sale, -5, None),
                (MovementKind::Waste, -2, Some(StockReason::Returned)),
                (MovementKind::Return, 2, None),
            ]
        );
        let facts = moved(&db, &till, store, drink).await;
        assert_eq!(
            facts,
            [
                (MovementKind::Sale, -3, None),
                (MovementKind::Sale, -1, None),
                (MovementKind::Return, 1, None),
            ]
        );
        // Five were wanted and five stay wanted; the money went back.
        assert_eq!(day(&db, &org, 0).await, Some((5, 600)));
        assert_eq!(day(&db, &org, 1).await, Some((4, 600)));
        let tickets = sale::Entity::find().all(db.db().connection()).await;
        let tickets = tickets.expect("tickets");
        let total = tickets.iter().find(|sale| sale.transaction_id == "T2");
        assert_eq!(total.map(|sale| sale.total_minor), Some(-400));

        // Who says where it went says the same, or is refused.
        let mut said = back.clone();
        said.lines[0].return_to = Some(ReturnTo::Waste);
        said.lines[1].return_to = None;
        let again = outcome(services, &later(&till, 1), &said).await;
        assert_eq!(again, SaleOutcome::AlreadyRecorded);
        said.lines[0].return_to = Some(ReturnTo::Shelf);
        let other = record(services, &later(&till, 2), vec![said]).await;
        let fault = &other.results[0].faults[0];
        assert_eq!(
            (fault.field.as_str(), fault.reason.as_str()),
            ("lines.0", "already_stored_differently")
        );
        assert!(fault.message.contains("-2 x 2.00 = -4.00 (waste)"));

        // A file of the same day knows nothing of where it went, and repeats nothing.
        let analyst = org.ctx(RoleKey::Analyst).await;
        let rows = "T2,2026-03-10T07:10,S01,P001,-2,2.00,-4.00,\nT2,2026-03-10T07:10,S01,P002,-1,2.00,-2.00,\n\
            T2,2026-03-10T07:10,S01,P002,1,2.00,2.00,\nT3,2026-03-10T07:15,S01,P001,-1,2.00,-2.00,\n";
        let import = taken(services, &analyst, rows).await;
        let report = services.imports().report(&analyst, import).await;
        let counts = report.expect("a report").import;
        assert_eq!((counts.rows_duplicate, counts.rows_applied), (3, 1));
        assert_eq!(on_hand(&db, &org, store, bread).await, -5);
        assert_eq!(day(&db, &org, 0).await, Some((5, 400)));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_do_not_feel_what_was_thrown_away_and_what_is_back_on_sale_has_no_batch() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let till = later(&org.ctx(RoleKey::StoreManager).await, 30);
        let order = baking(&db, &kitchen, store, bread, 10).await;
        let orders = db.services().production_orders();
        let done = orders.complete(&kitchen, complete(order.id, 10, 0)).await;
        done.expect("completed");
        let services = db.services();
        let sold = vec![line("P001", 4, None), line("P001", -1, None)];
        record(
            services,
            &till,
            vec![ticket("T1", "2026-03-10T07:40", sold)],
        )
        .await;
        let lots = ledger(&db, &till, store, bread).await.lots;
        let of: Vec<_> = lots
            .iter()
            .map(|lot| (lot.order_id, lot.quantity))
            .collect();
        assert_eq!(of, [(Some(order.id), 6)]);

        let sealed = vec![line("P001", -2, Some(ReturnTo::Shelf))];
        record(
            services,
            &till,
            vec![ticket("T2", "2026-03-10T07:45", sealed)],
        )
        .await;
        let lots = ledger(&db, &till, store, bread).await.lots;
        let mut of: Vec<_> = lots
            .iter()
            .map(|lot| (lot.quantity, lot.order_id, lot.arrived_on))
            .collect();
        of.sort_unstable();
        assert_eq!(of, [(2, None, today()), (6, Some(order.id), today())]);
        assert_eq!(on_hand(&db, &org, store, bread).await, 8);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_ticket_takes_its_returns_with_it_even_where_one_was_put_back_by_hand() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread, drink) = (org.stores[0], org.products[0], org.products[1]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        // Nothing is to be paid in the end; it is a ticket all the same.
        let lines = vec![
            line("P001", 2, None),
            line("P001", -1, None),
            line("P002", -1, Some(ReturnTo::Shelf)),
        ];
        let even = ticket("T1", AT, lines);
        record(services, &till, vec![even.clone()]).await;
        assert_eq!(
            outcome(services, &till, &even).await,
            SaleOutcome::AlreadyRecorded
        );
        assert_eq!(on_hand(&db, &org, store, bread).await, -2);
        assert_eq!(on_hand(&db, &org, store, drink).await, 1);

        // It was whole after all.
        let told = ledger(&db, &till, store, bread).await;
        let thrown = told
            .movements
            .items
            .iter()
            .find(|m| m.kind == MovementKind::Waste);
        let command = ReverseMovement {
            command_id: Uuid::now_v7(),
            movement_id: thrown.expect("a movement").id,
            note: None,
        };
        let put_back = services.stock().reverse(&later(&till, 1), command).await;
        assert_eq!(put_back.expect("taken back").on_hand, -1);

        let command = void("T1");
        let voided = services
            .sales()
            .void(&later(&till, 2), command.clone())
            .await;
        let voided = voided.expect("voided");
        assert_eq!((voided.lines, voided.total_minor), (3, 0));
        let again = services.sales().void(&later(&till, 3), command).await;
        assert_eq!(again.expect("the same answer"), voided);
        assert_eq!(on_hand(&db, &org, store, bread).await, 0);
        assert_eq!(on_hand(&db, &org, store, drink).await, 0);
        assert_eq!(day(&db, &org, 0).await, None);
        assert_eq!(day(&db, &org, 1).await, None);
        let sent_again = outcome(services, &later(&till, 4), &even).await;
        assert_eq!(sent_again, SaleOutcome::Refused);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_before_a_count_changes_no_shelf_of_today() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        // 07:30 in the shop.
        let counted = services
            .stock()
            .count(&analyst, count_of(store, bread, 20))
            .await;
        counted.expect("counted");
        let evening = later(&analyst, 30);
        let back = |number: &str, at: &str, to: ReturnTo| {
            ticket(number, at, vec![line("P001", -3, Some(to))])
        };
        let before = vec![
            back("T1", "2026-03-10T07:05", ReturnTo::Shelf),
            back("T2", "2026-03-10T07:06", ReturnTo::Waste),
        ];
        record(services, &evening, before).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, 20);
        let after = vec![
            back("T3", "2026-03-10T07:40", ReturnTo::Shelf),
            back("T4", "2026-03-10T07:41", ReturnTo::Waste),
        ];
        record(services, &evening, after).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, 23);
        assert_eq!(day(&db, &org, 0).await, Some((0, -2_400)));
        for number in ["T1", "T2", "T4"] {
            let voided = services.sales().void(&evening, void(number)).await;
            voided.expect("voided");
            assert_eq!(on_hand(&db, &org, store, bread).await, 23);
        }
        let voided = services.sales().void(&evening, void("T3")).await;
        voided.expect("voided");
        assert_eq!(on_hand(&db, &org, store, bread).await, 20);
        assert_eq!(day(&db, &org, 0).await, None);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn returns_of_a_file_go_with_it_when_it_is_undone() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let counted = PostCount {
            counted_at: Some(now() - TimeDelta::days(2)),
            ..count_of(store, bread, 20)
        };
        let counted = services.stock().count(&analyst, counted).await;
        counted.expect("counted");
        let rows = "H1,2026-03-10T07:00,S01,P001,5,2.00,10.00,\nH2,2026-03-10T07:10,S01,P001,-2,1.50,-3.00,\n";
        let import_id = taken(services, &analyst, rows).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, 15);
        assert_eq!(day(&db, &org, 0).await, Some((5, 700)));
        let key = (store, bread, today());
        let row = daily_sales::Entity::find_by_id(key);
        let row = row.one(db.db().connection()).await.expect("a look");
        // The price of the day is that of what was sold.
        assert_eq!(row.expect("a day").unit_price_minor, Some(200));

        let command = DecideImport {
            command_id: Uuid::now_v7(),
            import_id,
        };
        let imports = services.imports();
        imports.undo(&analyst, command).await.expect("decided");
        imports.advance(&analyst, import_id).await.expect("undone");
        assert_eq!(on_hand(&db, &org, store, bread).await, 20);
        assert_eq!(day(&db, &org, 0).await, None);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_took_something_back_before_the_history_came_finds_its_shelf_as_it_left_it() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let lines = vec![line("P001", 2, None), line("P001", -1, None)];
        record(services, &analyst, vec![ticket("T1", AT, lines)]).await;
        let rows: String = (1..=9)
            .map(|day| format!("H{day},2026-03-{day:02}T09:00,S01,P001,50,2.00,100.00,\n"))
            .collect();
        taken(services, &analyst, &rows).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, -2);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_voided_a_ticket_before_the_history_came_finds_its_shelf_as_it_left_it() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let wrong = vec![line("P001", 4, None), line("P001", -1, None)];
        let right = vec![line("P001", 3, None)];
        let sales = vec![ticket("T1", AT, wrong), ticket("T2", AT, right)];
        record(services, &analyst, sales).await;
        let voided = services.sales().void(&later(&analyst, 1), void("T1")).await;
        voided.expect("voided");
        assert_eq!(on_hand(&db, &org, store, bread).await, -3);
        let rows: String = (1..=9)
            .map(|day| format!("H{day},2026-03-{day:02}T09:00,S01,P001,50,2.00,100.00,\n"))
            .collect();
        taken(services, &later(&analyst, 2), &rows).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, -3);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_makes_no_sense_is_refused_with_its_field() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let other = stranger(&db).await;
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        type Case = (fn(&mut NewSaleLine), &'static str, &'static str);
        let cases: [Case; 9] = [
            (|l| l.total_minor = 200, "total_minor", "paid_return"),
            (|l| l.total_minor = -203, "total_minor", "wrong_total"),
            (
                |l| (l.unit_price_minor, l.total_minor) = (0, 1),
                "total_minor",
                "paid_return",
            ),
            (
                |l| l.unit_price_minor = -200,
                "unit_price_minor",
                "negative_amount",
            ),
            (|l| l.quantity = 0, "total_minor", "negative_amount"),
            (
                |l| l.quantity = -MAX_QUANTITY - 1,
                "quantity",
                "absurd_quantity",
            ),
            (|l| l.quantity = i64::MIN, "quantity", "absurd_quantity"),
            (
                |l| l.total_minor = -MAX_TOTAL_MINOR - 1,
                "total_minor",
                "absurd_amount",
            ),
            (
                |l| {
                    *l = line("P001", 1, Some(ReturnTo::Shelf));
                },
                "return_to",
                "not_a_return",
            ),
        ];
        for (at, (change, field, why)) in cases.into_iter().enumerate() {
            let mut wrong = line("P001", -1, None);
            change(&mut wrong);
            let sale = ticket(&format!("T{at}"), AT, vec![line("P002", 1, None), wrong]);
            let told = record(services, &till, vec![sale]).await;
            assert_eq!(told.refused, 1, "{field} {why}: {told:?}");
            let faults = &told.results[0].faults;
            let named = faults
                .iter()
                .find(|f| f.field == format!("lines.1.{field}"));
            let named = named.unwrap_or_else(|| panic!("{field}: {faults:?}"));
            assert_eq!(named.reason, why);
            assert!(!named.message.is_empty());
        }
        // Each line may be as large as any; all of them together may not.
        let dear = NewSaleLine {
            unit_price_minor: MAX_PRICE_MINOR,
            total_minor: -MAX_TOTAL_MINOR,
            ..line("P001", -(MAX_TOTAL_MINOR / MAX_PRICE_MINOR), None)
        };
        let told = record(services, &till, vec![ticket("T9", AT, vec![dear; 11])]).await;
        let fault = &told.results[0].faults[0];
        assert_eq!(
            (fault.field.as_str(), fault.reason.as_str()),
            ("lines", "absurd_amount")
        );

        let good = || ticket("T10", AT, vec![line("P001", -1, None)]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let sales = vec![good()];
        let error = services
            .sales()
            .record(&kitchen, RecordSales { sales })
            .await;
        assert_eq!(reason(&error.expect_err("not theirs")), "forbidden");
        assert_eq!(day(&db, &org, 0).await, None);
        assert_eq!(day(&db, &org, 1).await, None);
        // The same codes name another shop for somebody else.
        let theirs = other.ctx(RoleKey::Analyst).await;
        record(services, &theirs, vec![good()]).await;
        assert_eq!(day(&db, &org, 0).await, None);
        assert_eq!(day(&db, &other, 0).await, Some((0, -200)));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_for_no_money_makes_no_day_of_its_shelf() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let free = NewSaleLine {
            unit_price_minor: 0,
            total_minor: 0,
            ..line("P001", -1, Some(ReturnTo::Shelf))
        };
        record(services, &till, vec![ticket("T1", AT, vec![free])]).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, 1);
        assert_eq!(day(&db, &org, 0).await, None);
        let sold = ticket("T2", AT, vec![line("P001", 2, None)]);
        record(services, &later(&till, 1), vec![sold]).await;
        assert_eq!(day(&db, &org, 0).await, Some((2, 400)));
        for (minutes, number) in [(2, "T2"), (3, "T1")] {
            let ctx = later(&till, minutes);
            let voided = services.sales().void(&ctx, void(number)).await;
            voided.expect("voided");
            assert_eq!(day(&db, &org, 0).await, None, "{number}");
        }
        assert_eq!(on_hand(&db, &org, store, bread).await, 0);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forecaster_learns_what_was_bought_and_nothing_from_a_day_on_which_something_only_came_back()
 {
    on_both(async |db| {
        let org = bakery(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        // On the eighth the shop was closed but for somebody who brought something back.
        let rows = "H1,2026-03-07T09:00,S01,P001,9,2.00,18.00,\nH2,2026-03-08T09:00,S01,P001,-4,2.00,-8.00,\n\
            H3,2026-03-09T09:00,S01,P001,6,2.00,12.00,\nH4,2026-03-09T09:30,S01,P001,-9,2.00,-18.00,\n";
        taken(services, &analyst, rows).await;
        let yesterday = today().pred_opt().expect("a day before");
        let panel = services.panels().build(&org.system(), yesterday).await;
        let panel = panel.expect("a panel").panel;
        let series = panel.series.iter().find(|s| !s.days.is_empty());
        let days = &series.expect("a series").days;
        let learned: Vec<_> = days.iter().map(|d| (d.date, d.quantity)).collect();
        let first = yesterday - Days::new(2);
        assert_eq!(learned, [(first, 9.0), (yesterday, 6.0)]);
    })
    .await;
}
