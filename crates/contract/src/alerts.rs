//! What a person must look at.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{AlertKind, AlertStatus, Severity, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is behind an alert, as far as its kind has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertFacts {
    /// Base units that the ledger says are there.
    pub on_hand: Option<i64>,
    /// Base units below which more should be baked or ordered.
    pub reorder_point: Option<i64>,
    /// The trading day that it is about.
    pub date: Option<NaiveDate>,
    /// Codes of the stores whose sales are missing.
    pub missing: Vec<String>,
    /// Codes of the stores that sold far less than they usually do.
    pub suspicious: Vec<String>,
    /// Error of the latest days in ten-thousandths of the error before.
    pub error_ratio_bp: Option<i64>,
    /// Base units that are missing, or that will be left over.
    pub quantity: Option<i64>,
    /// What that costs, in minor units.
    pub money_minor: Option<i64>,
    /// Of the order that it is about.
    pub order_number: Option<i64>,
    /// Unit of an ingredient that is to be bought; nothing where something is to be made.
    pub to_buy: Option<Unit>,
    /// Moment on the store's clock at which nothing will be left, at the usual pace.
    pub empty_at: Option<NaiveTime>,
}

/// An alert, as the screens show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    pub facts: AlertFacts,
    pub opened_at: DateTime<Utc>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Which alerts to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListAlerts {
    /// Nothing = every store in scope, and the organization's own.
    pub store_id: Option<Uuid>,
    /// Nothing = open and acknowledged ones.
    pub status: Option<AlertStatus>,
    pub kind: Option<AlertKind>,
}

/// Alerts, the most urgent and newest first, at most 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertList {
    pub alerts: Vec<AlertView>,
    pub open: i64,
    pub acknowledged: i64,
}

/// Says that somebody is looking after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcknowledgeAlert {
    pub command_id: Uuid,
    pub alert_id: Uuid,
}
