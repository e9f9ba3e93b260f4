//! Table `organization_invitations`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A link with which somebody can make an organization, once. Belongs to the operator: there is no organization yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of the administrator to be, lower case.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// SHA-256 of the token in the link, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// `operator`, or `self` where the person asked for it.
    #[sea_orm(column_type = "Text")]
    pub cause: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
