//! What nights write into the registry, which shops a model does not serve, and which folders are kept.

use crate::bakery::{Bakery, LONG, at, hopeless, monday, tiny};
use ::forecast::TrainConfig;
use chrono::{Days, NaiveDate};
use contract::models::{ModelVersionView, RollBackModel};
use domain::{ForecastSource, JobStatus, ModelAlias};
use entity::forecast;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use services::models::ServingModel;
use std::path::Path;
use testkit::on_both;
use uuid::Uuid;

async fn champion(bakery: &Bakery) -> ServingModel {
    let models = bakery.services().models();
    let serving = models.serving(&bakery.ctx(), ModelAlias::Champion).await;
    serving.unwrap().unwrap()
}

async fn versions(bakery: &Bakery) -> Vec<ModelVersionView> {
    let models = bakery.services().models();
    models.list(&bakery.ctx()).await.unwrap()
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
}

#[tokio::test]
async fn a_run_is_recorded_with_its_settings_hashes_and_metrics_by_window_shop_and_horizon() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner_with(hopeless()), monday() - Days::new(1))
            .await;
        bakery.night(&bakery.runner(), monday()).await;
        let [passed, refused] = &versions(&bakery).await[..] else {
            panic!("two versions")
        };
        assert_eq!((passed.number, passed.passed_gate), (2, true));
        assert_eq!((refused.number, refused.passed_gate), (1, false));
        assert_eq!(passed.alias, Some(ModelAlias::Champion));
        assert_eq!(refused.alias, None);
        assert!(refused.reason.contains("misses the bar"));
        for version in [passed, refused] {
            let models = bakery.services().models();
            let kept = models.get(&bakery.ctx(), version.id).await.unwrap();
            let report = &kept.report;
            assert_eq!(
                report["by_fold"].as_array().unwrap().len(),
                report["cutoffs"].as_array().unwrap().len()
            );
            for group in ["by_fold", "by_store", "by_horizon"] {
                let first = &report[group][0];
                for who in ["model", "seasonal_naive", "weekday_mean"] {
                    assert!(first[who]["wql"].as_f64().unwrap() > 0.0);
                    assert!(first[who]["money"]["waste"].as_f64().unwrap() >= 0.0);
                }
            }
            // Prices and costs are known to the catalog.
            assert_eq!(report["money_unit"], "currency");
            assert_eq!(report["assumed_costs"], 0.0);
            assert_eq!(kept.seed, 1);
            assert_eq!(kept.manifest["config"]["hidden"], 8);
            assert_eq!(kept.manifest["trees_sha256"].as_str().unwrap().len(), 64);
        }
    })
    .await;
}

#[tokio::test]
async fn a_vetoed_shop_keeps_the_baseline_while_the_model_serves_the_others() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let eve = monday() - Days::new(1);
        bakery.night(&bakery.runner(), eve).await;
        let serving = champion(&bakery).await;
        let vetoed = bakery.org.stores[1];
        edit(&serving.artifact_dir.join("manifest.json"), |manifest| {
            manifest["decision"]["vetoed_stores"] = json!([vetoed.to_string()]);
        });
        let status = bakery
            .night(&bakery.runner().without_training(), monday())
            .await;
        assert_eq!(status, JobStatus::Succeeded);
        let rows = forecast::Entity::find()
            .filter(forecast::Column::IssuedOn.eq(monday()))
            .all(db.db().connection())
            .await
            .unwrap();
        let of = |store: Uuid| {
            let mut all: Vec<_> = rows
                .iter()
                .filter(|f| f.store_id == store)
                .map(|f| (f.source, f.model_version_id))
                .collect();
            all.dedup();
            all
        };
        let by_model = (ForecastSource::Model, Some(serving.id));
        assert_eq!(of(bakery.org.stores[0]), [by_model]);
        assert_eq!(of(vetoed), [(ForecastSource::Baseline, None)]);
        // The night says which, in the words of the trade.
        let run_id = bakery.ask(monday(), false).await;
        for step in ["forecast", "report"] {
            let (_, detail) = bakery.step(run_id, step).await;
            assert_eq!(detail["baseline_stores"], json!(["S02"]), "{step}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rollback_outlasts_the_night_of_its_day_and_a_later_night_may_promote_again() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let madrid = |date, hour| at(chrono_tz::Europe::Madrid, date, hour, 0);
        let night = async |date: NaiveDate| {
            bakery.sell(date, date).await;
            bakery.hands.set(madrid(date + Days::new(1), 2));
            bakery.night(&bakery.runner(), date).await;
        };
        night(monday() - Days::new(2)).await;
        night(monday() - Days::new(1)).await;
        let first = versions(&bakery).await.pop().unwrap();
        // On Monday at noon somebody takes Sunday's model back.
        bakery.hands.set(madrid(monday(), 12));
        let command = RollBackModel {
            command_id: Uuid::now_v7(),
            reason: "too low on Sundays".to_owned(),
        };
        let models = bakery.services().models();
        models.roll_back(&bakery.ctx(), &command).await.unwrap();
        assert_eq!(champion(&bakery).await.id, first.id);

        night(monday()).await;
        assert_eq!(champion(&bakery).await.number, 1);
        night(monday() + Days::new(1)).await;
        assert_eq!(champion(&bakery).await.number, 4);
        let run_id = bakery.ask(monday(), false).await;
        let (_, detail) = bakery.step(run_id, "promote").await;
        assert_eq!(
            (&detail["promoted"], &detail["passed_gate"]),
            (&json!(false), &json!(true))
        );
        assert!(detail["why"].as_str().unwrap().contains("somebody chose"));
    })
    .await;
}

#[tokio::test]
async fn folders_of_old_models_go_in_the_nights_last_step_and_the_one_that_serves_stays() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let first_night = monday() - Days::new(4);
        let runner = bakery.runner().keeping(1);
        for n in 0..4 {
            bakery.night(&runner, first_night + Days::new(n)).await;
        }
        // Where a challenger is refused the champion learns the day in its stead, and serves on.
        let cold_and_strict = TrainConfig {
            cold_every_days: 0,
            ..hopeless()
        };
        let strict = bakery.runner_with(cold_and_strict).keeping(1);
        bakery.night(&strict, monday()).await;
        let run_id = bakery.ask(monday(), false).await;
        let (_, promoted) = bakery.step(run_id, "promote").await;
        let why = promoted["refused"]["why"].as_str().unwrap();
        assert!(why.contains("misses the bar"), "{promoted}");
        let [learned, refused, before, ..] = &versions(&bakery).await[..] else {
            panic!("six versions")
        };
        assert!(learned.passed_gate && !refused.passed_gate && refused.alias.is_none());
        assert_eq!((learned.number, refused.number), (6, 5));
        assert_eq!(learned.trained_on, monday());
        assert_eq!(learned.reason, before.reason);
        assert_eq!(
            bakery.step(run_id, "report").await.1["artifacts_removed"],
            2
        );
        let serving = champion(&bakery).await;
        assert_eq!(serving.number, 6);
        assert!(serving.artifact_dir.join("manifest.json").is_file());
        let folder = serving.artifact_dir.parent().unwrap();
        let folders = std::fs::read_dir(folder).unwrap();
        let folders = folders.filter(|f| f.as_ref().unwrap().path().is_dir());
        // The one that serves and the one before it.
        assert_eq!(folders.count(), 2);
        let removed: Vec<bool> = versions(&bakery)
            .await
            .iter()
            .map(|v| v.artifact_removed_at.is_some())
            .collect();
        assert_eq!(removed, [false, true, false, true, true, true]);
    })
    .await;
}

#[tokio::test]
async fn a_champion_of_an_older_format_is_trained_anew_and_the_night_says_so() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        let old = champion(&bakery).await;
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/forecast/tests/fixtures/format-1/manifest.json");
        std::fs::copy(fixture, old.artifact_dir.join("manifest.json")).unwrap();
        // Without training the baseline stands in, and says why.
        let run_id = bakery.ask(monday(), false).await;
        let untrained = bakery.runner().without_training();
        bakery.run(&untrained, run_id).await;
        let (status, detail) = bakery.step(run_id, "forecast").await;
        assert_eq!(status, JobStatus::Degraded);
        let told = |why: &Value| {
            why.as_str()
                .unwrap()
                .contains("has format 1; this program reads format 2")
        };
        assert!(told(&detail["why"]), "{detail}");

        let run_id = bakery.ask(monday(), true).await;
        bakery.run(&bakery.runner_with(tiny()), run_id).await;
        let (_, detail) = bakery.step(run_id, "train").await;
        assert_eq!(detail["path"], "cold");
        assert!(told(&detail["champion_unusable"]), "{detail}");
        assert_eq!(champion(&bakery).await.number, 2);
        assert_eq!(bakery.step(run_id, "forecast").await.1["source"], "model");
    })
    .await;
}
