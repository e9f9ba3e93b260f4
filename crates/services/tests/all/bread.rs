//! Flour, water, a dough and a bread: what tests of ingredients and recipes share.

use contract::ingredients::{
    DeliveredLine, IngredientView, ReadIngredients, ReceiveDelivery, SaveIngredient,
};
use contract::recipes::{RecipeLine, RecipeView, SaveRecipe};
use domain::Unit;
use services::Ctx;
use testkit::{Org, TestDb};
use uuid::Uuid;

pub fn flour() -> SaveIngredient {
    SaveIngredient {
        command_id: Uuid::now_v7(),
        ingredient_id: None,
        version: 0,
        code: "HAR".into(),
        name: "Harina de fuerza".into(),
        unit: Unit::Gram,
        allergens: vec![" Gluten ".into(), "gluten".into()],
        shelf_life_days: 180,
        service_level_bp: 9_500,
        supplier_id: None,
        stocked: true,
        flour: true,
        pack_quantity: 25_000,
        pack_price_minor: Some(2_000),
        holding_bp: 2_000,
    }
}

pub fn water() -> SaveIngredient {
    SaveIngredient {
        code: "AGUA".into(),
        name: "Agua".into(),
        allergens: vec![],
        stocked: false,
        flour: false,
        pack_price_minor: None,
        ..flour()
    }
}

pub fn line(ingredient_id: Uuid, quantity: i64) -> RecipeLine {
    RecipeLine {
        ingredient_id: Some(ingredient_id),
        part_id: None,
        quantity,
    }
}

pub fn part(part_id: Uuid, quantity: i64) -> RecipeLine {
    RecipeLine {
        ingredient_id: None,
        part_id: Some(part_id),
        quantity,
    }
}

pub fn recipe(
    name: &str,
    product_id: Option<Uuid>,
    yields: i64,
    lines: Vec<RecipeLine>,
) -> SaveRecipe {
    SaveRecipe {
        command_id: Uuid::now_v7(),
        recipe_id: None,
        version: 0,
        product_id,
        name: name.into(),
        unit: Unit::Gram,
        yield_quantity: yields,
        loss_bp: 0,
        other_cost_minor: 0,
        oven_minutes: None,
        stages: vec![],
        method: None,
        lines,
    }
}

/// Flour and water; a dough of them; a bar of 250 g of dough, of which one in ten is lost.
pub struct Bread {
    pub flour: IngredientView,
    pub dough: RecipeView,
    pub bar: RecipeView,
}

pub async fn bread(db: &TestDb, ctx: &Ctx, org: &Org) -> Bread {
    let (ingredients, recipes) = (db.services().ingredients(), db.services().recipes());
    let flour = ingredients.save(ctx, flour()).await.expect("flour");
    let water = ingredients.save(ctx, water()).await.expect("water");
    let lines = vec![line(flour.id, 1_000), line(water.id, 600)];
    let dough = recipe("Masa", None, 1_600, lines);
    let dough = recipes.save(ctx, dough).await.expect("a dough");
    let bar = SaveRecipe {
        loss_bp: 1_000,
        other_cost_minor: 90,
        ..recipe(
            "Barra",
            Some(org.products[0]),
            10,
            vec![part(dough.id, 2_500)],
        )
    };
    let bar = recipes.save(ctx, bar).await.expect("a bar");
    Bread { flour, dough, bar }
}

pub async fn deliver(db: &TestDb, ctx: &Ctx, store_id: Uuid, ingredient_id: Uuid, quantity: i64) {
    let command = ReceiveDelivery {
        command_id: Uuid::now_v7(),
        store_id,
        lines: vec![DeliveredLine {
            ingredient_id,
            quantity,
            pack_price_minor: None,
        }],
        note: None,
    };
    let ingredients = db.services().ingredients();
    ingredients.deliver(ctx, command).await.expect("delivered");
}

pub async fn stock_of(db: &TestDb, ctx: &Ctx, store_id: Uuid, id: Uuid) -> (i64, i64) {
    let wanted = ReadIngredients {
        store_id: Some(store_id),
    };
    let list = db.services().ingredients().list(ctx, wanted).await;
    let list = list.expect("a list");
    let found = list.items.iter().find(|i| i.id == id).expect("it");
    (found.on_hand, found.reserved)
}
