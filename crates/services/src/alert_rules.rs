//! Rules: from which size on an alert of a kind is how severe, and over which channels it is told.

use crate::audit::{self, Change};
use crate::ingredients::Faults;
use crate::production_orders::moment;
use crate::store::{alert_rules as rows, catalog, channels, organizations};
use crate::{Ctx, ServiceError, ServiceResult, Services, receipts};
use contract::channels::{AlertRuleValues, AlertRuleView, RemoveAlertRule, SaveAlertRule};
use domain::channels::measure_of;
use domain::{AlertKind, Permission};
use entity::alert_rule;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const SAVE: &str = "alerts.save_rule";
const REMOVE: &str = "alerts.remove_rule";
const SUBJECT: &str = "alert_rule";

/// Rules that an organization may have: every alert is compared with those of its kind.
const MOST_RULES: usize = 200;
const LARGEST_THRESHOLD: i64 = 1_000_000_000;
const MOST_STORES: usize = 500;
const MOST_CHANNELS: usize = 20;

/// Use cases of rules; see [`Services::alert_rules`].
#[derive(Clone, Copy, Debug)]
pub struct AlertRules<'a> {
    services: &'a Services,
}

impl Services {
    /// Which alerts are how severe, and who outside hears of them.
    #[must_use]
    pub fn alert_rules(&self) -> AlertRules<'_> {
        AlertRules { services: self }
    }
}

/// The size of an alert, in the measure of its kind.
pub(crate) fn size_of(kind: AlertKind, detail: &Value) -> Option<i64> {
    let whole = |key: &str| detail.get(key).and_then(Value::as_i64);
    match kind {
        AlertKind::NegativeStock => whole("on_hand"),
        AlertKind::StockOutRisk | AlertKind::MissingIngredients => whole("quantity"),
        AlertKind::WasteRisk | AlertKind::CountDifference => whole("money_minor"),
        AlertKind::Drift => {
            let ratio = detail.get("ratio").and_then(Value::as_f64)?;
            Some((ratio * 10_000.0).round() as i64)
        }
        _ => None,
    }
}

/// A list of ids in a column.
pub(crate) fn ids(list: &Value) -> ServiceResult<BTreeSet<Uuid>> {
    serde_json::from_value(list.clone())
        .map_err(|e| ServiceError::Internal(format!("a list of ids cannot be read: {e}")))
}

fn view(row: &alert_rule::Model) -> ServiceResult<AlertRuleView> {
    Ok(AlertRuleView {
        id: row.id,
        values: AlertRuleValues {
            kind: row.kind,
            threshold: row.threshold,
            severity: row.severity,
            stores: ids(&row.stores)?.into_iter().collect(),
            channels: ids(&row.channels)?.into_iter().collect(),
            active: row.active,
        },
        version: row.version,
    })
}

fn check(values: &AlertRuleValues) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.unless(
        values
            .threshold
            .is_none_or(|size| (1..=LARGEST_THRESHOLD).contains(&size)),
        "threshold",
        "number.range",
        "A threshold is 1 to 1,000,000,000.",
    );
    faults.unless(
        values.threshold.is_none() || measure_of(values.kind).is_some(),
        "threshold",
        "rule.no_measure",
        "Alerts of this kind have no size.",
    );
    faults.unless(
        values.stores.len() <= MOST_STORES,
        "stores",
        "number.range",
        "A rule names at most 500 stores.",
    );
    faults.unless(
        values.channels.len() <= MOST_CHANNELS,
        "channels",
        "number.range",
        "A rule names at most 20 channels.",
    );
    faults.answer()
}

/// Refuses rules about stores that the caller does not look after; one that names none is about all of them.
fn check_reach(ctx: &Ctx, stores: &[Uuid]) -> ServiceResult<()> {
    if stores.is_empty() {
        return ctx.require_all_stores();
    }
    stores.iter().try_for_each(|id| ctx.require_store(*id))
}

/// Refuses stores and channels that are not there.
async fn check_named(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    values: &AlertRuleValues,
) -> ServiceResult<()> {
    check_reach(ctx, &values.stores)?;
    let stores = catalog::list_store_ids(db, ctx.organization_id()).await?;
    if !values.stores.iter().all(|id| stores.contains(id)) {
        return Err(ServiceError::NotFound("store"));
    }
    let channels = channels::list(db, ctx.organization_id()).await?;
    let is_known = |id: &Uuid| channels.iter().any(|channel| channel.id == *id);
    if !values.channels.iter().all(is_known) {
        return Err(ServiceError::NotFound("channel"));
    }
    Ok(())
}

impl AlertRules<'_> {
    /// Every rule of the organization, the oldest first.
    ///
    /// # Errors
    /// Forbidden without `settings.write`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<AlertRuleView>> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let found = rows::list(&*self.services.db().of(organization_id), organization_id).await?;
        found.iter().map(view).collect()
    }

    /// Adds a rule or changes one. It holds for alerts that open, or change, from now on.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; not found (the rule, a store, a channel); a conflict when somebody else
    /// changed it; the rule `rules.too_many`, or one when a rule about every store is made or changed by somebody who does not look after
    /// all of them.
    pub async fn save(&self, ctx: &Ctx, command: &SaveAlertRule) -> ServiceResult<AlertRuleView> {
        ctx.require(Permission::SettingsWrite)?;
        check(&command.values)?;
        self.services
            .db()
            .retry(|| self.save_once(ctx, command))
            .await
    }

    async fn save_once(&self, ctx: &Ctx, command: &SaveAlertRule) -> ServiceResult<AlertRuleView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let old = match command.rule_id {
            Some(id) => Some(rows::get_locked(&*tx, organization_id, id).await?),
            None => None,
        };
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, SAVE, command).await? {
            return Ok(answer);
        }
        if let Some(old) = &old {
            check_reach(ctx, &view(old)?.values.stores)?;
        }
        if let Some(old) = old.as_ref().filter(|old| old.version != command.version) {
            return Err(ServiceError::Conflict {
                reason: "alert_rule.stale",
                message: format!(
                    "Somebody else changed this rule meanwhile: it is of version {}, not {}. Nothing was saved; look at it again.",
                    old.version, command.version
                ),
            });
        }
        let values = &command.values;
        check_named(&*tx, ctx, values).await?;
        if old.is_none() && rows::list(&*tx, organization_id).await?.len() >= MOST_RULES {
            return Err(ServiceError::rule(
                "rules.too_many",
                "There are 200 rules. Take one away first.",
            ));
        }
        let set = |ids: &[Uuid]| json!(ids.iter().collect::<BTreeSet<_>>());
        let mut row = alert_rule::Model {
            id: old.as_ref().map_or_else(Uuid::now_v7, |old| old.id),
            organization_id,
            kind: values.kind,
            threshold: values.threshold,
            severity: values.severity,
            stores: set(&values.stores),
            channels: set(&values.channels),
            active: values.active,
            version: old.as_ref().map_or(1, |old| old.version),
            created_at: old
                .as_ref()
                .map_or_else(|| moment(ctx), |old| old.created_at),
        };
        let changed = old.as_ref() != Some(&row);
        match &old {
            None => rows::insert(&*tx, row.clone()).await?,
            Some(_) if changed => {
                row.version += 1;
                rows::update(&*tx, &row).await?;
            }
            Some(_) => {}
        }
        let answer = view(&row)?;
        receipts::insert(&*tx, ctx, command.command_id, SAVE, command, &answer).await?;
        if changed {
            let before = old.as_ref().map(view).transpose()?;
            let change = Change {
                action: SAVE,
                subject_kind: SUBJECT,
                subject_id: answer.id,
                before: before.map(|view| json!(view.values)),
                after: Some(json!(answer.values)),
            };
            audit::record(&*tx, ctx, change).await?;
        }
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a rule away. Alerts that stand, and messages that wait, stay as they are.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found; a rule when one about every store is taken away by somebody who does not look after all
    /// of them.
    pub async fn remove(&self, ctx: &Ctx, command: &RemoveAlertRule) -> ServiceResult<()> {
        ctx.require(Permission::SettingsWrite)?;
        self.services
            .db()
            .retry(|| self.remove_once(ctx, command))
            .await
    }

    async fn remove_once(&self, ctx: &Ctx, command: &RemoveAlertRule) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        if receipts::find::<()>(&*tx, ctx, command.command_id, REMOVE, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let old = rows::get_locked(&*tx, organization_id, command.rule_id).await?;
        check_reach(ctx, &view(&old)?.values.stores)?;
        rows::delete(&*tx, organization_id, old.id).await?;
        receipts::insert(&*tx, ctx, command.command_id, REMOVE, command, &()).await?;
        let change = Change {
            action: REMOVE,
            subject_kind: SUBJECT,
            subject_id: old.id,
            before: Some(json!(view(&old)?.values)),
            after: None,
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_with_a_measure_has_its_size_in_its_detail() {
        let detail = json!({"on_hand": -4, "quantity": 7, "money_minor": 900, "ratio": 1.25});
        for kind in AlertKind::ALL.iter().copied() {
            let size = size_of(kind, &detail);
            assert_eq!(size.is_some(), measure_of(kind).is_some(), "{kind}");
            assert_eq!(size_of(kind, &json!({})), None, "{kind}");
        }
        assert_eq!(size_of(AlertKind::NegativeStock, &detail), Some(-4));
        assert_eq!(size_of(AlertKind::Drift, &detail), Some(12_500));
    }
}
