//! Taking up again what was dismissed.

use super::{Suggestions, deciding::decided};
use crate::store::shelves;
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts};
use contract::suggestions::{ReopenSuggestion, SuggestionView};
use domain::{Permission, SuggestionStatus};
use entity::suggestion;

const OPERATION: &str = "suggestions.reopen";

impl Suggestions<'_> {
    /// Opens a dismissed suggestion again, until its day is over on the shop's clock. The number is the one that it was dismissed with;
    /// why it was dismissed stays in the audit log.
    ///
    /// # Errors
    /// Forbidden, not found, a conflict when it is not dismissed or its day is over.
    pub async fn reopen(
        &self,
        ctx: &Ctx,
        command: ReopenSuggestion,
    ) -> ServiceResult<SuggestionView> {
        ctx.require(Permission::SuggestionsDecide)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = self
                    .get_for_decision(&*tx, ctx, command.suggestion_id)
                    .await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, OPERATION, &command).await?
                {
                    return Ok(answer);
                }
                if before.status != SuggestionStatus::Dismissed {
                    return Err(decided(&before));
                }
                let store =
                    shelves::get_store(&*tx, ctx.organization_id(), before.store_id).await?;
                if before.production_date < ctx.today_in(clock::zone(&store.time_zone)?) {
                    return Err(ServiceError::Conflict {
                        reason: "suggestion.over",
                        message: "The day of this suggestion is over. Nothing was changed.".into(),
                    });
                }
                let after = suggestion::Model {
                    status: SuggestionStatus::Open,
                    dismiss_reason: None,
                    decided_by: None,
                    decided_at: None,
                    ..before.clone()
                };
                let answer = self.save(&*tx, ctx, OPERATION, &before, after).await?;
                receipts::insert(&*tx, ctx, command.command_id, OPERATION, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}
