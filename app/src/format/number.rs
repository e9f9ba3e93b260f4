//! Whole and broken numbers, money, shares and quantities.

use domain::{Language, Unit};

/// Narrow no-break space would be right before a unit, but few fonts carry it; the no-break space is in all of them.
const NBSP: char = '\u{a0}';
const MINUS: char = '\u{2212}';

const fn group_mark(language: Language) -> char {
    match language {
        Language::Es => '.',
        Language::En => ',',
    }
}

const fn decimal_mark(language: Language) -> char {
    match language {
        Language::Es => ',',
        Language::En => '.',
    }
}

fn grouped(language: Language, digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(group_mark(language));
        }
        text.push(digit);
    }
    text
}

/// A whole number with thousands marked: `−1.234` / `−1,234`.
#[must_use]
pub fn number(language: Language, value: i64) -> String {
    let digits = grouped(language, &value.unsigned_abs().to_string());
    if value < 0 {
        format!("{MINUS}{digits}")
    } else {
        digits
    }
}

/// A change: the sign is always written, except on zero.
#[must_use]
pub fn signed(language: Language, value: i64) -> String {
    if value > 0 {
        format!("+{}", number(language, value))
    } else {
        number(language, value)
    }
}

/// A number rounded half away from zero to `digits` decimals, all of them written. Not a number is `–`.
#[must_use]
pub fn decimal(language: Language, value: f64, digits: u8) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let digits = u32::from(digits);
    let scale = 10_u64.pow(digits);
    // In whole steps of the last digit: people round half away from zero, the formatter rounds half to even on the binary
    // value, and its code for floating point numbers would be a part of every page.
    let steps = (value * scale as f64).round();
    let amount = steps.abs() as u64;
    let mut out = String::new();
    if steps < 0.0 {
        out.push(MINUS);
    }
    out.push_str(&grouped(language, &(amount / scale).to_string()));
    if digits > 0 {
        out.push(decimal_mark(language));
        let part = (amount % scale).to_string();
        out.extend(std::iter::repeat_n('0', digits as usize - part.len()));
        out.push_str(&part);
    }
    out
}

/// A share of one as a percentage: `12,5 %` in Spanish, `12.5%` in English.
#[must_use]
pub fn percent(language: Language, share: f64, digits: u8) -> String {
    let text = decimal(language, share * 100.0, digits);
    match language {
        Language::Es => format!("{text}{NBSP}%"),
        Language::En => format!("{text}%"),
    }
}

/// A multiplier with two decimals: `×1,25`.
#[must_use]
pub fn factor(language: Language, value: f64) -> String {
    format!("×{}", decimal(language, value, 2))
}

/// Sign and count of decimals of a currency; an unknown code is written out, with two decimals.
fn currency_shape(code: &str) -> (&str, u32) {
    match code {
        "EUR" => ("€", 2),
        "USD" => ("$", 2),
        "GBP" => ("£", 2),
        "MXN" => ("MX$", 2),
        "JPY" => ("¥", 0),
        "CLP" => ("CLP", 0),
        "PYG" => ("PYG", 0),
        other => (other, 2),
    }
}

/// Decimals in which amounts of a currency are written.
#[must_use]
pub fn minor_digits(currency: &str) -> u32 {
    currency_shape(currency).1
}

/// Money from minor units: `1.234,50 €` in Spanish, `€1,234.50` in English.
#[must_use]
pub fn money(language: Language, minor: i64, currency: &str) -> String {
    let (sign, decimals) = currency_shape(currency);
    let scale = 10_u64.pow(decimals);
    let magnitude = minor.unsigned_abs();
    let mut amount = grouped(language, &(magnitude / scale).to_string());
    if decimals > 0 {
        amount.push(decimal_mark(language));
        amount.push_str(&format!(
            "{:0width$}",
            magnitude % scale,
            width = decimals as usize
        ));
    }
    let minus = if minor < 0 {
        MINUS.to_string()
    } else {
        String::new()
    };
    match language {
        Language::Es => format!("{minus}{amount}{NBSP}{sign}"),
        Language::En if sign.chars().all(|c| c.is_ascii_uppercase()) => {
            format!("{minus}{sign}{NBSP}{amount}")
        }
        Language::En => format!("{minus}{sign}{amount}"),
    }
}

/// A quantity in base units. Grams and millilitres change to kilograms and litres from a thousand on, with at most
/// three decimals and none that say nothing.
#[must_use]
pub fn quantity(language: Language, base: i64, unit: Unit) -> String {
    let (small, large) = match unit {
        Unit::Piece => return number(language, base),
        Unit::Gram => ("g", "kg"),
        Unit::Millilitre => ("ml", "l"),
    };
    if base.unsigned_abs() < 1000 {
        return format!("{}{NBSP}{small}", number(language, base));
    }
    let magnitude = base.unsigned_abs();
    let mut text = grouped(language, &(magnitude / 1000).to_string());
    let part = format!("{:03}", magnitude % 1000);
    let part = part.trim_end_matches('0');
    if !part.is_empty() {
        text.push(decimal_mark(language));
        text.push_str(part);
    }
    let minus = if base < 0 {
        MINUS.to_string()
    } else {
        String::new()
    };
    format!("{minus}{text}{NBSP}{large}")
}

/// As [`quantity`], with the word for pieces, for places where a bare number could mean anything.
#[must_use]
pub fn quantity_with_unit(language: Language, base: i64, unit: Unit) -> String {
    let text = quantity(language, base, unit);
    match (unit, language, base) {
        (Unit::Piece, Language::Es, 1) => format!("{text}{NBSP}ud."),
        (Unit::Piece, Language::Es, _) => format!("{text}{NBSP}uds."),
        (Unit::Piece, Language::En, 1) => format!("{text}{NBSP}pc"),
        (Unit::Piece, Language::En, _) => format!("{text}{NBSP}pcs"),
        _ => text,
    }
}

/// A range of whole numbers, or the one number where both ends agree.
#[must_use]
pub fn range(language: Language, low: i64, high: i64) -> String {
    if low == high {
        number(language, low)
    } else {
        format!("{}–{}", number(language, low), number(language, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language::{En, Es};

    #[test]
    fn thousands_are_marked_by_language() {
        assert_eq!(number(Es, 1_234_567), "1.234.567");
        assert_eq!(number(En, 1_234_567), "1,234,567");
        assert_eq!(number(Es, 999), "999");
        assert_eq!(number(En, -1000), "\u{2212}1,000");
        assert_eq!(number(Es, i64::MIN), "\u{2212}9.223.372.036.854.775.808");
    }

    #[test]
    fn a_change_shows_its_sign() {
        assert_eq!(signed(Es, 12), "+12");
        assert_eq!(signed(Es, 0), "0");
        assert_eq!(signed(En, -3), "\u{2212}3");
    }

    #[test]
    fn decimals_round_as_people_do() {
        assert_eq!(decimal(Es, 2.5, 0), "3");
        assert_eq!(decimal(Es, 1234.05, 1), "1.234,1");
        assert_eq!(decimal(En, -0.04, 1), "0.0");
        assert_eq!(decimal(En, f64::NAN, 1), "–");
    }

    #[test]
    fn shares_are_written_in_the_manner_of_the_language() {
        assert_eq!(percent(Es, 0.125, 1), "12,5\u{a0}%");
        assert_eq!(percent(En, 0.125, 1), "12.5%");
        assert_eq!(factor(Es, 1.25), "×1,25");
    }

    #[test]
    fn money_comes_from_minor_units() {
        assert_eq!(money(Es, 123_450, "EUR"), "1.234,50\u{a0}€");
        assert_eq!(money(En, 123_450, "EUR"), "€1,234.50");
        assert_eq!(money(En, -5, "GBP"), "\u{2212}£0.05");
        assert_eq!(money(Es, 1_500, "JPY"), "1.500\u{a0}¥");
        assert_eq!((minor_digits("JPY"), minor_digits("EUR")), (0, 2));
        assert_eq!(money(En, 1_500, "SEK"), "SEK\u{a0}15.00");
    }

    #[test]
    fn weights_and_volumes_change_their_unit_at_a_thousand() {
        assert_eq!(quantity(Es, 999, Unit::Gram), "999\u{a0}g");
        assert_eq!(quantity(Es, 1_250, Unit::Gram), "1,25\u{a0}kg");
        assert_eq!(quantity(En, 20_000, Unit::Millilitre), "20\u{a0}l");
        assert_eq!(quantity(En, -1_001, Unit::Gram), "\u{2212}1.001\u{a0}kg");
        assert_eq!(quantity(Es, 84, Unit::Piece), "84");
    }

    #[test]
    fn pieces_are_named_where_asked() {
        assert_eq!(quantity_with_unit(Es, 1, Unit::Piece), "1\u{a0}ud.");
        assert_eq!(quantity_with_unit(Es, 84, Unit::Piece), "84\u{a0}uds.");
        assert_eq!(quantity_with_unit(En, 84, Unit::Piece), "84\u{a0}pcs");
        assert_eq!(quantity_with_unit(En, 500, Unit::Gram), "500\u{a0}g");
    }

    #[test]
    fn a_range_of_one_number_is_that_number() {
        assert_eq!(range(Es, 62, 91), "62–91");
        assert_eq!(range(Es, 62, 62), "62");
    }
}
