//! `hornada import`: a file of sales, checked in full and then taken.

use super::{Refused, organization, say};
use crate::config::Config;
use crate::startup::open_migrated;
use anyhow::{Context, bail};
use chrono::Utc;
use contract::imports::{CreateImport, DecideImport, ImportReport, ImportView};
use domain::ImportStatus;
use futures::StreamExt;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use services::imports::Advance;
use services::{Ctx, Services};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// How often the bar is drawn anew.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Reasons of the report that are shown.
const SHOWN_REASONS: usize = 12;

/// Rejected rows that are shown.
const SHOWN_ROWS: u64 = 10;

/// What is to be imported. Ends with 0 when the sales were taken, with 2 when the file was refused.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV file in the template's columns
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Slug of the organization, where there are several
    #[arg(long, visible_alias = "organization", value_name = "SLUG")]
    org: Option<String>,
    /// Code of the store to which every row must belong; any store where it is not given
    #[arg(long, value_name = "CODE")]
    store: Option<String>,
    /// Share of bad rows above which nothing is taken, in percent [default: the organization's setting]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    threshold: Option<i32>,
    /// Take the good rows without asking
    #[arg(long)]
    yes: bool,
}

/// Percent, with at most two decimals, as basis points.
fn percent(text: &str) -> Result<i32, String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 3
        || decimals.len() > 2
        || !digits(whole)
        || !digits(decimals)
    {
        return Err("a percentage like 5 or 2.5".to_owned());
    }
    let bp = format!("{whole}{decimals:0<2}")
        .parse::<i32>()
        .map_err(|e| e.to_string())?;
    if bp > 10_000 {
        return Err("at most 100".to_owned());
    }
    Ok(bp)
}

/// Checks the file and takes its good rows.
///
/// # Errors
/// [`Refused`] when nothing is taken because of what stands in the file; else what went wrong.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let file = tokio::fs::File::open(&args.file)
        .await
        .with_context(|| format!("{} cannot be read", args.file.display()))?;
    let size = file.metadata().await?.len();
    let services = open_migrated(&config).await?;
    let organization = organization(&services, args.org.as_deref()).await?;
    let ctx = Ctx::system(organization.id, "command_line", Utc::now());
    let store_id = match &args.store {
        None => None,
        Some(code) => {
            let stores = services.catalog().stores(&ctx).await?;
            let store = stores
                .into_iter()
                .find(|s| s.code == *code)
                .with_context(|| format!("there is no store {code:?} in {}", organization.name))?;
            Some(store.id)
        }
    };
    let command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: args
            .file
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default(),
        store_id,
        threshold_bp: args.threshold,
    };
    let bar = bar(size, "{msg:10} {bar:30} {bytes}/{total_bytes}");
    bar.set_message("storing");
    let counted = bar.clone();
    let pieces = ReaderStream::with_capacity(file, 256 * 1024).inspect(move |piece| {
        if let Ok(piece) = piece {
            counted.inc(piece.len() as u64);
        }
    });
    let import = services
        .imports()
        .create(&ctx, command, pieces, u64::MAX)
        .await?;
    bar.finish_and_clear();

    let checked = work(&services, &ctx, import.id, "checking").await?;
    let report = services.imports().report(&ctx, import.id).await?;
    tell(&services, &ctx, &report).await?;
    if checked.status != ImportStatus::Checked {
        let why = checked.problem.map_or_else(
            || "Nothing was taken.".to_owned(),
            |problem| problem.message,
        );
        return Err(Refused(why).into());
    }
    if checked.rows_good > 0 && !args.yes && !confirmed(checked.rows_good)? {
        bail!(
            "nothing was taken; the import waits under /imports/{}",
            import.id
        );
    }
    let decision = DecideImport {
        command_id: Uuid::now_v7(),
        import_id: import.id,
    };
    services.imports().apply(&ctx, decision).await?;
    let taken = work(&services, &ctx, import.id, "taking").await?;
    say(&format!(
        "{} rows taken",
        HumanCount(count(taken.rows_applied))
    ));
    Ok(())
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Lets the import do its work and shows how far it is. Ends with what became of it.
async fn work(services: &Services, ctx: &Ctx, id: Uuid, word: &str) -> anyhow::Result<ImportView> {
    let bar = bar(
        10_000,
        "{prefix:10} {bar:30} {percent:>3} %  {msg}  {eta} left",
    );
    bar.set_prefix(word.to_owned());
    let begun = Instant::now();
    let rows_of = |view: &ImportView| match view.status {
        ImportStatus::Applying | ImportStatus::Applied => count(view.rows_applied),
        _ => count(view.rows_total),
    };
    let imports = services.imports();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let mut working = std::pin::pin!(imports.advance(ctx, id));
    let outcome = loop {
        tokio::select! {
            outcome = &mut working => break outcome?,
            _ = ticks.tick() => {
                let view = imports.get(ctx, id).await?;
                bar.set_position(u64::try_from(view.progress_bp).unwrap_or(0));
                bar.set_message(format!("{} rows, {}", HumanCount(rows_of(&view)), rate(rows_of(&view), begun)));
            }
        }
    };
    bar.finish_and_clear();
    let view = imports.get(ctx, id).await?;
    if outcome == Advance::Elsewhere {
        bail!("another process works on this import; see /imports/{id}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!(
        "{word}: {} rows in {seconds:.1} s ({})",
        HumanCount(rows_of(&view)),
        rate(rows_of(&view), begun)
    ));
    Ok(view)
}

fn rate(rows: u64, begun: Instant) -> String {
    let milliseconds = begun.elapsed().as_millis().max(1);
    let a_second = u128::from(rows) * 1_000 / milliseconds;
    format!(
        "{} rows/s",
        HumanCount(u64::try_from(a_second).unwrap_or(u64::MAX))
    )
}

async fn tell(services: &Services, ctx: &Ctx, report: &ImportReport) -> anyhow::Result<()> {
    let import = &report.import;
    let line = |name: &str, rows: i64| {
        say(&format!(
            "  {name:<16} {:>12}",
            HumanCount(count(rows)).to_string()
        ))
    };
    line("good", import.rows_good);
    line("stored already", import.rows_duplicate);
    line("rejected", import.rows_rejected);
    if let (Some(first), Some(last)) = (import.first_date, import.last_date) {
        say(&format!("  from {first} until {last}"));
    }
    for reason in report.reasons.iter().take(SHOWN_REASONS) {
        let column = if reason.column.is_empty() {
            "row"
        } else {
            &reason.column
        };
        say(&format!(
            "  {:>12}  {} ({column})",
            HumanCount(count(reason.rows)).to_string(),
            reason.reason
        ));
    }
    let rejects = services
        .imports()
        .rejects(ctx, import.id, None, None, SHOWN_ROWS)
        .await?;
    for reject in rejects.items {
        say(&format!("  row {}: {}", reject.row, reject.message));
    }
    for promotion in report.unknown_promotions.iter().take(SHOWN_REASONS) {
        say(&format!(
            "  promotion {:?} is not in the catalog; its {} sales count all the same",
            promotion.code,
            HumanCount(count(promotion.rows))
        ));
    }
    Ok(())
}

fn confirmed(rows: i64) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let _ = write!(
        std::io::stderr().lock(),
        "Take {} rows? [y/N] ",
        HumanCount(count(rows))
    );
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("the answer cannot be read")?;
    Ok(matches!(
        answer.trim(),
        "y" | "Y" | "yes" | "s" | "S" | "sí" | "si"
    ))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_become_basis_points() {
        for (text, bp) in [
            ("5", 500),
            ("2.5", 250),
            ("0.05", 5),
            ("100", 10_000),
            ("0", 0),
        ] {
            assert_eq!(percent(text), Ok(bp), "{text}");
        }
        for text in ["", "101", "-1", "5.005", ".5", "x"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
