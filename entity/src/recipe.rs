//! Table `recipes`.

use chrono::{DateTime, Utc};
use domain::Unit;
use sea_orm::entity::prelude::*;

/// What one batch is made of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recipes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// What it makes; `None` for a dough or a filling, which only other recipes use.
    pub product_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Base unit of what it makes.
    pub unit: Unit,
    /// Base units of one batch, before anything is lost.
    pub yield_quantity: i64,
    /// Share that is lost as a rule, in basis points.
    pub loss_bp: i32,
    /// What a batch costs besides its ingredients: work, energy.
    pub other_cost_minor: i64,
    pub oven_minutes: Option<i32>,
    /// List of stages and their minutes in the order of the work; without baking, which takes `oven_minutes`.
    #[sea_orm(column_type = "JsonBinary")]
    pub stages: Json,
    #[sea_orm(column_type = "Text")]
    pub method: Option<String>,
    /// Grows with every edit.
    pub version: i32,
    pub updated_at: DateTime<Utc>,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::recipe_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
