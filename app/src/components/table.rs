//! Lists. Below 40 rem of their own width each row becomes a card whose cells name themselves.

use super::icon::{Glyph, Icon};
use crate::{
    format::use_format,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// Head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    label: TextProp,
    numeric: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn text(label: impl Into<TextProp>) -> Self {
        Self {
            label: label.into(),
            numeric: false,
        }
    }

    /// A column of numbers: aligned at the end, tabular figures.
    #[must_use]
    pub fn number(label: impl Into<TextProp>) -> Self {
        Self {
            label: label.into(),
            numeric: true,
        }
    }
}

/// A table. Children are `<tr>` rows of [`Cell`]s, in the order of the columns.
#[component]
pub fn Table(
    /// What the table lists, for screen readers.
    #[prop(into)]
    caption: TextProp,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">{move || caption.get()}</caption>
                <thead>
                    <tr>
                        {columns
                            .into_iter()
                            .map(|column| {
                                view! {
                                    <th scope="col" class:numeric=column.numeric>
                                        {move || column.label.get()}
                                    </th>
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// One cell. `label` repeats the column's head and is shown where rows are cards; a cell without one is the card's
/// title or its actions.
#[component]
pub fn Cell(
    #[prop(optional, into)] label: Option<TextProp>,
    #[prop(optional)] numeric: bool,
    /// The cell that names the row.
    #[prop(optional)]
    lead: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <td class="cell" class:numeric=numeric class:cell-lead=lead data-label=move || label.as_ref().map(|label| label.get())>
            {children()}
        </td>
    }
}

/// Ways to the pages before and after, as links: the address keeps its other parameters and gets `page`.
#[component]
pub fn Pagination(
    /// The page shown, from 1.
    #[prop(into)]
    page: Signal<u32>,
    #[prop(into)] pages: Signal<u32>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let query = use_query_map();
    let path = use_location().pathname;
    let href = move |to: u32| {
        let mut query = query.get();
        query.replace("page", to.to_string());
        format!("{}{}", path.get(), query.to_query_string())
    };
    let step = move |to: u32, shown: bool| if shown { Some(href(to)) } else { None };
    view! {
        <nav class="pagination" class:pagination-idle=move || pages.get() < 2 aria-label=move || t_string!(i18n, common.pages)>
            <a class="button button-quiet" rel="prev" href=move || step(page.get().saturating_sub(1), page.get() > 1)>
                <Glyph icon=Icon::ChevronLeft />
                {move || t_string!(i18n, common.previous)}
            </a>
            <span class="pagination-place">
                {move || {
                    t_string!(
                        i18n, common.page_of, page = format.number(i64::from(page.get())), pages = format
                        .number(i64::from(pages.get().max(1)))
                    )
                }}
            </span>
            <a class="button button-quiet" rel="next" href=move || step(page.get() + 1, page.get() < pages.get())>
                {move || t_string!(i18n, common.next)}
                <Glyph icon=Icon::ChevronRight />
            </a>
        </nav>
    }
}
