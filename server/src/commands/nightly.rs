//! `hornada nightly`: one night of one organization, now, with progress in the terminal.

use super::{organization, say};
use crate::clock;
use crate::config::Config;
use crate::jobs::night::{NightResult, NightRunner, STEPS};
use crate::startup::open_migrated;
use anyhow::{Context, bail};
use chrono::NaiveDate;
use domain::{JobStatus, JobTrigger};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use services::{Ctx, Services};
use uuid::Uuid;

/// Which night.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Organization's slug; may be left out where there is only one
    #[arg(long, alias = "org", value_name = "SLUG")]
    organization: Option<String>,
    /// Trading day to close; forecasts are for the 28 days after it [default: yesterday]
    #[arg(long, value_name = "DATE")]
    date: Option<NaiveDate>,
    /// Run it again from its first step, although it is done
    #[arg(long)]
    again: bool,
    /// Train no model tonight: the champion forecasts, else the seasonal baseline
    #[arg(long)]
    no_train: bool,
    /// Seed of training: the same seed and the same sales give the same forecasts
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Optimizer steps a network [default: by the size of the history]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Networks that are averaged
    #[arg(long, value_name = "N")]
    members: Option<usize>,
}

/// Runs the night and says what came of it.
///
/// # Errors
/// The failed step's.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    config.training_device.check()?;
    let (keep_models, models) = (config.keep_models, config.models()?);
    let services = open_migrated(&config).await?;
    let organization = organization(&services, args.organization.as_deref()).await?;
    let clock = clock::system();
    let yesterday = clock()
        .with_timezone(&organization.zone())
        .date_naive()
        .pred_opt()
        .context("no yesterday")?;
    let date = args.date.unwrap_or(yesterday);
    if date > yesterday.succ_opt().unwrap_or(yesterday) {
        bail!("{date} has not begun yet");
    }
    let mut train = config.training();
    train.seed = args.seed.unwrap_or(train.seed);
    train.steps = args.steps.unwrap_or(train.steps);
    train.members = args.members.unwrap_or(train.members);
    let mut runner = NightRunner::new(services, train, clock)
        .keeping(keep_models)
        .with_models_in(models);
    if args.no_train {
        runner = runner.without_training();
    }
    let status = night(&runner, organization.id, date, args.again).await?;
    let ctx = Ctx::system(organization.id, "command_line", runner.now());
    show(runner.services(), &ctx, date).await?;
    say(&format!("The night of {date} is {status}."));
    Ok(())
}

/// Puts a night into the book and works it off here, with a bar for the steps and one for training.
///
/// # Errors
/// The failed step's; when another living process works on it.
pub(super) async fn night(
    runner: &NightRunner,
    organization_id: Uuid,
    date: NaiveDate,
    again: bool,
) -> anyhow::Result<JobStatus> {
    let ctx = Ctx::system(organization_id, "command_line", runner.now());
    let nights = runner.services().nights();
    let (run_id, status) = nights
        .enqueue(&ctx, date, JobTrigger::CommandLine, again)
        .await?;
    if matches!(status, JobStatus::Succeeded | JobStatus::Degraded) {
        return Ok(status);
    }
    let bar = ProgressBar::new(STEPS.len() as u64).with_style(ProgressStyle::with_template(
        "  night {msg:<28} {bar:24} {pos}/{len} {elapsed}",
    )?);
    let watch = {
        let bar = bar.clone();
        move |step: &str, detail: &Value| {
            let position = STEPS.iter().position(|s| *s == step).unwrap_or_default() as u64;
            match (
                detail.get("done").and_then(Value::as_u64),
                detail.get("total").and_then(Value::as_u64),
            ) {
                (Some(done), Some(total)) if total > 0 => {
                    let remaining = detail.get("remaining_seconds").and_then(Value::as_f64);
                    let remaining = remaining
                        .map(|s| format!(", {s:.0} s left"))
                        .unwrap_or_default();
                    bar.set_message(format!("{step} {} %{remaining}", 100 * done / total));
                }
                _ => {
                    bar.set_position(position);
                    bar.set_message(step.to_owned());
                }
            }
        }
    };
    let result = runner.run(organization_id, run_id, &watch).await;
    bar.finish_and_clear();
    match result? {
        NightResult::Finished(status) | NightResult::AlreadyDone(status) => Ok(status),
        NightResult::Busy => bail!("another process works on a night of this organization"),
        NightResult::Stopped => bail!("the night was stopped; start it again to go on"),
    }
}

/// Prints the steps of a night.
async fn show(services: &Services, ctx: &Ctx, date: NaiveDate) -> anyhow::Result<()> {
    let nights = services.nights().list(ctx, date.succ_opt(), 1).await?;
    for step in nights.iter().flat_map(|n| &n.steps) {
        let seconds = step
            .started_at
            .zip(step.finished_at)
            .map_or(0.0, |(a, b)| (b - a).as_seconds_f64());
        let mut detail = step.detail.to_string();
        if detail.chars().count() > 160 {
            detail = detail.chars().take(157).chain("...".chars()).collect();
        }
        say(&format!(
            "{:<14} {:<10} {seconds:>7.1} s  {detail}",
            step.name,
            step.status.as_str()
        ));
    }
    Ok(())
}
