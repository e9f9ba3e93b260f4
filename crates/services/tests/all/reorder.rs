//! Alerts of too little: at reorder points that were computed, of ingredients, and of shops whose till sends at night.

use crate::bread::{bread, deliver};
use crate::capacity::four_weeks;
use crate::scene::{alert_stands, bakery, baking, count_of, forecast, later, stranger};
use crate::sold_out::take;
use crate::sweeping::swept;
use chrono::NaiveTime;
use contract::alerts::{AcknowledgeAlert, AlertView, ListAlerts};
use contract::calendar::SaveCalendarEntry;
use contract::ingredients::ReadIngredients;
use contract::suggestions::ListSuggestions;
use domain::{AlertKind, AlertStatus, CalendarKind, ReplenishmentPolicy, RoleKey, Unit};
use entity::{product, store, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

async fn told(db: &TestDb, ctx: &Ctx, store_id: Uuid, kind: AlertKind) -> Vec<AlertView> {
    let asked = ListAlerts {
        store_id: Some(store_id),
        status: None,
        kind: Some(kind),
    };
    let list = db.services().alerts().list(ctx, &asked).await;
    list.expect("alerts").alerts
}

async fn count(db: &TestDb, ctx: &Ctx, (store, product): (Uuid, Uuid), counted: i64) {
    let count = count_of(store, product, counted);
    let stock = db.services().stock();
    stock.count(ctx, count).await.expect("counted");
}

async fn keeps(db: &TestDb, product_id: Uuid) {
    let policy = ReplenishmentPolicy::ReorderPoint.as_str();
    product::Entity::update_many()
        .col_expr(product::Column::Policy, Expr::value(policy))
        .col_expr(product::Column::ShelfLifeDays, Expr::value(30))
        .filter(product::Column::Id.eq(product_id))
        .exec(db.db().connection())
        .await
        .expect("goods that keep");
}

async fn set_point(db: &TestDb, (store, product): (Uuid, Uuid), point: Option<i64>) {
    store_product::Entity::update_many()
        .col_expr(store_product::Column::ReorderPoint, Expr::value(point))
        .filter(store_product::Column::StoreId.eq(store))
        .filter(store_product::Column::ProductId.eq(product))
        .exec(db.db().connection())
        .await
        .expect("a reorder point");
}

/// Computes the suggestions of today, and answers with the reorder point of a shelf.
async fn computed_point(db: &TestDb, org: &Org, (store, product): (Uuid, Uuid)) -> i64 {
    let suggestions = db.services().suggestions();
    let computed = suggestions.generate(&org.system(), today(), None).await;
    computed.expect("computed");
    let wanted = ListSuggestions {
        production_date: today(),
        store_id: Some(store),
    };
    let kitchen = org.ctx(RoleKey::Production).await;
    let day = suggestions.list(&kitchen, wanted).await.expect("a list");
    let found = day.items.into_iter().find(|s| s.product_id == product);
    let point = found.expect("a suggestion").reasons.reorder_point;
    point.expect("a reorder point")
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_keep_are_told_at_the_point_that_the_night_computed_unless_somebody_set_one() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let shelf = (org.stores[0], org.products[0]);
        let (fresh, elsewhere) = (
            (org.stores[0], org.products[1]),
            (org.stores[1], org.products[0]),
        );
        keeps(&db, shelf.1).await;
        forecast(&db, &org, &[shelf, fresh, elsewhere], 20.0, 4.0).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let kind = AlertKind::BelowReorderPoint;
        let stands = async |(store, product)| alert_stands(&db, kind, store, product).await;
        // Nothing was computed yet: nobody knows how much is little.
        count(&db, &analyst, shelf, 5).await;
        count(&db, &analyst, fresh, 5).await;
        swept(&db, &org, 5).await;
        assert!(!stands(shelf).await);

        let point = computed_point(&db, &org, shelf).await;
        assert!(point > 20, "{point}");
        let foreign = stranger(&db).await;
        swept(&db, &foreign, 10).await;
        assert!(!stands(shelf).await);
        swept(&db, &org, 10).await;
        // Of fresh goods nobody is told, nor of a shelf on which nothing ever lay.
        assert!(stands(shelf).await && !stands(fresh).await && !stands(elsewhere).await);
        let first = told(&db, &analyst, shelf.0, kind).await;
        let facts = &first[0].facts;
        assert_eq!((facts.on_hand, facts.reorder_point), (Some(5), Some(point)));
        assert_eq!(facts.to_buy, None);

        // Once, also after somebody saw it.
        let seen = AcknowledgeAlert {
            command_id: Uuid::now_v7(),
            alert_id: first[0].id,
        };
        let alerts = db.services().alerts();
        alerts.acknowledge(&manager, &seen).await.expect("seen");
        swept(&db, &org, 20).await;
        let again = told(&db, &analyst, shelf.0, kind).await;
        let again: Vec<_> = again.iter().map(|a| (a.id, a.status)).collect();
        assert_eq!(again, [(first[0].id, AlertStatus::Acknowledged)]);

        // At the point it stands, above it not.
        count(&db, &later(&analyst, 25), shelf, point).await;
        swept(&db, &org, 30).await;
        assert!(stands(shelf).await);
        count(&db, &later(&analyst, 35), shelf, point + 1).await;
        swept(&db, &org, 40).await;
        assert!(!stands(shelf).await);

        // What a person set wins, either way.
        set_point(&db, shelf, Some(point + 50)).await;
        swept(&db, &org, 50).await;
        assert!(stands(shelf).await);
        set_point(&db, shelf, Some(3)).await;
        swept(&db, &org, 60).await;
        assert!(!stands(shelf).await);
        count(&db, &later(&analyst, 65), shelf, 4).await;
        swept(&db, &org, 70).await;
        assert!(!stands(shelf).await);
        set_point(&db, shelf, None).await;
        swept(&db, &org, 80).await;
        assert!(stands(shelf).await);

        // What was computed a week ago says nothing of today.
        swept(&db, &org, 7 * DAY).await;
        assert!(!stands(shelf).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingredient_of_which_too_little_is_free_is_told_to_whoever_buys() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        let flour = bread(&db, &kitchen, &org).await.flour.id;
        let kind = AlertKind::BelowReorderPoint;
        let stands = async || alert_stands(&db, kind, store, flour).await;
        // Without a forecast nothing is needed, and of what never lay here no stock is kept.
        swept(&db, &org, 0).await;
        assert!(!stands().await);
        deliver(&db, &kitchen, store, flour, 20_000).await;
        swept(&db, &org, 5).await;
        assert!(!stands().await);

        forecast(&db, &org, &[(store, product)], 100.0, 10.0).await;
        let wanted = ReadIngredients {
            store_id: Some(store),
        };
        let list = db.services().ingredients().to_buy(&kitchen, wanted).await;
        let list = list.expect("a list");
        let line = list.lines.iter().find(|line| line.ingredient_id == flour);
        let point = line.expect("flour").reorder_point;
        assert!(point > 40_000, "{point}");
        let foreign = stranger(&db).await;
        swept(&db, &foreign, 10).await;
        assert!(!stands().await);
        swept(&db, &org, 10).await;
        assert!(stands().await);
        assert!(!alert_stands(&db, kind, org.stores[1], flour).await);
        let first = told(&db, &manager, store, kind).await;
        assert_eq!(first.len(), 1, "{first:?}");
        let (alert, facts) = (&first[0], &first[0].facts);
        assert_eq!(alert.product_name.as_deref(), Some("Harina de fuerza"));
        assert_eq!(facts.to_buy, Some(Unit::Gram));
        assert_eq!(
            (facts.on_hand, facts.reorder_point),
            (Some(20_000), Some(point))
        );

        let seen = AcknowledgeAlert {
            command_id: Uuid::now_v7(),
            alert_id: alert.id,
        };
        let alerts = db.services().alerts();
        alerts.acknowledge(&manager, &seen).await.expect("seen");
        swept(&db, &org, 15).await;
        let again = told(&db, &manager, store, kind).await;
        let again: Vec<_> = again.iter().map(|a| (a.id, a.status)).collect();
        assert_eq!(again, [(alert.id, AlertStatus::Acknowledged)]);

        // Enough is there, until a batch in the oven holds some of it back.
        let shelf = (store, flour);
        count(&db, &later(&analyst, 20), shelf, point + 10_000).await;
        swept(&db, &org, 25).await;
        assert!(!stands().await);
        baking(&db, &later(&kitchen, 30), store, product, 90).await;
        swept(&db, &org, 35).await;
        assert!(stands().await);
        let told_now = told(&db, &manager, store, kind).await;
        let free = told_now[0].facts.on_hand;
        assert_eq!(free, Some(point + 10_000 - 15_625));
        deliver(&db, &later(&kitchen, 40), store, flour, 50_000).await;
        swept(&db, &org, 45).await;
        assert!(!stands().await);
        // Fallen again, it is told anew.
        count(&db, &later(&analyst, 50), shelf, 30_000).await;
        swept(&db, &org, 55).await;
        let anew = told(&db, &manager, store, kind).await;
        assert_eq!(anew.len(), 1, "{anew:?}");
        assert!(anew[0].id != alert.id && anew[0].status == AlertStatus::Open);
    })
    .await;
}

async fn opens_on(db: &TestDb, store_id: Uuid, days: i32) {
    store::Entity::update_many()
        .col_expr(store::Column::OpeningDays, Expr::value(days))
        .filter(store::Column::Id.eq(store_id))
        .exec(db.db().connection())
        .await
        .expect("opening days");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_shop_whose_till_sends_at_night_the_usual_day_says_when_a_shelf_is_empty() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let shelf = (org.stores[0], org.products[0]);
        let (unforeseen, untold) = (
            (org.stores[0], org.products[1]),
            (org.stores[1], org.products[0]),
        );
        let analyst = org.ctx(RoleKey::Analyst).await;
        // Half of the day's customers until eleven, a quarter until three, a quarter after it.
        take(&db, &org, &four_weeks()).await;
        forecast(&db, &org, &[shelf, untold], 100.0, 10.0).await;
        for few in [unforeseen, untold] {
            count(&db, &analyst, few, 1).await;
        }
        count(&db, &analyst, shelf, 75).await;
        let kind = AlertKind::StockOutRisk;
        let stands = async |(store, product)| alert_stands(&db, kind, store, product).await;
        // At twenty to eight nobody wonders that no ticket is in.
        swept(&db, &org, 5).await;
        assert!(!stands(shelf).await);
        swept(&db, &org, 60).await;
        assert!(stands(shelf).await);
        // Where nothing is forecast, and where no ticket ever told when people come, nothing is known.
        assert!(!stands(unforeseen).await && !stands(untold).await);
        let first = told(&db, &analyst, shelf.0, kind).await;
        let facts = &first[0].facts;
        // From half past seven on 94 are wanted; 75 last until half past four.
        assert_eq!(facts.empty_at, NaiveTime::from_hms_opt(16, 30, 0));
        assert_eq!((facts.quantity, facts.on_hand), (Some(31), Some(75)));
        swept(&db, &org, 120).await;
        let again = told(&db, &analyst, shelf.0, kind).await;
        assert_eq!((again.len(), again[0].id), (1, first[0].id));

        // Counted at noon, 60 suffice for the rest of the day, though not for a whole one.
        count(&db, &later(&analyst, 270), shelf, 60).await;
        swept(&db, &org, 275).await;
        assert!(!stands(shelf).await);
        count(&db, &later(&analyst, 280), shelf, 20).await;
        swept(&db, &org, 285).await;
        assert!(stands(shelf).await);

        // On a day on which the shop does not open nobody comes: by its week, or by the calendar.
        opens_on(&db, shelf.0, 0b111_1101).await;
        swept(&db, &org, 290).await;
        assert!(!stands(shelf).await);
        opens_on(&db, shelf.0, 0b111_1111).await;
        swept(&db, &org, 295).await;
        assert!(stands(shelf).await);
        let closure = SaveCalendarEntry {
            command_id: Uuid::now_v7(),
            id: None,
            store_id: Some(shelf.0),
            kind: CalendarKind::Closure,
            name: "Obras".into(),
            starts_on: today(),
            ends_on: today(),
            note: None,
        };
        let calendar = db.services().calendar();
        let saved = calendar.save_entry(&analyst, &closure).await;
        saved.expect("a closure");
        swept(&db, &org, 300).await;
        assert!(!stands(shelf).await);
    })
    .await;
}
