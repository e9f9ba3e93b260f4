//! Ingredients, recipes, and what batches take.

use crate::bread::{bread, deliver, flour, line, part, recipe, stock_of, water};
use crate::scene::{
    alert_stands, bakery, baking, books_are_sound, complete, count_of, forecast, later, new_order,
    reason, stranger,
};
use contract::ingredients::{
    DeliveredLine, ReadIngredients, ReceiveDelivery, SaveIngredient, SaveSupplier,
};
use contract::orders::{CancelOrder, ReadBoard, RecallOrder};
use contract::recipes::{ReadNeeds, RecipeView, RemoveRecipe, SaveRecipe};
use domain::{AlertKind, MovementKind, RoleKey, StockReason, Unit};
use testkit::{on_both, today};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_holds_back_uses_and_gives_back_its_ingredients() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, flour) = (org.stores[0], bread.flour.id);
        deliver(&db, &kitchen, store, flour, 25_000).await;
        assert_eq!(stock_of(&db, &kitchen, store, flour).await, (25_000, 0));
        let orders = db.services().production_orders();

        // 90 good ones are 100: 25,000 g of dough, 15,625 g of flour.
        let order = baking(&db, &kitchen, store, org.products[0], 90).await;
        assert_eq!(
            stock_of(&db, &kitchen, store, flour).await,
            (25_000, 15_625)
        );
        // 84 came out and 8 were lost: 92 bars, 14,375 g.
        let done = complete(order.id, 84, 8);
        orders.complete(&kitchen, done.clone()).await.expect("done");
        orders.complete(&kitchen, done).await.expect("done once");
        assert_eq!(stock_of(&db, &kitchen, store, flour).await, (10_625, 0));
        let recall = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            completion: None,
        };
        orders
            .recall(&kitchen, recall)
            .await
            .expect("back in the oven");
        assert_eq!(
            stock_of(&db, &kitchen, store, flour).await,
            (25_000, 15_625)
        );
        let cancel = CancelOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
            reason: "horno roto".into(),
        };
        orders.cancel(&kitchen, cancel).await.expect("given up");
        assert_eq!(stock_of(&db, &kitchen, store, flour).await, (25_000, 0));
        books_are_sound(&db, &org).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_used_is_in_the_ledger_and_goes_back_only_with_the_batch() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let bread = bread(&db, &kitchen, &org).await;
        let store = org.stores[0];
        let order = baking(&db, &kitchen, store, org.products[0], 9).await;
        let orders = db.services().production_orders();
        // Nothing was ever delivered: what came out of the oven did use it, and somebody must look.
        let done = complete(order.id, 10, 0);
        orders.complete(&kitchen, done).await.expect("done");
        assert_eq!(
            stock_of(&db, &kitchen, store, bread.flour.id).await.0,
            -1_563
        );
        assert!(alert_stands(&db, AlertKind::NegativeStock, store, bread.flour.id).await);
        let wanted = contract::stock::ReadLedger {
            store_id: store,
            product_id: bread.flour.id,
            after: None,
            limit: None,
        };
        let ledger = db.services().stock().ledger(&analyst, wanted).await;
        let ledger = ledger.expect("a ledger");
        let used = &ledger.movements.items[0];
        assert_eq!(
            (used.kind, used.reason, used.order_id),
            (
                MovementKind::Adjustment,
                Some(StockReason::UsedInProduction),
                Some(order.id)
            )
        );
        assert!(!used.is_reversible);
        let back = contract::stock::ReverseMovement {
            command_id: Uuid::now_v7(),
            movement_id: used.id,
            note: None,
        };
        let refused = db.services().stock().reverse(&analyst, back).await;
        assert_eq!(
            reason(&refused.expect_err("refused")),
            "stock.not_reversible"
        );
        deliver(&db, &kitchen, store, bread.flour.id, 1_563).await;
        assert!(!alert_stands(&db, AlertKind::NegativeStock, store, bread.flour.id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_before_the_start_and_alerts_close_by_themselves() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, flour) = (org.stores[0], bread.flour.id);
        deliver(&db, &kitchen, store, flour, 20_000).await;
        let orders = db.services().production_orders();
        let first = new_order(store, org.products[0], 90);
        let first = orders.create(&kitchen, first).await.expect("an order");
        let second = new_order(store, org.products[0], 45);
        let second = orders.create(&kitchen, second).await.expect("an order");
        let wanted = ReadNeeds {
            store_id: store,
            product_id: org.products[0],
            quantity: 135,
            order_id: None,
        };
        let needs = db.services().recipes().needs(&kitchen, wanted).await;
        let needs = needs.expect("needs");
        let of_flour = needs.needs.iter().find(|n| n.ingredient_id == flour);
        let of_flour = of_flour.expect("flour");
        // 150 bars: 37,500 g of dough, 23,437.5 g of flour.
        assert_eq!(
            (of_flour.needed, of_flour.available, of_flour.missing),
            (23_438, Some(20_000), 3_438)
        );
        let water = needs.needs.iter().find(|n| n.available.is_none());
        assert_eq!(water.map(|n| (n.needed, n.missing)), Some((14_063, 0)));
        let names: Vec<&str> = needs.recipes.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["Masa", "Barra"]);
        assert_eq!(needs.recipes[0].quantity, 37_500);
        assert_eq!(needs.recipes[0].lines[0].line.quantity, 23_438);
        assert_eq!(needs.recipes[0].lines[1].percentage_bp, Some(6_000));
        assert_eq!(needs.allergens, ["gluten"]);

        // The board says it of the batch that comes later: 15,625 go to the first, 7,813 are wanted by the second.
        let board = ReadBoard {
            date: today(),
            store_id: None,
        };
        let shown = orders
            .board(&kitchen, board.clone())
            .await
            .expect("a board");
        let short: Vec<_> = shown
            .shortages
            .iter()
            .map(|s| (s.order_id, s.missing))
            .collect();
        assert_eq!(short, [(second.id, 3_438)]);
        let sweep = || async {
            let alerts = db.services().alerts();
            alerts.sweep(&org.system()).await.expect("swept");
            alert_stands(&db, AlertKind::MissingIngredients, store, flour).await
        };
        assert!(sweep().await);
        deliver(&db, &kitchen, store, flour, 3_438).await;
        assert!(!sweep().await);
        let shown = orders.board(&kitchen, board).await.expect("a board");
        assert!(shown.shortages.is_empty());
        let start = contract::orders::StartOrder {
            command_id: Uuid::now_v7(),
            order_id: first.id,
        };
        orders.start(&kitchen, start).await.expect("started");
        let wanted = ReadNeeds {
            order_id: Some(first.id),
            quantity: 90,
            ..wanted
        };
        let needs = db.services().recipes().needs(&kitchen, wanted).await;
        // Its own reservation does not stand against it.
        assert_eq!(needs.expect("needs").needs[0].missing, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cost_and_allergens_reach_the_product_and_follow_the_price() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let product = async || {
            let all = db.services().catalog().products(&kitchen).await;
            let all = all.expect("products");
            let found = all.into_iter().find(|p| p.id == org.products[0]);
            found.expect("it")
        };
        // Ten good bars take 1,736 g of flour: 13.9 cents each; and 90 of work for the nine good ones of a batch.
        assert_eq!(bread.bar.unit_cost_milli, 23_889);
        assert_eq!(product().await.unit_cost_minor, 24);
        assert_eq!(product().await.allergens, ["gluten"]);
        let dearer = SaveIngredient {
            ingredient_id: Some(bread.flour.id),
            version: bread.flour.version,
            pack_price_minor: Some(4_000),
            allergens: vec!["gluten".into(), "soy".into()],
            ..flour()
        };
        let ingredients = db.services().ingredients();
        let now = ingredients.save(&kitchen, dearer.clone()).await;
        assert_eq!(now.expect("saved").version, 2);
        assert_eq!(product().await.unit_cost_minor, 38);
        assert_eq!(product().await.allergens, ["gluten", "soy"]);
        let prices = ingredients.prices(&kitchen, bread.flour.id).await;
        let prices: Vec<i64> = prices
            .expect("prices")
            .iter()
            .map(|p| p.pack_price_minor)
            .collect();
        assert_eq!(prices, [4_000, 2_000]);
        let stale = SaveIngredient {
            command_id: Uuid::now_v7(),
            ..dearer
        };
        let refused = ingredients.save(&kitchen, stale).await.expect_err("stale");
        assert_eq!(reason(&refused), "recipe.stale");
        // A price nobody knows leaves the cost as it was: too low a cost would bake too much.
        let unknown = SaveIngredient {
            command_id: Uuid::now_v7(),
            ingredient_id: Some(bread.flour.id),
            version: 2,
            pack_price_minor: None,
            ..flour()
        };
        ingredients.save(&kitchen, unknown).await.expect("saved");
        assert_eq!(product().await.unit_cost_minor, 38);
        let recipes = db
            .services()
            .recipes()
            .list(&kitchen)
            .await
            .expect("recipes");
        let bar = recipes
            .items
            .iter()
            .find(|r| r.id == bread.bar.id)
            .expect("bar");
        assert_eq!(bar.unpriced, ["Harina de fuerza"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recipes_that_cannot_be_are_refused_and_leave_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let recipes = db.services().recipes();
        let round = SaveRecipe {
            recipe_id: Some(bread.dough.id),
            version: 1,
            ..recipe("Masa", None, 1_600, vec![part(bread.bar.id, 5)])
        };
        let flour = || vec![line(bread.flour.id, 10)];
        let (taken, product) = (org.products[0], org.products[1]);
        let foreign = stranger(&db).await;
        let other = foreign.ctx(RoleKey::Production).await;
        let cases = [
            (round, "recipe.contains_itself"),
            (recipe("Otra", None, 0, flour()), "quantity_out_of_range"),
            (
                recipe("Otra", None, 5, vec![line(bread.flour.id, -4)]),
                "quantity_out_of_range",
            ),
            (recipe("Otra", None, 5, vec![]), "lines"),
            (
                recipe("Otra", None, 5, vec![line(bread.flour.id, 1); 2]),
                "lines",
            ),
            (
                recipe("Otra", None, 5, vec![line(Uuid::now_v7(), 1)]),
                "not_found",
            ),
            // What is sold is no ingredient, and what is an ingredient is not sold.
            (recipe("Otra", None, 5, vec![line(product, 1)]), "not_found"),
            (
                recipe("Otra", Some(bread.flour.id), 5, flour()),
                "not_found",
            ),
            (
                recipe("Otra", Some(taken), 5, flour()),
                "recipe.product_taken",
            ),
            (
                recipe("Barra", Some(product), 5, flour()),
                "recipe.name_taken",
            ),
            (
                SaveRecipe {
                    loss_bp: 9_500,
                    ..recipe("Otra", None, 5, flour())
                },
                "number.range",
            ),
            (
                SaveRecipe {
                    recipe_id: Some(bread.bar.id),
                    version: 7,
                    ..recipe("Barra", Some(taken), 5, flour())
                },
                "recipe.stale",
            ),
            (
                SaveRecipe {
                    recipe_id: Some(Uuid::now_v7()),
                    ..recipe("Otra", None, 5, flour())
                },
                "not_found",
            ),
            (recipe(" ", None, 5, flour()), "required"),
            (
                recipe("Otra", Some(foreign.products[0]), 5, flour()),
                "not_found",
            ),
        ];
        for (command, expected) in cases {
            let refused = recipes.save(&kitchen, command.clone()).await;
            let refused = refused.expect_err("refused");
            assert_eq!(reason(&refused), expected, "{command:?}");
        }
        let theirs = recipe("Suya", None, 5, flour());
        let refused = recipes.save(&other, theirs).await.expect_err("refused");
        assert_eq!(reason(&refused), "not_found");
        assert!(recipes.list(&other).await.expect("none").items.is_empty());
        assert_eq!(recipes.list(&kitchen).await.expect("two").items.len(), 2);

        let remove = |recipe: &RecipeView| RemoveRecipe {
            command_id: Uuid::now_v7(),
            recipe_id: recipe.id,
            version: recipe.version,
        };
        let refused = recipes.remove(&kitchen, remove(&bread.dough)).await;
        assert_eq!(reason(&refused.expect_err("in use")), "recipe.in_use");
        let once = remove(&bread.bar);
        recipes.remove(&kitchen, once.clone()).await.expect("gone");
        recipes.remove(&kitchen, once).await.expect("gone once");
        recipes
            .remove(&kitchen, remove(&bread.dough))
            .await
            .expect("gone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_taken_away_while_its_batch_bakes_leaves_nothing_held_back() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let store = org.stores[0];
        deliver(&db, &kitchen, store, bread.flour.id, 5_000).await;
        let order = baking(&db, &kitchen, store, org.products[0], 9).await;
        let remove = RemoveRecipe {
            command_id: Uuid::now_v7(),
            recipe_id: bread.bar.id,
            version: bread.bar.version,
        };
        let recipes = db.services().recipes();
        recipes.remove(&kitchen, remove).await.expect("gone");
        let orders = db.services().production_orders();
        let done = complete(order.id, 9, 0);
        orders.complete(&kitchen, done).await.expect("done");
        assert_eq!(
            stock_of(&db, &kitchen, store, bread.flour.id).await,
            (5_000, 0)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_buy_follows_the_forecast_through_the_recipes() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let ingredients = db.services().ingredients();
        let mill = SaveSupplier {
            command_id: Uuid::now_v7(),
            supplier_id: None,
            version: 0,
            name: "Harinas del Sur".into(),
            email: Some("pedidos@harinas.example".into()),
            phone: Some(" ".into()),
            lead_time_days: 2,
            order_cost_minor: 1_500,
        };
        let mill = ingredients
            .save_supplier(&kitchen, mill)
            .await
            .expect("a mill");
        assert_eq!(mill.phone, None);
        let bread = bread(&db, &kitchen, &org).await;
        let at_the_mill = SaveIngredient {
            ingredient_id: Some(bread.flour.id),
            version: 1,
            supplier_id: Some(mill.id),
            ..flour()
        };
        ingredients
            .save(&kitchen, at_the_mill)
            .await
            .expect("saved");
        let store = org.stores[0];
        let wanted = ReadIngredients {
            store_id: Some(store),
        };
        let nothing = ingredients.to_buy(&kitchen, wanted).await.expect("a list");
        assert_eq!((nothing.forecast_days, nothing.lines[0].packs), (0, 0));

        // 100 bars a day are 100 / 0.9 altogether: 17,361 g of flour. Only this shop bakes with this flour.
        let shelves = [(store, org.products[0]), (org.stores[1], org.products[0])];
        forecast(&db, &org, &shelves, 100.0, 10.0).await;
        let list = ingredients.to_buy(&kitchen, wanted).await.expect("a list");
        let flour = list
            .lines
            .iter()
            .find(|l| l.ingredient_id == bread.flour.id);
        let flour = flour.expect("flour");
        assert_eq!(list.forecast_days, 27);
        assert_eq!(flour.daily_need_milli, 17_361_111);
        assert_eq!(flour.lead_days, 3);
        // z(0.95) times 1,736 g a day over three days; three days of need; water is not bought.
        assert_eq!((flour.safety_stock, flour.reorder_point), (4_947, 57_030));
        let economic = (2.0 * 1_500.0 * 17_361.111 * 365.0 / (0.08 * 0.2_f64)).sqrt();
        assert_eq!(flour.economic_quantity, Some(economic.round() as i64));
        assert_eq!(flour.packs, (economic / 25_000.0).round() as i64);
        assert_eq!(flour.cost_minor, Some(flour.packs * 2_000));
        assert_eq!(list.lines.len(), 1);
        deliver(&db, &kitchen, store, bread.flour.id, 58_000).await;
        let list = ingredients.to_buy(&kitchen, wanted).await.expect("a list");
        assert_eq!(list.lines[0].packs, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ingredients_stand_apart_from_what_is_sold() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, flour_id) = (org.stores[0], bread.flour.id);
        let products = db.services().catalog().products(&kitchen).await;
        assert_eq!(products.expect("products").len(), 3);
        let order = new_order(store, flour_id, 5);
        let orders = db.services().production_orders();
        let refused = orders.create(&kitchen, order).await.expect_err("refused");
        assert_eq!(reason(&refused), "not_found");
        // They are counted and thrown away like anything on a shelf.
        let count = count_of(store, flour_id, 9_000);
        db.services()
            .stock()
            .count(&analyst, count)
            .await
            .expect("counted");
        assert_eq!(stock_of(&db, &kitchen, store, flour_id).await, (9_000, 0));

        let ingredients = db.services().ingredients();
        let other_unit = SaveIngredient {
            ingredient_id: Some(flour_id),
            version: 1,
            unit: Unit::Millilitre,
            ..flour()
        };
        let twice = flour();
        let of_product = SaveIngredient {
            code: "P001".into(),
            ..flour()
        };
        let absurd = SaveIngredient {
            code: "X".into(),
            pack_quantity: 0,
            ..flour()
        };
        for (command, expected) in [
            (other_unit, "ingredient.unit"),
            (twice, "ingredient.code_taken"),
            (of_product, "ingredient.code_taken"),
            (absurd, "quantity_out_of_range"),
        ] {
            let refused = ingredients.save(&kitchen, command).await;
            assert_eq!(reason(&refused.expect_err("refused")), expected);
        }
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = ingredients
            .save(&manager, water())
            .await
            .expect_err("refused");
        assert_eq!(reason(&refused), "forbidden");
        let foreign = stranger(&db).await;
        let delivery = |store_id, quantity| ReceiveDelivery {
            command_id: Uuid::now_v7(),
            store_id,
            lines: vec![DeliveredLine {
                ingredient_id: flour_id,
                quantity,
                pack_price_minor: None,
            }],
            note: None,
        };
        for (command, expected) in [
            (delivery(store, 0), "quantity_out_of_range"),
            (delivery(store, i64::MAX), "quantity_out_of_range"),
            (delivery(foreign.stores[0], 5), "not_found"),
        ] {
            let refused = ingredients.deliver(&kitchen, command).await;
            assert_eq!(reason(&refused.expect_err("refused")), expected);
        }
        let other = foreign.ctx(RoleKey::Production).await;
        let refused = ingredients
            .deliver(&other, delivery(foreign.stores[0], 5))
            .await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
        let twice = delivery(store, 1_000);
        for _ in 0..2 {
            let later = later(&kitchen, 1);
            ingredients
                .deliver(&later, twice.clone())
                .await
                .expect("delivered");
        }
        assert_eq!(stock_of(&db, &kitchen, store, flour_id).await, (10_000, 0));
    })
    .await;
}
