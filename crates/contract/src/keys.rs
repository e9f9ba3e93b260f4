//! Keys with which programs call the interface, and the tokens that people and keys get for a while.

use chrono::{DateTime, Utc};
use domain::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyView {
    pub id: Uuid,
    pub name: String,
    /// The part of the key by which people tell it from others: `hornada_PREFIX_...`.
    pub prefix: String,
    pub permissions: Vec<Permission>,
    /// Whether the key sees every store, also those that are opened later.
    pub all_stores: bool,
    /// Stores in scope where `all_stores` is false.
    pub stores: Vec<Uuid>,
    /// Requests a minute; the operator's number where there is none.
    pub rate_per_minute: Option<u32>,
    /// Whoever made it; none where it was the operator.
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// From then on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// To the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key in whose place this one stands.
    pub rotated_from: Option<Uuid>,
}

/// A key that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiKey {
    pub key: ApiKeyView,
    /// The whole key, answered this once: it is kept nowhere. None where the same command is sent again.
    pub secret: Option<String>,
}

impl std::fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApiKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Makes a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    pub command_id: Uuid,
    /// 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub name: String,
    /// A part of what whoever makes it may do.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub permissions: Vec<Permission>,
    #[serde(default)]
    pub all_stores: bool,
    #[serde(default)]
    pub stores: Vec<Uuid>,
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// 1 to 1,000,000; the operator's number where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000))]
    #[serde(default)]
    pub rate_per_minute: Option<u32>,
}

/// Makes a key in the place of another, which goes on working for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateApiKey {
    pub command_id: Uuid,
    pub key_id: Uuid,
    /// So long the old one still works, in seconds; at most 30 days, a day where nothing is said.
    #[serde(default)]
    pub grace_seconds: Option<u32>,
}

/// Tokens, as OAuth 2.0 names their parts (RFC 6749, section 5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessToken {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: i64,
    /// Good for one new pair of tokens.
    pub refresh_token: String,
    /// Seconds.
    pub refresh_expires_in: i64,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
