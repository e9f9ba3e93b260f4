//! Rejected rows: to look at, and as a file that can be corrected and sent again.

use super::{Imports, views};
use crate::store::import_rejects;
use crate::store::imports as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::imports::{RejectPage, RejectView};
use domain::Permission;
use entity::import_reject;
use futures::Stream;
use ingest::layout::{self, Layout};
use ingest::lines::Lines;
use ingest::rejects::{Reject, RejectsWriter};
use ingest::{Reason, TEMPLATE};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;
use uuid::Uuid;

/// Most faults of one page.
const MAX_PAGE: u64 = 500;

/// Faults that are read from the database at a time.
const FAULTS_PER_READ: u64 = 2_000;

/// What a reject's row keeps beside the reason.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Detail {
    /// See [`ingest::Reason`].
    #[serde(default)]
    pub argument: String,
    /// Which line of its ticket the row is.
    #[serde(default)]
    pub line: String,
}

impl Detail {
    fn of(row: &import_reject::Model) -> Self {
        row.detail
            .as_deref()
            .and_then(|d| serde_json::from_str(d).ok())
            .unwrap_or_default()
    }
}

fn sentence(row: &import_reject::Model, detail: &Detail) -> String {
    Reason::from_key(&row.reason).map_or_else(
        || row.reason.clone(),
        |reason| reason.sentence(&row.column_name, &row.value, &detail.argument),
    )
}

fn view(row: import_reject::Model) -> RejectView {
    let detail = Detail::of(&row);
    let message = sentence(&row, &detail);
    RejectView {
        row: row.row_number,
        column: row.column_name,
        value: row.value,
        reason: row.reason,
        argument: detail.argument,
        message,
        raw: row.raw_line,
    }
}

fn cursor(r: &RejectView) -> String {
    format!("{}.{}", r.row, r.column)
}

fn read_cursor(text: &str) -> ServiceResult<(i64, String)> {
    text.split_once('.')
        .and_then(|(row, column)| Some((row.parse().ok()?, column.to_owned())))
        .ok_or_else(|| ServiceError::field("behind", "format", "This is no place in the list."))
}

/// How the file's columns stand, or the template's where the file is gone.
fn layout_of(path: PathBuf) -> Layout {
    let read = File::open(path)
        .and_then(Lines::new)
        .and_then(|mut lines| layout::open(&mut lines));
    match read {
        Ok(Ok(layout)) => layout,
        _ => Layout {
            delimiter: b',',
            header: TEMPLATE.iter().map(|c| (*c).to_owned()).collect(),
            positions: [0, 1, 2, 3, 4, 5, 6, 7],
            line: None,
        },
    }
}

/// Where the writing of a rejects file stands.
struct Writing {
    services: Services,
    organization_id: Uuid,
    import_id: Uuid,
    writer: RejectsWriter,
    behind: Option<(i64, String)>,
    /// The faults of the last row that was read; more of them may follow.
    open: Option<Reject>,
    done: bool,
}

impl Writing {
    /// The next piece of the file; `None` behind the last.
    async fn piece(&mut self) -> ServiceResult<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        let mut out = Vec::new();
        let first = self.behind.is_none();
        if first {
            self.writer.header(&mut out);
        }
        let db = &self.services.db().of(self.organization_id);
        let faults = import_rejects::list(
            db,
            self.import_id,
            None,
            self.behind.clone(),
            FAULTS_PER_READ,
        )
        .await?;
        self.done = (faults.len() as u64) < FAULTS_PER_READ;
        for row in faults {
            let detail = Detail::of(&row);
            let message = sentence(&row, &detail);
            self.behind = Some((row.row_number, row.column_name.clone()));
            let number = u64::try_from(row.row_number).unwrap_or(0);
            if self.open.as_ref().is_some_and(|open| open.row != number)
                && let Some(whole) = self.open.take()
            {
                self.writer.reject(&whole, &mut out);
            }
            let open = self.open.get_or_insert_with(|| Reject {
                row: number,
                raw: row.raw_line,
                line: detail.line,
                faults: Vec::new(),
            });
            open.faults.push((row.column_name, row.reason, message));
        }
        if self.done
            && let Some(whole) = self.open.take()
        {
            self.writer.reject(&whole, &mut out);
        }
        Ok(Some(out))
    }
}

impl Imports<'_> {
    /// Faults by row, of one reason or of all, from behind the place that the page before named.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.read`, [`ServiceError::NotFound`], [`ServiceError::Invalid`] for a
    /// wrong place.
    pub async fn rejects(
        &self,
        ctx: &Ctx,
        id: Uuid,
        reason: Option<&str>,
        behind: Option<&str>,
        limit: u64,
    ) -> ServiceResult<RejectPage> {
        ctx.require(Permission::ImportsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        views::require_scope(ctx, &rows::get(db, ctx.organization_id(), id).await?)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let behind = behind.map(read_cursor).transpose()?;
        let mut found = import_rejects::list(db, id, reason, behind, limit + 1).await?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > page;
        found.truncate(page);
        let items: Vec<RejectView> = found.into_iter().map(view).collect();
        let next = items.last().filter(|_| more).map(cursor);
        Ok(RejectPage { items, next })
    }

    /// The rejected rows as a file in the dialect of the one that was sent, with columns that say what is wrong; these
    /// are ignored when the corrected file comes back. Read piece by piece.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.read`, [`ServiceError::NotFound`].
    pub async fn rejects_csv(
        &self,
        ctx: &Ctx,
        id: Uuid,
    ) -> ServiceResult<impl Stream<Item = ServiceResult<Vec<u8>>> + Send + use<>> {
        ctx.require(Permission::ImportsRead)?;
        let row = rows::get(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            id,
        )
        .await?;
        views::require_scope(ctx, &row)?;
        let path = self.services.data_dir().join(&row.path);
        let layout = tokio::task::spawn_blocking(move || layout_of(path))
            .await
            .map_err(|e| ServiceError::Internal(format!("the header's reader failed: {e}")))?;
        let writing = Writing {
            services: self.services.clone(),
            organization_id: ctx.organization_id(),
            import_id: id,
            writer: RejectsWriter::new(layout),
            behind: None,
            open: None,
            done: false,
        };
        Ok(futures::stream::try_unfold(
            writing,
            |mut writing| async move { Ok(writing.piece().await?.map(|piece| (piece, writing))) },
        ))
    }
}
