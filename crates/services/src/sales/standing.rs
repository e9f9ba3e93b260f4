//! How a sold line stands to what is stored already.

use super::taking::SoldLine;
use crate::ServiceResult;
use crate::store::tickets::{self, StoredTicket};
use chrono::SecondsFormat;
use ingest::amount::decimal;
use ingest::layout::Column;
use ingest::moment::TICKET_SPAN;
use ingest::{Fault, Reason};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Tickets by store and number.
pub(crate) type Tickets = HashMap<Uuid, HashMap<String, StoredTicket>>;

/// Numbers of tickets by store.
fn numbers<'a>(lines: impl IntoIterator<Item = &'a SoldLine>) -> BTreeMap<Uuid, BTreeSet<&'a str>> {
    let mut numbers: BTreeMap<Uuid, BTreeSet<&str>> = BTreeMap::new();
    for line in lines {
        numbers
            .entry(line.store_id)
            .or_default()
            .insert(&line.transaction_id);
    }
    numbers
}

/// The stored tickets that these lines name, in one look-up a store.
pub(crate) async fn find_tickets<'a>(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    lines: impl IntoIterator<Item = &'a SoldLine>,
) -> ServiceResult<Tickets> {
    let mut found = Tickets::new();
    for (store_id, numbers) in numbers(lines) {
        let numbers: Vec<&str> = numbers.into_iter().collect();
        let tickets = tickets::find_tickets(db, organization_id, store_id, &numbers).await?;
        if !tickets.is_empty() {
            found.insert(store_id, tickets);
        }
    }
    Ok(found)
}

/// As [`find_tickets`]; nobody adds to them or undoes them until the transaction ends. Shelves are locked before.
pub(crate) async fn lock_tickets<'a>(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    lines: impl IntoIterator<Item = &'a SoldLine> + Clone,
) -> ServiceResult<Tickets> {
    for (store_id, numbers) in numbers(lines.clone()) {
        let numbers: Vec<&str> = numbers.into_iter().collect();
        tickets::lock_numbers(db, organization_id, store_id, &numbers).await?;
    }
    find_tickets(db, organization_id, lines).await
}

/// How a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Not stored; its ticket may be.
    New(Option<Uuid>),
    /// Stored word for word.
    Stored,
    Conflicting(Fault),
}

/// Compares a row with its ticket.
pub(crate) fn compare(sold: &SoldLine, tickets: &Tickets) -> Standing {
    let Some(ticket) = tickets
        .get(&sold.store_id)
        .and_then(|t| t.get(&sold.transaction_id))
    else {
        return Standing::New(None);
    };
    if ticket.is_voided {
        let number = &sold.transaction_id;
        let fault = Fault::new(
            Column::TransactionId.name(),
            number,
            Reason::TransactionVoided,
        );
        return Standing::Conflicting(fault);
    }
    if (ticket.sold_at - sold.sold_at).abs() > TICKET_SPAN {
        let at = ticket.sold_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let fault = Fault::new(
            Column::TransactionId.name(),
            &sold.transaction_id,
            Reason::TransactionStored,
        );
        return Standing::Conflicting(fault.with(at));
    }
    let Some(line) = ticket.lines.get(&sold.line) else {
        return Standing::New(Some(ticket.id));
    };
    let same = line.product_id == sold.product_id
        && line.quantity == sold.quantity
        && line.unit_price_minor == sold.unit_price_minor
        && line.total_minor == sold.total_minor
        // Who does not say where it went, as no file can, contradicts nobody.
        && (sold.return_to.is_none() || sold.return_to == line.return_to);
    if same {
        return Standing::Stored;
    }
    let to = line.return_to.map(|to| format!(" ({to})"));
    let stored = format!(
        "{} x {} = {}{}",
        line.quantity,
        decimal(line.unit_price_minor),
        decimal(line.total_minor),
        to.unwrap_or_default()
    );
    Standing::Conflicting(Fault::of_row(Reason::AlreadyStoredDifferently).with(stored))
}
