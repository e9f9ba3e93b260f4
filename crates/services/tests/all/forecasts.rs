//! Forecasts, people's own numbers and scores.

use crate::rows::{self, conflict, day, forbidden, not_found, refused};
use chrono::Days;
use contract::forecasts::{
    DeleteOverride, ForecastDetailQuery, ForecastReason, ListForecasts, ListScores, SeenOverride,
    SetOverride,
};
use domain::{ForecastSource, RoleKey};
use testkit::{Org, OrgSpec, TestDb, on_both, org_with, today};
use uuid::Uuid;

async fn two_shops(db: &TestDb) -> Org {
    let spec = OrgSpec {
        stores: 2,
        products: 2,
        ..OrgSpec::default()
    };
    org_with(db, spec).await
}

fn set(org: &Org, quantity: i64, seen: Option<SeenOverride>) -> SetOverride {
    SetOverride {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        product_id: org.products[0],
        target_date: today(),
        quantity,
        note: Some("  boda en la plaza ".into()),
        seen,
    }
}

fn take_away(org: &Org, seen: SeenOverride) -> DeleteOverride {
    DeleteOverride {
        command_id: Uuid::now_v7(),
        store_id: org.stores[0],
        product_id: org.products[0],
        target_date: today(),
        seen,
    }
}

fn list_of(org: &Org) -> ListForecasts {
    ListForecasts {
        store_id: org.stores[0],
        ..ListForecasts::default()
    }
}

#[tokio::test]
async fn the_list_shows_the_range_the_persons_number_and_the_same_weekday() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let services = db.services();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let empty = services
            .forecasts()
            .list(&manager, &list_of(&org))
            .await
            .unwrap();
        assert!(empty.issue.is_none() && empty.rows.is_empty());

        let night = day(3, 9);
        rows::issue(&db, &org, org.stores[0], night, (8.0, 10.4, 13.5)).await;
        rows::sold(
            &db,
            &org,
            org.stores[0],
            org.products[0],
            day(3, 3),
            11,
            false,
        )
        .await;
        services
            .forecasts()
            .set_override(&manager, &set(&org, 15, None))
            .await
            .unwrap();

        let list = services
            .forecasts()
            .list(&manager, &list_of(&org))
            .await
            .unwrap();
        let issue = list.issue.unwrap();
        assert_eq!(
            (issue.issued_on, issue.until),
            (night, night + Days::new(28))
        );
        assert_eq!(issue.source, ForecastSource::Baseline);
        assert_eq!((list.target_date, list.days_ahead), (day(3, 10), 1));
        assert_eq!(list.compared_with, day(3, 3));
        let [first, second] = &list.rows[..] else {
            panic!("two products: {:?}", list.rows)
        };
        assert_eq!(
            (first.band.low(), first.band.median(), first.band.high()),
            (8, 10, 14)
        );
        let overridden = first.overridden.as_ref().unwrap();
        assert_eq!(
            (overridden.quantity, overridden.note.as_deref()),
            (15, Some("boda en la plaza"))
        );
        assert_eq!(
            (first.sold_same_weekday, second.sold_same_weekday),
            (Some(11), Some(0))
        );
        assert!(second.overridden.is_none());
        let [total] = &list.totals[..] else {
            panic!("one unit")
        };
        assert_eq!((total.mean_milli, total.planned_milli), (20_800, 25_400));
        assert_eq!(total.sold_same_weekday, Some(11));

        // A week ahead is compared with the night's own day, on which the shop sold nothing: it was closed.
        let week = ListForecasts {
            days_ahead: Some(7),
            ..list_of(&org)
        };
        let week = services.forecasts().list(&manager, &week).await.unwrap();
        assert_eq!((week.target_date, week.compared_with), (day(3, 16), night));
        assert_eq!(week.rows[0].sold_same_weekday, None);
        assert!(week.rows[0].overridden.is_none());

        let found = ListForecasts {
            search: Some("PRODUCTO 2".into()),
            ..list_of(&org)
        };
        let found = services.forecasts().list(&manager, &found).await.unwrap();
        assert_eq!(found.rows.len(), 1);
        let beyond = ListForecasts {
            target_date: Some(night + Days::new(29)),
            ..list_of(&org)
        };
        let beyond = services.forecasts().list(&manager, &beyond).await;
        assert_eq!(
            refused(beyond),
            [("target_date".into(), "forecast.out_of_reach".into())]
        );
    })
    .await;
}

#[tokio::test]
async fn a_manager_does_not_find_another_store_and_another_organization_finds_nothing() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let other = org_with(
            &db,
            OrgSpec {
                slug: "vecino".into(),
                ..OrgSpec::default()
            },
        )
        .await;
        let forecasts = db.services().forecasts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let foreign = other.ctx(RoleKey::Analyst).await;
        for (ctx, store_id) in [(&manager, org.stores[1]), (&foreign, org.stores[0])] {
            not_found(
                forecasts
                    .list(
                        ctx,
                        &ListForecasts {
                            store_id,
                            ..ListForecasts::default()
                        },
                    )
                    .await,
            );
            let detail = ForecastDetailQuery {
                store_id,
                product_id: org.products[0],
                weeks: 8,
                target_date: None,
            };
            not_found(forecasts.detail(ctx, &detail).await);
            not_found(
                forecasts
                    .set_override(
                        ctx,
                        &SetOverride {
                            store_id,
                            ..set(&org, 5, None)
                        },
                    )
                    .await,
            );
            not_found(db.services().today().view(ctx, store_id).await);
        }
        // Own store, somebody else's product.
        let theirs = SetOverride {
            product_id: other.products[0],
            ..set(&org, 5, None)
        };
        not_found(forecasts.set_override(&manager, &theirs).await);
        let kitchen = org.ctx(RoleKey::Production).await;
        forbidden(forecasts.set_override(&kitchen, &set(&org, 5, None)).await);
    })
    .await;
}

#[tokio::test]
async fn the_same_command_twice_has_one_effect_and_the_same_answer() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let forecasts = db.services().forecasts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let command = set(&org, 40, None);
        let first = forecasts.set_override(&manager, &command).await.unwrap();
        let again = forecasts.set_override(&manager, &command).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(first.version, 1);
        let other = SetOverride {
            quantity: 41,
            ..command
        };
        assert_eq!(
            conflict(forecasts.set_override(&manager, &other).await).0,
            "command.reused"
        );

        let gone = take_away(
            &org,
            SeenOverride {
                id: first.id,
                version: 1,
            },
        );
        forecasts.delete_override(&manager, &gone).await.unwrap();
        forecasts.delete_override(&manager, &gone).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_stale_number_is_a_conflict_that_names_who_changed_what() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let forecasts = db.services().forecasts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let first = forecasts
            .set_override(&manager, &set(&org, 50, None))
            .await
            .unwrap();
        let seen = SeenOverride {
            id: first.id,
            version: 1,
        };

        let (reason, words) =
            conflict(forecasts.set_override(&analyst, &set(&org, 60, None)).await);
        assert_eq!(reason, "override.changed");
        assert!(
            words.contains("Persona store_manager") && words.contains("50"),
            "{words}"
        );

        let second = forecasts
            .set_override(&analyst, &set(&org, 60, Some(seen)))
            .await
            .unwrap();
        assert_eq!(
            (second.id, second.version, second.author.as_str()),
            (first.id, 2, "Persona analyst")
        );
        let (_, words) = conflict(
            forecasts
                .delete_override(&manager, &take_away(&org, seen))
                .await,
        );
        assert!(
            words.contains("Persona analyst") && words.contains("60"),
            "{words}"
        );

        let now_seen = SeenOverride { version: 2, ..seen };
        forecasts
            .delete_override(&analyst, &take_away(&org, now_seen))
            .await
            .unwrap();
        let (reason, words) = conflict(
            forecasts
                .set_override(&manager, &set(&org, 70, Some(now_seen)))
                .await,
        );
        assert_eq!(reason, "override.taken_away");
        assert!(words.contains("Persona analyst"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn of_two_numbers_at_once_one_stands_and_the_other_is_told() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let forecasts = db.services().forecasts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let (mine, theirs) = (set(&org, 10, None), set(&org, 20, None));
        let (a, b) = tokio::join!(
            forecasts.set_override(&manager, &mine),
            forecasts.set_override(&analyst, &theirs),
        );
        let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
        assert_eq!(won.unwrap().version, 1);
        assert_eq!(conflict(lost).0, "override.changed");
    })
    .await;
}

#[tokio::test]
async fn days_that_are_over_and_absurd_numbers_are_refused() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let forecasts = db.services().forecasts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let yesterday = SetOverride {
            target_date: today() - Days::new(1),
            ..set(&org, 5, None)
        };
        let refused_day = refused(forecasts.set_override(&manager, &yesterday).await);
        assert_eq!(
            refused_day,
            [("target_date".into(), "override.day_over".into())]
        );
        for quantity in [-1, 1_000_001] {
            let fields = refused(
                forecasts
                    .set_override(&manager, &set(&org, quantity, None))
                    .await,
            );
            assert_eq!(fields, [("quantity".into(), "number.range".into())]);
        }
        for quantity in [0, 1_000_000] {
            let next = SetOverride {
                target_date: today() + Days::new(1 + u64::from(quantity > 0)),
                ..set(&org, quantity, None)
            };
            assert_eq!(
                forecasts
                    .set_override(&manager, &next)
                    .await
                    .unwrap()
                    .quantity,
                quantity
            );
        }
        let long = SetOverride {
            note: Some("x".repeat(501)),
            ..set(&org, 5, None)
        };
        assert_eq!(
            refused(forecasts.set_override(&manager, &long).await)[0].0,
            "note"
        );
    })
    .await;
}

#[tokio::test]
async fn scores_add_up_over_days_and_leave_out_what_sold_out() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        rows::issue(&db, &org, store, day(3, 6), (8.0, 10.0, 12.0)).await;
        rows::issue(&db, &org, store, day(3, 7), (8.0, 10.0, 12.0)).await;
        // The week before, for the comparison; then a day inside the range and one that sold out.
        rows::sold(&db, &org, store, product, day(2, 28), 6, false).await;
        rows::sold(&db, &org, store, product, day(3, 7), 8, false).await;
        rows::sold(&db, &org, store, product, day(3, 8), 30, true).await;
        for date in [day(3, 7), day(3, 8)] {
            db.services()
                .forecast_book()
                .score(&org.system(), date)
                .await
                .unwrap();
        }
        let asked = ListScores {
            store_id: Some(store),
            product_id: Some(product),
            from: day(3, 1),
            until: day(3, 9),
        };
        let analyst = org.ctx(RoleKey::Analyst).await;
        let scores = db
            .services()
            .forecasts()
            .scores(&analyst, &asked)
            .await
            .unwrap();
        let [day_1] = &scores.overall[..] else {
            panic!("one horizon: {scores:?}")
        };
        assert_eq!((day_1.horizon, day_1.days), (1, 1));
        // |8 - 10| / 8, (10 - 8) / 8, inside; last week said 6: |8 - 6| / 8.
        assert_eq!(
            (day_1.wape_bp, day_1.bias_bp, day_1.inside_bp),
            (Some(2_500), Some(2_500), Some(10_000))
        );
        assert_eq!(day_1.compared_bp, Some((2_500, 2_500)));
        assert_eq!(scores.shelves.len(), 1);
        let backwards = ListScores {
            until: day(2, 1),
            ..asked
        };
        assert_eq!(
            refused(db.services().forecasts().scores(&analyst, &backwards).await)[0].0,
            "until"
        );
    })
    .await;
}

#[tokio::test]
async fn the_detail_joins_what_was_said_with_what_was_sold_and_says_why() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let (store, product) = (org.stores[0], org.products[0]);
        for n in 1..=63 {
            let date = today() - Days::new(n);
            // Mondays are closed.
            if chrono::Datelike::weekday(&date) == chrono::Weekday::Mon {
                continue;
            }
            let quantity = if chrono::Datelike::weekday(&date) == chrono::Weekday::Tue {
                20
            } else {
                10
            };
            rows::sold(&db, &org, store, product, date, quantity, n == 2).await;
        }
        rows::issue(&db, &org, store, day(3, 2), (8.0, 10.0, 13.0)).await;
        rows::issue(&db, &org, store, day(3, 7), (9.0, 11.0, 14.0)).await;
        rows::issue(&db, &org, store, day(3, 9), (16.0, 19.0, 25.0)).await;
        rows::weather(&db, &org, store, today(), 55).await;
        let manager = org.ctx(RoleKey::StoreManager).await;
        db.services()
            .forecasts()
            .set_override(&manager, &set(&org, 24, None))
            .await
            .unwrap();
        let asked = ForecastDetailQuery {
            store_id: store,
            product_id: product,
            weeks: 4,
            target_date: None,
        };
        let detail = db
            .services()
            .forecasts()
            .detail(&manager, &asked)
            .await
            .unwrap();

        assert_eq!(detail.past.len(), 28);
        assert_eq!(detail.past.last().unwrap().date, day(3, 9));
        assert_eq!(
            detail.past.last().unwrap().sold,
            None,
            "a closed day is no zero"
        );
        let sunday = detail.past.iter().find(|d| d.date == day(3, 8)).unwrap();
        assert_eq!((sunday.sold, sunday.sold_out), (Some(10), true));
        // Four more at two euros each, as the night left it on the row.
        assert_eq!((sunday.lost, sunday.lost_minor), (Some(4), Some(800)));
        assert_eq!(sunday.day_before.unwrap().median(), 11);
        let monday = detail.past.last().unwrap();
        assert_eq!(monday.week_before_milli, Some(10_000));
        assert_eq!(detail.coming.len(), 28);
        let first = &detail.coming[0];
        assert_eq!((first.date, first.open), (today(), true));
        assert_eq!(first.band.unwrap().median(), 19);
        assert_eq!(first.overridden.as_ref().unwrap().quantity, 24);
        assert_eq!(detail.reasons_for, Some(today()));
        assert_eq!(
            detail.reasons[0],
            ForecastReason::Weekday {
                days: 4,
                mean_milli: 20_000
            }
        );
        assert!(
            detail
                .reasons
                .contains(&ForecastReason::Trend { change_bp: 0 })
        );
        let rain = ForecastReason::Rain {
            precipitation_mm_x10: 55,
            effect_bp: None,
            days: 0,
        };
        assert!(detail.reasons.contains(&rain), "{:?}", detail.reasons);
        assert!(
            detail
                .reasons
                .contains(&ForecastReason::SoldOut { days: 1 })
        );
        let odd = ForecastDetailQuery { weeks: 5, ..asked };
        assert_eq!(
            refused(db.services().forecasts().detail(&manager, &odd).await)[0].0,
            "weeks"
        );
    })
    .await;
}
