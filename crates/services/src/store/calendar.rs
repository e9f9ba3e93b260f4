//! Rows of calendar entries and promotions, as people edit them.

use crate::ServiceResult;
use entity::{calendar_entry, daily_sales, promotion, sale_line, store};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Identifier and name of every store.
pub(crate) async fn list_store_names(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(Uuid, String)>> {
    Ok(store::Entity::find()
        .select_only()
        .columns([store::Column::Id, store::Column::Name])
        .filter(store::Column::OrganizationId.eq(organization_id))
        .order_by_asc(store::Column::Code)
        .into_tuple()
        .all(db)
        .await?)
}

pub(crate) async fn find_entry(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<calendar_entry::Model>> {
    Ok(calendar_entry::Entity::find_by_id(id)
        .filter(calendar_entry::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

pub(crate) async fn insert_entry(
    db: &impl ConnectionTrait,
    row: calendar_entry::Model,
) -> ServiceResult<()> {
    calendar_entry::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_entry(
    db: &impl ConnectionTrait,
    row: &calendar_entry::Model,
) -> ServiceResult<()> {
    calendar_entry::Entity::update_many()
        .set(calendar_entry::ActiveModel {
            id: NotSet,
            organization_id: NotSet,
            store_id: Set(row.store_id),
            kind: Set(row.kind),
            name: Set(row.name.clone()),
            starts_on: Set(row.starts_on),
            ends_on: Set(row.ends_on),
            note: Set(row.note.clone()),
            created_by: NotSet,
            created_at: NotSet,
        })
        .filter(calendar_entry::Column::Id.eq(row.id))
        .filter(calendar_entry::Column::OrganizationId.eq(row.organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete_entry(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    calendar_entry::Entity::delete_many()
        .filter(calendar_entry::Column::Id.eq(id))
        .filter(calendar_entry::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find_promotion(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<promotion::Model>> {
    Ok(promotion::Entity::find_by_id(id)
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

pub(crate) async fn find_promotion_by_code(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    code: &str,
) -> ServiceResult<Option<promotion::Model>> {
    Ok(promotion::Entity::find()
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .filter(promotion::Column::Code.eq(code))
        .one(db)
        .await?)
}

pub(crate) async fn insert_promotion(
    db: &impl ConnectionTrait,
    row: promotion::Model,
) -> ServiceResult<()> {
    promotion::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_promotion(
    db: &impl ConnectionTrait,
    row: &promotion::Model,
) -> ServiceResult<()> {
    promotion::Entity::update_many()
        .set(promotion::ActiveModel {
            id: NotSet,
            organization_id: NotSet,
            code: Set(row.code.clone()),
            name: Set(row.name.clone()),
            store_id: Set(row.store_id),
            product_id: Set(row.product_id),
            category_id: Set(row.category_id),
            discount_bp: Set(row.discount_bp),
            starts_on: Set(row.starts_on),
            ends_on: Set(row.ends_on),
            created_by: NotSet,
            created_at: NotSet,
        })
        .filter(promotion::Column::Id.eq(row.id))
        .filter(promotion::Column::OrganizationId.eq(row.organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete_promotion(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    promotion::Entity::delete_many()
        .filter(promotion::Column::Id.eq(id))
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether any sale names the promotion. Daily sales, of which there are far fewer, are asked first; a ticket can
/// carry a code that its day does not, so the lines have the last word.
pub(crate) async fn promotion_was_sold(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    code: &str,
) -> ServiceResult<bool> {
    let by_day: Option<Uuid> = daily_sales::Entity::find()
        .select_only()
        .column(daily_sales::Column::ProductId)
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::Promotion.eq(code))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    if by_day.is_some() {
        return Ok(true);
    }
    let by_line: Option<Uuid> = sale_line::Entity::find()
        .select_only()
        .column(sale_line::Column::ProductId)
        .filter(sale_line::Column::OrganizationId.eq(organization_id))
        .filter(sale_line::Column::PromotionCode.eq(code))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(by_line.is_some())
}
