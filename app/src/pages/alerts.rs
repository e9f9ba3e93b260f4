//! Everything that a person must look at.

use crate::{
    components::{
        Button, ButtonKind, ButtonLink, EmptyState, Icon, Loaded, PageHeader, StatusPill, Tone,
        use_live, use_toasts,
    },
    fetched::Fetched,
    format::{Format, use_format},
    i18n::{Locale, t_string, td_string, use_i18n},
    server_fns::alerts::{acknowledge_alert, list_alerts},
    session::{may, use_current_user},
};
use chrono::{DateTime, Utc};
use contract::alerts::{AcknowledgeAlert, AlertFacts, AlertList, AlertView, ListAlerts};
use domain::{AlertKind, AlertStatus, Permission, Severity};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// What an alert is about, in a baker's words.
#[must_use]
pub fn kind_word(locale: Locale, kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::NegativeStock => td_string!(locale, alerts.kind_negative_stock),
        AlertKind::BelowReorderPoint => td_string!(locale, alerts.kind_below_reorder_point),
        AlertKind::StockOutRisk => td_string!(locale, alerts.kind_stock_out_risk),
        AlertKind::WasteRisk => td_string!(locale, alerts.kind_waste_risk),
        AlertKind::CountDifference => td_string!(locale, alerts.kind_count_difference),
        AlertKind::ForecastLate => td_string!(locale, alerts.kind_forecast_late),
        AlertKind::NightFailed => td_string!(locale, alerts.kind_night_failed),
        AlertKind::BaselineServing => td_string!(locale, alerts.kind_baseline_serving),
        AlertKind::DataQuality => td_string!(locale, alerts.kind_data_quality),
        AlertKind::Drift => td_string!(locale, alerts.kind_drift),
        AlertKind::MissingIngredients => td_string!(locale, alerts.kind_missing_ingredients),
        AlertKind::OrderLate => td_string!(locale, alerts.kind_order_late),
    }
}

/// How little is left: of what is made here, or of an ingredient that is to be bought.
fn low(locale: Locale, format: Format, facts: &AlertFacts) -> Option<String> {
    let (left, point) = (facts.on_hand?, facts.reorder_point?);
    Some(match facts.to_buy {
        Some(unit) => td_string!(
            locale,
            alerts.what_ingredient_low,
            number = format.quantity_with_unit(left, unit),
            point = format.quantity_with_unit(point, unit)
        ),
        None => td_string!(
            locale,
            alerts.what_below_reorder_point,
            number = format.number(left),
            point = format.number(point)
        ),
    })
}

/// What happened exactly, and what to do about it.
fn explain(locale: Locale, format: Format, kind: AlertKind, facts: &AlertFacts) -> Option<String> {
    let on_hand = facts.on_hand.map(|number| format.number(number));
    let day = facts.date.map(|date| format.date_short(date));
    Some(match kind {
        AlertKind::NegativeStock => {
            td_string!(locale, alerts.what_negative_stock, number = on_hand?)
        }
        AlertKind::BelowReorderPoint => low(locale, format, facts)?,
        AlertKind::DataQuality => {
            let shops = [facts.missing.as_slice(), facts.suspicious.as_slice()]
                .concat()
                .join(", ");
            td_string!(locale, alerts.what_data_quality, day = day?, shops = shops)
        }
        AlertKind::Drift => td_string!(
            locale,
            alerts.what_drift,
            share = format.percent(facts.error_ratio_bp? as f64 / 10_000.0 - 1.0, 0)
        ),
        AlertKind::ForecastLate => td_string!(locale, alerts.what_forecast_late, day = day?),
        AlertKind::NightFailed => td_string!(locale, alerts.what_night_failed, day = day?),
        AlertKind::BaselineServing => td_string!(locale, alerts.what_baseline_serving).to_owned(),
        AlertKind::StockOutRisk => {
            let number = format.number(facts.quantity?);
            match facts.empty_at {
                Some(at) => td_string!(
                    locale,
                    alerts.what_stock_out_untold,
                    time = format.time(at),
                    number = number
                ),
                None => td_string!(locale, alerts.what_stock_out_risk, number = number),
            }
        }
        AlertKind::WasteRisk => td_string!(
            locale,
            alerts.what_waste_risk,
            number = format.number(facts.quantity?),
            money = format.money(facts.money_minor?)
        ),
        AlertKind::MissingIngredients => td_string!(
            locale,
            alerts.what_missing_ingredients,
            number = format.number(facts.quantity?)
        ),
        AlertKind::OrderLate => td_string!(
            locale,
            alerts.what_order_late,
            number = facts.order_number?,
            day = day?
        ),
        AlertKind::CountDifference => {
            let money = format.money(facts.money_minor?);
            match facts.quantity {
                Some(off) => td_string!(
                    locale,
                    alerts.what_count_difference,
                    number = format.signed(off),
                    money = money
                ),
                None => td_string!(locale, alerts.what_count_waits, money = money),
            }
        }
    })
}

/// The page on which something can be done about it, for those who may open it.
fn way_out(kind: AlertKind, facts: &AlertFacts) -> Option<&'static str> {
    let (page, needed) = match kind {
        AlertKind::BelowReorderPoint if facts.to_buy.is_some() => {
            ("/ingredients/buy", Permission::RecipesRead)
        }
        AlertKind::NegativeStock | AlertKind::CountDifference => {
            ("/stock/count", Permission::StockCount)
        }
        AlertKind::BelowReorderPoint | AlertKind::StockOutRisk => {
            ("/plan", Permission::SuggestionsRead)
        }
        AlertKind::WasteRisk => ("/stock/projected", Permission::StockRead),
        AlertKind::ForecastLate | AlertKind::NightFailed | AlertKind::BaselineServing => {
            ("/admin/jobs", Permission::JobsRead)
        }
        AlertKind::DataQuality => ("/imports", Permission::ImportsRead),
        AlertKind::Drift => ("/forecast", Permission::ForecastsRead),
        AlertKind::MissingIngredients => ("/ingredients", Permission::RecipesRead),
        AlertKind::OrderLate => ("/orders", Permission::OrdersRead),
    };
    may(needed).then_some(page)
}

fn severity_word(locale: Locale, severity: Severity) -> &'static str {
    match severity {
        Severity::Info => td_string!(locale, alerts.severity_info),
        Severity::Warning => td_string!(locale, alerts.severity_warning),
        Severity::Critical => td_string!(locale, alerts.severity_critical),
    }
}

const fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Info,
        Severity::Warning => Tone::Attention,
        Severity::Critical => Tone::Danger,
    }
}

/// One alert. `take` runs when somebody says that they look after it.
#[component]
pub fn AlertItem(alert: AlertView, now: DateTime<Utc>, take: Callback<Uuid>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let AlertView {
        id,
        kind,
        severity,
        status,
        opened_at,
        ..
    } = alert;
    let place = [alert.product_name, alert.store_name]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    let facts = alert.facts;
    let way = way_out(kind, &facts);
    let more = move || explain(i18n.get_locale(), format, kind, &facts);
    let taken_by = alert.acknowledged_by;
    let may_take = status == AlertStatus::Open && may(Permission::AlertsAcknowledge);
    view! {
        <li class="alert-item" data-severity=severity.as_str()>
            <div class="alert-words">
                <p class="alert-kind">
                    <b>{move || kind_word(i18n.get_locale(), kind)}</b>
                    <StatusPill
                        tone=severity_tone(severity)
                        text=move || severity_word(i18n.get_locale(), severity)
                    />
                </p>
                <p class="alert-place">
                    {move || {
                        if place.is_empty() { t_string!(i18n, alerts.everywhere).to_owned() } else { place.clone() }
                    }}
                </p>
                {move || more().map(|more| view! { <p>{more}</p> })}
                <small>
                    {move || t_string!(i18n, alerts.opened, ago = format.ago(opened_at, now))}
                    {taken_by
                        .map(|name| {
                            view! { " · " {move || t_string!(i18n, alerts.taken_by, name = name.clone())} }
                        })}
                </small>
            </div>
            {way.map(|way| view! { <ButtonLink href=way kind=ButtonKind::Quiet>{move || t_string!(i18n, alerts.look)}</ButtonLink> })}
            {may_take
                .then(|| {
                    view! {
                        <Button icon=Icon::Check on_press=move |()| take.run(id)>
                            {move || t_string!(i18n, today.acknowledge)}
                        </Button>
                    }
                })}
        </li>
    }
}

fn wanted(query: &leptos_router::params::ParamsMap) -> AlertStatus {
    query
        .get("status")
        .and_then(|s| s.parse().ok())
        .unwrap_or(AlertStatus::Open)
}

/// The page.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let query = use_query_map();
    let now = use_current_user().now;
    let status = Memo::new(move |_| query.with(wanted));
    let alerts = Fetched::new(
        move || status.get(),
        |status| {
            list_alerts(ListAlerts {
                store_id: None,
                status: Some(status),
                kind: None,
            })
        },
    );
    use_live(&["alerts"], move |_| alerts.refetch());
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
            alerts.refetch();
        });
    });
    view! {
        <PageHeader title=move || t_string!(i18n, alerts.title) />
        <nav class="tabs" aria-label=move || t_string!(i18n, alerts.tabs)>
            <Tab status=AlertStatus::Open shown=status />
            <Tab status=AlertStatus::Acknowledged shown=status />
            <Tab status=AlertStatus::Resolved shown=status />
        </nav>
        <Loaded resource=alerts let:list>
            <List list now take />
        </Loaded>
    }
}

#[component]
fn Tab(status: AlertStatus, shown: Memo<AlertStatus>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <a
            href=format!("/alerts?status={status}")
            data-noscroll="true"
            class="tab"
            aria-current=move || (shown.get() == status).then_some("page")
        >
            {move || match status {
                AlertStatus::Open => t_string!(i18n, alerts.tab_open),
                AlertStatus::Acknowledged => t_string!(i18n, alerts.tab_acknowledged),
                AlertStatus::Resolved => t_string!(i18n, alerts.tab_resolved),
            }}
        </a>
    }
}

#[component]
fn List(list: AlertList, now: DateTime<Utc>, take: Callback<Uuid>) -> impl IntoView {
    let i18n = use_i18n();
    if list.alerts.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Check
                title=move || t_string!(i18n, alerts.none_title)
                text=move || t_string!(i18n, alerts.none_text)
            />
        }
        .into_any();
    }
    view! {
        <ul class="alert-list alert-list-wide">
            {list.alerts.into_iter().map(|alert| view! { <AlertItem alert now take /> }).collect_view()}
        </ul>
    }
    .into_any()
}
