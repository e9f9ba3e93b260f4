//! Stock: the shelves of a store, the ledger of one, waste, what will be waste, counting, the first stock.

mod belief;
mod correct;
mod count;
mod later;
mod ledger;
mod levels;
mod opening;
mod projected;
mod waste;
mod when;
mod words;

pub use count::CountPage;
pub use ledger::LedgerPage;
pub use levels::StockPage;
pub(super) use levels::levels_of;
pub use opening::OpeningPage;
pub use projected::ProjectedWastePage;
pub use waste::WastePage;
pub(super) use words::reason as reason_words;
