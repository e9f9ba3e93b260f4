//! Whether a ticket of a till can be taken, as far as its values and the catalog can tell.

use super::taking::SoldLine;
use crate::Ctx;
use chrono_tz::Tz;
use contract::FieldError;
use contract::sales::{NewSale, NewSaleLine};
use ingest::amount::{
    MAX_PRICE_MINOR, MAX_TICKET_MINOR, MAX_TOTAL_MINOR, check_line_total, check_minor,
    check_quantity, check_total, decimal,
};
use ingest::identity::MAX_TICKET_LINES;
use ingest::moment::{When, is_future};
use ingest::row::{MAX_CODE_CHARS, MAX_TRANSACTION_CHARS};
use ingest::{Fault, Reason};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Codes that the tickets name.
pub(super) struct Known {
    pub stores: HashMap<String, (Uuid, Tz)>,
    pub products: HashMap<String, Uuid>,
}

/// Faults of a ticket, by field.
#[derive(Default)]
pub(super) struct Faults(pub Vec<FieldError>);

impl Faults {
    pub(super) fn add(&mut self, field: impl Into<String>, fault: &Fault) {
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

/// The checks that an import makes of a row, of every line of a ticket.
pub(super) fn judge(ctx: &Ctx, known: &Known, sale: &NewSale) -> Result<Vec<SoldLine>, Faults> {
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
                return_to: line.return_to,
            });
        }
    }
    if faults.0.is_empty() {
        Ok(sold)
    } else {
        Err(faults)
    }
}

/// A ticket of good lines can still cost, or give back, more than any does.
fn check_sum(faults: &mut Faults, sale: &NewSale) {
    let totals = || sale.lines.iter().map(|line| line.total_minor);
    let is_good = totals().all(|total| (-MAX_TOTAL_MINOR..=MAX_TOTAL_MINOR).contains(&total));
    let sum = totals().fold(0, i64::saturating_add);
    if is_good && !(-MAX_TICKET_MINOR..=MAX_TICKET_MINOR).contains(&sum) {
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
            check_line_total(quantity, total),
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
    if let Some(to) = line.return_to
        && quantity > 0
    {
        let fault = Fault::new("return_to", to.as_str(), Reason::NotAReturn);
        faults.add(format!("lines.{at}.return_to"), &fault);
    }
    if let Some(code) = &line.promotion_code {
        let path = format!("lines.{at}.promotion_code");
        faults.word("promotion_applied_id", path, code, MAX_CODE_CHARS);
    }
}
