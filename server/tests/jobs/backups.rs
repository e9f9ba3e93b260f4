//! Sets of backup: taken while others write, looked at, put back; and what is refused.

use crate::bakery::{Bakery, LONG, monday};
use age::secrecy::ExposeSecret;
use chrono::{DateTime, Days, TimeDelta, Utc};
use contract::imports::CreateImport;
use contract::orders::CreateOrder;
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use server::backup::due::{self, Outcome};
use server::backup::place::find_set;
use server::backup::restoring::{Target, restore, verify};
use server::backup::taking::take;
use server::backup::{Keys, Manifest, Place, Seal};
use server::clock::Clock;
use server::commands::doctor::examine;
use server::commands::doctor::finding::Severity;
use server::config::{Config, Options};
use services::Services;
use services::backups::{BackupClaim, NewBackup};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use testkit::{OrgSpec, TestDb, on_both, org_with};
use uuid::Uuid;

/// A key pair and a folder for sets.
struct Vault {
    folder: TempDir,
    recipient: String,
}

impl Vault {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = age::x25519::Identity::generate();
        let text = identity.to_string();
        std::fs::write(folder.path().join("key.txt"), text.expose_secret()).unwrap();
        Self {
            recipient: identity.to_public().to_string(),
            folder,
        }
    }

    fn sets(&self) -> PathBuf {
        self.folder.path().join("sets")
    }

    fn place(&self) -> Place {
        Place::Folder(self.sets())
    }

    /// As an operator would configure it.
    fn config(&self, data: &Path, url: &str) -> Config {
        let options = Options {
            data: Some(data.to_owned()),
            database_url: Some(url.to_owned().into()),
            backup_to: Some(self.sets().display().to_string()),
            backup_at: Some("02:30".to_owned()),
            backup_keep: Some(2),
            backup_recipient: Some(self.recipient.clone()),
            backup_identity_file: Some(self.folder.path().join("key.txt")),
            ..Options::default()
        };
        Config::new(options, None).unwrap()
    }

    fn of(&self, db: &TestDb) -> Config {
        self.config(db.services().data_dir(), db.url())
    }

    async fn take(&self, services: &Services) -> PathBuf {
        let config = self.config(services.data_dir(), "sqlite://unused");
        let seal = Seal::of(&config.backups).unwrap();
        let taken = take(services, &self.place(), seal).await.unwrap();
        self.sets().join(taken.name)
    }

    fn keys(&self) -> Keys {
        Keys::of(&self.config(Path::new("unused"), "sqlite://unused").backups).unwrap()
    }

    async fn verify(&self, set: &Path) -> anyhow::Result<Manifest> {
        verify(set, self.keys()).await
    }

    async fn restore(&self, set: &Path, to: &Elsewhere, force: bool) -> anyhow::Result<Manifest> {
        let target = Target {
            data: to.data(),
            database_url: to.url.clone(),
            force,
            files_only: false,
        };
        self.restore_to(set, &target).await
    }

    async fn restore_to(&self, set: &Path, target: &Target) -> anyhow::Result<Manifest> {
        let name = set.file_name().unwrap().to_str().unwrap();
        restore(set, name, self.keys(), target, testkit::now()).await
    }
}

/// Another machine: an empty disk, and an empty database of the same engine.
struct Elsewhere {
    folder: TempDir,
    url: String,
    postgres: Option<TestDb>,
}

impl Elsewhere {
    async fn like(db: &TestDb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = if db.is_postgres() {
            TestDb::postgres().await
        } else {
            None
        };
        let url = match &postgres {
            Some(db) => db.url().to_owned(),
            None => format!("sqlite://{}", folder.path().join("hornada.db").display()),
        };
        Self {
            folder,
            url,
            postgres,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn services(&self) -> Services {
        let db = services::Db::connect(&self.url).await.unwrap();
        Services::new(db, self.data())
    }

    async fn close(self) {
        if let Some(db) = self.postgres {
            db.drop_database().await;
        }
    }
}

fn standing(now: &Arc<Mutex<DateTime<Utc>>>) -> Clock {
    let now = now.clone();
    Arc::new(move || *now.lock().unwrap())
}

/// What kept something from happening, with its causes.
fn said<T>(result: anyhow::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it happened"),
        Err(error) => format!("{error:#}"),
    }
}

/// Files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path.strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// A file of tickets that waits to be looked at.
pub async fn upload(bakery: &Bakery) {
    let command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: "monday.csv".to_owned(),
        store_id: None,
        threshold_bp: None,
    };
    let bytes = bakery.tickets(monday()).into_bytes();
    let source = futures::stream::iter([Ok::<_, std::io::Error>(bytes)]);
    let imports = bakery.services().imports();
    imports
        .create(&bakery.ctx(), command, source, 1 << 20)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_there_is_there_again_elsewhere_database_models_uploads_and_settings() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        upload(&bakery).await;
        let data = db.services().data_dir();
        std::fs::write(
            data.join("hornada.toml"),
            "jobs = false\nbackup_passphrase = \"s3cret\"\n",
        )
        .unwrap();
        let vault = Vault::new();
        let set = vault.take(db.services()).await;
        let manifest = vault.verify(&set).await.unwrap();
        for table in [
            "daily_sales",
            "forecasts",
            "model_versions",
            "imports",
            "audit_entries",
        ] {
            assert!(manifest.snapshot.rows[table] > 0, "{table} is empty");
        }

        let there = Elsewhere::like(&db).await;
        let restored = vault.restore(&set, &there, false).await.unwrap();
        assert_eq!(restored, manifest);
        let services = there.services().await;
        let scratch = tempfile::tempdir().unwrap();
        let again = services.snapshots().take(scratch.path()).await.unwrap();
        assert_eq!(again.rows, manifest.snapshot.rows);
        assert_eq!(again.audit_heads, manifest.snapshot.audit_heads);
        for folder in ["models", "imports"] {
            let (old, new) = (files(&data.join(folder)), files(&there.data().join(folder)));
            assert!(!old.is_empty() && old == new, "{folder}");
        }
        let settings = std::fs::read_to_string(there.data().join("hornada.toml")).unwrap();
        assert!(settings.contains("jobs = false") && !settings.contains("s3cret"));
        // Numbers that the database gives go on: a new order tells the screens with a new one.
        let order = CreateOrder {
            command_id: Uuid::now_v7(),
            store_id: bakery.org.stores[0],
            product_id: bakery.org.products[0],
            production_date: monday() + Days::new(1),
            planned_quantity: 12,
            note: None,
        };
        let orders = services.production_orders();
        orders.create(&bakery.ctx(), order).await.unwrap();
        let there_config = vault.config(&there.data(), &there.url);
        let report = examine(&there_config, None, true, bakery.hands.now())
            .await
            .unwrap();
        assert_eq!(report.count(Severity::Fault), 0, "{:?}", report.findings);
        services.db().connection().clone().close().await.unwrap();
        there.close().await;
    })
    .await;
}

#[tokio::test]
async fn beside_a_database_that_came_back_another_way_only_the_files_are_put_back() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        upload(&bakery).await;
        let data = db.services().data_dir();
        let vault = Vault::new();
        let set = vault.take(db.services()).await;
        // The database goes on, the disk with the files is another one.
        let disk = tempfile::tempdir().unwrap();
        let mut target = Target {
            data: disk.path().join("data"),
            database_url: db.url().to_owned(),
            force: false,
            files_only: true,
        };
        vault.restore_to(&set, &target).await.unwrap();
        for folder in ["models", "imports"] {
            let (old, new) = (files(&data.join(folder)), files(&target.data.join(folder)));
            assert!(!old.is_empty() && old == new, "{folder}");
        }
        let config = vault.config(&target.data, db.url());
        let report = examine(&config, None, true, bakery.hands.now())
            .await
            .unwrap();
        assert_eq!(report.count(Severity::Fault), 0, "{:?}", report.findings);
        // What lies there already is not written over.
        let text = said(vault.restore_to(&set, &target).await);
        assert!(text.contains("--force"), "{text}");
        target.force = true;
        vault.restore_to(&set, &target).await.unwrap();
        let aside = std::fs::read_dir(&target.data)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| name.starts_with("before-restore-"));
        assert_eq!(aside.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_set_that_was_changed_cut_off_or_is_for_another_key_is_refused_in_plain_words() {
    let db = TestDb::sqlite().await;
    org_with(&db, OrgSpec::default()).await;
    let vault = Vault::new();
    let set = vault.take(db.services()).await;
    let bytes = std::fs::read(&set).unwrap();
    assert!(vault.verify(&set).await.is_ok());

    let stranger = Vault::new();
    let text = said(stranger.verify(&set).await);
    assert!(text.contains("the key does not open the set"), "{text}");
    let text = said(verify(&set, Keys::default()).await);
    assert!(text.contains("--backup-identity-file"), "{text}");

    let other = vault.folder.path().join("changed");
    for at in [bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&other, changed).unwrap();
        let text = said(vault.verify(&other).await);
        assert!(text.contains("cut off or damaged"), "{text}");
    }
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&other, &bytes[..length]).unwrap();
        said(vault.verify(&other).await);
    }

    // Without a key the digests alone speak.
    let plain = take(db.services(), &vault.place(), Seal::Open)
        .await
        .unwrap();
    let plain = vault.sets().join(plain.name);
    let mut bytes = std::fs::read(&plain).unwrap();
    assert!(verify(&plain, Keys::default()).await.is_ok());
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&plain, &bytes).unwrap();
    said(verify(&plain, Keys::default()).await);
}

#[tokio::test]
async fn a_full_place_another_engine_and_a_newer_set_are_refused_and_nothing_is_touched() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        let vault = Vault::new();
        let set = vault.take(db.services()).await;
        let there = Elsewhere::like(&db).await;
        std::fs::create_dir_all(there.data().join("models")).unwrap();
        std::fs::write(there.data().join("models/mine"), "mine").unwrap();
        let text = said(vault.restore(&set, &there, false).await);
        assert!(text.contains("is there already") && text.contains("--force"), "{text}");
        assert_eq!(files(&there.data()).len(), 1);
        // By force what is there is moved aside.
        vault.restore(&set, &there, true).await.unwrap();
        let aside = files(&there.data());
        let kept = aside.iter().find(|(path, _)| path.ends_with("models/mine"));
        assert!(kept.unwrap().0.starts_with("before-restore-20260310T063000Z"));
        // Now rows are there; PostgreSQL is never emptied for anybody.
        if db.is_postgres() {
            let text = said(vault.restore(&set, &there, true).await);
            assert!(text.contains("CREATE DATABASE"), "{text}");
        } else {
            let text = said(vault.restore(&set, &there, false).await);
            assert!(text.contains("hornada.db is there already"), "{text}");
        }
        there.close().await;

        let mut wrong = Elsewhere::like(&db).await;
        let other = std::mem::replace(
            &mut wrong.url,
            if db.is_postgres() {
                format!("sqlite://{}", wrong.folder.path().join("x.db").display())
            } else {
                "postgres://nobody@127.0.0.1:1/nothing".to_owned()
            },
        );
        let text = said(vault.restore(&set, &wrong, false).await);
        assert!(text.contains("into what it was taken of"), "{text}");
        wrong.url = other;

        let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_future', 1)";
        let connection = db.db().connection();
        connection.execute_unprepared(future).await.unwrap();
        let newer = vault.take(db.services()).await;
        let text = said(vault.restore(&newer, &wrong, false).await);
        assert!(text.contains("newer than this program"), "{text}");
        assert!(files(&wrong.data()).is_empty());
        wrong.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_restore_that_was_killed_goes_on_where_it_was_begun_and_nowhere_else() {
    let db = TestDb::sqlite().await;
    org_with(&db, OrgSpec::default()).await;
    let vault = Vault::new();
    let set = vault.take(db.services()).await;
    let mut there = Elsewhere::like(&db).await;
    let file = there.folder.path().join("hornada.db");
    let other = there.folder.path().join("other.db");
    std::fs::create_dir_all(there.data().join("models")).unwrap();
    std::fs::create_dir_all(there.data().join(".restore-left")).unwrap();
    let note = |moving: bool| {
        let note = serde_json::json!({
            "set": set.file_name().unwrap().to_str().unwrap(),
            "started_at": "2026-03-10T06:00:00Z",
            "database": file,
            "moving": moving,
        });
        std::fs::write(
            there.folder.path().join("data/RESTORING.json"),
            note.to_string(),
        )
        .unwrap();
    };
    // Killed while it moved aside: what lies there is the operator's still.
    note(true);
    std::fs::write(there.folder.path().join("data/models/mine"), "mine").unwrap();
    std::fs::write(&other, "another database").unwrap();
    let url = std::mem::replace(&mut there.url, format!("sqlite://{}", other.display()));
    let text = said(vault.restore(&set, &there, true).await);
    assert!(text.contains("another database"), "{text}");
    assert_eq!(std::fs::read(&other).unwrap(), b"another database");
    there.url = url;
    vault.restore(&set, &there, false).await.unwrap();
    let kept = files(&there.data());
    assert!(kept.iter().any(|(path, _)| path.ends_with("models/mine")));
    assert!(!there.data().join(".restore-left").exists());
    assert!(!there.data().join("RESTORING.json").exists());
}

#[tokio::test]
async fn an_older_set_comes_up_to_this_program() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        Migrator::down(db.db().connection(), Some(1)).await.unwrap();
        let vault = Vault::new();
        let set = vault.take(db.services()).await;
        let there = Elsewhere::like(&db).await;
        if let Some(postgres) = &there.postgres {
            // An empty database that is of today's shape already is none for a set of yesterday.
            let text = said(vault.restore(&set, &there, false).await);
            assert!(text.contains("newer than the set's"), "{text}");
            let connection = postgres.db().connection();
            Migrator::down(connection, None).await.unwrap();
        }
        vault.restore(&set, &there, false).await.unwrap();
        let services = there.services().await;
        let pending = Migrator::get_pending_migrations(services.db().connection()).await;
        assert!(pending.unwrap().is_empty());
        assert_eq!(services.organizations().list().await.unwrap().len(), 1);
        services.db().connection().clone().close().await.unwrap();
        there.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_several_processes_one_takes_the_clocks_backup_and_old_sets_go() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        let vault = Vault::new();
        let config = vault.of(&db).backups;
        let now = Arc::new(Mutex::new("2026-03-10T02:31:00Z".parse().unwrap()));
        let clock = standing(&now);
        let services = db.services();
        let look = || due::look(services, &config, &clock);
        let (one, other) = tokio::join!(look(), look());
        let outcomes = [one.unwrap().unwrap(), other.unwrap().unwrap()];
        let taken = outcomes
            .iter()
            .filter(|o| matches!(o, Outcome::Taken(_)))
            .count();
        assert_eq!(taken, 1, "{outcomes:?}");
        assert!(matches!(look().await.unwrap(), Some(Outcome::NotDue)));
        for day in 1..4 {
            *now.lock().unwrap() += TimeDelta::days(1);
            let outcome = look().await.unwrap();
            assert!(matches!(outcome, Some(Outcome::Taken(_))), "day {day}");
        }
        let sets = vault.place().list().await.unwrap();
        assert_eq!(sets.len(), 2, "{sets:?}");
        let newest = find_set(vault.sets().to_str().unwrap()).await.unwrap();
        assert!(vault.verify(&newest.path).await.is_ok());
        let last = services.backups().last_done().await.unwrap().unwrap();
        assert_eq!(last.name, newest.name);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_died_holds_nobody_up_and_a_failed_backup_is_tried_again_later() {
    on_both(async |db| {
        let book = db.services().backups();
        let start = testkit::now();
        let new = |due_at| NewBackup {
            due_at,
            owner: "one".to_owned(),
            place: "there".to_owned(),
            encrypted: true,
        };
        let by_hand = new(None);
        let BackupClaim::Taken(first) = book.claim(&by_hand, start).await.unwrap() else {
            panic!("nobody else is there");
        };
        let later = start + TimeDelta::seconds(100);
        assert!(book.beat(first, later).await.unwrap());
        let busy = book.claim(&by_hand, later + TimeDelta::seconds(100)).await;
        assert_eq!(
            busy.unwrap(),
            BackupClaim::Busy {
                owner: "one".to_owned()
            }
        );
        let dead = later + TimeDelta::seconds(121);
        let by_clock = new(Some(dead));
        let BackupClaim::Taken(second) = book.claim(&by_clock, dead).await.unwrap() else {
            panic!("the dead process holds the backup up");
        };
        assert!(!book.beat(first, dead).await.unwrap());
        assert!(!book.done(first, ("late", 1, "00"), dead).await.unwrap());
        assert!(book.failed(second, "no disk", dead).await.unwrap());
        let soon = book.claim(&by_clock, dead + TimeDelta::minutes(29)).await;
        assert_eq!(soon.unwrap(), BackupClaim::NotDue);
        let again = book.claim(&by_clock, dead + TimeDelta::minutes(30)).await;
        assert!(matches!(again.unwrap(), BackupClaim::Taken(_)));
        assert_eq!(book.last_done().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_nothing_that_counts_as_one() {
    on_both(async |db| {
        org_with(&db, OrgSpec::default()).await;
        let vault = Vault::new();
        let data = db.services().data_dir().to_owned();
        std::fs::create_dir_all(data.join("imports")).unwrap();
        std::fs::write(data.join("imports/large.csv"), vec![7; 4 << 20]).unwrap();
        let config = vault.of(&db).backups;
        let now = Arc::new(Mutex::new(testkit::now()));
        for _ in 0..3 {
            let (services, config, place) = (db.services().clone(), config.clone(), vault.place());
            let clock = standing(&now);
            let taking = tokio::spawn(async move {
                due::run(&services, &config, &place, None, &clock)
                    .await
                    .map(drop)
            });
            // Killed as soon as it has begun to write.
            while !taking.is_finished() && !vault.sets().is_dir() {
                tokio::task::yield_now().await;
            }
            taking.abort();
            let _ = taking.await;
            *now.lock().unwrap() += TimeDelta::minutes(5);
        }
        for name in vault.place().list().await.unwrap_or_default() {
            // One may have been quicker; then it is whole.
            assert!(vault.verify(&vault.sets().join(name)).await.is_ok());
        }
        let clock = standing(&now);
        let place = vault.place();
        let outcome = due::run(db.services(), &config, &place, None, &clock).await;
        assert!(matches!(outcome.unwrap(), Outcome::Taken(_)));
    })
    .await;
}
