//! Codes that stand as bars on what is sold: GTINs of 8, 12, 13 or 14 digits, of which the last one checks the others.

/// How many digits a code has, the longest first.
const LENGTHS: [usize; 4] = [14, 13, 12, 8];

/// Codes of one product.
pub const MAX_BARCODES: usize = 20;

/// The digit that belongs behind these: they weigh 3 and 1 in turn from the right, and the sum of all becomes a multiple of ten
/// (GS1 General Specifications, 7.9). `None` for what is not digits.
#[must_use]
pub fn check_digit(body: &str) -> Option<u32> {
    if body.is_empty() {
        return None;
    }
    let mut sum = 0;
    for (digit, weight) in body.chars().rev().zip([3, 1].into_iter().cycle()) {
        sum += digit.to_digit(10)? * weight;
    }
    Some((10 - sum % 10) % 10)
}

/// Whether this can stand on a product.
#[must_use]
pub fn is_barcode(code: &str) -> bool {
    if !LENGTHS.contains(&code.len()) || !code.is_ascii() {
        return false;
    }
    let (body, last) = code.split_at(code.len() - 1);
    check_digit(body).is_some_and(|digit| last.parse::<u32>() == Ok(digit))
}

/// Whether two codes mean the same product: scanners send shorter codes with zeros in front, or longer ones without them.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let one = one.trim_start_matches('0');
    !one.is_empty() && one == other.trim_start_matches('0')
}

/// What was typed where a number was asked for and ended with Enter: the number, and the code that was scanned after it. `None` where
/// nothing was scanned: the end is no code that `is_known` knows. The longest code counts.
#[must_use]
pub fn split_scan(typed: &str, is_known: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let starts = LENGTHS
        .iter()
        .filter_map(|length| typed.len().checked_sub(*length));
    starts
        .filter_map(|start| typed.split_at_checked(start))
        .find(|(_, code)| is_barcode(code) && is_known(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_of_the_standard_are_known_by_their_last_digit() {
        // GTIN-13 of the GS1 specification's own example, and one of each other length.
        for code in [
            "6291041500213",
            "96385074",
            "036000291452",
            "10614141000415",
        ] {
            assert!(is_barcode(code), "{code}");
        }
        for scrap in [
            "",
            "6291041500214",
            "629104150021",
            "629104150021x",
            "9638507４",
            "P001",
        ] {
            assert!(!is_barcode(scrap), "{scrap}");
        }
        assert!(is_same("036000291452", "0036000291452"));
        assert!(!is_same("036000291452", "36000291453"));
        assert!(!is_same("0000", "00000000"));
    }

    #[test]
    fn a_scan_is_told_from_the_number_before_it() {
        let known = |code: &str| is_same(code, "6291041500213");
        assert_eq!(
            split_scan("6291041500213", known),
            Some(("", "6291041500213"))
        );
        assert_eq!(
            split_scan("126291041500213", known),
            Some(("12", "6291041500213"))
        );
        // The scanner writes fourteen digits.
        assert_eq!(
            split_scan("1206291041500213", known),
            Some(("12", "06291041500213"))
        );
        for number in [
            "",
            "12",
            "1234567",
            "25000000",
            "6291041500214",
            "12é6291041500",
        ] {
            assert_eq!(split_scan(number, known), None, "{number}");
        }
        // A number that looks like a code of nothing stays a number.
        assert!(is_barcode("96385074"));
        assert_eq!(split_scan("96385074", known), None);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(body in "[0-9]{12}", place in 0_usize..13, by in 1_u32..10) {
            let code = format!("{body}{}", check_digit(&body).unwrap_or(0));
            prop_assert!(is_barcode(&code));
            let wrong: String = code
                .chars()
                .enumerate()
                .map(|(at, digit)| {
                    let digit = digit.to_digit(10).unwrap_or(0);
                    let digit = if at == place { (digit + by) % 10 } else { digit };
                    char::from_digit(digit, 10).unwrap_or('0')
                })
                .collect();
            prop_assert!(!is_barcode(&wrong));
        }

        #[test]
        fn whatever_number_stands_before_a_scan_is_kept(number in 0_u32..1_000_000, body in "[1-9][0-9]{11}") {
            let code = format!("{body}{}", check_digit(&body).unwrap_or(0));
            let typed = format!("{number}{code}");
            let found = split_scan(&typed, |scanned| scanned == code);
            let before = number.to_string();
            prop_assert_eq!(found, Some((before.as_str(), code.as_str())));
        }
    }
}
