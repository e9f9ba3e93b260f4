//! A night that is asked for twice.

use crate::bakery::{Bakery, LONG, PRODUCTS, SHOPS, monday, once_each};
use crate::books::{Books, LOGS};
use chrono::{Days, TimeDelta};
use domain::{ForecastSource, JobStatus, JobTrigger, ModelAlias};
use entity::{forecast, forecast_score, suggestion};
use sea_orm::{EntityTrait, PaginatorTrait};
use server::jobs::night::NightResult;
use sha2::{Digest, Sha256};
use testkit::on_both;

#[tokio::test]
async fn a_night_that_is_done_is_not_done_again_and_no_row_of_the_database_changes() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let runner = bakery.runner();
        let eve = monday() - Days::new(1);
        assert_eq!(
            bakery.night(&runner.clone().without_training(), eve).await,
            JobStatus::Degraded
        );
        let run_id = bakery.ask(monday(), false).await;
        let first = bakery.run(&runner, run_id).await;
        assert_eq!(first, NightResult::Finished(JobStatus::Succeeded));
        let before = Books::read(&db).await;
        // Otherwise there would be nothing to compare.
        for table in [
            "forecasts",
            "forecast_scores",
            "suggestions",
            "model_versions",
            "model_aliases",
            "alerts",
            "job_steps",
        ] {
            assert!(!before.rows(table).is_empty(), "{table} is empty");
        }
        // The log says what the night changed, as it says it of people.
        for action in ["models.register", "forecasts.issue", "jobs.finish"] {
            let entries = before.rows("audit_entries");
            assert!(
                entries.iter().any(|entry| entry["action"] == action),
                "{action} is not in the log"
            );
        }

        bakery.hands.advance(TimeDelta::minutes(7));
        let (known, status) = bakery
            .services()
            .nights()
            .enqueue(&bakery.ctx(), monday(), JobTrigger::Clock, false)
            .await
            .unwrap();
        assert_eq!((known, status), (run_id, JobStatus::Succeeded));
        for other in [&runner, &bakery.runner()] {
            let again = bakery.run(other, run_id).await;
            assert!(
                matches!(again, NightResult::AlreadyDone { .. }),
                "{again:?}"
            );
        }
        Books::read(&db)
            .await
            .assert_same(&before, "asked for twice");
    })
    .await;
}

#[tokio::test]
async fn a_night_done_again_on_purpose_leaves_everything_but_the_moment_as_it_was() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let runner = bakery.runner();
        bakery
            .night(&runner.clone().without_training(), monday() - Days::new(1))
            .await;
        bakery.night(&runner, monday()).await;
        let moments = |books: Books| {
            books
                .without(&LOGS)
                .blind_to("forecast_scores", &["scored_at"])
                .blind_to("suggestions", &["created_at"])
        };
        let before = moments(Books::read(&db).await);
        let champion = bakery
            .services()
            .models()
            .serving(&bakery.ctx(), ModelAlias::Champion)
            .await
            .unwrap()
            .unwrap();
        let weights = fingerprint(&champion.artifact_dir);

        bakery.hands.advance(TimeDelta::minutes(7));
        let run_id = bakery.ask(monday(), true).await;
        let again = bakery.run(&bakery.runner(), run_id).await;
        assert_eq!(again, NightResult::Finished(JobStatus::Succeeded));
        once_each(&bakery.view(run_id).await);
        moments(Books::read(&db).await).assert_same(&before, "done again");
        assert_eq!(fingerprint(&champion.artifact_dir), weights);
    })
    .await;
}

#[tokio::test]
async fn sales_that_come_late_make_a_new_version_and_never_change_a_registered_one() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let runner = bakery.runner();
        bakery.night(&runner, monday()).await;
        let models = bakery.services().models();
        let first = models
            .serving(&bakery.ctx(), ModelAlias::Champion)
            .await
            .unwrap()
            .unwrap();
        let weights = fingerprint(&first.artifact_dir);

        // A shop corrects its Monday.
        let mut late = services::history::DailyTotal {
            store_id: bakery.org.stores[0],
            product_id: bakery.org.products[0],
            business_date: monday(),
            quantity: 1 + bakery.sold(bakery.org.stores[0], bakery.org.products[0], monday()),
            unit_price_minor: 200,
            promotion: None,
            sold_out: false,
        };
        bakery.services().history().put_totals(&bakery.ctx(), &[late.clone()]).await.unwrap();
        let run_id = bakery.ask(monday(), true).await;
        assert_eq!(bakery.run(&runner, run_id).await, NightResult::Finished(JobStatus::Succeeded));
        let second = models
            .serving(&bakery.ctx(), ModelAlias::Champion)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((first.number, second.number), (1, 2));
        assert_ne!(first.artifact_dir, second.artifact_dir);
        assert_eq!(fingerprint(&first.artifact_dir), weights);
        let connection = db.db().connection();
        let issued = forecast::Entity::find().all(connection).await.unwrap();
        assert!(issued.iter().all(|f| f.model_version_id == Some(second.id) && f.source == ForecastSource::Model));

        // A night without training does not bring an earlier training back.
        models.point(&bakery.ctx(), ModelAlias::Champion, first.id, "a person's choice").await.unwrap();
        late.quantity += 1;
        bakery.services().history().put_totals(&bakery.ctx(), &[late]).await.unwrap();
        let run_id = bakery.ask(monday(), true).await;
        let untrained = runner.clone().without_training();
        assert_eq!(bakery.run(&untrained, run_id).await, NightResult::Finished(JobStatus::Succeeded));
        let serving = models
            .serving(&bakery.ctx(), ModelAlias::Champion)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(serving.number, 1);
        let shelves = (SHOPS * PRODUCTS) as u64;
        assert!(suggestion::Entity::find().count(connection).await.unwrap() <= shelves);
        assert_eq!(forecast_score::Entity::find().count(connection).await.unwrap(), 0);
    })
    .await;
}

/// Names of an artifact's files and hashes of what is in them.
fn fingerprint(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(fingerprint(&path));
        } else {
            let hash = Sha256::digest(std::fs::read(&path).unwrap()).to_vec();
            files.push((path.to_str().unwrap().to_owned(), hash));
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files
}
