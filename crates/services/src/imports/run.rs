//! Doing what an import's state asks for, and going on where somebody stopped.

use super::{Imports, apply, check, undo, views};
use crate::store::imports as rows;
use crate::{Ctx, ServiceError, ServiceResult, live};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ImportStatus, Permission};
use entity::import;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often screens hear of a running import.
const EVENT_PAUSE: Duration = Duration::from_millis(400);

/// A runner that moved nothing for so long is taken for dead.
const DEAD_AFTER: TimeDelta = TimeDelta::seconds(20);

/// How often, and how long, one run waits for another to let go of an import.
const HAND_OVERS: usize = 10;
const HAND_OVER_PAUSE: Duration = Duration::from_millis(200);

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// Nothing is left to do in this state.
    Done(ImportStatus),
    /// The number of chunks that was allowed is used up.
    Stopped,
    /// Somebody else works on it.
    Elsewhere,
}

/// An import whose work was left lying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftover {
    pub organization_id: Uuid,
    pub import_id: Uuid,
}

/// Imports that this process works on.
static RUNNING: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

struct Claim(Uuid);

impl Claim {
    fn take(id: Uuid) -> Option<Self> {
        let new = RUNNING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
        // Only now: a claim that is dropped takes the lock again and gives the import up.
        new.then(|| Self(id))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        RUNNING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}

/// One run: the import as it was when the run began, and a clock.
pub(super) struct Run<'a> {
    pub imports: &'a Imports<'a>,
    pub ctx: &'a Ctx,
    pub import: import::Model,
    begun: Instant,
    told: Option<Instant>,
    chunks_left: Option<usize>,
}

impl Run<'_> {
    /// The moment of the request and what has passed since.
    pub fn now(&self) -> DateTime<Utc> {
        self.ctx.now + TimeDelta::from_std(self.begun.elapsed()).unwrap_or_default()
    }

    pub fn path(&self) -> PathBuf {
        self.imports.services.data_dir().join(&self.import.path)
    }

    pub fn temporary(&self) -> PathBuf {
        self.imports.services.data_dir().join("imports")
    }

    /// Takes one of the allowed chunks; false when none is left.
    pub fn take_chunk(&mut self) -> bool {
        match &mut self.chunks_left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    /// Whether screens have not heard for a while.
    pub fn event_due(&self) -> bool {
        self.told.is_none_or(|at| at.elapsed() >= EVENT_PAUSE)
    }

    pub fn told(&mut self) {
        self.told = Some(Instant::now());
    }

    /// Tells the screens where the run stands.
    pub async fn tell(&self, db: &impl ConnectionTrait, status: ImportStatus) -> ServiceResult<()> {
        let i = &self.import;
        live::emit(
            db,
            i.organization_id,
            self.now(),
            i.store_id,
            views::TOPIC,
            Some(i.id),
            json!({ "status": status }),
        )
        .await
    }
}

impl Run<'_> {
    /// Tells the screens of shelves and days that what they show has changed, in whatever shops the file named.
    pub async fn tell_shelves(&self, db: &impl ConnectionTrait) -> ServiceResult<()> {
        let i = &self.import;
        let (now, detail) = (self.now(), json!({ "import_id": i.id }));
        live::emit(
            db,
            i.organization_id,
            now,
            i.store_id,
            "stock",
            None,
            detail,
        )
        .await
    }
}

impl Imports<'_> {
    /// Whether sales are being taken or taken back right now. Who waits for the day's sales waits a little longer then; an
    /// import that has stood still for longer than [`DEAD_AFTER`] holds nobody up.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_moving(&self, ctx: &Ctx, now: DateTime<Utc>) -> ServiceResult<bool> {
        rows::is_any_alive(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            &[ImportStatus::Applying, ImportStatus::Undoing],
            now - DEAD_AFTER,
        )
        .await
    }

    /// Does the work that the import's state asks for: check what was sent, take what was decided to be taken, undo what
    /// was decided to be undone. May be called at any time and by several at once; one works, the others learn of it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.read`, [`ServiceError::NotFound`]; [`ServiceError::Unavailable`] when
    /// the stored file cannot be read. The work done so far stays done, and the next call goes on behind it.
    pub async fn advance(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<Advance> {
        self.advance_some(ctx, id, None).await
    }

    /// Like [`Imports::advance`], but stops after so many chunks, as a process that is told to end must.
    ///
    /// # Errors
    /// As [`Imports::advance`].
    pub async fn advance_at_most(
        &self,
        ctx: &Ctx,
        id: Uuid,
        chunks: usize,
    ) -> ServiceResult<Advance> {
        self.advance_some(ctx, id, Some(chunks)).await
    }

    async fn advance_some(
        &self,
        ctx: &Ctx,
        id: Uuid,
        chunks: Option<usize>,
    ) -> ServiceResult<Advance> {
        ctx.require(Permission::ImportsRead)?;
        let import = rows::get(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            id,
        )
        .await?;
        let Some(_claim) = Claim::take(id) else {
            return Ok(Advance::Elsewhere);
        };
        let status = import.status;
        let mut run = Run {
            imports: self,
            ctx,
            import,
            begun: Instant::now(),
            told: None,
            chunks_left: chunks,
        };
        match status {
            ImportStatus::Uploaded | ImportStatus::Checking => check::check(&mut run).await,
            ImportStatus::Applying => apply::apply(&mut run).await,
            ImportStatus::Undoing => undo::undo(&mut run).await,
            done => Ok(Advance::Done(done)),
        }
    }

    /// Lets [`Imports::advance`] run by itself, for callers that have answered already. What it cannot finish is found by
    /// [`Imports::resume_all`].
    pub fn advance_in_background(&self, ctx: &Ctx, id: Uuid) {
        let (services, ctx, batch_rows) = (self.services.clone(), ctx.clone(), self.batch_rows);
        tokio::spawn(async move {
            let imports = services.imports().with_batch_rows(batch_rows);
            for _ in 0..HAND_OVERS {
                match imports.advance(&ctx, id).await {
                    // A run that is just ending still holds the import.
                    Ok(Advance::Elsewhere) => tokio::time::sleep(HAND_OVER_PAUSE).await,
                    Ok(outcome) => {
                        tracing::info!(import_id = %id, ?outcome, "worked on an import");
                        return;
                    }
                    Err(error) => {
                        tracing::error!(import_id = %id, error = &error as &dyn std::error::Error, "an import cannot go on");
                        return;
                    }
                }
            }
        });
    }

    /// Imports of every organization whose work was begun and left lying, by a crash or a restart; give each to
    /// [`Imports::advance`] with a system context of its organization. For the operator's processes, at their start and
    /// every few seconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn leftovers(&self, now: DateTime<Utc>) -> ServiceResult<Vec<Leftover>> {
        const BEGUN: [ImportStatus; 4] = [
            ImportStatus::Uploaded,
            ImportStatus::Checking,
            ImportStatus::Applying,
            ImportStatus::Undoing,
        ];
        let found =
            rows::list_left(self.services.db().past_the_wall(), &BEGUN, now - DEAD_AFTER).await?;
        Ok(found
            .into_iter()
            .map(|(organization_id, import_id)| Leftover {
                organization_id,
                import_id,
            })
            .collect())
    }

    /// Goes on with everything that was left lying, one after the other; a failure is logged and tried again next time.
    ///
    /// # Errors
    /// The database's.
    pub async fn resume_all(&self, now: DateTime<Utc>) -> ServiceResult<usize> {
        let left = self.leftovers(now).await?;
        for leftover in &left {
            let ctx = Ctx::system(leftover.organization_id, "imports", now);
            match self.advance(&ctx, leftover.import_id).await {
                Ok(outcome) => {
                    tracing::info!(import_id = %leftover.import_id, ?outcome, "went on with an import")
                }
                Err(error) => {
                    tracing::error!(import_id = %leftover.import_id, error = &error as &dyn std::error::Error, "an import cannot go on");
                }
            }
        }
        Ok(left.len())
    }
}

/// The reading thread ended without a word.
pub(super) fn reader_died() -> ServiceError {
    ServiceError::Internal("the thread that reads the import died".into())
}
