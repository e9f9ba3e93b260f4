use domain::Unit;
use entity::{ingredient, ingredient_price, order_ingredient, recipe, recipe_line, supplier};
use serde_json::json;

use crate::{BREAD, FLOUR, KITCHEN, Keeper, ORDER, ORGANIZATION, PERSON, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let mill = supplier::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        name: "Harinas del Sur".into(),
        email: Some("pedidos@harinas.example".into()),
        phone: Some("+34 955 000 000".into()),
        lead_time_days: 2,
        order_cost_minor: 1_500,
        version: 1,
    };
    let market = supplier::Model {
        id: other(2),
        name: "Mercado".into(),
        email: None,
        phone: None,
        ..mill.clone()
    };
    keeper.keep(supplier::Entity, vec![mill, market]).await;
    let flour = ingredient::Model {
        product_id: FLOUR,
        organization_id: ORGANIZATION,
        supplier_id: Some(other(1)),
        stocked: true,
        flour: true,
        pack_quantity: 25_000,
        pack_price_minor: Some(1_990),
        holding_bp: 2_000,
    };
    let water = ingredient::Model {
        product_id: BREAD,
        supplier_id: None,
        stocked: false,
        flour: false,
        pack_price_minor: None,
        ..flour.clone()
    };
    keeper.keep(ingredient::Entity, vec![flour, water]).await;
    let price = ingredient_price::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        product_id: FLOUR,
        supplier_id: Some(other(1)),
        pack_quantity: 25_000,
        pack_price_minor: 1_990,
        actor_id: Some(PERSON),
        recorded_at: at("2026-01-02T03:04:05.123456Z"),
    };
    let before = ingredient_price::Model {
        id: other(2),
        supplier_id: None,
        actor_id: None,
        ..price.clone()
    };
    keeper
        .keep(ingredient_price::Entity, vec![price, before])
        .await;
    let loaf = recipe::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        product_id: Some(BREAD),
        name: "Barra".into(),
        unit: Unit::Piece,
        yield_quantity: 60,
        loss_bp: 250,
        other_cost_minor: 400,
        oven_minutes: Some(22),
        stages: json!([{ "stage": "mix", "minutes": 12 }, { "stage": "proof", "minutes": 90 }]),
        method: Some("Amasar 12 minutos.".into()),
        version: 1,
        updated_at: at("2026-01-02T03:04:05Z"),
    };
    let dough = recipe::Model {
        id: other(2),
        product_id: None,
        name: "Masa".into(),
        unit: Unit::Gram,
        oven_minutes: None,
        stages: json!([]),
        method: None,
        ..loaf.clone()
    };
    keeper.keep(recipe::Entity, vec![loaf, dough]).await;
    let of_dough = recipe_line::Model {
        recipe_id: other(1),
        position: 0,
        organization_id: ORGANIZATION,
        ingredient_id: None,
        part_id: Some(other(2)),
        quantity: 15_000,
    };
    let of_flour = recipe_line::Model {
        position: 1,
        ingredient_id: Some(FLOUR),
        part_id: None,
        ..of_dough.clone()
    };
    keeper
        .keep(recipe_line::Entity, vec![of_dough, of_flour])
        .await;
    let taken = order_ingredient::Model {
        order_id: ORDER,
        product_id: FLOUR,
        organization_id: ORGANIZATION,
        store_id: KITCHEN,
        reserved_quantity: 0,
        used_quantity: 9_000,
    };
    keeper.keep(order_ingredient::Entity, vec![taken]).await;
}
