//! What every answer carries, files, health, and stopping.

use crate::app::TestApp;
use contract::{AppError, ErrorCode};
use domain::RoleKey;
use reqwest::StatusCode;
use testkit::{TestDb, on_both};

#[tokio::test]
async fn health_and_readiness_are_told_to_everybody() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        for path in ["/api/v1/health", "/api/v1/ready"] {
            let response = app.stranger().get(path).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
        }
        app.db.db().connection().clone().close().await.unwrap();
        assert_eq!(
            app.stranger().get("/api/v1/ready").await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        assert_eq!(
            app.stranger().get("/api/v1/health").await.status(),
            StatusCode::OK,
            "the process lives"
        );
    })
    .await;
}

/// Pages wait for their data side by side: what one of them is done with must not be missing to another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_asked_for_at_the_same_time_are_all_answered() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let people: Vec<_> = (0..16)
        .map(|_| {
            let visitor = visitor.clone();
            tokio::spawn(async move {
                for _ in 0..40 {
                    let response = visitor.page("/alerts").await;
                    assert_eq!(response.status(), StatusCode::OK);
                    assert!(response.text().await.unwrap().contains("<title>"));
                }
            })
        })
        .collect();
    for person in people {
        person.await.unwrap();
    }
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    for path in [
        "/login",
        "/forecast",
        "/nowhere",
        "/pkg/hornada.css",
        "/api/v1/health",
        "/api/current_user",
        "/api/v1/nowhere",
    ] {
        let response = visitor.page(path).await;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map_or("", |v| v.to_str().unwrap())
        };
        assert!(
            header("content-security-policy").contains("default-src 'none'"),
            "{path}"
        );
        assert!(
            header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn answers_say_which_version_and_whose_they_are() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        let site = options.site_root.clone().unwrap();
        std::fs::write(site.join("build.txt"), "b1").unwrap();
    })
    .await;
    let person = app.signed_in(RoleKey::Production).await;
    for path in ["/kitchen", "/api/current_user"] {
        let response = person.page(path).await;
        assert_eq!(response.headers()["x-hornada-build"], "b1", "{path}");
        let id = &response.headers()["x-hornada-person"];
        assert!(id.to_str().unwrap().parse::<uuid::Uuid>().is_ok(), "{path}");
    }
    let door = app.stranger().page("/login").await;
    assert_eq!(door.headers()["x-hornada-build"], "b1");
    assert!(!door.headers().contains_key("x-hornada-person"));
}

#[tokio::test]
async fn what_somebody_did_is_not_taken_in_the_name_of_another() {
    let app = TestApp::start().await;
    let person = app.signed_in(RoleKey::Production).await;
    let page = person.page("/kitchen").await;
    let own = page.headers()["x-hornada-person"].to_str().unwrap();
    let status = async |of: &str| {
        person
            .request(reqwest::Method::GET, "/api/current_user")
            .header("x-hornada-person", of)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_ne!(status(own).await, StatusCode::UNAUTHORIZED);
    for another in [uuid::Uuid::now_v7().to_string().as_str(), "nobody"] {
        assert_eq!(status(another).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_request_keeps_a_sensible_id_and_gets_one_otherwise() {
    let app = TestApp::start().await;
    let id_for = async |given: &str| {
        let request = app
            .stranger()
            .request(reqwest::Method::GET, "/api/current_user")
            .header("x-request-id", given);
        let response = request.send().await.unwrap();
        let id = response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let error: AppError = response.json().await.unwrap();
        assert_eq!(error.request_id, id, "the error names the request");
        id
    };
    assert_eq!(id_for("from-the-proxy-0001").await, "from-the-proxy-0001");
    assert_eq!(id_for("no spaces please").await.len(), 36);
}

#[tokio::test]
async fn files_come_compressed_and_are_asked_for_again_cheaply() {
    let app = TestApp::start().await;
    let visitor = app.stranger();
    let ask = |name: &'static str, value: String| {
        visitor
            .request(reqwest::Method::GET, "/pkg/hornada.css")
            .header(name, value)
            .send()
    };
    let response = ask("accept-encoding", "gzip, br".into()).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "br");
    assert_eq!(response.headers()["content-type"], "text/css");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    let modified = response.headers()["last-modified"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"brotli bytes");
    assert_eq!(
        ask("if-modified-since", modified).await.unwrap().status(),
        StatusCode::NOT_MODIFIED
    );
    let font = visitor.get("/fonts/inter.woff2").await;
    assert_eq!(font.headers()["cache-control"], "public, max-age=2592000");
    let gone = visitor.get("/fonts/gone.woff2").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_ne!(gone.headers()["cache-control"], "public, max-age=2592000");
    assert_eq!(
        visitor.get("/pkg/../hornada.db").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        visitor.get("/pkg/%2e%2e/%2e%2e/hornada.db").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn pages_are_kept_by_no_cache_and_come_compressed() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let request = visitor
        .request(reqwest::Method::GET, "/forecast")
        .header("accept", "text/html")
        .header("accept-encoding", "br");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-encoding"], "br");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so_in_the_readers_own_form() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let page = visitor.page("/nowhere").await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    for asked in [
        visitor.page("/api/v1/nowhere").await,
        visitor.get("/nowhere").await,
        app.stranger().get("/nowhere").await,
    ] {
        assert_eq!(asked.status(), StatusCode::NOT_FOUND);
        let error: AppError = asked.json().await.unwrap();
        assert_eq!(error.code, ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn a_stopping_server_ends_its_live_streams_and_comes_to_an_end() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let stream = visitor.get("/api/v1/live?topics=orders").await;
    assert_eq!(stream.status(), StatusCode::OK);
    app.stop().await.unwrap();
    let text = stream.text().await.unwrap();
    assert!(text.contains(": live"), "{text}");
}
