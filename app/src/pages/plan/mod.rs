//! The plan of the day: what the system proposes to bake for a store, why, and a person's word on it.

mod card;
mod parts;
mod why;

use self::card::{PlanActs, PlanCard};
use crate::{
    components::*,
    drafts,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::oven::OvenNotice,
    refusals::told,
    routes::guarded,
    server_fns::suggestions::{
        accept_suggestion, accept_suggestions, adjust_suggestion, dismiss_suggestion,
        list_suggestions,
    },
    session::{may, use_current_user},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::suggestions::{
    AcceptSuggestion, AcceptSuggestions, AdjustSuggestion, DaySuggestions, DismissSuggestion,
    ListSuggestions, SuggestionView,
};
use contract::{AppError, ErrorCode};
use domain::{Permission, SuggestionStatus};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_query_map};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

pub(crate) use parts::PartsLine;
pub(crate) use why::{WhyQuestion, why};

/// The plan of the day.
#[component]
pub fn PlanPage() -> impl IntoView {
    guarded(Permission::SuggestionsRead, || view! { <Plan /> })
}

/// What is typed and pressed on the page; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desk {
    /// A person's number by suggestion, while it differs from what the server knows.
    drafts: StoredValue<HashMap<Uuid, RwSignal<Option<i64>>>>,
    /// Suggestions whose change was our own: the page shows it already.
    own: StoredValue<HashSet<Uuid>>,
    /// The command id of each act until it is answered, so that a repeated press is the same command.
    commands: StoredValue<HashMap<String, Uuid>>,
    busy: RwSignal<bool>,
}

impl Desk {
    fn draft(self, suggestion: &SuggestionView) -> RwSignal<Option<i64>> {
        let known = self
            .drafts
            .with_value(|drafts| drafts.get(&suggestion.id).copied());
        known.unwrap_or_else(|| {
            // Owned by the page and not by the card, which is drawn anew with every load.
            let draft = RwSignal::new(Some(suggestion.planned()));
            self.drafts.update_value(|drafts| {
                drafts.insert(suggestion.id, draft);
            });
            draft
        })
    }

    fn command(self, act: &str) -> Uuid {
        self.commands
            .try_update_value(|commands| {
                *commands.entry(act.to_owned()).or_insert_with(Uuid::now_v7)
            })
            .unwrap_or_else(Uuid::now_v7)
    }

    /// After a failure of the network the same act keeps its id; after any answer a new press is a new act.
    fn answered(self, act: &str, error: Option<&AppError>) {
        if error.is_none_or(|error| error.code != ErrorCode::Network) {
            self.commands.update_value(|commands| {
                commands.remove(act);
            });
        }
    }
}

#[component]
fn Plan() -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let today = use_current_user().today;
    let store = use_chosen_store();
    let query = use_query_map();
    let date = Memo::new(move |_| {
        query
            .with(|query| query.get("date"))
            .and_then(|text| text.parse::<NaiveDate>().ok())
            .unwrap_or(today)
    });
    let wanted = move || ListSuggestions {
        production_date: date.get(),
        store_id: store.get().map(|store| store.id),
    };
    let day = Fetched::new(wanted, list_suggestions);
    let owner = Owner::current();
    let desk = Desk {
        drafts: StoredValue::new(HashMap::new()),
        own: StoredValue::new(HashSet::new()),
        commands: StoredValue::new(HashMap::new()),
        busy: RwSignal::new(false),
    };
    use_live(&["suggestions", "orders"], move |events| {
        let all_own = desk.own.try_update_value(|own| {
            !events.is_empty()
                && events
                    .iter()
                    .all(|event| event.subject_id.is_some_and(|id| own.remove(&id)))
        });
        if all_own != Some(true) {
            day.refetch();
        }
    });
    let dismissing = RwSignal::new(None::<SuggestionView>);
    let accept_one = move |(suggestion_id, quantity): (Uuid, Option<i64>)| {
        if desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        let act = format!("accept:{suggestion_id}:{quantity:?}");
        let command = AcceptSuggestion {
            command_id: desk.command(&act),
            suggestion_id,
            quantity,
        };
        spawn_local(async move {
            let answer = accept_suggestion(command).await;
            desk.answered(&act, answer.as_ref().err());
            match &answer {
                Ok(order) => toasts.done(t_string!(
                    i18n,
                    plan.accepted,
                    number = format.number(order.number)
                )),
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), error)),
            }
            desk.busy.set(false);
            day.refetch();
        });
    };
    let accept = move |ids: Vec<Uuid>| {
        if ids.is_empty() || desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        let act = format!("accept:{ids:?}");
        let command = AcceptSuggestions {
            command_id: desk.command(&act),
            suggestion_ids: ids,
        };
        spawn_local(async move {
            let answer = accept_suggestions(command).await;
            desk.answered(&act, answer.as_ref().err());
            match &answer {
                Ok(done) => {
                    let count = i64::try_from(done.orders.len()).unwrap_or(i64::MAX);
                    toasts.done(t_string!(
                        i18n,
                        plan.accepted_count,
                        count = format.number(count)
                    ));
                }
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), error)),
            }
            desk.busy.set(false);
            day.refetch();
        });
    };
    let adjust = move |(id, quantity): (Uuid, i64)| {
        desk.own.update_value(|own| {
            own.insert(id);
        });
        let command = AdjustSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: id,
            quantity,
        };
        spawn_local(async move {
            if let Err(error) = adjust_suggestion(command).await {
                toasts.failed(told(i18n.get_locale_untracked(), &error));
                if error.code == ErrorCode::Conflict {
                    day.refetch();
                }
            }
        });
    };
    let acts = PlanActs {
        accept: Callback::new(accept_one),
        adjust: Callback::new(adjust),
        dismiss: Callback::new(move |suggestion| dismissing.set(Some(suggestion))),
        may_decide: may(Permission::SuggestionsDecide),
        may_accept: may(Permission::SuggestionsDecide) && may(Permission::OrdersCreate),
        busy: desk.busy.into(),
    };
    let accept_many = Callback::new(accept);
    let shop = Signal::derive(move || store.get().map(|store| store.id));
    view! {
        <Header date=date.into() />
        <Later part=move || part(Part::Oven(date.into(), shop)) />
        <Loaded
            resource=day
            waiting=Waiting::Cards
            children=move |day: DaySuggestions| {
                let drafts: HashMap<Uuid, RwSignal<Option<i64>>> = owner
                    .clone()
                    .unwrap_or_default()
                    .with(|| day.items.iter().map(|suggestion| (suggestion.id, desk.draft(suggestion))).collect());
                view! { <Suggestions day drafts acts accept_many /> }
            }
        />
        <Later part=move || part(Part::Dismiss(dismissing, desk, Callback::new(move |()| day.refetch()))) />
    }
}

/// What of the plan comes later. One function for all of it: each would be named in what every page loads.
enum Part {
    Dismiss(RwSignal<Option<SuggestionView>>, Desk, Callback<()>),
    Oven(Signal<NaiveDate>, Signal<Option<Uuid>>),
    Why(Box<SuggestionView>),
}

#[lazy(plan_later)]
fn part(part: Part) -> AnyView {
    match part {
        Part::Dismiss(dismissing, desk, on_done) => {
            view! { <DismissDialog dismissing desk on_done /> }.into_any()
        }
        Part::Oven(date, store) => view! { <OvenNotice date store /> }.into_any(),
        Part::Why(suggestion) => why(*suggestion),
    }
}

#[component]
fn Header(date: Signal<NaiveDate>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let chosen = RwSignal::new(Some(date.get_untracked()));
    let navigate = use_navigate();
    view! {
        <PageHeader
            title=move || t_string!(i18n, plan.title)
            over=move || format.date_long(date.get())
            lead=move || t_string!(i18n, plan.lead)
        >
            {may(Permission::PoliciesWrite)
                .then(|| view! { <ButtonLink href="/policies" kind=ButtonKind::Quiet>{move || t_string!(i18n, plan.policies)}</ButtonLink> })}
            <DateField
                name="date"
                label=move || t_string!(i18n, plan.date)
                value=chosen
                on_change=Callback::new(move |date: Option<NaiveDate>| {
                    if let Some(date) = date {
                        navigate(&format!("/plan?date={date}"), leptos_router::NavigateOptions::default());
                    }
                })
            />
        </PageHeader>
    }
}

#[component]
fn Suggestions(
    day: DaySuggestions,
    drafts: HashMap<Uuid, RwSignal<Option<i64>>>,
    acts: PlanActs,
    accept_many: Callback<Vec<Uuid>>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    if day.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Plan title=move || t_string!(i18n, plan.empty_title) text=move || t_string!(i18n, plan.empty_text)>
                <ButtonLink href="/orders/new">{move || t_string!(i18n, orders.new_batch)}</ButtonLink>
            </EmptyState>
        }
        .into_any();
    }
    let scale = day
        .items
        .iter()
        .map(|s| s.reasons.forecast_p90)
        .max()
        .unwrap_or(1);
    let (open, decided): (Vec<_>, Vec<_>) = day
        .items
        .into_iter()
        .partition(|s| s.status == SuggestionStatus::Open);
    let (to_bake, enough): (Vec<_>, Vec<_>) = open.into_iter().partition(|s| s.planned() > 0);
    let ids: Vec<Uuid> = to_bake.iter().map(|s| s.id).collect();
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let cards = move |items: Vec<SuggestionView>| {
        items
            .into_iter()
            .map(|suggestion| {
                let draft = drafts[&suggestion.id];
                view! { <PlanCard suggestion draft scale acts /> }
            })
            .collect_view()
    };
    let section = {
        let cards = cards.clone();
        move |title: TextProp, items: Vec<SuggestionView>| {
            let cards = (!items.is_empty()).then(|| cards(items));
            cards.map(
                |cards| view! { <Section title><div class="plan-cards">{cards}</div></Section> },
            )
        }
    };
    view! {
        {(acts.may_accept && count > 0)
            .then(|| {
                view! {
                    <div class="plan-all">
                        <Button
                            kind=ButtonKind::Primary
                            icon=Icon::Check
                            busy=acts.busy
                            on_press=move |()| accept_many.run(ids.clone())
                        >
                            {move || t_string!(i18n, plan.accept_all, count = format.number(count))}
                        </Button>
                        <p>{move || t_string!(i18n, plan.accept_all_hint)}</p>
                    </div>
                }
            })}
        <div class="plan-cards">{cards(to_bake)}</div>
        {section((move || t_string!(i18n, plan.enough)).into(), enough)}
        {section((move || t_string!(i18n, plan.decided)).into(), decided)}
    }
    .into_any()
}

#[component]
fn DismissDialog(
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
                    on_done.run(());
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
