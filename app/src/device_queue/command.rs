//! What people do on a device: commands that wait to be sent, and what they are about in words.

use crate::device;
use chrono::{DateTime, NaiveDate, Utc};
use contract::AppError;
use contract::counts::EnterCounts;
use contract::orders::{CancelOrder, CompleteOrder, OrderDetail, RecallOrder, StartOrder};
use contract::stock::{RemoveStock, ReverseMovement};
use contract::suggestions::{AcceptSuggestion, DismissSuggestion};
use domain::{LossReason, OrderStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Accept(AcceptSuggestion),
    Dismiss(DismissSuggestion),
    Start(StartOrder),
    Complete(CompleteOrder),
    Recall(RecallOrder),
    Cancel(CancelOrder),
    Waste(RemoveStock),
    Reverse(ReverseMovement),
    /// As `count` it was the whole count of a store; a device may still hold one.
    #[serde(alias = "count")]
    Enter(EnterCounts),
    Rebake(Rebake),
}

/// Writes a batch that was baked although its order had been cancelled into the books as an order of its own: planned,
/// started and completed under three ids that follow from one, so that it may be repeated at any point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebake {
    pub command_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    pub produced_quantity: i64,
    pub lost_quantity: i64,
    #[serde(default)]
    pub loss_reason: Option<LossReason>,
    /// When it came out; when it is written down where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
}

impl Rebake {
    /// The id of the part of the command, from 0 on.
    #[cfg(feature = "hydrate")]
    pub(super) fn part(&self, part: u8) -> Uuid {
        let mut bytes = *self.command_id.as_bytes();
        bytes[15] ^= part;
        Uuid::from_bytes(bytes)
    }
}

impl Command {
    /// The id under which it is sent, however often.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Accept(c) => c.command_id,
            Self::Dismiss(c) => c.command_id,
            Self::Start(c) => c.command_id,
            Self::Complete(c) => c.command_id,
            Self::Recall(c) => c.command_id,
            Self::Cancel(c) => c.command_id,
            Self::Waste(c) => c.command_id,
            Self::Reverse(c) => c.command_id,
            Self::Enter(c) => c.command_id,
            Self::Rebake(c) => c.command_id,
        }
    }

    /// The order or suggestion that it moves on: what is done with the same one later builds on it. Bookings of stock stand alone.
    #[must_use]
    pub const fn subject(&self) -> Option<Uuid> {
        match self {
            Self::Accept(c) => Some(c.suggestion_id),
            Self::Dismiss(c) => Some(c.suggestion_id),
            Self::Start(c) => Some(c.order_id),
            Self::Complete(c) => Some(c.order_id),
            Self::Recall(c) => Some(c.order_id),
            Self::Cancel(c) => Some(c.order_id),
            Self::Waste(_) | Self::Reverse(_) | Self::Enter(_) | Self::Rebake(_) => None,
        }
    }

    /// Whether pages show what it does before their data holds it.
    #[cfg(feature = "hydrate")]
    pub(super) const fn is_shown_ahead(&self) -> bool {
        self.subject().is_some() || matches!(self, Self::Enter(_))
    }

    /// Whether it is a booking that whoever made it may take back at once.
    #[cfg(feature = "hydrate")]
    pub(super) const fn can_be_taken_back(&self) -> bool {
        matches!(self, Self::Waste(_))
    }

    /// The order that it moves on.
    #[cfg(feature = "hydrate")]
    pub(super) const fn order(&self) -> Option<Uuid> {
        match self {
            Self::Start(_) | Self::Complete(_) | Self::Recall(_) | Self::Cancel(_) => {
                self.subject()
            }
            _ => None,
        }
    }
}

/// What a command is about, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub product: String,
    pub store: String,
    pub quantity: Option<i64>,
    pub unit: Unit,
}

/// A command on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub command: Command,
    pub about: About,
    /// By the device's own clock.
    pub pressed_at: DateTime<Utc>,
    /// Whether a moment in the command has been brought from the device's clock to the server's.
    #[serde(default)]
    pub is_timed: bool,
    /// Whether a version wrote it down that says when batches came out. One before it may have sent a batch without a moment already, and
    /// repeats the same words.
    #[serde(default)]
    pub may_be_dated: bool,
    /// Whether a booking that can be taken back has been on its way: it may be booked although no answer came.
    #[serde(default)]
    pub is_tried: bool,
    /// Whether it was taken back after that: what it became is reversed once the answer says what that is.
    #[serde(default)]
    pub is_unwanted: bool,
    /// Why it is not sent, if it is not.
    #[serde(default)]
    pub aside: Option<Aside>,
}

impl Entry {
    /// A command that is given now.
    #[must_use]
    pub fn new(command: Command, about: About) -> Self {
        Self {
            command,
            about,
            pressed_at: device::now(),
            is_timed: false,
            may_be_dated: true,
            is_tried: false,
            is_unwanted: false,
            aside: None,
        }
    }

    /// The id of its command.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.command.id()
    }

    /// Whether it is to be sent.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.aside.is_none()
    }
}

/// Why a command was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    pub error: AppError,
    /// How its order stands instead.
    #[serde(default)]
    pub standing: Option<Standing>,
    /// The command before it that was refused; it is decided together with that one.
    #[serde(default)]
    pub because_of: Option<Uuid>,
}

/// How an order stands, and who brought it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub status: OrderStatus,
    pub produced: Option<i64>,
    pub lost: Option<i64>,
    pub recall_until: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    pub by: Option<String>,
    pub at: Option<DateTime<Utc>>,
    /// The commands whose batches stand.
    #[serde(default)]
    pub completions: Vec<Uuid>,
    /// What the last batch that stands brought, produced and lost together.
    #[serde(default)]
    pub last: Option<i64>,
}

impl From<OrderDetail> for Standing {
    fn from(detail: OrderDetail) -> Self {
        let (last, order) = (detail.history.last(), detail.order);
        let standing = detail.batches.iter();
        let standing = standing.filter(|batch| batch.reversed_at.is_none());
        let newest = standing.clone().next_back();
        Self {
            status: order.status,
            produced: order.produced_quantity,
            lost: order.lost_quantity,
            recall_until: order.recall_until,
            cancel_reason: order.cancel_reason,
            store_id: order.store_id,
            product_id: order.product_id,
            production_date: order.production_date,
            by: last.map(|entry| entry.actor_name.clone()),
            at: last.map(|entry| entry.at),
            last: newest.map(|batch| batch.produced_quantity + batch.lost_quantity),
            completions: standing.filter_map(|batch| batch.command_id).collect(),
        }
    }
}

impl Standing {
    /// All that came out of it, produced and lost together.
    #[must_use]
    pub fn altogether(&self) -> i64 {
        self.produced.unwrap_or(0) + self.lost.unwrap_or(0)
    }

    /// Whether the order is already where the command wanted it, or beyond: then there is nothing to ask. That somebody else was
    /// quicker with the same is no conflict.
    #[must_use]
    pub fn satisfies(&self, command: &Command) -> bool {
        match command {
            Command::Start(_) => matches!(
                self.status,
                OrderStatus::InProgress | OrderStatus::Completed
            ),
            // That somebody else finished it says nothing of a part that came out here.
            Command::Complete(c) => {
                let before = c.baked_before.unwrap_or(0);
                let all = before + c.produced_quantity + c.lost_quantity;
                // Of what came out before only the sum is known here, and not how much of it was lost.
                let lost = c.lost_quantity..=c.lost_quantity + before;
                !c.more_follows
                    && self.status == OrderStatus::Completed
                    && self.altogether() == all
                    && lost.contains(&self.lost.unwrap_or(0))
            }
            Command::Recall(c) => match c.completion {
                Some(completion) => !self.completions.contains(&completion),
                None => self.status == OrderStatus::InProgress,
            },
            Command::Cancel(_) => self.status == OrderStatus::Cancelled,
            _ => false,
        }
    }
}
