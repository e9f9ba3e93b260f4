//! Checking the books: every level is the sum of its movements, every audit entry is sealed as it was written.

use crate::store::books;
use crate::{Ctx, ServiceResult, Services, audit};
use contract::stock::{AuditBreak, BooksReport, ShelfDifference};
use domain::Permission;
use entity::audit_entry;
use std::collections::BTreeSet;

/// Audit entries that are read at once.
const ENTRIES_AT_ONCE: u64 = 2_000;

/// Checks the books.
#[derive(Debug)]
pub struct Books<'a> {
    services: &'a Services,
}

impl Services {
    /// The check of the books, for `hornada doctor`.
    #[must_use]
    pub fn books(&self) -> Books<'_> {
        Books { services: self }
    }
}

impl Books<'_> {
    /// Recomputes every level from the ledger and every seal of the audit log, and reports what does not hold.
    /// Levels are read in a write transaction, so that nobody moves stock between the two readings on SQLite; on
    /// PostgreSQL a shelf that differs is read a second time.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn check(&self, ctx: &Ctx) -> ServiceResult<BooksReport> {
        ctx.require(Permission::AuditRead)?;
        let (mut shelves, mut movements, mut differences) = self.compare(ctx).await?;
        if !differences.is_empty() {
            let (again_shelves, again_movements, again) = self.compare(ctx).await?;
            differences.retain(|d| again.contains(d));
            (shelves, movements) = (again_shelves, again_movements);
        }
        let (audit_entries, audit_broken) = self.check_audit(ctx).await?;
        Ok(BooksReport {
            shelves,
            movements,
            differences,
            audit_entries,
            audit_broken,
        })
    }

    async fn compare(&self, ctx: &Ctx) -> ServiceResult<(u64, u64, Vec<ShelfDifference>)> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let sums = books::list_sums(&*tx, ctx.organization_id()).await?;
        let levels = books::list_levels(&*tx, ctx.organization_id()).await?;
        drop(tx);
        let shelves: BTreeSet<_> = sums.keys().chain(levels.keys()).copied().collect();
        let differences = shelves
            .iter()
            .map(|shelf| ShelfDifference {
                store_id: shelf.0,
                product_id: shelf.1,
                level: levels.get(shelf).copied().unwrap_or(0),
                ledger: sums.get(shelf).map_or(0, |(total, _)| *total),
            })
            .filter(|d| d.level != d.ledger)
            .collect();
        let movements: i64 = sums.values().map(|(_, n)| n).sum();
        Ok((shelves.len() as u64, movements.unsigned_abs(), differences))
    }

    async fn check_audit(&self, ctx: &Ctx) -> ServiceResult<(u64, Option<AuditBreak>)> {
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        // The head first: entries that are added while we read come after it.
        let head = books::find_audit_head(db, organization_id).await?;
        let last = head.as_ref().map_or(0, |h| h.sequence);
        let (mut sequence, mut hash) = (0, String::new());
        while sequence < last {
            let entries =
                books::list_audit_after(db, organization_id, sequence, ENTRIES_AT_ONCE).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries.iter().take_while(|e| e.sequence <= last) {
                if let Some(message) = break_at(entry, sequence, &hash)? {
                    return Ok((
                        sequence.unsigned_abs(),
                        Some(AuditBreak {
                            sequence: entry.sequence,
                            message,
                        }),
                    ));
                }
                sequence = entry.sequence;
                hash.clone_from(&entry.hash);
            }
            if entries.last().is_some_and(|e| e.sequence > last) {
                break;
            }
        }
        let broken = head
            .filter(|h| h.sequence != sequence || h.hash != hash)
            .map(|h| AuditBreak {
                sequence: h.sequence,
                message: format!(
                    "the log ends at entry {sequence}, its head says {}",
                    h.sequence
                ),
            });
        Ok((sequence.unsigned_abs(), broken))
    }
}

/// What is wrong with an entry that follows `sequence` and `hash`.
pub(crate) fn break_at(
    entry: &audit_entry::Model,
    sequence: i64,
    hash: &str,
) -> ServiceResult<Option<String>> {
    if entry.sequence != sequence + 1 {
        return Ok(Some(format!("entry {} is missing", sequence + 1)));
    }
    if entry.previous_hash != hash {
        return Ok(Some("it does not follow the entry before it".to_owned()));
    }
    let sealed = audit::Sealed {
        organization_id: entry.organization_id,
        sequence: entry.sequence,
        at: entry.at,
        actor_id: entry.actor_id,
        actor_name: &entry.actor_name,
        source: &entry.source,
        request_id: entry.request_id.as_deref(),
        action: &entry.action,
        subject_kind: &entry.subject_kind,
        subject_id: entry.subject_id,
        before: entry.before.as_ref(),
        after: entry.after.as_ref(),
    };
    let holds = audit::seal(hash, &sealed)? == entry.hash;
    Ok((!holds).then(|| "it was changed after it was written".to_owned()))
}
