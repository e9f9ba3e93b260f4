//! Rows of alerts.

use crate::alerting::NewAlert;
use crate::{Ctx, ServiceResult, StoreScope};
use chrono::{DateTime, Utc};
use domain::{AlertKind, AlertStatus, Severity};
use entity::{alert, product, user};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const KEYS_PER_STATEMENT: usize = 1_000;

/// An alert that was opened, or whose detail was brought up to date.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    pub id: Uuid,
    /// As it stands.
    pub severity: Severity,
    pub alert: NewAlert,
}

/// Opens what is not open and refreshes the detail of what already is; returns the alerts that this changed.
pub(crate) async fn upsert_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    wanted: &[NewAlert],
) -> ServiceResult<Vec<Touched>> {
    let mut changed = Vec::new();
    for chunk in wanted.chunks(KEYS_PER_STATEMENT) {
        let known: HashMap<String, (Uuid, Severity, Value)> = alert::Entity::find()
            .select_only()
            .columns([
                alert::Column::DedupKey,
                alert::Column::Id,
                alert::Column::Severity,
                alert::Column::Detail,
            ])
            .filter(alert::Column::OrganizationId.eq(organization_id))
            .filter(alert::Column::Status.ne(AlertStatus::Resolved))
            .filter(alert::Column::DedupKey.is_in(chunk.iter().map(|a| a.dedup_key.clone())))
            .into_tuple::<(String, Uuid, Severity, Value)>()
            .all(db)
            .await?
            .into_iter()
            .map(|(key, id, severity, detail)| (key, (id, severity, detail)))
            .collect();
        let mut new = Vec::new();
        for a in chunk {
            let Some((id, severity, detail)) = known.get(&a.dedup_key) else {
                new.push(Touched {
                    id: Uuid::now_v7(),
                    severity: a.severity,
                    alert: a.clone(),
                });
                continue;
            };
            if *detail == a.detail {
                continue;
            }
            alert::Entity::update_many()
                .col_expr(alert::Column::Detail, Expr::value(a.detail.clone()))
                .filter(alert::Column::OrganizationId.eq(organization_id))
                .filter(alert::Column::DedupKey.eq(&a.dedup_key))
                .filter(alert::Column::Status.ne(AlertStatus::Resolved))
                .exec(db)
                .await?;
            changed.push(Touched {
                id: *id,
                severity: *severity,
                alert: a.clone(),
            });
        }
        if new.is_empty() {
            continue;
        }
        let rows = new.iter().map(|touched| alert::ActiveModel {
            id: Set(touched.id),
            organization_id: Set(organization_id),
            store_id: Set(touched.alert.store_id),
            product_id: Set(touched.alert.product_id),
            kind: Set(touched.alert.kind),
            severity: Set(touched.severity),
            dedup_key: Set(touched.alert.dedup_key.clone()),
            detail: Set(touched.alert.detail.clone()),
            status: Set(AlertStatus::Open),
            opened_at: Set(now),
            acknowledged_by: Set(None),
            acknowledged_at: Set(None),
            resolved_at: Set(None),
        });
        alert::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
        changed.extend(new);
    }
    Ok(changed)
}

/// Gives an alert another severity.
pub(crate) async fn update_severity(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    severity: Severity,
) -> ServiceResult<()> {
    alert::Entity::update_many()
        .col_expr(alert::Column::Severity, Expr::value(severity.to_value()))
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .filter(alert::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Resolves open and acknowledged alerts with these keys; returns how many.
pub(crate) async fn resolve(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    keys: &[String],
) -> ServiceResult<u64> {
    let mut resolved = 0;
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        resolved += alert::Entity::update_many()
            .col_expr(
                alert::Column::Status,
                Expr::value(AlertStatus::Resolved.to_value()),
            )
            .col_expr(alert::Column::ResolvedAt, Expr::value(Some(now)))
            .filter(alert::Column::OrganizationId.eq(organization_id))
            .filter(alert::Column::Status.ne(AlertStatus::Resolved))
            .filter(alert::Column::DedupKey.is_in(chunk.iter().cloned()))
            .exec(db)
            .await?
            .rows_affected;
    }
    Ok(resolved)
}

/// Keys of alerts of a kind that are not resolved, of one store or of all, each with the store that it is about.
pub(crate) async fn list_standing(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    kind: AlertKind,
    store_id: Option<Uuid>,
) -> ServiceResult<Vec<(String, Option<Uuid>)>> {
    let mut query = alert::Entity::find()
        .select_only()
        .columns([alert::Column::DedupKey, alert::Column::StoreId])
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .filter(alert::Column::Kind.eq(kind))
        .filter(alert::Column::Status.ne(AlertStatus::Resolved));
    if let Some(store_id) = store_id {
        query = query.filter(alert::Column::StoreId.eq(store_id));
    }
    Ok(query.into_tuple().all(db).await?)
}

/// Which of these keys are of alerts that are not resolved.
pub(crate) async fn list_standing_among(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    keys: &[String],
) -> ServiceResult<BTreeSet<String>> {
    let mut standing = BTreeSet::new();
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        let found: Vec<String> = alert::Entity::find()
            .select_only()
            .column(alert::Column::DedupKey)
            .filter(alert::Column::OrganizationId.eq(organization_id))
            .filter(alert::Column::Status.ne(AlertStatus::Resolved))
            .filter(alert::Column::DedupKey.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        standing.extend(found);
    }
    Ok(standing)
}

/// Whose alerts a caller may see: the organization's own always, those of stores by scope.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    All,
    Stores(Vec<Uuid>),
}

impl Scope {
    pub(crate) fn of(ctx: &Ctx, store_id: Option<Uuid>) -> Self {
        match (store_id, &ctx.actor.stores) {
            (Some(id), _) => Self::Stores(vec![id]),
            (None, StoreScope::All) => Self::All,
            (None, StoreScope::Only(stores)) => Self::Stores(stores.iter().copied().collect()),
        }
    }

    fn condition(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Stores(ids) => Condition::any()
                .add(alert::Column::StoreId.is_null())
                .add(alert::Column::StoreId.is_in(ids.iter().copied())),
        }
    }
}

/// Alerts with a status (open and acknowledged ones where none is given), open ones first, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &Scope,
    status: Option<AlertStatus>,
    kind: Option<AlertKind>,
    limit: u64,
) -> ServiceResult<Vec<alert::Model>> {
    let statuses = match status {
        Some(status) => vec![status],
        None => vec![AlertStatus::Open, AlertStatus::Acknowledged],
    };
    let mut query = alert::Entity::find()
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .filter(alert::Column::Status.is_in(statuses))
        .filter(scope.condition());
    if let Some(kind) = kind {
        query = query.filter(alert::Column::Kind.eq(kind));
    }
    Ok(query
        .order_by_desc(alert::Column::Status)
        .order_by_desc(alert::Column::OpenedAt)
        .limit(limit)
        .all(db)
        .await?)
}

/// Alerts of a page, the latest opened first, whatever their status where none is given.
pub(crate) async fn page(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &Scope,
    (status, kind): (Option<AlertStatus>, Option<AlertKind>),
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> ServiceResult<Vec<alert::Model>> {
    use alert::Column as C;
    let mut query = alert::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(scope.condition());
    if let Some(status) = status {
        query = query.filter(C::Status.eq(status));
    }
    if let Some(kind) = kind {
        query = query.filter(C::Kind.eq(kind));
    }
    if let Some((at, id)) = after {
        let same_moment = Condition::all().add(C::OpenedAt.eq(at)).add(C::Id.lt(id));
        // Said once more where it begins, so that an index leads there instead of past all pages before.
        query = query
            .filter(C::OpenedAt.lte(at))
            .filter(Condition::any().add(C::OpenedAt.lt(at)).add(same_moment));
    }
    Ok(query
        .order_by_desc(C::OpenedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// How many alerts there are of each status that is not over.
pub(crate) async fn count_by_status(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &Scope,
) -> ServiceResult<Vec<(AlertStatus, i64)>> {
    Ok(alert::Entity::find()
        .select_only()
        .column(alert::Column::Status)
        .column_as(Expr::cust("COUNT(*)"), "total")
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .filter(alert::Column::Status.is_in([AlertStatus::Open, AlertStatus::Acknowledged]))
        .filter(scope.condition())
        .group_by(alert::Column::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// One alert.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<alert::Model>> {
    Ok(alert::Entity::find_by_id(id)
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// Acknowledges an alert that is still open; `false` when it no longer is.
pub(crate) async fn acknowledge(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = alert::Entity::update_many()
        .col_expr(
            alert::Column::Status,
            Expr::value(AlertStatus::Acknowledged.to_value()),
        )
        .col_expr(alert::Column::AcknowledgedBy, Expr::value(by))
        .col_expr(alert::Column::AcknowledgedAt, Expr::value(Some(now)))
        .filter(alert::Column::OrganizationId.eq(organization_id))
        .filter(alert::Column::Id.eq(id))
        .filter(alert::Column::Status.eq(AlertStatus::Open))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Names of some products.
pub(crate) async fn list_product_names(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl Iterator<Item = Uuid>,
) -> ServiceResult<HashMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let rows: Vec<(Uuid, String)> = product::Entity::find()
        .select_only()
        .columns([product::Column::Id, product::Column::Name])
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Names of some people.
pub(crate) async fn list_people_names(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl Iterator<Item = Uuid>,
) -> ServiceResult<HashMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::DisplayName])
        .filter(user::Column::OrganizationId.eq(organization_id))
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
