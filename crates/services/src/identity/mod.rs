//! Who somebody is: sign-in, sign-out, and the actor behind a session.

mod by_passkey;
mod foreign;
mod proving;
mod second;
mod throttle;

pub use second::Half;
pub use throttle::Throttle;
pub(crate) use throttle::paused;

use crate::audit::{self, Change};
use crate::store::people::Held;
use crate::store::{catalog, factors, organizations, people, pins, single_sign_on};
use crate::{Actor, Arrival, Ctx, ServiceError, ServiceResult, Services, StoreScope};
use chrono::{DateTime, SubsecRound, Utc};
use contract::session::{CurrentUser, StoreOption};
use contract::tablets::OnTablet;
use domain::sign_in::{FREE_FAILURES_OF_ACCOUNT, pause_after, tried_email};
use domain::{Permission, StoreKind};
use entity::user;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Reason by which a right password is refused of whoever is to come in through their organization's provider.
pub const PASSWORD_CLOSED: &str = "password.closed";

/// Use cases of sign-in; see [`Services::identity`].
#[derive(Clone, Debug)]
pub struct IdentityService<'a> {
    services: &'a Services,
}

impl Services {
    /// Sign-in, sign-out, and the actor behind a session.
    #[must_use]
    pub fn identity(&self) -> IdentityService<'_> {
        IdentityService { services: self }
    }

    /// Password hashing, for metrics and tests of equal work.
    #[must_use]
    pub fn passwords(&self) -> &crate::passwords::Passwords {
        &self.passwords
    }
}

/// What a person types to come in.
#[derive(Clone)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// A person who has proved who they are.
#[derive(Clone, Debug)]
pub struct Identity {
    pub user_id: Uuid,
    pub actor: Actor,
    pub email: String,
    /// Names of the person's roles, for display.
    pub roles: Vec<String>,
    /// Changes with the password, so that a session under an old password ends.
    stamp: Vec<u8>,
    /// Tokens that were issued under a lower number are dead.
    pub(crate) token_epoch: i32,
    must_enrol: bool,
}

/// How far address and password have led.
#[derive(Clone, Debug)]
pub enum SignedIn {
    /// In.
    Done(Box<Identity>),
    /// To the second step, and nowhere else.
    Half(Half),
}

impl SignedIn {
    /// Who is in; nobody where the second step is to be answered yet.
    #[must_use]
    pub fn done(self) -> Option<Identity> {
        match self {
            Self::Done(identity) => Some(*identity),
            Self::Half(_) => None,
        }
    }
}

impl Identity {
    /// Digest of the stored password hash: what a session remembers instead of the hash itself.
    #[must_use]
    pub fn stamp(&self) -> &[u8] {
        &self.stamp
    }

    /// Whether a role asks for a second factor and there is none: then the person holds no right and sees no store until there is.
    #[must_use]
    pub fn must_enrol(&self) -> bool {
        self.must_enrol
    }
}

fn password_closed() -> ServiceError {
    ServiceError::rule(
        PASSWORD_CLOSED,
        "Sign in with your organization's account: passwords are closed there.",
    )
}

/// What a session remembers of a password.
fn stamp_of(row: &user::Model) -> Vec<u8> {
    Sha256::digest(row.password_hash.as_bytes()).to_vec()
}

/// Failures in a row with one more, which was just made. After an hour of quiet the count starts again, as that in memory does: else a pause
/// that comes early would tell who has an account.
fn counted(row: &user::Model, now: DateTime<Utc>) -> u32 {
    let before = u32::try_from(row.failed_sign_ins).unwrap_or_default();
    let pause = pause_after(before, FREE_FAILURES_OF_ACCOUNT).unwrap_or_default();
    let last = row.locked_until.map(|until| until - pause);
    if last.is_none_or(|last| now - last > throttle::FORGET_AFTER) {
        return 1;
    }
    before.saturating_add(1)
}

fn permissions_of(held: &[Held]) -> ServiceResult<BTreeSet<Permission>> {
    let mut all = BTreeSet::new();
    for h in held {
        let words: Vec<String> =
            serde_json::from_value(h.role.permissions.clone()).map_err(|e| {
                ServiceError::Internal(format!(
                    "permissions of role {} cannot be read: {e}",
                    h.role.id
                ))
            })?;
        // A word that this version does not know grants nothing.
        all.extend(words.iter().filter_map(|w| w.parse::<Permission>().ok()));
    }
    Ok(all)
}

impl IdentityService<'_> {
    async fn identify(&self, row: &user::Model) -> ServiceResult<Identity> {
        let db = &self.services.db().read_for(row.organization_id).await?;
        if organizations::is_shut(db, row.organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        let held = people::list_roles(db, row.organization_id, Some(row.id))
            .await?
            .remove(&row.id)
            .unwrap_or_default();
        let asks = held.iter().any(|h| h.role.factor_required);
        let must_enrol = asks && !factors::is_asked(db, row.organization_id, row.id).await?;
        let permissions = if must_enrol {
            BTreeSet::new()
        } else {
            permissions_of(&held)?
        };
        let stores = if must_enrol {
            StoreScope::Only(BTreeSet::new())
        } else if held.iter().any(|h| h.all_stores) {
            StoreScope::All
        } else {
            let scopes = people::list_scopes(db, row.organization_id, Some(row.id)).await?;
            StoreScope::Only(scopes.into_values().next().unwrap_or_default())
        };
        Ok(Identity {
            user_id: row.id,
            email: row.email.clone(),
            roles: held.iter().map(|h| h.role.name.clone()).collect(),
            stamp: stamp_of(row),
            token_epoch: row.token_epoch,
            must_enrol,
            actor: Actor {
                user_id: Some(row.id),
                organization_id: row.organization_id,
                display_name: row.display_name.clone(),
                permissions,
                stores,
                language: row.language,
                tablet: None,
            },
        })
    }

    /// Checks address and password. Whoever has a second factor is not in by that, but at the second step:
    /// [`IdentityService::second_step`].
    ///
    /// Wrong address, wrong password and closed account give the same answer after the same work. Failures are counted
    /// by account (in memory for every address that was tried, in the database where there is an account) and by the
    /// caller's network address; both then pause, longer with every further failure.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`], [`ServiceError::TooManyRequests`] during a pause; [`ServiceError::Suspended`] for whoever knows the
    /// password and is of an organization that is suspended, before any second step; [`ServiceError::Rule`] [`PASSWORD_CLOSED`] for whoever
    /// knows it and is to come in through a provider.
    pub async fn sign_in(&self, arrival: &Arrival, asked: SignIn) -> ServiceResult<SignedIn> {
        let email = tried_email(&asked.email);
        let row = self
            .check_password(arrival, &email, &asked.password)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        let db = self.services.db().read_for(row.organization_id).await?;
        if organizations::is_shut(&db, row.organization_id).await? {
            // Right, and not let in: that is no failure of theirs.
            return Err(ServiceError::Suspended);
        }
        if single_sign_on::forbids_password(&db, row.organization_id, row.id).await? {
            // Told to whoever knows the password, and to nobody else.
            return Err(password_closed());
        }
        let asked = factors::is_asked(&db, row.organization_id, row.id).await?;
        drop(db);
        if asked {
            return Ok(SignedIn::Half(Half::of(&row, arrival.now)));
        }
        let identity = self.identify(&row).await?;
        self.enter(arrival, &identity, None).await?;
        Ok(SignedIn::Done(Box::new(identity)))
    }

    /// The person with this address and password, unless their account was closed.
    async fn check_password(
        &self,
        arrival: &Arrival,
        email: &str,
        password: &str,
    ) -> ServiceResult<Option<user::Model>> {
        self.services
            .throttle
            .enter(&arrival.source, email, arrival.now)?;
        let db = self.services.db();
        let row = people::find_by_email(db.past_the_wall(), email).await?;
        if let Some(until) = row
            .as_ref()
            .and_then(|r| r.locked_until)
            .filter(|until| *until > arrival.now)
        {
            return Err(throttle::paused(until, arrival.now));
        }
        let stored = row.as_ref().map(|r| r.password_hash.as_str());
        let matches = self.services.passwords.verify(password, stored).await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if !matches || !row.active {
            self.count_failure(arrival, &row).await?;
            return Ok(None);
        }
        self.services.throttle.succeed(&arrival.source, email);
        Ok(Some(row))
    }

    /// Whether this is the password of the person who asks. Failures count as those of sign-in do.
    pub(crate) async fn confirm_password(&self, ctx: &Ctx, password: &str) -> ServiceResult<bool> {
        let user_id = ctx.actor.user_id.ok_or(ServiceError::Unauthenticated)?;
        let db = self.services.db();
        let row = people::find_by_id(&*db.of(ctx.organization_id()), user_id)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        let arrival = Arrival {
            now: ctx.now,
            request_id: ctx.request_id.clone(),
            source: ctx.source.clone(),
        };
        let found = self.check_password(&arrival, &row.email, password).await?;
        if found.as_ref().is_some_and(|row| row.failed_sign_ins > 0) {
            // Failures count in a row, as at the door.
            let tx = db.begin_for(row.organization_id).await?;
            people::update_unlocked(&*tx, row.organization_id, row.id).await?;
            tx.commit().await?;
        }
        Ok(found.is_some())
    }

    /// Writes down that a person is in, with what they proved it by besides the password. A PIN that was locked works again.
    async fn enter(
        &self,
        arrival: &Arrival,
        identity: &Identity,
        proof: Option<Value>,
    ) -> ServiceResult<()> {
        let (organization_id, user_id) = (identity.actor.organization_id, identity.user_id);
        let tx = self.services.db().begin_for(organization_id).await?;
        people::update_signed_in(&*tx, user_id, arrival.now).await?;
        pins::update_locked_at(&*tx, organization_id, user_id, None).await?;
        pins::delete_failures(&*tx, organization_id, user_id, None).await?;
        let ctx = arrival.by(identity.actor.clone());
        let change = Change {
            action: "session.sign_in",
            subject_kind: "user",
            subject_id: user_id,
            before: None,
            after: proof,
        };
        audit::record(&*tx, &ctx, change).await?;
        tx.commit().await
    }

    async fn count_failure(&self, arrival: &Arrival, row: &user::Model) -> ServiceResult<()> {
        let tx = self.services.db().begin_for(row.organization_id).await?;
        // Attempts at the same time are all counted.
        let row = people::get_locked(&*tx, row.organization_id, row.id).await?;
        let failures = counted(&row, arrival.now);
        let pause = pause_after(failures, FREE_FAILURES_OF_ACCOUNT);
        let until = (arrival.now + pause.unwrap_or_default()).trunc_subsecs(6);
        let kept = i32::try_from(failures).unwrap_or(i32::MAX);
        people::update_failures(&*tx, row.id, kept, until).await?;
        if pause.is_some() {
            let ctx = arrival.by(Actor::system(row.organization_id, "sign_in"));
            let after = json!({ "failures": failures, "locked_until": until });
            let change = Change {
                action: "session.pause",
                subject_kind: "user",
                subject_id: row.id,
                before: None,
                after: Some(after),
            };
            audit::record(&*tx, &ctx, change).await?;
        }
        tx.commit().await
    }

    /// The person behind a session, unless their account was closed.
    ///
    /// # Errors
    /// [`ServiceError::Suspended`]; the database's.
    pub async fn find(&self, user_id: Uuid) -> ServiceResult<Option<Identity>> {
        match people::find_by_id(self.services.db().past_the_wall(), user_id).await? {
            Some(row) if row.active => Ok(Some(self.identify(&row).await?)),
            _ => Ok(None),
        }
    }

    /// Writes down that a person left.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_out(&self, ctx: &Ctx) -> ServiceResult<()> {
        let Some(user_id) = ctx.actor.user_id else {
            return Ok(());
        };
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let change = Change {
            action: "session.sign_out",
            subject_kind: "user",
            subject_id: user_id,
            before: None,
            after: None,
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await
    }

    /// The signed-in person and the frame in which every page speaks.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] for the system itself.
    pub async fn current_user(&self, ctx: &Ctx) -> ServiceResult<CurrentUser> {
        let user_id = ctx.actor.user_id.ok_or(ServiceError::Unauthenticated)?;
        let identity = self
            .find(user_id)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        self.describe(ctx, &identity).await
    }

    /// Like [`IdentityService::current_user`], for who has just been found.
    ///
    /// # Errors
    /// The database's.
    pub async fn describe(&self, ctx: &Ctx, identity: &Identity) -> ServiceResult<CurrentUser> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization = organizations::get(db, ctx.organization_id()).await?;
        let stores = catalog::list_stores(db, ctx.organization_id()).await?;
        let zone: chrono_tz::Tz = organization.time_zone.parse().unwrap_or(chrono_tz::UTC);
        Ok(CurrentUser {
            user_id: identity.user_id,
            display_name: identity.actor.display_name.clone(),
            email: identity.email.clone(),
            roles: identity.roles.clone(),
            permissions: ctx.actor.permissions.iter().copied().collect(),
            organization_id: organization.id,
            organization_name: organization.name,
            currency: organization.currency,
            language: identity.actor.language,
            time_zone: organization.time_zone,
            today: ctx.today_in(zone),
            now: ctx.now,
            erase_after: organization.erase_after,
            stores: stores
                .into_iter()
                .filter(|s| s.active && ctx.actor.stores.contains(s.id))
                .map(|s| StoreOption {
                    id: s.id,
                    code: s.code,
                    name: s.name,
                    is_kitchen: s.kind == StoreKind::CentralKitchen,
                })
                .collect(),
            tablet: ctx.actor.tablet.as_ref().map(|tablet| OnTablet {
                id: tablet.id,
                name: tablet.name.clone(),
                idle_minutes: tablet.idle_minutes,
            }),
        })
    }
}
