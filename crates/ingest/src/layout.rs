//! What kind of file it is, how its columns are separated, and where each column stands.

use crate::fault::FileFault;
use crate::fields;
use crate::lines::{Line, Lines};
use std::io::{self, Read};

/// Columns of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Column {
    TransactionId,
    Timestamp,
    StoreId,
    ProductId,
    QuantitySold,
    PriceUnit,
    TotalAmount,
    PromotionAppliedId,
}

/// Names of the columns, in the template's order.
pub const TEMPLATE: [&str; 8] = [
    "transaction_id",
    "timestamp",
    "store_id",
    "product_id",
    "quantity_sold",
    "price_unit",
    "total_amount",
    "promotion_applied_id",
];

/// Which line of its ticket a row is; written by a rejects file, see [`crate::identity`].
pub const LINE_COLUMN: &str = "line";

/// Columns that a rejects file adds for the reader; ignored when the file comes back.
pub const REPORT_COLUMNS: [&str; 4] = [
    "reject_row",
    "reject_columns",
    "reject_reasons",
    "reject_messages",
];

impl Column {
    /// The name in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        TEMPLATE[self as usize]
    }
}

/// Where things stand in this file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub delimiter: u8,
    /// Names in the file's own order.
    pub header: Vec<String>,
    /// Position of each template column.
    pub positions: [usize; 8],
    /// Position of [`LINE_COLUMN`], if the file has it.
    pub line: Option<usize>,
}

/// A fault with its detail.
pub type Refusal = (FileFault, String);

/// Looks at the file's beginning and reads the header; the next line is then the first row.
///
/// # Errors
/// The reader's; the inner error says why the file cannot be taken.
pub fn open<R: Read>(lines: &mut Lines<R>) -> io::Result<Result<Layout, Refusal>> {
    if let Some(fault) = foreign(lines.head()) {
        return Ok(Err((fault, String::new())));
    }
    while let Some(line) = lines.next_line()? {
        if !is_blank(line.bytes) {
            return Ok(header(&line));
        }
    }
    Ok(Err((FileFault::Empty, String::new())))
}

/// Whether a line holds nothing but spaces.
#[must_use]
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn holds(head: &[u8], needle: &[u8]) -> bool {
    head.windows(needle.len()).any(|w| w == needle)
}

/// Recognizes files that are no text table, by the marks with which their kind begins.
fn foreign(head: &[u8]) -> Option<FileFault> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    let fault = match head {
        [] => FileFault::Empty,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => {
            if holds(head, b"[Content_Types].xml") || holds(head, b"xl/") {
                FileFault::Excel
            } else if holds(head, b"application/vnd.oasis") {
                FileFault::OpenDocument
            } else {
                FileFault::Zip
            }
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => FileFault::OldExcel,
        [0x1f, 0x8b, ..]
        | [b'B', b'Z', b'h', ..]
        | [0xfd, b'7', b'z', b'X', b'Z', 0, ..]
        | [b'7', b'z', 0xbc, 0xaf, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'R', b'a', b'r', b'!', ..] => FileFault::Compressed,
        [b'%', b'P', b'D', b'F', ..] => FileFault::Pdf,
        [b'P', b'A', b'R', b'1', ..] => FileFault::Parquet,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => FileFault::Utf16,
        _ if first == Some(&b'<') => FileFault::Html,
        _ if matches!(first, Some(b'{' | b'[')) => FileFault::Json,
        _ => {
            let zeros = head.iter().filter(|b| **b == 0).count();
            // Latin letters in UTF-16 without a mark: every second byte is zero.
            match zeros {
                0 => return None,
                n if n * 3 >= head.len() => FileFault::Utf16,
                _ => FileFault::Binary,
            }
        }
    };
    Some(fault)
}

fn header(line: &Line<'_>) -> Result<Layout, Refusal> {
    if line.cut {
        return Err((FileFault::HeaderTooLong, String::new()));
    }
    let Ok(text) = std::str::from_utf8(line.bytes) else {
        return Err((FileFault::HeaderEncoding, String::new()));
    };
    let names = |delimiter: u8| -> Vec<String> {
        let mut parts = Vec::new();
        // A broken quote in the header shows as an unknown column.
        let _ = fields::split(text, delimiter, &mut parts);
        parts.into_iter().map(|p| p.to_lowercase()).collect()
    };
    let known = |names: &[String]| {
        names
            .iter()
            .filter(|n| TEMPLATE.contains(&n.as_str()))
            .count()
    };
    let (delimiter, names) = [b',', b';', b'\t']
        .map(|d| (d, names(d)))
        .into_iter()
        .reduce(|best, next| {
            if known(&next.1) > known(&best.1) {
                next
            } else {
                best
            }
        })
        .expect("three delimiters are tried");
    if known(&names) == 0 {
        return Err((FileFault::NoHeader, String::new()));
    }
    let list = |of: Vec<&str>| of.join(", ");
    let missing: Vec<&str> = TEMPLATE
        .iter()
        .copied()
        .filter(|c| !names.iter().any(|n| n == c))
        .collect();
    if !missing.is_empty() {
        return Err((FileFault::MissingColumns, list(missing)));
    }
    let allowed =
        |n: &str| TEMPLATE.contains(&n) || n == LINE_COLUMN || REPORT_COLUMNS.contains(&n);
    let unknown: Vec<String> = names
        .iter()
        .filter(|n| !allowed(n))
        .map(|n| format!("\"{}\"", clean(n)))
        .collect();
    if !unknown.is_empty() {
        return Err((FileFault::UnknownColumns, unknown.join(", ")));
    }
    let mut twice: Vec<&str> = names
        .iter()
        .enumerate()
        .filter(|(i, n)| names[..*i].contains(n))
        .map(|(_, n)| n.as_str())
        .collect();
    twice.dedup();
    if !twice.is_empty() {
        return Err((FileFault::DuplicateColumns, list(twice)));
    }
    let at = |name: &str| names.iter().position(|n| n == name);
    let positions = TEMPLATE.map(|name| at(name).expect("no template column is missing"));
    Ok(Layout {
        delimiter,
        positions,
        line: at(LINE_COLUMN),
        header: names,
    })
}

fn clean(name: &str) -> String {
    name.chars()
        .take(40)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_bytes(bytes: &[u8]) -> Result<Layout, Refusal> {
        open(&mut Lines::new(bytes).unwrap()).unwrap()
    }

    fn fault(bytes: &[u8]) -> FileFault {
        open_bytes(bytes).unwrap_err().0
    }

    #[test]
    fn columns_are_found_in_any_order_case_and_separation() {
        let comma = open_bytes(TEMPLATE.join(",").as_bytes()).unwrap();
        assert_eq!(
            (comma.delimiter, comma.positions, comma.line),
            (b',', [0, 1, 2, 3, 4, 5, 6, 7], None)
        );
        let mut names = TEMPLATE.to_vec();
        names.reverse();
        let other = open_bytes(
            format!(
                "\u{feff}\n\"{}\";line;reject_row",
                names.join("\";\"").to_uppercase()
            )
            .as_bytes(),
        )
        .unwrap();
        assert_eq!(
            (other.delimiter, other.positions, other.line),
            (b';', [7, 6, 5, 4, 3, 2, 1, 0], Some(8))
        );
    }

    #[test]
    fn what_only_pretends_to_be_csv_is_named() {
        assert_eq!(fault(b""), FileFault::Empty);
        assert_eq!(fault(b" \r\n\n"), FileFault::Empty);
        assert_eq!(fault(b"PK\x03\x04\x14\0\0\0sales.csv"), FileFault::Zip);
        assert_eq!(
            fault(b"PK\x03\x04\x14\0\0\0[Content_Types].xml"),
            FileFault::Excel
        );
        assert_eq!(fault(b"\xd0\xcf\x11\xe0\xa1\xb1"), FileFault::OldExcel);
        assert_eq!(fault(b"\x1f\x8b\x08\0"), FileFault::Compressed);
        assert_eq!(fault(b"%PDF-1.7"), FileFault::Pdf);
        assert_eq!(fault(b"<table><tr>"), FileFault::Html);
        assert_eq!(fault(b" [{\"transaction_id\":1}]"), FileFault::Json);
        assert_eq!(fault(b"\xff\xfet\0r\0a\0"), FileFault::Utf16);
        assert_eq!(fault(b"t\0r\0a\0n\0s\0"), FileFault::Utf16);
        assert_eq!(
            fault(b"transaction_id,timestamp\0,store_id"),
            FileFault::Binary
        );
        assert_eq!(fault(b"transacci\xf3n,fecha"), FileFault::HeaderEncoding);
        assert_eq!(fault(&[b'x'; 40_000]), FileFault::HeaderTooLong);
        assert_eq!(
            fault(b"T1,2026-01-01T08:00,S1,CRO,1,1.20,1.20,\n"),
            FileFault::NoHeader
        );
    }

    #[test]
    fn a_wrong_header_names_the_columns() {
        let all = TEMPLATE.join(",");
        assert_eq!(
            open_bytes(all.replace("price_unit,total_amount,", "").as_bytes()),
            Err((FileFault::MissingColumns, "price_unit, total_amount".into()))
        );
        assert_eq!(
            open_bytes(format!("{all},cashier").as_bytes()),
            Err((FileFault::UnknownColumns, "\"cashier\"".into()))
        );
        assert_eq!(
            open_bytes(format!("{all},store_id").as_bytes()),
            Err((FileFault::DuplicateColumns, "store_id".into()))
        );
    }
}
