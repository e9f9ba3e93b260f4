//! Suggestions: computing and deciding them.

use crate::scene::{
    bakery, baking, books_are_sound, break_receipts, complete, count_of, forecast, later,
    mend_receipts, new_order, reason, stranger,
};
use contract::orders::ListOrders;
use contract::suggestions::{
    AcceptSuggestion, AcceptSuggestions, AdjustSuggestion, DismissSuggestion, ListSuggestions,
    SuggestionView,
};
use contract::transfers::{CreateTransfer, ReceiveTransfer, TransferQuantity};
use domain::replenish::RatioCase;
use domain::{OrderSource, RoleKey, SuggestionStatus};
use entity::{forecast_override, product};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use services::{Ctx, ServiceError};
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

async fn generate(db: &TestDb, org: &Org) -> contract::suggestions::GeneratedSuggestions {
    db.services()
        .suggestions()
        .generate(&org.system(), today(), None)
        .await
        .expect("computed")
}

async fn of_today(db: &TestDb, ctx: &Ctx) -> Vec<SuggestionView> {
    let wanted = ListSuggestions {
        production_date: today(),
        store_id: None,
    };
    db.services()
        .suggestions()
        .list(ctx, wanted)
        .await
        .expect("a list")
        .items
}

fn accept(suggestion_id: Uuid) -> AcceptSuggestion {
    AcceptSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
        quantity: None,
        production_date: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_comes_with_its_reasons() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(store, product)], 100.0, 15.0).await;
        let counts = generate(&db, &org).await;
        assert_eq!((counts.computed, counts.to_bake), (1, 1));
        let suggestion = of_today(&db, &kitchen).await.remove(0);
        // Price 2.00, cost 0.80, nothing for leftovers: ratio 0.6, 103.8 wanted; trays of 12 make 96 or 108.
        let why = &suggestion.reasons;
        assert_eq!((why.ratio_bp, why.ratio_case), (6_000, RatioCase::Costs));
        assert!((102..=105).contains(&why.target), "{why:?}");
        assert_eq!(
            (suggestion.quantity, why.tray, why.covers_days),
            (108, 12, 1)
        );
        assert!(
            (99..=101).contains(&why.forecast_p50) && (118..=121).contains(&why.forecast_p90),
            "{why:?}"
        );

        // A pending order is taken off, yesterday's leftovers of a product that lasts a day are not.
        let analyst = org.ctx(RoleKey::Analyst).await;
        db.services()
            .stock()
            .count(&analyst, count_of(store, product, 30))
            .await
            .expect("counted");
        db.services()
            .production_orders()
            .create(&kitchen, new_order(store, product, 48))
            .await
            .expect("planned");
        let again = generate(&db, &org).await;
        assert_eq!((again.computed, again.updated), (1, 1));
        let suggestion = of_today(&db, &kitchen).await.remove(0);
        assert_eq!(
            (
                suggestion.reasons.on_hand,
                suggestion.reasons.usable_stock,
                suggestion.reasons.pending
            ),
            (30, 0, 48)
        );
        assert_eq!(suggestion.reasons.projected_waste, 30);
        assert_eq!(suggestion.quantity, 60);

        // Baked to last three days, the leftovers count.
        product::Entity::update_many()
            .col_expr(product::Column::ShelfLifeDays, Expr::value(3))
            .filter(product::Column::Id.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a longer life");
        generate(&db, &org).await;
        let suggestion = of_today(&db, &kitchen).await.remove(0);
        assert_eq!(
            (suggestion.reasons.usable_stock, suggestion.quantity),
            (30, 24)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_the_road_is_not_baked_again() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, other, product) = (org.stores[0], org.stores[1], org.products[0]);
        product::Entity::update_many()
            .col_expr(product::Column::ShelfLifeDays, Expr::value(3))
            .filter(product::Column::Id.eq(product))
            .exec(db.db().connection())
            .await
            .expect("a longer life");
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(store, product)], 100.0, 15.0).await;
        let wanted = |ctx: Ctx| {
            let (db, org) = (&db, &org);
            async move {
                generate(db, org).await;
                of_today(db, &ctx).await.remove(0).quantity
            }
        };
        let before = wanted(kitchen.clone()).await;
        let order = baking(&db, &kitchen, other, product, 36).await;
        let orders = db.services().production_orders();
        orders
            .complete(&kitchen, complete(order.id, 36, 0))
            .await
            .expect("baked");
        assert_eq!(wanted(kitchen.clone()).await, before);
        let send = CreateTransfer {
            command_id: Uuid::now_v7(),
            from_store_id: other,
            to_store_id: store,
            lines: vec![TransferQuantity {
                product_id: product,
                quantity: 36,
            }],
            send_now: true,
            note: None,
        };
        let sent = db.services().transfers().create(&kitchen, send).await;
        let sent = sent.expect("on the road");
        assert_eq!(wanted(kitchen.clone()).await, before - 36);
        // Arrived, it is there instead of on the road: not counted twice, not forgotten.
        let receive = ReceiveTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: sent.id,
            lines: vec![],
        };
        let transfers = db.services().transfers();
        transfers.receive(&kitchen, receive).await.expect("there");
        assert_eq!(wanted(kitchen.clone()).await, before - 36);
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_forecast_moves_the_number() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(store, product)], 100.0, 15.0).await;
        let now = testkit::now();
        let row = forecast_override::ActiveModel {
            id: Set(Uuid::now_v7()),
            organization_id: Set(org.id),
            store_id: Set(store),
            product_id: Set(product),
            target_date: Set(today()),
            quantity: Set(200),
            note: Set(None),
            author_id: Set(org.user(RoleKey::Analyst)),
            created_at: Set(now),
            updated_at: Set(now),
            version: Set(1),
        };
        forecast_override::Entity::insert(row)
            .exec_without_returning(db.db().connection())
            .await
            .expect("an override");
        generate(&db, &org).await;
        let suggestion = of_today(&db, &kitchen).await.remove(0);
        assert_eq!(suggestion.reasons.overridden_days, 1);
        assert!(
            (198..=202).contains(&suggestion.reasons.forecast_p50),
            "{:?}",
            suggestion.reasons
        );
        assert!(suggestion.quantity >= 204, "{}", suggestion.quantity);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn computing_again_keeps_what_people_decided_and_marks_what_vanished() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let store = org.stores[0];
        let kitchen = org.ctx(RoleKey::Production).await;
        let suggestions = db.services().suggestions();
        let shelves: Vec<(Uuid, Uuid)> = org.products.iter().map(|p| (store, *p)).collect();
        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org).await;
        let items = of_today(&db, &kitchen).await;
        let by_product = |p: Uuid| {
            items
                .iter()
                .find(|s| s.product_id == p)
                .expect("a suggestion")
                .id
        };
        suggestions
            .accept(&kitchen, accept(by_product(org.products[0])))
            .await
            .expect("accepted");
        let adjust = AdjustSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: by_product(org.products[1]),
            quantity: 72,
        };
        suggestions
            .adjust(&kitchen, adjust)
            .await
            .expect("adjusted");

        forecast(&db, &org, &shelves[..2], 60.0, 10.0).await;
        let counts = generate(&db, &org).await;
        assert_eq!(
            (
                counts.computed,
                counts.kept,
                counts.updated,
                counts.superseded
            ),
            (2, 1, 1, 1)
        );
        let items = of_today(&db, &kitchen).await;
        let accepted = items
            .iter()
            .find(|s| s.product_id == org.products[0])
            .expect("accepted");
        assert_eq!(
            (accepted.status, accepted.quantity),
            (SuggestionStatus::Accepted, 108)
        );
        let adjusted = items
            .iter()
            .find(|s| s.product_id == org.products[1])
            .expect("adjusted");
        assert_eq!(
            (adjusted.status, adjusted.adjusted_quantity),
            (SuggestionStatus::Open, Some(72))
        );
        assert!(adjusted.quantity < 84, "{}", adjusted.quantity);
        assert!(!items.iter().any(|s| s.product_id == org.products[2]));

        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org).await;
        assert!(
            of_today(&db, &kitchen)
                .await
                .iter()
                .any(|s| s.product_id == org.products[2])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_becomes_one_order_whoever_accepts_it_how_often() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        generate(&db, &org).await;
        let suggestion = of_today(&db, &kitchen).await.remove(0);
        let same = accept(suggestion.id);
        let attempts = (0..6).map(|n| {
            let command = if n % 2 == 0 {
                same.clone()
            } else {
                accept(suggestion.id)
            };
            let (services, kitchen) = (db.services().clone(), kitchen.clone());
            tokio::spawn(async move { services.suggestions().accept(&kitchen, command).await })
        });
        let mut orders = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.expect("no panic") {
                Ok(order) => orders.push(order),
                Err(error) => assert_eq!(reason(&error), "suggestion.decided", "{error}"),
            }
        }
        assert!(!orders.is_empty() && orders.iter().all(|o| *o == orders[0]));
        let all = db
            .services()
            .production_orders()
            .list(&kitchen, ListOrders::default())
            .await
            .expect("orders");
        assert_eq!(all.items.len(), 1);
        assert_eq!(
            (all.items[0].source, all.items[0].planned_quantity),
            (OrderSource::Suggestion, 108)
        );
        let decided = of_today(&db, &kitchen).await.remove(0);
        assert_eq!(
            (decided.status, decided.order_id),
            (SuggestionStatus::Accepted, Some(all.items[0].id))
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_many_is_all_or_nothing_and_skips_what_is_decided() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let suggestions = db.services().suggestions();
        let shelves: Vec<(Uuid, Uuid)> = org.products.iter().map(|p| (org.stores[0], *p)).collect();
        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org).await;
        let ids: Vec<Uuid> = of_today(&db, &kitchen).await.iter().map(|s| s.id).collect();
        let dismiss = |reason: &str| DismissSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: ids[1],
            reason: reason.into(),
        };
        assert_eq!(
            reason(
                &suggestions
                    .dismiss(&kitchen, dismiss(""))
                    .await
                    .expect_err("why?")
            ),
            "required"
        );
        let dismissed = suggestions
            .dismiss(&kitchen, dismiss("Ya hay masa congelada"))
            .await
            .expect("dismissed");
        assert_eq!(
            dismissed.dismiss_reason.as_deref(),
            Some("Ya hay masa congelada")
        );

        let many = AcceptSuggestions {
            command_id: Uuid::now_v7(),
            suggestion_ids: ids.clone(),
            quantities: Vec::new(),
        };
        break_receipts(&db).await;
        let failed = suggestions
            .accept_many(&kitchen, many.clone())
            .await
            .expect_err("no receipt");
        assert!(matches!(failed, ServiceError::Database(_)), "{failed:?}");
        let list = async || {
            db.services()
                .production_orders()
                .list(&kitchen, ListOrders::default())
                .await
                .expect("orders")
                .items
        };
        assert!(list().await.is_empty());
        assert_eq!(
            of_today(&db, &kitchen)
                .await
                .iter()
                .filter(|s| s.status == SuggestionStatus::Open)
                .count(),
            2
        );
        mend_receipts(&db).await;

        let done = suggestions
            .accept_many(&kitchen, many.clone())
            .await
            .expect("accepted");
        assert_eq!((done.orders.len(), done.skipped.clone()), (2, vec![ids[1]]));
        assert_eq!(
            suggestions
                .accept_many(&later(&kitchen, 2), many)
                .await
                .expect("again"),
            done
        );
        assert_eq!(list().await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_no_suggestion_and_managers_do_not_decide() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        generate(&db, &org).await;
        let id = of_today(&db, &kitchen).await.remove(0).id;
        let suggestions = db.services().suggestions();
        let foreign = other.ctx(RoleKey::Production).await;
        assert_eq!(
            reason(
                &suggestions
                    .accept(&foreign, accept(id))
                    .await
                    .expect_err("foreign")
            ),
            "not_found"
        );
        assert!(of_today(&db, &foreign).await.is_empty());
        let manager = org.ctx(RoleKey::StoreManager).await;
        assert_eq!(
            reason(
                &suggestions
                    .accept(&manager, accept(id))
                    .await
                    .expect_err("not theirs")
            ),
            "forbidden"
        );
        let analyst = org.ctx(RoleKey::Analyst).await;
        assert_eq!(
            reason(
                &suggestions
                    .accept(&analyst, accept(id))
                    .await
                    .expect_err("creates no orders")
            ),
            "forbidden"
        );
        assert_eq!(
            reason(
                &suggestions
                    .generate(&kitchen, today(), None)
                    .await
                    .expect_err("the night's work")
            ),
            "forbidden"
        );
    })
    .await;
}
