//! Tables of a data set folder, plain or compressed, whose faults name file, line, column and value.

use super::{DatasetError, file_fault};
use chrono::NaiveDate;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// A table that is read row by row.
pub(super) struct Table {
    pub(super) file: String,
    reader: csv::Reader<Box<dyn Read>>,
    header: Vec<String>,
    record: csv::StringRecord,
    line: u64,
}

impl Table {
    /// Plain or compressed; `None` when the folder has no such table.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Option<Self>, DatasetError> {
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

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    pub(super) fn needed(&self, name: &str) -> Result<usize, DatasetError> {
        self.column(name)
            .ok_or_else(|| file_fault(&self.file, format!("there is no column {name}")))
    }

    /// Goes to the next row; `false` at the end.
    pub(super) fn next(&mut self) -> Result<bool, DatasetError> {
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

    /// Empty where there is no such column.
    pub(super) fn field(&self, column: Option<usize>) -> &str {
        column
            .and_then(|column| self.record.get(column))
            .unwrap_or_default()
    }

    pub(super) fn fault(&self, column: &'static str, value: &str, reason: &str) -> DatasetError {
        DatasetError::Value {
            file: self.file.clone(),
            line: self.line,
            column,
            value: value.to_owned(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn date(&self, column: usize) -> Result<NaiveDate, DatasetError> {
        let text = self.field(Some(column));
        text.parse()
            .map_err(|_| self.fault("date", text, "is no date such as 2026-03-01"))
    }

    /// `None` where the field is empty.
    pub(super) fn number(
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

    /// `None` where the field is empty.
    pub(super) fn flag(
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
