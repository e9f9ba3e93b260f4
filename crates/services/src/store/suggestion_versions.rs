//! Rows of what suggestions said before.

use crate::ServiceResult;
use entity::{suggestion, suggestion_version};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeMap;
use suggestion_version::Column as C;
use uuid::Uuid;

/// 7 columns a row: well below the engines' limits on bound values.
const ROWS_PER_STATEMENT: usize = 2_000;

/// Writes what these suggestions say now as their next versions: two statements for every [`ROWS_PER_STATEMENT`] of them. Their rows are
/// locked by the caller, or two that count up at once take the same number.
pub(crate) async fn insert_next(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    rows: &[&suggestion::Model],
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let last: Vec<(Uuid, i32)> = suggestion_version::Entity::find()
            .select_only()
            .column(C::SuggestionId)
            .column_as(C::Number.max(), "last")
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::SuggestionId.is_in(chunk.iter().map(|row| row.id)))
            .group_by(C::SuggestionId)
            .into_tuple()
            .all(db)
            .await?;
        let last: BTreeMap<Uuid, i32> = last.into_iter().collect();
        let versions = chunk.iter().map(|row| {
            suggestion_version::Model {
                suggestion_id: row.id,
                number: last.get(&row.id).map_or(1, |number| number + 1),
                organization_id,
                quantity: row.quantity,
                reasons: row.reasons.clone(),
                job_run_id: row.job_run_id,
                computed_at: row.created_at,
            }
            .into_active_model()
        });
        suggestion_version::Entity::insert_many(versions)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// What a suggestion said before, the latest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    suggestion_id: Uuid,
    limit: u64,
) -> ServiceResult<Vec<suggestion_version::Model>> {
    Ok(suggestion_version::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::SuggestionId.eq(suggestion_id))
        .order_by_desc(C::Number)
        .limit(limit)
        .all(db)
        .await?)
}
