//! Stock over REST: shelves, what they will leave unsold, the first stock.

use crate::app::TestApp;
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn first_stock_is_written_once_and_then_stands_on_the_shelf() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let (store, product) = (app.org.stores[0], app.org.products[0]);
    let of_store = format!("store_id={store}");
    let sheet = analyst
        .call("GET", "/api/v1/stock/opening", &of_store)
        .await;
    let sheet: Value = sheet.json().await.unwrap();
    assert_eq!(sheet["products"][0]["has_history"], json!(false));

    let opening = json!({
        "command_id": Uuid::now_v7(), "store_id": store, "at": "2026-03-09T20:00:00",
        "lines": [{ "product_id": product, "counted": 24 }],
    });
    for _ in 0..2 {
        let answer = analyst
            .call("POST", "/api/v1/stock/opening", &opening.to_string())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["levels"][0]["on_hand"], json!(24));
    }
    let levels = analyst.call("GET", "/api/v1/stock", &of_store).await;
    assert_eq!(levels.status(), StatusCode::OK);
    let levels: Value = levels.json().await.unwrap();
    let shelf = levels["levels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|level| level["product_id"] == json!(product))
        .unwrap()
        .clone();
    assert_eq!(
        (&shelf["on_hand"], &shelf["reserved"]),
        (&json!(24), &json!(0))
    );

    let waste = analyst
        .call("GET", "/api/v1/stock/projected-waste", &of_store)
        .await;
    assert_eq!(waste.status(), StatusCode::OK);
    let waste: Value = waste.json().await.unwrap();
    assert_eq!(waste["store_id"], json!(store));
    let foreign = format!("store_id={}", Uuid::now_v7());
    for path in ["/api/v1/stock", "/api/v1/stock/projected-waste"] {
        let answer = analyst.call("GET", path, &foreign).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        let answer = analyst.call("GET", path, "store_id=none").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}

#[tokio::test]
async fn corrections_and_waste_are_booked_once_and_taken_back() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let (store, product) = (app.org.stores[0], app.org.products[0]);
    let more = json!({
        "command_id": Uuid::now_v7(), "store_id": store, "product_id": product, "change": 12, "reason": "correction",
    });
    for _ in 0..2 {
        let answer = analyst
            .call("POST", "/api/v1/stock/adjust", &more.to_string())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["on_hand"], json!(12));
    }
    let out = |quantity: i64| {
        json!({
            "command_id": Uuid::now_v7(), "store_id": store, "product_id": product, "kind": "waste", "quantity": quantity,
            "reason": "damaged",
        })
        .to_string()
    };
    let gone = analyst.call("POST", "/api/v1/stock/remove", &out(2)).await;
    assert_eq!(gone.status(), StatusCode::OK);
    let gone: Value = gone.json().await.unwrap();
    assert_eq!(gone["on_hand"], json!(10));
    let too_much = analyst.call("POST", "/api/v1/stock/remove", &out(11)).await;
    assert_eq!(too_much.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let back = json!({ "command_id": Uuid::now_v7(), "movement_id": gone["movement_id"] });
    for _ in 0..2 {
        let answer = analyst
            .call("POST", "/api/v1/stock/reverse", &back.to_string())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["on_hand"], json!(12));
    }

    let mut foreign = more.clone();
    foreign["command_id"] = json!(Uuid::now_v7());
    foreign["store_id"] = json!(Uuid::now_v7());
    let answer = analyst
        .call("POST", "/api/v1/stock/adjust", &foreign.to_string())
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let mut nothing = more.clone();
    nothing["command_id"] = json!(Uuid::now_v7());
    nothing["change"] = json!(0);
    let answer = analyst
        .call("POST", "/api/v1/stock/adjust", &nothing.to_string())
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let kitchen = app.signed_in(RoleKey::Production).await;
    let answer = kitchen
        .call("POST", "/api/v1/stock/adjust", &more.to_string())
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
