//! What every answer carries against being framed, sniffed or made to run foreign scripts.

use crate::app::{TestApp, Visitor};
use domain::RoleKey;
use leptos_axum::generate_route_list;
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeSet;

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The part of an answer's policy with this name.
fn directive(answer: &Response, name: &str) -> String {
    header(answer, "content-security-policy")
        .split(';')
        .map(str::trim)
        .find(|part| part.split(' ').next() == Some(name))
        .unwrap_or_default()
        .to_owned()
}

/// The word under which scripts of this page may run.
fn nonce(answer: &Response) -> Option<String> {
    let scripts = directive(answer, "script-src");
    let (_, rest) = scripts.split_once("'nonce-")?;
    Some(rest.split('\'').next().unwrap().to_owned())
}

#[tokio::test]
async fn answers_of_every_kind_are_hardened() {
    let app = TestApp::start().await;
    let person = app.signed_in(RoleKey::Production).await;
    let stranger = app.stranger();
    let modified = header(&stranger.get("/pkg/hornada.css").await, "last-modified").to_owned();
    let ask = async |who: &Visitor, method: Method, path: &str, name: &'static str, value: &str| {
        let request = who.request(method, path).header(name, value.to_owned());
        request.send().await.unwrap()
    };
    let html = "text/html";
    let answers = [
        (
            200,
            ask(&stranger, Method::GET, "/login", "accept", html).await,
        ),
        (
            302,
            ask(&stranger, Method::GET, "/orders", "accept", html).await,
        ),
        (
            200,
            ask(&person, Method::GET, "/kitchen", "accept", html).await,
        ),
        (
            403,
            ask(&person, Method::GET, "/admin/users", "accept", html).await,
        ),
        (
            404,
            ask(&person, Method::GET, "/nowhere", "accept", html).await,
        ),
        (
            401,
            ask(&stranger, Method::GET, "/api/current_user", "accept", "*/*").await,
        ),
        (
            404,
            ask(&stranger, Method::GET, "/api/v1/nowhere", "accept", "*/*").await,
        ),
        (
            403,
            ask(
                &person,
                Method::POST,
                "/logout",
                "origin",
                "https://evil.example",
            )
            .await,
        ),
        (
            200,
            ask(&stranger, Method::GET, "/pkg/hornada.css", "accept", "*/*").await,
        ),
        (
            304,
            ask(
                &stranger,
                Method::GET,
                "/pkg/hornada.css",
                "if-modified-since",
                &modified,
            )
            .await,
        ),
        (
            200,
            ask(&stranger, Method::GET, "/api/v1/health", "accept", "*/*").await,
        ),
        (
            200,
            ask(
                &person,
                Method::GET,
                "/api/v1/live?topics=orders",
                "accept",
                "*/*",
            )
            .await,
        ),
        (
            403,
            ask(
                &person,
                Method::GET,
                "/api/v1/imports/template.csv",
                "accept",
                "*/*",
            )
            .await,
        ),
    ];
    for (status, answer) in answers {
        let what = format!("{status} {}", answer.url());
        assert_eq!(answer.status().as_u16(), status, "{what}");
        assert_eq!(
            directive(&answer, "default-src"),
            "default-src 'none'",
            "{what}"
        );
        assert_eq!(
            directive(&answer, "frame-ancestors"),
            "frame-ancestors 'none'",
            "{what}"
        );
        assert_eq!(directive(&answer, "base-uri"), "base-uri 'none'", "{what}");
        assert_eq!(
            directive(&answer, "style-src"),
            "style-src 'self'",
            "{what}"
        );
        assert!(
            !directive(&answer, "script-src").contains("unsafe-inline"),
            "{what}"
        );
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("x-permitted-cross-domain-policies", "none"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{what}: {name}");
        }
        for name in ["permissions-policy", "x-request-id"] {
            assert_ne!(header(&answer, name), "", "{what}: {name}");
        }
        for name in ["server", "x-powered-by"] {
            assert_eq!(header(&answer, name), "", "{what}: {name}");
        }
    }
}

/// The tags of a page that begin so.
fn tags<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    html.match_indices(start)
        .map(|(at, _)| html[at..].split('>').next().unwrap())
        .collect()
}

#[tokio::test]
async fn every_page_runs_only_scripts_that_its_own_answer_vouches_for() {
    let app = TestApp::start().await;
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for role in RoleKey::ALL.iter().copied() {
        let person = app.signed_in(role).await;
        for route in generate_route_list(::app::App) {
            let path = filled(route.path());
            let answer = person.page(&path).await;
            if answer.status().is_redirection() {
                continue;
            }
            let Some(nonce) = nonce(&answer) else {
                wrong.push(format!("{path}: no nonce"));
                continue;
            };
            if nonce.len() < 22 || !seen.insert(nonce.clone()) {
                wrong.push(format!("{path}: {nonce} is short or was used before"));
            }
            let html = answer.text().await.unwrap();
            let scripts = tags(&html, "<script");
            if !scripts.iter().any(|tag| tag.contains("type=\"module\"")) {
                wrong.push(format!("{path}: the program is not started"));
            }
            let vouched = format!("nonce=\"{nonce}\"");
            for tag in scripts {
                if !tag.contains(&vouched) && !tag.contains("type=\"text/plain\"") {
                    wrong.push(format!("{path}: {tag}"));
                }
            }
            if !tags(&html, "<style").is_empty() || html.contains("javascript:") {
                wrong.push(format!("{path}: styles or scripts in the page"));
            }
            for handler in [
                " onclick=",
                " onload=",
                " onerror=",
                " onsubmit=",
                " onchange=",
            ] {
                if html.contains(handler) {
                    wrong.push(format!("{path}: {handler}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A page's address with something in every place that takes an id.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with(['{', ':']) {
            "0198c000-0000-7000-8000-000000000009"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn the_door_works_without_any_script() {
    let app = TestApp::start().await;
    let door = app.stranger().page("/login").await;
    assert_eq!(door.status(), StatusCode::OK);
    assert_eq!(directive(&door, "form-action"), "form-action 'self'");
    let html = door.text().await.unwrap();
    let form = tags(&html, "<form");
    assert!(
        form.iter().any(|tag| tag.contains("action=\"/login\"")
            && tag.to_lowercase().contains("method=\"post\"")),
        "{form:?}"
    );
}
