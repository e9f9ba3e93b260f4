//! Table `organizations`.

use chrono::{DateTime, Utc};
use domain::Language;
use sea_orm::entity::prelude::*;

/// A bakery company: the tenant to which every other row belongs.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Stands in addresses.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// ISO 4217 code.
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    pub language: Language,
    /// IANA name.
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    /// Local hour at which the night starts.
    pub night_hour: i32,
    /// Local hour by which the night must be done.
    pub deadline_hour: i32,
    /// Share of bad rows above which an import is refused, in basis points.
    pub import_error_threshold_bp: i32,
    /// Whether the counter may sell below zero.
    pub allow_oversell: bool,
    /// Projected waste of a product in a shop that is worth an alert.
    pub waste_alert_minor: i64,
    /// A product whose difference is worth more than this is counted twice; nothing = never.
    pub count_recount_minor: Option<i64>,
    /// A count whose differences are worth more than this needs approval; nothing = never.
    pub count_approval_minor: Option<i64>,
    /// Local minute of the day at which midday begins in the shops; before it is morning.
    pub midday_minute: i32,
    /// Local minute of the day at which the afternoon begins, after midday.
    pub afternoon_minute: i32,
    pub created_at: DateTime<Utc>,
    /// Grows with every change of the settings.
    pub version: i32,
    /// So many months old may be what can be cleared away; nothing = all of it stays.
    pub keep_months: Option<i32>,
    /// Since when nobody of it is let in.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why, in the operator's words.
    #[sea_orm(column_type = "Text", nullable)]
    pub suspended_for: Option<String>,
    pub deletion_asked_at: Option<DateTime<Utc>>,
    /// The person who asked.
    pub deletion_asked_by: Option<Uuid>,
    /// From then on it is erased for good.
    pub erase_after: Option<DateTime<Utc>>,
    /// Set once the erasing has begun: nothing brings it back then.
    pub erasing_since: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
