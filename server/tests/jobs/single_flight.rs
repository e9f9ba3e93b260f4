//! Two processes and one organization.

use crate::bakery::{Bakery, LONG, PRODUCTS, SHOPS, monday, once_each};
use chrono::{Days, TimeDelta};
use contract::nights::StartNight;
use domain::{AlertKind, JobStatus};
use entity::{audit_entry, forecast, model_version};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::Value;
use server::jobs::night::{NightResult, NightRunner};
use services::nights::Claim;
use services::quality::NightAlerts;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use testkit::on_both;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A run that has reached a step and waits there, its process alive.
struct Held {
    go_on: mpsc::Sender<()>,
    running: JoinHandle<NightResult>,
}

impl Held {
    async fn at(bakery: &Bakery, runner: NightRunner, run_id: Uuid, at_step: &'static str) -> Self {
        let (reached, mut arrival) = tokio::sync::mpsc::unbounded_channel();
        let (go_on, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let organization_id = bakery.org.id;
        let running = tokio::spawn(async move {
            let watch = move |step: &str, detail: &Value| {
                if step == at_step && detail["status"] == "running" {
                    reached.send(()).unwrap();
                    tokio::task::block_in_place(|| gate.lock().unwrap().recv().unwrap());
                }
            };
            runner.run(organization_id, run_id, &watch).await.unwrap()
        });
        arrival.recv().await.unwrap();
        Self { go_on, running }
    }

    async fn release(self) -> NightResult {
        self.go_on.send(()).unwrap();
        self.running.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_one_process_works_on_a_night_another_is_told_that_it_is_busy() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let run_id = bakery.ask(monday(), false).await;
        let held = Held::at(&bakery, bakery.runner(), run_id, "train").await;

        let other = bakery.runner();
        assert_eq!(bakery.run(&other, run_id).await, NightResult::Busy);
        // Another night of the same organization waits as well: one run at a time.
        let eve = bakery.ask(monday() - Days::new(1), false).await;
        assert_eq!(bakery.run(&other, eve).await, NightResult::Busy);
        assert_eq!(bakery.view(eve).await.status, JobStatus::Queued);
        let waiting = bakery
            .services()
            .nights()
            .waiting(&bakery.ctx(), bakery.hands.now())
            .await
            .unwrap();
        assert!(waiting.is_empty(), "nobody is woken while one lives");

        // Another organization does not wait.
        let neighbour = Bakery::with_history(&db, "vecino", 60).await;
        let own = neighbour.runner().without_training();
        assert_eq!(neighbour.night(&own, monday()).await, JobStatus::Degraded);

        assert_eq!(
            held.release().await,
            NightResult::Finished(JobStatus::Succeeded)
        );
        once_each(&bakery.view(run_id).await);
        let left = bakery.run(&other, eve).await;
        assert!(matches!(left, NightResult::Finished(_)), "{left:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_processes_that_start_at_once_one_does_the_night_and_nothing_is_done_twice() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let run_id = bakery.ask(monday(), false).await;
        let racing = [bakery.runner(), bakery.runner()].map(|runner| {
            let organization_id = bakery.org.id;
            tokio::spawn(async move {
                runner
                    .run(organization_id, run_id, &|_, _| {})
                    .await
                    .unwrap()
            })
        });
        let [first, second] = racing;
        let results = [first.await.unwrap(), second.await.unwrap()];
        let finished = NightResult::Finished(JobStatus::Succeeded);
        assert_eq!(
            results.iter().filter(|r| **r == finished).count(),
            1,
            "{results:?}"
        );
        let told =
            |r: &NightResult| matches!(r, NightResult::Busy | NightResult::AlreadyDone { .. });
        assert_eq!(results.iter().filter(|r| told(r)).count(), 1, "{results:?}");
        once_each(&bakery.view(run_id).await);
        let connection = db.db().connection();
        assert_eq!(
            model_version::Entity::find()
                .count(connection)
                .await
                .unwrap(),
            1
        );
        let forecasts = forecast::Entity::find().count(connection).await.unwrap();
        assert!(forecasts <= (SHOPS * PRODUCTS * 28) as u64, "{forecasts}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nights_of_one_organization_are_never_claimed_at_the_same_moment() {
    on_both(async |db| {
        let bakery = Bakery::new(&db, "horno").await;
        for round in 0..25 {
            let day = monday() - Days::new(2 * round);
            let runs = [
                bakery.ask(day, false).await,
                bakery.ask(day - Days::new(1), false).await,
            ];
            let claims = runs.map(|run_id| {
                let (services, ctx) = (bakery.services().clone(), bakery.ctx());
                tokio::spawn(async move {
                    let owner = format!("process of {run_id}");
                    let nights = services.nights();
                    nights.claim(&ctx, run_id, &owner, ctx.now).await.unwrap()
                })
            });
            let [one, other] = claims;
            let claims = [one.await.unwrap(), other.await.unwrap()];
            let taken = claims.iter().filter(|c| **c == Claim::Taken).count();
            assert_eq!(taken, 1, "round {round}: {claims:?}");
            // The next round finds nobody alive.
            bakery.hands.advance(TimeDelta::seconds(61));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_word_to_start_a_night_that_comes_to_two_servers_at_once_starts_it_once() {
    const ROUNDS: u64 = 10;
    on_both(async |db| {
        let bakery = Bakery::new(&db, "horno").await;
        for round in 0..ROUNDS {
            let command = StartNight {
                command_id: Uuid::now_v7(),
                business_date: Some(monday() - Days::new(round)),
            };
            let words = [(), ()].map(|()| {
                let (services, ctx) = (bakery.services().clone(), bakery.ctx());
                let command = command.clone();
                tokio::spawn(async move {
                    let nights = services.nights();
                    nights.start(&ctx, &command).await.unwrap().id
                })
            });
            let [one, other] = words;
            assert_eq!(one.await.unwrap(), other.await.unwrap(), "round {round}");
        }
        let asked = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("jobs.enqueue"))
            .count(db.db().connection())
            .await
            .unwrap();
        assert_eq!(asked, ROUNDS);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clocks_of_two_processes_raise_one_alarm_and_neither_stumbles_over_the_other() {
    on_both(async |db| {
        let bakery = Bakery::new(&db, "horno").await;
        let say = |late: bool| {
            let (services, ctx) = (bakery.services().clone(), bakery.ctx());
            let alerts = NightAlerts {
                forecast_late: Some(late),
                ..NightAlerts::default()
            };
            tokio::spawn(async move {
                let quality = services.quality();
                quality.set_night_alerts(&ctx, monday(), alerts).await
            })
        };
        for round in 0..25 {
            for said in [say(true), say(true), say(true)] {
                said.await.unwrap().unwrap();
            }
            assert!(bakery.stands(AlertKind::ForecastLate).await);
            say(false).await.unwrap().unwrap();
            let all = bakery.alerts(AlertKind::ForecastLate).await;
            assert_eq!(all.len(), round + 1, "one alarm a round");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_slept_while_another_took_its_night_over_stops_without_a_word() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let run_id = bakery.ask(monday(), false).await;
        let asleep = Held::at(&bakery, bakery.runner(), run_id, "backtest").await;
        bakery.hands.advance(TimeDelta::seconds(61));
        let other = bakery.run(&bakery.runner(), run_id).await;
        assert_eq!(other, NightResult::Finished(JobStatus::Succeeded));
        let done = bakery.view(run_id).await;

        bakery.hands.advance(TimeDelta::seconds(5));
        assert_eq!(asleep.release().await, NightResult::Busy);
        assert_eq!(bakery.view(run_id).await, done);
        assert!(bakery.alerts(AlertKind::NightFailed).await.is_empty());
        let versions = model_version::Entity::find();
        assert_eq!(versions.count(db.db().connection()).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_night_whose_task_is_dropped_gives_no_further_sign_of_life() {
    let db = testkit::TestDb::sqlite().await;
    let bakery = Bakery::with_history(&db, "horno", LONG).await;
    let run_id = bakery.ask(monday(), false).await;
    // Whatever still holds the clock could still write a sign of life.
    let clock = bakery.hands.clock();
    let runner = NightRunner::new(
        bakery.services().clone(),
        crate::bakery::tiny(),
        clock.clone(),
    );
    let (reached, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let organization_id = bakery.org.id;
    let running = tokio::spawn(async move {
        let watch = move |step: &str, _: &Value| {
            if step == "data_version" {
                reached.send(()).unwrap();
            }
        };
        let night = runner.run(organization_id, run_id, &watch).await;
        night.unwrap()
    });
    arrival.recv().await.unwrap();
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let silent = async {
        while Arc::strong_count(&clock) > 1 {
            tokio::task::yield_now().await;
        }
    };
    let within = std::time::Duration::from_secs(5);
    tokio::time::timeout(within, silent).await.unwrap();

    bakery.hands.advance(TimeDelta::seconds(61));
    let taken = bakery.run(&bakery.runner(), run_id).await;
    assert_eq!(taken, NightResult::Finished(JobStatus::Succeeded));
}
