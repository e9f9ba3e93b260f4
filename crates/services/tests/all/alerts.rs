//! What a person must look at.

use crate::rows::{forbidden, not_found};
use contract::alerts::{AcknowledgeAlert, ListAlerts};
use domain::{AlertKind, AlertStatus, RoleKey, Severity};
use entity::alert;
use sea_orm::{EntityTrait, IntoActiveModel};
use services::ServiceError;
use testkit::{Org, OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

async fn opened(
    db: &TestDb,
    org: &Org,
    store_id: Option<Uuid>,
    severity: Severity,
    key: &str,
) -> Uuid {
    let row = alert::Model {
        id: Uuid::now_v7(),
        organization_id: org.id,
        store_id,
        product_id: None,
        kind: AlertKind::DataQuality,
        severity,
        dedup_key: key.to_owned(),
        detail: serde_json::json!({}),
        status: AlertStatus::Open,
        opened_at: now(),
        acknowledged_by: None,
        acknowledged_at: None,
        resolved_at: None,
    };
    let id = row.id;
    alert::Entity::insert(row.into_active_model())
        .exec_without_returning(db.db().connection())
        .await
        .expect("the alert is stored");
    id
}

fn all() -> ListAlerts {
    ListAlerts {
        store_id: None,
        status: None,
        kind: None,
    }
}

fn acknowledge(alert_id: Uuid) -> AcknowledgeAlert {
    AcknowledgeAlert {
        command_id: Uuid::now_v7(),
        alert_id,
    }
}

#[tokio::test]
async fn the_most_urgent_stands_first_and_other_stores_are_not_shown() {
    on_both(async |db| {
        let org = org_with(
            &db,
            OrgSpec {
                stores: 2,
                ..OrgSpec::default()
            },
        )
        .await;
        opened(&db, &org, Some(org.stores[0]), Severity::Info, "a").await;
        let urgent = opened(&db, &org, None, Severity::Critical, "b").await;
        opened(&db, &org, Some(org.stores[1]), Severity::Warning, "c").await;
        let alerts = db.services().alerts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let seen = alerts.list(&manager, &all()).await.unwrap();
        assert_eq!((seen.open, seen.acknowledged, seen.alerts.len()), (2, 0, 2));
        assert_eq!(seen.alerts[0].id, urgent);
        assert_eq!(seen.alerts[1].store_name.as_deref(), Some("Tienda 1"));
        let analyst = org.ctx(RoleKey::Analyst).await;
        assert_eq!(alerts.list(&analyst, &all()).await.unwrap().open, 3);
    })
    .await;
}

#[tokio::test]
async fn looking_after_it_is_remembered_once_with_who_and_when() {
    on_both(async |db| {
        let org = org_with(
            &db,
            OrgSpec {
                stores: 2,
                ..OrgSpec::default()
            },
        )
        .await;
        let own = opened(&db, &org, Some(org.stores[0]), Severity::Warning, "a").await;
        let foreign = opened(&db, &org, Some(org.stores[1]), Severity::Warning, "b").await;
        let alerts = db.services().alerts();
        let manager = org.ctx(RoleKey::StoreManager).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        not_found(alerts.acknowledge(&manager, &acknowledge(foreign)).await);
        let command = acknowledge(own);
        alerts.acknowledge(&manager, &command).await.unwrap();
        alerts.acknowledge(&manager, &command).await.unwrap();
        alerts
            .acknowledge(&analyst, &acknowledge(own))
            .await
            .unwrap();
        let seen = alerts.list(&manager, &all()).await.unwrap();
        assert_eq!((seen.open, seen.acknowledged), (0, 1));
        assert_eq!(
            seen.alerts[0].acknowledged_by.as_deref(),
            Some("Persona store_manager")
        );
        assert_eq!(seen.alerts[0].acknowledged_at, Some(now()));

        let mut gone = alert::Entity::find_by_id(foreign)
            .one(db.db().connection())
            .await
            .unwrap()
            .unwrap()
            .into_active_model();
        gone.status = sea_orm::ActiveValue::Set(AlertStatus::Resolved);
        alert::Entity::update(gone)
            .exec(db.db().connection())
            .await
            .unwrap();
        let late = alerts.acknowledge(&analyst, &acknowledge(foreign)).await;
        assert!(
            matches!(
                late,
                Err(ServiceError::Rule {
                    reason: "alert.resolved",
                    ..
                })
            ),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn acknowledging_needs_the_permission() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let id = opened(&db, &org, None, Severity::Warning, "a").await;
        let mut ctx = org.ctx(RoleKey::Admin).await;
        ctx.actor.permissions.clear();
        forbidden(
            db.services()
                .alerts()
                .acknowledge(&ctx, &acknowledge(id))
                .await,
        );
        forbidden(db.services().alerts().list(&ctx, &all()).await);
    })
    .await;
}
