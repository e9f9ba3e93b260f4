//! What is reduced, and when.

use super::{
    AreaTabs, asked,
    grid::{MonthGrid, MonthNav},
    promotion_form::{Desk, Offer, PromotionDialog},
    shown_month, span, trouble_word,
};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, ConfirmButton, EmptyState, Icon, Later, Loaded,
        PageHeader, Section, Table, use_live, use_toasts,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::calendar::{delete_promotion, list_calendar},
    session::{may, use_current_user},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::calendar::{CalendarView, DayMark, DeletePromotion, MarkKind, PromotionView};
use domain::Permission;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

fn offer_of(view: &CalendarView) -> Offer {
    Offer {
        everywhere: view.may_write_everywhere,
        products: view.products.clone(),
        categories: view.categories.clone(),
    }
}

/// The page.
#[component]
pub fn PromotionsPage() -> impl IntoView {
    let i18n = use_i18n();
    let month = shown_month();
    let calendar = Fetched::new(move || month.get(), |month| list_calendar(asked(month)));
    let desk = Desk::new();
    let store = use_chosen_store();
    use_live(&["calendar"], move |_| calendar.refetch());
    let add = move |()| {
        let offer = calendar.peek().as_ref().map(offer_of).unwrap_or_default();
        desk.add(store.get_untracked().map(|s| s.id), offer);
    };
    view! {
        <PageHeader
            title=move || t_string!(i18n, calendar.promotions_title)
            lead=move || t_string!(i18n, calendar.promotions_lead)
        >
            {may(Permission::CalendarWrite)
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                            {move || t_string!(i18n, calendar.new_promotion)}
                        </Button>
                    }
                })}
        </PageHeader>
        <AreaTabs month here="/promotions" />
        <Loaded resource=calendar let:view>
            <Month view month=month.get_untracked() desk again=Callback::new(move |()| calendar.refetch()) />
        </Loaded>
        <Later part=move || dialog(desk, Callback::new(move |()| calendar.refetch())) />
    }
}

#[lazy(promotions_later)]
fn dialog(desk: Desk, on_saved: Callback<()>) -> AnyView {
    view! { <PromotionDialog desk on_saved /> }.into_any()
}

#[component]
fn Month(view: CalendarView, month: NaiveDate, desk: Desk, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let today = use_current_user().today;
    let offer = StoredValue::new(offer_of(&view));
    let marks: Vec<DayMark> = view
        .promotions
        .iter()
        .map(|p| DayMark {
            kind: MarkKind::Promotion,
            name: p.name.clone(),
            starts_on: p.starts_on,
            ends_on: p.ends_on,
        })
        .collect();
    let listed: Vec<PromotionView> = view
        .promotions
        .into_iter()
        .filter(|p| p.starts_on <= super::last_of(month) && p.ends_on >= month)
        .collect();
    view! {
        <MonthNav month today path="/promotions" />
        <MonthGrid month today marks />
        {if listed.is_empty() {
            view! {
                <EmptyState
                    icon=Icon::Promotions
                    title=move || t_string!(i18n, calendar.none_promotions_title)
                    text=move || t_string!(i18n, calendar.none_promotions_text)
                />
            }
                .into_any()
        } else {
            view! { <Promotions listed desk offer again /> }.into_any()
        }}
    }
}

#[component]
fn Promotions(
    listed: Vec<PromotionView>,
    desk: Desk,
    offer: StoredValue<Offer>,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, calendar.col_what)),
        Column::number(move || t_string!(i18n, calendar.col_discount)),
        Column::text(move || t_string!(i18n, calendar.col_when)),
        Column::text(move || t_string!(i18n, calendar.col_where)),
        Column::number(move || t_string!(i18n, calendar.col_act)),
    ];
    view! {
        <Section title=move || t_string!(i18n, calendar.list_title)>
            <Table caption=move || t_string!(i18n, calendar.list_title) columns>
                {listed
                    .into_iter()
                    .map(|promotion| view! { <PromotionRow promotion desk offer again /> })
                    .collect_view()}
            </Table>
        </Section>
    }
}

#[component]
fn PromotionRow(
    promotion: PromotionView,
    desk: Desk,
    offer: StoredValue<Offer>,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let (id, starts_on, ends_on) = (promotion.id, promotion.starts_on, promotion.ends_on);
    let share = f64::from(promotion.discount_bp) / 10_000.0;
    let name = StoredValue::new(promotion.name.clone());
    let place = promotion.store_name.clone();
    let subject = promotion
        .product_name
        .clone()
        .or_else(|| promotion.category_name.clone());
    let (words, code) = (promotion.name.clone(), promotion.code.clone());
    let editable = promotion.editable;
    let remove = Callback::new(move |()| {
        spawn_local(async move {
            match delete_promotion(DeletePromotion {
                command_id: Uuid::now_v7(),
                id,
            })
            .await
            {
                Ok(()) => toasts.done(untrack(|| {
                    t_string!(i18n, calendar.deleted, name = name.get_value())
                })),
                Err(error) => {
                    if let Some(words) = trouble_word(i18n.get_locale_untracked(), &error) {
                        toasts.failed(words);
                    }
                }
            }
            again.run(());
        });
    });
    view! {
        <tr>
            <Cell lead=true>
                <b>{words}</b>
                <small>{code}</small>
                <small>
                    {move || subject.clone().unwrap_or_else(|| t_string!(i18n, calendar.subject_all).to_owned())}
                </small>
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, calendar.col_discount)>
                {move || format!("−{}", format.percent(share, 0))}
            </Cell>
            <Cell label=move || t_string!(i18n, calendar.col_when)>
                {move || span(i18n.get_locale(), format, starts_on, ends_on)}
            </Cell>
            <Cell label=move || t_string!(i18n, calendar.col_where)>
                {move || place.clone().unwrap_or_else(|| t_string!(i18n, calendar.every_store).to_owned())}
            </Cell>
            <Cell numeric=true>
                {editable
                    .then(|| {
                        let promotion = promotion.clone();
                        view! {
                            <span class="entry-acts">
                                <Button
                                    kind=ButtonKind::Quiet
                                    icon=Icon::Pencil
                                    on_press=move |()| desk.edit(&promotion, offer.get_value())
                                >
                                    {move || t_string!(i18n, calendar.edit)}
                                    <span class="visually-hidden">" " {name.get_value()}</span>
                                </Button>
                                <ConfirmButton
                                    label=move || t_string!(i18n, calendar.delete_confirm)
                                    question=move || t_string!(i18n, calendar.delete_question, name = name.get_value())
                                    detail=move || t_string!(i18n, calendar.delete_detail)
                                    confirm=move || t_string!(i18n, calendar.delete, name = name.get_value())
                                    on_confirm=remove
                                />
                            </span>
                        }
                    })}
            </Cell>
        </tr>
    }
}
