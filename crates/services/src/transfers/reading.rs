//! Transfers as people read them.

use super::Transfers;
use super::moving::may_cancel;
use crate::store::{outlook, shelves, transfers};
use crate::{Ctx, ServiceError, ServiceResult, StoreScope};
use contract::Page;
use contract::session::StoreOption;
use contract::transfers::{ListTransfers, TransferLineView, TransferView};
use domain::transfers::{TransferMove, next_status};
use domain::{Permission, StoreKind, TransferStatus};
use entity::{transfer, transfer_line};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 30;
const MAX_LIMIT: u32 = 100;

impl Transfers<'_> {
    /// Transfers from or to stores in scope, latest first.
    ///
    /// # Errors
    /// Forbidden, not found, an unreadable cursor.
    pub async fn list(
        &self,
        ctx: &Ctx,
        wanted: &ListTransfers,
    ) -> ServiceResult<Page<TransferView>> {
        ctx.require(Permission::StockRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let below = match wanted.after.as_deref() {
            None => None,
            Some(text) => Some(text.parse::<i64>().map_err(|_| {
                ServiceError::field("after", "unreadable", "This is not a place in the list.")
            })?),
        };
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let statuses: &[TransferStatus] = if wanted.open_only {
            &[TransferStatus::Requested, TransferStatus::InTransit]
        } else {
            &[]
        };
        let db = &self.services.db().of(ctx.organization_id());
        if let Some(store_id) = wanted.store_id {
            outlook::get_store(db, ctx.organization_id(), store_id).await?;
        }
        let mut rows = transfers::list(
            db,
            ctx.organization_id(),
            &ctx.actor.stores,
            wanted.store_id,
            statuses,
            (below, limit as u64 + 1),
        )
        .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|row| row.number.to_string());
        let items = self.views(db, ctx, rows).await?;
        Ok(Page { items, next })
    }

    /// Every place that goods can come from or go to, also those out of the caller's scope: whoever asks a shop must know its name.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn places(&self, ctx: &Ctx) -> ServiceResult<Vec<StoreOption>> {
        ctx.require(Permission::StockTransfer)?;
        let db = &self.services.db().of(ctx.organization_id());
        let stores = shelves::list_stores(db, ctx.organization_id(), &StoreScope::All).await?;
        let places = stores.into_iter().map(|store| StoreOption {
            id: store.id,
            code: store.code,
            name: store.name,
            is_kitchen: store.kind == StoreKind::CentralKitchen,
        });
        Ok(places.collect())
    }

    /// One transfer.
    ///
    /// # Errors
    /// Forbidden, not found (neither store in scope).
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<TransferView> {
        ctx.require(Permission::StockRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let row = transfers::get(db, ctx.organization_id(), id).await?;
        let stores = &ctx.actor.stores;
        if !stores.contains(row.from_store_id) && !stores.contains(row.to_store_id) {
            return Err(ServiceError::NotFound("transfer"));
        }
        self.view_of(db, ctx, row).await
    }

    pub(super) async fn view_of(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        row: transfer::Model,
    ) -> ServiceResult<TransferView> {
        let mut views = self.views(db, ctx, vec![row]).await?;
        views
            .pop()
            .ok_or_else(|| ServiceError::Internal("a transfer without a view".into()))
    }

    async fn views(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        rows: Vec<transfer::Model>,
    ) -> ServiceResult<Vec<TransferView>> {
        let organization_id = ctx.organization_id();
        let lines =
            transfers::list_lines(db, organization_id, rows.iter().map(|row| row.id)).await?;
        let products: BTreeSet<Uuid> = lines.iter().map(|line| line.product_id).collect();
        let stores = rows
            .iter()
            .flat_map(|row| [row.from_store_id, row.to_store_id]);
        // Names want shelves; the two sides are independent.
        let any = products.iter().next().copied().unwrap_or_default();
        let wanted: BTreeSet<(Uuid, Uuid)> = stores
            .map(|store| (store, any))
            .chain(products.iter().map(|product| (Uuid::nil(), *product)))
            .collect();
        let names = shelves::list_names(db, organization_id, wanted).await?;
        let people: BTreeSet<Uuid> = rows
            .iter()
            .flat_map(|row| {
                [
                    row.requested_by,
                    row.sent_by,
                    row.received_by,
                    row.cancelled_by,
                ]
            })
            .flatten()
            .collect();
        let people = shelves::list_people(db, organization_id, people).await?;
        let mut by_transfer: BTreeMap<Uuid, Vec<transfer_line::Model>> = BTreeMap::new();
        for line in lines {
            by_transfer.entry(line.transfer_id).or_default().push(line);
        }
        let may = ctx.actor.permissions.contains(&Permission::StockTransfer);
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let can = |wanted| may && next_status(row.status, wanted).is_ok();
            let mut lines = Vec::new();
            for line in by_transfer.remove(&row.id).unwrap_or_default() {
                let product = names.product(line.product_id)?;
                lines.push(TransferLineView {
                    product_id: line.product_id,
                    sku: product.sku.clone(),
                    product_name: product.name.clone(),
                    unit: product.unit,
                    requested: line.requested_quantity,
                    sent: line.sent_quantity,
                    received: line.received_quantity,
                    reason: line.reason,
                });
            }
            lines.sort_by(|a, b| (&a.product_name, &a.sku).cmp(&(&b.product_name, &b.sku)));
            let person = |id: Option<Uuid>| id.and_then(|id| people.get(&id).cloned());
            let stores = &ctx.actor.stores;
            views.push(TransferView {
                from_store_name: names.store(row.from_store_id)?.name.clone(),
                to_store_name: names.store(row.to_store_id)?.name.clone(),
                lines,
                requested_by: person(row.requested_by),
                sent_by: person(row.sent_by),
                received_by: person(row.received_by),
                cancelled_by: person(row.cancelled_by),
                may_send: can(TransferMove::Send) && stores.contains(row.from_store_id),
                may_receive: can(TransferMove::Receive) && stores.contains(row.to_store_id),
                may_cancel: can(TransferMove::Cancel) && may_cancel(ctx, &row),
                id: row.id,
                number: row.number,
                from_store_id: row.from_store_id,
                to_store_id: row.to_store_id,
                status: row.status,
                note: row.note,
                requested_at: row.requested_at,
                sent_at: row.sent_at,
                received_at: row.received_at,
                cancelled_at: row.cancelled_at,
                cancel_reason: row.cancel_reason,
            });
        }
        Ok(views)
    }
}
