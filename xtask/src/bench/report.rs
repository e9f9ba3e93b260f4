//! What was measured, for a person at the terminal and for the document.

use super::Bench;
use super::scene::Engine;
use crate::{children, postgres};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::process::Command;

/// A measurement's numbers.
#[derive(Debug)]
pub struct Section {
    pub name: &'static str,
    /// On what it was measured.
    setting: String,
    pub tables: Vec<Table>,
    /// What one must know to read the tables.
    pub notes: Vec<String>,
}

/// Rows of texts under a heading; all rows are as long as the heading.
#[derive(Debug)]
pub struct Table {
    pub title: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Section {
    pub const fn new(name: &'static str, tables: Vec<Table>, notes: Vec<String>) -> Self {
        Self {
            name,
            setting: String::new(),
            tables,
            notes,
        }
    }

    pub fn with_setting(self, setting: String) -> Self {
        Self { setting, ..self }
    }

    fn command(&self) -> String {
        format!("cargo xtask bench {}", self.name)
    }

    /// For the terminal.
    pub fn as_text(&self) -> String {
        let mut out = format!("{}\n{}\n", self.command(), self.setting);
        for table in &self.tables {
            let widths = table.widths();
            let _ = write!(out, "\n{}\n", table.title);
            for row in std::iter::once(&table.head).chain(&table.rows) {
                let cells: Vec<String> = row
                    .iter()
                    .zip(&widths)
                    .enumerate()
                    .map(|(column, (cell, width))| match column {
                        0 => format!("{cell:<width$}"),
                        _ => format!("{cell:>width$}"),
                    })
                    .collect();
                let _ = writeln!(out, "  {}", cells.join("  ").trim_end());
            }
        }
        for note in &self.notes {
            let _ = write!(out, "\n{note}\n");
        }
        out
    }

    /// For the document.
    pub fn as_markdown(&self) -> String {
        let mut out = format!("```sh\n{}\n```\n\n{}\n", self.command(), self.setting);
        for table in &self.tables {
            let _ = write!(out, "\n{}:\n\n", table.title);
            let _ = writeln!(out, "| {} |", table.head.join(" | "));
            let rule: Vec<&str> = (0..table.head.len())
                .map(|column| if column == 0 { "---" } else { "--:" })
                .collect();
            let _ = writeln!(out, "|{}|", rule.join("|"));
            for row in &table.rows {
                let _ = writeln!(out, "| {} |", row.join(" | "));
            }
        }
        for note in &self.notes {
            let _ = write!(out, "\n{note}\n");
        }
        out
    }
}

impl Table {
    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.head.len()];
        for row in std::iter::once(&self.head).chain(&self.rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

/// `document` with another text between the markers of a measurement.
///
/// # Errors
/// When the document has no such markers.
pub fn replace(document: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (
        format!("<!-- bench:{name} -->\n"),
        format!("<!-- /bench:{name} -->"),
    );
    let (before, rest) = document
        .split_once(&begin)
        .with_context(|| format!("the document has no line {}", begin.trim_end()))?;
    let (_, after) = rest
        .split_once(&end)
        .with_context(|| format!("the document has no line {end}"))?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

/// The machine, what else it was doing, and the databases where they take part.
///
/// # Errors
/// Where PostgreSQL is to be measured and is not there.
pub fn setting(bench: &Bench<'_>, databases: bool) -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let mut parts = vec![match field(&read("/proc/cpuinfo"), "model name") {
        Some(model) => format!("{cores} cores ({model})"),
        None => format!("{cores} cores"),
    }];
    if let Some(kib) = memory {
        parts.push(format!("{:.0} GiB of memory", kib as f64 / 1_048_576.0));
    }
    if let Some(system) = children::ask(Command::new("uname").args(["-s", "-r"])) {
        parts.push(system);
    }
    if databases && bench.engines.contains(&Engine::Postgres) {
        let version = postgres::version(bench.workspace)?;
        parts.push(format!(
            "{version} on the same machine with its default settings"
        ));
    }
    if let Some(load) = read("/proc/loadavg").split_whitespace().next() {
        parts.push(format!("load {load} when it began"));
    }
    Ok(format!("{}.", parts.join(", ")))
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `85 MiB`.
pub fn mebibytes(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1_024))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = Table {
            title: "Tickets".into(),
            head: row(["database", "lines", "rows/s"]),
            rows: vec![
                row(["SQLite", "100,000", "9"]),
                row(["PostgreSQL", "1", "10"]),
            ],
        };
        Section::new("import", vec![table], vec!["A note.".into()]).with_setting("2 cores.".into())
    }

    #[test]
    fn the_document_gets_command_setting_table_and_notes() {
        assert_eq!(
            section().as_markdown(),
            "```sh\ncargo xtask bench import\n```\n\n2 cores.\n\nTickets:\n\n| database | lines | rows/s |\n\
             |---|--:|--:|\n| SQLite | 100,000 | 9 |\n| PostgreSQL | 1 | 10 |\n\nA note.\n"
        );
    }

    #[test]
    fn columns_stand_below_each_other_in_the_terminal() {
        let text = section().as_text();
        assert!(text.contains("  database      lines  rows/s\n"), "{text}");
        assert!(text.contains("  SQLite      100,000       9\n"), "{text}");
        assert!(text.contains("  PostgreSQL        1      10\n"), "{text}");
    }

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let document = "# A\n<!-- bench:x -->\nold\n<!-- /bench:x -->\n<!-- bench:y -->\nkept\n<!-- /bench:y -->\n";
        let new = replace(document, "x", "new\n").unwrap();
        assert_eq!(new, document.replace("old", "new"));
        assert_eq!(replace(&new, "x", "new\n").unwrap(), new);
        assert!(replace(document, "z", "").is_err());
        assert!(replace("<!-- bench:x -->\n", "x", "").is_err());
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!(mebibytes(1_025), "2 MiB");
    }
}
