//! How the installation is doing, as administrators see it.

use crate::scene::{bakery, reason};
use contract::health::HealthState;
use domain::{JobTrigger, RoleKey};
use services::health::Installation;
use testkit::{on_both, today};

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_every_part_with_its_state_and_nobody_else_does() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let health = db.services().health();
        let admin = org.ctx(RoleKey::Admin).await;
        let own = Installation {
            version: "1.2.3".into(),
            migrations: vec!["m20261120_000001_tenancy".into()],
            disk: Some((1 << 40, 1 << 41)),
            backups_by_clock: false,
        };
        let seen = health.read(&admin, own.clone()).await.expect("readable");
        let engine = if db.is_postgres() {
            "PostgreSQL"
        } else {
            "SQLite"
        };
        assert_eq!(
            (seen.version.as_str(), seen.database.engine.as_str()),
            ("1.2.3", engine)
        );
        assert_eq!(seen.database.state, HealthState::Fine);
        assert!(seen.database.bytes.expect("a size") > 100_000);
        assert!(seen.database.migrations > 30);
        assert_eq!(
            (seen.queue.waiting, seen.queue.state),
            (0, HealthState::Fine)
        );
        assert_eq!(seen.backup.state, HealthState::Attention, "there is none");
        assert_eq!(seen.night.business_date, None);
        assert_eq!(seen.model.trained_on, None);

        let lacking = Installation {
            migrations: vec!["m99999999_000001_tomorrow".into()],
            ..own.clone()
        };
        let seen = health.read(&admin, lacking).await.expect("readable");
        assert_eq!(seen.database.missing_migrations, 1);
        assert_eq!(seen.database.state, HealthState::Danger);

        // A night that waits: the queue says so, and since when.
        let yesterday = today().pred_opt().expect("a day");
        let nights = db.services().nights();
        let system = org.system();
        let queued = nights
            .enqueue(&system, yesterday, JobTrigger::Clock, false)
            .await;
        queued.expect("queued");
        let seen = health.read(&admin, own.clone()).await.expect("readable");
        assert_eq!(
            (seen.queue.waiting, seen.queue.since),
            (1, Some(system.now))
        );
        assert_eq!(seen.night.business_date, Some(yesterday));
        let listed = nights.list(&admin, None, 5).await.expect("nights");
        // At half past seven the forecasts of six o'clock are late.
        assert!(listed[0].late);

        for role in [RoleKey::StoreManager, RoleKey::Production, RoleKey::Analyst] {
            let ctx = org.ctx(role).await;
            let refused = health
                .read(&ctx, own.clone())
                .await
                .expect_err("not theirs");
            assert_eq!(reason(&refused), "forbidden", "{role}");
        }
    })
    .await;
}
