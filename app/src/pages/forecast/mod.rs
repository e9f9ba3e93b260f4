//! What each product may sell on a day, and one product in depth.

mod detail;
mod history;
mod list;
mod override_desk;
mod reasons;
mod scores;

pub use detail::ForecastDetailPage;
pub use list::ForecastPage;
pub use override_desk::{OverrideDesk, OverrideDialog, Subject};
pub use scores::verdict_word;

use crate::{
    components::{Badge, Glyph, Icon, Tone},
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
};
use chrono::NaiveDate;
use contract::calendar::{DayMark, MarkKind, WeatherView};
use contract::forecasts::IssueView;
use domain::ForecastSource;
use leptos::prelude::*;

/// Which kind of day a mark is, in a word.
#[must_use]
pub fn mark_word(locale: Locale, kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::PublicHoliday => td_string!(locale, calendar.kind_public_holiday),
        MarkKind::SchoolHoliday => td_string!(locale, calendar.kind_school_holiday),
        MarkKind::Event => td_string!(locale, calendar.kind_event),
        MarkKind::Closure => td_string!(locale, calendar.kind_closure),
        MarkKind::Promotion => td_string!(locale, calendar.kind_promotion),
    }
}

/// The drawing of a kind of mark.
#[must_use]
pub const fn mark_icon(kind: MarkKind) -> Icon {
    match kind {
        MarkKind::PublicHoliday | MarkKind::SchoolHoliday => Icon::Calendar,
        MarkKind::Event => Icon::Flag,
        MarkKind::Closure => Icon::Close,
        MarkKind::Promotion => Icon::Promotions,
    }
}

/// Special days and promotions as a line of small marks.
#[component]
pub fn MarkLine(marks: Vec<DayMark>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <ul class="mark-line">
            {marks
                .into_iter()
                .map(|mark| {
                    let kind = mark.kind;
                    view! {
                        <li class="mark" title=move || mark_word(i18n.get_locale(), kind)>
                            <Glyph icon=mark_icon(kind) />
                            <span class="visually-hidden">{move || mark_word(i18n.get_locale(), kind)} ": "</span>
                            {mark.name}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// Weather of a day in a few characters.
#[component]
pub fn WeatherMark(weather: WeatherView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let rain = weather.precipitation_mm_x10.unwrap_or(0);
    let icon = if rain >= 5 { Icon::Rain } else { Icon::Sun };
    let text = move || {
        let degrees = weather
            .temperature_c_x10
            .map(|t| format.decimal(f64::from(t) / 10.0, 0))?;
        Some(if rain >= 5 {
            t_string!(
                i18n,
                today.weather,
                temperature = degrees,
                rain = format.decimal(f64::from(rain) / 10.0, 0)
            )
        } else {
            t_string!(i18n, today.weather_dry, temperature = degrees)
        })
    };
    view! {
        <span class="mark">
            <Glyph icon />
            {text}
        </span>
    }
}

/// Who forecasts, as a badge: the model by number, or the weekly rhythm that stands in for it.
#[component]
pub fn SourceBadge(issue: IssueView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let baseline = issue.source == ForecastSource::Baseline;
    let text = move || match issue.model_number {
        Some(number) if !baseline => {
            t_string!(
                i18n,
                forecast.source_model,
                number = format.number(i64::from(number))
            )
        }
        _ => t_string!(i18n, forecast.source_baseline).to_owned(),
    };
    let tone = if baseline {
        Tone::Attention
    } else {
        Tone::Info
    };
    view! { <Badge tone text=text /> }
}

/// Address of one product's forecast.
#[must_use]
pub fn detail_address(
    product_id: uuid::Uuid,
    store_id: uuid::Uuid,
    day: Option<NaiveDate>,
) -> String {
    let day = day.map(|d| format!("&day={d}")).unwrap_or_default();
    format!("/forecast/{product_id}?store={store_id}{day}")
}
