//! Server processes as they are shipped: what is told to one connection, to one process of several, all screens show.

use crate::app::Visitor;
use contract::orders::CreateOrder;
use domain::RoleKey;
use reqwest::{Response, StatusCode};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{Org, OrgSpec, PASSWORD, TestDb, org_with};
use uuid::Uuid;

/// A process of the program as it is shipped. Killed when dropped.
struct Process {
    child: Child,
    base: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already; either way it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(db: &TestDb) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hornada"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database-url",
                db.url(),
            ])
            .arg("--data")
            .arg(db.services().data_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let base = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("Hornada serves ")?.1.to_owned()));
        Self {
            child,
            base: base.unwrap(),
        }
    }

    async fn signed_in(&self, org: &Org) -> Visitor {
        let visitor = Visitor::of(self.base.clone());
        let email = org.email(RoleKey::Production);
        let answer = visitor.sign_in(&email, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        visitor
    }
}

/// Plans a batch through a process; answers with its id.
async fn plan(visitor: &Visitor, org: &Org) -> String {
    let command = CreateOrder {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        product_id: org.products[0],
        production_date: chrono::Utc::now().date_naive(),
        planned_quantity: 12,
        note: None,
    };
    let body = serde_json::json!({ "command": command }).to_string();
    let answer = visitor.call("POST", "/api/create_order", &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let bytes = answer.bytes().await.unwrap();
    let order: contract::orders::OrderView = contract::wire::from_bytes(&bytes).unwrap();
    order.id.to_string()
}

/// Reads until the stream tells of `subject`; the number of the event that did.
async fn heard(stream: &mut Response, subject: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while let Some(chunk) = stream.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            let told = text
                .split("\n\n")
                .find(|event| event.contains(subject) && event.contains("\"orders\""));
            if let Some(told) = told {
                let id = told.lines().find_map(|line| line.strip_prefix("id: "));
                return id.unwrap_or_default().to_owned();
            }
        }
        String::new()
    };
    let id = tokio::time::timeout(Duration::from_secs(20), reading).await;
    id.unwrap_or_else(|_| panic!("nothing was said of {subject}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_is_told_the_screens_of_another_show_and_a_lost_stream_resumes_elsewhere()
{
    let Some(db) = TestDb::postgres().await else {
        println!("skipped: HORNADA_TEST_POSTGRES names no server");
        return;
    };
    let spec = OrgSpec {
        stores: 1,
        products: 1,
        ..OrgSpec::default()
    };
    let org = org_with(&db, spec).await;
    let (one, mut other) = (Process::start(&db), Process::start(&db));
    let (till, screen) = (one.signed_in(&org).await, other.signed_in(&org).await);
    let mut stream = screen.get("/api/v1/live?topics=orders").await;
    assert_eq!(stream.status(), StatusCode::OK);
    let hello = stream.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&hello).contains(": live"));

    let mut slowest = Duration::ZERO;
    let mut last = String::new();
    for _ in 0..10 {
        let order = plan(&till, &org).await;
        let told = Instant::now();
        last = heard(&mut stream, &order).await;
        slowest = slowest.max(told.elapsed());
    }
    println!(
        "ten changes through one process, on the screen of the other after at most {slowest:?}"
    );

    // The screen's process dies; what happens meanwhile is told by the other from where the stream stopped.
    other.child.kill().unwrap();
    let missed = plan(&till, &org).await;
    let resumed = one.signed_in(&org).await;
    let path = format!("/api/v1/live?topics=orders&last_event_id={last}");
    let mut stream = resumed.get(&path).await;
    heard(&mut stream, &missed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_what_one_person_plans_another_ones_screen_shows() {
    let db = TestDb::sqlite().await;
    let org = org_with(&db, OrgSpec::default()).await;
    let process = Process::start(&db);
    let (till, screen) = (process.signed_in(&org).await, process.signed_in(&org).await);
    let mut stream = screen.get("/api/v1/live?topics=orders").await;
    assert_eq!(stream.status(), StatusCode::OK);
    let first = plan(&till, &org).await;
    let last = heard(&mut stream, &first).await;
    // The screen loses its stream; what happens meanwhile is told when it comes back.
    drop(stream);
    let missed = plan(&till, &org).await;
    let path = format!("/api/v1/live?topics=orders&last_event_id={last}");
    let mut stream = screen.get(&path).await;
    heard(&mut stream, &missed).await;
}
