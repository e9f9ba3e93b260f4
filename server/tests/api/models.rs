//! The registry of models over REST.

use crate::app::{TestApp, Visitor};
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use services::models::{NewModelSearch, NewModelVersion};
use testkit::today;
use uuid::Uuid;

async fn registered(app: &TestApp, name: &str, passed_gate: bool) -> Uuid {
    let new = NewModelVersion {
        family: "tide+trees".to_owned(),
        artifact_path: format!("models/{name}"),
        manifest: json!({ "members": 2 }),
        schema_hash: String::new(),
        data_version: String::new(),
        code_version: String::new(),
        seed: 1,
        trained_on: today(),
        metrics: json!({ "wql": 0.1 }),
        baseline_metrics: json!({}),
        report: Some(json!({
            "by_fold": [],
            "importance": [{ "group": "weekday", "loss_rise": 0.4, "spread": 0.01 }],
        })),
        passed_gate,
        reason: "as judged".to_owned(),
        parameter_count: 1,
        duration_ms: 1,
    };
    let models = app.db.services().models();
    models.register(&app.org.system(), new).await.unwrap()
}

async fn read(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.call("GET", path, "").await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn an_analyst_promotes_rolls_back_and_reads_who_served() {
    let app = TestApp::start().await;
    let (first, second) = (
        registered(&app, "one", true).await,
        registered(&app, "two", true).await,
    );
    let refused = registered(&app, "three", false).await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let nobody = read(&analyst, "/api/v1/model/features/importance").await;
    assert_eq!(nobody["version"], Value::Null);
    assert_eq!(nobody["groups"], json!([]));
    assert!(
        nobody["method"]
            .as_str()
            .unwrap()
            .starts_with("permutation")
    );
    let post = async |path: &str| {
        let body = json!({ "command_id": Uuid::now_v7(), "reason": "a try" });
        analyst.call("POST", path, &body.to_string()).await
    };
    for id in [first, second] {
        let answer = post(&format!("/api/v1/models/{id}/promote")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Value>().await.unwrap()["alias"], "champion");
    }
    let answer = post(&format!("/api/v1/models/{refused}/promote")).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = post("/api/v1/models/rollback").await;
    assert_eq!(answer.json::<Value>().await.unwrap()["number"], 1);
    let answer = analyst.call("POST", "/api/v1/models/rollback", "{}").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let list = read(&analyst, "/api/v1/models").await;
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(list[0]["passed_gate"], false);
    let detail = read(&analyst, &format!("/api/v1/models/{first}")).await;
    assert_eq!(detail["version"]["alias"], "champion");
    assert_eq!(detail["report"]["by_fold"], json!([]));
    assert_eq!(detail["manifest"]["members"], 2);
    let importance = read(&analyst, "/api/v1/model/features/importance").await;
    assert_eq!(importance["version"]["number"], 1);
    assert_eq!(importance["groups"][0]["group"], "weekday");
    assert_eq!(importance["groups"][0]["loss_rise"], 0.4);
    let search = NewModelSearch {
        chosen: None,
        reason: "best of 18".to_owned(),
        outcome: json!({ "trials": [] }),
        data_version: "d".to_owned(),
        code_version: "1".to_owned(),
        seed: 1,
        duration_ms: 7,
    };
    let models = app.db.services().models();
    models
        .record_search(&app.org.system(), search)
        .await
        .unwrap();
    let searches = read(&analyst, "/api/v1/models/searches").await;
    assert_eq!(searches[0]["chosen"], Value::Null);
    assert_eq!(searches[0]["outcome"], json!({ "trials": [] }));
    let history = read(&analyst, "/api/v1/models/history").await;
    let kinds: Vec<&Value> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|h| &h["kind"])
        .collect();
    assert_eq!(kinds, ["rollback", "choice", "choice"]);
    assert_eq!(history[0]["reason"], "a try");
    assert!(history[0]["actor_name"].is_string());
}
