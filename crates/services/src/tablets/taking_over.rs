//! Who takes a device over, and what they may do there.

use super::{KnownTablet, Tablets};
use crate::audit::{self, Change};
use crate::identity::Identity;
use crate::store::{catalog, people, pins, tablets as rows};
use crate::{Actor, Arrival, AtTablet, ServiceError, ServiceResult, StoreScope};
use chrono::SubsecRound;
use contract::tablets::{TabletPerson, TabletPicker};
use domain::factors::TRIES_OF_PIN;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What came of counting an attempt.
struct Counted {
    hash: String,
    failures: i32,
}

fn locked() -> ServiceError {
    ServiceError::rule(
        "pin.locked",
        "Too many wrong PINs. Sign in with your password once; then the PIN works again.",
    )
}

/// The store of a device, and those that its kitchen bakes for: a kitchen's screen is of no use without them.
async fn reach(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    let stores = catalog::list_stores(db, organization_id).await?;
    Ok(stores
        .into_iter()
        .filter(|store| store.id == store_id || store.kitchen_store_id == Some(store_id))
        .map(|store| store.id)
        .collect())
}

impl Tablets<'_> {
    /// Who can take a device over: active people of its store who have a PIN, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn picker(&self, tablet: &KnownTablet) -> ServiceResult<TabletPicker> {
        let organization_id = tablet.organization_id;
        let db = &self.services.db().read_for(organization_id).await?;
        let holders = pins::list_holders(db, organization_id).await?;
        let held = people::list_roles(db, organization_id, None).await?;
        let scopes = people::list_scopes(db, organization_id, None).await?;
        let is_there = |id: &Uuid| {
            let everywhere = held
                .get(id)
                .is_some_and(|all| all.iter().any(|h| h.all_stores));
            let here = |stores: &BTreeSet<Uuid>| stores.contains(&tablet.store_id);
            everywhere || scopes.get(id).is_some_and(here)
        };
        let people = people::list(db, organization_id).await?;
        let people = people
            .into_iter()
            .filter(|row| row.active && holders.contains(&row.id) && is_there(&row.id))
            .map(|row| TabletPerson {
                id: row.id,
                name: row.display_name,
            })
            .collect();
        let stores = catalog::list_stores(db, organization_id).await?;
        let store = stores.into_iter().find(|store| store.id == tablet.store_id);
        Ok(TabletPicker {
            tablet: tablet.name.clone(),
            store: store.map(|store| store.name).unwrap_or_default(),
            people,
        })
    }

    /// Who a person is on a device, with what they may do there; `None` where the device was ended, or the person is not of its store
    /// (any more).
    ///
    /// # Errors
    /// The database's.
    pub async fn cut(&self, identity: &Identity, tablet_id: Uuid) -> ServiceResult<Option<Actor>> {
        let organization_id = identity.actor.organization_id;
        let db = &self.services.db().read_for(organization_id).await?;
        let found = rows::find(db, organization_id, tablet_id).await?;
        let Some(row) = found.filter(|row| row.revoked_at.is_none()) else {
            return Ok(None);
        };
        if !identity.actor.stores.contains(row.store_id) {
            return Ok(None);
        }
        let mut stores = reach(db, organization_id, row.store_id).await?;
        stores.retain(|id| identity.actor.stores.contains(*id));
        let permissions = identity.actor.permissions.iter().copied();
        Ok(Some(Actor {
            permissions: permissions.filter(|p| p.fits_tablet()).collect(),
            stores: StoreScope::Only(stores),
            tablet: Some(AtTablet {
                id: row.id,
                name: row.name,
                idle_minutes: row.idle_minutes,
            }),
            ..identity.actor.clone()
        }))
    }

    /// Checks a person's PIN on a device. Failures are counted by device and person before the PIN is looked at, so that many attempts at
    /// once cannot slip past the count; at the fifth the PIN waits, on every device, for a sign-in with the password.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] for a wrong PIN and for who is nobody here, after the same work; [`ServiceError::Rule`]
    /// `pin.locked`, and `factor.required` where a role asks for a second factor that the person has not made yet.
    pub async fn take_over(
        &self,
        arrival: &Arrival,
        tablet: &KnownTablet,
        user_id: Uuid,
        pin: &str,
    ) -> ServiceResult<Identity> {
        let organization_id = tablet.organization_id;
        let found = self.services.identity().find(user_id).await?;
        let person = found.filter(|person| person.actor.organization_id == organization_id);
        if person.as_ref().is_some_and(Identity::must_enrol) {
            return Err(ServiceError::rule(
                "factor.required",
                "Your role asks for a second factor. Sign in with your password and make one first.",
            ));
        }
        let actor = match &person {
            Some(person) => self.cut(person, tablet.id).await?,
            None => None,
        };
        let counted = match &actor {
            Some(_) => self.count(arrival, tablet, user_id).await?,
            None => None,
        };
        let keyed = self.services.factors().keyed_pin(user_id, pin.trim())?;
        let stored = counted.as_ref().map(|counted| counted.hash.as_str());
        let matches = self.services.passwords.verify(&keyed, stored).await?;
        let (Some(person), Some(actor), Some(counted)) = (person, actor, counted) else {
            return Err(ServiceError::Unauthenticated);
        };
        if !matches {
            if counted.failures < TRIES_OF_PIN {
                return Err(ServiceError::Unauthenticated);
            }
            self.lock(arrival, actor, user_id).await?;
            return Err(locked());
        }
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                pins::delete_failures(&*tx, organization_id, user_id, Some(tablet.id)).await?;
                let now = arrival.now.trunc_subsecs(6);
                rows::update_last_used_at(&*tx, organization_id, tablet.id, now).await?;
                let change = Change {
                    action: "session.take_over",
                    subject_kind: "user",
                    subject_id: user_id,
                    before: None,
                    after: Some(json!({ "tablet_id": tablet.id, "tablet": tablet.name })),
                };
                audit::record(&*tx, &arrival.by(actor.clone()), change).await?;
                tx.commit().await
            })
            .await?;
        Ok(person)
    }

    /// Counts an attempt as a failure; nothing where the person has no PIN.
    async fn count(
        &self,
        arrival: &Arrival,
        tablet: &KnownTablet,
        user_id: Uuid,
    ) -> ServiceResult<Option<Counted>> {
        let organization_id = tablet.organization_id;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let Some(row) = pins::find_locked(&*tx, organization_id, user_id).await? else {
                    return Ok(None);
                };
                if row.locked_at.is_some() {
                    return Err(locked());
                }
                let now = arrival.now.trunc_subsecs(6);
                let failures =
                    pins::add_failure(&*tx, organization_id, tablet.id, user_id, now).await?;
                if failures > TRIES_OF_PIN {
                    return Err(locked());
                }
                tx.commit().await?;
                Ok(Some(Counted {
                    hash: row.pin_hash,
                    failures,
                }))
            })
            .await
    }

    async fn lock(&self, arrival: &Arrival, actor: Actor, user_id: Uuid) -> ServiceResult<()> {
        let organization_id = actor.organization_id;
        let at = actor.tablet.as_ref().map(|tablet| tablet.id);
        // Whoever tried was not the person.
        let ctx = arrival.by(Actor {
            tablet: actor.tablet,
            ..Actor::system(organization_id, "take_over")
        });
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let now = arrival.now.trunc_subsecs(6);
                pins::update_locked_at(&*tx, organization_id, user_id, Some(now)).await?;
                let change = Change {
                    action: "pin.lock",
                    subject_kind: "user",
                    subject_id: user_id,
                    before: None,
                    after: Some(json!({ "tablet_id": at, "failures": TRIES_OF_PIN })),
                };
                audit::record(&*tx, &ctx, change).await?;
                tx.commit().await
            })
            .await
    }
}
