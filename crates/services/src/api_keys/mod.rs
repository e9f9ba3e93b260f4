//! Keys with which programs call the interface: tills, scripts, other systems.
//!
//! A key belongs to the organization and not to whoever made it: a till goes on selling when a person leaves. It holds a part of the rights
//! and stores of its maker, never the right to make people or keys ([`Permission::fits_key`]).
//!
//! Only the SHA-256 of a key is kept. A slow hash is for what people think up and others can guess; 256 random bits cannot be guessed,
//! however fast the hash is, and a slow one would be computed with every request.

mod making;
mod recognising;

pub use recognising::RecognisedKey;
pub(crate) use recognising::{Recognised, actor_of, is_alive};

use crate::store::api_keys as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::Page;
use contract::keys::ApiKeyView;
use domain::Permission;
use entity::api_key;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// With what every key begins, so that people and programs that look for leaked secrets recognise one.
const START: &str = "hornada_";

/// Keys that one answer lists.
const MOST_LISTED: u32 = 200;

/// Use cases of keys; see [`Services::api_keys`].
#[derive(Clone, Debug)]
pub struct ApiKeys<'a> {
    services: &'a Services,
}

impl Services {
    /// Keys with which programs call the interface.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys { services: self }
    }
}

/// A text of so many random bytes, hexadecimal.
pub(crate) fn random_hex<const N: usize>() -> String {
    hex(&rand::random::<[u8; N]>())
}

/// The form in which a secret is stored: whoever reads the database can use none.
pub(crate) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unreadable(row: &api_key::Model, error: &serde_json::Error) -> ServiceError {
    ServiceError::Internal(format!("api key {} cannot be read: {error}", row.id))
}

/// What a key may do.
fn permissions_of(row: &api_key::Model) -> ServiceResult<BTreeSet<Permission>> {
    let words: Vec<String> =
        serde_json::from_value(row.permissions.clone()).map_err(|e| unreadable(row, &e))?;
    // A word that this version does not know grants nothing, and what no key may hold is not held by one that got it some other way.
    Ok(words
        .iter()
        .filter_map(|word| word.parse::<Permission>().ok())
        .filter(|permission| permission.fits_key())
        .collect())
}

fn stores_of(row: &api_key::Model) -> ServiceResult<BTreeSet<Uuid>> {
    serde_json::from_value(row.stores.clone()).map_err(|e| unreadable(row, &e))
}

fn view(row: &api_key::Model) -> ServiceResult<ApiKeyView> {
    Ok(ApiKeyView {
        id: row.id,
        name: row.name.clone(),
        prefix: row.prefix.clone(),
        permissions: permissions_of(row)?.into_iter().collect(),
        all_stores: row.all_stores,
        stores: stores_of(row)?.into_iter().collect(),
        rate_per_minute: row.rate_per_minute.and_then(|n| u32::try_from(n).ok()),
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
        rotated_from: row.rotated_from,
    })
}

impl ApiKeys<'_> {
    /// Keys of the organization, newest first, ended ones too.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `keys.manage`; [`ServiceError::Invalid`] for an `after` that no page gave.
    pub async fn list(
        &self,
        ctx: &Ctx,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<ApiKeyView>> {
        ctx.require(Permission::KeysManage)?;
        let after = after
            .map(|text| {
                text.parse::<Uuid>().map_err(|_| {
                    ServiceError::field("after", "format", "Give back `next` of the page before.")
                })
            })
            .transpose()?;
        let limit = limit.unwrap_or(50).clamp(1, MOST_LISTED) as usize;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let mut found = rows::list(&*db, organization_id, after, limit as u64 + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(Page {
            items: found.iter().map(view).collect::<ServiceResult<_>>()?,
            next,
        })
    }
}
