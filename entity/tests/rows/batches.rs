//! What was completed before orders came out in parts has one batch, with its lot.

use domain::LossReason;
use entity::order_batch;
use migration::Migrator;
use sea_orm::EntityTrait;
use sea_orm_migration::MigratorTrait;

use crate::engines::Scratch;
use crate::{ORDER, ORGANIZATION, PERSON, at, keep_every_table, other};

async fn what_was_completed_before_has_one_batch(scratch: Scratch) {
    let db = &scratch.db;
    keep_every_table(db).await;
    let all = Migrator::migrations();
    let place = all
        .iter()
        .position(|migration| migration.name() == "m20261122_000026_batches")
        .unwrap();
    let steps = u32::try_from(all.len() - place).unwrap();
    Migrator::down(db, Some(steps)).await.unwrap();
    Migrator::up(db, Some(steps)).await.unwrap();
    let batches = order_batch::Entity::find().all(db).await.unwrap();
    let made = order_batch::Model {
        id: ORDER,
        organization_id: ORGANIZATION,
        order_id: ORDER,
        part: 1,
        produced_quantity: 23,
        lost_quantity: 1,
        loss_reason: Some(LossReason::Unknown),
        completed_at: at("2026-01-03T05:00:00Z"),
        recorded_at: at("2026-01-03T05:00:00Z"),
        completed_by: Some(PERSON),
        command_id: None,
        lot_id: Some(other(1)),
        reversed_at: None,
    };
    assert_eq!(batches, [made]);
    scratch.close().await;
}

#[tokio::test]
async fn what_was_completed_before_has_one_batch_on_sqlite() {
    what_was_completed_before_has_one_batch(Scratch::sqlite().await).await;
}

#[tokio::test]
async fn what_was_completed_before_has_one_batch_on_postgres() {
    if let Some(scratch) = Scratch::postgres().await {
        what_was_completed_before_has_one_batch(scratch).await;
    }
}
