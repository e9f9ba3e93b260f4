//! Who forecasts when no model may.

use crate::bakery::{Bakery, LONG, hopeless, monday, tiny};
use ::forecast::TrainConfig;
use chrono::{Days, NaiveDate};
use contract::forecasts::ListForecasts;
use domain::{AlertKind, ForecastSource, JobStatus, ModelAlias};
use entity::{forecast, model_version};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use services::models::ServingModel;
use testkit::on_both;
use uuid::Uuid;

/// Who issued the forecasts of a night; one for all of them, or the test fails.
async fn issuer(bakery: &Bakery, night: NaiveDate) -> (ForecastSource, Option<Uuid>) {
    let rows = forecast::Entity::find()
        .filter(forecast::Column::IssuedOn.eq(night))
        .all(bakery.db.db().connection())
        .await
        .unwrap();
    let first = rows.first().unwrap();
    let same = |f: &forecast::Model| {
        (f.source, f.model_version_id) == (first.source, first.model_version_id)
    };
    assert!(rows.iter().all(same));
    // What the night says and what the screens show is the same.
    let asked = ListForecasts {
        store_id: bakery.org.stores[0],
        ..ListForecasts::default()
    };
    let list = bakery
        .services()
        .forecasts()
        .list(&bakery.ctx(), &asked)
        .await
        .unwrap();
    assert_eq!(list.issue.unwrap().source, first.source);
    (first.source, first.model_version_id)
}

async fn champion(bakery: &Bakery) -> Option<ServingModel> {
    bakery
        .services()
        .models()
        .serving(&bakery.ctx(), ModelAlias::Champion)
        .await
        .unwrap()
}

#[tokio::test]
async fn with_too_little_data_the_baseline_forecasts_and_the_night_says_why() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 40).await;
        assert_eq!(
            bakery.night(&bakery.runner(), monday()).await,
            JobStatus::Degraded
        );
        assert_eq!(
            issuer(&bakery, monday()).await,
            (ForecastSource::Baseline, None)
        );
        let run_id = bakery.ask(monday(), false).await;
        let (status, detail) = bakery.step(run_id, "train").await;
        assert_eq!(status, JobStatus::Degraded);
        assert_eq!(detail["path"], "too_little_data");
        assert!(
            detail["decision"]
                .as_str()
                .unwrap()
                .contains("too little data"),
            "{detail}"
        );
        assert_eq!(bakery.step(run_id, "promote").await.1["promoted"], false);
        let (status, detail) = bakery.step(run_id, "forecast").await;
        assert_eq!(
            (status, &detail["source"]),
            (JobStatus::Degraded, &"baseline".into())
        );
        assert!(detail["why"].is_string(), "{detail}");
        let (_, report) = bakery.step(run_id, "report").await;
        assert_eq!(
            report["fall_backs"],
            serde_json::json!(["forecast", "train"])
        );
        assert_eq!(
            model_version::Entity::find()
                .count(db.db().connection())
                .await
                .unwrap(),
            0
        );
        assert!(champion(&bakery).await.is_none());
        assert!(bakery.stands(AlertKind::BaselineServing).await);
    })
    .await;
}

#[tokio::test]
async fn a_model_that_misses_the_gate_does_not_serve_and_the_baseline_stands_in() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let strict = bakery.runner_with(hopeless());
        let eve = monday() - Days::new(1);
        assert_eq!(bakery.night(&strict, eve).await, JobStatus::Degraded);
        assert_eq!(issuer(&bakery, eve).await, (ForecastSource::Baseline, None));
        let run_id = bakery.ask(eve, false).await;
        let (_, judged) = bakery.step(run_id, "backtest").await;
        assert_eq!(judged["passed"], false);
        assert!(
            judged["reason"]
                .as_str()
                .unwrap()
                .contains("misses the bar"),
            "{judged}"
        );
        assert!(judged["report"]["model"]["wql"].as_f64().unwrap() > 0.0);
        assert_eq!(bakery.step(run_id, "promote").await.1["promoted"], false);
        assert!(champion(&bakery).await.is_none());
        assert!(bakery.stands(AlertKind::BaselineServing).await);

        // The night after, a model passes: it serves, and the warning is gone.
        assert_eq!(
            bakery.night(&bakery.runner(), monday()).await,
            JobStatus::Succeeded
        );
        let serving = champion(&bakery).await.unwrap();
        assert_eq!(
            issuer(&bakery, monday()).await,
            (ForecastSource::Model, Some(serving.id))
        );
        assert!(!bakery.stands(AlertKind::BaselineServing).await);
        let [version, refused] = &bakery
            .services()
            .models()
            .list(&bakery.ctx())
            .await
            .unwrap()[..]
        else {
            panic!("two versions")
        };
        assert!(!refused.passed_gate && refused.alias.is_none());
        assert!(version.passed_gate);
        assert_eq!(
            (version.id, version.alias),
            (serving.id, Some(ModelAlias::Champion))
        );
        assert_eq!((version.number, version.trained_on), (2, monday()));
    })
    .await;
}

#[tokio::test]
async fn a_champion_stays_when_tonights_challenger_misses_the_gate_or_training_fails() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        let first = champion(&bakery).await.unwrap();

        let cold_and_strict = TrainConfig {
            cold_every_days: 0,
            ..hopeless()
        };
        let strict = bakery.runner_with(cold_and_strict);
        assert_eq!(bakery.night(&strict, monday()).await, JobStatus::Succeeded);
        let run_id = bakery.ask(monday(), false).await;
        assert_eq!(bakery.step(run_id, "backtest").await.1["passed"], false);
        // The champion learned Monday in the challenger's stead, and is what it was judged to be.
        let learned = champion(&bakery).await.unwrap();
        assert_eq!((first.number, learned.number), (1, 3));
        assert_eq!(learned.metrics, first.metrics);
        assert_eq!(
            issuer(&bakery, monday()).await,
            (ForecastSource::Model, Some(learned.id))
        );

        // Tuesday: nothing can be written where models are kept.
        let tuesday = monday() + Days::new(1);
        bakery.sell(tuesday, tuesday).await;
        let models = bakery.services().data_dir().join("models");
        let aside = bakery.services().data_dir().join("aside");
        std::fs::rename(&models, &aside).unwrap();
        std::fs::write(&models, "not a folder").unwrap();
        assert_eq!(
            bakery.night(&bakery.runner(), tuesday).await,
            JobStatus::Degraded
        );
        let run_id = bakery.ask(tuesday, false).await;
        let (status, detail) = bakery.step(run_id, "train").await;
        assert_eq!(
            (status, &detail["fall_back"]),
            (JobStatus::Degraded, &"champion_or_baseline".into())
        );
        assert!(detail["error"].is_string());
        // The champion's own folder is gone with it: the baseline stands in.
        assert_eq!(
            issuer(&bakery, tuesday).await,
            (ForecastSource::Baseline, None)
        );
        assert!(bakery.stands(AlertKind::BaselineServing).await);
        assert_eq!(champion(&bakery).await.unwrap(), learned);

        // Mended and done again, the model forecasts.
        std::fs::remove_file(&models).unwrap();
        std::fs::rename(&aside, &models).unwrap();
        let run_id = bakery.ask(tuesday, true).await;
        bakery.run(&bakery.runner_with(tiny()), run_id).await;
        assert_eq!(issuer(&bakery, tuesday).await.0, ForecastSource::Model);
        assert!(!bakery.stands(AlertKind::BaselineServing).await);
    })
    .await;
}
