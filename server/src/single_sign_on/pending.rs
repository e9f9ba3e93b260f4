//! Somebody who is on the way to a provider and back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// So long somebody may take at the provider.
pub const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// What a browser's session keeps while its person is at the provider. Each word is made of 256 random bits.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    pub provider_id: Uuid,
    /// Comes back in the address: whoever comes back with it set out here.
    pub state: String,
    /// Comes back in the token: it was made for this way and no other.
    pub(super) nonce: String,
    /// Proves, with what was sent of it, that whoever redeems the code set out for it (RFC 7636).
    pub(super) verifier: String,
    since: DateTime<Utc>,
    /// Where the person goes on to.
    pub next: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("provider_id", &self.provider_id)
            .finish_non_exhaustive()
    }
}

fn random_word() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

impl Pending {
    /// Somebody sets out.
    #[must_use]
    pub fn new(provider_id: Uuid, next: String, now: DateTime<Utc>) -> Self {
        Self {
            provider_id,
            state: random_word(),
            nonce: random_word(),
            verifier: random_word(),
            since: now,
            next,
        }
    }

    /// Whether somebody who comes back with this word set out with this one, and not too long ago.
    #[must_use]
    pub fn is_answered_by(&self, provider_id: Uuid, state: &str, now: DateTime<Utc>) -> bool {
        // Compared by digests, which tell nothing by how long it takes.
        let is_own = Sha256::digest(self.state.as_bytes()) == Sha256::digest(state.as_bytes());
        let is_soon = now >= self.since && now - self.since < PATIENCE;
        is_own && is_soon && self.provider_id == provider_id
    }

    /// What is sent of the verifier.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}
