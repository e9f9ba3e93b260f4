//! People of an organization, as administrators see and change them.

use chrono::{DateTime, Utc};
use domain::{Language, RoleKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A role that the organization made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRole {
    pub id: Uuid,
    pub name: String,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub language: Option<Language>,
    pub active: bool,
    /// Which of the four roles the person holds.
    pub roles: Vec<RoleKey>,
    /// Roles that the organization made, by name.
    pub own_roles: Vec<HeldRole>,
    /// Whether a second factor is asked at sign-in.
    pub has_factor: bool,
    /// Whether the person sees every store, also those that are opened later.
    pub all_stores: bool,
    /// Stores in scope where `all_stores` is false, by code.
    pub stores: Vec<Uuid>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Sign-in is paused until then after too many failures.
    pub locked_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Adds a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateUser {
    pub command_id: Uuid,
    pub email: String,
    pub display_name: String,
    pub language: Option<Language>,
    /// Those of the four.
    #[serde(default)]
    pub roles: Vec<RoleKey>,
    /// Any, by id; together with `roles` at least one.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    #[serde(default)]
    pub all_stores: bool,
    #[serde(default)]
    pub stores: Vec<Uuid>,
    /// First password; told to the person by whoever adds them.
    pub password: String,
}

impl std::fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateUser")
            .field("command_id", &self.command_id)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Changes a person's name, language, roles and stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeUser {
    pub command_id: Uuid,
    pub user_id: Uuid,
    pub display_name: String,
    pub language: Option<Language>,
    /// Those of the four.
    #[serde(default)]
    pub roles: Vec<RoleKey>,
    /// Any, by id; together with `roles` at least one.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    #[serde(default)]
    pub all_stores: bool,
    #[serde(default)]
    pub stores: Vec<Uuid>,
}

/// Lets a person in again, or keeps them out and ends their sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUserActive {
    pub command_id: Uuid,
    pub user_id: Uuid,
    pub active: bool,
}

/// Gives a person a new password and ends their sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    pub command_id: Uuid,
    pub user_id: Uuid,
    pub password: String,
}

impl std::fmt::Debug for ResetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResetPassword")
            .field("command_id", &self.command_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
