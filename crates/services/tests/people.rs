//! People: sign-in, pauses, rights, and the rules that keep an organization open to its own administrators.

use chrono::TimeDelta;
use contract::users::{ChangeUser, CreateUser, ResetPassword, SetUserActive};
use domain::{Language, Permission, RoleKey};
use services::identity::SignIn;
use services::sessions::SessionLifetime;
use services::{Arrival, ServiceError, StoreScope};
use testkit::{OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use uuid::Uuid;

fn arrival(seconds: i64) -> Arrival {
    Arrival {
        now: now() + TimeDelta::seconds(seconds),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    }
}

fn attempt(email: &str, password: &str) -> SignIn {
    SignIn {
        email: email.into(),
        password: password.into(),
    }
}

fn reason(error: &ServiceError) -> String {
    match error {
        ServiceError::Rule { reason, .. } => (*reason).to_owned(),
        ServiceError::Invalid(fields) => fields[0].reason.clone(),
        other => format!("{other:?}"),
    }
}

fn someone(email: &str, role: RoleKey) -> CreateUser {
    CreateUser {
        command_id: Uuid::now_v7(),
        email: email.into(),
        display_name: "Marta Gil".into(),
        language: Some(Language::Es),
        roles: vec![role],
        role_ids: vec![],
        all_stores: true,
        stores: vec![],
        password: "otra palabra larga".into(),
    }
}

#[tokio::test]
async fn people_sign_in_with_address_and_password_and_act_with_their_roles() {
    on_both(async |db| {
        let org = org_with(
            &db,
            OrgSpec {
                stores: 2,
                ..OrgSpec::default()
            },
        )
        .await;
        let email = org.email(RoleKey::StoreManager).to_uppercase();
        let identity = db
            .services()
            .identity()
            .sign_in(&arrival(0), attempt(&email, PASSWORD))
            .await
            .unwrap()
            .done()
            .unwrap();
        assert_eq!(identity.actor.organization_id, org.id);
        assert!(identity.actor.permissions.contains(&Permission::StockCount));
        assert!(!identity.actor.permissions.contains(&Permission::UsersRead));
        assert_eq!(
            identity.actor.stores,
            StoreScope::Only([org.stores[0]].into())
        );

        let admin = org.ctx(RoleKey::Admin).await;
        let listed = db.services().users().list(&admin).await.unwrap();
        let me = listed
            .iter()
            .find(|u| u.id == org.user(RoleKey::StoreManager))
            .unwrap();
        assert_eq!(me.last_sign_in_at, Some(now()));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_a_closed_account_look_and_cost_the_same() {
    let db = TestDb::sqlite().await;
    let org = org_with(&db, OrgSpec::default()).await;
    let admin = org.ctx(RoleKey::Admin).await;
    let closed = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: org.user(RoleKey::Analyst),
        active: false,
    };
    db.services()
        .users()
        .set_active(&admin, closed)
        .await
        .unwrap();
    let cases = [
        ("nobody@horno.example".to_owned(), PASSWORD),
        (org.email(RoleKey::Production), "not the password"),
        (org.email(RoleKey::Analyst), PASSWORD),
    ];
    for (email, password) in cases {
        let before = db.services().passwords().computed();
        let error = db
            .services()
            .identity()
            .sign_in(&arrival(0), attempt(&email, password))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::Unauthenticated),
            "{email}: {error:?}"
        );
        assert_eq!(db.services().passwords().computed() - before, 1, "{email}");
    }
}

#[tokio::test]
async fn repeated_failures_pause_an_account_for_longer_and_longer_and_the_database_remembers() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let email = org.email(RoleKey::Production);
        for i in 0..5 {
            let error = db
                .services()
                .identity()
                .sign_in(&arrival(i), attempt(&email, "wrong wrong"))
                .await
                .unwrap_err();
            assert!(matches!(error, ServiceError::Unauthenticated), "{error:?}");
        }
        let error = db
            .services()
            .identity()
            .sign_in(&arrival(6), attempt(&email, PASSWORD))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::TooManyRequests(_)),
            "even the right password waits: {error:?}"
        );

        // Another process shares no memory, only the database.
        let other = services::Services::new(db.db().clone(), db.services().data_dir().to_owned());
        let error = other
            .identity()
            .sign_in(&arrival(7), attempt(&email, PASSWORD))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::TooManyRequests(_)),
            "{error:?}"
        );

        db.services()
            .identity()
            .sign_in(&arrival(40), attempt(&email, PASSWORD))
            .await
            .unwrap();
        let error = db
            .services()
            .identity()
            .sign_in(&arrival(41), attempt(&email, "wrong wrong"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::Unauthenticated),
            "a success starts the count again: {error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_address_without_an_account_pauses_just_the_same() {
    let db = TestDb::sqlite().await;
    for i in 0..5 {
        let error = db
            .services()
            .identity()
            .sign_in(&arrival(i), attempt("no@one.es", "x"))
            .await
            .unwrap_err();
        assert!(matches!(error, ServiceError::Unauthenticated));
    }
    let error = db
        .services()
        .identity()
        .sign_in(&arrival(6), attempt("no@one.es", "x"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ServiceError::TooManyRequests(_)),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_closes_their_own_account() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let users = db.services().users();
        let (admin, me) = (org.ctx(RoleKey::Admin).await, org.user(RoleKey::Admin));
        let close = |user_id| SetUserActive {
            command_id: Uuid::now_v7(),
            user_id,
            active: false,
        };
        let demote = |user_id| ChangeUser {
            command_id: Uuid::now_v7(),
            user_id,
            display_name: "Ya no".into(),
            language: None,
            roles: vec![RoleKey::Analyst],
            role_ids: vec![],
            all_stores: true,
            stores: vec![],
        };
        assert_eq!(
            reason(&users.set_active(&admin, close(me)).await.unwrap_err()),
            "users.self"
        );
        assert_eq!(
            reason(&users.change(&admin, demote(me)).await.unwrap_err()),
            "users.self"
        );
        // The operator's own command line is nobody, so only the rule of the last administrator stands.
        assert_eq!(
            reason(
                &users
                    .set_active(&org.system(), close(me))
                    .await
                    .unwrap_err()
            ),
            "users.last_admin"
        );
        assert_eq!(
            reason(&users.change(&org.system(), demote(me)).await.unwrap_err()),
            "users.last_admin"
        );

        let second = users
            .create(&admin, someone("second@horno.example", RoleKey::Admin))
            .await
            .unwrap();
        users.change(&admin, demote(second)).await.unwrap();
        assert_eq!(
            reason(
                &users
                    .set_active(&org.system(), close(me))
                    .await
                    .unwrap_err()
            ),
            "users.last_admin"
        );
        assert!(
            users
                .list(&admin)
                .await
                .unwrap()
                .iter()
                .any(|u| u.id == me && u.active && u.roles == [RoleKey::Admin])
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_command_twice_adds_one_person_and_gives_the_same_answer() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let command = someone("marta@horno.example", RoleKey::Production);
        let first = db
            .services()
            .users()
            .create(&admin, command.clone())
            .await
            .unwrap();
        let second = db
            .services()
            .users()
            .create(&admin, command.clone())
            .await
            .unwrap();
        assert_eq!(first, second);
        assert_eq!(
            db.services().users().list(&admin).await.unwrap().len(),
            RoleKey::ALL.len() + 1
        );
        let other = CreateUser {
            email: "else@horno.example".into(),
            ..command
        };
        let error = db
            .services()
            .users()
            .create(&admin, other)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                ServiceError::Conflict {
                    reason: "command.reused",
                    ..
                }
            ),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_change_nothing() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let good = someone("marta@horno.example", RoleKey::Production);
        let cases: Vec<(CreateUser, &str)> = vec![
            (
                CreateUser {
                    email: "marta".into(),
                    ..good.clone()
                },
                "email.format",
            ),
            (
                CreateUser {
                    email: org.email(RoleKey::Admin),
                    ..good.clone()
                },
                "email.taken",
            ),
            (
                CreateUser {
                    display_name: " ".into(),
                    ..good.clone()
                },
                "name.format",
            ),
            (
                CreateUser {
                    roles: vec![],
                    ..good.clone()
                },
                "roles.none",
            ),
            (
                CreateUser {
                    all_stores: false,
                    ..good.clone()
                },
                "stores.none",
            ),
            (
                CreateUser {
                    password: "short".into(),
                    ..good.clone()
                },
                "password.too_short",
            ),
        ];
        for (command, expected) in cases {
            let command = CreateUser {
                command_id: Uuid::now_v7(),
                ..command
            };
            assert_eq!(
                reason(
                    &db.services()
                        .users()
                        .create(&admin, command)
                        .await
                        .unwrap_err()
                ),
                expected
            );
        }
        assert_eq!(
            db.services().users().list(&admin).await.unwrap().len(),
            RoleKey::ALL.len()
        );
    })
    .await;
}

#[tokio::test]
async fn other_organizations_people_and_stores_do_not_exist() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let other = org_with(
            &db,
            OrgSpec {
                slug: "otro".into(),
                ..OrgSpec::default()
            },
        )
        .await;
        let admin = org.ctx(RoleKey::Admin).await;
        let users = db.services().users();
        let theirs = other.user(RoleKey::Production);
        let close = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: theirs,
            active: false,
        };
        assert!(matches!(
            users.set_active(&admin, close).await.unwrap_err(),
            ServiceError::NotFound("user")
        ));
        let reset = ResetPassword {
            command_id: Uuid::now_v7(),
            user_id: theirs,
            password: "otra palabra larga".into(),
        };
        assert!(matches!(
            users.reset_password(&admin, reset).await.unwrap_err(),
            ServiceError::NotFound("user")
        ));
        let command = CreateUser {
            all_stores: false,
            stores: other.stores.clone(),
            ..someone("m@horno.example", RoleKey::Analyst)
        };
        assert!(matches!(
            users.create(&admin, command).await.unwrap_err(),
            ServiceError::NotFound("store")
        ));
        assert_eq!(
            db.services().catalog().stores(&admin).await.unwrap().len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_lifts_the_pause() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (email, user_id) = (
            org.email(RoleKey::Production),
            org.user(RoleKey::Production),
        );
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(1),
            absolute: TimeDelta::hours(8),
        };
        db.services()
            .sessions()
            .insert(
                "token",
                Some(user_id),
                serde_json::json!({}),
                now(),
                lifetime,
            )
            .await
            .unwrap();
        let stamp = db
            .services()
            .identity()
            .find(user_id)
            .await
            .unwrap()
            .unwrap()
            .stamp()
            .to_vec();
        for i in 0..6 {
            let _ = db
                .services()
                .identity()
                .sign_in(&arrival(i), attempt(&email, "wrong wrong"))
                .await;
        }
        let reset = ResetPassword {
            command_id: Uuid::now_v7(),
            user_id,
            password: "otra palabra larga".into(),
        };
        db.services()
            .users()
            .reset_password(&admin, reset)
            .await
            .unwrap();
        assert_eq!(
            db.services().sessions().find("token", now()).await.unwrap(),
            None
        );
        let identity = db
            .services()
            .identity()
            .sign_in(&arrival(7), attempt(&email, "otra palabra larga"))
            .await
            .unwrap()
            .done()
            .unwrap();
        assert_ne!(identity.stamp(), stamp);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_after_idling_and_at_their_absolute_end_and_are_never_revived() {
    on_both(async |db| {
        let sessions = db.services().sessions();
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(1),
            absolute: TimeDelta::hours(3),
        };
        let hour = |h: i64| now() + TimeDelta::minutes(60 * h);
        let data = serde_json::json!({ "a": 1 });
        sessions
            .insert("token", None, data.clone(), hour(0), lifetime)
            .await
            .unwrap();
        assert!(
            sessions
                .find("token", hour(0) + TimeDelta::minutes(59))
                .await
                .unwrap()
                .is_some()
        );
        assert!(sessions.find("token", hour(1)).await.unwrap().is_none());
        assert!(
            !sessions
                .update("token", None, data.clone(), hour(1), lifetime)
                .await
                .unwrap()
        );

        sessions
            .insert("second", None, data.clone(), hour(0), lifetime)
            .await
            .unwrap();
        for half in 1..6 {
            assert!(
                sessions
                    .update(
                        "second",
                        None,
                        data.clone(),
                        now() + TimeDelta::minutes(30 * half),
                        lifetime
                    )
                    .await
                    .unwrap()
            );
        }
        assert!(
            sessions
                .find("second", hour(3) - TimeDelta::seconds(1))
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            sessions.find("second", hour(3)).await.unwrap().is_none(),
            "the absolute end"
        );
        assert_eq!(sessions.delete_expired(hour(3)).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_set_up_twice_changes_nothing_and_a_changed_price_is_one_change() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec { stores: 3, products: 4, ..OrgSpec::default() }).await;
        let mut file: contract::catalog::SetupFile = serde_json::from_value(serde_json::json!({
            "organization": { "slug": "horno", "name": "Horno", "currency": "EUR", "language": "es", "time_zone": "Europe/Madrid" },
            "stores": [ { "code": "S09", "name": "Nueva" }, { "code": "S10", "name": "Otra", "kitchen": "S09" } ],
            "products": [ { "sku": "P100", "name": "Hogaza", "category": "Panes", "price_minor": 350, "unit_cost_minor": 120, "stores": ["S09"] } ],
            "calendar": [ { "kind": "public_holiday", "name": "San Isidro", "starts_on": "2026-05-15" } ],
            "weather": [ { "store": "S09", "date": "2026-03-09", "temperature_c_x10": 125 } ]
        }))
        .unwrap();
        let first = db.services().catalog().set_up(&org.system(), &file).await.unwrap();
        assert_eq!((first.stores.created, first.products.created, first.listings.created), (2, 1, 1));
        assert_eq!((first.calendar.created, first.weather.created, first.categories.unchanged), (1, 1, 1));
        let second = db.services().catalog().set_up(&org.system(), &file).await.unwrap();
        let touched = |r: contract::catalog::SetupReport| {
            [r.stores, r.categories, r.products, r.listings, r.calendar, r.weather].iter().map(|c| c.created + c.changed).sum::<u64>()
        };
        assert_eq!(touched(second), 0, "{second:?}");
        file.products[0].price_minor = 360;
        let third = db.services().catalog().set_up(&org.system(), &file).await.unwrap();
        assert_eq!((touched(third), third.products.changed), (1, 1));
        let products = db.services().catalog().products(&org.system()).await.unwrap();
        let hogaza = products.iter().find(|p| p.sku == "P100").unwrap();
        assert_eq!((hogaza.price_minor, hogaza.version), (360, 2));
    })
    .await;
}

#[tokio::test]
async fn failures_that_are_hours_apart_do_not_tell_who_has_an_account() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let hour = 3_700;
        for email in [org.email(RoleKey::Production), "no@one.es".into()] {
            for i in 0..8 {
                for at in [i * hour, i * hour + 1] {
                    let error = db
                        .services()
                        .identity()
                        .sign_in(&arrival(at), attempt(&email, "wrong wrong"))
                        .await
                        .unwrap_err();
                    assert!(
                        matches!(error, ServiceError::Unauthenticated),
                        "{email}, {at}: {error:?}"
                    );
                }
            }
        }
    })
    .await;
}
