//! A night whose process dies between two steps.

use crate::bakery::{Bakery, LONG, hopeless, monday, once_each, tiny};
use crate::books::{Books, forget_nights};
use chrono::{Days, TimeDelta};
use domain::JobStatus;
use entity::job_step;
use forecast::TrainConfig;
use sea_orm::EntityTrait;
use serde_json::Value;
use server::jobs::night::{NightResult, NightRunner, STEPS};
use std::sync::Mutex;
use testkit::on_both;

/// Who works in the night before, and how the night itself trains.
type Crew = (fn(&Bakery) -> NightRunner, fn() -> TrainConfig);

/// Nothing serves yet, and the challenger passes.
const FIRST_MODEL: Crew = (|bakery| bakery.runner().without_training(), tiny);
/// A champion serves, and the challenger is refused.
const REFUSED: Crew = (Bakery::runner, || TrainConfig {
    cold_every_days: 0,
    ..hopeless()
});

/// When a process dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// A step is done and stands in the book.
    After(&'static str),
    /// All that a step does is done, and the book does not know.
    BeforeTheEntry(&'static str),
}

/// The night before, and the night itself: uninterrupted, or killed and resumed a few minutes later.
async fn nights(bakery: &Bakery, crew: Crew, death: Option<Death>) -> Books {
    let (before, train) = crew;
    let runner = || bakery.runner_with(train());
    let start = bakery.hands.now();
    forget_nights(&bakery.db).await;
    bakery.night(&before(bakery), monday() - Days::new(1)).await;
    let run_id = bakery.ask(monday(), false).await;
    let mut done = 0;
    if let Some(death) = death {
        let (Death::After(step) | Death::BeforeTheEntry(step)) = death;
        let dying = runner().stopping_after(step);
        assert_eq!(bakery.run(&dying, run_id).await, NightResult::Stopped);
        let view = bakery.view(run_id).await;
        assert_eq!(view.status, JobStatus::Running, "nobody closed the book");
        done = STEPS.iter().position(|s| *s == step).unwrap() + 1;
        assert_eq!(view.steps.len(), done);
        if let Death::BeforeTheEntry(_) = death {
            let entry = job_step::Entity::delete_by_id((run_id, step.to_owned()));
            entry.exec(bakery.db.db().connection()).await.unwrap();
            done -= 1;
        }
        bakery.hands.advance(TimeDelta::seconds(61));
    }
    let resumed = Mutex::new(Vec::new());
    let watch = |step: &str, detail: &serde_json::Value| {
        if detail["resumed"] == true {
            resumed.lock().unwrap().push(step.to_owned());
        }
    };
    let result = runner().run(bakery.org.id, run_id, &watch).await;
    assert_eq!(result.unwrap(), NightResult::Finished(JobStatus::Succeeded));
    assert_eq!(resumed.into_inner().unwrap(), STEPS[..done]);
    let view = bakery.view(run_id).await;
    once_each(&view);
    let later = view
        .steps
        .iter()
        .filter(|s| s.started_at.unwrap() > start)
        .count();
    assert_eq!(later, if done == 0 { 0 } else { STEPS.len() - done });
    bakery.hands.set(start);
    Books::of_night(&bakery.db).await
}

#[tokio::test]
async fn a_night_killed_between_any_two_steps_resumes_there_and_ends_as_if_nothing_had_happened() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let whole = nights(&bakery, FIRST_MODEL, None).await;
        for table in ["forecasts", "forecast_scores", "suggestions", "alerts"] {
            assert!(!whole.rows(table).is_empty(), "{table} is empty");
        }
        assert_eq!(whole.rows("model_versions").len(), 1);
        for step in STEPS {
            let resumed = nights(&bakery, FIRST_MODEL, Some(Death::After(step))).await;
            resumed.assert_same(&whole, &format!("killed after {step}"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_challenger_and_the_champion_that_learned_in_its_stead_are_written_down_once() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let whole = nights(&bakery, REFUSED, None).await;
        let passed: Vec<(&Value, &Value)> = whole
            .rows("model_versions")
            .iter()
            .map(|v| (&v["number"], &v["passed_gate"]))
            .collect();
        assert_eq!(passed.len(), 3, "{passed:?}");
        for death in [
            Death::After("train"),
            Death::BeforeTheEntry("backtest"),
            Death::BeforeTheEntry("promote"),
            Death::After("promote"),
        ] {
            let resumed = nights(&bakery, REFUSED, Some(death)).await;
            resumed.assert_same(&whole, &format!("{death:?}"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_night_that_dies_after_every_single_step_still_comes_to_its_end() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let whole = nights(&bakery, FIRST_MODEL, None).await;
        let start = bakery.hands.now();
        forget_nights(&db).await;
        bakery
            .night(&bakery.runner().without_training(), monday() - Days::new(1))
            .await;
        let run_id = bakery.ask(monday(), false).await;
        for step in STEPS {
            let dying = bakery.runner().stopping_after(step);
            assert_eq!(bakery.run(&dying, run_id).await, NightResult::Stopped);
            bakery.hands.advance(TimeDelta::seconds(61));
        }
        let last = bakery.run(&bakery.runner(), run_id).await;
        assert_eq!(last, NightResult::Finished(JobStatus::Succeeded));
        once_each(&bakery.view(run_id).await);
        bakery.hands.set(start);
        Books::of_night(&db)
            .await
            .assert_same(&whole, "killed after every step");
    })
    .await;
}

#[tokio::test]
async fn a_night_told_to_stop_while_it_trains_is_not_a_failure_and_resumes() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let endless = TrainConfig {
            steps: 1_000_000,
            ..tiny()
        };
        let stopping = bakery.runner_with(endless);
        let run_id = bakery.ask(monday(), false).await;
        let flag = stopping.stop_flag();
        let watch = move |step: &str, _: &serde_json::Value| {
            if step == "train" {
                flag.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        };
        let stopped = stopping.run(bakery.org.id, run_id, &watch).await;
        assert_eq!(stopped.unwrap(), NightResult::Stopped);
        assert_eq!(bakery.view(run_id).await.status, JobStatus::Running);
        assert!(!bakery.stands(domain::AlertKind::NightFailed).await);

        bakery.hands.advance(TimeDelta::seconds(61));
        let resumed = bakery.run(&bakery.runner(), run_id).await;
        assert_eq!(resumed, NightResult::Finished(JobStatus::Succeeded));
    })
    .await;
}
