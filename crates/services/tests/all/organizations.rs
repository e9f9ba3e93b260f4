//! Organizations that come and go: links, suspension, settings, everything in a file, the end.

use crate::scene::{bakery, later, new_order, reason, stranger};
use chrono::{DateTime, TimeDelta, Utc};
use contract::keys::{CreateApiKey, RotateApiKey};
use contract::orders::{CompleteOrder, StartOrder};
use contract::organization::{AskDeletion, CancelDeletion, RequestExport};
use contract::settings::{ChangeSettings, UnsetSetting};
use contract::stock::{AdjustStock, ReverseMovement};
use domain::{Language, Permission, RoleKey, StockReason};
use sea_orm::{ConnectionTrait, Statement};
use services::exports::{Exported, Progress, owned};
use services::identity::SignIn;
use services::mails::Delivery;
use services::sign_up::{LINK_LIFE, SignUp};
use services::{Arrival, ServiceError, Services, Terms};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Org, PASSWORD, TestDb, now, on_both};
use uuid::Uuid;

fn arrival(now: DateTime<Utc>) -> Arrival {
    Arrival {
        now,
        request_id: "test".to_owned(),
        source: "127.0.0.1".to_owned(),
    }
}

fn filled(token: &str) -> SignUp {
    SignUp {
        token: token.to_owned(),
        name: "Panadería Ñandú".to_owned(),
        currency: "eur".to_owned(),
        language: Language::Es,
        time_zone: "Europe/Madrid".to_owned(),
        store_name: "Plaza".to_owned(),
        store_city: "Cádiz".to_owned(),
        display_name: "Marta".to_owned(),
        password: "harina de fuerza".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_makes_one_organization_with_its_store_and_administrator() {
    on_both(async |db| {
        let door = db.services().sign_up();
        let link = door
            .invite(" Marta@Horno.example ", now())
            .await
            .expect("a link");
        assert_eq!(link.email, "marta@horno.example");
        let open = door.open_links(now()).await.expect("listed");
        assert_eq!(open.len(), 1);
        // What is wrong is said by field, and the link still works.
        let mut wrong = filled(&link.token);
        wrong.password = "corta".to_owned();
        let refused = door.sign_up(&arrival(now()), wrong).await.unwrap_err();
        assert!(matches!(refused, ServiceError::Invalid(_)), "{refused}");
        let made = door
            .sign_up(&arrival(now()), filled(&link.token))
            .await
            .expect("made");
        assert_eq!(
            (made.slug.as_str(), made.email.as_str()),
            ("panaderia-nandu", "marta@horno.example")
        );
        let asked = SignIn {
            email: made.email.clone(),
            password: "harina de fuerza".to_owned(),
        };
        let identity = db
            .services()
            .identity()
            .sign_in(&arrival(now()), asked)
            .await
            .expect("in")
            .done()
            .expect("no second step");
        assert!(
            identity
                .actor
                .permissions
                .contains(&Permission::SettingsWrite)
        );
        let ctx = arrival(now()).by(identity.actor);
        let stores = db.services().catalog().stores(&ctx).await.expect("stores");
        assert_eq!(stores.len(), 1);
        assert_eq!(stores[0].name, "Plaza");
        let again = door
            .sign_up(&arrival(now()), filled(&link.token))
            .await
            .unwrap_err();
        assert_eq!(reason(&again), "sign_up.link");
        // A second one of the same name is told apart.
        let link = door
            .invite("otra@horno.example", now())
            .await
            .expect("a link");
        let made = door
            .sign_up(&arrival(now()), filled(&link.token))
            .await
            .expect("made");
        assert_eq!(made.slug, "panaderia-nandu-2");
        let taken = door.invite("otra@horno.example", now()).await.unwrap_err();
        assert!(matches!(taken, ServiceError::Invalid(_)));
    })
    .await;
}

/// The token of the mail to this address that waits.
async fn mailed(services: &Services, to: &str, at: DateTime<Utc>) -> String {
    let mails = services.mails();
    let mail = mails.claim(at).await.expect("read").expect("a mail");
    let letter = mails.write(&mail, "https://h.example", at).await;
    let letter = letter.expect("read").expect("a letter");
    assert_eq!(letter.to, to);
    mails
        .settle(&mail, &Delivery::Sent, at)
        .await
        .expect("written");
    let (_, rest) = letter.text.split_once("/sign-up?token=").expect("a link");
    rest.lines().next().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_and_people_ask_for_one_only_where_they_may() {
    on_both(async |db| {
        let closed = db.services().sign_up();
        let refused = closed.ask("yo@horno.example", now()).await.unwrap_err();
        assert_eq!(reason(&refused), "sign_up.closed");
        let link = closed
            .invite("yo@horno.example", now())
            .await
            .expect("a link");
        let late = arrival(now() + LINK_LIFE);
        let ended = closed
            .sign_up(&late, filled(&link.token))
            .await
            .unwrap_err();
        assert_eq!(reason(&ended), "sign_up.link");
        assert_eq!(closed.clear(now() + LINK_LIFE).await.expect("cleared"), 1);

        let terms = Terms {
            open_sign_up: true,
            ..Terms::default()
        };
        let services = db.services().clone().under(terms);
        let open = services.sign_up();
        let org = bakery(&db).await;
        let known = open.ask(&org.email(RoleKey::Admin), now()).await;
        assert!(!known.expect("asked"), "whoever signs in gets none");
        assert!(open.ask("tu@horno.example", now()).await.expect("asked"));
        let first = mailed(&services, "tu@horno.example", now()).await;
        assert!(!open.ask("tu@horno.example", now()).await.expect("asked"));
        let then = now() + TimeDelta::hours(1);
        assert!(open.ask("tu@horno.example", then).await.expect("asked"));
        let second = mailed(&services, "tu@horno.example", then).await;
        let old = open
            .sign_up(&arrival(then), filled(&first))
            .await
            .unwrap_err();
        assert_eq!(reason(&old), "sign_up.link");
        open.sign_up(&arrival(then), filled(&second))
            .await
            .expect("made");
        // The operator's link stays, whoever asks with its address.
        let invited = open.invite("el@horno.example", then).await.expect("a link");
        let later = then + TimeDelta::hours(1);
        assert!(!open.ask("el@horno.example", later).await.expect("asked"));
        open.sign_up(&arrival(then), filled(&invited.token))
            .await
            .expect("made");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_of_a_suspended_organization_is_let_in_until_it_works_again() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let command = CreateApiKey {
            command_id: Uuid::now_v7(),
            name: "Caja".into(),
            permissions: vec![Permission::StockRead],
            all_stores: true,
            stores: vec![],
            expires_at: None,
            rate_per_minute: None,
        };
        let key = services
            .api_keys()
            .create(&admin, command)
            .await
            .expect("a key");
        let key = key.secret.expect("told");
        let asked = || SignIn {
            email: org.email(RoleKey::Admin),
            password: PASSWORD.to_owned(),
        };
        let grant = services
            .tokens()
            .for_key(&arrival(now()), &key)
            .await
            .expect("a token");
        let organizations = services.organizations();
        organizations
            .suspend(&arrival(now()), org.id, "Sin pagar")
            .await
            .expect("suspended");
        let is_suspended = |error: ServiceError| matches!(error, ServiceError::Suspended);
        let refused = services.identity().sign_in(&arrival(now()), asked()).await;
        assert!(is_suspended(refused.unwrap_err()));
        let wrong = SignIn {
            password: "otra cosa".to_owned(),
            ..asked()
        };
        let refused = services.identity().sign_in(&arrival(now()), wrong).await;
        assert!(matches!(
            refused.unwrap_err(),
            ServiceError::Unauthenticated
        ));
        let refused = services.identity().find(org.user(RoleKey::Admin)).await;
        assert!(is_suspended(refused.unwrap_err()));
        let refused = services.api_keys().recognise(&key, now()).await;
        assert!(is_suspended(refused.unwrap_err()));
        let refused = services.tokens().bearer(grant.claimed, now()).await;
        assert!(is_suspended(refused.unwrap_err()));
        let refused = services
            .tokens()
            .refresh(&arrival(now()), &grant.refresh_token)
            .await;
        assert!(is_suspended(refused.unwrap_err()));
        assert!(
            services
                .identity()
                .find(other.user(RoleKey::Admin))
                .await
                .expect("read")
                .is_some()
        );
        let view = organizations.get(org.id).await.expect("there");
        assert!(view.is_shut());
        assert_eq!(view.suspended_for.as_deref(), Some("Sin pagar"));

        organizations
            .resume(&arrival(now()), org.id)
            .await
            .expect("resumed");
        services
            .identity()
            .sign_in(&arrival(now()), asked())
            .await
            .expect("in");
        assert!(
            services
                .api_keys()
                .recognise(&key, now())
                .await
                .expect("read")
                .is_some()
        );
        assert!(
            services
                .tokens()
                .bearer(grant.claimed, now())
                .await
                .expect("read")
                .is_some()
        );
        let again = organizations
            .resume(&arrival(now()), org.id)
            .await
            .unwrap_err();
        assert_eq!(reason(&again), "organization.not_suspended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_by_whoever_has_seen_the_latest() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let catalog = db.services().catalog();
        let seen = catalog.settings(&admin).await.expect("read");
        let change = |version: i32| ChangeSettings {
            command_id: Uuid::now_v7(),
            version: Some(version),
            ..ChangeSettings::default()
        };
        let wanted = ChangeSettings {
            keep_months: Some(12),
            count_recount_minor: Some(500),
            currency: Some("USD".to_owned()),
            language: Some(Language::En),
            ..change(seen.version)
        };
        let after = catalog
            .change_settings(&admin, &wanted)
            .await
            .expect("changed");
        assert_eq!(
            (after.version, after.keep_months, after.currency.as_str()),
            (seen.version + 1, Some(12), "USD")
        );
        let again = catalog
            .change_settings(&admin, &wanted)
            .await
            .expect("known");
        assert_eq!(again, after);
        let stale = catalog
            .change_settings(&admin, &change(seen.version))
            .await
            .unwrap_err();
        assert_eq!(reason(&stale), "organization.stale");
        let wrong = ChangeSettings {
            keep_months: Some(1),
            ..change(after.version)
        };
        assert!(matches!(
            catalog.change_settings(&admin, &wrong).await,
            Err(ServiceError::Invalid(_))
        ));
        let unset = ChangeSettings {
            unset: vec![UnsetSetting::KeepMonths, UnsetSetting::CountRecountMinor],
            ..change(after.version)
        };
        let unset = catalog
            .change_settings(&admin, &unset)
            .await
            .expect("changed");
        assert_eq!((unset.keep_months, unset.count_recount_minor), (None, None));
        // What is the same is no change.
        let same = catalog
            .change_settings(&admin, &change(unset.version))
            .await
            .expect("read");
        assert_eq!(same.version, unset.version);
    })
    .await;
}

/// Tables of the database with a column `organization_id`.
async fn tables(db: &TestDb) -> BTreeSet<String> {
    let connection = db.db().connection();
    let sql = if db.is_postgres() {
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id'"
    } else {
        "SELECT t.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'organization_id'"
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection
        .query_all_raw(statement)
        .await
        .expect("the catalog");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a name"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_tenants_is_exported_or_says_why_not_and_is_erased() {
    on_both(async |db| {
        let listed = owned();
        let names: BTreeSet<String> = listed.iter().map(|table| table.table.to_owned()).collect();
        assert_eq!(
            names.len(),
            listed.len(),
            "a table stands in the list twice"
        );
        assert_eq!(names, tables(&db).await, "store/owned.rs and the database");
        for table in listed {
            if let Exported::Never(reason) = table.exported {
                assert!(reason.len() > 10, "{} says no reason", table.table);
            }
        }
    })
    .await;
}

/// Something in as many tables as a few commands reach, rows that name each other among them.
async fn live_a_little(db: &TestDb, org: &Org) {
    let services = db.services();
    let kitchen = org.ctx(RoleKey::Production).await;
    let (store_id, product_id) = (org.stores[0], org.products[0]);
    let orders = services.production_orders();
    let order = orders
        .create(&kitchen, new_order(store_id, product_id, 12))
        .await
        .expect("an order");
    let start = StartOrder {
        command_id: Uuid::now_v7(),
        order_id: order.id,
    };
    orders.start(&kitchen, start).await.expect("started");
    let complete = CompleteOrder {
        command_id: Uuid::now_v7(),
        order_id: order.id,
        produced_quantity: 12,
        ..CompleteOrder::default()
    };
    orders
        .complete(&later(&kitchen, 5), complete)
        .await
        .expect("done");
    let analyst = org.ctx(RoleKey::Analyst).await;
    let adjust = AdjustStock {
        command_id: Uuid::now_v7(),
        store_id,
        product_id,
        change: 3,
        reason: StockReason::Correction,
        note: None,
        at: None,
    };
    let booked = services
        .stock()
        .adjust(&analyst, adjust)
        .await
        .expect("booked");
    let reverse = ReverseMovement {
        command_id: Uuid::now_v7(),
        movement_id: booked.movement_id,
        note: None,
    };
    services
        .stock()
        .reverse(&analyst, reverse)
        .await
        .expect("taken back");
    let admin = org.ctx(RoleKey::Admin).await;
    let key = CreateApiKey {
        command_id: Uuid::now_v7(),
        name: "Caja".into(),
        permissions: vec![Permission::StockRead],
        all_stores: true,
        stores: vec![],
        expires_at: None,
        rate_per_minute: None,
    };
    let key = services
        .api_keys()
        .create(&admin, key)
        .await
        .expect("a key");
    let rotate = RotateApiKey {
        command_id: Uuid::now_v7(),
        key_id: key.key.id,
        grace_seconds: None,
    };
    services
        .api_keys()
        .rotate(&admin, rotate)
        .await
        .expect("rotated");
    let export = RequestExport {
        command_id: Uuid::now_v7(),
    };
    services
        .exports()
        .request(&admin, &export)
        .await
        .expect("asked for");
}

/// Rows by table of one organization.
async fn counts(db: &TestDb, id: Uuid) -> BTreeMap<String, i64> {
    let connection = db.db().connection();
    let backend = connection.get_database_backend();
    let place = if db.is_postgres() { "$1" } else { "?" };
    let mut counts = BTreeMap::new();
    let named = tables(db)
        .await
        .into_iter()
        .map(|table| (table, "organization_id"));
    for (table, column) in named.chain([("organizations".to_owned(), "id")]) {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} = {place}");
        let statement = Statement::from_sql_and_values(backend, sql, [id.into()]);
        let row = connection
            .query_one_raw(statement)
            .await
            .expect("an answer")
            .expect("a row");
        counts.insert(table, row.try_get_by_index(0).expect("a number"));
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_erased_to_its_last_row_and_the_others_keep_theirs() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        live_a_little(&db, &org).await;
        live_a_little(&db, &other).await;
        let theirs = counts(&db, other.id).await;
        let ours = counts(&db, org.id).await;
        for table in [
            "stock_movements",
            "audit_entries",
            "api_keys",
            "lots",
            "organization_exports",
        ] {
            assert!(ours[table] > 0, "{table}");
        }
        let admin = org.ctx(RoleKey::Admin).await;
        let deletions = db.services().deletions();
        let ask = |name: &str, password: &str| AskDeletion {
            command_id: Uuid::now_v7(),
            name: name.to_owned(),
            password: password.to_owned(),
        };
        let wrong = deletions
            .ask(&admin, &ask("Horno de prueba", "no es esta"))
            .await
            .unwrap_err();
        assert_eq!(reason(&wrong), "password.wrong");
        let wrong = deletions
            .ask(&admin, &ask("Horno", PASSWORD))
            .await
            .unwrap_err();
        assert_eq!(reason(&wrong), "deletion.name");
        let job = org.system();
        let wrong = deletions
            .ask(&job, &ask("Horno de prueba", PASSWORD))
            .await
            .unwrap_err();
        assert_eq!(reason(&wrong), "person.needed");

        // Called off, it is as if nobody had asked.
        deletions
            .ask(&admin, &ask("Horno de prueba", PASSWORD))
            .await
            .expect("asked");
        let cancel = CancelDeletion {
            command_id: Uuid::now_v7(),
        };
        deletions.cancel(&admin, &cancel).await.expect("called off");
        let asked = deletions
            .ask(&admin, &ask("Horno de prueba", PASSWORD))
            .await
            .expect("asked");
        let due = asked.erase_after;
        assert_eq!(due, asked.asked_at + TimeDelta::days(30));
        assert!(
            deletions
                .to_erase(due - TimeDelta::seconds(1))
                .await
                .expect("listed")
                .is_empty()
        );
        assert!(
            deletions
                .begin_erasing(org.id, due - TimeDelta::seconds(1))
                .await
                .expect("looked")
                .is_none()
        );
        // Before its erasing has begun nothing goes, and the log least of all.
        assert_eq!(deletions.erase_rows(org.id).await.expect("looked"), 0);
        let log = "DELETE FROM audit_entries WHERE organization_id IS NOT NULL";
        assert!(db.db().connection().execute_unprepared(log).await.is_err());

        assert_eq!(deletions.to_erase(due).await.expect("listed"), [org.id]);
        assert!(
            deletions
                .begin_erasing(org.id, due)
                .await
                .expect("begun")
                .is_some()
        );
        let shut = db
            .services()
            .identity()
            .find(org.user(RoleKey::Admin))
            .await;
        assert!(matches!(shut, Err(ServiceError::Suspended)));
        // Of the others' log nothing goes now either.
        assert!(db.db().connection().execute_unprepared(log).await.is_err());
        let gone = deletions.erase_rows(org.id).await.expect("erased");
        assert!(gone > 50, "{gone}");
        for (table, count) in counts(&db, org.id).await {
            assert_eq!(count, 0, "{table}");
        }
        assert_eq!(counts(&db, other.id).await, theirs);
        assert!(deletions.to_erase(due).await.expect("listed").is_empty());
        assert!(
            deletions
                .begin_erasing(org.id, due)
                .await
                .expect("looked")
                .is_none()
        );
        let books = db
            .services()
            .books()
            .check(&other.system())
            .await
            .expect("checked");
        assert!(books.audit_broken.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_the_rows_of_one_organization_and_no_secrets() {
    on_both(async |db| {
        let (org, other) = (bakery(&db).await, stranger(&db).await);
        live_a_little(&db, &org).await;
        live_a_little(&db, &other).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let exports = db.services().exports();
        let asked = RequestExport {
            command_id: Uuid::now_v7(),
        };
        // One is asked for already: that is the answer.
        let view = exports.request(&admin, &asked).await.expect("asked for");
        assert_eq!(exports.list(&admin).await.expect("listed").len(), 1);
        let waiting = exports.waiting(now()).await.expect("listed");
        let export = *waiting
            .iter()
            .find(|export| export.id == view.id)
            .expect("ours");
        assert!(exports.claim(export, "one", now()).await.expect("claimed"));
        assert!(
            !exports.claim(export, "two", now()).await.expect("looked"),
            "one at a time"
        );
        let folder = db.services().data_dir().join("tables");
        std::fs::create_dir_all(&folder).expect("a folder");
        let progress = Progress::default();
        let written = exports
            .write_tables(org.id, &folder, &progress)
            .await
            .expect("written");
        let expected = counts(&db, org.id).await;
        for (table, rows) in &written.rows {
            assert_eq!(
                i64::try_from(*rows).expect("a count"),
                expected[table],
                "{table}"
            );
            let text =
                std::fs::read_to_string(folder.join(format!("{table}.jsonl"))).expect("a file");
            assert_eq!(text.lines().count() as u64, *rows, "{table}");
            assert!(
                !text.contains("$argon2id$") && !text.contains("secret_hash"),
                "{table}"
            );
            assert!(!text.contains(&other.id.to_string()), "{table}");
            for line in text.lines() {
                serde_json::from_str::<serde_json::Value>(line).expect("JSON");
            }
        }
        assert!(
            exports
                .beat(export, "one", &progress, now())
                .await
                .expect("alive")
        );
        let view = exports.get(&admin, view.id).await.expect("there");
        assert_eq!(view.tables_done, view.tables_total);
        // A process that gives no sign of life loses it.
        let then = now() + TimeDelta::minutes(3);
        assert!(exports.claim(export, "two", then).await.expect("claimed"));
        let file = ("exports/a.tar.zst", 5, "ab");
        assert!(
            !exports
                .done(export, "one", file, then)
                .await
                .expect("looked")
        );
        assert!(exports.done(export, "two", file, then).await.expect("done"));
        let view = exports.get(&admin, view.id).await.expect("there");
        assert!(view.is_there);
        let week = then + TimeDelta::days(7);
        assert_eq!(exports.expired(week).await.expect("listed").len(), 1);
        exports.removed(export, week).await.expect("noted");
        assert!(exports.expired(week).await.expect("listed").is_empty());
        let stranger = other.ctx(RoleKey::Admin).await;
        assert!(matches!(
            exports.get(&stranger, view.id).await,
            Err(ServiceError::NotFound(_))
        ));
    })
    .await;
}
