//! Table `invitations`.

use chrono::{DateTime, Utc};
use domain::Language;
use sea_orm::entity::prelude::*;

/// Somebody who may become a person of the organization by following a link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Lower case.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Of the mail, and of the person until they choose another; nothing = the organization's.
    pub language: Option<Language>,
    /// Keys of the roles that the person gets.
    #[sea_orm(column_type = "JsonBinary")]
    pub roles: Json,
    pub all_stores: bool,
    /// Identifiers of the stores that the person gets where it is not all.
    #[sea_orm(column_type = "JsonBinary")]
    pub stores: Json,
    /// SHA-256 of the link's token, hexadecimal; nothing before the first mail.
    #[sea_orm(column_type = "Text", nullable)]
    pub token_hash: Option<String>,
    /// Nothing = the operator.
    pub invited_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// From then on the link is good for nothing.
    pub expires_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    /// The person whom the invited one became.
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
