//! Table `passkey_challenges`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A question that waits for the answer of a passkey: good once, in the session that asked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenges")]
pub struct Model {
    /// The name of the person's session; of a stranger's a word of chance that the session keeps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub holder: Uuid,
    /// `add`, `enter`, `second_step` or `prove`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub purpose: String,
    /// None where it is not known yet who will answer.
    pub organization_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    /// What was asked, as JSON.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    pub expires_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
