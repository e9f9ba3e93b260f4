//! The screens as the server sends them, without a database: documents, languages, doors.
#![cfg(feature = "ssr")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop where its own premises fail"
)]

use app::{App, shell};
use axum::{Router, body::Body, extract::Request};
use chrono::{NaiveDate, TimeZone, Utc};
use contract::session::{CurrentUser, StoreOption};
use domain::{Language, RoleKey};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceExt;
use uuid::Uuid;

/// The routes of the product around the shell, with somebody signed in or nobody.
fn router(user: Option<CurrentUser>) -> Router {
    let options = LeptosOptions::builder()
        .output_name("hornada")
        .site_pkg_dir("pkg")
        .build();
    let shell_options = options.clone();
    let fallback_user = user.clone();
    let signed_in = move || {
        if let Some(user) = user.clone() {
            provide_context(user);
        }
    };
    let fallback_context = move || {
        if let Some(user) = fallback_user.clone() {
            provide_context(user);
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), signed_in, {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<
            LeptosOptions,
            _,
        >(fallback_context, shell))
        .with_state(shell_options)
}

fn person(role: RoleKey, language: Option<Language>) -> CurrentUser {
    let store = |code: &str, name: &str| StoreOption {
        id: Uuid::now_v7(),
        code: code.to_owned(),
        name: name.to_owned(),
        is_kitchen: false,
    };
    CurrentUser {
        user_id: Uuid::now_v7(),
        display_name: "Ana </script> Ruiz".to_owned(),
        email: "ana@example.org".to_owned(),
        roles: vec![role.as_str().to_owned()],
        permissions: role.permissions(),
        organization_id: Uuid::now_v7(),
        organization_name: "Horno del Prado".to_owned(),
        currency: "EUR".to_owned(),
        language,
        time_zone: "Europe/Madrid".to_owned(),
        today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        now: Utc.with_ymd_and_hms(2026, 11, 20, 5, 0, 0).unwrap(),
        erase_after: None,
        stores: vec![store("GV", "Gran Vía"), store("SOL", "Sol")],
        tablet: None,
    }
}

struct Answer {
    status: u16,
    location: Option<String>,
    body: String,
}

async fn get(user: Option<CurrentUser>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path).header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router(user)
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let location = response
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    Answer {
        status,
        location,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn the_door_speaks_the_language_that_the_browser_wishes() {
    let english = get(None, "/login", &[("accept-language", "en-GB,en;q=0.9")]).await;
    assert_eq!(english.status, 200);
    assert!(english.body.contains(r#"<html lang="en""#) && english.body.contains("Good morning"));
    let spanish = get(None, "/login", &[("accept-language", "fr")]).await;
    assert!(spanish.body.contains(r#"<html lang="es""#) && spanish.body.contains("Buenos días"));
}

#[tokio::test]
async fn a_choice_on_the_device_outweighs_the_person_and_the_browser() {
    let cookie = ("cookie", "hornada_language=es; hornada_theme=dark");
    let ana = person(RoleKey::Analyst, Some(Language::En));
    let page = get(
        Some(ana.clone()),
        "/style-guide",
        &[cookie, ("accept-language", "en")],
    )
    .await;
    assert!(page.body.contains(r#"lang="es""#) && page.body.contains(r#"data-theme="dark""#));
    let page = get(Some(ana), "/style-guide", &[("accept-language", "es")]).await;
    assert!(page.body.contains(r#"lang="en""#) && page.body.contains(r#"data-theme="system""#));
}

#[tokio::test]
async fn the_door_says_why_and_where_next() {
    let page = get(
        None,
        "/login?error=locked&next=%2Fstock",
        &[("accept-language", "en")],
    )
    .await;
    assert!(page.body.contains("Too many attempts"));
    assert!(page.body.contains(r#"name="next" value="/stock""#));
    let page = get(None, "/login?next=https%3A%2F%2Fexample.org", &[]).await;
    assert!(!page.body.contains(r#"name="next""#));
}

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let page = get(None, "/no-such-page", &[("accept-language", "en")]).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("No bread here"));
}

#[tokio::test]
async fn home_is_the_first_question_of_the_day() {
    let home = |role| async move { get(Some(person(role, None)), "/", &[]).await.location };
    assert_eq!(home(RoleKey::StoreManager).await.as_deref(), Some("/today"));
    assert_eq!(home(RoleKey::Production).await.as_deref(), Some("/kitchen"));
    assert_eq!(
        get(None, "/", &[]).await.location.as_deref(),
        Some("/login")
    );
}

#[tokio::test]
async fn a_name_cannot_break_out_of_the_document() {
    let page = get(Some(person(RoleKey::Admin, None)), "/style-guide", &[]).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Ana </script>"));
    assert!(page.body.contains("hornada-session"));
}

#[tokio::test]
async fn the_guide_shows_every_piece_in_both_languages() {
    for (language, bake) in [("es", "Hornear 84"), ("en", "Bake 84")] {
        let page = get(None, "/style-guide", &[("accept-language", language)]).await;
        assert_eq!(page.status, 200);
        for piece in [
            bake,
            "class=\"keypad\"",
            "class=\"range-bar\"",
            "class=\"drop-zone\"",
            "class=\"why\"",
            "<dialog",
        ] {
            assert!(page.body.contains(piece), "{piece} in {language}");
        }
    }
}
