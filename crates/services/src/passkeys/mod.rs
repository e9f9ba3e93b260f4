//! Passkeys: pairs of keys (WebAuthn, level 3) whose private half a device or a password manager keeps and uses only after it has made
//! sure who holds it. One is a second factor, and a whole way in by itself: user verification is always asked for and checked.
//!
//! A question (challenge) is kept here, is good once and for five minutes, and only in the session that asked it. What is checked of an
//! answer is `webauthn-rs`'s work: origin, name of the relying party, challenge, flags, signature, counter
//! (`docs/adr/0016-passkeys.md`).

mod adding;
mod proving;
mod relying;

pub(crate) use proving::Proven;
pub(crate) use relying::RelyingParty;

use crate::store::passkeys as rows;
use crate::{Ctx, Db, ServiceError, ServiceResult, Services};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SubsecRound, Utc};
use contract::passkeys::PasskeyView;
use domain::factors::CHALLENGE_LIFE;
use entity::{passkey, passkey_challenge};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use webauthn_rs::prelude::Passkey;

/// Longest answer of a device that is looked at, in bytes. Keys of RSA with a statement of their maker are the longest, at some 5 kB.
const LONGEST: usize = 32 * 1_024;

/// Use cases of passkeys; see [`Services::passkeys`].
#[derive(Clone, Debug)]
pub struct Passkeys<'a> {
    services: &'a Services,
}

impl Services {
    /// Passkeys.
    #[must_use]
    pub fn passkeys(&self) -> Passkeys<'_> {
        Passkeys { services: self }
    }
}

/// For what an answer is wanted. One of each waits in a session at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make a key.
    Add,
    /// To come in, whoever it is.
    Enter,
    /// To come in as the person who gave the password.
    SecondStep,
    /// To show that it is still the same person.
    Prove,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Enter => "enter",
            Self::SecondStep => "second_step",
            Self::Prove => "prove",
        }
    }
}

/// Whose answer a question waits for, and in which session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub holder: Uuid,
    pub purpose: Purpose,
    /// Organization and person; none where anybody may answer.
    pub whose: Option<(Uuid, Uuid)>,
}

impl Waiting {
    /// Of the person who asks, in their session.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] outside of a browser's session.
    pub(crate) fn own(ctx: &Ctx, purpose: Purpose, user_id: Uuid) -> ServiceResult<Self> {
        let session = ctx.session.ok_or(ServiceError::Unauthenticated)?;
        Ok(Self {
            holder: session.0,
            purpose,
            whose: Some((ctx.organization_id(), user_id)),
        })
    }
}

fn unreadable(what: &str, error: &serde_json::Error) -> ServiceError {
    ServiceError::Internal(format!("{what} cannot be read: {error}"))
}

/// A text of JSON, of what we made ourselves.
fn text_of(value: &impl Serialize) -> ServiceResult<String> {
    serde_json::to_string(value)
        .map_err(|e| ServiceError::Internal(format!("a passkey cannot be written: {e}")))
}

/// What a device said; `None` for what no device says.
fn read_answer<T: DeserializeOwned>(text: &str) -> Option<T> {
    (text.len() <= LONGEST)
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// The form in which the device's name of a key is kept.
fn name_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(credential_id)
}

fn key_of(row: &passkey::Model) -> ServiceResult<Passkey> {
    serde_json::from_str(&row.credential).map_err(|e| unreadable("a passkey", &e))
}

/// The question did not wait for this answer, or no longer.
fn over() -> ServiceError {
    ServiceError::rule("passkey.over", "This took too long. Begin again.")
}

impl Passkeys<'_> {
    /// Keeps a question in the place of the one before.
    async fn ask(
        &self,
        waiting: Waiting,
        state: &impl Serialize,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let row = passkey_challenge::Model {
            holder: waiting.holder,
            purpose: waiting.purpose.as_str().to_owned(),
            organization_id: waiting.whose.map(|(organization_id, _)| organization_id),
            user_id: waiting.whose.map(|(_, user_id)| user_id),
            state: text_of(state)?,
            expires_at: (now + CHALLENGE_LIFE).trunc_subsecs(6),
        };
        let db = self.services.db();
        db.retry(|| async {
            let tx = begin(db, waiting).await?;
            rows::replace_challenge(&*tx, row.clone()).await?;
            tx.commit().await
        })
        .await
    }

    /// Takes the question away whose answer came, whatever comes of the answer.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.over` where none waits in this session, or it waited too long.
    async fn take<T: DeserializeOwned>(
        &self,
        waiting: Waiting,
        now: DateTime<Utc>,
    ) -> ServiceResult<T> {
        let db = self.services.db();
        let taken = db
            .retry(|| async {
                let tx = begin(db, waiting).await?;
                let taken =
                    rows::take_challenge(&*tx, waiting.holder, waiting.purpose.as_str()).await?;
                tx.commit().await?;
                Ok(taken)
            })
            .await?;
        let row = taken
            .filter(|row| row.expires_at > now)
            .filter(|row| row.organization_id.zip(row.user_id) == waiting.whose)
            .ok_or_else(over)?;
        serde_json::from_str(&row.state).map_err(|e| unreadable("a passkey's question", &e))
    }

    /// The passkeys of a person, as they see them.
    pub(crate) async fn shown(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        user_id: Uuid,
    ) -> ServiceResult<Vec<PasskeyView>> {
        let rows = rows::list(db, organization_id, user_id).await?;
        Ok(rows
            .into_iter()
            .map(|row| PasskeyView {
                id: row.id,
                name: row.name,
                added_at: row.added_at,
                last_used_at: row.last_used_at,
                suspect: row.suspect_at.is_some(),
            })
            .collect())
    }
}

/// A transaction that sees the question: one of nobody is seen past the wall alone.
async fn begin(db: &Db, waiting: Waiting) -> ServiceResult<crate::db::Tx> {
    match waiting.whose {
        Some((organization_id, _)) => db.begin_for(organization_id).await,
        None => db.begin_past_the_wall().await,
    }
}
