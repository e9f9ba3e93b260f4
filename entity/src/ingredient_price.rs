//! Table `ingredient_prices`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What a pack of an ingredient cost from then on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ingredient_prices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub product_id: Uuid,
    pub supplier_id: Option<Uuid>,
    /// Base units of the pack.
    pub pack_quantity: i64,
    pub pack_price_minor: i64,
    pub actor_id: Option<Uuid>,
    pub recorded_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
