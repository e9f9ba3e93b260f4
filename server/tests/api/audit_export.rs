//! The audit log as a file.

use crate::app::TestApp;
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::Value;
use testkit::on_both;

/// Lines of the file; no cell of these tests holds a line break.
async fn lines(app: &TestApp, query: &str) -> Vec<String> {
    let admin = app.signed_in(RoleKey::Admin).await;
    let response = admin
        .get(&format!("/api/v1/audit-entries.csv{query}"))
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/csv; charset=utf-8");
    assert!(header("content-disposition").starts_with("attachment; filename=\"audit-"));
    let text = response.text().await.unwrap();
    assert!(text.ends_with("\r\n"));
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn the_file_has_every_entry_once_and_only_those_that_were_asked_for() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        let admin = app.signed_in(RoleKey::Admin).await;
        let page: Value = admin
            .get("/api/v1/audit-entries?limit=200")
            .await
            .json()
            .await
            .unwrap();
        let entries = page["items"].as_array().unwrap();
        assert!(page["next"].is_null() && entries.len() > 4);
        let all = lines(&app, "").await;
        assert!(all[0].starts_with("sequence,at,actor_id,actor,"));
        // Signing in again may have added entries, above those that were there.
        let known = &all[all.len() - entries.len()..];
        for (line, entry) in known.iter().zip(entries) {
            let sequence = format!("{},", entry["sequence"]);
            assert!(line.starts_with(&sequence), "{line} {sequence}");
            assert!(line.ends_with(entry["hash"].as_str().unwrap()));
        }
        let action = entries[0]["action"].as_str().unwrap();
        let some = lines(&app, &format!("?action={action}")).await;
        assert!(some.len() > 1);
        assert!(
            some[1..]
                .iter()
                .all(|line| line.contains(&format!(",{action},")))
        );
        assert_eq!(lines(&app, "?action=nothing.such").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_question_that_means_nothing_is_refused_before_the_file_begins() {
    let app = TestApp::start().await;
    let admin = app.signed_in(RoleKey::Admin).await;
    for query in [
        "?actor_id=x",
        "?from=yesterday",
        "?nothing=1",
        "?action=%00",
    ] {
        let path = format!("/api/v1/audit-entries.csv{query}");
        let status = admin.get(&path).await.status();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}
