//! One product of one store: history against past forecasts, the days ahead, and why.

use super::{
    OverrideDesk, OverrideDialog, SourceBadge, Subject, history::History, reasons::Reasons,
    scores::Scores,
};
use crate::{
    components::{
        Button, ButtonKind, EmptyState, Icon, Later, Loaded, Notice, PageHeader, RangeBar, Section,
        Tone, Waiting, use_live,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::forecasts::view_forecast,
    session::may,
    store_choice::use_chosen_store,
};
use contract::forecasts::{ComingDay, ForecastDetail, ForecastDetailQuery};
use domain::{ForecastSource, Permission};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

/// The page.
#[component]
pub fn ForecastDetailPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let params = use_params_map();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let product_id = params
            .with(|p| p.get("product"))
            .and_then(|p| p.parse::<Uuid>().ok())
            .unwrap_or_default();
        store.get().map(|store| {
            query.with(|query| ForecastDetailQuery {
                store_id: store.id,
                product_id,
                weeks: query
                    .get("weeks")
                    .and_then(|w| w.parse().ok())
                    .filter(|w| [4, 8, 26, 52].contains(w))
                    .unwrap_or(8),
                target_date: query.get("day").and_then(|d| d.parse().ok()),
            })
        })
    });
    let detail = Fetched::new(
        move || asked.get(),
        |asked| async move {
            match asked {
                Some(asked) => view_forecast(asked).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let desk = OverrideDesk::default();
    use_live(&["forecasts", "calendar"], move |_| detail.refetch());
    view! {
        <Loaded resource=detail waiting=Waiting::Chart let:detail>
            {match detail {
                Some(detail) => view! { <Detail detail desk /> }.into_any(),
                None => {
                    view! {
                        <EmptyState
                            icon=Icon::Shop
                            title=move || t_string!(i18n, today.no_store_title)
                            text=move || t_string!(i18n, today.no_store_text)
                        />
                    }
                        .into_any()
                }
            }}
        </Loaded>
        <Later part=move || dialog(desk, Callback::new(move |()| detail.refetch())) />
    }
}

#[lazy(charts_later)]
fn dialog(desk: OverrideDesk, on_change: Callback<()>) -> AnyView {
    view! { <OverrideDialog desk on_change /> }.into_any()
}

#[component]
fn Detail(detail: ForecastDetail, desk: OverrideDesk) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let name = detail.product.name.clone();
    let category = detail.product.category.clone();
    let issue = detail.issue.clone();
    let baseline = issue
        .as_ref()
        .is_some_and(|i| i.source == ForecastSource::Baseline);
    let unit = detail.product.unit;
    let why = detail.reasons_for.map(|date| {
        let median = detail
            .coming
            .iter()
            .find(|d| d.date == date)
            .and_then(|d| d.band)
            .map(|b| b.median());
        (date, median, detail.reasons.clone())
    });
    view! {
        <PageHeader title=name over=category>
            {issue
                .map(|issue| {
                    let issued_on = issue.issued_on;
                    view! {
                        <p class="lead">
                            {move || t_string!(i18n, forecast.lead_issue, date = format.date_short(issued_on))} " "
                            <SourceBadge issue />
                        </p>
                    }
                })}
        </PageHeader>
        {baseline
            .then(|| {
                view! {
                    <Notice tone=Tone::Info title=move || t_string!(i18n, forecast.baseline_title)>
                        <p>{move || t_string!(i18n, forecast.baseline)}</p>
                    </Notice>
                }
            })}
        <Spans detail=detail.clone() />
        <History detail=detail.clone() />
        <div class="forecast-below">
            <Coming detail=detail.clone() desk />
            <div class="forecast-side">
                {why
                    .map(|(date, median, reasons)| {
                        view! { <Reasons reasons date median unit /> }
                    })} <Scores scores=detail.scores />
            </div>
        </div>
    }
}

/// How much history to show.
#[component]
fn Spans(detail: ForecastDetail) -> impl IntoView {
    let i18n = use_i18n();
    let (product, store, shown) = (detail.product.id, detail.store_id, detail.weeks);
    let day = detail
        .reasons_for
        .map(|d| format!("&day={d}"))
        .unwrap_or_default();
    let word = move |weeks: u32| match weeks {
        4 => t_string!(i18n, forecast.weeks_4),
        8 => t_string!(i18n, forecast.weeks_8),
        26 => t_string!(i18n, forecast.weeks_26),
        _ => t_string!(i18n, forecast.weeks_52),
    };
    view! {
        <nav class="tabs" aria-label=move || t_string!(i18n, forecast.weeks)>
            {[4_u32, 8, 26, 52]
                .into_iter()
                .map(|weeks| {
                    view! {
                        <a
                            href=format!("/forecast/{product}?store={store}&weeks={weeks}{day}")
                            data-noscroll="true"
                            class="tab"
                            aria-current=(weeks == shown).then_some("page")
                        >
                            {move || word(weeks)}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// The days ahead, each with its range and the way to an own number.
#[component]
fn Coming(detail: ForecastDetail, desk: OverrideDesk) -> impl IntoView {
    let i18n = use_i18n();
    let scale = detail
        .coming
        .iter()
        .filter_map(|d| d.band)
        .map(|b| b.high())
        .max()
        .unwrap_or(1);
    let days = detail.coming.clone();
    view! {
        <Section title=move || t_string!(i18n, forecast.coming_title)>
            <ol class="coming">
                {days
                    .into_iter()
                    .map(|day| view! { <ComingRow detail=detail.clone() day scale desk /> })
                    .collect_view()}
            </ol>
        </Section>
    }
}

#[component]
fn ComingRow(
    detail: ForecastDetail,
    day: ComingDay,
    scale: i64,
    desk: OverrideDesk,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let ForecastDetail {
        product,
        store_id,
        weeks,
        marks,
        reasons_for,
        ..
    } = detail;
    let unit = product.unit;
    let (date, band, open) = (day.date, day.band, day.open);
    let standing = day.overridden.clone();
    let own = day.overridden;
    let names = marks
        .iter()
        .filter(|m| m.covers(date))
        .map(|m| m.name.clone())
        .collect::<Vec<_>>()
        .join(" · ");
    let subject = Subject {
        store_id,
        product_id: product.id,
        name: product.name,
        unit,
        date,
        band,
        standing,
    };
    let may_set = open && may(Permission::ForecastsOverride);
    let stands = own.is_some();
    view! {
        <li class="coming-day" data-current=(reasons_for == Some(date)).to_string()>
            <a
                href=format!("/forecast/{}?store={store_id}&weeks={weeks}&day={date}", product.id)
                data-noscroll="true"
                class="coming-date"
            >
                {move || format.day(date)}
            </a>
            {match band {
                Some(band) => {
                    view! {
                        <b class="forecast-number">{move || format.quantity(band.median(), unit)}</b>
                        <span class="range-cell">
                            <RangeBar low=band.low() median=band.median() high=band.high() scale />
                            <span class="range-words">{move || format.range(band.low(), band.high())}</span>
                        </span>
                    }
                        .into_any()
                }
                None => view! { <span class="coming-none">{move || t_string!(i18n, forecast.no_band)}</span> }.into_any(),
            }}
            <span class="coming-own">
                {own
                    .map(|own| {
                        let author = own.author.clone();
                        view! {
                            <b title=own.note.clone()>{move || format.quantity(own.quantity, unit)}</b>
                            <small>{move || t_string!(i18n, forecast.by, name = author.clone())}</small>
                        }
                    })}
                {may_set
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Quiet
                                icon=Icon::Pencil
                                on_press=move |()| desk.edit(subject.clone())
                            >
                                {move || {
                                    if stands {
                                        t_string!(i18n, forecast.change_own)
                                    } else {
                                        t_string!(i18n, forecast.set_own)
                                    }
                                }}
                            </Button>
                        }
                    })}
            </span>
            {(!names.is_empty()).then(|| view! { <small class="coming-marks">{names}</small> })}
        </li>
    }
}
