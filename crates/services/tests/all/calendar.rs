//! Holidays, events, closures and promotions.

use crate::rows::{conflict, day, forbidden, not_found, refused};
use contract::calendar::{
    CalendarQuery, DeleteCalendarEntry, DeletePromotion, SaveCalendarEntry, SavePromotion,
};
use domain::{CalendarKind, RoleKey};
use entity::daily_sales;
use sea_orm::{EntityTrait, IntoActiveModel};
use services::ServiceError;
use testkit::{Org, OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

async fn two_shops(db: &TestDb) -> Org {
    org_with(
        db,
        OrgSpec {
            stores: 2,
            ..OrgSpec::default()
        },
    )
    .await
}

fn fair(org: &Org) -> SaveCalendarEntry {
    SaveCalendarEntry {
        command_id: Uuid::now_v7(),
        id: None,
        store_id: Some(org.stores[0]),
        kind: CalendarKind::Event,
        name: " Feria del barrio ".into(),
        starts_on: day(3, 14),
        ends_on: day(3, 15),
        note: None,
    }
}

fn spring(org: &Org) -> SavePromotion {
    SavePromotion {
        command_id: Uuid::now_v7(),
        id: None,
        code: "PRIMAVERA".into(),
        name: "Primavera".into(),
        store_id: Some(org.stores[0]),
        product_id: Some(org.products[0]),
        category_id: None,
        discount_bp: 2_000,
        starts_on: day(3, 20),
        ends_on: day(3, 31),
    }
}

fn march() -> CalendarQuery {
    CalendarQuery {
        from: day(3, 1),
        until: day(3, 31),
        store_id: None,
    }
}

#[tokio::test]
async fn an_entry_is_written_changed_and_taken_away_once() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let calendar = db.services().calendar();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let command = fair(&org);
        let entry = calendar.save_entry(&manager, &command).await.unwrap();
        assert_eq!(
            calendar.save_entry(&manager, &command).await.unwrap(),
            entry
        );
        assert_eq!(
            (entry.name.as_str(), entry.store_name.as_deref()),
            ("Feria del barrio", Some("Tienda 1"))
        );
        let moved = SaveCalendarEntry {
            command_id: Uuid::now_v7(),
            id: Some(entry.id),
            ends_on: day(3, 16),
            ..command
        };
        calendar.save_entry(&manager, &moved).await.unwrap();
        let listed = calendar.list(&manager, &march()).await.unwrap();
        assert_eq!(listed.entries.len(), 1);
        assert_eq!(
            (listed.entries[0].ends_on, listed.entries[0].editable),
            (day(3, 16), true)
        );
        assert!(!listed.may_write_everywhere);
        let gone = DeleteCalendarEntry {
            command_id: Uuid::now_v7(),
            id: entry.id,
        };
        calendar.delete_entry(&manager, &gone).await.unwrap();
        calendar.delete_entry(&manager, &gone).await.unwrap();
        assert!(
            calendar
                .list(&manager, &march())
                .await
                .unwrap()
                .entries
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_manager_writes_for_her_own_store_only() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let calendar = db.services().calendar();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let elsewhere = SaveCalendarEntry {
            store_id: Some(org.stores[1]),
            ..fair(&org)
        };
        not_found(calendar.save_entry(&manager, &elsewhere).await);
        let everywhere = SaveCalendarEntry {
            store_id: None,
            ..fair(&org)
        };
        let fields = refused(calendar.save_entry(&manager, &everywhere).await);
        assert_eq!(fields, [("store_id".into(), "calendar.own_stores".into())]);

        let general = calendar.save_entry(&analyst, &everywhere).await.unwrap();
        let foreign = calendar.save_entry(&analyst, &elsewhere).await.unwrap();
        let seen = calendar.list(&manager, &march()).await.unwrap();
        assert_eq!(
            seen.entries.len(),
            1,
            "the other store's entry is not hers to see"
        );
        assert!(!seen.entries[0].editable);
        for id in [general.id, foreign.id] {
            not_found(
                calendar
                    .delete_entry(
                        &manager,
                        &DeleteCalendarEntry {
                            command_id: Uuid::now_v7(),
                            id,
                        },
                    )
                    .await,
            );
        }
        forbidden(
            calendar
                .save_entry(&org.ctx(RoleKey::Production).await, &fair(&org))
                .await,
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let calendar = db.services().calendar();
        let analyst = org.ctx(RoleKey::Analyst).await;
        let wrong = SaveCalendarEntry {
            name: " ".into(),
            ends_on: day(3, 13),
            ..fair(&org)
        };
        let fields = refused(calendar.save_entry(&analyst, &wrong).await);
        assert_eq!(
            fields,
            [
                ("name".into(), "required".into()),
                ("ends_on".into(), "range.backwards".into())
            ]
        );
        for (discount_bp, ok) in [(-1, false), (0, true), (9_000, true), (9_001, false)] {
            let code = format!("CODE{}", discount_bp.max(0));
            let result = calendar
                .save_promotion(
                    &analyst,
                    &SavePromotion {
                        code,
                        discount_bp,
                        ..spring(&org)
                    },
                )
                .await;
            if ok {
                assert_eq!(result.unwrap().discount_bp, discount_bp);
            } else {
                assert_eq!(
                    refused(result),
                    [("discount_bp".into(), "number.range".into())]
                );
            }
        }
        let spaced = SavePromotion {
            code: "DOS PALABRAS".into(),
            ..spring(&org)
        };
        assert_eq!(
            refused(calendar.save_promotion(&analyst, &spaced).await)[0].1,
            "code.format"
        );
        let backwards = CalendarQuery {
            until: day(2, 1),
            ..march()
        };
        assert_eq!(
            refused(calendar.list(&analyst, &backwards).await)[0].0,
            "until"
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_belongs_to_one_promotion_and_the_conflict_names_it() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let calendar = db.services().calendar();
        let analyst = org.ctx(RoleKey::Analyst).await;
        let first = calendar
            .save_promotion(&analyst, &spring(&org))
            .await
            .unwrap();
        let again = SavePromotion {
            name: "Otra".into(),
            ..spring(&org)
        };
        let (reason, words) = conflict(calendar.save_promotion(&analyst, &again).await);
        assert_eq!(reason, "promotion.code_taken");
        assert!(
            words.contains("Primavera") && words.contains("2026-03-20"),
            "{words}"
        );
        // Its own code is not in its way.
        let renamed = SavePromotion {
            id: Some(first.id),
            name: "Primavera grande".into(),
            ..spring(&org)
        };
        assert_eq!(
            calendar
                .save_promotion(&analyst, &renamed)
                .await
                .unwrap()
                .name,
            "Primavera grande"
        );
    })
    .await;
}

#[tokio::test]
async fn a_promotion_that_stands_on_tickets_stays() {
    on_both(async |db| {
        let org = two_shops(&db).await;
        let calendar = db.services().calendar();
        let analyst = org.ctx(RoleKey::Analyst).await;
        let promotion = calendar
            .save_promotion(&analyst, &spring(&org))
            .await
            .unwrap();
        let day_sold = daily_sales::Model {
            store_id: org.stores[0],
            product_id: org.products[0],
            business_date: day(3, 9),
            organization_id: org.id,
            quantity: 3,
            revenue_minor: 480,
            unit_price_minor: Some(160),
            promotion: Some("PRIMAVERA".into()),
            censored: false,
            updated_at: now(),
            sold_out_by: None,
            lost_units: None,
            examined_at: None,
        };
        daily_sales::Entity::insert(day_sold.into_active_model())
            .exec_without_returning(db.db().connection())
            .await
            .unwrap();
        let gone = DeletePromotion {
            command_id: Uuid::now_v7(),
            id: promotion.id,
        };
        let refused = calendar.delete_promotion(&analyst, &gone).await;
        assert!(
            matches!(
                refused,
                Err(ServiceError::Rule {
                    reason: "promotion.sold",
                    ..
                })
            ),
            "{refused:?}"
        );
        let recoded = SavePromotion {
            id: Some(promotion.id),
            code: "OTRO".into(),
            ..spring(&org)
        };
        let refused = calendar.save_promotion(&analyst, &recoded).await;
        assert!(
            matches!(
                refused,
                Err(ServiceError::Rule {
                    reason: "promotion.sold",
                    ..
                })
            ),
            "{refused:?}"
        );
        let shorter = SavePromotion {
            id: Some(promotion.id),
            ends_on: day(3, 21),
            ..spring(&org)
        };
        calendar.save_promotion(&analyst, &shorter).await.unwrap();

        let unsold = SavePromotion {
            code: "VERANO".into(),
            ..spring(&org)
        };
        let unsold = calendar.save_promotion(&analyst, &unsold).await.unwrap();
        calendar
            .delete_promotion(
                &analyst,
                &DeletePromotion {
                    command_id: Uuid::now_v7(),
                    id: unsold.id,
                },
            )
            .await
            .unwrap();
        assert_eq!(
            calendar
                .list(&analyst, &march())
                .await
                .unwrap()
                .promotions
                .len(),
            1
        );
    })
    .await;
}
