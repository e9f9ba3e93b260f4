//! Why the server refused, in a baker's words: the stable reasons of orders, suggestions and stock.

use crate::{
    components::describe,
    device_queue::book::may_succeed_later,
    i18n::{Locale, td_string},
};
use contract::{AppError, ErrorCode};

/// Whether it may have been done although this is what came back, as from a proxy whose server stopped after it had written: it is sent
/// again under the same id.
#[must_use]
pub fn may_be_done(error: &AppError) -> bool {
    error.code == ErrorCode::Outdated || may_succeed_later(error)
}

/// The sentence for a refusal. Rules that no screen knows are told by their kind.
#[must_use]
pub fn told(locale: Locale, error: &AppError) -> String {
    let field = error.fields.first().map(|field| field.reason.as_str());
    let reason = if error.reason.is_empty() {
        field.unwrap_or_default()
    } else {
        error.reason.as_str()
    };
    sentence(locale, reason)
        .unwrap_or_else(|| describe(locale, error.code))
        .to_owned()
}

/// The sentence beside a field, if that field was refused.
#[must_use]
pub fn beside(locale: Locale, error: &AppError, field: &str) -> Option<String> {
    let field = error.field(field)?;
    Some(
        sentence(locale, &field.reason)
            .unwrap_or_else(|| describe(locale, error.code))
            .to_owned(),
    )
}

fn sentence(locale: Locale, reason: &str) -> Option<&'static str> {
    Some(match reason {
        "order.stale" => td_string!(locale, orders.refused_stale),
        "order.moved_on" => td_string!(locale, orders.refused_moved_on),
        "order.recall_over" => td_string!(locale, orders.refused_recall_over),
        "order.partly_baked" => td_string!(locale, orders.refused_partly_baked),
        "too_long_ago" => td_string!(locale, orders.refused_too_long_ago),
        "suggestion.decided" => td_string!(locale, plan.refused_decided),
        "suggestion.over" => td_string!(locale, plan.refused_over),
        "date_out_of_range" => td_string!(locale, orders.refused_date),
        "quantity_out_of_range" => td_string!(locale, orders.refused_quantity),
        "required" => td_string!(locale, orders.refused_required),
        "too_long" => td_string!(locale, orders.refused_too_long),
        "exceeds_on_hand" => td_string!(locale, stock.refused_exceeds),
        "takes_expired" => td_string!(locale, stock.refused_takes_expired),
        "exceeds_good" => td_string!(locale, transfers.refused_exceeds),
        "same_store" => td_string!(locale, transfers.refused_same),
        "transfer.moved_on" => td_string!(locale, transfers.refused_moved_on),
        "stock.already_reversed" => td_string!(locale, stock.refused_reversed),
        "stock.not_reversible" => td_string!(locale, stock.refused_not_reversible),
        "stock.already_open" => td_string!(locale, stock.refused_open),
        "in_the_future" => td_string!(locale, stock.refused_future),
        "no_weekday" => td_string!(locale, standing.refused_weekday),
        "wrong_end" => td_string!(locale, standing.refused_end),
        "standing_order.stale" => td_string!(locale, standing.refused_stale),
        "standing_order.ended" => td_string!(locale, standing.refused_ended),
        "count.moved_on" => td_string!(locale, stock.refused_count_moved_on),
        "count.stale" => td_string!(locale, stock.refused_count_stale),
        "count.empty" => td_string!(locale, stock.refused_count_empty),
        "count.own" => td_string!(locale, stock.refused_count_own),
        "count.needs_approval" => td_string!(locale, stock.refused_count_approval),
        "recipe.unit" => td_string!(locale, recipes.err_recipe_unit),
        "recipe.too_much" => td_string!(locale, recipes.err_too_much),
        "policy.stale" => td_string!(locale, policies.refused_stale),
        "command.reused" => td_string!(locale, orders.refused_reused),
        _ => return None,
    })
}
