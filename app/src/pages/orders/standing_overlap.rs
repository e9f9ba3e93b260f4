//! What is said where two standing orders have the same baked for the same shop on the same day.

use super::standing::day_words;
use crate::{
    components::*, format::use_format, i18n::*, server_fns::standing_orders::list_standing_orders,
    session::use_current_user,
};
use contract::standing_orders::{ListStandingOrders, StandingOrderView};
use domain::standing::{Schedule, first_common_day};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// So many of one shop and product are looked at.
const MOST: u32 = 200;

fn schedule_of(standing: &StandingOrderView) -> Schedule {
    Schedule {
        weekdays: standing.weekdays,
        valid_from: standing.valid_from,
        valid_until: standing.valid_until,
    }
}

/// Says, before what is typed is saved, which others are baked beside it.
#[component]
pub(super) fn Overlaps(
    /// Shop and product, once both are chosen.
    shelf: Memo<Option<(Uuid, Uuid)>>,
    /// What is typed.
    schedule: Memo<Option<Schedule>>,
    /// The one that is changed.
    own: Option<Uuid>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let today = use_current_user().today;
    let others = RwSignal::new(Vec::<StandingOrderView>::new());
    Effect::new(move |_| {
        others.set(Vec::new());
        let Some((store_id, product_id)) = shelf.get() else {
            return;
        };
        let wanted = ListStandingOrders {
            store_id: Some(store_id),
            product_id: Some(product_id),
            limit: Some(MOST),
            ..ListStandingOrders::default()
        };
        spawn_local(async move {
            // Without an answer nothing is said here; the list says it once it is saved.
            let Ok(page) = list_standing_orders(wanted).await else {
                return;
            };
            if shelf.try_get_untracked() == Some(Some((store_id, product_id))) {
                let _ = others.try_set(page.items);
            }
        });
    });
    move || {
        let mine = schedule.get()?;
        let words: Vec<String> = others.with(|others| {
            others
                .iter()
                .filter(|other| Some(other.id) != own)
                .filter_map(|other| {
                    let first = first_common_day(mine, schedule_of(other), today)?;
                    let days = day_words(format, i18n.get_locale(), mine.weekdays & other.weekdays);
                    let quantity = format.quantity_with_unit(other.quantity, other.unit);
                    let date = format.date_short(first);
                    let words = t_string!(
                        i18n,
                        standing.overlap,
                        quantity = quantity,
                        days = days,
                        date = date
                    );
                    Some(words.clone())
                })
                .collect()
        });
        (!words.is_empty()).then(|| {
            let words = words
                .into_iter()
                .map(|words| view! { <p>{words}</p> })
                .collect_view();
            view! {
                <div role="status">
                    <Notice tone=Tone::Attention>{words}</Notice>
                </div>
            }
        })
    }
}
