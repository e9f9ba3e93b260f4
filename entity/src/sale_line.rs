//! Table `sale_lines`.

use chrono::NaiveDate;
use domain::ReturnTo;
use sea_orm::entity::prelude::*;

/// One product on a ticket.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sale_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sale_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub line: String,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub business_date: NaiveDate,
    /// Base units; below zero where goods were brought back.
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    #[sea_orm(column_type = "Text")]
    pub promotion_code: Option<String>,
    pub import_id: Option<Uuid>,
    /// Where went what was brought back; nothing on a sale.
    pub return_to: Option<ReturnTo>,
    #[sea_orm(belongs_to, from = "sale_id", to = "id")]
    pub sale: BelongsTo<super::sale::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
