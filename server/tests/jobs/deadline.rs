//! The alarm in the morning when there are no forecasts.

use crate::bakery::{Bakery, at};
use crate::queue::tamper;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::{America, Europe, Tz};
use domain::{AlertKind, AlertStatus, Severity};
use entity::{alert, live_event};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use server::jobs::clock::look;
use server::jobs::queue::Queue;
use testkit::on_both;

/// The day on which clocks in Spain go forward.
fn sunday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 29).unwrap()
}

/// Looks at the clock and returns every alarm that there ever was.
async fn alarms(bakery: &Bakery, queue: &Queue, now: DateTime<Utc>) -> Vec<alert::Model> {
    bakery.hands.set(now);
    let organization = bakery.organization().await;
    look(queue, &bakery.runner(), &organization).await.unwrap();
    let mut all = bakery.alerts(AlertKind::ForecastLate).await;
    all.sort_by_key(|a| a.opened_at);
    all
}

#[tokio::test]
async fn without_forecasts_at_six_there_is_one_alarm_which_ends_when_they_come() {
    on_both(async |db| {
        let queue = Queue::open(db.db(), db.services().data_dir())
            .await
            .unwrap();
        let bakery = Bakery::with_history(&db, "horno", 60).await;
        let runner = bakery.runner().without_training();
        let saturday = sunday() - Days::new(1);
        let clock = |hour, minute| at(Europe::Madrid, sunday(), hour, minute);
        // Summer time began an hour too early for six o'clock to be 5:00 UTC.
        assert_eq!(clock(6, 0), at(Tz::UTC, sunday(), 4, 0));

        assert!(alarms(&bakery, &queue, clock(5, 59)).await.is_empty());
        let [alarm] = &alarms(&bakery, &queue, clock(6, 0)).await[..] else {
            panic!("one alarm")
        };
        assert_eq!(
            (alarm.status, alarm.severity),
            (AlertStatus::Open, Severity::Critical)
        );
        assert_eq!(alarm.opened_at, clock(6, 0));
        assert_eq!(alarm.detail["date"], "2026-03-28");
        for (hour, minute) in [(6, 1), (6, 2), (9, 30), (13, 0)] {
            let still = alarms(&bakery, &queue, clock(hour, minute)).await;
            assert_eq!(still, std::slice::from_ref(alarm));
        }
        // Screens heard of it once, not at every look.
        let told = live_event::Entity::find()
            .filter(live_event::Column::Topic.eq("alerts"))
            .count(db.db().connection())
            .await
            .unwrap();
        assert_eq!(told, 1);

        // The night that the clock put into the book comes late, but it comes.
        bakery.hands.set(clock(14, 0));
        bakery.night(&runner, saturday).await;
        let [ended] = &alarms(&bakery, &queue, clock(14, 1)).await[..] else {
            panic!("one alarm")
        };
        assert_eq!((ended.id, ended.status), (alarm.id, AlertStatus::Resolved));
        assert_eq!(ended.resolved_at, Some(clock(14, 0)));

        // In time on Monday: nothing. Late again on Tuesday: another alarm, not the old one.
        let next = clock(3, 0) + TimeDelta::days(1);
        bakery.hands.set(next);
        bakery.night(&runner, sunday()).await;
        let monday = clock(6, 0) + TimeDelta::days(1);
        assert_eq!(alarms(&bakery, &queue, monday).await.len(), 1);
        let tuesday = clock(6, 0) + TimeDelta::days(2);
        let [_, second] = &alarms(&bakery, &queue, tuesday).await[..] else {
            panic!("two alarms")
        };
        assert_eq!(
            (second.status, second.opened_at),
            (AlertStatus::Open, tuesday)
        );
    })
    .await;
}

#[tokio::test]
async fn six_is_six_in_the_organizations_own_time_zone() {
    on_both(async |db| {
        let queue = Queue::open(db.db(), db.services().data_dir())
            .await
            .unwrap();
        let madrid = Bakery::with_history(&db, "madrid", 60).await;
        let bogota = Bakery::with_history(&db, "bogota", 60).await;
        bogota.move_to(America::Bogota).await;
        // In Bogotá it is still Saturday, and Saturday's forecasts are there.
        let friday = sunday() - Days::new(2);
        bogota
            .hands
            .set(at(America::Bogota, sunday() - Days::new(1), 2, 0));
        bogota
            .night(&bogota.runner().without_training(), friday)
            .await;

        let six_in_madrid = at(Europe::Madrid, sunday(), 6, 0);
        assert_eq!(alarms(&madrid, &queue, six_in_madrid).await.len(), 1);
        assert!(alarms(&bogota, &queue, six_in_madrid).await.is_empty());
        let six_in_bogota = at(America::Bogota, sunday(), 6, 0);
        let before = six_in_bogota - TimeDelta::minutes(1);
        assert!(alarms(&bogota, &queue, before).await.is_empty());
        let [alarm] = &alarms(&bogota, &queue, six_in_bogota).await[..] else {
            panic!("one alarm")
        };
        assert_eq!(alarm.detail["date"], "2026-03-28");
    })
    .await;
}

#[tokio::test]
async fn the_alarm_is_raised_above_all_when_nobody_can_be_woken() {
    on_both(async |db| {
        let queue = Queue::open(db.db(), db.services().data_dir())
            .await
            .unwrap();
        let bakery = Bakery::with_history(&db, "horno", 3).await;
        tamper(
            &db,
            "ALTER TABLE Jobs RENAME TO away",
            "ALTER TABLE apalis.jobs RENAME TO away",
        )
        .await;
        bakery.hands.set(at(Europe::Madrid, sunday(), 6, 0));
        let organization = bakery.organization().await;
        let looked = look(&queue, &bakery.runner(), &organization).await;
        assert!(looked.is_err(), "the queue is away");
        assert!(bakery.stands(AlertKind::ForecastLate).await);
    })
    .await;
}
