//! The night: queue, clock, and the work itself.
//!
//! `services::nights` keeps the book of runs and steps, and is the truth. The queue (apalis) only wakes a worker, so a
//! lost or doubled message costs nothing: [`night::NightRunner`] asks the book before it touches anything.

pub mod artifacts;
pub(crate) mod champion;
pub mod clock;
pub mod errands;
pub mod exporting;
pub(crate) mod issuing;
pub mod model_store;
pub mod night;
pub mod queue;
pub mod search;
mod steps;
pub mod tasks;
pub mod tenants;
mod training;
pub mod work;
