//! Checks of one row that need nothing but the row.

use crate::amount::{self, MAX_PRICE_MINOR};
use crate::fault::{Fault, Reason};
use crate::fields;
use crate::layout::{Column, Layout};
use crate::lines::Line;
use crate::moment::When;
use std::borrow::Cow;

/// Longest ticket number.
pub const MAX_TRANSACTION_CHARS: usize = 64;

/// Longest code of a store, a product or a promotion.
pub const MAX_CODE_CHARS: usize = 64;

/// A row that is good as far as a row alone can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRow {
    pub transaction_id: String,
    pub when: When,
    pub store_code: String,
    pub sku: String,
    /// Base units of the product; below zero where they were brought back.
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    pub promotion_code: Option<String>,
}

/// The values of a line by column, or why it has none.
#[derive(Debug)]
pub struct Values<'a> {
    values: [Cow<'a, str>; 8],
    /// What the `line` column says, if there is one and it says something.
    pub line: Option<Cow<'a, str>>,
}

impl<'a> Values<'a> {
    /// Splits a line by the file's layout.
    ///
    /// # Errors
    /// A fault of the whole row.
    pub fn read(
        line: &Line<'a>,
        layout: &Layout,
        parts: &mut Vec<Cow<'a, str>>,
    ) -> Result<Self, Fault> {
        if line.cut {
            return Err(Fault::of_row(Reason::LineTooLong));
        }
        let text = std::str::from_utf8(line.bytes).map_err(|e| {
            Fault::of_row(Reason::InvalidUtf8).with(line.start + e.valid_up_to() as u64 + 1)
        })?;
        let split = fields::split(text, layout.delimiter, parts);
        let expected = layout.header.len();
        if !line.terminated && (split.is_err() || parts.len() < expected) {
            return Err(Fault::of_row(Reason::TruncatedLine));
        }
        if split.is_err() {
            return Err(Fault::of_row(Reason::UnclosedQuote));
        }
        if parts.len() < expected {
            return Err(Fault::of_row(Reason::TooFewColumns).with(parts.len()));
        }
        if parts[expected..].iter().any(|p| !p.is_empty()) {
            return Err(Fault::of_row(Reason::TooManyColumns).with(parts.len()));
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Fault::of_row(Reason::ControlCharacter));
        }
        let values = layout.positions.map(|p| std::mem::take(&mut parts[p]));
        let line = layout
            .line
            .map(|p| std::mem::take(&mut parts[p]))
            .filter(|l| !l.is_empty());
        Ok(Self { values, line })
    }

    /// The value of a column.
    #[must_use]
    pub fn get(&self, column: Column) -> &str {
        &self.values[column as usize]
    }

    /// Every value in the template's order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    /// Which line of its product on its ticket the row claims to be: `CODE` is the first, `CODE~2` the second.
    ///
    /// # Errors
    /// [`Reason::NotALine`].
    pub fn ordinal(&self) -> Result<Option<u32>, Fault> {
        let Some(line) = &self.line else {
            return Ok(None);
        };
        let ordinal = match line.strip_prefix(self.get(Column::ProductId)) {
            Some("") => Some(1),
            Some(rest) => rest
                .strip_prefix('~')
                .filter(|n| !n.starts_with(['0', '+']))
                .and_then(|n| n.parse::<u32>().ok())
                .filter(|n| (2..=crate::identity::MAX_TICKET_LINES).contains(n)),
            None => None,
        };
        ordinal
            .map(Some)
            .ok_or_else(|| Fault::new(crate::layout::LINE_COLUMN, line, Reason::NotALine))
    }

    /// All checks of a row by itself.
    ///
    /// # Errors
    /// Everything that is wrong, one fault a column.
    pub fn check(&self) -> Result<SaleRow, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |column: Column, reason: Reason, argument: String| {
            faults.push(Fault::new(column.name(), self.get(column), reason).with(argument));
        };
        for (column, limit, required) in [
            (Column::TransactionId, MAX_TRANSACTION_CHARS, true),
            (Column::StoreId, MAX_CODE_CHARS, true),
            (Column::ProductId, MAX_CODE_CHARS, true),
            (Column::PromotionAppliedId, MAX_CODE_CHARS, false),
        ] {
            let value = self.get(column);
            if value.is_empty() && required {
                fault(column, Reason::EmptyValue, String::new());
            } else if value.len() > limit && value.chars().count() > limit {
                fault(column, Reason::ValueTooLong, limit.to_string());
            }
        }
        let mut parsed = |column: Column, read: fn(&str) -> Result<i64, Reason>| {
            let value = self.get(column);
            let result = if value.is_empty() {
                Err(Reason::EmptyValue)
            } else {
                read(value)
            };
            result
                .inspect_err(|reason| fault(column, *reason, String::new()))
                .ok()
        };
        let quantity = parsed(Column::QuantitySold, amount::quantity);
        let price = parsed(Column::PriceUnit, |v| amount::minor(v, MAX_PRICE_MINOR));
        let total = parsed(Column::TotalAmount, amount::signed_minor);
        // Of a quantity that cannot be read the sign is not known.
        let total = total.filter(|total| {
            let quantity = quantity.unwrap_or(total.signum());
            let checked = amount::check_line_total(quantity, *total);
            checked
                .inspect_err(|reason| fault(Column::TotalAmount, *reason, String::new()))
                .is_ok()
        });
        let timestamp = self.get(Column::Timestamp);
        let when = if timestamp.is_empty() {
            Err(Reason::EmptyValue)
        } else {
            When::parse(timestamp)
        };
        let when = when
            .inspect_err(|reason| fault(Column::Timestamp, *reason, String::new()))
            .ok();
        if let (Some(quantity), Some(price), Some(total)) = (quantity, price, total)
            && let Err(expected) = amount::check_total(quantity, price, total)
        {
            fault(
                Column::TotalAmount,
                Reason::WrongTotal,
                amount::decimal(expected),
            );
        }
        match (faults.is_empty(), when, quantity, price, total) {
            (true, Some(when), Some(quantity), Some(unit_price_minor), Some(total_minor)) => {
                Ok(SaleRow {
                    transaction_id: self.get(Column::TransactionId).to_owned(),
                    when,
                    store_code: self.get(Column::StoreId).to_owned(),
                    sku: self.get(Column::ProductId).to_owned(),
                    quantity,
                    unit_price_minor,
                    total_minor,
                    promotion_code: Some(self.get(Column::PromotionAppliedId))
                        .filter(|p| !p.is_empty())
                        .map(str::to_owned),
                })
            }
            _ => Err(faults),
        }
    }
}
