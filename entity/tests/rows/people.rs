use domain::Language;
use entity::{invitation, outgoing_mail, password_reset};
use serde_json::json;

use crate::{Keeper, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let open = invitation::Model {
        id: other(20),
        organization_id: ORGANIZATION,
        email: "marta@horno.example".into(),
        language: Some(Language::En),
        roles: json!(["store_manager"]),
        all_stores: false,
        stores: json!([STORE]),
        token_hash: Some("ab".repeat(32)),
        invited_by: Some(PERSON),
        created_at: at("2026-01-03T05:00:00Z"),
        expires_at: at("2026-01-10T05:00:00.000001Z"),
        sent_at: Some(at("2026-01-03T05:00:02Z")),
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
    };
    let accepted = invitation::Model {
        id: other(21),
        language: None,
        roles: json!(["admin", "analyst"]),
        all_stores: true,
        stores: json!([]),
        token_hash: None,
        invited_by: None,
        sent_at: None,
        accepted_at: Some(at("2026-01-04T05:00:00Z")),
        accepted_by: Some(PERSON),
        ..open.clone()
    };
    let revoked = invitation::Model {
        id: other(22),
        token_hash: None,
        revoked_at: Some(at("2026-01-04T06:00:00Z")),
        ..open.clone()
    };
    let all = vec![open, accepted, revoked];
    keeper.keep(invitation::Entity, all).await;

    let reset = password_reset::Model {
        id: other(23),
        organization_id: ORGANIZATION,
        user_id: PERSON,
        token_hash: "cd".repeat(32),
        created_at: at("2026-01-03T05:00:00Z"),
        expires_at: at("2026-01-03T06:00:00Z"),
        used_at: None,
    };
    let used = password_reset::Model {
        id: other(24),
        token_hash: "ef".repeat(32),
        used_at: Some(at("2026-01-03T05:30:00Z")),
        ..reset.clone()
    };
    keeper.keep(password_reset::Entity, vec![reset, used]).await;

    let waiting = outgoing_mail::Model {
        id: other(25),
        organization_id: None,
        kind: "password_reset".into(),
        subject_id: None,
        recipient: "marta@horno.example".into(),
        queued_at: at("2026-01-03T05:00:00Z"),
        next_attempt_at: at("2026-01-03T05:01:00Z"),
        claimed_until: Some(at("2026-01-03T05:03:00Z")),
        attempts: 1,
        finished_at: None,
        outcome: None,
        error: Some("no answer".into()),
    };
    let sent = outgoing_mail::Model {
        id: other(26),
        organization_id: Some(ORGANIZATION),
        kind: "invitation".into(),
        subject_id: Some(other(20)),
        claimed_until: None,
        finished_at: Some(at("2026-01-03T05:01:02Z")),
        outcome: Some("sent".into()),
        error: None,
        ..waiting.clone()
    };
    keeper
        .keep(outgoing_mail::Entity, vec![waiting, sent])
        .await;
}
