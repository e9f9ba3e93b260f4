//! Who did what: an append-only log, each entry sealed with the hash of the one before.

use crate::store::audit as rows;
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::{DateTime, SubsecRound, Utc};
use entity::audit_entry;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A change to be written down.
pub(crate) struct Change<'a> {
    /// Verb in the permission's words, for example `orders.complete`.
    pub action: &'a str,
    /// Table's noun, for example `production_order`.
    pub subject_kind: &'a str,
    pub subject_id: Uuid,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Text form of a hash over everything an entry says and the hash before it.
pub(crate) fn seal(previous: &str, entry: &impl Serialize) -> ServiceResult<String> {
    let bytes = serde_json::to_vec(entry).map_err(|e| ServiceError::Internal(e.to_string()))?;
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(&bytes);
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The sealed part of an entry, in the order that the hash sees.
#[derive(Serialize)]
pub(crate) struct Sealed<'a> {
    pub organization_id: Uuid,
    pub sequence: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub actor_name: &'a str,
    pub source: &'a str,
    pub request_id: Option<&'a str>,
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: Uuid,
    pub before: Option<&'a Value>,
    pub after: Option<&'a Value>,
}

/// Appends an entry. Call it last before commit: the chain's head is one row an organization, and its lock should be short.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    change: Change<'_>,
) -> ServiceResult<()> {
    let organization_id = ctx.organization_id();
    let head = rows::advance_head(db, organization_id).await?;
    // PostgreSQL keeps microseconds: what is sealed must be what is read back.
    let at = ctx.now.trunc_subsecs(6);
    let hash = seal(
        &head.hash,
        &Sealed {
            organization_id,
            sequence: head.sequence,
            at,
            actor_id: ctx.actor.user_id,
            actor_name: &ctx.actor.display_name,
            source: &ctx.source,
            request_id: Some(&ctx.request_id),
            action: change.action,
            subject_kind: change.subject_kind,
            subject_id: change.subject_id,
            before: change.before.as_ref(),
            after: change.after.as_ref(),
        },
    )?;
    let entry = audit_entry::ActiveModel {
        organization_id: Set(organization_id),
        sequence: Set(head.sequence),
        at: Set(at),
        actor_id: Set(ctx.actor.user_id),
        actor_name: Set(ctx.actor.display_name.clone()),
        source: Set(ctx.source.clone()),
        request_id: Set(Some(ctx.request_id.clone())),
        action: Set(change.action.to_owned()),
        subject_kind: Set(change.subject_kind.to_owned()),
        subject_id: Set(change.subject_id),
        before: Set(change.before),
        after: Set(change.after),
        previous_hash: Set(head.hash),
        hash: Set(hash.clone()),
    };
    rows::append(db, entry).await?;
    rows::update_head(db, organization_id, &hash).await
}
