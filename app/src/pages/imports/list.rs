//! All imports, newest first.

use super::words::{status_tone, status_word};
use crate::{
    components::{
        ButtonKind, ButtonLink, Cell, Column, EmptyState, Icon, Loaded, PageHeader, StatusPill,
        Table, use_live,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::imports::list_imports,
    session::may,
};
use contract::imports::{ImportPage, ImportView};
use domain::Permission;
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};

/// The page.
#[component]
pub fn ImportsPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let behind = Memo::new(move |_| query.with(|query| query.get("behind")));
    let imports = Fetched::new(move || behind.get(), list_imports);
    use_live(&["imports"], move |_| imports.refetch());
    view! {
        <PageHeader title=move || t_string!(i18n, imports.title) lead=move || t_string!(i18n, imports.lead)>
            <SendLink />
        </PageHeader>
        <Loaded resource=imports let:page>
            <List page first=behind.get_untracked().is_none() />
        </Loaded>
    }
}

#[component]
fn SendLink() -> impl IntoView {
    let i18n = use_i18n();
    may(Permission::ImportsCreate).then(|| {
        view! {
            <ButtonLink href="/imports/new" kind=ButtonKind::Primary icon=Icon::Upload>
                {move || t_string!(i18n, imports.new_import)}
            </ButtonLink>
        }
    })
}

#[component]
fn List(page: ImportPage, first: bool) -> impl IntoView {
    let i18n = use_i18n();
    if page.items.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Imports
                title=move || t_string!(i18n, imports.empty_title)
                text=move || t_string!(i18n, imports.empty_text)
            >
                <a class="button" href="/api/v1/imports/template.csv" rel="external" download="hornada-sales.csv">
                    {move || t_string!(i18n, imports.template)}
                </a>
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, imports.file)),
        Column::text(move || t_string!(i18n, imports.status)),
        Column::text(move || t_string!(i18n, imports.store)),
        Column::number(move || t_string!(i18n, imports.taken)),
        Column::number(move || t_string!(i18n, imports.rejected)),
        Column::text(move || t_string!(i18n, imports.days)),
        Column::text(move || t_string!(i18n, imports.sent)),
    ];
    let next = page.next.map(|place| format!("/imports?behind={place}"));
    view! {
        <Table caption=move || t_string!(i18n, imports.list) columns>
            {page.items.into_iter().map(|import| view! { <Row import /> }).collect_view()}
        </Table>
        <nav class="imports-pages" aria-label=move || t_string!(i18n, common.pages)>
            {(!first)
                .then(|| {
                    view! {
                        <ButtonLink href="/imports" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>
                            {move || t_string!(i18n, imports.newest)}
                        </ButtonLink>
                    }
                })}
            {next
                .map(|href| {
                    view! {
                        <ButtonLink href kind=ButtonKind::Quiet icon=Icon::ChevronRight>
                            {move || t_string!(i18n, imports.older)}
                        </ButtonLink>
                    }
                })}
        </nav>
    }
    .into_any()
}

#[component]
fn Row(import: ImportView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let ImportView {
        id,
        status,
        rows_applied,
        rows_rejected,
        created_at,
        ..
    } = import;
    let days = import.first_date.zip(import.last_date);
    let store = import.store_name;
    let name = import.created_by;
    view! {
        <tr>
            <Cell lead=true>
                <A href=format!("/imports/{id}")>{import.file_name}</A>
            </Cell>
            <Cell label=move || t_string!(i18n, imports.status)>
                <StatusPill tone=status_tone(status) text=move || status_word(i18n.get_locale(), status) />
            </Cell>
            <Cell label=move || t_string!(i18n, imports.store)>
                {move || store.clone().unwrap_or_else(|| t_string!(i18n, imports.any_store).to_owned())}
            </Cell>
            <Cell label=move || t_string!(i18n, imports.taken) numeric=true>
                {move || format.number(rows_applied)}
            </Cell>
            <Cell label=move || t_string!(i18n, imports.rejected) numeric=true>
                {move || format.number(rows_rejected)}
            </Cell>
            <Cell label=move || t_string!(i18n, imports.days)>
                {move || days.map(|(first, last)| format!("{} – {}", format.date_numeric(first), format.date_numeric(last)))}
            </Cell>
            <Cell label=move || t_string!(i18n, imports.sent)>
                {move || {
                    let name = name.clone().unwrap_or_else(|| t_string!(i18n, imports.command_line).to_owned());
                    t_string!(i18n, imports.sent_by, at = format.instant(created_at), name = name)
                }}
            </Cell>
        </tr>
    }
}
