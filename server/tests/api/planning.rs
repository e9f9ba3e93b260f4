//! Planning over REST: standing orders, one product for several shops.

use crate::app::{TestApp, Visitor};
use domain::{RoleKey, SuggestionStatus};
use entity::{suggestion, suggestion_outcome};
use reqwest::StatusCode;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use testkit::{now, today};
use uuid::Uuid;

const LIST: &str = "/api/v1/standing-orders";

async fn post(who: &Visitor, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = who.call("POST", path, &body.to_string()).await;
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_standing_order_is_written_changed_and_ended() {
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let plan = json!({
        "command_id": Uuid::now_v7(), "store_id": app.org.stores[0], "product_id": app.org.products[0],
        "weekdays": 31, "quantity": 24, "valid_from": "2026-03-11",
    });
    let (status, written) = post(&kitchen, LIST, &plan).await;
    assert_eq!(status, StatusCode::OK, "{written}");
    // The answer was lost: the same again.
    assert_eq!(post(&kitchen, LIST, &plan).await.1, written);
    let mut typing_error = plan.clone();
    typing_error["valid_untill"] = json!("2026-04-01");
    let (status, _) = post(&kitchen, LIST, &typing_error).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    let id = written["id"].as_str().unwrap();
    let one = format!("{LIST}/{id}");
    let change = |version: i32| {
        json!({
            "command_id": Uuid::now_v7(), "version": version, "weekdays": 96, "quantity": 36, "valid_from": "2026-03-11",
            "valid_until": "2026-04-30", "note": "Hotel",
        })
    };
    let (status, changed) = post(&kitchen, &one, &change(1)).await;
    assert_eq!((status, &changed["quantity"]), (StatusCode::OK, &json!(36)));
    let (status, told) = post(&kitchen, &one, &change(1)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(told["reason"], "standing_order.stale");

    let listed = kitchen.call("GET", LIST, "limit=10").await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"], json!([changed]));
    let end = json!({ "command_id": Uuid::now_v7(), "version": 2 });
    let (status, ended) = post(&kitchen, &format!("{one}/end"), &end).await;
    assert_eq!((status, &ended["active"]), (StatusCode::OK, &json!(false)));
    let listed = kitchen.call("GET", LIST, "").await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"], json!([]));
    let listed = kitchen.call("GET", LIST, "ended=true").await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"], json!([ended]));
    let nothing = kitchen.call("GET", LIST, "store_id=none").await;
    assert_eq!(nothing.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn one_product_for_several_shops_is_planned_in_one_go() {
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let product = app.org.products[0];
    let lines: Vec<Value> = app
        .org
        .stores
        .iter()
        .map(|store| json!({ "store_id": store, "quantity": 12 }))
        .collect();
    let plan = json!({
        "command_id": Uuid::now_v7(), "product_id": product, "production_date": "2026-03-11", "lines": lines,
    });
    let (status, made) = post(&kitchen, "/api/v1/orders/many", &plan).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert_eq!(made["orders"].as_array().unwrap().len(), lines.len());
    let again = post(&kitchen, "/api/v1/orders/many", &plan).await;
    assert_eq!(again, (StatusCode::OK, made));
    let asked = format!("product_id={product}&production_date=2026-03-11");
    let known = kitchen.call("GET", "/api/v1/orders/split", &asked).await;
    let known: Value = known.json().await.unwrap();
    assert_eq!(known, json!({ "sold_on": "2026-03-11", "weights": [] }));
}

#[tokio::test]
async fn the_terms_of_a_shelf_are_listed_put_and_costed() {
    const POLICIES: &str = "/api/v1/policies";
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let (store, product) = (app.org.stores[0], app.org.products[0]);
    let read = async |path: &str, asked: &str| {
        let answer = analyst.call("GET", path, asked).await;
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let put = async |command: &Value| {
        let answer = analyst.call("PUT", POLICIES, &command.to_string()).await;
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (status, listed) = read(POLICIES, &format!("store_id={store}&limit=200")).await;
    assert_eq!(status, StatusCode::OK, "{listed}");
    let (status, _) = read(POLICIES, "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let command = json!({
        "command_id": Uuid::now_v7(),
        "shelves": [{ "store_id": store, "product_id": product, "version": 0 }],
        "choice": { "ratio_by": "service_level", "service_level_bp": 9_800 },
    });
    let (status, set) = put(&command).await;
    assert_eq!(
        (status, &set["changed"]),
        (StatusCode::OK, &json!(1)),
        "{set}"
    );
    // The answer was lost: the same again.
    assert_eq!(put(&command).await.1, set);
    let mut stale = command.clone();
    stale["command_id"] = json!(Uuid::now_v7());
    let (status, told) = put(&stale).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(told["reason"], "policy.stale");
    stale["choice"] = json!({ "service_levl_bp": 9_800 });
    assert_eq!(put(&stale).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let one = format!("{POLICIES}/{store}/{product}");
    let (status, shelf) = read(&one, "").await;
    assert_eq!(
        (status, &shelf["ratio_bp"]),
        (StatusCode::OK, &json!(9_800))
    );
    assert_eq!(shelf["version"], 1);
    let (status, costs) = read(&format!("{one}/costs"), "").await;
    assert_eq!((status, &costs["days"]), (StatusCode::OK, &json!(0)));
    let (status, _) = read(&format!("{POLICIES}/{store}/none"), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ovens_and_mixes_of_a_day_are_read() {
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let day = "2026-03-11";
    let ovens = kitchen
        .call("GET", "/api/v1/capacity", &format!("production_date={day}"))
        .await;
    assert_eq!(ovens.status(), StatusCode::OK);
    let ovens: Value = ovens.json().await.unwrap();
    assert_eq!(ovens, json!({ "production_date": day, "ovens": [] }));
    let plan = json!({
        "command_id": Uuid::now_v7(), "product_id": app.org.products[0], "production_date": day,
        "lines": [{ "store_id": app.org.stores[0], "quantity": 12 }],
    });
    let (status, _) = post(&kitchen, "/api/v1/orders/many", &plan).await;
    assert_eq!(status, StatusCode::OK);
    let mixes = kitchen
        .call("GET", "/api/v1/mixes", &format!("date={day}"))
        .await;
    assert_eq!(mixes.status(), StatusCode::OK);
    let mixes: Value = mixes.json().await.unwrap();
    let of_kitchen = &mixes["kitchens"][0];
    assert_eq!(of_kitchen["without_recipe"], json!(["Producto 1"]));
    assert_eq!(of_kitchen["doughs"], json!([]));
    for (path, wrong) in [
        ("/api/v1/capacity", "production_date=tomorrow"),
        ("/api/v1/capacity", "date=2026-03-11"),
        ("/api/v1/mixes", "date=2026-03-11&shop=none"),
    ] {
        let refused = kitchen.call("GET", path, wrong).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    let nothing = format!("date={day}&store_id={}", Uuid::now_v7());
    let nothing = kitchen.call("GET", "/api/v1/mixes", &nothing).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    let manager = app.signed_in(RoleKey::StoreManager).await;
    let refused = manager
        .call("GET", "/api/v1/mixes", &format!("date={day}"))
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

/// A suggestion of the first shop that somebody dismissed, and how that turned out.
async fn dismissed(app: &TestApp, product_id: Uuid, saved_minor: i64) -> Uuid {
    let connection = app.db.db().connection();
    let suggestion_id = Uuid::now_v7();
    let row = suggestion::Model {
        id: suggestion_id,
        organization_id: app.org.id,
        store_id: app.org.stores[0],
        product_id,
        production_date: today(),
        covers_days: 1,
        quantity: 12,
        accepted_quantity: None,
        status: SuggestionStatus::Dismissed,
        reasons: json!({}),
        decided_by: None,
        decided_at: Some(now()),
        dismiss_reason: Some("Sobra de ayer".into()),
        order_id: None,
        job_run_id: None,
        created_at: now(),
    };
    suggestion::Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await
        .unwrap();
    let outcome = suggestion_outcome::Model {
        suggestion_id,
        organization_id: app.org.id,
        store_id: app.org.stores[0],
        product_id,
        production_date: today(),
        demand: 4,
        censored: false,
        beside: 0,
        suggested_quantity: 12,
        decided_quantity: 0,
        suggested_cost_minor: saved_minor + 480,
        decided_cost_minor: 480,
        saved_minor,
        judged_at: now(),
    };
    suggestion_outcome::Entity::insert(outcome.into_active_model())
        .exec_without_returning(connection)
        .await
        .unwrap();
    suggestion_id
}

#[tokio::test]
async fn how_changes_turned_out_is_read_with_its_totals() {
    const OUTCOMES: &str = "/api/v1/suggestions/outcomes";
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let (store, product) = (app.org.stores[0], app.org.products[0]);
    let first = dismissed(&app, product, 160).await;
    dismissed(&app, app.org.products[1], -480).await;
    let read = async |asked: &str| {
        let answer = kitchen.call("GET", OUTCOMES, asked).await;
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (status, all) = read("limit=1").await;
    assert_eq!(status, StatusCode::OK, "{all}");
    assert_eq!(
        all["totals"],
        json!({ "judged": 2, "cheaper": 1, "dearer": 1, "estimated": 0, "saved_minor": -320 })
    );
    assert_eq!(all["page"]["items"].as_array().unwrap().len(), 1);
    let next = all["page"]["next"].as_str().unwrap();
    let (_, rest) = read(&format!("limit=1&after={next}")).await;
    assert_eq!(rest["page"]["next"], Value::Null);
    assert_eq!(rest["totals"], all["totals"]);
    let asked = format!("store_id={store}&product_id={product}&from=2026-03-10&until=2026-03-10");
    let (_, one) = read(&asked).await;
    assert_eq!(one["page"]["items"][0]["suggestion_id"], json!(first));
    assert_eq!(one["totals"]["saved_minor"], json!(160));
    let (_, none) = read("from=2026-03-11").await;
    assert_eq!(none["page"]["items"], json!([]));
    for wrong in ["from=yesterday", "shop=none", "after=here"] {
        assert_eq!(
            read(wrong).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    let nothing = format!("store_id={}", Uuid::now_v7());
    assert_eq!(read(&nothing).await.0, StatusCode::NOT_FOUND);
    let manager = app.signed_in(RoleKey::StoreManager).await;
    let refused = manager.call("GET", OUTCOMES, "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}
