//! Transfers between stores: commands in, views out. Quantities in the product's base unit.

use chrono::{DateTime, Utc};
use domain::{StockReason, TransferStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How much of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferQuantity {
    pub product_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub quantity: i64,
}

/// Asks another store for goods, or sends them at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateTransfer {
    pub command_id: Uuid,
    pub from_store_id: Uuid,
    pub to_store_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub lines: Vec<TransferQuantity>,
    /// The goods leave now; else somebody at the sender has to send them.
    pub send_now: bool,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// Sends what was asked for, or as much of it as can be spared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendTransfer {
    pub command_id: Uuid,
    pub transfer_id: Uuid,
    /// Products that are left out are not sent.
    pub lines: Vec<TransferQuantity>,
}

/// What arrived of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceivedQuantity {
    pub product_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub quantity: i64,
    /// Needed where it is not what was sent.
    #[serde(default)]
    pub reason: Option<StockReason>,
}

/// Puts what arrived onto the shelves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiveTransfer {
    pub command_id: Uuid,
    pub transfer_id: Uuid,
    /// Products that are left out arrived as they were sent.
    pub lines: Vec<ReceivedQuantity>,
}

/// Nothing is sent after all, or everything on the road comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelTransfer {
    pub command_id: Uuid,
    pub transfer_id: Uuid,
    pub reason: String,
}

/// Which transfers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListTransfers {
    /// From or to this store; `None` = every store in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// Only what is asked for or on the road.
    #[serde(default)]
    pub open_only: bool,
    /// The number below which to go on, from [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 100; 30 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One product of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferLineView {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub requested: i64,
    pub sent: Option<i64>,
    pub received: Option<i64>,
    pub reason: Option<StockReason>,
}

/// A transfer with everything that people ask about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferView {
    pub id: Uuid,
    pub number: i64,
    pub from_store_id: Uuid,
    pub from_store_name: String,
    pub to_store_id: Uuid,
    pub to_store_name: String,
    pub status: TransferStatus,
    pub note: Option<String>,
    pub lines: Vec<TransferLineView>,
    pub requested_at: DateTime<Utc>,
    pub requested_by: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub sent_by: Option<String>,
    pub received_at: Option<DateTime<Utc>>,
    pub received_by: Option<String>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancelled_by: Option<String>,
    pub cancel_reason: Option<String>,
    /// What the asking person may do with it now.
    pub may_send: bool,
    pub may_receive: bool,
    pub may_cancel: bool,
}
