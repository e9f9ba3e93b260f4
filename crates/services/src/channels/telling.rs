//! From an alert to the messages that tell of it, by the organization's rules.

use crate::alert_rules::{ids, size_of};
use crate::mails::{MailKind, queue};
use crate::store::alerts::{self, Touched};
use crate::store::{alert_rules, channels as rows};
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, SubsecRound, Utc};
use domain::channels::is_meant;
use domain::{AlertKind, ChannelKind, MessageStatus, Severity};
use entity::{alert_channel, alert_rule, channel_message};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a message about an alert is called.
const OPENED: &str = "alert.opened";

/// Whether a rule speaks of an alert.
fn means(rule: &alert_rule::Model, touched: &Touched) -> ServiceResult<bool> {
    let alert = &touched.alert;
    if rule.kind != alert.kind || !is_meant(rule.threshold, size_of(alert.kind, &alert.detail)) {
        return Ok(false);
    }
    let stores = ids(&rule.stores)?;
    Ok(stores.is_empty() || alert.store_id.is_some_and(|id| stores.contains(&id)))
}

/// Gives alerts the severity that the rules want for them, and writes a message for every channel that is to hear of them and has not.
pub(crate) async fn tell(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    touched: &[Touched],
) -> ServiceResult<()> {
    let kinds: BTreeSet<AlertKind> = touched.iter().map(|touched| touched.alert.kind).collect();
    let rules = alert_rules::list_active(db, organization_id, kinds).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<(&Touched, BTreeSet<Uuid>)> = Vec::new();
    for touched in touched {
        let mut severity: Option<Severity> = None;
        let mut over = BTreeSet::new();
        for rule in &rules {
            if means(rule, touched)? {
                severity = severity.max(Some(rule.severity));
                over.extend(ids(&rule.channels)?);
            }
        }
        if let Some(severity) = severity.filter(|severity| *severity != touched.severity) {
            alerts::update_severity(db, organization_id, touched.id, severity).await?;
        }
        if !over.is_empty() {
            wanted.push((touched, over));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let channels: BTreeMap<Uuid, alert_channel::Model> = rows::list(db, organization_id)
        .await?
        .into_iter()
        .filter(|channel| channel.active)
        .map(|channel| (channel.id, channel))
        .collect();
    let alerts: Vec<Uuid> = wanted.iter().map(|(touched, _)| touched.id).collect();
    let told = rows::list_told(db, organization_id, &alerts).await?;
    let mut messages = Vec::new();
    for (touched, over) in wanted {
        for channel in over.iter().filter_map(|id| channels.get(id)) {
            if !told.contains(&(touched.id, channel.id)) {
                let about = json!({
                    "id": touched.id,
                    "kind": touched.alert.kind,
                    "store_id": touched.alert.store_id,
                    "product_id": touched.alert.product_id,
                    "detail": touched.alert.detail,
                });
                let written = message(channel, OPENED, Some(touched.id), about, now)?;
                messages.push((channel, written));
            }
        }
    }
    send(db, now, messages).await
}

/// Writes messages, each with its channel. Those by mail are put among the mails that are to be sent; the others are claimed by whoever sends
/// them.
pub(super) async fn send(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    messages: Vec<(&alert_channel::Model, channel_message::Model)>,
) -> ServiceResult<()> {
    let rows = messages.iter().map(|(_, message)| message.clone());
    rows::insert_messages(db, rows.collect()).await?;
    for (channel, message) in messages {
        if message.kind == ChannelKind::Mail {
            let (organization_id, address) = (message.organization_id, &channel.address);
            let kind = MailKind::Alert;
            queue(
                db,
                Some(organization_id),
                kind,
                Some(message.id),
                address,
                now,
            )
            .await?;
        }
    }
    Ok(())
}

/// A message that is to be sent at once. `about`: what it says besides what every message says.
pub(super) fn message(
    channel: &alert_channel::Model,
    event: &str,
    alert_id: Option<Uuid>,
    about: Value,
    now: DateTime<Utc>,
) -> ServiceResult<channel_message::Model> {
    let (id, now) = (Uuid::now_v7(), now.trunc_subsecs(6));
    let body = json!({
        "id": id,
        "event": event,
        "organization_id": channel.organization_id,
        "created_at": now,
        "about": about,
    });
    Ok(channel_message::Model {
        id,
        organization_id: channel.organization_id,
        channel_id: channel.id,
        kind: channel.kind,
        event: event.to_owned(),
        alert_id,
        body: serde_json::to_string(&body).map_err(|e| ServiceError::Internal(e.to_string()))?,
        status: MessageStatus::Waiting,
        attempts: 0,
        next_at: now,
        owner: None,
        owned_until: None,
        last_status: None,
        last_error: None,
        created_at: now,
        finished_at: None,
    })
}
