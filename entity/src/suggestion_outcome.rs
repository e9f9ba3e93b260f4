//! Table `suggestion_outcomes`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// What a person's change to a suggestion, or saying no to it, brought once its days were over.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suggestion_outcomes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub suggestion_id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// The suggestion's.
    pub production_date: NaiveDate,
    /// What was wanted on the days that the batch had to feed, base units.
    pub demand: i64,
    /// Sold out on one of them: the demand is partly an estimate.
    pub censored: bool,
    /// What was there for these days besides, whatever had been decided; base units.
    pub beside: i64,
    /// The system's number, base units.
    pub suggested_quantity: i64,
    /// The person's number, base units.
    pub decided_quantity: i64,
    /// What the system's number would have cost in leftovers and missed sales.
    pub suggested_cost_minor: i64,
    /// What the person's number cost likewise.
    pub decided_cost_minor: i64,
    /// By how much the person's number was the cheaper one; below zero where it was the dearer.
    pub saved_minor: i64,
    /// When it was judged with this result.
    pub judged_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "suggestion_id", to = "id")]
    pub suggestion: BelongsTo<super::suggestion::Entity>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
