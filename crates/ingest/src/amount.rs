//! Whole numbers and money, exactly: digits in, integers out, never a float between.

use crate::fault::Reason;

/// Largest quantity of one line, in the product's base unit.
pub const MAX_QUANTITY: i64 = 100_000;

/// Largest unit price, in minor units (a million of the currency).
pub const MAX_PRICE_MINOR: i64 = 100_000_000;

/// Largest total of a line, in minor units (a thousand million of the currency).
pub const MAX_TOTAL_MINOR: i64 = 100_000_000_000;

/// Largest total of a ticket that a till sends, in minor units.
pub const MAX_TICKET_MINOR: i64 = 10 * MAX_TOTAL_MINOR;

/// Largest total of a day of which only the sum is kept, in minor units.
pub const MAX_DAY_MINOR: i64 = 1_000 * MAX_TOTAL_MINOR;

/// Sums of money are 64 bits. They hold ninety million of the largest lines, nine million of the largest tickets, ninety thousand of the
/// largest days: more of one product in one store on one day than any of them sells.
const _: () = assert!(
    i64::MAX / MAX_TOTAL_MINOR > 90_000_000
        && i64::MAX / MAX_TICKET_MINOR > 9_000_000
        && i64::MAX / MAX_DAY_MINOR > 90_000
);

/// A quantity sold: a whole number of base units, from one to [`MAX_QUANTITY`].
///
/// # Errors
/// The reason why it is none.
pub fn quantity(text: &str) -> Result<i64, Reason> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reason::NotAnInteger);
    }
    let value = digits.trim_start_matches('0');
    match (value.is_empty(), negative) {
        (true, _) => Err(Reason::ZeroQuantity),
        (false, true) => Err(Reason::NegativeQuantity),
        (false, false) if value.len() > 6 => Err(Reason::AbsurdQuantity),
        (false, false) => match value.parse() {
            Ok(n) if n <= MAX_QUANTITY => Ok(n),
            _ => Err(Reason::AbsurdQuantity),
        },
    }
}

/// As [`quantity`], of what is a number already.
///
/// # Errors
/// The reason why it is none.
pub const fn check_quantity(quantity: i64) -> Result<(), Reason> {
    match quantity {
        0 => Err(Reason::ZeroQuantity),
        n if n < 0 => Err(Reason::NegativeQuantity),
        n if n > MAX_QUANTITY => Err(Reason::AbsurdQuantity),
        _ => Ok(()),
    }
}

/// Money from nothing to `max`, in minor units.
///
/// # Errors
/// The reason why it is none.
pub const fn check_minor(value: i64, max: i64) -> Result<(), Reason> {
    match value {
        v if v < 0 => Err(Reason::NegativeAmount),
        v if v > max => Err(Reason::AbsurdAmount),
        _ => Ok(()),
    }
}

/// The total of a line is quantity times price, give or take one minor unit. The three are within their limits.
///
/// # Errors
/// What it should be.
pub const fn check_total(quantity: i64, price: i64, total: i64) -> Result<(), i64> {
    let expected = quantity * price;
    if total.abs_diff(expected) > 1 {
        return Err(expected);
    }
    Ok(())
}

/// An amount of money in minor units: digits with at most two decimals behind a point or a comma.
///
/// # Errors
/// The reason why it is none.
pub fn minor(text: &str, max: i64) -> Result<i64, Reason> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !all_digits(whole)
        || !all_digits(decimals)
        || (digits.len() > whole.len() && decimals.is_empty())
    {
        return Err(Reason::NotAnAmount);
    }
    // Zeros behind the second decimal say nothing; any other digit would be lost.
    let decimals =
        if decimals.len() > 2 && decimals[2..].bytes().all(|b| b == b'0') && digits.contains('.') {
            &decimals[..2]
        } else {
            decimals
        };
    if decimals.len() > 2 {
        return Err(Reason::TooManyDecimals);
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > 15 {
        return Err(Reason::AbsurdAmount);
    }
    let mut value: i64 = 0;
    for digit in whole
        .bytes()
        .chain(decimals.bytes())
        .chain(std::iter::repeat_n(b'0', 2 - decimals.len()))
    {
        value = value * 10 + i64::from(digit - b'0');
    }
    let signed = if negative { -value } else { value };
    check_minor(signed, max).map(|()| signed)
}

/// Minor units as people write them in a file: `1234.50`.
#[must_use]
pub fn decimal(minor: i64) -> String {
    format!(
        "{}{}.{:02}",
        if minor < 0 { "-" } else { "" },
        minor.unsigned_abs() / 100,
        minor.unsigned_abs() % 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_are_whole_and_within_reason() {
        assert_eq!(quantity("1"), Ok(1));
        assert_eq!(quantity("00100000"), Ok(100_000));
        assert_eq!(quantity("100001"), Err(Reason::AbsurdQuantity));
        assert_eq!(
            quantity("99999999999999999999999"),
            Err(Reason::AbsurdQuantity)
        );
        assert_eq!(quantity("0"), Err(Reason::ZeroQuantity));
        assert_eq!(quantity("-3"), Err(Reason::NegativeQuantity));
        for text in ["", "-", "1.5", "1e3", "+1", "١", " 1"] {
            assert_eq!(quantity(text), Err(Reason::NotAnInteger), "{text:?}");
        }
    }

    #[test]
    fn amounts_are_exact_minor_units() {
        let max = MAX_PRICE_MINOR;
        for (text, expected) in [
            ("1.20", 120),
            ("1,2", 120),
            ("0", 0),
            ("-0.00", 0),
            ("1000000.00", max),
            ("1.2000", 120),
        ] {
            assert_eq!(minor(text, max), Ok(expected), "{text:?}");
        }
        for (text, reason) in [
            ("1.205", Reason::TooManyDecimals),
            ("1,200", Reason::TooManyDecimals),
            ("1.", Reason::NotAnAmount),
            (".5", Reason::NotAnAmount),
            ("1.234,50", Reason::NotAnAmount),
            ("1 €", Reason::NotAnAmount),
            ("NaN", Reason::NotAnAmount),
            ("", Reason::NotAnAmount),
            ("-1.20", Reason::NegativeAmount),
            ("1000000.01", Reason::AbsurdAmount),
            ("99999999999999999999", Reason::AbsurdAmount),
        ] {
            assert_eq!(minor(text, max), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn a_line_has_a_largest_total_and_its_product_never_overflows() {
        assert_eq!(
            minor(&decimal(MAX_TOTAL_MINOR), MAX_TOTAL_MINOR),
            Ok(MAX_TOTAL_MINOR)
        );
        let more = decimal(MAX_TOTAL_MINOR + 1);
        assert_eq!(minor(&more, MAX_TOTAL_MINOR), Err(Reason::AbsurdAmount));
        assert_eq!(
            check_total(MAX_QUANTITY, MAX_PRICE_MINOR, MAX_TOTAL_MINOR),
            Err(MAX_QUANTITY * MAX_PRICE_MINOR)
        );
    }

    proptest! {
        #[test]
        fn an_amount_survives_being_written_and_read(value in 0..=MAX_TOTAL_MINOR) {
            prop_assert_eq!(minor(&decimal(value), MAX_TOTAL_MINOR), Ok(value));
        }
    }
}
