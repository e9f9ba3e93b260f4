//! Rows of the audit log, read.

use crate::ServiceResult;
use entity::audit_entry;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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
