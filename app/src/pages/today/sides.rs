//! Beside the products: alerts, special days and weather, and how yesterday went.

use crate::{
    components::{Section, use_toasts},
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    pages::{
        alerts::AlertItem,
        forecast::{WeatherMark, mark_icon, mark_word},
    },
    server_fns::alerts::acknowledge_alert,
};
use contract::alerts::{AcknowledgeAlert, AlertView};
use contract::calendar::DayMark;
use contract::today::{TodayView, YesterdayView};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use uuid::Uuid;

/// The column beside the products.
#[component]
pub fn Sides(view: TodayView, again: Callback<()>) -> impl IntoView {
    let weather = view.weather;
    view! {
        <aside class="today-side">
            <Alerts alerts=view.alerts now=view.now again />
            <Near marks=view.marks weather />
            <Yesterday yesterday=view.yesterday />
        </aside>
    }
}

#[component]
fn Alerts(
    alerts: Vec<AlertView>,
    now: chrono::DateTime<chrono::Utc>,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let take = Callback::new(move |alert_id: Uuid| {
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match acknowledge_alert(AcknowledgeAlert {
                command_id: Uuid::now_v7(),
                alert_id,
            })
            .await
            {
                Ok(()) => toasts.done(td_string!(locale, today.acknowledged)),
                Err(_) => toasts.failed(td_string!(locale, today.acknowledge_failed)),
            }
            again.run(());
        });
    });
    let none = alerts.is_empty();
    view! {
        <Section title=move || t_string!(i18n, today.section_alerts)>
            {if none {
                view! { <p class="quiet">{move || t_string!(i18n, today.no_alerts)}</p> }.into_any()
            } else {
                view! {
                    <ul class="alert-list">
                        {alerts.into_iter().map(|alert| view! { <AlertItem alert now take /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }} <A href="/alerts" attr:class="more-link">
                {move || t_string!(i18n, today.all_alerts)}
            </A>
        </Section>
    }
}

#[component]
fn Near(marks: Vec<DayMark>, weather: Vec<contract::calendar::WeatherView>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let none = marks.is_empty();
    view! {
        <Section title=move || t_string!(i18n, today.section_near)>
            <ul class="near-weather">
                {weather
                    .into_iter()
                    .map(|day| {
                        view! {
                            <li>
                                <b>{move || format.day(day.date)}</b>
                                <WeatherMark weather=day />
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            {none.then(|| view! { <p class="quiet">{move || t_string!(i18n, today.near_none)}</p> })}
            <ul class="near-list">
                {marks
                    .into_iter()
                    .map(|mark| {
                        let DayMark { kind, name, starts_on, ends_on } = mark;
                        let when = move || {
                            if starts_on == ends_on {
                                format.day(starts_on)
                            } else {
                                t_string!(
                                    i18n, today.from_until, from = format.date_short(starts_on),
                                    until = format.date_short(ends_on)
                                )
                            }
                        };
                        view! {
                            <li class="near-mark">
                                <crate::components::Glyph icon=mark_icon(kind) />
                                <span>
                                    <b>{name}</b>
                                    <small>{move || mark_word(i18n.get_locale(), kind)} " · " {when}</small>
                                </span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
    }
}

#[component]
fn Yesterday(yesterday: YesterdayView) -> impl IntoView {
    let i18n = use_i18n();
    let names = yesterday.sold_out.join(", ");
    let none = yesterday.sold_out.is_empty();
    let format = use_format();
    let lost = yesterday.lost_minor.filter(|minor| *minor > 0);
    view! {
        <Section title=move || t_string!(i18n, today.section_yesterday)>
            <p>
                {move || {
                    if none {
                        t_string!(i18n, today.sold_out_none).to_owned()
                    } else {
                        t_string!(i18n, today.sold_out_yesterday, names = names.clone())
                    }
                }}
                {lost.map(|minor| move || format!(" {}", t_string!(i18n, today.lost_yesterday, money = format.money(minor))))}
            </p>
        </Section>
    }
}
