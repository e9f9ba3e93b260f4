//! Roles: named sets of permissions. Four are there from the beginning and stay as they are; an organization makes others.

use domain::{Permission, RoleKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleView {
    pub id: Uuid,
    /// Which of the four it is; none for one that the organization made.
    pub key: Option<RoleKey>,
    pub name: String,
    /// In the order of the list of permissions.
    pub permissions: Vec<Permission>,
    /// Whether whoever holds it signs in with a second factor.
    pub factor_required: bool,
    /// People who hold it.
    pub holders: u32,
    pub version: i32,
}

/// Makes a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    pub command_id: Uuid,
    /// 1 to 60 characters, as no other role of the organization.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60))]
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub permissions: Vec<Permission>,
}

/// Changes what a role is called and allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRole {
    pub command_id: Uuid,
    pub role_id: Uuid,
    /// The version that was read.
    pub version: i32,
    pub name: String,
    pub permissions: Vec<Permission>,
}

/// Deletes a role that nobody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRole {
    pub command_id: Uuid,
    pub role_id: Uuid,
    /// The version that was read.
    pub version: i32,
}

/// Says whether whoever holds a role needs a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequireFactor {
    pub command_id: Uuid,
    pub role_id: Uuid,
    pub required: bool,
}
