//! When nights start by themselves.

use crate::bakery::{Bakery, at, monday};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::{Asia, Europe, Pacific, Tz};
use contract::nights::NightView;
use domain::{JobStatus, JobTrigger};
use entity::organization;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use server::jobs::clock::look;
use server::jobs::queue::Queue;
use testkit::{TestDb, on_both};

async fn queue(db: &TestDb) -> Queue {
    Queue::open(db.db(), db.services().data_dir())
        .await
        .unwrap()
}

/// Nights in the book, newest first.
async fn nights(bakery: &Bakery) -> Vec<NightView> {
    bakery
        .services()
        .nights()
        .list(&bakery.ctx(), None, 100)
        .await
        .unwrap()
}

async fn look_at(bakery: &Bakery, queue: &Queue, now: DateTime<Utc>) {
    bakery.hands.set(now);
    look(queue, &bakery.runner(), &bakery.organization().await)
        .await
        .unwrap();
}

/// Looks every so many minutes, works every night off at once, and returns which night was begun when.
async fn watch(
    bakery: &Bakery,
    queue: &Queue,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    minutes: i64,
) -> Vec<(NaiveDate, DateTime<Utc>)> {
    let mut begun = Vec::new();
    let mut now = from;
    while now <= until {
        look_at(bakery, queue, now).await;
        for night in nights(bakery).await {
            if night.status != JobStatus::Queued {
                continue;
            }
            assert_eq!(night.trigger, JobTrigger::Clock);
            begun.push((night.business_date, now));
            let (services, ctx) = (bakery.services().nights(), bakery.ctx());
            services.claim(&ctx, night.id, "test", now).await.unwrap();
            let end = services.finish(&ctx, night.id, "test", JobStatus::Succeeded, None, now);
            end.await.unwrap();
        }
        now += TimeDelta::minutes(minutes);
    }
    begun
}

#[tokio::test]
async fn every_organization_has_its_night_at_its_own_local_hour_once_a_date() {
    on_both(async |db| {
        let queue = queue(&db).await;
        let from = at(Tz::UTC, monday() + Days::new(1), 12, 0);
        let span = (from, from + TimeDelta::days(2));
        for (slug, zone, hour) in [
            ("madrid", Europe::Madrid, 2),
            ("kolkata", Asia::Kolkata, 2),
            ("auckland", Pacific::Auckland, 4),
        ] {
            let bakery = Bakery::with_history(&db, slug, 3).await;
            bakery.move_to(zone).await;
            let row = organization::ActiveModel {
                id: Set(bakery.org.id),
                night_hour: Set(hour),
                ..Default::default()
            };
            row.update(db.db().connection()).await.unwrap();
            let hour = u32::try_from(hour).unwrap();
            let today = from.with_timezone(&zone).date_naive();
            // The night of the last two days begins where the watch begins, or at its hour if that is still to come.
            let expected: Vec<(NaiveDate, DateTime<Utc>)> = (0..4)
                .map(|n| today - Days::new(1) + Days::new(n))
                .map(|date| (date, at(zone, date + Days::new(1), hour, 0).max(from)))
                .filter(|(_, begins)| *begins <= span.1)
                .collect();
            assert!((2..=3).contains(&expected.len()));
            assert_eq!(watch(&bakery, &queue, span, 30).await, expected, "{slug}");
        }
    })
    .await;
}

#[tokio::test]
async fn when_clocks_change_the_night_is_begun_exactly_once() {
    on_both(async |db| {
        let queue = queue(&db).await;
        let bakery = Bakery::with_history(&db, "horno", 3).await;
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        let noon = |date: NaiveDate| at(Europe::Madrid, date, 12, 0);

        // In spring there is no two o'clock: the hour after it begins at one in London.
        bakery.hands.set(noon(day(3, 28)));
        let known = bakery.ask(day(3, 27), false).await;
        finish(&bakery, known).await;
        let spring = watch(&bakery, &queue, (noon(day(3, 28)), noon(day(3, 30))), 15).await;
        assert_eq!(
            spring,
            [
                (day(3, 28), at(Tz::UTC, day(3, 29), 1, 0)),
                (day(3, 29), at(Tz::UTC, day(3, 30), 0, 0)),
            ]
        );

        // In autumn there are two: the first counts.
        bakery.hands.set(noon(day(10, 24)));
        let known = bakery.ask(day(10, 23), false).await;
        finish(&bakery, known).await;
        let autumn = watch(&bakery, &queue, (noon(day(10, 24)), noon(day(10, 26))), 15).await;
        assert_eq!(
            autumn,
            [
                (day(10, 24), at(Tz::UTC, day(10, 25), 0, 0)),
                (day(10, 25), at(Tz::UTC, day(10, 26), 1, 0)),
            ]
        );
    })
    .await;
}

async fn finish(bakery: &Bakery, run_id: uuid::Uuid) {
    let (nights, ctx) = (bakery.services().nights(), bakery.ctx());
    nights.claim(&ctx, run_id, "test", ctx.now).await.unwrap();
    let end = nights.finish(&ctx, run_id, "test", JobStatus::Succeeded, None, ctx.now);
    end.await.unwrap();
}

#[tokio::test]
async fn an_hour_that_was_missed_is_caught_up_later_that_day_and_a_failed_night_is_not_repeated() {
    on_both(async |db| {
        let queue = queue(&db).await;
        let bakery = Bakery::with_history(&db, "horno", 3).await;
        let tuesday = monday() + Days::new(1);
        let clock = |hour, minute| at(Europe::Madrid, tuesday, hour, minute);
        look_at(&bakery, &queue, clock(1, 59)).await;
        assert!(nights(&bakery).await.is_empty());
        // Nobody was there at two; the process comes back before noon.
        look_at(&bakery, &queue, clock(11, 20)).await;
        look_at(&bakery, &queue, clock(11, 21)).await;
        let [night] = &nights(&bakery).await[..] else {
            panic!("one night")
        };
        assert_eq!(
            (night.business_date, night.status),
            (monday(), JobStatus::Queued)
        );

        let (book, ctx) = (bakery.services().nights(), bakery.ctx());
        book.claim(&ctx, night.id, "test", ctx.now).await.unwrap();
        let why = Some("the disk is full".to_owned());
        let end = book.finish(&ctx, night.id, "test", JobStatus::Failed, why, ctx.now);
        end.await.unwrap();
        look_at(&bakery, &queue, clock(12, 0)).await;
        let [night] = &nights(&bakery).await[..] else {
            panic!("one night")
        };
        assert_eq!(night.status, JobStatus::Failed);
        assert_eq!(night.error.as_deref(), Some("the disk is full"));
        // The next date has its own night all the same.
        look_at(&bakery, &queue, clock(2, 0) + TimeDelta::days(1)).await;
        assert_eq!(nights(&bakery).await[0].business_date, tuesday);
    })
    .await;
}

#[tokio::test]
async fn a_night_waits_for_sales_that_are_being_taken_but_not_for_a_file_that_lies_still() {
    on_both(async |db| {
        let queue = queue(&db).await;
        let bakery = Bakery::with_history(&db, "horno", 3).await;
        let two = at(Europe::Madrid, monday() + Days::new(1), 2, 0);
        bakery.hands.set(two);
        crate::scoring::send(&bakery, monday()).await;
        look_at(&bakery, &queue, two + TimeDelta::seconds(5)).await;
        assert!(nights(&bakery).await.is_empty());
        look_at(&bakery, &queue, two + TimeDelta::seconds(25)).await;
        assert_eq!(nights(&bakery).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_organization_that_never_sold_anything_has_no_night_and_no_alarm() {
    on_both(async |db| {
        let queue = queue(&db).await;
        let bakery = Bakery::new(&db, "horno").await;
        let from = bakery.hands.now();
        let span = (from, from + TimeDelta::days(1));
        assert!(watch(&bakery, &queue, span, 60).await.is_empty());
        assert!(
            bakery
                .alerts(domain::AlertKind::ForecastLate)
                .await
                .is_empty()
        );
    })
    .await;
}
