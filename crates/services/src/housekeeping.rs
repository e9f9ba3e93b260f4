//! What has served its time and goes, so that two tables that every command writes to stay small.

use crate::idempotency::ANSWERS_STAY;
use crate::store::{
    channels, idempotent_answers, live, mails, passkeys, password_resets, receipts, tokens,
};
use crate::tokens::{KEPT_FOR, ROTATED_AFTER};
use crate::{ServiceResult, Services};
use chrono::{DateTime, TimeDelta, Utc};

/// So long an open page can still be told what it missed. One that was away for longer loads anew.
const EVENTS_STAY: TimeDelta = TimeDelta::days(2);

/// So long a command that is sent again is recognized. What a device kept in its queue for longer is not done twice all the same: orders,
/// suggestions and counts stand where it brought them, and bookings by hand are found in the ledger.
const RECEIPTS_STAY: TimeDelta = TimeDelta::days(90);

/// So long it can be seen that somebody asked for a new password, after the link ran out.
const LINKS_STAY: TimeDelta = TimeDelta::days(1);

/// So long it can be seen what became of a mail.
const MAILS_STAY: TimeDelta = TimeDelta::days(30);

/// So long it can be read what became of a message over a channel.
const MESSAGES_STAY: TimeDelta = TimeDelta::days(30);

/// Rows that go in one transaction: others write to these tables all the time.
const ROWS_AT_ONCE: u64 = 1_000;

/// Batches of one table at one time; what is left goes the next time.
const MOST_BATCHES: usize = 200;

/// What was cleared away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    pub live_events: u64,
    pub command_receipts: u64,
    pub idempotent_answers: u64,
    pub refresh_tokens: u64,
}

/// Clears away; see [`Services::housekeeping`].
#[derive(Debug)]
pub struct Housekeeping<'a> {
    services: &'a Services,
}

impl Services {
    /// What has served its time, of all organizations.
    #[must_use]
    pub fn housekeeping(&self) -> Housekeeping<'_> {
        Housekeeping { services: self }
    }
}

impl Housekeeping<'_> {
    /// Deletes events older than two days and receipts older than ninety, a thousand rows a transaction; answers under an
    /// `Idempotency-Key` older than a day, refresh tokens that have ended, what signs no more, links for new passwords a day after their end,
    /// questions to passkeys that nobody answered, and mails and messages over channels a month after theirs, but for messages about alerts
    /// that still stand. The newest event stays, however old: open pages resume from its number.
    ///
    /// # Errors
    /// The database's; what went before it is gone.
    pub async fn clear(&self, now: DateTime<Utc>) -> ServiceResult<Cleared> {
        let db = self.services.db();
        let mut cleared = Cleared::default();
        for _ in 0..MOST_BATCHES {
            let gone = db.retry(|| async {
                let tx = db.begin_past_the_wall().await?;
                let gone = live::delete_before(&*tx, now - EVENTS_STAY, ROWS_AT_ONCE).await?;
                tx.commit().await?;
                Ok(gone)
            });
            let gone = gone.await?;
            cleared.live_events += gone;
            if gone < ROWS_AT_ONCE {
                break;
            }
        }
        for _ in 0..MOST_BATCHES {
            let gone = db.retry(|| async {
                let tx = db.begin_past_the_wall().await?;
                let gone = receipts::delete_before(&*tx, now - RECEIPTS_STAY, ROWS_AT_ONCE).await?;
                tx.commit().await?;
                Ok(gone)
            });
            let gone = gone.await?;
            cleared.command_receipts += gone;
            if gone < ROWS_AT_ONCE {
                break;
            }
        }
        for _ in 0..MOST_BATCHES {
            let gone = db.retry(|| async {
                let tx = db.begin_past_the_wall().await?;
                let gone = channels::delete_before(&*tx, now - MESSAGES_STAY, ROWS_AT_ONCE).await?;
                tx.commit().await?;
                Ok(gone)
            });
            if gone.await? < ROWS_AT_ONCE {
                break;
            }
        }
        let (answers, tokens) = db
            .retry(|| async {
                let tx = db.begin_past_the_wall().await?;
                let answers = idempotent_answers::delete_before(&*tx, now - ANSWERS_STAY).await?;
                let expired = tokens::delete_expired(&*tx, now).await?;
                let retired = now - ROTATED_AFTER - KEPT_FOR;
                tokens::delete_signing_keys_before(&*tx, retired).await?;
                password_resets::delete_expired(&*tx, now - LINKS_STAY).await?;
                passkeys::delete_expired_challenges(&*tx, now).await?;
                mails::delete_before(&*tx, now - MAILS_STAY).await?;
                tx.commit().await?;
                Ok((answers, expired))
            })
            .await?;
        cleared.idempotent_answers = answers;
        cleared.refresh_tokens = tokens;
        Ok(cleared)
    }
}
