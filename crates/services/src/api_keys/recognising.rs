//! From the text of a key to the one who asks.

use super::{ApiKeys, START, digest, permissions_of, stores_of};
use crate::store::api_keys as rows;
use crate::{Actor, ServiceResult, StoreScope};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use entity::api_key;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// So long a key that was read is not read again. Another process that ends it is heard of by then; this one at once.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(2);

/// That a key was used is written down so often.
const USE_WRITTEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Keys in memory at most.
const MOST: usize = 10_000;

/// Longest text that can be a key.
const LONGEST: usize = 200;

/// Who brought a key.
#[derive(Clone, Debug)]
pub struct RecognisedKey {
    pub key_id: Uuid,
    pub actor: Actor,
    /// Requests a minute, where the key has a number of its own.
    pub rate_per_minute: Option<u32>,
}

/// Keys that were read a moment ago, by the digests of their texts.
#[derive(Default)]
pub(crate) struct Recognised {
    keys: Mutex<HashMap<String, (api_key::Model, DateTime<Utc>)>>,
}

impl std::fmt::Debug for Recognised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recognised").finish_non_exhaustive()
    }
}

impl Recognised {
    fn keys(&self) -> MutexGuard<'_, HashMap<String, (api_key::Model, DateTime<Utc>)>> {
        // Each entry is whole by itself, whatever panicked elsewhere.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, hash: &str, now: DateTime<Utc>) -> Option<api_key::Model> {
        let keys = self.keys();
        let (row, read_at) = keys.get(hash)?;
        let age = now - *read_at;
        (TimeDelta::zero()..FRESH_FOR)
            .contains(&age)
            .then(|| row.clone())
    }

    /// Only what exists is kept, so that guessing fills nothing.
    fn keep(&self, row: api_key::Model, now: DateTime<Utc>) {
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(row.secret_hash.clone(), (row, now));
    }

    /// Remembers a use, and nothing else: a key that ended meanwhile must not come back here.
    fn note_use(&self, hash: &str, now: DateTime<Utc>) {
        if let Some((row, _)) = self.keys().get_mut(hash) {
            row.last_used_at = Some(now);
        }
    }

    /// Reads a key anew the next time.
    pub(crate) fn forget(&self, key_id: Uuid) {
        self.keys().retain(|_, (row, _)| row.id != key_id);
    }
}

/// Whether a key works at a moment.
pub(crate) fn is_alive(row: &api_key::Model, now: DateTime<Utc>) -> bool {
    row.revoked_at.is_none() && row.expires_at.is_none_or(|at| now < at)
}

/// Who acts with a key.
pub(crate) fn actor_of(row: &api_key::Model) -> ServiceResult<RecognisedKey> {
    Ok(RecognisedKey {
        key_id: row.id,
        actor: Actor {
            user_id: None,
            organization_id: row.organization_id,
            display_name: format!("key: {}", row.name),
            permissions: permissions_of(row)?,
            stores: if row.all_stores {
                StoreScope::All
            } else {
                StoreScope::Only(stores_of(row)?)
            },
            language: None,
            tablet: None,
        },
        rate_per_minute: row.rate_per_minute.and_then(|n| u32::try_from(n).ok()),
    })
}

impl ApiKeys<'_> {
    /// Who brought this text; `None` where it is no key, or one that has expired or was revoked.
    ///
    /// # Errors
    /// The database's.
    pub async fn recognise(
        &self,
        text: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<RecognisedKey>> {
        if !text.starts_with(START) || text.len() > LONGEST {
            return Ok(None);
        }
        let hash = digest(text);
        let row = match self.services.recognised.find(&hash, now) {
            Some(row) => row,
            None => {
                // The key says of which organization it is: there is none to ask in before it was found.
                let db = self.services.db().past_the_wall();
                let Some(row) = rows::find_by_hash(db, &hash).await? else {
                    return Ok(None);
                };
                self.services.recognised.keep(row.clone(), now);
                row
            }
        };
        if !is_alive(&row, now) {
            return Ok(None);
        }
        let recognised = actor_of(&row)?;
        self.write_use_down(row, now).await;
        Ok(Some(recognised))
    }

    /// Now and then, and without harm to the request where it fails.
    async fn write_use_down(&self, row: api_key::Model, now: DateTime<Utc>) {
        let now = now.trunc_subsecs(6);
        let due = now - USE_WRITTEN_EVERY;
        if row.last_used_at.is_some_and(|at| at > due) {
            return;
        }
        let (organization_id, id) = (row.organization_id, row.id);
        // First in memory, so that of many requests at once few write.
        self.services.recognised.note_use(&row.secret_hash, now);
        let written = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                rows::update_last_used_at(&*tx, organization_id, id, now, due).await?;
                tx.commit().await
            })
            .await;
        if let Err(error) = written {
            tracing::warn!(key_id = %id, %error, "that a key was used could not be written down");
        }
    }
}
