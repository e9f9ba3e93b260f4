//! What waits to be done beside the nights: messages over channels, checks of the audit log. Some process of the installation does it.

use crate::store::{audit_checks, channels};
use crate::{ServiceResult, Services};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A process that works on a check and gave no sign of life for so long is taken for dead.
pub(crate) const DEAD_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Organizations that one look finds; the others are found with the next.
const AT_ONCE: u64 = 100;

/// Work of all organizations; see [`Services::errands`].
#[derive(Debug)]
pub struct Errands<'a> {
    services: &'a Services,
}

impl Services {
    /// What waits to be done, for the server's jobs.
    #[must_use]
    pub fn errands(&self) -> Errands<'_> {
        Errands { services: self }
    }
}

/// Who has what to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Organizations with messages that can be sent now.
    pub messages: BTreeSet<Uuid>,
    /// Organizations with a check of the audit log that nobody works on.
    pub checks: BTreeSet<Uuid>,
}

impl Errands<'_> {
    /// Organizations with something to be done; doing it is asked for each of them by itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self, now: DateTime<Utc>) -> ServiceResult<Waiting> {
        // One look for all organizations, whose ids it finds and nothing else.
        let db = self.services.db().past_the_wall();
        let messages = channels::list_organizations_with_due(db, now, AT_ONCE).await?;
        let left_lying = now - DEAD_AFTER;
        let checks = audit_checks::list_organizations_left_lying(db, left_lying, AT_ONCE).await?;
        Ok(Waiting {
            messages: messages.into_iter().collect(),
            checks: checks.into_iter().collect(),
        })
    }
}
