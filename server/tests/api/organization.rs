//! An organization from outside: how it comes to be, what it owns in a file, how it rests and how it ends.

use crate::app::{TestApp, Visitor, location};
use chrono::TimeDelta;
use contract::organization::{AskDeletion, RequestExport};
use domain::RoleKey;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use server::jobs::model_store::ModelStore;
use server::jobs::{exporting, tenants};
use services::Arrival;
use std::sync::Arc;
use testkit::{PASSWORD, TestDb, now, on_both};
use uuid::Uuid;

const FORM: [(&str, &str); 7] = [
    ("name", "Horno del Puerto"),
    ("currency", "EUR"),
    ("language", "es"),
    ("time_zone", "Europe/Madrid"),
    ("store_name", "Muelle"),
    ("display_name", "Marta"),
    ("store_city", ""),
];

async fn send(visitor: &Visitor, token: &str, password: &str) -> Response {
    let mut form = FORM.to_vec();
    form.extend([("token", token), ("password", password)]);
    let request = visitor.request(Method::POST, "/sign-up").form(&form);
    request.send().await.unwrap()
}

#[tokio::test]
async fn somebody_with_a_link_makes_an_organization_and_is_in() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let door = app.db.services().sign_up();
        let link = door.invite("marta@puerto.example", now()).await.unwrap();
        let visitor = app.stranger();
        let page = visitor
            .page(&format!("/sign-up?token={}", link.token))
            .await;
        assert_eq!(page.status(), StatusCode::OK);
        assert!(page.text().await.unwrap().contains("action=\"/sign-up\""));

        // What was typed comes back, but for the password.
        let answer = send(&visitor, &link.token, "corta").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let back = location(&answer).to_owned();
        assert!(back.contains("error=password.password.too_short"), "{back}");
        assert!(
            back.contains("name=Horno+del+Puerto") && !back.contains("corta"),
            "{back}"
        );
        let text = visitor.page(&back).await.text().await.unwrap();
        assert!(text.contains("Horno del Puerto"), "{text}");

        let answer = send(&visitor, &link.token, "harina de fuerza").await;
        assert_eq!(location(&answer), "/settings?welcome=1");
        assert!(visitor.is_known().await);
        assert_eq!(visitor.page("/settings").await.status(), StatusCode::OK);
        let again = send(&app.stranger(), &link.token, "harina de fuerza").await;
        assert!(location(&again).contains("error=sign_up.link"));
    })
    .await;
}

#[tokio::test]
async fn without_a_link_people_ask_only_where_they_may() {
    let ask = async |app: &TestApp| {
        let form = [("email", "yo@puerto.example")];
        let request = app
            .stranger()
            .request(Method::POST, "/sign-up/ask")
            .form(&form);
        location(&request.send().await.unwrap()).to_owned()
    };
    let closed = TestApp::start().await;
    assert_eq!(
        ask(&closed).await,
        "/sign-up?error=sign_up.closed&email=yo%40puerto.example"
    );
    let text = closed
        .stranger()
        .page("/sign-up")
        .await
        .text()
        .await
        .unwrap();
    assert!(!text.contains("action=\"/sign-up/ask\""));
    let open = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.open_sign_up = Some(true);
    })
    .await;
    assert_eq!(ask(&open).await, "/sign-up?asked=1");
    let text = open.stranger().page("/sign-up").await.text().await.unwrap();
    assert!(text.contains("action=\"/sign-up/ask\""));
    let links = open
        .db
        .services()
        .sign_up()
        .open_links(now())
        .await
        .unwrap();
    assert_eq!(links.len(), 1);
}

fn arrival() -> Arrival {
    Arrival {
        now: now(),
        request_id: "test".to_owned(),
        source: "command_line".to_owned(),
    }
}

#[tokio::test]
async fn a_suspended_organization_is_out_at_once_and_its_keys_are_told_why() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let key = json!({
            "command_id": Uuid::now_v7(), "name": "Caja", "permissions": ["catalog.read"], "all_stores": true,
        });
        let made = admin.call("POST", "/api/v1/api-keys", &key.to_string()).await;
        let made: Value = made.json().await.unwrap();
        let secret = made["secret"].as_str().unwrap().to_owned();
        let with_key = async || {
            let request = app.stranger().request(Method::GET, "/api/v1/stores");
            request.bearer_auth(&secret).send().await.unwrap()
        };
        assert_eq!(with_key().await.status(), StatusCode::OK);
        let organizations = app.db.services().organizations();
        organizations.suspend(&arrival(), app.org.id, "Sin pagar").await.unwrap();
        assert!(!admin.is_known().await);
        // Another process would hear of it after two seconds at most.
        app.advance(TimeDelta::seconds(3));
        let refused = with_key().await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let told: Value = refused.json().await.unwrap();
        assert_eq!(told["reason"], "organization.suspended");
        let door = app.stranger().sign_in(&app.org.email(RoleKey::Admin), PASSWORD).await;
        assert_eq!(location(&door), "/login?error=suspended");
        organizations.resume(&arrival(), app.org.id).await.unwrap();
        app.advance(TimeDelta::seconds(3));
        assert_eq!(with_key().await.status(), StatusCode::OK);
        app.signed_in(RoleKey::Admin).await;
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_owned_is_fetched_in_parts_and_goes_after_a_week() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let ask = json!({ "command_id": Uuid::now_v7() }).to_string();
        let asked = admin
            .call("POST", "/api/v1/organization/exports", &ask)
            .await;
        assert_eq!(asked.status(), StatusCode::OK);
        let asked: Value = asked.json().await.unwrap();
        let path = format!(
            "/api/v1/organization/exports/{}",
            asked["id"].as_str().unwrap()
        );
        // Written here where the server was not faster.
        let clock: server::clock::Clock = Arc::new(now);
        let view = loop {
            exporting::run_waiting(app.db.services(), &clock)
                .await
                .unwrap();
            let view: Value = admin.call("GET", &path, "").await.json().await.unwrap();
            match view["status"].as_str().unwrap() {
                "queued" | "running" => tokio::task::yield_now().await,
                _ => break view,
            }
        };
        assert_eq!(
            (view["status"].as_str(), view["is_there"].as_bool()),
            (Some("succeeded"), Some(true))
        );
        let file = format!("{path}/file");
        let whole = admin.get(&file).await;
        assert_eq!(whole.status(), StatusCode::OK);
        assert_eq!(whole.headers()["content-type"], exporting::MEDIA);
        assert!(!whole.headers().contains_key("content-encoding"));
        let whole = whole.bytes().await.unwrap();
        assert_eq!(view["bytes"].as_u64(), Some(whole.len() as u64));
        let part = admin
            .request(Method::GET, &file)
            .header("range", "bytes=4-9");
        let part = part.send().await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.bytes().await.unwrap(), whole.slice(4..10));
        let plain = zstd::stream::decode_all(&whole[..]).unwrap();
        let mut archive = tar::Archive::new(plain.as_slice());
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        for name in [
            "README.md",
            "manifest.json",
            "tables/organizations.jsonl",
            "tables/users.jsonl",
            "tables/audit_entries.jsonl",
        ] {
            assert!(
                names.iter().any(|found| found == name),
                "{name} in {names:?}"
            );
        }
        let analyst = app.signed_in(RoleKey::Analyst).await;
        assert_eq!(analyst.get(&file).await.status(), StatusCode::FORBIDDEN);
        let week = now() + TimeDelta::days(7);
        assert_eq!(
            tenants::clear_exports(app.db.services(), week)
                .await
                .unwrap(),
            1
        );
        assert_eq!(admin.get(&file).await.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_was_to_be_deleted_is_erased_with_its_files_when_its_time_has_come() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let command = AskDeletion {
            command_id: Uuid::now_v7(),
            name: "Horno de prueba".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let body = serde_json::to_string(&command).unwrap();
        let asked = admin
            .call("POST", "/api/v1/organization/deletion", &body)
            .await;
        assert_eq!(asked.status(), StatusCode::OK);
        let text = admin.page("/settings").await.text().await.unwrap();
        assert!(text.contains("class=\"ending"), "everybody is told");
        let services = app.db.services();
        let models = ModelStore::default();
        let folder = services
            .data_dir()
            .join("models")
            .join(app.org.id.to_string());
        std::fs::create_dir_all(folder.join("left")).unwrap();
        // An export was being written by a process that died.
        let ctx = app.org.ctx(RoleKey::Admin).await;
        let wanted = RequestExport {
            command_id: Uuid::now_v7(),
        };
        let export = services.exports().request(&ctx, &wanted).await.unwrap();
        let exports = services.data_dir().join("exports");
        let draft = exports.join(format!(".{}-1", export.id));
        let file = exports.join(format!("{}-1.tar.zst", export.id));
        std::fs::create_dir_all(draft.join("tables")).unwrap();
        std::fs::write(&file, "everything").unwrap();
        assert_eq!(
            tenants::erase_due(services, &models, now()).await.unwrap(),
            0
        );
        let due = now() + TimeDelta::days(31);
        assert_eq!(tenants::erase_due(services, &models, due).await.unwrap(), 1);
        assert!(!folder.exists());
        assert!(!draft.exists() && !file.exists());
        assert!(
            services
                .organizations()
                .find_by_slug(&app.org.slug)
                .await
                .unwrap()
                .is_none()
        );
        assert!(!admin.is_known().await);
        assert_eq!(tenants::erase_due(services, &models, due).await.unwrap(), 0);
    })
    .await;
}
