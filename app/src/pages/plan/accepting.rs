//! Accepting many suggestions at once: those that are ticked, or all of them.

use super::Desk;
use crate::{
    components::*, format::use_format, i18n::*, refusals::told,
    server_fns::suggestions::accept_suggestions,
};
use contract::suggestions::{AcceptSuggestions, MAX_ACCEPTED, SuggestionQuantity};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Desk {
    /// Ticks or unticks suggestions.
    pub(super) fn tick(self, ids: &[Uuid], on: bool) {
        self.ticked.update(|ticked| {
            for id in ids {
                if on {
                    ticked.insert(*id);
                } else {
                    ticked.remove(id);
                }
            }
        });
    }

    /// Those with a number on the screen to bake, kept or not.
    fn typed(self, ids: &[Uuid]) -> Vec<SuggestionQuantity> {
        let typed = self.drafts.try_with_value(|drafts| {
            let numbers = ids.iter().filter_map(|id| {
                let quantity = drafts.get(id)?.number.get_untracked()?;
                (quantity > 0).then_some(SuggestionQuantity {
                    suggestion_id: *id,
                    quantity,
                })
            });
            numbers.collect()
        });
        typed.unwrap_or_default()
    }
}

/// The keys above the suggestions. `ids` are those that can be accepted.
#[component]
pub(super) fn Accepting(
    ids: Vec<Uuid>,
    desk: Desk,
    on_done: Callback<()>,
    /// Whether one press accepts all of them.
    #[prop(optional)]
    with_all: bool,
) -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let count = number(ids.len());
    let ids = StoredValue::new(ids);
    // What is ticked and was decided since then is not meant any more.
    let chosen = Memo::new(move |_| {
        desk.ticked.with(|ticked| {
            ids.with_value(|ids| {
                let ids = ids.iter().filter(|id| ticked.contains(id));
                ids.copied().collect::<Vec<_>>()
            })
        })
    });
    let send = move |ids: Vec<Uuid>| {
        let numbers = desk.typed(&ids);
        if numbers.is_empty() || desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        desk.sent.update_value(|sent| sent.extend(&ids));
        spawn_local(async move {
            let (mut accepted, mut skipped, mut refusal) = (0, 0, None);
            for part in numbers.chunks(MAX_ACCEPTED) {
                let act = format!("accept:{part:?}");
                let command = AcceptSuggestions {
                    command_id: desk.command(&act),
                    suggestion_ids: part.iter().map(|number| number.suggestion_id).collect(),
                    quantities: part.to_vec(),
                };
                let answer = accept_suggestions(command).await;
                desk.answered(&act, answer.as_ref().err());
                match answer {
                    Ok(done) => {
                        accepted += done.orders.len();
                        skipped += done.skipped.len();
                    }
                    Err(error) => {
                        refusal = Some(error);
                        break;
                    }
                }
            }
            if accepted > 0 || refusal.is_none() {
                let count = format.number(number(accepted));
                toasts.done(t_string!(i18n, plan.accepted_count, count = count));
            }
            if skipped > 0 {
                let count = format.number(number(skipped));
                toasts.done(t_string!(i18n, plan.skipped_count, count = count));
            }
            if let Some(error) = refusal {
                desk.keep_numbers_of(&ids);
                toasts.failed(told(i18n.get_locale_untracked(), &error));
            }
            let _ = desk.busy.try_set(false);
            // The page may be gone by now.
            let _ = on_done.try_run(());
        });
    };
    let none = Signal::derive(move || chosen.with(Vec::is_empty));
    let all_ticked = move || chosen.with(Vec::len) == ids.with_value(Vec::len);
    let words = move || {
        if all_ticked() {
            t_string!(i18n, plan.untick_all)
        } else {
            t_string!(i18n, plan.tick_all)
        }
    };
    let tick = move |()| {
        let on = chosen.with_untracked(Vec::len) < ids.with_value(Vec::len);
        desk.tick(&ids.get_value(), on);
    };
    let ticked_kind = if with_all {
        ButtonKind::Secondary
    } else {
        ButtonKind::Primary
    };
    view! {
        {with_all
            .then(|| {
                view! {
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Check
                        busy=desk.busy
                        on_press=move |()| send(ids.get_value())
                    >
                        {move || t_string!(i18n, plan.accept_all, count = format.number(count))}
                    </Button>
                }
            })}
        <Button
            kind=ticked_kind
            icon=Icon::Check
            busy=desk.busy
            disabled=none
            on_press=move |()| send(chosen.get_untracked())
        >
            {move || {
                let count = format.number(number(chosen.with(Vec::len)));
                t_string!(i18n, plan.accept_ticked, count = count)
            }}
        </Button>
        <Button kind=ButtonKind::Quiet on_press=tick>{words}</Button>
    }
}

/// The box that ticks one suggestion.
#[component]
pub(super) fn Tick(id: Uuid, product: String, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let is_ticked = move || desk.ticked.with(|ticked| ticked.contains(&id));
    view! {
        <label class="plan-tick">
            <input
                type="checkbox"
                name=format!("tick-{id}")
                aria-label=move || t_string!(i18n, plan.tick, product = product.clone()).to_string()
                prop:checked=is_ticked
                on:change:target=move |event| desk.tick(&[id], event.target().checked())
            />
        </label>
    }
}
