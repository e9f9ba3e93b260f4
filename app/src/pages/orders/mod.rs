//! Production orders: the list, the form, one order with its history.

mod actions;
mod batch_form;
mod batches;
mod detail;
mod dispatch;
mod form;
mod label;
mod labels;
mod list;
mod many;
mod mixes;
mod needs;
mod paper;
mod standing;
mod standing_form;
mod standing_overlap;
mod words;

pub use detail::OrderPage;
pub use dispatch::DispatchPage;
pub use form::NewOrderPage;
pub use labels::LabelsPage;
pub use list::OrdersPage;
pub use mixes::MixesPage;
pub use standing::StandingOrdersPage;
pub use words::loss_word;
