//! Table `pin_failures`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Wrong PINs of one person on one tablet, in a row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pin_failures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tablet_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub organization_id: Uuid,
    pub failures: i32,
    pub last_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
