//! Table `alert_channels`.

use chrono::{DateTime, Utc};
use domain::ChannelKind;
use sea_orm::entity::prelude::*;

/// A way on which alerts leave the house.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_channels")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub kind: ChannelKind,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Web address or address of mail.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// What messages are signed with; hexadecimal, empty for mail.
    #[sea_orm(column_type = "Text")]
    pub secret: String,
    pub active: bool,
    pub version: i32,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
