use domain::{CalendarKind, ProductKind, RatioBy, ReplenishmentPolicy, Unit};
use entity::{calendar_entry, category, product, promotion, store_product, weather_day};
use serde_json::json;

use crate::{BREAD, CATEGORY, FLOUR, Keeper, ORGANIZATION, PERSON, STORE, at, day, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    keeper
        .keep(
            category::Entity,
            vec![category::Model {
                id: CATEGORY,
                organization_id: ORGANIZATION,
                name: "Panes".into(),
                position: 1,
                version: 2,
            }],
        )
        .await;
    let bread = product::Model {
        id: BREAD,
        organization_id: ORGANIZATION,
        category_id: CATEGORY,
        kind: ProductKind::Product,
        sku: "P001".into(),
        name: "Barra".into(),
        unit: Unit::Piece,
        price_minor: 120,
        unit_cost_minor: 40,
        salvage_minor: 5,
        shelf_life_days: 1,
        tray_size: 12,
        lead_time_days: 0,
        policy: ReplenishmentPolicy::Newsvendor,
        service_level_bp: 9_000,
        allergens: json!(["gluten"]),
        introduced_on: Some(day("2024-02-29")),
        discontinued_on: Some(day("2027-12-31")),
        active: true,
        version: 1,
        created_at: at("2026-01-02T03:04:05Z"),
        substitution_share_bp: 1_500,
        barcodes: json!(["6291041500213"]),
    };
    let flour = product::Model {
        id: FLOUR,
        kind: ProductKind::Ingredient,
        sku: "P002".into(),
        unit: Unit::Gram,
        tray_size: i64::MAX,
        policy: ReplenishmentPolicy::ReorderPoint,
        allergens: json!([]),
        barcodes: json!([]),
        introduced_on: None,
        discontinued_on: None,
        ..bread.clone()
    };
    keeper.keep(product::Entity, vec![bread, flour]).await;
    let listed = store_product::Model {
        store_id: STORE,
        product_id: FLOUR,
        organization_id: ORGANIZATION,
        listed: true,
        reorder_point: Some(20_000),
        order_up_to: Some(80_000),
        updated_at: at("2026-01-02T03:04:05Z"),
        policy: Some(ReplenishmentPolicy::ReorderPoint),
        ratio_by: Some(RatioBy::ServiceLevel),
        service_level_bp: Some(9_800),
        salvage_minor: Some(3),
        substitution_share_bp: Some(2_500),
        policy_version: 7,
    };
    let plain = store_product::Model {
        product_id: BREAD,
        listed: false,
        reorder_point: None,
        order_up_to: None,
        policy: None,
        ratio_by: None,
        service_level_bp: None,
        salvage_minor: None,
        substitution_share_bp: None,
        policy_version: 0,
        ..listed.clone()
    };
    keeper
        .keep(store_product::Entity, vec![listed, plain])
        .await;
    let narrow = promotion::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        code: "PAN10".into(),
        name: "Diez por ciento".into(),
        store_id: Some(STORE),
        product_id: Some(BREAD),
        category_id: Some(CATEGORY),
        discount_bp: 1_000,
        starts_on: day("2026-03-01"),
        ends_on: day("2026-03-01"),
        created_by: Some(PERSON),
        created_at: at("2026-01-02T03:04:05Z"),
    };
    let wide = promotion::Model {
        id: other(2),
        code: "TODO".into(),
        store_id: None,
        product_id: None,
        category_id: None,
        created_by: None,
        ..narrow.clone()
    };
    keeper.keep(promotion::Entity, vec![narrow, wide]).await;
    let event = calendar_entry::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        store_id: Some(STORE),
        kind: CalendarKind::Event,
        name: "Feria".into(),
        starts_on: day("2026-04-19"),
        ends_on: day("2026-04-25"),
        note: Some("Calle cortada".into()),
        created_by: Some(PERSON),
        created_at: at("2026-01-02T03:04:05Z"),
    };
    let holiday = calendar_entry::Model {
        id: other(2),
        store_id: None,
        kind: CalendarKind::PublicHoliday,
        note: None,
        created_by: None,
        ..event.clone()
    };
    keeper
        .keep(calendar_entry::Entity, vec![event, holiday])
        .await;
    let cold = weather_day::Model {
        store_id: STORE,
        date: day("2026-01-06"),
        organization_id: ORGANIZATION,
        temperature_c_x10: Some(-35),
        precipitation_mm_x10: Some(124),
        is_forecast: true,
        updated_at: at("2026-01-05T03:04:05Z"),
    };
    let unknown = weather_day::Model {
        date: day("2026-01-07"),
        temperature_c_x10: None,
        precipitation_mm_x10: None,
        is_forecast: false,
        ..cold.clone()
    };
    keeper.keep(weather_day::Entity, vec![cold, unknown]).await;
}
