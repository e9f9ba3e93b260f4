//! Devices that the people of a store share.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A shared device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TabletView {
    pub id: Uuid,
    pub store_id: Uuid,
    pub name: String,
    /// A session by PIN ends after so many minutes without a request.
    pub idle_minutes: i32,
    pub created_at: DateTime<Utc>,
    /// When somebody last took it over.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Changes what a device is called, and how long a session on it outlives the last request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeTablet {
    pub command_id: Uuid,
    pub tablet_id: Uuid,
    /// 1 to 60 characters.
    pub name: String,
    /// 1 to 120.
    pub idle_minutes: i32,
}

/// Ends a device: nobody takes it over any more, and who is there is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeTablet {
    pub tablet_id: Uuid,
}

/// Somebody who can take a device over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletPerson {
    pub id: Uuid,
    pub name: String,
}

/// Who can take this device over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletPicker {
    pub tablet: String,
    pub store: String,
    /// People of the store who have a PIN, by name.
    pub people: Vec<TabletPerson>,
}

/// The shared device on which somebody is signed in by PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OnTablet {
    pub id: Uuid,
    pub name: String,
    /// The session ends after so many minutes without a request.
    pub idle_minutes: i32,
}
