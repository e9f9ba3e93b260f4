//! Counting a store together: one sheet, as many people and devices as want to help. Quantities in the product's base unit, money at
//! cost in minor units.

use crate::stock::CountView;
use chrono::{DateTime, Utc};
use domain::{CountSheetStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Puts products onto the sheet of a store, to be counted. A sheet is opened where none is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanCount {
    pub command_id: Uuid,
    pub store_id: Uuid,
    /// Those that are on the sheet already stay as they are.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10000))]
    pub products: Vec<Uuid>,
}

/// What was found of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnteredCount {
    pub product_id: Uuid,
    /// `None` takes back what was entered.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub counted: Option<i64>,
}

/// Writes onto the sheet of a store what was found. A sheet is opened where none is, and products are added that it does not have. Of two
/// numbers of a product the one that was counted later stays, whichever arrives first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnterCounts {
    pub command_id: Uuid,
    pub store_id: Uuid,
    /// `None` = now.
    #[serde(default)]
    pub counted_at: Option<DateTime<Utc>>,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10000))]
    pub lines: Vec<EnteredCount>,
}

/// Hands a sheet in. What was not counted stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandInCount {
    pub command_id: Uuid,
    pub sheet_id: Uuid,
    /// The sheet that was looked at: somebody may have counted on meanwhile.
    pub version: i32,
}

/// Agrees to a sheet that waits, or has it counted again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecideCount {
    pub command_id: Uuid,
    pub sheet_id: Uuid,
    pub version: i32,
    pub agree: bool,
    #[serde(default)]
    pub note: Option<String>,
}

/// Closes a sheet without booking anything of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DropCount {
    pub command_id: Uuid,
    pub sheet_id: Uuid,
}

/// How a sheet stands after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SheetAnswer {
    pub sheet_id: Uuid,
    pub status: CountSheetStatus,
    pub version: i32,
    /// Products that are to be counted a second time before it can be handed in.
    pub to_recount: Vec<Uuid>,
    /// What was booked.
    pub count: Option<CountView>,
}

/// One product of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SheetLine {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    /// `None` = not yet.
    pub counted: Option<i64>,
    pub counted_at: Option<DateTime<Utc>>,
    pub counted_by: Option<String>,
    /// What was found the first time, where it was counted twice.
    pub first_counted: Option<i64>,
    /// To be counted again.
    pub recount: bool,
    /// What the books say of the moment at which it was counted; `None` where it is not counted.
    pub expected: Option<i64>,
    /// Counted less expected; 0 where it is not counted.
    pub difference: i64,
    /// What the difference is worth, without a sign.
    pub worth_minor: i64,
}

/// The open sheet of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountSheetView {
    pub id: Uuid,
    pub status: CountSheetStatus,
    pub version: i32,
    pub opened_at: DateTime<Utc>,
    pub opened_by: Option<String>,
    pub handed_in_at: Option<DateTime<Utc>>,
    pub handed_in_by: Option<String>,
    /// What whoever sent it back said.
    pub decision_note: Option<String>,
    /// By name.
    pub lines: Vec<SheetLine>,
    /// What all differences are worth together, without signs.
    pub worth_minor: i64,
    /// What is weighed against the limit of approval: the differences, with those that the same people found in the store within a day
    /// and nobody approved.
    pub weighed_minor: i64,
    /// Whether that needs somebody's approval.
    pub needs_approval: bool,
    /// Whether the asking person may give it: not who counted, unless nobody else could.
    pub may_approve: bool,
}

/// The counting of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountDesk {
    pub store_id: Uuid,
    /// `None` where nobody counts.
    pub sheet: Option<CountSheetView>,
}
