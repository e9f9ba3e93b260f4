use domain::{MovementKind, StockReason};
use entity::{stock_count, stock_count_line, stock_level, stock_movement};

use crate::{
    BREAD, COUNT, IMPORT, Keeper, MOVEMENT, ORDER, ORGANIZATION, PERSON, SALE, STORE, at, day,
    other,
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
    }
}
