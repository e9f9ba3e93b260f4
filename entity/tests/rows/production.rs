use domain::{LossReason, OrderSource, OrderStatus, SuggestionStatus};
use entity::{
    lot, order_batch, production_order, standing_order, suggestion, suggestion_outcome,
    suggestion_version,
};
use serde_json::json;

use crate::{
    BREAD, FLOUR, Keeper, ORDER, ORGANIZATION, PERSON, RUN, STORE, SUGGESTION, at, day, other,
};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let accepted = suggestion::Model {
        id: SUGGESTION,
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        production_date: day("2026-01-03"),
        covers_days: 1,
        quantity: 36,
        accepted_quantity: Some(24),
        status: SuggestionStatus::Accepted,
        reasons: json!({"p50": 20_000, "stock": 2, "trays": 3}),
        decided_by: Some(PERSON),
        decided_at: Some(at("2026-01-02T10:00:00Z")),
        dismiss_reason: Some("too many".into()),
        order_id: Some(ORDER),
        job_run_id: Some(RUN),
        created_at: at("2026-01-02T02:20:00Z"),
    };
    let open = suggestion::Model {
        id: other(1),
        product_id: FLOUR,
        accepted_quantity: None,
        status: SuggestionStatus::Open,
        decided_by: None,
        decided_at: None,
        dismiss_reason: None,
        order_id: None,
        job_run_id: None,
        ..accepted.clone()
    };
    keeper.keep(suggestion::Entity, vec![accepted, open]).await;
    let first = suggestion_version::Model {
        suggestion_id: SUGGESTION,
        number: 1,
        organization_id: ORGANIZATION,
        quantity: 48,
        reasons: json!({"p50": 30_000, "stock": 0, "trays": 4}),
        job_run_id: Some(RUN),
        computed_at: at("2026-01-01T02:20:00Z"),
    };
    let second = suggestion_version::Model {
        number: 2,
        job_run_id: None,
        ..first.clone()
    };
    keeper
        .keep(suggestion_version::Entity, vec![first, second])
        .await;
    let dearer = suggestion_outcome::Model {
        suggestion_id: SUGGESTION,
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        production_date: day("2026-01-03"),
        demand: 30,
        censored: true,
        beside: 2,
        suggested_quantity: 36,
        decided_quantity: 24,
        suggested_cost_minor: 560,
        decided_cost_minor: 600,
        saved_minor: -40,
        judged_at: at("2026-01-04T02:20:00Z"),
    };
    let cheaper = suggestion_outcome::Model {
        suggestion_id: other(1),
        product_id: FLOUR,
        censored: false,
        decided_quantity: 0,
        decided_cost_minor: 0,
        saved_minor: 560,
        ..dearer.clone()
    };
    keeper
        .keep(suggestion_outcome::Entity, vec![dearer, cheaper])
        .await;
    let every_weekend = standing_order::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        weekdays: 0b110_0000,
        quantity: 24,
        valid_from: day("2026-01-01"),
        valid_until: Some(day("2026-06-30")),
        note: Some("Hotel".into()),
        is_active: true,
        version: 2,
        created_by: Some(PERSON),
        created_at: at("2026-01-01T10:00:00Z"),
        updated_at: at("2026-01-02T10:00:00Z"),
    };
    let ended = standing_order::Model {
        id: other(2),
        valid_until: None,
        note: None,
        is_active: false,
        created_by: None,
        ..every_weekend.clone()
    };
    keeper
        .keep(standing_order::Entity, vec![every_weekend, ended])
        .await;
    keeper
        .keep(
            production_order::Entity,
            vec![
                order(),
                production_order::Model {
                    id: other(1),
                    number: 2,
                    produced_quantity: None,
                    lost_quantity: None,
                    status: OrderStatus::Pending,
                    source: OrderSource::Manual,
                    suggestion_id: None,
                    note: None,
                    created_by: None,
                    started_by: None,
                    started_at: None,
                    completed_by: None,
                    completed_at: None,
                    cancelled_by: None,
                    cancelled_at: None,
                    cancel_reason: None,
                    standing_order_id: None,
                    standing_date: None,
                    ..order()
                },
            ],
        )
        .await;
    keeper
        .keep(
            lot::Entity,
            vec![lot::Model {
                id: other(1),
                organization_id: ORGANIZATION,
                store_id: STORE,
                product_id: BREAD,
                order_id: ORDER,
                produced_quantity: 23,
                produced_on: day("2026-01-03"),
                best_before: day("2026-01-04"),
                part: 2,
            }],
        )
        .await;
    let second = order_batch::Model {
        id: other(2),
        organization_id: ORGANIZATION,
        order_id: ORDER,
        part: 2,
        produced_quantity: 23,
        lost_quantity: 1,
        loss_reason: Some(LossReason::DoughFault),
        completed_at: at("2026-01-03T04:45:00Z"),
        recorded_at: at("2026-01-03T05:00:00Z"),
        completed_by: Some(PERSON),
        command_id: Some(other(3)),
        lot_id: Some(other(1)),
        reversed_at: None,
    };
    let taken_back = order_batch::Model {
        id: other(1),
        part: 1,
        lost_quantity: 0,
        loss_reason: None,
        completed_by: None,
        command_id: None,
        lot_id: None,
        reversed_at: Some(at("2026-01-03T04:50:00Z")),
        ..second.clone()
    };
    keeper
        .keep(order_batch::Entity, vec![second, taken_back])
        .await;
}

pub fn order() -> production_order::Model {
    production_order::Model {
        id: ORDER,
        organization_id: ORGANIZATION,
        number: 1,
        store_id: STORE,
        product_id: BREAD,
        production_date: day("2026-01-03"),
        planned_quantity: 24,
        produced_quantity: Some(23),
        lost_quantity: Some(1),
        status: OrderStatus::Completed,
        source: OrderSource::Suggestion,
        suggestion_id: Some(SUGGESTION),
        version: 3,
        note: Some("Horno 2".into()),
        created_by: Some(PERSON),
        created_at: at("2026-01-02T10:00:00Z"),
        started_by: Some(PERSON),
        started_at: Some(at("2026-01-03T04:00:00Z")),
        completed_by: Some(PERSON),
        completed_at: Some(at("2026-01-03T05:00:00Z")),
        cancelled_by: Some(PERSON),
        cancelled_at: Some(at("2026-01-03T05:00:00Z")),
        cancel_reason: Some("…".into()),
        updated_at: at("2026-01-03T05:00:00Z"),
        standing_order_id: Some(other(1)),
        standing_date: Some(day("2026-01-03")),
    }
}
