//! Colour, type and drawings.

use crate::{
    components::{Glyph, Icon, Section},
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

const COLOURS: [&str; 18] = [
    "flour",
    "parchment",
    "well",
    "line",
    "edge",
    "ink",
    "ink-soft",
    "crust",
    "crust-strong",
    "crust-wash",
    "butter",
    "butter-wash",
    "basil",
    "basil-wash",
    "paprika",
    "paprika-wash",
    "blueberry",
    "blueberry-wash",
];

const SIZES: [&str; 8] = ["xs", "s", "m", "l", "xl", "2xl", "3xl", "4xl"];

#[component]
pub fn Foundations() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=move || t_string!(i18n, style_guide.colour)>
            <ul class="swatches">
                {COLOURS
                    .map(|name| {
                        view! {
                            <li class="swatch">
                                <span class="swatch-colour" style=format!("--colour: var(--{name})")></span>
                                {name}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
        <Section title=move || t_string!(i18n, style_guide.lettering)>
            <div class="type-scale">
                {SIZES
                    .into_iter()
                    .rev()
                    .enumerate()
                    .map(|(index, size)| {
                        let family = if index < 3 { "600 1em var(--serif)" } else { "400 1em var(--sans)" };
                        view! {
                            <p style=format!("font-size: var(--text-{size})")>
                                <span style=format!("font: {family}")>{move || t_string!(i18n, style_guide.sample)}</span>
                            </p>
                        }
                    })
                    .collect_view()}
                <p class="number">"0123456789 · 1.234,50 € · 84 · 62–91"</p>
            </div>
        </Section>
        <Section title=move || t_string!(i18n, style_guide.icons)>
            <ul class="icons">
                {Icon::ALL
                    .iter()
                    .map(|icon| {
                        view! {
                            <li>
                                <Glyph icon=*icon />
                                {format!("{icon:?}")}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
    }
}
