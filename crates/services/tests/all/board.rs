//! The kitchen's board brings along what is read at the bench: the recipes of its batches, and what they lack.

use crate::bread::{Bread, bread, deliver, line, part, recipe};
use crate::plans::overheard;
use crate::scene::{bakery, baking, complete, new_order, reason, stranger};
use chrono::NaiveDate;
use contract::capacity::ReadCapacity;
use contract::orders::{BoardView, ReadBoard};
use contract::recipes::{BoardRecipe, ReadNeeds, RecipeView, SaveRecipe};
use domain::recipes::{Book, Component, Line, MAX_STAGE_MINUTES, Need, Recipe, StageTime};
use domain::{RoleKey, Stage};
use services::{Ctx, Services};
use std::collections::BTreeSet;
use testkit::{on_both, today};
use uuid::Uuid;

async fn board_of(services: &Services, ctx: &Ctx) -> BoardView {
    let wanted = ReadBoard {
        date: today(),
        store_id: None,
    };
    let board = services.production_orders().board(ctx, wanted).await;
    board.expect("a board")
}

fn names(board: &BoardView) -> BTreeSet<&str> {
    board.recipes.iter().map(|r| r.name.as_str()).collect()
}

/// The rules' book of what a board brings, as the browser makes it.
fn book_of(recipes: &[BoardRecipe]) -> Book {
    let recipe = |recipe: &BoardRecipe| Recipe {
        id: recipe.id,
        yield_quantity: recipe.yield_quantity,
        loss_bp: recipe.loss_bp,
        other_cost_minor: 0,
        lines: recipe
            .lines
            .iter()
            .map(|l| Line {
                component: match (l.line.ingredient_id, l.line.part_id) {
                    (Some(id), _) => Component::Ingredient(id),
                    (None, id) => Component::Recipe(id.expect("a part")),
                },
                quantity: l.line.quantity,
            })
            .collect(),
    };
    recipes.iter().map(recipe).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_brings_the_recipes_of_its_batches_with_all_their_levels() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let Bread { flour, dough, bar } = bread(&db, &kitchen, &org).await;
        // Of the same dough; nobody bakes it today.
        let other = recipe(
            "Rosca",
            Some(org.products[1]),
            4,
            vec![part(dough.id, 900), line(flour.id, 20)],
        );
        let recipes = db.services().recipes();
        recipes.save(&kitchen, other).await.expect("another recipe");
        assert!(board_of(db.services(), &kitchen).await.recipes.is_empty());

        let (store, product) = (org.stores[0], org.products[0]);
        let orders = db.services().production_orders();
        let order = orders.create(&kitchen, new_order(store, product, 90)).await;
        let order = order.expect("an order");
        let board = board_of(db.services(), &kitchen).await;
        assert_eq!(names(&board), BTreeSet::from(["Barra", "Masa"]));
        let bread = board.recipes.iter().find(|r| r.id == bar.id);
        let bread = bread.expect("the bar");
        assert_eq!(bread.product_id, Some(product));
        assert_eq!((bread.yield_quantity, bread.loss_bp), (10, 1_000));
        assert_eq!(bread.allergens, ["gluten"]);
        // There is no flour at all; the shortage names the ingredient that stands in the dough's lines.
        assert_eq!(board.shortages.len(), 1);
        assert_eq!(board.shortages[0].order_id, order.id);
        assert_eq!(board.shortages[0].ingredient_id, flour.id);
        assert_eq!(board.shortages[0].missing, 15_625);

        // Scaled by the browser they say what the server says of the batch.
        let wanted = ReadNeeds {
            store_id: store,
            product_id: product,
            quantity: order.planned_quantity,
            order_id: Some(order.id),
        };
        let needs = recipes.needs(&kitchen, wanted).await.expect("needs");
        let steps = book_of(&board.recipes).scaled(bar.id, Need::Good(order.planned_quantity));
        let ours = steps.into_iter().map(|step| (step.quantity, step.lines));
        let theirs = needs.recipes.into_iter().map(|step| {
            let lines = step.lines.into_iter().map(|l| l.line.quantity);
            (step.quantity, lines.collect::<Vec<i64>>())
        });
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
    })
    .await;
}

fn step(stage: Stage, minutes: i32) -> StageTime {
    StageTime { stage, minutes }
}

/// The bar as it stands, with other stages.
fn timed(bar: &RecipeView, dough_id: Uuid, stages: &[StageTime]) -> SaveRecipe {
    let lines = vec![part(dough_id, 2_500)];
    SaveRecipe {
        recipe_id: Some(bar.id),
        version: bar.version,
        oven_minutes: Some(22),
        stages: stages.to_vec(),
        ..recipe("Barra", bar.product_id, 10, lines)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stages_of_a_recipe_are_kept_in_their_order_and_come_with_the_board() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let Bread { dough, bar, .. } = bread(&db, &kitchen, &org).await;
        let recipes = db.services().recipes();
        assert!(bar.stages.is_empty());
        let (store, product) = (org.stores[0], org.products[0]);
        let orders = db.services().production_orders();
        let order = orders.create(&kitchen, new_order(store, product, 90)).await;
        order.expect("an order");

        let all = [
            step(Stage::Mix, 1),
            step(Stage::Rest, 45),
            step(Stage::Shape, 20),
            step(Stage::Proof, 90),
            step(Stage::Cool, MAX_STAGE_MINUTES),
        ];
        let save = timed(&bar, dough.id, &all);
        let saved = recipes.save(&kitchen, save.clone()).await.expect("saved");
        assert_eq!(
            (saved.stages.as_slice(), saved.oven_minutes),
            (&all[..], Some(22))
        );
        let again = recipes.save(&kitchen, save).await.expect("saved once");
        assert_eq!(again, saved);
        let listed = recipes.list(&kitchen).await.expect("a list").items;
        let listed = listed.iter().find(|r| r.id == bar.id).expect("the bar");
        assert_eq!(listed.stages, all);
        let board = board_of(db.services(), &kitchen).await;
        let shown = board.recipes.iter().find(|r| r.id == bar.id);
        let shown = shown.expect("the bar");
        assert_eq!(
            (shown.stages.as_slice(), shown.oven_minutes),
            (&all[..], Some(22))
        );
        let wanted = ReadNeeds {
            store_id: store,
            product_id: product,
            quantity: 90,
            order_id: None,
        };
        let needs = recipes.needs(&kitchen, wanted).await.expect("needs");
        let scaled = needs.recipes.iter().find(|r| r.name == "Barra");
        assert_eq!(scaled.expect("the bar").stages, all);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_that_cannot_be_are_refused_and_leave_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let Bread { dough, bar, .. } = bread(&db, &kitchen, &org).await;
        let recipes = db.services().recipes();
        let proof = step(Stage::Proof, 90);
        let saved = recipes
            .save(&kitchen, timed(&bar, dough.id, &[proof]))
            .await;
        let saved = saved.expect("saved");
        let wrong = [
            (vec![proof, step(Stage::Mix, 12)], "stages"),
            (vec![proof, step(Stage::Proof, 12)], "stages"),
            // The oven has its own field.
            (vec![proof, step(Stage::Bake, 22)], "stages"),
            (vec![step(Stage::Mix, 0)], "number.range"),
            (vec![step(Stage::Mix, -5)], "number.range"),
            (
                vec![step(Stage::Mix, MAX_STAGE_MINUTES + 1)],
                "number.range",
            ),
            (vec![step(Stage::Mix, i32::MAX)], "number.range"),
        ];
        for (stages, expected) in wrong {
            let refused = recipes
                .save(&kitchen, timed(&saved, dough.id, &stages))
                .await;
            let refused = refused.expect_err("refused");
            assert_eq!(reason(&refused), expected, "{stages:?}");
        }
        let stale = recipes.save(&kitchen, timed(&bar, dough.id, &[])).await;
        assert_eq!(reason(&stale.expect_err("stale")), "recipe.stale");
        let manager = org.ctx(RoleKey::StoreManager).await;
        let forbidden = recipes.save(&manager, timed(&saved, dough.id, &[])).await;
        assert_eq!(reason(&forbidden.expect_err("forbidden")), "forbidden");

        let listed = recipes.list(&kitchen).await.expect("a list").items;
        let listed = listed.iter().find(|r| r.id == bar.id).expect("the bar");
        assert_eq!(listed, &saved);
        // It can do without them again.
        let none = recipes.save(&kitchen, timed(&saved, dough.id, &[])).await;
        let none = none.expect("saved");
        assert_eq!((none.stages.len(), none.version), (0, saved.version + 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_may_come_back_keeps_its_recipe_and_others_see_none() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, product) = (org.stores[0], org.products[0]);
        deliver(&db, &kitchen, store, bread.flour.id, 50_000).await;
        let order = baking(&db, &kitchen, store, product, 20).await;
        let orders = db.services().production_orders();
        let done = orders.complete(&kitchen, complete(order.id, 20, 0)).await;
        done.expect("completed");
        // Taken back without a network, it is in the oven again.
        let board = board_of(db.services(), &kitchen).await;
        assert_eq!(names(&board), BTreeSet::from(["Barra", "Masa"]));
        assert!(board.shortages.is_empty());

        // Who may not read recipes has the batches alone.
        let manager = org.ctx(RoleKey::StoreManager).await;
        let board = board_of(db.services(), &manager).await;
        assert_eq!(board.orders.len(), 1);
        assert!(board.recipes.is_empty());
        let foreign = stranger(&db).await.ctx(RoleKey::Production).await;
        assert!(board_of(db.services(), &foreign).await.recipes.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_end_of_all_calendars_has_no_board() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let orders = db.services().production_orders();
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            let wanted = ReadBoard {
                date,
                store_id: None,
            };
            let refused = orders.board(&kitchen, wanted).await;
            assert_eq!(reason(&refused.expect_err("no day")), "date_out_of_range");
            let wanted = ReadCapacity {
                production_date: date,
                store_id: None,
            };
            let refused = orders.capacity(&kitchen, wanted).await;
            assert_eq!(reason(&refused.expect_err("no day")), "date_out_of_range");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_board_is_read_with_as_many_statements_as_one_with_a_single_batch() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        for (place, product) in org.products.iter().enumerate().skip(1) {
            let other = recipe(
                &format!("Pan {place}"),
                Some(*product),
                10,
                vec![part(bread.dough.id, 2_000)],
            );
            let saved = db.services().recipes().save(&kitchen, other).await;
            saved.expect("a recipe");
        }
        let (services, asked) = overheard(&db).await;
        let statements = async || {
            asked.lock().expect("statements").clear();
            let board = board_of(&services, &kitchen).await;
            let asked = asked.lock().expect("statements").len();
            (board.orders.len(), board.recipes.len(), asked)
        };
        let orders = db.services().production_orders();
        let plan = async |store, product, quantity| {
            let order = new_order(store, product, quantity);
            let order = orders.create(&kitchen, order).await;
            order.expect("an order");
        };
        plan(org.stores[0], org.products[0], 10).await;
        let (shown, recipes, few) = statements().await;
        assert_eq!((shown, recipes), (1, 2));
        for product in &org.products {
            for quantity in [11, 12, 13] {
                plan(org.stores[0], *product, quantity).await;
            }
        }
        // Of a shop that has a kitchen of its own.
        plan(org.stores[1], org.products[0], 14).await;
        let (shown, recipes, many) = statements().await;
        assert_eq!((shown, recipes), (11, 1 + org.products.len()));
        assert_eq!(few, many);
    })
    .await;
}
