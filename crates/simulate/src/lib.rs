//! A synthetic Spanish bakery chain whose true demand is known.
//!
//! Sales hide demand: a shelf that ran empty at eleven says nothing of the customers who came at noon. Here both
//! are kept, so that forecasts, suggestions and the estimate of lost sales can be judged against the truth.
//!
//! Pure: no input or output, no clock. Everything follows from [`ChainConfig`], number for number, and days are
//! produced one by one, so that memory does not grow with the number of days sold. Every random draw belongs to
//! a stream named by seed, purpose, store and day.
//!
//! ```
//! use chrono::NaiveDate;
//! use simulate::{Chain, ChainConfig};
//!
//! let end = NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date");
//! let chain = Chain::new(ChainConfig { days: 14, ..ChainConfig::new(7, end) });
//! for day in chain.simulate() {
//!     let tickets = chain.tickets(&day);
//!     assert!(!tickets.is_empty());
//! }
//! ```
//!
//! Amounts are integers: pieces, minor units of the euro, basis points, tenths of a degree. Floats appear only in
//! [`KnownPanel`], whose type the forecaster shares with real data.

mod assortment;
mod calendar;
mod chain;
mod cities;
mod climate;
mod demand;
mod examined;
mod holidays;
mod intraday;
mod known_panel;
mod planner;
mod promotions;
mod run;
mod season;
mod shelf;
mod shops;
mod stream;
mod tickets;

pub use assortment::Product;
pub use calendar::CalendarEntry;
pub use chain::{Chain, ChainConfig};
pub use climate::WeatherDay;
pub use examined::{Witness, examined};
pub use holidays::{easter, holidays_of_region, national_holidays};
pub use known_panel::{Censoring, KnownPanel, panel};
pub use promotions::Promotion;
pub use run::{DailyLine, SimulatedDay, Simulation};
pub use shops::Store;
pub use tickets::{Ticket, TicketLine};
