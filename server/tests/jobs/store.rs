//! Models that an object store keeps beside the data folder.

use crate::bakery::{Bakery, LONG, hopeless, monday};
use ::forecast::TrainConfig;
use chrono::Days;
use domain::JobStatus;
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
        assert!(
            detail["why"]
                .as_str()
                .unwrap()
                .contains("cannot be fetched"),
            "{detail}"
        );

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
