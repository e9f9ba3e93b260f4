use domain::PurchaseStatus;
use entity::{purchase, purchase_line, purchase_receipt};

use crate::{FLOUR, KITCHEN, Keeper, ORGANIZATION, PERSON, at, day, other};

/// Ten sacks on order, four of which came, and an order that was cancelled.
pub async fn keep(keeper: &mut Keeper<'_>) {
    let open = purchase::Model {
        id: other(40),
        organization_id: ORGANIZATION,
        number: 1,
        store_id: KITCHEN,
        supplier_id: other(1),
        status: PurchaseStatus::PartlyReceived,
        note: Some("Por la puerta de atrás".into()),
        ordered_on: day("2026-01-03"),
        ordered_at: at("2026-01-03T06:00:00.000001Z"),
        expected_on: day("2026-01-05"),
        created_by: Some(PERSON),
        closed_by: None,
        closed_at: None,
        close_reason: None,
        version: 2,
    };
    let cancelled = purchase::Model {
        id: other(41),
        number: 2,
        status: PurchaseStatus::Cancelled,
        note: None,
        created_by: None,
        closed_by: Some(PERSON),
        closed_at: Some(at("2026-01-03T07:00:00Z")),
        close_reason: Some("No hay existencias".into()),
        ..open.clone()
    };
    keeper.keep(purchase::Entity, vec![open, cancelled]).await;
    let line = purchase_line::Model {
        purchase_id: other(40),
        product_id: FLOUR,
        organization_id: ORGANIZATION,
        packs: 10,
        pack_quantity: 25_000,
        ordered_quantity: 250_000,
        pack_price_minor: Some(1_990),
        received_quantity: 100_000,
    };
    let unpriced = purchase_line::Model {
        purchase_id: other(41),
        pack_price_minor: None,
        received_quantity: 0,
        ..line.clone()
    };
    keeper
        .keep(purchase_line::Entity, vec![line, unpriced])
        .await;
    let receipt = purchase_receipt::Model {
        id: other(42),
        organization_id: ORGANIZATION,
        purchase_id: other(40),
        store_id: KITCHEN,
        product_id: FLOUR,
        quantity: 100_000,
        pack_price_minor: Some(2_050),
        reason: Some("El camión iba lleno".into()),
        received_on: day("2026-01-05"),
        best_before: day("2026-06-30"),
        received_at: at("2026-01-05T08:00:00Z"),
        received_by: Some(PERSON),
        command_id: other(43),
    };
    let bare = purchase_receipt::Model {
        id: other(44),
        pack_price_minor: None,
        reason: None,
        received_by: None,
        ..receipt.clone()
    };
    keeper
        .keep(purchase_receipt::Entity, vec![receipt, bare])
        .await;
}
