//! Passkeys: making one, coming in by it, proving again, copies of devices, and who may end what.

use crate::scene::reason;
use chrono::TimeDelta;
use contract::factors::{BeginFactor, ProveFactor, ResetFactor};
use contract::passkeys::{AddPasskey, BeginPasskey, RemovePasskey};
use contract::roles::RequireFactor;
use domain::RoleKey;
use entity::{audit_entry, passkey, passkey_challenge};
use sea_orm::EntityTrait;
use services::identity::{Half, Identity, SignIn, SignedIn};
use services::sessions::{SessionLifetime, SessionName};
use services::{Arrival, Ctx, ServiceError, ServiceResult, Services};
use testkit::{Authenticator, Org, OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use uuid::Uuid;

const ORIGIN: &str = "https://horno.example";

fn reached(db: &TestDb) -> Services {
    db.services().clone().reached_at(ORIGIN)
}

fn arrival(seconds: i64) -> Arrival {
    Arrival {
        now: now() + TimeDelta::seconds(seconds),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    }
}

/// A request of the person with this role in a browser.
async fn browser(org: &Org, role: RoleKey) -> Ctx {
    Ctx {
        session: Some(SessionName::of(&format!("token of {role}"))),
        ..org.ctx(role).await
    }
}

fn at(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx {
        now: now() + TimeDelta::seconds(seconds),
        ..ctx.clone()
    }
}

/// Asks for a key by a proof; what the device is asked.
async fn begin(services: &Services, ctx: &Ctx, proof: &str) -> ServiceResult<String> {
    let proof = proof.to_owned();
    let begun = services
        .passkeys()
        .ask_new(ctx, BeginPasskey { proof })
        .await;
    begun.map(|question| question.options)
}

/// Keeps what a device made; the recovery codes that are told.
async fn keep(
    services: &Services,
    ctx: &Ctx,
    name: &str,
    answer: String,
) -> ServiceResult<Vec<String>> {
    let name = name.to_owned();
    let keys = services.passkeys();
    let added = keys.add(ctx, AddPasskey { name, answer }).await;
    added.map(|told| told.codes)
}

/// A device with a first key of the person, and their recovery codes.
async fn added(services: &Services, ctx: &Ctx) -> (Authenticator, Vec<String>) {
    let mut device = Authenticator::at(ORIGIN);
    let options = begin(services, ctx, PASSWORD).await.expect("begun");
    let codes = keep(services, ctx, "Móvil", device.make(&options)).await;
    (device, codes.expect("added"))
}

/// What a question at the door asks, in a session of its own.
async fn asked(services: &Services, holder: Uuid, seconds: i64) -> String {
    let people = services.identity();
    let question = people.ask_passkey(&arrival(seconds), None, holder).await;
    question.expect("asked").options
}

async fn enter(
    services: &Services,
    holder: Uuid,
    answer: &str,
    seconds: i64,
) -> ServiceResult<Identity> {
    let people = services.identity();
    people
        .enter_by_passkey(&arrival(seconds), None, holder, answer)
        .await
}

/// In by the passkey, or not.
async fn come(
    services: &Services,
    device: &mut Authenticator,
    seconds: i64,
) -> ServiceResult<Identity> {
    let holder = Uuid::new_v4();
    let answer = device.prove(&asked(services, holder, seconds).await);
    enter(services, holder, &answer, seconds).await
}

/// As whom the password alone leads to the second step.
async fn half_of(services: &Services, org: &Org, role: RoleKey) -> Half {
    let asked = SignIn {
        email: org.email(role),
        password: PASSWORD.into(),
    };
    let led = services.identity().sign_in(&arrival(0), asked).await;
    match led.expect("a password") {
        SignedIn::Half(half) => half,
        SignedIn::Done(_) => panic!("in by the password alone"),
    }
}

fn is_refused(result: &ServiceResult<Identity>) -> bool {
    matches!(result, Err(ServiceError::Unauthenticated))
}

async fn log_of(db: &TestDb, action: &str) -> usize {
    let log = audit_entry::Entity::find().all(db.db().connection()).await;
    let log = log.expect("log");
    log.iter().filter(|entry| entry.action == action).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_made_after_a_proof_and_is_a_whole_way_in() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let wrong = begin(&services, &ctx, "not the password").await;
        assert_eq!(reason(&wrong.expect_err("no proof")), "password.wrong");
        let (mut device, codes) = added(&services, &ctx).await;
        assert_eq!(codes.len(), 10, "a first factor brings recovery codes");

        let view = services.factors().read(&ctx).await.expect("read");
        assert_eq!(view.passkeys.len(), 1);
        assert_eq!(view.passkeys[0].name, "Móvil");
        assert!(view.passkeys_possible && view.passkeys[0].last_used_at.is_none());
        assert_eq!(view.codes_left, 10);

        let person = come(&services, &mut device, 60).await.expect("in");
        assert_eq!(person.user_id, org.user(RoleKey::Analyst));
        assert!(!person.actor.permissions.is_empty());
        let view = services.factors().read(&ctx).await.expect("read");
        assert_eq!(
            view.passkeys[0].last_used_at,
            Some(now() + TimeDelta::seconds(60))
        );
        assert_eq!(log_of(&db, "passkey.add").await, 1);
        assert_eq!(log_of(&db, "session.sign_in").await, 1);

        // The password alone leads to the second step from now on, and a recovery code still stands in.
        let half = half_of(&services, &org, RoleKey::Analyst).await;
        let people = services.identity();
        let by_code = people.second_step(&arrival(1), &half, &codes[0]).await;
        by_code.expect("in by a recovery code");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_second_step_only_that_persons_passkey_is_taken() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let (mut device, _) = added(&services, &ctx).await;
        let (mut theirs, _) = added(&services, &browser(&org, RoleKey::Admin).await).await;
        let half = half_of(&services, &org, RoleKey::Analyst).await;
        let people = services.identity();
        let holder = Uuid::new_v4();
        let ask = || async {
            let question = people.ask_passkey(&arrival(1), Some(&half), holder).await;
            question.expect("asked").options
        };
        let options = ask().await;
        // The device is told which keys are meant; one that answers with another all the same is refused.
        let foreign = options.replace("allowCredentials", "others");
        let foreign = format!("{{\"allowCredentials\":[],{}", &foreign[1..]);
        let answer = theirs.prove(&foreign);
        let refused = people
            .enter_by_passkey(&arrival(2), Some(&half), holder, &answer)
            .await;
        assert!(is_refused(&refused), "{refused:?}");
        let answer = device.prove(&ask().await);
        let person = people
            .enter_by_passkey(&arrival(3), Some(&half), holder, &answer)
            .await;
        assert_eq!(person.expect("in").user_id, org.user(RoleKey::Analyst));
        let late = people.ask_passkey(&arrival(601), Some(&half), holder).await;
        assert!(matches!(late, Err(ServiceError::NotFound(_))), "{late:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_good_once_in_its_session_for_five_minutes_and_on_our_pages() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let (mut device, _) = added(&services, &ctx).await;

        let holder = Uuid::new_v4();
        let answer = device.prove(&asked(&services, holder, 0).await);
        // In another session, where nothing or another question waits.
        let thief = Uuid::new_v4();
        let none = enter(&services, thief, &answer, 1).await;
        assert_eq!(reason(&none.expect_err("nothing waits")), "passkey.over");
        asked(&services, thief, 1).await;
        let other = enter(&services, thief, &answer, 1).await;
        assert!(is_refused(&other), "{other:?}");
        enter(&services, holder, &answer, 2).await.expect("in");
        let replayed = enter(&services, holder, &answer, 3).await;
        assert_eq!(reason(&replayed.expect_err("replayed")), "passkey.over");
        asked(&services, holder, 4).await;
        let replayed = enter(&services, holder, &answer, 5).await;
        assert!(is_refused(&replayed), "{replayed:?}");
        // A refused answer has used its question up too.
        let again = enter(&services, holder, &answer, 5).await;
        assert_eq!(reason(&again.expect_err("used up")), "passkey.over");

        let late = device.prove(&asked(&services, holder, 10).await);
        let late = enter(&services, holder, &late, 310).await;
        assert_eq!(reason(&late.expect_err("too late")), "passkey.over");

        let mut lured = device.clone().on("https://horno.example.evil.example");
        let phished = come(&services, &mut lured, 400).await;
        assert!(is_refused(&phished), "{phished:?}");
        let mut lax = device.clone();
        lax.verifies = false;
        let anybody = come(&services, &mut lax, 400).await;
        assert!(is_refused(&anybody), "{anybody:?}");
        for nothing in ["", "{}", "[]", "no JSON", &"x".repeat(40_000)] {
            asked(&services, holder, 500).await;
            let refused = enter(&services, holder, nothing, 500).await;
            assert!(is_refused(&refused), "{nothing:.20} {refused:?}");
        }
        come(&services, &mut device, 600).await.expect("in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_device_ends_the_key_but_not_the_second_step() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let (mut device, codes) = added(&services, &ctx).await;
        let mut copy = device.clone();
        come(&services, &mut device, 1).await.expect("in");
        let copied = come(&services, &mut copy, 2).await;
        assert!(is_refused(&copied), "{copied:?}");
        assert_eq!(log_of(&db, "passkey.suspect").await, 1);
        // Nobody knows which of the two is the person's.
        let own = come(&services, &mut device, 3).await;
        assert!(is_refused(&own), "{own:?}");
        let view = services.factors().read(&ctx).await.expect("read");
        assert!(view.passkeys[0].suspect && !view.must_enrol);
        // Whoever copied it has not done away with the second step.
        let half = half_of(&services, &org, RoleKey::Analyst).await;
        let people = services.identity();
        let none = people
            .ask_passkey(&arrival(4), Some(&half), Uuid::new_v4())
            .await;
        assert_eq!(reason(&none.expect_err("no good key")), "passkey.none");
        let by_code = people.second_step(&arrival(5), &half, &codes[1]).await;
        by_code.expect("in by a recovery code");
        // A device that several share does not count; then there is nothing to compare.
        let command = RemovePasskey {
            passkey_id: view.passkeys[0].id,
            proof: codes[2].clone(),
        };
        let later = at(&ctx, 10);
        let removed = services.passkeys().remove(&later, command).await;
        removed.expect("removed");
        let (mut shared, _) = added(&services, &at(&ctx, 20)).await;
        shared.counts = false;
        for second in 30..33 {
            come(&services, &mut shared, second).await.expect("in");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_passkey_ends_what_was_begun_by_the_password_alone() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(1),
            absolute: TimeDelta::hours(8),
        };
        let mine = format!("token of {}", RoleKey::Analyst);
        for token in [mine.as_str(), "another"] {
            let data = serde_json::json!({});
            let sessions = services.sessions();
            let kept = sessions.insert(token, ctx.actor.user_id, data, now(), lifetime);
            kept.await.expect("kept");
        }
        // Somebody who knows the password asked for a key and for an app before.
        let elsewhere = Ctx {
            session: Some(SessionName::of("another")),
            ..ctx.clone()
        };
        let asked = begin(&services, &elsewhere, PASSWORD).await;
        let asked = asked.expect("begun");
        let factors = services.factors();
        let waiting = factors.enrol(&ctx, BeginFactor { code: None }).await;
        waiting.expect("begun");

        let (mut device, codes) = added(&services, &ctx).await;
        let session = async |token: &str| {
            let found = services.sessions().find(token, now()).await;
            found.expect("read").is_some()
        };
        assert!(session(&mine).await);
        assert!(!session("another").await);
        let mut theirs = Authenticator::at(ORIGIN);
        let late = keep(&services, &elsewhere, "Otro", theirs.make(&asked)).await;
        assert_eq!(reason(&late.expect_err("by the password")), "passkey.over");
        let code = ProveFactor {
            code: "123456".into(),
        };
        let late = factors.confirm(&ctx, code).await;
        assert_eq!(
            reason(&late.expect_err("by the password")),
            "factor.not_begun"
        );
        // What the first one brought stands.
        come(&services, &mut device, 1).await.expect("in");
        let view = services.factors().read(&ctx).await.expect("read");
        assert_eq!((view.passkeys.len(), view.codes_left), (1, 10));
        assert_eq!(codes.len(), 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn further_keys_and_the_end_of_one_need_a_fresh_proof_by_the_factor() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let keys = services.passkeys();
        let (mut phone, codes) = added(&services, &ctx).await;
        // The password is not enough any more.
        let weak = begin(&services, &ctx, PASSWORD).await;
        assert_eq!(reason(&weak.expect_err("no factor")), "factor.wrong");
        let proof = async |device: &mut Authenticator, seconds: i64| {
            let question = keys.ask_again(&at(&ctx, seconds)).await;
            device.prove(&question.expect("asked").options)
        };
        let answer = proof(&mut phone, 1).await;
        let mut laptop = Authenticator::at(ORIGIN);
        let options = begin(&services, &at(&ctx, 1), &answer).await;
        let options = options.expect("begun");
        let known = serde_json::from_str::<serde_json::Value>(&options).expect("options");
        assert_eq!(
            known["excludeCredentials"].as_array().map(Vec::len),
            Some(1),
            "the device that has a key makes no second"
        );
        assert_eq!(known["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(
            known["authenticatorSelection"]["userVerification"],
            "required"
        );
        // The same proof does not serve twice.
        let replayed = begin(&services, &at(&ctx, 1), &answer).await;
        assert_eq!(reason(&replayed.expect_err("replayed")), "passkey.over");
        let made = laptop.make(&options);
        let told = keep(&services, &at(&ctx, 2), "Portátil", made.clone()).await;
        assert!(told.expect("added").is_empty(), "the codes stay");
        let replayed = keep(&services, &at(&ctx, 2), "Otro", made).await;
        assert_eq!(reason(&replayed.expect_err("replayed")), "passkey.over");
        come(&services, &mut laptop, 3).await.expect("in");

        let view = services.factors().read(&ctx).await.expect("read");
        let (first, second) = (view.passkeys[0].id, view.passkeys[1].id);
        let remove = async |id: Uuid, proof: String, seconds: i64| {
            let command = RemovePasskey {
                passkey_id: id,
                proof,
            };
            keys.remove(&at(&ctx, seconds), command).await
        };
        let weak = remove(first, PASSWORD.into(), 4).await;
        assert_eq!(reason(&weak.expect_err("no factor")), "factor.wrong");
        let answer = proof(&mut laptop, 5).await;
        remove(first, answer, 5).await.expect("removed");
        let gone = come(&services, &mut phone, 6).await;
        assert!(is_refused(&gone), "{gone:?}");
        let again = remove(first, codes[0].clone(), 7).await;
        assert_eq!(reason(&again.expect_err("gone")), "not_found");
        // With the last one everything that stood beside it goes.
        remove(second, codes[1].clone(), 8).await.expect("removed");
        let view = services.factors().read(&ctx).await.expect("read");
        assert!(view.passkeys.is_empty());
        assert_eq!(view.codes_left, 0);
        assert_eq!(log_of(&db, "passkey.remove").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_asks_for_a_second_factor_is_content_with_a_passkey() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let roles = services.roles().list(&admin).await.expect("roles");
        let analyst = roles.iter().find(|r| r.key == Some(RoleKey::Analyst));
        let command = RequireFactor {
            command_id: Uuid::now_v7(),
            role_id: analyst.expect("a role").id,
            required: true,
        };
        let required = services.roles().require_factor(&admin, command).await;
        required.expect("required");
        let bare = browser(&org, RoleKey::Analyst).await;
        assert!(bare.actor.permissions.is_empty());
        let (mut device, codes) = added(&services, &bare).await;
        let person = come(&services, &mut device, 1).await.expect("in");
        assert!(!person.must_enrol() && !person.actor.permissions.is_empty());
        // The last one stays, and no code is spent on the question.
        let view = services.factors().read(&bare).await.expect("read");
        let command = RemovePasskey {
            passkey_id: view.passkeys[0].id,
            proof: codes[0].clone(),
        };
        let kept = services.passkeys().remove(&at(&bare, 2), command).await;
        assert_eq!(reason(&kept.expect_err("required")), "factor.required");
        let view = services.factors().read(&bare).await.expect("read");
        assert_eq!(view.codes_left, 10);
        let code = codes[0].clone();
        let renewed = services
            .factors()
            .renew_codes(&at(&bare, 3), ProveFactor { code })
            .await;
        assert_eq!(renewed.expect("renewed").codes.len(), 10);

        // An administrator takes everything away from who lost the device.
        let command = ResetFactor {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Analyst),
        };
        let people = services.users().list(&admin).await.expect("people");
        let found = people.iter().find(|p| p.id == command.user_id);
        assert!(found.expect("listed").has_factor);
        let reset = services.factors().reset(&admin, command).await;
        reset.expect("reset");
        let lost = come(&services, &mut device, 4).await;
        assert!(is_refused(&lost), "{lost:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_other_people_and_organizations_are_as_unknown_as_none() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let other = OrgSpec {
            slug: "otro".into(),
            ..OrgSpec::default()
        };
        let other = org_with(&db, other).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let (mut device, codes) = added(&services, &ctx).await;
        let own = services.factors().read(&ctx).await.expect("read").passkeys;
        for stranger in [
            browser(&org, RoleKey::Admin).await,
            browser(&other, RoleKey::Analyst).await,
        ] {
            let command = RemovePasskey {
                passkey_id: own[0].id,
                proof: codes[0].clone(),
            };
            let refused = services.passkeys().remove(&stranger, command).await;
            assert_eq!(reason(&refused.expect_err("not theirs")), "not_found");
            let view = services.factors().read(&stranger).await.expect("read");
            assert!(view.passkeys.is_empty());
        }
        // The same question for everybody: whoever has a key here learns nothing by asking, and neither does anybody else.
        let question = asked(&services, Uuid::new_v4(), 0).await;
        assert!(question.contains("\"allowCredentials\":[]"), "{question}");
        // A key that names somebody else is nobody's.
        let mut device_of_other = Authenticator::at(ORIGIN);
        let their = browser(&other, RoleKey::Analyst).await;
        let options = begin(&services, &their, PASSWORD).await.expect("begun");
        device_of_other.make(&options);
        let unknown = come(&services, &mut device_of_other, 1).await;
        assert!(is_refused(&unknown), "never kept: {unknown:?}");
        let person = come(&services, &mut device, 2).await.expect("in");
        assert_eq!(person.actor.organization_id, org.id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_checked_is_not_kept() {
    on_both(async |db| {
        let services = reached(&db);
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = browser(&org, RoleKey::Analyst).await;
        let begun = async || begin(&services, &ctx, PASSWORD).await.expect("begun");
        let mut lax = Authenticator::at(ORIGIN);
        lax.verifies = false;
        let lured = Authenticator::at("https://evil.example");
        for mut device in [lax, lured] {
            let answer = device.make(&begun().await);
            let refused = keep(&services, &ctx, "Móvil", answer).await;
            assert_eq!(reason(&refused.expect_err("refused")), "passkey.refused");
        }
        begun().await;
        let refused = keep(&services, &ctx, "Móvil", "{}".to_owned()).await;
        assert_eq!(reason(&refused.expect_err("refused")), "passkey.refused");
        let mut device = Authenticator::at(ORIGIN);
        let answer = device.make(&begun().await);
        for name in ["", "   ", &"n".repeat(61)] {
            let refused = keep(&services, &ctx, name, answer.clone()).await;
            assert_eq!(reason(&refused.expect_err("a name")), "passkey.name");
        }
        // In another session of the same person nothing waits, and outside of one nothing can.
        let elsewhere = Ctx {
            session: Some(SessionName::of("another")),
            ..ctx.clone()
        };
        let refused = keep(&services, &elsewhere, "Móvil", answer.clone()).await;
        assert_eq!(reason(&refused.expect_err("elsewhere")), "passkey.over");
        let nowhere = Ctx {
            session: None,
            ..ctx.clone()
        };
        let refused = keep(&services, &nowhere, "Móvil", answer.clone()).await;
        assert!(matches!(refused, Err(ServiceError::Unauthenticated)));
        keep(&services, &ctx, "Móvil", answer).await.expect("added");

        // At an address of numbers there are none.
        let bare = db.services().clone().reached_at("http://127.0.0.1:3000");
        let off = begin(&bare, &ctx, PASSWORD).await;
        assert_eq!(reason(&off.expect_err("off")), "passkey.off");
        let rows = passkey::Entity::find().all(db.db().connection()).await;
        assert_eq!(rows.expect("rows").len(), 1);
        // What nobody answers is cleared away.
        asked(&services, Uuid::new_v4(), 0).await;
        let later = now() + TimeDelta::minutes(6);
        services.housekeeping().clear(later).await.expect("cleared");
        let left = passkey_challenge::Entity::find()
            .all(db.db().connection())
            .await;
        assert!(left.expect("rows").is_empty());
    })
    .await;
}
