//! Sales from tills and scripts: tickets in, what became of each out. Quantities in the product's base unit, money in minor units.

use crate::FieldError;
use domain::{PaymentMethod, ReturnTo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Tickets that were sold. Sent again, whole or in part, they have one effect: a ticket is known by store and number, its lines by product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordSales {
    /// 1 to 1,000 tickets.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub sales: Vec<NewSale>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSale {
    /// Number of the ticket in its store.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub transaction_id: String,
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub store_code: String,
    /// RFC 3339, or a local time of the store without an offset.
    pub sold_at: String,
    #[serde(default)]
    pub payment_method: Option<PaymentMethod>,
    /// 1 to 1,000 lines.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub lines: Vec<NewSaleLine>,
}

/// A line of a ticket: something sold, or something that a customer brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSaleLine {
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub sku: String,
    /// Never zero; below zero it was brought back.
    pub quantity: i64,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100000000))]
    pub unit_price_minor: i64,
    /// Quantity times price, give or take one: below zero where money went back.
    pub total_minor: i64,
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    #[serde(default)]
    pub promotion_code: Option<String>,
    /// Where goes what was brought back: waste where nothing is said. Refused on what is sold.
    #[serde(default)]
    pub return_to: Option<ReturnTo>,
}

/// What became of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SaleOutcome {
    /// Written now, all of it or the lines that were missing.
    Recorded,
    /// It was there already, word for word.
    AlreadyRecorded,
    /// Not taken; `faults` says why. The other tickets are not held up.
    Refused,
}

/// The answer about one ticket, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleResult {
    pub transaction_id: String,
    pub store_code: String,
    pub outcome: SaleOutcome,
    /// Fields as in the ticket, for example `lines.0.quantity`.
    pub faults: Vec<FieldError>,
}

/// The answer about all tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedSales {
    pub recorded: u32,
    pub already_recorded: u32,
    pub refused: u32,
    pub results: Vec<SaleResult>,
}

/// Takes a ticket back as a whole, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VoidSale {
    pub command_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub store_code: String,
    /// Number of the ticket in its store.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub transaction_id: String,
    /// Why; at most 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub reason: String,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoidedSale {
    pub transaction_id: String,
    pub store_code: String,
    /// How many lines it had.
    pub lines: u32,
    pub total_minor: i64,
}
