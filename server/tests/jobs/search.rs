//! The search for settings, and nights that train with what it found.

use crate::bakery::{Bakery, LONG, monday, tiny};
use ::forecast::{Compute, SearchBudget, Settings, TrainConfig};
use chrono::Days;
use serde_json::json;
use server::jobs::search::{return_to_usual, search};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use testkit::on_both;

/// Settings with which the version that was registered last was trained.
async fn trained_with(bakery: &Bakery) -> Settings {
    let models = bakery.services().models();
    let newest = models.list(&bakery.ctx()).await.unwrap()[0].id;
    let detail = models.get(&bakery.ctx(), newest).await.unwrap();
    let config: TrainConfig = serde_json::from_value(detail.manifest["config"].clone()).unwrap();
    assert_eq!(config.device, Compute::Cpu);
    Settings::of(&config)
}

#[tokio::test]
async fn what_a_search_finds_is_recorded_and_trained_with_until_it_is_taken_back() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG + 60).await;
        // A network that learns nothing is easily beaten.
        let usual = TrainConfig {
            learning_rate: 1e-9,
            steps: 45,
            ..tiny()
        };
        let heard = Arc::new(Mutex::new((0, 0)));
        let of = async |trials| {
            let heard = heard.clone();
            search(
                bakery.services(),
                &bakery.ctx(),
                &usual,
                monday(),
                SearchBudget {
                    trials,
                    seconds: 600.0,
                },
                move |done, total| *heard.lock().unwrap() = (done, total),
                Arc::new(AtomicBool::new(false)),
                &bakery.hands.clock(),
            )
            .await
            .unwrap()
        };
        let eve = monday() - Days::new(1);
        bakery.night(&bakery.runner_with(usual.clone()), eve).await;
        assert_eq!(trained_with(&bakery).await, Settings::of(&usual));

        let found = of(4).await;
        assert_eq!(*heard.lock().unwrap(), (8, 8));
        let chosen = found.chosen.expect("anything is better than nothing");
        let recorded = bakery.services().models().searches(&bakery.ctx()).await;
        let recorded = recorded.unwrap();
        assert_eq!(recorded[0].chosen, json!(chosen));
        assert_eq!(recorded[0].outcome["trials"].as_array().unwrap().len(), 4);
        assert_eq!(recorded[0].data_version, found.data_version);

        // The champion was of another width: tonight begins anew, with what was found.
        bakery
            .night(&bakery.runner_with(usual.clone()), monday())
            .await;
        let run_id = bakery.ask(monday(), false).await;
        assert_eq!(bakery.step(run_id, "train").await.1["path"], "cold");
        assert_eq!(trained_with(&bakery).await, chosen);

        // The next search begins with what is in use.
        let again = of(2).await;
        assert_eq!(again.trials[0].settings, chosen);

        return_to_usual(bakery.services(), &bakery.ctx(), &usual, "as before")
            .await
            .unwrap();
        let tuesday = monday() + Days::new(1);
        bakery.sell(tuesday, tuesday).await;
        bakery
            .night(&bakery.runner_with(usual.clone()), tuesday)
            .await;
        assert_eq!(trained_with(&bakery).await, Settings::of(&usual));
    })
    .await;
}
