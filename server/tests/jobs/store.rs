//! Models that an object store keeps beside the data folder.

use crate::bakery::{Bakery, LONG, hopeless, monday};
use ::forecast::TrainConfig;
use chrono::Days;
use domain::{JobStatus, ModelAlias};
use server::jobs::model_store::ModelStore;
use testkit::on_both;

#[tokio::test]
async fn a_machine_without_the_model_fetches_it_and_old_ones_go_from_both_places() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let shared = tempfile::tempdir().unwrap();
        let address = format!("file://{}", shared.path().display());
        let store = ModelStore::open(&address).unwrap();
        let eve = monday() - Days::new(1);
        let runner = bakery.runner().keeping(1).with_models_in(store.clone());
        bakery.night(&runner, eve).await;

        // Another machine: the same books, an empty disk.
        let models = bakery.services().data_dir().join("models");
        std::fs::remove_dir_all(&models).unwrap();
        let untrained = bakery.runner().without_training();
        let with_store = untrained.clone().with_models_in(store.clone());
        assert_eq!(
            bakery.night(&with_store, monday()).await,
            JobStatus::Succeeded
        );
        let run_id = bakery.ask(monday(), false).await;
        assert_eq!(bakery.step(run_id, "forecast").await.1["source"], "model");
        assert!(models.is_dir(), "it is here now");

        // Without the store the disk alone counts, and a store that lost it says so.
        std::fs::remove_dir_all(&models).unwrap();
        let tuesday = monday() + Days::new(1);
        bakery.sell(tuesday, tuesday).await;
        assert_eq!(bakery.night(&untrained, tuesday).await, JobStatus::Degraded);
        let empty = tempfile::tempdir().unwrap();
        let address = format!("file://{}", empty.path().display());
        let lost = untrained.with_models_in(ModelStore::open(&address).unwrap());
        let run_id = bakery.ask(tuesday, true).await;
        bakery.run(&lost, run_id).await;
        let (_, detail) = bakery.step(run_id, "forecast").await;
        assert_eq!(detail["source"], "baseline");
        let told = detail["why"].as_str().unwrap();
        assert!(told.contains("cannot be loaded"), "{detail}");

        // Three more nights, refused ones among them, and only what is kept lies in the store.
        let cold = TrainConfig {
            cold_every_days: 0,
            ..hopeless()
        };
        for n in 2..4 {
            let date = monday() + Days::new(n);
            bakery.sell(date, date).await;
            bakery.night(&runner, date).await;
        }
        let last = monday() + Days::new(4);
        bakery.sell(last, last).await;
        let strict = bakery
            .runner_with(cold)
            .keeping(1)
            .with_models_in(store.clone());
        bakery.night(&strict, last).await;
        let organization = std::fs::read_dir(shared.path().join("models")).unwrap();
        let organization = organization.map(|e| e.unwrap().path()).next().unwrap();
        let kept = std::fs::read_dir(organization).unwrap().filter(|entry| {
            let path = entry.as_ref().unwrap().path();
            path.join("manifest.json").is_file()
        });
        assert_eq!(kept.count(), 2, "the one that serves and the one before it");
    })
    .await;
}

#[tokio::test]
async fn a_store_that_does_not_answer_costs_the_night_its_new_model_and_nothing_else() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let eve = monday() - Days::new(1);
        bakery.night(&bakery.runner(), eve).await;
        let models = bakery.services().models();
        let serving = async || {
            let champion = models.serving(&bakery.ctx(), ModelAlias::Champion).await;
            champion.unwrap().unwrap()
        };
        let first = serving().await;
        // A file where the store's folder was.
        let shared = tempfile::tempdir().unwrap();
        let folder = shared.path().join("store");
        let store = ModelStore::open(&format!("file://{}", folder.display())).unwrap();
        std::fs::remove_dir(&folder).unwrap();
        std::fs::write(&folder, "no folder").unwrap();
        let runner = bakery.runner().with_models_in(store);
        let status = bakery.night(&runner, monday()).await;
        assert_eq!(status, JobStatus::Degraded);
        let run_id = bakery.ask(monday(), false).await;
        let (_, promoted) = bakery.step(run_id, "promote").await;
        assert_eq!(promoted["promoted"], false);
        let why = promoted["why"].as_str().unwrap();
        assert!(why.contains("cannot be kept in the store"), "{promoted}");
        assert_eq!(serving().await, first);
        assert_eq!(bakery.step(run_id, "forecast").await.1["source"], "model");

        // Where the model is not on this disk either, nobody can say how good it is: nothing is trained, the baseline stands in.
        std::fs::remove_dir_all(bakery.services().data_dir().join("models")).unwrap();
        let tuesday = monday() + Days::new(1);
        bakery.sell(tuesday, tuesday).await;
        assert_eq!(bakery.night(&runner, tuesday).await, JobStatus::Degraded);
        let run_id = bakery.ask(tuesday, false).await;
        let (_, trained) = bakery.step(run_id, "train").await;
        assert!(
            trained["error"]
                .as_str()
                .unwrap()
                .contains("cannot be fetched"),
            "{trained}"
        );
        assert_eq!(
            bakery.step(run_id, "forecast").await.1["source"],
            "baseline"
        );
        assert_eq!(serving().await, first);
    })
    .await;
}
