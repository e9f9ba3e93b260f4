//! What access tokens are signed with: rows of the database, so that every server on it takes the tokens of the others, under the key of the
//! installation ([`crate::vault`]): whoever reads the database, or a copy of it, can sign none.

use super::Tokens;
use crate::ServiceResult;
use crate::api_keys::random_hex;
use crate::store::tokens as rows;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use entity::signing_key;
use uuid::Uuid;

/// After so long another one signs.
pub(crate) const ROTATED_AFTER: TimeDelta = TimeDelta::days(30);

/// So long one that signs no more still verifies: longer than any token lives.
pub(crate) const KEPT_FOR: TimeDelta = TimeDelta::days(1);

/// What signs and verifies access tokens. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// `kid` of the tokens.
    pub id: String,
    /// As HMAC takes it.
    pub secret: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Tokens<'_> {
    fn readable(&self, row: signing_key::Model) -> ServiceResult<SigningKey> {
        // Of nobody: it belongs to the installation. 64 characters with 256 random bits among them.
        let secret = self
            .services
            .vault
            .keyed("signing", Uuid::nil(), &row.secret)?;
        Ok(SigningKey {
            id: row.id,
            secret: secret.into_bytes(),
        })
    }

    /// What verifies access tokens, newest first. There may be none yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn signing_keys(&self) -> ServiceResult<Vec<SigningKey>> {
        // They belong to the installation and to no organization.
        let found = rows::list_signing_keys(self.services.db().past_the_wall()).await?;
        found.into_iter().map(|row| self.readable(row)).collect()
    }

    /// What signs new tokens: the newest that is there, or a new one in its place every 30 days. Two servers that make one at the same moment
    /// make two, which both verify.
    ///
    /// # Errors
    /// The database's.
    pub async fn signing_key(&self, now: DateTime<Utc>) -> ServiceResult<SigningKey> {
        let db = self.services.db();
        let newest = rows::list_signing_keys(db.past_the_wall())
            .await?
            .into_iter()
            .next()
            .filter(|row| now - row.created_at < ROTATED_AFTER);
        if let Some(row) = newest {
            return self.readable(row);
        }
        let row = signing_key::Model {
            id: Uuid::now_v7().simple().to_string(),
            secret: random_hex::<32>(),
            created_at: now.trunc_subsecs(6),
        };
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            rows::insert_signing_key(&*tx, row.clone()).await?;
            tx.commit().await
        })
        .await?;
        self.readable(row)
    }
}
