//! The end of an organization: its people ask for it, can call it off for a while, and then everything is erased for good.
//!
//! Erasing is done by the housekeeping: first the files, which rows name, then the rows of every table in small transactions, at last the
//! organization's own. It can be cut off anywhere and goes on the next time. Sets of backup that were taken before still hold everything
//! until they are deleted in their turn.

use crate::audit::{self, Change};
use crate::store::organizations::Deletion;
use crate::store::owned::{self, owned};
use crate::store::{organization_exports, organizations as rows, people, sessions};
use crate::{Ctx, ServiceError, ServiceResult, Services, receipts};
use chrono::{DateTime, SubsecRound, Utc};
use contract::organization::{AskDeletion, CancelDeletion, DeletionView};
use domain::Permission;
use entity::organization;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

const ASK: &str = "organization.ask_deletion";
const CANCEL: &str = "organization.cancel_deletion";

/// Rows that go in one transaction.
const ROWS_AT_ONCE: u64 = 2_000;

/// Files of an organization, below the data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedFiles {
    pub uploads: Vec<String>,
    /// Folders of models.
    pub artifacts: Vec<String>,
    /// By these begin the names of its exports, those too of attempts that were cut off.
    pub exports: Vec<Uuid>,
}

/// Use cases of deletion; see [`Services::deletions`].
#[derive(Debug)]
pub struct Deletions<'a> {
    services: &'a Services,
}

impl Services {
    /// The end of organizations.
    #[must_use]
    pub fn deletions(&self) -> Deletions<'_> {
        Deletions { services: self }
    }
}

/// Where somebody asked for the organization to be deleted.
pub(crate) async fn view(
    db: &impl ConnectionTrait,
    row: &organization::Model,
) -> ServiceResult<Option<DeletionView>> {
    let (Some(asked_at), Some(erase_after)) = (row.deletion_asked_at, row.erase_after) else {
        return Ok(None);
    };
    let asked_by = match row.deletion_asked_by {
        Some(id) => people::find_by_id(db, id)
            .await?
            .filter(|person| person.organization_id == row.id)
            .map(|person| person.display_name),
        None => None,
    };
    Ok(Some(DeletionView {
        asked_at,
        asked_by,
        erase_after,
    }))
}

impl Deletions<'_> {
    /// Asks for the deletion of the caller's organization after the waiting period of the installation.
    ///
    /// # Errors
    /// Forbidden without `settings.write`, and for programs; invalid `name` or `password`; a rule `deletion.asked` where somebody did, or
    /// when somebody who does not look after every store asks.
    pub async fn ask(&self, ctx: &Ctx, command: &AskDeletion) -> ServiceResult<DeletionView> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        self.services
            .identity()
            .prove(ctx, &command.password)
            .await?;
        // What a receipt remembers must not contain the password, not even as a quick hash.
        let asked = AskDeletion {
            password: String::new(),
            ..command.clone()
        };
        self.services
            .db()
            .retry(|| self.ask_once(ctx, &asked))
            .await
    }

    async fn ask_once(&self, ctx: &Ctx, command: &AskDeletion) -> ServiceResult<DeletionView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        let before = rows::get_locked(&*tx, organization_id).await?;
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, ASK, command).await? {
            return Ok(answer);
        }
        if command.name.trim() != before.name {
            return Err(ServiceError::field(
                "name",
                "deletion.name",
                "This is not the name of the organization.",
            ));
        }
        if before.erase_after.is_some() {
            return Err(ServiceError::rule(
                "deletion.asked",
                "Somebody asked for that already.",
            ));
        }
        let asked_at = ctx.now.trunc_subsecs(6);
        let deletion = Deletion {
            asked_at,
            asked_by: ctx.actor.user_id,
            erase_after: asked_at + self.services.terms().deletion_waiting,
        };
        rows::update_deletion(&*tx, organization_id, Some(deletion)).await?;
        let answer = DeletionView {
            asked_at,
            asked_by: Some(ctx.actor.display_name.clone()),
            erase_after: deletion.erase_after,
        };
        receipts::insert(&*tx, ctx, command.command_id, ASK, command, &answer).await?;
        let change = Change {
            action: "organizations.ask_deletion",
            subject_kind: "organization",
            subject_id: organization_id,
            before: None,
            after: Some(json!({ "erase_after": deletion.erase_after })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Calls the deletion off.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; a rule `deletion.none` where nobody asked for it, or when somebody who does not look after
    /// every store calls it off.
    pub async fn cancel(&self, ctx: &Ctx, command: &CancelDeletion) -> ServiceResult<()> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        self.services
            .db()
            .retry(|| self.cancel_once(ctx, command))
            .await
    }

    async fn cancel_once(&self, ctx: &Ctx, command: &CancelDeletion) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        let before = rows::get_locked(&*tx, organization_id).await?;
        let receipt = receipts::find::<()>(&*tx, ctx, command.command_id, CANCEL, command).await?;
        if receipt.is_some() {
            return Ok(());
        }
        let Some(erase_after) = before
            .erase_after
            .filter(|_| before.erasing_since.is_none())
        else {
            return Err(ServiceError::rule(
                "deletion.none",
                "Nobody asked for a deletion that can be called off.",
            ));
        };
        rows::update_deletion(&*tx, organization_id, None).await?;
        receipts::insert(&*tx, ctx, command.command_id, CANCEL, command, &()).await?;
        let change = Change {
            action: "organizations.cancel_deletion",
            subject_kind: "organization",
            subject_id: organization_id,
            before: Some(json!({ "erase_after": erase_after })),
            after: None,
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await
    }

    /// Organizations whose waiting period is over, or whose erasing was cut off; for the housekeeping.
    ///
    /// # Errors
    /// The database's.
    pub async fn to_erase(&self, now: DateTime<Utc>) -> ServiceResult<Vec<Uuid>> {
        // The list of organizations belongs to none of them.
        let found = rows::list_to_erase(self.services.db().past_the_wall(), now).await?;
        Ok(found.into_iter().map(|row| row.id).collect())
    }

    /// Begins to erase an organization, or goes on with it: from here on nobody of it is let in, and nothing brings it back. Names the files
    /// that are to be deleted before its rows; nothing where it was called off meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_erasing(
        &self,
        organization_id: Uuid,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<OwnedFiles>> {
        let begun = self
            .services
            .db()
            .retry(|| self.begin_erasing_once(organization_id, now));
        let files = match begun.await {
            // Another process was faster.
            Err(ServiceError::NotFound(_)) => return Ok(None),
            files => files?,
        };
        self.services
            .recognised
            .forget_organization(organization_id);
        Ok(files)
    }

    async fn begin_erasing_once(
        &self,
        organization_id: Uuid,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<OwnedFiles>> {
        let tx = self.services.db().begin_for(organization_id).await?;
        let row = rows::get_locked(&*tx, organization_id).await?;
        if row.erase_after.is_none_or(|at| at > now) {
            return Ok(None);
        }
        if row.erasing_since.is_none() {
            rows::update_erasing_since(&*tx, organization_id, now.trunc_subsecs(6)).await?;
        }
        sessions::delete_of_organization(&*tx, organization_id).await?;
        let files = OwnedFiles {
            uploads: organization_exports::list_uploads(&*tx, organization_id).await?,
            artifacts: organization_exports::list_artifacts(&*tx, organization_id).await?,
            exports: organization_exports::list_ids(&*tx, organization_id).await?,
        };
        tx.commit().await?;
        Ok(Some(files))
    }

    /// Deletes every row of an organization whose erasing has begun, a few thousand a transaction and its own at last. Says how many went.
    ///
    /// # Errors
    /// The database's; what went before it is gone, and the next time goes on from there.
    pub async fn erase_rows(&self, organization_id: Uuid) -> ServiceResult<u64> {
        let db = self.services.db();
        let mut gone = 0;
        for table in owned() {
            loop {
                let some = db.retry(|| async {
                    let tx = db.begin_for(organization_id).await?;
                    if !is_being_erased(&*tx, organization_id).await? {
                        return Ok(0);
                    }
                    owned::allow_erasing(&*tx, organization_id).await?;
                    let some =
                        owned::delete_some(&*tx, &table, organization_id, ROWS_AT_ONCE).await?;
                    tx.commit().await?;
                    Ok(some)
                });
                let some = some.await?;
                gone += some;
                // Rows that name each other go in layers, of which each may be small.
                let is_over = some == 0 || (table.names.is_none() && some < ROWS_AT_ONCE);
                if is_over {
                    break;
                }
            }
        }
        let last = db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            if !is_being_erased(&*tx, organization_id).await? {
                return Ok(0);
            }
            rows::delete(&*tx, organization_id).await?;
            tx.commit().await?;
            Ok(1)
        });
        Ok(gone + last.await?)
    }
}

/// Looks, and keeps others from adding rows or erasing at the same moment until the transaction's end.
async fn is_being_erased(db: &impl ConnectionTrait, organization_id: Uuid) -> ServiceResult<bool> {
    match rows::get_locked(db, organization_id).await {
        Ok(row) => Ok(row.erasing_since.is_some()),
        Err(ServiceError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
