//! Passkeys from outside: the door, the second step, answers that come again or from elsewhere, and many who ask.

use crate::app::{TestApp, Visitor, location, session_cookie};
use chrono::TimeDelta;
use contract::factors::{RecoveryCodes, SecurityView};
use contract::passkeys::PasskeyQuestion;
use contract::wire;
use domain::RoleKey;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use testkit::{Authenticator, PASSWORD, on_both};

fn origin(app: &TestApp) -> String {
    format!("http://localhost:{}", app.address.port())
}

/// Adds a key over the server functions; the device, and the recovery codes that are told.
pub(crate) async fn added(app: &TestApp, visitor: &Visitor) -> (Authenticator, Vec<String>) {
    let mut device = Authenticator::at(&origin(app));
    let arguments = json!({ "command": { "proof": PASSWORD } }).to_string();
    let begun = visitor.call("POST", "/api/begin_passkey", &arguments).await;
    assert_eq!(begun.status(), StatusCode::OK);
    let begun: PasskeyQuestion = wire::from_bytes(&begun.bytes().await.unwrap()).unwrap();
    let answer = device.make(&begun.options);
    let arguments = json!({ "command": { "name": "Móvil", "answer": answer } }).to_string();
    let kept = visitor.call("POST", "/api/add_passkey", &arguments).await;
    assert_eq!(kept.status(), StatusCode::OK);
    let told: RecoveryCodes = wire::from_bytes(&kept.bytes().await.unwrap()).unwrap();
    (device, told.codes)
}

async fn ask(visitor: &Visitor, second: bool) -> Response {
    let address = format!("/login/passkey?second={second}");
    visitor
        .request(Method::POST, &address)
        .send()
        .await
        .unwrap()
}

pub(crate) async fn options(visitor: &Visitor, second: bool) -> String {
    let asked = ask(visitor, second).await;
    assert_eq!(asked.status(), StatusCode::OK);
    assert_eq!(asked.headers()["cache-control"], "no-store");
    asked.text().await.unwrap()
}

pub(crate) async fn answer(visitor: &Visitor, answer: &str, second: bool) -> Response {
    let second = second.to_string();
    let form = [
        ("answer", answer),
        ("next", "/stock?a=b"),
        ("second", second.as_str()),
    ];
    let request = visitor.request(Method::POST, "/login/passkey/answer");
    request.form(&form).send().await.unwrap()
}

/// The value of the session's cookie.
fn token(response: &Response) -> String {
    let cookie = session_cookie(response).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_passkey_lets_in_without_a_password_under_a_session_id_that_nobody_knew() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let own = app.signed_in(RoleKey::Analyst).await;
        let (mut device, codes) = added(&app, &own).await;
        assert_eq!(codes.len(), 10);
        let page = own.page("/account/security").await.text().await.unwrap();
        assert!(page.contains(&format!("data-passkeys=\"{}\"", origin(&app))));

        let visitor = app.stranger();
        let asked = ask(&visitor, false).await;
        let before = token(&asked);
        let told = device.prove(&asked.text().await.unwrap());
        let entered = answer(&visitor, &told, false).await;
        assert_eq!(location(&entered), "/stock?a=b");
        assert_ne!(token(&entered), before);
        assert!(visitor.is_known().await);
        // The same answer again, in the session that it came from and in a new one.
        let thief = app.stranger();
        let replay = thief.request(Method::POST, "/login/passkey/answer");
        let form = [("answer", told.as_str())];
        let replay = replay.header("cookie", &before).form(&form).send().await;
        assert_eq!(location(&replay.unwrap()), "/login?error=passkey_over");
        let over = answer(&thief, &told, false).await;
        assert_eq!(
            location(&over),
            "/login?error=passkey_over&next=/stock%3Fa%3Db"
        );
        options(&thief, false).await;
        let refused = answer(&thief, &told, false).await;
        assert_eq!(
            location(&refused),
            "/login?error=passkey&next=/stock%3Fa%3Db"
        );
        assert!(!thief.is_known().await);
        // Signing out ends it as any other.
        own.sign_out().await;
        visitor.sign_out().await;
        assert!(!visitor.is_known().await);
    })
    .await;
}

#[tokio::test]
async fn after_the_password_a_passkey_is_the_second_step() {
    let app = TestApp::start().await;
    let own = app.signed_in(RoleKey::Analyst).await;
    let (mut device, _) = added(&app, &own).await;
    let visitor = app.stranger();
    // Nobody who did not give the password is asked as the second step.
    let nobody = ask(&visitor, true).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
    let ended = answer(&visitor, "{}", true).await;
    assert_eq!(location(&ended), "/login?error=ended&next=/stock%3Fa%3Db");
    let first = visitor
        .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
        .await;
    assert_eq!(location(&first), "/login/code");
    assert!(!visitor.is_known().await);
    let asked = options(&visitor, true).await;
    assert!(!asked.contains("\"allowCredentials\":[]"), "{asked}");
    // The answer to the one question is none to the other.
    let told = device.prove(&asked);
    let other = answer(&visitor, &told, false).await;
    assert_eq!(
        location(&other),
        "/login?error=passkey_over&next=/stock%3Fa%3Db"
    );
    let entered = answer(&visitor, &told, true).await;
    assert_eq!(location(&entered), "/stock?a=b");
    assert!(visitor.is_known().await);
}

#[tokio::test]
async fn a_closed_account_and_a_foreign_page_get_the_same_refusal_as_an_unknown_key() {
    let app = TestApp::start().await;
    let own = app.signed_in(RoleKey::Analyst).await;
    let (mut device, _) = added(&app, &own).await;
    let refusal = "/login?error=passkey&next=/stock%3Fa%3Db";
    let mut lured = device.clone().on("https://evil.example");
    let visitor = app.stranger();
    let told = lured.prove(&options(&visitor, false).await);
    assert_eq!(location(&answer(&visitor, &told, false).await), refusal);
    let mut unknown = Authenticator::at(&origin(&app));
    let theirs = app.signed_in(RoleKey::Production).await;
    let arguments = json!({ "command": { "proof": PASSWORD } }).to_string();
    let begun = theirs.call("POST", "/api/begin_passkey", &arguments).await;
    let begun: PasskeyQuestion = wire::from_bytes(&begun.bytes().await.unwrap()).unwrap();
    unknown.make(&begun.options);
    let told = unknown.prove(&options(&visitor, false).await);
    assert_eq!(location(&answer(&visitor, &told, false).await), refusal);

    let admin = app.org.ctx(RoleKey::Admin).await;
    let command = contract::users::SetUserActive {
        command_id: uuid::Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        active: false,
    };
    let users = app.db.services().users();
    users.set_active(&admin, command).await.unwrap();
    let told = device.prove(&options(&visitor, false).await);
    assert_eq!(location(&answer(&visitor, &told, false).await), refusal);
    // Another site's page cannot even ask.
    let request = visitor.request(Method::POST, "/login/passkey");
    let foreign = request.header("origin", "https://evil.example");
    let foreign = foreign.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(foreign.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn of_many_questions_few_are_put_and_time_ends_each() {
    let app = TestApp::start_with(testkit::TestDb::sqlite().await, |options| {
        options.api_rate_per_minute = Some(5);
    })
    .await;
    let own = app.signed_in(RoleKey::Analyst).await;
    let (mut device, _) = added(&app, &own).await;
    let visitor = app.stranger();
    let told = device.prove(&options(&visitor, false).await);
    app.advance(TimeDelta::minutes(5));
    let late = answer(&visitor, &told, false).await;
    assert_eq!(
        location(&late),
        "/login?error=passkey_over&next=/stock%3Fa%3Db"
    );
    let mut refused = 0;
    for _ in 0..20 {
        let asked = ask(&app.stranger(), false).await;
        refused += usize::from(asked.status() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 10, "{refused}");
    let view = own.call("GET", "/api/read_security", "").await;
    let view: SecurityView = wire::from_bytes(&view.bytes().await.unwrap()).unwrap();
    assert_eq!(view.passkeys.len(), 1);
    assert!(view.passkeys[0].last_used_at.is_none());
}
