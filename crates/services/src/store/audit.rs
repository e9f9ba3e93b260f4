//! Rows of the audit log and of its head.

use crate::{ServiceError, ServiceResult};
use contract::audit::ListAudit;
use entity::{audit_entry, audit_head};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Name of whoever changed a thing last.
pub(crate) async fn find_last_actor(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    subject_kind: &str,
    subject_id: Uuid,
) -> ServiceResult<Option<String>> {
    use audit_entry::Column as C;
    Ok(audit_entry::Entity::find()
        .select_only()
        .column(C::ActorName)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::SubjectKind.eq(subject_kind))
        .filter(C::SubjectId.eq(subject_id))
        .order_by_desc(C::Sequence)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

/// Takes the next number of the chain; its head stays locked until the transaction ends and carries the hash of the entry before.
pub(crate) async fn advance_head(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<audit_head::Model> {
    let head = audit_head::ActiveModel {
        organization_id: Set(organization_id),
        sequence: Set(1),
        hash: Set(String::new()),
    };
    audit_head::Entity::insert(head)
        .on_conflict(
            OnConflict::column(audit_head::Column::OrganizationId)
                .value(
                    audit_head::Column::Sequence,
                    Expr::col((audit_head::Entity, audit_head::Column::Sequence)).add(1),
                )
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    audit_head::Entity::find_by_id(organization_id)
        .one(db)
        .await?
        .ok_or_else(|| ServiceError::Internal("the audit head vanished".into()))
}

/// Adds an entry.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    entry: audit_entry::ActiveModel,
) -> ServiceResult<()> {
    audit_entry::Entity::insert(entry)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes the hash of the newest entry onto the head.
pub(crate) async fn update_head(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    hash: &str,
) -> ServiceResult<()> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, Expr::value(hash))
        .filter(audit_head::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Entries of a page, the latest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    wanted: &ListAudit,
    below: Option<i64>,
    limit: u64,
) -> ServiceResult<Vec<audit_entry::Model>> {
    use audit_entry::Column as C;
    let mut query = audit_entry::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let Some(actor_id) = wanted.actor_id {
        query = query.filter(C::ActorId.eq(actor_id));
    }
    if let Some(action) = wanted.action.as_deref() {
        query = query.filter(C::Action.eq(action));
    }
    if let Some(kind) = wanted.subject_kind.as_deref() {
        query = query.filter(C::SubjectKind.eq(kind));
    }
    if let Some(id) = wanted.subject_id {
        query = query.filter(C::SubjectId.eq(id));
    }
    if let Some(from) = wanted.from {
        query = query.filter(C::At.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::At.lt(until));
    }
    if let Some(below) = below {
        query = query.filter(C::Sequence.lt(below));
    }
    Ok(query
        .order_by_desc(C::Sequence)
        .limit(limit)
        .all(db)
        .await?)
}
