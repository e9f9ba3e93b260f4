//! Questions to the model over REST, before there is one, and what the program says of itself.

use crate::app::TestApp;
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::today;

#[tokio::test]
async fn before_the_first_night_a_question_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let question = json!({
        "store_id": app.org.stores[0],
        "product_id": app.org.products[0],
        "date": today(),
    });
    for (path, body) in [
        ("/api/v1/predict", question.clone()),
        ("/api/v1/predict/batch", json!({ "items": [question] })),
    ] {
        let answer = analyst.call("POST", path, &body.to_string()).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{path}");
        let error: Value = answer.json().await.unwrap();
        assert_eq!(error["reason"], "prediction.no_night");
        assert!(error["message"].as_str().unwrap().contains("nightly"));
    }
    for body in [r#"{"items":[]}"#, r#"{"item":[]}"#] {
        let answer = analyst.call("POST", "/api/v1/predict/batch", body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

#[tokio::test]
async fn the_program_names_itself_and_says_that_no_model_serves() {
    let app = TestApp::start().await;
    let info: Value = app
        .stranger()
        .get("/api/v1/info")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(info["name"], "hornada");
    assert_eq!(info["api_version"], "v1");
    assert_eq!(info["time_zone"], "UTC");
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let answer = analyst.call("GET", "/api/v1/model/info", "").await;
    let model: Value = answer.json().await.unwrap();
    assert_eq!(model["version"], Value::Null);
    assert_eq!(model["horizon_days"], 28);
    assert_eq!(model["quantiles"].as_array().unwrap().len(), 11);
}
