//! What will not be sold before it expires: batch by batch, the costliest first, and what can be done about it.

use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, routes::guarded,
    server_fns::stock::read_projected_waste, session::may, store_choice::use_chosen_store,
};
use contract::stock::{ProjectedLot, ProjectedWaste};
use contract::{AppError, ErrorCode};
use domain::Permission;
use leptos::prelude::*;
use uuid::Uuid;

/// The list for the chosen store.
#[component]
pub fn ProjectedWastePage() -> impl IntoView {
    guarded(Permission::StockRead, || view! { <Projected /> })
}

async fn load(store_id: Option<Uuid>) -> Result<ProjectedWaste, AppError> {
    match store_id {
        Some(id) => read_projected_waste(id).await,
        None => Err(AppError::new(
            ErrorCode::NotFound,
            "There is no store to show.",
        )),
    }
}

#[component]
fn Projected() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let waste = Fetched::new(move || store.get().map(|store| store.id), load);
    use_live(&["stock", "forecasts"], move |events| {
        let here = store.get_untracked().map(|store| store.id);
        let is_here = |id: Option<Uuid>| id.is_none() || id == here;
        if events.is_empty() || events.iter().any(|event| is_here(event.store_id)) {
            waste.refetch();
        }
    });
    view! {
        <PageHeader
            title=move || t_string!(i18n, stock.projected)
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || t_string!(i18n, stock.projected_lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
        </PageHeader>
        <Loaded resource=waste children=move |waste: ProjectedWaste| view! { <Lots waste /> } />
    }
}

#[component]
fn Lots(waste: ProjectedWaste) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let ProjectedWaste {
        store_id,
        until,
        issued_on,
        lots,
        cost_minor,
        unjudged,
        ..
    } = waste;
    let unjudged = i64::try_from(unjudged).unwrap_or(i64::MAX);
    let notice = match issued_on {
        None => Some(0),
        Some(_) => Some(unjudged).filter(|count| *count > 0),
    };
    let notice = notice.map(|count| {
        let words = move || match count {
            0 => t_string!(i18n, stock.projected_no_forecast).to_owned(),
            count => t_string!(i18n, stock.projected_unjudged, count = format.number(count)),
        };
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let content = if lots.is_empty() {
        view! {
            <EmptyState icon=Icon::Check title=move || t_string!(i18n, stock.projected_none_title) text=move || t_string!(i18n, stock.projected_none_text) />
        }
        .into_any()
    } else {
        let columns = vec![
            Column::text(move || t_string!(i18n, stock.product)),
            Column::text(move || t_string!(i18n, stock.best_before)),
            Column::number(move || t_string!(i18n, stock.on_hand)),
            Column::number(move || t_string!(i18n, stock.projected_left)),
            Column::number(move || t_string!(i18n, stock.worth)),
            Column::text(move || t_string!(i18n, stock.projected_do)),
        ];
        let rows = lots
            .into_iter()
            .map(|lot| view! { <Lot lot store_id /> })
            .collect_view();
        view! {
            <div class="shelf-numbers">
                <Stat label=move || t_string!(i18n, stock.projected_total) value=move || format.money(cost_minor) />
            </div>
            <Table caption=move || t_string!(i18n, stock.projected) columns>{rows}</Table>
        }
        .into_any()
    };
    view! {
        {notice}
        {content}
        <p class="fact-reason">{move || t_string!(i18n, stock.projected_until, day = format.day(until))}</p>
    }
}

/// One batch, what it will leave, and the ways out for those who may go them.
#[component]
fn Lot(lot: ProjectedLot, store_id: Uuid) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, arrived, best_before) = (lot.unit, lot.arrived_on, lot.best_before);
    let (on_hand, left, low, high) = (lot.on_hand, lot.left, lot.left_low, lot.left_high);
    let (number, by_transfer, is_expired) = (lot.order_number, lot.by_transfer, lot.is_expired);
    let cost = lot.cost_minor;
    let origin = move || match number {
        Some(number) => t_string!(
            i18n,
            stock.of_batch,
            number = number.to_string(),
            day = format.day(arrived)
        ),
        None if by_transfer => t_string!(i18n, stock.of_transfer, day = format.day(arrived)),
        None => t_string!(i18n, stock.of_unknown, day = format.day(arrived)),
    };
    let ways = if is_expired {
        may(Permission::StockWaste)
            .then(|| {
                view! {
                    <ButtonLink href=format!("/stock/waste?store={store_id}") kind=ButtonKind::Quiet>
                        {move || t_string!(i18n, stock.projected_take_out)}
                    </ButtonLink>
                }
            })
            .into_any()
    } else {
        view! {
            {may(Permission::StockTransfer)
                .then(|| {
                    view! {
                        <ButtonLink href=format!("/stock/transfers/new?way=send&store={store_id}") kind=ButtonKind::Quiet>
                            {move || t_string!(i18n, stock.projected_send)}
                        </ButtonLink>
                    }
                })}
            {may(Permission::CalendarWrite)
                .then(|| {
                    view! {
                        <ButtonLink href="/promotions" kind=ButtonKind::Quiet>{move || t_string!(i18n, stock.projected_discount)}</ButtonLink>
                    }
                })}
        }
        .into_any()
    };
    view! {
        <tr>
            <Cell lead=true>
                <a href=format!("/stock/{}?store={store_id}", lot.product_id)>{lot.product_name}</a>
                <small class="fact-reason">{origin}</small>
            </Cell>
            <Cell label=move || t_string!(i18n, stock.best_before)>
                {move || format.day(best_before)}
                {is_expired.then(|| view! { " " <StatusPill tone=Tone::Attention text=move || t_string!(i18n, stock.lot_expired) /> })}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.on_hand) numeric=true>{move || format.quantity(on_hand, unit)}</Cell>
            <Cell label=move || t_string!(i18n, stock.projected_left) numeric=true>
                <span>
                    <b>{move || format.quantity(left, unit)}</b>
                    {(low != high)
                        .then(|| {
                            view! {
                                <span class="fact-reason">
                                    {move || {
                                        t_string!(
                                            i18n, stock.projected_range, low = format.quantity(low, unit), high = format.quantity(high, unit)
                                        )
                                    }}
                                </span>
                            }
                        })}
                </span>
            </Cell>
            <Cell label=move || t_string!(i18n, stock.worth) numeric=true>{move || format.money(cost)}</Cell>
            <Cell>{ways}</Cell>
        </tr>
    }
}
