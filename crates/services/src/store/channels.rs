//! Rows of channels and of their messages.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use domain::{AlertStatus, ChannelKind, MessageStatus};
use entity::alert_channel::{self, Column as C};
use entity::channel_message::{self, Column as M};
use entity::{alert, organization};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const ROWS_PER_STATEMENT: usize = 500;

/// Every channel, the oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<alert_channel::Model>> {
    Ok(alert_channel::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// One channel.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<alert_channel::Model> {
    alert_channel::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("channel"))
}

/// One channel, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<alert_channel::Model> {
    alert_channel::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("channel"))
}

/// A new channel.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: alert_channel::Model,
) -> ServiceResult<()> {
    alert_channel::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes everything that may change.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    row: &alert_channel::Model,
) -> ServiceResult<()> {
    let change = alert_channel::ActiveModel {
        name: Set(row.name.clone()),
        address: Set(row.address.clone()),
        secret: Set(row.secret.clone()),
        active: Set(row.active),
        version: Set(row.version),
        ..Default::default()
    };
    alert_channel::Entity::update_many()
        .set(change)
        .filter(C::OrganizationId.eq(row.organization_id))
        .filter(C::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a channel away, with its messages.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    alert_channel::Entity::delete_many()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Which of these alerts were told over which channel already.
pub(crate) async fn list_told(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    alerts: &[Uuid],
) -> ServiceResult<BTreeSet<(Uuid, Uuid)>> {
    let mut told = BTreeSet::new();
    for chunk in alerts.chunks(ROWS_PER_STATEMENT) {
        let found: Vec<(Option<Uuid>, Uuid)> = channel_message::Entity::find()
            .select_only()
            .columns([M::AlertId, M::ChannelId])
            .filter(M::OrganizationId.eq(organization_id))
            .filter(M::AlertId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        told.extend(
            found
                .into_iter()
                .filter_map(|(alert, channel)| Some((alert?, channel))),
        );
    }
    Ok(told)
}

/// New messages.
pub(crate) async fn insert_messages(
    db: &impl ConnectionTrait,
    rows: Vec<channel_message::Model>,
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model);
        channel_message::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Messages of a channel, the newest first.
pub(crate) async fn list_messages(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    channel_id: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> ServiceResult<Vec<channel_message::Model>> {
    let mut query = channel_message::Entity::find()
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::ChannelId.eq(channel_id));
    if let Some(after) = after {
        query = query.filter(M::Id.lt(after));
    }
    // Ids are made in the order of time.
    Ok(query.order_by_desc(M::Id).limit(limit).all(db).await?)
}

/// Messages that can be sent to a web address now: they wait, their moment has come, nobody is at it.
fn due(now: DateTime<Utc>) -> Condition {
    let is_free = Condition::any()
        .add(M::OwnedUntil.is_null())
        .add(M::OwnedUntil.lt(now));
    Condition::all()
        .add(M::Status.eq(MessageStatus::Waiting))
        .add(M::Kind.eq(ChannelKind::Webhook))
        .add(M::NextAt.lte(now))
        .add(is_free)
}

/// Organizations that have something to send, at most so many, the longest waiting first. Those that are suspended or being erased rest.
pub(crate) async fn list_organizations_with_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<Vec<Uuid>> {
    let shut = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .filter(
            Condition::any()
                .add(organization::Column::SuspendedAt.is_not_null())
                .add(organization::Column::ErasingSince.is_not_null()),
        )
        .into_query();
    Ok(channel_message::Entity::find()
        .select_only()
        .column(M::OrganizationId)
        .filter(due(now))
        .filter(M::OrganizationId.not_in_subquery(shut))
        .group_by(M::OrganizationId)
        .order_by_asc(M::NextAt.min())
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Messages that can be sent now, the longest waiting first.
pub(crate) async fn list_due(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<Vec<channel_message::Model>> {
    Ok(channel_message::Entity::find()
        .filter(M::OrganizationId.eq(organization_id))
        .filter(due(now))
        .order_by_asc(M::NextAt)
        .order_by_asc(M::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Takes a message for a process; `false` where another one was quicker.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = channel_message::Entity::update_many()
        .col_expr(M::Owner, Expr::value(Some(owner.to_owned())))
        .col_expr(M::OwnedUntil, Expr::value(Some(until)))
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::Id.eq(id))
        .filter(due(now))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Attempted {
    pub status: MessageStatus,
    pub next_at: DateTime<Utc>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Writes an attempt down; `false` where the message is no longer this process's.
pub(crate) async fn settle(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    attempts: i32,
    attempted: Attempted,
) -> ServiceResult<bool> {
    let result = channel_message::Entity::update_many()
        .col_expr(M::Status, Expr::value(attempted.status.to_value()))
        .col_expr(M::Attempts, Expr::value(attempts))
        .col_expr(M::NextAt, Expr::value(attempted.next_at))
        .col_expr(M::LastStatus, Expr::value(attempted.last_status))
        .col_expr(M::LastError, Expr::value(attempted.last_error))
        .col_expr(M::FinishedAt, Expr::value(attempted.finished_at))
        .col_expr(M::Owner, Expr::value(None::<String>))
        .col_expr(M::OwnedUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::Id.eq(id))
        .filter(M::Status.eq(MessageStatus::Waiting))
        .filter(M::Owner.eq(owner))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// A message, whatever became of it.
pub(crate) async fn find_message(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<channel_message::Model>> {
    Ok(channel_message::Entity::find_by_id(id)
        .filter(M::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// Writes down what became of an attempt to send a message by mail, whose claim is that of the mail. One that was settled stays so.
pub(crate) async fn settle_mailed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    attempts: i32,
    attempted: Attempted,
) -> ServiceResult<()> {
    channel_message::Entity::update_many()
        .col_expr(M::Status, Expr::value(attempted.status.to_value()))
        .col_expr(M::Attempts, Expr::value(attempts))
        .col_expr(M::NextAt, Expr::value(attempted.next_at))
        .col_expr(M::LastError, Expr::value(attempted.last_error))
        .col_expr(M::FinishedAt, Expr::value(attempted.finished_at))
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::Id.eq(id))
        .filter(M::Status.eq(MessageStatus::Waiting))
        .exec(db)
        .await?;
    Ok(())
}

/// How many messages have a status, of those made since a moment.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    status: MessageStatus,
    since: DateTime<Utc>,
) -> ServiceResult<i64> {
    let found: Option<i64> = channel_message::Entity::find()
        .select_only()
        .column_as(M::Id.count(), "messages")
        .filter(M::OrganizationId.eq(organization_id))
        .filter(M::Status.eq(status))
        .filter(M::CreatedAt.gte(since))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.unwrap_or_default())
}

/// How many messages with this event were written for a channel since a moment.
pub(crate) async fn count_of_event(
    db: &impl ConnectionTrait,
    channel: &alert_channel::Model,
    event: &str,
    since: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(channel_message::Entity::find()
        .filter(M::OrganizationId.eq(channel.organization_id))
        .filter(M::ChannelId.eq(channel.id))
        .filter(M::Event.eq(event))
        .filter(M::CreatedAt.gte(since))
        .count(db)
        .await?)
}

/// Deletes messages of all organizations that were ended before a moment, at most so many. Those about alerts that still stand stay: they say
/// over which channels they were told.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<u64> {
    let over = alert::Entity::find()
        .select_only()
        .column(alert::Column::Id)
        .filter(alert::Column::Status.eq(AlertStatus::Resolved))
        .into_query();
    let old: Vec<Uuid> = channel_message::Entity::find()
        .select_only()
        .column(M::Id)
        .filter(M::FinishedAt.lt(before))
        .filter(
            Condition::any()
                .add(M::AlertId.is_null())
                .add(M::AlertId.in_subquery(over)),
        )
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(channel_message::Entity::delete_many()
        .filter(M::Id.is_in(old))
        .exec(db)
        .await?
        .rows_affected)
}
