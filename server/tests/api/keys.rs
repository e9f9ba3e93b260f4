//! Programs at the door: keys, tokens, how often, from which sites, and what is sent twice.

use crate::app::TestApp;
use chrono::TimeDelta;
use contract::keys::{AccessToken, CreateApiKey, NewApiKey};
use contract::users::{ResetPassword, SetUserActive};
use domain::{Permission, RoleKey};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use testkit::{OrgSpec, PASSWORD, TestDb, on_both, org_with};
use uuid::Uuid;

fn wanted(permissions: &[Permission], stores: &[Uuid]) -> CreateApiKey {
    CreateApiKey {
        command_id: Uuid::now_v7(),
        name: "Caja".into(),
        permissions: permissions.to_vec(),
        all_stores: stores.is_empty(),
        stores: stores.to_vec(),
        expires_at: None,
        rate_per_minute: None,
    }
}

/// Makes a key as the operator does.
async fn made(app: &TestApp, command: CreateApiKey) -> (Uuid, String) {
    let keys = app.db.services().api_keys();
    let made = keys.create(&app.org.system(), command).await.unwrap();
    (made.key.id, made.secret.unwrap())
}

async fn get(app: &TestApp, path: &str, credential: &str) -> Response {
    app.stranger()
        .request(Method::GET, path)
        .bearer_auth(credential)
        .send()
        .await
        .unwrap()
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Response {
    let request = app.stranger().request(Method::POST, path).json(body);
    request.send().await.unwrap()
}

async fn token(app: &TestApp, role: RoleKey) -> AccessToken {
    let body = json!({ "email": app.org.email(role), "password": PASSWORD });
    let response = post(app, "/api/v1/auth/token", &body).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn tickets(number: &str) -> Value {
    json!({ "sales": [{
        "transaction_id": number, "store_code": "S01", "sold_at": "2026-03-09T18:10:00+01:00", "payment_method": "cash",
        "lines": [{ "sku": "P001", "quantity": 2, "unit_price_minor": 200, "total_minor": 400 }],
    }] })
}

#[tokio::test]
async fn a_key_works_within_its_rights_and_stores_and_opens_no_page() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let other = org_with(
            &app.db,
            OrgSpec {
                slug: "otro".into(),
                ..OrgSpec::default()
            },
        )
        .await;
        let (_, key) = made(&app, wanted(&[Permission::StockRead], &app.org.stores[..1])).await;
        let shelves = |store: Uuid| format!("/api/v1/stock?store_id={store}");
        let own = get(&app, &shelves(app.org.stores[0]), &key).await;
        assert_eq!(own.status(), StatusCode::OK);
        assert_eq!(header(&own, "ratelimit-limit"), "100");
        assert_eq!(header(&own, "ratelimit-remaining"), "99");
        for hidden in [app.org.stores[1], other.stores[0]] {
            let response = get(&app, &shelves(hidden), &key).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
        for forbidden in ["/api/v1/models", "/api/v1/api-keys"] {
            let response = get(&app, forbidden, &key).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{forbidden}");
        }
        let function = get(&app, "/api/current_user", &key).await;
        assert_eq!(function.status(), StatusCode::UNAUTHORIZED);
        let page = app
            .stranger()
            .request(Method::GET, "/stock")
            .header("accept", "text/html")
            .bearer_auth(&key)
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), StatusCode::FOUND);
        // Nobody signed in does not get in by writing a key's beginning.
        let guess = format!("{}0", &key[..key.len() - 1]);
        let wrong = if guess == key {
            format!("{key}0")
        } else {
            guess
        };
        let response = get(&app, &shelves(app.org.stores[0]), &wrong).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn administrators_make_rotate_and_end_keys_over_rest() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let command = wanted(&[Permission::StockRead], &[]);
    let body = serde_json::to_string(&command).unwrap();
    let response = admin.call("POST", "/api/v1/api-keys", &body).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let first: NewApiKey = response.json().await.unwrap();
    let secret = first.secret.unwrap();
    assert!(secret.starts_with(&format!("hornada_{}_", first.key.prefix)));
    // The answer was lost: the same key, and no secret.
    let again = admin.call("POST", "/api/v1/api-keys", &body).await;
    let again: NewApiKey = again.json().await.unwrap();
    assert_eq!((again.key.id, again.secret), (first.key.id, None));
    let listed: Value = admin.get("/api/v1/api-keys").await.json().await.unwrap();
    assert_eq!(listed["items"][0]["prefix"], json!(first.key.prefix));
    assert!(!listed.to_string().contains(&secret));

    let path = format!("/api/v1/api-keys/{}", first.key.id);
    let rotation = json!({ "command_id": Uuid::now_v7(), "grace_seconds": 60 }).to_string();
    let response = admin
        .call("POST", &format!("{path}/rotate"), &rotation)
        .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let second: NewApiKey = response.json().await.unwrap();
    let shelves = format!("/api/v1/stock?store_id={}", app.org.stores[0]);
    for key in [&secret, second.secret.as_ref().unwrap()] {
        assert_eq!(get(&app, &shelves, key).await.status(), StatusCode::OK);
    }
    app.advance(TimeDelta::seconds(61));
    let old = get(&app, &shelves, &secret).await;
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED);
    let new = second.secret.unwrap();
    assert_eq!(get(&app, &shelves, &new).await.status(), StatusCode::OK);
    let path = format!("/api/v1/api-keys/{}", second.key.id);
    let ended = admin.call("DELETE", &path, "").await;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        get(&app, &shelves, &new).await.status(),
        StatusCode::UNAUTHORIZED
    );
    // What the caller does not hold cannot be given.
    let command = wanted(&[Permission::SalesRecord], &[]);
    let body = serde_json::to_string(&command).unwrap();
    let refused = admin.call("POST", "/api/v1/api-keys", &body).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_key_that_has_ended_is_refused_with_the_details_of_the_problem() {
    let app = TestApp::start().await;
    let mut command = wanted(&[Permission::StockRead], &[]);
    command.expires_at = Some(testkit::now() + TimeDelta::hours(1));
    let (_, key) = made(&app, command).await;
    let path = format!("/api/v1/stock?store_id={}", app.org.stores[0]);
    assert_eq!(get(&app, &path, &key).await.status(), StatusCode::OK);
    app.advance(TimeDelta::hours(1));
    let response = get(&app, &path, &key).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(header(&response, "www-authenticate").contains("error=\"invalid_token\""));
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    let id = header(&response, "x-request-id").to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["type"], "urn:hornada:problem:unauthenticated");
    assert_eq!(
        (&problem["status"], &problem["code"], &problem["instance"]),
        (
            &json!(401),
            &json!("unauthenticated"),
            &json!("/api/v1/stock")
        )
    );
    assert_eq!(problem["request_id"], json!(id));
    assert_eq!(problem["detail"], problem["message"]);
    // What is not ours to say has the same form.
    let (_, key) = made(&app, wanted(&[Permission::StockRead], &[])).await;
    let deleted = app.stranger().request(Method::DELETE, "/api/v1/stock");
    let response = deleted.bearer_auth(&key).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_its_family() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let path = "/api/v1/models";
        let first = token(&app, RoleKey::Analyst).await;
        assert_eq!(
            get(&app, path, &first.access_token).await.status(),
            StatusCode::OK
        );
        let refresh = async |token: &str| {
            let body = json!({ "refresh_token": token });
            post(&app, "/api/v1/auth/refresh", &body).await
        };
        let second = refresh(&first.refresh_token).await;
        assert_eq!(second.status(), StatusCode::OK);
        let second: AccessToken = second.json().await.unwrap();
        app.advance(TimeDelta::minutes(1));
        assert_eq!(
            get(&app, path, &second.access_token).await.status(),
            StatusCode::OK
        );
        for spent in [&first, &second] {
            let response = refresh(&spent.refresh_token).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        }
        for dead in [&first, &second] {
            let response = get(&app, path, &dead.access_token).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        }
        // By itself an access token ends after 15 minutes.
        let third = token(&app, RoleKey::Analyst).await;
        app.advance(TimeDelta::minutes(15));
        let late = get(&app, path, &third.access_token).await;
        assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
        let renewed = refresh(&third.refresh_token).await;
        assert_eq!(renewed.status(), StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn tokens_end_with_the_person_the_password_and_the_key_behind_them() {
    let app = TestApp::start().await;
    let admin = app.org.ctx(RoleKey::Admin).await;
    let users = app.db.services().users();
    let path = "/api/v1/models";
    let status = async |token: &AccessToken| get(&app, path, &token.access_token).await.status();

    let before = token(&app, RoleKey::Analyst).await;
    let command = ResetPassword {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        password: PASSWORD.into(),
    };
    users.reset_password(&admin, command).await.unwrap();
    assert_eq!(status(&before).await, StatusCode::UNAUTHORIZED);
    let body = json!({ "refresh_token": before.refresh_token });
    let renewed = post(&app, "/api/v1/auth/refresh", &body).await;
    assert_eq!(renewed.status(), StatusCode::UNAUTHORIZED);

    let after = token(&app, RoleKey::Analyst).await;
    assert_eq!(status(&after).await, StatusCode::OK);
    let command = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        active: false,
    };
    users.set_active(&admin, command).await.unwrap();
    assert_eq!(status(&after).await, StatusCode::UNAUTHORIZED);

    let (id, key) = made(&app, wanted(&[Permission::ModelsRead], &[])).await;
    let response = post(&app, "/api/v1/auth/token", &json!({ "api_key": key })).await;
    let of_key: AccessToken = response.json().await.unwrap();
    assert_eq!(status(&of_key).await, StatusCode::OK);
    let keys = app.db.services().api_keys();
    keys.revoke(&app.org.system(), id).await.unwrap();
    assert_eq!(status(&of_key).await, StatusCode::UNAUTHORIZED);

    // Leaving everywhere ends browsers too.
    let browser = app.signed_in(RoleKey::Admin).await;
    let mine = token(&app, RoleKey::Admin).await;
    let body = json!({ "refresh_token": mine.refresh_token, "everywhere": true });
    let left = post(&app, "/api/v1/auth/revoke", &body).await;
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    assert_eq!(status(&mine).await, StatusCode::UNAUTHORIZED);
    assert!(!browser.is_known().await);
}

#[tokio::test]
async fn a_token_that_was_changed_or_signed_by_nobody_is_refused() {
    let app = TestApp::start().await;
    let token = token(&app, RoleKey::Analyst).await.access_token;
    let parts: Vec<&str> = token.split('.').collect();
    // `{"alg":"none","typ":"JWT"}`
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let swapped = format!("{}.{}.{}", parts[0], parts[1], parts[0]);
    for forged in [unsigned.as_str(), swapped.as_str(), "a.b.c", ""] {
        let response = get(&app, "/api/v1/models", forged).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{forged}");
    }
}

#[tokio::test]
async fn an_unknown_address_looks_and_costs_like_a_wrong_password() {
    let app = TestApp::start().await;
    let attempt = async |email: String| {
        let before = app.db.services().passwords().computed();
        let body = json!({ "email": email, "password": "no es esta, seguro" });
        let response = post(&app, "/api/v1/auth/token", &body).await;
        let status = response.status();
        let mut told: Value = response.json().await.unwrap();
        told["request_id"] = Value::Null;
        let work = app.db.services().passwords().computed() - before;
        (status, told, work)
    };
    let known = attempt(app.org.email(RoleKey::Admin)).await;
    let unknown = attempt("nadie@horno.example".into()).await;
    assert_eq!(known.0, StatusCode::UNAUTHORIZED);
    assert_eq!(known, unknown);
    assert_eq!(known.2, 1);
}

#[tokio::test]
async fn a_credential_needs_no_cookie_and_a_cookie_helps_no_credential() {
    let app = TestApp::start().await;
    let (_, key) = made(&app, wanted(&[Permission::SalesRecord], &[])).await;
    let till = app.signed_in(RoleKey::StoreManager).await;
    let send = async |credential: Option<&str>| {
        let mut request = till
            .request(Method::POST, "/api/v1/sales")
            .header("sec-fetch-site", "cross-site")
            .json(&tickets("T1"));
        if let Some(credential) = credential {
            request = request.bearer_auth(credential);
        }
        request.send().await.unwrap().status()
    };
    assert_eq!(
        send(None).await,
        StatusCode::FORBIDDEN,
        "another site's page"
    );
    assert_eq!(send(Some("hornada_no")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send(Some(&key)).await, StatusCode::OK);
}

#[tokio::test]
async fn who_asks_too_often_waits_and_people_in_browsers_do_not() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.api_rate_per_minute = Some(3);
    })
    .await;
    let (_, key) = made(&app, wanted(&[Permission::ModelsRead], &[])).await;
    let path = "/api/v1/models";
    for left in ["2", "1", "0"] {
        let response = get(&app, path, &key).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "ratelimit-remaining"), left);
    }
    let refused = get(&app, path, &key).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    assert_eq!(header(&refused, "ratelimit-remaining"), "0");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too_many_requests");
    // Another key has its own number, and strangers are told apart from programs.
    let mut command = wanted(&[Permission::ModelsRead], &[]);
    command.rate_per_minute = Some(50);
    let (_, fast) = made(&app, command).await;
    assert_eq!(
        header(&get(&app, path, &fast).await, "ratelimit-remaining"),
        "49"
    );
    for expected in [401, 401, 401, 429] {
        let response = get(&app, path, "hornada_no").await;
        assert_eq!(response.status().as_u16(), expected);
    }
    let person = app.signed_in(RoleKey::Analyst).await;
    for _ in 0..8 {
        let response = person.get(path).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "ratelimit-limit"), "");
    }
    for _ in 0..8 {
        let response = app.stranger().get("/api/v1/health").await;
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn pages_of_other_sites_call_only_where_the_operator_says_so() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.cors_origins = Some(vec!["https://till.example".into()]);
    })
    .await;
    let preflight = async |app: &TestApp, origin: &str, path: &str| {
        let request = app
            .stranger()
            .request(Method::OPTIONS, path)
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        request.send().await.unwrap()
    };
    let allowed = preflight(&app, "https://till.example", "/api/v1/sales").await;
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(
        header(&allowed, "access-control-allow-origin"),
        "https://till.example"
    );
    assert!(header(&allowed, "access-control-allow-headers").contains("authorization"));
    assert_eq!(header(&allowed, "access-control-allow-credentials"), "");
    for (origin, path) in [
        ("https://evil.example", "/api/v1/sales"),
        ("https://till.example", "/login"),
        ("https://till.example", "/api/current_user"),
    ] {
        let refused = preflight(&app, origin, path).await;
        assert_eq!(
            header(&refused, "access-control-allow-origin"),
            "",
            "{path}"
        );
    }
    let closed = TestApp::start().await;
    let refused = preflight(&closed, "https://till.example", "/api/v1/sales").await;
    assert_eq!(header(&refused, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn what_is_sent_twice_under_a_key_is_done_once_and_answered_alike() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let (_, key) = made(&app, wanted(&[Permission::SalesRecord], &[])).await;
        let send = async |under: &str, body: &Value| {
            let request = app
                .stranger()
                .request(Method::POST, "/api/v1/sales")
                .bearer_auth(&key)
                .header("idempotency-key", under)
                .json(body);
            let response = request.send().await.unwrap();
            let replayed = header(&response, "idempotency-replayed") == "true";
            (
                response.status(),
                replayed,
                response.json::<Value>().await.unwrap(),
            )
        };
        let first = send("k-1", &tickets("T1")).await;
        assert_eq!((first.0, first.1), (StatusCode::OK, false));
        assert_eq!(first.2["results"][0]["outcome"], "recorded");
        // Without the key it would say that it knows the ticket.
        let again = send("k-1", &tickets("T1")).await;
        assert_eq!((again.0, again.1), (StatusCode::OK, true));
        assert_eq!(again.2, first.2);
        let other = send("k-1", &tickets("T2")).await;
        assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(other.2["reason"], "idempotency.mismatch");
        let fresh = send("k-2", &tickets("T1")).await;
        assert_eq!(fresh.2["results"][0]["outcome"], "already_recorded");
        app.advance(TimeDelta::hours(25));
        let late = send("k-1", &tickets("T1")).await;
        assert_eq!((late.0, late.1), (StatusCode::OK, false));
    })
    .await;
}

#[tokio::test]
async fn what_is_answered_again_keeps_its_form_and_tells_no_secret() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let send = async |under: &str, body: &Value| {
        let request = admin
            .request(Method::POST, "/api/v1/api-keys")
            .header("idempotency-key", under)
            .json(body);
        request.send().await.unwrap()
    };
    // By position: nothing sees that it is a command.
    let body = json!([Uuid::now_v7(), "Caja", ["stock.read"], true, [], null, null]);
    let first = send("k-1", &body).await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let first: NewApiKey = first.json().await.unwrap();
    assert!(first.secret.is_some());
    let again = send("k-1", &body).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["reason"], "idempotency.not_kept");

    let wrong = json!({ "name": "Caja" });
    for is_replayed in ["", "true"] {
        let refused = send("k-2", &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(header(&refused, "idempotency-replayed"), is_replayed);
        assert_eq!(header(&refused, "content-type"), "application/problem+json");
        let id = header(&refused, "x-request-id").to_owned();
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["request_id"], json!(id));
    }
}
