//! Who asks, for which organization, when: the first argument of every use case.

use crate::sessions::SessionName;
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Language, Permission};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Stores a caller may see and act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreScope {
    /// Every store of the organization.
    All,
    /// Only these.
    Only(BTreeSet<Uuid>),
}

impl StoreScope {
    /// Whether the store lies in the scope.
    #[must_use]
    pub fn contains(&self, store_id: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::Only(stores) => stores.contains(&store_id),
        }
    }
}

/// The shared device on which a person came in by PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtTablet {
    pub id: Uuid,
    pub name: String,
    /// The session ends after so many minutes without a request.
    pub idle_minutes: i32,
}

/// A person, or the system itself when a job acts.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `None` = the system (nightly run, command line).
    pub user_id: Option<Uuid>,
    pub organization_id: Uuid,
    /// Name as written into the audit log.
    pub display_name: String,
    pub permissions: BTreeSet<Permission>,
    pub stores: StoreScope,
    pub language: Option<Language>,
    /// Where the person came in by PIN: then the rights are already cut to what fits there.
    pub tablet: Option<AtTablet>,
}

impl Actor {
    /// The organization's own jobs and its operator's command line: every permission, every store.
    #[must_use]
    pub fn system(organization_id: Uuid, name: &str) -> Self {
        Self {
            user_id: None,
            organization_id,
            display_name: name.to_owned(),
            permissions: Permission::ALL.iter().copied().collect(),
            stores: StoreScope::All,
            language: None,
            tablet: None,
        }
    }
}

/// When and from where a request came, before it is known who asks.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub now: DateTime<Utc>,
    pub request_id: String,
    /// Address of the caller, or `command_line`.
    pub source: String,
}

impl Arrival {
    /// The arrival of an operator's command.
    #[must_use]
    pub fn command_line(now: DateTime<Utc>) -> Self {
        Self {
            now,
            request_id: format!("command-{}", Uuid::now_v7()),
            source: "command_line".to_owned(),
        }
    }

    /// The frame of the request, now that it is known who asks. What comes from a shared device names it.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Ctx {
        let source = match &actor.tablet {
            Some(tablet) => format!("tablet {} ({})", tablet.name, self.source),
            None => self.source.clone(),
        };
        Ctx {
            actor,
            now: self.now,
            request_id: self.request_id.clone(),
            source,
            session: None,
        }
    }
}

/// Frame of one request.
#[derive(Clone, Debug)]
pub struct Ctx {
    pub actor: Actor,
    /// The moment of the request; the only clock below the edge.
    pub now: DateTime<Utc>,
    pub request_id: String,
    /// Where the request came from (address, `nightly`, `command_line`), for the audit log.
    pub source: String,
    /// The session of the browser in which a person asks.
    pub session: Option<SessionName>,
}

impl Ctx {
    /// A context for jobs and the command line.
    #[must_use]
    pub fn system(organization_id: Uuid, name: &str, now: DateTime<Utc>) -> Self {
        Self {
            actor: Actor::system(organization_id, name),
            now,
            request_id: format!("{name}-{}", Uuid::now_v7()),
            source: name.to_owned(),
            session: None,
        }
    }

    /// The caller's organization; every query is bound to it.
    #[must_use]
    pub fn organization_id(&self) -> Uuid {
        self.actor.organization_id
    }

    /// Refuses callers without the permission: the first line of every use case.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`].
    pub fn require(&self, permission: Permission) -> ServiceResult<()> {
        if self.actor.permissions.contains(&permission) {
            Ok(())
        } else {
            Err(ServiceError::Forbidden(permission.as_str()))
        }
    }

    /// The person, where they act for themselves: what proves who somebody is changes only in a session that a password began, never by a
    /// PIN.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] for who is no person; [`ServiceError::Forbidden`] on a shared device.
    pub fn require_own_account(&self) -> ServiceResult<Uuid> {
        let user_id = self.actor.user_id.ok_or(ServiceError::Unauthenticated)?;
        if self.actor.tablet.is_some() {
            return Err(ServiceError::Forbidden("account.change"));
        }
        Ok(user_id)
    }

    /// Refuses stores outside the caller's scope, as if they did not exist.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub fn require_store(&self, store_id: Uuid) -> ServiceResult<()> {
        if self.actor.stores.contains(store_id) {
            Ok(())
        } else {
            Err(ServiceError::NotFound("store"))
        }
    }

    /// Refuses who does not look after every store, where something holds for all of them or tells of all of them.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `settings.all_needed`.
    pub fn require_all_stores(&self) -> ServiceResult<()> {
        if self.actor.stores == StoreScope::All {
            return Ok(());
        }
        Err(ServiceError::rule(
            "settings.all_needed",
            "Only those who look after every store can do what concerns all of them.",
        ))
    }

    /// Today's business date in a time zone.
    #[must_use]
    pub fn today_in(&self, zone: chrono_tz::Tz) -> NaiveDate {
        self.now.with_timezone(&zone).date_naive()
    }
}
