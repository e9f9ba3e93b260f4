//! Table `promotions`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// A discount that runs for some days.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "promotions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Nothing means every store.
    pub store_id: Option<Uuid>,
    /// Nothing means every product.
    pub product_id: Option<Uuid>,
    /// Nothing means every category.
    pub category_id: Option<Uuid>,
    /// Basis points of the price.
    pub discount_bp: i32,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
