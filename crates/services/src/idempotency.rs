//! Answers that are given again: a request under an `Idempotency-Key` has one effect, however often it is sent.
//!
//! For requests without a `command_id`. A command that has one is known by its receipt, which is written in the transaction of its effect;
//! here the answer is kept after it. A server that dies between the two forgets that the request was carried out: that is the difference.

use crate::store::idempotent_answers as rows;
use crate::{Ctx, ServiceResult, Services};
use chrono::{SubsecRound, TimeDelta};
use entity::idempotent_answer;

/// So long an answer is given again.
pub const ANSWERS_STAY: TimeDelta = TimeDelta::hours(24);

/// A request that is under way for longer has died with its server.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    pub status: u16,
    pub content_type: Option<String>,
    /// None where it was too large to be kept.
    pub body: Option<String>,
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody asked this before: carry it out, then [`Idempotency::finish`] or [`Idempotency::forget`].
    First,
    /// It was carried out.
    Answered(StoredAnswer),
    /// It is being carried out.
    UnderWay,
    /// The key was used for something else.
    Mismatch,
}

/// Use cases of answers that are given again; see [`Services::idempotency`].
#[derive(Clone, Debug)]
pub struct Idempotency<'a> {
    services: &'a Services,
}

impl Services {
    /// Answers that are given again.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency { services: self }
    }
}

impl Idempotency<'_> {
    /// Takes the turn under a key of the caller, or says why not. Everybody may, with what they may ask at all.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_turn(
        &self,
        ctx: &Ctx,
        caller: &str,
        key: &str,
        request_hash: &str,
    ) -> ServiceResult<Turn> {
        let organization_id = ctx.organization_id();
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            let found = rows::find_locked(&*tx, organization_id, caller, key).await?;
            if let Some(row) = found {
                let age = ctx.now - row.created_at;
                let is_over = age >= ANSWERS_STAY;
                if !is_over && row.request_hash != request_hash {
                    return Ok(Turn::Mismatch);
                }
                match row.status {
                    Some(status) if !is_over => {
                        return Ok(Turn::Answered(StoredAnswer {
                            status: u16::try_from(status).unwrap_or(500),
                            content_type: row.content_type,
                            body: row.body,
                        }));
                    }
                    None if age < ABANDONED_AFTER => return Ok(Turn::UnderWay),
                    _ => rows::delete(&*tx, organization_id, caller, key).await?,
                }
            }
            let row = idempotent_answer::Model {
                organization_id,
                caller: caller.to_owned(),
                idempotency_key: key.to_owned(),
                request_hash: request_hash.to_owned(),
                status: None,
                content_type: None,
                body: None,
                created_at: ctx.now.trunc_subsecs(6),
            };
            rows::insert(&*tx, row).await?;
            tx.commit().await?;
            Ok(Turn::First)
        })
        .await
    }

    /// Keeps the answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(
        &self,
        ctx: &Ctx,
        caller: &str,
        key: &str,
        answer: &StoredAnswer,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            rows::update_answer(
                &*tx,
                organization_id,
                caller,
                key,
                i32::from(answer.status),
                answer.content_type.as_deref(),
                answer.body.as_deref(),
            )
            .await?;
            tx.commit().await
        })
        .await
    }

    /// Gives the turn back: nothing was done, and the same request may try again.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget(&self, ctx: &Ctx, caller: &str, key: &str) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            rows::delete(&*tx, organization_id, caller, key).await?;
            tx.commit().await
        })
        .await
    }
}
