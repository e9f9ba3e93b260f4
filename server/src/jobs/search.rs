//! The search for settings of an organization's forecaster, and the settings with which its nights train.

use crate::clock::Clock;
use anyhow::Context;
use chrono::NaiveDate;
use forecast::{SearchBudget, SearchOutcome, Settings, TrainConfig};
use serde_json::json;
use services::models::NewModelSearch;
use services::{Ctx, Services};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The configuration with the settings that were found for this organization, if any were.
pub(super) async fn settings_in_use(
    services: &Services,
    ctx: &Ctx,
    usual: &TrainConfig,
) -> anyhow::Result<TrainConfig> {
    let Some(found) = services.models().settings(ctx).await? else {
        return Ok(usual.clone());
    };
    if found == json!({}) {
        return Ok(usual.clone());
    }
    match serde_json::from_value::<Settings>(found) {
        Ok(settings) => Ok(settings.put_into(usual)),
        Err(error) => {
            tracing::warn!(%error, "the settings that a search found cannot be read; the usual ones are taken");
            Ok(usual.clone())
        }
    }
}

/// Searches on the history up to `date` and records what came of it; nights train with what was chosen from then on.
/// `progress` hears how many trainings are done and how many there are.
///
/// # Errors
/// Too little history, and the database's. Nothing is recorded then.
pub async fn search(
    services: &Services,
    ctx: &Ctx,
    usual: &TrainConfig,
    date: NaiveDate,
    budget: SearchBudget,
    progress: impl Fn(usize, usize) + Send + Sync + 'static,
    stop: Arc<AtomicBool>,
    clock: &Clock,
) -> anyhow::Result<SearchOutcome> {
    let config = settings_in_use(services, ctx, usual).await?;
    let panel = services.panels().build(ctx, date).await?;
    let work = move || forecast::search(&panel.panel, &config, budget, &progress, &stop);
    let outcome = tokio::task::spawn_blocking(work)
        .await
        .context("the search broke off")??;
    let now = Ctx {
        now: clock(),
        ..ctx.clone()
    };
    let new = NewModelSearch {
        chosen: outcome.chosen.map(|settings| json!(settings)),
        reason: outcome.reason.clone(),
        outcome: json!(outcome),
        data_version: outcome.data_version.clone(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: i64::try_from(outcome.seed).unwrap_or(i64::MAX),
        duration_ms: (outcome.seconds * 1_000.0) as i64,
    };
    services.models().record_search(&now, new).await?;
    Ok(outcome)
}

/// Records that nights train with the usual settings again.
///
/// # Errors
/// The database's.
pub async fn return_to_usual(
    services: &Services,
    ctx: &Ctx,
    usual: &TrainConfig,
    reason: &str,
) -> anyhow::Result<()> {
    let new = NewModelSearch {
        // Nothing of its own: what is usual may change with the program.
        chosen: Some(json!({})),
        reason: reason.to_owned(),
        outcome: json!({}),
        data_version: String::new(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: i64::try_from(usual.seed).unwrap_or(i64::MAX),
        duration_ms: 0,
    };
    services.models().record_search(ctx, new).await?;
    Ok(())
}
