//! What leaves the kitchen: the list of a day by shop, and the labels of what is finished.

use super::batches::{lot_view, rest};
use super::{ProductionOrders, reading::stores_of};
use crate::ctx::StoreScope;
use crate::ingredients::allergens_of;
use crate::recipes::{self, Library};
use crate::store::shelves::{self, Names};
use crate::store::{batches, catalog, orders};
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::NaiveDate;
use contract::dispatch::{
    DispatchBatch, DispatchTotal, DispatchView, LabelView, LabelsView, MAX_STORES, ReadDispatch,
    ReadLabels, StoreDispatch, StoreToChoose,
};
use domain::{OrderStatus, Permission};
use entity::{lot, production_order};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Lots by order, part by part.
type Lots = BTreeMap<Uuid, Vec<lot::Model>>;

fn lots_of(lots: &Lots, order_id: Uuid) -> &[lot::Model] {
    lots.get(&order_id).map_or(&[], Vec::as_slice)
}

impl ProductionOrders<'_> {
    /// What goes out on a day, by shop: what is finished and what is still expected. Five statements at most, whatever the number of
    /// batches. Where no shop is named and more than [`MAX_STORES`] get something, only the totals, and the shops to choose from.
    ///
    /// # Errors
    /// Forbidden, or a store outside the scope.
    pub async fn dispatch(&self, ctx: &Ctx, wanted: ReadDispatch) -> ServiceResult<DispatchView> {
        ctx.require(Permission::OrdersRead)?;
        let stores = stores_of(ctx, wanted.store_id)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let date = wanted.date;
        if wanted.store_id.is_none()
            && let Some(choose_from) = self.choice(ctx, &stores, date).await?
        {
            let sums = orders::sum_of_day(db, organization_id, &stores, date).await?;
            let products = catalog::list_products(db, organization_id).await?;
            let names = Names {
                products: products.into_iter().map(|p| (p.id, p)).collect(),
                ..Names::default()
            };
            return Ok(DispatchView {
                date,
                stores: Vec::new(),
                choose_from,
                totals: totals(sums, &names)?,
            });
        }
        let rows = orders::list_of_day(db, organization_id, &stores, date).await?;
        let lots = batches::list_lots_of_day(db, organization_id, &stores, date).await?;
        let shelves = rows.iter().map(|o| (o.store_id, o.product_id));
        let names = shelves::list_names(db, organization_id, shelves).await?;
        Ok(DispatchView {
            date,
            stores: by_store(&rows, &lots, &names)?,
            choose_from: Vec::new(),
            totals: totals(rows.iter().map(sums_of), &names)?,
        })
    }

    /// The labels of the lots of a day or of one order. What is not finished has no lot and no label yet. The number of statements
    /// does not depend on the number of labels. Where neither a shop nor an order is named and more than [`MAX_STORES`] have batches, only
    /// the shops to choose from.
    ///
    /// # Errors
    /// Forbidden; a store outside the scope or an order that is not there; invalid where neither a day nor an order is named.
    pub async fn labels(&self, ctx: &Ctx, wanted: ReadLabels) -> ServiceResult<LabelsView> {
        ctx.require(Permission::OrdersRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let (rows, lots) = match (wanted.order_id, wanted.date) {
            (Some(order_id), _) => {
                let order = orders::get(db, organization_id, order_id).await?;
                ctx.require_store(order.store_id)
                    .map_err(|_| ServiceError::NotFound("order"))?;
                let lots = batches::list_lots(db, organization_id, order_id).await?;
                (vec![order], BTreeMap::from([(order_id, lots)]))
            }
            (None, Some(date)) => {
                let stores = stores_of(ctx, wanted.store_id)?;
                if wanted.store_id.is_none()
                    && let Some(choose_from) = self.choice(ctx, &stores, date).await?
                {
                    let unfinished = choose_from.iter().map(|store| store.unfinished);
                    return Ok(LabelsView {
                        unfinished: unfinished.fold(0, u32::saturating_add),
                        labels: Vec::new(),
                        choose_from,
                    });
                }
                let rows = orders::list_of_day(db, organization_id, &stores, date).await?;
                let lots = batches::list_lots_of_day(db, organization_id, &stores, date).await?;
                (rows, lots)
            }
            (None, None) => {
                return Err(ServiceError::field(
                    "date",
                    "required",
                    "Name a day or an order.",
                ));
            }
        };
        let shelves = rows.iter().map(|o| (o.store_id, o.product_id));
        let names = shelves::list_names(db, organization_id, shelves).await?;
        let library = Library::read(db, organization_id).await?;
        let unfinished = rows.iter().filter(|order| is_unfinished(order.status));
        let unfinished = unfinished.count();
        let mut labels = Vec::new();
        for order in &rows {
            for lot in lots_of(&lots, order.id) {
                labels.push(label(order, lot, &names, &library)?);
            }
        }
        // By number and part already, and a stable sort keeps that within a product.
        labels.sort_by_cached_key(|label| (label.store_code.clone(), label.product_name.clone()));
        Ok(LabelsView {
            labels,
            choose_from: Vec::new(),
            unfinished: u32::try_from(unfinished).unwrap_or(u32::MAX),
        })
    }

    /// The shops of a day to choose from, where there are too many for one page.
    async fn choice(
        &self,
        ctx: &Ctx,
        stores: &StoreScope,
        date: NaiveDate,
    ) -> ServiceResult<Option<Vec<StoreToChoose>>> {
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let counts = orders::count_of_day(db, organization_id, stores, date).await?;
        let mut by_store: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
        for (store_id, status, count) in counts {
            let (batches, unfinished) = by_store.entry(store_id).or_default();
            *batches += count;
            if is_unfinished(status) {
                *unfinished += count;
            }
        }
        if by_store.len() <= MAX_STORES {
            return Ok(None);
        }
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let choose_from = catalog::list_stores(db, organization_id)
            .await?
            .into_iter()
            .filter_map(|store| {
                let (batches, unfinished) = by_store.get(&store.id)?;
                Some(StoreToChoose {
                    store_id: store.id,
                    store_code: store.code,
                    store_name: store.name,
                    batches: number(*batches),
                    unfinished: number(*unfinished),
                })
            })
            .collect();
        Ok(Some(choose_from))
    }
}

const fn is_unfinished(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Pending | OrderStatus::InProgress)
}

fn by_store(
    rows: &[production_order::Model],
    lots: &Lots,
    names: &Names,
) -> ServiceResult<Vec<StoreDispatch>> {
    let mut stores: BTreeMap<(String, Uuid), StoreDispatch> = BTreeMap::new();
    for order in rows {
        let (store, product) = (
            names.store(order.store_id)?,
            names.product(order.product_id)?,
        );
        let batch = DispatchBatch {
            order_id: order.id,
            number: order.number,
            product_id: product.id,
            sku: product.sku.clone(),
            product_name: product.name.clone(),
            unit: product.unit,
            tray_size: product.tray_size,
            status: order.status,
            planned_quantity: order.planned_quantity,
            produced_quantity: order.produced_quantity,
            lots: lots_of(lots, order.id)
                .iter()
                .map(|lot| lot_view(order, lot))
                .collect(),
        };
        stores
            .entry((store.code.clone(), store.id))
            .or_insert_with(|| StoreDispatch {
                store_id: store.id,
                store_code: store.code.clone(),
                store_name: store.name.clone(),
                batches: Vec::new(),
            })
            .batches
            .push(batch);
    }
    let mut stores: Vec<StoreDispatch> = stores.into_values().collect();
    for store in &mut stores {
        // By number already, and a stable sort keeps that within a product.
        store
            .batches
            .sort_by(|a, b| a.product_name.cmp(&b.product_name));
    }
    Ok(stores)
}

/// A product and a state, with what is still expected and what came out.
type Sums = (Uuid, OrderStatus, i64, i64);

fn sums_of(order: &production_order::Model) -> Sums {
    let produced = order.produced_quantity.unwrap_or(0);
    (order.product_id, order.status, rest(order), produced)
}

fn totals(
    sums: impl IntoIterator<Item = Sums>,
    names: &Names,
) -> ServiceResult<Vec<DispatchTotal>> {
    let mut totals: BTreeMap<(String, Uuid), DispatchTotal> = BTreeMap::new();
    for (product_id, status, expected, produced) in sums {
        let product = names.product(product_id)?;
        let total = totals
            .entry((product.name.clone(), product.id))
            .or_insert_with(|| DispatchTotal {
                product_id: product.id,
                sku: product.sku.clone(),
                product_name: product.name.clone(),
                unit: product.unit,
                expected: 0,
                produced: 0,
            });
        total.produced += produced;
        if is_unfinished(status) {
            total.expected += expected;
        }
    }
    Ok(totals.into_values().collect())
}

fn label(
    order: &production_order::Model,
    lot: &lot::Model,
    names: &Names,
    library: &Library,
) -> ServiceResult<LabelView> {
    let (store, product) = (
        names.store(order.store_id)?,
        names.product(order.product_id)?,
    );
    let recipe = library.of_product(product.id);
    Ok(LabelView {
        order_id: order.id,
        lot: lot_view(order, lot),
        store_code: store.code.clone(),
        store_name: store.name.clone(),
        product_id: product.id,
        sku: product.sku.clone(),
        product_name: product.name.clone(),
        unit: product.unit,
        quantity: lot.produced_quantity,
        tray_size: product.tray_size,
        ingredients: recipe.map(|recipe| recipes::declared(library, recipe)),
        allergens: allergens_of(&product.allergens).into_iter().collect(),
    })
}
