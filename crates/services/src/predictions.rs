//! What predictions rest on: the night whose forecasts stand, the model that serves, and whether a fact has changed since.

use crate::forecast_book::levels;
use crate::store::{catalog, forecasts, jobs, models, panel, predictions as rows};
use crate::{Ctx, ServiceError, ServiceResult, Services};
use chrono::{DateTime, Days, NaiveDate, Utc};
use contract::predict::ModelInfoView;
use domain::panel::{HORIZON_DAYS, QUANTILE_LEVELS};
use domain::{ForecastSource, JobKind, ModelAlias, Permission};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The action with which a night says that its forecasts are complete.
const ISSUE: &str = "forecasts.issue";

/// Days back whose sales are looked at for corrections, and whose weather a forecast reads.
const DAYS_BACK: u64 = 28;

/// Entries of the audit log read at once; where there are more, something of them counts as a fact.
const MOST_ENTRIES: u64 = 5_000;

/// Latest days of a series that a model reads one by one.
const HISTORY_DAYS: u32 = 56;

/// Beginnings of actions that change nothing of what a forecast reads. Whatever is not among them counts as a change: too many cost
/// time, one too few would cost truth. Tickets are looked at by the days that they touch.
const NO_FACTS: [&str; 21] = [
    "alerts.",
    "count",
    "forecasts.",
    "imports.check",
    "imports.create",
    "ingredients.",
    "jobs.",
    "keys.",
    "models.",
    "orders.",
    "policies.",
    "purchases.",
    "recipes.",
    "sales.record",
    "session.",
    "standing_orders.",
    "stock.",
    "suggestions.",
    "tokens.",
    "transfers.",
    "users.",
];

/// A night whose forecasts are complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The trading day that it closed.
    pub issued_on: NaiveDate,
    pub issued_at: DateTime<Utc>,
    /// `None` = the baseline forecast.
    pub model_version_id: Option<Uuid>,
    /// Its place in the audit log.
    sequence: i64,
}

/// Everything on which predictions rest, as marks that change when it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// `None` before the first night.
    pub issue: Option<Issue>,
    /// The version that serves.
    pub champion: Option<Uuid>,
    /// Number of the latest audit entry that may tell of a fact.
    fact: i64,
    sales_changed_at: Option<DateTime<Utc>>,
    weather_changed_at: Option<DateTime<Utc>>,
}

/// What was found when it was last looked.
#[derive(Clone, Debug)]
pub struct Look {
    pub stamp: Stamp,
    /// Number of the audit entry up to which was read.
    read_until: i64,
}

/// A stored forecast of one shelf and day, in thousandths of the base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredForecast {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub target_date: NaiveDate,
    pub source: ForecastSource,
    pub mean_milli: i64,
    pub quantiles_milli: [i64; 11],
}

/// Shops and products that there are.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub stores: BTreeSet<Uuid>,
    pub products: BTreeSet<Uuid>,
}

/// What an audit entry says of an issue.
#[derive(Deserialize)]
struct Issued {
    issued_on: NaiveDate,
    model_version_id: Option<Uuid>,
}

/// What predictions rest on; see [`Services::predictions`].
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    services: &'a Services,
}

impl Services {
    /// What predictions rest on.
    #[must_use]
    pub fn predictions(&self) -> Predictions<'_> {
        Predictions { services: self }
    }
}

impl Predictions<'_> {
    /// Looks what predictions rest on. After `before` it costs a few rows, whatever the history is: every change of state leaves an entry
    /// in the audit log, and only what is new there is read. Weather comes without entries and is asked for its latest change.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`.
    pub async fn look(&self, ctx: &Ctx, before: Option<&Look>) -> ServiceResult<Look> {
        ctx.require(Permission::ForecastsRead)?;
        let organization_id = ctx.organization_id();
        let scoped = self.services.db().of(organization_id);
        let db = &*scoped;
        // Read first: what comes later has a higher number and is found the next time.
        let head = rows::find_head(db, organization_id).await?;
        let mut stamp = before.map(|b| b.stamp.clone()).unwrap_or_default();
        let is_first = before.is_none();
        if before.is_none_or(|b| b.read_until != head) {
            let since = before.map_or(head, |b| b.read_until);
            let news = rows::list_actions_after(db, organization_id, since, MOST_ENTRIES).await?;
            let is_too_many = news.len() as u64 == MOST_ENTRIES;
            let is_issued = is_first || is_too_many || news.iter().any(|(_, a)| a == ISSUE);
            if is_issued {
                stamp.issue = self.last_issue(organization_id).await?;
            }
            let fact = news.iter().rev().find(|(_, action)| is_fact(action));
            if let Some((sequence, _)) = fact {
                stamp.fact = *sequence;
            } else if is_too_many {
                stamp.fact = head;
            }
            let is_sold = news.iter().any(|(_, action)| action.starts_with("sales."));
            if is_issued || is_sold {
                stamp.sales_changed_at = match &stamp.issue {
                    Some(issue) => {
                        let days = (issue.issued_on - Days::new(DAYS_BACK), issue.issued_on);
                        rows::find_sales_change(db, organization_id, days).await?
                    }
                    None => None,
                };
            }
            let aliases = models::list_aliases(db, organization_id).await?;
            let champion = aliases.iter().find(|a| a.alias == ModelAlias::Champion);
            stamp.champion = champion.map(|a| a.model_version_id);
        }
        stamp.weather_changed_at = match &stamp.issue {
            Some(issue) => {
                let days = (
                    issue.issued_on - Days::new(DAYS_BACK),
                    issue.issued_on + Days::new(HORIZON_DAYS as u64),
                );
                rows::find_weather_change(db, organization_id, days).await?
            }
            None => None,
        };
        Ok(Look {
            stamp,
            read_until: head,
        })
    }

    async fn last_issue(&self, organization_id: Uuid) -> ServiceResult<Option<Issue>> {
        let db = self.services.db().of(organization_id);
        let Some(entry) = rows::find_last_entry(&*db, organization_id, ISSUE).await? else {
            return Ok(None);
        };
        let said: Issued = serde_json::from_value(entry.after.unwrap_or(Value::Null))
            .map_err(|e| ServiceError::Internal(format!("the entry of an issue: {e}")))?;
        Ok(Some(Issue {
            issued_on: said.issued_on,
            issued_at: entry.at,
            model_version_id: said.model_version_id,
            sequence: entry.sequence,
        }))
    }

    /// Fingerprint of the panel that the night read which closed this day; `None` where the book does not say.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`.
    pub async fn night_version(
        &self,
        ctx: &Ctx,
        issued_on: NaiveDate,
    ) -> ServiceResult<Option<String>> {
        ctx.require(Permission::ForecastsRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let run = jobs::find_run(&*db, organization_id, JobKind::Nightly, issued_on).await?;
        let Some(run) = run else {
            return Ok(None);
        };
        let steps = jobs::list_steps(&*db, organization_id, &[run.id]).await?;
        let step = steps.into_iter().find(|s| s.name == "data_version");
        Ok(step.and_then(|s| Some(s.detail.get("version")?.as_str()?.to_owned())))
    }

    /// The forecasts of a night as they are stored.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`.
    pub async fn stored(
        &self,
        ctx: &Ctx,
        issued_on: NaiveDate,
    ) -> ServiceResult<Vec<StoredForecast>> {
        ctx.require(Permission::ForecastsRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let until = issued_on + Days::new(HORIZON_DAYS as u64);
        let issued =
            forecasts::list_issued(&*db, organization_id, issued_on, None, issued_on, until);
        Ok(issued
            .await?
            .into_iter()
            .map(|row| StoredForecast {
                store_id: row.store_id,
                product_id: row.product_id,
                target_date: row.target_date,
                source: row.source,
                mean_milli: row.mean_milli,
                quantiles_milli: levels(&row),
            })
            .collect())
    }

    /// Shops and products that can be asked after.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`.
    pub async fn known(&self, ctx: &Ctx) -> ServiceResult<Known> {
        ctx.require(Permission::ForecastsRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let products = panel::list_products(&*db, organization_id).await?;
        Ok(Known {
            stores: catalog::list_store_ids(&*db, organization_id).await?,
            products: products
                .into_iter()
                .map(|(product, _)| product.id)
                .collect(),
        })
    }

    /// The model that serves: what it was trained on, what it reads and how it was judged.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`.
    pub async fn model_info(&self, ctx: &Ctx) -> ServiceResult<ModelInfoView> {
        ctx.require(Permission::ModelsRead)?;
        let registry = self.services.models();
        let detail = match registry.serving(ctx, ModelAlias::Champion).await? {
            Some(serving) => Some(registry.get(ctx, serving.id).await?),
            None => None,
        };
        let mut view = ModelInfoView {
            version: None,
            data_version: None,
            schema_hash: None,
            code_version: None,
            history_days: HISTORY_DAYS,
            horizon_days: HORIZON_DAYS as u32,
            quantiles: QUANTILE_LEVELS.to_vec(),
            features: Value::Null,
        };
        if let Some(mut detail) = detail {
            let inputs = detail.manifest.get_mut("covariates");
            view.features = inputs.map(Value::take).unwrap_or_default();
            view.version = Some(detail.version);
            view.data_version = Some(detail.data_version);
            view.schema_hash = Some(detail.schema_hash);
            view.code_version = Some(detail.code_version);
        }
        Ok(view)
    }
}

fn is_fact(action: &str) -> bool {
    !NO_FACTS.iter().any(|start| action.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::is_fact;

    #[test]
    fn what_is_not_known_to_change_nothing_counts_as_a_fact() {
        for action in [
            "calendar.write",
            "catalog.set_up",
            "history.put",
            "imports.applied",
            "imports.undone",
            "sales.void",
            "products.update",
        ] {
            assert!(is_fact(action), "{action}");
        }
        for action in [
            "keys.rotate",
            "orders.complete",
            "sales.record",
            "session.sign_in",
            "tokens.of_key",
        ] {
            assert!(!is_fact(action), "{action}");
        }
    }
}
