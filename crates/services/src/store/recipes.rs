//! Rows of recipes, and of what orders hold back and use.

use crate::ledger::Shelf;
use crate::{ServiceError, ServiceResult};
use domain::OrderStatus;
use domain::recipes::{Book, Component, Line, Recipe};
use entity::{order_ingredient, production_order, recipe, recipe_line};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Recipes by name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<recipe::Model>> {
    Ok(recipe::Entity::find()
        .filter(recipe::Column::OrganizationId.eq(organization_id))
        .order_by_asc(recipe::Column::Name)
        .all(db)
        .await?)
}

/// Like [`list`], and nobody changes one of them until the transaction ends: what is read of their lines after that belongs to them.
/// A key share would let a change pass.
pub(crate) async fn list_shared(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<recipe::Model>> {
    Ok(recipe::Entity::find()
        .filter(recipe::Column::OrganizationId.eq(organization_id))
        .order_by_asc(recipe::Column::Name)
        .lock(LockType::Share)
        .all(db)
        .await?)
}

/// Lines of all recipes, by recipe and place.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<Uuid, Vec<recipe_line::Model>>> {
    let rows = recipe_line::Entity::find()
        .filter(recipe_line::Column::OrganizationId.eq(organization_id))
        .order_by_asc(recipe_line::Column::RecipeId)
        .order_by_asc(recipe_line::Column::Position)
        .all(db)
        .await?;
    let mut lines: BTreeMap<Uuid, Vec<recipe_line::Model>> = BTreeMap::new();
    for row in rows {
        lines.entry(row.recipe_id).or_default().push(row);
    }
    Ok(lines)
}

/// The rules' recipe of some rows.
pub(crate) fn recipe_of(row: &recipe::Model, lines: &[recipe_line::Model]) -> Recipe {
    let line = |line: &recipe_line::Model| {
        let component = match (line.ingredient_id, line.part_id) {
            (Some(id), _) => Component::Ingredient(id),
            (None, id) => Component::Recipe(id.unwrap_or_default()),
        };
        Line {
            component,
            quantity: line.quantity,
        }
    };
    Recipe {
        id: row.id,
        yield_quantity: row.yield_quantity,
        loss_bp: row.loss_bp,
        other_cost_minor: row.other_cost_minor,
        lines: lines.iter().map(line).collect(),
    }
}

/// All recipes as the rules see them.
pub(crate) fn book_of(
    rows: &[recipe::Model],
    lines: &BTreeMap<Uuid, Vec<recipe_line::Model>>,
) -> Book {
    rows.iter()
        .map(|row| recipe_of(row, lines.get(&row.id).map_or(&[], Vec::as_slice)))
        .collect()
}

/// The recipe of a product, where there is one.
pub(crate) async fn find_of_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    product_id: Uuid,
) -> ServiceResult<Option<recipe::Model>> {
    Ok(recipe::Entity::find()
        .filter(recipe::Column::OrganizationId.eq(organization_id))
        .filter(recipe::Column::ProductId.eq(product_id))
        .one(db)
        .await?)
}

/// A recipe of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<recipe::Model> {
    recipe::Entity::find_by_id(id)
        .filter(recipe::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("recipe"))
}

/// Adds a recipe, or writes every column of a locked one, with its lines.
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    is_new: bool,
    row: &recipe::Model,
    lines: &[recipe_line::Model],
) -> ServiceResult<()> {
    let active = row.clone().into_active_model();
    if is_new {
        recipe::Entity::insert(active)
            .exec_without_returning(db)
            .await?;
    } else {
        active.reset_all().update(db).await?;
        recipe_line::Entity::delete_many()
            .filter(recipe_line::Column::RecipeId.eq(row.id))
            .exec(db)
            .await?;
    }
    let lines = lines
        .iter()
        .cloned()
        .map(IntoActiveModel::into_active_model);
    recipe_line::Entity::insert_many(lines)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Removes a recipe with its lines.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    recipe::Entity::delete_many()
        .filter(recipe::Column::OrganizationId.eq(organization_id))
        .filter(recipe::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// What an order holds back and has used.
pub(crate) async fn list_taken(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<Vec<order_ingredient::Model>> {
    Ok(order_ingredient::Entity::find()
        .filter(order_ingredient::Column::OrganizationId.eq(organization_id))
        .filter(order_ingredient::Column::OrderId.eq(order_id))
        .order_by_asc(order_ingredient::Column::ProductId)
        .all(db)
        .await?)
}

/// Writes down what an order holds back and has used.
pub(crate) async fn upsert_taken(
    db: &impl ConnectionTrait,
    rows: Vec<order_ingredient::Model>,
) -> ServiceResult<()> {
    use order_ingredient::Column as C;
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    order_ingredient::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([C::OrderId, C::ProductId])
                .update_columns([C::StoreId, C::ReservedQuantity, C::UsedQuantity])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Nothing is held back for an order any more.
pub(crate) async fn release(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<()> {
    use order_ingredient::Column as C;
    order_ingredient::Entity::update_many()
        .col_expr(C::ReservedQuantity, Expr::value(0_i64))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::OrderId.eq(order_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Held back by orders in progress, by kitchen and ingredient.
pub(crate) async fn list_reserved(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    use order_ingredient::Column as C;
    let rows: Vec<(Uuid, Uuid, i64)> = order_ingredient::Entity::find()
        .select_only()
        .column(C::StoreId)
        .column(C::ProductId)
        .column_as(C::ReservedQuantity.sum().cast_as("bigint"), "reserved")
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::ReservedQuantity.gt(0))
        .group_by(C::StoreId)
        .group_by(C::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(s, p, n)| ((s, p), n)).collect())
}

/// Orders that still need their ingredients: all that wait, of some stores, until a day.
pub(crate) async fn list_waiting(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    until: chrono::NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    use production_order::Column as C;
    Ok(production_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::Status.eq(OrderStatus::Pending))
        .filter(C::ProductionDate.between(until - chrono::Days::new(7), until))
        .order_by_asc(C::ProductionDate)
        .order_by_asc(C::Number)
        .all(db)
        .await?)
}
