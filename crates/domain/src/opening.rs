//! Lines of a first stock, as somebody pastes them from a sheet: a code and a quantity each.

use crate::stock::MAX_QUANTITY;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Lines that are read at once; what is longer is no first stock of a shop.
pub const MAX_PASTED: usize = 10_000;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// Not a code and a quantity.
    Shape,
    /// No product of this store has the code.
    UnknownCode,
    /// Something moved of it before: it is counted instead.
    HasHistory,
    /// Not a whole number between 0 and [`MAX_QUANTITY`].
    Quantity,
    /// The product stands in an earlier line.
    Twice,
    /// Beyond [`MAX_PASTED`] lines.
    TooMany,
}

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// From 1, as the text is numbered.
    pub number: usize,
    /// What stands there.
    pub text: String,
    pub fault: LineFault,
}

/// What a pasted text says: products with quantities in base units, in order, and the lines that say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    pub lines: Vec<(Uuid, i64)>,
    pub faults: Vec<BadLine>,
}

/// Reads lines of `sku,quantity`; comma, semicolon or tab between the two, quotes around either. Empty lines and a first line that
/// begins with `sku` are passed over. `find` says which product a code is.
#[must_use]
pub fn read_lines(text: &str, find: impl Fn(&str) -> Result<Uuid, LineFault>) -> Pasted {
    let mut pasted = Pasted::default();
    let mut seen = BTreeSet::new();
    let mut read = 0;
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() || (at == 0 && is_head(line)) {
            continue;
        }
        read += 1;
        let fault = if read > MAX_PASTED {
            LineFault::TooMany
        } else {
            match read_line(line, &find) {
                Ok((product, _)) if !seen.insert(product) => LineFault::Twice,
                Ok(line) => {
                    pasted.lines.push(line);
                    continue;
                }
                Err(fault) => fault,
            }
        };
        pasted.faults.push(BadLine {
            number: at + 1,
            text: line.trim().to_owned(),
            fault,
        });
        if fault == LineFault::TooMany {
            break;
        }
    }
    pasted
}

/// What stands between quotes and blanks.
fn bare(field: &str) -> &str {
    field.trim().trim_matches('"').trim()
}

fn is_head(line: &str) -> bool {
    let first = line.split([',', ';', '\t']).next().unwrap_or_default();
    bare(first).eq_ignore_ascii_case("sku")
}

fn read_line(
    line: &str,
    find: &impl Fn(&str) -> Result<Uuid, LineFault>,
) -> Result<(Uuid, i64), LineFault> {
    let fields: Vec<&str> = line.split([',', ';', '\t']).map(bare).collect();
    let [code, quantity] = fields[..] else {
        return Err(LineFault::Shape);
    };
    if code.is_empty() || quantity.is_empty() {
        return Err(LineFault::Shape);
    }
    let product = find(code)?;
    quantity
        .parse::<i64>()
        .ok()
        .filter(|quantity| (0..=MAX_QUANTITY).contains(quantity))
        .map(|quantity| (product, quantity))
        .ok_or(LineFault::Quantity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(code: &str) -> Result<Uuid, LineFault> {
        match code {
            "P001" => Ok(Uuid::from_u128(1)),
            "P002" => Ok(Uuid::from_u128(2)),
            "P003" => Err(LineFault::HasHistory),
            _ => Err(LineFault::UnknownCode),
        }
    }

    #[test]
    fn what_comes_from_a_sheet_is_read_whatever_stands_between() {
        for text in [
            "sku,quantity\nP001,20\nP002,0\n",
            "\u{feff}SKU;cantidad\r\n\"P001\";\"20\"\r\n\r\nP002;0",
            "P001\t20\n  P002 \t 0  ",
        ] {
            let pasted = read_lines(text, find);
            let expected = [(Uuid::from_u128(1), 20), (Uuid::from_u128(2), 0)];
            assert_eq!(pasted.lines, expected, "{text:?}");
            assert!(pasted.faults.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn each_bad_line_says_where_and_why_and_holds_up_no_other() {
        let text = "P001,20\nP001,4\nP003,4\nX,4\nP002,-1\nP002,1.5\nP002\nP002,1,5\nP002,1000000001\nP002,7";
        let pasted = read_lines(text, find);
        let expected = [(Uuid::from_u128(1), 20), (Uuid::from_u128(2), 7)];
        assert_eq!(pasted.lines, expected);
        use LineFault as F;
        let faults: Vec<_> = pasted.faults.iter().map(|f| (f.number, f.fault)).collect();
        assert_eq!(
            faults,
            [
                (2, F::Twice),
                (3, F::HasHistory),
                (4, F::UnknownCode),
                (5, F::Quantity),
                (6, F::Quantity),
                (7, F::Shape),
                (8, F::Shape),
                (9, F::Quantity),
            ]
        );
        assert_eq!(pasted.faults[0].text, "P001,4");
    }

    #[test]
    fn an_absurdly_long_text_ends_somewhere() {
        let text = "X,1\n".repeat(MAX_PASTED + 50);
        let pasted = read_lines(&text, find);
        assert_eq!(pasted.faults.len(), MAX_PASTED + 1);
        assert_eq!(
            pasted.faults.last().map(|f| f.fault),
            Some(LineFault::TooMany)
        );
    }

    proptest! {
        /// Whatever is pasted: every line is taken once, refused once, or empty.
        #[test]
        fn no_line_gets_lost(lines in prop::collection::vec("[ -~]{0,12}", 0..20)) {
            let text = lines.join("\n");
            let pasted = read_lines(&text, find);
            let empty = |(at, line): &(usize, &str)| line.trim().is_empty() || (*at == 0 && is_head(line));
            let said = text.lines().enumerate().filter(|line| !empty(line)).count();
            prop_assert_eq!(pasted.lines.len() + pasted.faults.len(), said);
            for (_, quantity) in &pasted.lines {
                prop_assert!((0..=MAX_QUANTITY).contains(quantity));
            }
        }
    }
}
