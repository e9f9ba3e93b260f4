//! Alerts that time opens and closes.

use crate::scene::{
    alert_stands, bakery, complete, count_of, forecast, later, new_order, stranger,
};
use chrono::Days;
use contract::alerts::ListAlerts;
use contract::orders::{CreateOrder, StartOrder};
use contract::sales::{NewSale, NewSaleLine, RecordSales};
use domain::{AlertKind, RoleKey};
use services::Ctx;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

/// So many minutes after the scene's moment, every shop once: they take turns over five minutes.
async fn swept(db: &TestDb, org: &Org, minutes: i64) {
    for minute in 0..5 {
        let ctx = later(&org.system(), minutes + minute);
        db.services().alerts().sweep(&ctx).await.expect("swept");
    }
}

async fn sell_one(db: &TestDb, ctx: &Ctx) {
    let line = NewSaleLine {
        sku: "P001".into(),
        quantity: 1,
        unit_price_minor: 200,
        total_minor: 200,
        promotion_code: None,
    };
    let sale = NewSale {
        transaction_id: "T1".into(),
        store_code: "S01".into(),
        sold_at: "2026-03-10T07:20:00".into(),
        payment_method: None,
        lines: vec![line],
    };
    let sales = RecordSales { sales: vec![sale] };
    let recorded = db.services().sales().record(ctx, sales).await;
    assert_eq!(recorded.expect("recorded").recorded, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_that_will_run_empty_or_stay_full_is_told_while_the_shop_is_open() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let (store, product) = (org.stores[0], org.products[0]);
        forecast(&db, &org, &[(store, product)], 100.0, 10.0).await;
        let stock = db.services().stock();
        let count = count_of(store, product, 21);
        stock.count(&analyst, count).await.expect("counted");
        // Without a ticket of the day nobody knows what is left on the shelf.
        swept(&db, &org, 240).await;
        assert!(!alert_stands(&db, AlertKind::StockOutRisk, store, product).await);
        sell_one(&db, &analyst).await;
        swept(&db, &org, 240).await;
        assert!(alert_stands(&db, AlertKind::StockOutRisk, store, product).await);
        let alerts = db.services().alerts();
        let asked = ListAlerts {
            store_id: Some(store),
            status: None,
            kind: Some(AlertKind::StockOutRisk),
        };
        let told = alerts.list(&analyst, &asked).await.expect("alerts");
        let opened_at = told.alerts[0].opened_at;
        assert!(told.alerts[0].facts.quantity.expect("how many") > 40);
        // The same cause is not told twice.
        swept(&db, &org, 250).await;
        let told = alerts.list(&analyst, &asked).await.expect("alerts");
        assert_eq!(
            (told.alerts.len(), told.alerts[0].opened_at),
            (1, opened_at)
        );

        let noon = later(&analyst, 260);
        let count = count_of(store, product, 500);
        stock.count(&noon, count).await.expect("counted");
        swept(&db, &org, 270).await;
        assert!(!alert_stands(&db, AlertKind::StockOutRisk, store, product).await);
        assert!(alert_stands(&db, AlertKind::WasteRisk, store, product).await);
        let asked = ListAlerts {
            kind: Some(AlertKind::WasteRisk),
            ..asked
        };
        let told = alerts.list(&analyst, &asked).await.expect("alerts");
        let facts = &told.alerts[0].facts;
        // At 80 cents each.
        assert_eq!(facts.money_minor, facts.quantity.map(|left| left * 80));
        // Closed: nothing can be done about it today.
        swept(&db, &org, 15 * 60).await;
        assert!(!alert_stands(&db, AlertKind::WasteRisk, store, product).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_yesterday_that_nobody_finished_is_late_until_somebody_does() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let foreign = stranger(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let orders = db.services().production_orders();
        let late = CreateOrder {
            production_date: today() - Days::new(1),
            ..new_order(store, product, 12)
        };
        let late = orders.create(&kitchen, late).await.expect("an order");
        let in_time = new_order(store, org.products[1], 12);
        orders.create(&kitchen, in_time).await.expect("an order");
        swept(&db, &foreign, 0).await;
        assert!(!alert_stands(&db, AlertKind::OrderLate, store, product).await);
        swept(&db, &org, 0).await;
        assert!(alert_stands(&db, AlertKind::OrderLate, store, product).await);
        assert!(!alert_stands(&db, AlertKind::OrderLate, store, org.products[1]).await);
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: late.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        let done = complete(late.id, 12, 0);
        orders.complete(&kitchen, done).await.expect("done");
        swept(&db, &org, 5).await;
        assert!(!alert_stands(&db, AlertKind::OrderLate, store, product).await);
    })
    .await;
}
