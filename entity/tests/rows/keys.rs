use entity::{api_key, idempotent_answer, refresh_token, signing_key};
use serde_json::json;

use crate::{Keeper, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let key = api_key::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        name: "Caja de Triana".into(),
        prefix: "0a1b2c3d".into(),
        secret_hash: "23".repeat(32),
        permissions: json!(["sales.record"]),
        all_stores: false,
        stores: json!([STORE]),
        rate_per_minute: Some(600),
        created_by: Some(PERSON),
        created_at: at("2026-01-03T05:00:00Z"),
        expires_at: Some(at("2027-01-03T05:00:00Z")),
        last_used_at: Some(at("2026-01-04T05:00:00.000001Z")),
        revoked_at: Some(at("2026-01-05T05:00:00Z")),
        rotated_from: None,
    };
    let next = api_key::Model {
        id: other(2),
        prefix: "4e5f6071".into(),
        secret_hash: "45".repeat(32),
        all_stores: true,
        stores: json!([]),
        rate_per_minute: None,
        created_by: None,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        rotated_from: Some(other(1)),
        ..key.clone()
    };
    keeper.keep(api_key::Entity, vec![key, next]).await;

    let of_person = refresh_token::Model {
        id: other(3),
        organization_id: ORGANIZATION,
        family_id: other(4),
        user_id: Some(PERSON),
        api_key_id: None,
        token_epoch: 2,
        token_hash: "67".repeat(32),
        issued_at: at("2026-01-03T05:00:00Z"),
        expires_at: at("2026-02-02T05:00:00Z"),
        used_at: Some(at("2026-01-03T05:15:00Z")),
        revoked_at: None,
    };
    let of_key = refresh_token::Model {
        id: other(5),
        family_id: other(6),
        user_id: None,
        api_key_id: Some(other(2)),
        token_epoch: 0,
        token_hash: "89".repeat(32),
        used_at: None,
        revoked_at: Some(at("2026-01-03T05:20:00Z")),
        ..of_person.clone()
    };
    keeper
        .keep(refresh_token::Entity, vec![of_person, of_key])
        .await;

    keeper
        .keep(
            signing_key::Entity,
            vec![signing_key::Model {
                id: "0198c000".into(),
                secret: "ab".repeat(32),
                created_at: at("2026-01-03T05:00:00Z"),
            }],
        )
        .await;

    let done = idempotent_answer::Model {
        organization_id: ORGANIZATION,
        caller: format!("key:{}", other(2)),
        idempotency_key: "a-1".into(),
        request_hash: "cd".repeat(32),
        status: Some(201),
        content_type: Some("application/json".into()),
        body: Some("{\"id\":1}".into()),
        created_at: at("2026-01-03T05:00:00Z"),
    };
    let under_way = idempotent_answer::Model {
        idempotency_key: "a-2".into(),
        status: None,
        content_type: None,
        body: None,
        ..done.clone()
    };
    keeper
        .keep(idempotent_answer::Entity, vec![done, under_way])
        .await;
}
