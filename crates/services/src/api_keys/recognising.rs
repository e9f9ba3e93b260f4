//! From the text of a key to the one who asks.

use super::{ApiKeys, START, digest, permissions_of, stores_of};
use crate::store::{api_keys as rows, organizations};
use crate::{Actor, ServiceError, ServiceResult, StoreScope};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use entity::api_key;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// A key that was read, and whether its organization is suspended.
#[derive(Clone)]
struct Read {
    row: api_key::Model,
    is_shut: bool,
    at: DateTime<Utc>,
}

/// Keys that were read a moment ago, by the digests of their texts.
#[derive(Default)]
pub(crate) struct Recognised {
    keys: Mutex<HashMap<String, Read>>,
    /// How often keys were forgotten.
    forgotten: AtomicU64,
}

impl std::fmt::Debug for Recognised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recognised").finish_non_exhaustive()
    }
}

impl Recognised {
    fn keys(&self) -> MutexGuard<'_, HashMap<String, Read>> {
        // Each entry is whole by itself, whatever panicked elsewhere.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, hash: &str, now: DateTime<Utc>) -> Option<Read> {
        let keys = self.keys();
        let read = keys.get(hash)?;
        (TimeDelta::zero()..FRESH_FOR)
            .contains(&(now - read.at))
            .then(|| read.clone())
    }

    /// To be read before a row that is to be kept.
    fn mark(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    /// Only what exists is kept, so that guessing fills nothing; and nothing that was read before a key was forgotten: it may be the row of
    /// before its end.
    fn keep(&self, read: Read, mark: u64) {
        let mut keys = self.keys();
        if self.mark() != mark {
            return;
        }
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(read.row.secret_hash.clone(), read);
    }

    /// Remembers a use, and nothing else: a key that ended meanwhile must not come back here.
    fn note_use(&self, hash: &str, now: DateTime<Utc>) {
        if let Some(read) = self.keys().get_mut(hash) {
            read.row.last_used_at = Some(now);
        }
    }

    /// Reads a key anew the next time.
    pub(crate) fn forget(&self, key_id: Uuid) {
        let mut keys = self.keys();
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        keys.retain(|_, read| read.row.id != key_id);
    }

    /// Reads the keys of an organization anew the next time.
    pub(crate) fn forget_organization(&self, organization_id: Uuid) {
        let mut keys = self.keys();
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        keys.retain(|_, read| read.row.organization_id != organization_id);
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
            // Names may be given twice, prefixes are not.
            display_name: format!("key: {} ({})", row.name, row.prefix),
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
    /// [`ServiceError::Suspended`]; the database's.
    pub async fn recognise(
        &self,
        text: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<RecognisedKey>> {
        if !text.starts_with(START) || text.len() > LONGEST {
            return Ok(None);
        }
        let hash = digest(text);
        let Read { row, is_shut, .. } = match self.services.recognised.find(&hash, now) {
            Some(read) => read,
            None => {
                // The key says of which organization it is: there is none to ask in before it was found.
                let db = self.services.db().past_the_wall();
                let mark = self.services.recognised.mark();
                let Some(row) = rows::find_by_hash(db, &hash).await? else {
                    return Ok(None);
                };
                let of = self.services.db().of(row.organization_id);
                let read = Read {
                    is_shut: organizations::is_shut(&of, row.organization_id).await?,
                    row,
                    at: now,
                };
                self.services.recognised.keep(read.clone(), mark);
                read
            }
        };
        if !is_alive(&row, now) {
            return Ok(None);
        }
        if is_shut {
            return Err(ServiceError::Suspended);
        }
        let recognised = actor_of(&row)?;
        self.write_use_down(row, now).await;
        Ok(Some(recognised))
    }

    /// Now and then, and without harm to the request where it fails.
    pub(crate) async fn write_use_down(&self, row: api_key::Model, now: DateTime<Utc>) {
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
