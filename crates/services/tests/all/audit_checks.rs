//! Checking the audit log's chain of hashes in the background.

use crate::scene::{bakery, new_order, reason};
use chrono::TimeDelta;
use contract::audit::{AuditCheckView, CheckAudit};
use domain::RoleKey;
use sea_orm::ConnectionTrait;
use services::Ctx;
use testkit::{Org, TestDb, now, on_both};
use uuid::Uuid;

fn command() -> CheckAudit {
    CheckAudit {
        command_id: Uuid::now_v7(),
    }
}

fn jobs(org: &Org, seconds: i64) -> Ctx {
    Ctx::system(org.id, "errands", now() + TimeDelta::seconds(seconds))
}

/// Works on the check until it is over.
async fn done(db: &TestDb, org: &Org) -> AuditCheckView {
    let log = db.services().audit_log();
    let claimed = log.claim_check(&jobs(org, 0), "one").await.expect("looked");
    assert!(claimed.is_some(), "nobody is at it");
    while log
        .advance_check(&jobs(org, 1), "one")
        .await
        .expect("checked")
    {}
    let admin = org.ctx(RoleKey::Admin).await;
    let newest = log.newest_check(&admin).await.expect("readable");
    newest.expect("a check")
}

/// Something that stands in the log.
async fn happened(db: &TestDb, org: &Org) {
    let kitchen = org.ctx(RoleKey::Production).await;
    for product in &org.products {
        let order = new_order(org.stores[0], *product, 12);
        let orders = db.services().production_orders();
        orders.create(&kitchen, order).await.expect("an order");
    }
}

/// As somebody would who reaches the database itself.
async fn tamper(db: &TestDb, sql: &str) {
    let (off, on): (&[&str], &[&str]) = if db.is_postgres() {
        (
            &["ALTER TABLE audit_entries DISABLE TRIGGER USER"],
            &["ALTER TABLE audit_entries ENABLE TRIGGER USER"],
        )
    } else {
        (
            &[
                "DROP TRIGGER audit_entries_refuse_update",
                "DROP TRIGGER audit_entries_refuse_delete",
            ],
            &[],
        )
    };
    for statement in off.iter().chain([&sql]).chain(on) {
        let connection = db.db().connection();
        connection
            .execute_unprepared(statement)
            .await
            .expect("done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_chain_is_found_whole_and_one_check_is_under_way_at_a_time() {
    on_both(async |db| {
        let org = bakery(&db).await;
        happened(&db, &org).await;
        let log = db.services().audit_log();
        let admin = org.ctx(RoleKey::Admin).await;
        assert_eq!(log.newest_check(&admin).await.expect("readable"), None);
        let first = command();
        let begun = log.start_check(&admin, &first).await.expect("begun");
        assert!(begun.total > 3 && begun.finished_at.is_none());
        let again = log.start_check(&admin, &first).await.expect("known");
        let other = log.start_check(&admin, &command()).await.expect("the same");
        assert_eq!((again.id, other.id), (begun.id, begun.id));
        let waiting = db
            .services()
            .errands()
            .waiting(now())
            .await
            .expect("looked");
        assert!(waiting.checks.contains(&org.id));

        // Entries that come meanwhile belong to the next check.
        happened(&db, &org).await;
        let found = done(&db, &org).await;
        assert_eq!((found.checked, found.total), (begun.total, begun.total));
        assert!(found.finished_at.is_some() && found.broken_at.is_none());
        let next = log.start_check(&admin, &command()).await.expect("another");
        assert!(next.id != begun.id && next.total > begun.total);
        let analyst = org.ctx(RoleKey::Analyst).await;
        let refused = log.start_check(&analyst, &command()).await;
        assert_eq!(reason(&refused.expect_err("not theirs")), "forbidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_goes_on_in_another_process_when_its_own_has_died() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let log = db.services().audit_log();
        let admin = org.ctx(RoleKey::Admin).await;
        log.start_check(&admin, &command()).await.expect("begun");
        let claim = async |seconds: i64, owner: &str| {
            let claimed = log.claim_check(&jobs(&org, seconds), owner).await;
            claimed.expect("looked").is_some()
        };
        assert!(claim(0, "one").await);
        assert!(!claim(29, "two").await);
        assert!(claim(31, "two").await);
        // The first one wakes up, and is told that it is no longer its own.
        assert!(
            !log.advance_check(&jobs(&org, 32), "one")
                .await
                .expect("told")
        );
        let newest = log.newest_check(&admin).await.expect("readable");
        assert_eq!(newest.expect("a check").finished_at, None);
        while log
            .advance_check(&jobs(&org, 33), "two")
            .await
            .expect("checked")
        {}
        let newest = log.newest_check(&admin).await.expect("readable");
        assert!(newest.expect("a check").finished_at.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_or_taken_away_is_found_with_its_number() {
    for (sql, at) in [
        (
            "UPDATE audit_entries SET actor_name = 'Nadie' WHERE sequence = 3",
            Some(3),
        ),
        ("DELETE FROM audit_entries WHERE sequence = 2", Some(3)),
        // The end is missing: no entry says so, the head does.
        ("DELETE FROM audit_entries WHERE sequence > 4", None),
    ] {
        on_both(async |db| {
            let org = bakery(&db).await;
            happened(&db, &org).await;
            let log = db.services().audit_log();
            let admin = org.ctx(RoleKey::Admin).await;
            let begun = log.start_check(&admin, &command()).await.expect("begun");
            tamper(&db, sql).await;
            let found = done(&db, &org).await;
            assert_eq!(found.broken_at, Some(at.unwrap_or(begun.total)), "{sql}");
            assert!(found.message.is_some() && found.finished_at.is_some());
            assert!(found.checked < begun.total);
        })
        .await;
    }
}
