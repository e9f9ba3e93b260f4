//! What people's changes to suggestions brought, once their days were over.
//!
//! Products sell at 2.00 and cost 0.80, nothing for leftovers: one too many costs 0.80, one too few 1.20. With a forecast of N(100, 15)
//! 108 are suggested.

use crate::scene::{bakery, baking, complete, forecast, new_order, reason, stranger};
use chrono::{Days, NaiveDate};
use contract::orders::{CancelOrder, OrderView};
use contract::stock::AdjustStock;
use contract::suggestions::{
    AcceptSuggestion, DismissSuggestion, JudgedSuggestions, ListOutcomes, ListSuggestions,
    OutcomeTotals, OutcomeView, OutcomesView,
};
use domain::{ReplenishmentPolicy, RoleKey, SoldOutBy, StockReason};
use entity::{daily_sales, product, suggestion, suggestion_outcome};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::json;
use services::Ctx;
use testkit::{Org, TestDb, now, on_both, today};
use uuid::Uuid;

/// Computes what to bake today and gives the suggestion of each product for the first store.
async fn suggested(db: &TestDb, org: &Org, kitchen: &Ctx) -> Vec<(Uuid, i64)> {
    let store = org.stores[0];
    let shelves: Vec<(Uuid, Uuid)> = org.products.iter().map(|p| (store, *p)).collect();
    forecast(db, org, &shelves, 100.0, 15.0).await;
    let suggestions = db.services().suggestions();
    suggestions
        .generate(&org.system(), today(), None)
        .await
        .expect("computed");
    let wanted = ListSuggestions {
        production_date: today(),
        store_id: Some(store),
    };
    let day = suggestions.list(kitchen, wanted).await.expect("a list");
    let of = |product: &Uuid| {
        let one = day.items.iter().find(|s| s.product_id == *product);
        one.map(|s| (s.id, s.quantity)).expect("a suggestion")
    };
    org.products.iter().map(of).collect()
}

async fn accept(db: &TestDb, kitchen: &Ctx, suggestion_id: Uuid, quantity: i64) -> OrderView {
    let command = AcceptSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
        quantity: Some(quantity),
        production_date: None,
    };
    let suggestions = db.services().suggestions();
    suggestions
        .accept(kitchen, command)
        .await
        .expect("accepted")
}

async fn dismiss(db: &TestDb, kitchen: &Ctx, suggestion_id: Uuid) {
    let command = DismissSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
        reason: "Sobra de ayer".into(),
    };
    let suggestions = db.services().suggestions();
    suggestions
        .dismiss(kitchen, command)
        .await
        .expect("dismissed");
}

/// It did not sell out.
const ENOUGH: (bool, Option<i64>) = (false, None);

/// What the first store sold today of a product, in place of what was said before; whether it sold out, and what was lost by it.
async fn sold(
    db: &TestDb,
    org: &Org,
    product_id: Uuid,
    quantity: i64,
    (censored, lost_units): (bool, Option<i64>),
) {
    let row = daily_sales::Model {
        store_id: org.stores[0],
        product_id,
        business_date: today(),
        organization_id: org.id,
        quantity,
        revenue_minor: quantity * 200,
        unit_price_minor: Some(200),
        promotion: None,
        censored,
        updated_at: now(),
        sold_out_by: censored.then_some(SoldOutBy::Ledger),
        lost_units,
        examined_at: Some(now()),
    };
    let connection = db.db().connection();
    let key = (row.store_id, product_id, today());
    daily_sales::Entity::delete_by_id(key)
        .exec(connection)
        .await
        .expect("forgotten");
    daily_sales::Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await
        .expect("sold");
}

async fn judge(db: &TestDb, org: &Org, until: NaiveDate) -> JudgedSuggestions {
    let suggestions = db.services().suggestions();
    suggestions
        .judge(&org.system(), until)
        .await
        .expect("judged")
}

async fn known(db: &TestDb, ctx: &Ctx, wanted: ListOutcomes) -> OutcomesView {
    let suggestions = db.services().suggestions();
    suggestions.outcomes(ctx, wanted).await.expect("outcomes")
}

async fn of_product(db: &TestDb, ctx: &Ctx, product_id: Uuid) -> OutcomeView {
    let wanted = ListOutcomes {
        product_id: Some(product_id),
        ..ListOutcomes::default()
    };
    let mut items = known(db, ctx, wanted).await.page.items;
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

async fn rows(db: &TestDb) -> u64 {
    let rows = suggestion_outcome::Entity::find();
    rows.count(db.db().connection()).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_raised_and_still_sold_out_saved_what_would_have_been_missed() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (id, quantity) = suggested(&db, &org, &kitchen).await[0];
        assert_eq!(quantity, 108);
        accept(&db, &kitchen, id, 132).await;
        sold(&db, &org, org.products[0], 132, (true, Some(10))).await;
        let found = judge(&db, &org, today()).await;
        assert_eq!((found.judged, found.written), (1, 1), "{found:?}");
        let outcome = of_product(&db, &kitchen, org.products[0]).await;
        assert_eq!(
            (outcome.suggestion_id, outcome.production_date),
            (id, today())
        );
        assert_eq!(
            (outcome.demand, outcome.estimated, outcome.beside),
            (142, true, 0)
        );
        assert_eq!(
            (outcome.suggested_quantity, outcome.decided_quantity),
            (108, 132)
        );
        // 34 too few against 10.
        assert_eq!(
            (
                outcome.suggested_cost_minor,
                outcome.decided_cost_minor,
                outcome.saved_minor
            ),
            (4_080, 1_200, 2_880)
        );
        let totals = known(&db, &kitchen, ListOutcomes::default()).await.totals;
        let expected = OutcomeTotals {
            judged: 1,
            cheaper: 1,
            dearer: 0,
            estimated: 1,
            saved_minor: 2_880,
        };
        assert_eq!(totals, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_lowered_saves_waste_or_misses_sales() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let ids = suggested(&db, &org, &kitchen).await;
        accept(&db, &kitchen, ids[0].0, 60).await;
        accept(&db, &kitchen, ids[1].0, 24).await;
        accept(&db, &kitchen, ids[2].0, 108).await;
        sold(&db, &org, org.products[0], 50, ENOUGH).await;
        sold(&db, &org, org.products[1], 90, ENOUGH).await;
        sold(&db, &org, org.products[2], 70, ENOUGH).await;
        let found = judge(&db, &org, today()).await;
        // Who took the number as it was has changed nothing.
        assert_eq!((found.judged, rows(&db).await), (2, 2), "{found:?}");
        let lowered = of_product(&db, &kitchen, org.products[0]).await;
        assert_eq!(
            (lowered.suggested_cost_minor, lowered.decided_cost_minor),
            (58 * 80, 10 * 80)
        );
        let too_low = of_product(&db, &kitchen, org.products[1]).await;
        assert_eq!(
            (too_low.suggested_cost_minor, too_low.decided_cost_minor),
            (18 * 80, 66 * 120)
        );
        let totals = known(&db, &kitchen, ListOutcomes::default()).await.totals;
        assert_eq!(
            (totals.judged, totals.cheaper, totals.dearer),
            (2, 1, 1),
            "{totals:?}"
        );
        assert_eq!(totals.saved_minor, 48 * 80 + 18 * 80 - 66 * 120);
        assert_eq!(found.saved_minor, totals.saved_minor);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dismissed_counts_with_nothing_or_with_what_was_planned_by_hand_instead() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, kitchen) = (org.stores[0], org.ctx(RoleKey::Production).await);
        let ids = suggested(&db, &org, &kitchen).await;
        dismiss(&db, &kitchen, ids[0].0).await;
        dismiss(&db, &kitchen, ids[1].0).await;
        let orders = db.services().production_orders();
        orders
            .create(&kitchen, new_order(store, org.products[1], 40))
            .await
            .expect("by hand");
        // The shop was open, and nobody wanted any of the first.
        sold(&db, &org, org.products[1], 40, ENOUGH).await;
        judge(&db, &org, today()).await;
        let none = of_product(&db, &kitchen, org.products[0]).await;
        assert_eq!((none.decided_quantity, none.demand), (0, 0));
        assert_eq!(
            (none.decided_cost_minor, none.saved_minor),
            (0, 108 * 80),
            "{none:?}"
        );
        let by_hand = of_product(&db, &kitchen, org.products[1]).await;
        assert_eq!((by_hand.decided_quantity, by_hand.beside), (40, 0));
        assert_eq!(
            (by_hand.decided_cost_minor, by_hand.saved_minor),
            (0, 68 * 80),
            "{by_hand:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_that_come_late_correct_what_was_said_for_a_week_and_the_same_night_twice_says_it_once()
 {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = org.products[0];
        let (id, _) = suggested(&db, &org, &kitchen).await[0];
        accept(&db, &kitchen, id, 96).await;
        let unknown = judge(&db, &org, today()).await;
        assert_eq!((unknown.unknown, unknown.judged), (1, 0));
        // It sold out, and nobody can tell what more was wanted.
        sold(&db, &org, bread, 96, (true, None)).await;
        assert_eq!(judge(&db, &org, today()).await.unknown, 1);
        assert_eq!(rows(&db).await, 0);

        sold(&db, &org, bread, 80, ENOUGH).await;
        let first = judge(&db, &org, today()).await;
        assert_eq!((first.judged, first.written), (1, 1));
        let outcome = of_product(&db, &kitchen, bread).await;
        assert_eq!((outcome.demand, outcome.saved_minor), (80, 12 * 80));
        let again = judge(&db, &org, today()).await;
        assert_eq!((again.judged, again.written, rows(&db).await), (1, 0, 1));
        assert_eq!(of_product(&db, &kitchen, bread).await, outcome);

        // The rest of the tickets comes two nights later.
        sold(&db, &org, bread, 110, ENOUGH).await;
        let corrected = judge(&db, &org, today() + Days::new(2)).await;
        assert_eq!((corrected.written, rows(&db).await), (1, 1));
        let outcome = of_product(&db, &kitchen, bread).await;
        assert_eq!((outcome.demand, outcome.saved_minor), (110, -12 * 120));

        // The file is undone, and sent again when the week is over.
        let key = (org.stores[0], bread, today());
        daily_sales::Entity::delete_by_id(key)
            .exec(db.db().connection())
            .await
            .expect("undone");
        let gone = judge(&db, &org, today() + Days::new(6)).await;
        assert_eq!((gone.removed, gone.unknown, rows(&db).await), (1, 1, 0));
        sold(&db, &org, bread, 80, ENOUGH).await;
        let over = judge(&db, &org, today() + Days::new(7)).await;
        assert_eq!((over, rows(&db).await), (JudgedSuggestions::default(), 0));
        // A day that is not over is not judged either.
        let early = judge(&db, &org, today() - Days::new(1)).await;
        assert_eq!(early, JudgedSuggestions::default());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_keep_batches_that_moved_and_those_given_up_are_left_out() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        product::Entity::update_many()
            .col_expr(
                product::Column::Policy,
                Expr::value(ReplenishmentPolicy::ReorderPoint.as_str()),
            )
            .filter(product::Column::Id.eq(org.products[0]))
            .exec(db.db().connection())
            .await
            .expect("goods that keep");
        let ids = suggested(&db, &org, &kitchen).await;
        dismiss(&db, &kitchen, ids[0].0).await;
        let tomorrow = AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: ids[1].0,
            quantity: Some(60),
            production_date: Some(today() + Days::new(1)),
        };
        let suggestions = db.services().suggestions();
        suggestions
            .accept(&kitchen, tomorrow)
            .await
            .expect("for another day");
        let order = accept(&db, &kitchen, ids[2].0, 72).await;
        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            reason: "Horno averiado".into(),
        };
        let orders = db.services().production_orders();
        orders.cancel(&kitchen, cancel).await.expect("given up");
        for product in &org.products {
            sold(&db, &org, *product, 50, ENOUGH).await;
        }
        let found = judge(&db, &org, today()).await;
        assert_eq!((found.keeping, found.moved, found.judged), (1, 2, 0));
        assert_eq!(rows(&db).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_whose_reasons_cannot_be_read_does_not_keep_the_others_from_being_judged() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let ids = suggested(&db, &org, &kitchen).await;
        for (id, _) in &ids {
            accept(&db, &kitchen, *id, 120).await;
        }
        for product in &org.products {
            sold(&db, &org, *product, 110, ENOUGH).await;
        }
        let connection = db.db().connection();
        let first = suggestion::Entity::find_by_id(ids[0].0).one(connection);
        let first = first.await.expect("rows").expect("a suggestion");
        let mut endless = first.reasons;
        endless["covers_days"] = json!(u32::MAX);
        for (id, reasons) in [(ids[0].0, json!({ "policy": "?" })), (ids[1].0, endless)] {
            suggestion::Entity::update_many()
                .col_expr(suggestion::Column::Reasons, Expr::value(reasons))
                .filter(suggestion::Column::Id.eq(id))
                .exec(connection)
                .await
                .expect("odd");
        }
        let found = judge(&db, &org, today()).await;
        let others = ids.len() as u64 - 2;
        assert!(others > 0);
        assert_eq!((found.unknown, found.judged), (2, others));
        assert_eq!(rows(&db).await, others);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_anyway_is_set_against_both_numbers() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, bread) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        product::Entity::update_many()
            .col_expr(product::Column::ShelfLifeDays, Expr::value(3))
            .filter(product::Column::Id.eq(bread))
            .exec(db.db().connection())
            .await
            .expect("a longer life");
        let yesterday = today() - Days::new(1);
        let left = AdjustStock {
            command_id: Uuid::now_v7(),
            store_id: store,
            product_id: bread,
            change: 30,
            reason: StockReason::Correction,
            note: None,
            at: yesterday.and_hms_opt(20, 0, 0),
        };
        let stock = db.services().stock();
        stock.adjust(&org.system(), left).await.expect("left over");
        // A batch by hand, which the suggestion knows of, and the one that the suggestion becomes.
        let order = baking(&db, &kitchen, store, bread, 12).await;
        let orders = db.services().production_orders();
        orders
            .complete(&kitchen, complete(order.id, 12, 0))
            .await
            .expect("baked");
        let (id, quantity) = suggested(&db, &org, &kitchen).await[0];
        let own = accept(&db, &kitchen, id, quantity + 12).await;
        let start = contract::orders::StartOrder {
            command_id: Uuid::now_v7(),
            order_id: own.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        orders
            .complete(&kitchen, complete(own.id, quantity + 12, 0))
            .await
            .expect("baked");
        sold(&db, &org, bread, 20, ENOUGH).await;
        judge(&db, &org, today()).await;
        let outcome = of_product(&db, &kitchen, bread).await;
        assert_eq!((outcome.beside, outcome.demand), (42, 20));
        assert_eq!(
            outcome.suggested_cost_minor,
            (42 + quantity - 20) * 80,
            "{outcome:?}"
        );
        assert_eq!(outcome.saved_minor, -12 * 80);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_read_in_pages_by_those_who_see_suggestions() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        let ids = suggested(&db, &org, &kitchen).await;
        for (id, _) in &ids {
            accept(&db, &kitchen, *id, 96).await;
        }
        sold(&db, &org, org.products[0], 80, ENOUGH).await;
        judge(&db, &org, today()).await;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let wanted = ListOutcomes {
                store_id: Some(org.stores[0]),
                from: Some(today()),
                until: Some(today()),
                limit: Some(1),
                after,
                ..ListOutcomes::default()
            };
            let view = known(&db, &kitchen, wanted).await;
            assert_eq!(view.totals.judged, 3);
            seen.extend(view.page.items.iter().map(|o| o.suggestion_id));
            after = view.page.next;
            if after.is_none() {
                break;
            }
        }
        let mut expected: Vec<Uuid> = ids.iter().map(|(id, _)| *id).collect();
        expected.sort();
        seen.sort();
        assert_eq!(seen, expected);
        let none = ListOutcomes {
            from: Some(today() + Days::new(1)),
            ..ListOutcomes::default()
        };
        assert_eq!(
            known(&db, &kitchen, none).await.totals,
            OutcomeTotals::default()
        );

        let suggestions = db.services().suggestions();
        let foreign = other.ctx(RoleKey::Production).await;
        let theirs = known(&db, &foreign, ListOutcomes::default()).await;
        assert!(theirs.page.items.is_empty() && theirs.totals.judged == 0);
        let shop = ListOutcomes {
            store_id: Some(org.stores[0]),
            ..ListOutcomes::default()
        };
        let bread = ListOutcomes {
            product_id: Some(org.products[0]),
            ..ListOutcomes::default()
        };
        for wanted in [shop, bread] {
            let refused = suggestions.outcomes(&foreign, wanted).await;
            assert_eq!(reason(&refused.expect_err("foreign")), "not_found");
        }
        let nowhere = ListOutcomes {
            after: Some("yesterday".into()),
            ..ListOutcomes::default()
        };
        let refused = suggestions.outcomes(&kitchen, nowhere).await;
        assert_eq!(reason(&refused.expect_err("no place")), "unreadable");
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = suggestions
            .outcomes(&manager, ListOutcomes::default())
            .await;
        assert_eq!(reason(&refused.expect_err("no plan")), "forbidden");
        let refused = suggestions.judge(&kitchen, today()).await;
        assert_eq!(reason(&refused.expect_err("the night's work")), "forbidden");
    })
    .await;
}
