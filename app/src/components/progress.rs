//! Work that takes a while, and files to hand over.

use super::icon::{Glyph, Icon};
use crate::{
    format::use_format,
    i18n::{t_string, use_i18n},
};
use leptos::{html, prelude::*};

/// How far something is: a bar, the counts and, where known, the time that remains.
#[component]
pub fn Progress(
    #[prop(into)] label: TextProp,
    #[prop(into)] done: Signal<i64>,
    /// `None` while it is not known how much there is: the bar then only moves.
    #[prop(into)]
    total: Signal<Option<i64>>,
    #[prop(optional, into)] remaining_seconds: Signal<Option<i64>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let words = move || {
        let counts = match total.get() {
            Some(total) => {
                let (done, total) = (format.number(done.get()), format.number(total));
                t_string!(i18n, common.progress_counts, done = done, total = total)
            }
            None => format.number(done.get()),
        };
        match remaining_seconds.get() {
            Some(seconds) => {
                format!(
                    "{counts} · {}",
                    t_string!(i18n, common.remaining, time = format.duration(seconds))
                )
            }
            None => counts,
        }
    };
    let name = label.clone();
    view! {
        <div class="progress">
            <div class="progress-words">
                <span>{move || label.get()}</span>
                <span class="progress-counts">{words}</span>
            </div>
            <progress
                aria-label=move || name.get()
                value=move || total.get().map(|total| done.get().clamp(0, total.max(1)))
                max=move || total.get().map(|total| total.max(1))
            ></progress>
        </div>
    }
}

/// A field that takes a file by drop or by choice; works without scripts inside a `multipart/form-data` form.
///
/// After a choice `on_choose` runs with the file's name; read the file itself through `node_ref`.
#[component]
pub fn DropZone(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    #[prop(into)] hint: TextProp,
    /// As in HTML: `.csv,text/csv`.
    accept: &'static str,
    node_ref: NodeRef<html::Input>,
    #[prop(optional, into)] on_choose: Option<Callback<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = RwSignal::new(None::<String>);
    let over = RwSignal::new(false);
    view! {
        <label class="drop-zone" class:drop-zone-over=move || over.get()>
            <span class="drop-zone-mark"><Glyph icon=Icon::Imports /></span>
            <span class="drop-zone-label">{move || label.get()}</span>
            <span class="drop-zone-hint">
                {move || chosen.get().unwrap_or_else(|| t_string!(i18n, common.drop_here).to_owned())}
            </span>
            <span class="drop-zone-hint">{move || hint.get()}</span>
            // Lies over the whole zone: the browser itself then takes what is dropped.
            <input
                type="file"
                name=name
                accept=accept
                node_ref=node_ref
                on:dragenter=move |_| over.set(true)
                on:dragleave=move |_| over.set(false)
                on:drop=move |_| over.set(false)
                on:change:target=move |event| {
                    // Browsers show "C:\fakepath\" before the name.
                    let path = event.target().value();
                    let file = path.rsplit(['\\', '/']).next().unwrap_or_default().to_owned();
                    chosen.set((!file.is_empty()).then(|| file.clone()));
                    if let (Some(on_choose), false) = (on_choose, file.is_empty()) {
                        on_choose.run(file);
                    }
                }
            />
        </label>
    }
}
