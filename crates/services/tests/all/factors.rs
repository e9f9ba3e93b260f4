//! Second factors and PINs: enrolment, codes that are good once, pauses, and who may change what.

use crate::scene::reason;
use chrono::{DateTime, TimeDelta, Utc};
use contract::factors::{BeginFactor, ProveFactor, ResetFactor, SetPin};
use contract::roles::RequireFactor;
use domain::RoleKey;
use entity::{audit_entry, pin, recovery_code, user_factor};
use sea_orm::EntityTrait;
use services::identity::{Identity, SignIn, SignedIn};
use services::sessions::{SessionLifetime, SessionName};
use services::{Arrival, Ctx, ServiceError, ServiceResult, StoreScope};
use testkit::{Org, OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

fn arrival(seconds: i64) -> Arrival {
    Arrival {
        now: now() + TimeDelta::seconds(seconds),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    }
}

fn at(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx {
        now: now() + TimeDelta::seconds(seconds),
        ..ctx.clone()
    }
}

fn app_of(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    Builder::new().with_secret(secret).build().expect("an app")
}

/// What the app shows at a moment.
fn code(app: &Totp, at: DateTime<Utc>) -> String {
    let at = u64::try_from(at.timestamp()).expect("after 1970");
    app.generate(at).to_string()
}

/// Enrols at `now()`; answers the app and the recovery codes.
async fn enrol(db: &TestDb, ctx: &Ctx) -> (Totp, Vec<String>) {
    let factors = db.services().factors();
    let begun = factors.enrol(ctx, BeginFactor { code: None }).await;
    let app = app_of(&begun.expect("begun").secret);
    let code = code(&app, ctx.now);
    let told = factors.confirm(ctx, ProveFactor { code }).await;
    (app, told.expect("confirmed").codes)
}

async fn half_way(db: &TestDb, org: &Org, role: RoleKey, seconds: i64) -> SignedIn {
    let asked = SignIn {
        email: org.email(role),
        password: PASSWORD.into(),
    };
    let people = db.services().identity();
    people
        .sign_in(&arrival(seconds), asked)
        .await
        .expect("a password")
}

async fn step(
    db: &TestDb,
    org: &Org,
    role: RoleKey,
    seconds: i64,
    code: &str,
) -> ServiceResult<Identity> {
    let SignedIn::Half(half) = half_way(db, org, role, seconds).await else {
        panic!("in by the password alone");
    };
    let people = db.services().identity();
    people.second_step(&arrival(seconds), &half, code).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_counts_once_it_is_confirmed_and_then_the_password_is_not_enough() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let factors = db.services().factors();
        let begun = factors
            .enrol(&ctx, BeginFactor { code: None })
            .await
            .expect("begun");
        assert!(
            begun.address.starts_with("otpauth://totp/"),
            "{}",
            begun.address
        );
        assert!(begun.qr_side >= 21 && !begun.qr_path.is_empty());
        // Not before a code of it was given, and not by a wrong one.
        let in_by_password = half_way(&db, &org, RoleKey::Analyst, 0).await.done();
        assert!(in_by_password.is_some());
        let app = app_of(&begun.secret);
        let old = code(&app, now() - TimeDelta::minutes(5));
        let wrong = factors.confirm(&ctx, ProveFactor { code: old }).await;
        assert_eq!(reason(&wrong.expect_err("an old code")), "factor.wrong");
        let first = code(&app, now());
        let told = factors
            .confirm(
                &ctx,
                ProveFactor {
                    code: first.clone(),
                },
            )
            .await;
        let told = told.expect("confirmed").codes;
        assert_eq!(told.len(), 10);

        assert!(
            half_way(&db, &org, RoleKey::Analyst, 1)
                .await
                .done()
                .is_none()
        );
        // The code that confirmed it is spent.
        let again = step(&db, &org, RoleKey::Analyst, 2, &first).await;
        assert!(
            matches!(again, Err(ServiceError::Unauthenticated)),
            "{again:?}"
        );
        let next = code(&app, now() + TimeDelta::seconds(30));
        let person = step(&db, &org, RoleKey::Analyst, 31, &next)
            .await
            .expect("in");
        assert_eq!(person.user_id, org.user(RoleKey::Analyst));

        // Neither secret nor codes stand in the database or in the log.
        let connection = db.db().connection();
        let rows = user_factor::Entity::find()
            .all(connection)
            .await
            .expect("rows");
        let codes = recovery_code::Entity::find()
            .all(connection)
            .await
            .expect("rows");
        let log = audit_entry::Entity::find()
            .all(connection)
            .await
            .expect("rows");
        let kept = format!("{rows:?} {codes:?} {log:?}");
        let secret = begun.secret.replace(' ', "");
        assert!(!kept.contains(&secret));
        assert!(
            told.iter()
                .all(|code| !kept.contains(&code.replace('-', "")))
        );
        assert!(log.iter().any(|entry| entry.action == "factor.enrol"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_also_where_it_is_sent_twice_at_once() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let (app, _) = enrol(&db, &ctx).await;
        let next = code(&app, now() + TimeDelta::seconds(30));
        let both = futures::future::join(
            step(&db, &org, RoleKey::Analyst, 31, &next),
            step(&db, &org, RoleKey::Analyst, 31, &next),
        );
        let (one, other) = both.await;
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        // Nor does an earlier one that was never used come in after it.
        let third = code(&app, now() + TimeDelta::seconds(90));
        step(&db, &org, RoleKey::Analyst, 90, &third)
            .await
            .expect("a later one");
        let earlier = code(&app, now() + TimeDelta::seconds(60));
        let late = step(&db, &org, RoleKey::Analyst, 91, &earlier).await;
        assert!(
            matches!(late, Err(ServiceError::Unauthenticated)),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_lets_in_once_and_new_ones_end_the_old() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let (app, told) = enrol(&db, &ctx).await;
        let typed = told[0].to_uppercase();
        step(&db, &org, RoleKey::Analyst, 1, &typed)
            .await
            .expect("in");
        let again = step(&db, &org, RoleKey::Analyst, 2, &told[0]).await;
        assert!(
            matches!(again, Err(ServiceError::Unauthenticated)),
            "{again:?}"
        );
        let factors = db.services().factors();
        assert_eq!(factors.read(&ctx).await.expect("read").codes_left, 9);
        let later = at(&ctx, 40);
        let code = code(&app, later.now);
        let renewed = factors.renew_codes(&later, ProveFactor { code }).await;
        let renewed = renewed.expect("renewed").codes;
        let old = step(&db, &org, RoleKey::Analyst, 41, &told[1]).await;
        assert!(matches!(old, Err(ServiceError::Unauthenticated)), "{old:?}");
        step(&db, &org, RoleKey::Analyst, 42, &renewed[1])
            .await
            .expect("in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_pauses_the_account_wherever_it_comes_from() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let (app, told) = enrol(&db, &ctx).await;
        let right = code(&app, now() + TimeDelta::seconds(60));
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        for second in 0..5 {
            let refused = step(&db, &org, RoleKey::Analyst, second, wrong).await;
            assert!(
                matches!(refused, Err(ServiceError::Unauthenticated)),
                "{refused:?}"
            );
        }
        // A right password does not begin the count anew, and neither a right code nor a recovery code comes through the pause.
        for tried in [right.as_str(), told[0].as_str()] {
            let paused = step(&db, &org, RoleKey::Analyst, 6, tried).await;
            assert!(
                matches!(paused, Err(ServiceError::TooManyRequests(_))),
                "{paused:?}"
            );
        }
        step(&db, &org, RoleKey::Analyst, 60, &right)
            .await
            .expect("after the pause");
        let log = audit_entry::Entity::find().all(db.db().connection()).await;
        let log = log.expect("log");
        assert!(log.iter().any(|entry| entry.action == "factor.pause"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_half_ends_with_time_with_the_password_and_with_the_account() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let (_, told) = enrol(&db, &ctx).await;
        let people = db.services().identity();
        let SignedIn::Half(half) = half_way(&db, &org, RoleKey::Analyst, 1).await else {
            panic!("in by the password alone");
        };
        let late = people.second_step(&arrival(601), &half, &told[0]).await;
        assert!(matches!(late, Err(ServiceError::NotFound(_))), "{late:?}");
        let command = contract::users::ResetPassword {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Analyst),
            password: "otra palabra larga".into(),
        };
        let admin = org.ctx(RoleKey::Admin).await;
        db.services()
            .users()
            .reset_password(&admin, command)
            .await
            .expect("reset");
        let ended = people.second_step(&arrival(2), &half, &told[0]).await;
        assert!(matches!(ended, Err(ServiceError::NotFound(_))), "{ended:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_a_required_factor_holds_no_right_until_it_is_there() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let services = db.services();
        let roles = services.roles().list(&admin).await.expect("roles");
        let analyst = roles.iter().find(|r| r.key == Some(RoleKey::Analyst));
        let command = RequireFactor {
            command_id: Uuid::now_v7(),
            role_id: analyst.expect("a role").id,
            required: true,
        };
        services
            .roles()
            .require_factor(&admin, command)
            .await
            .expect("required");
        let bare = org.ctx(RoleKey::Analyst).await;
        assert!(bare.actor.permissions.is_empty());
        assert_eq!(bare.actor.stores, StoreScope::Only([].into()));
        assert!(
            services
                .factors()
                .read(&bare)
                .await
                .expect("read")
                .must_enrol
        );
        let (app, _) = enrol(&db, &bare).await;
        let whole = org.ctx(RoleKey::Analyst).await;
        let expected: std::collections::BTreeSet<_> =
            RoleKey::Analyst.permissions().into_iter().collect();
        assert_eq!(whole.actor.permissions, expected);
        // Others are not asked, and who is asked cannot drop it.
        assert!(
            !org.ctx(RoleKey::Production)
                .await
                .actor
                .permissions
                .is_empty()
        );
        let later = at(&whole, 60);
        let code = code(&app, later.now);
        let kept = services
            .factors()
            .remove(&later, ProveFactor { code })
            .await;
        assert_eq!(reason(&kept.expect_err("required")), "factor.required");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_phone_needs_a_code_of_the_one_before_and_takes_its_place() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let factors = db.services().factors();
        let (app, _) = enrol(&db, &ctx).await;
        let without = factors.enrol(&ctx, BeginFactor { code: None }).await;
        assert_eq!(reason(&without.expect_err("no code")), "factor.wrong");
        let later = at(&ctx, 60);
        let proof = Some(code(&app, later.now));
        let begun = factors.enrol(&later, BeginFactor { code: proof }).await;
        let fresh = app_of(&begun.expect("begun").secret);
        let first = code(&fresh, later.now);
        factors
            .confirm(&later, ProveFactor { code: first })
            .await
            .expect("confirmed");
        let old = code(&app, now() + TimeDelta::seconds(120));
        let refused = step(&db, &org, RoleKey::Analyst, 120, &old).await;
        assert!(
            matches!(refused, Err(ServiceError::Unauthenticated)),
            "{refused:?}"
        );
        let new = code(&fresh, now() + TimeDelta::seconds(121));
        step(&db, &org, RoleKey::Analyst, 121, &new)
            .await
            .expect("in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_takes_factor_and_pin_away_and_ends_the_sessions() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let factors = db.services().factors();
        enrol(&db, &ctx).await;
        let pin = SetPin {
            pin: "2580".into(),
            password: PASSWORD.into(),
        };
        factors.set_pin(&ctx, pin).await.expect("set");
        let command = ResetFactor {
            command_id: Uuid::now_v7(),
            user_id: ctx.actor.user_id.expect("a person"),
        };
        let colleague = org.ctx(RoleKey::StoreManager).await;
        let refused = factors.reset(&colleague, command.clone()).await;
        assert!(
            matches!(refused, Err(ServiceError::Forbidden(_))),
            "{refused:?}"
        );
        let admin = org.ctx(RoleKey::Admin).await;
        for _ in 0..2 {
            factors.reset(&admin, command.clone()).await.expect("reset");
        }
        assert!(
            half_way(&db, &org, RoleKey::Analyst, 1)
                .await
                .done()
                .is_some()
        );
        let connection = db.db().connection();
        assert!(
            pin::Entity::find()
                .all(connection)
                .await
                .expect("rows")
                .is_empty()
        );
        let log = audit_entry::Entity::find()
            .all(connection)
            .await
            .expect("log");
        let resets: Vec<_> = log.iter().filter(|e| e.action == "factor.reset").collect();
        assert_eq!(resets.len(), 1, "the same command twice has one effect");
        assert_eq!(resets[0].actor_id, Some(org.user(RoleKey::Admin)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_needs_the_password_and_is_kept_so_that_nobody_can_try_them_all() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::StoreManager).await;
        let factors = db.services().factors();
        let set = |pin: &str, password: &str| SetPin {
            pin: pin.into(),
            password: password.into(),
        };
        let weak = factors.set_pin(&ctx, set("1234", PASSWORD)).await;
        assert_eq!(reason(&weak.expect_err("weak")), "pin.guessable");
        let wrong = factors.set_pin(&ctx, set("2580", "not the password")).await;
        assert_eq!(reason(&wrong.expect_err("wrong")), "password.wrong");
        factors
            .set_pin(&ctx, set("2580", PASSWORD))
            .await
            .expect("set");
        let rows = pin::Entity::find()
            .all(db.db().connection())
            .await
            .expect("rows");
        // What is hashed is not the PIN itself: the key of the installation is in it.
        let stored = rows[0].pin_hash.as_str();
        let passwords = db.services().passwords();
        assert!(
            !passwords
                .verify("2580", Some(stored))
                .await
                .expect("verified")
        );
        factors.remove_pin(&ctx).await.expect("removed");
        assert_eq!(factors.read(&ctx).await.expect("read").pin_since, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_factor_ends_what_was_begun_by_the_password_alone() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        let services = db.services();
        let asked = SignIn {
            email: org.email(RoleKey::Analyst),
            password: PASSWORD.into(),
        };
        let tokens = services.tokens();
        let granted = tokens.for_person(&arrival(0), asked, None).await;
        let granted = granted.expect("by the password");
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(1),
            absolute: TimeDelta::hours(8),
        };
        for token in ["mine", "another"] {
            let data = serde_json::json!({});
            let sessions = services.sessions();
            let kept = sessions.insert(token, ctx.actor.user_id, data, now(), lifetime);
            kept.await.expect("kept");
        }
        let factors = services.factors();
        let begun = factors.enrol(&ctx, BeginFactor { code: None }).await;
        let app = app_of(&begun.expect("begun").secret);
        let proof = ProveFactor {
            code: code(&app, now()),
        };
        let here = Ctx {
            session: Some(SessionName::of("mine")),
            ..ctx.clone()
        };
        let told = factors.confirm(&here, proof).await;
        told.expect("confirmed");
        let session = async |token: &str| {
            let found = services.sessions().find(token, now()).await;
            found.expect("read").is_some()
        };
        assert!(session("mine").await);
        assert!(!session("another").await);
        let again = tokens.refresh(&arrival(1), &granted.refresh_token).await;
        assert!(
            matches!(again, Err(ServiceError::Unauthenticated)),
            "{again:?}"
        );
        let bearer = tokens.bearer(granted.claimed, now()).await.expect("read");
        assert!(bearer.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_browser_takes_nobody_their_own_factor_or_password() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let user_id = org.user(RoleKey::Admin);
        let factor = ResetFactor {
            command_id: Uuid::now_v7(),
            user_id,
        };
        let refused = db.services().factors().reset(&admin, factor).await;
        assert_eq!(reason(&refused.expect_err("own")), "users.self");
        let password = contract::users::ResetPassword {
            command_id: Uuid::now_v7(),
            user_id,
            password: "otra palabra larga".into(),
        };
        let refused = db.services().users().reset_password(&admin, password).await;
        assert_eq!(reason(&refused.expect_err("own")), "users.self");
    })
    .await;
}
