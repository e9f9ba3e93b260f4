//! The first stock of a shelf.
//!
//! Sales alone would leave a shelf of which the ledger never heard at minus everything it ever sold. So an import first
//! states a fact about each such shelf: after the file's last trading day of that shelf it was empty. It is a count of
//! zero at closing time (or at the last sale, if that came later, or at the moment of the upload, if the day is not
//! over), and the ledger's rule for late facts does the rest: sales before it change the count's correction and not the
//! shelf. The same holds for a shelf of which the ledger knows nothing but what earlier imports brought, so that history
//! may come in several files. A shelf on which anything else happened is left alone: from then on its sales count.
//!
//! Undoing the import reverses the sales at their own instants, and by the same rule the count's correction follows.

use super::directory::Directory;
use super::reader::LastSales;
use super::run::Run;
use crate::store::first_stock::{self, ShelfState};
use crate::{ServiceResult, ledger};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Instants at which shelves of one store are stated to be empty, and the products of each.
type Instants = BTreeMap<(DateTime<Utc>, NaiveDate), Vec<Uuid>>;

/// When a shelf is stated to be empty, on which trading day, and when the file last sold from it.
type LastSold = (DateTime<Utc>, NaiveDate, DateTime<Utc>);

pub(super) async fn count_empty_shelves(
    run: &Run<'_>,
    directory: &Directory,
    last_sales: &LastSales,
) -> ServiceResult<()> {
    let mut by_store: BTreeMap<Uuid, BTreeMap<Uuid, LastSold>> = BTreeMap::new();
    for store in directory.stores.values() {
        for ((_, product_id), (sold_at, date)) in
            last_sales.iter().filter(|(shelf, _)| shelf.0 == store.id)
        {
            let over = store.closing(*date).min(run.import.created_at);
            by_store
                .entry(store.id)
                .or_default()
                .insert(*product_id, (over.max(*sold_at), *date, *sold_at));
        }
    }
    for (store_id, wanted) in by_store {
        run.imports
            .services
            .db()
            .retry(|| count_store(run, store_id, &wanted))
            .await?;
    }
    Ok(())
}

async fn count_store(
    run: &Run<'_>,
    store_id: Uuid,
    wanted: &BTreeMap<Uuid, LastSold>,
) -> ServiceResult<()> {
    let import = &run.import;
    let products: Vec<Uuid> = wanted.keys().copied().collect();
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    ledger::lock_levels(
        &*tx,
        import.organization_id,
        run.now(),
        products.iter().map(|p| (store_id, *p)),
    )
    .await?;
    let states: HashMap<Uuid, ShelfState> =
        first_stock::list_shelf_states(&*tx, store_id, &products)
            .await?
            .into_iter()
            .map(|s| (s.product_id, s))
            .collect();
    let ours =
        first_stock::list_import_counts(&*tx, import.organization_id, store_id, &products).await?;
    let mut instants = Instants::new();
    for (product_id, (at, date, last_sold)) in wanted {
        let state = states.get(product_id);
        let untouched = match state.map(|s| (s.last_movement, s.last_count, s.last_other)) {
            // What tills have sold in the meantime says nothing of what lay there.
            None | Some((_, None, None)) => true,
            Some((_, None, Some(_))) => false,
            Some((movement, Some(count), _)) => {
                ours.contains(&(*product_id, count))
                    && count < *at
                    && movement.is_none_or(|m| m <= count)
            }
        };
        if untouched {
            let first_sold = state.and_then(|s| s.first_sold);
            // What a till sold after the history is sold from the empty shelf, not forgotten by it.
            let moment = match first_sold.map(|sold| sold - TimeDelta::seconds(1)) {
                Some(before) if before < *at && before >= *last_sold => before,
                _ => *at,
            };
            instants
                .entry((moment, *date))
                .or_default()
                .push(*product_id);
        }
    }
    if instants.is_empty() {
        return Ok(());
    }
    let note = format!("Empty after the last sales of {}", import.file_name);
    for ((at, date), products) in instants {
        first_stock::insert_empty_count(
            &*tx,
            import.organization_id,
            run.now(),
            import.id,
            import.created_by,
            store_id,
            date,
            at,
            &note,
            &products,
        )
        .await?;
    }
    tx.commit().await
}
