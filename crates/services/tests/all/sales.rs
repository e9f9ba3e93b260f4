//! Tickets as tills send them: once each, whoever sends them how often, and never at the cost of the others.

use crate::scene::{bakery, books_are_sound, count_of, later, on_hand, reason, stranger};
use contract::imports::{CreateImport, DecideImport};
use contract::sales::{NewSale, NewSaleLine, RecordSales, RecordedSales, SaleOutcome};
use domain::{ImportStatus, PaymentMethod, RoleKey};
use entity::{daily_sales, sale, sale_line};
use ingest::amount::{MAX_DAY_MINOR, MAX_PRICE_MINOR, MAX_TICKET_MINOR, MAX_TOTAL_MINOR};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use services::history::DailyTotal;
use services::{Ctx, Services};
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

fn line(sku: &str, quantity: i64) -> NewSaleLine {
    NewSaleLine {
        sku: sku.into(),
        quantity,
        unit_price_minor: 200,
        total_minor: 200 * quantity,
        promotion_code: None,
        return_to: None,
    }
}

fn ticket(number: &str, at: &str, lines: Vec<NewSaleLine>) -> NewSale {
    NewSale {
        transaction_id: number.into(),
        store_code: "S01".into(),
        sold_at: at.into(),
        payment_method: Some(PaymentMethod::Card),
        lines,
    }
}

async fn record(services: &Services, ctx: &Ctx, sales: Vec<NewSale>) -> RecordedSales {
    let recorded = services.sales().record(ctx, RecordSales { sales }).await;
    recorded.expect("recorded")
}

/// A file of these rows, sent and taken.
pub async fn taken(services: &Services, ctx: &Ctx, rows: &str) -> Uuid {
    let header = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id\n";
    let imports = services.imports();
    let create = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: "day.csv".into(),
        store_id: None,
        threshold_bp: None,
    };
    let bytes = futures::stream::iter([Ok(format!("{header}{rows}").into_bytes())]);
    let import = imports
        .create(ctx, create, bytes, 1_000_000)
        .await
        .expect("sent");
    imports.advance(ctx, import.id).await.expect("checked");
    let take = DecideImport {
        command_id: Uuid::now_v7(),
        import_id: import.id,
    };
    imports.apply(ctx, take).await.expect("decided");
    imports.advance(ctx, import.id).await.expect("taken");
    import.id
}

fn counts(recorded: &RecordedSales) -> (u32, u32, u32) {
    (
        recorded.recorded,
        recorded.already_recorded,
        recorded.refused,
    )
}

async fn stored(db: &TestDb, org: &Org) -> (u64, u64) {
    let connection = db.db().connection();
    let tickets = sale::Entity::find().filter(sale::Column::OrganizationId.eq(org.id));
    let lines = sale_line::Entity::find().filter(sale_line::Column::OrganizationId.eq(org.id));
    (
        tickets.count(connection).await.expect("tickets"),
        lines.count(connection).await.expect("lines"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_takes_from_the_shelf_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let sold = ticket(
            "T1",
            "2026-03-10T07:10",
            vec![line("P001", 2), line("P002", 1), line("P001", 3)],
        );
        let answer = record(services, &till, vec![sold.clone(), sold.clone()]).await;
        assert_eq!(counts(&answer), (1, 1, 0));
        assert_eq!(on_hand(&db, &org, store, product).await, -5);
        let again = record(services, &till, vec![sold.clone()]).await;
        assert_eq!(counts(&again), (0, 1, 0));
        let day = daily_sales::Entity::find_by_id((store, product, today()))
            .one(db.db().connection())
            .await
            .expect("a day")
            .expect("of this shelf");
        assert_eq!((day.quantity, day.revenue_minor), (5, 1_000));
        let row = sale::Entity::find()
            .one(db.db().connection())
            .await
            .expect("a ticket")
            .expect("one");
        assert_eq!(
            (row.total_minor, row.payment_method),
            (1_200, Some(PaymentMethod::Card))
        );

        // A line that was missing is added; one that says something else is refused, and with it the ticket.
        let mut longer = sold.clone();
        longer.lines.push(line("P003", 1));
        assert_eq!(
            counts(&record(services, &till, vec![longer]).await),
            (1, 0, 0)
        );
        let mut other = sold.clone();
        other.lines[1].quantity = 7;
        other.lines[1].total_minor = 1_400;
        other.lines.push(line("P003", 2));
        let refused = record(services, &till, vec![other]).await;
        let fault = &refused.results[0].faults[0];
        assert_eq!(
            (fault.field.as_str(), fault.reason.as_str()),
            ("lines.1", "already_stored_differently")
        );
        let tomorrow = ticket("T1", "2026-03-09T07:10", vec![line("P001", 1)]);
        let refused = record(services, &till, vec![tomorrow]).await;
        let fault = &refused.results[0].faults[0];
        assert_eq!(
            (fault.field.as_str(), fault.reason.as_str()),
            ("transaction_id", "transaction_stored")
        );
        assert_eq!(stored(&db, &org).await, (1, 4));
        // What is refused is refused as often as it stands in a request.
        let mut wrong = sold.clone();
        wrong.lines[1].quantity = 7;
        wrong.lines[1].total_minor = 1_400;
        let refused = record(services, &till, vec![wrong.clone(), wrong]).await;
        assert_eq!(counts(&refused), (0, 0, 2));
        assert_eq!(refused.results[0].faults, refused.results[1].faults);
        // As in a file, white space around a number is no part of it.
        let mut spaced = sold.clone();
        spaced.transaction_id = " T1 ".into();
        let again = record(services, &till, vec![spaced]).await;
        assert_eq!(counts(&again), (0, 1, 0));
        assert_eq!(again.results[0].transaction_id, " T1 ");

        // What a till has sent, a file of the same day repeats.
        let file = "T1,2026-03-10T07:10,S01,P001,2,2.00,4.00,\nT1,2026-03-10T07:10,S01,P002,1,2.00,2.00,\n\
            T1,2026-03-10T07:10,S01,P001,3,2.00,6.00,\nT2,2026-03-10T07:20,S01,P001,1,2.00,2.00,\n";
        let analyst = org.ctx(RoleKey::Analyst).await;
        let imports = services.imports();
        let import = taken(services, &analyst, file).await;
        let report = imports.report(&analyst, import).await.expect("a report");
        assert_eq!(report.import.status, ImportStatus::Applied);
        assert_eq!(report.import.rows_duplicate, 3);
        assert_eq!(stored(&db, &org).await, (2, 5));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_ticket_holds_up_no_other() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let foreign = stranger(&db).await;
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let at = "2026-03-10T07:10";
        let changed = |change: fn(&mut NewSale)| {
            let mut sale = ticket("T9", at, vec![line("P001", 1)]);
            change(&mut sale);
            sale
        };
        type Case = (fn(&mut NewSale), &'static str, &'static str);
        let cases: [Case; 20] = [
            (
                |s| s.transaction_id.clear(),
                "transaction_id",
                "empty_value",
            ),
            (
                |s| s.transaction_id = "x".repeat(65),
                "transaction_id",
                "value_too_long",
            ),
            (
                |s| s.transaction_id = "a\u{7}b".into(),
                "transaction_id",
                "control_character",
            ),
            (
                |s| s.store_code = "S99".into(),
                "store_code",
                "unknown_store",
            ),
            // The manager sees the first store only.
            (
                |s| s.store_code = "S02".into(),
                "store_code",
                "unknown_store",
            ),
            (
                |s| s.sold_at = "yesterday".into(),
                "sold_at",
                "not_a_timestamp",
            ),
            (
                |s| s.sold_at = "1926-03-10T07:10".into(),
                "sold_at",
                "too_old",
            ),
            // A till whose clock is a day ahead.
            (
                |s| s.sold_at = "2026-03-11T07:10".into(),
                "sold_at",
                "future_date",
            ),
            (
                |s| s.store_code = "S\u{0}1".into(),
                "store_code",
                "control_character",
            ),
            (
                |s| s.lines[0].sku = "P\u{0}".into(),
                "lines.0.sku",
                "control_character",
            ),
            (
                |s| s.lines[0].total_minor = 402,
                "lines.0.total_minor",
                "wrong_total",
            ),
            (|s| s.lines.clear(), "lines", "empty_value"),
            (
                |s| s.lines[0].sku = "P999".into(),
                "lines.0.sku",
                "unknown_product",
            ),
            (
                |s| s.lines[0].quantity = 0,
                "lines.0.quantity",
                "zero_quantity",
            ),
            (
                |s| s.lines[0].quantity = -2,
                "lines.0.total_minor",
                "paid_return",
            ),
            (
                |s| s.lines[0].quantity = i64::MAX,
                "lines.0.quantity",
                "absurd_quantity",
            ),
            (
                |s| s.lines[0].unit_price_minor = -1,
                "lines.0.unit_price_minor",
                "negative_amount",
            ),
            (
                |s| s.lines[0].unit_price_minor = i64::MAX,
                "lines.0.unit_price_minor",
                "absurd_amount",
            ),
            (
                |s| s.lines[0].total_minor = i64::MIN,
                "lines.0.total_minor",
                "negative_amount",
            ),
            (
                |s| s.lines[0].promotion_code = Some("x".repeat(65)),
                "lines.0.promotion_code",
                "value_too_long",
            ),
        ];
        let mut sales: Vec<NewSale> = cases.iter().map(|(change, ..)| changed(*change)).collect();
        sales.push(ticket("T1", at, vec![line("P001", 2)]));
        let twice = ticket("T1", at, vec![line("P001", 1)]);
        sales.push(twice);
        let answer = record(services, &till, sales).await;
        assert_eq!(counts(&answer), (1, 0, 21));
        for ((_, field, why), result) in cases.iter().zip(&answer.results) {
            assert_eq!(result.outcome, SaleOutcome::Refused);
            let found: Vec<_> = result
                .faults
                .iter()
                .map(|fault| (fault.field.as_str(), fault.reason.as_str()))
                .collect();
            assert_eq!(found, [(*field, *why)]);
            assert!(!result.faults[0].message.is_empty());
        }
        assert_eq!(answer.results[21].faults[0].reason, "transaction_reused");
        assert_eq!(stored(&db, &org).await, (1, 1));

        for sales in [vec![], vec![changed(|_| {}); 1_001]] {
            let error = services.sales().record(&till, RecordSales { sales }).await;
            assert_eq!(reason(&error.expect_err("too many")), "too_many");
        }
        let kitchen = org.ctx(RoleKey::Production).await;
        let error = services
            .sales()
            .record(
                &kitchen,
                RecordSales {
                    sales: vec![changed(|_| {})],
                },
            )
            .await;
        assert_eq!(reason(&error.expect_err("not theirs")), "forbidden");
        // The same code names another shop for somebody else.
        let other = foreign.ctx(RoleKey::Analyst).await;
        assert_eq!(
            counts(&record(services, &other, vec![changed(|_| {})]).await),
            (1, 0, 0)
        );
        assert_eq!(stored(&db, &org).await, (1, 1));
        assert_eq!(stored(&db, &foreign).await, (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_from_before_the_count_changes_no_shelf_of_today() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        // 07:30 in the shop.
        services
            .stock()
            .count(&analyst, count_of(store, product, 20))
            .await
            .expect("counted");
        let analyst = later(&analyst, 30);
        let sales = vec![
            ticket("late", "2026-03-10T07:05", vec![line("P001", 4)]),
            ticket("then", "2026-03-10T06:45:00Z", vec![line("P001", 3)]),
        ];
        record(services, &analyst, sales).await;
        assert_eq!(on_hand(&db, &org, store, product).await, 17);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cashiers_who_send_everything_twice_and_a_nightly_file_of_tills_do_not_get_in_each_others_way()
 {
    const CASHIERS: usize = 8;
    const TICKETS: usize = 12;
    const SYNCED: usize = 3_000;
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = || db.services().clone();
        let mut attempts = Vec::new();
        for cashier in 0..CASHIERS {
            // Two devices with the same tickets, in opposite orders of their lines' shelves.
            for device in 0..2 {
                let (services, ctx) = (services(), till.clone());
                attempts.push(tokio::spawn(async move {
                    let mut total = (0, 0, 0);
                    for n in 0..TICKETS {
                        let lines = vec![line("P001", 1), line("P002", 2), line("P003", 1)];
                        let mut sold =
                            ticket(&format!("C{cashier}-{n}"), "2026-03-10T07:10", lines);
                        if device == 1 {
                            sold.lines.reverse();
                        }
                        let (a, b, c) = counts(&record(&services, &ctx, vec![sold]).await);
                        total = (total.0 + a, total.1 + b, total.2 + c);
                    }
                    total
                }));
            }
        }
        // What the tills of the day before had kept to themselves.
        for part in 0..3 {
            let (services, ctx) = (services(), till.clone());
            attempts.push(tokio::spawn(async move {
                let sales = (0..SYNCED / 3)
                    .map(|n| {
                        let skus = [["P001", "P002"], ["P003", "P001"]][n % 2];
                        let lines = skus.map(|sku| line(sku, 1)).to_vec();
                        ticket(&format!("N{part}-{n}"), "2026-03-09T18:10", lines)
                    })
                    .collect();
                counts(&record(&services, &ctx, sales).await)
            }));
        }
        let mut total = (0, 0, 0);
        for attempt in attempts {
            let (a, b, c) = attempt.await.expect("nobody was sent away");
            total = (total.0 + a, total.1 + b, total.2 + c);
        }
        let once = u32::try_from(CASHIERS * TICKETS).unwrap();
        assert_eq!(total, (once + 3_000, once, 0));
        let tickets = u64::from(once) + 3_000;
        assert_eq!(
            stored(&db, &org).await,
            (tickets, 3 * u64::from(once) + 6_000)
        );
        assert_eq!(
            on_hand(&db, &org, store, product).await,
            -i64::from(once) - 3_000
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_came_before_the_history_finds_its_shelf_as_it_left_it() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let first = ticket("T1", "2026-03-10T07:10", vec![line("P001", 2)]);
        record(services, &analyst, vec![first]).await;
        let rows: String = (1..=9)
            .map(|day| format!("H{day},2026-03-{day:02}T09:00,S01,P001,50,2.00,100.00,\n"))
            .collect();
        taken(services, &analyst, &rows).await;
        assert_eq!(on_hand(&db, &org, store, product).await, -2);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_tills_add_while_an_import_of_their_tickets_is_undone_stay() {
    const TICKETS: usize = 60;
    on_both(async |db| {
        let org = bakery(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let rows: String = (0..TICKETS)
            .map(|n| format!("T{n},2026-03-09T09:00,S01,P001,1,2.00,2.00,\n"))
            .collect();
        let import = taken(db.services(), &analyst, &rows).await;
        let undo = DecideImport {
            command_id: Uuid::now_v7(),
            import_id: import,
        };
        let imports = db.services().imports();
        imports.undo(&analyst, undo).await.expect("decided");
        let undoing = {
            let (services, ctx) = (db.services().clone(), analyst.clone());
            tokio::spawn(async move {
                let imports = services.imports().with_batch_rows(3);
                imports.advance(&ctx, import).await.map(|_| ())
            })
        };
        let tills: Vec<_> = (0..4)
            .map(|till| {
                let (services, ctx) = (db.services().clone(), analyst.clone());
                tokio::spawn(async move {
                    let mut recorded = 0;
                    for n in (till..TICKETS).step_by(4) {
                        let lines = vec![line("P002", 1)];
                        let sold = ticket(&format!("T{n}"), "2026-03-09T09:00", lines);
                        recorded += counts(&record(&services, &ctx, vec![sold]).await).0;
                    }
                    recorded
                })
            })
            .collect();
        let mut recorded = 0;
        for till in tills {
            recorded += till.await.expect("nobody was sent away");
        }
        undoing.await.expect("no panic").expect("undone");
        assert_eq!(recorded as usize, TICKETS);
        let tickets = TICKETS as u64;
        assert_eq!(stored(&db, &org).await, (tickets, tickets));
        let day = daily_sales::Entity::find_by_id((
            org.stores[0],
            org.products[1],
            today().pred_opt().unwrap(),
        ))
        .one(db.db().connection())
        .await
        .expect("a day")
        .expect("of this shelf");
        assert_eq!(day.quantity, 60);
        books_are_sound(&db, &org).await;
    })
    .await;
}

/// The largest line that is taken: a thousand at a million each.
fn dear() -> NewSaleLine {
    NewSaleLine {
        unit_price_minor: MAX_PRICE_MINOR,
        total_minor: MAX_TOTAL_MINOR,
        ..line("P001", MAX_TOTAL_MINOR / MAX_PRICE_MINOR)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_of_the_largest_tickets_hold_and_larger_ones_are_refused_with_a_reason() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (services, till) = (db.services(), org.ctx(RoleKey::Analyst).await);
        let at = "2026-03-10T07:00:00";
        let most = usize::try_from(MAX_TICKET_MINOR / MAX_TOTAL_MINOR).expect("few");
        let number = |n: usize| format!("L{n}");
        let sales = (0..95).map(|n| ticket(&number(n), at, vec![dear(); most]));
        let answer = record(services, &till, sales.collect()).await;
        assert_eq!(counts(&answer), (95, 0, 0));
        let day = daily_sales::Entity::find()
            .filter(daily_sales::Column::OrganizationId.eq(org.id))
            .one(services.db().connection())
            .await;
        let day = day.expect("readable").expect("a day");
        assert_eq!(day.revenue_minor, 95 * MAX_TICKET_MINOR);

        let mut lines = vec![dear(); most];
        lines.push(line("P002", 1));
        let mut over = dear();
        over.total_minor += 1;
        let refused = vec![
            ticket("M1", at, lines),
            ticket("M2", at, vec![over]),
            ticket("M3", at, vec![line("P002", 1)]),
        ];
        let answer = record(services, &till, refused).await;
        assert_eq!(counts(&answer), (1, 0, 2));
        let faults = answer.results.iter().flat_map(|result| &result.faults);
        let faults: Vec<_> = faults
            .map(|fault| (fault.field.as_str(), fault.reason.as_str()))
            .collect();
        assert_eq!(
            faults,
            [
                ("lines", "absurd_amount"),
                ("lines.0.total_minor", "absurd_amount")
            ]
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_which_only_the_sum_is_kept_has_a_largest_sum_too() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let total = |quantity, unit_price_minor| DailyTotal {
            store_id: org.stores[0],
            product_id: org.products[0],
            business_date: today(),
            quantity,
            unit_price_minor,
            promotion: None,
            sold_out: false,
        };
        let history = db.services().history();
        let system = org.system();
        let wrong = [
            total(MAX_DAY_MINOR, 2),
            total(i64::MAX, i64::MAX),
            total(-1, 200),
            total(1, -200),
        ];
        for wrong in wrong {
            let refused = history.put_totals(&system, &[total(3, 200), wrong]).await;
            assert_eq!(reason(&refused.expect_err("no day")), "absurd_amount");
        }
        let days = daily_sales::Entity::find().count(db.services().db().connection());
        assert_eq!(days.await.expect("counted"), 0);
        let most = total(MAX_DAY_MINOR, 1);
        history.put_totals(&system, &[most]).await.expect("written");
    })
    .await;
}
