//! Stock: the shelves of a store, the ledger of one, waste, counting.

mod count;
mod ledger;
mod levels;
mod waste;
mod words;

pub use count::CountPage;
pub use ledger::LedgerPage;
pub use levels::StockPage;
pub use waste::WastePage;
