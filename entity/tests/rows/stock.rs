use domain::{CountSheetStatus, MovementKind, StockReason, TransferStatus};
use entity::{
    count_sheet, count_sheet_line, stock_count, stock_count_line, stock_level, stock_movement,
    transfer, transfer_line, transfer_part,
};

use crate::{
    BREAD, COUNT, IMPORT, KITCHEN, Keeper, MOVEMENT, ORDER, ORGANIZATION, PERSON, SALE, STORE, at,
    day, other,
};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let noted = stock_count::Model {
        id: COUNT,
        organization_id: ORGANIZATION,
        store_id: STORE,
        business_date: day("2026-01-03"),
        counted_at: at("2026-01-03T20:00:00Z"),
        recorded_at: at("2026-01-03T20:05:00Z"),
        command_id: other(1),
        actor_id: Some(PERSON),
        note: Some("Cierre".into()),
    };
    let bare = stock_count::Model {
        id: other(1),
        command_id: other(2),
        actor_id: None,
        note: None,
        ..noted.clone()
    };
    keeper.keep(stock_count::Entity, vec![noted, bare]).await;
    keeper
        .keep(
            stock_count_line::Entity,
            vec![stock_count_line::Model {
                count_id: COUNT,
                product_id: BREAD,
                organization_id: ORGANIZATION,
                store_id: STORE,
                business_date: day("2026-01-03"),
                counted_at: at("2026-01-03T20:00:00Z"),
                counted: 12,
                expected: -3,
            }],
        )
        .await;
    let posted = count_sheet::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        store_id: STORE,
        status: CountSheetStatus::Posted,
        opened_by: Some(PERSON),
        opened_at: at("2026-01-03T19:00:00Z"),
        handed_in_by: Some(PERSON),
        handed_in_at: Some(at("2026-01-03T20:00:00Z")),
        decided_by: Some(PERSON),
        decided_at: Some(at("2026-01-03T20:05:00Z")),
        decision_note: Some("Sabido".into()),
        difference_minor: Some(1_200),
        count_id: Some(COUNT),
        version: 9,
    };
    let open = count_sheet::Model {
        id: other(2),
        status: CountSheetStatus::Counting,
        opened_by: None,
        handed_in_by: None,
        handed_in_at: None,
        decided_by: None,
        decided_at: None,
        decision_note: None,
        difference_minor: None,
        count_id: None,
        ..posted.clone()
    };
    keeper.keep(count_sheet::Entity, vec![posted, open]).await;
    let found = count_sheet_line::Model {
        sheet_id: other(1),
        product_id: BREAD,
        organization_id: ORGANIZATION,
        counted: Some(12),
        counted_at: Some(at("2026-01-03T19:30:00.123456Z")),
        counted_by: Some(PERSON),
        first_counted: Some(21),
        recount: false,
    };
    let to_count = count_sheet_line::Model {
        sheet_id: other(2),
        counted: None,
        counted_at: None,
        counted_by: None,
        first_counted: None,
        recount: true,
        ..found.clone()
    };
    keeper
        .keep(count_sheet_line::Entity, vec![found, to_count])
        .await;
    keeper
        .keep(
            stock_movement::Entity,
            vec![
                movement(),
                stock_movement::Model {
                    id: other(1),
                    kind: MovementKind::Reversal,
                    quantity: 4,
                    reason: None,
                    note: None,
                    reverses_id: Some(MOVEMENT),
                    count_id: None,
                    order_id: None,
                    sale_id: None,
                    import_id: None,
                    command_id: None,
                    actor_id: None,
                    ..movement()
                },
            ],
        )
        .await;
    keeper
        .keep(
            stock_level::Entity,
            vec![stock_level::Model {
                store_id: STORE,
                product_id: BREAD,
                organization_id: ORGANIZATION,
                on_hand: -7,
                updated_at: at("2026-01-03T20:05:00Z"),
            }],
        )
        .await;
}

/// Six loaves on the road, five of which arrive.
pub async fn keep_transfers(keeper: &mut Keeper<'_>) {
    let received = transfer::Model {
        id: other(30),
        organization_id: ORGANIZATION,
        number: 1,
        from_store_id: KITCHEN,
        to_store_id: STORE,
        status: TransferStatus::Received,
        note: Some("Con la furgoneta".into()),
        requested_by: Some(PERSON),
        requested_at: at("2026-01-03T06:00:00Z"),
        sent_by: Some(PERSON),
        sent_at: Some(at("2026-01-03T06:10:00Z")),
        received_by: Some(PERSON),
        received_at: Some(at("2026-01-03T07:00:00.000001Z")),
        received_on: Some(day("2026-01-03")),
        cancelled_by: None,
        cancelled_at: None,
        cancel_reason: None,
        version: 3,
    };
    let cancelled = transfer::Model {
        id: other(31),
        number: 2,
        status: TransferStatus::Cancelled,
        received_by: None,
        received_at: None,
        received_on: None,
        cancelled_by: Some(PERSON),
        cancelled_at: Some(at("2026-01-03T08:00:00Z")),
        cancel_reason: Some("Avería".into()),
        ..received.clone()
    };
    keeper
        .keep(transfer::Entity, vec![received, cancelled])
        .await;
    let line = transfer_line::Model {
        transfer_id: other(30),
        product_id: BREAD,
        organization_id: ORGANIZATION,
        requested_quantity: 8,
        sent_quantity: Some(6),
        received_quantity: Some(5),
        reason: Some(StockReason::Damaged),
    };
    keeper.keep(transfer_line::Entity, vec![line]).await;
    let part = transfer_part::Model {
        id: other(32),
        transfer_id: other(30),
        product_id: BREAD,
        organization_id: ORGANIZATION,
        made_on: day("2026-01-03"),
        best_before: day("2026-01-04"),
        sent_quantity: 6,
    };
    keeper.keep(transfer_part::Entity, vec![part]).await;
}

/// Waste of four loaves, with every reference that a movement can have but that of a reversal.
pub fn movement() -> stock_movement::Model {
    stock_movement::Model {
        id: MOVEMENT,
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        kind: MovementKind::Waste,
        quantity: -4,
        occurred_at: at("2026-01-03T20:00:00Z"),
        recorded_at: at("2026-01-03T20:05:00Z"),
        business_date: day("2026-01-03"),
        reason: Some(StockReason::NotSold),
        note: Some("Día flojo".into()),
        reverses_id: None,
        count_id: Some(COUNT),
        order_id: Some(ORDER),
        sale_id: Some(SALE),
        import_id: Some(IMPORT),
        command_id: Some(other(9)),
        actor_id: Some(PERSON),
        transfer_id: Some(other(30)),
    }
}
