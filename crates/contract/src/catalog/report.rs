//! What a setup did.

use serde::{Deserialize, Serialize};

/// How many rows of one kind a setup touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupCount {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// What a setup did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupReport {
    pub stores: SetupCount,
    pub categories: SetupCount,
    pub products: SetupCount,
    /// Products carried by stores.
    pub listings: SetupCount,
    pub suppliers: SetupCount,
    pub ingredients: SetupCount,
    pub recipes: SetupCount,
    pub promotions: SetupCount,
    pub calendar: SetupCount,
    pub weather: SetupCount,
}
