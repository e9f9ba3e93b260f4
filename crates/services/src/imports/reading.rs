//! Looking at imports.

use super::{Imports, views};
use crate::store::import_rejects;
use crate::store::imports as rows;
use crate::{Ctx, ServiceResult, StoreScope};
use contract::imports::{
    ImportPage, ImportReport, ImportView, ReasonCount, SameFile, UnknownPromotion,
};
use domain::{ImportStatus, Permission};
use entity::import;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most imports of one page.
const MAX_PAGE: u64 = 100;

impl Imports<'_> {
    async fn views_of(
        &self,
        ctx: &Ctx,
        imports: Vec<import::Model>,
    ) -> ServiceResult<Vec<ImportView>> {
        let db = &self.services.db().of(ctx.organization_id());
        let stores = if imports.iter().any(|r| r.store_id.is_some()) {
            rows::list_stores(db, ctx.organization_id())
                .await?
                .into_iter()
                .map(|s| (s.id, s))
                .collect()
        } else {
            std::collections::BTreeMap::new()
        };
        let ids: BTreeSet<Uuid> = imports.iter().filter_map(|r| r.created_by).collect();
        let people = rows::list_names(db, ids).await?;
        Ok(imports
            .into_iter()
            .map(|r| views::view(r, &stores, &people))
            .collect())
    }

    /// One import.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `imports.read`, [`crate::ServiceError::NotFound`].
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ImportView> {
        ctx.require(Permission::ImportsRead)?;
        let row = rows::get(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            id,
        )
        .await?;
        views::require_scope(ctx, &row)?;
        Ok(self.views_of(ctx, vec![row]).await?.remove(0))
    }

    /// Imports, newest first, from behind the place that the page before named.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `imports.read`, [`crate::ServiceError::Invalid`] for a wrong place.
    pub async fn list(
        &self,
        ctx: &Ctx,
        behind: Option<&str>,
        limit: u64,
    ) -> ServiceResult<ImportPage> {
        ctx.require(Permission::ImportsRead)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let behind = behind.map(views::read_cursor).transpose()?;
        let stores = match &ctx.actor.stores {
            StoreScope::All => None,
            StoreScope::Only(stores) => Some(stores),
        };
        let db = &self.services.db().of(ctx.organization_id());
        let mut found = rows::list(
            db,
            ctx.organization_id(),
            stores,
            ctx.actor.user_id,
            behind,
            limit + 1,
        )
        .await?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > page;
        found.truncate(page);
        let items = self.views_of(ctx, found).await?;
        let next = items.last().filter(|_| more).map(views::cursor);
        Ok(ImportPage { items, next })
    }

    /// One import with what its check found.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `imports.read`, [`crate::ServiceError::NotFound`].
    pub async fn report(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ImportReport> {
        ctx.require(Permission::ImportsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let row = rows::get(db, ctx.organization_id(), id).await?;
        views::require_scope(ctx, &row)?;
        let same = match &row.sha256 {
            Some(sha256) => rows::list_same(db, row.organization_id, sha256, row.id).await?,
            None => Vec::new(),
        };
        // Screens ask again and again while a file is checked: then the counts of the import itself are enough.
        let settled = !matches!(row.status, ImportStatus::Uploaded | ImportStatus::Checking);
        let counts = if settled {
            import_rejects::count_reasons(db, id).await?
        } else {
            Vec::new()
        };
        let mut reasons: Vec<ReasonCount> = counts
            .into_iter()
            .map(|(reason, column, rows)| ReasonCount {
                reason,
                column,
                rows,
            })
            .collect();
        reasons.sort_by(|a, b| {
            (Reverse(a.rows), &a.reason, &a.column).cmp(&(Reverse(b.rows), &b.reason, &b.column))
        });
        let unknown_promotions =
            import_rejects::list(db, id, Some(import_rejects::WARNING), None, 1_000)
                .await?
                .into_iter()
                .map(|r| UnknownPromotion {
                    code: r.value,
                    rows: r.detail.and_then(|d| d.parse().ok()).unwrap_or(1),
                    first_row: r.row_number,
                })
                .collect();
        let rejects_kept = if settled {
            import_rejects::count_rows(db, id).await?
        } else {
            0
        };
        let same_files = same
            .into_iter()
            .filter(|s| views::require_scope(ctx, s).is_ok())
            .map(|s| SameFile {
                id: s.id,
                status: s.status,
                created_at: s.created_at,
            })
            .collect();
        let import = self.views_of(ctx, vec![row]).await?.remove(0);
        Ok(ImportReport {
            import,
            reasons,
            unknown_promotions,
            rejects_kept,
            same_files,
        })
    }
}
