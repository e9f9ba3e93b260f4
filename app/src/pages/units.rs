//! What a number in a box stands for.

use crate::{format::Format, i18n::*};
use domain::Unit;

/// Names the unit that a box takes, and what is in it reads like: `In grams: 25 g` tells that no sack of 25 kg was typed.
pub(super) fn in_unit(locale: Locale, format: Format, typed: Option<i64>, unit: Unit) -> String {
    let name = match unit {
        Unit::Piece => return td_string!(locale, stock.in_pieces).to_owned(),
        Unit::Gram => td_string!(locale, stock.in_grams),
        Unit::Millilitre => td_string!(locale, stock.in_millilitres),
    };
    match typed {
        Some(typed) => format!("{name}: {}", format.quantity(typed, unit)),
        None => name.to_owned(),
    }
}
