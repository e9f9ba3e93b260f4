//! Shared devices: who is on them, what they may do there, and what becomes of guesses.

use crate::scene::reason;
use chrono::TimeDelta;
use contract::factors::SetPin;
use contract::tablets::RevokeTablet;
use domain::RoleKey;
use entity::{audit_entry, tablet};
use sea_orm::EntityTrait;
use services::identity::SignIn;
use services::tablets::{KnownTablet, RegisterTablet};
use services::{Arrival, ServiceError, StoreScope};
use std::collections::BTreeSet;
use testkit::{Org, OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use uuid::Uuid;

fn arrival(seconds: i64) -> Arrival {
    Arrival {
        now: now() + TimeDelta::seconds(seconds),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    }
}

async fn two_stores(db: &TestDb, slug: &str) -> Org {
    let spec = OrgSpec {
        slug: slug.into(),
        stores: 2,
        ..OrgSpec::default()
    };
    org_with(db, spec).await
}

/// Registers a device for a store, and recognises it.
async fn registered(db: &TestDb, org: &Org, store_id: Uuid) -> KnownTablet {
    let admin = org.ctx(RoleKey::Admin).await;
    let command = RegisterTablet {
        store_id,
        name: "Mostrador".into(),
        idle_minutes: 10,
    };
    let tablets = db.services().tablets();
    let made = tablets.register(&admin, command).await.expect("made");
    let known = tablets.recognise(&made.token).await.expect("read");
    known.expect("a tablet")
}

async fn set_pin(db: &TestDb, org: &Org, role: RoleKey, pin: &str) {
    let command = SetPin {
        pin: pin.into(),
        password: PASSWORD.into(),
    };
    let ctx = org.ctx(role).await;
    let factors = db.services().factors();
    factors.set_pin(&ctx, command).await.expect("set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_by_its_token_alone_which_is_kept_as_a_digest() {
    on_both(async |db| {
        let org = two_stores(&db, "horno").await;
        let admin = org.ctx(RoleKey::Admin).await;
        let tablets = db.services().tablets();
        let command = RegisterTablet {
            store_id: org.stores[0],
            name: " Mostrador ".into(),
            idle_minutes: 5,
        };
        let made = tablets
            .register(&admin, command.clone())
            .await
            .expect("made");
        assert_eq!(made.tablet.name, "Mostrador");
        let rows = tablet::Entity::find().all(db.db().connection()).await;
        assert!(!format!("{rows:?}").contains(&made.token));
        for nothing in ["", "x", &"0".repeat(64)] {
            assert_eq!(tablets.recognise(nothing).await.expect("read"), None);
        }
        for wrong in [0, 121] {
            let idle = RegisterTablet {
                idle_minutes: wrong,
                ..command.clone()
            };
            let refused = tablets.register(&admin, idle).await;
            assert_eq!(reason(&refused.expect_err("range")), "tablet.idle");
        }
        let other = two_stores(&db, "otro").await;
        let theirs = RegisterTablet {
            store_id: other.stores[0],
            ..command.clone()
        };
        let refused = tablets.register(&admin, theirs).await;
        assert!(
            matches!(refused, Err(ServiceError::NotFound("store"))),
            "{refused:?}"
        );
        let manager = org.ctx(RoleKey::StoreManager).await;
        let refused = tablets.register(&manager, command).await;
        assert!(
            matches!(refused, Err(ServiceError::Forbidden(_))),
            "{refused:?}"
        );

        let ended = RevokeTablet {
            tablet_id: made.tablet.id,
        };
        let foreign = other.ctx(RoleKey::Admin).await;
        let refused = tablets.revoke(&foreign, ended.clone()).await;
        assert!(
            matches!(refused, Err(ServiceError::NotFound(_))),
            "{refused:?}"
        );
        tablets.revoke(&admin, ended.clone()).await.expect("ended");
        tablets.revoke(&admin, ended).await.expect("ended before");
        assert_eq!(tablets.recognise(&made.token).await.expect("read"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_the_store_with_a_pin_take_it_over_with_the_work_of_that_store() {
    on_both(async |db| {
        let org = two_stores(&db, "horno").await;
        let known = registered(&db, &org, org.stores[0]).await;
        let away = registered(&db, &org, org.stores[1]).await;
        for role in [RoleKey::StoreManager, RoleKey::Admin] {
            set_pin(&db, &org, role, "2580").await;
        }
        let tablets = db.services().tablets();
        let names = |picker: contract::tablets::TabletPicker| {
            let ids = picker.people.into_iter().map(|person| person.id);
            ids.collect::<BTreeSet<Uuid>>()
        };
        let (manager, admin) = (org.user(RoleKey::StoreManager), org.user(RoleKey::Admin));
        let here = tablets.picker(&known).await.expect("picked");
        assert_eq!(
            (here.tablet.as_str(), here.store.as_str()),
            ("Mostrador", "Tienda 1")
        );
        assert_eq!(names(here), BTreeSet::from([manager, admin]));
        // The store manager sees the first store alone.
        let there = tablets.picker(&away).await.expect("picked");
        assert_eq!(names(there), BTreeSet::from([admin]));
        let refused = tablets.take_over(&arrival(0), &away, manager, "2580").await;
        assert!(
            matches!(refused, Err(ServiceError::Unauthenticated)),
            "{refused:?}"
        );

        for user_id in [manager, admin] {
            let person = tablets
                .take_over(&arrival(1), &known, user_id, "2580")
                .await;
            let person = person.expect("in");
            let actor = tablets
                .cut(&person, known.id)
                .await
                .expect("read")
                .expect("there");
            assert_eq!(actor.stores, StoreScope::Only([org.stores[0]].into()));
            assert!(actor.permissions.iter().all(|right| right.fits_tablet()));
            assert!(!actor.permissions.is_empty());
            let ctx = arrival(1).by(actor);
            assert!(ctx.source.contains("Mostrador"), "{}", ctx.source);
            // What proves who somebody is does not change by a PIN.
            let factors = db.services().factors();
            let begun = factors
                .enrol(&ctx, contract::factors::BeginFactor::default())
                .await;
            assert!(
                matches!(begun, Err(ServiceError::Forbidden(_))),
                "{begun:?}"
            );
            let dropped = factors.remove_pin(&ctx).await;
            assert!(
                matches!(dropped, Err(ServiceError::Forbidden(_))),
                "{dropped:?}"
            );
        }
        let log = audit_entry::Entity::find().all(db.db().connection()).await;
        let log = log.expect("log");
        let taken = log
            .iter()
            .find(|e| e.action == "session.take_over")
            .expect("logged");
        assert_eq!(taken.actor_id, Some(manager));
        assert!(
            taken.source.contains("tablet Mostrador"),
            "{}",
            taken.source
        );
        let end = RevokeTablet {
            tablet_id: known.id,
        };
        tablets.revoke(&org.system(), end).await.expect("ended");
        let person = db.services().identity().find(manager).await.expect("read");
        let cut = tablets.cut(&person.expect("a person"), known.id).await;
        assert!(cut.expect("read").is_none(), "who was there is out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_wrong_pin_locks_it_everywhere_until_the_password_is_given() {
    on_both(async |db| {
        let org = two_stores(&db, "horno").await;
        let known = registered(&db, &org, org.stores[0]).await;
        let second = registered(&db, &org, org.stores[0]).await;
        set_pin(&db, &org, RoleKey::StoreManager, "2580").await;
        let tablets = db.services().tablets();
        let manager = org.user(RoleKey::StoreManager);
        for guess in ["0001", "0002", "0003", "0004"] {
            let refused = tablets.take_over(&arrival(0), &known, manager, guess).await;
            assert!(
                matches!(refused, Err(ServiceError::Unauthenticated)),
                "{refused:?}"
            );
        }
        let fifth = tablets
            .take_over(&arrival(1), &known, manager, "0005")
            .await;
        assert_eq!(reason(&fifth.expect_err("the fifth")), "pin.locked");
        for tablet in [&known, &second] {
            // Also after any time, and with the right one.
            let later = arrival(7_200);
            let right = tablets.take_over(&later, tablet, manager, "2580").await;
            assert_eq!(reason(&right.expect_err("locked")), "pin.locked");
        }
        let asked = SignIn {
            email: org.email(RoleKey::StoreManager),
            password: PASSWORD.into(),
        };
        let people = db.services().identity();
        people.sign_in(&arrival(7_201), asked).await.expect("in");
        let right = tablets
            .take_over(&arrival(7_202), &known, manager, "2580")
            .await;
        right.expect("it works again");
        let log = audit_entry::Entity::find().all(db.db().connection()).await;
        let locks = log
            .expect("log")
            .into_iter()
            .filter(|e| e.action == "pin.lock");
        let locks: Vec<_> = locks.collect();
        assert_eq!(locks.len(), 1);
        assert_eq!(
            locks[0].actor_id, None,
            "whoever guessed was not the person"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_do_not_slip_past_the_count() {
    on_both(async |db| {
        let org = two_stores(&db, "horno").await;
        let known = registered(&db, &org, org.stores[0]).await;
        set_pin(&db, &org, RoleKey::StoreManager, "2580").await;
        let manager = org.user(RoleKey::StoreManager);
        let services = db.services();
        let before = arrival(0);
        let guesses = (0..12).map(|n| {
            let (known, before) = (known.clone(), before.clone());
            let guess = if n == 11 {
                "2580".to_owned()
            } else {
                format!("{n:04}")
            };
            async move {
                let tablets = services.tablets();
                tablets
                    .take_over(&before, &known, manager, &guess)
                    .await
                    .map(drop)
            }
        });
        let answers = futures::future::join_all(guesses).await;
        let looked_at = answers
            .iter()
            .filter(|answer| matches!(answer, Ok(()) | Err(ServiceError::Unauthenticated)))
            .count();
        assert!(looked_at <= 5, "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_pin_and_nobody_at_all_cost_the_same_work() {
    let db = TestDb::sqlite().await;
    let org = two_stores(&db, "horno").await;
    let known = registered(&db, &org, org.stores[0]).await;
    let other = two_stores(&db, "otro").await;
    let tablets = db.services().tablets();
    let users = [
        org.user(RoleKey::StoreManager),
        Uuid::now_v7(),
        other.user(RoleKey::StoreManager),
    ];
    for user_id in users {
        let before = db.services().passwords().computed();
        let refused = tablets
            .take_over(&arrival(0), &known, user_id, "2580")
            .await;
        assert!(
            matches!(refused, Err(ServiceError::Unauthenticated)),
            "{refused:?}"
        );
        assert_eq!(db.services().passwords().computed() - before, 1);
    }
}
