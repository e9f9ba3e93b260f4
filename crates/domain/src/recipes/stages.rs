//! The stages of a batch, from the bowl to the rack, and how long each takes.
//!
//! The time in the oven stands by itself on a recipe: what an oven holds is worked out from it. A recipe's list of stages has all the
//! others, and [`stage_sequence`] puts the oven where it belongs.

use crate::Stage;
use serde::{Deserialize, Serialize};

/// The longest that a stage takes, in minutes: two days.
pub const MAX_STAGE_MINUTES: i32 = 2_880;

/// A stage and how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StageTime {
    pub stage: Stage,
    pub minutes: i32,
}

/// Why stages cannot be those of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageRuleError {
    #[error("A stage takes 1 minute to two days.")]
    Minutes,
    #[error("Each stage stands once, in the order of the work.")]
    Order,
    #[error("Baking is not among the stages: it takes the minutes in the oven.")]
    Baking,
}

/// Whether these are the stages of a recipe besides baking.
///
/// # Errors
/// The first rule that is broken.
pub fn check_stages(stages: &[StageTime]) -> Result<(), StageRuleError> {
    let in_range = |step: &StageTime| (1..=MAX_STAGE_MINUTES).contains(&step.minutes);
    if stages.iter().any(|step| step.stage == Stage::Bake) {
        Err(StageRuleError::Baking)
    } else if !stages.is_sorted_by(|one, next| one.stage < next.stage) {
        Err(StageRuleError::Order)
    } else if !stages.iter().all(in_range) {
        Err(StageRuleError::Minutes)
    } else {
        Ok(())
    }
}

/// All stages of a recipe in the order of the work, baking among them where there are minutes in the oven.
#[must_use]
pub fn stage_sequence(stages: &[StageTime], oven_minutes: Option<i32>) -> Vec<StageTime> {
    let bake = oven_minutes.map(|minutes| StageTime {
        stage: Stage::Bake,
        minutes,
    });
    let before = stages.iter().filter(|step| step.stage < Stage::Bake);
    let after = stages.iter().filter(|step| step.stage > Stage::Bake);
    before.copied().chain(bake).chain(after.copied()).collect()
}

/// The stage that follows another one; `None` after the last.
#[must_use]
pub fn next_stage(sequence: &[StageTime], stage: Stage) -> Option<StageTime> {
    sequence.iter().copied().find(|step| step.stage > stage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(stage: Stage, minutes: i32) -> StageTime {
        StageTime { stage, minutes }
    }

    #[test]
    fn each_stage_stands_once_in_the_order_of_the_work_and_baking_by_itself() {
        let bread = [of(Stage::Mix, 12), of(Stage::Proof, 90)];
        assert_eq!(check_stages(&bread), Ok(()));
        assert_eq!(check_stages(&[]), Ok(()));
        let twice = [of(Stage::Rest, 5), of(Stage::Rest, 6)];
        assert_eq!(check_stages(&twice), Err(StageRuleError::Order));
        let backwards = [of(Stage::Proof, 5), of(Stage::Mix, 6)];
        assert_eq!(check_stages(&backwards), Err(StageRuleError::Order));
        let baked = [of(Stage::Bake, 22)];
        assert_eq!(check_stages(&baked), Err(StageRuleError::Baking));
        for minutes in [i32::MIN, -1, 0, MAX_STAGE_MINUTES + 1, i32::MAX] {
            let absurd = [of(Stage::Cool, minutes)];
            assert_eq!(check_stages(&absurd), Err(StageRuleError::Minutes));
        }
        for minutes in [1, MAX_STAGE_MINUTES] {
            assert_eq!(check_stages(&[of(Stage::Cool, minutes)]), Ok(()));
        }
    }

    #[test]
    fn the_oven_stands_between_proof_and_cooling() {
        let others = [of(Stage::Proof, 90), of(Stage::Cool, 30)];
        let all = stage_sequence(&others, Some(22));
        let expected = [others[0], of(Stage::Bake, 22), others[1]];
        assert_eq!(all, expected);
        assert_eq!(next_stage(&all, Stage::Proof), Some(of(Stage::Bake, 22)));
        // Of a stage that the recipe has no more, the one after it.
        assert_eq!(next_stage(&all, Stage::Mix), Some(of(Stage::Proof, 90)));
        assert_eq!(next_stage(&all, Stage::Cool), None);
        assert_eq!(stage_sequence(&others, None), others);
    }

    proptest! {
        #[test]
        fn from_stage_to_stage_each_comes_once_and_then_none(
            minutes in proptest::collection::vec(proptest::option::of(1..=MAX_STAGE_MINUTES), Stage::ALL.len())
        ) {
            let given = Stage::ALL.iter().copied().zip(minutes);
            let given: Vec<StageTime> = given.filter_map(|(stage, minutes)| Some(of(stage, minutes?))).collect();
            let (bake, others): (Vec<StageTime>, Vec<StageTime>) = given.iter().copied().partition(|step| step.stage == Stage::Bake);
            prop_assert_eq!(check_stages(&others), Ok(()));
            let all = stage_sequence(&others, bake.first().map(|step| step.minutes));
            prop_assert_eq!(&all, &given);
            let mut walked: Vec<StageTime> = all.first().copied().into_iter().collect();
            while let Some(next) = walked.last().and_then(|last| next_stage(&all, last.stage)) {
                walked.push(next);
            }
            prop_assert_eq!(walked, all);
        }
    }
}
