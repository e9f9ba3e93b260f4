//! `hornada model`: who serves, who served, and who shall.

use super::{organization, say};
use crate::config::Config;
use crate::startup::open_migrated;
use anyhow::Context;
use chrono::Utc;
use contract::models::{ModelVersionView, PromoteModel, RollBackModel};
use services::{Ctx, Services};
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
    let which = match &command {
        Command::List(which) | Command::History(which) => which,
        Command::Promote(promote) => &promote.which,
        Command::Rollback(rollback) => &rollback.which,
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
    }
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
