//! The page of today, from known rows.

use crate::rows::{self, day};
use crate::scene::{baking, complete, later};
use domain::outlook::Risk;
use domain::{OrderStatus, RoleKey};
use services::{Db, Services};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{OrgSpec, TestDb, on_both, org_with, today};

fn spec(products: usize) -> OrgSpec {
    OrgSpec {
        products,
        ..OrgSpec::default()
    }
}

#[tokio::test]
async fn today_shows_what_is_there_what_comes_and_what_may_run_out() {
    on_both(async |db| {
        let org = org_with(&db, spec(4)).await;
        let store = org.stores[0];
        rows::issue(&db, &org, store, day(3, 9), (80.0, 100.0, 120.0)).await;
        // 60 there and 30 on their way of 100: runs out. 130 of 100: left over. 110: fine. The fourth was never counted.
        rows::on_hand(&db, &org, store, org.products[0], 60).await;
        rows::order(
            &db,
            &org,
            store,
            org.products[0],
            1,
            today(),
            30,
            OrderStatus::InProgress,
        )
        .await;
        rows::order(
            &db,
            &org,
            store,
            org.products[0],
            2,
            today(),
            500,
            OrderStatus::Cancelled,
        )
        .await;
        rows::order(
            &db,
            &org,
            store,
            org.products[0],
            3,
            day(3, 11),
            96,
            OrderStatus::Pending,
        )
        .await;
        rows::on_hand(&db, &org, store, org.products[1], 130).await;
        rows::on_hand(&db, &org, store, org.products[2], 105).await;
        rows::sold(&db, &org, store, org.products[2], day(3, 9), 70, true).await;

        let manager = org.ctx(RoleKey::StoreManager).await;
        let view = db.services().today().view(&manager, store).await.unwrap();
        assert_eq!((view.date, view.tickets_in), (today(), false));
        // 07:30, open from 07:00 to 21:00.
        assert_eq!(view.day_passed_bp, 357);
        assert_eq!(view.yesterday.sold_out, ["Producto 3"]);
        assert_eq!(view.yesterday.lost_minor, Some(800));
        assert!(view.yesterday.score.is_none());
        let row = |n: usize| {
            view.rows
                .iter()
                .find(|r| r.product.id == org.products[n])
                .unwrap()
        };
        let first = row(0);
        assert_eq!(
            (first.on_hand, first.arriving, first.arriving_tomorrow),
            (Some(60), 30, 96)
        );
        assert_eq!((first.sell_out, first.missing), (Risk::Likely, 30));
        assert_eq!((first.waste, first.surplus), (Risk::None, 0));
        assert_eq!(first.today.as_ref().unwrap().band.median(), 100);
        assert_eq!(first.tomorrow.as_ref().unwrap().band.high(), 120);
        let second = row(1);
        assert_eq!(
            (second.sell_out, second.waste, second.surplus),
            (Risk::None, Risk::Likely, 30)
        );
        let third = row(2);
        assert_eq!(
            (third.sell_out, third.missing, third.waste),
            (Risk::Possible, 15, Risk::None)
        );
        let fourth = row(3);
        assert_eq!(
            (fourth.on_hand, fourth.sell_out, fourth.waste),
            (None, Risk::Unknown, Risk::Unknown)
        );
        // Likely trouble stands first, the rest by sku.
        let order: Vec<_> = view.rows.iter().map(|r| r.product.sku.as_str()).collect();
        assert_eq!(order, ["P001", "P002", "P003", "P004"]);
    })
    .await;
}

#[tokio::test]
async fn tickets_of_today_change_what_is_left_and_a_shelf_below_zero_is_not_judged() {
    on_both(async |db| {
        let org = org_with(&db, spec(2)).await;
        let store = org.stores[0];
        rows::issue(&db, &org, store, day(3, 9), (80.0, 100.0, 120.0)).await;
        rows::on_hand(&db, &org, store, org.products[0], 90).await;
        rows::on_hand(&db, &org, store, org.products[1], -4).await;
        rows::sold(&db, &org, store, org.products[0], today(), 3, false).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let view = db.services().today().view(&manager, store).await.unwrap();
        assert!(view.tickets_in);
        let row = |n: usize| {
            view.rows
                .iter()
                .find(|r| r.product.id == org.products[n])
                .unwrap()
        };
        let left = row(0).left_today.unwrap();
        assert!(left.median() < 100 && left.median() > 90, "{left:?}");
        assert_eq!(row(0).sold, 3);
        assert_eq!((row(1).on_hand, row(1).sell_out), (Some(-4), Risk::Unknown));
    })
    .await;
}

#[tokio::test]
async fn what_expired_is_named_and_not_counted_on() {
    on_both(async |db| {
        let org = org_with(&db, spec(1)).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let order = baking(&db, &kitchen, store, product, 150).await;
        let orders = db.services().production_orders();
        orders
            .complete(&kitchen, complete(order.id, 150, 0))
            .await
            .expect("baked");
        rows::issue(&db, &org, store, day(3, 9), (80.0, 100.0, 120.0)).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let today = db.services().today();
        let fresh = today.view(&manager, store).await.unwrap().rows.remove(0);
        assert_eq!((fresh.on_hand, fresh.expired), (Some(150), 0));
        assert_eq!(fresh.sell_out, Risk::None);
        // The bread of the day before: all of it still lies there, none of it can be sold.
        rows::issue(&db, &org, store, day(3, 10), (80.0, 100.0, 120.0)).await;
        let manager = later(&manager, 24 * 60);
        let old = today.view(&manager, store).await.unwrap().rows.remove(0);
        assert_eq!((old.on_hand, old.expired), (Some(150), 150));
        assert_eq!(old.sell_out, Risk::Likely);
    })
    .await;
}

/// The use cases over a connection that counts what it is asked.
pub(crate) async fn counted(db: &TestDb) -> (Services, Arc<AtomicUsize>) {
    let mut connection = Db::connect(db.url())
        .await
        .expect("the database answers")
        .connection()
        .clone();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    connection.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let services = Services::new(Db::over(connection), db.services().data_dir().to_path_buf());
    // Asked once a process and no part of what pages ask.
    services.db().wall().await.expect("the database answers");
    asked.store(0, Ordering::SeqCst);
    (services, asked)
}

#[tokio::test]
async fn a_page_asks_the_database_as_often_for_forty_products_as_for_one() {
    on_both(async |db| {
        let small = org_with(
            &db,
            OrgSpec {
                slug: "pequeno".into(),
                ..spec(1)
            },
        )
        .await;
        let large = org_with(
            &db,
            OrgSpec {
                slug: "grande".into(),
                ..spec(40)
            },
        )
        .await;
        let mut counts = Vec::new();
        for org in [&small, &large] {
            let store = org.stores[0];
            rows::issue(&db, org, store, day(3, 9), (8.0, 10.0, 12.0)).await;
            for product in &org.products {
                rows::on_hand(&db, org, store, *product, 4).await;
                rows::sold(&db, org, store, *product, day(3, 9), 9, false).await;
            }
            let ctx = org.ctx(RoleKey::StoreManager).await;
            let (services, asked) = counted(&db).await;
            let view = services.today().view(&ctx, store).await.unwrap();
            assert_eq!(view.rows.len(), org.products.len());
            let today = asked.swap(0, Ordering::SeqCst);
            let list = contract::forecasts::ListForecasts {
                store_id: store,
                ..Default::default()
            };
            services.forecasts().list(&ctx, &list).await.unwrap();
            counts.push((today, asked.swap(0, Ordering::SeqCst)));
        }
        assert_eq!(counts[0], counts[1]);
        assert!((1..=16).contains(&counts[0].0), "{counts:?}");
        assert!((1..=10).contains(&counts[0].1), "{counts:?}");
    })
    .await;
}
