//! Table `calendar_entries`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::CalendarKind;
use sea_orm::entity::prelude::*;

/// A holiday, an event or a closure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Nothing means every store.
    pub store_id: Option<Uuid>,
    pub kind: CalendarKind,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
