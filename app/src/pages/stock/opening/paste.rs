//! A list from a sheet, pasted or from a file: read here, line by line, with what is wrong beside each.

use super::Opening;
use crate::{components::*, format::use_format, i18n::*};
use domain::opening::{BadLine, LineFault, read_lines};
use leptos::{html, prelude::*};
use std::collections::BTreeMap;
use uuid::Uuid;

fn fault_words(locale: Locale, fault: LineFault) -> &'static str {
    match fault {
        LineFault::Shape => td_string!(locale, stock.fault_shape),
        LineFault::UnknownCode => td_string!(locale, stock.fault_unknown),
        LineFault::HasHistory => td_string!(locale, stock.fault_history),
        LineFault::Quantity => td_string!(locale, stock.fault_quantity),
        LineFault::Twice => td_string!(locale, stock.fault_twice),
        LineFault::TooMany => td_string!(locale, stock.fault_endless),
    }
}

/// Brings the text of the chosen file into the field.
fn take_file(input: NodeRef<html::Input>, text: RwSignal<String>) {
    #[cfg(feature = "hydrate")]
    {
        let file = input
            .get_untracked()
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        let Some(file) = file else { return };
        leptos::task::spawn_local(async move {
            let read = wasm_bindgen_futures::JsFuture::from(file.text()).await;
            // A file that cannot be read leaves the field as it is.
            if let Some(words) = read.ok().and_then(|words| words.as_string()) {
                let _ = text.try_set(words);
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (input, text);
}

#[component]
pub(super) fn Paste(opening: Opening) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let text = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let taken = RwSignal::new(None::<i64>);
    let faults = RwSignal::new(Vec::<BadLine>::new());
    let take = move |()| {
        let known: BTreeMap<String, (Uuid, bool)> = opening.products.with_untracked(|products| {
            let products = products.iter();
            products
                .map(|p| (p.sku.to_lowercase(), (p.product_id, p.has_history)))
                .collect()
        });
        let pasted = text.with_untracked(|text| {
            read_lines(text, |code| match known.get(&code.to_lowercase()) {
                None => Err(LineFault::UnknownCode),
                Some((_, true)) => Err(LineFault::HasHistory),
                Some((product, false)) => Ok(*product),
            })
        });
        taken.set(i64::try_from(pasted.lines.len()).ok());
        faults.set(pasted.faults);
        opening
            .quantities
            .update(|quantities| quantities.extend(pasted.lines));
    };
    let nothing = Signal::derive(move || text.with(|text| text.trim().is_empty()));
    view! {
        <details class="terms">
            <summary>{move || t_string!(i18n, stock.opening_paste)}</summary>
            <div class="form">
                <TextArea
                    name="lines"
                    label=move || t_string!(i18n, stock.opening_paste_label)
                    hint=move || t_string!(i18n, stock.opening_paste_hint)
                    value=text
                    optional=true
                />
                <DropZone
                    name="file"
                    label=move || t_string!(i18n, stock.opening_file)
                    hint=move || t_string!(i18n, stock.opening_file_hint)
                    accept=".csv,.txt,text/csv,text/plain"
                    node_ref=input
                    on_choose=move |_: String| take_file(input, text)
                />
                <Button icon=Icon::Check disabled=nothing on_press=take>{move || t_string!(i18n, stock.opening_take)}</Button>
                <div aria-live="polite">
                    {move || {
                        taken.get().map(|count| view! { <p>{move || t_string!(i18n, stock.opening_taken, count = format.number(count))}</p> })
                    }}
                    {move || {
                        let faults = faults.get();
                        (!faults.is_empty()).then(|| view! { <Faults faults /> })
                    }}
                </div>
            </div>
        </details>
    }
}

#[component]
fn Faults(faults: Vec<BadLine>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let rows = faults
        .into_iter()
        .map(|line| {
            let number = i64::try_from(line.number).unwrap_or(i64::MAX);
            view! {
                <li>
                    {move || t_string!(i18n, stock.opening_fault, number = format.number(number), text = line.text.clone())}
                    ": "
                    <b>{move || fault_words(i18n.get_locale(), line.fault)}</b>
                </li>
            }
        })
        .collect_view();
    view! {
        <Notice tone=Tone::Attention title=move || t_string!(i18n, stock.opening_faults)>
            <ul>{rows}</ul>
        </Notice>
    }
}
