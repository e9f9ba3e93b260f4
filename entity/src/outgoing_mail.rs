//! Table `outgoing_mails`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A mail that is to be sent. What it says is written when it is sent, so that no link ever stands here.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_mails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Nothing where it is not known yet whose address it is.
    pub organization_id: Option<Uuid>,
    /// `invitation`, `password_reset`, `password_changed`, `sign_up` or `alert`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// What it is about.
    pub subject_id: Option<Uuid>,
    /// Address.
    #[sea_orm(column_type = "Text")]
    pub recipient: String,
    pub queued_at: DateTime<Utc>,
    /// Not before.
    pub next_attempt_at: DateTime<Utc>,
    /// Until then a process is sending it.
    pub claimed_until: Option<DateTime<Utc>>,
    pub attempts: i32,
    pub finished_at: Option<DateTime<Utc>>,
    /// `sent`, `dropped` (there is nothing to send any more) or `given_up`.
    #[sea_orm(column_type = "Text", nullable)]
    pub outcome: Option<String>,
    /// Why the last attempt failed, or there was nothing to send.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
