use entity::{command_receipt, live_event};
use sea_orm::{ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, EntityTrait};
use serde_json::json;

use crate::{Keeper, ORDER, ORGANIZATION, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    keeper
        .keep(
            command_receipt::Entity,
            vec![command_receipt::Model {
                organization_id: ORGANIZATION,
                command_id: other(1),
                operation: "orders.complete".into(),
                request_hash: "23".repeat(32),
                response: json!({"order": {"version": 3}}),
                created_at: at("2026-01-03T05:00:00Z"),
            }],
        )
        .await;

    // Events are numbered by the database, upwards.
    let mut sent = Vec::new();
    for (store_id, subject_id) in [(Some(STORE), Some(ORDER)), (None, None)] {
        let event = live_event::ActiveModel {
            id: NotSet,
            organization_id: Set(ORGANIZATION),
            store_id: Set(store_id),
            topic: Set("orders".into()),
            subject_id: Set(subject_id),
            detail: Set(json!({"status": "completed"})),
            created_at: Set(at("2026-01-03T05:00:00Z")),
        };
        sent.push(event.insert(keeper.db).await.unwrap());
    }
    assert!(sent[0].id < sent[1].id);
    assert_eq!(sent[0].subject_id, Some(ORDER));
    let mut found = live_event::Entity::find().all(keeper.db).await.unwrap();
    found.sort_by_key(|event| event.id);
    assert_eq!(found, sent);
    keeper.tables.insert("live_events".into());
}
