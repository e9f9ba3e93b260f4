//! Products of today: what will sell, what is there, what to do.

use super::waste::{Shelf, WasteDesk};
use crate::{
    components::{Button, ButtonKind, ButtonLink, Icon, RangeBar, Section, StatusPill, Tone},
    format::use_format,
    i18n::{t_string, use_i18n},
    pages::forecast::{OverrideDesk, Subject, detail_address},
    session::may,
};
use chrono::NaiveDate;
use contract::today::{DayOutlook, TodayRow, TodayView};
use domain::outlook::Risk;
use domain::{Permission, Unit};
use leptos::prelude::*;
use leptos_router::components::A;
use uuid::Uuid;

/// The two desks that a row leads to.
#[derive(Clone, Copy)]
pub struct Desks {
    pub own: OverrideDesk,
    pub waste: WasteDesk,
}

/// All products: those that want a hand first, under a heading of their own.
#[component]
pub fn Rows(view: TodayView, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let scale = view
        .rows
        .iter()
        .flat_map(|r| [r.today.as_ref(), r.tomorrow.as_ref()])
        .flatten()
        .map(|o| o.band.high())
        .max()
        .unwrap_or(1);
    let (store_id, date) = (view.store_id, view.date);
    let (pressing, calm): (Vec<TodayRow>, Vec<TodayRow>) = view
        .rows
        .into_iter()
        .partition(|r| r.sell_out.max(r.waste) >= Risk::Possible);
    let list = move |rows: Vec<TodayRow>| {
        view! {
            <ul class="today-rows">
                {rows.into_iter().map(|row| view! { <Row row store_id date scale desks /> }).collect_view()}
            </ul>
        }
    };
    view! {
        {(!pressing.is_empty())
            .then(|| {
                view! { <Section title=move || t_string!(i18n, today.section_attention)>{list(pressing)}</Section> }
            })}
        {(!calm.is_empty())
            .then(|| view! { <Section title=move || t_string!(i18n, today.section_rest)>{list(calm)}</Section> })}
    }
}

#[component]
fn Row(row: TodayRow, store_id: Uuid, date: NaiveDate, scale: i64, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let unit = row.product.unit;
    let name = row.product.name.clone();
    let address = detail_address(row.product.id, store_id, Some(date));
    let category = row.product.category.clone();
    let (today, tomorrow) = (row.today.clone(), row.tomorrow.clone());
    view! {
        <li class="today-row">
            <div class="today-name">
                <A href=address attr:class="product-link">
                    {name}
                </A>
                <small class="product-category">{category}</small>
                <Risks row=row.clone() />
            </div>
            <Outlook outlook=today label=move || t_string!(i18n, today.forecast_today) unit scale big=true />
            <Facts row=row.clone() />
            <Outlook outlook=tomorrow label=move || t_string!(i18n, today.forecast_tomorrow) unit scale />
            <Acts row store_id date desks />
        </li>
    }
}

/// A day's number, the person's own first, with the range behind it.
#[component]
fn Outlook(
    outlook: Option<DayOutlook>,
    #[prop(into)] label: TextProp,
    unit: Unit,
    scale: i64,
    #[prop(optional)] big: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let body = match outlook {
        None => view! { <p class="outlook-none">"–"</p> }.into_any(),
        Some(DayOutlook { band, overridden }) => {
            let own = overridden.as_ref().map(|o| o.quantity);
            let note = overridden.and_then(|o| o.note);
            view! {
                <p class="outlook-number" title=note>
                    <b>{move || format.quantity(own.unwrap_or_else(|| band.median()), unit)}</b>
                    <span class="range-words">
                        {move || format!("{}–{}", format.quantity(band.low(), unit), format.quantity(band.high(), unit))}
                    </span>
                </p>
                {match own {
                    Some(own) => {
                        view! { <RangeBar low=band.low() median=band.median() high=band.high() scale actual=own /> }
                            .into_any()
                    }
                    None => {
                        view! { <RangeBar low=band.low() median=band.median() high=band.high() scale /> }.into_any()
                    }
                }}
                {own
                    .map(|_| {
                        view! {
                            <small class="outlook-own">
                                {move || t_string!(i18n, today.own_number)} " · "
                                {move || {
                                    t_string!(i18n, today.said, number = format.quantity(band.median(), unit))
                                }}
                            </small>
                        }
                    })}
            }
            .into_any()
        }
    };
    view! {
        <div class="outlook" class:outlook-big=big>
            <p class="outlook-label">{move || label.get()}</p>
            {body}
        </div>
    }
}

/// What lies there, what comes, what has gone.
#[component]
fn Facts(row: TodayRow) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let unit = row.product.unit;
    let (on_hand, arriving, sold) = (row.on_hand, row.arriving, row.sold);
    let left = row.left_today;
    view! {
        <dl class="today-facts">
            <div>
                <dt>{move || t_string!(i18n, today.on_hand)}</dt>
                <dd>
                    {move || match on_hand {
                        Some(n) => format.quantity(n, unit),
                        None => t_string!(i18n, today.on_hand_unknown).to_owned(),
                    }}
                </dd>
            </div>
            <div>
                <dt>{move || t_string!(i18n, today.arriving)}</dt>
                <dd>{move || format.quantity(arriving, unit)}</dd>
            </div>
            <div>
                <dt>{move || t_string!(i18n, today.sold)}</dt>
                <dd>{move || format.quantity(sold, unit)}</dd>
            </div>
            {left
                .map(|band| {
                    view! {
                        <div>
                            <dt>{move || t_string!(i18n, today.left)}</dt>
                            <dd>
                                {move || {
                                    format!("{}–{}", format.quantity(band.low(), unit), format.quantity(band.high(), unit))
                                }}
                            </dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// What may go wrong, in words and in tone.
#[component]
fn Risks(row: TodayRow) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let unit = row.product.unit;
    let (missing, surplus) = (row.missing, row.surplus);
    let out = match row.sell_out {
        Risk::Likely => Some(Tone::Danger),
        Risk::Possible => Some(Tone::Attention),
        Risk::None | Risk::Unknown => None,
    };
    let waste = match row.waste {
        Risk::Likely => Some(Tone::Danger),
        Risk::Possible => Some(Tone::Attention),
        Risk::None | Risk::Unknown => None,
    };
    let uncounted = row.on_hand.is_some_and(|n| n < 0);
    let expired = row.expired;
    view! {
        <div class="today-risks">
            {out
                .map(|tone| {
                    view! {
                        <StatusPill
                            tone
                            icon=Icon::ArrowDown
                            text=move || {
                                let word = if tone == Tone::Danger {
                                    t_string!(i18n, today.risk_out_likely)
                                } else {
                                    t_string!(i18n, today.risk_out_possible)
                                };
                                let count = t_string!(i18n, today.missing, count = format.quantity(missing, unit));
                                format!("{word} · {count}")
                            }
                        />
                    }
                })}
            {waste
                .map(|tone| {
                    view! {
                        <StatusPill
                            tone
                            icon=Icon::ArrowUp
                            text=move || {
                                let word = if tone == Tone::Danger {
                                    t_string!(i18n, today.risk_waste_likely)
                                } else {
                                    t_string!(i18n, today.risk_waste_possible)
                                };
                                let count = t_string!(i18n, today.surplus, count = format.quantity(surplus, unit));
                                format!("{word} · {count}")
                            }
                        />
                    }
                })}
            {(expired > 0)
                .then(|| {
                    view! {
                        <StatusPill
                            tone=Tone::Attention
                            icon=Icon::Bin
                            text=move || t_string!(i18n, today.expired, count = format.quantity(expired, unit))
                        />
                    }
                })}
            {uncounted
                .then(|| view! { <StatusPill tone=Tone::Info text=move || t_string!(i18n, today.count_first) /> })}
        </div>
    }
}

#[component]
fn Acts(row: TodayRow, store_id: Uuid, date: NaiveDate, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let unit = row.product.unit;
    let shelf = Shelf {
        store_id,
        product_id: row.product.id,
        name: row.product.name.clone(),
        unit,
        surplus: row
            .expired
            .max(row.surplus)
            .min(row.on_hand.unwrap_or(0))
            .max(0),
    };
    let subject = Subject {
        store_id,
        product_id: row.product.id,
        name: row.product.name,
        unit,
        date,
        band: row.today.as_ref().map(|o| o.band),
        standing: row.today.and_then(|o| o.overridden),
    };
    // What is not known is counted; what is there can be thrown away.
    let count = (may(Permission::StockCount) && row.on_hand.is_some_and(|n| n < 0))
        .then(|| format!("/stock/count?store={store_id}"));
    let may_waste = may(Permission::StockWaste) && row.on_hand.is_some_and(|n| n > 0);
    let may_set = may(Permission::ForecastsOverride) && subject.band.is_some();
    view! {
        <div class="today-acts">
            {may_waste
                .then(|| {
                    view! {
                        <Button icon=Icon::Bin on_press=move |()| desks.waste.open(shelf.clone())>
                            {move || t_string!(i18n, today.act_waste)}
                        </Button>
                    }
                })}
            {count
                .map(|href| {
                    view! {
                        <ButtonLink href icon=Icon::Stock>
                            {move || t_string!(i18n, today.act_count)}
                        </ButtonLink>
                    }
                })}
            {may_set
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Quiet
                            icon=Icon::Pencil
                            on_press=move |()| desks.own.edit(subject.clone())
                        >
                            {move || t_string!(i18n, today.act_override)}
                        </Button>
                    }
                })}
        </div>
    }
}
