//! A month as weeks from Monday to Sunday, with the marks of each day.

use super::last_of;
use crate::{
    components::{Glyph, Icon},
    format::{month_name, use_format, weekday_short},
    i18n::{t_string, use_i18n},
    language::use_language,
    pages::forecast::{mark_icon, mark_word},
};
use chrono::{Datelike, Days, Months, NaiveDate};
use contract::calendar::DayMark;
use leptos::prelude::*;

/// First Monday and last Sunday of the weeks that a month touches.
pub(super) fn edges(month: NaiveDate) -> (NaiveDate, NaiveDate) {
    let last = last_of(month);
    let before = u64::from(month.weekday().num_days_from_monday());
    let after = u64::from(6 - last.weekday().num_days_from_monday());
    (month - Days::new(before), last + Days::new(after))
}

/// Ways to the month before and after, and back to this one.
#[component]
pub(super) fn MonthNav(month: NaiveDate, today: NaiveDate, path: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let language = use_language();
    let address =
        move |m: Option<NaiveDate>| format!("{path}?month={}", m.unwrap_or(month).format("%Y-%m"));
    let (before, after) = (
        month.checked_sub_months(Months::new(1)),
        month.checked_add_months(Months::new(1)),
    );
    let elsewhere = (today.year(), today.month()) != (month.year(), month.month());
    view! {
        <nav class="month-nav" aria-label=move || t_string!(i18n, calendar.grid_caption, month = month_name(language.get(), month))>
            <a
                href=address(before)
                data-noscroll="true"
                class="button button-quiet icon-button"
                aria-label=move || t_string!(i18n, calendar.previous_month)
            >
                <Glyph icon=Icon::ChevronLeft />
            </a>
            <h2 class="month-name">{move || month_name(language.get(), month)}</h2>
            <a
                href=address(after)
                data-noscroll="true"
                class="button button-quiet icon-button"
                aria-label=move || t_string!(i18n, calendar.next_month)
            >
                <Glyph icon=Icon::ChevronRight />
            </a>
            {elsewhere
                .then(|| {
                    view! {
                        <a href=path data-noscroll="true" class="button button-quiet">
                            {move || t_string!(i18n, calendar.this_month)}
                        </a>
                    }
                })}
        </nav>
    }
}

/// The month. The list beside it says the same to those who cannot see it.
#[component]
pub(super) fn MonthGrid(month: NaiveDate, today: NaiveDate, marks: Vec<DayMark>) -> impl IntoView {
    let language = use_language();
    let (first, last) = edges(month);
    let days: Vec<NaiveDate> = first.iter_days().take_while(|d| *d <= last).collect();
    let caption = move || month_name(language.get(), month);
    view! {
        <table class="month">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    {days
                        .iter()
                        .take(7)
                        .map(|day| {
                            let day = *day;
                            view! { <th scope="col">{move || weekday_short(language.get(), day)}</th> }
                        })
                        .collect_view()}
                </tr>
            </thead>
            <tbody>
                {days
                    .chunks(7)
                    .map(|week| {
                        view! {
                            <tr>
                                {week
                                    .iter()
                                    .map(|day| {
                                        let on = marks.iter().filter(|m| m.covers(*day)).cloned().collect();
                                        let outside = day.month() != month.month();
                                        view! { <Day day=*day on outside current=*day == today /> }
                                    })
                                    .collect_view()}
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Day(day: NaiveDate, on: Vec<DayMark>, outside: bool, current: bool) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    view! {
        <td
            class="month-day"
            class:month-day-outside=outside
            class:month-day-today=current
            aria-current=current.then_some("date")
        >
            <time datetime=day.to_string() title=move || format.date_long(day)>
                {day.day()}
            </time>
            <ul>
                {on
                    .into_iter()
                    .map(|mark| {
                        let kind = mark.kind;
                        let name = mark.name;
                        let title = name.clone();
                        let slug = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
                        view! {
                            <li class="month-mark" data-kind=slug title=title>
                                <Glyph icon=mark_icon(kind) />
                                <span class="visually-hidden">{move || mark_word(i18n.get_locale(), kind)} ": "</span>
                                <span class="month-mark-name">{name}</span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </td>
    }
}

#[cfg(test)]
mod tests {
    use super::edges;
    use chrono::NaiveDate;

    #[test]
    fn a_month_is_shown_in_whole_weeks() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(
            edges(day(2026, 11, 1)),
            (day(2026, 10, 26), day(2026, 12, 6))
        );
        // February 2027 starts on a Monday and ends on a Sunday.
        assert_eq!(edges(day(2027, 2, 1)), (day(2027, 2, 1), day(2027, 2, 28)));
    }
}
