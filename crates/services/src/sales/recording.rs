//! Tickets as a till sends them: each is judged by itself, the good ones are taken together.

use super::Sales;
use super::judging::{Faults, Known, judge};
use super::standing::{self, Standing};
use super::taking::{self, Origin, SoldLine};
use crate::audit::{self, Change};
use crate::store::catalog;
use crate::{Ctx, ServiceError, ServiceResult, clock, ledger, live};
use contract::FieldError;
use contract::sales::{NewSale, RecordSales, RecordedSales, SaleOutcome, SaleResult};
use domain::{Permission, SaleSource};
use ingest::row::MAX_CODE_CHARS;
use ingest::{Fault, Reason};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Tickets of one request.
const MAX_SALES: usize = 1_000;
/// Lines of one request: what one transaction writes without holding up others for long.
const MAX_LINES: usize = 10_000;

/// As a file's fields are read: without the white space around them.
fn trimmed(mut sale: NewSale) -> NewSale {
    let trim = |text: &mut String| *text = text.trim().to_owned();
    trim(&mut sale.transaction_id);
    trim(&mut sale.store_code);
    trim(&mut sale.sold_at);
    for line in &mut sale.lines {
        trim(&mut line.sku);
        line.promotion_code.iter_mut().for_each(trim);
        line.promotion_code = line.promotion_code.take().filter(|code| !code.is_empty());
    }
    sale
}

/// Whether the database can be asked for it: no code of ours is longer, and PostgreSQL takes no text with a zero in it.
pub(super) fn is_code(text: &&str) -> bool {
    text.len() <= 4 * MAX_CODE_CHARS && !text.chars().any(char::is_control)
}

impl Sales<'_> {
    /// Records tickets, of what was sold and what was brought back; they happened, so they are taken even where the shelf then stands below
    /// zero. A ticket is taken whole or not at all; one that is refused holds up no other. Sent again, nothing happens again.
    ///
    /// # Errors
    /// Forbidden; invalid: no ticket, or more than one request may hold. What is wrong with a ticket stands in its own result.
    pub async fn record(&self, ctx: &Ctx, command: RecordSales) -> ServiceResult<RecordedSales> {
        ctx.require(Permission::SalesRecord)?;
        let asked = command.sales;
        let sales: &[NewSale] = &asked.iter().cloned().map(trimmed).collect::<Vec<_>>();
        let lines: usize = sales.iter().map(|sale| sale.lines.len()).sum();
        if sales.is_empty() || sales.len() > MAX_SALES || lines > MAX_LINES {
            return Err(ServiceError::field(
                "sales",
                "too_many",
                format!("A request holds 1 to {MAX_SALES} tickets with {MAX_LINES} lines in all."),
            ));
        }
        let known = self.known(ctx, sales).await?;
        let judged: Vec<Result<Vec<SoldLine>, Faults>> =
            sales.iter().map(|sale| judge(ctx, &known, sale)).collect();
        let mut results = self
            .services
            .db()
            .retry(|| self.write(ctx, sales, &judged))
            .await?;
        // Tickets are told apart by what was sent.
        for (result, sale) in results.iter_mut().zip(asked) {
            result.transaction_id = sale.transaction_id;
            result.store_code = sale.store_code;
        }
        let count = |wanted: SaleOutcome| {
            let those = results.iter().filter(|result| result.outcome == wanted);
            u32::try_from(those.count()).unwrap_or(u32::MAX)
        };
        Ok(RecordedSales {
            recorded: count(SaleOutcome::Recorded),
            already_recorded: count(SaleOutcome::AlreadyRecorded),
            refused: count(SaleOutcome::Refused),
            results,
        })
    }

    async fn known(&self, ctx: &Ctx, sales: &[NewSale]) -> ServiceResult<Known> {
        let db = &self.services.db().of(ctx.organization_id());
        let codes = sales.iter().map(|sale| sale.store_code.as_str());
        let codes: BTreeSet<&str> = codes.filter(is_code).collect();
        let skus: BTreeSet<&str> = sales
            .iter()
            .flat_map(|sale| &sale.lines)
            .map(|line| line.sku.as_str())
            .filter(is_code)
            .collect();
        let mut stores = HashMap::new();
        for store in catalog::list_stores_by_code(db, ctx.organization_id(), codes).await? {
            // A store out of scope does not exist for who asks.
            if ctx.actor.stores.contains(store.id) {
                stores.insert(store.code, (store.id, clock::zone(&store.time_zone)?));
            }
        }
        let products = catalog::list_products_by_sku(db, ctx.organization_id(), skus).await?;
        Ok(Known {
            stores,
            products: products.into_iter().collect(),
        })
    }

    async fn write(
        &self,
        ctx: &Ctx,
        sales: &[NewSale],
        judged: &[Result<Vec<SoldLine>, Faults>],
    ) -> ServiceResult<Vec<SaleResult>> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let good = || judged.iter().flatten().flatten();
        let shelves: BTreeSet<(Uuid, Uuid)> = good()
            .map(|line| (line.store_id, line.product_id))
            .collect();
        ledger::lock_levels(&*tx, organization_id, ctx.now, shelves).await?;
        let stored = standing::lock_tickets(&*tx, organization_id, good()).await?;
        let mut named = Named::new();
        let mut taken: Vec<&SoldLine> = Vec::new();
        let mut results = Vec::with_capacity(sales.len());
        for (sale, judged) in sales.iter().zip(judged) {
            let (outcome, faults) = match judged {
                Err(faults) => (SaleOutcome::Refused, faults.0.clone()),
                Ok(lines) => settle(lines, &stored, &mut named, &mut taken),
            };
            results.push(SaleResult {
                transaction_id: sale.transaction_id.clone(),
                store_code: sale.store_code.clone(),
                outcome,
                faults,
            });
        }
        if !taken.is_empty() {
            let origin = Origin {
                source: SaleSource::Api,
                import_id: None,
                actor_id: ctx.actor.user_id,
            };
            let lines = taken.iter().copied();
            let written =
                taking::take(&*tx, organization_id, ctx.now, origin, lines, &stored).await?;
            tell(&*tx, ctx, &taken, written).await?;
            tx.commit().await?;
        }
        Ok(results)
    }
}

/// Tells the screens of the stores and the audit log. Call it last before the commit.
async fn tell(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    taken: &[&SoldLine],
    written: i64,
) -> ServiceResult<()> {
    let organization_id = ctx.organization_id();
    let stores: BTreeSet<Uuid> = taken.iter().map(|line| line.store_id).collect();
    for store_id in &stores {
        let detail = json!({ "sales": true });
        live::emit(
            db,
            organization_id,
            ctx.now,
            Some(*store_id),
            "stock",
            None,
            detail,
        )
        .await?;
    }
    let tickets: BTreeSet<(Uuid, &str)> = taken
        .iter()
        .map(|line| (line.store_id, line.transaction_id.as_str()))
        .collect();
    let change = Change {
        action: "sales.record",
        subject_kind: "organization",
        subject_id: organization_id,
        before: None,
        after: Some(json!({ "stores": stores, "tickets": tickets.len(), "lines": written })),
    };
    audit::record(db, ctx, change).await
}

/// Tickets of the request by store and number, with what became of them.
type Named<'a> = HashMap<(Uuid, &'a str), (&'a [SoldLine], SaleOutcome, Vec<FieldError>)>;

/// How a good ticket stands to what is stored and to the tickets before it in the request.
fn settle<'a>(
    lines: &'a [SoldLine],
    stored: &standing::Tickets,
    named: &mut Named<'a>,
    taken: &mut Vec<&'a SoldLine>,
) -> (SaleOutcome, Vec<FieldError>) {
    let mut faults = Faults::default();
    let Some(first) = lines.first() else {
        return (SaleOutcome::Refused, faults.0);
    };
    let key = (first.store_id, first.transaction_id.as_str());
    if let Some((before, outcome, faults)) = named.get(&key)
        && *before == lines
    {
        return match outcome {
            SaleOutcome::Refused => (SaleOutcome::Refused, faults.clone()),
            _ => (SaleOutcome::AlreadyRecorded, Vec::new()),
        };
    }
    if named.contains_key(&key) {
        let number = &first.transaction_id;
        let fault = Fault::new("transaction_id", number, Reason::TransactionReused);
        faults.add("transaction_id", &fault);
        return (SaleOutcome::Refused, faults.0);
    }
    let mut missing = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match standing::compare(line, stored) {
            Standing::New(_) => missing.push(line),
            Standing::Stored => {}
            Standing::Conflicting(fault) if fault.column.is_empty() => {
                faults.add(format!("lines.{at}"), &fault);
            }
            Standing::Conflicting(fault) => {
                faults.add(fault.column, &fault);
                break;
            }
        }
    }
    let outcome = if !faults.0.is_empty() {
        SaleOutcome::Refused
    } else if missing.is_empty() {
        SaleOutcome::AlreadyRecorded
    } else {
        taken.extend(missing);
        SaleOutcome::Recorded
    };
    named.insert(key, (lines, outcome, faults.0.clone()));
    (outcome, faults.0)
}
