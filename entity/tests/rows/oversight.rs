use domain::{AlertKind, AlertStatus, Severity};
use entity::{alert, audit_entry, audit_head, backup};
use serde_json::json;

use crate::{ALERT, BREAD, Keeper, ORDER, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    keeper
        .keep(
            alert::Entity,
            vec![
                alert(),
                alert::Model {
                    id: other(1),
                    store_id: None,
                    product_id: None,
                    kind: AlertKind::ForecastLate,
                    severity: Severity::Info,
                    dedup_key: "forecast_late".into(),
                    status: AlertStatus::Open,
                    acknowledged_by: None,
                    acknowledged_at: None,
                    resolved_at: None,
                    ..alert()
                },
            ],
        )
        .await;
    let by_person = audit_entry::Model {
        organization_id: ORGANIZATION,
        sequence: 1,
        at: at("2026-01-03T05:00:00.000001Z"),
        actor_id: Some(PERSON),
        actor_name: "Ana Núñez".into(),
        source: "web".into(),
        request_id: Some("r-1".into()),
        action: "orders.complete".into(),
        subject_kind: "production_order".into(),
        subject_id: ORDER,
        before: Some(json!({"status": "in_progress"})),
        after: Some(json!({"status": "completed", "produced_quantity": 23})),
        previous_hash: String::new(),
        hash: "01".repeat(32),
    };
    let by_the_night = audit_entry::Model {
        sequence: 2,
        actor_id: None,
        request_id: None,
        before: None,
        after: None,
        ..by_person.clone()
    };
    keeper
        .keep(audit_entry::Entity, vec![by_person, by_the_night])
        .await;
    keeper
        .keep(
            audit_head::Entity,
            vec![audit_head::Model {
                organization_id: ORGANIZATION,
                sequence: 2,
                hash: "01".repeat(32),
            }],
        )
        .await;
    let done = backup::Model {
        id: other(2),
        slot: 1,
        cause: "clock".into(),
        owner: "hornada-1".into(),
        place: "/srv/backups".into(),
        encrypted: true,
        started_at: at("2026-01-04T02:00:00Z"),
        heartbeat_at: at("2026-01-04T02:00:30Z"),
        finished_at: Some(at("2026-01-04T02:00:41.000001Z")),
        name: Some("hornada-20260104T020000Z-00000000.tar.zst.age".into()),
        bytes: Some(5_000_000_000),
        sha256: Some("02".repeat(32)),
        error: None,
    };
    let running = backup::Model {
        id: other(3),
        cause: "command_line".into(),
        finished_at: None,
        name: None,
        bytes: None,
        sha256: None,
        ..done.clone()
    };
    keeper.keep(backup::Entity, vec![done, running]).await;
}

/// An alert that is over.
pub fn alert() -> alert::Model {
    alert::Model {
        id: ALERT,
        organization_id: ORGANIZATION,
        store_id: Some(STORE),
        product_id: Some(BREAD),
        kind: AlertKind::NegativeStock,
        severity: Severity::Critical,
        dedup_key: "negative_stock:S01:P001".into(),
        detail: json!({"on_hand": -7}),
        status: AlertStatus::Resolved,
        opened_at: at("2026-01-03T20:05:00Z"),
        acknowledged_by: Some(PERSON),
        acknowledged_at: Some(at("2026-01-03T20:06:00Z")),
        resolved_at: Some(at("2026-01-03T20:07:00Z")),
    }
}
