use entity::{identity_provider, identity_provider_domain, user_identity};
use serde_json::json;

use crate::{Keeper, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let provider = identity_provider::Model {
        id: other(0x430),
        organization_id: ORGANIZATION,
        name: "Horno".into(),
        issuer: "https://login.horno.example".into(),
        client_id: "hornada".into(),
        secret_sealed: Some("1.ab.cd".into()),
        makes_people: true,
        roles: json!(["store_manager"]),
        role_ids: json!([]),
        all_stores: false,
        stores: json!([STORE]),
        trusts_factor: true,
        passwords_allowed: false,
        active: true,
        version: 2,
        created_by: Some(PERSON),
        created_at: at("2026-01-03T05:00:00.000001Z"),
    };
    let bare = identity_provider::Model {
        id: other(0x431),
        secret_sealed: None,
        makes_people: false,
        roles: json!([]),
        stores: json!([]),
        trusts_factor: false,
        passwords_allowed: true,
        active: false,
        version: 1,
        created_by: None,
        ..provider.clone()
    };
    keeper
        .keep(identity_provider::Entity, vec![provider, bare])
        .await;

    let domain = identity_provider_domain::Model {
        provider_id: other(0x430),
        domain: "horno.example".into(),
        organization_id: ORGANIZATION,
    };
    let other_domain = identity_provider_domain::Model {
        domain: "pan.example".into(),
        ..domain.clone()
    };
    keeper
        .keep(identity_provider_domain::Entity, vec![domain, other_domain])
        .await;

    let identity = user_identity::Model {
        id: other(0x432),
        organization_id: ORGANIZATION,
        provider_id: other(0x430),
        user_id: PERSON,
        issuer: "https://login.horno.example".into(),
        subject: "248289761001".into(),
        created_at: at("2026-01-03T05:00:00Z"),
        last_used_at: at("2026-01-04T05:00:00Z"),
    };
    keeper.keep(user_identity::Entity, vec![identity]).await;
}
