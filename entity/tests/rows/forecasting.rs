use domain::{
    AliasChange, ForecastSource, JobKind, JobStatus, JobTrigger, ModelAlias, TotalLevel, Unit,
};
use entity::{
    forecast, forecast_override, forecast_score, forecast_total, job_run, job_step, model_alias,
    model_alias_history, model_search, model_version,
};
use serde_json::json;

use crate::{BREAD, Keeper, MODEL, ORGANIZATION, PERSON, RUN, STORE, at, day, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    keep_jobs(keeper).await;
    keep_models(keeper).await;
    keep_forecasts(keeper).await;
}

async fn keep_jobs(keeper: &mut Keeper<'_>) {
    let done = job_run::Model {
        id: RUN,
        organization_id: ORGANIZATION,
        kind: JobKind::Nightly,
        business_date: day("2026-01-01"),
        status: JobStatus::Degraded,
        trigger: JobTrigger::CommandLine,
        requested_by: Some(PERSON),
        owner: Some("host:1".into()),
        heartbeat_at: Some(at("2026-01-02T02:10:00Z")),
        started_at: Some(at("2026-01-02T02:00:00Z")),
        finished_at: Some(at("2026-01-02T02:20:00Z")),
        error: Some("training: out of time".into()),
        created_at: at("2026-01-02T02:00:00Z"),
    };
    let queued = job_run::Model {
        id: other(1),
        business_date: day("2026-01-02"),
        status: JobStatus::Queued,
        trigger: JobTrigger::Clock,
        requested_by: None,
        owner: None,
        heartbeat_at: None,
        started_at: None,
        finished_at: None,
        error: None,
        ..done.clone()
    };
    keeper.keep(job_run::Entity, vec![done, queued]).await;
    let done = job_step::Model {
        run_id: RUN,
        name: "train".into(),
        organization_id: ORGANIZATION,
        position: 2,
        status: JobStatus::Succeeded,
        attempts: 1,
        input_hash: Some("cd".repeat(32)),
        detail: json!({"loss": 0.125, "epochs": 12}),
        started_at: Some(at("2026-01-02T02:00:00Z")),
        finished_at: Some(at("2026-01-02T02:20:00Z")),
    };
    let waiting = job_step::Model {
        name: "forecast".into(),
        status: JobStatus::Queued,
        input_hash: None,
        detail: json!({}),
        started_at: None,
        finished_at: None,
        ..done.clone()
    };
    keeper.keep(job_step::Entity, vec![done, waiting]).await;
}

async fn keep_models(keeper: &mut Keeper<'_>) {
    let version = model_version::Model {
        id: MODEL,
        organization_id: ORGANIZATION,
        number: 1,
        family: "mlp".into(),
        artifact_path: "models/1".into(),
        manifest: json!({"layers": [64, 32]}),
        schema_hash: "ef".repeat(32),
        data_version: "42".into(),
        code_version: "0.1.0".into(),
        seed: i64::MIN,
        trained_on: day("2025-12-31"),
        metrics: json!({"wape": 0.18}),
        baseline_metrics: json!({"wape": 0.21}),
        report: Some(json!({"by_store": []})),
        passed_gate: true,
        reason: "better by a tenth".into(),
        parameter_count: 12_345,
        duration_ms: 61_000,
        artifact_removed_at: None,
        created_at: at("2026-01-02T02:15:00Z"),
    };
    let refused = model_version::Model {
        id: other(1),
        number: 2,
        report: None,
        passed_gate: false,
        reason: String::new(),
        artifact_removed_at: Some(at("2026-01-09T02:15:00Z")),
        ..version.clone()
    };
    keeper
        .keep(model_version::Entity, vec![version, refused])
        .await;
    let search = model_search::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        chosen: Some(json!({ "learning_rate": 0.002, "hidden": 96, "batch": 64 })),
        reason: "best of 18".into(),
        outcome: json!({ "trials": [] }),
        data_version: "d".into(),
        code_version: "0.1.0".into(),
        seed: i64::MAX,
        duration_ms: 1_000,
        created_at: at("2026-01-02T02:16:00Z"),
    };
    let vain = model_search::Model {
        id: other(2),
        chosen: None,
        ..search.clone()
    };
    keeper.keep(model_search::Entity, vec![search, vain]).await;
    let alias = model_alias::Model {
        organization_id: ORGANIZATION,
        alias: ModelAlias::Champion,
        model_version_id: MODEL,
        since_at: at("2026-01-02T02:16:00Z"),
    };
    let challenger = model_alias::Model {
        alias: ModelAlias::Challenger,
        ..alias.clone()
    };
    keeper
        .keep(model_alias::Entity, vec![alias, challenger])
        .await;
    let promoted = model_alias_history::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        alias: ModelAlias::Champion,
        kind: AliasChange::Promotion,
        from_version_id: None,
        to_version_id: Some(MODEL),
        reason: "beat the baseline".into(),
        actor_id: None,
        at: at("2026-01-02T02:16:00Z"),
    };
    let withdrawn = model_alias_history::Model {
        id: other(2),
        from_version_id: Some(MODEL),
        to_version_id: None,
        kind: AliasChange::Rollback,
        actor_id: Some(PERSON),
        ..promoted.clone()
    };
    keeper
        .keep(model_alias_history::Entity, vec![promoted, withdrawn])
        .await;
}

async fn keep_forecasts(keeper: &mut Keeper<'_>) {
    let model = forecast::Model {
        store_id: STORE,
        product_id: BREAD,
        issued_on: day("2026-01-02"),
        target_date: day("2026-01-03"),
        organization_id: ORGANIZATION,
        horizon: 1,
        source: ForecastSource::Model,
        model_version_id: Some(MODEL),
        mean_milli: 20_500,
        q05_milli: 12_000,
        q10_milli: 14_000,
        q20_milli: 16_000,
        q30_milli: 17_500,
        q40_milli: 19_000,
        q50_milli: 20_000,
        q60_milli: 21_000,
        q70_milli: 22_500,
        q80_milli: 24_500,
        q90_milli: 28_000,
        q95_milli: 31_000,
    };
    let baseline = forecast::Model {
        target_date: day("2026-01-04"),
        horizon: 2,
        source: ForecastSource::Baseline,
        model_version_id: None,
        ..model.clone()
    };
    let total = forecast_total::Model {
        level: TotalLevel::Store,
        subject_id: model.store_id,
        unit: Unit::Gram,
        issued_on: model.issued_on,
        target_date: model.target_date,
        organization_id: model.organization_id,
        shelves: 3,
        mean_milli: i64::MAX,
        q05_milli: 1,
        q10_milli: 2,
        q20_milli: 3,
        q30_milli: 4,
        q40_milli: 5,
        q50_milli: 6,
        q60_milli: 7,
        q70_milli: 8,
        q80_milli: 9,
        q90_milli: 10,
        q95_milli: i64::MAX,
    };
    let chain = forecast_total::Model {
        level: TotalLevel::Chain,
        subject_id: ORGANIZATION,
        unit: Unit::Piece,
        ..total.clone()
    };
    keeper
        .keep(forecast_total::Entity, vec![total, chain])
        .await;
    keeper.keep(forecast::Entity, vec![model, baseline]).await;
    let noted = forecast_override::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        target_date: day("2026-01-03"),
        quantity: 30,
        note: Some("Partido".into()),
        author_id: PERSON,
        created_at: at("2026-01-02T09:00:00Z"),
        updated_at: at("2026-01-02T09:30:00Z"),
        version: 2,
    };
    let bare = forecast_override::Model {
        id: other(2),
        target_date: day("2026-01-04"),
        note: None,
        ..noted.clone()
    };
    keeper
        .keep(forecast_override::Entity, vec![noted, bare])
        .await;
    let scored = forecast_score::Model {
        store_id: STORE,
        product_id: BREAD,
        target_date: day("2026-01-03"),
        horizon: 1,
        organization_id: ORGANIZATION,
        issued_on: day("2026-01-02"),
        source: ForecastSource::Model,
        model_version_id: Some(MODEL),
        actual: 22,
        mean_milli: 20_500,
        q50_milli: 20_000,
        absolute_error_milli: 2_000,
        quantile_loss_milli: 750,
        inside_80: true,
        baseline_q50_milli: Some(18_000),
        override_quantity: Some(30),
        censored: false,
        scored_at: at("2026-01-04T02:30:00Z"),
    };
    let bare = forecast_score::Model {
        horizon: 2,
        source: ForecastSource::Baseline,
        model_version_id: None,
        inside_80: false,
        baseline_q50_milli: None,
        override_quantity: None,
        censored: true,
        ..scored.clone()
    };
    keeper
        .keep(forecast_score::Entity, vec![scored, bare])
        .await;
}
