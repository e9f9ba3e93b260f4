//! "Why 84?": the stored reasons of a suggestion in words, each with what it does to the number.

use super::changes::Turned;
use crate::{
    components::*,
    format::{Format, use_format},
    i18n::*,
    refusals::told,
    server_fns::suggestions::suggestion_history,
};
use chrono::{DateTime, Utc};
use contract::suggestions::SuggestionView;
use domain::replenish::{RatioCase, Reasons, Rounding};
use domain::{ForecastSource, ReplenishmentPolicy, Unit};
use leptos::{prelude::*, task::spawn_local};
use leptos_i18n::I18nContext;
use uuid::Uuid;

/// The reasons of a suggestion, for what [`WhyQuestion`] opens: a later part of the page.
pub(crate) fn why(suggestion: SuggestionView) -> AnyView {
    let (i18n, format) = (use_i18n(), use_format());
    let SuggestionView {
        id,
        store_id,
        product_id,
        unit,
        reasons,
        computed_at,
        ..
    } = suggestion;
    let source = reasons.source;
    view! {
        <ReasonList reasons=list(i18n, format, unit, &reasons) />
        <div class="why-more">
            <p>
                {move || match source {
                    ForecastSource::Model => t_string!(i18n, plan.source_model, at = format.instant(computed_at)),
                    ForecastSource::Baseline => t_string!(i18n, plan.source_baseline, at = format.instant(computed_at)),
                }}
            </p>
            <Earlier id unit />
            <Turned store_id product_id />
        </div>
    }
    .into_any()
}

/// What it was before it was computed again, for whoever asks.
#[component]
fn Earlier(id: Uuid, unit: Unit) -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let known = RwSignal::new(None::<Vec<(i64, DateTime<Utc>)>>);
    let busy = RwSignal::new(false);
    let ask = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = suggestion_history(id).await;
            // The page may be gone by now.
            let _ = busy.try_set(false);
            match answer {
                Ok(history) => {
                    let versions = history.versions.into_iter();
                    let numbers = versions.map(|version| (version.quantity, version.computed_at));
                    let _ = known.try_set(Some(numbers.collect()));
                }
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
        });
    };
    let line = move |(quantity, at): (i64, DateTime<Utc>)| {
        let words = move || {
            let (quantity, at) = (format.quantity(quantity, unit), format.instant(at));
            t_string!(i18n, plan.earlier, quantity = quantity, at = at)
        };
        view! { <li>{words}</li> }
    };
    move || match known.get() {
        None => view! {
            <Button kind=ButtonKind::Quiet busy on_press=ask>
                {move || t_string!(i18n, plan.earlier_ask)}
            </Button>
        }
        .into_any(),
        Some(numbers) if numbers.is_empty() => {
            view! { <p role="status">{move || t_string!(i18n, plan.earlier_none)}</p> }.into_any()
        }
        Some(numbers) => {
            let lines = numbers.into_iter().map(line).collect_view();
            view! { <ul class="why-earlier" role="status">{lines}</ul> }.into_any()
        }
    }
}

/// "Why 84?"
#[component]
pub(crate) fn WhyQuestion(quantity: i64, unit: Unit, children: Children) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let question = move || t_string!(i18n, plan.why, quantity = format.quantity(quantity, unit));
    view! { <WhyFrame question>{children()}</WhyFrame> }
}

fn reason(text: impl Into<TextProp>, effect: Option<TextProp>, direction: i64) -> Reason {
    Reason {
        text: text.into(),
        effect,
        direction: direction.signum() as i8,
    }
}

fn list(i18n: I18nContext<Locale>, format: Format, unit: Unit, why: &Reasons) -> Vec<Reason> {
    let signed = move |value: i64| -> Option<TextProp> {
        Some(
            (move || {
                if value == 0 {
                    "0".to_owned()
                } else {
                    signed_quantity(format, value, unit)
                }
            })
            .into(),
        )
    };
    let plain = move |value: i64| -> Option<TextProp> {
        Some((move || format.quantity(value, unit)).into())
    };
    let (low, median, high) = (why.forecast_p10, why.forecast_p50, why.forecast_p90);
    let (from, days) = (why.covers_from, i64::from(why.covers_days));
    let mut reasons = vec![reason(
        move || {
            let range = format.range(low, high);
            if days == 1 {
                t_string!(
                    i18n,
                    plan.why_forecast_single,
                    date = format.day(from),
                    range = range
                )
            } else {
                t_string!(
                    i18n,
                    plan.why_forecast_several,
                    date = format.day(from),
                    days = format.number(days),
                    range = range
                )
            }
        },
        plain(median),
        0,
    )];
    if why.overridden_days > 0 {
        reasons.push(reason(move || t_string!(i18n, plan.why_override), None, 0));
    }
    reasons.push(margin(i18n, format, why, signed(why.target - median)));
    let substitutes = f64::from(why.substitution_share_bp) / 10_000.0;
    if substitutes > 0.0 {
        reasons.push(reason(
            move || {
                let share = format.percent(substitutes, 0);
                t_string!(i18n, plan.why_substitutes, share = share)
            },
            None,
            0,
        ));
    }
    if let Some(point) = why.reorder_point {
        let position = why.usable_stock + why.pending;
        reasons.push(reason(
            move || {
                let (point, position) = (
                    format.quantity(point, unit),
                    format.quantity(position, unit),
                );
                t_string!(
                    i18n,
                    plan.why_reorder_point,
                    point = point,
                    position = position
                )
            },
            None,
            0,
        ));
    }
    let on_hand = why.on_hand;
    if why.usable_stock != 0 || on_hand != 0 {
        reasons.push(reason(
            move || {
                t_string!(
                    i18n,
                    plan.why_stock,
                    on_hand = format.quantity(on_hand, unit)
                )
            },
            signed(-why.usable_stock),
            -why.usable_stock,
        ));
    }
    let waste = why.projected_waste;
    if waste > 0 {
        reasons.push(reason(
            move || {
                t_string!(
                    i18n,
                    plan.why_waste,
                    quantity = format.quantity(waste, unit)
                )
            },
            None,
            0,
        ));
    }
    if why.pending > 0 {
        reasons.push(reason(
            move || t_string!(i18n, plan.why_pending),
            signed(-why.pending),
            -why.pending,
        ));
    }
    if why.rounding != Rounding::Exact {
        let (tray, change) = (why.tray, why.quantity - why.need);
        reasons.push(reason(
            move || t_string!(i18n, plan.why_tray, tray = format.quantity(tray, unit)),
            signed(change),
            change,
        ));
    }
    reasons
}

fn margin(
    i18n: I18nContext<Locale>,
    format: Format,
    why: &Reasons,
    effect: Option<TextProp>,
) -> Reason {
    let share = f64::from(why.ratio_bp) / 10_000.0;
    let (case, policy, direction) = (why.ratio_case, why.policy, why.target - why.forecast_p50);
    reason(
        move || {
            let share = format.percent(share, 0);
            match (policy, case) {
                (ReplenishmentPolicy::ReorderPoint, _) => {
                    t_string!(i18n, plan.why_keeps, share = share)
                }
                (_, RatioCase::Costs) => t_string!(i18n, plan.why_costs, share = share),
                (_, RatioCase::ServiceLevel) => t_string!(i18n, plan.why_service, share = share),
                (_, RatioCase::Chosen) => t_string!(i18n, plan.why_chosen, share = share),
                (_, RatioCase::NoMargin) => t_string!(i18n, plan.why_no_margin, share = share),
                (_, RatioCase::NothingLost) => {
                    t_string!(i18n, plan.why_nothing_lost, share = share)
                }
            }
        },
        effect,
        direction,
    )
}

fn signed_quantity(format: Format, value: i64, unit: Unit) -> String {
    let sign = if value < 0 { "−" } else { "+" };
    format!("{sign}{}", format.quantity(value.abs(), unit))
}
