//! The registry of models: who serves, who served, what is kept.

use crate::scene::{bakery, later, stranger};
use chrono::{Days, NaiveDate, TimeDelta};
use contract::models::{ModelVersionView, PromoteModel, RollBackModel};
use domain::{AliasChange, ModelAlias, RoleKey};
use sea_orm::ConnectionTrait;
use serde_json::json;
use services::models::{NewModelSearch, NewModelVersion, Promotion};
use services::{Ctx, ServiceError};
use testkit::{Org, TestDb, on_both, today};
use uuid::Uuid;

/// The day that the night before the tests' morning closed.
fn yesterday() -> NaiveDate {
    today() - Days::new(1)
}

async fn register(db: &TestDb, ctx: &Ctx, name: &str, passed_gate: bool) -> Uuid {
    let new = NewModelVersion {
        family: "tide+trees".to_owned(),
        artifact_path: format!("models/{name}"),
        manifest: json!({ "weights_sha256": ["ab"] }),
        schema_hash: "s".to_owned(),
        data_version: "d".to_owned(),
        code_version: "1".to_owned(),
        seed: 7,
        trained_on: yesterday(),
        metrics: json!({ "wql": 0.1 }),
        baseline_metrics: json!({}),
        report: Some(json!({ "by_store": [{ "name": "S01" }] })),
        passed_gate,
        reason: format!("reason of {name}"),
        parameter_count: 1,
        duration_ms: 1,
    };
    let models = db.services().models();
    models.register(ctx, new).await.expect("registered")
}

/// Four versions that passed, each promoted by its night; the last one serves.
async fn four(db: &TestDb, org: &Org) -> Vec<Uuid> {
    let ctx = org.system();
    let mut ids = Vec::new();
    for (n, name) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let ctx = later(&ctx, n as i64);
        let id = register(db, &ctx, name, true).await;
        let models = db.services().models();
        let done = models.promote_tonight(&ctx, yesterday(), id, "won").await;
        assert_eq!(done.expect("promoted"), Promotion::Done);
        ids.push(id);
    }
    ids
}

async fn serving(db: &TestDb, org: &Org) -> i32 {
    let models = db.services().models();
    let serving = models.serving(&org.system(), ModelAlias::Champion).await;
    serving.expect("readable").expect("a champion").number
}

fn back() -> RollBackModel {
    RollBackModel {
        command_id: Uuid::now_v7(),
        reason: "too much bread on Sundays".to_owned(),
    }
}

fn choose(id: Uuid) -> PromoteModel {
    PromoteModel {
        command_id: Uuid::now_v7(),
        model_version_id: id,
        reason: "known to be good".to_owned(),
    }
}

fn rule(result: Result<ModelVersionView, ServiceError>) -> String {
    match result {
        Err(ServiceError::Rule { reason, .. }) => reason.to_owned(),
        Err(ServiceError::Invalid(fields)) => fields[0].field.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_rollback_goes_back_a_step_each_time_and_every_step_stays_in_the_history() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ids = four(&db, &org).await;
        let models = db.services().models();
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 10);
        let command = back();
        let view = models.roll_back(&analyst, &command).await.expect("back");
        assert_eq!((view.number, view.alias), (3, Some(ModelAlias::Champion)));
        // The same command again is the same rollback.
        models.roll_back(&analyst, &command).await.expect("known");
        assert_eq!(serving(&db, &org).await, 3);
        let analyst = later(&analyst, 1);
        let second = models.roll_back(&analyst, &back()).await;
        assert_eq!(second.expect("back").number, 2);
        // A choice is taken back as a promotion is.
        let analyst = later(&analyst, 1);
        let chosen = models.promote(&analyst, &choose(ids[3])).await;
        assert_eq!(chosen.expect("chosen").number, 4);
        let analyst = later(&analyst, 1);
        let third = models.roll_back(&analyst, &back()).await;
        assert_eq!(third.expect("back").number, 2);
        let analyst = later(&analyst, 1);
        models.roll_back(&analyst, &back()).await.expect("back");
        assert_eq!(serving(&db, &org).await, 1);
        let nothing = models.roll_back(&later(&analyst, 1), &back()).await;
        assert_eq!(rule(nothing), "model.nothing_before");

        let history = models.history(&analyst).await.expect("history");
        let steps: Vec<_> = history
            .iter()
            .map(|h| (h.kind, h.from_number, h.to_number))
            .collect();
        use AliasChange::{Choice, Promotion, Rollback};
        assert_eq!(
            steps,
            [
                (Rollback, Some(2), Some(1)),
                (Rollback, Some(4), Some(2)),
                (Choice, Some(2), Some(4)),
                (Rollback, Some(3), Some(2)),
                (Rollback, Some(4), Some(3)),
                (Promotion, Some(3), Some(4)),
                (Promotion, Some(2), Some(3)),
                (Promotion, Some(1), Some(2)),
                (Promotion, None, Some(1)),
            ]
        );
        assert_eq!(history[0].reason, "too much bread on Sundays");
        assert!(history[0].actor_name.is_some());
        assert!(history[8].actor_name.is_none());
    })
    .await;
}

#[tokio::test]
async fn nobody_rewrites_the_history_of_who_served() {
    on_both(async |db| {
        let org = bakery(&db).await;
        four(&db, &org).await;
        for statement in [
            "UPDATE model_alias_history SET reason = 'x'",
            "DELETE FROM model_alias_history",
        ] {
            let result = db.db().connection().execute_unprepared(statement).await;
            let error = result.expect_err("refused").to_string();
            assert!(error.contains("append-only"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_persons_choice_holds_until_the_night_after_the_day_it_was_made_on() {
    on_both(async |db| {
        let org = bakery(&db).await;
        four(&db, &org).await;
        let models = db.services().models();
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 10);
        models.roll_back(&analyst, &back()).await.expect("back");
        let better = register(&db, &org.system(), "better", true).await;
        // Last night done again, and the night that closes the day of the rollback.
        for night in [yesterday(), today()] {
            let later = Ctx {
                now: analyst.now + TimeDelta::hours(20),
                ..org.system()
            };
            let held = models.promote_tonight(&later, night, better, "won").await;
            assert_eq!(held.expect("no error"), Promotion::Held);
            assert_eq!(serving(&db, &org).await, 3);
        }
        let later = Ctx {
            now: analyst.now + TimeDelta::hours(44),
            ..org.system()
        };
        let night = today() + Days::new(1);
        let done = models.promote_tonight(&later, night, better, "won").await;
        assert_eq!(done.expect("no error"), Promotion::Done);
        assert_eq!(serving(&db, &org).await, 5);
    })
    .await;
}

#[tokio::test]
async fn only_who_may_promotes_and_only_what_passed_the_gate_with_a_reason() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ids = four(&db, &org).await;
        let models = db.services().models();
        let admin = org.ctx(RoleKey::Admin).await;
        let refusal = models.promote(&admin, &choose(ids[0])).await;
        assert!(matches!(refusal, Err(ServiceError::Forbidden(_))));
        let refusal = models.roll_back(&admin, &back()).await;
        assert!(matches!(refusal, Err(ServiceError::Forbidden(_))));

        let analyst = org.ctx(RoleKey::Analyst).await;
        let worse = register(&db, &org.system(), "worse", false).await;
        let refusal = models.promote(&analyst, &choose(worse)).await;
        assert_eq!(rule(refusal), "model.gate");
        let silent = PromoteModel {
            reason: "  ".to_owned(),
            ..choose(ids[0])
        };
        assert_eq!(rule(models.promote(&analyst, &silent).await), "reason");
        // What was refused is on record all the same, with why.
        let kept = models.get(&analyst, worse).await.expect("on record");
        assert!(!kept.version.passed_gate);
        assert_eq!(kept.version.reason, "reason of worse");
        assert_eq!(kept.report["by_store"][0]["name"], "S01");
        assert_eq!(kept.manifest["weights_sha256"][0], "ab");
        assert_eq!((kept.seed, kept.version.number), (7, 5));

        let theirs = stranger(&db).await.ctx(RoleKey::Analyst).await;
        for refusal in [
            models.promote(&theirs, &choose(ids[0])).await.err(),
            models.get(&theirs, ids[0]).await.err(),
        ] {
            assert!(matches!(refusal, Some(ServiceError::NotFound(_))));
        }
        assert_eq!(serving(&db, &org).await, 4);
    })
    .await;
}

#[tokio::test]
async fn old_artifacts_go_but_never_one_that_serves_or_that_a_rollback_would_bring_back() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let ids = four(&db, &org).await;
        let models = db.services().models();
        let analyst = later(&org.ctx(RoleKey::Analyst).await, 10);
        // The first serves, the fourth would come back.
        let chosen = models.promote(&analyst, &choose(ids[0])).await;
        chosen.expect("chosen");
        for refused in ["five", "six"] {
            register(&db, &org.system(), refused, false).await;
        }
        let clear_on = async |days: i64, keep: usize| {
            let ctx = later(&org.system(), days * 24 * 60);
            models.clear_artifacts(&ctx, keep).await
        };
        let clear = async |keep| clear_on(0, keep).await;
        assert!(clear(10).await.expect("nothing").is_empty());
        // The latest, the latest that passed, who serves, and who served before.
        let gone = clear(1).await.expect("cleared");
        let paths: Vec<&str> = gone.iter().map(|a| a.path.as_str()).collect();
        assert_eq!(paths, ["models/five", "models/three", "models/two"]);
        assert!(gone.iter().all(|a| a.is_recent));
        // Named again until they are deleted; nothing else is.
        assert_eq!(clear(1).await.expect("cleared"), gone);
        let old = clear_on(8, 1).await.expect("cleared");
        assert!(old.iter().all(|a| !a.is_recent) && old.len() == gone.len());
        let list = models.list(&analyst).await.expect("a list");
        let removed: Vec<i32> = list
            .iter()
            .filter(|v| v.artifact_removed_at.is_some())
            .map(|v| v.number)
            .collect();
        assert_eq!(removed, [5, 3, 2]);
        assert_eq!(serving(&db, &org).await, 1);
        let refusal = models.promote(&later(&analyst, 1), &choose(ids[1])).await;
        assert_eq!(rule(refusal), "model.artifact");
        let before = models.roll_back(&later(&analyst, 1), &back()).await;
        assert_eq!(before.expect("still there").number, 4);
    })
    .await;
}

fn found(chosen: Option<i64>, reason: &str) -> NewModelSearch {
    NewModelSearch {
        chosen: chosen.map(|hidden| json!({ "hidden": hidden })),
        reason: reason.to_owned(),
        outcome: json!({ "trials": [] }),
        data_version: "d".to_owned(),
        code_version: "1".to_owned(),
        seed: 1,
        duration_ms: 5,
    }
}

#[tokio::test]
async fn settings_are_those_that_were_chosen_last_and_searches_cannot_be_rewritten() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let models = db.services();
        let models = models.models();
        let ctx = org.system();
        assert_eq!(models.settings(&ctx).await.unwrap(), None);
        let searches = [
            found(Some(96), "first"),
            found(Some(192), "second"),
            found(None, "in vain"),
        ];
        for (n, search) in searches.into_iter().enumerate() {
            let ctx = later(&ctx, n as i64);
            models.record_search(&ctx, search).await.unwrap();
        }
        let in_use = models.settings(&ctx).await.unwrap();
        assert_eq!(in_use, Some(json!({ "hidden": 192 })));
        let list = models.searches(&ctx).await.unwrap();
        let reasons: Vec<&str> = list.iter().map(|s| s.reason.as_str()).collect();
        assert_eq!(reasons, ["in vain", "second", "first"]);

        let stranger = stranger(&db).await.system();
        assert_eq!(models.settings(&stranger).await.unwrap(), None);
        assert!(models.searches(&stranger).await.unwrap().is_empty());
        let clerk = org.ctx(RoleKey::StoreManager).await;
        let refused = models.record_search(&clerk, found(None, "x")).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
        for sql in [
            "UPDATE model_searches SET reason = 'better'",
            "DELETE FROM model_searches",
        ] {
            let error = db.db().connection().execute_unprepared(sql).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{error}");
        }
    })
    .await;
}
