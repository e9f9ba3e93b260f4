//! Why a number: what the history of a shelf says, in a baker's words.

use crate::{
    components::{Reason, WhyPanel},
    format::{Format, use_format},
    i18n::{t_string, use_i18n},
};
use chrono::NaiveDate;
use contract::forecasts::{ForecastReason, whole};
use domain::Unit;
use leptos::prelude::*;

/// Changes below this are no trend.
const FLAT_BP: i64 = 300;

#[expect(
    clippy::cast_precision_loss,
    reason = "basis points are far below 2^52"
)]
fn share(bp: i64) -> f64 {
    bp as f64 / 10_000.0
}

fn direction(bp: Option<i64>) -> i8 {
    match bp {
        Some(bp) if bp >= FLAT_BP => 1,
        Some(bp) if bp <= -FLAT_BP => -1,
        _ => 0,
    }
}

fn effect(format: Format, bp: Option<i64>) -> Option<TextProp> {
    bp.map(|bp| {
        TextProp::from(move || {
            let sign = if bp > 0 { "+" } else { "" };
            format!("{sign}{}", format.percent(share(bp), 0))
        })
    })
}

/// The reasons of one day, open.
#[component]
pub fn Reasons(
    reasons: Vec<ForecastReason>,
    date: NaiveDate,
    median: Option<i64>,
    unit: Unit,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let list = reasons
        .into_iter()
        .map(|reason| one(reason, date, unit))
        .collect::<Vec<_>>();
    let question = move || {
        let number = median.map_or_else(|| "–".to_owned(), |m| format.quantity(m, unit));
        format!(
            "{} · {}",
            t_string!(i18n, forecast.why, number = number),
            t_string!(i18n, forecast.why_day, date = format.date_short(date)),
        )
    };
    view! {
        <WhyPanel question=question reasons=list open=true>
            <p>{move || t_string!(i18n, forecast.why_lead)}</p>
        </WhyPanel>
    }
}

fn one(reason: ForecastReason, date: NaiveDate, unit: Unit) -> Reason {
    let i18n = use_i18n();
    let format = use_format();
    match reason {
        ForecastReason::Weekday { days, mean_milli } => Reason {
            text: TextProp::from(move || {
                t_string!(
                    i18n,
                    forecast.reason_weekday,
                    weekday = format.weekday(date),
                    number = format.quantity(whole(mean_milli), unit),
                    days = days
                )
            }),
            effect: None,
            direction: 0,
        },
        ForecastReason::Trend { change_bp } => {
            let way = direction(Some(change_bp));
            Reason {
                text: TextProp::from(move || match way {
                    1.. => t_string!(i18n, forecast.reason_trend_up).to_owned(),
                    0 => t_string!(i18n, forecast.reason_trend_flat).to_owned(),
                    _ => t_string!(i18n, forecast.reason_trend_down).to_owned(),
                }),
                effect: if way == 0 {
                    None
                } else {
                    effect(format, Some(change_bp))
                },
                direction: way,
            }
        }
        ForecastReason::Special {
            name,
            effect_bp,
            days,
            ..
        } => Reason {
            text: TextProp::from(move || match effect_bp {
                Some(_) => t_string!(
                    i18n,
                    forecast.reason_special,
                    name = name.clone(),
                    days = days
                ),
                None => t_string!(i18n, forecast.reason_special_unknown, name = name.clone()),
            }),
            effect: effect(format, effect_bp),
            direction: direction(effect_bp),
        },
        ForecastReason::Promotion {
            name,
            discount_bp,
            effect_bp,
            days,
            ..
        } => Reason {
            text: TextProp::from(move || {
                let discount = format!("−{}", format.percent(share(i64::from(discount_bp)), 0));
                match effect_bp {
                    Some(_) => t_string!(
                        i18n,
                        forecast.reason_promotion,
                        name = name.clone(),
                        discount = discount,
                        days = days
                    ),
                    None => t_string!(
                        i18n,
                        forecast.reason_promotion_unknown,
                        name = name.clone(),
                        discount = discount
                    ),
                }
            }),
            effect: effect(format, effect_bp),
            direction: direction(effect_bp),
        },
        ForecastReason::Rain {
            precipitation_mm_x10,
            effect_bp,
            days,
        } => Reason {
            text: TextProp::from(move || {
                let mm = format.decimal(f64::from(precipitation_mm_x10) / 10.0, 0);
                match effect_bp {
                    Some(_) => t_string!(i18n, forecast.reason_rain, mm = mm, days = days),
                    None => t_string!(i18n, forecast.reason_rain_unknown, mm = mm),
                }
            }),
            effect: effect(format, effect_bp),
            direction: direction(effect_bp),
        },
        ForecastReason::Heat {
            temperature_c_x10,
            effect_bp,
            days,
        } => Reason {
            text: TextProp::from(move || {
                let degrees = format.decimal(f64::from(temperature_c_x10) / 10.0, 0);
                match effect_bp {
                    Some(_) => {
                        t_string!(i18n, forecast.reason_heat, degrees = degrees, days = days)
                    }
                    None => t_string!(i18n, forecast.reason_heat_unknown, degrees = degrees),
                }
            }),
            effect: effect(format, effect_bp),
            direction: direction(effect_bp),
        },
        ForecastReason::SoldOut { days } => Reason {
            text: TextProp::from(move || t_string!(i18n, forecast.reason_sold_out, days = days)),
            effect: None,
            direction: 1,
        },
    }
}
