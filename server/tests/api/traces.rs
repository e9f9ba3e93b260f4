//! Traces and log lines of the program as it is shipped: where a request went, and nothing of who asked.

use crate::app::Visitor;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use domain::RoleKey;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use reqwest::{Method, StatusCode};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::{Org, OrgSpec, PASSWORD, TestDb, on_both, org_with};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Whoever waits for something that never comes fails after this.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program with its log in a file. Killed when dropped.
struct Process {
    child: Child,
    base: String,
    log: std::path::PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; either way it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(db: &TestDb, options: &[&str]) -> Self {
        let log = db.services().data_dir().join("log.jsonl");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hornada"))
            .args(["serve", "--listen", "127.0.0.1:0", "--jobs=false"])
            .args(["--log-format", "json", "--database-url", db.url()])
            .args(options)
            .arg("--data")
            .arg(db.services().data_dir())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let base = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("Hornada serves ")?.1.to_owned()));
        let base = base.unwrap();
        Self { child, base, log }
    }

    async fn signed_in(&self, org: &Org, role: RoleKey) -> Visitor {
        let visitor = Visitor::of(self.base.clone());
        let answer = visitor.sign_in(&org.email(role), PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        visitor
    }

    /// Asks the program to end as an operator would, and waits for it.
    fn stop(&mut self) {
        let id = self.child.id();
        let asked = Command::new("sh")
            .args(["-c", &format!("kill -TERM {id}")])
            .status()
            .unwrap();
        assert!(asked.success());
        self.child.wait().unwrap();
    }

    /// Every line of the log, and its text.
    fn log(&self) -> (Vec<serde_json::Value>, String) {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        (lines.collect(), text)
    }
}

/// A collector that hands on what it is sent.
async fn collector() -> (SocketAddr, UnboundedReceiver<ExportTraceServiceRequest>) {
    async fn take(
        State(sender): State<UnboundedSender<ExportTraceServiceRequest>>,
        body: Bytes,
    ) -> StatusCode {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let _ = sender.send(request);
        StatusCode::OK
    }
    let (sender, receiver) = unbounded_channel();
    let router = Router::new()
        .route("/v1/traces", post(take))
        .with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, receiver)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|pair| pair.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_is_one_trace_from_the_caller_to_the_statement() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let (address, mut received) = collector().await;
        let endpoint = format!("http://{address}");
        let mut process = Process::start(&db, &["--otlp-endpoint", &endpoint]);
        let visitor = process.signed_in(&org, RoleKey::Analyst).await;
        let answer = visitor
            .request(Method::GET, "/api/current_user")
            .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
            .header("accept", "application/json")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let told = answer.headers()["traceresponse"].to_str().unwrap();
        assert!(told.starts_with(&format!("00-{TRACE}-")), "{told}");
        let told_span = told.split('-').nth(2).unwrap().to_owned();
        // What was not sent yet is sent at the end.
        tokio::task::spawn_blocking(move || {
            process.stop();
            process
        })
        .await
        .unwrap();

        let mut spans: Vec<Span> = Vec::new();
        let whole = async {
            while let Some(request) = received.recv().await {
                for resource in request.resource_spans {
                    for scope in resource.scope_spans {
                        spans.extend(scope.spans);
                    }
                }
                let is_there = |span: &Span| hex(&span.span_id) == told_span;
                if spans.iter().any(is_there) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, whole).await.unwrap();
        let ours: Vec<&Span> = spans
            .iter()
            .filter(|span| hex(&span.trace_id) == TRACE)
            .collect();
        let root = ours
            .iter()
            .find(|span| hex(&span.span_id) == told_span)
            .unwrap();
        assert_eq!(hex(&root.parent_span_id), CALLER);
        assert_eq!(root.name, "GET /api/current_user");
        let of_root = |name| attribute(root, name);
        assert_eq!(of_root("http.route").unwrap(), "/api/current_user");
        assert_eq!(of_root("http.response.status_code").unwrap(), "200");
        // Each part leads back to the request, and one of them is a statement.
        let leads_to_root = |span: &Span| {
            let mut at = span.clone();
            for _ in 0..20 {
                if at.span_id == root.span_id {
                    return true;
                }
                let Some(above) = ours.iter().find(|s| s.span_id == at.parent_span_id) else {
                    return false;
                };
                at = Span::clone(above);
            }
            false
        };
        let statement = |span: &Span| attribute(span, "db.statement");
        assert!(ours.iter().all(|span| leads_to_root(span)), "{ours:#?}");
        assert!(
            ours.iter()
                .any(|span| statement(span).is_some_and(|sql| sql.starts_with("SELECT"))),
            "{ours:#?}"
        );
        // No trace says who asked.
        let all = format!("{spans:?}");
        for secret in [org.email(RoleKey::Analyst).as_str(), PASSWORD, "127.0.0.1"] {
            assert!(!all.contains(secret), "a trace holds {secret}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_holds_nothing_up() {
    let db = TestDb::sqlite().await;
    let org = org_with(&db, OrgSpec::default()).await;
    // Port 9 of this machine: nobody listens there.
    let mut process = Process::start(&db, &["--otlp-endpoint", "http://127.0.0.1:9"]);
    let visitor = process.signed_in(&org, RoleKey::Analyst).await;
    for _ in 0..20 {
        let answer = visitor.page("/alerts").await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let stopped = tokio::task::spawn_blocking(move || process.stop());
    tokio::time::timeout(PATIENCE, stopped)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_name_the_request_and_never_the_person() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let process = Process::start(&db, &[]);
        let stranger = Visitor::of(process.base.clone());
        stranger
            .sign_in("nobody@elsewhere.example", "wrong pass phrase 1")
            .await;
        let admin = org.email(RoleKey::Admin);
        stranger.sign_in(&admin, "wrong pass phrase 2").await;
        let visitor = Visitor::of(process.base.clone());
        let answer = visitor.sign_in(&admin, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = crate::app::session_cookie(&answer).unwrap();
        let cookie = cookie
            .split(['=', ';'])
            .nth(1)
            .map(str::to_owned)
            .unwrap();
        let create = |id: Uuid| {
            format!(
                "command[command_id]={id}&command[email]=rosalia%40horno.example&command[display_name]=Rosalia+Amasadora\
                 &command[roles][0]=production&command[all_stores]=true&command[password]=centeno+y+masa+madre"
            )
        };
        let path = "/api/create_user";
        let answer = visitor.call("POST", path, &create(Uuid::now_v7())).await;
        assert_eq!(answer.status(), StatusCode::OK);
        // Again: the address is taken, which the database may say too.
        let answer = visitor.call("POST", path, &create(Uuid::now_v7())).await;
        assert!(answer.status().is_client_error());
        // A file that cannot be read, and an address that leads nowhere, with things that do not belong there.
        let file = "transaction_id,timestamp\nT-secreta,ayer\n";
        let form = reqwest::multipart::Form::new().part(
            "file",
            reqwest::multipart::Part::text(file).file_name("ventas-de-rosalia.csv"),
        );
        let analyst = process.signed_in(&org, RoleKey::Analyst).await;
        analyst
            .request(Method::POST, "/api/v1/imports")
            .multipart(form)
            .send()
            .await
            .unwrap();
        visitor
            .request(Method::GET, "/reset/rosalia@horno.example?token=s3cret-token")
            .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
            .send()
            .await
            .unwrap();

        let (lines, text) = process.log();
        for secret in [
            "nobody@elsewhere.example",
            "@horno.example",
            &admin,
            "pass phrase",
            PASSWORD,
            &cookie,
            "centeno",
            "Rosalia",
            "rosalia",
            "T-secreta",
            "s3cret-token",
            "127.0.0.1:",
        ] {
            let held = text
                .lines()
                .filter(|line| !line.contains("\"serving\""))
                .find(|line| line.contains(secret));
            assert_eq!(held, None, "the log holds {secret}");
        }
        let answered: Vec<_> = lines
            .iter()
            .filter(|line| line["message"] == "answered")
            .collect();
        assert!(answered.len() >= 7, "{text}");
        for line in &answered {
            assert!(line["span"]["request_id"].is_string(), "{line}");
        }
        let traced = |line: &&&serde_json::Value| line["span"]["trace_id"] == TRACE;
        assert_eq!(answered.iter().filter(traced).count(), 1, "{text}");
    })
    .await;
}
