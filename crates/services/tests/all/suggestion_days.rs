//! Suggestions over time: what they said before, another day, taken up again, many at once with typed numbers.

use crate::scene::{bakery, books_are_sound, forecast, later, reason, stranger};
use chrono::{Days, TimeDelta};
use contract::dispatch::MAX_STORES;
use contract::orders::ListOrders;
use contract::suggestions::{
    AcceptSuggestion, AcceptSuggestions, AdjustSuggestion, DaySuggestions, DismissSuggestion,
    ListSuggestions, MAX_ACCEPTED, MAX_OTHER_DAYS, ReopenSuggestion, SuggestionHistory,
    SuggestionQuantity, SuggestionView,
};
use domain::{RoleKey, SuggestionStatus};
use entity::audit_entry;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use services::Ctx;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with, today};
use uuid::Uuid;

async fn generate(db: &TestDb, org: &Org, minutes: i64) {
    db.services()
        .suggestions()
        .generate(&later(&org.system(), minutes), today(), None)
        .await
        .expect("computed");
}

async fn day(db: &TestDb, ctx: &Ctx, store_id: Option<Uuid>) -> DaySuggestions {
    let wanted = ListSuggestions {
        production_date: today(),
        store_id,
    };
    let suggestions = db.services().suggestions();
    suggestions.list(ctx, wanted).await.expect("a list")
}

async fn of_today(db: &TestDb, ctx: &Ctx) -> Vec<SuggestionView> {
    day(db, ctx, None).await.items
}

async fn history(db: &TestDb, ctx: &Ctx, id: Uuid) -> SuggestionHistory {
    let suggestions = db.services().suggestions();
    suggestions.history(ctx, id).await.expect("a history")
}

fn accept(suggestion_id: Uuid, days: i64) -> AcceptSuggestion {
    AcceptSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
        quantity: None,
        production_date: Some(today() + TimeDelta::days(days)),
    }
}

fn dismiss(suggestion_id: Uuid) -> DismissSuggestion {
    DismissSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
        reason: "No hay horno libre".into(),
    }
}

fn reopen(suggestion_id: Uuid) -> ReopenSuggestion {
    ReopenSuggestion {
        command_id: Uuid::now_v7(),
        suggestion_id,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_suggestion_said_before_is_kept_for_ever() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let shelf = [(org.stores[0], org.products[0])];
        forecast(&db, &org, &shelf, 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        let first = of_today(&db, &kitchen).await.remove(0);
        assert!(history(&db, &kitchen, first.id).await.versions.is_empty());

        // The same again is no new number.
        generate(&db, &org, 10).await;
        assert!(history(&db, &kitchen, first.id).await.versions.is_empty());

        forecast(&db, &org, &shelf, 60.0, 10.0).await;
        generate(&db, &org, 20).await;
        let second = of_today(&db, &kitchen).await.remove(0);
        assert_eq!(second.id, first.id);
        assert!(second.quantity < first.quantity);
        let kept = history(&db, &kitchen, first.id).await;
        assert_eq!(kept.versions.len(), 1);
        let version = &kept.versions[0];
        assert_eq!((version.number, version.quantity), (1, first.quantity));
        assert_eq!(version.reasons, first.reasons);
        assert_eq!(
            version.computed_at,
            first.computed_at + TimeDelta::minutes(10)
        );

        // The latest first; what has no reason any more and comes back is kept too.
        forecast(&db, &org, &[(org.stores[1], org.products[1])], 80.0, 10.0).await;
        generate(&db, &org, 30).await;
        forecast(&db, &org, &shelf, 140.0, 10.0).await;
        generate(&db, &org, 40).await;
        let third = of_today(&db, &kitchen).await;
        let third = third.iter().find(|s| s.id == first.id).expect("it is back");
        assert!(third.quantity > first.quantity);
        let kept = history(&db, &kitchen, first.id).await;
        let numbers: Vec<_> = kept
            .versions
            .iter()
            .map(|v| (v.number, v.quantity))
            .collect();
        assert_eq!(numbers, [(2, second.quantity), (1, first.quantity)]);

        // What a person decided is not computed again.
        let suggestions = db.services().suggestions();
        suggestions
            .dismiss(&kitchen, dismiss(first.id))
            .await
            .expect("dismissed");
        forecast(&db, &org, &shelf, 100.0, 15.0).await;
        generate(&db, &org, 50).await;
        assert_eq!(history(&db, &kitchen, first.id).await, kept);

        for statement in [
            "UPDATE suggestion_versions SET quantity = 1",
            "DELETE FROM suggestion_versions",
        ] {
            let refused = db.db().connection().execute_unprepared(statement).await;
            let words = refused.expect_err("append-only").to_string();
            assert!(words.contains("append-only"), "{words}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_is_shown_to_those_who_see_the_suggestion() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        let id = of_today(&db, &kitchen).await[0].id;
        let suggestions = db.services().suggestions();
        let foreign = other.ctx(RoleKey::Production).await;
        let refused = suggestions
            .history(&foreign, id)
            .await
            .expect_err("foreign");
        assert_eq!(reason(&refused), "not_found");
        let nothing = suggestions.history(&kitchen, Uuid::now_v7()).await;
        assert_eq!(reason(&nothing.expect_err("nothing")), "not_found");
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = suggestions.history(&manager, id).await;
        assert_eq!(reason(&refused.expect_err("no plan")), "forbidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_accepted_for_another_day_within_a_week() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let shelves: Vec<(Uuid, Uuid)> = org.products.iter().map(|p| (org.stores[0], *p)).collect();
        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        let items = of_today(&db, &kitchen).await;
        let suggestions = db.services().suggestions();
        let last = i64::try_from(MAX_OTHER_DAYS).expect("few");
        for days in [-1, last + 1, 4_000] {
            let refused = suggestions
                .accept(&kitchen, accept(items[0].id, days))
                .await;
            assert_eq!(reason(&refused.expect_err("no day")), "date_out_of_range");
        }
        assert!(
            of_today(&db, &kitchen)
                .await
                .iter()
                .all(|s| s.status == SuggestionStatus::Open)
        );

        let other_day = accept(items[0].id, last);
        let order = suggestions
            .accept(&kitchen, other_day.clone())
            .await
            .expect("an order");
        assert_eq!(order.production_date, today() + Days::new(MAX_OTHER_DAYS));
        assert_eq!(
            (order.suggestion_id, order.planned_quantity),
            (Some(items[0].id), items[0].quantity)
        );
        let again = suggestions.accept(&later(&kitchen, 3), other_day).await;
        assert_eq!(again.expect("the same"), order);
        let refused = suggestions.accept(&kitchen, accept(items[0].id, 2)).await;
        assert_eq!(reason(&refused.expect_err("decided")), "suggestion.decided");

        // Its own day is always a day for it, also when it is over.
        let late = later(&kitchen, 2 * 24 * 60);
        let order = suggestions
            .accept(&late, accept(items[1].id, 0))
            .await
            .expect("an order");
        assert_eq!(order.production_date, today());
        let refused = suggestions.accept(&late, accept(items[2].id, 1)).await;
        assert_eq!(
            reason(&refused.expect_err("yesterday")),
            "date_out_of_range"
        );
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_suggestion_is_taken_up_again_until_its_day_is_over() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        forecast(&db, &org, &[(org.stores[0], org.products[0])], 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        let id = of_today(&db, &kitchen).await[0].id;
        let suggestions = db.services().suggestions();
        let adjust = AdjustSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: id,
            quantity: 84,
        };
        suggestions
            .adjust(&kitchen, adjust)
            .await
            .expect("adjusted");
        let refused = suggestions.reopen(&kitchen, reopen(id)).await;
        assert_eq!(reason(&refused.expect_err("open")), "suggestion.decided");
        suggestions
            .dismiss(&kitchen, dismiss(id))
            .await
            .expect("dismissed");

        let foreign = other.ctx(RoleKey::Production).await;
        let refused = suggestions.reopen(&foreign, reopen(id)).await;
        assert_eq!(reason(&refused.expect_err("foreign")), "not_found");
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = suggestions.reopen(&manager, reopen(id)).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "forbidden");
        let late = later(&kitchen, 24 * 60);
        let refused = suggestions.reopen(&late, reopen(id)).await;
        assert_eq!(reason(&refused.expect_err("over")), "suggestion.over");

        let command = reopen(id);
        let open = suggestions
            .reopen(&kitchen, command.clone())
            .await
            .expect("open");
        assert_eq!((open.status, open.planned()), (SuggestionStatus::Open, 84));
        assert_eq!((open.dismiss_reason.clone(), open.decided_at), (None, None));
        let again = suggestions.reopen(&later(&kitchen, 1), command).await;
        assert_eq!(again.expect("the same"), open);
        let written = audit_entry::Entity::find()
            .filter(audit_entry::Column::OrganizationId.eq(org.id))
            .filter(audit_entry::Column::Action.eq("suggestions.reopen"))
            .count(db.db().connection())
            .await
            .expect("counted");
        assert_eq!(written, 1);

        let accepted = suggestions
            .accept(&kitchen, accept(id, 0))
            .await
            .expect("an order");
        assert_eq!(accepted.planned_quantity, 84);
        let refused = suggestions.reopen(&kitchen, reopen(id)).await;
        assert_eq!(
            reason(&refused.expect_err("accepted")),
            "suggestion.decided"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_accepted_with_the_numbers_that_were_typed() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let shelves: Vec<(Uuid, Uuid)> = org.products.iter().map(|p| (org.stores[0], *p)).collect();
        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        let items = of_today(&db, &kitchen).await;
        let ids: Vec<Uuid> = items.iter().map(|s| s.id).collect();
        let suggestions = db.services().suggestions();
        let many = |quantities: &[(Uuid, i64)]| AcceptSuggestions {
            command_id: Uuid::now_v7(),
            suggestion_ids: ids.clone(),
            quantities: quantities
                .iter()
                .map(|(suggestion_id, quantity)| SuggestionQuantity {
                    suggestion_id: *suggestion_id,
                    quantity: *quantity,
                })
                .collect(),
        };
        for (quantities, why) in [
            (vec![(ids[0], -1)], "quantity_out_of_range"),
            (vec![(ids[0], i64::MAX)], "quantity_out_of_range"),
            (vec![(Uuid::now_v7(), 12)], "not_named"),
            (vec![(ids[0], 12), (ids[0], 24)], "not_named"),
        ] {
            let refused = suggestions.accept_many(&kitchen, many(&quantities)).await;
            assert_eq!(reason(&refused.expect_err("no number")), why);
        }
        let too_many = AcceptSuggestions {
            command_id: Uuid::now_v7(),
            suggestion_ids: (0..=MAX_ACCEPTED).map(|_| Uuid::now_v7()).collect(),
            quantities: Vec::new(),
        };
        let refused = suggestions.accept_many(&kitchen, too_many).await;
        assert_eq!(reason(&refused.expect_err("too many")), "length");

        let command = many(&[(ids[0], 36), (ids[1], 0)]);
        let done = suggestions
            .accept_many(&kitchen, command.clone())
            .await
            .expect("orders");
        assert_eq!(done.skipped, [ids[1]]);
        let planned = |id: Uuid| {
            let mut orders = done.orders.iter().filter(|o| o.suggestion_id == Some(id));
            orders.next().map(|o| o.planned_quantity)
        };
        assert_eq!(planned(ids[0]), Some(36));
        assert_eq!(planned(ids[2]), Some(items[2].quantity));
        let again = suggestions.accept_many(&later(&kitchen, 2), command).await;
        assert_eq!(again.expect("the same"), done);
        let orders = db.services().production_orders();
        let all = orders
            .list(&kitchen, ListOrders::default())
            .await
            .expect("orders");
        assert_eq!(all.items.len(), 2);
        let left = of_today(&db, &kitchen).await;
        let left = left.iter().find(|s| s.id == ids[1]).expect("it is there");
        assert_eq!(left.status, SuggestionStatus::Open);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_with_too_many_shops_for_one_plan_has_shops_to_choose_from() {
    on_both(async |db| {
        let spec = OrgSpec {
            stores: MAX_STORES + 1,
            products: 2,
            ..OrgSpec::default()
        };
        let org = org_with(&db, spec).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let shelves: Vec<(Uuid, Uuid)> = org.stores.iter().map(|s| (*s, org.products[0])).collect();
        forecast(&db, &org, &shelves[..MAX_STORES], 100.0, 15.0).await;
        generate(&db, &org, 0).await;
        // As many as stand on one page.
        let plan = day(&db, &kitchen, None).await;
        assert_eq!((plan.items.len(), plan.choose_from.len()), (MAX_STORES, 0));

        forecast(&db, &org, &shelves, 100.0, 15.0).await;
        generate(&db, &org, 10).await;
        let last = plan.items[0].id;
        let suggestions = db.services().suggestions();
        suggestions
            .dismiss(&kitchen, dismiss(last))
            .await
            .expect("dismissed");
        let plan = day(&db, &kitchen, None).await;
        assert_eq!(
            (plan.items.len(), plan.choose_from.len()),
            (0, MAX_STORES + 1)
        );
        assert_eq!((plan.choose_from[0].open, plan.choose_from[1].open), (0, 1));
        assert!(plan.choose_from.is_sorted_by_key(|s| s.store_code.clone()));

        // One shop is shown whole.
        let one = day(&db, &kitchen, Some(org.stores[MAX_STORES])).await;
        assert_eq!((one.items.len(), one.choose_from.len()), (1, 0));
        assert_eq!(one.items[0].store_id, org.stores[MAX_STORES]);
    })
    .await;
}
