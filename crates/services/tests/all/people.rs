//! Invitations, lost passwords, one's own account, and the mails of all of them.

use crate::scene::reason;
use chrono::TimeDelta;
use contract::people::{InvitePerson, ResendInvitation, RevokeInvitation, UnlockUser};
use contract::users::{CreateUser, SetUserActive};
use domain::{Language, Permission, RoleKey};
use entity::{audit_entry, invitation, outgoing_mail, password_reset};
use sea_orm::EntityTrait;
use services::identity::{Identity, SignIn};
use services::invitations::AcceptInvitation;
use services::mails::{Delivery, Letter};
use services::sessions::{SessionLifetime, SessionName};
use services::tokens::Subject;
use services::{Arrival, Ctx, ServiceError, ServiceResult, StoreScope};
use testkit::{Org, OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use uuid::Uuid;

const ORIGIN: &str = "https://hornada.example";
const ANOTHER: &str = "tres gatos comen sopa";

fn arrival(minutes: i64) -> Arrival {
    Arrival {
        now: now() + TimeDelta::minutes(minutes),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    }
}

fn two_stores() -> OrgSpec {
    OrgSpec {
        stores: 2,
        ..OrgSpec::default()
    }
}

fn wanted(org: &Org, email: &str) -> InvitePerson {
    InvitePerson {
        command_id: Uuid::now_v7(),
        email: email.into(),
        language: Some(Language::En),
        roles: vec![RoleKey::StoreManager],
        role_ids: Vec::new(),
        all_stores: false,
        stores: vec![org.stores[1]],
    }
}

/// Sends what waits, into the test's hands.
async fn sent(db: &TestDb, minutes: i64) -> Vec<Letter> {
    let mails = db.services().mails();
    let at = arrival(minutes).now;
    let mut letters = Vec::new();
    while let Some(mail) = mails.claim(at).await.expect("readable") {
        let letter = mails.write(&mail, ORIGIN, at).await.expect("written");
        let delivery = match &letter {
            Some(_) => Delivery::Sent,
            None => Delivery::Dropped,
        };
        mails.settle(&mail, &delivery, at).await.expect("settled");
        letters.extend(letter);
    }
    letters
}

/// The token in a letter's link.
fn token(letter: &Letter) -> String {
    let (_, rest) = letter.text.split_once("?token=").expect("a link");
    rest.lines().next().expect("a token").to_owned()
}

async fn accept(db: &TestDb, token: &str, minutes: i64) -> ServiceResult<Identity> {
    let asked = AcceptInvitation {
        token: token.to_owned(),
        display_name: "Marta Gil".into(),
        language: Some(Language::Es),
        password: ANOTHER.into(),
    };
    db.services()
        .invitations()
        .accept(&arrival(minutes), asked)
        .await
}

async fn sign_in(
    db: &TestDb,
    email: &str,
    password: &str,
    minutes: i64,
) -> ServiceResult<Identity> {
    let asked = SignIn {
        email: email.into(),
        password: password.into(),
    };
    let people = db.services().identity();
    let signed_in = people.sign_in(&arrival(minutes), asked).await?;
    Ok(signed_in.done().expect("no second step"))
}

async fn mails(db: &TestDb) -> Vec<outgoing_mail::Model> {
    let found = outgoing_mail::Entity::find()
        .all(db.db().connection())
        .await;
    found.expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_an_invitation_becomes_the_person_that_was_meant_and_the_link_is_spent() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let invitations = db.services().invitations();
        let command = wanted(&org, " Marta@Nueva.example ");
        let made = invitations.create(&admin, command.clone()).await.unwrap();
        let again = invitations.create(&admin, command).await.unwrap();
        assert_eq!(made, again, "the same command invites once");
        assert_eq!(made.email, "marta@nueva.example");
        assert_eq!(made.expires_at - made.created_at, TimeDelta::days(7));

        let letters = sent(&db, 1).await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "marta@nueva.example");
        assert!(letters[0].text.starts_with("Hello"));
        let token = token(&letters[0]);
        let listed = invitations.list(&admin).await.unwrap();
        assert_eq!(listed[0].sent_at, Some(arrival(1).now));

        // Neither the row of the mail nor that of the invitation, nor the log, has the link.
        let connection = db.db().connection();
        let rows = invitation::Entity::find().all(connection).await.unwrap();
        let log = audit_entry::Entity::find().all(connection).await.unwrap();
        let kept = format!("{rows:?} {log:?} {:?}", mails(&db).await);
        assert!(!kept.contains(&token));

        let seen = invitations.look(&token, arrival(2).now).await.unwrap();
        assert_eq!(seen.unwrap().email, "marta@nueva.example");
        let identity = accept(&db, &token, 2).await.unwrap();
        assert_eq!(identity.actor.organization_id, org.id);
        assert_eq!(identity.actor.display_name, "Marta Gil");
        assert_eq!(identity.actor.language, Some(Language::Es));
        assert_eq!(
            identity.actor.stores,
            StoreScope::Only([org.stores[1]].into())
        );
        assert!(identity.actor.permissions.contains(&Permission::StockCount));
        sign_in(&db, "marta@nueva.example", ANOTHER, 3)
            .await
            .unwrap();

        let error = accept(&db, &token, 3).await.unwrap_err();
        assert_eq!(reason(&error), "link.ended");
        assert!(invitations.list(&admin).await.unwrap().is_empty());
        let seen = invitations.look(&token, arrival(3).now).await.unwrap();
        assert_eq!(seen, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_its_time_with_the_next_one_and_with_the_invitation() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let invitations = db.services().invitations();
        let made = invitations
            .create(&admin, wanted(&org, "a@nueva.example"))
            .await
            .unwrap();
        let first = token(&sent(&db, 1).await[0]);
        let week = 7 * 24 * 60;
        let error = accept(&db, &first, week + 1).await.unwrap_err();
        assert_eq!(reason(&error), "link.ended");

        let resend = ResendInvitation {
            command_id: Uuid::now_v7(),
            invitation_id: made.id,
        };
        invitations.resend(&admin, resend).await.unwrap();
        let error = accept(&db, &first, 2).await.unwrap_err();
        assert_eq!(
            reason(&error),
            "link.ended",
            "at once, before the next mail"
        );
        let second = token(&sent(&db, 3).await[0]);
        assert_ne!(first, second);

        let revoke = RevokeInvitation {
            invitation_id: made.id,
        };
        invitations.revoke(&admin, revoke.clone()).await.unwrap();
        let error = accept(&db, &second, 4).await.unwrap_err();
        assert_eq!(reason(&error), "link.ended");
        let error = invitations.revoke(&admin, revoke).await.unwrap_err();
        assert!(matches!(error, ServiceError::NotFound(_)));

        // What is revoked before it was sent is not sent.
        let made = invitations
            .create(&admin, wanted(&org, "b@nueva.example"))
            .await
            .unwrap();
        let revoke = RevokeInvitation {
            invitation_id: made.id,
        };
        invitations.revoke(&admin, revoke).await.unwrap();
        assert!(sent(&db, 5).await.is_empty());
        assert_eq!(mails(&db).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_invited_twice_or_by_those_who_may_not_or_into_another_organization() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let other = OrgSpec {
            slug: "otro".into(),
            ..OrgSpec::default()
        };
        let other = org_with(&db, other).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let invitations = db.services().invitations();
        let made = invitations
            .create(&admin, wanted(&org, "a@nueva.example"))
            .await
            .unwrap();
        let refused = async |command: InvitePerson| {
            let error = invitations.create(&admin, command).await;
            reason(&error.expect_err("refused")).to_owned()
        };
        assert_eq!(
            refused(wanted(&org, "A@nueva.example")).await,
            "email.invited"
        );
        let own = org.email(RoleKey::Analyst);
        assert_eq!(refused(wanted(&org, &own)).await, "email.taken");
        assert_eq!(refused(wanted(&org, "no address")).await, "email.format");
        let mut foreign = wanted(&org, "b@nueva.example");
        foreign.stores = vec![other.stores[0]];
        assert_eq!(refused(foreign).await, "not_found");

        let analyst = org.ctx(RoleKey::Analyst).await;
        let error = invitations.create(&analyst, wanted(&org, "c@nueva.example"));
        assert!(matches!(
            error.await,
            Err(ServiceError::Forbidden("users.write"))
        ));
        let theirs = other.ctx(RoleKey::Admin).await;
        assert!(invitations.list(&theirs).await.unwrap().is_empty());
        let revoke = RevokeInvitation {
            invitation_id: made.id,
        };
        let error = invitations.revoke(&theirs, revoke).await.unwrap_err();
        assert!(matches!(error, ServiceError::NotFound(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_new_password_is_the_same_for_every_address() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let recovery = db.services().recovery();
        let known = org.email(RoleKey::Analyst);
        for email in [known.as_str(), "nobody@horno.example"] {
            let (hashes, before) = (db.services().passwords().computed(), mails(&db).await.len());
            recovery.ask(&arrival(0), email).await.unwrap();
            assert_eq!(db.services().passwords().computed(), hashes, "{email}");
            let rows = mails(&db).await;
            assert_eq!(rows.len(), before + 1, "{email}");
            let row = rows.iter().find(|row| row.recipient == email).unwrap();
            assert_eq!((row.organization_id, row.subject_id), (None, None));
        }
        // Who asks too often is paused, and that too is the same for every address.
        for email in [known.as_str(), "nobody@horno.example"] {
            for _ in 0..4 {
                recovery.ask(&arrival(0), email).await.unwrap();
            }
            let error = recovery.ask(&arrival(0), email).await.unwrap_err();
            assert!(matches!(error, ServiceError::TooManyRequests(_)), "{email}");
        }
        let letters = sent(&db, 1).await;
        assert_eq!(letters.len(), 5, "of the one who has an account");
        assert!(letters.iter().all(|letter| letter.to == known));
        // Asking keeps nobody from signing in.
        sign_in(&db, &known, PASSWORD, 1).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_new_password_works_once_for_an_hour_and_ends_everything_else() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let (email, me) = (org.email(RoleKey::Analyst), org.user(RoleKey::Analyst));
        let recovery = db.services().recovery();
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(12),
            absolute: TimeDelta::hours(48),
        };
        let sessions = db.services().sessions();
        sessions
            .insert("token-1", Some(me), serde_json::json!({}), now(), lifetime)
            .await
            .unwrap();
        let asked = SignIn {
            email: email.clone(),
            password: PASSWORD.into(),
        };
        let tokens = db.services().tokens();
        let grant = tokens.for_person(&arrival(0), asked, None).await.unwrap();
        assert_eq!(grant.claimed.subject, Subject::Person(me));

        for _ in 0..2 {
            recovery.ask(&arrival(0), &email).await.unwrap();
        }
        let letters = sent(&db, 1).await;
        let (first, second) = (token(&letters[0]), token(&letters[1]));
        let late = recovery
            .set(&arrival(62), &first, ANOTHER)
            .await
            .unwrap_err();
        assert_eq!(reason(&late), "link.ended");
        let weak = recovery.set(&arrival(2), &first, "password1234").await;
        assert_eq!(reason(&weak.unwrap_err()), "password.common");
        recovery.set(&arrival(3), &first, ANOTHER).await.unwrap();
        for spent in [&first, &second] {
            let error = recovery.set(&arrival(4), spent, "otra palabra larga").await;
            assert_eq!(reason(&error.unwrap_err()), "link.ended");
        }
        assert!(sessions.find("token-1", now()).await.unwrap().is_none());
        let bearer = tokens.bearer(grant.claimed, arrival(4).now).await.unwrap();
        assert!(bearer.is_none());
        assert!(matches!(
            sign_in(&db, &email, PASSWORD, 5).await,
            Err(ServiceError::Unauthenticated)
        ));
        sign_in(&db, &email, ANOTHER, 5).await.unwrap();
        let letters = sent(&db, 6).await;
        assert_eq!(letters.len(), 1, "the person hears of it");
        assert!(letters[0].text.contains(&format!("{ORIGIN}/forgot")));
        let rows = password_reset::Entity::find().all(db.db().connection());
        assert!(rows.await.unwrap().iter().all(|row| row.used_at.is_some()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_sent_waits_longer_and_longer_and_is_in_one_hand_at_a_time() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let invite = wanted(&org, "a@nueva.example");
        let invitations = db.services().invitations();
        invitations.create(&admin, invite).await.unwrap();
        let mails = db.services().mails();
        let at = |seconds: i64| now() + TimeDelta::seconds(seconds);
        let first = mails.claim(at(0)).await.unwrap().unwrap();
        assert_eq!(first.attempts, 1);
        assert!(
            mails.claim(at(0)).await.unwrap().is_none(),
            "another process"
        );
        let one = mails.write(&first, ORIGIN, at(0)).await.unwrap().unwrap();
        let failed = Delivery::Failed("the mail server cannot be reached".into());
        mails.settle(&first, &failed, at(1)).await.unwrap();
        assert!(mails.claim(at(30)).await.unwrap().is_none());

        // The next attempt writes another link; one that was given up half way is free after a while.
        let second = mails.claim(at(31)).await.unwrap().unwrap();
        assert_eq!(second.attempts, 2);
        assert!(mails.claim(at(150)).await.unwrap().is_none());
        let third = mails.claim(at(152)).await.unwrap().unwrap();
        let two = mails.write(&third, ORIGIN, at(152)).await.unwrap().unwrap();
        assert_ne!(token(&one), token(&two));
        mails
            .settle(&third, &Delivery::Sent, at(153))
            .await
            .unwrap();
        assert!(mails.claim(at(10_000)).await.unwrap().is_none());
        let error = accept(&db, &token(&one), 3).await.unwrap_err();
        assert_eq!(reason(&error), "link.ended");
        accept(&db, &token(&two), 3).await.unwrap();

        // After three days nobody waits any more.
        let invite = wanted(&org, "b@nueva.example");
        invitations.create(&admin, invite).await.unwrap();
        let mail = mails.claim(at(0)).await.unwrap().unwrap();
        let late = at(3 * 86_400);
        mails.settle(&mail, &failed, late).await.unwrap();
        assert!(mails.claim(at(30 * 86_400)).await.unwrap().is_none());
        let rows = self::mails(&db).await;
        let row = rows.iter().find(|row| row.id == mail.id).unwrap();
        assert_eq!(row.outcome.as_deref(), Some("given_up"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions_and_nobody_elses() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let me = org.ctx(RoleKey::Production).await;
        let other = org.ctx(RoleKey::Analyst).await;
        let lifetime = SessionLifetime {
            idle: TimeDelta::hours(12),
            absolute: TimeDelta::hours(48),
        };
        let sessions = db.services().sessions();
        let data = serde_json::json!({ "device": "Firefox · Android", "network": "192.0.2.0/24" });
        for (token, person) in [("mine-1", &me), ("mine-2", &me), ("theirs", &other)] {
            let user_id = person.actor.user_id;
            sessions
                .insert(token, user_id, data.clone(), now(), lifetime)
                .await
                .unwrap();
        }
        let account = db.services().account();
        let current = SessionName::of("mine-2");
        let listed = account.sessions(&me, Some(current)).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed[0].current && listed[0].id == current.0);
        assert_eq!(listed[0].device, "Firefox · Android");
        assert_eq!(listed[0].network, "192.0.2.0/24");

        let foreign = SessionName::of("theirs").0;
        let error = account.end_session(&me, foreign).await.unwrap_err();
        assert!(matches!(error, ServiceError::NotFound(_)));
        account.end_session(&me, listed[1].id).await.unwrap();
        assert!(sessions.find("mine-1", now()).await.unwrap().is_none());
        assert!(sessions.find("mine-2", now()).await.unwrap().is_some());

        account.end_everything(&me).await.unwrap();
        assert!(sessions.find("mine-2", now()).await.unwrap().is_none());
        assert!(sessions.find("theirs", now()).await.unwrap().is_some());
        let error = account.sessions(&org.system(), None).await.unwrap_err();
        assert!(matches!(error, ServiceError::Unauthenticated), "nobody's");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_their_password_changes_it_and_guesses_are_counted() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let me = org.ctx(RoleKey::Production).await;
        let account = db.services().account();
        let email = org.email(RoleKey::Production);
        let wrong = account.change_password(&me, "not the password", ANOTHER);
        assert_eq!(reason(&wrong.await.unwrap_err()), "password.wrong");
        let same = account.change_password(&me, PASSWORD, PASSWORD).await;
        assert_eq!(reason(&same.unwrap_err()), "password.same");
        account
            .change_password(&me, PASSWORD, ANOTHER)
            .await
            .unwrap();
        sign_in(&db, &email, ANOTHER, 1).await.unwrap();
        assert_eq!(sent(&db, 1).await.len(), 1);

        account
            .change_profile(&me, " Mateo ", Some(Language::En))
            .await
            .unwrap();
        let seen = account.view(&me, None).await.unwrap();
        assert_eq!(
            (seen.display_name.as_str(), seen.language),
            ("Mateo", Some(Language::En))
        );

        for _ in 0..5 {
            let guess = account.change_password(&me, "not the password", PASSWORD);
            assert_eq!(reason(&guess.await.unwrap_err()), "password.wrong");
        }
        let guess = account.change_password(&me, ANOTHER, PASSWORD).await;
        assert!(matches!(guess, Err(ServiceError::TooManyRequests(_))));

        // An administrator sees the pause and lifts it.
        let admin = org.ctx(RoleKey::Admin).await;
        let users = db.services().users();
        let paused = async || {
            let listed = users.list(&admin).await.unwrap();
            let me = listed.into_iter().find(|user| user.email == email);
            me.unwrap().locked_until
        };
        assert!(paused().await.is_some());
        let unlock = UnlockUser {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Production),
        };
        users.unlock(&admin, unlock).await.unwrap();
        assert_eq!(paused().await, None);
        sign_in(&db, &email, ANOTHER, 0).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_with_the_rights_of_whoever_sent_it() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (invitations, users) = (db.services().invitations(), db.services().users());
        let second = CreateUser {
            command_id: Uuid::now_v7(),
            email: "segunda@horno.example".into(),
            display_name: "Segunda".into(),
            language: None,
            roles: vec![RoleKey::Admin],
            role_ids: Vec::new(),
            all_stores: true,
            stores: Vec::new(),
            password: ANOTHER.into(),
        };
        let second = users.create(&admin, second).await.unwrap();
        let found = db.services().identity().find(second).await.unwrap();
        let theirs = arrival(0).by(found.unwrap().actor);
        let back = InvitePerson {
            roles: vec![RoleKey::Admin],
            all_stores: true,
            ..wanted(&org, "vuelvo@nueva.example")
        };
        let made = invitations.create(&theirs, back).await.unwrap();
        let first = token(&sent(&db, 1).await[0]);
        let close = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: second,
            active: false,
        };
        users.set_active(&admin, close).await.unwrap();
        let error = accept(&db, &first, 2).await.unwrap_err();
        assert_eq!(reason(&error), "link.ended", "who was sent away stays away");

        // Whoever sends it again answers for it, and must be able to give what it gives.
        let resend = |command_id| ResendInvitation {
            command_id,
            invitation_id: made.id,
        };
        let mut clerk = admin.clone();
        clerk.actor.user_id = Some(org.user(RoleKey::Analyst));
        clerk.actor.permissions = [Permission::UsersRead, Permission::UsersWrite].into();
        let refused = invitations.resend(&clerk, resend(Uuid::now_v7())).await;
        assert!(
            matches!(refused, Err(ServiceError::Forbidden(_))),
            "{refused:?}"
        );
        let command = resend(Uuid::now_v7());
        invitations.resend(&admin, command).await.unwrap();
        let second = token(&sent(&db, 3).await[0]);
        accept(&db, &second, 4).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_sends_five_letters_a_day_at_most() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let invitations = db.services().invitations();
        let email = "marta@nueva.example";
        let made = invitations.create(&admin, wanted(&org, email)).await;
        let invitation_id = made.unwrap().id;
        let resend = async |minutes: i64| {
            let ctx = Ctx {
                now: arrival(minutes).now,
                ..admin.clone()
            };
            let command = ResendInvitation {
                command_id: Uuid::now_v7(),
                invitation_id,
            };
            invitations.resend(&ctx, command).await
        };
        for minute in 1..5 {
            resend(minute).await.unwrap();
        }
        let refused = resend(5).await.unwrap_err();
        assert_eq!(reason(&refused), "invitation.too_many");
        assert_eq!(mails(&db).await.len(), 5);
        // A day after the first there is room for one.
        let day = 24 * 60;
        resend(day).await.unwrap();
        let refused = resend(day).await.unwrap_err();
        assert_eq!(reason(&refused), "invitation.too_many");
        // Another invitation is another matter.
        let other = wanted(&org, "otra@nueva.example");
        invitations.create(&admin, other).await.unwrap();
    })
    .await;
}
