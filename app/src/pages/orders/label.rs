//! One label, as it is stuck on a crate: what it is, what is in it, until when it keeps.

use crate::pages::ingredients::allergen_words;
use crate::{format::use_format, i18n::*, session::use_session};
use contract::dispatch::{DeclaredIngredient, LabelView};
use domain::Unit;
use leptos::prelude::*;

/// The paper that labels are printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// A4 with 3 by 8 labels of 70 by 37 mm.
    Sheet,
    /// A roll of labels of 100 by 60 mm.
    Roll,
}

impl Size {
    /// From the value of a choice; what is not known is the sheet.
    pub(super) fn of(text: &str) -> Self {
        if text == Self::Roll.as_str() {
            Self::Roll
        } else {
            Self::Sheet
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::Roll => "roll",
        }
    }

    pub(super) const fn per_page(self) -> usize {
        match self {
            Self::Sheet => 24,
            Self::Roll => 1,
        }
    }

    /// Characters of a list of ingredients that fit in the ordinary size of letters, and in the smallest that is allowed: letters like
    /// an x of 0.9 mm (Regulation (EU) 1169/2011, article 13). From the sizes in `style/pages/dispatch.css`, on the safe side.
    const fn room(self) -> (usize, usize) {
        match self {
            Self::Sheet => (330, 520),
            Self::Roll => (800, 1_250),
        }
    }
}

/// What a label is stuck on, and so what the quantity on it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Everything that came out.
    Batch,
    Tray,
    Piece,
}

impl Contents {
    /// From the value of a choice; what is not known is the batch.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "tray" => Self::Tray,
            "piece" => Self::Piece,
            _ => Self::Batch,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Tray => "tray",
            Self::Piece => "piece",
        }
    }

    /// The net quantity. Nobody sells a single gram: what is weighed has no pieces, and is labelled as a batch.
    fn quantity(self, label: &LabelView) -> i64 {
        match self {
            Self::Tray if label.tray_size > 1 => label.tray_size.min(label.quantity),
            Self::Piece if label.unit == Unit::Piece => 1,
            _ => label.quantity,
        }
    }
}

/// An ingredient in the words of a language.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    name: String,
    /// The name itself says what it brings.
    is_bold: bool,
    /// What the name does not say, to stand behind it.
    words: Vec<String>,
}

fn written(locale: Locale, ingredient: &DeclaredIngredient) -> Written {
    let name = ingredient.name.to_lowercase();
    let says = |word: &str| {
        name.split(|c: char| !c.is_alphanumeric())
            .any(|w| w == word)
    };
    let all = words_of(locale, &ingredient.allergens);
    let count = all.len();
    let words: Vec<String> = all.into_iter().filter(|word| !says(word)).collect();
    Written {
        name: ingredient.name.clone(),
        is_bold: words.len() < count,
        words,
    }
}

fn words_of(locale: Locale, keys: &[String]) -> Vec<String> {
    keys.iter()
        .map(|key| allergen_words(locale, std::slice::from_ref(key)))
        .collect()
}

/// What the product is declared to contain and no ingredient of its recipe brings: a topping, a mould, a trace.
fn besides(label: &LabelView) -> Vec<String> {
    let ingredients = label.ingredients.as_deref().unwrap_or_default();
    let brought = |key: &&String| ingredients.iter().any(|i| i.allergens.contains(*key));
    let keys = label.allergens.iter().filter(|key| !brought(key));
    keys.cloned().collect()
}

/// Characters of the list of ingredients, with what stands between them and after it.
fn length(locale: Locale, label: &LabelView) -> usize {
    let ingredients = label.ingredients.as_deref().unwrap_or_default();
    let lengths = ingredients.iter().map(|ingredient| {
        let Written { name, words, .. } = written(locale, ingredient);
        let words: usize = words.iter().map(|word| word.chars().count() + 3).sum();
        name.chars().count() + words + 2
    });
    let besides = words_of(locale, &besides(label));
    let after: usize = besides.iter().map(|word| word.chars().count() + 2).sum();
    // "Contains: " stands before them.
    lengths.sum::<usize>() + if after > 0 { after + 12 } else { 0 }
}

/// Whether the list of ingredients needs the smallest letters.
pub(super) fn is_tight(locale: Locale, size: Size, label: &LabelView) -> bool {
    length(locale, label) > size.room().0
}

/// Whether not even the smallest letters that are allowed are small enough.
pub(super) fn is_too_long(locale: Locale, size: Size, label: &LabelView) -> bool {
    length(locale, label) > size.room().1
}

/// A label. All but the first of a lot are copies, which only paper shows.
#[component]
pub(super) fn Label(
    label: LabelView,
    contents: Contents,
    /// Written in the smallest letters.
    tight: bool,
    copy: bool,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let maker = use_session().map(|session| session.user.organization_name.clone());
    let (quantity, unit) = (contents.quantity(&label), label.unit);
    let (produced_on, best_before) = (label.lot.produced_on, label.lot.best_before);
    let besides = besides(&label);
    let list = match label.ingredients {
        Some(ingredients) => {
            let besides = (!besides.is_empty()).then(|| view! { ". " {contains(besides)} });
            view! { {ingredients_of(ingredients)} {besides} }.into_any()
        }
        None => contains(label.allergens).into_any(),
    };
    view! {
        <article class="label" class:label-copy=copy class:label-tight=tight>
            <h2 class="label-name">{label.product_name}</h2>
            <p class="label-place">{label.sku} " · " {label.store_name}</p>
            <p class="label-ingredients">{list}</p>
            <dl class="label-facts">
                <div>
                    <dt>{move || t_string!(i18n, dispatch.lot)}</dt>
                    <dd>{label.lot.number}</dd>
                </div>
                <div>
                    <dt>{move || t_string!(i18n, dispatch.produced_on)}</dt>
                    <dd>{move || format.date_numeric(produced_on)}</dd>
                </div>
                <div>
                    <dt>{move || t_string!(i18n, dispatch.net_quantity)}</dt>
                    <dd>{move || format.quantity_with_unit(quantity, unit)}</dd>
                </div>
                <div>
                    <dt>{move || t_string!(i18n, dispatch.best_before)}</dt>
                    <dd class="label-keeps">{move || format.date_numeric(best_before)}</dd>
                </div>
            </dl>
            <p class="label-maker">{maker}</p>
        </article>
    }
}

/// The list of ingredients, what must be declared in bold (Regulation (EU) 1169/2011, article 21).
fn ingredients_of(ingredients: Vec<DeclaredIngredient>) -> impl IntoView {
    let i18n = use_i18n();
    let items = ingredients
        .into_iter()
        .enumerate()
        .map(|(place, ingredient)| {
            let comma = (place > 0).then_some(", ");
            let shown = move || {
                let Written {
                    name,
                    is_bold,
                    words,
                } = written(i18n.get_locale(), &ingredient);
                let name = if is_bold {
                    view! { <strong>{name}</strong> }.into_any()
                } else {
                    name.into_any()
                };
                let brackets = (!words.is_empty()).then(|| view! { " (" {bold(words)} ")" });
                view! { {name} {brackets} }
            };
            view! { {comma} {shown} }
        })
        .collect_view();
    view! { {move || t_string!(i18n, dispatch.ingredients)} ": " {items} }
}

/// Where there is no list, what must be declared stands alone.
fn contains(allergens: Vec<String>) -> impl IntoView {
    let i18n = use_i18n();
    (!allergens.is_empty()).then(|| {
        let shown = move || bold(words_of(i18n.get_locale(), &allergens));
        view! { {move || t_string!(i18n, dispatch.contains)} ": " {shown} }
    })
}

fn bold(words: Vec<String>) -> impl IntoView {
    words
        .into_iter()
        .enumerate()
        .map(|(place, word)| {
            let comma = (place > 0).then_some(", ");
            view! { {comma} <strong>{word}</strong> }
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingredient(name: &str, allergens: &[&str]) -> DeclaredIngredient {
        DeclaredIngredient {
            name: name.to_owned(),
            allergens: allergens.iter().map(|key| (*key).to_owned()).collect(),
            is_weighed: true,
        }
    }

    #[test]
    fn what_must_be_declared_stands_behind_a_name_that_does_not_say_it() {
        let flour = ingredient("Harina de trigo", &["gluten"]);
        let expected = Written {
            name: "Harina de trigo".to_owned(),
            is_bold: false,
            words: vec!["gluten".to_owned()],
        };
        assert_eq!(written(Locale::es, &flour), expected);
        let milk = ingredient("Leche entera", &["milk"]);
        assert!(written(Locale::es, &milk).is_bold);
        assert_eq!(written(Locale::en, &milk).words, ["milk"]);
        // Coconuts are no nuts, and nothing must be said of salt.
        let coconut = ingredient("Coconuts", &["nuts"]);
        assert!(!written(Locale::en, &coconut).is_bold);
        let salt = written(Locale::en, &ingredient("Salt", &[]));
        assert!(!salt.is_bold && salt.words.is_empty());
    }

    #[test]
    fn what_no_ingredient_brings_is_declared_after_them() {
        let day = chrono::NaiveDate::default();
        let mut label = LabelView {
            order_id: uuid::Uuid::nil(),
            lot: contract::dispatch::LotView {
                number: "L260310-42".to_owned(),
                produced_on: day,
                best_before: day,
            },
            store_code: "S01".to_owned(),
            store_name: "Centro".to_owned(),
            product_id: uuid::Uuid::nil(),
            sku: "P001".to_owned(),
            product_name: "Tarta".to_owned(),
            unit: Unit::Piece,
            quantity: 1,
            tray_size: 1,
            ingredients: Some(vec![ingredient("Harina", &["gluten"])]),
            allergens: vec!["gluten".to_owned(), "nuts".to_owned()],
        };
        assert_eq!(besides(&label), ["nuts"]);
        let with = length(Locale::en, &label);
        label.allergens.pop();
        assert!(besides(&label).is_empty() && length(Locale::en, &label) < with);
    }
}
