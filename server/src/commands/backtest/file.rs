//! The file that the scorer reads.

use crate::commands::Refused;
use anyhow::{Context, bail};
use chrono::NaiveDate;
use domain::panel::SeriesForecast;
use flate2::{Compression, write::GzEncoder};
use ingest::dataset_folder::Dataset;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where rows go.
enum Sink {
    Plain(BufWriter<File>),
    Packed(GzEncoder<BufWriter<File>>),
}

impl Sink {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(writer) => writer,
            Self::Packed(writer) => writer,
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Plain(mut writer) => writer.flush(),
            Self::Packed(writer) => writer.finish()?.flush(),
        }
    }
}

/// The scorer's file. It has its name once it is whole.
pub(super) struct ForecastFile {
    sink: Sink,
    parts: tempfile::TempPath,
    path: PathBuf,
}

impl ForecastFile {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(".csv") && !name.ends_with(".csv.gz") {
            bail!(Refused(format!(
                "{}: name a .csv or .csv.gz file",
                path.display()
            )));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let unfinished = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        let (bytes, parts) = unfinished.into_parts();
        let bytes = BufWriter::with_capacity(1 << 20, bytes);
        let mut sink = if name.ends_with(".gz") {
            Sink::Packed(GzEncoder::new(bytes, Compression::default()))
        } else {
            Sink::Plain(bytes)
        };
        let levels = forecast::QUANTILES.map(|level| format!("q{level}"));
        writeln!(
            sink.writer(),
            "cutoff,store_id,product_id,target_date,mean,{}",
            levels.join(",")
        )?;
        Ok(Self {
            sink,
            parts,
            path: path.to_owned(),
        })
    }

    pub fn write(
        &mut self,
        dataset: &Dataset,
        cutoff: NaiveDate,
        forecasts: &[SeriesForecast],
    ) -> anyhow::Result<()> {
        let writer = self.sink.writer();
        for forecast in forecasts {
            let series = &dataset.panel.series[forecast.series];
            let (store, product) = (
                quoted(&dataset.panel.stores[series.store].id),
                quoted(&dataset.panel.products[series.product].id),
            );
            for day in &forecast.days {
                write!(
                    writer,
                    "{cutoff},{store},{product},{},{:.4}",
                    day.target_date, day.mean
                )?;
                for quantile in day.quantiles {
                    write!(writer, ",{quantile:.4}")?;
                }
                writeln!(writer)?;
            }
        }
        Ok(())
    }

    pub fn finish(self) -> anyhow::Result<()> {
        self.sink.finish()?;
        self.parts
            .persist(&self.path)
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// A field of a CSV row.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
