//! How good the forecasts were, in words first and in numbers after.

use crate::{
    components::{Section, StatusPill, Tone},
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
};
use contract::forecasts::{ScoreLine, Verdict};
use leptos::prelude::*;

/// A bias below this is none.
const EVEN_BP: i64 = 500;

/// The word for an error.
#[must_use]
pub fn verdict_word(locale: Locale, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Excellent => td_string!(locale, forecast.verdict_excellent),
        Verdict::Good => td_string!(locale, forecast.verdict_good),
        Verdict::Fair => td_string!(locale, forecast.verdict_fair),
        Verdict::Poor => td_string!(locale, forecast.verdict_poor),
    }
}

/// The tone of an error.
#[must_use]
pub const fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Excellent | Verdict::Good => Tone::Fine,
        Verdict::Fair => Tone::Attention,
        Verdict::Poor => Tone::Danger,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "basis points are far below 2^52"
)]
fn share(bp: i64) -> f64 {
    bp as f64 / 10_000.0
}

/// The scores of one product.
#[component]
pub fn Scores(scores: Vec<ScoreLine>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=move || t_string!(i18n, forecast.scores_title)>
            {if scores.is_empty() {
                view! { <p>{move || t_string!(i18n, forecast.scores_none)}</p> }.into_any()
            } else {
                view! {
                    <ul class="scores">{scores.into_iter().map(|line| view! { <Score line /> }).collect_view()}</ul>
                }
                    .into_any()
            }}
        </Section>
    }
}

#[component]
fn Score(line: ScoreLine) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let sentences = move || {
        let mut all: Vec<String> = Vec::new();
        if let Some(wape) = line.wape_bp {
            all.push(t_string!(
                i18n,
                forecast.score_line,
                share = format.percent(share(wape), 0)
            ));
        }
        if let Some(bias) = line.bias_bp {
            let size = format.percent(share(bias.abs()), 0);
            all.push(if bias > EVEN_BP {
                t_string!(i18n, forecast.score_high, share = size)
            } else if bias < -EVEN_BP {
                t_string!(i18n, forecast.score_low, share = size)
            } else {
                t_string!(i18n, forecast.score_even).to_owned()
            });
        }
        if let Some(inside) = line.inside_bp {
            all.push(t_string!(
                i18n,
                forecast.score_inside,
                share = format.percent(share(inside), 0)
            ));
        }
        if let Some((_, baseline)) = line.compared_bp {
            all.push(t_string!(
                i18n,
                forecast.score_better,
                share = format.percent(share(baseline), 0)
            ));
        }
        all.join(" ")
    };
    let horizon = move || match line.horizon {
        1 => t_string!(i18n, forecast.horizon_1),
        7 => t_string!(i18n, forecast.horizon_7),
        _ => t_string!(i18n, forecast.horizon_28),
    };
    view! {
        <li class="score">
            <p class="score-head">
                <b>{horizon}</b>
                {line
                    .verdict()
                    .map(|verdict| {
                        view! {
                            <StatusPill
                                tone=verdict_tone(verdict)
                                text=move || verdict_word(i18n.get_locale(), verdict)
                            />
                        }
                    })}
                <small>{move || t_string!(i18n, forecast.score_days, days = format.number(line.days))}</small>
            </p>
            <p>{sentences}</p>
        </li>
    }
}
