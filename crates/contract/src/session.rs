//! Who is signed in, as the screens need to know it.

use crate::tablets::OnTablet;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Language, Permission};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A store that the signed-in person may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreOption {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    /// Whether the store bakes for others.
    pub is_kitchen: bool,
}

/// The signed-in person and the frame in which every page speaks: language, currency, time zone, today.
///
/// Clock and locale come from the server as data, so that both sides render the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurrentUser {
    pub user_id: Uuid,
    pub display_name: String,
    pub email: String,
    /// Names of the person's roles, for display.
    pub roles: Vec<String>,
    pub permissions: Vec<Permission>,
    pub organization_id: Uuid,
    pub organization_name: String,
    /// ISO 4217 code of the organization's currency.
    pub currency: String,
    /// The person's own choice, else `None`: then the browser's language counts.
    pub language: Option<Language>,
    /// IANA name, for example `Europe/Madrid`.
    pub time_zone: String,
    /// Business date in the organization's time zone at the moment of the answer.
    pub today: NaiveDate,
    /// The moment of the answer.
    pub now: DateTime<Utc>,
    /// From then on the organization is erased for good, where somebody asked for that.
    pub erase_after: Option<DateTime<Utc>>,
    /// Stores in scope, by code.
    pub stores: Vec<StoreOption>,
    /// The shared device, where the person came in by PIN.
    pub tablet: Option<OnTablet>,
}

impl CurrentUser {
    /// Whether the person holds the permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
