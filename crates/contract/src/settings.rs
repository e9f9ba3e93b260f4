//! The organization's own settings.

use crate::organization::DeletionView;
use domain::Language;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The caller's organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationSettings {
    pub id: Uuid,
    /// Stands in addresses.
    pub slug: String,
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    pub language: Language,
    /// IANA name.
    pub time_zone: String,
    /// Local hour at which the night starts.
    pub night_hour: i32,
    /// Local hour by which forecasts must be there.
    pub deadline_hour: i32,
    /// Share of bad rows above which a file of sales is refused, in basis points.
    pub import_error_threshold_bp: i32,
    /// Whether the counter may sell below zero.
    pub allow_oversell: bool,
    /// Projected waste of a product in a shop that is worth an alert.
    pub waste_alert_minor: i64,
    /// Difference of a product from which on it is counted twice; nothing = never.
    pub count_recount_minor: Option<i64>,
    /// Differences of a count from which on somebody has to agree; nothing = never.
    pub count_approval_minor: Option<i64>,
    /// Local minute at which midday begins in the shops.
    pub midday_minute: i32,
    /// Local minute at which the afternoon begins.
    pub afternoon_minute: i32,
    /// So many months old may be what can be cleared away (forecasts, rejected rows, alerts that are over); nothing = all of it stays.
    pub keep_months: Option<i32>,
    /// Grows with every change.
    pub version: i32,
    /// Whether something was sold: then the currency stays.
    pub has_sold: bool,
    /// Where somebody asked for the organization to be deleted.
    pub deletion: Option<DeletionView>,
}

/// A setting that can be nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnsetSetting {
    /// Nothing is counted twice.
    CountRecountMinor,
    /// No count needs approval.
    CountApprovalMinor,
    /// Nothing is cleared away.
    KeepMonths,
}

/// Changes the settings that it names; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    pub command_id: Uuid,
    /// The version that was read; over REST also as `If-Match`.
    #[serde(default)]
    pub version: Option<i32>,
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    #[serde(default)]
    pub name: Option<String>,
    /// ISO 4217 code; only while nothing was sold.
    #[serde(default)]
    pub currency: Option<String>,
    #[serde(default)]
    pub language: Option<Language>,
    /// IANA name.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// 0 to 23.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 23))]
    #[serde(default)]
    pub night_hour: Option<i32>,
    /// 0 to 23, after the night's.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 23))]
    #[serde(default)]
    pub deadline_hour: Option<i32>,
    /// 0 to 10,000.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000))]
    #[serde(default)]
    pub import_error_threshold_bp: Option<i32>,
    #[serde(default)]
    pub allow_oversell: Option<bool>,
    /// Not negative.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    #[serde(default)]
    pub waste_alert_minor: Option<i64>,
    /// Not negative.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    #[serde(default)]
    pub count_recount_minor: Option<i64>,
    /// Not negative.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    #[serde(default)]
    pub count_approval_minor: Option<i64>,
    /// 1 to 1,439.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1439))]
    #[serde(default)]
    pub midday_minute: Option<i32>,
    /// 1 to 1,439, after midday.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1439))]
    #[serde(default)]
    pub afternoon_minute: Option<i32>,
    /// 6 to 120.
    #[cfg_attr(feature = "openapi", schema(minimum = 6, maximum = 120))]
    #[serde(default)]
    pub keep_months: Option<i32>,
    /// Settings that are to be nothing.
    #[serde(default)]
    pub unset: Vec<UnsetSetting>,
}
