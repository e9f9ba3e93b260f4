//! Table `recipe_lines`.

use sea_orm::entity::prelude::*;

/// One component of a recipe: an ingredient, or what another recipe makes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recipe_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub recipe_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub organization_id: Uuid,
    /// A product of the kind ingredient.
    pub ingredient_id: Option<Uuid>,
    /// A recipe.
    pub part_id: Option<Uuid>,
    /// Base units of the component for one batch.
    pub quantity: i64,
    #[sea_orm(belongs_to, from = "recipe_id", to = "id")]
    pub recipe: BelongsTo<super::recipe::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
