//! On which terms shelves are filled: the product's, or what somebody chose for one shelf or for many at once.

mod costs;
mod sheet;

use super::ingredients::Desk;
use crate::{
    components::*,
    fetched::Fetched,
    format::{Format, use_format},
    i18n::*,
    server_fns::policies::list_policies,
    store_choice::use_chosen_store,
};
use contract::forecasts::CategoryOption;
use contract::policies::{ListPolicies, PoliciesView, ShelfPolicyView};
use domain::ReplenishmentPolicy;
use domain::replenish::RatioCase;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use sheet::PolicySheet;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Store and product.
type Key = (Uuid, Uuid);

fn key(shelf: &ShelfPolicyView) -> Key {
    (shelf.store_id, shelf.product_id)
}

/// A share in basis points; its tenth of a percent only where it has one, so that 99.5 % does not read as all.
fn percent(format: Format, bp: i32) -> String {
    format.percent(f64::from(bp) / 10_000.0, u8::from(bp % 100 != 0))
}

/// What is picked on the page, and its sheet; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    sheet: Desk,
    /// The shelves that the sheet is about.
    subject: RwSignal<Vec<ShelfPolicyView>>,
    picked: RwSignal<BTreeSet<Key>>,
    /// The part of the list that is there.
    shown: RwSignal<Vec<ShelfPolicyView>>,
}

impl Desks {
    fn change(self, shelves: Vec<ShelfPolicyView>) {
        if shelves.is_empty() {
            return;
        }
        self.subject.set(shelves);
        self.sheet.show();
    }

    fn change_picked(self) {
        let picked = self.picked.get_untracked();
        let mut shelves = self.shown.get_untracked();
        shelves.retain(|shelf| picked.contains(&key(shelf)));
        self.change(shelves);
    }

    fn pick_all(self) {
        let all = self
            .shown
            .with_untracked(|shown| shown.iter().map(key).collect());
        self.picked.set(all);
    }
}

/// What the address asks for; the chosen store where it names no product.
fn wanted() -> Memo<ListPolicies> {
    let query = use_query_map();
    let store = use_chosen_store();
    Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key).filter(|text| !text.is_empty());
            let product_id = get("product").and_then(|text| text.parse().ok());
            let store_id = match product_id {
                Some(_) => None,
                None => store.get().map(|store| store.id),
            };
            ListPolicies {
                store_id,
                product_id,
                category_id: get("category").and_then(|text| text.parse().ok()),
                search: get("search"),
                chosen: get("chosen").is_some(),
                after: get("after").and_then(|text| text.parse().ok()),
                limit: None,
            }
        })
    })
}

/// The shelves of a shop, or those of a product in every shop.
#[component]
pub fn PoliciesPage() -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let wanted = wanted();
    let list = Fetched::new(move || wanted.get(), list_policies);
    use_live(&["suggestions"], move |_| list.refetch());
    let picked = RwSignal::new(BTreeSet::new());
    let saved = move |()| {
        let _ = picked.try_set(BTreeSet::new());
        list.refetch();
    };
    let desks = Desks {
        sheet: Desk::new(Callback::new(saved)),
        subject: RwSignal::new(Vec::new()),
        picked,
        shown: RwSignal::new(Vec::new()),
    };
    let count = move || picked.with(|picked| i64::try_from(picked.len()).unwrap_or(i64::MAX));
    let nobody = Signal::derive(move || count() == 0);
    view! {
        <PageHeader title=move || t_string!(i18n, policies.title) lead=move || t_string!(i18n, policies.lead)>
            <ButtonLink href="/plan" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, policies.to_plan)}</ButtonLink>
            <Button kind=ButtonKind::Quiet on_press=move |()| desks.pick_all()>{move || t_string!(i18n, policies.pick_all)}</Button>
            <Button kind=ButtonKind::Primary icon=Icon::Pencil disabled=nobody on_press=move |()| desks.change_picked()>
                {move || t_string!(i18n, policies.change_picked, count = format.number(count()))}
            </Button>
        </PageHeader>
        <Notice tone=Tone::Info><p>{move || t_string!(i18n, policies.next_time)}</p></Notice>
        <Search wanted />
        <Loaded
            resource=list
            children=move |found: PoliciesView| {
                let there: BTreeSet<Key> = found.page.items.iter().map(key).collect();
                // What is picked and not on show could not be seen.
                desks.picked.update(|picked| picked.retain(|key| there.contains(key)));
                desks.shown.set(found.page.items.clone());
                view! { <Shelves found wanted=wanted.get_untracked() desks /> }
            }
        />
        <Later part=move || draw_sheet(desks) />
    }
}

#[lazy(policies_later)]
fn draw_sheet(desks: Desks) -> AnyView {
    view! { <PolicySheet desks /> }.into_any()
}

/// What is typed to find something; stays as it is while the list is loaded again.
#[component]
fn Search(wanted: Memo<ListPolicies>) -> impl IntoView {
    let i18n = use_i18n();
    let first = wanted.get_untracked();
    let (typed, only_chosen) = (first.search.unwrap_or_default(), first.chosen);
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let category = move || wanted.with(|wanted| text(wanted.category_id));
    let product = move || wanted.with(|wanted| text(wanted.product_id));
    let of_product = move || wanted.with(|wanted| wanted.product_id.is_some());
    view! {
        <form class="filters" method="get" action="/policies">
            <input type="hidden" name="category" value=category />
            <input type="hidden" name="product" value=product />
            <Field for_id="filter-search" label=move || t_string!(i18n, policies.search)>
                <input
                    class="input"
                    id="filter-search"
                    name="search"
                    type="search"
                    autocomplete="off"
                    aria-describedby="filter-search-note"
                    value=typed
                />
            </Field>
            <Field for_id="filter-chosen" label=move || t_string!(i18n, policies.show)>
                <select class="input select" id="filter-chosen" name="chosen" aria-describedby="filter-chosen-note">
                    <option value="">{move || t_string!(i18n, policies.show_all)}</option>
                    <option value="true" selected=only_chosen>{move || t_string!(i18n, policies.show_chosen)}</option>
                </select>
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
            {move || {
                of_product()
                    .then(|| {
                        view! {
                            <ButtonLink href="/policies" kind=ButtonKind::Quiet>{move || t_string!(i18n, policies.to_shop)}</ButtonLink>
                        }
                    })
            }}
        </form>
    }
}

#[component]
fn Shelves(found: PoliciesView, wanted: ListPolicies, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let by_store = wanted.product_id.is_some();
    let items = found.page.items;
    let next = found.page.next;
    if items.is_empty() {
        return view! {
            <Categories categories=found.categories chosen=wanted.category_id />
            <EmptyState icon=Icon::Search title=move || t_string!(i18n, policies.empty_title) text=move || t_string!(i18n, policies.empty_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, orders.product)),
        Column::text(move || t_string!(i18n, policies.policy)),
        Column::number(move || t_string!(i18n, policies.level)),
        Column::number(move || t_string!(i18n, policies.substitution)),
        Column::number(move || t_string!(i18n, policies.levels)),
        Column::text(""),
    ];
    let rows = items
        .into_iter()
        .map(|shelf| view! { <Row shelf by_store desks /> })
        .collect_view();
    view! {
        <Categories categories=found.categories chosen=wanted.category_id />
        <Table caption=move || t_string!(i18n, policies.title) columns>{rows}</Table>
        <More next />
    }
    .into_any()
}

/// The categories side by side, as ways to their part of the list.
#[component]
fn Categories(categories: Vec<CategoryOption>, chosen: Option<Uuid>) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let address = move |category: Option<Uuid>| {
        let mut query = query.get_untracked();
        query.remove("after");
        query.remove("category");
        if let Some(category) = category {
            query.insert("category", category.to_string());
        }
        format!("/policies{}", query.to_query_string())
    };
    let tab = move |id: Option<Uuid>, name: TextProp| {
        let current = (id == chosen).then_some("page");
        view! { <a class="tab" href=address(id) aria-current=current>{move || name.get()}</a> }
    };
    let several = categories.len() > 1 || chosen.is_some();
    several.then(|| {
        let all = tab(None, (move || t_string!(i18n, common.all)).into());
        let rest = categories
            .into_iter()
            .map(|category| tab(Some(category.id), category.name.into()))
            .collect_view();
        view! {
            <nav class="tabs" aria-label=move || t_string!(i18n, policies.category)>{all} {rest}</nav>
        }
    })
}

/// The way to the rest of the list, and back to its top.
#[component]
fn More(next: Option<String>) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let address = move |after: Option<String>| {
        let mut query = query.get_untracked();
        query.remove("after");
        if let Some(after) = after {
            query.insert("after", after);
        }
        format!("/policies{}", query.to_query_string())
    };
    let is_top = query.with_untracked(|query| query.get("after").is_none());
    let top = (!is_top).then(|| {
        view! { <a class="button button-quiet" href=address(None)>{move || t_string!(i18n, orders.to_top)}</a> }
    });
    let next = next.map(|next| {
        view! { <a class="button" rel="next" href=address(Some(next))>{move || t_string!(i18n, common.next)}</a> }
    });
    view! { <nav class="more" aria-label=move || t_string!(i18n, common.pages)>{top} {next}</nav> }
}

#[component]
fn Row(shelf: ShelfPolicyView, by_store: bool, desks: Desks) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, effective, case) = (shelf.unit, shelf.effective, shelf.ratio_case);
    let keeps = effective.policy == ReplenishmentPolicy::ReorderPoint;
    let level = shelf.ratio_bp;
    let share = effective.substitution_share_bp;
    let (point, up_to) = (shelf.reorder_point, shelf.order_up_to);
    let is_chosen = !shelf.choice.is_none() || point.is_some() || up_to.is_some();
    let under = if by_store {
        shelf.store_code.clone()
    } else {
        shelf.category_name.clone()
    };
    let everywhere = (!by_store).then(|| format!("/policies?product={}", shelf.product_id));
    let how = move || match (keeps, case) {
        (true, _) | (false, RatioCase::Chosen) => t_string!(i18n, policies.by_level),
        (false, RatioCase::ServiceLevel) => t_string!(i18n, policies.by_level_unknown),
        (false, _) => t_string!(i18n, policies.by_costs),
    };
    let levels = move || {
        let amount = |level: Option<i64>| match level {
            Some(level) => format.quantity(level, unit),
            None => t_string!(i18n, policies.computed).to_owned(),
        };
        if keeps || point.is_some() || up_to.is_some() {
            format!("{} → {}", amount(point), amount(up_to))
        } else {
            "–".to_owned()
        }
    };
    let pick = shelf.clone();
    view! {
        <tr>
            <Cell lead=true>
                <Pick shelf=pick by_store desks />
                <small class="fact-reason">{under}</small>
            </Cell>
            <Cell label=move || t_string!(i18n, policies.policy)>
                {move || if keeps { t_string!(i18n, policies.keeps) } else { t_string!(i18n, policies.fresh) }}
            </Cell>
            <Cell label=move || t_string!(i18n, policies.level) numeric=true>
                <span>
                    <strong>{move || percent(format, level)}</strong>
                    " "
                    <span class="muted">{how}</span>
                </span>
            </Cell>
            <Cell label=move || t_string!(i18n, policies.substitution) numeric=true>
                {move || if share > 0 { percent(format, share) } else { "–".to_owned() }}
            </Cell>
            <Cell label=move || t_string!(i18n, policies.levels) numeric=true>{levels}</Cell>
            <Cell>
                {is_chosen.then(|| view! { <StatusPill tone=Tone::Info text=move || t_string!(i18n, policies.chosen) /> })}
                <div class="row-actions">
                    {everywhere
                        .map(|href| view! { <ButtonLink href kind=ButtonKind::Quiet>{move || t_string!(i18n, policies.everywhere)}</ButtonLink> })}
                    <Button kind=ButtonKind::Quiet on_press=move |()| desks.change(vec![shelf.clone()])>
                        {move || t_string!(i18n, policies.change)}
                    </Button>
                </div>
            </Cell>
        </tr>
    }
}

/// Picks a shelf for a choice of many, and names the row.
#[component]
fn Pick(shelf: ShelfPolicyView, by_store: bool, desks: Desks) -> impl IntoView {
    let own = key(&shelf);
    let picked = desks.picked;
    let is_picked = move || picked.with(|picked| picked.contains(&own));
    let name = if by_store {
        shelf.store_name
    } else {
        shelf.product_name
    };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                name=format!("pick-{}-{}", own.0, own.1)
                checked=picked.with_untracked(|picked| picked.contains(&own))
                prop:checked=is_picked
                on:change:target=move |event| {
                    let on = event.target().checked();
                    picked
                        .update(|picked| {
                            if on {
                                picked.insert(own);
                            } else {
                                picked.remove(&own);
                            }
                        });
                }
            />
            <span class="switch-track" aria-hidden="true"></span>
            <strong>{name}</strong>
        </label>
    }
}
