//! Special days and promotions: a month at a time, as a grid, as a list and as a form.

mod entry_form;
mod events;
mod grid;
mod promotion_form;
mod promotions;

pub use events::EventsPage;
pub use promotions::PromotionsPage;

use crate::{
    components::{Choice, describe},
    format::Format,
    i18n::{Locale, t_string, td_string, use_i18n},
    session::{use_current_user, use_stores},
};
use chrono::{Datelike, Months, NaiveDate};
use contract::calendar::CalendarQuery;
use contract::{AppError, ErrorCode};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// First day of the month that the address names, else of this month.
fn shown_month() -> Memo<NaiveDate> {
    let query = use_query_map();
    let today = use_current_user().today;
    Memo::new(move |_| {
        let named = query
            .with(|q| q.get("month"))
            .and_then(|m| format!("{m}-01").parse::<NaiveDate>().ok());
        first_of(named.unwrap_or(today))
    })
}

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn last_of(month: NaiveDate) -> NaiveDate {
    month
        .checked_add_months(Months::new(1))
        .and_then(|next| next.pred_opt())
        .unwrap_or(month)
}

/// The month and the days of its neighbours that its grid shows.
fn asked(month: NaiveDate) -> CalendarQuery {
    let (from, until) = grid::edges(month);
    CalendarQuery {
        from,
        until,
        store_id: None,
    }
}

/// `vie 20 nov`, or `vie 20 nov – dom 22 nov`.
fn span(locale: Locale, format: Format, starts_on: NaiveDate, ends_on: NaiveDate) -> String {
    if starts_on == ends_on {
        format.date_short(starts_on)
    } else {
        td_string!(
            locale,
            calendar.span,
            from = format.date_short(starts_on),
            until = format.date_short(ends_on)
        )
    }
}

/// Stores that a person can write for; the empty value stands for all of them.
fn store_choices(everywhere: bool) -> Vec<Choice> {
    let i18n = use_i18n();
    let all = everywhere.then(|| Choice::new("", move || t_string!(i18n, calendar.every_store)));
    all.into_iter()
        .chain(
            use_stores()
                .into_iter()
                .map(|store| Choice::new(store.id.to_string(), store.name)),
        )
        .collect()
}

fn chosen(value: &str) -> Option<Uuid> {
    value.parse().ok()
}

/// Why a field was refused, in the reader's words.
fn field_word(locale: Locale, error: &AppError, field: &str) -> Option<String> {
    let wrong = error.field(field)?;
    Some(
        match wrong.reason.as_str() {
            "required" => td_string!(locale, calendar.wrong_required),
            "text.too_long" => td_string!(locale, calendar.wrong_too_long),
            "range.backwards" => td_string!(locale, calendar.wrong_backwards),
            "range.too_long" => td_string!(locale, calendar.wrong_too_long_range),
            "number.range" => td_string!(locale, calendar.wrong_range),
            "code.format" => td_string!(locale, calendar.wrong_code),
            "calendar.own_stores" => td_string!(locale, calendar.wrong_store),
            _ => return Some(wrong.message.clone()),
        }
        .to_owned(),
    )
}

/// What went wrong with the whole, where no field is to blame.
fn trouble_word(locale: Locale, error: &AppError) -> Option<&'static str> {
    match error.reason.as_str() {
        "promotion.code_taken" => Some(td_string!(locale, calendar.code_taken)),
        "promotion.sold" => Some(td_string!(locale, calendar.promotion_sold)),
        _ if error.code == ErrorCode::Invalid && !error.fields.is_empty() => None,
        _ => Some(describe(locale, error.code)),
    }
}

/// The two pages of the area side by side, keeping the month.
#[component]
fn AreaTabs(month: Memo<NaiveDate>, here: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let tab = move |path: &'static str| {
        view! {
            <a
                class="tab"
                href=move || format!("{path}?month={}", month.get().format("%Y-%m"))
                aria-current=(path == here).then_some("page")
            >
                {move || {
                    if path == "/events" {
                        t_string!(i18n, calendar.events_title)
                    } else {
                        t_string!(i18n, calendar.promotions_title)
                    }
                }}
            </a>
        }
    };
    view! {
        <nav class="tabs" aria-label=move || t_string!(i18n, calendar.tabs)>
            {tab("/events")} {tab("/promotions")}
        </nav>
    }
}
