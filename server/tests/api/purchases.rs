//! Purchases over REST: sent, on order, received, called off.

use crate::app::{TestApp, Visitor};
use contract::ingredients::{SaveIngredient, SaveSupplier};
use domain::{RoleKey, Unit};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

const PURCHASES: &str = "/api/v1/purchases";

async fn post(who: &Visitor, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = who.call("POST", path, &body.to_string()).await;
    (answer.status(), answer.json().await.unwrap())
}

/// A mill, and flour of it.
async fn flour(app: &TestApp) -> (Uuid, Uuid) {
    let ctx = app.org.system();
    let ingredients = app.db.services().ingredients();
    let mill = SaveSupplier {
        command_id: Uuid::now_v7(),
        supplier_id: None,
        version: 0,
        name: "Harinas del Sur".into(),
        email: None,
        phone: None,
        lead_time_days: 2,
        order_cost_minor: 1_500,
    };
    let mill = ingredients.save_supplier(&ctx, mill).await.unwrap().id;
    let flour = SaveIngredient {
        command_id: Uuid::now_v7(),
        ingredient_id: None,
        version: 0,
        code: "HAR".into(),
        name: "Harina".into(),
        unit: Unit::Gram,
        allergens: vec!["gluten".into()],
        shelf_life_days: 180,
        service_level_bp: 9_500,
        supplier_id: Some(mill),
        stocked: true,
        flour: true,
        pack_quantity: 25_000,
        pack_price_minor: Some(2_000),
        holding_bp: 2_000,
    };
    let flour = ingredients.save(&ctx, flour).await.unwrap().id;
    (mill, flour)
}

#[tokio::test]
async fn a_purchase_is_sent_listed_received_and_called_off() {
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let (mill, flour) = flour(&app).await;
    let order = json!({
        "command_id": Uuid::now_v7(), "store_id": app.org.stores[0], "supplier_id": mill,
        "lines": [{ "ingredient_id": flour, "packs": 4 }],
    });
    let (status, sent) = post(&kitchen, PURCHASES, &order).await;
    assert_eq!(status, StatusCode::OK, "{sent}");
    // The answer was lost: the same again.
    assert_eq!(post(&kitchen, PURCHASES, &order).await.1, sent);
    let mut typing_error = order.clone();
    typing_error["seen_numbr"] = json!(0);
    let (status, _) = post(&kitchen, PURCHASES, &typing_error).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let listed = kitchen
        .call("GET", PURCHASES, "open_only=true&limit=10")
        .await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"], json!([sent]));
    let wrong = kitchen.call("GET", PURCHASES, "store_id=none").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let one = format!("{PURCHASES}/{}", sent["id"].as_str().unwrap());
    let delivery = |version: i32, quantity: i64| {
        json!({
            "command_id": Uuid::now_v7(), "version": version,
            "lines": [{ "ingredient_id": flour, "quantity": quantity, "pack_price_minor": 2_100 }],
        })
    };
    let receive = format!("{one}/receive");
    let (status, part) = post(&kitchen, &receive, &delivery(1, 25_000)).await;
    assert_eq!(
        (status, &part["status"]),
        (StatusCode::OK, &json!("partly_received")),
        "{part}"
    );
    assert_eq!(part["lines"][0]["outstanding"], json!(75_000));
    let (status, told) = post(&kitchen, &receive, &delivery(1, 25_000)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(told["reason"], "purchase.stale");
    let (status, _) = post(&kitchen, &receive, &delivery(2, -1)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let off = json!({ "command_id": Uuid::now_v7(), "version": 2, "reason": "Closed for good" });
    let (status, over) = post(&kitchen, &format!("{one}/cancel"), &off).await;
    assert_eq!(
        (status, &over["status"]),
        (StatusCode::OK, &json!("received"))
    );
    let listed = kitchen.call("GET", PURCHASES, "open_only=true").await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"], json!([]));

    let (status, _) = post(&kitchen, &format!("{PURCHASES}/none/cancel"), &off).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let manager = app.signed_in(RoleKey::StoreManager).await;
    let (status, _) = post(&manager, PURCHASES, &order).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
