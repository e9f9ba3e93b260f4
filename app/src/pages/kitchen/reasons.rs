//! Why something is not baked: the sheet for a suggestion that is dismissed and for a batch that is given up.

use super::{Acts, Deed, about};
use crate::{
    components::*,
    device_queue::{About, Command},
    drafts,
    format::use_format,
    i18n::*,
};
use contract::orders::{CancelOrder, OrderView};
use contract::suggestions::{DismissSuggestion, SuggestionView};
use domain::orders::{MAX_REASON, check_reason};
use leptos::prelude::*;
use uuid::Uuid;

/// What a reason is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Dismiss,
    Cancel,
}

/// The suggestion or the batch on the sheet.
#[derive(Clone)]
struct Subject {
    what: What,
    id: Uuid,
    about: About,
}

/// What is decided against, and what is typed about it; lives outside of what is loaded, so that nothing typed is lost.
#[derive(Clone, Copy)]
pub(super) struct Refusing {
    open: RwSignal<bool>,
    subject: RwSignal<Option<Subject>>,
    reason: RwSignal<String>,
}

impl Refusing {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            subject: RwSignal::new(None),
            reason: RwSignal::new(String::new()),
        }
    }

    /// Asks why a suggestion is dismissed.
    pub(super) fn dismiss(self, suggestion: &SuggestionView) {
        self.ask(Subject {
            what: What::Dismiss,
            id: suggestion.id,
            about: proposed(suggestion),
        });
    }

    /// Asks why a batch is given up.
    pub(super) fn cancel(self, order: &OrderView) {
        self.ask(Subject {
            what: What::Cancel,
            id: order.id,
            about: about(order, order.planned_quantity),
        });
    }

    /// Opens the sheet; what was typed for the same one before is still there.
    fn ask(self, subject: Subject) {
        let same = self
            .subject
            .with_untracked(|known| known.as_ref().is_some_and(|known| known.id == subject.id));
        if !same {
            self.reason.set(String::new());
        }
        self.subject.set(Some(subject));
        self.open.set(true);
    }
}

/// What a command about a suggestion is about, for people.
pub(super) fn proposed(suggestion: &SuggestionView) -> About {
    About {
        product: suggestion.product_name.clone(),
        store: suggestion.store_name.clone(),
        quantity: Some(suggestion.planned()),
        unit: suggestion.unit,
    }
}

/// Opens the sheet for a suggestion, for whoever may decide about it.
#[component]
pub(super) fn DismissKey(suggestion: SuggestionView, acts: Acts) -> impl IntoView {
    let i18n = use_i18n();
    acts.dismiss.map(|dismiss| {
        view! {
            <Button kind=ButtonKind::Quiet large=true on_press=move |()| dismiss.run(suggestion.clone())>
                {move || t_string!(i18n, plan.dismiss)}
            </Button>
        }
    })
}

/// Opens the sheet for a batch, for whoever may give it up.
#[component]
pub(super) fn CancelKey(order: OrderView, acts: Acts) -> impl IntoView {
    let i18n = use_i18n();
    acts.cancel.map(|cancel| {
        view! {
            <Button kind=ButtonKind::Quiet large=true on_press=move |()| cancel.run(order.clone())>
                {move || t_string!(i18n, orders.cancel)}
            </Button>
        }
    })
}

/// A text in the person's language.
type Words = fn(Locale) -> &'static str;

/// The reasons that are given most days.
fn usual(what: What) -> [Words; 4] {
    match what {
        What::Dismiss => [
            |l| td_string!(l, plan.reason_dough),
            |l| td_string!(l, plan.reason_oven),
            |l| td_string!(l, plan.reason_too_much),
            |l| td_string!(l, plan.reason_not_sold),
        ],
        What::Cancel => [
            |l| td_string!(l, kitchen.reason_missing),
            |l| td_string!(l, plan.reason_oven),
            |l| td_string!(l, kitchen.reason_not_needed),
            |l| td_string!(l, kitchen.reason_mistake),
        ],
    }
}

/// "Why?"
#[component]
pub(super) fn ReasonSheet(refusing: Refusing, push: Callback<Deed>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let Refusing {
        open,
        subject,
        reason,
    } = refusing;
    let what = Memo::new(move |_| subject.with(|s| s.as_ref().map(|s| s.what)));
    let title = move || {
        let product = subject.with(|s| {
            s.as_ref()
                .map(|s| s.about.product.clone())
                .unwrap_or_default()
        });
        match what.get() {
            Some(What::Cancel) => t_string!(i18n, kitchen.cancel_question, product = product),
            _ => t_string!(i18n, plan.dismiss_question, product = product),
        }
    };
    let planned = move || {
        subject.with(|s| {
            let about = &s.as_ref()?.about;
            Some(t_string!(
                i18n,
                kitchen.planned_for,
                quantity = format.quantity(about.quantity.unwrap_or(0), about.unit),
                store = about.store.clone()
            ))
        })
    };
    let detail =
        move || (what.get() == Some(What::Cancel)).then(|| t_string!(i18n, orders.cancel_detail));
    let keys = move || {
        let keys = what.get().map(usual).into_iter().flatten();
        keys.map(|words| {
            view! {
                <button
                    type="button"
                    class="button button-large reason"
                    aria-pressed=move || reason.with(|given| given == words(i18n.get_locale())).to_string()
                    on:click=move |_| reason.set(words(i18n.get_locale_untracked()).to_owned())
                >
                    {move || words(i18n.get_locale())}
                </button>
            }
        })
        .collect_view()
    };
    let error = move || {
        let is_long = reason.with(|reason| reason.trim().chars().count() > MAX_REASON);
        is_long.then(|| t_string!(i18n, orders.refused_too_long).to_owned())
    };
    let is_missing = move || reason.with(|reason| check_reason(reason).is_err());
    let send = move || {
        let Some(Subject { what, id, about }) = subject.get_untracked() else {
            return;
        };
        let typed = reason.get_untracked();
        let Ok(given) = check_reason(&typed) else {
            return;
        };
        let (command_id, given) = (Uuid::now_v7(), given.to_owned());
        let command = match what {
            What::Dismiss => Command::Dismiss(DismissSuggestion {
                command_id,
                suggestion_id: id,
                reason: given,
            }),
            What::Cancel => Command::Cancel(CancelOrder {
                command_id,
                order_id: id,
                reason: given,
            }),
        };
        push.run((command, about));
        drafts::saved(&draft(id));
        open.set(false);
        subject.set(None);
    };
    view! {
        <Dialog open title sheet=true>
            <form
                class="form reasons"
                data-draft=move || subject.with(|s| s.as_ref().map(|s| draft(s.id)))
                on:submit=move |event| {
                    event.prevent_default();
                    send();
                }
            >
                <p class="lead">{planned}</p>
                {move || detail().map(|detail| view! { <p>{detail}</p> })}
                <div class="reason-keys">{keys}</div>
                <TextInput
                    name="why-not"
                    label=move || t_string!(i18n, plan.dismiss_reason)
                    value=reason
                    error=Signal::derive(error)
                />
                <Button kind=ButtonKind::Danger large=true submit=true disabled=Signal::derive(is_missing)>
                    {move || match what.get() {
                        Some(What::Cancel) => t_string!(i18n, orders.cancel),
                        _ => t_string!(i18n, plan.dismiss),
                    }}
                </Button>
            </form>
        </Dialog>
    }
}

/// Where what is typed is kept.
fn draft(id: Uuid) -> String {
    format!("why-not-{id}")
}
