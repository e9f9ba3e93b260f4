//! Finding the days on which shelves ran empty, in tickets and in the ledger.

use crate::rows::{day, forbidden};
use chrono::{Days, NaiveDate, TimeZone};
use contract::imports::{CreateImport, DecideImport};
use contract::stock::{CountedProduct, PostCount};
use domain::{ImportStatus, RoleKey, SoldOutBy};
use entity::daily_sales;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use services::history::DailyTotal;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with};
use uuid::Uuid;

const HEADER: &str = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id\n";

async fn bakery(db: &TestDb) -> Org {
    let spec = OrgSpec {
        products: 3,
        ..OrgSpec::default()
    };
    org_with(db, spec).await
}

/// Tickets of one product on one day: one piece every 24 minutes from eight in the morning, so many times. Thirty
/// reach half past seven in the evening.
fn pieces(date: NaiveDate, product: usize, first: usize, count: usize) -> String {
    (first..first + count)
        .map(|n| {
            let minute = 480 + 24 * n;
            format!(
                "{date}-{product}-{n},{date}T{:02}:{:02},S01,P{product:03},1,2.00,2.00,\n",
                minute / 60,
                minute % 60
            )
        })
        .collect()
}

/// Three weeks until the day before the last: the first and the third product sell all day, the second twice.
fn weeks(last: NaiveDate) -> String {
    (1..=20)
        .map(|n| last - Days::new(n))
        .map(|date| pieces(date, 1, 0, 30) + &pieces(date, 2, 2, 2) + &pieces(date, 3, 0, 30))
        .collect()
}

pub(crate) async fn take(db: &TestDb, org: &Org, rows: &str) {
    let (ctx, imports) = (org.system(), db.services().imports());
    let command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: "sales.csv".into(),
        store_id: None,
        threshold_bp: None,
    };
    let bytes = format!("{HEADER}{rows}").into_bytes();
    let file = futures::stream::iter([std::io::Result::Ok(bytes)]);
    let id = imports
        .create(&ctx, command, file, 10_000_000)
        .await
        .expect("the upload is stored")
        .id;
    imports.advance(&ctx, id).await.expect("the check runs");
    let decision = DecideImport {
        command_id: Uuid::now_v7(),
        import_id: id,
    };
    imports.apply(&ctx, decision).await.expect("it is decided");
    imports.advance(&ctx, id).await.expect("the rows are taken");
    let taken = imports.get(&ctx, id).await.expect("there is an import");
    assert_eq!(taken.status, ImportStatus::Applied, "{taken:?}");
}

async fn days(db: &TestDb) -> Vec<daily_sales::Model> {
    daily_sales::Entity::find()
        .order_by_asc(daily_sales::Column::BusinessDate)
        .order_by_asc(daily_sales::Column::ProductId)
        .all(db.db().connection())
        .await
        .expect("the days are read")
}

async fn marked(db: &TestDb) -> Vec<daily_sales::Model> {
    daily_sales::Entity::find()
        .filter(daily_sales::Column::Censored.eq(true))
        .all(db.db().connection())
        .await
        .expect("the days are read")
}

#[tokio::test]
async fn a_shelf_that_fell_silent_at_noon_is_marked_until_the_rest_of_its_tickets_comes() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let last = day(3, 9);
        // The first product ends at half past one; the second always ends early, and that is nothing to wonder at.
        let today = pieces(last, 1, 0, 15) + &pieces(last, 2, 2, 2) + &pieces(last, 3, 0, 30);
        take(&db, &org, &(weeks(last) + &today)).await;
        let search = db.services().sold_out_days();
        let before = search.sales_version(&org.system(), last).await.unwrap();
        let found = search.examine(&org.system(), last).await.unwrap();
        assert_eq!((found.examined, found.waiting), (63, 0), "{found:?}");
        assert_eq!(
            (found.by_last_sale, found.by_ledger, found.told),
            (1, 0, 0),
            "{found:?}"
        );
        let [empty] = &marked(&db).await[..] else {
            panic!("one day is marked");
        };
        assert_eq!(
            (empty.product_id, empty.business_date, empty.sold_out_by),
            (org.products[0], last, Some(SoldOutBy::LastSale))
        );
        let lost = empty.lost_units.unwrap();
        assert!(
            (13..=17).contains(&lost),
            "15 did not come, {lost} estimated"
        );
        assert_eq!(found.lost_minor, 200 * lost);
        let all = days(&db).await;
        assert!(all.iter().all(|d| d.examined_at.is_some()));
        assert!(
            all.iter()
                .filter(|d| !d.censored)
                .all(|d| d.lost_units == Some(0))
        );

        // A second look finds nothing to do, and marks are no sales.
        let again = search.examine(&org.system(), last).await.unwrap();
        assert_eq!(again, services::sold_out::SoldOutReport::default());
        assert_eq!(days(&db).await, all);
        assert_eq!(
            search.sales_version(&org.system(), last).await.unwrap(),
            before
        );

        // The till had kept the afternoon to itself.
        take(&db, &org, &pieces(last, 1, 15, 15)).await;
        assert_ne!(
            search.sales_version(&org.system(), last).await.unwrap(),
            before
        );
        let late = search.examine(&org.system(), last).await.unwrap();
        assert_eq!((late.examined, late.by_last_sale), (3, 0), "{late:?}");
        assert!(marked(&db).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_shelf_that_the_ledger_saw_empty_is_marked_however_late_it_was() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let last = day(3, 9);
        take(&db, &org, &weeks(last)).await;
        let counted = |product: usize, counted| CountedProduct {
            product_id: org.products[product],
            counted,
        };
        let count = PostCount {
            command_id: Uuid::now_v7(),
            store_id: org.stores[0],
            counted_at: Some(
                chrono_tz::Europe::Madrid
                    .with_ymd_and_hms(2026, 3, 9, 6, 0, 0)
                    .unwrap()
                    .to_utc(),
            ),
            lines: vec![counted(0, 28), counted(2, 40)],
            note: None,
        };
        db.services()
            .stock()
            .count(&org.system(), count)
            .await
            .unwrap();
        // Of the first the last piece is sold twenty minutes before the others end; of the third ten are left.
        let today = pieces(last, 1, 0, 28) + &pieces(last, 3, 0, 30);
        take(&db, &org, &today).await;
        let found = db
            .services()
            .sold_out_days()
            .examine(&org.system(), last)
            .await
            .unwrap();
        assert_eq!((found.by_ledger, found.by_last_sale), (1, 0), "{found:?}");
        let [empty] = &marked(&db).await[..] else {
            panic!("one day is marked");
        };
        assert_eq!(
            (empty.product_id, empty.business_date, empty.sold_out_by),
            (org.products[0], last, Some(SoldOutBy::Ledger))
        );
        assert!((1..=3).contains(&empty.lost_units.unwrap()), "{empty:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_brought_back_neither_fills_nor_clears_a_shelf_that_ran_empty_and_lowers_no_demand()
{
    on_both(async |db| {
        let org = bakery(&db).await;
        let last = day(3, 9);
        take(&db, &org, &weeks(last)).await;
        let counted = |product: usize, counted| CountedProduct {
            product_id: org.products[product],
            counted,
        };
        let opened = PostCount {
            command_id: Uuid::now_v7(),
            store_id: org.stores[0],
            counted_at: Some(
                chrono_tz::Europe::Madrid
                    .with_ymd_and_hms(2026, 3, 9, 6, 0, 0)
                    .unwrap()
                    .to_utc(),
            ),
            lines: vec![counted(0, 28), counted(2, 40)],
            note: None,
        };
        let stock = db.services().stock();
        stock.count(&org.system(), opened).await.unwrap();
        // The last piece is sold before seven; at seven somebody brings two back, and they are thrown away.
        let back = format!("R1,{last}T19:00,S01,P001,-2,2.00,-4.00,\n");
        let today = pieces(last, 1, 0, 28) + &pieces(last, 3, 0, 30) + &back;
        take(&db, &org, &today).await;
        let search = db.services().sold_out_days();
        let found = search.examine(&org.system(), last).await.unwrap();
        assert_eq!((found.by_ledger, found.by_last_sale), (1, 0), "{found:?}");
        let [empty] = &marked(&db).await[..] else {
            panic!("one day is marked");
        };
        assert_eq!(
            (empty.product_id, empty.business_date, empty.sold_out_by),
            (org.products[0], last, Some(SoldOutBy::Ledger))
        );
        assert_eq!((empty.quantity, empty.revenue_minor), (28, 26 * 200));
    })
    .await;
}

#[tokio::test]
async fn totals_keep_the_word_of_whoever_handed_them_in_and_young_shops_wait() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let last = day(3, 9);
        let total = |n: u64, sold_out| DailyTotal {
            store_id: org.stores[0],
            product_id: org.products[0],
            business_date: last - Days::new(n),
            quantity: 12,
            unit_price_minor: 200,
            promotion: None,
            sold_out,
        };
        let totals = [total(9, true), total(8, false)];
        let history = db.services().history();
        history.put_totals(&org.system(), &totals).await.unwrap();
        for n in (0..6).rev() {
            take(
                &db,
                &org,
                &pieces(last - Days::new(n), 1, 0, 10 + n as usize),
            )
            .await;
        }
        let search = db.services().sold_out_days();
        let found = search.examine(&org.system(), last).await.unwrap();
        assert_eq!((found.examined, found.waiting), (0, 6), "{found:?}");
        let days = days(&db).await;
        assert_eq!(
            (days[0].censored, days[0].sold_out_by, days[0].lost_units),
            (true, Some(SoldOutBy::Told), None)
        );
        assert!(days[0].examined_at.is_some() && days[1].examined_at.is_some());
        assert!(
            days[2..]
                .iter()
                .all(|d| !d.censored && d.examined_at.is_none())
        );
        let manager = org.ctx(RoleKey::StoreManager).await;
        forbidden(search.examine(&manager, last).await);
    })
    .await;
}
