//! Rows of alerts.

use crate::ServiceResult;
use crate::alerting::NewAlert;
use chrono::{DateTime, Utc};
use domain::AlertStatus;
use entity::alert;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const KEYS_PER_STATEMENT: usize = 1_000;

/// Opens what is not open; refreshes the detail of a single alert that already is.
pub(crate) async fn upsert_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    wanted: &[NewAlert],
) -> ServiceResult<()> {
    for chunk in wanted.chunks(KEYS_PER_STATEMENT) {
        let known: BTreeSet<String> = alert::Entity::find()
            .select_only()
            .column(alert::Column::DedupKey)
            .filter(alert::Column::OrganizationId.eq(organization_id))
            .filter(alert::Column::Status.ne(AlertStatus::Resolved))
            .filter(alert::Column::DedupKey.is_in(chunk.iter().map(|a| a.dedup_key.clone())))
            .into_tuple::<String>()
            .all(db)
            .await?
            .into_iter()
            .collect();
        let (open, new): (Vec<&NewAlert>, Vec<&NewAlert>) =
            chunk.iter().partition(|a| known.contains(&a.dedup_key));
        for a in open {
            alert::Entity::update_many()
                .col_expr(alert::Column::Detail, Expr::value(a.detail.clone()))
                .filter(alert::Column::OrganizationId.eq(organization_id))
                .filter(alert::Column::DedupKey.eq(&a.dedup_key))
                .filter(alert::Column::Status.ne(AlertStatus::Resolved))
                .exec(db)
                .await?;
        }
        if new.is_empty() {
            continue;
        }
        let rows = new.into_iter().map(|a| alert::ActiveModel {
            id: Set(Uuid::now_v7()),
            organization_id: Set(organization_id),
            store_id: Set(a.store_id),
            product_id: Set(a.product_id),
            kind: Set(a.kind),
            severity: Set(a.severity),
            dedup_key: Set(a.dedup_key.clone()),
            detail: Set(a.detail.clone()),
            status: Set(AlertStatus::Open),
            opened_at: Set(now),
            acknowledged_by: Set(None),
            acknowledged_at: Set(None),
            resolved_at: Set(None),
        });
        alert::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Resolves open and acknowledged alerts with these keys; returns how many.
pub(crate) async fn resolve(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    keys: &[String],
) -> ServiceResult<u64> {
    let mut resolved = 0;
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        resolved += alert::Entity::update_many()
            .col_expr(
                alert::Column::Status,
                Expr::value(AlertStatus::Resolved.to_value()),
            )
            .col_expr(alert::Column::ResolvedAt, Expr::value(Some(now)))
            .filter(alert::Column::OrganizationId.eq(organization_id))
            .filter(alert::Column::Status.ne(AlertStatus::Resolved))
            .filter(alert::Column::DedupKey.is_in(chunk.iter().cloned()))
            .exec(db)
            .await?
            .rows_affected;
    }
    Ok(resolved)
}
