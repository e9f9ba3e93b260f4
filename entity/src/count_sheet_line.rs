//! Table `count_sheet_lines`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One product of a count that is under way.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "count_sheet_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sheet_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    /// Base units; nothing = not counted yet.
    pub counted: Option<i64>,
    /// When it was counted, or last cleared.
    pub counted_at: Option<DateTime<Utc>>,
    pub counted_by: Option<Uuid>,
    /// What was found before somebody was asked to count again.
    pub first_counted: Option<i64>,
    /// Somebody is asked to count it again.
    pub recount: bool,
    #[sea_orm(belongs_to, from = "sheet_id", to = "id")]
    pub sheet: BelongsTo<super::count_sheet::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
