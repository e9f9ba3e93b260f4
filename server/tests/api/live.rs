//! Server-sent events: only what one may hear, from where one stopped.

use crate::app::{TestApp, Visitor};
use chrono::TimeDelta;
use contract::users::SetUserActive;
use domain::RoleKey;
use entity::live_event;
use reqwest::StatusCode;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait,
};
use std::time::Duration;
use testkit::{TestDb, on_both};
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

/// Numbers of the messages of a type, as they came.
fn numbers(text: &str, kind: &str) -> Vec<i64> {
    let kind = format!("event: {kind}");
    let messages = text.split("\n\n");
    messages
        .filter(|message| message.lines().any(|line| line == kind))
        .filter_map(|message| message.lines().find_map(|l| l.strip_prefix("id: ")))
        .map(|id| id.parse().unwrap())
        .collect()
}

/// A message has come as a whole.
fn told(text: &str, kind: &str) -> bool {
    text.rsplit_once("\n\n")
        .is_some_and(|(whole, _)| !numbers(whole, kind).is_empty())
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
        let text = read_until(stream, |t| told(t, "users")).await;
        let last = |text: &str| numbers(text, "users").pop().unwrap();
        let id = last(&text);
        assert!(text.contains("event: users"));

        toggle(&app, true).await;
        let request = visitor
            .request(reqwest::Method::GET, "/api/v1/live?topics=users")
            .header("last-event-id", id.to_string());
        let text = read_until(request.send().await.unwrap(), |t| told(t, "hello")).await;
        assert!(last(&text) > id, "only what came after");
        let again = opened(
            &visitor,
            &format!("/api/v1/live?topics=users&last_event_id={id}"),
        )
        .await;
        assert_eq!(
            last(&read_until(again, |t| told(t, "hello")).await),
            last(&text)
        );
    })
    .await;
}

#[tokio::test]
async fn a_page_that_heard_nothing_yet_misses_nothing_after_a_break() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::Admin).await;
        toggle(&app, false).await;
        let stream = opened(&visitor, "/api/v1/live?topics=users").await;
        let text = read_until(stream, |t| told(t, "hello")).await;
        // What was before the page came is no news.
        let (before, _) = text.split_once("event: hello").unwrap();
        assert_eq!(numbers(before, "users"), [0_i64; 0]);
        let reached = numbers(&text, "hello");
        assert_eq!(reached.len(), 1);
        toggle(&app, true).await;
        let path = format!("/api/v1/live?topics=users&last_event_id={}", reached[0]);
        let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
        let missed = numbers(&text, "users");
        assert!(missed.iter().any(|id| *id > reached[0]), "{text}");
        assert!(numbers(&text, "hello").last() >= missed.last(), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_page_hears_of_what_happened_between_its_drawing_and_its_stream() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::Admin).await;
        // The fan-out looks at the events now and then; a page knows a number as soon as it has.
        let drawn = async || {
            let page = visitor.get("/stock").await.text().await.unwrap();
            let (_, rest) = page.split_once("data-live=\"")?;
            rest.split_once('"')?.0.parse::<i64>().ok()
        };
        toggle(&app, false).await;
        let mut at = None;
        for _ in 0..100 {
            at = drawn().await;
            if at.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let at = at.unwrap();
        toggle(&app, true).await;
        let path = format!("/api/v1/live?topics=users&drawn_at_id={at}");
        let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
        assert!(numbers(&text, "users").iter().any(|id| *id > at), "{text}");
        let stranger = app.stranger().get("/login").await.text().await.unwrap();
        assert!(!stranger.contains("data-live"));
    })
    .await;
}

/// PostgreSQL hands a number out when a row is written and shows the row when its transaction ends.
#[tokio::test]
async fn what_was_committed_late_under_a_lower_number_is_told_all_the_same() {
    let Some(db) = TestDb::postgres().await else {
        println!("skipped: HORNADA_TEST_POSTGRES names no server");
        return;
    };
    let app = TestApp::start_on(db).await;
    let visitor = app.signed_in(RoleKey::Admin).await;
    let slow = app.db.db().begin().await.unwrap();
    let subject = Uuid::now_v7();
    let event = |subject: Uuid| live_event::ActiveModel {
        id: NotSet,
        organization_id: Set(app.org.id),
        store_id: Set(None),
        topic: Set("users".to_owned()),
        subject_id: Set(Some(subject)),
        detail: Set(serde_json::json!({})),
        created_at: Set(testkit::now()),
    };
    live_event::Entity::insert(event(subject))
        .exec_without_returning(&*slow)
        .await
        .unwrap();
    // Written as it stands: most commands lock the organization's row, to which the slow one refers.
    live_event::Entity::insert(event(Uuid::now_v7()))
        .exec_without_returning(app.db.db().connection())
        .await
        .unwrap();
    let stream = opened(&visitor, "/api/v1/live?topics=users").await;
    let text = read_until(stream, |t| told(t, "hello")).await;
    let reached = numbers(&text, "hello").pop().unwrap();
    slow.commit().await.unwrap();
    let path = format!("/api/v1/live?topics=users&last_event_id={reached}");
    let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
    assert!(text.contains(&subject.to_string()), "{text}");
    assert!(numbers(&text, "users").iter().all(|id| *id < reached));
    // What is old is not told again.
    app.advance(TimeDelta::minutes(1));
    let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
    assert!(!text.contains(&subject.to_string()), "{text}");
}

#[tokio::test]
async fn a_page_that_was_away_for_longer_than_events_stay_is_told_to_load_anew() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::Admin).await;
        toggle(&app, false).await;
        let stream = opened(&visitor, "/api/v1/live?topics=users").await;
        let text = read_until(stream, |t| told(t, "hello")).await;
        let reached = numbers(&text, "hello")[0];
        let path = format!("/api/v1/live?topics=users&last_event_id={reached}");
        toggle(&app, true).await;
        toggle(&app, false).await;
        let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
        assert!(!text.contains("missed"), "{text}");
        // All but the newest have gone, and some of those were after the number.
        let later = testkit::now() + TimeDelta::days(3);
        let cleared = app.db.services().housekeeping().clear(later).await.unwrap();
        assert!(cleared.live_events > 1);
        let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
        assert!(text.contains("\"missed\":true"), "{text}");
        // From there on it is told one by one again.
        let reached = numbers(&text, "hello").pop().unwrap();
        toggle(&app, true).await;
        let path = format!("/api/v1/live?topics=users&last_event_id={reached}");
        let text = read_until(opened(&visitor, &path).await, |t| told(t, "hello")).await;
        assert!(!text.contains("missed"), "{text}");
        assert!(
            numbers(&text, "users").iter().any(|id| *id > reached),
            "{text}"
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
