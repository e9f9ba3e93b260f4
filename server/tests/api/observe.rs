//! What whoever watches the server is told: metrics, by whom they may be read, and how many of them there can be.

use crate::app::{TestApp, Visitor};
use domain::{JobTrigger, RoleKey};
use reqwest::{Method, StatusCode};
use server::metrics::names::{Kind, METRICS};
use services::backups::{BackupClaim, NewBackup};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use testkit::{TestDb, now, on_both, today};

const TOKEN: &str = "0123456789abcdef-token";

/// The text of `/metrics`.
async fn metrics(visitor: &Visitor) -> String {
    let response = visitor.get("/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain"), "{kind}");
    response.text().await.unwrap()
}

/// The value of the one line that has this name and all of these labels.
fn value(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let mut lines = text.lines().filter(|line| {
        let of = line.split(['{', ' ']).next();
        of == Some(name) && labels.iter().all(|label| line.contains(label))
    });
    let line = lines.next()?;
    assert_eq!(lines.next(), None, "{name} {labels:?} is there twice");
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_class_of_the_status() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let visitor = app.signed_in(RoleKey::Analyst).await;
        for _ in 0..3 {
            let answer = visitor.call("GET", "/api/current_user", "").await;
            assert_eq!(answer.status(), StatusCode::OK);
        }
        let stranger = app.stranger();
        let answer = stranger.call("GET", "/api/current_user", "").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let id = uuid::Uuid::now_v7();
        visitor.get(&format!("/api/v1/models/{id}")).await;

        let text = metrics(&stranger).await;
        let requests = |labels: &[&str]| value(&text, "hornada_http_requests_total", labels);
        let user = "route=\"/api/current_user\"";
        let of_user = |class| requests(&[user, "method=\"GET\"", class]);
        assert_eq!(of_user("status=\"2xx\""), Some(3.0));
        assert_eq!(of_user("status=\"4xx\""), Some(1.0));
        let model = "route=\"/api/v1/models/{id}\"";
        assert_eq!(requests(&[model, "status=\"4xx\""]), Some(1.0));
        assert!(!text.contains(&id.to_string()));
        let took = "hornada_http_request_duration_seconds";
        let at_most = |seconds| value(&text, &format!("{took}_bucket"), &[user, seconds]);
        assert_eq!(at_most("le=\"+Inf\""), Some(4.0));
        assert!(at_most("le=\"0.2\"").is_some(), "200 ms is an edge");
        // The one that reads.
        assert_eq!(
            value(&text, "hornada_http_requests_in_flight", &[]),
            Some(1.0)
        );
    })
    .await;
}

#[tokio::test]
async fn however_many_addresses_are_tried_the_number_of_lines_stays() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(RoleKey::Analyst).await;
    let lines = |text: String| text.lines().filter(|l| l.contains("route=\"")).count();
    visitor.get("/nowhere").await;
    visitor
        .get(&format!("/orders/{}", uuid::Uuid::now_v7()))
        .await;
    let odd = Method::from_bytes(b"BREW").unwrap();
    visitor.request(odd, "/nowhere").send().await.unwrap();
    metrics(&visitor).await;
    let before = lines(metrics(&visitor).await);
    for n in 0..50 {
        visitor.get(&format!("/nowhere-{n}")).await;
        visitor.get(&format!("/api/v1/nowhere/{n}?x={n}")).await;
        visitor
            .get(&format!("/orders/{}", uuid::Uuid::now_v7()))
            .await;
        let odd = Method::from_bytes(format!("BREW{n}").as_bytes()).unwrap();
        visitor.request(odd, "/nowhere").send().await.unwrap();
    }
    let text = metrics(&visitor).await;
    assert!(!text.contains("nowhere-1") && !text.contains("BREW"));
    assert_eq!(lines(text), before);
}

#[tokio::test]
async fn without_configuration_this_machine_alone_reads_metrics() {
    let app = TestApp::start().await;
    metrics(&app.stranger()).await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let request = app
            .stranger()
            .request(Method::GET, "/metrics")
            .header(header, "203.0.113.9");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{header}");
        assert!(!response.text().await.unwrap().contains("hornada_"));
    }
    // Behind a proxy everybody's connection comes from this machine.
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.public_origin = Some("https://hornada.example".to_owned());
    })
    .await;
    let response = app.stranger().get("/metrics").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn where_a_token_is_configured_nobody_reads_metrics_without_it() {
    let app = TestApp::start_with(TestDb::sqlite().await, |options| {
        options.metrics_token = Some(TOKEN.to_owned().into());
        options.metrics_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        options.public_origin = Some("https://hornada.example".to_owned());
    })
    .await;
    let apart = app.metrics_address.unwrap();
    let of_its_own = Visitor::of(format!("http://{apart}"));
    for visitor in [app.stranger(), of_its_own.clone()] {
        let status = async |authorization: &str| {
            visitor
                .request(Method::GET, "/metrics")
                .header("authorization", authorization)
                .send()
                .await
                .unwrap()
                .status()
        };
        assert_eq!(status("").await, StatusCode::UNAUTHORIZED);
        assert_eq!(status("Bearer ").await, StatusCode::UNAUTHORIZED);
        let longer = format!("Bearer {TOKEN}x");
        assert_eq!(status(&longer).await, StatusCode::UNAUTHORIZED);
        let basic = format!("Basic {TOKEN}");
        assert_eq!(status(&basic).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&format!("Bearer {TOKEN}")).await, StatusCode::OK);
    }
    let elsewhere = of_its_own.get("/login").await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_stands_in_the_database_is_counted() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let nights = app.db.services().nights();
        let day = today().pred_opt().unwrap();
        nights
            .enqueue(&app.org.system(), day, JobTrigger::Clock, false)
            .await
            .unwrap();
        let new = NewBackup {
            due_at: None,
            owner: "one".to_owned(),
            place: "there".to_owned(),
            encrypted: true,
        };
        let book = app.db.services().backups();
        let BackupClaim::Taken(id) = book.claim(&new, now()).await.unwrap() else {
            panic!("nobody else takes one");
        };
        assert!(book.done(id, ("set", 1, "00"), now()).await.unwrap());
        app.advance(chrono::TimeDelta::minutes(10));
        let text = metrics(&app.stranger()).await;
        let of = |name: &str, labels: &[&str]| value(&text, name, labels);
        assert_eq!(of("hornada_database_up", &[]), Some(1.0));
        assert_eq!(
            of("hornada_backup_last_success_timestamp_seconds", &[]),
            Some(now().timestamp() as f64)
        );
        assert_eq!(of("hornada_organizations", &[]), Some(1.0));
        assert_eq!(of("hornada_queue_depth", &[]), Some(1.0));
        assert_eq!(of("hornada_queue_oldest_seconds", &[]), Some(600.0));
        assert_eq!(of("hornada_nights", &["status=\"queued\""]), Some(1.0));
        assert_eq!(of("hornada_nights", &["status=\"failed\""]), Some(0.0));
        assert_eq!(of("hornada_nights_late", &[]), Some(0.0));
        assert_eq!(of("hornada_alerts_open", &["kind=\"drift\""]), Some(0.0));
        assert_eq!(of("hornada_live_streams", &[]), Some(0.0));
        assert!(of("hornada_database_connections_max", &[]).unwrap() >= 1.0);
        assert!(of("hornada_disk_size_bytes", &[]).unwrap() > 0.0);
        let change = of("hornada_forecast_error_change_ratio", &[]).unwrap();
        assert!(change.is_nan(), "no night yet, so nobody knows");
        if cfg!(target_os = "linux") {
            assert!(of("process_resident_memory_bytes", &[]).unwrap() > 0.0);
            assert!(of("process_open_fds", &[]).unwrap() > 0.0);
        }
        // Whoever waits on a stream is seen.
        let visitor = app.signed_in(RoleKey::Production).await;
        let mut stream = visitor.get("/api/v1/live?topics=orders").await;
        stream.chunk().await.unwrap();
        let text = metrics(&app.stranger()).await;
        assert_eq!(value(&text, "hornada_live_streams", &[]), Some(1.0));
    })
    .await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told_and_the_rest_too() {
    let app = TestApp::start().await;
    app.db.db().connection().clone().close().await.unwrap();
    let text = metrics(&app.stranger()).await;
    assert_eq!(value(&text, "hornada_database_up", &[]), Some(0.0));
    assert_eq!(value(&text, "hornada_build_info", &[]), Some(1.0));
}

#[tokio::test]
async fn every_metric_that_is_told_stands_in_the_list_with_what_it_says() {
    let app = TestApp::start().await;
    metrics(&app.stranger()).await;
    let text = metrics(&app.stranger()).await;
    let told: BTreeSet<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    assert!(told.len() > 20, "{told:?}");
    for (name, kind) in told {
        let metric = METRICS.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the list"));
        let of = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(kind, of, "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
}

/// Names of metrics in a text: words that begin as ours do.
fn named(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("hornada_") || word.starts_with("process_"))
        .map(|word| {
            let parts = ["_bucket", "_sum", "_count"];
            let whole = parts.iter().find_map(|part| word.strip_suffix(part));
            whole.unwrap_or(word).to_owned()
        })
        .collect()
}

#[test]
fn dashboard_and_rules_name_only_metrics_that_there_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/observability");
    for file in ["alerts.yml", "alerts.test.yml", "dashboard.json"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let names = named(&text);
        assert!(names.len() > 5, "{file}: {names:?}");
        for name in names {
            assert!(
                METRICS.iter().any(|metric| metric.name == name),
                "{file} names {name}, which nobody tells"
            );
        }
    }
    let dashboard = std::fs::read_to_string(root.join("dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 8);
}

#[test]
fn every_alert_rule_has_its_page_in_the_runbook() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rules = std::fs::read_to_string(root.join("deploy/observability/alerts.yml")).unwrap();
    let runbook = std::fs::read_to_string(root.join("docs/runbook.md")).unwrap();
    let alerts: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(alerts.len() >= 8, "{alerts:?}");
    for alert in alerts {
        assert!(runbook.contains(&format!("### {alert}")), "{alert}");
    }
}
