//! The night's three steps about the model: train, judge, choose who serves.

use super::champion::{Champion, load_champion};
use super::night::StepOutcome;
use super::steps::{Night, store_codes};
use crate::clock::Clock;
use anyhow::{Context, bail};
use domain::JobStatus;
use forecast::{Artifact, GateDecision, Manifest, NightlyOutcome, NightlyPath, TrainProgress};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use services::models::{NewModelVersion, Promotion};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Progress of a long step is written at most so often.
const PROGRESS_EVERY: Duration = Duration::from_millis(700);

/// What training left in the artifact's folder beside the model, so that a resumed night need not train again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TrainingRecord {
    pub(super) path: NightlyPath,
    /// A model that may serve lies in the folder.
    pub(super) has_artifact: bool,
    /// The challenger that the gate refused lies in the folder.
    #[serde(default)]
    pub(super) has_refused: bool,
    pub(super) report: Option<forecast::BacktestReport>,
    pub(super) decision: forecast::GateDecision,
    pub(super) timings: forecast::NightlyTimings,
}

pub(super) async fn train(
    night: &Night<'_>,
    clock: &Clock,
    watch: &(dyn Fn(&str, &Value) + Send + Sync),
) -> anyhow::Result<StepOutcome> {
    let Some(config) = night.train.clone() else {
        return Ok(StepOutcome {
            status: JobStatus::Skipped,
            detail: json!({ "why": "no training was asked for" }),
        });
    };
    let seed = config.seed;
    let (champion, unusable) = match load_champion(night).await? {
        Champion::None => (None, None),
        Champion::Ready(_, artifact) => (Some(artifact), None),
        Champion::Unusable(why) => (None, Some(why)),
        // Without its rival a challenger would be judged too kindly.
        Champion::Unreachable(why) => {
            return Ok(StepOutcome::degraded(
                json!({ "error": why, "fall_back": "champion_or_baseline" }),
            ));
        }
    };
    let panel = night.panel()?.clone();
    let stop = night.stop.clone();
    let path = night.new_artifact_path();
    let dir = night.services.data_dir().join(&path);
    let (sender, mut progress) = tokio::sync::watch::channel(None::<TrainProgress>);
    let mut work = tokio::task::spawn_blocking(move || {
        let mut tell = |p: TrainProgress| {
            sender.send_replace(Some(p));
        };
        let outcome =
            forecast::nightly(&panel.panel, champion.as_deref(), &config, &mut tell, &stop)?;
        keep(&outcome, &dir)?;
        anyhow::Ok(outcome)
    });
    let started = Instant::now();
    let mut shown = Instant::now() - PROGRESS_EVERY;
    let outcome = loop {
        tokio::select! {
            // Also a panic leaves the night its champion.
            done = &mut work => break done.unwrap_or_else(|error| Err(error.into())),
            Ok(()) = progress.changed() => {
                if shown.elapsed() < PROGRESS_EVERY { continue }
                shown = Instant::now();
                let Some(p) = *progress.borrow_and_update() else { continue };
                let share = p.step as f64 / p.steps.max(1) as f64;
                let elapsed = started.elapsed().as_secs_f64();
                let remaining = if share > 0.02 { Some((elapsed / share - elapsed).round()) } else { None };
                let detail = json!({ "done": p.step, "total": p.steps, "remaining_seconds": remaining, "loss": p.loss });
                night.services.nights().progress(&night.ctx, night.run_id, "train", detail.clone(), clock()).await?;
                watch("train", &detail);
            }
        }
    };
    match outcome {
        Ok(outcome) => {
            let detail = json!({
                "artifact": path,
                "path": outcome.path,
                "seconds": outcome.timings,
                "parameters": outcome.artifact.as_ref().map(|a| a.manifest().parameters),
                "members": outcome.artifact.as_ref().map(|a| a.manifest().members),
                "seed": seed,
                "decision": outcome.decision.reason,
                "champion_unusable": unusable,
            });
            Ok(if outcome.path == NightlyPath::TooLittleData {
                StepOutcome::degraded(detail)
            } else {
                StepOutcome::done(detail)
            })
        }
        Err(error) => {
            if night.stop.load(std::sync::atomic::Ordering::Relaxed) {
                bail!("training was stopped");
            }
            tracing::error!(
                error = format!("{error:#}"),
                "training failed; the champion or the baseline forecasts"
            );
            Ok(StepOutcome::degraded(
                json!({ "error": format!("{error:#}"), "fall_back": "champion_or_baseline" }),
            ))
        }
    }
}

/// Where the record of a training lies: beside the folder of its model.
pub(super) fn record_file(dir: &Path) -> PathBuf {
    dir.with_extension("training.json")
}

/// Where the refused challenger lies: beside the champion that learned on in its stead, else in its place.
fn refused_path(path: &str, is_beside: bool) -> String {
    let suffix = if is_beside { "-refused" } else { "" };
    format!("{path}{suffix}")
}

/// Writes the model first, the record of it last: a record without a model cannot be.
fn keep(outcome: &NightlyOutcome, dir: &Path) -> anyhow::Result<()> {
    let record = record_file(dir);
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
    }
    // A champion that was not trained further is kept where it lies.
    let fresh = outcome.path != NightlyPath::Reused;
    if let Some(artifact) = outcome.artifact.as_ref().filter(|_| fresh) {
        artifact.clone().save(dir)?;
    }
    if let Some(refused) = &outcome.refused {
        let path = refused_path(&dir.to_string_lossy(), outcome.artifact.is_some());
        refused.clone().save(Path::new(&path))?;
    }
    let text = serde_json::to_vec_pretty(&TrainingRecord {
        path: outcome.path,
        has_artifact: outcome.artifact.is_some(),
        has_refused: outcome.refused.is_some(),
        report: outcome.report.clone(),
        decision: outcome.decision.clone(),
        timings: outcome.timings,
    })?;
    let draft = record.with_extension("draft");
    std::fs::write(&draft, text).with_context(|| format!("write {}", draft.display()))?;
    std::fs::rename(&draft, &record).with_context(|| format!("write {}", record.display()))?;
    Ok(())
}

/// A reason of the gate with the shops' codes instead of their identifiers.
async fn readable(night: &Night<'_>, decision: &GateDecision) -> anyhow::Result<String> {
    if decision.vetoed_stores.is_empty() {
        return Ok(decision.reason.clone());
    }
    let codes = store_codes(night).await?;
    let replace = |text: String, id: &String| match codes.get(id) {
        Some(code) => text.replace(id, code),
        None => text,
    };
    let vetoed = decision.vetoed_stores.iter();
    Ok(vetoed.fold(decision.reason.clone(), replace))
}

pub(super) async fn backtest(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let Some((_, record)) = night.training() else {
        return Ok(StepOutcome {
            status: JobStatus::Skipped,
            detail: json!({ "why": "no training tonight" }),
        });
    };
    let detail = json!({ "report": record.report, "passed": record.decision.passed, "reason": readable(night, &record.decision).await? });
    Ok(if record.report.is_some() {
        StepOutcome::done(detail)
    } else {
        StepOutcome {
            status: JobStatus::Skipped,
            detail,
        }
    })
}

/// Writes tonight's model into the registry, passed or refused, and lets it serve when it passed.
pub(super) async fn promote(night: &Night<'_>) -> anyhow::Result<StepOutcome> {
    let kept =
        |promoted: bool, why: &str| StepOutcome::done(json!({ "promoted": promoted, "why": why }));
    let Some((path, record)) = night
        .training()
        .filter(|(_, r)| r.has_artifact || r.has_refused)
    else {
        return Ok(kept(false, "no model of tonight passed the gate"));
    };
    if record.path == NightlyPath::Reused {
        return Ok(kept(false, "the champion has already seen these data"));
    }
    let models = night.services.models();
    let timings = record.timings;
    let data = night.services.data_dir();
    let beside = refused_path(&path, record.has_artifact);
    for (is_there, path) in [(record.has_artifact, &path), (record.has_refused, &beside)] {
        if !is_there {
            continue;
        }
        if let Err(error) = night.models.keep(data, path).await {
            // What other machines could not fetch must not serve; the night goes on with who serves.
            tracing::error!(
                path,
                error = format!("{error:#}"),
                "a model cannot be kept in the store"
            );
            return Ok(StepOutcome::degraded(json!({
                "promoted": false,
                "why": format!("tonight's model cannot be kept in the store: {error:#}"),
            })));
        }
    }
    let load = async |path: &str| -> anyhow::Result<Artifact> {
        let dir = data.join(path);
        Ok(tokio::task::spawn_blocking(move || Artifact::load(&dir)).await??)
    };
    let mut refused = None;
    if record.has_refused {
        let artifact = load(&beside).await?;
        let reason = readable(night, &record.decision).await?;
        let trained = Trained {
            seconds: timings.challenger_s + timings.backtest_s,
            ..Trained::tonight(&record)
        };
        let version = version(beside, artifact.manifest(), &trained, &reason);
        let id = models.register(&night.ctx, version).await?;
        if !record.has_artifact {
            return Ok(StepOutcome::done(
                json!({ "promoted": false, "passed_gate": false, "model_version_id": id, "why": reason }),
            ));
        }
        refused = Some(json!({ "model_version_id": id, "why": reason }));
    }
    let artifact = load(&path).await?;
    let manifest = artifact.manifest();
    let trained = if refused.is_some() {
        // The champion learned on in the challenger's stead: an earlier night judged it.
        Trained {
            path: NightlyPath::Refreshed,
            decision: manifest.decision.clone().unwrap_or_default(),
            report: manifest.report.as_ref(),
            seconds: timings.refit_s,
        }
    } else {
        Trained::tonight(&record)
    };
    let reason = readable(night, &trained.decision).await?;
    let version = version(path, manifest, &trained, &reason);
    let id = models.register(&night.ctx, version).await?;
    let (promoted, why) = match models
        .promote_tonight(&night.ctx, night.date, id, &reason)
        .await?
    {
        Promotion::Done => (true, reason.as_str()),
        Promotion::Held => (
            false,
            "it passed the gate, but somebody chose today who serves: that holds until the next night",
        ),
    };
    Ok(StepOutcome::done(
        json!({ "promoted": promoted, "passed_gate": true, "model_version_id": id, "why": why, "refused": refused }),
    ))
}

/// What is to be recorded of a model besides its manifest.
struct Trained<'a> {
    path: NightlyPath,
    decision: GateDecision,
    report: Option<&'a forecast::BacktestReport>,
    seconds: f64,
}

impl<'a> Trained<'a> {
    fn tonight(record: &'a TrainingRecord) -> Self {
        let timings = record.timings;
        Self {
            path: record.path,
            decision: record.decision.clone(),
            report: record.report.as_ref(),
            seconds: timings.challenger_s + timings.backtest_s + timings.refit_s,
        }
    }
}

fn version(
    artifact_path: String,
    manifest: &Manifest,
    trained: &Trained<'_>,
    reason: &str,
) -> NewModelVersion {
    let report = trained.report;
    NewModelVersion {
        family: "tide+trees".to_owned(),
        artifact_path,
        manifest: json!({
            "format_version": manifest.format_version,
            "members": manifest.members,
            "series": manifest.series,
            "config": manifest.config,
            "covariates": manifest.covariates,
            "loss": manifest.loss,
            "path": trained.path,
            "blend": manifest.blend,
            "calibration": manifest.calibration,
            "vetoed_stores": trained.decision.vetoed_stores,
            "weights_sha256": manifest.weights_sha256,
            "trees_sha256": manifest.trees_sha256,
            "judged_sha256": manifest.judged_sha256,
        }),
        schema_hash: manifest.schema_hash.clone(),
        data_version: manifest.data_version.clone(),
        code_version: manifest.code_version.clone(),
        seed: i64::try_from(manifest.config.seed).unwrap_or(i64::MAX),
        trained_on: manifest.cutoff,
        metrics: json!(report.map(|r| &r.model)),
        baseline_metrics: json!(report.map(
            |r| json!({ "seasonal_naive": r.seasonal_naive, "weekday_mean": r.weekday_mean })
        )),
        report: report.map(|r| json!(r)),
        passed_gate: trained.decision.passed,
        reason: reason.to_owned(),
        parameter_count: (manifest.parameters * manifest.members) as i64,
        duration_ms: (trained.seconds * 1_000.0) as i64,
    }
}
