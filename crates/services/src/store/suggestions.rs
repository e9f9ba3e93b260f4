//! Rows of suggestions.

use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::error::ServiceError;
use chrono::{DateTime, NaiveDate, Utc};
use domain::SuggestionStatus;
use domain::replenish::Reasons;
use entity::suggestion;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use std::collections::BTreeMap;
use suggestion::Column as C;
use uuid::Uuid;

/// 15 columns a row: well below the engines' limits on bound values.
const ROWS_PER_STATEMENT: usize = 500;

/// A kitchen that bakes for a whole chain asks for more orders of a day than SQLite takes values (32,766).
const IDS_PER_STATEMENT: usize = 20_000;

/// Suggestions of a day.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    production_date: NaiveDate,
    statuses: &[SuggestionStatus],
) -> ServiceResult<Vec<suggestion::Model>> {
    let mut query = suggestion::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductionDate.eq(production_date))
        .filter(C::Status.is_in(statuses.iter().copied()));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(C::StoreId.is_in(stores.iter().copied()));
    }
    Ok(query.all(db).await?)
}

/// How many suggestions of each state every store in scope has on a day.
pub(crate) async fn count_of_day(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    production_date: NaiveDate,
    statuses: &[SuggestionStatus],
) -> ServiceResult<Vec<(Uuid, SuggestionStatus, i64)>> {
    let mut query = suggestion::Entity::find()
        .select_only()
        .column(C::StoreId)
        .column(C::Status)
        .column_as(Expr::cust("COUNT(*)"), "suggestions")
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductionDate.eq(production_date))
        .filter(C::Status.is_in(statuses.iter().copied()));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(C::StoreId.is_in(stores.iter().copied()));
    }
    Ok(query
        .group_by(C::StoreId)
        .group_by(C::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// All suggestions of a day, locked until the transaction ends: ascending, as who accepts many locks them.
pub(crate) async fn list_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    production_date: NaiveDate,
) -> ServiceResult<Vec<suggestion::Model>> {
    Ok(suggestion::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductionDate.eq(production_date))
        .order_by_asc(C::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?)
}

/// Suggestions for some days that became something else than they said: dismissed, or accepted with another number.
pub(crate) async fn list_changed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<suggestion::Model>> {
    let other_number = Condition::all()
        .add(C::Status.eq(SuggestionStatus::Accepted))
        .add(Expr::col(C::AcceptedQuantity).ne(Expr::col(C::Quantity)));
    Ok(suggestion::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductionDate.between(from, until))
        .filter(
            Condition::any()
                .add(C::Status.eq(SuggestionStatus::Dismissed))
                .add(other_number),
        )
        .all(db)
        .await?)
}

/// A suggestion of the organization.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<suggestion::Model> {
    suggestion::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("suggestion"))
}

/// A suggestion of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<suggestion::Model> {
    suggestion::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("suggestion"))
}

/// Why some suggestions say what they say. What cannot be read is left out: what is shown beside it does not depend on it.
pub(crate) async fn list_reasons(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<BTreeMap<Uuid, Reasons>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut known = BTreeMap::new();
    for chunk in ids.chunks(IDS_PER_STATEMENT) {
        let rows: Vec<(Uuid, Value)> = suggestion::Entity::find()
            .select_only()
            .column(C::Id)
            .column(C::Reasons)
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        let read = |(id, reasons): (Uuid, Value)| Some((id, serde_json::from_value(reasons).ok()?));
        known.extend(rows.into_iter().filter_map(read));
    }
    Ok(known)
}

/// What was last computed for some products of a store, of the production days from `from` to `until`, and when. What was superseded says
/// nothing any more, and what cannot be read is left out.
pub(crate) async fn list_latest_reasons(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    products: impl IntoIterator<Item = Uuid>,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<BTreeMap<Uuid, (DateTime<Utc>, Reasons)>> {
    let rows: Vec<(Uuid, DateTime<Utc>, Value)> = suggestion::Entity::find()
        .select_only()
        .column(C::ProductId)
        .column(C::CreatedAt)
        .column(C::Reasons)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.eq(store_id))
        .filter(C::ProductId.is_in(products))
        .filter(C::ProductionDate.between(from, until))
        .filter(C::Status.ne(SuggestionStatus::Superseded))
        .order_by_asc(C::ProductionDate)
        .into_tuple()
        .all(db)
        .await?;
    let mut latest = BTreeMap::new();
    for (product_id, computed_at, reasons) in rows {
        // Of several days the last one stays.
        if let Ok(reasons) = serde_json::from_value(reasons) {
            latest.insert(product_id, (computed_at, reasons));
        }
    }
    Ok(latest)
}

/// Writes every column of a locked suggestion.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    row: &suggestion::Model,
) -> ServiceResult<()> {
    row.clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// Writes what was computed. A row that a person decided stays as it is; a person's number on an open one stays too.
pub(crate) async fn upsert_open(
    db: &impl ConnectionTrait,
    rows: &[suggestion::Model],
) -> ServiceResult<()> {
    let undecided = Expr::col((suggestion::Entity, C::Status)).is_in([
        SuggestionStatus::Open.to_value(),
        SuggestionStatus::Superseded.to_value(),
    ]);
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        suggestion::Entity::insert_many(chunk.iter().map(|r| r.clone().into_active_model()))
            .on_conflict(
                OnConflict::columns([C::StoreId, C::ProductId, C::ProductionDate])
                    .update_columns([
                        C::CoversDays,
                        C::Quantity,
                        C::Status,
                        C::Reasons,
                        C::JobRunId,
                        C::CreatedAt,
                    ])
                    .action_and_where(undecided.clone())
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Marks open suggestions that have no reason any more.
pub(crate) async fn supersede(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: &[Uuid],
) -> ServiceResult<u64> {
    let mut marked = 0;
    for chunk in ids.chunks(ROWS_PER_STATEMENT) {
        marked += suggestion::Entity::update_many()
            .col_expr(
                C::Status,
                Expr::value(SuggestionStatus::Superseded.to_value()),
            )
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::Status.eq(SuggestionStatus::Open))
            .filter(C::Id.is_in(chunk.iter().copied()))
            .exec(db)
            .await?
            .rows_affected;
    }
    Ok(marked)
}
