//! All that a database holds, in a form that can be compared.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use testkit::TestDb;

/// What a night writes, in an order in which it may be deleted.
const WRITTEN_BY_NIGHTS: [&str; 12] = [
    "forecast_scores",
    "forecast_totals",
    "forecasts",
    "suggestion_outcomes",
    "suggestions",
    "model_alias_history",
    "model_aliases",
    "model_versions",
    "alerts",
    "job_steps",
    "job_runs",
    "live_events",
];

/// The book of runs and the logs: a night that is done again on purpose is written down there.
pub const LOGS: [&str; 5] = [
    "job_runs",
    "job_steps",
    "live_events",
    "audit_entries",
    "audit_heads",
];

/// Every row of every table, sorted.
#[derive(Clone, Debug, PartialEq)]
pub struct Books(BTreeMap<String, Vec<Map<String, Value>>>);

impl Books {
    /// Reads everything.
    pub async fn read(db: &TestDb) -> Self {
        let connection = db.db().connection();
        let mut books = BTreeMap::new();
        for table in tables(db).await {
            let sql = if db.is_postgres() {
                format!("SELECT CAST(row_to_json(t) AS TEXT) FROM {table} t")
            } else {
                let parts = column(connection, &format!("SELECT '''' || name || ''', CASE typeof(\"' || name || '\") WHEN ''blob'' THEN hex(\"' || name || '\") ELSE \"' || name || '\" END' FROM pragma_table_info('{table}')")).await;
                format!("SELECT json_object({}) FROM {table}", parts.join(", "))
            };
            let rows = column(connection, &sql).await;
            let mut rows: Vec<Map<String, Value>> = rows
                .iter()
                .map(|text| serde_json::from_str(text).unwrap())
                .collect();
            rows.sort_by_cached_key(|row| Value::Object(row.clone()).to_string());
            books.insert(table, rows);
        }
        Self(books)
    }

    /// Without some tables.
    pub fn without(mut self, tables: &[&str]) -> Self {
        self.0.retain(|table, _| !tables.contains(&table.as_str()));
        self
    }

    /// Without some columns of a table.
    pub fn blind_to(mut self, table: &str, columns: &[&str]) -> Self {
        let rows = self.0.get_mut(table).unwrap();
        for row in rows.iter_mut() {
            for column in columns {
                assert!(row.remove(*column).is_some(), "{table} has no {column}");
            }
        }
        rows.sort_by_cached_key(|row| Value::Object(row.clone()).to_string());
        self
    }

    /// Rows of a table, for counting.
    pub fn rows(&self, table: &str) -> &[Map<String, Value>] {
        &self.0[table]
    }

    /// Fails with the first rows that differ.
    pub fn assert_same(&self, other: &Self, when: &str) {
        let names = |books: &Self| books.0.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(other));
        for (table, rows) in &self.0 {
            let others = &other.0[table];
            for (row, other) in rows.iter().zip(others) {
                assert_eq!(row, other, "{when}: {table}");
            }
            assert_eq!(rows.len(), others.len(), "{when}: rows of {table}");
        }
    }

    /// What a night leaves, without what names it: two nights over the same data leave the same.
    pub async fn of_night(db: &TestDb) -> Self {
        let mut books = Self::read(db).await;
        books
            .0
            .retain(|table, _| WRITTEN_BY_NIGHTS.contains(&table.as_str()));
        // A version is called by its number, which counts up alike, and no longer by its random identifier.
        let versions: Vec<(Value, Value)> = books.0["model_versions"]
            .iter()
            .map(|v| (v["id"].clone(), v["number"].clone()))
            .collect();
        for row in books.0.values_mut().flatten() {
            for (_, value) in row.iter_mut() {
                if let Some((_, number)) = versions.iter().find(|(id, _)| id == value) {
                    *value = number.clone();
                }
            }
        }
        books
            .without(&["job_runs", "job_steps", "live_events"])
            .blind_to("forecast_scores", &["scored_at"])
            .blind_to("suggestion_outcomes", &["suggestion_id", "judged_at"])
            .blind_to("suggestions", &["id", "job_run_id", "created_at"])
            .blind_to("model_alias_history", &["id", "at"])
            .blind_to("model_aliases", &["since_at"])
            .blind_to(
                "model_versions",
                &["artifact_path", "created_at", "duration_ms"],
            )
            .blind_to("alerts", &["id", "opened_at", "resolved_at"])
    }
}

/// Forgets every night that ever was; sales, catalog and people stay.
pub async fn forget_nights(db: &TestDb) {
    // The history of who served is append-only: here it is a test that forgets, and never the product.
    let (on, verbs): (&str, &[&str]) = if db.is_postgres() {
        (" ON model_alias_history", &["change"])
    } else {
        ("", &["update", "delete"])
    };
    for verb in verbs {
        let name = format!("model_alias_history_refuse_{verb}");
        let sql = format!("DROP TRIGGER IF EXISTS {name}{on}");
        db.db().connection().execute_unprepared(&sql).await.unwrap();
    }
    for table in WRITTEN_BY_NIGHTS {
        db.db()
            .connection()
            .execute_unprepared(&format!("DELETE FROM {table}"))
            .await
            .unwrap();
    }
}

async fn tables(db: &TestDb) -> Vec<String> {
    let sql = if db.is_postgres() {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    column(db.db().connection(), sql).await
}

/// The first column of an answer.
async fn column(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}
