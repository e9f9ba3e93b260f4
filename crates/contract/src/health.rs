//! How the installation is doing, as administrators see it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::JobStatus;
use serde::{Deserialize, Serialize};

/// How a part is doing, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// As it should be.
    Fine,
    /// It works, and somebody should look.
    Attention,
    /// It does not do what it is there for.
    Danger,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHealth {
    pub state: HealthState,
    /// `SQLite` or `PostgreSQL`.
    pub engine: String,
    /// Bytes, of all organizations together.
    pub bytes: Option<i64>,
    /// Changes of the schema that this program needs and the database lacks.
    pub missing_migrations: i64,
    /// Changes that it has seen.
    pub migrations: i64,
}

/// The disk of the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskHealth {
    pub state: HealthState,
    /// Bytes; nothing where the system does not tell.
    pub free: Option<i64>,
    pub total: Option<i64>,
}

/// Nights that wait for a worker, of all organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueHealth {
    pub state: HealthState,
    pub waiting: i64,
    pub since: Option<DateTime<Utc>>,
}

/// The last complete backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHealth {
    pub state: HealthState,
    /// Whether the clock takes one a day.
    pub by_clock: bool,
    pub last_at: Option<DateTime<Utc>>,
    pub bytes: Option<i64>,
    /// When the newest attempt failed, if it did.
    pub failed_at: Option<DateTime<Utc>>,
}

/// The organization's last night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightHealth {
    pub state: HealthState,
    /// The trading day of the newest night; nothing before the first one.
    pub business_date: Option<NaiveDate>,
    pub status: Option<JobStatus>,
    /// The trading day whose night should be over by now.
    pub due: NaiveDate,
}

/// The organization's serving model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelHealth {
    pub state: HealthState,
    /// The last trading day that it was trained on; nothing where the seasonal baseline forecasts.
    pub trained_on: Option<NaiveDate>,
    /// Days since then.
    pub days: Option<i64>,
}

/// The organization's messages over channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageHealth {
    pub state: HealthState,
    pub waiting: i64,
    /// Given up within the last seven days.
    pub given_up: i64,
}

/// How everything is doing at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    pub at: DateTime<Utc>,
    /// Of the program.
    pub version: String,
    pub database: DatabaseHealth,
    pub disk: DiskHealth,
    pub queue: QueueHealth,
    pub backup: BackupHealth,
    pub night: NightHealth,
    pub model: ModelHealth,
    pub messages: MessageHealth,
}
