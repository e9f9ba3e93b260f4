//! Allergens: kept as the keys of the European list (Regulation (EU) 1169/2011, annex II), read and written as words.

use crate::i18n::{Locale, td_string};
use domain::allergens::ALLERGENS;

fn known(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "gluten" => td_string!(locale, recipes.allergen_gluten),
        "crustaceans" => td_string!(locale, recipes.allergen_crustaceans),
        "egg" => td_string!(locale, recipes.allergen_egg),
        "fish" => td_string!(locale, recipes.allergen_fish),
        "peanuts" => td_string!(locale, recipes.allergen_peanuts),
        "soy" => td_string!(locale, recipes.allergen_soy),
        "milk" => td_string!(locale, recipes.allergen_milk),
        "nuts" => td_string!(locale, recipes.allergen_nuts),
        "celery" => td_string!(locale, recipes.allergen_celery),
        "mustard" => td_string!(locale, recipes.allergen_mustard),
        "sesame" => td_string!(locale, recipes.allergen_sesame),
        "sulphites" => td_string!(locale, recipes.allergen_sulphites),
        "lupin" => td_string!(locale, recipes.allergen_lupin),
        "molluscs" => td_string!(locale, recipes.allergen_molluscs),
        _ => return None,
    })
}

/// Allergens as people read them; what is not on the list stays as it was typed.
#[must_use]
pub fn allergen_words(locale: Locale, keys: &[String]) -> String {
    let words = keys
        .iter()
        .map(|key| known(locale, key).unwrap_or(key.as_str()));
    words.collect::<Vec<_>>().join(", ")
}

/// The keys of what somebody typed, in whichever language; other words stay as they are.
#[must_use]
pub fn allergen_keys(text: &str) -> Vec<String> {
    let words = text.split(',').map(|word| word.trim().to_lowercase());
    let key = |word: String| {
        let is_it = |key: &&&str| {
            **key == word
                || [Locale::es, Locale::en]
                    .into_iter()
                    .any(|l| known(l, key) == Some(word.as_str()))
        };
        ALLERGENS
            .iter()
            .find(is_it)
            .map_or(word.clone(), |key| (*key).to_owned())
    };
    words.filter(|word| !word.is_empty()).map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::{ALLERGENS, allergen_keys, allergen_words, known};
    use crate::i18n::Locale;

    #[test]
    fn words_of_both_languages_become_the_same_key_and_come_back() {
        for locale in [Locale::es, Locale::en] {
            for key in ALLERGENS {
                let word = known(locale, key).expect("a word");
                assert_eq!(allergen_keys(word), [key], "{word}");
            }
        }
        let typed = allergen_keys(" Leche, milk,, Huevo , apio de monte ");
        assert_eq!(typed, ["milk", "milk", "egg", "apio de monte"]);
        assert_eq!(
            allergen_words(Locale::es, &typed[1..]),
            "leche, huevo, apio de monte"
        );
    }
}
