//! Tickets as a till sends them: each is judged by itself, the good ones are taken together.

use super::Sales;
use super::standing::{self, Standing};
use super::taking::{self, Origin, SoldLine};
use crate::audit::{self, Change};
use crate::store::catalog;
use crate::{Ctx, ServiceError, ServiceResult, clock, ledger, live};
use chrono_tz::Tz;
use contract::FieldError;
use contract::sales::{NewSale, NewSaleLine, RecordSales, RecordedSales, SaleOutcome, SaleResult};
use domain::{Permission, SaleSource};
use ingest::amount::{
    MAX_PRICE_MINOR, MAX_TICKET_MINOR, MAX_TOTAL_MINOR, check_minor, check_quantity, check_total,
    decimal,
};
use ingest::identity::MAX_TICKET_LINES;
use ingest::moment::{When, is_future};
use ingest::row::{MAX_CODE_CHARS, MAX_TRANSACTION_CHARS};
use ingest::{Fault, Reason};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Tickets of one request.
const MAX_SALES: usize = 1_000;
/// Lines of one request: what one transaction writes without holding up others for long.
const MAX_LINES: usize = 10_000;

/// Codes that the tickets name.
struct Known {
    stores: HashMap<String, (Uuid, Tz)>,
    products: HashMap<String, Uuid>,
}

/// Faults of a ticket, by field.
#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, fault: &Fault) {
        self.0.push(FieldError {
            field: field.into(),
            reason: fault.reason.as_str().to_owned(),
            message: fault.sentence(),
        });
    }

    /// Whether a code can be looked up at all.
    fn word(&mut self, field: &'static str, path: String, value: &str, limit: usize) -> bool {
        let before = self.0.len();
        if value.trim().is_empty() {
            self.add(path, &Fault::new(field, value, Reason::EmptyValue));
        } else if value.chars().count() > limit {
            let fault = Fault::new(field, value, Reason::ValueTooLong).with(limit);
            self.add(path, &fault);
        } else if value.chars().any(char::is_control) {
            self.add(path, &Fault::of_row(Reason::ControlCharacter));
        }
        self.0.len() == before
    }
}

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
    /// Records tickets; they happened, so they are taken even where the shelf then stands below zero. A ticket is taken whole or not at
    /// all; one that is refused holds up no other. Sent again, nothing happens again.
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
        let db = self.services.db().connection();
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
        let tx = self.services.db().begin().await?;
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

/// The checks that an import makes of a row, of every line of a ticket.
fn judge(ctx: &Ctx, known: &Known, sale: &NewSale) -> Result<Vec<SoldLine>, Faults> {
    let mut faults = Faults::default();
    let number = "transaction_id";
    faults.word(
        number,
        number.to_owned(),
        &sale.transaction_id,
        MAX_TRANSACTION_CHARS,
    );
    let store = known.stores.get(&sale.store_code);
    let code = "store_code".to_owned();
    if faults.word("store_id", code, &sale.store_code, MAX_CODE_CHARS) && store.is_none() {
        let fault = Fault::new("store_id", &sale.store_code, Reason::UnknownStore);
        faults.add("store_code", &fault);
    }
    let placed = match When::parse(&sale.sold_at) {
        Ok(when) => store.map(|(_, zone)| when.place(*zone)),
        Err(reason) => {
            faults.add("sold_at", &Fault::new("timestamp", &sale.sold_at, reason));
            None
        }
    };
    if placed.is_some_and(|(sold_at, _)| is_future(sold_at, ctx.now)) {
        let fault = Fault::new("timestamp", &sale.sold_at, Reason::FutureDate);
        faults.add("sold_at", &fault);
    }
    if sale.lines.is_empty() {
        let fault = Fault::new("lines", "", Reason::EmptyValue);
        faults.add("lines", &fault);
    }
    if sale.lines.len() > MAX_TICKET_LINES as usize {
        faults.add("lines", &Fault::of_row(Reason::TooManyLines));
    }
    check_sum(&mut faults, sale);
    let mut given: HashMap<&str, u32> = HashMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut sold = Vec::with_capacity(sale.lines.len());
    for (at, line) in sale.lines.iter().enumerate() {
        check_line(&mut faults, at, line);
        let path = format!("lines.{at}.sku");
        if !faults.word("product_id", path.clone(), &line.sku, MAX_CODE_CHARS) {
            continue;
        }
        let Some(product_id) = known.products.get(&line.sku) else {
            let fault = Fault::new("product_id", &line.sku, Reason::UnknownProduct);
            faults.add(path, &fault);
            continue;
        };
        // As an import names the lines of a ticket: a file of the same day repeats nothing.
        let ordinal = given.entry(&line.sku).or_insert(0);
        *ordinal += 1;
        let name = match *ordinal {
            1 => line.sku.clone(),
            n => format!("{}~{n}", line.sku),
        };
        // A product may be called as the second line of another one is.
        if !names.insert(name.clone()) {
            faults.add(path, &Fault::of_row(Reason::LineTaken).with(at + 1));
            continue;
        }
        if let (Some((store_id, _)), Some((sold_at, business_date))) = (store, placed) {
            sold.push(SoldLine {
                transaction_id: sale.transaction_id.clone(),
                line: name,
                store_id: *store_id,
                product_id: *product_id,
                sold_at,
                business_date,
                quantity: line.quantity,
                unit_price_minor: line.unit_price_minor,
                total_minor: line.total_minor,
                promotion_code: line.promotion_code.clone(),
                payment_method: sale.payment_method,
            });
        }
    }
    if faults.0.is_empty() {
        Ok(sold)
    } else {
        Err(faults)
    }
}

/// A ticket of good lines can still cost more than any does.
fn check_sum(faults: &mut Faults, sale: &NewSale) {
    let totals = || sale.lines.iter().map(|line| line.total_minor);
    let is_good = totals().all(|total| check_minor(total, MAX_TOTAL_MINOR).is_ok());
    let sum = totals().fold(0, i64::saturating_add);
    if is_good && sum > MAX_TICKET_MINOR {
        let sum = decimal(sum);
        faults.add(
            "lines",
            &Fault::new("total_amount", &sum, Reason::AbsurdAmount),
        );
    }
}

fn check_line(faults: &mut Faults, at: usize, line: &NewSaleLine) {
    let mut wrong =
        |field: &str, column: &'static str, value: i64, reason: Reason, with: String| {
            let fault = Fault::new(column, &value.to_string(), reason).with(with);
            faults.add(format!("lines.{at}.{field}"), &fault);
        };
    let (quantity, price, total) = (line.quantity, line.unit_price_minor, line.total_minor);
    let checks = [
        (
            "quantity",
            "quantity_sold",
            quantity,
            check_quantity(quantity),
        ),
        (
            "unit_price_minor",
            "price_unit",
            price,
            check_minor(price, MAX_PRICE_MINOR),
        ),
        (
            "total_minor",
            "total_amount",
            total,
            check_minor(total, MAX_TOTAL_MINOR),
        ),
    ];
    let mut is_in_range = true;
    for (field, column, value, check) in checks {
        if let Err(reason) = check {
            is_in_range = false;
            wrong(field, column, value, reason, String::new());
        }
    }
    if is_in_range && let Err(expected) = check_total(quantity, price, total) {
        let sum = decimal(expected);
        wrong(
            "total_minor",
            "total_amount",
            total,
            Reason::WrongTotal,
            sum,
        );
    }
    if let Some(code) = &line.promotion_code {
        let path = format!("lines.{at}.promotion_code");
        faults.word("promotion_applied_id", path, code, MAX_CODE_CHARS);
    }
}
