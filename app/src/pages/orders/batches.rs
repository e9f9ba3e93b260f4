//! What came out of an order, part by part.

use super::words;
use crate::{components::*, format::use_format, i18n::*};
use contract::orders::{BatchView, OrderDetail};
use domain::Unit;
use leptos::prelude::*;

/// The parts with their lots and losses. Nothing where nothing came out.
#[component]
pub(super) fn Batches(detail: OrderDetail) -> impl IntoView {
    let i18n = use_i18n();
    let unit = detail.order.unit;
    (!detail.batches.is_empty()).then(|| {
        let batches = detail
            .batches
            .into_iter()
            .map(|batch| view! { <Batch batch unit /> })
            .collect_view();
        view! {
            <Section title=move || t_string!(i18n, orders.batches)>
                <ol class="history order-batches">{batches}</ol>
            </Section>
        }
    })
}

#[component]
fn Batch(batch: BatchView, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (produced, lost, reason) = (
        batch.produced_quantity,
        batch.lost_quantity,
        batch.loss_reason,
    );
    let (at, recorded, back) = (batch.completed_at, batch.recorded_at, batch.reversed_at);
    let loss = reason.map(|reason| {
        view! {
            <li>
                {move || t_string!(i18n, orders.lost_count, quantity = format.quantity(lost, unit))} ": "
                {move || words::loss_word(i18n.get_locale(), reason)}
            </li>
        }
    });
    let lot = batch.lot.map(|lot| {
        view! { <li>{move || t_string!(i18n, dispatch.lot)} " " <b>{lot.number}</b></li> }
    });
    // What is sent at once is written down seconds after it came out.
    let late = ((recorded - at).num_minutes() > 0).then(|| {
        view! { <li>{move || t_string!(i18n, orders.batch_recorded, at = format.instant(recorded))}</li> }
    });
    let gone = back.map(|back| {
        view! { <li>{move || t_string!(i18n, orders.batch_back, at = format.instant(back))}</li> }
    });
    view! {
        <li class="history-entry" data-back=back.is_some().to_string()>
            <p>
                <b>{move || format.quantity(produced, unit)}</b>
                <time datetime=at.to_rfc3339()>{move || format.instant(at)}</time>
            </p>
            <ul class="history-changes">{loss} {lot} {late} {gone}</ul>
        </li>
    }
}
