//! Coming in, staying, and leaving.

use crate::app::{TestApp, location, session_cookie};
use chrono::TimeDelta;
use contract::session::CurrentUser;
use contract::users::{ResetPassword, SetUserActive};
use domain::{Permission, RoleKey};
use reqwest::StatusCode;
use testkit::{PASSWORD, on_both};
use uuid::Uuid;

#[tokio::test]
async fn a_person_signs_in_and_the_server_knows_who_they_are() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::StoreManager).await;
        let response = visitor.call("GET", "/api/current_user", "").await;
        assert_eq!(response.status(), StatusCode::OK);
        let user: CurrentUser =
            contract::wire::from_bytes(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(user.user_id, app.org.user(RoleKey::StoreManager));
        assert_eq!(user.today, testkit::today());
        assert_eq!(user.stores.len(), 1, "only the own store");
        assert!(user.may(Permission::StockCount) && !user.may(Permission::UsersRead));
    })
    .await;
}

#[tokio::test]
async fn the_cookie_is_hardened_and_the_database_holds_only_its_digest() {
    let app = TestApp::start().await;
    let response = app
        .stranger()
        .sign_in(&app.org.email(RoleKey::Admin), PASSWORD)
        .await;
    let cookie = session_cookie(&response).unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain http in this test");
    let token = cookie
        .trim_start_matches("hornada_session=")
        .split(';')
        .next()
        .unwrap();
    assert!(token.len() >= 22, "128 random bits");
    let sessions = app.db.services().sessions();
    assert!(
        sessions
            .find(token, testkit::now())
            .await
            .unwrap()
            .is_some()
    );
    let file = std::fs::read(app.db.url().trim_start_matches("sqlite://")).unwrap();
    let log = std::fs::read(format!(
        "{}-wal",
        app.db.url().trim_start_matches("sqlite://")
    ))
    .unwrap_or_default();
    for bytes in [file, log] {
        assert!(
            !bytes.windows(token.len()).any(|w| w == token.as_bytes()),
            "the token stands in the database"
        );
    }

    let secure = TestApp::start_with(testkit::TestDb::sqlite().await, |o| {
        o.secure_cookie = Some(true)
    })
    .await;
    let response = secure
        .stranger()
        .sign_in(&secure.org.email(RoleKey::Admin), PASSWORD)
        .await;
    assert!(session_cookie(&response).unwrap().contains("Secure"));
}

#[tokio::test]
async fn a_session_id_from_before_the_sign_in_is_worth_nothing_after_it() {
    let app = TestApp::start().await;
    let email = app.org.email(RoleKey::Admin);
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let response = app
        .stranger()
        .request(reqwest::Method::POST, "/login")
        .header("cookie", format!("hornada_session={planted}"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let first = session_cookie(&response).unwrap();
    assert!(
        !first.contains(planted),
        "an id of the browser's choice was taken over"
    );
    assert!(
        app.db
            .services()
            .sessions()
            .find(planted, testkit::now())
            .await
            .unwrap()
            .is_none()
    );

    // Signing in again within a session ends the old one, too.
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let old = visitor.clone();
    let before = app.db.services();
    let response = visitor.sign_in(&email, PASSWORD).await;
    let second = session_cookie(&response).unwrap();
    assert_ne!(first, second);
    let token = second
        .trim_start_matches("hornada_session=")
        .split(';')
        .next()
        .unwrap();
    let kept = before
        .sessions()
        .find(token, testkit::now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.user_id, Some(app.org.user(RoleKey::Admin)));
    assert!(old.is_known().await, "one cookie jar, the new session");
}

#[tokio::test]
async fn a_refused_sign_in_says_why_and_keeps_where_one_was_going() {
    let app = TestApp::start().await;
    let visitor = app.stranger();
    let email = app.org.email(RoleKey::Production);
    let wrong = visitor
        .sign_in_to(&email, "not the password", "/orders?status=pending")
        .await;
    assert_eq!(wrong.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        location(&wrong),
        "/login?error=credentials&next=/orders%3Fstatus%3Dpending"
    );
    assert!(session_cookie(&wrong).is_none());
    let unknown = visitor
        .sign_in_to("nobody@horno.example", PASSWORD, "/orders?status=pending")
        .await;
    assert_eq!(
        location(&unknown),
        location(&wrong),
        "nothing tells whether there is such an account"
    );
    assert_eq!(
        unknown.headers().keys().collect::<Vec<_>>(),
        wrong.headers().keys().collect::<Vec<_>>()
    );
    let broken = visitor
        .request(reqwest::Method::POST, "/login")
        .form(&[("email", "x")])
        .send()
        .await
        .unwrap();
    assert_eq!(location(&broken), "/login?error=other");
}

#[tokio::test]
async fn an_unknown_address_costs_the_same_work_as_a_wrong_password() {
    let app = TestApp::start().await;
    let computed = || app.db.services().passwords().computed();
    for email in [
        "nobody@horno.example".to_owned(),
        app.org.email(RoleKey::Production),
    ] {
        let before = computed();
        app.stranger().sign_in(&email, "not the password").await;
        assert_eq!(computed() - before, 1, "{email}");
    }
}

#[tokio::test]
async fn repeated_failures_pause_the_account_for_a_growing_time() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let email = app.org.email(RoleKey::Production);
        let visitor = app.stranger();
        for _ in 0..5 {
            assert_eq!(
                location(&visitor.sign_in(&email, "wrong wrong wrong").await),
                "/login?error=credentials"
            );
        }
        assert_eq!(
            location(&visitor.sign_in(&email, PASSWORD).await),
            "/login?error=locked"
        );
        assert_eq!(
            location(
                &app.stranger()
                    .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
                    .await
            ),
            "/",
            "others are free"
        );
        app.advance(TimeDelta::seconds(31));
        assert_eq!(
            location(&visitor.sign_in(&email, "wrong wrong wrong").await),
            "/login?error=credentials"
        );
        app.advance(TimeDelta::seconds(31));
        assert_eq!(
            location(&visitor.sign_in(&email, PASSWORD).await),
            "/login?error=locked",
            "a minute now"
        );
        app.advance(TimeDelta::seconds(31));
        assert_eq!(location(&visitor.sign_in(&email, PASSWORD).await), "/");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let app = TestApp::start().await;
    let email = app.org.email(RoleKey::Analyst);
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/login?next=//evil.example",
    ] {
        let response = app.stranger().sign_in_to(&email, PASSWORD, foreign).await;
        assert_eq!(location(&response), "/", "{foreign}");
    }
    let response = app
        .stranger()
        .sign_in_to(&email, PASSWORD, "/forecast?store=1")
        .await;
    assert_eq!(location(&response), "/forecast?store=1");
}

#[tokio::test]
async fn a_stranger_is_led_to_the_door_and_back() {
    let app = TestApp::start().await;
    let visitor = app.stranger();
    let response = visitor.page("/orders?status=pending").await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(
        location(&response),
        "/login?next=/orders%3Fstatus%3Dpending"
    );
    let door = visitor.page(location(&response)).await;
    assert_eq!(door.status(), StatusCode::OK);
    let html = door.text().await.unwrap();
    assert!(
        html.contains("action=\"/login\"") && html.contains("/orders?status=pending"),
        "{html}"
    );
    visitor
        .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
        .await;
    let response = visitor.page("/login?next=/forecast").await;
    assert_eq!(
        (response.status(), location(&response)),
        (StatusCode::SEE_OTHER, "/forecast")
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.stranger();
        let response = visitor
            .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
            .await;
        let cookie = session_cookie(&response).unwrap();
        let cookie = cookie.split(';').next().unwrap();
        let response = visitor.sign_out().await;
        assert_eq!(
            (response.status(), location(&response)),
            (StatusCode::SEE_OTHER, "/login?signed_out=1")
        );
        assert!(!visitor.is_known().await);
        let thief = app
            .stranger()
            .request(reqwest::Method::GET, "/api/current_user")
            .header("cookie", cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(
            thief.status(),
            StatusCode::UNAUTHORIZED,
            "the old cookie is worth nothing"
        );
        assert_eq!(
            visitor.sign_out().await.status(),
            StatusCode::SEE_OTHER,
            "leaving twice is fine"
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_idling_lives_on_with_use_and_ends_in_any_case() {
    let app = TestApp::start_with(testkit::TestDb::sqlite().await, |o| {
        o.session_idle_minutes = Some(60);
        o.session_hours = Some(3);
    })
    .await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    for _ in 0..3 {
        app.advance(TimeDelta::minutes(50));
        assert!(visitor.is_known().await, "use keeps it alive");
    }
    app.advance(TimeDelta::minutes(31));
    assert!(!visitor.is_known().await, "three hours are over");

    let visitor = app.signed_in(RoleKey::Analyst).await;
    app.advance(TimeDelta::minutes(61));
    let response = visitor.page("/orders").await;
    assert_eq!(location(&response), "/login?error=ended&next=/orders");
}

#[tokio::test]
async fn closing_an_account_or_changing_its_password_ends_its_sessions_at_once() {
    let app = TestApp::start().await;
    let admin = app.org.ctx(RoleKey::Admin).await;
    let analyst = app.signed_in(RoleKey::Analyst).await;
    let command = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        active: false,
    };
    app.db
        .services()
        .users()
        .set_active(&admin, command)
        .await
        .unwrap();
    assert!(!analyst.is_known().await);
    assert_eq!(
        location(
            &analyst
                .sign_in(&app.org.email(RoleKey::Analyst), PASSWORD)
                .await
        ),
        "/login?error=credentials"
    );

    let manager = app.signed_in(RoleKey::StoreManager).await;
    let command = ResetPassword {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::StoreManager),
        password: "otra palabra larga".into(),
    };
    app.db
        .services()
        .users()
        .reset_password(&admin, command)
        .await
        .unwrap();
    assert!(!manager.is_known().await);
}

#[tokio::test]
async fn requests_from_other_sites_change_nothing() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Admin).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let response = visitor
            .request(reqwest::Method::POST, "/logout")
            .header(name, value)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(visitor.is_known().await, "{name}: {value}");
    }
    let own = format!("http://{}", app.address);
    let response = visitor
        .request(reqwest::Method::POST, "/logout")
        .header("origin", own)
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}
