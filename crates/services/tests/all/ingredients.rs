//! What ingredients bring along: costs, allergens, ages, what can be counted of them.

use crate::bread::{bread, deliver, flour, line, recipe, stock_of, water};
use crate::scene::{bakery, baking, complete, count_of, later, new_order, reason};
use chrono::Days;
use contract::catalog::{SetupFile, SetupOrganization, SetupProduct};
use contract::ingredients::{DeliveredLine, ReadIngredients, ReceiveDelivery, SaveIngredient};
use contract::orders::{CreateOrder, ReadBoard, StartOrder};
use contract::recipes::{ReadNeeds, RemoveRecipe, SaveRecipe};
use domain::stock::MAX_QUANTITY;
use domain::{Language, ReplenishmentPolicy, RoleKey, Unit};
use entity::{audit_entry, live_event, recipe as recipe_row, store};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};
use services::Ctx;
use testkit::{TestDb, on_both, today};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

/// From now on one store's batches are baked in another.
async fn bakes_for(db: &TestDb, kitchen: Uuid, shop: Uuid) {
    store::Entity::update_many()
        .col_expr(store::Column::KitchenStoreId, Expr::value(kitchen))
        .filter(store::Column::Id.eq(shop))
        .exec(db.db().connection())
        .await
        .expect("a shop with a kitchen");
}

/// Orders, bakes and finishes on one day.
async fn bake(db: &TestDb, ctx: &Ctx, order: CreateOrder) {
    let orders = db.services().production_orders();
    let quantity = order.planned_quantity;
    let order = orders.create(ctx, order).await.expect("an order");
    let start = StartOrder {
        command_id: Uuid::now_v7(),
        order_id: order.id,
    };
    orders.start(ctx, start).await.expect("started");
    let done = complete(order.id, quantity, 0);
    orders.complete(ctx, done).await.expect("done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rolls_up_is_in_the_audit_log_and_drops_no_declared_allergen() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        // Nobody says gluten of the flour any more; of the bread somebody did.
        let of_soy = SaveIngredient {
            ingredient_id: Some(bread.flour.id),
            version: bread.flour.version,
            allergens: vec!["soy".into()],
            ..flour()
        };
        let ingredients = db.services().ingredients();
        ingredients.save(&kitchen, of_soy).await.expect("saved");
        let products = db.services().catalog().products(&kitchen).await;
        let products = products.expect("products");
        let product = products.iter().find(|p| p.id == org.products[0]);
        assert_eq!(product.expect("it").allergens, ["gluten", "soy"]);
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::SubjectKind.eq("product"))
            .filter(audit_entry::Column::SubjectId.eq(org.products[0]))
            .order_by_asc(audit_entry::Column::Sequence)
            .all(db.db().connection())
            .await
            .expect("entries");
        let said: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.before.expect("before"), entry.after.expect("after")))
            .collect();
        assert_eq!(said.len(), 2);
        assert_eq!(said[0].0["unit_cost_minor"], 80);
        assert_eq!(said[0].1["unit_cost_minor"], 24);
        assert_eq!(said[1].0["allergens"], serde_json::json!(["gluten"]));
        assert_eq!(said[1].1["allergens"], serde_json::json!(["gluten", "soy"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn milk_that_is_used_in_time_never_expires_and_what_expired_bakes_nothing() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let (store, product) = (org.stores[0], org.products[0]);
        let (ingredients, recipes) = (db.services().ingredients(), db.services().recipes());
        let milk = SaveIngredient {
            code: "LECHE".into(),
            name: "Leche".into(),
            unit: Unit::Millilitre,
            allergens: vec!["milk".into()],
            shelf_life_days: 4,
            flour: false,
            pack_quantity: 1_000,
            ..flour()
        };
        let milk = ingredients.save(&kitchen, milk).await.expect("milk").id;
        let bun = recipe("Bollo", Some(product), 1, vec![line(milk, 100)]);
        recipes.save(&kitchen, bun).await.expect("a bun");
        for day in 0..8_u64 {
            let then = later(&kitchen, i64::try_from(day).expect("few") * DAY);
            deliver(&db, &then, store, milk, 1_000).await;
            let order = CreateOrder {
                production_date: today() + Days::new(day),
                ..new_order(store, product, 9)
            };
            bake(&db, &then, order).await;
        }
        let level = async |ctx: &Ctx| {
            let levels = db.services().stock().levels(ctx, store).await;
            let levels = levels.expect("levels").levels;
            let found = levels.iter().find(|level| level.product_id == milk);
            found.map(|level| (level.on_hand, level.expired))
        };
        let last = later(&kitchen, 7 * DAY);
        assert_eq!(level(&last).await, Some((800, 0)));
        // Five days later nobody can use what is left, and it has to be bought.
        let after = later(&kitchen, 12 * DAY);
        assert_eq!(level(&after).await, Some((800, 800)));
        let wanted = ReadNeeds {
            store_id: store,
            product_id: product,
            quantity: 2,
            order_id: None,
        };
        let needs = recipes.needs(&after, wanted).await.expect("needs").needs;
        assert_eq!((needs[0].available, needs[0].missing), (Some(0), 200));
        let kitchen_of = ReadIngredients {
            store_id: Some(store),
        };
        let list = ingredients
            .to_buy(&after, kitchen_of)
            .await
            .expect("a list");
        assert_eq!(list.lines[0].on_hand, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_came_with_a_delivery_is_not_overwritten_by_an_older_form() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let ingredients = db.services().ingredients();
        let delivery = |price| ReceiveDelivery {
            command_id: Uuid::now_v7(),
            store_id: org.stores[0],
            lines: vec![DeliveredLine {
                ingredient_id: bread.flour.id,
                quantity: 25_000,
                pack_price_minor: price,
            }],
            note: None,
        };
        // As dear as before: nothing to ask about.
        for price in [None, Some(2_000)] {
            let same = delivery(price);
            ingredients.deliver(&kitchen, same).await.expect("there");
        }
        let form = |version| SaveIngredient {
            ingredient_id: Some(bread.flour.id),
            version,
            ..flour()
        };
        let saved = ingredients.save(&kitchen, form(bread.flour.version)).await;
        assert_eq!(saved.expect("nothing changed").version, bread.flour.version);
        let dearer = delivery(Some(2_500));
        ingredients.deliver(&kitchen, dearer).await.expect("there");
        let older = ingredients.save(&kitchen, form(bread.flour.version)).await;
        assert_eq!(reason(&older.expect_err("older")), "recipe.stale");
        let prices = ingredients.prices(&kitchen, bread.flour.id).await;
        assert_eq!(prices.expect("prices")[0].pack_price_minor, 2_500);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_shops_take_is_not_there_whoever_looks() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, shop) = (org.stores[0], org.stores[1]);
        bakes_for(&db, store, shop).await;
        deliver(&db, &kitchen, store, bread.flour.id, 20_000).await;
        let orders = db.services().production_orders();
        let first = new_order(store, org.products[0], 90);
        orders.create(&kitchen, first).await.expect("an order");
        let second = new_order(shop, org.products[0], 45);
        let second = orders.create(&kitchen, second).await.expect("an order");
        // 15,625 go to the kitchen's own batch, 7,813 are wanted by the shop's.
        for store_id in [None, Some(shop)] {
            let wanted = ReadBoard {
                date: today(),
                store_id,
            };
            let board = orders.board(&kitchen, wanted).await.expect("a board");
            let short = board.shortages.iter().map(|s| (s.order_id, s.missing));
            assert_eq!(short.collect::<Vec<_>>(), [(second.id, 3_438)]);
        }
        // Nobody bakes in the shop any more: nothing is delivered there.
        let astray = ReceiveDelivery {
            command_id: Uuid::now_v7(),
            store_id: shop,
            lines: vec![DeliveredLine {
                ingredient_id: bread.flour.id,
                quantity: 5,
                pack_price_minor: None,
            }],
            note: None,
        };
        let refused = db.services().ingredients().deliver(&kitchen, astray).await;
        assert_eq!(reason(&refused.expect_err("astray")), "not_found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_delivered_can_be_counted_where_somebody_bakes() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let bread = bread(&db, &kitchen, &org).await;
        let (store, shop, flour) = (org.stores[0], org.stores[1], bread.flour.id);
        bakes_for(&db, store, shop).await;
        let stock = db.services().stock();
        let shown = async |store_id| {
            let levels = stock.levels(&kitchen, store_id).await.expect("levels");
            let levels = levels.levels.into_iter().map(|l| l.product_id);
            levels
                .filter(|id| !org.products.contains(id))
                .collect::<Vec<_>>()
        };
        // Flour that nobody ever delivered, and no water, of which no stock is kept.
        assert_eq!(shown(store).await, [flour]);
        assert!(shown(shop).await.is_empty());
        deliver(&db, &kitchen, store, flour, MAX_QUANTITY).await;
        let heard = async || {
            let told = live_event::Entity::find()
                .filter(live_event::Column::Topic.eq("recipes"))
                .count(db.db().connection());
            told.await.expect("events")
        };
        let before = heard().await;
        let count = count_of(store, flour, MAX_QUANTITY - 1);
        stock.count(&analyst, count).await.expect("counted");
        assert_eq!(heard().await, before + 1);
        let there = stock_of(&db, &kitchen, store, flour).await;
        assert_eq!(there, (MAX_QUANTITY - 1, 0));
        let bread_only = count_of(store, org.products[0], 3);
        stock.count(&analyst, bread_only).await.expect("counted");
        assert_eq!(heard().await, before + 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_keeps_its_unit_while_others_use_it_and_its_quantities_within_reason() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let recipes = db.services().recipes();
        let dough = |unit| SaveRecipe {
            recipe_id: Some(bread.dough.id),
            version: bread.dough.version,
            unit,
            ..recipe("Masa", None, 1_600, vec![line(bread.flour.id, 1_000)])
        };
        let refused = recipes.save(&kitchen, dough(Unit::Millilitre)).await;
        assert_eq!(reason(&refused.expect_err("in use")), "recipe.unit");
        recipes
            .save(&kitchen, dough(Unit::Gram))
            .await
            .expect("saved");
        let absurd = SaveRecipe {
            loss_bp: 1_000,
            ..recipe("Otra", None, 1, vec![line(bread.flour.id, MAX_QUANTITY)])
        };
        let refused = recipes.save(&kitchen, absurd).await;
        assert_eq!(reason(&refused.expect_err("absurd")), "recipe.too_much");
        // Repeated after somebody removed it: the answer that was lost, not a recipe that nobody knows.
        let ingredients = db.services().ingredients();
        let water = ingredients
            .save(
                &kitchen,
                SaveIngredient {
                    code: "SAL".into(),
                    ..water()
                },
            )
            .await;
        let water = water.expect("something else").id;
        let other = recipe("Otra", None, 10, vec![line(water, 5)]);
        let other = recipes.save(&kitchen, other).await.expect("added");
        let changed = SaveRecipe {
            recipe_id: Some(other.id),
            version: other.version,
            ..recipe("Otra", None, 20, vec![line(water, 5)])
        };
        let once = recipes
            .save(&kitchen, changed.clone())
            .await
            .expect("saved");
        let gone = RemoveRecipe {
            command_id: Uuid::now_v7(),
            recipe_id: other.id,
            version: once.version,
        };
        recipes.remove(&kitchen, gone).await.expect("gone");
        let again = recipes.save(&kitchen, changed).await;
        assert_eq!(again.expect("answered before"), once);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_waits_for_a_recipe_that_somebody_is_changing() {
    on_both(async |db| {
        if !db.is_postgres() {
            // One writes at a time there: nobody reads between two statements of another.
            return;
        }
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        let store = org.stores[0];
        let order = baking(&db, &kitchen, store, org.products[0], 9).await;
        // Out of the same dough come twice as many.
        let change = db.db().begin().await.expect("a transaction");
        recipe_row::Entity::update_many()
            .col_expr(recipe_row::Column::YieldQuantity, Expr::value(20_i64))
            .filter(recipe_row::Column::Id.eq(bread.bar.id))
            .exec(&*change)
            .await
            .expect("changed");
        let (services, ctx) = (db.services().clone(), kitchen.clone());
        let done = complete(order.id, 10, 0);
        let baked = tokio::spawn(async move {
            let orders = services.production_orders();
            orders.complete(&ctx, done).await
        });
        let waits = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while !baked.is_finished() {
            let waits = Statement::from_string(db.db().backend(), waits);
            let waiting = db.db().connection().query_one_raw(waits);
            if waiting.await.expect("activity").is_some() {
                break;
            }
        }
        change.commit().await.expect("kept");
        baked.await.expect("no panic").expect("done");
        // 781.25 g and no longer 1,562.5.
        assert_eq!(stock_of(&db, &kitchen, store, bread.flour.id).await.0, -781);
    })
    .await;
}

fn p001(unit: Unit, allergens: &[&str]) -> SetupFile {
    SetupFile {
        organization: SetupOrganization {
            slug: "horno".into(),
            name: "Horno de prueba".into(),
            currency: "EUR".into(),
            language: Language::Es,
            time_zone: "Europe/Madrid".into(),
            night_hour: None,
            deadline_hour: None,
            import_error_threshold_bp: None,
            allow_oversell: None,
            waste_alert_minor: None,
            count_recount_minor: None,
            count_approval_minor: None,
            midday_minute: None,
            afternoon_minute: None,
        },
        stores: vec![],
        categories: vec![],
        products: vec![SetupProduct {
            sku: "P001".into(),
            name: "Producto 1".into(),
            category: "Panes".into(),
            unit,
            price_minor: 200,
            unit_cost_minor: 80,
            salvage_minor: 0,
            shelf_life_days: 1,
            tray_size: 12,
            lead_time_days: 0,
            policy: ReplenishmentPolicy::Newsvendor,
            service_level_bp: None,
            substitution_share_bp: 0,
            barcodes: None,
            allergens: allergens.iter().map(|&text| text.into()).collect(),
            introduced_on: None,
            discontinued_on: None,
            active: true,
            stores: None,
        }],
        suppliers: vec![],
        ingredients: vec![],
        recipes: vec![],
        promotions: vec![],
        calendar: vec![],
        weather: vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_file_declares_allergens_beside_those_of_the_recipe_and_no_other_unit() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        bread(&db, &kitchen, &org).await;
        let catalog = db.services().catalog();
        let refused = catalog.set_up(&org.system(), &p001(Unit::Gram, &[])).await;
        assert_eq!(reason(&refused.expect_err("another unit")), "unit");
        let known = async || {
            let products = catalog.products(&kitchen).await.expect("products");
            let product = products.into_iter().find(|p| p.id == org.products[0]);
            product.expect("it").allergens
        };
        let with_seeds = p001(Unit::Piece, &["Sesame"]);
        for _ in 0..2 {
            let done = catalog.set_up(&org.system(), &with_seeds).await;
            assert_eq!(done.expect("set up").products.unchanged, 1);
            assert_eq!(known().await, ["gluten", "sesame"]);
        }
        let without = p001(Unit::Piece, &[]);
        let done = catalog.set_up(&org.system(), &without).await;
        done.expect("set up");
        assert_eq!(known().await, ["gluten"]);
    })
    .await;
}
