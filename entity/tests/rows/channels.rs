use domain::{AlertKind, ChannelKind, MessageStatus, Severity};
use entity::{alert_channel, alert_rule, audit_check, channel_message};
use serde_json::json;

use crate::{ALERT, Keeper, ORGANIZATION, PERSON, STORE, at, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let webhook = alert_channel::Model {
        id: other(1),
        organization_id: ORGANIZATION,
        kind: ChannelKind::Webhook,
        name: "Central".into(),
        address: "https://hooks.example/bread".into(),
        secret: "ab".repeat(32),
        active: true,
        version: 1,
        created_by: Some(PERSON),
        created_at: at("2026-01-03T05:00:00Z"),
    };
    let mail = alert_channel::Model {
        id: other(2),
        kind: ChannelKind::Mail,
        secret: String::new(),
        active: false,
        created_by: None,
        ..webhook.clone()
    };
    keeper
        .keep(alert_channel::Entity, vec![webhook, mail])
        .await;

    let rule = alert_rule::Model {
        id: other(3),
        organization_id: ORGANIZATION,
        kind: AlertKind::WasteRisk,
        threshold: Some(500),
        severity: Severity::Critical,
        stores: json!([STORE]),
        channels: json!([other(1)]),
        active: true,
        version: 2,
        created_at: at("2026-01-03T05:00:00Z"),
    };
    let plain = alert_rule::Model {
        id: other(4),
        threshold: None,
        stores: json!([]),
        channels: json!([]),
        active: false,
        ..rule.clone()
    };
    keeper.keep(alert_rule::Entity, vec![rule, plain]).await;

    let waiting = channel_message::Model {
        id: other(5),
        organization_id: ORGANIZATION,
        channel_id: other(1),
        kind: ChannelKind::Webhook,
        event: "alert.opened".into(),
        alert_id: Some(ALERT),
        body: "{\"id\":1}".into(),
        status: MessageStatus::Waiting,
        attempts: 2,
        next_at: at("2026-01-03T05:02:00Z"),
        owner: Some("one".into()),
        owned_until: Some(at("2026-01-03T05:04:00Z")),
        last_status: Some(503),
        last_error: Some("the other side answered 503".into()),
        created_at: at("2026-01-03T05:00:00Z"),
        finished_at: None,
    };
    let sent = channel_message::Model {
        id: other(6),
        event: "channel.test".into(),
        alert_id: None,
        status: MessageStatus::Sent,
        owner: None,
        owned_until: None,
        last_status: Some(204),
        last_error: None,
        finished_at: Some(at("2026-01-03T05:00:01.000002Z")),
        ..waiting.clone()
    };
    keeper
        .keep(channel_message::Entity, vec![waiting, sent])
        .await;

    let whole = audit_check::Model {
        id: other(7),
        organization_id: ORGANIZATION,
        requested_by: Some(PERSON),
        requested_at: at("2026-01-03T05:00:00Z"),
        owner: Some("one".into()),
        heartbeat_at: Some(at("2026-01-03T05:00:02Z")),
        total: 12,
        total_hash: "cd".repeat(32),
        checked: 12,
        checked_hash: "cd".repeat(32),
        finished_at: Some(at("2026-01-03T05:00:03Z")),
        broken_at: None,
        message: None,
    };
    let under_way = audit_check::Model {
        id: other(8),
        requested_by: None,
        owner: None,
        heartbeat_at: None,
        checked: 0,
        checked_hash: String::new(),
        finished_at: None,
        ..whole.clone()
    };
    let broken = audit_check::Model {
        id: other(9),
        broken_at: Some(7),
        message: Some("it was changed after it was written".into()),
        ..whole.clone()
    };
    keeper
        .keep(audit_check::Entity, vec![whole, under_way, broken])
        .await;
}
