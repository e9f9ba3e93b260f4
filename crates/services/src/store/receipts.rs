//! Rows of receipts: which commands were carried out, and what was answered.

use crate::ServiceResult;
use entity::command_receipt;
use sea_orm::{ConnectionTrait, EntityTrait};
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
