//! Attacks on the second step: half a sign-in, a code that was used, a session from before, a role that asks for a factor.

use crate::app::{TestApp, Visitor, location, session_cookie};
use crate::coverage::table::FUNCTIONS;
use chrono::TimeDelta;
use contract::factors::{BeginFactor, Enrolment, ProveFactor, RecoveryCodes};
use contract::roles::RequireFactor;
use domain::{Permission, RoleKey};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use server::api::{Access, endpoints};
use testkit::{PASSWORD, on_both};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

fn app_of(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

/// What the app shows so many seconds after the tests' moment.
fn code(app: &Totp, seconds: i64) -> String {
    let at = u64::try_from(testkit::now().timestamp() + seconds).unwrap();
    app.generate(at).to_string()
}

/// Gives a person a second factor through the use cases, at the tests' moment.
async fn enrolled(app: &TestApp, role: RoleKey) -> (Totp, Vec<String>) {
    let ctx = app.org.ctx(role).await;
    let factors = app.db.services().factors();
    let begun = factors.enrol(&ctx, BeginFactor::default()).await.unwrap();
    let phone = app_of(&begun.secret);
    let code = code(&phone, 0);
    let told = factors.confirm(&ctx, ProveFactor { code }).await.unwrap();
    (phone, told.codes)
}

async fn answer(visitor: &Visitor, code: &str, next: &str) -> Response {
    let request = visitor.request(Method::POST, "/login/code");
    request
        .form(&[("code", code), ("next", next)])
        .send()
        .await
        .unwrap()
}

/// The value of the session's cookie.
fn token(response: &Response) -> String {
    let cookie = session_cookie(response).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn require(app: &TestApp, role: RoleKey) {
    let admin = app.org.ctx(RoleKey::Admin).await;
    let roles = app.db.services().roles();
    let all = roles.list(&admin).await.unwrap();
    let role_id = all.iter().find(|r| r.key == Some(role)).unwrap().id;
    let command = RequireFactor {
        command_id: Uuid::now_v7(),
        role_id,
        required: true,
    };
    roles.require_factor(&admin, command).await.unwrap();
}

/// An address with an id in every place that takes one.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with('{') {
            "0198c000-0000-7000-8000-000000000009"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What each server function and each REST operation that is not public answers.
async fn walk(visitor: &Visitor) -> Vec<(String, StatusCode)> {
    let mut answers = Vec::new();
    let known = |path: &str| FUNCTIONS.iter().find(|f| f.path == path);
    for (path, method) in server_fn_paths() {
        let arguments = known(path).map_or("", |f| f.arguments);
        let answer = visitor.call(method.as_str(), path, arguments).await;
        answers.push((path.to_owned(), answer.status()));
    }
    for operation in endpoints() {
        if operation.access == Access::Public {
            continue;
        }
        let path = filled(operation.path);
        let answer = visitor.call(operation.method.as_str(), &path, "").await;
        answers.push((format!("{operation:?}"), answer.status()));
    }
    assert!(answers.len() > 100, "{}", answers.len());
    answers
}

#[tokio::test]
async fn the_second_step_lets_in_under_a_session_id_that_nobody_knew() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let (phone, _) = enrolled(&app, RoleKey::Analyst).await;
        app.advance(TimeDelta::seconds(60));
        let visitor = app.stranger();
        let email = app.org.email(RoleKey::Analyst);
        let first = visitor.sign_in_to(&email, PASSWORD, "/stock?a=b").await;
        assert_eq!(first.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&first), "/login/code?next=/stock%3Fa%3Db");
        let half = token(&first);
        assert!(!visitor.is_known().await);
        assert_eq!(visitor.page("/login/code").await.status(), StatusCode::OK);

        let wrong = answer(&visitor, "000000", "/stock?a=b").await;
        assert_eq!(
            location(&wrong),
            "/login/code?error=code&next=/stock%3Fa%3Db"
        );
        let right = answer(&visitor, &code(&phone, 60), "/stock?a=b").await;
        assert_eq!(location(&right), "/stock?a=b");
        let whole = token(&right);
        assert_ne!(half, whole);
        assert!(visitor.is_known().await);
        // The half is gone: it lets in nobody a second time, not even with a fresh code.
        let thief = app.stranger();
        let later = code(&phone, 90);
        app.advance(TimeDelta::seconds(30));
        let replayed = thief
            .request(Method::POST, "/login/code")
            .header("cookie", &half)
            .form(&[("code", later.as_str())])
            .send()
            .await
            .unwrap();
        assert_eq!(location(&replayed), "/login?error=ended");
    })
    .await;
}

#[tokio::test]
async fn half_a_sign_in_reaches_nothing() {
    let app = TestApp::start().await;
    enrolled(&app, RoleKey::Admin).await;
    let visitor = app.stranger();
    let first = visitor
        .sign_in(&app.org.email(RoleKey::Admin), PASSWORD)
        .await;
    assert_eq!(location(&first), "/login/code");
    let reached: Vec<_> = walk(&visitor)
        .await
        .into_iter()
        .filter(|(_, status)| *status != StatusCode::UNAUTHORIZED)
        .collect();
    assert!(reached.is_empty(), "{reached:?}");
    for page in ["/", "/today", "/admin/users", "/account/security", "/roles"] {
        let shown = visitor.page(page).await;
        assert_eq!(shown.status(), StatusCode::FOUND, "{page}");
        assert!(location(&shown).starts_with("/login"), "{page}");
    }
    // Nobody who did not begin can answer.
    let nobody = answer(&app.stranger(), "000000", "").await;
    assert_eq!(location(&nobody), "/login?error=ended");
}

#[tokio::test]
async fn a_code_that_was_used_and_one_of_another_person_are_refused() {
    let app = TestApp::start().await;
    let (phone, told) = enrolled(&app, RoleKey::Analyst).await;
    let (theirs, _) = enrolled(&app, RoleKey::Admin).await;
    app.advance(TimeDelta::seconds(60));
    let email = app.org.email(RoleKey::Analyst);
    let used = code(&phone, 60);
    let first = app.stranger();
    first.sign_in(&email, PASSWORD).await;
    assert_eq!(location(&answer(&first, &used, "").await), "/");
    let thief = app.stranger();
    thief.sign_in(&email, PASSWORD).await;
    for spent in [used.as_str(), &code(&phone, 30), &code(&theirs, 60)] {
        let refused = answer(&thief, spent, "").await;
        assert_eq!(location(&refused), "/login/code?error=code", "{spent}");
    }
    assert!(!thief.is_known().await);
    assert_eq!(location(&answer(&thief, &told[3], "").await), "/");
    let again = app.stranger();
    again.sign_in(&email, PASSWORD).await;
    let spent = answer(&again, &told[3], "").await;
    assert_eq!(location(&spent), "/login/code?error=code");
}

#[tokio::test]
async fn of_many_guesses_few_are_looked_at_and_time_ends_the_half() {
    let app = TestApp::start().await;
    let (phone, _) = enrolled(&app, RoleKey::Analyst).await;
    let email = app.org.email(RoleKey::Analyst);
    let visitor = app.stranger();
    visitor.sign_in(&email, PASSWORD).await;
    let wrong = if code(&phone, 0) == "123123" {
        "123124"
    } else {
        "123123"
    };
    let mut ends = Vec::new();
    for _ in 0..50 {
        let refused = answer(&visitor, wrong, "").await;
        ends.push(location(&refused).to_owned());
        app.advance(TimeDelta::seconds(1));
    }
    let looked_at = ends.iter().filter(|e| e.ends_with("error=code")).count();
    assert!(looked_at <= 7, "{looked_at}: {ends:?}");
    assert!(ends.iter().any(|e| e.ends_with("error=locked")));
    app.advance(TimeDelta::minutes(10));
    let late = answer(&visitor, wrong, "").await;
    assert_eq!(location(&late), "/login?error=ended");
}

#[tokio::test]
async fn who_must_enrol_can_do_that_and_nothing_else() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    require(&app, RoleKey::Analyst).await;
    let open = [
        "/api/read_security",
        "/api/begin_factor",
        "/api/confirm_factor",
        "/api/begin_passkey",
        "/api/add_passkey",
    ];
    let reached: Vec<_> = walk(&visitor)
        .await
        .into_iter()
        .filter(|(path, status)| *status != StatusCode::FORBIDDEN && !open.contains(&path.as_str()))
        .collect();
    assert!(reached.is_empty(), "{reached:?}");
    let away = visitor.page("/stock").await;
    assert_eq!(
        (away.status(), location(&away)),
        (StatusCode::FOUND, "/account/security")
    );
    assert_eq!(
        visitor.page("/account/security").await.status(),
        StatusCode::OK
    );
    // A token that the person fetched before is worth nothing either, and none is given.
    let body = json!({ "email": app.org.email(RoleKey::Analyst), "password": PASSWORD });
    let request = app.stranger().request(Method::POST, "/api/v1/auth/token");
    let refused = request.json(&body).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told: Value = refused.json().await.unwrap();
    assert_eq!(told["reason"], "factor.required");

    // In the same session, and from then on everything.
    let begun = visitor
        .call("POST", "/api/begin_factor", r#"{"command":{"code":null}}"#)
        .await;
    assert_eq!(begun.status(), StatusCode::OK);
    let begun: Enrolment = contract::wire::from_bytes(&begun.bytes().await.unwrap()).unwrap();
    let code = code(&app_of(&begun.secret), 0);
    let arguments = json!({ "command": { "code": code } }).to_string();
    let told = visitor
        .call("POST", "/api/confirm_factor", &arguments)
        .await;
    assert_eq!(told.status(), StatusCode::OK);
    let told: RecoveryCodes = contract::wire::from_bytes(&told.bytes().await.unwrap()).unwrap();
    assert_eq!(told.codes.len(), 10);
    assert_eq!(visitor.page("/stock").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn tokens_need_the_code_too() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let (phone, _) = enrolled(&app, RoleKey::Analyst).await;
        app.advance(TimeDelta::seconds(60));
        let ask = async |more: Value| {
            let mut body =
                json!({ "email": app.org.email(RoleKey::Analyst), "password": PASSWORD });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            let request = app.stranger().request(Method::POST, "/api/v1/auth/token");
            let response = request.json(&body).send().await.unwrap();
            let status = response.status();
            (status, response.json::<Value>().await.unwrap())
        };
        let (status, told) = ask(json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told["reason"], "factor.needed");
        // Without the password nothing is said of a factor.
        let (status, told) = ask(json!({ "password": "not the password" })).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_ne!(told["reason"], "factor.needed");
        let (status, _) = ask(json!({ "code": "000000" })).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let right = code(&phone, 60);
        let (status, token) = ask(json!({ "code": right })).await;
        assert_eq!(status, StatusCode::OK);
        let models = app
            .stranger()
            .request(Method::GET, "/api/v1/models")
            .bearer_auth(token["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        assert_eq!(models.status(), StatusCode::OK);
        let (status, _) = ask(json!({ "code": right })).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "replayed");
    })
    .await;
}

#[tokio::test]
async fn a_role_is_kept_over_rest_with_its_version() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let body = json!({
        "command_id": Uuid::now_v7(), "name": "Turno de noche", "permissions": [Permission::OrdersRead],
    });
    let made = admin.call("POST", "/api/v1/roles", &body.to_string()).await;
    assert_eq!(made.status(), StatusCode::OK);
    let made: Value = made.json().await.unwrap();
    let path = format!("/api/v1/roles/{}", made["id"].as_str().unwrap());
    let change = |tag: &'static str, permissions: Value| {
        let body =
            json!({ "command_id": Uuid::now_v7(), "name": "Noche", "permissions": permissions });
        let request = admin.request(Method::PUT, &path).header("if-match", tag);
        request.json(&body).send()
    };
    let changed = change("\"v1\"", json!(["orders.read", "orders.start"]))
        .await
        .unwrap();
    assert_eq!(changed.headers()["etag"], "\"v2\"");
    let stale = change("\"v1\"", json!(["orders.read"])).await.unwrap();
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let gone = admin.request(Method::DELETE, &format!("{path}?version=2"));
    assert_eq!(gone.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(admin.get(&path).await.status(), StatusCode::NOT_FOUND);
}
