//! Nightly runs, as the screens show them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{JobStatus, JobTrigger};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NightStepView {
    /// Stable name, translated by the screens.
    pub name: String,
    pub position: i32,
    pub status: JobStatus,
    pub attempts: i32,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    #[serde(with = "crate::wire::free_form")]
    pub detail: Value,
}

/// One night of the caller's organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NightView {
    pub id: Uuid,
    /// The trading day that the night closes; forecasts are for the days after it.
    pub business_date: NaiveDate,
    pub status: JobStatus,
    pub trigger: JobTrigger,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
    /// Whether forecasts were not there at the organization's hour, or are not.
    pub late: bool,
    pub steps: Vec<NightStepView>,
}

/// Starts a night by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartNight {
    pub command_id: Uuid,
    /// The trading day to close; `None` = yesterday in the organization's time zone.
    pub business_date: Option<NaiveDate>,
}
