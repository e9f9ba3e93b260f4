//! Table `sales`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{PaymentMethod, SaleSource};
use sea_orm::entity::prelude::*;

/// A ticket.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sales")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub transaction_id: String,
    pub business_date: NaiveDate,
    pub sold_at: DateTime<Utc>,
    pub source: SaleSource,
    pub import_id: Option<Uuid>,
    pub payment_method: Option<PaymentMethod>,
    pub total_minor: i64,
    pub recorded_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::sale_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
