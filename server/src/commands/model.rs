//! `hornada model`: who serves, who served, and who shall.

use super::{Refused, organization, say};
use crate::config::Config;
use crate::startup::open_migrated;
use crate::{clock, jobs};
use anyhow::Context;
use chrono::Utc;
use chrono_tz::Tz;
use contract::models::{ModelVersionView, PromoteModel, RollBackModel};
use forecast::{SearchBudget, TrainConfig};
use indicatif::{ProgressBar, ProgressStyle};
use services::{Ctx, Services};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use uuid::Uuid;

/// What is to be done with models.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the versions, newest first, with what the gate said
    List(Which),
    /// List who served when and why, newest first
    History(Which),
    /// Let a version serve from now on; it must have passed the gate
    Promote(Promote),
    /// Bring back the version that served before
    Rollback(Rollback),
    /// Look for better settings of the networks; nights train with what is found
    Search(Search),
    /// Train with the usual settings again
    ForgetSearch(Rollback),
}

/// How far a search goes.
#[derive(Debug, clap::Args)]
pub struct Search {
    #[command(flatten)]
    which: Which,
    /// Settings to try, those in use among them
    #[arg(long, value_name = "N", default_value_t = 18)]
    trials: usize,
    /// Minutes after which no further training begins
    #[arg(long, value_name = "MINUTES", default_value_t = 60.0)]
    minutes: f64,
    /// Seed of the trials: the same seed draws the same settings
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Optimizer steps of a full training [default: by the size of the history]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
}

/// Whose models.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
}

/// A version that shall serve.
#[derive(Debug, clap::Args)]
pub struct Promote {
    #[command(flatten)]
    which: Which,
    /// Number of the version
    #[arg(value_name = "NUMBER")]
    number: i32,
    /// Why, for those who look it up later
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// A promotion to be taken back.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    #[command(flatten)]
    which: Which,
    /// Why, for those who look it up later
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Does it.
///
/// # Errors
/// What the rules for models say.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let usual = config.training();
    let which = match &command {
        Command::List(which) | Command::History(which) => which,
        Command::Promote(promote) => &promote.which,
        Command::Rollback(change) | Command::ForgetSearch(change) => &change.which,
        Command::Search(search) => &search.which,
    };
    let organization = organization(&services, which.org.as_deref()).await?;
    let ctx = Ctx::system(organization.id, "command_line", Utc::now());
    match command {
        Command::List(_) => list(&services, &ctx).await,
        Command::History(_) => history(&services, &ctx).await,
        Command::Promote(promote) => {
            let versions = services.models().list(&ctx).await?;
            let version = versions.into_iter().find(|v| v.number == promote.number);
            let version =
                version.with_context(|| format!("there is no model version {}", promote.number))?;
            let command = PromoteModel {
                command_id: Uuid::now_v7(),
                model_version_id: version.id,
                reason: promote.reason,
            };
            serves(&services.models().promote(&ctx, &command).await?);
            Ok(())
        }
        Command::Rollback(rollback) => {
            let command = RollBackModel {
                command_id: Uuid::now_v7(),
                reason: rollback.reason,
            };
            serves(&services.models().roll_back(&ctx, &command).await?);
            Ok(())
        }
        Command::Search(asked) => {
            let zone = organization.zone();
            search(&services, &ctx, zone, &usual, &asked).await
        }
        Command::ForgetSearch(change) => {
            jobs::search::return_to_usual(&services, &ctx, &usual, &change.reason).await?;
            say("nights train with the usual settings again");
            Ok(())
        }
    }
}

async fn search(
    services: &Services,
    ctx: &Ctx,
    zone: Tz,
    usual: &TrainConfig,
    asked: &Search,
) -> anyhow::Result<()> {
    usual.device.check()?;
    if asked.trials < 2 || !(asked.minutes > 0.0 && asked.minutes.is_finite()) {
        return Err(
            Refused("a search takes two trials and some minutes at least".to_owned()).into(),
        );
    }
    let yesterday = ctx.now.with_timezone(&zone).date_naive().pred_opt();
    let budget = SearchBudget {
        trials: asked.trials,
        seconds: 60.0 * asked.minutes,
    };
    let mut usual = TrainConfig {
        seed: asked.seed,
        ..usual.clone()
    };
    usual.steps = asked.steps.unwrap_or(usual.steps);
    let bar = ProgressBar::new(1).with_style(ProgressStyle::with_template(
        "  trainings {bar:24} {pos}/{len}, {eta} left",
    )?);
    let shown = bar.clone();
    let tell = move |done: usize, total: usize| {
        shown.set_length(total as u64);
        shown.set_position(done as u64);
    };
    let stop = Arc::new(AtomicBool::new(false));
    let found = jobs::search::search(
        services,
        ctx,
        &usual,
        yesterday.context("no yesterday")?,
        budget,
        tell,
        stop,
        &clock::system(),
    )
    .await?;
    bar.finish_and_clear();
    say("  rate      width  batch  wQL after a ninth, a third, all of the steps");
    for trial in &found.trials {
        let results: Vec<String> = trial
            .rungs
            .iter()
            .map(|rung| match rung.wql {
                Some(wql) => format!("{wql:.4}"),
                None => "ran away".to_owned(),
            })
            .collect();
        let s = trial.settings;
        say(&format!(
            "  {:<8.5} {:>6} {:>6}  {}",
            s.learning_rate,
            s.hidden,
            s.batch,
            results.join("  ")
        ));
    }
    say(&found.reason);
    say(match (found.chosen, found.is_cut_short) {
        (Some(_), _) => "nights train with the new settings from now on",
        (None, false) => "nights train as before",
        (None, true) => "time ran out; nights train as before",
    });
    Ok(())
}

fn serves(version: &ModelVersionView) {
    say(&format!(
        "version {} of {} serves from the next forecast on",
        version.number, version.trained_on
    ));
}

async fn list(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    for v in services.models().list(ctx).await? {
        let state = match (v.alias, v.artifact_removed_at) {
            (Some(alias), _) => alias.as_str(),
            (None, Some(_)) => "cleared",
            (None, None) if v.passed_gate => "kept",
            (None, None) => "refused",
        };
        let wql = v.metrics.get("wql").and_then(serde_json::Value::as_f64);
        let wql = wql.map_or_else(|| "-".to_owned(), |w| format!("{w:.4}"));
        say(&format!(
            "{:>5}  {}  {state:<10}  wQL {wql}  {}",
            v.number, v.trained_on, v.reason
        ));
    }
    Ok(())
}

async fn history(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    let number = |n: Option<i32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    for change in services.models().history(ctx).await? {
        say(&format!(
            "{}  {} {} -> {}  {}  {}: {}",
            change.at.format("%Y-%m-%d %H:%M"),
            change.alias,
            number(change.from_number),
            number(change.to_number),
            change.kind,
            change.actor_name.as_deref().unwrap_or("system"),
            change.reason
        ));
    }
    Ok(())
}
