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
