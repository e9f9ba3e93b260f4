use domain::{Language, StoreKind};
use entity::{
    organization, organization_export, organization_invitation, role, session, store, user,
    user_role, user_store_scope,
};
use serde_json::json;

use crate::{KITCHEN, Keeper, ORGANIZATION, PERSON, ROLE, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    keeper
        .keep(
            organization::Entity,
            vec![organization::Model {
                id: ORGANIZATION,
                slug: "panes-del-sur".into(),
                name: "Panes del Sur, S. L.".into(),
                currency: "EUR".into(),
                language: Language::Es,
                time_zone: "Europe/Madrid".into(),
                night_hour: 2,
                deadline_hour: 6,
                import_error_threshold_bp: 500,
                allow_oversell: false,
                waste_alert_minor: 1_000,
                count_recount_minor: Some(2_000),
                count_approval_minor: Some(5_000),
                midday_minute: 660,
                afternoon_minute: 900,
                created_at: at("2026-01-02T03:04:05.678901Z"),
                version: 4,
                keep_months: Some(36),
                suspended_at: Some(at("2026-02-02T03:04:05Z")),
                suspended_for: Some("Sin pagar".into()),
                deletion_asked_at: Some(at("2026-02-03T03:04:05Z")),
                deletion_asked_by: Some(PERSON),
                erase_after: Some(at("2026-03-05T03:04:05Z")),
                erasing_since: None,
            }],
        )
        .await;
    let shop = store::Model {
        id: STORE,
        organization_id: ORGANIZATION,
        code: "S01".into(),
        name: "Plaza de España".into(),
        kind: StoreKind::Shop,
        city: "Sevilla".into(),
        region: "Andalucía".into(),
        time_zone: "Europe/Madrid".into(),
        latitude_e6: 37_377_200,
        longitude_e6: -5_986_900,
        opening_days: 0b011_1111,
        opens_at_minute: 420,
        closes_at_minute: 1_260,
        kitchen_store_id: Some(KITCHEN),
        active: true,
        oven_trays_per_hour: Some(48),
        bakes_from_minute: Some(180),
        mixer_capacity: Some(60_000),
        created_at: at("2026-01-02T03:04:05Z"),
        version: 3,
    };
    let kitchen = store::Model {
        id: KITCHEN,
        code: "K01".into(),
        kind: StoreKind::CentralKitchen,
        kitchen_store_id: None,
        active: false,
        oven_trays_per_hour: None,
        bakes_from_minute: None,
        mixer_capacity: None,
        ..shop.clone()
    };
    keeper.keep(store::Entity, vec![kitchen, shop]).await;
    let person = user::Model {
        id: PERSON,
        organization_id: ORGANIZATION,
        email: "ana@panes.example".into(),
        display_name: "Ana Núñez".into(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
        language: Some(Language::En),
        active: true,
        failed_sign_ins: 3,
        locked_until: Some(at("2026-02-01T00:00:00.123Z")),
        last_sign_in_at: Some(at("2026-02-02T00:00:00.000001Z")),
        created_at: at("2026-01-02T03:04:05Z"),
        token_epoch: 2,
    };
    let newcomer = user::Model {
        id: other(1),
        email: "luis@panes.example".into(),
        language: None,
        locked_until: None,
        last_sign_in_at: None,
        ..person.clone()
    };
    keeper.keep(user::Entity, vec![person, newcomer]).await;
    keeper
        .keep(
            role::Entity,
            vec![role::Model {
                id: ROLE,
                organization_id: ORGANIZATION,
                key: "analyst".into(),
                name: "Analista".into(),
                permissions: json!(["imports.read", "imports.create"]),
                version: 3,
                factor_required: true,
            }],
        )
        .await;
    keeper
        .keep(
            user_role::Entity,
            vec![user_role::Model {
                user_id: PERSON,
                role_id: ROLE,
                organization_id: ORGANIZATION,
                all_stores: true,
            }],
        )
        .await;
    keeper
        .keep(
            user_store_scope::Entity,
            vec![user_store_scope::Model {
                user_id: PERSON,
                store_id: STORE,
                organization_id: ORGANIZATION,
            }],
        )
        .await;
    let signed_in = session::Model {
        id: "q2w3e4".into(),
        user_id: Some(PERSON),
        organization_id: Some(ORGANIZATION),
        data: json!({"language": "es", "depth": {"list": [1, -2, 3.5, null, true, "ñ \"quoted\" \\ 'x'"]}}),
        created_at: at("2026-01-02T03:04:05Z"),
        expires_at: at("2026-01-09T03:04:05Z"),
    };
    let anonymous = session::Model {
        id: "a1s2d3".into(),
        user_id: None,
        organization_id: None,
        data: json!({}),
        ..signed_in.clone()
    };
    keeper
        .keep(session::Entity, vec![signed_in, anonymous])
        .await;
    keeper
        .keep(
            organization_invitation::Entity,
            vec![organization_invitation::Model {
                id: other(1),
                email: "marta@horno.example".into(),
                token_hash: "ab".repeat(32),
                cause: "operator".into(),
                created_at: at("2026-01-02T03:04:05Z"),
                expires_at: at("2026-01-09T03:04:05Z"),
            }],
        )
        .await;
    let written = organization_export::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        status: "succeeded".into(),
        requested_by: Some(PERSON),
        requested_at: at("2026-01-02T03:04:05Z"),
        owner: Some("hornada-1".into()),
        heartbeat_at: Some(at("2026-01-02T03:04:25Z")),
        tables_done: 60,
        tables_total: 60,
        rows_done: 12_345_678_901,
        finished_at: Some(at("2026-01-02T03:05:05Z")),
        path: Some("exports/1.tar.zst".into()),
        bytes: Some(5_000_000_000),
        sha256: Some("02".repeat(32)),
        error: None,
        expires_at: Some(at("2026-01-09T03:05:05Z")),
        removed_at: Some(at("2026-01-09T04:00:00Z")),
    };
    let waiting = organization_export::Model {
        id: other(2),
        status: "queued".into(),
        requested_by: None,
        owner: None,
        heartbeat_at: None,
        tables_done: 0,
        rows_done: 0,
        finished_at: None,
        path: None,
        bytes: None,
        sha256: None,
        expires_at: None,
        removed_at: None,
        ..written.clone()
    };
    keeper
        .keep(organization_export::Entity, vec![written, waiting])
        .await;
}
