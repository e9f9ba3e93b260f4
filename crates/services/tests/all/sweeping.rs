//! Alerts that time opens and closes.

use crate::bread::{bread, flour};
use crate::capacity::{four_weeks, suggested};
use crate::scene::{
    alert_stands, bakery, complete, count_of, forecast, later, new_order, stranger,
};
use crate::sold_out::take;
use chrono::Days;
use contract::alerts::{AcknowledgeAlert, ListAlerts};
use contract::ingredients::SaveIngredient;
use contract::orders::{CompleteOrder, CreateOrder, StartOrder};
use contract::recipes::RemoveRecipe;
use contract::sales::{NewSale, NewSaleLine, RecordSales};
use contract::suggestions::AcceptSuggestion;
use domain::{AlertKind, AlertStatus, ReplenishmentPolicy, RoleKey};
use entity::{product, store, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

/// So many minutes after the scene's moment, every shop once: they take turns over five minutes.
pub(crate) async fn swept(db: &TestDb, org: &Org, minutes: i64) {
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
        return_to: None,
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
        // In this shop what is left brings back what it cost, whatever the product says.
        store_product::Entity::update_many()
            .col_expr(store_product::Column::SalvageMinor, Expr::value(80_i64))
            .filter(store_product::Column::StoreId.eq(store))
            .filter(store_product::Column::ProductId.eq(product))
            .exec(db.db().connection())
            .await
            .expect("another salvage value");
        swept(&db, &org, 280).await;
        assert!(!alert_stands(&db, AlertKind::WasteRisk, store, product).await);
        store_product::Entity::update_many()
            .col_expr(
                store_product::Column::SalvageMinor,
                Expr::value(Option::<i64>::None),
            )
            .filter(store_product::Column::StoreId.eq(store))
            .exec(db.db().connection())
            .await
            .expect("as the product has it");
        swept(&db, &org, 290).await;
        assert!(alert_stands(&db, AlertKind::WasteRisk, store, product).await);
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

async fn set_active(db: &TestDb, id: Uuid, active: bool) {
    store::Entity::update_many()
        .col_expr(store::Column::Active, Expr::value(active))
        .filter(store::Column::Id.eq(id))
        .exec(db.db().connection())
        .await
        .expect("a store");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missing_any_more_where_nobody_needs_it() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, id) = (org.stores[0], bread.flour.id);
        let orders = db.services().production_orders();
        let order = new_order(store, org.products[0], 90);
        orders.create(&kitchen, order).await.expect("an order");
        let lacks = async || {
            let alerts = db.services().alerts();
            alerts.sweep(&org.system()).await.expect("swept");
            alert_stands(&db, AlertKind::MissingIngredients, store, id).await
        };
        assert!(lacks().await);
        // Nobody keeps stock of it any more.
        for (version, stocked) in [(1, false), (2, true)] {
            let command = SaveIngredient {
                ingredient_id: Some(id),
                version,
                stocked,
                ..flour()
            };
            let ingredients = db.services().ingredients();
            ingredients.save(&kitchen, command).await.expect("saved");
            assert_eq!(lacks().await, stocked);
        }
        // The store is closed for good, or not.
        for active in [false, true] {
            set_active(&db, store, active).await;
            assert_eq!(lacks().await, active);
        }
        // The last recipes are gone.
        for recipe in [&bread.bar, &bread.dough] {
            let command = RemoveRecipe {
                command_id: Uuid::now_v7(),
                recipe_id: recipe.id,
                version: recipe.version,
            };
            let recipes = db.services().recipes();
            recipes.remove(&kitchen, command).await.expect("gone");
        }
        assert!(!lacks().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_on_the_edge_is_told_once_and_goes_with_its_shop() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let (store, product) = (org.stores[0], org.products[0]);
        forecast(&db, &org, &[(store, product)], 100.0, 10.0).await;
        let count = async |minutes: i64, counted: i64| {
            let then = later(&analyst, minutes);
            let count = count_of(store, product, counted);
            let counted = db.services().stock().count(&then, count).await;
            counted.expect("counted");
        };
        let stands = async || alert_stands(&db, AlertKind::StockOutRisk, store, product).await;
        count(0, 21).await;
        sell_one(&db, &analyst).await;
        swept(&db, &org, 240).await;
        assert!(stands().await);
        let alerts = db.services().alerts();
        let asked = ListAlerts {
            store_id: Some(store),
            status: None,
            kind: Some(AlertKind::StockOutRisk),
        };
        let told = alerts.list(&analyst, &asked).await.expect("alerts");
        let seen = AcknowledgeAlert {
            command_id: Uuid::now_v7(),
            alert_id: told.alerts[0].id,
        };
        alerts.acknowledge(&manager, &seen).await.expect("seen");
        // With 70 it is possible, no longer likely: 65 are still wanted as a rule, 73 on a good day.
        count(245, 70).await;
        swept(&db, &org, 250).await;
        let told = alerts.list(&analyst, &asked).await.expect("alerts");
        let told: Vec<_> = told.alerts.iter().map(|a| (a.id, a.status)).collect();
        assert_eq!(told, [(seen.alert_id, AlertStatus::Acknowledged)]);
        // Enough for certain, then on the edge again: what is only possible is not told anew.
        count(255, 300).await;
        swept(&db, &org, 260).await;
        assert!(!stands().await);
        count(265, 68).await;
        swept(&db, &org, 270).await;
        assert!(!stands().await);
        count(275, 5).await;
        swept(&db, &org, 280).await;
        assert!(stands().await);
        set_active(&db, store, false).await;
        swept(&db, &org, 285).await;
        assert!(!stands().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_late_by_the_clock_of_its_own_shop_and_when_it_bakes_for_half_a_day() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (here, far) = (org.stores[0], org.stores[1]);
        store::Entity::update_many()
            .col_expr(store::Column::TimeZone, Expr::value("Pacific/Auckland"))
            .filter(store::Column::Id.eq(far))
            .exec(db.db().connection())
            .await
            .expect("a shop far away");
        // It keeps: due only when the kitchen closes.
        let keeps = Expr::value(ReplenishmentPolicy::ReorderPoint.as_str());
        product::Entity::update_many()
            .col_expr(product::Column::Policy, keeps)
            .filter(product::Column::Id.eq(org.products[1]))
            .exec(db.db().connection())
            .await
            .expect("a policy");
        let orders = db.services().production_orders();
        let create = async |store, product, days| {
            let order = CreateOrder {
                production_date: today() + Days::new(days),
                ..new_order(store, product, 12)
            };
            orders.create(&kitchen, order).await.expect("an order").id
        };
        create(here, org.products[0], 0).await;
        create(far, org.products[0], 0).await;
        let baking = create(here, org.products[1], 1).await;
        let is_late =
            async |store, product| alert_stands(&db, AlertKind::OrderLate, store, product).await;
        // Half past five in the afternoon here is half past five of the next morning there.
        swept(&db, &org, 10 * 60).await;
        assert!(is_late(far, org.products[0]).await);
        assert!(!is_late(here, org.products[0]).await);
        // Into the oven at half past ten at night.
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: baking,
        };
        let night = later(&kitchen, 15 * 60);
        orders.start(&night, start).await.expect("started");
        swept(&db, &org, 17 * 60).await;
        assert!(is_late(here, org.products[0]).await);
        assert!(!is_late(here, org.products[1]).await);
        swept(&db, &org, 26 * 60).await;
        assert!(!is_late(here, org.products[1]).await);
        swept(&db, &org, 28 * 60).await;
        assert!(is_late(here, org.products[1]).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_not_out_a_while_after_its_moment_is_late_until_it_is() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let orders = db.services().production_orders();
        let tomorrow = CreateOrder {
            production_date: today() + Days::new(1),
            ..new_order(store, product, 12)
        };
        let order = orders.create(&kitchen, tomorrow).await.expect("an order");
        // Asked for when the shop had been open for half an hour: in nobody's power before it closes.
        let extra = new_order(store, org.products[1], 12);
        orders.create(&kitchen, extra).await.expect("an order");
        let is_late = async |product| alert_stands(&db, AlertKind::OrderLate, store, product).await;
        swept(&db, &org, 60).await;
        assert!(!is_late(org.products[1]).await);
        // A quarter of an hour after the shop closed at nine.
        swept(&db, &org, 13 * 60 + 45).await;
        assert!(is_late(org.products[1]).await);
        assert!(!is_late(product).await);
        // The shop opens at seven. A batch in the oven is as late as one that nobody began.
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        };
        let early = later(&kitchen, 23 * 60);
        orders.start(&early, start).await.expect("started");
        swept(&db, &org, 23 * 60 + 40).await;
        assert!(!is_late(product).await);
        swept(&db, &org, 23 * 60 + 45).await;
        assert!(is_late(product).await);
        let late = later(&kitchen, 24 * 60);
        let done = complete(order.id, 12, 0);
        orders.complete(&late, done).await.expect("done");
        swept(&db, &org, 24 * 60 + 5).await;
        assert!(!is_late(product).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_in_parts_the_next_part_decides_whether_it_is_late() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (store, product) = (org.stores[0], org.products[0]);
        take(&db, &org, &four_weeks()).await;
        forecast(&db, &org, &[(store, product)], 100.0, 15.0).await;
        let suggestion = suggested(&db, &org, &kitchen, product).await;
        let accept = AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: suggestion.id,
            quantity: Some(108),
            production_date: None,
        };
        let suggestions = db.services().suggestions();
        let order = suggestions.accept(&kitchen, accept).await;
        let order = order.expect("an order");
        let quantities: Vec<i64> = order.parts.iter().map(|part| part.quantity).collect();
        assert_eq!(quantities, [60, 24, 24]);
        let orders = db.services().production_orders();
        let start = StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        let is_late = async || alert_stands(&db, AlertKind::OrderLate, store, product).await;
        let part = async |minutes: i64, produced: i64| {
            let part = CompleteOrder {
                more_follows: true,
                ..complete(order.id, produced, 0)
            };
            let then = later(&kitchen, minutes);
            orders.complete(&then, part).await.expect("a part");
        };
        // Minutes from half past seven on: midday begins at eleven, the afternoon at three.
        let (midday, afternoon) = (210, 450);
        part(30, 60).await;
        swept(&db, &org, midday + 5).await;
        assert!(!is_late().await);
        swept(&db, &org, midday + 15).await;
        assert!(is_late().await);
        part(midday + 25, 24).await;
        swept(&db, &org, midday + 30).await;
        assert!(!is_late().await);
        swept(&db, &org, afternoon + 15).await;
        assert!(is_late().await);
        let foreign = stranger(&db).await;
        swept(&db, &foreign, afternoon + 15).await;
        assert!(is_late().await);
    })
    .await;
}
