//! Wire types between browser and server: commands in (verb + noun), views out (`XxxView`), and the one error.
//!
//! Everything here builds for the browser; nothing here knows a database.

pub mod alerts;
pub mod assortment;
pub mod audit;
pub mod backups;
pub mod calendar;
pub mod capacity;
pub mod catalog;
pub mod channels;
pub mod counts;
pub mod dispatch;
pub mod error;
pub mod factors;
pub mod forecasts;
pub mod health;
pub mod history;
pub mod imports;
pub mod ingredients;
pub mod keys;
pub mod ledger;
pub mod models;
pub mod nights;
pub mod orders;
pub mod organization;
pub mod page;
pub mod passkeys;
pub mod people;
pub mod policies;
pub mod predict;
pub mod purchases;
pub mod recipes;
pub mod roles;
pub mod sales;
pub mod session;
pub mod settings;
pub mod single_sign_on;
pub mod standing_orders;
pub mod stock;
pub mod suggestions;
pub mod tablets;
pub mod tickets;
pub mod today;
pub mod transfers;
pub mod users;
pub mod weather;
pub mod wire;

pub use error::{AppError, AppResult, ErrorCode, FieldError};
pub use page::Page;
