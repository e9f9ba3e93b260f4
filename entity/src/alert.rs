//! Table `alerts`.

use chrono::{DateTime, Utc};
use domain::{AlertKind, AlertStatus, Severity};
use sea_orm::entity::prelude::*;

/// Something that a person must look at.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alerts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub kind: AlertKind,
    pub severity: Severity,
    /// At most one alert that is not resolved has it.
    #[sea_orm(column_type = "Text")]
    pub dedup_key: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    pub status: AlertStatus,
    pub opened_at: DateTime<Utc>,
    pub acknowledged_by: Option<Uuid>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<Option<super::store::Entity>>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<Option<super::product::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
