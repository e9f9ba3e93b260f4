//! Sales from files: the list, sending one, and what became of it.

mod detail;
mod list;
mod rejects;
mod send;
#[cfg(feature = "hydrate")]
mod transfer;
mod words;
mod work;

pub use detail::ImportPage;
pub use list::ImportsPage;
pub use send::SendPage;
