//! Table `products`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{ProductKind, ReplenishmentPolicy, Unit};
use sea_orm::entity::prelude::*;

/// Something that is sold, or that is used to make it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub category_id: Uuid,
    pub kind: ProductKind,
    #[sea_orm(column_type = "Text")]
    pub sku: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Base unit of every quantity of this product.
    pub unit: Unit,
    /// Per base unit.
    pub price_minor: i64,
    /// Per base unit.
    pub unit_cost_minor: i64,
    /// What an unsold unit still brings.
    pub salvage_minor: i64,
    pub shelf_life_days: i32,
    /// Base units that are baked together.
    pub tray_size: i64,
    pub lead_time_days: i32,
    pub policy: ReplenishmentPolicy,
    /// Basis points.
    pub service_level_bp: i32,
    /// List of texts.
    #[sea_orm(column_type = "JsonBinary")]
    pub allergens: Json,
    pub introduced_on: Option<NaiveDate>,
    pub discontinued_on: Option<NaiveDate>,
    pub active: bool,
    /// Grows with every edit.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    /// Basis points of missed sales that buy something else instead.
    pub substitution_share_bp: i32,
    /// List of texts: codes that stand as bars on it.
    #[sea_orm(column_type = "JsonBinary")]
    pub barcodes: Json,
    #[sea_orm(belongs_to, from = "category_id", to = "id")]
    pub category: BelongsTo<super::category::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
