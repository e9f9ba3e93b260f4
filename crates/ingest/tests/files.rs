//! Whole files, from bytes to a report.

use ingest::rejects::{Reject, RejectsWriter};
use ingest::{Entry, FileFault, ReadError, SalesFile, TEMPLATE};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::ops::ControlFlow;

fn read(bytes: &[u8]) -> Result<Vec<Entry>, ReadError> {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let file = SalesFile::scan(bytes, directory.path(), |_| ControlFlow::Continue(()))?;
    let mut entries = Vec::new();
    file.read(bytes, 0, |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}

/// Each row on a line of its own, each fault below it.
fn report(bytes: &[u8]) -> String {
    let mut out = String::new();
    match read(bytes) {
        Err(error) => writeln!(out, "refused: {error}").expect("writing to a string"),
        Ok(entries) => {
            for e in entries {
                match e.outcome {
                    Ok(sale) => writeln!(
                        out,
                        "{:>3} ok   {} {} x {} = {} minor, line {:?}, promotion {:?}, {:?}",
                        e.row,
                        sale.transaction_id,
                        sale.quantity,
                        sale.unit_price_minor,
                        sale.total_minor,
                        e.line,
                        sale.promotion_code,
                        sale.when
                    )
                    .expect("writing to a string"),
                    Err(faults) => {
                        writeln!(out, "{:>3} bad  line {:?}: {}", e.row, e.line, e.raw)
                            .expect("writing to a string");
                        for f in faults {
                            writeln!(
                                out,
                                "         {} [{}] {}",
                                f.column,
                                f.reason.as_str(),
                                f.sentence()
                            )
                            .expect("writing to a string");
                        }
                    }
                }
            }
        }
    }
    out
}

fn file(rows: &[&str]) -> Vec<u8> {
    let mut text = TEMPLATE.join(",");
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text.push('\n');
    text.into_bytes()
}

#[test]
fn each_bad_value_is_reported_with_row_column_value_and_reason() {
    insta::assert_snapshot!(report(&file(&[
        "T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
        "T2,2026-03-14 08:31:10,S1,CRO,3,1.20,3.61,SPRING",
        "T3,14/03/2026 08:30,S1,CRO,1,1.20,1.20,",
        "T4,1998-03-14T08:30,S1,CRO,1,1.20,1.20,",
        "T5,2026-03-14T08:30,S1,CRO,-1,1.20,-1.20,",
        "T6,2026-03-14T08:30,S1,CRO,0,1.20,0,",
        "T7,2026-03-14T08:30,S1,CRO,1000000,1.20,1200000,",
        "T8,2026-03-14T08:30,S1,CRO,1.5,1.20,1.80,",
        "T9,2026-03-14T08:30,S1,CRO,1,1.205,1.20,",
        "T10,2026-03-14T08:30,S1,CRO,2,1.20,2.60,",
        "T11,,,,,,,",
        "T12,2026-03-14T08:30,S1,CRO,1,1.20",
        "T13,2026-03-14T08:30,S1,CRO,1,1.20,1.20,,,extra",
        "T14,2026-03-14T08:30,S1,\"CRO,1,1.20,1.20,",
        "T15,2026-03-14T08:30,S1,CR\u{7}O,1,1.20,1.20,",
        "T16,2026-03-14T08:30,S1,CRO,x,y,z,",
    ])));
}

#[test]
fn what_was_brought_back_is_a_row_with_a_minus_before_quantity_and_total() {
    let faults = |row: &str| -> Vec<(&'static str, &'static str)> {
        let entries = read(&file(&[row])).unwrap();
        let outcome = entries[0].outcome.as_ref();
        let faults = outcome.err().map_or(&[][..], Vec::as_slice);
        faults
            .iter()
            .map(|fault| (fault.column, fault.reason.as_str()))
            .collect()
    };
    let of = |numbers: &str| faults(&format!("T1,2026-03-14T08:30,S1,CRO,{numbers},"));
    assert!(of("-2,1.20,-2.40").is_empty());
    assert!(of("-2,0,0").is_empty());
    assert_eq!(of("-2,1.20,2.40"), [("total_amount", "paid_return")]);
    assert_eq!(of("-1,0,0.01"), [("total_amount", "paid_return")]);
    assert_eq!(of("-2,1.20,-2.60"), [("total_amount", "wrong_total")]);
    assert_eq!(of("2,1.20,-2.40"), [("total_amount", "negative_amount")]);
    assert_eq!(of("-2,-1.20,-2.40"), [("price_unit", "negative_amount")]);
    assert_eq!(of("-0,1.20,0"), [("quantity_sold", "zero_quantity")]);
    assert_eq!(
        of("-100001,1.20,-120001.20"),
        [("quantity_sold", "absurd_quantity")]
    );
    assert_eq!(
        of("-2,1.20,-1000000000.01"),
        [("total_amount", "absurd_amount")]
    );
    let entries = read(&file(&["T1,2026-03-14T08:30,S1,CRO,-2,1.20,-2.40,"])).unwrap();
    let sale = entries[0].outcome.as_ref().unwrap();
    assert_eq!((sale.quantity, sale.total_minor), (-2, -240));
}

#[test]
fn repeated_rows_and_reused_tickets_are_found_wherever_they_stand() {
    insta::assert_snapshot!(report(&file(&[
        "T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
        "T2,2026-03-14T08:31,S1,CRO,1,1.20,1.20,",
        "T1,2026-03-14T08:30,S1,CRO,3,1.20,3.60,",
        "T1,2026-03-14T08:30,S2,CRO,2,1.20,2.40,",
        "T1,2026-03-14T08:30, S1 ,CRO,2,1.20,2.40,",
        "T1,2026-03-15T08:30,S1,CRO,2,1.20,2.40,",
        "T1,2026-03-14T08:30,S1,BAG,1,1.00,1.00,",
        "T1,2026-03-14T08:30,S1,CRO,-4,1.20,-4.80,",
        "T1,2026-03-14T08:30,S1,CRO,5,1.20,6.00,",
    ])));
}

#[test]
fn a_file_as_a_spanish_spreadsheet_writes_it_is_read() {
    let text = "\u{feff}store_id;product_id;timestamp;transaction_id;quantity_sold;price_unit;total_amount;promotion_applied_id\r\n\
                S1;CRO;2026-03-14 08:30;T1;2;1,20;2,40;\r\n\
                S1;\"PAN \"\"R\"\"\";2026-03-14 08:30;T1;2;1,5;3;PROMO\r\n";
    insta::assert_snapshot!(report(text.as_bytes()));
}

#[test]
fn a_truncated_file_names_its_last_row_and_keeps_the_others() {
    let mut bytes = file(&[
        "T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
        "T2,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
    ]);
    bytes.truncate(bytes.len() - 12);
    insta::assert_snapshot!(report(&bytes));
}

#[test]
fn a_last_row_without_line_break_is_whole_when_its_columns_are() {
    let mut bytes = file(&["T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,"]);
    bytes.pop();
    assert!(read(&bytes).unwrap()[0].outcome.is_ok());
}

#[test]
fn wrong_encoding_is_reported_with_row_and_byte() {
    let mut bytes = file(&["T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,"]);
    bytes.extend_from_slice(b"T2,2026-03-14T08:30,S1,CAF\xc9,2,1.20,2.40,\n");
    insta::assert_snapshot!(report(&bytes));
}

#[test]
fn an_overlong_row_is_reported_and_the_next_one_read() {
    let long = format!(
        "T1,2026-03-14T08:30,S1,{},2,1.20,2.40,",
        "x".repeat(100_000)
    );
    let entries = read(&file(&[&long, "T2,2026-03-14T08:30,S1,CRO,2,1.20,2.40,"])).unwrap();
    assert_eq!(
        entries[0].outcome.as_ref().unwrap_err()[0].reason.as_str(),
        "line_too_long"
    );
    assert!(entries[0].raw.len() < 20_000);
    assert!(entries[1].outcome.is_ok());
}

#[test]
fn only_a_header_is_no_sale() {
    assert!(matches!(
        read(&file(&[])),
        Err(ReadError::File(FileFault::OnlyHeader, _))
    ));
}

#[test]
fn rejects_can_be_corrected_and_sent_again_and_keep_their_lines() {
    let bytes = file(&[
        "T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
        "T1,2026-03-14T08:30,S1,CRO,3,1.20,9.99,",
        "T2,2026-03-14T08:30,S1,\"CR\"\"O\",1,1.20,1.30,",
    ]);
    let directory = tempfile::tempdir().unwrap();
    let scanned = SalesFile::scan(bytes.as_slice(), directory.path(), |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let writer = RejectsWriter::new(scanned.layout.clone());
    let mut csv = Vec::new();
    writer.header(&mut csv);
    scanned
        .read(bytes.as_slice(), 0, |entry| {
            if let Err(faults) = entry.outcome {
                let faults = faults
                    .iter()
                    .map(|f| {
                        (
                            f.column.to_owned(),
                            f.reason.as_str().to_owned(),
                            f.sentence(),
                        )
                    })
                    .collect();
                writer.reject(
                    &Reject {
                        row: entry.row,
                        raw: entry.raw,
                        line: entry.line,
                        faults,
                    },
                    &mut csv,
                );
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    insta::assert_snapshot!(String::from_utf8(csv.clone()).unwrap());

    let corrected = String::from_utf8(csv)
        .unwrap()
        .replace("9.99", "3.60")
        .replace("1.30", "1.20");
    let again = read(corrected.as_bytes()).unwrap();
    assert_eq!(
        again
            .iter()
            .map(|e| (e.line.as_str(), e.outcome.is_ok()))
            .collect::<Vec<_>>(),
        [("CRO~2", true), ("CR\"O", true)]
    );
}

#[test]
fn reading_from_behind_a_row_gives_the_same_rows_as_reading_all() {
    let rows: Vec<String> = (0..200)
        .map(|i| {
            format!(
                "T{},2026-03-14T08:30,S1,P{},{},1.00,{}.00,",
                i % 40,
                i % 7,
                i + 1,
                i + 1
            )
        })
        .collect();
    let bytes = file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let all = read(&bytes).unwrap();
    let directory = tempfile::tempdir().unwrap();
    for behind in [0, 60, 120, 199] {
        let file = SalesFile::scan(bytes.as_slice(), directory.path(), |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        let mut rest = Vec::new();
        file.read(bytes.as_slice(), all[behind].end, |e| {
            rest.push(e);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(rest, all[behind + 1..]);
    }
}

/// Gives a few bytes at a time, as a slow disk or network does.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.0.len().min(into.len()).min(3);
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn the_size_of_reads_does_not_matter() {
    let bytes = file(&[
        "T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,",
        "T1,2026-03-14T08:30,S1,CRO,3,1.20,3.60,",
    ]);
    let directory = tempfile::tempdir().unwrap();
    let file = SalesFile::scan(Trickle(&bytes), directory.path(), |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let mut entries = Vec::new();
    file.read(Trickle(&bytes), 0, |e| {
        entries.push(e);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(entries, read(&bytes).unwrap());
}

fn near_miss() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"T1".to_vec()),
        Just(b"2026-03-14T08:30".to_vec()),
        Just(b"S1".to_vec()),
        Just(b"CRO".to_vec()),
        Just(b"1.20".to_vec()),
        Just(b"-1".to_vec()),
        Just(b"1".to_vec()),
        Just("é".as_bytes().to_vec()),
        Just(b"~2".to_vec()),
        Just(b"T1,2026-03-14T08:30,S1,CRO,2,1.20,2.40,,CRO~2\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn arbitrary_rows_below_a_good_header_never_panic_and_are_all_accounted_for(body in near_miss()) {
        let mut bytes = format!("{},line\n", TEMPLATE.join(",")).into_bytes();
        bytes.extend_from_slice(&body);
        if let Ok(entries) = read(&bytes) {
            let good: Vec<_> = entries.iter().filter(|e| e.outcome.is_ok()).collect();
            for e in &good {
                prop_assert!(!e.line.is_empty());
                prop_assert!(!e.raw.contains('\0'));
            }
            let lines: std::collections::BTreeSet<_> = good
                .iter()
                .filter_map(|e| e.outcome.as_ref().ok().map(|s| (s.store_code.clone(), s.transaction_id.clone(), e.line.clone())))
                .collect();
            prop_assert_eq!(lines.len(), good.len(), "two good rows are the same line of a ticket");
        }
    }
}
