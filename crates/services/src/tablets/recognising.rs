//! From a device's cookie to the device.

use super::Tablets;
use crate::ServiceResult;
use crate::api_keys::digest;
use crate::store::{organizations, tablets as rows};
use uuid::Uuid;

/// Characters of what the cookie holds.
const LENGTH: usize = 64;

/// A registered device, recognised by its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTablet {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub name: String,
    pub idle_minutes: i32,
}

impl Tablets<'_> {
    /// The device whose cookie holds this; `None` where it is none, or was ended, or its organization is suspended.
    ///
    /// # Errors
    /// The database's.
    pub async fn recognise(&self, token: &str) -> ServiceResult<Option<KnownTablet>> {
        if token.len() != LENGTH {
            return Ok(None);
        }
        // The cookie says of which organization the device is: there is none to ask in before it was found.
        let db = self.services.db().past_the_wall();
        let found = rows::find_by_hash(db, &digest(token)).await?;
        let Some(row) = found.filter(|row| row.revoked_at.is_none()) else {
            return Ok(None);
        };
        let organization_id = row.organization_id;
        if organizations::is_shut(&self.services.db().of(organization_id), organization_id).await? {
            return Ok(None);
        }
        Ok(Some(KnownTablet {
            id: row.id,
            organization_id,
            store_id: row.store_id,
            name: row.name,
            idle_minutes: row.idle_minutes,
        }))
    }
}
