//! How people come in by themselves: invitations, lost passwords, their own account; with the mails that the server would send.

use crate::app::{TestApp, location, session_cookie};
use contract::people::{InvitationView, SessionView};
use domain::RoleKey;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use server::clock::Clock;
use server::config::{Config, Options};
use server::mail::{Post, catcher, sending};
use std::sync::Arc;
use testkit::{PASSWORD, on_both};
use uuid::Uuid;

const ANOTHER: &str = "tres gatos comen sopa";

/// Sends what waits, as the jobs would: without a mail server into the data folder. Says what was kept since.
async fn sent(app: &TestApp) -> Vec<catcher::Caught> {
    let data = app.db.services().data_dir().to_owned();
    let config = Config::new(Options::default(), None).unwrap();
    let post = Post::open(&config.mail, &data).unwrap();
    let before = catcher::list(&data).unwrap().len();
    let clock: Clock = Arc::new(testkit::now);
    let origin = format!("http://{}", app.address);
    let count = sending::send_due(app.db.services(), &post, &origin, &clock).await;
    let mut caught = catcher::list(&data).unwrap();
    assert_eq!(caught.len(), before + count.unwrap());
    caught.split_off(before)
}

/// The address of a mail's link below the server's own.
fn link(app: &TestApp, mail: &catcher::Caught) -> String {
    let origin = format!("http://{}", app.address);
    let (_, rest) = mail.text.split_once(&format!("{origin}/")).unwrap();
    format!("/{}", rest.lines().next().unwrap().trim())
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

async fn post(visitor: &crate::app::Visitor, path: &str, form: &[(&str, &str)]) -> Response {
    let request = visitor.request(Method::POST, path).form(form);
    request.send().await.unwrap()
}

#[tokio::test]
async fn an_invited_person_comes_in_by_the_mail_alone() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let body = json!({
            "command_id": Uuid::now_v7(), "email": "marta@nueva.example", "language": "es",
            "roles": ["store_manager"], "stores": [app.org.stores[0]],
        });
        let made = admin
            .request(Method::POST, "/api/v1/invitations")
            .json(&body);
        let made = made.send().await.unwrap();
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: InvitationView = made.json().await.unwrap();
        let caught = sent(&app).await;
        assert_eq!(caught.len(), 1);
        assert_eq!(caught[0].to, "marta@nueva.example");
        assert!(caught[0].subject.contains("te invita a Hornada"));

        let link = link(&app, &caught[0]);
        let visitor = app.stranger();
        let page = visitor.page(&link).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()["referrer-policy"], "same-origin");
        let text = page.text().await.unwrap();
        assert!(text.contains("marta@nueva.example"));

        let token = token(&link);
        let weak = [
            ("token", token),
            ("display_name", "Marta Gil"),
            ("password", "password1234"),
        ];
        let refused = post(&visitor, "/invitation", &weak).await;
        assert_eq!(refused.status(), StatusCode::SEE_OTHER);
        let back = location(&refused).to_owned();
        assert!(back.contains("error=password.common") && back.contains("name=Marta"));
        assert!(!back.contains("password1234"));
        let good = [
            ("token", token),
            ("display_name", "Marta Gil"),
            ("language", "es"),
            ("password", ANOTHER),
        ];
        let accepted = post(&visitor, "/invitation", &good).await;
        assert_eq!(location(&accepted), "/");
        assert!(session_cookie(&accepted).is_some());
        assert!(visitor.is_known().await);
        let again = post(&app.stranger(), "/invitation", &good).await;
        assert!(location(&again).contains("error=link.ended"));

        // It is no longer open.
        let path = format!("/api/v1/invitations/{}", made.id);
        let gone = admin.request(Method::DELETE, &path).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_from_the_form_whether_an_address_has_an_account() {
    let app = TestApp::start().await;
    let known = app.org.email(RoleKey::Analyst);
    let mut answers = Vec::new();
    for email in [known.as_str(), "nobody@horno.example"] {
        let hashes = app.db.services().passwords().computed();
        let answer = post(&app.stranger(), "/forgot", &[("email", email)]).await;
        assert_eq!(app.db.services().passwords().computed(), hashes);
        let cookie = session_cookie(&answer);
        answers.push((answer.status(), location(&answer).to_owned(), cookie));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].1, "/forgot?sent=1");
    // Both wait to be sent; which of them is for somebody is found out then.
    let caught = sent(&app).await;
    assert_eq!(caught.len(), 1);
    assert_eq!(caught[0].to, known);
}

#[tokio::test]
async fn links_lead_to_the_configured_address_whatever_host_a_request_names() {
    let app = TestApp::start().await;
    let form = [("email", app.org.email(RoleKey::Analyst))];
    let asked = app.stranger().request(Method::POST, "/forgot").form(&form);
    let asked = asked.header("host", "evil.example").send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    let caught = sent(&app).await;
    assert!(!caught[0].text.contains("evil.example"));
}

#[tokio::test]
async fn a_new_password_by_mail_ends_what_was_signed_in_with_the_old_one() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let before = app.signed_in(RoleKey::Analyst).await;
        let email = app.org.email(RoleKey::Analyst);
        let visitor = app.stranger();
        post(&visitor, "/forgot", &[("email", &email)]).await;
        let caught = sent(&app).await;
        let link = link(&app, &caught[0]);
        let page = visitor.page(&link).await.text().await.unwrap();
        assert!(page.contains(&email));
        let form = [("token", token(&link)), ("password", ANOTHER)];
        let set = post(&visitor, "/reset", &form).await;
        assert_eq!(location(&set), "/login?password=1");
        assert!(!before.is_known().await);
        assert_eq!(location(&visitor.sign_in(&email, ANOTHER).await), "/");
        let again = post(&app.stranger(), "/reset", &form).await;
        assert!(location(&again).contains("error=link.ended"));
        let page = app.stranger().page(&link).await;
        assert_eq!(
            page.status(),
            StatusCode::OK,
            "it says that the link has ended"
        );
        assert!(!page.text().await.unwrap().contains(&email));
    })
    .await;
}

#[tokio::test]
async fn people_change_their_password_and_stay_while_every_other_browser_is_out() {
    let app = TestApp::start().await;
    let here = app.signed_in(RoleKey::Production).await;
    let there = app.signed_in(RoleKey::Production).await;
    let wrong = [("current_password", "not it at all"), ("password", ANOTHER)];
    let refused = post(&here, "/account/password", &wrong).await;
    assert_eq!(
        location(&refused),
        "/account?of=password&field=current_password&error=password.wrong"
    );
    let right = [("current_password", PASSWORD), ("password", ANOTHER)];
    let changed = post(&here, "/account/password", &right).await;
    assert_eq!(location(&changed), "/account?done=password");
    assert!(here.is_known().await);
    assert!(!there.is_known().await);
    let stranger = post(&app.stranger(), "/account/password", &right).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_is_known_by_its_browser_and_ended_from_another() {
    let app = TestApp::start().await;
    let here = app.signed_in(RoleKey::Production).await;
    let tablet = app.stranger();
    let email = app.org.email(RoleKey::Production);
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let agent = "Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0";
    let request = tablet.request(Method::POST, "/login").form(&form);
    request.header("user-agent", agent).send().await.unwrap();
    assert!(tablet.is_known().await);

    let listed: Vec<SessionView> = here.get("/api/v1/sessions").await.json().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed[0].current && !listed[1].current);
    assert_eq!(listed[1].device, "Firefox · Android");
    assert_eq!(listed[1].network, "127.0.0.0/24");
    let page = here.page("/account").await.text().await.unwrap();
    assert!(page.contains("Firefox · Android"));

    let another = app.signed_in(RoleKey::Analyst).await;
    let path = format!("/api/v1/sessions/{}", listed[1].id);
    let foreign = another.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    let id = listed[1].id.to_string();
    let ended = post(&here, "/account/sessions/end", &[("id", &id)]).await;
    assert_eq!(location(&ended), "/account?done=session");
    assert!(!tablet.is_known().await);

    let left = post(&here, "/account/sessions/end-all", &[]).await;
    assert_eq!(location(&left), "/login?signed_out=1");
    assert!(!here.is_known().await);
    assert!(another.is_known().await);
}

#[tokio::test]
async fn a_dead_mail_server_loses_nothing_and_slows_nobody() {
    let app = TestApp::start().await;
    let email = app.org.email(RoleKey::Analyst);
    post(&app.stranger(), "/forgot", &[("email", &email)]).await;
    // Nobody listens there any more.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let options = Options {
        smtp_url: Some(format!("smtp://127.0.0.1:{port}").into()),
        mail_from: Some("no-reply@hornada.example".to_owned()),
        ..Options::default()
    };
    let config = Config::new(options, None).unwrap();
    let data = app.db.services().data_dir().to_owned();
    let dead = Post::open(&config.mail, &data).unwrap();
    let clock: Clock = Arc::new(testkit::now);
    let services = app.db.services();
    let count = sending::send_due(services, &dead, "http://x", &clock).await;
    assert_eq!(count.unwrap(), 0);
    assert!(sent(&app).await.is_empty(), "it waits for its next turn");
    let later: Clock = Arc::new(|| testkit::now() + chrono::TimeDelta::seconds(31));
    let kept = Post::open(&Config::new(Options::default(), None).unwrap().mail, &data).unwrap();
    let count = sending::send_due(services, &kept, "http://x", &later).await;
    assert_eq!(count.unwrap(), 1);
}
