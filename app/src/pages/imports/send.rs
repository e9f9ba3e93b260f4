//! Sending a file. Without scripts it is a plain form; with them the upload shows how far it is.

use crate::{
    components::{
        Button, ButtonKind, Choice, DropZone, Icon, Notice, PageHeader, Progress, Select, Tone,
    },
    i18n::{t_string, use_i18n},
    session::use_stores,
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::components::A;

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub bytes: i64,
    pub total: i64,
    pub remaining_seconds: Option<i64>,
}

/// Why nothing was sent.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only the browser sends by itself")
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    NoFile,
    TooLarge,
    Broken,
    /// In the server's own words.
    Said(String),
}

/// What the form knows.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub input: NodeRef<html::Input>,
    pub store: RwSignal<String>,
    pub sent: RwSignal<Option<Sent>>,
    pub trouble: RwSignal<Option<Trouble>>,
}

/// The page.
#[component]
pub fn SendPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageHeader title=move || t_string!(i18n, imports.new_title) lead=move || t_string!(i18n, imports.new_lead)>
            <a class="button" href="/api/v1/imports/template.csv" rel="external" download="hornada-sales.csv">
                {move || t_string!(i18n, imports.template)}
            </a>
        </PageHeader>
        <p class="imports-back"><A href="/imports">{move || t_string!(i18n, imports.back)}</A></p>
        <div class="imports-send">
            <SendForm />
            <aside class="imports-rules">
                <h2>{move || t_string!(i18n, imports.rules_title)}</h2>
                <ul>
                    <li>{move || t_string!(i18n, imports.rule_columns)}</li>
                    <li>{move || t_string!(i18n, imports.rule_known)}</li>
                    <li>{move || t_string!(i18n, imports.rule_twice)}</li>
                    <li>{move || t_string!(i18n, imports.rule_undo)}</li>
                </ul>
            </aside>
        </div>
    }
}

#[component]
fn SendForm() -> impl IntoView {
    let i18n = use_i18n();
    let desk = Desk {
        input: NodeRef::new(),
        store: RwSignal::new(String::new()),
        sent: RwSignal::new(None),
        trouble: RwSignal::new(None),
    };
    let stores = use_stores();
    let choices = Signal::derive(move || {
        let any = Choice::new("", move || t_string!(i18n, imports.any_store));
        let each = stores
            .iter()
            .map(|s| Choice::new(s.id.to_string(), format!("{} · {}", s.code, s.name)));
        std::iter::once(any).chain(each).collect::<Vec<_>>()
    });
    let busy = Signal::derive(move || desk.sent.with(Option::is_some));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        desk.trouble.set(None);
        #[cfg(feature = "hydrate")]
        super::transfer::send(desk);
    };
    view! {
        <form
            class="imports-form"
            method="post"
            action="/api/v1/imports"
            enctype="multipart/form-data"
            on:submit=submit
        >
            // The store stands before the file: the server reads the form as it arrives.
            <Select
                name="store_id"
                label=move || t_string!(i18n, imports.which_store)
                hint=move || t_string!(i18n, imports.which_store_hint)
                value=desk.store
                options=choices
            />
            <DropZone
                name="file"
                label=move || t_string!(i18n, imports.drop_label)
                hint=move || t_string!(i18n, imports.drop_hint)
                accept=".csv,.txt,text/csv,text/plain"
                node_ref=desk.input
                on_choose=move |_: String| desk.trouble.set(None)
            />
            <Feedback desk />
            <Button kind=ButtonKind::Primary icon=Icon::Upload submit=true busy large=true>
                {move || t_string!(i18n, imports.send)}
            </Button>
        </form>
    }
}

#[component]
fn Feedback(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let words = move |trouble: Trouble| match trouble {
        Trouble::NoFile => t_string!(i18n, imports.choose_first).to_owned(),
        Trouble::TooLarge => t_string!(i18n, imports.too_large).to_owned(),
        Trouble::Broken => t_string!(i18n, imports.send_failed).to_owned(),
        Trouble::Said(text) => text,
    };
    let sending = Memo::new(move |_| desk.sent.with(Option::is_some));
    let bytes = move || desk.sent.get().map_or(0, |sent| sent.bytes / 1_000);
    let total = move || desk.sent.get().map(|sent| sent.total / 1_000);
    view! {
        <div aria-live="polite">
            {move || {
                desk.trouble
                    .get()
                    .map(|trouble| {
                        view! {
                            <Notice tone=Tone::Danger>
                                <p>{move || words(trouble.clone())}</p>
                            </Notice>
                        }
                    })
            }}
        </div>
        {move || {
            sending
                .get()
                .then(|| {
                    view! {
                        <Progress
                            label=move || format!("{} (kB)", t_string!(i18n, imports.sending))
                            done=Signal::derive(bytes)
                            total=Signal::derive(total)
                            remaining_seconds=Signal::derive(move || desk.sent.get().and_then(|s| s.remaining_seconds))
                        />
                    }
                })
        }}
    }
}
