//! Recipes: what a quantity of something takes, through as many levels as there are doughs in doughs.
//!
//! A recipe says what goes into one batch of `yield_quantity` base units. What a batch takes is worked out in floating point and
//! brought to whole base units once, at the end, so that the levels in between round nothing.

mod book;
mod percentage;
mod stages;

pub use book::{Book, Need, Step};
pub use percentage::bakers_percentages;
pub use stages::{
    MAX_STAGE_MINUTES, StageRuleError, StageTime, check_stages, next_stage, stage_sequence,
};

use uuid::Uuid;

/// The most levels that recipes may stand in each other.
pub const MAX_LEVELS: usize = 10;

/// The most lines of one recipe.
pub const MAX_LINES: usize = 100;

/// The most base units of a line or a yield: as much as can be moved at once.
pub use crate::stock::MAX_QUANTITY;

/// The highest expected loss, in basis points: nine tenths.
pub const MAX_LOSS_BP: i32 = 9_000;

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Bought and kept.
    Ingredient(Uuid),
    /// Made by another recipe, on the way.
    Recipe(Uuid),
}

/// One line of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub component: Component,
    /// Base units of the component for one batch.
    pub quantity: i64,
}

/// What goes into one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub id: Uuid,
    /// Base units that one batch makes before anything is lost.
    pub yield_quantity: i64,
    /// Share of it that is lost as a rule (trimmed, burnt, stuck to the bowl), in basis points.
    pub loss_bp: i32,
    /// Work and energy of one batch, in minor units of money.
    pub other_cost_minor: i64,
    pub lines: Vec<Line>,
}

/// Why a recipe cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeRuleError {
    /// A recipe would be made of itself. The way from it back to it, both ends included.
    #[error("A recipe cannot contain itself, not even through others.")]
    ContainsItself { path: Vec<Uuid> },
    #[error("Recipes stand in each other more than {MAX_LEVELS} levels deep.")]
    TooDeep,
    /// Through all its levels, or those of a recipe that uses it.
    #[error("One good unit would take more than {MAX_QUANTITY} of an ingredient.")]
    TooMuch,
    #[error("A recipe has 1 to {MAX_LINES} lines, and each component stands in it once.")]
    Lines,
    #[error("Quantities are whole and between 1 and {MAX_QUANTITY}.")]
    QuantityOutOfRange,
    #[error("The expected loss is 0 to 90 %.")]
    LossOutOfRange,
    #[error("The recipe names another one that is not there.")]
    Unknown,
}

impl Recipe {
    /// Whether the recipe by itself is one; whether it contains itself is asked of the [`Book`].
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), RecipeRuleError> {
        let in_range = |quantity: i64| (1..=MAX_QUANTITY).contains(&quantity);
        if !in_range(self.yield_quantity) || !self.lines.iter().all(|line| in_range(line.quantity))
        {
            return Err(RecipeRuleError::QuantityOutOfRange);
        }
        if !(0..=MAX_LOSS_BP).contains(&self.loss_bp) {
            return Err(RecipeRuleError::LossOutOfRange);
        }
        let mut components: Vec<Component> = self.lines.iter().map(|line| line.component).collect();
        components.sort_unstable();
        components.dedup();
        if self.lines.is_empty()
            || self.lines.len() > MAX_LINES
            || components.len() != self.lines.len()
        {
            return Err(RecipeRuleError::Lines);
        }
        Ok(())
    }

    /// What must be begun with so that `quantity` is left after the expected loss.
    #[must_use]
    pub fn gross(&self, quantity: f64) -> f64 {
        quantity * 10_000.0 / f64::from(10_000 - self.loss_bp.clamp(0, MAX_LOSS_BP))
    }
}
