//! Rows of receipts: which commands were carried out, and what was answered.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::command_receipt;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The receipt of a command, if it was carried out.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    command_id: Uuid,
) -> ServiceResult<Option<command_receipt::Model>> {
    Ok(
        command_receipt::Entity::find_by_id((organization_id, command_id))
            .one(db)
            .await?,
    )
}

/// Adds a receipt; refused where the command has one.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: command_receipt::ActiveModel,
) -> ServiceResult<()> {
    command_receipt::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Deletes receipts of all organizations that are older than a moment, at most so many: a statement for each organization that has such.
/// Answers how many went.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<u64> {
    use command_receipt::Column as C;
    let rows: Vec<(Uuid, Uuid)> = command_receipt::Entity::find()
        .select_only()
        .column(C::OrganizationId)
        .column(C::CommandId)
        .filter(C::CreatedAt.lt(before))
        .order_by_asc(C::CreatedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut by_organization: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (organization_id, command_id) in rows {
        let commands = by_organization.entry(organization_id).or_default();
        commands.push(command_id);
    }
    let mut gone = 0;
    for (organization_id, commands) in by_organization {
        let deleted = command_receipt::Entity::delete_many()
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::CommandId.is_in(commands))
            .exec(db)
            .await?;
        gone += deleted.rows_affected;
    }
    Ok(gone)
}
