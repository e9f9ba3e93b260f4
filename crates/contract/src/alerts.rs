//! What a person must look at.

use chrono::{DateTime, Utc};
use domain::{AlertKind, AlertStatus, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// An alert, as the screens show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertView {
    pub id: Uuid,
    pub kind: AlertKind,
    pub severity: Severity,
    pub status: AlertStatus,
    /// Nothing = the whole organization.
    pub store_id: Option<Uuid>,
    pub store_name: Option<String>,
    pub product_id: Option<Uuid>,
    pub product_name: Option<String>,
    /// Numbers behind the alert, by kind.
    pub detail: Value,
    pub opened_at: DateTime<Utc>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Which alerts to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAlerts {
    /// Nothing = every store in scope, and the organization's own.
    pub store_id: Option<Uuid>,
    /// Nothing = open and acknowledged ones.
    pub status: Option<AlertStatus>,
    pub kind: Option<AlertKind>,
}

/// Alerts, the most urgent and newest first, at most 200.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertList {
    pub alerts: Vec<AlertView>,
    pub open: i64,
    pub acknowledged: i64,
}

/// Says that somebody is looking after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgeAlert {
    pub command_id: Uuid,
    pub alert_id: Uuid,
}
