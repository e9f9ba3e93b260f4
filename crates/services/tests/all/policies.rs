//! The terms of shelves: choosing them, what generation makes of them, what they would have cost.

use crate::rows;
use crate::scene::{
    alert_stands, bakery, break_receipts, forecast, mend_receipts, reason, stranger,
};
use chrono::Days;
use contract::policies::{
    ListPolicies, PoliciesSet, ReadPolicy, SeenShelf, SetPolicies, ShelfPolicyView, TriedChoice,
};
use contract::suggestions::ListSuggestions;
use domain::replenish::{Levels, RatioCase, Reasons, ShelfChoice};
use domain::{AlertKind, RatioBy, ReplenishmentPolicy, RoleKey};
use entity::{audit_entry, product, store_product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use services::Ctx;
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

type Shelf = (Uuid, Uuid);

async fn policy(db: &TestDb, ctx: &Ctx, (store_id, product_id): Shelf) -> ShelfPolicyView {
    let wanted = ReadPolicy {
        store_id,
        product_id,
    };
    let policies = db.services().policies();
    policies.read(ctx, wanted).await.expect("a shelf")
}

fn seen(view: &ShelfPolicyView) -> SeenShelf {
    SeenShelf {
        store_id: view.store_id,
        product_id: view.product_id,
        version: view.version,
    }
}

fn level(level: i32) -> ShelfChoice {
    ShelfChoice {
        ratio_by: Some(RatioBy::ServiceLevel),
        service_level_bp: Some(level),
        ..ShelfChoice::default()
    }
}

fn choose(shelves: &[&ShelfPolicyView], choice: Option<ShelfChoice>) -> SetPolicies {
    SetPolicies {
        command_id: Uuid::now_v7(),
        shelves: shelves.iter().map(|view| seen(view)).collect(),
        choice,
        levels: None,
    }
}

/// Computes the suggestions of today, and answers with the reasons of a shelf.
async fn computed(db: &TestDb, org: &Org, shelf: Shelf) -> Reasons {
    let suggestions = db.services().suggestions();
    suggestions
        .generate(&org.system(), today(), None)
        .await
        .expect("computed");
    let wanted = ListSuggestions {
        production_date: today(),
        store_id: Some(shelf.0),
    };
    let kitchen = org.ctx(RoleKey::Production).await;
    let day = suggestions.list(&kitchen, wanted).await.expect("a list");
    let found = day.items.into_iter().find(|s| s.product_id == shelf.1);
    found.expect("a suggestion").reasons
}

async fn audited(db: &TestDb) -> usize {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq("policies.set"))
        .all(db.db().connection())
        .await;
    entries.expect("entries").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_counts_for_its_shelf_from_the_next_suggestions_and_can_be_given_back() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (ours, other) = (
            (org.stores[0], org.products[0]),
            (org.stores[1], org.products[0]),
        );
        forecast(&db, &org, &[ours, other], 100.0, 15.0).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let before = policy(&db, &analyst, ours).await;
        // Price 2.00, cost 0.80, nothing for leftovers.
        assert_eq!(
            (before.ratio_bp, before.ratio_case),
            (6_000, RatioCase::Costs)
        );
        assert!(before.choice.is_none() && before.version == 0);
        let by_costs = computed(&db, &org, ours).await;
        assert_eq!(
            (by_costs.ratio_bp, by_costs.ratio_case),
            (6_000, RatioCase::Costs)
        );

        let command = choose(&[&before], Some(level(9_800)));
        let set = policies.set(&analyst, command.clone()).await.expect("set");
        assert_eq!(
            set,
            PoliciesSet {
                changed: 1,
                unchanged: 0
            }
        );
        let again = policies.set(&analyst, command).await;
        assert_eq!(again.expect("the same answer"), set);
        let chosen = policy(&db, &analyst, ours).await;
        assert_eq!((chosen.version, chosen.ratio_bp), (1, 9_800));
        assert_eq!(chosen.of_product, before.of_product);
        assert_eq!(audited(&db).await, 1);
        let reasons = computed(&db, &org, ours).await;
        assert_eq!(
            (reasons.ratio_bp, reasons.ratio_case),
            (9_800, RatioCase::Chosen)
        );
        assert!(reasons.target > by_costs.target, "{reasons:?}");
        // The other shop goes by its product.
        assert_eq!(computed(&db, &org, other).await.ratio_bp, 6_000);

        // Half of those who miss it buy something else: 0.60 / 1.40.
        let substitutes = ShelfChoice {
            substitution_share_bp: Some(5_000),
            ..ShelfChoice::default()
        };
        let command = choose(&[&chosen], Some(substitutes));
        policies.set(&analyst, command).await.expect("set");
        let reasons = computed(&db, &org, ours).await;
        assert_eq!(
            (reasons.ratio_bp, reasons.substitution_share_bp),
            (4_286, 5_000)
        );
        assert!(reasons.target < by_costs.target, "{reasons:?}");

        let chosen = policy(&db, &analyst, ours).await;
        let back = choose(&[&chosen], None);
        policies.set(&analyst, back).await.expect("given back");
        assert_eq!(computed(&db, &org, ours).await, by_costs);
        let after = policy(&db, &analyst, ours).await;
        assert!(after.choice.is_none() && after.version == 3);
        // Nothing to give back: nothing happened.
        let set = policies.set(&analyst, choose(&[&after], None)).await;
        assert_eq!(
            set.expect("no change"),
            PoliciesSet {
                changed: 0,
                unchanged: 1
            }
        );
        assert_eq!(policy(&db, &analyst, ours).await, after);
        assert_eq!(audited(&db).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_products_own_share_of_substitutes_counts_where_nothing_is_chosen() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let shelf = (org.stores[0], org.products[0]);
        forecast(&db, &org, &[shelf], 100.0, 15.0).await;
        product::Entity::update_many()
            .col_expr(product::Column::SubstitutionShareBp, Expr::value(2_500))
            .filter(product::Column::Id.eq(shelf.1))
            .exec(db.db().connection())
            .await
            .expect("a share");
        // 0.90 / 1.70.
        let reasons = computed(&db, &org, shelf).await;
        assert_eq!(
            (reasons.ratio_bp, reasons.substitution_share_bp),
            (5_294, 2_500)
        );

        // Reasons that were stored before anybody knew of substitutes are read as without them.
        let mut old = serde_json::to_value(&reasons).expect("reasons");
        let gone = old
            .as_object_mut()
            .and_then(|old| old.remove("substitution_share_bp"));
        assert!(gone.is_some());
        let read: Reasons = serde_json::from_value(old).expect("older reasons");
        assert_eq!(
            read,
            Reasons {
                substitution_share_bp: 0,
                ..reasons
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorder_point_is_followed_and_its_alert_comes_and_goes_with_it() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let shelf = (org.stores[0], org.products[0]);
        forecast(&db, &org, &[shelf], 20.0, 4.0).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let keeps = ShelfChoice {
            policy: Some(ReplenishmentPolicy::ReorderPoint),
            ..ShelfChoice::default()
        };
        let view = policy(&db, &analyst, shelf).await;
        let command = SetPolicies {
            levels: Some(Levels {
                reorder_point: Some(10),
                order_up_to: Some(50),
            }),
            ..choose(&[&view], Some(keeps))
        };
        policies.set(&analyst, command).await.expect("set");
        let reasons = computed(&db, &org, shelf).await;
        assert_eq!(reasons.policy, ReplenishmentPolicy::ReorderPoint);
        assert_eq!((reasons.reorder_point, reasons.target), (Some(10), 50));
        // What the list says is what the suggestion was made with, also where more days are given up than are planned for.
        let view = policy(&db, &analyst, shelf).await;
        assert_eq!(
            (view.ratio_bp, view.ratio_case),
            (reasons.ratio_bp, reasons.ratio_case)
        );
        let seldom = ShelfChoice {
            service_level_bp: Some(2_000),
            ..keeps
        };
        let command = choose(&[&view], Some(seldom));
        policies.set(&analyst, command).await.expect("set");
        let reasons = computed(&db, &org, shelf).await;
        let view = policy(&db, &analyst, shelf).await;
        assert_eq!((view.ratio_bp, reasons.ratio_bp), (5_000, 5_000));
        assert!(alert_stands(&db, AlertKind::BelowReorderPoint, shelf.0, shelf.1).await);

        // Another choice leaves the levels; levels that are not set any more are computed.
        let view = policy(&db, &analyst, shelf).await;
        let command = choose(&[&view], None);
        policies.set(&analyst, command).await.expect("set");
        let view = policy(&db, &analyst, shelf).await;
        assert_eq!((view.reorder_point, view.order_up_to), (Some(10), Some(50)));
        let command = SetPolicies {
            levels: Some(Levels::default()),
            ..choose(&[&view], None)
        };
        policies.set(&analyst, command).await.expect("set");
        let view = policy(&db, &analyst, shelf).await;
        assert_eq!((view.reorder_point, view.order_up_to), (None, None));
        assert!(!alert_stands(&db, AlertKind::BelowReorderPoint, shelf.0, shelf.1).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_meanwhile_is_a_conflict_for_all_of_them() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (first, second) = (
            (org.stores[0], org.products[0]),
            (org.stores[0], org.products[1]),
        );
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let (one, two) = (
            policy(&db, &analyst, first).await,
            policy(&db, &analyst, second).await,
        );
        let command = choose(&[&one], Some(level(9_000)));
        policies.set(&analyst, command.clone()).await.expect("set");
        let late = choose(&[&two, &one], Some(level(8_000)));
        let refused = policies.set(&analyst, late).await.expect_err("stale");
        assert_eq!(reason(&refused), "policy.stale");
        assert!(refused.to_string().contains("Producto 1"), "{refused}");
        assert_eq!(policy(&db, &analyst, second).await, two);
        let reused = SetPolicies {
            choice: None,
            ..command
        };
        let refused = policies.set(&analyst, reused).await.expect_err("reused");
        assert_eq!(reason(&refused), "command.reused");

        // All of them or none: the last step fails.
        break_receipts(&db).await;
        let one = policy(&db, &analyst, first).await;
        let both = choose(&[&one, &two], Some(level(8_000)));
        assert!(policies.set(&analyst, both.clone()).await.is_err());
        assert_eq!(policy(&db, &analyst, first).await, one);
        mend_receipts(&db).await;
        let set = policies.set(&analyst, both).await.expect("set");
        assert_eq!(set.changed, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_choices_foreign_shelves_and_people_without_the_right_are_refused() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let shelf = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let view = policy(&db, &analyst, shelf).await;
        let refused = async |ctx: &Ctx, command: SetPolicies| {
            let refused = policies.set(ctx, command).await.expect_err("refused");
            reason(&refused).to_owned()
        };
        let share = |share: i32| ShelfChoice {
            substitution_share_bp: Some(share),
            ..ShelfChoice::default()
        };
        let salvage = ShelfChoice {
            salvage_minor: Some(-1),
            ..ShelfChoice::default()
        };
        let absurd = [
            level(0),
            level(-1),
            level(499),
            level(9_991),
            share(-1),
            share(9_001),
            salvage,
        ];
        for choice in absurd {
            let command = choose(&[&view], Some(choice));
            assert_eq!(
                refused(&analyst, command).await,
                "number.range",
                "{choice:?}"
            );
        }
        for (reorder_point, order_up_to) in [(Some(-1), None), (Some(10), Some(9))] {
            let command = SetPolicies {
                levels: Some(Levels {
                    reorder_point,
                    order_up_to,
                }),
                ..choose(&[&view], None)
            };
            assert_eq!(refused(&analyst, command).await, "number.range");
        }
        assert_eq!(refused(&analyst, choose(&[], None)).await, "length");
        let many = vec![&view; 501];
        assert_eq!(refused(&analyst, choose(&many, None)).await, "length");
        assert_eq!(
            refused(&analyst, choose(&[&view, &view], None)).await,
            "twice"
        );

        let choice = Some(level(9_000));
        for role in [RoleKey::Production, RoleKey::StoreManager, RoleKey::Admin] {
            let ctx = org.ctx(role).await;
            assert_eq!(refused(&ctx, choose(&[&view], choice)).await, "forbidden");
        }
        let theirs = other.ctx(RoleKey::Analyst).await;
        assert_eq!(
            refused(&theirs, choose(&[&view], choice)).await,
            "not_found"
        );
        let foreign = ShelfPolicyView {
            product_id: other.products[0],
            ..view.clone()
        };
        assert_eq!(
            refused(&analyst, choose(&[&view, &foreign], choice)).await,
            "not_found"
        );
        assert_eq!(audited(&db).await, 0);
        let command = choose(&[&view], choice);
        let set = policies.set(&analyst, command.clone()).await.expect("set");
        store_product::Entity::update_many()
            .col_expr(store_product::Column::Listed, Expr::value(false))
            .filter(store_product::Column::StoreId.eq(shelf.0))
            .filter(store_product::Column::ProductId.eq(shelf.1))
            .exec(db.db().connection())
            .await
            .expect("taken off the list");
        assert_eq!(
            refused(&analyst, choose(&[&view], choice)).await,
            "not_found"
        );
        // What was carried out before is still answered as it was.
        let again = policies.set(&analyst, command).await;
        assert_eq!(again.expect("the same answer"), set);
        assert_eq!(audited(&db).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shelves_are_listed_by_store_or_product_in_parts_and_by_what_is_chosen() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let list = async |wanted: ListPolicies| {
            let view = policies.list(&analyst, wanted).await.expect("a list");
            let found = view.page.items.iter();
            let shelves: Vec<Shelf> = found.map(|s| (s.store_id, s.product_id)).collect();
            (shelves, view.page.next, view.categories.len())
        };
        let of_store = ListPolicies {
            store_id: Some(org.stores[0]),
            limit: Some(2),
            ..ListPolicies::default()
        };
        let (first, next, categories) = list(of_store.clone()).await;
        assert_eq!((first.len(), categories), (2, 1));
        let rest = ListPolicies {
            after: next.and_then(|next| next.parse().ok()),
            ..of_store.clone()
        };
        let (rest, next, _) = list(rest).await;
        assert_eq!((rest.len(), next), (1, None));
        assert!(!first.contains(&rest[0]));

        let found = ListPolicies {
            search: Some(" PRODUCTO 2".into()),
            ..of_store.clone()
        };
        assert_eq!(list(found).await.0, [(org.stores[0], org.products[1])]);
        let nowhere = ListPolicies {
            category_id: Some(Uuid::now_v7()),
            ..of_store.clone()
        };
        assert!(list(nowhere).await.0.is_empty());
        let chosen = ListPolicies {
            chosen: true,
            ..of_store.clone()
        };
        assert!(list(chosen.clone()).await.0.is_empty());
        let shelf = (org.stores[0], org.products[2]);
        let view = policy(&db, &analyst, shelf).await;
        let command = choose(&[&view], Some(level(9_000)));
        policies.set(&analyst, command).await.expect("set");
        assert_eq!(list(chosen.clone()).await.0, [shelf]);
        // The shelf that ended the first part is not among the wanted any more: the second is there all the same.
        let first = (org.stores[0], org.products[0]);
        let view = policy(&db, &analyst, first).await;
        let command = choose(&[&view], Some(level(9_000)));
        policies.set(&analyst, command).await.expect("set");
        let one = ListPolicies {
            limit: Some(1),
            ..chosen
        };
        let (found, next, _) = list(one.clone()).await;
        assert_eq!(found, [first]);
        let view = policy(&db, &analyst, first).await;
        let back = choose(&[&view], None);
        policies.set(&analyst, back).await.expect("given back");
        let rest = ListPolicies {
            after: next.and_then(|next| next.parse().ok()),
            ..one
        };
        let (found, next, _) = list(rest).await;
        assert_eq!((found, next), (vec![shelf], None));

        let of_product = ListPolicies {
            product_id: Some(org.products[1]),
            ..ListPolicies::default()
        };
        let everywhere: Vec<Shelf> = org.stores.iter().map(|s| (*s, org.products[1])).collect();
        assert_eq!(list(of_product.clone()).await.0, everywhere);

        let refused = async |ctx: &Ctx, wanted: ListPolicies| {
            let refused = policies.list(ctx, wanted).await.expect_err("refused");
            reason(&refused).to_owned()
        };
        let nothing = ListPolicies::default();
        assert_eq!(refused(&analyst, nothing).await, "required");
        let theirs = other.ctx(RoleKey::Analyst).await;
        assert_eq!(refused(&theirs, of_store.clone()).await, "not_found");
        assert_eq!(refused(&theirs, of_product).await, "not_found");
        let manager = org.ctx(RoleKey::StoreManager).await;
        assert_eq!(refused(&manager, of_store).await, "forbidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_choice_would_have_cost_is_told_of_the_days_that_can_be_judged() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let policies = db.services().policies();
        let wanted = ReadPolicy {
            store_id: store,
            product_id: product,
        };
        let nothing = policies.costs(&analyst, wanted).await.expect("no day yet");
        assert_eq!((nothing.days, nothing.costs_known), (0, true));

        // Four nights; the shop was closed on the day after the first, and nobody forecast the day 40 days ago.
        for night in 2..=5 {
            rows::issue(
                &db,
                &org,
                store,
                today() - Days::new(night),
                (20.0, 30.0, 50.0),
            )
            .await;
        }
        let sold = async |days_ago: u64, quantity: i64, sold_out: bool| {
            let date = today() - Days::new(days_ago);
            rows::sold(&db, &org, store, product, date, quantity, sold_out).await;
        };
        sold(3, 25, false).await;
        sold(2, 40, true).await;
        sold(40, 500, false).await;
        // Yesterday another product was sold, and nothing of this one.
        let yesterday = today() - Days::new(1);
        rows::sold(&db, &org, store, org.products[1], yesterday, 9, false).await;
        let costs = policies.costs(&analyst, wanted).await.expect("costs");
        assert_eq!(
            (costs.from, costs.until),
            (today() - Days::new(28), yesterday)
        );
        assert_eq!(
            (costs.days, costs.estimated_days, costs.left_out_days),
            (3, 1, 0)
        );
        assert!(!costs.keeps);
        let tried: Vec<(TriedChoice, i32)> = costs
            .choices
            .iter()
            .map(|c| (c.choice, c.ratio_bp))
            .collect();
        let level = |bp: i32| (TriedChoice::ServiceLevel, bp);
        assert_eq!(
            tried,
            [
                (TriedChoice::Current, 6_000),
                (TriedChoice::Costs, 6_000),
                level(8_000),
                level(9_000),
                level(9_500),
                level(9_800)
            ]
        );
        // 25, then 40 and the 4 that more would have been sold, then none; trays of 12.
        for choice in &costs.choices {
            assert_eq!(
                choice.baked % 36,
                0,
                "the same forecast three times: {choice:?}"
            );
            assert_eq!(
                choice.baked - (25 + 44),
                choice.left - choice.missed,
                "{choice:?}"
            );
            assert_eq!(
                (choice.waste_minor, choice.missed_minor),
                (choice.left * 80, choice.missed * 120)
            );
        }
        let (least, most) = (&costs.choices[2], &costs.choices[5]);
        assert!(
            least.baked < most.baked && least.missed >= most.missed,
            "{costs:?}"
        );

        // Without a cost nobody can tell.
        product::Entity::update_many()
            .col_expr(product::Column::UnitCostMinor, Expr::value(0_i64))
            .filter(product::Column::Id.eq(product))
            .exec(db.db().connection())
            .await
            .expect("no cost");
        let unknown = policies.costs(&analyst, wanted).await.expect("costs");
        assert!(!unknown.costs_known && unknown.choices.is_empty());
    })
    .await;
}
