//! How people come in by themselves, and what they see and change of their own account.

use crate::users::HeldRole;
use chrono::{DateTime, Utc};
use domain::{Language, RoleKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An invitation that is open: neither accepted nor revoked. One that has run out is open too, and can be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    pub id: Uuid,
    pub email: String,
    /// Of the mail; the organization's where nothing is said.
    pub language: Option<Language>,
    pub roles: Vec<RoleKey>,
    /// Roles that the organization made, by name.
    pub own_roles: Vec<HeldRole>,
    pub all_stores: bool,
    /// Stores in scope where `all_stores` is false.
    pub stores: Vec<Uuid>,
    pub invited_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// When the newest mail left; none while it waits.
    pub sent_at: Option<DateTime<Utc>>,
    /// From then on the link is good for nothing.
    pub expires_at: DateTime<Utc>,
}

/// Invites somebody: they get a mail with a link and choose name and password themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitePerson {
    pub command_id: Uuid,
    pub email: String,
    #[serde(default)]
    pub language: Option<Language>,
    #[serde(default)]
    pub roles: Vec<RoleKey>,
    /// Ids of roles that the organization made.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    #[serde(default)]
    pub all_stores: bool,
    #[serde(default)]
    pub stores: Vec<Uuid>,
}

/// Sends an invitation again, with a new link and seven more days. The link before is good for nothing from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResendInvitation {
    pub command_id: Uuid,
    pub invitation_id: Uuid,
}

/// Takes an invitation back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokeInvitation {
    pub invitation_id: Uuid,
}

/// Lifts the pause after failed sign-ins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnlockUser {
    pub command_id: Uuid,
    pub user_id: Uuid,
}

/// What a link in a mail is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    pub email: String,
    pub organization_name: String,
    pub language: Language,
}

/// A person's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    pub display_name: String,
    pub email: String,
    /// None = the browser's.
    pub language: Option<Language>,
    /// Names of the roles.
    pub roles: Vec<String>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Newest first, this one before all.
    pub sessions: Vec<SessionView>,
}

/// A browser in which a person is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    pub id: Uuid,
    /// Browser and system, for example `Firefox · Android`; empty where they are not known.
    pub device: String,
    /// The network from which the person signed in (`/24`, `/48`); empty where it is not known.
    pub network: String,
    pub signed_in_at: DateTime<Utc>,
    /// To five minutes.
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}
