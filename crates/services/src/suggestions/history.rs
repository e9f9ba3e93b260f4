//! What suggestions said before they were computed again: kept for ever.

use super::Suggestions;
use crate::ledger::Shelf;
use crate::store::{suggestion_versions, suggestions};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::suggestions::{SuggestionHistory, SuggestionVersionView};
use domain::{Permission, SuggestionStatus};
use entity::suggestion;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Earlier numbers that are shown: more than a year of nights has.
const MAX_VERSIONS: u64 = 500;

/// Keeps what undecided suggestions say, where the new computation says something else. Nothing is written where nothing changed.
///
/// `before` are the locked rows of the day, by shelf.
pub(super) async fn keep_former(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    before: &BTreeMap<Shelf, suggestion::Model>,
    computed: &[suggestion::Model],
) -> ServiceResult<()> {
    let former = computed.iter().filter_map(|after| {
        let before = before.get(&(after.store_id, after.product_id))?;
        let is_undecided = matches!(
            before.status,
            SuggestionStatus::Open | SuggestionStatus::Superseded
        );
        let says_else = before.quantity != after.quantity || before.reasons != after.reasons;
        (is_undecided && says_else).then_some(before)
    });
    let former: Vec<&suggestion::Model> = former.collect();
    suggestion_versions::insert_next(db, organization_id, &former).await
}

impl Suggestions<'_> {
    /// What a suggestion said before it was computed again, with the reasons of then, the latest first; at most 500. What it
    /// says now stands in the suggestion itself.
    ///
    /// # Errors
    /// Forbidden; not found: also a suggestion for a store out of scope.
    pub async fn history(
        &self,
        ctx: &Ctx,
        suggestion_id: Uuid,
    ) -> ServiceResult<SuggestionHistory> {
        ctx.require(Permission::SuggestionsRead)?;
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let row = suggestions::get(db, organization_id, suggestion_id).await?;
        ctx.require_store(row.store_id)
            .map_err(|_| ServiceError::NotFound("suggestion"))?;
        let rows =
            suggestion_versions::list(db, organization_id, suggestion_id, MAX_VERSIONS).await?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in rows {
            versions.push(SuggestionVersionView {
                number: row.number,
                quantity: row.quantity,
                reasons: serde_json::from_value(row.reasons).map_err(|e| {
                    ServiceError::Internal(format!(
                        "the reasons of version {} of suggestion {suggestion_id} cannot be read: {e}",
                        row.number
                    ))
                })?,
                computed_at: row.computed_at,
            });
        }
        Ok(SuggestionHistory {
            suggestion_id,
            versions,
        })
    }
}
