//! Table `identity_providers`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A provider of OpenID Connect that tells an organization who somebody is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// As the sign-in page calls it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The provider's own name, a web address without a slash at its end unless it has one itself.
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    /// Under the key of the installation, bound to this row; nothing for a client without one.
    #[sea_orm(column_type = "Text", nullable)]
    pub secret_sealed: Option<String>,
    /// Whether somebody who is not known yet becomes a person.
    pub makes_people: bool,
    /// Words of the four roles that such a person gets.
    #[sea_orm(column_type = "JsonBinary")]
    pub roles: Json,
    /// Identifiers of the organization's own roles that such a person gets.
    #[sea_orm(column_type = "JsonBinary")]
    pub role_ids: Json,
    pub all_stores: bool,
    /// Identifiers of the stores that such a person gets where it is not all.
    #[sea_orm(column_type = "JsonBinary")]
    pub stores: Json,
    /// Whether a second factor that the provider says it asked for stands in for ours.
    pub trusts_factor: bool,
    /// Whether people who have come in this way may come in by password too.
    pub passwords_allowed: bool,
    pub active: bool,
    pub version: i32,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
