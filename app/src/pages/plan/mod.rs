//! The plan of the day: what the system proposes to bake for a store, why, and a person's word on it.

mod accepting;
mod card;
mod changes;
mod dismissing;
mod more;
mod parts;
mod shops;
mod why;

use self::{
    accepting::Accepting,
    card::{PlanActs, PlanCard},
    changes::ChangesLine,
    dismissing::DismissDialog,
    more::{More, Reopen},
    shops::AllShops,
};
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::oven::OvenNotice,
    refusals::{may_be_done, told},
    routes::guarded,
    server_fns::suggestions::{accept_suggestion, adjust_suggestion, list_suggestions},
    session::{may, use_current_user, use_stores},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::suggestions::{
    AcceptSuggestion, AdjustSuggestion, DaySuggestions, ListSuggestions, SuggestionView,
};
use contract::{AppError, ErrorCode};
use domain::{Permission, SuggestionStatus};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_query_map};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

pub(crate) use parts::PartsLine;
pub(crate) use why::{WhyQuestion, why};

/// The plan of the day.
#[component]
pub fn PlanPage() -> impl IntoView {
    guarded(Permission::SuggestionsRead, || view! { <Plan /> })
}

/// The number of a suggestion on the screen. It belongs to nothing that is drawn: cards and lines come and go with every load.
#[derive(Clone)]
struct Draft {
    number: ArcRwSignal<Option<i64>>,
    /// What the server was known to plan: while both are the same, nobody here changed it.
    known: i64,
}

/// What is typed and pressed on the page; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desk {
    /// The number on the screen by suggestion.
    drafts: StoredValue<HashMap<Uuid, Draft>>,
    /// Suggestions whose change was our own: the page shows it already.
    own: StoredValue<HashSet<Uuid>>,
    /// The command id of each act until it is answered, so that a repeated press is the same command.
    commands: StoredValue<HashMap<String, Uuid>>,
    /// What is to be accepted together.
    ticked: RwSignal<BTreeSet<Uuid>>,
    /// Suggestions that are being accepted, or were, with the number on the screen: it need not be kept any more. They leave when they
    /// are drawn open again.
    sent: StoredValue<HashSet<Uuid>>,
    busy: RwSignal<bool>,
}

impl Desk {
    /// The number of a suggestion, to be read and set for as long as what is being drawn stands. One that nobody here changed follows
    /// what a colleague kept; what somebody here typed stays.
    fn draft(self, suggestion: &SuggestionView) -> RwSignal<Option<i64>> {
        let (id, planned) = (suggestion.id, suggestion.planned());
        if suggestion.status == SuggestionStatus::Open && !self.busy.get_untracked() {
            self.keep_numbers_of(&[id]);
        }
        let before = self.drafts.try_update_value(|drafts| {
            let new = || Draft {
                number: ArcRwSignal::new(Some(planned)),
                known: planned,
            };
            let draft = drafts.entry(id).or_insert_with(new);
            let before = draft.clone();
            draft.known = planned;
            before
        });
        let Some(Draft { number, known }) = before else {
            return RwSignal::new(Some(planned));
        };
        if known != planned && number.get_untracked() == Some(known) {
            number.set(Some(planned));
        }
        number.into()
    }

    /// The server keeps a number that was typed here.
    fn kept(self, id: Uuid, quantity: i64) {
        let _ = self.drafts.try_update_value(|drafts| {
            if let Some(draft) = drafts.get_mut(&id) {
                draft.known = quantity;
            }
        });
    }

    /// Numbers typed for these are kept again: they were not accepted.
    fn keep_numbers_of(self, ids: &[Uuid]) {
        let _ = self.sent.try_update_value(|sent| {
            for id in ids {
                sent.remove(id);
            }
        });
    }

    fn command(self, act: &str) -> Uuid {
        self.commands
            .try_update_value(|commands| {
                *commands.entry(act.to_owned()).or_insert_with(Uuid::now_v7)
            })
            .unwrap_or_else(Uuid::now_v7)
    }

    /// What may have been done all the same keeps its id; after any other answer a new press is a new act.
    fn answered(self, act: &str, error: Option<&AppError>) {
        if error.is_none_or(|error| !may_be_done(error)) {
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
    let has_many = use_stores().len() > 1;
    let all = Memo::new(move |_| has_many && query.with(|query| query.get("all").is_some()));
    let wanted = move || ListSuggestions {
        production_date: date.get(),
        store_id: store.get().map(|store| store.id),
    };
    let day = Fetched::new(wanted, list_suggestions);
    let desk = Desk {
        drafts: StoredValue::new(HashMap::new()),
        own: StoredValue::new(HashSet::new()),
        commands: StoredValue::new(HashMap::new()),
        ticked: RwSignal::new(BTreeSet::new()),
        sent: StoredValue::new(HashSet::new()),
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
    let accept_one = move |(suggestion_id, quantity, production_date): (
        Uuid,
        Option<i64>,
        Option<NaiveDate>,
    )| {
        if desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        desk.sent.update_value(|sent| {
            sent.insert(suggestion_id);
        });
        let act = format!("accept:{suggestion_id}:{quantity:?}:{production_date:?}");
        let command = AcceptSuggestion {
            command_id: desk.command(&act),
            suggestion_id,
            quantity,
            production_date,
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
                Err(error) => {
                    desk.keep_numbers_of(&[suggestion_id]);
                    toasts.failed(told(i18n.get_locale_untracked(), error));
                }
            }
            desk.busy.set(false);
            day.refetch();
        });
    };
    let adjust = move |(id, quantity): (Uuid, i64)| {
        if desk.sent.with_value(|sent| sent.contains(&id)) {
            return;
        }
        desk.own.update_value(|own| {
            own.insert(id);
        });
        let command = AdjustSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: id,
            quantity,
        };
        spawn_local(async move {
            match adjust_suggestion(command).await {
                Ok(_) => desk.kept(id, quantity),
                // Accepted meanwhile with this number, or one typed after it.
                Err(_) if desk.sent.try_with_value(|sent| sent.contains(&id)) == Some(true) => {}
                Err(error) => {
                    toasts.failed(told(i18n.get_locale_untracked(), &error));
                    if error.code == ErrorCode::Conflict {
                        day.refetch();
                    }
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
        desk,
        on_done: Callback::new(move |()| day.refetch()),
    };
    let shop = Signal::derive(move || {
        let one = store.get().filter(|_| !all.get());
        one.map(|store| store.id)
    });
    let plan = move || {
        if all.get() {
            return view! { <Later part=move || part(Part::AllShops(date.into(), desk)) /> }
                .into_any();
        }
        view! {
            <Loaded
                resource=day
                waiting=Waiting::Cards
                children=move |day: DaySuggestions| {
                    let drafts: HashMap<Uuid, RwSignal<Option<i64>>> = day
                        .items
                        .iter()
                        .map(|suggestion| (suggestion.id, desk.draft(suggestion)))
                        .collect();
                    view! { <Suggestions day drafts acts /> }
                }
            />
        }
        .into_any()
    };
    view! {
        <Header date=date.into() all has_many />
        <Later part=move || part(Part::Notices(date.into(), shop)) />
        {plan}
        <Later part=move || part(Part::Dismiss(dismissing, desk, acts.on_done)) />
    }
}

/// What of the plan comes later. One function for all of it: each would be named in what every page loads.
enum Part {
    Accept(Vec<Uuid>, Desk, Callback<()>),
    AllShops(Signal<NaiveDate>, Desk),
    Dismiss(RwSignal<Option<SuggestionView>>, Desk, Callback<()>),
    More(Uuid, String, RwSignal<Option<i64>>, PlanActs),
    Notices(Signal<NaiveDate>, Signal<Option<Uuid>>),
    Reopen(Uuid, NaiveDate, PlanActs),
    Why(Box<SuggestionView>),
}

#[lazy(plan_later)]
fn part(part: Part) -> AnyView {
    match part {
        Part::Accept(ids, desk, on_done) => {
            view! { <Accepting ids desk on_done with_all=true /> }.into_any()
        }
        Part::AllShops(date, desk) => view! { <AllShops date desk /> }.into_any(),
        Part::Dismiss(dismissing, desk, on_done) => {
            view! { <DismissDialog dismissing desk on_done /> }.into_any()
        }
        Part::More(id, product, draft, acts) => view! { <More id product draft acts /> }.into_any(),
        Part::Reopen(id, date, acts) => view! { <Reopen id date acts /> }.into_any(),
        Part::Notices(date, store) => view! {
            <OvenNotice date store />
            <ChangesLine store />
        }
        .into_any(),
        Part::Why(suggestion) => why(*suggestion),
    }
}

#[component]
fn Header(date: Signal<NaiveDate>, all: Memo<bool>, has_many: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let chosen = RwSignal::new(Some(date.get_untracked()));
    let navigate = use_navigate();
    let address = move |date: NaiveDate, all: bool| {
        let all = if all { "&all=1" } else { "" };
        format!("/plan?date={date}{all}")
    };
    let other = move || {
        let words = move || {
            if all.get() {
                t_string!(i18n, plan.one_shop)
            } else {
                t_string!(i18n, plan.all_shops)
            }
        };
        has_many.then(|| {
            view! { <ButtonLink href=address(date.get(), !all.get()) kind=ButtonKind::Quiet>{words}</ButtonLink> }
        })
    };
    view! {
        <PageHeader
            title=move || t_string!(i18n, plan.title)
            over=move || format.date_long(date.get())
            lead=move || t_string!(i18n, plan.lead)
        >
            {other}
            {may(Permission::PoliciesWrite)
                .then(|| view! { <ButtonLink href="/policies" kind=ButtonKind::Quiet>{move || t_string!(i18n, plan.policies)}</ButtonLink> })}
            <DateField
                name="date"
                label=move || t_string!(i18n, plan.date)
                value=chosen
                on_change=Callback::new(move |date: Option<NaiveDate>| {
                    if let Some(date) = date {
                        navigate(&address(date, all.get_untracked()), leptos_router::NavigateOptions::default());
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
) -> impl IntoView {
    let i18n = use_i18n();
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
        {(acts.may_accept && !ids.is_empty())
            .then(|| {
                view! {
                    <div class="plan-all">
                        <p>{move || t_string!(i18n, plan.accept_all_hint)}</p>
                        <Later part=move || part(Part::Accept(ids, acts.desk, acts.on_done)) />
                    </div>
                }
            })}
        <div class="plan-cards">{cards(to_bake)}</div>
        {section((move || t_string!(i18n, plan.enough)).into(), enough)}
        {section((move || t_string!(i18n, plan.decided)).into(), decided)}
    }
    .into_any()
}
