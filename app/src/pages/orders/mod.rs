//! Production orders: the list, the form, one order with its history.

mod actions;
mod detail;
mod form;
mod list;
mod needs;
mod words;

pub use detail::OrderPage;
pub use form::NewOrderPage;
pub use list::OrdersPage;
