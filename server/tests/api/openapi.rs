//! The description of the API: it speaks of every endpoint, holds together, and what is answered is as it says.

use crate::app::{TestApp, Visitor};
use crate::coverage::table::REST;
use domain::RoleKey;
use jsonschema::Validator;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use server::api::Access::{Needs, Public};
use server::api::about::{Gives, Takes};
use server::api::openapi::{PATH, describe};
use server::api::{Endpoint, endpoints};
use std::collections::BTreeSet;
use testkit::{TestDb, on_both, today};
use uuid::Uuid;

/// The id that the table of endpoints uses for things that are not there.
const NOTHING: &str = "0198c000-0000-7000-8000-000000000009";

/// The description, and questions to it.
struct Book(Value);

impl Book {
    fn open() -> Self {
        Self(describe(&endpoints()).document)
    }

    fn operation(&self, endpoint: &Endpoint) -> &Value {
        let method = endpoint.method.as_str().to_lowercase();
        let operation = &self.0["paths"][endpoint.path][&method];
        assert!(operation.is_object(), "{endpoint:?} is not described");
        operation
    }

    /// A schema with all that it refers to.
    fn validator(&self, schema: &Value) -> Validator {
        let whole = json!({ "allOf": [schema], "components": self.0["components"] });
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap()
    }

    fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let validator = self.validator(schema);
        validator
            .iter_errors(value)
            .map(|error| error.to_string())
            .collect()
    }

    /// What a reference leads to, or the value itself.
    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self
                .0
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{reference} leads nowhere")),
            None => value,
        }
    }

    /// Status, media type and body of an answer must be among those that are described. Returns what was answered.
    async fn compare(&self, endpoint: &Endpoint, response: Response) -> (StatusCode, Value) {
        let status = response.status();
        let told = &self.operation(endpoint)["responses"][status.as_str()];
        assert!(told.is_object(), "{endpoint:?}: {status} is not described");
        let told = self.follow(told);
        let media = response
            .headers()
            .get("content-type")
            .map(|media| media.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        let text = response.text().await.unwrap();
        let schema = &told["content"][media]["schema"];
        assert!(
            schema.is_object(),
            "{endpoint:?}: {status} is answered as {media:?}, described is {told}"
        );
        if !media.ends_with("json") {
            return (status, Value::String(text));
        }
        let value: Value = serde_json::from_str(&text).unwrap();
        let faults = self.faults(schema, &value);
        assert!(
            faults.is_empty(),
            "{endpoint:?}: {status}\n{value:#}\n{}",
            faults.join("\n")
        );
        (status, value)
    }
}

fn endpoint_of(method: &str, path: &str) -> Endpoint {
    endpoints()
        .into_iter()
        .find(|endpoint| endpoint.method.as_str() == method && endpoint.path == path)
        .unwrap_or_else(|| panic!("{method} {path} is no endpoint"))
}

/// Every value below this one, itself included, with what to call it.
fn walk<'a>(at: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(format!("{at}/{name}"), member, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(format!("{at}/{index}"), item, found);
            }
        }
        _ => {}
    }
    found.push((at, value));
}

#[test]
fn every_endpoint_says_what_it_does_and_takes_and_gives() {
    let book = Book::open();
    let mut wrong = Vec::new();
    for endpoint in endpoints() {
        let operation = book.operation(&endpoint);
        if endpoint.about.summary.is_empty() {
            wrong.push(format!("{endpoint:?} has no summary"));
        }
        let reads = endpoint.method == "GET";
        let body = &operation["requestBody"]["content"];
        match endpoint.about.takes {
            Takes::Unsaid if !reads && endpoint.method != "DELETE" => {
                wrong.push(format!("{endpoint:?} does not say what it takes"));
            }
            Takes::Json(_) if !body["application/json"]["schema"].is_object() => {
                wrong.push(format!("{endpoint:?} has no schema for its body"));
            }
            Takes::Json(_) | Takes::Form(_) if reads => {
                wrong.push(format!("{endpoint:?} takes a body though it reads"));
            }
            _ => {}
        }
        if matches!(endpoint.about.gives, Gives::Unsaid) {
            wrong.push(format!("{endpoint:?} does not say what it gives"));
        }
        let is_open = operation["security"] == json!([]);
        if is_open != (endpoint.access == Public) {
            wrong.push(format!("{endpoint:?} does not say who may call it"));
        }
        if let Needs(permission) = endpoint.access
            && operation["x-permission"] != json!(permission)
        {
            wrong.push(format!("{endpoint:?} does not name its permission"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_description_holds_together() {
    let described = describe(&endpoints());
    assert!(described.clashes.is_empty(), "{:?}", described.clashes);
    let book = Book(described.document);
    let document = &book.0;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut found = Vec::new();
    walk("#".to_owned(), document, &mut found);
    for (at, value) in &found {
        if let Some(reference) = value["$ref"].as_str() {
            let target = document.pointer(reference.trim_start_matches('#'));
            assert!(target.is_some(), "{at}: {reference} leads nowhere");
        }
        assert!(
            !value
                .as_str()
                .is_some_and(|text| text.contains("[`") || text.contains("crate::")),
            "{at}: {value} names places in the source"
        );
    }
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let parts: BTreeSet<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} stands twice");
            let parameters = operation["parameters"].as_array();
            let parameters: Vec<&Value> = parameters.into_iter().flatten().collect();
            let of_path: BTreeSet<&str> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(of_path, parts, "{method} {path}");
            for parameter in &parameters {
                book.validator(&parameter["schema"]);
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(!responses.is_empty(), "{method} {path}");
            for (status, response) in responses {
                let response = book.follow(response);
                assert!(status.parse::<u16>().is_ok(), "{method} {path} {status}");
                assert!(
                    response["description"].is_string(),
                    "{method} {path} {status}"
                );
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(
            jsonschema::meta::is_valid(schema),
            "{name} is no schema: {schema:#}"
        );
        book.validator(schema);
    }
}

#[test]
fn the_calls_of_the_access_test_are_as_described() {
    let book = Book::open();
    for (method, path, arguments) in REST {
        let endpoint = endpoint_of(method, path);
        let operation = book.operation(&endpoint);
        if arguments.starts_with('{') {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let told = |value: &Value| book.faults(schema, value);
            let body: Value = serde_json::from_str(arguments).unwrap();
            // An empty list of tickets is what that one is refused for.
            if !path.starts_with("/api/v1/sales") {
                assert_eq!(told(&body), [""; 0], "{endpoint:?}");
            }
            assert!(
                !told(&json!({})).is_empty(),
                "{endpoint:?} would take nothing"
            );
        } else {
            for pair in arguments.split('&').filter(|pair| !pair.is_empty()) {
                let (name, _) = pair.split_once('=').unwrap();
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters.iter().any(|parameter| parameter["name"] == name),
                    "{endpoint:?}: {name} is not described"
                );
            }
        }
    }
}

#[test]
fn numbers_that_nobody_can_mean_do_not_fit_the_description() {
    let book = Book::open();
    let schema = json!({ "$ref": "#/components/schemas/StandingOrderEdit" });
    let edit = |quantity: i64, weekdays: i64| {
        json!({
            "command_id": NOTHING, "version": 1, "weekdays": weekdays, "quantity": quantity, "valid_from": "2026-03-11",
        })
    };
    assert!(book.faults(&schema, &edit(12, 31)).is_empty());
    for absurd in [edit(0, 31), edit(12, 128), edit(10_000_001, 31)] {
        assert!(!book.faults(&schema, &absurd).is_empty(), "{absurd}");
    }
    let unit = json!({ "$ref": "#/components/schemas/Unit" });
    assert!(book.faults(&unit, &json!("gram")).is_empty());
    assert!(!book.faults(&unit, &json!("Gram")).is_empty());
}

/// Whoever holds the right for it.
async fn allowed(app: &TestApp, endpoint: &Endpoint) -> Visitor {
    let role = match endpoint.access {
        Needs(permission) => RoleKey::ALL
            .iter()
            .copied()
            .find(|role| role.permissions().contains(&permission))
            .unwrap(),
        _ => RoleKey::Analyst,
    };
    app.signed_in(role).await
}

#[tokio::test]
async fn what_is_answered_is_as_described() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let book = Book::open();
        let (store, product) = (app.org.stores[0], app.org.products[0]);
        let day = today();
        let made = [
            (
                "/api/v1/orders/many",
                json!({
                    "command_id": Uuid::now_v7(), "product_id": product, "production_date": day,
                    "lines": [{ "store_id": store, "quantity": 12 }],
                }),
            ),
            (
                "/api/v1/standing-orders",
                json!({
                    "command_id": Uuid::now_v7(), "store_id": store, "product_id": product,
                    "weekdays": 31, "quantity": 12, "valid_from": day,
                }),
            ),
            (
                "/api/v1/stock/adjust",
                json!({
                    "command_id": Uuid::now_v7(), "store_id": store, "product_id": product,
                    "change": 24, "reason": "correction",
                }),
            ),
            (
                "/api/v1/sales",
                json!({ "sales": [{
                    "transaction_id": "T-1", "store_code": "S01", "sold_at": format!("{day}T07:30"),
                    "lines": [{ "sku": "P001", "quantity": 1, "unit_price_minor": 200, "total_minor": 200 }],
                }] }),
            ),
        ];
        for (path, body) in made {
            let endpoint = endpoint_of("POST", path);
            let somebody = allowed(&app, &endpoint).await;
            let response = somebody.call("POST", path, &body.to_string()).await;
            let (status, answer) = book.compare(&endpoint, response).await;
            assert_eq!(status, StatusCode::OK, "{path}: {answer:#}");
        }
        let mut good = BTreeSet::new();
        for endpoint in endpoints() {
            // A stream of events has no end to compare.
            if endpoint.method != "GET" || endpoint.path == "/api/v1/live" {
                continue;
            }
            let path = endpoint
                .path
                .replace("{store_id}", &store.to_string())
                .replace("{product_id}", &product.to_string())
                .replace("{id}", NOTHING);
            let arguments = REST
                .iter()
                .find(|(method, path, _)| *method == "GET" && *path == endpoint.path)
                .map_or("", |(_, _, arguments)| arguments)
                .replace(
                    &format!("product_id={NOTHING}"),
                    &format!("product_id={product}"),
                )
                .replace(NOTHING, &store.to_string());
            let somebody = allowed(&app, &endpoint).await;
            let response = somebody.call("GET", &path, &arguments).await;
            let (status, _) = book.compare(&endpoint, response).await;
            if status == StatusCode::OK {
                good.insert(endpoint.path);
            }
            if endpoint.access != Public {
                let refused = app.stranger().call("GET", &path, &arguments).await;
                let (status, problem) = book.compare(&endpoint, refused).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED);
                assert_eq!(problem["status"], 401);
                assert_eq!(problem["code"], "unauthenticated");
            }
        }
        for path in [
            "/api/v1/stock",
            "/api/v1/standing-orders",
            "/api/v1/policies",
            "/api/v1/orders/dispatch",
            "/api/v1/models",
            "/api/v1/policies/{store_id}/{product_id}",
        ] {
            assert!(good.contains(path), "{path} was not answered: {good:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_description_is_told_to_everybody_and_kept_by_its_readers() {
    let app = TestApp::start().await;
    let stranger = app.stranger();
    let first = stranger.get(PATH).await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(first.headers()["content-type"], "application/json");
    assert_eq!(first.headers()["cache-control"], "public, max-age=300");
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let document: Value = first.json().await.unwrap();
    assert_eq!(document, Book::open().0);
    for known in [tag.clone(), format!("\"other\", W/{tag}")] {
        let again = stranger
            .request(reqwest::Method::GET, PATH)
            .header("if-none-match", known)
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
    let changed = stranger
        .request(reqwest::Method::GET, PATH)
        .header("if-none-match", "\"other\"")
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_page_of_the_description_allows_no_script_within_it() {
    let app = TestApp::start().await;
    let page = app.stranger().page("/docs").await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let text = page.text().await.unwrap();
    assert!(text.contains("/docs-ui/start.js"));
    assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("<style"));
    let ends = text.matches("<script src=\"/docs-ui/").count();
    assert_eq!(text.matches("<script").count(), ends);
    // Nobody else's policy is the looser for it.
    let other = app.stranger().page("/login").await;
    assert!(other.headers().contains_key("content-security-policy"));
}

#[tokio::test]
async fn an_operator_may_keep_the_description_to_themselves() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.api_docs = Some(false);
    })
    .await;
    for path in [PATH, "/docs"] {
        let response = app.stranger().get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind == "application/problem+json", path == PATH, "{path}");
    }
}
