//! What nobody sees at first of the shelves and of a ledger.

use super::belief::Belief;
use super::correct::{Correct, Correcting};
use crate::i18n::*;
use leptos::prelude::*;
use uuid::Uuid;

/// A part of a page that arrives after it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// What the books said of a shelf at another moment.
    Belief { store_id: Uuid, product_id: Uuid },
    /// The sheet for correcting a shelf.
    Correct(Correcting),
    /// What on hand, reserved, available and on the road mean.
    Terms,
}

#[lazy(stock_later)]
pub(super) fn draw_stock(part: Part) -> AnyView {
    match part {
        Part::Belief {
            store_id,
            product_id,
        } => view! { <Belief store_id product_id /> }.into_any(),
        Part::Correct(desk) => view! { <Correct desk /> }.into_any(),
        Part::Terms => view! { <Terms /> }.into_any(),
    }
}

/// The numbers of a shelf, told apart in words.
#[component]
fn Terms() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <details class="terms">
            <summary>{move || t_string!(i18n, stock.terms)}</summary>
            <dl>
                <dt>{move || t_string!(i18n, stock.on_hand)}</dt>
                <dd>{move || t_string!(i18n, stock.on_hand_means)}</dd>
                <dt>{move || t_string!(i18n, stock.reserved)}</dt>
                <dd>{move || t_string!(i18n, stock.reserved_means)}</dd>
                <dt>{move || t_string!(i18n, stock.available)}</dt>
                <dd>{move || t_string!(i18n, stock.available_means)}</dd>
                <dt>{move || t_string!(i18n, stock.in_transit)}</dt>
                <dd>{move || t_string!(i18n, stock.in_transit_means)}</dd>
                <dt>{move || t_string!(i18n, stock.arriving)}</dt>
                <dd>{move || t_string!(i18n, stock.arriving_means)}</dd>
            </dl>
        </details>
    }
}
