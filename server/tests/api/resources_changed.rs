//! Resources over REST, as scripts change them: versions, transitions, what is put twice.

use crate::app::{TestApp, Visitor};
use crate::resources::{ask, bread, category};
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

/// `PUT` or `PATCH` with `If-Match`: status, tag, answer.
async fn change(
    who: &Visitor,
    method: &str,
    path: &str,
    tag: &str,
    body: &Value,
) -> (StatusCode, String, Value) {
    let answer = who
        .request(method.parse().unwrap(), path)
        .header("if-match", tag)
        .header("accept", "application/json")
        .json(body)
        .send()
        .await
        .unwrap();
    let tag = answer
        .headers()
        .get("etag")
        .map_or("", |tag| tag.to_str().unwrap())
        .to_owned();
    (answer.status(), tag, answer.json().await.unwrap())
}

#[tokio::test]
async fn a_product_is_added_changed_by_its_version_and_taken_off_sale() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let category = category(&admin).await;
    let add = json!({ "command_id": Uuid::now_v7(), "values": bread("N1", &category) }).to_string();
    let (status, made) = ask(&admin, "POST", "/api/v1/products", &add).await;
    assert_eq!(
        (status, &made["version"]),
        (StatusCode::OK, &json!(1)),
        "{made}"
    );
    // The answer was lost: the same again.
    assert_eq!(ask(&admin, "POST", "/api/v1/products", &add).await.1, made);
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let shown = admin.get(&path).await;
    assert_eq!(shown.headers().get("etag").unwrap(), "\"v1\"");
    assert_eq!(shown.json::<Value>().await.unwrap(), made);

    let dearer = |price: i64| {
        let mut values = bread("N1", &category);
        values["price_minor"] = json!(price);
        json!({ "command_id": Uuid::now_v7(), "values": values })
    };
    let (status, tag, _) = change(&admin, "PUT", &path, "\"v1\"", &dearer(160)).await;
    assert_eq!((status, tag.as_str()), (StatusCode::OK, "\"v2\""));
    let (status, _, told) = change(&admin, "PUT", &path, "\"v1\"", &dearer(170)).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(told["reason"], "catalog.stale");
    let mut in_body = dearer(170);
    in_body["version"] = json!(1);
    let (status, _) = ask(&admin, "PUT", &path, &in_body.to_string()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    // Two versions, and none.
    let (status, _, _) = change(&admin, "PUT", &path, "\"v2\"", &in_body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = ask(&admin, "PUT", &path, &dearer(170).to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // A tag that nothing here ever had.
    let (status, _, _) = change(&admin, "PUT", &path, "2", &dearer(170)).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);

    let mut wrong = dearer(-1);
    wrong["values"]["tray_size"] = json!(0);
    let (status, _, told) = change(&admin, "PUT", &path, "\"v2\"", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<&str> = told["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["price_minor", "tray_size"]);
    let mut typing_error = dearer(170);
    typing_error["values"]["prize"] = json!(1);
    let (status, _, _) = change(&admin, "PUT", &path, "\"v2\"", &typing_error).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    let stores = json!({ "command_id": Uuid::now_v7(), "stores": [app.org.stores[1]] });
    let carried = format!("{path}/stores");
    let (status, told) = ask(&admin, "PUT", &carried, &stores.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(ask(&admin, "GET", &carried, "").await.1, told);
    let mut over = dearer(160);
    over["values"]["active"] = json!(false);
    let (status, _, _) = change(&admin, "PUT", &path, "\"v2\"", &over).await;
    assert_eq!(status, StatusCode::OK);
    let (_, found) = ask(&admin, "GET", "/api/v1/products", "active=false").await;
    assert_eq!(found["items"][0]["sku"], "N1");
    // Nobody else may.
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let (status, _, _) = change(&analyst, "PUT", &path, "\"v3\"", &dearer(1)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_order_goes_its_way_from_plan_to_shelf() {
    const ORDERS: &str = "/api/v1/orders";
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let plan = || {
        json!({
            "command_id": Uuid::now_v7(), "store_id": app.org.stores[0], "product_id": app.org.products[0],
            "production_date": "2026-03-10", "planned_quantity": 12,
        })
    };
    let meant = || json!({ "command_id": Uuid::now_v7() }).to_string();
    let (status, order) = ask(&kitchen, "POST", ORDERS, &plan().to_string()).await;
    assert_eq!(
        (status, &order["status"]),
        (StatusCode::OK, &json!("pending")),
        "{order}"
    );
    let path = format!("{ORDERS}/{}", order["id"].as_str().unwrap());
    let more = |quantity: i64| json!({ "command_id": Uuid::now_v7(), "production_date": "2026-03-10", "planned_quantity": quantity });
    let (status, tag, _) = change(&kitchen, "PATCH", &path, "\"v1\"", &more(24)).await;
    assert_eq!((status, tag.as_str()), (StatusCode::OK, "\"v2\""));
    let (status, _, told) = change(&kitchen, "PATCH", &path, "\"v1\"", &more(36)).await;
    assert_eq!(
        (status, &told["reason"]),
        (StatusCode::PRECONDITION_FAILED, &json!("order.stale"))
    );
    let start = meant();
    let (status, order) = ask(&kitchen, "POST", &format!("{path}/start"), &start).await;
    assert_eq!(
        (status, &order["status"]),
        (StatusCode::OK, &json!("in_progress"))
    );
    // The answer was lost: the same again; another command is late.
    assert_eq!(
        ask(&kitchen, "POST", &format!("{path}/start"), &start)
            .await
            .1,
        order
    );
    let (status, _) = ask(&kitchen, "POST", &format!("{path}/start"), &meant()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let out = json!({ "command_id": Uuid::now_v7(), "produced_quantity": 20, "lost_quantity": 4, "loss_reason": "burnt" });
    let (status, order) = ask(
        &kitchen,
        "POST",
        &format!("{path}/complete"),
        &out.to_string(),
    )
    .await;
    assert_eq!(
        (status, &order["status"]),
        (StatusCode::OK, &json!("completed")),
        "{order}"
    );
    let (_, batches) = ask(&kitchen, "GET", &format!("{path}/batches"), "").await;
    assert_eq!(batches["items"][0]["produced_quantity"], 20);
    let (status, order) = ask(&kitchen, "POST", &format!("{path}/recall"), &meant()).await;
    assert_eq!(
        (status, &order["status"]),
        (StatusCode::OK, &json!("in_progress")),
        "{order}"
    );

    let (_, second) = ask(&kitchen, "POST", ORDERS, &plan().to_string()).await;
    let other = format!("{ORDERS}/{}", second["id"].as_str().unwrap());
    let (status, _) = ask(&kitchen, "POST", &format!("{other}/cancel"), &meant()).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a reason is needed"
    );
    let give_up = json!({ "command_id": Uuid::now_v7(), "reason": "Horno" }).to_string();
    let (status, second) = ask(&kitchen, "POST", &format!("{other}/cancel"), &give_up).await;
    assert_eq!(
        (status, &second["status"]),
        (StatusCode::OK, &json!("cancelled"))
    );
    let count = async |asked: &str| {
        let (_, found) = ask(&kitchen, "GET", ORDERS, asked).await;
        found["items"].as_array().map(Vec::len)
    };
    assert_eq!(count("").await, Some(2));
    assert_eq!(count("status=in_progress,pending").await, Some(1));
    assert_eq!(count("status=cancelled&until=2026-03-09").await, Some(0));
    assert_eq!(count("status=burnt").await, None);
    let (_, detail) = ask(&kitchen, "GET", &path, "").await;
    assert_eq!(detail["history"][0]["action"], "orders.create");
}

#[tokio::test]
async fn the_weather_of_a_day_is_put_and_the_same_twice_changes_nothing() {
    let app = TestApp::start().await;
    let manager = app.signed_in(RoleKey::StoreManager).await;
    let (ours, other) = (app.org.stores[0], app.org.stores[1]);
    let put = async |store: Uuid, day: &str, values: Value| {
        let path = format!("/api/v1/weather/{store}/{day}");
        ask(&manager, "PUT", &path, &values.to_string()).await
    };
    let cold = json!({ "temperature_c_x10": -15, "precipitation_mm_x10": 3, "is_forecast": true });
    let (status, first) = put(ours, "2026-03-11", cold.clone()).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(put(ours, "2026-03-11", cold.clone()).await.1, first);
    let warm = json!({ "temperature_c_x10": 120 });
    assert_eq!(put(ours, "2026-03-11", warm).await.0, StatusCode::OK);
    let asked = format!("store_id={ours}&from=2026-03-01&until=2026-03-31");
    let (_, listed) = ask(&manager, "GET", "/api/v1/weather", &asked).await;
    assert_eq!(
        listed["items"],
        json!([{ "date": "2026-03-11", "temperature_c_x10": 120, "precipitation_mm_x10": null, "is_forecast": false }])
    );
    assert_eq!(
        put(other, "2026-03-11", cold.clone()).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        put(ours, "tomorrow", cold.clone()).await.0,
        StatusCode::NOT_FOUND
    );
    let (status, told) = put(ours, "2026-03-11", json!({ "temperature_c_x10": 900 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["fields"][0]["field"], "temperature_c_x10");
    let (status, told) = put(ours, "2036-03-11", cold).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["fields"][0]["field"], "date");
    // What changed something stands in the audit log.
    let admin = app.signed_in(RoleKey::Admin).await;
    let (_, log) = ask(
        &admin,
        "GET",
        "/api/v1/audit-entries",
        "subject_kind=weather_day",
    )
    .await;
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn events_and_promotions_are_added_changed_and_taken_away() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    for (path, mut values) in [
        ("/api/v1/events", json!({ "kind": "event" })),
        (
            "/api/v1/promotions",
            json!({ "code": "DOS", "discount_bp": 1_000 }),
        ),
    ] {
        for (field, value) in [
            ("command_id", json!(Uuid::now_v7())),
            ("name", json!("Feria")),
            ("starts_on", json!("2026-03-12")),
            ("ends_on", json!("2026-03-13")),
        ] {
            values[field] = value;
        }
        let (status, made) = ask(&analyst, "POST", path, &values.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        assert_eq!(ask(&analyst, "GET", &one, "").await.1, made);
        values["command_id"] = json!(Uuid::now_v7());
        values["name"] = json!("Fiesta");
        let (status, changed) = ask(&analyst, "PUT", &one, &values.to_string()).await;
        assert_eq!(
            (status, &changed["name"]),
            (StatusCode::OK, &json!("Fiesta"))
        );
        let (_, listed) = ask(&analyst, "GET", path, "from=2026-03-13&until=2026-03-20").await;
        assert_eq!(listed["items"], json!([changed]));
        let (_, listed) = ask(&analyst, "GET", path, "from=2026-03-14&until=2026-03-20").await;
        assert_eq!(listed["items"], json!([]));
        values["ends_on"] = json!("2026-03-01");
        values["command_id"] = json!(Uuid::now_v7());
        let (status, told) = ask(&analyst, "PUT", &one, &values.to_string()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told["fields"][0]["field"], "ends_on");
        let removal = format!("{one}?command_id={}", Uuid::now_v7());
        for _ in 0..2 {
            let (status, _) = ask(&analyst, "DELETE", &removal, "").await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
        assert_eq!(
            ask(&analyst, "DELETE", &one, "").await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            ask(&analyst, "GET", &one, "").await.0,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn the_settings_of_the_organization_are_read_and_changed() {
    const PATH: &str = "/api/v1/organization";
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let (_, before) = ask(&admin, "GET", PATH, "").await;
    let patch = async |version: i32, mut body: Value| {
        body["command_id"] = json!(Uuid::now_v7());
        body["version"] = json!(version);
        ask(&admin, "PATCH", PATH, &body.to_string()).await
    };
    assert_eq!(before["version"], 1);
    let (status, after) = patch(1, json!({ "allow_oversell": true })).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    let mut wanted = before.clone();
    wanted["allow_oversell"] = json!(true);
    wanted["version"] = json!(2);
    assert_eq!(after, wanted);
    // Whoever has not seen that overwrites nothing.
    let (status, told) = patch(1, json!({ "allow_oversell": false })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert_eq!(told["reason"], "organization.stale");
    let nameless = json!({ "command_id": Uuid::now_v7(), "allow_oversell": false });
    let (status, _) = ask(&admin, "PATCH", PATH, &nameless.to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // The night that is kept begins at 2: a deadline before it cannot be.
    for (wrong, field) in [
        (json!({ "deadline_hour": 1 }), "deadline_hour"),
        (json!({ "time_zone": "Madrid" }), "time_zone"),
        (json!({ "midday_minute": 1_200 }), "afternoon_minute"),
    ] {
        let (status, told) = patch(2, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told["fields"][0]["field"], field);
    }
    assert_eq!(ask(&admin, "GET", PATH, "").await.1, wanted);
}
