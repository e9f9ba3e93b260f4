//! The audit log as a file for a spreadsheet.

use super::changes::query;
use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, Caller};
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use contract::audit::{AuditEntryView, ListAudit};
use domain::Permission;
use futures::stream;
use http::header;
use serde::Deserialize;
use serde_json::Value;
use services::{Ctx, Services};
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows that a file has at most; who wants more asks for shorter spans.
const MOST_ROWS: usize = 100_000;

/// Rows that are read at once.
const AT_ONCE: u32 = 200;

const HEAD: &str = "sequence,at,actor_id,actor,source,request_id,action,subject_kind,subject_id,before,after,hash\r\n";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/audit-entries.csv",
            Access::Needs(Permission::AuditRead),
            export,
        )
        .streams()
        .named("exportAuditEntries")
        .summary("Who did what as CSV, the latest first, at most 100,000 rows")
        .asks::<Which>()
        .gives_text("text/csv"),
    ]
}

/// Which entries are exported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    actor_id: Option<Uuid>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    subject_kind: Option<String>,
    #[serde(default)]
    subject_id: Option<Uuid>,
    /// First moment, included.
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    /// Last moment, not included.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
}

/// A cell of the file. What a spreadsheet would take for a formula begins with an apostrophe instead.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn row(entry: &AuditEntryView) -> String {
    let json = |value: &Value| match value {
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let cells = [
        entry.sequence.to_string(),
        entry.at.to_rfc3339(),
        entry.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.actor_name.clone(),
        entry.source.clone(),
        entry.request_id.clone().unwrap_or_default(),
        entry.action.clone(),
        entry.subject_kind.clone(),
        entry.subject_id.to_string(),
        json(&entry.before),
        json(&entry.after),
        entry.hash.clone(),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

/// Where a file that is being read is.
struct Reading {
    services: Services,
    ctx: Ctx,
    wanted: ListAudit,
    left: usize,
    is_over: bool,
}

impl Reading {
    /// The next rows; nothing after the last ones.
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        if self.is_over {
            return None;
        }
        let page = self
            .services
            .audit_log()
            .list(&self.ctx, &self.wanted)
            .await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                // The status has left already; the answer breaks off, which the reader sees.
                tracing::error!(
                    request_id = self.ctx.request_id,
                    error = &error as &dyn std::error::Error,
                    "a file of the audit log broke off"
                );
                self.is_over = true;
                let broken = std::io::Error::other("the audit log could not be read");
                return Some((Err(broken), self));
            }
        };
        let rows = page.items.iter().take(self.left);
        let text: String = rows.map(row).collect();
        self.left = self.left.saturating_sub(page.items.len());
        self.is_over = page.next.is_none() || self.left == 0;
        self.wanted.after = page.next;
        Some((Ok(Bytes::from(text)), self))
    }
}

/// `GET /api/v1/audit-entries.csv?actor_id=ID&action=WORD&subject_kind=KIND&subject_id=ID&from=INSTANT&until=INSTANT`: the entries as a file, the
/// latest first, at most 100,000.
async fn export(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Which>, QueryRejection>,
) -> Result<Response, ApiError> {
    let asked = query(&ctx, asked)?;
    let mut wanted = ListAudit {
        actor_id: asked.actor_id,
        action: asked.action,
        subject_kind: asked.subject_kind,
        subject_id: asked.subject_id,
        from: asked.from,
        until: asked.until,
        after: None,
        limit: Some(1),
    };
    // What is wrong with the question is said before the file begins.
    let log = state.services.audit_log();
    log.list(&ctx, &wanted)
        .await
        .map_err(|error| ApiError::from_service(error, &ctx.request_id))?;
    wanted.limit = Some(AT_ONCE);
    let name = format!("audit-{}.csv", ctx.now.format("%Y%m%d-%H%M%S"));
    let reading = Reading {
        services: state.services.clone(),
        ctx,
        wanted,
        left: MOST_ROWS,
        is_over: false,
    };
    let rows = stream::unfold(reading, Reading::next);
    let head = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(HEAD.as_bytes())) });
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ],
        Body::from_stream(futures::StreamExt::chain(head, rows)),
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        assert_eq!(cell("orders.create"), "orders.create");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1,A2)"), "\"'@SUM(A1,A2)\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
        assert_eq!(cell(""), "");
    }
}
