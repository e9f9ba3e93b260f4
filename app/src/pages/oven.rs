//! A word on the oven, where the plan of a day does not fit into it or nearly fills it.

use crate::{components::*, format::use_format, i18n::*, server_fns::orders::read_capacity};
use chrono::NaiveDate;
use contract::capacity::{DeadlineView, OvenView, ReadCapacity};
use leptos::prelude::*;
use uuid::Uuid;

/// Products that are named as what could be baked the day before.
const MOST_NAMED: usize = 5;

/// Of the kitchen that bakes for a shop, or of all that the reader sees; nothing while there is room. Draw it in a part that comes later:
/// it asks the server by itself, and a page can be read without it.
#[component]
pub(crate) fn OvenNotice(date: Signal<NaiveDate>, store: Signal<Option<Uuid>>) -> impl IntoView {
    let capacity = LocalResource::new(move || {
        let wanted = date.try_get().map(|production_date| ReadCapacity {
            production_date,
            store_id: store.try_get().flatten(),
        });
        async move { read_capacity(wanted?).await.ok() }
    });
    use_live(&["orders", "suggestions"], move |_| capacity.refetch());
    move || {
        let view = capacity.try_get().flatten().flatten()?;
        let tight = view.ovens.into_iter().filter(OvenView::is_tight);
        let day = view.production_date;
        let notices = tight.map(|oven| view! { <Tight oven day /> });
        Some(notices.collect_view())
    }
}

#[component]
fn Tight(oven: OvenView, day: NaiveDate) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let fullest = oven.deadlines.iter().max_by_key(|d| d.load_bp).copied();
    let told = oven.worst.or(fullest);
    let is_over = oven.worst.is_some();
    let kitchen = oven.store_name;
    let names: Vec<String> = oven
        .earlier
        .into_iter()
        .take(MOST_NAMED)
        .map(|product| format!("{} {}", product.product_name, product.trays))
        .collect();
    let names = names.join(", ");
    let has_names = !names.is_empty();
    let sentence = move |deadline: DeadlineView| {
        let (kitchen, date) = (kitchen.clone(), format.day(day));
        let time = format.instant_time(deadline.due_at);
        let trays = format.number(deadline.trays);
        let room = format.number(deadline.capacity);
        if !is_over {
            return t_string!(
                i18n,
                capacity.full,
                kitchen = kitchen,
                date = date,
                time = time,
                trays = trays,
                room = room
            )
            .to_string();
        }
        t_string!(
            i18n,
            capacity.over,
            kitchen = kitchen,
            date = date,
            time = time,
            trays = trays,
            room = room,
            too_many = format.number(deadline.too_many),
            done = format.instant_time(deadline.done_at),
            late = format.duration(deadline.late_minutes * 60)
        )
        .to_string()
    };
    let title = move || {
        if is_over {
            t_string!(i18n, capacity.over_title)
        } else {
            t_string!(i18n, capacity.full_title)
        }
    };
    let tone = if is_over {
        Tone::Danger
    } else {
        Tone::Attention
    };
    view! {
        <Notice tone title>
            <p>{move || told.map(&sentence)}</p>
            {has_names.then(|| view! { <p>{move || t_string!(i18n, capacity.earlier, names = names.clone()).to_string()}</p> })}
        </Notice>
    }
}
