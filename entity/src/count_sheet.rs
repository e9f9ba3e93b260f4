//! Table `count_sheets`.

use chrono::{DateTime, Utc};
use domain::CountSheetStatus;
use sea_orm::entity::prelude::*;

/// The count of a store while people walk along its shelves; at most one of a store is open.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "count_sheets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub status: CountSheetStatus,
    pub opened_by: Option<Uuid>,
    pub opened_at: DateTime<Utc>,
    /// Who last handed it in, be it that something had to be counted again.
    pub handed_in_by: Option<Uuid>,
    pub handed_in_at: Option<DateTime<Utc>>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub decision_note: Option<String>,
    /// What the differences were worth when it was handed in, at cost, without signs.
    pub difference_minor: Option<i64>,
    /// What it became.
    pub count_id: Option<Uuid>,
    /// Grows with every change.
    pub version: i32,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::count_sheet_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
