//! One product for several stores at once, and by what to split it.

use super::planning::check_date;
use super::{NewOrder, ProductionOrders, add, refused, view};
use crate::store::{forecasts, outlook, shelves};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use chrono::Days;
use contract::orders::{CreateOrders, CreatedOrders, ReadSplitWeights, SplitWeights, StoreWeight};
use domain::orders::{check_note, check_planned};
use domain::{OrderSource, Permission, ProductKind};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Stores of one command.
const MAX_LINES: usize = 200;

const OPERATION: &str = "orders.create_many";

/// 1 to 200 lines, each store once, each quantity one that somebody can mean.
fn check_lines(command: &CreateOrders) -> ServiceResult<()> {
    if command.lines.is_empty() || command.lines.len() > MAX_LINES {
        return Err(ServiceError::field(
            "lines",
            "length",
            format!("between 1 and {MAX_LINES} stores"),
        ));
    }
    let mut seen = BTreeSet::new();
    for line in &command.lines {
        if !seen.insert(line.store_id) {
            return Err(ServiceError::field(
                "lines",
                "store_twice",
                "Each store stands on one line only.",
            ));
        }
        check_planned(line.quantity)
            .map_err(|e| refused(&format!("lines.{}", line.store_id), e))?;
    }
    Ok(())
}

impl ProductionOrders<'_> {
    /// Plans one product for several stores: an order for each of them, or none at all.
    ///
    /// # Errors
    /// Forbidden, not found (a store out of scope, a product of somebody else), invalid fields (`lines.{store}` where it is one line's
    /// quantity), a reused command id.
    pub async fn create_many(
        &self,
        ctx: &Ctx,
        command: CreateOrders,
    ) -> ServiceResult<CreatedOrders> {
        ctx.require(Permission::OrdersCreate)?;
        for line in &command.lines {
            ctx.require_store(line.store_id)?;
        }
        check_lines(&command)?;
        let note = check_note(command.note.as_deref())
            .map_err(|e| refused("note", e))?
            .map(str::to_owned);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let wanted = command.lines.iter();
                let names = shelves::list_names(
                    &*tx,
                    ctx.organization_id(),
                    wanted.map(|line| (line.store_id, command.product_id)),
                )
                .await?;
                if names.product(command.product_id)?.kind != ProductKind::Product {
                    return Err(ServiceError::NotFound("product"));
                }
                let mut stores = Vec::with_capacity(command.lines.len());
                for line in &command.lines {
                    stores.push(names.store(line.store_id)?);
                }
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, OPERATION, &command).await?
                {
                    return Ok(answer);
                }
                for store in stores {
                    check_date(ctx, store, command.production_date)?;
                }
                let mut orders = Vec::with_capacity(command.lines.len());
                for line in &command.lines {
                    let new = NewOrder {
                        store_id: line.store_id,
                        product_id: command.product_id,
                        production_date: command.production_date,
                        planned_quantity: line.quantity,
                        source: OrderSource::Manual,
                        suggestion_id: None,
                        standing: None,
                        note: note.clone(),
                    };
                    let order = add(&*tx, ctx, new).await?;
                    orders.push(view(&order, &names)?);
                }
                let answer = CreatedOrders { orders };
                receipts::insert(&*tx, ctx, command.command_id, OPERATION, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// What the stores in scope will probably sell of a product on the first day on which a batch of that day can be sold: the latest
    /// forecast's mean, or the number that a person put in its place. Stores without a forecast are left out.
    ///
    /// # Errors
    /// Forbidden without `orders.create`; not found: the product; a date beyond the calendar.
    pub async fn split_weights(
        &self,
        ctx: &Ctx,
        wanted: ReadSplitWeights,
    ) -> ServiceResult<SplitWeights> {
        ctx.require(Permission::OrdersCreate)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let product = shelves::get_product(db, organization_id, wanted.product_id).await?;
        let lead = u64::try_from(product.lead_time_days.max(0)).unwrap_or(0);
        let Some(sold_on) = wanted.production_date.checked_add_days(Days::new(lead)) else {
            return Err(ServiceError::field(
                "production_date",
                "date_out_of_range",
                "No calendar goes that far.",
            ));
        };
        let stores: Vec<Uuid> = shelves::list_stores(db, organization_id, &ctx.actor.stores)
            .await?
            .into_iter()
            .map(|store| store.id)
            .collect();
        let Some(issued_on) = forecasts::latest_issue(db, organization_id, None).await? else {
            return Ok(SplitWeights {
                sold_on,
                weights: Vec::new(),
            });
        };
        let own: BTreeMap<Uuid, i64> =
            forecasts::list_overrides(db, organization_id, sold_on, sold_on)
                .await?
                .into_iter()
                .filter(|number| number.product_id == product.id)
                .map(|number| (number.store_id, number.quantity.saturating_mul(1_000)))
                .collect();
        let means = outlook::list_means_of_product(
            db,
            organization_id,
            issued_on,
            product.id,
            &stores,
            sold_on,
        )
        .await?;
        let weights = means.into_iter().map(|(store_id, mean)| StoreWeight {
            store_id,
            mean_milli: own.get(&store_id).copied().unwrap_or(mean),
        });
        Ok(SplitWeights {
            sold_on,
            weights: weights.collect(),
        })
    }
}
