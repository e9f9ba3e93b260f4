//! The shelves of the chosen store: how much, for how long, what is coming.

use super::later::{Part, draw_stock};
use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, routes::guarded,
    server_fns::stock::list_levels, session::may, store_choice::use_chosen_store,
};
use contract::stock::{LevelView, StockLevels};
use contract::{AppError, ErrorCode};
use domain::Permission;
use leptos::prelude::*;
use uuid::Uuid;

/// Less than so many tenths of a day is worth a look.
const SHORT_X10: i64 = 5;

/// The shelves.
#[component]
pub fn StockPage() -> impl IntoView {
    guarded(Permission::StockRead, || view! { <Stock /> })
}

/// The shelves of the chosen store; somebody without any store has none to see.
pub(in crate::pages) async fn levels_of(store_id: Option<Uuid>) -> Result<StockLevels, AppError> {
    match store_id {
        Some(id) => list_levels(id).await,
        None => Err(AppError::new(
            ErrorCode::NotFound,
            "There is no store to show.",
        )),
    }
}

#[component]
fn Stock() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let levels = Fetched::new(move || store.get().map(|store| store.id), levels_of);
    use_live(&["stock", "orders", "transfers"], move |events| {
        let here = store.get_untracked().map(|store| store.id);
        if events.is_empty()
            || events
                .iter()
                .any(|event| event.store_id.is_none() || event.store_id == here)
        {
            levels.refetch();
        }
    });
    let title = move || t_string!(i18n, stock.title);
    view! {
        <PageHeader title over=move || store.get().map(|store| store.name).unwrap_or_default() lead=move || t_string!(i18n, stock.lead)>
            {may(Permission::StockAdjust)
                .then(|| view! { <ButtonLink href="/stock/opening">{move || t_string!(i18n, stock.opening)}</ButtonLink> })}
            <ButtonLink href="/stock/projected">{move || t_string!(i18n, stock.projected)}</ButtonLink>
            <ButtonLink href="/stock/transfers">{move || t_string!(i18n, transfers.title)}</ButtonLink>
            {may(Permission::StockCount)
                .then(|| view! { <ButtonLink href="/stock/count" icon=Icon::Stock>{move || t_string!(i18n, stock.count)}</ButtonLink> })}
            {may(Permission::StockWaste)
                .then(|| view! { <ButtonLink href="/stock/waste" kind=ButtonKind::Primary icon=Icon::Bin>{move || t_string!(i18n, stock.waste)}</ButtonLink> })}
        </PageHeader>
        <Loaded resource=levels children=move |levels: StockLevels| view! { <Shelves levels /> } />
        <Later part=|| draw_stock(Part::Terms) />
    }
}

#[component]
fn Shelves(levels: StockLevels) -> impl IntoView {
    let i18n = use_i18n();
    if levels.levels.is_empty() {
        return view! {
            <EmptyState icon=Icon::Stock title=move || t_string!(i18n, stock.empty_title) text=move || t_string!(i18n, stock.empty_text) />
        }
        .into_any();
    }
    let (store_id, horizon_x10) = (levels.store_id, levels.horizon_days * 10);
    let columns = vec![
        Column::text(move || t_string!(i18n, stock.product)),
        Column::number(move || t_string!(i18n, stock.on_hand)),
        Column::number(move || t_string!(i18n, stock.reserved)),
        Column::number(move || t_string!(i18n, stock.available)),
        Column::number(move || t_string!(i18n, stock.cover)),
        Column::text(move || t_string!(i18n, stock.best_before)),
        Column::number(move || t_string!(i18n, stock.in_transit)),
        Column::number(move || t_string!(i18n, stock.arriving)),
    ];
    let rows = levels
        .levels
        .into_iter()
        .map(|level| view! { <Shelf level store_id horizon_x10 /> })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, stock.title) columns>{rows}</Table> }.into_any()
}

#[component]
fn Shelf(level: LevelView, store_id: Uuid, horizon_x10: i64) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, on_hand, cover, arriving, in_transit) = (
        level.unit,
        level.on_hand,
        level.cover_days_x10,
        level.arriving,
        level.in_transit,
    );
    let (reserved, available) = (level.reserved, level.available);
    // Nothing is no number to read.
    let some = move |quantity: i64| match quantity {
        0 => "–".to_owned(),
        quantity => format.quantity(quantity, unit),
    };
    let days = move || match cover {
        // Nothing lasts no time: the mark says it.
        None | Some(0) => "–".to_owned(),
        Some(x10) if x10 >= horizon_x10 => t_string!(
            i18n,
            stock.days_or_more,
            days = format.number(horizon_x10 / 10)
        ),
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most some hundred tenths of a day"
        )]
        Some(x10) => t_string!(
            i18n,
            stock.days,
            days = format.decimal(x10 as f64 / 10.0, 1)
        ),
    };
    let (expired, best_before) = (level.expired, level.best_before);
    let mark = if on_hand < 0 {
        Some((Tone::Danger, 0))
    } else if expired > 0 {
        Some((Tone::Attention, 4))
    } else if on_hand == 0 && cover.is_some() {
        Some((Tone::Attention, 3))
    } else if level.is_low {
        Some((Tone::Attention, 1))
    } else if cover.is_some_and(|x10| x10 < SHORT_X10) {
        Some((Tone::Attention, 2))
    } else {
        None
    };
    let mark = mark.map(|(tone, which)| {
        let words = move || match which {
            0 => t_string!(i18n, stock.negative).to_owned(),
            1 => t_string!(i18n, stock.low).to_owned(),
            3 => t_string!(i18n, stock.empty).to_owned(),
            4 => t_string!(
                i18n,
                stock.expired,
                quantity = format.quantity(expired, unit)
            ),
            _ => t_string!(i18n, stock.short).to_owned(),
        };
        view! { <StatusPill tone text=words /> }
    });
    view! {
        <tr>
            <Cell lead=true>
                <a href=format!("/stock/{}?store={store_id}", level.product_id)>{level.product_name}</a>
                " "
                {mark}
                <small class="fact-reason">{level.category_name}</small>
            </Cell>
            <Cell label=move || t_string!(i18n, stock.on_hand) numeric=true>
                <b class="on-hand" data-negative=(on_hand < 0).to_string()>{move || format.quantity(on_hand, unit)}</b>
            </Cell>
            <Cell label=move || t_string!(i18n, stock.reserved) numeric=true>{move || some(reserved)}</Cell>
            <Cell label=move || t_string!(i18n, stock.available) numeric=true>{move || format.quantity(available, unit)}</Cell>
            <Cell label=move || t_string!(i18n, stock.cover) numeric=true>{days}</Cell>
            <Cell label=move || t_string!(i18n, stock.best_before)>
                {move || best_before.map_or_else(|| "–".to_owned(), |date| format.day(date))}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.in_transit) numeric=true>
                {if in_transit > 0 {
                    view! { <a href="/stock/transfers">{move || format.quantity(in_transit, unit)}</a> }.into_any()
                } else {
                    "–".into_any()
                }}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.arriving) numeric=true>{move || some(arriving)}</Cell>
        </tr>
    }
}
