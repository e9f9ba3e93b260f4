//! Table `store_products`.

use chrono::{DateTime, Utc};
use domain::{RatioBy, ReplenishmentPolicy};
use sea_orm::entity::prelude::*;

/// How one store carries one product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store_products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    pub listed: bool,
    pub reorder_point: Option<i64>,
    pub order_up_to: Option<i64>,
    pub updated_at: DateTime<Utc>,
    /// Chosen for this shelf; the product's where nothing is.
    pub policy: Option<ReplenishmentPolicy>,
    /// Chosen for this shelf; from the costs where nothing is.
    pub ratio_by: Option<RatioBy>,
    /// Basis points, chosen for this shelf; the product's where nothing is.
    pub service_level_bp: Option<i32>,
    /// What an unsold unit still brings here; the product's where nothing is said.
    pub salvage_minor: Option<i64>,
    /// Basis points, chosen for this shelf; the product's where nothing is.
    pub substitution_share_bp: Option<i32>,
    /// Grows with every change of what is chosen, levels included.
    pub policy_version: i32,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
