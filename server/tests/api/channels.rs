//! Webhooks: called by the server's errands, signed, guarded, once.

use crate::app::{TestApp, Visitor};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use contract::Page;
use contract::channels::{ChannelWithSecret, MessageView};
use domain::{MessageStatus, RoleKey};
use http::{HeaderMap, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::clock::Clock;
use server::config::{Config, Options, Webhooks};
use server::jobs::errands::Errands;
use server::mail::{Post, sending};
use services::channels::{SIGNATURE, signature};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use testkit::{TestDb, now, on_both};
use tokio::net::TcpListener;
use uuid::Uuid;

type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Somebody who hears of alerts, and answers with this status.
struct Receiver {
    port: u16,
    heard: Heard,
}

impl Receiver {
    async fn answering(status: StatusCode) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Heard::default();
        let hear = move |State(heard): State<Heard>, headers: HeaderMap, body: String| async move {
            heard.lock().unwrap().push((headers, body));
            status
        };
        let router = Router::new()
            .route("/bread", post(hear))
            .with_state(heard.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, heard }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/bread", self.port)
    }

    fn heard(&self) -> Vec<(HeaderMap, String)> {
        self.heard.lock().unwrap().clone()
    }

    /// What an operator allows who means this receiver.
    fn allowed(&self) -> Webhooks {
        Webhooks {
            plain: true,
            ports: vec![self.port],
            inside: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        }
    }
}

fn errands(db: &TestDb, webhooks: &Webhooks) -> Errands {
    Errands::new(db.services().clone(), webhooks, Arc::new(now)).unwrap()
}

async fn post_json(admin: &Visitor, path: &str, body: Value) -> reqwest::Response {
    admin.call("POST", path, &body.to_string()).await
}

/// A channel to an address, with a message that waits.
async fn waiting(admin: &Visitor, address: &str) -> ChannelWithSecret {
    let body = json!({
        "command_id": Uuid::now_v7(), "kind": "webhook",
        "values": { "name": "Central", "address": address, "active": true },
    });
    let made = post_json(admin, "/api/v1/alert-channels", body).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: ChannelWithSecret = made.json().await.unwrap();
    let path = format!("/api/v1/alert-channels/{}/test", made.channel.id);
    let sent = post_json(admin, &path, json!({ "command_id": Uuid::now_v7() })).await;
    assert_eq!(sent.status(), StatusCode::OK);
    made
}

async fn message(admin: &Visitor, channel: Uuid) -> MessageView {
    let path = format!("/api/v1/alert-channels/{channel}/messages");
    let page: Page<MessageView> = admin.get(&path).await.json().await.unwrap();
    assert_eq!(page.items.len(), 1);
    page.items.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_webhook_is_called_with_a_signature_that_its_secret_proves() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let receiver = Receiver::answering(StatusCode::NO_CONTENT).await;
        let made = waiting(&admin, &receiver.address()).await;
        let sender = errands(&app.db, &receiver.allowed());
        assert_eq!(sender.send_waiting().await.unwrap(), 1);
        assert_eq!(sender.send_waiting().await.unwrap(), 0);

        let heard = receiver.heard();
        assert_eq!(heard.len(), 1);
        let (headers, body) = &heard[0];
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let secret = made.secret.unwrap();
        assert_eq!(text(SIGNATURE), signature(&secret, now(), body).unwrap());
        assert_eq!(text("content-type"), "application/json");
        assert_eq!(text("x-hornada-event"), "channel.test");
        let told: Value = serde_json::from_str(body).unwrap();
        assert_eq!(told["event"], "channel.test");
        assert_eq!(told["id"], text("x-hornada-message"));
        assert_eq!(told["about"]["sent_by"], "Persona admin");

        let seen = message(&admin, made.channel.id).await;
        assert_eq!(seen.status, MessageStatus::Sent);
        assert_eq!((seen.last_status, seen.attempts), (Some(204), 1));
    })
    .await;
}

#[tokio::test]
async fn two_processes_send_one_message_once() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let receiver = Receiver::answering(StatusCode::OK).await;
        waiting(&admin, &receiver.address()).await;
        let senders = [0, 1, 2, 3].map(|_| errands(&app.db, &receiver.allowed()));
        let sent = futures::future::join_all(senders.iter().map(Errands::send_waiting)).await;
        let sent: usize = sent.into_iter().map(Result::unwrap).sum();
        assert_eq!((sent, receiver.heard().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn what_the_operator_did_not_allow_is_not_called() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let receiver = Receiver::answering(StatusCode::OK).await;
    let made = waiting(&admin, &receiver.address()).await;
    let usual = Webhooks {
        plain: false,
        ports: vec![443],
        inside: vec![],
    };
    assert_eq!(errands(&app.db, &usual).send_waiting().await.unwrap(), 1);
    let seen = message(&admin, made.channel.id).await;
    assert_eq!(seen.status, MessageStatus::GivenUp);
    assert!(seen.last_error.unwrap().contains("https"));
    let made = waiting(&admin, &receiver.address()).await;
    let port_alone = Webhooks {
        inside: vec![],
        ..receiver.allowed()
    };
    assert_eq!(
        errands(&app.db, &port_alone).send_waiting().await.unwrap(),
        1
    );
    let seen = message(&admin, made.channel.id).await;
    assert_eq!(seen.status, MessageStatus::GivenUp);
    assert!(seen.last_error.unwrap().contains("public internet"));
    assert!(receiver.heard().is_empty());
}

#[tokio::test]
async fn a_receiver_that_fails_is_called_again_later_and_the_log_says_why() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let receiver = Receiver::answering(StatusCode::SERVICE_UNAVAILABLE).await;
    let made = waiting(&admin, &receiver.address()).await;
    let sender = errands(&app.db, &receiver.allowed());
    assert_eq!(sender.send_waiting().await.unwrap(), 1);
    assert_eq!(
        sender.send_waiting().await.unwrap(),
        0,
        "not before its time"
    );
    let seen = message(&admin, made.channel.id).await;
    assert_eq!(
        (seen.status, seen.last_status),
        (MessageStatus::Waiting, Some(503))
    );
    assert!(seen.next_at.unwrap() > now());
}

#[tokio::test]
async fn rules_are_changed_at_the_version_that_was_read() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    let values =
        json!({ "kind": "waste_risk", "threshold": 500, "severity": "warning", "active": true });
    let body = json!({ "command_id": Uuid::now_v7(), "values": values });
    let made = post_json(&admin, "/api/v1/alert-rules", body).await;
    assert_eq!(made.status(), StatusCode::OK);
    assert_eq!(made.headers()["etag"], "\"v1\"");
    let made: Value = made.json().await.unwrap();
    let path = format!("/api/v1/alert-rules/{}", made["id"].as_str().unwrap());
    let put = |version: i32, threshold: i64| {
        let mut values = values.clone();
        values["threshold"] = json!(threshold);
        json!({ "command_id": Uuid::now_v7(), "version": version, "values": values }).to_string()
    };
    let changed = admin.call("PUT", &path, &put(1, 900)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let stale = admin.call("PUT", &path, &put(1, 901)).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    assert!(stale.text().await.unwrap().contains("alert_rule.stale"));
    let gone = admin.call("DELETE", &path, "").await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let listed: Value = admin.get("/api/v1/alert-rules").await.json().await.unwrap();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_mail_that_cannot_be_written_holds_up_no_other_and_waits_longer_each_time() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let body = json!({
            "command_id": Uuid::now_v7(), "kind": "mail",
            "values": { "name": "Correo", "address": "jefa@horno.example", "active": true },
        });
        let made = post_json(&admin, "/api/v1/alert-channels", body).await;
        let made: ChannelWithSecret = made.json().await.unwrap();
        let path = format!("/api/v1/alert-channels/{}/test", made.channel.id);
        post_json(&admin, &path, json!({ "command_id": Uuid::now_v7() })).await;
        let broken = "UPDATE channel_messages SET body = 'scrap'";
        let connection = app.db.db().connection();
        connection.execute_unprepared(broken).await.unwrap();
        post_json(&admin, &path, json!({ "command_id": Uuid::now_v7() })).await;

        let services = app.db.services();
        let config = Config::new(Options::default(), None).unwrap();
        let post = Post::open(&config.mail, services.data_dir()).unwrap();
        let clock: Clock = Arc::new(now);
        let sent = sending::send_due(services, &post, "http://x", &clock).await;
        assert_eq!(sent.unwrap(), 1);
        let path = format!("/api/v1/alert-channels/{}/messages", made.channel.id);
        let page: Page<MessageView> = admin.get(&path).await.json().await.unwrap();
        let mut became: Vec<_> = page.items.iter().map(|m| (m.status, m.attempts)).collect();
        became.sort();
        assert_eq!(
            became,
            [(MessageStatus::Waiting, 1), (MessageStatus::Sent, 1)]
        );
    })
    .await;
}
