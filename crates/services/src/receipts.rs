//! Exactly once: a command's client-made id, what was asked under it, and what was answered.

use crate::store::receipts as rows;
use crate::{Ctx, ServiceError, ServiceResult};
use entity::command_receipt;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

fn fingerprint(operation: &str, command: &impl Serialize) -> ServiceResult<String> {
    let bytes = serde_json::to_vec(command).map_err(|e| ServiceError::Internal(e.to_string()))?;
    let mut hash = Sha256::new();
    hash.update(operation.as_bytes());
    hash.update([0]);
    hash.update(&bytes);
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The answer given to this command before, if it was.
///
/// Look first, inside the transaction, after the locks: two concurrent attempts then end with one effect, the second
/// either finding the receipt here or failing on its key and being tried again by [`crate::Db::retry`].
///
/// # Errors
/// [`ServiceError::Conflict`] when the id was used for something else.
pub(crate) async fn find<R: DeserializeOwned>(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    command_id: Uuid,
    operation: &'static str,
    command: &impl Serialize,
) -> ServiceResult<Option<R>> {
    let Some(receipt) = rows::find(db, ctx.organization_id(), command_id).await? else {
        return Ok(None);
    };
    if receipt.request_hash != fingerprint(operation, command)? {
        return Err(reused());
    }
    serde_json::from_value(receipt.response)
        .map(Some)
        .map_err(|e| ServiceError::Internal(e.to_string()))
}

/// The id of a command was used for something else.
pub(crate) fn reused() -> ServiceError {
    ServiceError::Conflict {
        reason: "command.reused",
        message: "This command id was used for something else. Nothing was changed; send it with a new id.".into(),
    }
}

/// Remembers the answer, in the transaction of the effect.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    command_id: Uuid,
    operation: &'static str,
    command: &impl Serialize,
    answer: &impl Serialize,
) -> ServiceResult<()> {
    let row = command_receipt::ActiveModel {
        organization_id: Set(ctx.organization_id()),
        command_id: Set(command_id),
        operation: Set(operation.to_owned()),
        request_hash: Set(fingerprint(operation, command)?),
        response: Set(
            serde_json::to_value(answer).map_err(|e| ServiceError::Internal(e.to_string()))?
        ),
        created_at: Set(ctx.now),
    };
    rows::insert(db, row).await
}
