//! What of a batch is for the morning, for midday and for the afternoon.

use crate::{format::use_format, i18n::*};
use domain::Unit;
use domain::day_parts::{DayPart, PartQuantity};
use leptos::prelude::*;

/// A line with the parts in which a batch comes; nothing where it comes in one.
#[component]
pub(crate) fn PartsLine(
    #[prop(into)] parts: Signal<Vec<PartQuantity>>,
    unit: Unit,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let words = move |part: PartQuantity| {
        let quantity = format.quantity(part.quantity, unit);
        match part.part {
            DayPart::Morning => t_string!(i18n, plan.part_morning, quantity = quantity).to_string(),
            DayPart::Midday => t_string!(i18n, plan.part_midday, quantity = quantity).to_string(),
            DayPart::Afternoon => {
                t_string!(i18n, plan.part_afternoon, quantity = quantity).to_string()
            }
        }
    };
    move || {
        let mut parts = parts.get();
        parts.retain(|part| part.quantity > 0);
        (parts.len() > 1).then(|| {
            let text: Vec<String> = parts.into_iter().map(words).collect();
            view! { <p class="day-parts">{text.join(" · ")}</p> }
        })
    }
}
