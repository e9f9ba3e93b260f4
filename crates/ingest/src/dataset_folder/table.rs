//! Tables of a data set folder, plain or compressed, whose faults name file, line, column and value.

use super::{DatasetError, file_fault};
use chrono::NaiveDate;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// A CSV table that is read row by row, plain or compressed; its faults name file, line, column and value.
pub struct Table {
    pub(super) file: String,
    reader: csv::Reader<Box<dyn Read>>,
    header: Vec<String>,
    record: csv::StringRecord,
    line: u64,
}

impl Table {
    /// Opens `name` or `name.gz`; `None` when the folder has neither.
    ///
    /// # Errors
    /// When it cannot be read or has no heading.
    pub fn open(folder: &Path, name: &str) -> Result<Option<Self>, DatasetError> {
        let compressed = format!("{name}.gz");
        let (file, path) = if folder.join(name).exists() {
            (name.to_owned(), folder.join(name))
        } else if folder.join(&compressed).exists() {
            (compressed.clone(), folder.join(&compressed))
        } else {
            return Ok(None);
        };
        let bytes = File::open(path).map_err(|source| DatasetError::Unreadable {
            file: file.clone(),
            source,
        })?;
        let bytes = BufReader::with_capacity(1 << 20, bytes);
        let bytes: Box<dyn Read> = if file == compressed {
            Box::new(MultiGzDecoder::new(bytes))
        } else {
            Box::new(bytes)
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| file_fault(&file, error.to_string()))?
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        Ok(Some(Self {
            file,
            reader,
            header,
            record: csv::StringRecord::new(),
            line: 1,
        }))
    }

    /// Position of a column, `None` when there is none of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Position of a column.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn needed(&self, name: &str) -> Result<usize, DatasetError> {
        self.column(name)
            .ok_or_else(|| file_fault(&self.file, format!("there is no column {name}")))
    }

    /// Goes to the next row; `false` at the end.
    ///
    /// # Errors
    /// When the row has another number of fields than the heading, or is no text.
    pub fn advance(&mut self) -> Result<bool, DatasetError> {
        let there = self
            .reader
            .read_record(&mut self.record)
            .map_err(|error| file_fault(&self.file, error.to_string()))?;
        self.line = self
            .record
            .position()
            .map_or(self.line, csv::Position::line);
        Ok(there)
    }

    /// A field of the row; empty where there is no such column.
    #[must_use]
    pub fn field(&self, column: Option<usize>) -> &str {
        column
            .and_then(|column| self.record.get(column))
            .unwrap_or_default()
    }

    /// A fault of the row.
    #[must_use]
    pub fn fault(&self, column: &'static str, value: &str, reason: &str) -> DatasetError {
        DatasetError::Value {
            file: self.file.clone(),
            line: self.line,
            column,
            value: value.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// A date of the row.
    ///
    /// # Errors
    /// When it is none.
    pub fn date(&self, column: usize, name: &'static str) -> Result<NaiveDate, DatasetError> {
        let text = self.field(Some(column));
        text.parse()
            .map_err(|_| self.fault(name, text, "is no date such as 2026-03-01"))
    }

    /// A finite number of the row, `None` where the field is empty.
    ///
    /// # Errors
    /// When it is neither.
    pub fn number(
        &self,
        column: Option<usize>,
        name: &'static str,
    ) -> Result<Option<f64>, DatasetError> {
        let text = self.field(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.fault(name, text, "is no number")),
        }
    }

    /// 1 or 0 of the row, `None` where the field is empty.
    ///
    /// # Errors
    /// When it is neither.
    pub fn flag(
        &self,
        column: Option<usize>,
        name: &'static str,
    ) -> Result<Option<bool>, DatasetError> {
        match self.field(column) {
            "" => Ok(None),
            "1" | "1.0" | "true" => Ok(Some(true)),
            "0" | "0.0" | "false" => Ok(Some(false)),
            other => Err(self.fault(name, other, "is neither 0 nor 1")),
        }
    }
}
