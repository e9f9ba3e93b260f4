//! What a person must look at: listed, and acknowledged.

use crate::audit::{self, Change};
use crate::pages::{at, cut, limit_of, split};
use crate::store::{alerts as rows, calendar, outlook};
use crate::{Ctx, ServiceError, ServiceResult, Services, live, receipts};
use chrono::SubsecRound;
use contract::Page;
use contract::alerts::{AcknowledgeAlert, AlertFacts, AlertList, AlertView, ListAlerts};
use domain::{AlertStatus, Permission};
use entity::alert;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// Alerts that one answer lists at most.
const MOST_ALERTS: u64 = 200;

/// Use cases of alerts; see [`Services::alerts`].
#[derive(Clone, Copy, Debug)]
pub struct Alerts<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// What a person must look at.
    #[must_use]
    pub fn alerts(&self) -> Alerts<'_> {
        Alerts { services: self }
    }
}

/// The facts in the row of an alert.
fn facts(detail: &Value) -> AlertFacts {
    let whole = |key: &str| detail.get(key).and_then(Value::as_i64);
    let codes = |key: &str| {
        let codes = detail.get(key).and_then(Value::as_array);
        codes
            .into_iter()
            .flatten()
            .filter_map(|code| code.as_str().map(str::to_owned))
            .collect()
    };
    AlertFacts {
        on_hand: whole("on_hand"),
        reorder_point: whole("reorder_point"),
        date: detail
            .get("date")
            .and_then(|date| date.as_str()?.parse().ok()),
        quantity: whole("quantity"),
        money_minor: whole("money_minor"),
        order_number: whole("order_number"),
        to_buy: detail
            .get("to_buy")
            .and_then(|unit| unit.as_str()?.parse().ok()),
        empty_at: detail
            .get("empty_at")
            .and_then(|time| time.as_str()?.parse().ok()),
        missing: codes("missing"),
        suspicious: codes("suspicious"),
        error_ratio_bp: detail
            .get("ratio")
            .and_then(Value::as_f64)
            .map(|ratio| (ratio * 10_000.0).round() as i64),
    }
}

/// Turns rows into views: the most urgent first, then the newest.
pub(crate) fn views(
    rows: Vec<alert::Model>,
    stores: &HashMap<Uuid, String>,
    products: &HashMap<Uuid, String>,
    people: &HashMap<Uuid, String>,
) -> Vec<AlertView> {
    let name =
        |map: &HashMap<Uuid, String>, id: Option<Uuid>| id.and_then(|id| map.get(&id).cloned());
    let mut views: Vec<AlertView> = rows
        .into_iter()
        .map(|a| AlertView {
            id: a.id,
            kind: a.kind,
            severity: a.severity,
            status: a.status,
            store_id: a.store_id,
            store_name: name(stores, a.store_id),
            product_id: a.product_id,
            product_name: name(products, a.product_id),
            facts: facts(&a.detail),
            opened_at: a.opened_at,
            acknowledged_by: name(people, a.acknowledged_by),
            acknowledged_at: a.acknowledged_at,
            resolved_at: a.resolved_at,
        })
        .collect();
    views.sort_by(|a, b| {
        (
            a.status,
            std::cmp::Reverse(a.severity),
            std::cmp::Reverse(a.opened_at),
            a.id,
        )
            .cmp(&(
                b.status,
                std::cmp::Reverse(b.severity),
                std::cmp::Reverse(b.opened_at),
                b.id,
            ))
    });
    views
}

impl Alerts<'_> {
    /// Alerts of the stores in scope and of the organization itself.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `alerts.read`; [`ServiceError::NotFound`] for a store out of scope.
    pub async fn list(&self, ctx: &Ctx, asked: &ListAlerts) -> ServiceResult<AlertList> {
        ctx.require(Permission::AlertsRead)?;
        if let Some(store_id) = asked.store_id {
            ctx.require_store(store_id)?;
        }
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        if let Some(store_id) = asked.store_id {
            outlook::get_store(db, organization_id, store_id).await?;
        }
        let scope = rows::Scope::of(ctx, asked.store_id);
        let counts = rows::count_by_status(db, organization_id, &scope).await?;
        let count = |status| {
            counts
                .iter()
                .find(|(s, _)| *s == status)
                .map_or(0, |(_, n)| *n)
        };
        let found = rows::list(
            db,
            organization_id,
            &scope,
            asked.status,
            asked.kind,
            MOST_ALERTS,
        )
        .await?;
        let stores = calendar::list_store_names(db, organization_id)
            .await?
            .into_iter()
            .collect();
        let products = rows::list_product_names(
            db,
            organization_id,
            found.iter().filter_map(|a| a.product_id),
        )
        .await?;
        let people = rows::list_people_names(
            db,
            organization_id,
            found.iter().filter_map(|a| a.acknowledged_by),
        )
        .await?;
        Ok(AlertList {
            alerts: views(found, &stores, &products, &people),
            open: count(AlertStatus::Open),
            acknowledged: count(AlertStatus::Acknowledged),
        })
    }

    /// Alerts page by page, the latest opened first, whatever their status where none is asked for.
    ///
    /// # Errors
    /// As [`Alerts::list`]; [`ServiceError::Invalid`] for an unreadable cursor.
    pub async fn page(
        &self,
        ctx: &Ctx,
        asked: &ListAlerts,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<AlertView>> {
        ctx.require(Permission::AlertsRead)?;
        if let Some(store_id) = asked.store_id {
            ctx.require_store(store_id)?;
        }
        let after = after.map(split).transpose()?;
        let limit = limit_of(limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::page(
            &*db,
            organization_id,
            &rows::Scope::of(ctx, asked.store_id),
            (asked.status, asked.kind),
            after,
            limit as u64 + 1,
        )
        .await?;
        let (found, next) = cut(found, limit, |row| at(row.opened_at, row.id));
        let stores = calendar::list_store_names(&*db, organization_id).await?;
        let products = found.iter().filter_map(|a| a.product_id);
        let products = rows::list_product_names(&*db, organization_id, products).await?;
        let people = found.iter().filter_map(|a| a.acknowledged_by);
        let people = rows::list_people_names(&*db, organization_id, people).await?;
        let mut items = views(found, &stores.into_iter().collect(), &products, &people);
        items.sort_by_key(|a| std::cmp::Reverse((a.opened_at, a.id)));
        Ok(Page { items, next })
    }

    /// Says that the caller is looking after it. An alert that was acknowledged before stays as it was.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `alerts.acknowledge`; [`ServiceError::NotFound`] for an alert out of scope;
    /// [`ServiceError::Rule`] `alert.resolved` when its cause is gone already.
    pub async fn acknowledge(&self, ctx: &Ctx, command: &AcknowledgeAlert) -> ServiceResult<()> {
        ctx.require(Permission::AlertsAcknowledge)?;
        self.services
            .db()
            .retry(|| self.acknowledge_once(ctx, command))
            .await
    }

    async fn acknowledge_once(&self, ctx: &Ctx, command: &AcknowledgeAlert) -> ServiceResult<()> {
        let operation = "alerts.acknowledge";
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if receipts::find::<()>(&*tx, ctx, command.command_id, operation, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let alert = in_scope(&*tx, ctx, command.alert_id).await?;
        match alert.status {
            AlertStatus::Resolved => {
                return Err(ServiceError::rule(
                    "alert.resolved",
                    "This has resolved itself in the meantime; there is nothing left to do.",
                ));
            }
            AlertStatus::Acknowledged => {}
            AlertStatus::Open => {
                let now = ctx.now.trunc_subsecs(6);
                if rows::acknowledge(&*tx, organization_id, alert.id, ctx.actor.user_id, now)
                    .await?
                {
                    audit::record(
                        &*tx,
                        ctx,
                        Change {
                            action: "alerts.acknowledge",
                            subject_kind: "alert",
                            subject_id: alert.id,
                            before: Some(json!({ "status": alert.status, "kind": alert.kind })),
                            after: Some(json!({ "status": AlertStatus::Acknowledged })),
                        },
                    )
                    .await?;
                    live::emit(
                        &*tx,
                        organization_id,
                        ctx.now,
                        alert.store_id,
                        "alerts",
                        Some(alert.id),
                        json!({ "acknowledged": 1 }),
                    )
                    .await?;
                }
            }
        }
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &()).await?;
        tx.commit().await
    }
}

async fn in_scope(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    alert_id: Uuid,
) -> ServiceResult<alert::Model> {
    rows::find(db, ctx.organization_id(), alert_id)
        .await?
        .filter(|a| a.store_id.is_none_or(|s| ctx.actor.stores.contains(s)))
        .ok_or(ServiceError::NotFound("alert"))
}

#[cfg(test)]
mod tests {
    use super::facts;
    use chrono::NaiveTime;
    use contract::alerts::AlertFacts;
    use domain::Unit;
    use serde_json::json;

    #[test]
    fn facts_are_read_as_they_are_written_and_scrap_gives_none() {
        let quality = facts(
            &json!({"date": "2026-03-01", "missing": ["MAD-01"], "suspicious": ["MAD-02", 3]}),
        );
        assert_eq!(quality.date, "2026-03-01".parse().ok());
        assert_eq!(
            (quality.missing, quality.suspicious),
            (vec!["MAD-01".to_owned()], vec!["MAD-02".to_owned()])
        );
        assert_eq!(
            facts(&json!({"ratio": 1.25, "date": "soon"})).error_ratio_bp,
            Some(12_500)
        );
        assert_eq!(facts(&json!({"on_hand": -3})).on_hand, Some(-3));
        let flour = facts(&json!({"to_buy": Unit::Gram, "empty_at": "12:40:00"}));
        assert_eq!(flour.to_buy, Some(Unit::Gram));
        assert_eq!(flour.empty_at, NaiveTime::from_hms_opt(12, 40, 0));
        let scrap = facts(&json!({"to_buy": "sack", "empty_at": "noon"}));
        assert_eq!((scrap.to_buy, scrap.empty_at), (None, None));
        assert_eq!(facts(&json!("nothing")), AlertFacts::default());
    }
}
