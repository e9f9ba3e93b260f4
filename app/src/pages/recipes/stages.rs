//! The stages of a batch in words.

use crate::i18n::{Locale, td_string};
use domain::Stage;
use domain::recipes::StageTime;

/// What is done in a stage.
#[must_use]
pub fn stage_word(locale: Locale, stage: Stage) -> &'static str {
    match stage {
        Stage::Mix => td_string!(locale, recipes.stage_mix),
        Stage::Rest => td_string!(locale, recipes.stage_rest),
        Stage::Shape => td_string!(locale, recipes.stage_shape),
        Stage::Proof => td_string!(locale, recipes.stage_proof),
        Stage::Bake => td_string!(locale, recipes.stage_bake),
        Stage::Cool => td_string!(locale, recipes.stage_cool),
    }
}

/// A stage with its time: "Fermentar 90 min".
#[must_use]
pub fn stage_words(locale: Locale, step: StageTime) -> String {
    let word = stage_word(locale, step.stage);
    td_string!(
        locale,
        recipes.stage_time,
        stage = word,
        minutes = step.minutes
    )
    .to_string()
}

/// Stages one after the other, each with its time; nothing where there are none.
#[must_use]
pub fn stages_words(locale: Locale, steps: &[StageTime]) -> Option<String> {
    let words = steps.iter().map(|step| stage_words(locale, *step));
    (!steps.is_empty()).then(|| words.collect::<Vec<_>>().join(" · "))
}
