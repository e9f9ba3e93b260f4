//! Why a suggestion is dismissed.

use super::Desk;
use crate::{
    components::*, drafts, i18n::*, refusals::told, server_fns::suggestions::dismiss_suggestion,
};
use contract::suggestions::{DismissSuggestion, SuggestionView};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub(super) fn DismissDialog(
    dismissing: RwSignal<Option<SuggestionView>>,
    desk: Desk,
    on_done: Callback<()>,
) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if dismissing.with(Option::is_some) {
            error.set(None);
            open.set(true);
        }
    });
    let title = move || {
        let name = dismissing.with(|s| {
            s.as_ref()
                .map(|s| s.product_name.clone())
                .unwrap_or_default()
        });
        t_string!(i18n, plan.dismiss_question, product = name)
    };
    let send = move || {
        let Some(suggestion) = dismissing.get_untracked() else {
            return;
        };
        let act = format!("dismiss:{}:{}", suggestion.id, reason.get_untracked());
        let command = DismissSuggestion {
            command_id: desk.command(&act),
            suggestion_id: suggestion.id,
            reason: reason.get_untracked(),
        };
        spawn_local(async move {
            let answer = dismiss_suggestion(command).await;
            desk.answered(&act, answer.as_ref().err());
            match answer {
                Ok(_) => {
                    drafts::saved(&format!("dismiss-{}", suggestion.id));
                    reason.set(String::new());
                    dismissing.set(None);
                    open.set(false);
                    toasts.done(t_string!(i18n, plan.dismissed));
                    // The page may be gone by now.
                    let _ = on_done.try_run(());
                }
                Err(refusal) => error.set(Some(told(i18n.get_locale_untracked(), &refusal))),
            }
        });
    };
    view! {
        <Dialog open title>
            <form
                class="form"
                data-draft=move || dismissing.with(|s| s.as_ref().map(|s| format!("dismiss-{}", s.id)))
                on:submit=move |event| {
                    event.prevent_default();
                    send();
                }
            >
                <div class="quick-reasons">
                    {["reason_dough", "reason_oven", "reason_too_much", "reason_not_sold"]
                        .map(|key| {
                            let words = move || match key {
                                "reason_dough" => t_string!(i18n, plan.reason_dough),
                                "reason_oven" => t_string!(i18n, plan.reason_oven),
                                "reason_too_much" => t_string!(i18n, plan.reason_too_much),
                                _ => t_string!(i18n, plan.reason_not_sold),
                            };
                            view! {
                                <Button on_press=move |()| reason.set(words().to_owned())>{words}</Button>
                            }
                        })}
                </div>
                <TextInput name="dismiss-reason" label=move || t_string!(i18n, plan.dismiss_reason) value=reason error />
                <div class="dialog-actions">
                    <Button kind=ButtonKind::Primary submit=true>{move || t_string!(i18n, plan.dismiss)}</Button>
                </div>
            </form>
        </Dialog>
    }
}
