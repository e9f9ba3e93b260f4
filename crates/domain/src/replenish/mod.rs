//! How much to bake: from a predictive distribution of demand, costs and what is already there, to a number with reasons.

#[cfg(test)]
mod brute_force;
pub mod cover;
pub mod demand;
pub mod leftover;
pub mod newsvendor;
pub mod normal;
pub mod plan;
pub mod projection;
pub mod purchase;

pub use cover::{Cover, cover, cover_days_x10};
pub use demand::{DayDemand, Demand};
pub use leftover::{Leftover, leftovers};
pub use newsvendor::{Ratio, RatioCase, critical_ratio};
pub use plan::{PlanInput, Reasons, Rounding, plan};
pub use projection::{Batch, Projection, project};
pub use purchase::{Purchase, PurchaseInput, purchase};
