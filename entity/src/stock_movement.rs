//! Table `stock_movements`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{MovementKind, StockReason};
use sea_orm::entity::prelude::*;

/// One signed fact of the ledger. Rows are only ever added: the database refuses to change or remove one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_movements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub kind: MovementKind,
    /// Signed, base units.
    pub quantity: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When we learned of it.
    pub recorded_at: DateTime<Utc>,
    pub business_date: NaiveDate,
    pub reason: Option<StockReason>,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    /// The movement that this one undoes.
    pub reverses_id: Option<Uuid>,
    pub count_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    /// May name a sale that the undoing of an import has removed.
    pub sale_id: Option<Uuid>,
    pub import_id: Option<Uuid>,
    pub command_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub transfer_id: Option<Uuid>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
