//! Tickets that are taken back at the till.

use crate::scene::{bakery, books_are_sound, count_of, later, on_hand, reason, stranger};
use contract::sales::{NewSale, NewSaleLine, RecordSales, RecordedSales, SaleOutcome, VoidSale};
use domain::RoleKey;
use entity::{daily_sales, sale_line};
use sea_orm::{EntityTrait, PaginatorTrait};
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
        payment_method: None,
        lines,
    }
}

async fn record(services: &Services, ctx: &Ctx, sales: Vec<NewSale>) -> RecordedSales {
    let recorded = services.sales().record(ctx, RecordSales { sales }).await;
    recorded.expect("recorded")
}

fn back(number: &str) -> VoidSale {
    VoidSale {
        command_id: Uuid::now_v7(),
        store_code: "S01".into(),
        transaction_id: number.into(),
        reason: "wrong customer".into(),
    }
}

/// Quantity and revenue of a product today; `None` where nothing was sold.
async fn day(db: &TestDb, org: &Org, product: usize) -> Option<(i64, i64)> {
    let key = (org.stores[0], org.products[product], today());
    let day = daily_sales::Entity::find_by_id(key);
    let day = day.one(db.db().connection()).await.expect("a look");
    day.map(|day| (day.quantity, day.revenue_minor))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_voided_once_and_its_number_stays_taken() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread, roll) = (org.stores[0], org.products[0], org.products[1]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let wrong = ticket(
            "T1",
            "2026-03-10T07:10",
            vec![line("P001", 2), line("P002", 1)],
        );
        let right = ticket("T2", "2026-03-10T07:12", vec![line("P001", 3)]);
        record(services, &till, vec![wrong.clone(), right]).await;
        assert_eq!(day(&db, &org, 0).await, Some((5, 1_000)));

        let command = back("T1");
        let voided = services.sales().void(&till, command.clone()).await;
        let voided = voided.expect("voided");
        assert_eq!((voided.lines, voided.total_minor), (2, 600));
        // The answer was lost: the same again has no second effect.
        let again = services.sales().void(&later(&till, 1), command).await;
        assert_eq!(again.expect("the same answer"), voided);
        assert_eq!(on_hand(&db, &org, store, bread).await, -3);
        assert_eq!(on_hand(&db, &org, store, roll).await, 0);
        assert_eq!(day(&db, &org, 0).await, Some((3, 600)));
        assert_eq!(day(&db, &org, 1).await, None);

        let twice = services.sales().void(&later(&till, 2), back("T1")).await;
        assert_eq!(reason(&twice.expect_err("voided already")), "sale.voided");
        let sent_again = record(services, &later(&till, 3), vec![wrong]).await;
        assert_eq!(sent_again.results[0].outcome, SaleOutcome::Refused);
        assert_eq!(sent_again.results[0].faults[0].reason, "transaction_voided");
        let lines = sale_line::Entity::find().count(db.db().connection()).await;
        assert_eq!(lines.expect("lines"), 1);
        assert_eq!(on_hand(&db, &org, store, bread).await, -3);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ticket_of_ones_own_is_not_voided() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let other = stranger(&db).await;
        let till = org.ctx(RoleKey::StoreManager).await;
        let services = db.services();
        let sold = ticket("T1", "2026-03-10T07:10", vec![line("P001", 2)]);
        record(services, &till, vec![sold]).await;
        let refused = async |ctx: &Ctx, command: VoidSale| {
            let refused = services.sales().void(ctx, command).await;
            reason(&refused.expect_err("refused")).to_owned()
        };
        assert_eq!(refused(&till, back("T9")).await, "not_found");
        assert_eq!(refused(&till, back("T\u{0}1")).await, "not_found");
        let nowhere = VoidSale {
            store_code: "S99".into(),
            ..back("T1")
        };
        assert_eq!(refused(&till, nowhere).await, "not_found");
        let silent = VoidSale {
            reason: "  ".into(),
            ..back("T1")
        };
        assert_eq!(refused(&till, silent).await, "required");
        let endless = VoidSale {
            reason: "x".repeat(201),
            ..back("T1")
        };
        assert_eq!(refused(&till, endless).await, "too_long");
        let theirs = other.ctx(RoleKey::StoreManager).await;
        assert_eq!(refused(&theirs, back("T1")).await, "not_found");
        let kitchen = org.ctx(RoleKey::Production).await;
        assert_eq!(refused(&kitchen, back("T1")).await, "forbidden");
        assert_eq!(day(&db, &org, 0).await, Some((2, 400)));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_from_before_the_count_is_voided_and_the_shelf_stays_as_it_was_counted() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let before = ticket("T1", "2026-03-10T07:05", vec![line("P001", 4)]);
        record(services, &analyst, vec![before]).await;
        // 07:30 in the shop.
        let counted = services
            .stock()
            .count(&analyst, count_of(store, bread, 20))
            .await;
        counted.expect("counted");
        let evening = later(&analyst, 30);
        let after = ticket("T2", "2026-03-10T07:45", vec![line("P001", 3)]);
        record(services, &evening, vec![after]).await;
        assert_eq!(on_hand(&db, &org, store, bread).await, 17);

        let first = services.sales().void(&evening, back("T1")).await;
        first.expect("voided");
        assert_eq!(on_hand(&db, &org, store, bread).await, 17);
        let second = services.sales().void(&evening, back("T2")).await;
        second.expect("voided");
        assert_eq!(on_hand(&db, &org, store, bread).await, 20);
        assert_eq!(day(&db, &org, 0).await, None);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tills_that_void_a_ticket_at_once_void_it_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let till = org.ctx(RoleKey::StoreManager).await;
        let sold = ticket("T1", "2026-03-10T07:10", vec![line("P001", 2)]);
        record(db.services(), &till, vec![sold]).await;
        let tries: Vec<_> = (0..4)
            .map(|_| {
                let (services, ctx) = (db.services().clone(), till.clone());
                tokio::spawn(async move { services.sales().void(&ctx, back("T1")).await })
            })
            .collect();
        let mut voided = 0;
        for tried in tries {
            match tried.await.expect("no panic") {
                Ok(_) => voided += 1,
                Err(error) => assert_eq!(reason(&error), "sale.voided"),
            }
        }
        assert_eq!((voided, on_hand(&db, &org, store, bread).await), (1, 0));
        books_are_sound(&db, &org).await;
    })
    .await;
}
