//! Rows that are not taken: why, and which.

use super::words::{reason_detail, reason_word};
use crate::{
    components::{ButtonKind, ButtonLink, Cell, Column, Icon, Section, Table},
    format::use_format,
    i18n::{t_string, use_i18n},
};
use contract::imports::{ReasonCount, RejectPage, RejectView, UnknownPromotion};
use leptos::prelude::*;
use leptos_router::components::A;
use serde::Serialize;
use uuid::Uuid;

/// What the address says about the shown rejects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Shown {
    pub reason: Option<String>,
    pub behind: Option<String>,
}

/// Reasons, most frequent first; each shows its rows.
#[component]
pub(super) fn Reasons(id: Uuid, reasons: Vec<ReasonCount>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let columns = vec![
        Column::text(move || t_string!(i18n, imports.reason)),
        Column::text(move || t_string!(i18n, imports.column)),
        Column::number(move || t_string!(i18n, imports.rows)),
    ];
    view! {
        <Section title=move || t_string!(i18n, imports.reasons_title)>
            <Table caption=move || t_string!(i18n, imports.reasons_title) columns>
                {reasons
                    .into_iter()
                    .map(|count| {
                        let href = format!("/imports/{id}?reason={}", count.reason);
                        let rows = count.rows;
                        view! {
                            <tr>
                                <Cell lead=true>
                                    <A href=href>
                                        {move || {
                                            reason_word(i18n.get_locale(), &count.reason)
                                                .map_or_else(|| count.reason.clone(), str::to_owned)
                                        }}
                                    </A>
                                </Cell>
                                <Cell label=move || t_string!(i18n, imports.column)>
                                    <ColumnName name=count.column />
                                </Cell>
                                <Cell label=move || t_string!(i18n, imports.rows) numeric=true>
                                    {move || format.number(rows)}
                                </Cell>
                            </tr>
                        }
                    })
                    .collect_view()}
            </Table>
        </Section>
    }
}

#[component]
fn ColumnName(name: String) -> impl IntoView {
    let i18n = use_i18n();
    if name.is_empty() {
        return view! { <span class="imports-soft">{move || t_string!(i18n, imports.whole_row)}</span> }
            .into_any();
    }
    view! { <code>{name}</code> }.into_any()
}

/// The rows themselves, page by page.
#[component]
pub(super) fn Rejects(
    id: Uuid,
    page: RejectPage,
    shown: Shown,
    kept: i64,
    rejected: i64,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let query = shown
        .reason
        .as_ref()
        .map_or_else(|| "?".to_owned(), |reason| format!("?reason={reason}&"));
    let next = page
        .next
        .map(|place| format!("/imports/{id}{query}behind={place}"));
    let columns = vec![
        Column::number(move || t_string!(i18n, imports.row)),
        Column::text(move || t_string!(i18n, imports.column)),
        Column::text(move || t_string!(i18n, imports.value)),
        Column::text(move || t_string!(i18n, imports.reason)),
    ];
    view! {
        <Section
            title=move || t_string!(i18n, imports.rejects_title)
            lead=move || t_string!(i18n, imports.download_hint)
        >
            <div class="imports-actions">
                <a class="button" href=format!("/api/v1/imports/{id}/rejects.csv") rel="external" download="">
                    {move || t_string!(i18n, imports.download_rejects)}
                </a>
                {shown
                    .reason
                    .is_some()
                    .then(|| {
                        view! {
                            <ButtonLink href=format!("/imports/{id}") kind=ButtonKind::Quiet>
                                {move || t_string!(i18n, imports.all_reasons)}
                            </ButtonLink>
                        }
                    })}
            </div>
            {(kept < rejected)
                .then(|| {
                    view! {
                        <p class="imports-note">
                            {move || t_string!(i18n, imports.rejects_kept, rows = format.number(kept))}
                        </p>
                    }
                })}
            <Table caption=move || t_string!(i18n, imports.rejects_title) columns>
                {page.items.into_iter().map(|reject| view! { <RejectRow reject /> }).collect_view()}
            </Table>
            <nav class="imports-pages" aria-label=move || t_string!(i18n, common.pages)>
                {shown
                    .behind
                    .is_some()
                    .then(|| {
                        view! {
                            <ButtonLink href=format!("/imports/{id}") kind=ButtonKind::Quiet icon=Icon::ChevronLeft>
                                {move || t_string!(i18n, imports.first_rows)}
                            </ButtonLink>
                        }
                    })}
                {next
                    .map(|href| {
                        view! {
                            <ButtonLink href kind=ButtonKind::Quiet icon=Icon::ChevronRight>
                                {move || t_string!(i18n, imports.more_rows)}
                            </ButtonLink>
                        }
                    })}
            </nav>
        </Section>
    }
}

#[component]
fn RejectRow(reject: RejectView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let row = reject.row;
    let whole = reject.column.is_empty();
    let value = if whole {
        reject.raw.clone()
    } else {
        reject.value.clone()
    };
    let why = {
        let reject = reject.clone();
        move || {
            reason_word(i18n.get_locale(), &reject.reason)
                .map_or_else(|| reject.message.clone(), str::to_owned)
        }
    };
    let column = reject.column.clone();
    view! {
        <tr>
            <Cell label=move || t_string!(i18n, imports.row) numeric=true lead=true>
                {move || format.number(row)}
            </Cell>
            <Cell label=move || t_string!(i18n, imports.column)>
                <ColumnName name=column />
            </Cell>
            <Cell label=move || t_string!(i18n, imports.value)>
                <code class="imports-value" class:imports-raw=whole>{value}</code>
            </Cell>
            <Cell label=move || t_string!(i18n, imports.reason)>
                {why}
                {move || {
                    reason_detail(i18n.get_locale(), &reject)
                        .map(|detail| view! { <span class="imports-soft">" (" {detail} ")"</span> })
                }}
            </Cell>
        </tr>
    }
}

/// Promotion codes that the catalog does not know.
#[component]
pub(super) fn Promotions(codes: Vec<UnknownPromotion>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let columns = vec![
        Column::text(move || t_string!(i18n, imports.promotion_code)),
        Column::number(move || t_string!(i18n, imports.rows)),
        Column::number(move || t_string!(i18n, imports.first_row)),
    ];
    view! {
        <Section
            title=move || t_string!(i18n, imports.promotions_title)
            lead=move || t_string!(i18n, imports.promotions_text)
        >
            <Table caption=move || t_string!(i18n, imports.promotions_title) columns>
                {codes
                    .into_iter()
                    .map(|code| {
                        let UnknownPromotion { code, rows, first_row } = code;
                        view! {
                            <tr>
                                <Cell lead=true>
                                    <code>{code}</code>
                                </Cell>
                                <Cell label=move || t_string!(i18n, imports.rows) numeric=true>
                                    {move || format.number(rows)}
                                </Cell>
                                <Cell label=move || t_string!(i18n, imports.first_row) numeric=true>
                                    {move || format.number(first_row)}
                                </Cell>
                            </tr>
                        }
                    })
                    .collect_view()}
            </Table>
        </Section>
    }
}
