//! How much to bake: from a predictive distribution of demand, costs and what is already there, to a number with reasons.

#[cfg(test)]
mod brute_force;
pub mod cover;
pub mod demand;
pub mod hindsight;
pub mod judgement;
pub mod leftover;
pub mod newsvendor;
pub mod normal;
pub mod plan;
pub mod projection;
pub mod purchase;
pub mod reorder;
pub mod terms;

pub use cover::{Cover, cover, cover_days_x10};
pub use demand::{DayDemand, Demand};
pub use hindsight::{Hindsight, Margins, PastDay, hindsight};
pub use judgement::wanted;
pub use leftover::{Leftover, leftovers};
pub use newsvendor::{
    MAX_SUBSTITUTION_SHARE_BP, Ratio, RatioCase, chosen_ratio, critical_ratio, lost_share,
};
pub use plan::{PlanInput, Reasons, Rounding, plan};
pub use projection::{Batch, Projection, project};
pub use purchase::{Purchase, PurchaseInput, purchase};
pub use reorder::{IngredientStock, watched_point};
pub use terms::{ChoiceError, Levels, ShelfChoice, Terms};
