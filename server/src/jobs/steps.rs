//! What each step of the night does.

use super::artifacts::{self, KEEP_MODELS};
use super::champion::{Champion, load_champion};
use super::issuing::{self, Said, vetoed};
use super::model_store::ModelStore;
use super::night::StepOutcome;
use super::search;
use super::training::{self, TrainingRecord};
use crate::clock::Clock;
use anyhow::{Context, bail};
use chrono::{Days, NaiveDate};
use domain::{ForecastSource, JobStatus};
use forecast::TrainConfig;
use serde_json::{Value, json};
use services::forecast_book::{IssuedForecast, Issuer};
use services::panels::OrganizationPanel;
use services::quality::NightAlerts;
use services::{Ctx, Services};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use uuid::Uuid;

/// Steps that come before the panel is fixed.
const BEFORE_THE_PANEL: [&str; 2] = ["quality_gate", "sold_out"];

/// What the steps of one night share.
pub(super) struct Night<'a> {
    pub(super) services: &'a Services,
    pub(super) ctx: Ctx,
    pub(super) run_id: Uuid,
    pub(super) date: NaiveDate,
    /// `None` = no training tonight.
    pub(super) train: Option<TrainConfig>,
    pub(super) stop: Arc<AtomicBool>,
    /// Versions whose artifacts are kept.
    pub(super) keep_models: usize,
    /// Where artifacts are kept besides the data folder.
    pub(super) models: ModelStore,
    panel: Option<Arc<OrganizationPanel>>,
    data_version: String,
    found: BTreeMap<String, StepOutcome>,
}

impl<'a> Night<'a> {
    pub(super) async fn open(
        services: &'a Services,
        ctx: Ctx,
        run_id: Uuid,
        date: NaiveDate,
        train: Option<TrainConfig>,
        stop: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        let train = match train {
            Some(usual) => Some(search::settings_in_use(services, &ctx, &usual).await?),
            None => None,
        };
        Ok(Self {
            services,
            ctx,
            run_id,
            date,
            train,
            stop,
            keep_models: KEEP_MODELS,
            models: ModelStore::default(),
            panel: None,
            data_version: String::new(),
            found: BTreeMap::new(),
        })
    }

    /// What the step reads, as a hash: the same hash means that its result still holds. The first steps read sales and
    /// leave marks on them; everything after that reads the panel with these marks, and so depends on its version.
    pub(super) async fn input_hash(&mut self, step: &str) -> anyhow::Result<String> {
        if BEFORE_THE_PANEL.contains(&step) {
            let days = self.services.sold_out_days();
            return Ok(short_hash([
                step.as_bytes(),
                days.sales_version(&self.ctx, self.date).await?.as_bytes(),
            ]));
        }
        if self.data_version.is_empty() {
            let panel = Arc::new(self.services.panels().build(&self.ctx, self.date).await?);
            let read = panel.clone();
            self.data_version =
                tokio::task::spawn_blocking(move || forecast::data_version(&read.panel)).await?;
            self.panel = Some(panel);
        }
        Ok(short_hash([
            step.as_bytes(),
            self.data_version.as_bytes(),
            &serde_json::to_vec(&self.train)?,
        ]))
    }

    pub(super) fn remember(&mut self, step: &str, outcome: StepOutcome) {
        self.found.insert(step.to_owned(), outcome);
    }

    pub(super) fn panel(&self) -> anyhow::Result<&Arc<OrganizationPanel>> {
        self.panel
            .as_ref()
            .context("the panel is built before the first step that reads it")
    }

    /// A folder for one training, below the data folder. Every training has its own: a model version that is
    /// registered, and may be serving, is never written over.
    pub(super) fn new_artifact_path(&self) -> String {
        format!(
            "models/{}/{}-{}",
            self.ctx.organization_id(),
            self.date,
            Uuid::now_v7().simple()
        )
    }

    /// Whether a finished step's files are here: a night that is resumed on another machine has to train again.
    pub(super) fn has_what_it_left(&self, step: &str, detail: &Value) -> bool {
        let folder = detail.get("artifact").and_then(Value::as_str);
        match folder.filter(|_| step == "train") {
            Some(path) => training::record_file(&self.services.data_dir().join(path)).is_file(),
            None => true,
        }
    }

    /// What this night's training left, and in which folder below the data folder; `None` without training, or when
    /// it failed.
    pub(super) fn training(&self) -> Option<(String, TrainingRecord)> {
        let path = self.found.get("train")?.detail.get("artifact")?.as_str()?;
        let file = training::record_file(&self.services.data_dir().join(path));
        let text = std::fs::read_to_string(file).ok()?;
        Some((path.to_owned(), serde_json::from_str(&text).ok()?))
    }
}

fn short_hash<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let hash = hash.finalize();
    hash.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

pub(super) async fn run(
    name: &str,
    night: &mut Night<'_>,
    clock: &Clock,
    watch: &(dyn Fn(&str, &Value) + Send + Sync),
) -> anyhow::Result<StepOutcome> {
    match name {
        "quality_gate" => quality_gate(night).await,
        "sold_out" => sold_out(night).await,
        "data_version" => data_version(night),
        "train" => training::train(night, clock, watch).await,
        "backtest" => training::backtest(night).await,
        "promote" => training::promote(night).await,
        "forecast" => issue(night).await,
        "suggestions" => suggestions(night).await,
        "score" => score(night).await,
        "outcomes" => outcomes(night).await,
        "drift" => drift(night).await,
        "alerts" => alerts(night).await,
        "report" => report(night).await,
        other => bail!("there is no step {other}"),
    }
}

async fn quality_gate(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let report = night
        .services
        .quality()
        .check(&night.ctx, night.date)
        .await?;
    if !report.has_history {
        bail!("there are no sales until {}: import some first", night.date);
    }
    let detail = serde_json::to_value(&report)?;
    Ok(if report.is_clean() {
        StepOutcome::done(detail)
    } else {
        StepOutcome::degraded(detail)
    })
}

async fn sold_out(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let days = night.services.sold_out_days();
    let found = days.examine(&night.ctx, night.date).await?;
    Ok(StepOutcome::done(serde_json::to_value(found)?))
}

fn data_version(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let panel = &night.panel()?.panel;
    let days: usize = panel.series.iter().map(|s| s.days.len()).sum();
    let first = panel
        .series
        .iter()
        .filter_map(|s| s.days.first())
        .map(|d| d.date)
        .min();
    Ok(StepOutcome::done(json!({
        "version": night.data_version,
        "series": panel.series.len(),
        "days": days,
        "first_date": first,
        "last_date": panel.last_date,
        "planned_series": panel.series.iter().filter(|s| !s.planned.is_empty()).count(),
    })))
}

async fn issue(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let panel = night.panel()?.clone();
    let champion = load_champion(night).await?;
    let mut vetoed = match &champion {
        Champion::Ready(_, artifact) => vetoed(artifact),
        Champion::None | Champion::Unusable(_) | Champion::Unreachable(_) => BTreeSet::new(),
    };
    let (issuer, said, why) = match champion {
        Champion::Ready(serving, artifact) => {
            let read = panel.clone();
            let issuer = Issuer {
                source: ForecastSource::Model,
                model_version_id: Some(serving.id),
            };
            match tokio::task::spawn_blocking(move || issuing::by_model(&artifact, &read.panel))
                .await?
            {
                Ok(said) => (issuer, said, None),
                Err(error) => {
                    let (issuer, said) = baseline(&panel).await?;
                    (issuer, said, Some(error.to_string()))
                }
            }
        }
        Champion::Unusable(why) | Champion::Unreachable(why) => {
            let (issuer, said) = baseline(&panel).await?;
            (issuer, said, Some(why))
        }
        Champion::None => {
            let (issuer, said) = baseline(&panel).await?;
            (
                issuer,
                said,
                Some("no model has beaten the seasonal baseline yet".to_owned()),
            )
        }
    };
    if issuer.source == ForecastSource::Baseline {
        vetoed.clear();
    }
    let issued: Vec<IssuedForecast> = said
        .into_iter()
        .map(|one| {
            let series = &panel.panel.series[one.forecast.series];
            IssuedForecast {
                stands_in: one.stands_in,
                store_id: panel.store_ids[series.store],
                product_id: panel.product_ids[series.product],
                days: one.forecast.days,
            }
        })
        .filter(|f| !f.days.is_empty())
        .collect();
    let rows = night
        .services
        .forecast_book()
        .issue(&night.ctx, night.date, issuer, &issued)
        .await?;
    let mut detail = json!({ "source": issuer.source, "model_version_id": issuer.model_version_id, "series": issued.len(), "rows": rows, "why": why });
    if !vetoed.is_empty() {
        let codes = store_codes(night).await?;
        let named = vetoed.iter().map(|id| codes.get(id).unwrap_or(id));
        detail["baseline_stores"] = json!(named.collect::<Vec<_>>());
    }
    Ok(if issuer.source == ForecastSource::Model {
        StepOutcome::done(detail)
    } else {
        StepOutcome::degraded(detail)
    })
}

/// What people call the shops, by the identifiers that the panel gives them.
pub(super) async fn store_codes(night: &Night<'_>) -> anyhow::Result<BTreeMap<String, String>> {
    let stores = night.services.catalog().stores(&night.ctx).await?;
    Ok(stores
        .into_iter()
        .map(|s| (s.id.to_string(), s.code))
        .collect())
}

async fn baseline(panel: &Arc<OrganizationPanel>) -> anyhow::Result<(Issuer, Vec<Said>)> {
    let read = panel.clone();
    let said = tokio::task::spawn_blocking(move || issuing::by_baseline(&read.panel)).await?;
    Ok((
        Issuer {
            source: ForecastSource::Baseline,
            model_version_id: None,
        },
        said,
    ))
}

async fn suggestions(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let first = night.date + Days::new(1);
    let made = night
        .services
        .suggestions()
        .generate(&night.ctx, first, Some(night.run_id))
        .await?;
    Ok(StepOutcome::done(serde_json::to_value(made)?))
}

async fn score(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let book = night.services.forecast_book();
    // Files come late, and tills send corrections: what they change is scored by the next night.
    let late = night
        .services
        .quality()
        .late_days(&night.ctx, night.date)
        .await?;
    let mut late_scored = BTreeMap::new();
    for day in late {
        let scored = book.score(&night.ctx, day).await?.scored;
        if scored > 0 {
            late_scored.insert(day, scored);
        }
    }
    let summary = book.score(&night.ctx, night.date).await?;
    let status = if summary.scored == 0 && late_scored.is_empty() {
        JobStatus::Skipped
    } else {
        JobStatus::Succeeded
    };
    let mut detail = serde_json::to_value(summary)?;
    if !late_scored.is_empty() {
        detail["late_days"] = json!(late_scored);
    }
    Ok(StepOutcome { status, detail })
}

/// What people made of suggestions, against what was wanted: the last days again, for what came late.
async fn outcomes(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let suggestions = night.services.suggestions();
    let judged = suggestions.judge(&night.ctx, night.date).await?;
    Ok(StepOutcome::done(serde_json::to_value(judged)?))
}

async fn drift(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let ratio = night
        .services
        .forecast_book()
        .watch_drift(&night.ctx, night.date)
        .await?;
    Ok(match ratio {
        Some(ratio) => StepOutcome::done(json!({ "error_ratio": ratio })),
        None => StepOutcome {
            status: JobStatus::Skipped,
            detail: json!({ "why": "too few scored days to compare" }),
        },
    })
}

async fn alerts(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let serving = night
        .found
        .get("forecast")
        .and_then(|o| o.detail.get("source").cloned());
    let baseline = serving == Some(json!(ForecastSource::Baseline));
    let state = NightAlerts {
        baseline_serving: Some(baseline),
        forecast_late: Some(false),
        night_failed: Some(false),
    };
    night
        .services
        .quality()
        .set_night_alerts(&night.ctx, night.date, state)
        .await?;
    Ok(StepOutcome::done(json!({ "baseline_serving": baseline })))
}

async fn report(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let artifacts_removed = artifacts::clear(night).await?;
    let of = |step: &str, key: &str| {
        night
            .found
            .get(step)
            .and_then(|o| o.detail.get(key))
            .cloned()
            .unwrap_or(Value::Null)
    };
    let degraded: Vec<&String> = night
        .found
        .iter()
        .filter(|(_, o)| o.status == JobStatus::Degraded)
        .map(|(n, _)| n)
        .collect();
    Ok(StepOutcome::done(json!({
        "date": night.date,
        "sold": of("quality_gate", "quantity"),
        "usual": of("quality_gate", "usual_quantity"),
        "forecast_source": of("forecast", "source"),
        "forecast_rows": of("forecast", "rows"),
        "promoted": of("promote", "promoted"),
        "wape_day_1": of("score", "wape_day_1"),
        "wape_day_1_baseline": of("score", "wape_day_1_baseline"),
        "inside_80": of("score", "inside_80"),
        "fall_backs": degraded,
        "baseline_stores": of("forecast", "baseline_stores"),
        "artifacts_removed": artifacts_removed,
    })))
}
