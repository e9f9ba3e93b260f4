//! Whole numbers and money, exactly: digits in, integers out, never a float between.

use crate::fault::Reason;

/// Largest quantity of one line, in the product's base unit, sold or brought back.
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

/// A quantity sold, or with a minus brought back: a whole number of base units, from one to [`MAX_QUANTITY`] either way.
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
    if value.is_empty() {
        return Err(Reason::ZeroQuantity);
    }
    if value.len() > 6 {
        return Err(Reason::AbsurdQuantity);
    }
    match value.parse::<i64>() {
        Ok(n) if n <= MAX_QUANTITY => Ok(if negative { -n } else { n }),
        _ => Err(Reason::AbsurdQuantity),
    }
}

/// As [`quantity`], of what is a number already.
///
/// # Errors
/// The reason why it is none.
pub const fn check_quantity(quantity: i64) -> Result<(), Reason> {
    match quantity {
        0 => Err(Reason::ZeroQuantity),
        n if n.unsigned_abs() > MAX_QUANTITY.unsigned_abs() => Err(Reason::AbsurdQuantity),
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

/// The total of a line in minor units: from nothing to [`MAX_TOTAL_MINOR`], with the sign of the quantity, as who brings something back gets
/// money back.
///
/// # Errors
/// The reason why it is none.
pub const fn check_line_total(quantity: i64, total: i64) -> Result<(), Reason> {
    if quantity >= 0 {
        return check_minor(total, MAX_TOTAL_MINOR);
    }
    match total {
        t if t > 0 => Err(Reason::PaidReturn),
        t if t < -MAX_TOTAL_MINOR => Err(Reason::AbsurdAmount),
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
    let value = signed_minor(text)?;
    check_minor(value, max).map(|()| value)
}

/// As [`minor`], with or without a minus and of any size that the digits allow.
///
/// # Errors
/// The reason why it is none.
pub fn signed_minor(text: &str) -> Result<i64, Reason> {
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
    Ok(if negative { -value } else { value })
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
        assert_eq!(quantity("-3"), Ok(-3));
        assert_eq!(quantity("-100000"), Ok(-MAX_QUANTITY));
        assert_eq!(quantity("-100001"), Err(Reason::AbsurdQuantity));
        assert_eq!(quantity("-0"), Err(Reason::ZeroQuantity));
        assert_eq!(check_quantity(-MAX_QUANTITY), Ok(()));
        for absurd in [MAX_QUANTITY + 1, -MAX_QUANTITY - 1, i64::MIN, i64::MAX] {
            assert_eq!(check_quantity(absurd), Err(Reason::AbsurdQuantity));
        }
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
    fn money_of_a_line_has_the_sign_of_its_quantity() {
        assert_eq!(signed_minor("-1.20"), Ok(-120));
        assert_eq!(signed_minor("-0"), Ok(0));
        assert_eq!(signed_minor("-x"), Err(Reason::NotAnAmount));
        for (quantity, total, expected) in [
            (-2, -240, Ok(())),
            (-2, 0, Ok(())),
            (2, 0, Ok(())),
            (-1, 1, Err(Reason::PaidReturn)),
            (-1, i64::MIN, Err(Reason::AbsurdAmount)),
            (-1, -MAX_TOTAL_MINOR, Ok(())),
            (-1, -MAX_TOTAL_MINOR - 1, Err(Reason::AbsurdAmount)),
            (1, -1, Err(Reason::NegativeAmount)),
            (1, MAX_TOTAL_MINOR + 1, Err(Reason::AbsurdAmount)),
        ] {
            let found = check_line_total(quantity, total);
            assert_eq!(found, expected, "{quantity} for {total}");
        }
        assert_eq!(check_total(-2, 120, -241), Ok(()));
        assert_eq!(check_total(-2, 120, -242), Err(-240));
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
