use entity::{passkey, passkey_challenge, pin, pin_failure, recovery_code, tablet, user_factor};

use crate::{Keeper, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let enrolled = user_factor::Model {
        user_id: PERSON,
        organization_id: ORGANIZATION,
        secret_sealed: Some("1.0a1b2c3d.c2VhbGVk".into()),
        enrolled_at: Some(at("2026-01-03T05:00:00Z")),
        last_step: 58_913_420,
        pending_sealed: None,
        pending_at: None,
        failures: 2,
        locked_until: Some(at("2026-01-04T05:00:00.000001Z")),
    };
    let waiting = user_factor::Model {
        user_id: other(1),
        secret_sealed: None,
        enrolled_at: None,
        last_step: 0,
        pending_sealed: Some("1.0a1b2c3d.d2FpdHM".into()),
        pending_at: Some(at("2026-01-05T05:00:00Z")),
        failures: 0,
        locked_until: None,
        ..enrolled.clone()
    };
    keeper
        .keep(user_factor::Entity, vec![enrolled, waiting])
        .await;

    let unused = recovery_code::Model {
        id: other(2),
        organization_id: ORGANIZATION,
        user_id: PERSON,
        code_hash: "01".repeat(32),
        created_at: at("2026-01-03T05:00:00Z"),
        used_at: None,
    };
    let used = recovery_code::Model {
        id: other(3),
        code_hash: "02".repeat(32),
        used_at: Some(at("2026-01-04T05:00:00Z")),
        ..unused.clone()
    };
    keeper.keep(recovery_code::Entity, vec![unused, used]).await;

    let counter = tablet::Model {
        id: other(4),
        organization_id: ORGANIZATION,
        store_id: STORE,
        name: "Mostrador".into(),
        token_hash: "03".repeat(32),
        idle_minutes: 10,
        created_by: Some(PERSON),
        created_at: at("2026-01-03T05:00:00Z"),
        last_used_at: Some(at("2026-01-04T05:00:00Z")),
        revoked_at: Some(at("2026-01-05T05:00:00Z")),
    };
    let oven = tablet::Model {
        id: other(5),
        token_hash: "04".repeat(32),
        created_by: None,
        last_used_at: None,
        revoked_at: None,
        ..counter.clone()
    };
    keeper.keep(tablet::Entity, vec![counter, oven]).await;

    let locked = pin::Model {
        user_id: PERSON,
        organization_id: ORGANIZATION,
        pin_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
        set_at: at("2026-01-03T05:00:00Z"),
        locked_at: Some(at("2026-01-04T05:00:00Z")),
    };
    let open = pin::Model {
        user_id: other(1),
        locked_at: None,
        ..locked.clone()
    };
    keeper.keep(pin::Entity, vec![locked, open]).await;

    let failures = pin_failure::Model {
        tablet_id: other(5),
        user_id: PERSON,
        organization_id: ORGANIZATION,
        failures: 4,
        last_at: at("2026-01-04T05:00:00Z"),
    };
    keeper.keep(pin_failure::Entity, vec![failures]).await;

    let used = passkey::Model {
        id: other(6),
        organization_id: ORGANIZATION,
        user_id: PERSON,
        name: "Móvil de Ana".into(),
        credential_id: "AQID".into(),
        credential: "{}".into(),
        added_at: at("2026-01-03T05:00:00Z"),
        last_used_at: Some(at("2026-01-04T05:00:00.000001Z")),
        suspect_at: Some(at("2026-01-05T05:00:00Z")),
    };
    let new = passkey::Model {
        id: other(7),
        credential_id: "BAUG".into(),
        last_used_at: None,
        suspect_at: None,
        ..used.clone()
    };
    keeper.keep(passkey::Entity, vec![used, new]).await;

    let own = passkey_challenge::Model {
        holder: other(8),
        purpose: "prove".into(),
        organization_id: Some(ORGANIZATION),
        user_id: Some(PERSON),
        state: "{}".into(),
        expires_at: at("2026-01-03T05:05:00Z"),
    };
    let nobodys = passkey_challenge::Model {
        purpose: "enter".into(),
        organization_id: None,
        user_id: None,
        ..own.clone()
    };
    keeper
        .keep(passkey_challenge::Entity, vec![own, nobodys])
        .await;
}
