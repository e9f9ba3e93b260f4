//! Rows of what is wrong with an import's rows.

use crate::ServiceResult;
use entity::import_reject;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

const ROWS_PER_STATEMENT: usize = 1_000;

/// Reasons that do not reject.
pub(crate) const WARNING: &str = "unknown_promotion";

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    rows: &[import_reject::Model],
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|r| import_reject::ActiveModel {
            import_id: Set(r.import_id),
            row_number: Set(r.row_number),
            column_name: Set(r.column_name.clone()),
            organization_id: Set(r.organization_id),
            value: Set(r.value.clone()),
            reason: Set(r.reason.clone()),
            detail: Set(r.detail.clone()),
            raw_line: Set(r.raw_line.clone()),
        });
        import_reject::Entity::insert_many(models)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, import_id: Uuid) -> ServiceResult<()> {
    import_reject::Entity::delete_many()
        .filter(import_reject::Column::ImportId.eq(import_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Faults by row and column, from behind a position.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    import_id: Uuid,
    reason: Option<&str>,
    behind: Option<(i64, String)>,
    limit: u64,
) -> ServiceResult<Vec<import_reject::Model>> {
    let mut query = import_reject::Entity::find()
        .filter(import_reject::Column::ImportId.eq(import_id))
        .filter(match reason {
            Some(reason) => import_reject::Column::Reason.eq(reason),
            None => import_reject::Column::Reason.ne(WARNING),
        });
    if let Some((row, column)) = behind {
        query = query.filter(
            Condition::any()
                .add(import_reject::Column::RowNumber.gt(row))
                .add(
                    import_reject::Column::RowNumber
                        .eq(row)
                        .and(import_reject::Column::ColumnName.gt(column)),
                ),
        );
    }
    Ok(query
        .order_by_asc(import_reject::Column::RowNumber)
        .order_by_asc(import_reject::Column::ColumnName)
        .limit(limit)
        .all(db)
        .await?)
}

/// How often each reason occurs in each column.
pub(crate) async fn count_reasons(
    db: &impl ConnectionTrait,
    import_id: Uuid,
) -> ServiceResult<Vec<(String, String, i64)>> {
    Ok(import_reject::Entity::find()
        .select_only()
        .column(import_reject::Column::Reason)
        .column(import_reject::Column::ColumnName)
        .column_as(import_reject::Column::RowNumber.count(), "rows")
        .filter(import_reject::Column::ImportId.eq(import_id))
        .filter(import_reject::Column::Reason.ne(WARNING))
        .group_by(import_reject::Column::Reason)
        .group_by(import_reject::Column::ColumnName)
        .into_tuple()
        .all(db)
        .await?)
}

/// How many rows have faults that are kept.
pub(crate) async fn count_rows(db: &impl ConnectionTrait, import_id: Uuid) -> ServiceResult<i64> {
    let rows = import_reject::Entity::find()
        .select_only()
        .column(import_reject::Column::RowNumber)
        .distinct()
        .filter(import_reject::Column::ImportId.eq(import_id))
        .filter(import_reject::Column::Reason.ne(WARNING))
        .count(db)
        .await?;
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}
