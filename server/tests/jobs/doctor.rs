//! What the doctor finds, each thing provoked, and the mend it names.

use crate::bakery::{Bakery, LONG, monday};
use chrono::{Days, TimeDelta};
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use server::backup::due::{self, Outcome};
use server::backup::marker::refuse_half_restored;
use server::commands::doctor::examine;
use server::commands::doctor::finding::{Finding, Severity};
use server::config::{Config, Options};
use server::startup::open;
use services::backups::{BackupClaim, NewBackup};
use std::path::Path;
use testkit::{OrgSpec, TestDb, now, on_both, org_with};

fn config(db: &TestDb, change: impl FnOnce(&mut Options)) -> Config {
    let mut options = Options {
        data: Some(db.services().data_dir().to_owned()),
        database_url: Some(db.url().to_owned().into()),
        ..Options::default()
    };
    change(&mut options);
    Config::new(options, None).unwrap()
}

async fn findings(config: &Config, deep: bool) -> Vec<Finding> {
    examine(config, None, deep, now()).await.unwrap().findings
}

/// The one finding of this name.
fn found<'a>(findings: &'a [Finding], name: &str) -> &'a Finding {
    let all: Vec<_> = findings.iter().filter(|f| f.name == name).collect();
    assert_eq!(all.len(), 1, "{name} in {findings:?}");
    all[0]
}

fn faults(findings: &[Finding]) -> Vec<&str> {
    let faults = findings.iter().filter(|f| f.severity == Severity::Fault);
    faults.map(|f| f.name).collect()
}

#[tokio::test]
async fn a_fresh_installation_is_sound() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        let all = findings(&config(&db, |_| {}), true).await;
        assert_eq!(faults(&all), Vec::<&str>::new(), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn books_that_were_changed_past_the_program_are_named() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let level = format!(
            "INSERT INTO stock_levels (organization_id, store_id, product_id, on_hand, updated_at) \
             SELECT organization_id, id, (SELECT id FROM products LIMIT 1), 7, {} FROM stores",
            if db.is_postgres() {
                "now()"
            } else {
                "'2026-03-10T06:30:00+00:00'"
            }
        );
        let connection = db.db().connection();
        connection.execute_unprepared(&level).await.unwrap();
        let head = "UPDATE audit_heads SET sequence = sequence + 1";
        connection.execute_unprepared(head).await.unwrap();
        let all = findings(&config(&db, |_| {}), false).await;
        let level = found(&all, "level_differs");
        assert!(level.what.contains("level 7 but ledger 0"), "{level:?}");
        assert!(level.mend.contains("hornada restore"), "{level:?}");
        assert_eq!(level.place, org.slug);
        assert!(found(&all, "audit_broken").mend.contains("last backup"));
    })
    .await;
}

#[tokio::test]
async fn a_model_or_an_upload_that_is_missing_or_changed_is_named() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        crate::backups::upload(&bakery).await;
        let config = config(&db, |_| {});
        let before = findings(&config, true).await;
        assert_eq!(faults(&before), Vec::<&str>::new(), "{before:?}");

        let data = db.services().data_dir();
        let upload = std::fs::read_dir(data.join("imports"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "csv"))
            .unwrap();
        let bytes = std::fs::read(&upload).unwrap();
        // As long as before: only its digest tells.
        std::fs::write(&upload, vec![b'x'; bytes.len()]).unwrap();
        assert!(faults(&findings(&config, false).await).is_empty());
        found(&findings(&config, true).await, "upload_damaged");
        std::fs::write(&upload, "x").unwrap();
        found(&findings(&config, false).await, "upload_damaged");
        std::fs::remove_file(&upload).unwrap();
        let all = findings(&config, false).await;
        assert!(
            found(&all, "upload_missing")
                .mend
                .contains("hornada restore")
        );

        let model = db.services().models();
        let serving = model
            .serving(&bakery.ctx(), domain::ModelAlias::Champion)
            .await
            .unwrap()
            .unwrap();
        let weights = first_file(&serving.artifact_dir, "safetensors");
        std::fs::write(weights, "nothing").unwrap();
        let all = findings(&config, false).await;
        assert!(found(&all, "model_damaged").mend.contains("model rollback"));
    })
    .await;
}

fn first_file(folder: &Path, end: &str) -> std::path::PathBuf {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|e| e == end))
        .unwrap()
}

#[tokio::test]
async fn what_keeps_a_server_from_running_is_named_with_its_mend() {
    on_both(async |db| {
        let sound = config(&db, |_| {});
        let nowhere = config(&db, |options| {
            options.database_url = Some("sqlite:///nowhere/at/all.db".to_owned().into());
        });
        let all = findings(&nowhere, false).await;
        assert!(found(&all, "database_unreachable").mend.contains("database_url"));
        let gone = config(&db, |options| options.data = Some("/nowhere/at/all".into()));
        found(&findings(&gone, false).await, "data_folder_missing");
        let open_to_all = config(&db, |options| {
            options.listen = Some("0.0.0.0:3000".parse().unwrap());
        });
        let all = findings(&open_to_all, false).await;
        assert!(found(&all, "public_origin_missing").mend.contains("public_origin"));

        let note = r#"{ "set": "hornada-x.tar.zst", "started_at": "2026-03-10T06:30:00Z" }"#;
        let marker = sound.data.join("RESTORING.json");
        std::fs::write(&marker, note).unwrap();
        let all = findings(&sound, false).await;
        assert!(found(&all, "half_restored").mend.contains("hornada restore"));
        let refused = open(&sound).await.unwrap_err().to_string();
        assert!(refused.contains("hornada restore again"), "{refused}");
        assert!(refuse_half_restored(&sound.data).is_err());
        std::fs::remove_file(marker).unwrap();

        Migrator::down(db.db().connection(), Some(1)).await.unwrap();
        let all = findings(&sound, false).await;
        assert!(found(&all, "migrations_pending").mend.contains("hornada migrate"));
        Migrator::up(db.db().connection(), None).await.unwrap();
        let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_future', 1)";
        let connection = db.db().connection();
        connection.execute_unprepared(future).await.unwrap();
        let all = findings(&sound, false).await;
        assert!(found(&all, "migrations_unknown").mend.contains("newer"));
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_missing_old_broken_or_failed_is_named() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        let vault = tempfile::tempdir().unwrap();
        let config = config(&db, |options| {
            options.backup_to = Some(vault.path().display().to_string());
            options.backup_unencrypted = Some(true);
        });
        let all = findings(&config, false).await;
        assert_eq!(found(&all, "backup_missing").mend, "hornada backup");

        let services = db.services();
        let old = now() - TimeDelta::days(3);
        let clock: server::clock::Clock = std::sync::Arc::new(move || old);
        let place = due::place(&config.backups, None).unwrap();
        let outcome = due::run(services, &config.backups, &place, None, &clock).await;
        let Outcome::Taken(taken) = outcome.unwrap() else {
            panic!("nobody else takes one");
        };
        let all = findings(&config, true).await;
        assert!(found(&all, "backup_old").mend.contains("backup_at"));
        assert!(faults(&all).is_empty());
        std::fs::write(vault.path().join(&taken.name), "nothing").unwrap();
        let all = findings(&config, true).await;
        assert!(found(&all, "backup_broken").mend.contains("hornada backup"));

        let new = NewBackup {
            due_at: None,
            owner: "one".to_owned(),
            place: "there".to_owned(),
            encrypted: false,
        };
        let book = services.backups();
        let BackupClaim::Taken(id) = book.claim(&new, now()).await.unwrap() else {
            panic!("nobody else takes one");
        };
        book.failed(id, "the disk is full", now()).await.unwrap();
        let all = findings(&config, false).await;
        assert!(
            found(&all, "backup_failed")
                .what
                .contains("the disk is full")
        );
    })
    .await;
}
