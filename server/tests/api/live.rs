//! Server-sent events: only what one may hear, from where one stopped.

use crate::app::{TestApp, Visitor};
use contract::users::SetUserActive;
use domain::RoleKey;
use reqwest::StatusCode;
use std::time::Duration;
use testkit::on_both;
use uuid::Uuid;

/// Reads a stream until `enough` says so.
async fn read_until(mut response: reqwest::Response, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let reading = async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            if enough(&text) {
                return;
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), reading).await;
    assert!(in_time.is_ok(), "the stream only said: {text}");
    text
}

async fn toggle(app: &TestApp, active: bool) {
    let admin = app.org.ctx(RoleKey::Admin).await;
    let command = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Production),
        active,
    };
    app.db
        .services()
        .users()
        .set_active(&admin, command)
        .await
        .unwrap();
}

async fn opened(visitor: &Visitor, path: &str) -> reqwest::Response {
    let response = visitor.get(path).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

#[tokio::test]
async fn a_change_reaches_an_open_page_and_a_broken_stream_resumes_where_it_stopped() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::Admin).await;
        let mut stream = opened(&visitor, "/api/v1/live?topics=users,alerts").await;
        let hello = stream.chunk().await.unwrap().unwrap();
        let hello = String::from_utf8_lossy(&hello);
        assert!(hello.contains(": live"), "{hello}");
        toggle(&app, false).await;
        let text = read_until(stream, |t| t.contains("users.set_active")).await;
        let last = |text: &str| {
            text.lines()
                .rev()
                .find_map(|l| l.strip_prefix("id: ").map(str::to_owned))
                .unwrap()
        };
        let id = last(&text);
        assert!(text.contains("event: users"));

        toggle(&app, true).await;
        let request = visitor
            .request(reqwest::Method::GET, "/api/v1/live?topics=users")
            .header("last-event-id", &id);
        let text = read_until(request.send().await.unwrap(), |t| {
            t.contains("users.set_active")
        })
        .await;
        assert!(last(&text) > id, "only what came after");
        let again = opened(
            &visitor,
            &format!("/api/v1/live?topics=users&last_event_id={id}"),
        )
        .await;
        assert_eq!(
            last(&read_until(again, |t| t.contains("users.set_active")).await),
            last(&text)
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_hears_of_what_they_may_not_see() {
    let app = TestApp::start().await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    assert_eq!(
        kitchen.get("/api/v1/live?topics=users").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        kitchen.get("/api/v1/live?topics=everything").await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        kitchen.get("/api/v1/live").await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.stranger()
            .get("/api/v1/live?topics=orders")
            .await
            .status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        kitchen
            .get("/api/v1/live?topics=users,orders")
            .await
            .status(),
        StatusCode::OK,
        "what may be heard is heard"
    );

    // An event of users happened; somebody who asks for everything since the beginning and may not see it gets nothing.
    toggle(&app, false).await;
    toggle(&app, true).await;
    let kitchen = app.signed_in(RoleKey::Production).await;
    let stream = opened(&kitchen, "/api/v1/live?topics=users,orders&last_event_id=0").await;
    let stop = app.stop();
    let (stopped, text) = tokio::join!(stop, stream.text());
    stopped.unwrap();
    assert!(!text.unwrap().contains("users"));
}
