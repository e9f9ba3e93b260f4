//! The store manager's first page: today and tomorrow, and what to do about it.

mod rows;
mod sides;
mod waste;

use crate::{
    components::{
        EmptyState, Icon, Later, Loaded, Notice, PageHeader, Stat, Tone, Waiting, use_live,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    pages::forecast::{OverrideDesk, OverrideDialog, verdict_word},
    server_fns::today::view_today,
    store_choice::use_chosen_store,
};
use contract::today::TodayView;
use domain::outlook::Risk;
use domain::{ForecastSource, JobStatus, Unit};
use leptos::prelude::*;
use rows::{Desks, Rows};
use sides::Sides;
use waste::{WasteDesk, WasteDialog};

/// The page.
#[component]
pub fn TodayPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let today = Fetched::new(
        move || store.get().map(|store| store.id),
        |store_id| async move {
            match store_id {
                Some(store_id) => view_today(store_id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let desks = Desks {
        own: OverrideDesk::default(),
        waste: WasteDesk::default(),
    };
    use_live(
        &[
            "forecasts",
            "stock",
            "orders",
            "alerts",
            "calendar",
            "imports",
            "jobs",
        ],
        move |_| today.refetch(),
    );
    let again = Callback::new(move |()| today.refetch());
    view! {
        <Loaded resource=today waiting=Waiting::Cards let:view>
            {match view {
                Some(view) => view! { <Today view desks again /> }.into_any(),
                None => {
                    view! {
                        <PageHeader title=move || t_string!(i18n, today.title) />
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
        <Later part=move || dialogs(desks, again) />
    }
}

#[lazy(today_later)]
fn dialogs(desks: Desks, again: Callback<()>) -> AnyView {
    view! {
        <OverrideDialog desk=desks.own on_change=again />
        <WasteDialog desk=desks.waste />
    }
    .into_any()
}

#[component]
fn Today(view: TodayView, desks: Desks, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let (date, passed) = (view.date, view.day_passed_bp);
    let name = view.store_name.clone();
    let over = move || format!("{} · {name}", format.date_long(date));
    #[expect(clippy::cast_precision_loss, reason = "a share of a day")]
    let lead = move || match passed {
        0 => t_string!(i18n, today.lead_before).to_owned(),
        10_000.. => t_string!(i18n, today.lead_after).to_owned(),
        _ => t_string!(
            i18n,
            today.lead_open,
            share = format.percent(passed as f64 / 10_000.0, 0)
        ),
    };
    let nothing = view
        .rows
        .iter()
        .all(|r| r.today.is_none() && r.tomorrow.is_none());
    view! {
        <PageHeader title=move || t_string!(i18n, today.title) over=over lead=lead />
        <Honesty view=view.clone() />
        {if nothing {
            view! {
                <EmptyState
                    icon=Icon::Forecast
                    title=move || t_string!(i18n, today.no_forecast_title)
                    text=move || t_string!(i18n, today.no_forecast_text)
                />
            }
                .into_any()
        } else {
            view! { <BigNumbers view=view.clone() /> }.into_any()
        }}
        <div class="today-page">
            <div class="today-main">
                <Rows view=view.clone() desks />
            </div>
            <Sides view again />
        </div>
    }
}

/// What must be known before the numbers are believed.
#[component]
fn Honesty(view: TodayView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let date = view.date;
    let night = view.last_night;
    let night_words = night.map(|night| {
        let day = night.business_date;
        match night.status {
            JobStatus::Failed => view! {
                <Notice tone=Tone::Danger>
                    <p>{move || t_string!(i18n, today.night_failed, date = format.date_short(day))}</p>
                </Notice>
            }
            .into_any(),
            JobStatus::Queued | JobStatus::Running => view! {
                <Notice tone=Tone::Info>
                    <p>{move || t_string!(i18n, today.night_running, date = format.date_short(day))}</p>
                </Notice>
            }
            .into_any(),
            _ => ().into_any(),
        }
    });
    let issue_words = view.issue.map(|issue| {
        let (issued_on, until) = (issue.issued_on, issue.until);
        let old = (date - issued_on).num_days() > 1;
        view! {
            {(until < date)
                .then(|| {
                    view! {
                        <Notice tone=Tone::Attention title=move || t_string!(i18n, today.old_issue_title)>
                            <p>{move || t_string!(i18n, today.beyond_issue, date = format.date_long(until))}</p>
                        </Notice>
                    }
                })}
            {(old && until >= date)
                .then(|| {
                    view! {
                        <Notice tone=Tone::Attention title=move || t_string!(i18n, today.old_issue_title)>
                            <p>{move || t_string!(i18n, today.old_issue, date = format.date_long(issued_on))}</p>
                        </Notice>
                    }
                })}
            {(issue.source == ForecastSource::Baseline)
                .then(|| {
                    view! {
                        <Notice tone=Tone::Info title=move || t_string!(i18n, today.baseline_title)>
                            <p>{move || t_string!(i18n, today.baseline)}</p>
                        </Notice>
                    }
                })}
        }
    });
    view! { <div class="today-notices">{night_words} {issue_words}</div> }
}

/// The day in five numbers.
#[component]
fn BigNumbers(view: TodayView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let pieces = || view.rows.iter().filter(|r| r.product.unit == Unit::Piece);
    let expected: i64 = pieces()
        .filter_map(|r| r.today.as_ref())
        .map(|o| {
            o.overridden
                .as_ref()
                .map_or(o.band.mean_milli, |own| own.quantity * 1_000)
        })
        .sum();
    let sold: i64 = pieces().map(|r| r.sold).sum();
    let tickets_in = view.tickets_in;
    let count = |risk: fn(&contract::today::TodayRow) -> Risk, least: Risk| {
        i64::try_from(view.rows.iter().filter(|r| risk(r) >= least).count()).unwrap_or(i64::MAX)
    };
    let (short, surely) = (
        count(|r| r.sell_out, Risk::Possible),
        count(|r| r.sell_out, Risk::Likely),
    );
    let over = count(|r| r.waste, Risk::Possible);
    let surplus: i64 = pieces().map(|r| r.surplus).sum();
    let score = view.yesterday.score;
    let short_tone = if surely > 0 {
        Tone::Danger
    } else {
        Tone::Neutral
    };
    let over_tone = if over > 0 {
        Tone::Attention
    } else {
        Tone::Neutral
    };
    view! {
        <div class="today-numbers">
            <Stat
                label=move || t_string!(i18n, today.stat_expected)
                value=move || format.number(contract::forecasts::whole(expected))
                detail=move || t_string!(i18n, today.stat_expected_detail)
            />
            <Stat
                label=move || t_string!(i18n, today.stat_sold)
                value=move || if tickets_in { format.number(sold) } else { "–".to_owned() }
                detail=move || {
                    if tickets_in {
                        t_string!(i18n, today.stat_sold_detail)
                    } else {
                        t_string!(i18n, today.stat_sold_none)
                    }
                }
            />
            <Stat
                label=move || t_string!(i18n, today.stat_short)
                value=move || format.number(short)
                detail=move || {
                    if short == 0 {
                        t_string!(i18n, today.stat_calm).to_owned()
                    } else {
                        t_string!(i18n, today.stat_short_detail, count = format.number(surely))
                    }
                }
                tone=short_tone
            />
            <Stat
                label=move || t_string!(i18n, today.stat_waste)
                value=move || format.number(over)
                detail=move || {
                    if over == 0 {
                        t_string!(i18n, today.stat_calm).to_owned()
                    } else {
                        t_string!(i18n, today.stat_waste_detail, count = format.number(surplus))
                    }
                }
                tone=over_tone
            />
            <Stat
                label=move || t_string!(i18n, today.stat_yesterday)
                value=move || {
                    score
                        .and_then(|s| s.verdict())
                        .map_or_else(|| "–".to_owned(), |v| verdict_word(i18n.get_locale(), v).to_owned())
                }
                detail=move || match score.and_then(|s| s.wape_bp) {
                    Some(wape) => {
                        #[expect(clippy::cast_precision_loss, reason = "basis points are far below 2^52")]
                        let share = format.percent(wape as f64 / 10_000.0, 0);
                        t_string!(i18n, today.error_of, share = share)
                    }
                    None => t_string!(i18n, today.stat_yesterday_none).to_owned(),
                }
            />
        </div>
    }
}
