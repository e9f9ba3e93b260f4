//! Wake-up calls and the worker that hears them.

use crate::bakery::{Bakery, monday, once_each};
use chrono::{Days, TimeDelta};
use domain::{AlertKind, JobStatus};
use sea_orm::{ConnectionTrait, Database};
use server::jobs::clock::look;
use server::jobs::night::NightRunner;
use server::jobs::night::STEPS;
use server::jobs::queue::{Queue, WakeUp};
use server::jobs::work::work;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use testkit::{TestDb, on_both};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The queue as a process that starts finds it.
async fn queue(db: &TestDb) -> Queue {
    Queue::open(db.db(), db.services().data_dir())
        .await
        .unwrap()
}

/// A worker as a process has one.
struct Worker {
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Worker {
    async fn start(db: &TestDb, runner: NightRunner) -> Self {
        let stop = CancellationToken::new();
        let running = tokio::spawn(work(queue(db).await, runner, stop.clone()));
        Self { stop, running }
    }

    /// As an operator stops it.
    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }

    /// As a power cut does.
    async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }
}

async fn wake(bakery: &Bakery, queue: &Queue, run_id: Uuid) {
    let organization_id = bakery.org.id;
    queue
        .wake(WakeUp {
            organization_id,
            run_id,
        })
        .await
        .unwrap();
}

/// Runs a statement on the queue's own tables.
pub async fn tamper(db: &TestDb, sqlite: &str, postgres: &str) {
    if db.is_postgres() {
        let connection = db.db().connection();
        connection.execute_unprepared(postgres).await.unwrap();
        return;
    }
    let file = db.services().data_dir().join("queue.db");
    let connection = Database::connect(format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    connection.execute_unprepared(sqlite).await.unwrap();
    connection.close().await.unwrap();
}

/// Waits for something to become true, for as long as a slow machine may need.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let patience = tokio::time::timeout(Duration::from_secs(60), async {
        while !holds().await {
            looks.tick().await;
        }
    });
    assert!(patience.await.is_ok(), "waited in vain for {what}");
}

async fn until_status(bakery: &Bakery, run_id: Uuid, status: JobStatus) {
    until(status.as_str(), async || {
        bakery.view(run_id).await.status == status
    })
    .await;
}

#[tokio::test]
async fn a_call_that_nobody_heard_waits_for_the_next_worker_and_the_night_is_done_once() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 40).await;
        let run_id = bakery.ask(monday(), false).await;
        // The process that called is gone before any worker starts.
        wake(&bakery, &queue(&db).await, run_id).await;
        let worker = Worker::start(&db, bakery.runner().without_training()).await;
        until_status(&bakery, run_id, JobStatus::Degraded).await;
        worker.stop().await;
        once_each(&bakery.view(run_id).await);
    })
    .await;
}

#[tokio::test]
async fn an_idle_worker_hears_a_call_within_seconds() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 40).await;
        let first = bakery.ask(monday() - Days::new(1), false).await;
        let calls = queue(&db).await;
        wake(&bakery, &calls, first).await;
        let worker = Worker::start(&db, bakery.runner().without_training()).await;
        until_status(&bakery, first, JobStatus::Degraded).await;

        let called = std::time::Instant::now();
        let second = bakery.ask(monday(), false).await;
        wake(&bakery, &calls, second).await;
        until_status(&bakery, second, JobStatus::Degraded).await;
        let waited = called.elapsed();
        assert!(waited < Duration::from_secs(15), "{waited:?}");
        worker.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_queue_was_away_for_a_while_goes_on_when_it_is_back() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 40).await;
        let run_id = bakery.ask(monday(), false).await;
        let calls = queue(&db).await;
        tamper(
            &db,
            "ALTER TABLE Workers RENAME TO away",
            "ALTER TABLE apalis.workers RENAME TO away",
        )
        .await;
        let runner = bakery.runner().without_training();
        let stop = CancellationToken::new();
        let mut running = tokio::spawn(work(calls.clone(), runner, stop.clone()));
        let gave_up = tokio::time::timeout(Duration::from_secs(1), &mut running).await;
        assert!(gave_up.is_err(), "the worker is gone for good");

        tamper(
            &db,
            "ALTER TABLE away RENAME TO Workers",
            "ALTER TABLE apalis.away RENAME TO workers",
        )
        .await;
        wake(&bakery, &calls, run_id).await;
        until_status(&bakery, run_id, JobStatus::Degraded).await;
        Worker { stop, running }.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_night_whose_worker_was_killed_is_gone_on_with_by_the_next_worker() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 40).await;
        let run_id = bakery.ask(monday(), false).await;
        wake(&bakery, &queue(&db).await, run_id).await;
        let dying = bakery
            .runner()
            .without_training()
            .stopping_after("suggestions");
        let worker = Worker::start(&db, dying).await;
        until("suggestions", async || {
            let view = bakery.view(run_id).await;
            view.steps
                .iter()
                .any(|s| s.name == "suggestions" && s.status == JobStatus::Succeeded)
        })
        .await;
        worker.kill().await;
        assert_eq!(bakery.view(run_id).await.status, JobStatus::Running);

        // A minute later the clock of another process finds the run without a sign of life.
        bakery.hands.advance(TimeDelta::seconds(61));
        let runner = bakery.runner().without_training();
        let calls = queue(&db).await;
        look(&calls, &runner, &bakery.organization().await)
            .await
            .unwrap();
        let worker = Worker::start(&db, runner).await;
        until_status(&bakery, run_id, JobStatus::Degraded).await;
        worker.stop().await;
        once_each(&bakery.view(run_id).await);
    })
    .await;
}

#[tokio::test]
async fn a_failed_night_says_why_is_not_repeated_by_late_calls_and_can_be_started_again() {
    on_both(async |db| {
        let bakery = Bakery::new(&db, "horno").await;
        let run_id = bakery.ask(monday(), false).await;
        let calls = queue(&db).await;
        // A busy minute: the clock calls again and again until somebody takes the run.
        for _ in 0..3 {
            wake(&bakery, &calls, run_id).await;
        }
        // Done after those calls, in the order of the queue.
        let other = Bakery::with_history(&db, "vecino", 40).await;
        let last = other.ask(monday(), false).await;
        wake(&other, &calls, last).await;
        let worker = Worker::start(&db, bakery.runner().without_training()).await;
        until_status(&other, last, JobStatus::Degraded).await;
        worker.stop().await;
        let failed = bakery.view(run_id).await;
        assert_eq!(failed.status, JobStatus::Failed);
        let error = failed.error.unwrap();
        assert!(
            error.contains("quality_gate") && error.contains("no sales until 2026-03-09"),
            "{error}"
        );
        assert!(failed.finished_at.is_some());
        let [step] = &failed.steps[..] else {
            panic!("one step was begun: {:?}", failed.steps)
        };
        assert_eq!(
            (step.name.as_str(), step.status, step.attempts),
            ("quality_gate", JobStatus::Failed, 1)
        );
        assert!(
            step.detail["error"]
                .as_str()
                .unwrap()
                .contains("import some first")
        );
        assert!(bakery.stands(AlertKind::NightFailed).await);

        // Sales have come, and somebody starts it again.
        bakery.sell(monday() - Days::new(39), monday()).await;
        assert_eq!(bakery.ask(monday(), false).await, run_id);
        wake(&bakery, &calls, run_id).await;
        let worker = Worker::start(&db, bakery.runner().without_training()).await;
        until_status(&bakery, run_id, JobStatus::Degraded).await;
        worker.stop().await;
        let mended = bakery.view(run_id).await;
        assert_eq!((mended.error, mended.steps.len()), (None, STEPS.len()));
        assert!(!bakery.stands(AlertKind::NightFailed).await);
    })
    .await;
}

#[tokio::test]
async fn a_worker_does_one_night_at_a_time() {
    on_both(async |db| {
        let calls = queue(&db).await;
        let mut bakeries = Vec::new();
        for slug in ["uno", "dos", "tres"] {
            let bakery = Bakery::with_history(&db, slug, 40).await;
            let run_id = bakery.ask(monday(), false).await;
            wake(&bakery, &calls, run_id).await;
            bakeries.push((bakery, run_id));
        }
        // Every look at this clock is a millisecond later than the one before.
        let hands = bakeries[0].0.hands.clone();
        let passing = hands.clone();
        let clock = Arc::new(move || {
            passing.advance(TimeDelta::milliseconds(1));
            passing.now()
        });
        let runner = NightRunner::new(db.services().clone(), crate::bakery::tiny(), clock);
        let worker = Worker::start(&db, runner.without_training()).await;
        let mut spans = Vec::new();
        for (bakery, run_id) in &bakeries {
            until_status(bakery, *run_id, JobStatus::Degraded).await;
            let view = bakery.view(*run_id).await;
            spans.push((view.started_at.unwrap(), view.finished_at.unwrap()));
        }
        worker.stop().await;
        spans.sort();
        assert!(
            spans.windows(2).all(|pair| pair[0].1 < pair[1].0),
            "{spans:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_worker_told_to_stop_in_the_middle_of_training_leaves_the_night_to_the_next() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", crate::bakery::LONG).await;
        let run_id = bakery.ask(monday(), false).await;
        wake(&bakery, &queue(&db).await, run_id).await;
        let endless = forecast::TrainConfig {
            steps: 1_000_000,
            ..crate::bakery::tiny()
        };
        let worker = Worker::start(&db, bakery.runner_with(endless)).await;
        until("training", async || {
            let view = bakery.view(run_id).await;
            let train = view.steps.iter().find(|s| s.name == "train");
            train.is_some_and(|s| s.detail["done"].as_u64() > Some(0))
        })
        .await;
        worker.stop().await;
        let stopped = bakery.view(run_id).await;
        assert_eq!((stopped.status, stopped.error), (JobStatus::Running, None));
        assert!(!bakery.stands(AlertKind::NightFailed).await);

        bakery.hands.advance(TimeDelta::seconds(61));
        let runner = bakery.runner();
        let calls = queue(&db).await;
        look(&calls, &runner, &bakery.organization().await)
            .await
            .unwrap();
        let worker = Worker::start(&db, runner).await;
        until_status(&bakery, run_id, JobStatus::Succeeded).await;
        worker.stop().await;
    })
    .await;
}
