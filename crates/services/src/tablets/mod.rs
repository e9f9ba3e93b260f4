//! Devices that the people of a store share: a counter's tablet, a kitchen's screen.
//!
//! A device is registered once by somebody who may change people. From then on it holds a cookie of its own, 256 random bits that are kept
//! as SHA-256, and shows the names of those people of its store who have a PIN. Name and PIN together give a session on that device alone,
//! with the person's rights cut to the work of that store ([`domain::Permission::fits_tablet`]), which ends after a few minutes without a
//! request. What is done in it is written down with the person and the device.

mod recognising;
mod taking_over;

pub use recognising::KnownTablet;

use crate::api_keys::{digest, random_hex};
use crate::audit::{self, Change};
use crate::store::{catalog, tablets as rows};
use crate::{Ctx, ServiceError, ServiceResult, Services, live, receipts};
use chrono::SubsecRound;
use contract::tablets::{ChangeTablet, RevokeTablet, TabletView};
use domain::Permission;
use domain::factors::IDLE_RANGE;
use entity::tablet;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Characters of a name at most.
const LONGEST_NAME: usize = 60;

/// Use cases of shared devices; see [`Services::tablets`].
#[derive(Clone, Debug)]
pub struct Tablets<'a> {
    services: &'a Services,
}

impl Services {
    /// Devices that the people of a store share.
    #[must_use]
    pub fn tablets(&self) -> Tablets<'_> {
        Tablets { services: self }
    }
}

/// A device to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterTablet {
    pub store_id: Uuid,
    /// 1 to 60 characters.
    pub name: String,
    /// A session by PIN ends after so many minutes without a request; 1 to 120.
    pub idle_minutes: i32,
}

/// A device that was just registered.
#[derive(Clone)]
pub struct NewTablet {
    pub tablet: TabletView,
    /// What its cookie is to hold; told this once.
    pub token: String,
}

impl std::fmt::Debug for NewTablet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTablet")
            .field("tablet", &self.tablet)
            .finish_non_exhaustive()
    }
}

fn view(row: tablet::Model) -> TabletView {
    TabletView {
        id: row.id,
        store_id: row.store_id,
        name: row.name,
        idle_minutes: row.idle_minutes,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    }
}

/// What the log says of a device.
fn described(row: &tablet::Model) -> Value {
    json!({ "name": row.name, "store_id": row.store_id, "idle_minutes": row.idle_minutes })
}

fn check(name: &str, idle_minutes: i32) -> ServiceResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(ServiceError::field(
            "name",
            "tablet.name",
            "A name has 1 to 60 characters.",
        ));
    }
    if !IDLE_RANGE.contains(&idle_minutes) {
        return Err(ServiceError::field(
            "idle_minutes",
            "tablet.idle",
            "A session ends after 1 to 120 minutes without a request.",
        ));
    }
    Ok(name.to_owned())
}

async fn finish(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> ServiceResult<()> {
    let detail = json!({ "action": action });
    let organization_id = ctx.organization_id();
    live::emit(
        db,
        organization_id,
        ctx.now,
        None,
        "users",
        Some(id),
        detail,
    )
    .await?;
    let change = Change {
        action,
        subject_kind: "tablet",
        subject_id: id,
        before,
        after,
    };
    audit::record(db, ctx, change).await
}

impl Tablets<'_> {
    /// The devices of the stores that the caller sees, newest first, ended ones too.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<TabletView>> {
        ctx.require(Permission::UsersRead)?;
        let db = self.services.db().of(ctx.organization_id());
        let found = rows::list(&*db, ctx.organization_id()).await?;
        let seen = found
            .into_iter()
            .filter(|row| ctx.actor.stores.contains(row.store_id));
        Ok(seen.map(view).collect())
    }

    /// Registers the device on which the caller sits.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`; [`ServiceError::NotFound`] for a store that the caller does not see;
    /// [`ServiceError::Invalid`] by field.
    pub async fn register(&self, ctx: &Ctx, command: RegisterTablet) -> ServiceResult<NewTablet> {
        ctx.require(Permission::UsersWrite)?;
        ctx.require_store(command.store_id)?;
        let name = check(&command.name, command.idle_minutes)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let known = catalog::list_store_ids(&*tx, organization_id).await?;
                if !known.contains(&command.store_id) {
                    return Err(ServiceError::NotFound("store"));
                }
                let token = random_hex::<32>();
                let row = tablet::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    store_id: command.store_id,
                    name: name.clone(),
                    token_hash: digest(&token),
                    idle_minutes: command.idle_minutes,
                    created_by: ctx.actor.user_id,
                    created_at: ctx.now.trunc_subsecs(6),
                    last_used_at: None,
                    revoked_at: None,
                };
                let (after, id) = (described(&row), row.id);
                let tablet = view(row.clone());
                rows::insert(&*tx, row).await?;
                finish(&*tx, ctx, "tablets.register", id, None, Some(after)).await?;
                tx.commit().await?;
                Ok(NewTablet { tablet, token })
            })
            .await
    }

    /// Changes what a device is called and how long a session on it outlives the last request.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`; [`ServiceError::NotFound`]; [`ServiceError::Invalid`] by field.
    pub async fn change(&self, ctx: &Ctx, command: ChangeTablet) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let name = check(&command.name, command.idle_minutes)?;
        let organization_id = ctx.organization_id();
        let operation = "tablets.change";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = self.get_seen(&*tx, ctx, command.tablet_id).await?;
                let done = receipts::find::<()>(&*tx, ctx, command.command_id, operation, &command)
                    .await?;
                if done.is_some() {
                    return Ok(());
                }
                let minutes = command.idle_minutes;
                rows::update(&*tx, organization_id, row.id, &name, minutes).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &()).await?;
                let before = described(&row);
                let after = json!({
                    "name": name, "store_id": row.store_id, "idle_minutes": minutes,
                });
                finish(&*tx, ctx, operation, row.id, Some(before), Some(after)).await?;
                tx.commit().await
            })
            .await
    }

    /// Ends a device: who is signed in on it by PIN is out with the next request. Ending one that has ended changes nothing.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`; [`ServiceError::NotFound`].
    pub async fn revoke(&self, ctx: &Ctx, command: RevokeTablet) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = self.get_seen(&*tx, ctx, command.tablet_id).await?;
                if row.revoked_at.is_some() {
                    return Ok(());
                }
                let now = ctx.now.trunc_subsecs(6);
                rows::update_revoked_at(&*tx, organization_id, row.id, now).await?;
                let before = described(&row);
                finish(&*tx, ctx, "tablets.revoke", row.id, Some(before), None).await?;
                tx.commit().await
            })
            .await
    }

    /// A device of a store that the caller sees, locked.
    async fn get_seen(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        id: Uuid,
    ) -> ServiceResult<tablet::Model> {
        let row = rows::get_locked(db, ctx.organization_id(), id).await?;
        if !ctx.actor.stores.contains(row.store_id) {
            return Err(ServiceError::NotFound("tablet"));
        }
        Ok(row)
    }
}
