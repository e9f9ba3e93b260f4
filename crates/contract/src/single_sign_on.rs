//! Providers of OpenID Connect through which people of an organization come in.

use chrono::{DateTime, Utc};
use domain::RoleKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a provider is to an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProviderValues {
    /// As the sign-in page calls it, 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub name: String,
    /// The provider's own name, exactly as its tokens say it: a web address, at most 500 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub issuer: String,
    /// Under which the provider knows this installation, at most 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub client_id: String,
    /// Domains whose addresses are let in, 1 to 20; others are refused.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20))]
    pub domains: Vec<String>,
    /// Whether somebody who is not known yet becomes a person when they first come in; else they need an account before.
    #[serde(default)]
    pub makes_people: bool,
    /// What such a person gets.
    #[serde(default)]
    pub roles: Vec<RoleKey>,
    /// Ids of roles that the organization made.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    #[serde(default)]
    pub all_stores: bool,
    #[serde(default)]
    pub stores: Vec<Uuid>,
    /// Whether a second factor that the provider says it asked for (`amr` or `acr`) stands in for the product's own.
    #[serde(default)]
    pub trusts_factor: bool,
    /// Whether people who have come in through the provider may come in by password too.
    pub passwords_allowed: bool,
    pub active: bool,
}

/// A provider, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderView {
    pub id: Uuid,
    pub values: ProviderValues,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// Where the provider is to send people back to, below the address of this installation.
    pub redirect_path: String,
    /// People who have come in through it.
    pub people: u32,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

/// Adds a provider, or changes the one with this id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveProvider {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub provider_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub values: ProviderValues,
    /// The client's secret at the provider. Nothing = the one that is kept, empty = none.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for SaveProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SaveProvider")
            .field("provider_id", &self.provider_id)
            .field("values", &self.values)
            .finish_non_exhaustive()
    }
}

/// Takes a provider away. Its people stay, and come in by password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveProvider {
    pub command_id: Uuid,
    pub provider_id: Uuid,
}

/// What the sign-in page shows of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderOffer {
    pub id: Uuid,
    pub name: String,
    pub organization_name: String,
    /// Where one proves there who one is.
    pub host: String,
}
