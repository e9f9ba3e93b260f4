//! Keys of programs, and answers that are given again.

use crate::scene::reason;
use chrono::TimeDelta;
use contract::imports::CreateImport;
use contract::keys::{CreateApiKey, RotateApiKey};
use domain::{Permission, RoleKey};
use entity::{api_key, audit_entry, command_receipt};
use sea_orm::EntityTrait;
use services::idempotency::{StoredAnswer, Turn};
use services::{Ctx, ServiceError, StoreScope};
use testkit::{OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

fn wanted(permissions: &[Permission]) -> CreateApiKey {
    CreateApiKey {
        command_id: Uuid::now_v7(),
        name: "Caja".into(),
        permissions: permissions.to_vec(),
        all_stores: true,
        stores: vec![],
        expires_at: None,
        rate_per_minute: None,
    }
}

fn later(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx {
        now: ctx.now + TimeDelta::seconds(seconds),
        ..ctx.clone()
    }
}

async fn rows(db: &TestDb) -> Vec<api_key::Model> {
    let found = api_key::Entity::find().all(db.db().connection()).await;
    found.expect("readable")
}

fn two_stores() -> OrgSpec {
    OrgSpec {
        stores: 2,
        ..OrgSpec::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_told_once_kept_as_a_digest_and_acts_in_its_own_name() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let keys = db.services().api_keys();
        let mut command = wanted(&[Permission::StockRead]);
        (command.all_stores, command.stores) = (false, vec![org.stores[1]]);
        let made = keys.create(&admin, command.clone()).await.expect("made");
        let secret = made.secret.expect("told");
        let again = keys.create(&admin, command).await.expect("known");
        assert_eq!((again.key, again.secret), (made.key.clone(), None));
        assert_eq!(rows(&db).await.len(), 1);

        // Neither the row nor the receipt nor the log has it.
        let connection = db.db().connection();
        let receipts = command_receipt::Entity::find().all(connection).await;
        let log = audit_entry::Entity::find().all(connection).await;
        let kept = format!(
            "{:?} {:?} {:?}",
            rows(&db).await,
            receipts.expect("receipts"),
            log.expect("log")
        );
        let random = secret.rsplit('_').next().expect("a secret");
        assert_eq!(random.len(), 64);
        assert!(!kept.contains(random));

        let known = keys.recognise(&secret, now()).await.expect("readable");
        let known = known.expect("a key");
        assert_eq!(known.actor.organization_id, org.id);
        let name = format!("key: Caja ({})", made.key.prefix);
        assert_eq!(known.actor.display_name, name);
        assert_eq!(known.actor.user_id, None);
        assert_eq!(known.actor.permissions, [Permission::StockRead].into());
        assert_eq!(known.actor.stores, StoreScope::Only([org.stores[1]].into()));
        for wrong in [
            secret.replace("hornada_", "hornada"),
            format!("{secret}0"),
            format!("hornada_00000000_{random}"),
            String::new(),
        ] {
            let found = keys.recognise(&wrong, now()).await.expect("readable");
            assert!(found.is_none(), "{wrong}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_key_what_they_do_not_hold_or_no_key_may_hold() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let other = OrgSpec {
            slug: "otro".into(),
            ..OrgSpec::default()
        };
        let other = org_with(&db, other).await;
        let keys = db.services().api_keys();
        let admin = org.ctx(RoleKey::Admin).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let error = keys
            .create(&analyst, wanted(&[Permission::StockRead]))
            .await;
        assert_eq!(reason(&error.expect_err("may not")), "forbidden");
        let error = keys
            .create(&admin, wanted(&[Permission::SalesRecord]))
            .await;
        assert!(matches!(
            error,
            Err(ServiceError::Forbidden("sales.record"))
        ));
        for never in [
            Permission::UsersWrite,
            Permission::KeysManage,
            Permission::StockApprove,
        ] {
            let error = keys.create(&org.system(), wanted(&[never])).await;
            assert_eq!(
                reason(&error.expect_err("never")),
                "permissions.not_for_keys"
            );
        }
        let mut foreign = wanted(&[Permission::StockRead]);
        (foreign.all_stores, foreign.stores) = (false, vec![other.stores[0]]);
        let error = keys.create(&admin, foreign).await.expect_err("foreign");
        assert_eq!(reason(&error), "not_found");
        let mut bound = admin.clone();
        bound.actor.stores = StoreScope::Only([org.stores[0]].into());
        let error = keys.create(&bound, wanted(&[Permission::StockRead])).await;
        assert_eq!(
            reason(&error.expect_err("more stores")),
            "stores.beyond_own"
        );

        // Neither by way of rotating: the secret would be theirs.
        let operator = org.system();
        let strong = keys.create(&operator, wanted(&[Permission::SalesRecord]));
        let strong = strong.await.expect("made").key.id;
        let rotate = RotateApiKey {
            command_id: Uuid::now_v7(),
            key_id: strong,
            grace_seconds: None,
        };
        let error = keys.rotate(&admin, rotate.clone()).await;
        assert_eq!(reason(&error.expect_err("stronger")), "forbidden");
        let stranger = other.ctx(RoleKey::Admin).await;
        for error in [
            keys.rotate(&stranger, rotate).await.map(drop),
            keys.revoke(&stranger, strong).await,
        ] {
            assert_eq!(reason(&error.expect_err("another's")), "not_found");
        }
        let listed = keys.list(&stranger, None, None).await.expect("listed");
        assert!(listed.items.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_end_when_they_expire_are_rotated_or_revoked() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let keys = db.services().api_keys();
        let works = async |secret: &str, seconds: i64| {
            let at = now() + TimeDelta::seconds(seconds);
            let found = keys.recognise(secret, at).await;
            found.expect("readable").is_some()
        };
        let mut command = wanted(&[Permission::StockRead]);
        command.expires_at = Some(now() + TimeDelta::seconds(1_000));
        let first = keys.create(&admin, command).await.expect("made");
        let secret = first.secret.expect("told");
        assert!(works(&secret, 999).await);
        assert!(!works(&secret, 1_000).await);

        let rotate = |key_id: Uuid| RotateApiKey {
            command_id: Uuid::now_v7(),
            key_id,
            grace_seconds: Some(100),
        };
        let second = keys.rotate(&later(&admin, 500), rotate(first.key.id)).await;
        let second = second.expect("rotated");
        let newer = second.secret.expect("told");
        assert_eq!(second.key.rotated_from, Some(first.key.id));
        assert!(works(&secret, 599).await && works(&newer, 599).await);
        assert!(!works(&secret, 600).await);
        // It lives as long as the first was meant to.
        assert!(works(&newer, 1_499).await && !works(&newer, 1_500).await);
        let error = keys.rotate(&later(&admin, 510), rotate(first.key.id)).await;
        assert_eq!(reason(&error.expect_err("twice")), "key.rotated");

        let revoking = keys.revoke(&later(&admin, 700), second.key.id).await;
        revoking.expect("revoked");
        assert!(!works(&newer, 700).await);
        let revoking = keys.revoke(&later(&admin, 710), second.key.id).await;
        revoking.expect("as before");
        let error = keys
            .rotate(&later(&admin, 720), rotate(second.key.id))
            .await;
        assert_eq!(reason(&error.expect_err("ended")), "key.ended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_written_once_a_minute() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let keys = db.services().api_keys();
        let operator = org.system();
        let made = keys.create(&operator, wanted(&[Permission::StockRead]));
        let secret = made.await.expect("made").secret.expect("told");
        let used = async |seconds: i64| {
            let at = now() + TimeDelta::seconds(seconds);
            let found = keys.recognise(&secret, at).await;
            assert!(found.expect("readable").is_some());
            rows(&db).await[0].last_used_at.expect("used") - now()
        };
        assert_eq!(used(0).await, TimeDelta::zero());
        assert_eq!(used(1).await, TimeDelta::zero());
        assert_eq!(used(59).await, TimeDelta::zero());
        assert_eq!(used(60).await, TimeDelta::seconds(60));
        assert_eq!(used(119).await, TimeDelta::seconds(60));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_its_turn_once_until_a_day_has_passed() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let ctx = org.system();
        let idempotency = db.services().idempotency();
        let turn = async |seconds: i64, caller: &str, hash: &str| {
            let ctx = later(&ctx, seconds);
            let turn = idempotency.take_turn(&ctx, caller, "k", hash).await;
            turn.expect("answered")
        };
        assert_eq!(turn(0, "key:a", "1").await, Turn::First);
        assert_eq!(turn(1, "key:a", "1").await, Turn::UnderWay);
        assert_eq!(turn(1, "key:a", "2").await, Turn::Mismatch);
        assert_eq!(turn(1, "key:b", "2").await, Turn::First, "another caller");
        let answer = StoredAnswer {
            status: 201,
            content_type: Some("application/json".into()),
            body: Some("{}".into()),
        };
        let kept = idempotency.finish(&ctx, "key:a", "k", &answer).await;
        kept.expect("kept");
        let again = turn(86_399, "key:a", "1").await;
        assert_eq!(again, Turn::Answered(answer));
        // The server died with the request of the other caller.
        assert_eq!(turn(601, "key:b", "2").await, Turn::First);
        let forgotten = idempotency.forget(&ctx, "key:b", "k").await;
        forgotten.expect("forgotten");
        assert_eq!(turn(602, "key:b", "3").await, Turn::First);

        let day_after = ctx.now + TimeDelta::seconds(2 * 86_400);
        let cleared = db.services().housekeeping().clear(day_after).await;
        assert_eq!(cleared.expect("cleared").idempotent_answers, 2);
        assert_eq!(turn(86_400, "key:a", "2").await, Turn::First);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_some_stores_names_the_store_of_its_file() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let mut till = org.system();
        till.actor.stores = StoreScope::Only([org.stores[0]].into());
        let imports = db.services().imports();
        let send = async |store_id: Option<Uuid>| {
            let command = CreateImport {
                command_id: Uuid::now_v7(),
                file_name: "ventas.csv".into(),
                store_id,
                threshold_bp: None,
            };
            let file: Vec<std::io::Result<Vec<u8>>> = vec![Ok(b"a,b\n".to_vec())];
            let source = futures::stream::iter(file);
            imports.create(&till, command, source, 1_000).await
        };
        let error = send(None).await.expect_err("every store");
        assert_eq!(reason(&error), "required");
        let error = send(Some(org.stores[1])).await.expect_err("another store");
        assert_eq!(reason(&error), "not_found");
        send(Some(org.stores[0])).await.expect("its own");
    })
    .await;
}
