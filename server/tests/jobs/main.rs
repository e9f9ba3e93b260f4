//! The night: its steps, the book of runs, the clock and the queue, over real databases and with real (if tiny) training.
//!
//! One binary for all areas, one module an area. Time is a parameter: every test moves a clock of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

mod backups;
mod bakery;
mod books;
mod deadline;
mod doctor;
mod fallback;
mod killed;
mod predict;
mod queue;
mod registry;
mod repeated;
mod schedule;
mod scoring;
mod search;
mod single_flight;
mod sold_out;
mod starting;
mod store;
