//! Sending messages: who has one to send, what is sent, what became of it. The sending itself is the server's work.

use super::Channels;
use crate::store::channels as rows;
use crate::{Ctx, ServiceError, ServiceResult, live};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::channels::{TRIED_FOR, next_attempt};
use domain::{MessageStatus, Permission};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::Sha256;
use std::collections::HashMap;
use std::fmt;
use uuid::Uuid;

/// The header that says who sent a message, and when.
pub const SIGNATURE: &str = "x-hornada-signature";

/// A process that claimed a message and did not say what became of it for so long is taken for dead.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(2);

/// Signs of an error that are kept.
const LONGEST_ERROR: usize = 300;

/// A message that this process is to send.
#[derive(Clone)]
pub struct Delivery {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub address: String,
    /// What it is signed with.
    pub secret: String,
    /// `alert.opened` or `channel.test`.
    pub event: String,
    pub body: String,
    created_at: DateTime<Utc>,
    attempts: i32,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side answered with this status.
    Answered(u16),
    /// It was not reached, or did not answer; it may be later.
    Failed(String),
    /// It may not be asked at all.
    Refused(String),
}

/// How a message is signed: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 (RFC 2104) of `SECONDS.BODY` under the channel's secret, as text.
/// The moment is part of what is signed, so that a message that was overheard cannot be passed off as a new one later.
///
/// # Errors
/// None that a secret of ours can cause.
pub fn signature(secret: &str, at: DateTime<Utc>, body: &str) -> ServiceResult<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map_err(|e| ServiceError::Internal(e.to_string()))?;
    let seconds = at.timestamp();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("t={seconds},v1={hex}"))
}

/// Whether the other side took a message: every status of success. 410 says that it never will again.
fn judge(outcome: &Outcome) -> (Option<MessageStatus>, Option<i32>, Option<String>) {
    match outcome {
        Outcome::Answered(status @ 200..=299) => {
            (Some(MessageStatus::Sent), Some((*status).into()), None)
        }
        Outcome::Answered(status) => {
            let over = (*status == 410).then_some(MessageStatus::GivenUp);
            let error = format!("the other side answered {status}");
            (over, Some((*status).into()), Some(error))
        }
        Outcome::Failed(error) => (None, None, Some(cut(error))),
        Outcome::Refused(error) => (Some(MessageStatus::GivenUp), None, Some(cut(error))),
    }
}

fn cut(error: &str) -> String {
    let plain = error.chars().filter(|c| !c.is_control());
    plain.take(LONGEST_ERROR).collect()
}

async fn tell(db: &impl ConnectionTrait, ctx: &Ctx, channel_id: Uuid) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        None,
        "channels",
        Some(channel_id),
        json!({ "settled": 1 }),
    )
    .await
}

impl Channels<'_> {
    /// Takes messages that can be sent now for this process, at most so many; nobody else sends them meanwhile. Messages of a channel that
    /// was switched off, and those that nobody sent for a day, are given up.
    ///
    /// # Errors
    /// Forbidden without `jobs.run`.
    pub async fn claim_due(
        &self,
        ctx: &Ctx,
        owner: &str,
        limit: u64,
    ) -> ServiceResult<Vec<Delivery>> {
        ctx.require(Permission::JobsRun)?;
        self.services
            .db()
            .retry(|| self.claim_due_once(ctx, owner, limit))
            .await
    }

    async fn claim_due_once(
        &self,
        ctx: &Ctx,
        owner: &str,
        limit: u64,
    ) -> ServiceResult<Vec<Delivery>> {
        let (organization_id, now) = (ctx.organization_id(), ctx.now.trunc_subsecs(6));
        let tx = self.services.db().begin_for(organization_id).await?;
        let channels: HashMap<Uuid, _> = rows::list(&*tx, organization_id)
            .await?
            .into_iter()
            .map(|channel| (channel.id, channel))
            .collect();
        let mut claimed = Vec::new();
        for row in rows::list_due(&*tx, organization_id, now, limit).await? {
            let until = now + CLAIMED_FOR;
            if !rows::claim(&*tx, organization_id, row.id, owner, now, until).await? {
                continue;
            }
            // Nobody sent it for a day, as while the organization was suspended: it tells of what is long over.
            let is_old = now > row.created_at + TRIED_FOR;
            match channels
                .get(&row.channel_id)
                .filter(|channel| channel.active && !is_old)
            {
                Some(channel) => claimed.push(Delivery {
                    id: row.id,
                    channel_id: channel.id,
                    address: channel.address.clone(),
                    secret: channel.secret.clone(),
                    event: row.event,
                    body: row.body,
                    created_at: row.created_at,
                    attempts: row.attempts,
                }),
                None => {
                    let off = rows::Attempted {
                        status: MessageStatus::GivenUp,
                        next_at: row.next_at,
                        last_status: row.last_status,
                        last_error: Some(
                            if is_old {
                                "it could not be sent within a day"
                            } else {
                                "the channel is switched off"
                            }
                            .to_owned(),
                        ),
                        finished_at: Some(now),
                    };
                    rows::settle(&*tx, organization_id, row.id, owner, row.attempts, off).await?;
                    tell(&*tx, ctx, row.channel_id).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Writes down what became of a message that this process claimed: taken, to be sent again, or given up. `false` where another process
    /// took this one for dead.
    ///
    /// # Errors
    /// Forbidden without `jobs.run`.
    pub async fn settle(
        &self,
        ctx: &Ctx,
        owner: &str,
        delivery: &Delivery,
        outcome: &Outcome,
    ) -> ServiceResult<bool> {
        ctx.require(Permission::JobsRun)?;
        let (organization_id, now) = (ctx.organization_id(), ctx.now.trunc_subsecs(6));
        let attempts = delivery.attempts + 1;
        let (over, last_status, last_error) = judge(outcome);
        let next = next_attempt(delivery.created_at, attempts.unsigned_abs(), now);
        let status = over.unwrap_or(match next {
            Some(_) => MessageStatus::Waiting,
            None => MessageStatus::GivenUp,
        });
        let attempted = rows::Attempted {
            status,
            next_at: next.unwrap_or(now),
            last_status,
            last_error,
            finished_at: (status != MessageStatus::Waiting).then_some(now),
        };
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            let id = delivery.id;
            let settled = rows::settle(
                &*tx,
                organization_id,
                id,
                owner,
                attempts,
                attempted.clone(),
            )
            .await?;
            if settled {
                tell(&*tx, ctx, delivery.channel_id).await?;
            }
            tx.commit().await?;
            Ok(settled)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_moment_and_the_body() {
        let at: DateTime<Utc> = "2026-03-10T06:30:00Z".parse().expect("a moment");
        let sign = |secret, at, body| signature(secret, at, body).expect("a signature");
        let own = sign("key", at, "{}");
        assert!(own.starts_with("t=1773124200,v1="), "{own}");
        assert_eq!(own.len(), "t=1773124200,v1=".len() + 64);
        assert_eq!(own, sign("key", at, "{}"));
        assert_ne!(own, sign("key", at, "{ }"));
        assert_ne!(own, sign("kez", at, "{}"));
        assert_ne!(own, sign("key", at + TimeDelta::seconds(1), "{}"));
        // The same by another program: printf '0.Hi There' | openssl dgst -sha256 -hmac Jefe
        let other = sign("Jefe", DateTime::UNIX_EPOCH, "Hi There");
        assert_eq!(
            other,
            "t=0,v1=f4da857504a84a9cf115e83f593ed4b1fc5ade9f0c5f02c0435b9c7b477631b0"
        );
    }

    #[test]
    fn success_is_taken_gone_is_final_and_everything_else_is_tried_again() {
        let status = |outcome| judge(&outcome).0;
        assert_eq!(status(Outcome::Answered(204)), Some(MessageStatus::Sent));
        assert_eq!(status(Outcome::Answered(410)), Some(MessageStatus::GivenUp));
        for code in [301, 400, 404, 429, 500, 503] {
            assert_eq!(status(Outcome::Answered(code)), None, "{code}");
        }
        assert_eq!(status(Outcome::Failed("no".into())), None);
        let refused = Outcome::Refused("x\ny".repeat(400));
        let (status, code, error) = judge(&refused);
        assert_eq!((status, code), (Some(MessageStatus::GivenUp), None));
        assert_eq!(
            error.map(|error| error.chars().count()),
            Some(LONGEST_ERROR)
        );
    }
}
