//! Tickets that are stored, to be read. Quantities in the product's base unit, money in minor units.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{PaymentMethod, ReturnTo, SaleSource};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which tickets to list, the latest trading day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListSales {
    /// Nothing = every store in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// Only tickets with a line of this product.
    #[serde(default)]
    pub product_id: Option<Uuid>,
    /// First trading day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last trading day, included.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A line of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleLineView {
    /// Name of the line on its ticket.
    pub line: String,
    pub product_id: Uuid,
    /// Below zero where it was brought back.
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    pub promotion_code: Option<String>,
    /// Where went what was brought back.
    pub return_to: Option<ReturnTo>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleView {
    pub id: Uuid,
    pub store_id: Uuid,
    /// Number of the ticket in its store.
    pub transaction_id: String,
    pub business_date: NaiveDate,
    pub sold_at: DateTime<Utc>,
    pub source: SaleSource,
    /// The file that brought it, where one did.
    pub import_id: Option<Uuid>,
    pub payment_method: Option<PaymentMethod>,
    pub total_minor: i64,
    pub recorded_at: DateTime<Utc>,
    /// None where the ticket was voided.
    pub lines: Vec<SaleLineView>,
}
