//! The forecasts of one store for one day.

use super::{
    MarkLine, OverrideDesk, OverrideDialog, SourceBadge, Subject, WeatherMark, detail_address,
};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, EmptyState, Icon, Later, Loaded, Notice, PageHeader,
        RangeBar, Stat, Table, Tone, use_live,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::forecasts::list_forecasts,
    session::may,
    store_choice::use_chosen_store,
};
use contract::forecasts::{ForecastList, ForecastRow, ForecastTotal, ListForecasts, whole};
use domain::{ForecastSource, Permission, Unit};
use leptos::prelude::*;
use leptos_router::{
    components::{A, Form},
    hooks::use_query_map,
};

/// Days ahead that have a tab of their own.
const TABS: [i64; 3] = [1, 7, 28];

/// What the address asks for.
fn asked_for(store_id: uuid::Uuid, query: &leptos_router::params::ParamsMap) -> ListForecasts {
    ListForecasts {
        store_id,
        target_date: query.get("date").and_then(|d| d.parse().ok()),
        days_ahead: query.get("days").and_then(|d| d.parse().ok()),
        category_id: query.get("category").and_then(|c| c.parse().ok()),
        search: query.get("q").filter(|q| !q.trim().is_empty()),
    }
}

/// The page.
#[component]
pub fn ForecastPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        store
            .get()
            .map(|store| query.with(|query| asked_for(store.id, query)))
    });
    let list = Fetched::new(
        move || asked.get(),
        |asked| async move {
            match asked {
                Some(asked) => list_forecasts(asked).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let desk = OverrideDesk::default();
    use_live(&["forecasts", "calendar"], move |_| list.refetch());
    view! {
        <PageHeader title=move || t_string!(i18n, forecast.title) />
        <Loaded resource=list let:list>
            {match list {
                Some(list) => view! { <Day list desk asked /> }.into_any(),
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
        <Later part=move || dialog(desk, Callback::new(move |()| list.refetch())) />
    }
}

#[lazy(forecast_later)]
fn dialog(desk: OverrideDesk, on_change: Callback<()>) -> AnyView {
    view! { <OverrideDialog desk on_change /> }.into_any()
}

#[component]
fn Day(
    list: ForecastList,
    desk: OverrideDesk,
    asked: Memo<Option<ListForecasts>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let Some(issue) = list.issue.clone() else {
        return view! {
            <EmptyState
                icon=Icon::Forecast
                title=move || t_string!(i18n, forecast.none_title)
                text=move || t_string!(i18n, forecast.none_text)
            />
        }
        .into_any();
    };
    let (issued_on, date, baseline) = (
        issue.issued_on,
        list.target_date,
        issue.source == ForecastSource::Baseline,
    );
    let narrowed = asked.with_untracked(|a| {
        a.as_ref()
            .is_some_and(|a| a.category_id.is_some() || a.search.is_some())
    });
    let empty = list.rows.is_empty();
    let marks = list.marks.clone();
    let weather = list.weather;
    view! {
        <div class="forecast-head">
            <p class="lead">
                {move || t_string!(i18n, forecast.lead_issue, date = format.date_short(issued_on))} " "
                <SourceBadge issue />
            </p>
            <DayTabs list=list.clone() asked />
            <div class="forecast-day-marks">
                {weather.map(|weather| view! { <WeatherMark weather /> })}
                {(!marks.is_empty()).then(|| view! { <MarkLine marks /> })}
            </div>
        </div>
        {baseline
            .then(|| {
                view! {
                    <Notice tone=Tone::Info title=move || t_string!(i18n, forecast.baseline_title)>
                        <p>{move || t_string!(i18n, forecast.baseline)}</p>
                    </Notice>
                }
            })}
        <Narrow list=list.clone() asked />
        {if empty && narrowed {
            view! {
                <EmptyState
                    icon=Icon::Search
                    title=move || t_string!(i18n, forecast.nothing_title)
                    text=move || t_string!(i18n, forecast.nothing_text)
                />
            }
                .into_any()
        } else if empty {
            view! {
                <EmptyState
                    icon=Icon::Shop
                    title=move || t_string!(i18n, forecast.closed_title)
                    text=move || t_string!(i18n, forecast.closed_text, date = format.date_long(date))
                />
            }
                .into_any()
        } else {
            view! {
                <Totals list=list.clone() />
                <Rows list desk />
            }
                .into_any()
        }}
    }
    .into_any()
}

/// D+1, D+7 and D+28 with their dates.
#[component]
fn DayTabs(list: ForecastList, asked: Memo<Option<ListForecasts>>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let shown = list.days_ahead;
    let known = list.target_date - chrono::TimeDelta::days(shown);
    let others = asked.with_untracked(|a| {
        let mut rest = format!("&store={}", list.store_id);
        if let Some(category) = a.as_ref().and_then(|a| a.category_id) {
            rest.push_str(&format!("&category={category}"));
        }
        rest
    });
    view! {
        <nav class="tabs day-tabs" aria-label=move || t_string!(i18n, forecast.days)>
            {TABS
                .into_iter()
                .map(|days| {
                    let date = known + chrono::TimeDelta::days(days);
                    view! {
                        <a
                            href=format!("/forecast?days={days}{others}")
                            data-noscroll="true"
                            class="tab"
                            aria-current=(days == shown).then_some("page")
                            title=move || format.date_long(date)
                        >
                            <b>{move || t_string!(i18n, forecast.day_ahead, days = days)}</b>
                            " "
                            <span>{move || format.date_short(date)}</span>
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// Search and category: a plain form, so that it works before any script.
#[component]
fn Narrow(list: ForecastList, asked: Memo<Option<ListForecasts>>) -> impl IntoView {
    let i18n = use_i18n();
    let (search, category) = asked.with_untracked(|a| {
        a.as_ref()
            .map(|a| (a.search.clone().unwrap_or_default(), a.category_id))
            .unwrap_or_default()
    });
    let days = list.days_ahead;
    let categories = list.categories;
    view! {
        <Form method="GET" action="/forecast" attr:class="forecast-narrow">
            <input type="hidden" name="store" value=list.store_id.to_string() />
            <input type="hidden" name="days" value=days.to_string() />
            <label class="field">
                <span class="field-label">{move || t_string!(i18n, forecast.search)}</span>
                <input class="input" type="search" name="q" value=search />
            </label>
            <label class="field">
                <span class="field-label">{move || t_string!(i18n, forecast.category)}</span>
                <select class="input select" name="category">
                    <option value="" selected=category.is_none()>
                        {move || t_string!(i18n, forecast.all_categories)}
                    </option>
                    {categories
                        .into_iter()
                        .map(|c| {
                            view! {
                                <option value=c.id.to_string() selected=category == Some(c.id)>
                                    {c.name}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </label>
            <Button icon=Icon::Search submit=true>
                {move || t_string!(i18n, forecast.show)}
            </Button>
        </Form>
    }
}

#[component]
fn Totals(list: ForecastList) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let then = list.compared_with;
    let own = list.rows.iter().any(|r| r.overridden.is_some());
    // Only pieces are worth a sum that people look at; grams and millilitres stand in their rows.
    let Some(total) = list.totals.iter().find(|t| t.unit == Unit::Piece).copied() else {
        return ().into_any();
    };
    let ForecastTotal {
        mean_milli,
        planned_milli,
        band,
        sold_same_weekday,
        ..
    } = total;
    view! {
        <div class="forecast-totals">
            <Stat
                label=move || t_string!(i18n, forecast.total_expected)
                value=move || format.number(whole(mean_milli))
                detail=move || match band {
                    Some(band) => {
                        let range = format.range(band.low(), band.high());
                        t_string!(i18n, forecast.totals_range, range = range).to_string()
                    }
                    None => t_string!(i18n, forecast.totals_note).to_string(),
                }
            />
            {own
                .then(|| {
                    view! {
                        <Stat
                            label=move || t_string!(i18n, forecast.total_planned)
                            value=move || format.number(whole(planned_milli))
                        />
                    }
                })}
            {sold_same_weekday
                .map(|sold| {
                    view! {
                        <Stat
                            label=move || t_string!(i18n, forecast.total_last, date = format.date_short(then))
                            value=move || format.number(sold)
                        />
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Rows(list: ForecastList, desk: OverrideDesk) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let (then, date, today) = (list.compared_with, list.target_date, list.today);
    let scale = list.rows.iter().map(|r| r.band.high()).max().unwrap_or(1);
    let may_set = may(Permission::ForecastsOverride) && date >= today;
    let store_id = list.store_id;
    let columns = vec![
        Column::text(move || t_string!(i18n, forecast.col_product)),
        Column::number(move || t_string!(i18n, forecast.col_forecast)),
        Column::text(move || t_string!(i18n, forecast.col_range)),
        Column::number(move || t_string!(i18n, forecast.col_last, date = format.date_short(then))),
        Column::number(move || t_string!(i18n, forecast.col_own)),
    ];
    view! {
        <Table caption=move || t_string!(i18n, forecast.list_caption) columns>
            {list
                .rows
                .into_iter()
                .map(|row| view! { <Row row store_id date then scale may_set desk /> })
                .collect_view()}
        </Table>
    }
}

#[component]
fn Row(
    row: ForecastRow,
    store_id: uuid::Uuid,
    date: chrono::NaiveDate,
    then: chrono::NaiveDate,
    scale: i64,
    may_set: bool,
    desk: OverrideDesk,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let ForecastRow {
        product,
        band,
        overridden,
        sold_same_weekday,
        ..
    } = row;
    let unit = product.unit;
    let subject = Subject {
        store_id,
        product_id: product.id,
        name: product.name.clone(),
        unit,
        date,
        band: Some(band),
        standing: overridden.clone(),
    };
    let stands = overridden.is_some();
    view! {
        <tr>
            <Cell lead=true>
                <A href=detail_address(product.id, store_id, Some(date)) attr:class="product-link">
                    {product.name}
                </A>
                <small class="product-category">{product.category}</small>
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.col_forecast)>
                <b class="forecast-number">{move || format.quantity(band.median(), unit)}</b>
            </Cell>
            <Cell label=move || t_string!(i18n, forecast.col_range)>
                <span class="range-cell">
                    <RangeBar low=band.low() median=band.median() high=band.high() scale />
                    <span class="range-words">
                        {move || format!("{}–{}", format.quantity(band.low(), unit), format.quantity(band.high(), unit))}
                    </span>
                </span>
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.col_last, date = format.date_short(then))>
                {move || match sold_same_weekday {
                    Some(sold) => format.quantity(sold, unit),
                    None => t_string!(i18n, forecast.closed_then).to_owned(),
                }}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.col_own)>
                <span class="own-number">
                    {overridden
                        .map(|own| {
                            let author = own.author.clone();
                            view! {
                                <b>{move || format.quantity(own.quantity, unit)}</b>
                                <small title=own.note.clone()>
                                    {move || t_string!(i18n, forecast.by, name = author.clone())}
                                </small>
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
            </Cell>
        </tr>
    }
}
