//! What attackers try: guessing, planted sessions, requests from other sites, repeated ones, and what is hidden in addresses
//! and headers.

use crate::app::{TestApp, location, session_cookie};
use chrono::TimeDelta;
use contract::AppError;
use contract::users::SetUserActive;
use domain::RoleKey;
use leptos::server_fn::axum::server_fn_paths;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use server::api::endpoints;
use services::identity::{SignIn, SignedIn};
use services::{Arrival, ServiceError, ServiceResult, Services};
use testkit::{OrgSpec, PASSWORD, TestDb, on_both, org_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

/// How often somebody guesses, once a second.
const GUESSES: i64 = 10_000;

/// An attempt to sign in, so many seconds after the tests' moment.
async fn attempt(
    services: &Services,
    second: i64,
    source: &str,
    email: &str,
    password: &str,
) -> ServiceResult<SignedIn> {
    let arrival = Arrival {
        now: testkit::now() + TimeDelta::seconds(second),
        request_id: format!("guess-{second}"),
        source: source.to_owned(),
    };
    let asked = SignIn {
        email: email.to_owned(),
        password: password.to_owned(),
    };
    services.identity().sign_in(&arrival, asked).await
}

fn refused(answer: &ServiceResult<SignedIn>) -> bool {
    matches!(
        answer,
        Err(ServiceError::Unauthenticated | ServiceError::TooManyRequests(_))
    )
}

#[tokio::test]
async fn of_ten_thousand_guesses_at_an_account_two_dozen_are_looked_at() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let services = db.services();
        let (known, unknown) = (org.email(RoleKey::Admin), "nobody@horno.example".to_owned());
        let mut looked_at = Vec::new();
        for email in [&known, &unknown] {
            let before = services.passwords().computed();
            for second in 0..GUESSES {
                // From another address each time, as a botnet would.
                let source = format!("10.7.{}.{}", second / 250, second % 250);
                let answer =
                    attempt(services, second, &source, email, &format!("guess {second}")).await;
                assert!(refused(&answer), "{second}: {answer:?}");
            }
            looked_at.push(services.passwords().computed() - before);
        }
        assert!((6..=30).contains(&looked_at[0]), "{looked_at:?}");
        assert_eq!(
            looked_at[0], looked_at[1],
            "an account that does not exist pauses like one that does"
        );
        // The longest pause later its owner comes in.
        let later = GUESSES + 901;
        let answer = attempt(services, later, "10.8.0.1", &known, PASSWORD).await;
        assert!(answer.is_ok(), "{answer:?}");
    })
    .await;
}

#[tokio::test]
async fn of_ten_thousand_guesses_from_an_address_a_few_dozen_are_looked_at() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let services = db.services();
        let before = services.passwords().computed();
        for second in 0..GUESSES {
            let email = format!("person{second}@horno.example");
            let answer = attempt(services, second, "10.9.0.1", &email, "the same one").await;
            assert!(refused(&answer), "{second}: {answer:?}");
        }
        let looked_at = services.passwords().computed() - before;
        assert!((25..=60).contains(&looked_at), "{looked_at}");
        let email = org.email(RoleKey::Analyst);
        let elsewhere = attempt(services, GUESSES, "10.9.0.2", &email, PASSWORD).await;
        assert!(elsewhere.is_ok(), "others are free: {elsewhere:?}");
        let later = attempt(services, GUESSES + 901, "10.9.0.1", &email, PASSWORD).await;
        assert!(later.is_ok(), "the pause ends: {later:?}");
    })
    .await;
}

#[tokio::test]
async fn nothing_tells_a_missing_account_from_a_closed_one_or_a_wrong_password() {
    let app = TestApp::start().await;
    let admin = app.org.ctx(RoleKey::Admin).await;
    let command = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        active: false,
    };
    let services = app.db.services();
    services.users().set_active(&admin, command).await.unwrap();
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@horno.example".to_owned(), PASSWORD),
        (app.org.email(RoleKey::Analyst), PASSWORD),
        (app.org.email(RoleKey::Production), "not the password"),
    ] {
        let before = services.passwords().computed();
        let answer = app.stranger().sign_in(&email, password).await;
        let work = services.passwords().computed() - before;
        let names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        answers.push((work, answer.status(), location(&answer).to_owned(), names));
    }
    assert_eq!(answers[0].0, 1, "one hash is computed");
    assert_eq!(answers[0].2, "/login?error=credentials");
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

/// The value of the session cookie that an answer sets, as a browser sends it back.
fn cookie_of(answer: &Response) -> String {
    let cookie = session_cookie(answer).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn status_with(app: &TestApp, cookie: &str) -> StatusCode {
    let request = app
        .stranger()
        .request(Method::GET, "/api/current_user")
        .header("cookie", cookie);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_session_that_somebody_planted_is_not_the_one_that_signs_in() {
    let app = TestApp::start().await;
    let thief = app
        .stranger()
        .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
        .await;
    let planted = cookie_of(&thief);
    assert_eq!(status_with(&app, &planted).await, StatusCode::OK);
    let email = app.org.email(RoleKey::Admin);
    let victim = app
        .stranger()
        .request(Method::POST, "/login")
        .header("cookie", &planted)
        .form(&[("email", email.as_str()), ("password", PASSWORD)])
        .send()
        .await
        .unwrap();
    let fresh = cookie_of(&victim);
    assert_ne!(fresh, planted);
    assert_eq!(status_with(&app, &fresh).await, StatusCode::OK);
    assert_eq!(
        status_with(&app, &planted).await,
        StatusCode::UNAUTHORIZED,
        "who planted it holds the victim's session"
    );
}

#[tokio::test]
async fn over_tls_the_cookie_belongs_to_this_host_alone() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.public_origin = Some("https://hornada.example".to_owned());
    })
    .await;
    let answer = app
        .stranger()
        .sign_in(&app.org.email(RoleKey::Admin), PASSWORD)
        .await;
    let cookie = session_cookie(&answer).unwrap();
    assert!(cookie.starts_with("__Host-hornada_session="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let transport = answer.headers()["strict-transport-security"].to_str();
    assert!(transport.unwrap().starts_with("max-age=31536000"));
}

/// An address of a list, with an id in every place that takes one.
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

#[tokio::test]
async fn nothing_that_can_be_changed_can_be_changed_from_another_site() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let mut all: Vec<(Method, String)> = server_fn_paths()
        .map(|(path, method)| (method, path.to_owned()))
        .chain(
            endpoints()
                .iter()
                .map(|e| (e.method.clone(), filled(e.path))),
        )
        .filter(|(method, _)| *method != Method::GET)
        .collect();
    assert!(all.len() > 50, "the lists are there");
    all.push((Method::POST, "/login".to_owned()));
    all.push((Method::POST, "/logout".to_owned()));
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        all.push((method, "/login".to_owned()));
    }
    let mut wrong = Vec::new();
    // What gives and ends tokens knows nobody by their cookie: what it needs stands in the body, and no other site has that.
    let all = all
        .iter()
        .filter(|(_, path)| !path.starts_with("/api/v1/auth/"));
    for (method, path) in all {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let answer = admin
                .request(method.clone(), path)
                .header(name, value)
                .header("content-type", "text/plain")
                .body("{}")
                .send()
                .await
                .unwrap();
            let status = answer.status();
            let said: Option<AppError> = answer.json().await.ok();
            let ours = said.is_some_and(|e| e.message.contains("another site"));
            if status != StatusCode::FORBIDDEN || !ours {
                wrong.push(format!("{method} {path} with {name}: {value} got {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(admin.is_known().await);
}

#[tokio::test]
async fn a_command_sent_again_by_anybody_acts_once() {
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
        let analyst = app.signed_in(RoleKey::Analyst).await;
        let (store, product) = (app.org.stores[0], app.org.products[0]);
        let command = json!({
            "command_id": Uuid::now_v7(), "store_id": store, "product_id": product,
            "change": 20, "reason": "correction",
        })
        .to_string();
        let path = "/api/v1/stock/adjust";
        let first = analyst.call("POST", path, &command).await;
        assert_eq!(first.status(), StatusCode::OK);
        let first = first.text().await.unwrap();
        let second = analyst.call("POST", path, &command).await;
        assert_eq!(second.text().await.unwrap(), first, "the same answer");
        let colleague = app.signed_in(RoleKey::Production).await;
        let status = colleague.call("POST", path, &command).await.status();
        assert_eq!(status, StatusCode::FORBIDDEN);
        let foreign = app.stranger();
        foreign
            .sign_in(&other.email(RoleKey::Analyst), PASSWORD)
            .await;
        let status = foreign.call("POST", path, &command).await.status();
        assert_eq!(status, StatusCode::NOT_FOUND);
        let levels: Value = analyst
            .call("GET", "/api/v1/stock", &format!("store_id={store}"))
            .await
            .json()
            .await
            .unwrap();
        let on_hand = levels["levels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|level| level["product_id"] == json!(product))
            .map(|level| level["on_hand"].clone());
        assert_eq!(on_hand, Some(json!(20)));
    })
    .await;
}

#[tokio::test]
async fn a_captured_form_sent_again_has_one_effect() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let form = |command: Uuid| {
        format!(
            "command[command_id]={command}&command[email]=nueva%40horno.example\
             &command[display_name]=Nueva&command[roles][0]=analyst&command[all_stores]=false\
             &command[stores][0]={}&command[password]=pan+de+masa+madre",
            app.org.stores[0]
        )
    };
    let captured = form(Uuid::now_v7());
    let first = admin.call("POST", "/api/create_user", &captured).await;
    assert_eq!(first.status(), StatusCode::OK);
    let first = first.bytes().await.unwrap();
    let second = admin.call("POST", "/api/create_user", &captured).await;
    assert_eq!(second.status(), StatusCode::OK);
    assert_eq!(second.bytes().await.unwrap(), first, "the same person");
    let anew = admin
        .call("POST", "/api/create_user", &form(Uuid::now_v7()))
        .await;
    assert!(anew.status().is_client_error(), "{}", anew.status());
    // After signing out the same form with the same cookie is nobody's.
    let cookie = cookie_of(
        &app.stranger()
            .sign_in(&app.org.email(RoleKey::Admin), PASSWORD)
            .await,
    );
    let send = |path: &'static str, body: String| {
        app.stranger()
            .request(Method::POST, path)
            .header("cookie", cookie.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    let left = send("/logout", String::new()).await.unwrap();
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    let late = send("/api/create_user", form(Uuid::now_v7()))
        .await
        .unwrap();
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nothing_in_an_address_becomes_a_header_or_leads_away() {
    let app = TestApp::start().await;
    let email = app.org.email(RoleKey::Analyst);
    let hidden = "/orders\r\nset-cookie: planted=1";
    let answer = app.stranger().sign_in_to(&email, PASSWORD, hidden).await;
    assert_eq!(location(&answer), "/");
    assert!(
        !answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .any(|c| c.to_str().unwrap_or_default().contains("planted"))
    );
    let visitor = app.signed_in(RoleKey::Analyst).await;
    for next in [
        "/orders%0d%0aset-cookie:%20planted=1",
        "//evil.example",
        "%2f%2fevil.example",
        "/%5cevil.example",
        "https:evil.example",
    ] {
        let answer = visitor.page(&format!("/login?next={next}")).await;
        assert_eq!(location(&answer), "/", "{next}");
        assert!(!answer.headers().contains_key("set-cookie"), "{next}");
    }
    // The answer to a form without scripts leads back to the form's page, if that is one of ours.
    let back = async |referer: String| {
        let request = visitor
            .request(Method::GET, "/api/current_user")
            .header("accept", "text/html")
            .header("referer", referer);
        location(&request.send().await.unwrap()).to_owned()
    };
    assert_eq!(back("https://evil.example/".to_owned()).await, "/");
    let own = format!("http://{}/orders", app.address);
    // With an empty query, which is the same page.
    assert_eq!(back(own.clone()).await.trim_end_matches('?'), own);
}

/// Sends a request exactly as written and reads until the other side closes.
async fn raw(app: &TestApp, text: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_host_that_a_caller_names_is_repeated_nowhere() {
    let app = TestApp::start().await;
    let door = raw(
        &app,
        "GET /login HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\n\
         accept: text/html\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(door.starts_with("HTTP/1.1 200"), "{door}");
    assert!(!door.contains("evil.example"), "{door}");
    let away = raw(
        &app,
        "GET /orders HTTP/1.1\r\nhost: evil.example\r\naccept: text/html\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(away.contains("location: /login?next=/orders\r\n"), "{away}");
    assert!(!away.contains("evil.example"), "{away}");
}

#[tokio::test]
async fn a_header_does_not_make_another_method_of_a_request() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Admin).await;
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        visitor
            .request(Method::GET, "/logout?_method=POST")
            .header(name, "POST")
            .send()
            .await
            .unwrap();
        assert!(visitor.is_known().await, "{name}");
    }
    let echo = raw(
        &app,
        "TRACE / HTTP/1.1\r\nhost: x\r\nx-secret: the secret\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(!echo.contains("the secret"), "{echo}");
}

#[tokio::test]
async fn no_address_leads_out_of_the_folder_of_files() {
    let app = TestApp::start().await;
    let folder = app.db.services().data_dir().to_owned();
    std::fs::write(folder.join("secret.txt"), "the secret").unwrap();
    assert!(
        folder.join("site/../secret.txt").exists(),
        "beside the site"
    );
    for path in [
        "/../secret.txt",
        "/pkg/../../secret.txt",
        "/pkg//../..//secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/pkg/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/pkg/..%00/../../secret.txt",
        "//secret.txt",
        "/./.././secret.txt",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = raw(&app, &request).await;
        assert!(!answer.contains("the secret"), "{path}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 5"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let app = TestApp::start().await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let large = format!(r#"{{"command":"{}"}}"#, "a".repeat(3 << 20));
    for path in ["/api/adjust_stock", "/api/v1/stock/adjust"] {
        let request = analyst
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(large.clone());
        // Who is cut off while still sending may see a broken connection instead of the answer.
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            assert!(status.is_client_error(), "{path}: {status}");
        }
    }
    let head = format!(
        "GET /login HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(400_000)
    );
    let answer = raw(&app, &head).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    assert!(analyst.is_known().await, "the server goes on");
}
