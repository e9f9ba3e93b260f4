//! Tokens that people and keys get for a while: what stands behind an access token, refresh tokens, and what signs.
//!
//! An access token is signed by the server and kept nowhere; whoever brings one is looked up all the same, so that it is dead as soon as the
//! person, the key or the family of tokens is. A refresh token is 256 random bits that are kept as SHA-256, for the reason that keys are. It is
//! good for one new pair; one that is used a second time was copied, and then nobody can tell the thief from the owner: its family ends.

mod granting;
mod signing;

pub use signing::SigningKey;
pub(crate) use signing::{KEPT_FOR, ROTATED_AFTER};

use crate::api_keys::{RecognisedKey, actor_of, is_alive};
use crate::store::{api_keys, organizations, tokens as rows};
use crate::{Actor, ServiceError, ServiceResult, Services};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// So long a refresh token can be used.
pub const REFRESH_LIFE: TimeDelta = TimeDelta::days(30);

/// For whom a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Person(Uuid),
    Key(Uuid),
}

/// What an access token says, its signature and its end having been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub subject: Subject,
    pub organization_id: Uuid,
    pub family_id: Uuid,
    pub epoch: i32,
}

/// What somebody was granted; the server makes an access token of it.
#[derive(Clone)]
pub struct Grant {
    pub claimed: Claimed,
    /// Told once.
    pub refresh_token: String,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant")
            .field("claimed", &self.claimed)
            .finish_non_exhaustive()
    }
}

/// Who stands behind an access token at this moment.
#[derive(Clone, Debug)]
pub struct Bearer {
    pub actor: Actor,
    /// Requests a minute, where a key has a number of its own.
    pub rate_per_minute: Option<u32>,
}

/// Use cases of tokens; see [`Services::tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    services: &'a Services,
}

impl Services {
    /// Tokens of people and keys.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens { services: self }
    }
}

impl Tokens<'_> {
    /// Who acts with an access token, with the rights of this moment; `None` where person, key or family have ended.
    ///
    /// # Errors
    /// [`ServiceError::Suspended`]; the database's.
    pub async fn bearer(
        &self,
        claimed: Claimed,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<Bearer>> {
        let organization_id = claimed.organization_id;
        let db = self.services.db().of(organization_id);
        let (family_id, subject) = (claimed.family_id, claimed.subject);
        if !rows::has_family(&*db, organization_id, family_id, subject).await? {
            return Ok(None);
        }
        match claimed.subject {
            Subject::Person(user_id) => {
                let found = self.services.identity().find(user_id).await?;
                Ok(found
                    .filter(|person| {
                        person.actor.organization_id == organization_id
                            && person.token_epoch == claimed.epoch
                            && !person.must_enrol()
                    })
                    .map(|person| Bearer {
                        actor: person.actor,
                        rate_per_minute: None,
                    }))
            }
            Subject::Key(key_id) => {
                let found = api_keys::find(&*db, organization_id, key_id).await?;
                let Some(row) = found.filter(|row| is_alive(row, now)) else {
                    return Ok(None);
                };
                if organizations::is_shut(&*db, organization_id).await? {
                    return Err(ServiceError::Suspended);
                }
                let RecognisedKey {
                    actor,
                    rate_per_minute,
                    ..
                } = actor_of(&row)?;
                // A key that is used through tokens only is used too.
                self.services.api_keys().write_use_down(row, now).await;
                Ok(Some(Bearer {
                    actor,
                    rate_per_minute,
                }))
            }
        }
    }
}
