//! Taking in a file: written to disk and hashed while it arrives, never held in memory.

use super::{Imports, views};
use crate::audit::{self, Change};
use crate::store::imports as rows;
use crate::{Ctx, ServiceError, ServiceResult, StoreScope, live, receipts};
use contract::imports::{CreateImport, ImportView};
use domain::{ImportStatus, Permission};
use entity::import;
use futures::{Stream, StreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Longest name of a file that is kept.
pub const MAX_FILE_NAME_CHARS: usize = 200;

/// Pieces of the file that wait for the disk.
const PIECES_IN_FLIGHT: usize = 16;

/// Removes what was written unless the import came to be.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0
            && let Err(error) = std::fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %path.display(), %error, "an unfinished upload stays behind");
        }
    }
}

struct Stored {
    size_bytes: u64,
    sha256: String,
}

/// Writes and hashes on a thread of its own: both would hold up the web runtime.
async fn store_file<S, B>(path: PathBuf, source: S, max_bytes: u64) -> ServiceResult<Stored>
where
    S: Stream<Item = io::Result<B>> + Send,
    B: AsRef<[u8]> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel::<B>(PIECES_IN_FLIGHT);
    let writer = tokio::task::spawn_blocking(move || -> io::Result<Stored> {
        let mut file = std::fs::File::create_new(&path)?;
        let mut hash = Sha256::new();
        let mut size_bytes = 0;
        while let Some(piece) = receiver.blocking_recv() {
            let piece = piece.as_ref();
            hash.update(piece);
            file.write_all(piece)?;
            size_bytes += piece.len() as u64;
        }
        file.sync_all()?;
        let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(Stored { size_bytes, sha256 })
    });
    let mut source = pin!(source);
    let mut received = 0_u64;
    let mut fault = None;
    while let Some(piece) = source.next().await {
        match piece {
            Ok(piece) => {
                received += piece.as_ref().len() as u64;
                if received > max_bytes {
                    fault = Some(ServiceError::TooLarge(format!(
                        "The file is larger than the {} MB that are taken. Nothing was stored; split it and send the parts.",
                        max_bytes / 1_000_000
                    )));
                    break;
                }
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                fault = Some(ServiceError::field(
                    "file",
                    "interrupted",
                    format!(
                        "The upload broke off ({error}). Nothing was stored; send the file again."
                    ),
                ));
                break;
            }
        }
    }
    drop(sender);
    let stored = writer
        .await
        .map_err(|e| ServiceError::Internal(format!("the upload's writer failed: {e}")))?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    stored.map_err(|error| ServiceError::Unavailable {
        message: "The file could not be stored. Nothing was changed; please try again later."
            .into(),
        source: Some(Box::new(error)),
    })
}

/// The name without folders and without what a terminal cannot show.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_FILE_NAME_CHARS)
        .collect();
    if name.is_empty() {
        "sales.csv".to_owned()
    } else {
        name
    }
}

impl Imports<'_> {
    /// Stores a file. It is not looked at yet: [`Imports::advance`] does that.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.create`; [`ServiceError::TooLarge`]; [`ServiceError::Invalid`] when
    /// the upload breaks off or the threshold is no share; [`ServiceError::NotFound`] for a store out of scope.
    pub async fn create<S, B>(
        &self,
        ctx: &Ctx,
        command: CreateImport,
        source: S,
        max_bytes: u64,
    ) -> ServiceResult<ImportView>
    where
        S: Stream<Item = io::Result<B>> + Send,
        B: AsRef<[u8]> + Send + 'static,
    {
        ctx.require(Permission::ImportsCreate)?;
        match command.store_id {
            Some(store_id) => ctx.require_store(store_id)?,
            // What a file may touch is looked up by its sender. A key is no person, and nothing would hold it to its stores.
            None if ctx.actor.user_id.is_none() && ctx.actor.stores != StoreScope::All => {
                return Err(ServiceError::field(
                    "store_id",
                    "required",
                    "A key that does not see every store names the store of its file.",
                ));
            }
            None => {}
        }
        if command
            .threshold_bp
            .is_some_and(|t| !(0..=10_000).contains(&t))
        {
            return Err(ServiceError::field(
                "threshold_bp",
                "out_of_range",
                "The threshold lies between 0 and 100 %.",
            ));
        }
        let db = self.services.db();
        // A repeated command is answered before its bytes are read.
        if let Some(id) = receipts::find::<Uuid>(
            &db.of(ctx.organization_id()),
            ctx,
            command.command_id,
            "imports.create",
            &command,
        )
        .await?
        {
            return self.get(ctx, id).await;
        }
        let id = Uuid::now_v7();
        let relative = Path::new("imports").join(format!("{id}.csv"));
        let path = self.services.data_dir().join(&relative);
        tokio::fs::create_dir_all(self.services.data_dir().join("imports"))
            .await
            .map_err(|error| ServiceError::Unavailable {
                message: "The folder for uploads cannot be written. Nothing was changed.".into(),
                source: Some(Box::new(error)),
            })?;
        let mut unfinished = Unfinished(Some(path.clone()));
        let stored = store_file(path, source, max_bytes).await?;
        let relative = relative.to_string_lossy().into_owned();
        let answered = db
            .retry(|| self.insert_import(ctx, &command, id, &relative, &stored))
            .await?;
        if answered == id {
            unfinished.0 = None;
        }
        self.get(ctx, answered).await
    }

    async fn insert_import(
        &self,
        ctx: &Ctx,
        command: &CreateImport,
        id: Uuid,
        path: &str,
        stored: &Stored,
    ) -> ServiceResult<Uuid> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if let Some(id) =
            receipts::find(&*tx, ctx, command.command_id, "imports.create", command).await?
        {
            return Ok(id);
        }
        let threshold_bp = rows::get_threshold(&*tx, organization_id).await?;
        if let Some(store_id) = command.store_id {
            let stores = rows::list_stores(&*tx, organization_id).await?;
            stores
                .iter()
                .find(|s| s.id == store_id)
                .ok_or(ServiceError::NotFound("store"))?;
        }
        let file_name = plain_name(&command.file_name);
        let row = import::Model {
            id,
            organization_id,
            store_id: command.store_id,
            file_name: file_name.clone(),
            size_bytes: i64::try_from(stored.size_bytes).unwrap_or(i64::MAX),
            sha256: Some(stored.sha256.clone()),
            path: path.to_owned(),
            status: ImportStatus::Uploaded,
            rows_total: 0,
            rows_good: 0,
            rows_rejected: 0,
            rows_duplicate: 0,
            rows_applied: 0,
            bytes_done: 0,
            threshold_bp: command.threshold_bp.unwrap_or(threshold_bp),
            error: None,
            first_date: None,
            last_date: None,
            command_id: command.command_id,
            created_by: ctx.actor.user_id,
            created_at: ctx.now,
            updated_at: ctx.now,
            finished_at: None,
        };
        rows::insert(&*tx, row).await?;
        receipts::insert(
            &*tx,
            ctx,
            command.command_id,
            "imports.create",
            command,
            &id,
        )
        .await?;
        live::emit(
            &*tx,
            organization_id,
            ctx.now,
            command.store_id,
            views::TOPIC,
            Some(id),
            json!({ "status": ImportStatus::Uploaded }),
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "imports.create",
                subject_kind: "import",
                subject_id: id,
                before: None,
                after: Some(json!({
                    "file_name": file_name,
                    "size_bytes": stored.size_bytes,
                    "sha256": stored.sha256,
                    "store_id": command.store_id,
                })),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }
}
