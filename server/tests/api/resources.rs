//! Resources over REST, as scripts read them: pages, filters, tickets in bulk, and what belongs to somebody else.

use crate::app::{TestApp, Visitor};
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{OrgSpec, org_with};
use uuid::Uuid;

/// Calls an endpoint; what it answered, null where it had nothing to say.
pub async fn ask(who: &Visitor, method: &str, path: &str, arguments: &str) -> (StatusCode, Value) {
    let answer = who.call(method, path, arguments).await;
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// What a product is, for `values`.
pub fn bread(sku: &str, category: &Value) -> Value {
    json!({
        "sku": sku, "name": format!("Pan {sku}"), "category_id": category, "unit": "piece", "price_minor": 150,
        "unit_cost_minor": 50, "shelf_life_days": 1, "tray_size": 12, "policy": "newsvendor", "service_level_bp": 9_000,
        "active": true,
    })
}

/// The first category of the organization.
pub async fn category(who: &Visitor) -> Value {
    let (_, found) = ask(who, "GET", "/api/v1/categories", "").await;
    found["items"][0]["id"].clone()
}

async fn add_product(admin: &Visitor, sku: &str, category: &Value) {
    let command = json!({ "command_id": Uuid::now_v7(), "values": bread(sku, category) });
    let (status, made) = ask(admin, "POST", "/api/v1/products", &command.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{made}");
}

/// Reads a list to its end by pages of `limit`; `between` happens after each page. The ids in the order in which they came.
async fn walk(
    who: &Visitor,
    path: &str,
    filter: &str,
    limit: usize,
    between: impl AsyncFn(usize),
) -> Vec<String> {
    let (mut seen, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let asked = format!("{filter}&limit={limit}{after}");
        let (status, page) = ask(who, "GET", path, asked.trim_start_matches('&')).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(next) = page["next"].as_str() else {
            return seen;
        };
        assert!(pages < 100, "the list does not end");
        assert!(
            next.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
            "{next} needs escaping"
        );
        after = format!("&after={next}");
        between(pages).await;
    }
}

/// For lists that nothing happens to.
async fn nothing(_: usize) {}

#[tokio::test]
async fn products_come_page_by_page_once_each_while_others_are_added() {
    const PRODUCTS: &str = "/api/v1/products";
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let category = category(&admin).await;
    for sku in ["B1", "C1", "D1", "E1", "Ñ1"] {
        add_product(&admin, sku, &category).await;
    }
    let before = walk(&admin, PRODUCTS, "", 200, nothing).await;
    assert_eq!(before.len(), 8);
    let seen = walk(&admin, PRODUCTS, "", 2, async |page| {
        // One before the place that was reached, one behind it.
        add_product(&admin, &format!("A{page}"), &category).await;
        if page == 1 {
            add_product(&admin, "Z1", &category).await;
        }
    })
    .await;
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing came twice");
    assert!(before.iter().all(|id| distinct.contains(id)));

    // Filters filter, whatever case and accents.
    assert_eq!(
        walk(&admin, PRODUCTS, "search=n1", 200, nothing)
            .await
            .len(),
        1
    );
    let none = format!("category_id={}", Uuid::now_v7());
    assert!(walk(&admin, PRODUCTS, &none, 200, nothing).await.is_empty());
    assert!(
        walk(&admin, PRODUCTS, "active=false", 200, nothing)
            .await
            .is_empty()
    );
    for wrong in [
        "limit=0",
        "limit=201",
        "after=%3F",
        "colour=red",
        "active=maybe",
    ] {
        let (status, told) = ask(&admin, "GET", PRODUCTS, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(told["fields"][0]["message"].is_string(), "{told}");
    }
}

#[tokio::test]
async fn movements_come_once_each_while_the_ledger_grows() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let adjust = async |product: usize| {
        let command = json!({
            "command_id": Uuid::now_v7(), "store_id": app.org.stores[0], "product_id": app.org.products[product],
            "change": 5, "reason": "correction",
        });
        let (status, told) = ask(
            &analyst,
            "POST",
            "/api/v1/stock/adjust",
            &command.to_string(),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told["movement_id"].as_str().unwrap().to_owned()
    };
    let mut booked = BTreeSet::new();
    for n in 0..7 {
        booked.insert(adjust(n % 2).await);
    }
    let seen = walk(&analyst, "/api/v1/movements", "", 2, async |_| {
        adjust(0).await;
    })
    .await;
    let distinct: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing came twice");
    assert!(booked.is_subset(&distinct));
    let path = "/api/v1/movements";
    let one = format!("product_id={}", app.org.products[1]);
    assert_eq!(walk(&analyst, path, &one, 2, nothing).await.len(), 3);
    assert!(
        walk(&analyst, path, "kind=waste", 2, nothing)
            .await
            .is_empty()
    );
    assert!(
        walk(&analyst, path, "until=2026-03-09", 2, nothing)
            .await
            .is_empty()
    );
    let other = format!("store_id={}", app.org.stores[1]);
    assert!(walk(&analyst, path, &other, 2, nothing).await.is_empty());
    // Whoever looks after one store sees that one.
    let manager = app.signed_in(RoleKey::StoreManager).await;
    assert!(!walk(&manager, path, "", 50, nothing).await.is_empty());
    let (status, _) = ask(&manager, "GET", path, &other).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

fn ticket(n: usize, sku: &str) -> Value {
    json!({
        "transaction_id": format!("T{n:04}"), "store_code": "S01", "sold_at": "2026-03-09T18:10:00+01:00",
        "lines": [{ "sku": sku, "quantity": 1, "unit_price_minor": 200, "total_minor": 200 }],
    })
}

#[tokio::test]
async fn a_thousand_tickets_are_taken_at_once_and_each_bad_one_is_named() {
    const BATCH: &str = "/api/v1/sales/batch";
    let app = TestApp::start().await;
    let till = app.signed_in(RoleKey::StoreManager).await;
    let is_bad = |n: usize| n.is_multiple_of(100);
    let tickets: Vec<Value> = (0..1_000)
        .map(|n| ticket(n, if is_bad(n) { "NONE" } else { "P001" }))
        .collect();
    let body = json!({ "sales": tickets }).to_string();
    let (status, told) = ask(&till, "POST", BATCH, &body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&told["recorded"], &told["refused"]),
        (&json!(990), &json!(10))
    );
    let results = told["results"].as_array().unwrap();
    assert_eq!(results.len(), 1_000);
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result["transaction_id"], json!(format!("T{n:04}")));
        let refused = result["outcome"] == "refused";
        assert_eq!(refused, is_bad(n), "{result}");
        assert_eq!(refused, !result["faults"].as_array().unwrap().is_empty());
    }
    // The answer was lost: the same again changes nothing.
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let before = walk(&analyst, "/api/v1/sales", "", 200, nothing).await;
    let (_, again) = ask(&till, "POST", BATCH, &body).await;
    assert_eq!(
        (
            &again["recorded"],
            &again["already_recorded"],
            &again["refused"]
        ),
        (&json!(0), &json!(990), &json!(10))
    );
    let after = walk(&analyst, "/api/v1/sales", "", 150, nothing).await;
    assert_eq!(before, after);
    assert_eq!(after.iter().collect::<BTreeSet<_>>().len(), 990);
    let one_more: Vec<Value> = (0..1_001).map(|n| ticket(n, "P001")).collect();
    let (status, _) = ask(
        &till,
        "POST",
        BATCH,
        &json!({ "sales": one_more }).to_string(),
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    // One ticket by itself, of another product.
    let (status, told) = ask(
        &till,
        "POST",
        "/api/v1/sales",
        &ticket(5_000, "P002").to_string(),
    )
    .await;
    assert_eq!(
        (status, &told["recorded"]),
        (StatusCode::OK, &json!(1)),
        "{told}"
    );
    let wanted = format!("product_id={}", app.org.products[1]);
    let found = walk(&analyst, "/api/v1/sales", &wanted, 10, nothing).await;
    assert_eq!(found.len(), 1);
    let (status, sale) = ask(&analyst, "GET", &format!("/api/v1/sales/{}", found[0]), "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(sale["transaction_id"], "T5000");
    assert_eq!(sale["lines"][0]["total_minor"], 200);
    let other = format!("store_id={}", app.org.stores[1]);
    assert!(
        walk(&analyst, "/api/v1/sales", &other, 10, nothing)
            .await
            .is_empty()
    );
    assert!(
        walk(&analyst, "/api/v1/sales", "from=2026-03-10", 10, nothing)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_there() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let spec = OrgSpec {
        slug: "otro".into(),
        ..OrgSpec::default()
    };
    let other = org_with(&app.db, spec).await;
    let (store, product) = (other.stores[0], other.products[0]);
    for path in [
        format!("/api/v1/stores/{store}"),
        format!("/api/v1/products/{product}"),
        format!("/api/v1/products/{product}/stores"),
        format!("/api/v1/products/{store}"),
        "/api/v1/products/none".to_owned(),
        "/api/v1/nights/none".to_owned(),
    ] {
        let (status, _) = ask(&admin, "GET", &path, "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, asked) in [
        ("/api/v1/movements", format!("store_id={store}")),
        ("/api/v1/counts", format!("store_id={store}")),
        (
            "/api/v1/historical-predictions",
            format!("store_id={store}"),
        ),
        ("/api/v1/alerts", format!("store_id={store}")),
    ] {
        // Whoever sees every store sees nothing of one that is somebody else's.
        let (status, found) = ask(&admin, "GET", path, &asked).await;
        assert!(
            status == StatusCode::NOT_FOUND || found["items"] == json!([]),
            "{path}: {found}"
        );
    }
    let command = json!({
        "command_id": Uuid::now_v7(), "version": 1, "values": bread("X", &category(&admin).await),
    });
    let path = format!("/api/v1/products/{product}");
    let (status, _) = ask(&admin, "PUT", &path, &command.to_string()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let command = json!({ "command_id": Uuid::now_v7(), "stores": [store] });
    let path = format!("/api/v1/products/{}/stores", app.org.products[0]);
    let (status, _) = ask(&admin, "PUT", &path, &command.to_string()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_nights_alerts_and_the_audit_log_are_read() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    assert_eq!(walk(&admin, "/api/v1/users", "", 3, nothing).await.len(), 4);
    let start = json!({ "command_id": Uuid::now_v7() }).to_string();
    let (status, night) = ask(&admin, "POST", "/api/v1/nights", &start).await;
    assert_eq!(status, StatusCode::OK, "{night}");
    let (_, listed) = ask(&admin, "GET", "/api/v1/nights", "limit=1").await;
    assert_eq!(listed["items"][0]["id"], night["id"]);
    let path = format!("/api/v1/nights/{}/steps", night["id"].as_str().unwrap());
    assert_eq!(ask(&admin, "GET", &path, "").await.0, StatusCode::OK);
    let (status, alerts) = ask(&admin, "GET", "/api/v1/alerts", "status=open").await;
    assert_eq!((status, &alerts["next"]), (StatusCode::OK, &Value::Null));

    let wanted = format!("subject_id={}", night["id"].as_str().unwrap());
    let (_, log) = ask(&admin, "GET", "/api/v1/audit-entries", &wanted).await;
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    assert_eq!(log["items"][0]["action"], "jobs.enqueue");
    let (_, log) = ask(&admin, "GET", "/api/v1/audit-entries", "action=nobody.did").await;
    assert_eq!(log["items"], json!([]));
    let (_, first) = ask(&admin, "GET", "/api/v1/audit-entries", "limit=1").await;
    let asked = format!("limit=1&after={}", first["next"].as_str().unwrap());
    let (_, second) = ask(&admin, "GET", "/api/v1/audit-entries", &asked).await;
    let sequence = |page: &Value| page["items"][0]["sequence"].as_i64().unwrap();
    assert_eq!(sequence(&second), sequence(&first) - 1);
}
