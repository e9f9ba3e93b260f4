//! The registry of models, as people and programs see it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{AliasChange, ModelAlias};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A model version in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersionView {
    pub id: Uuid,
    pub number: i32,
    pub family: String,
    /// Last trading day that it has learned from.
    pub trained_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub passed_gate: bool,
    /// Why it passed or did not, with the numbers.
    pub reason: String,
    pub alias: Option<ModelAlias>,
    #[serde(with = "crate::wire::free_form")]
    pub metrics: Value,
    #[serde(with = "crate::wire::free_form")]
    pub baseline_metrics: Value,
    pub parameter_count: i64,
    pub duration_ms: i64,
    /// When its artifact was cleared away; a version without one cannot serve.
    pub artifact_removed_at: Option<DateTime<Utc>>,
}

/// Everything that is kept of a model version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersionDetail {
    pub version: ModelVersionView,
    pub schema_hash: String,
    pub data_version: String,
    pub code_version: String,
    pub seed: i64,
    /// Settings, covariates, hashes of the files.
    #[serde(with = "crate::wire::free_form")]
    pub manifest: Value,
    /// Model, baselines and champion by window, store and horizon, in quantile loss and in money; null where it was not
    /// judged.
    #[serde(with = "crate::wire::free_form")]
    pub report: Value,
}

/// How much worse a model forecasts when it is denied a group of its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureImportance {
    /// Such as `weekday`, `promotion` or `weather`.
    pub group: String,
    /// Rise of the quantile loss over that of the whole model: 0.1 = 10 % worse.
    pub loss_rise: f64,
    /// Standard deviation over several shufflings.
    pub spread: f64,
}

/// What the model that serves listens to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureImportanceView {
    /// `None` while no model serves.
    pub version: Option<ModelVersionView>,
    /// Largest first; empty where it was not asked.
    pub groups: Vec<FeatureImportance>,
    /// How it was measured.
    pub method: String,
}

/// One entry of the history of who served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AliasChangeView {
    pub alias: ModelAlias,
    pub kind: AliasChange,
    /// Number of the version before; `None` = there was none.
    pub from_number: Option<i32>,
    pub to_number: Option<i32>,
    pub reason: String,
    /// Who chose; `None` = the night or the command line.
    pub actor_name: Option<String>,
    pub at: DateTime<Utc>,
}

/// A search for settings of the forecaster, or a return to the usual ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelSearchView {
    pub id: Uuid,
    /// Settings with which nights train from then on; null = those from before stay, `{}` = the usual ones again.
    pub chosen: serde_json::Value,
    /// Why, with the numbers.
    pub reason: String,
    /// Every trial with its results, the windows on which was judged, and the budget.
    pub outcome: serde_json::Value,
    pub data_version: String,
    pub code_version: String,
    pub seed: i64,
    pub duration_ms: i64,
    pub at: DateTime<Utc>,
}

/// Lets a version serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromoteModel {
    pub command_id: Uuid,
    pub model_version_id: Uuid,
    /// Why, for those who look it up later.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Brings back the version that served before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RollBackModel {
    pub command_id: Uuid,
    /// Why, for those who look it up later.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub reason: String,
}
