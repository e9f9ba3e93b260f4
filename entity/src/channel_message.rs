//! Table `channel_messages`.

use chrono::{DateTime, Utc};
use domain::{ChannelKind, MessageStatus};
use sea_orm::entity::prelude::*;

/// A message over a channel: what is to be sent, and what became of it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub channel_id: Uuid,
    pub kind: ChannelKind,
    /// `alert.opened` or `channel.test`.
    #[sea_orm(column_type = "Text")]
    pub event: String,
    pub alert_id: Option<Uuid>,
    /// JSON, byte for byte as it is sent with every attempt.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub status: MessageStatus,
    pub attempts: i32,
    /// Not before.
    pub next_at: DateTime<Utc>,
    /// The process that sends it at the moment.
    #[sea_orm(column_type = "Text")]
    pub owner: Option<String>,
    pub owned_until: Option<DateTime<Utc>>,
    /// Of HTTP, of the last attempt that was answered.
    pub last_status: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
