//! Table `identity_provider_domains`.

use sea_orm::entity::prelude::*;

/// A domain whose addresses a provider may tell.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_provider_domains")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_id: Uuid,
    /// Lower case.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub domain: String,
    pub organization_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
