//! The words and rules of a bakery chain, shared by browser and server.
//!
//! Pure by construction: no input or output, no async, no clock, no random source. "Now" and "today" are
//! parameters. Quantities are `i64` in the product's base unit (pieces, grams, millilitres); money is `i64`
//! in minor units of the organization's currency and says so in its name (`price_minor`).

pub mod allergens;
pub mod barcodes;
pub mod batches;
pub mod capacity;
pub mod censoring;
pub mod channels;
pub mod counts;
pub mod day_parts;
pub mod devices;
pub mod factors;
pub mod labels;
pub mod lots;
pub mod opening;
pub mod orders;
pub mod outlook;
pub mod panel;
pub mod permission;
pub mod purchases;
pub mod recipes;
pub mod replenish;
pub mod sign_in;
pub mod split;
pub mod standing;
pub mod stock;
pub mod totals;
pub mod transfers;
pub mod untold;
pub mod vocabulary;

pub use channels::{ChannelKind, MessageStatus};
pub use permission::{Permission, RoleKey};
pub use vocabulary::*;
