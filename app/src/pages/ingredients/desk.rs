//! What the sheets of ingredients and recipes share: sending once, refusals beside the fields.

use crate::{
    components::*,
    drafts,
    i18n::{Locale, t_string, td_string, use_i18n},
    pages::admin_words,
    refusals,
};
use contract::AppError;
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;
use uuid::Uuid;

/// A sheet with a form. Copy.
#[derive(Clone, Copy)]
pub struct Desk {
    pub open: RwSignal<bool>,
    pub refused: RwSignal<Option<AppError>>,
    pub busy: RwSignal<bool>,
    /// Of what is on its way, until it is answered: pressing twice is the same command.
    command_id: StoredValue<Option<Uuid>>,
    on_saved: Callback<()>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Desk {
    #[must_use]
    pub fn new(on_saved: Callback<()>) -> Self {
        Self {
            open: RwSignal::new(false),
            refused: RwSignal::new(None),
            busy: RwSignal::new(false),
            command_id: StoredValue::new(None),
            on_saved,
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    /// Opens the sheet for something else than before.
    pub fn show(self) {
        self.command_id.set_value(None);
        self.refused.set(None);
        self.open.set(true);
    }

    /// The id of what is sent next.
    #[must_use]
    pub fn command_id(self) -> Uuid {
        let id = self.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        self.command_id.set_value(Some(id));
        id
    }

    /// Sends; closes the sheet when it is done. `draft` names where what was typed is kept.
    pub fn run<T: 'static>(
        self,
        draft: String,
        done: fn(Locale) -> &'static str,
        answer: impl Future<Output = Result<T, AppError>> + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let answer = answer.await;
            // The page may be gone by now: what it holds is tried, and a refusal is told where it can still be read.
            let is_gone = self.busy.try_set(false).is_some();
            if !answer.as_ref().err().is_some_and(refusals::may_be_done) {
                self.command_id.set_value(None);
            }
            match answer {
                Ok(_) => {
                    drafts::saved(&draft);
                    let _ = self.open.try_set(false);
                    self.toasts.done(done(self.i18n.get_locale_untracked()));
                    let _ = self.on_saved.try_run(());
                }
                Err(error) if is_gone => {
                    let locale = self.i18n.get_locale_untracked();
                    self.toasts.failed(refusals::told(locale, &error));
                }
                Err(error) => self.refused.set(Some(error)),
            }
        });
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn beside(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refused.with(|error| {
                let field = error.as_ref()?.field(field)?;
                let locale = self.i18n.get_locale();
                Some(
                    reason(locale, &field.reason)
                        .map_or_else(|| field.message.clone(), str::to_owned),
                )
            })
        })
    }
}

/// What was refused, above the form.
#[component]
fn Refusal(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        desk.refused.get().map(|error| {
            let locale = i18n.get_locale();
            let first = error
                .fields
                .first()
                .map_or("", |field| field.reason.as_str());
            let words = reason(locale, &error.reason)
                .or_else(|| reason(locale, first))
                .map_or_else(|| refusals::told(locale, &error), str::to_owned);
            view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> }
        })
    }
}

fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "recipe.contains_itself" => td_string!(locale, recipes.err_contains_itself),
        "recipe.too_deep" => td_string!(locale, recipes.err_too_deep),
        "recipe.stale" => td_string!(locale, recipes.err_stale),
        "recipe.name_taken" => td_string!(locale, recipes.err_name_taken),
        "recipe.product_taken" => td_string!(locale, recipes.err_product_taken),
        "recipe.in_use" => td_string!(locale, recipes.err_in_use),
        "ingredient.code_taken" => td_string!(locale, recipes.err_code_taken),
        "ingredient.unit" => td_string!(locale, recipes.err_unit),
        "supplier.name_taken" => td_string!(locale, recipes.err_supplier_taken),
        "purchase.stale" => td_string!(locale, recipes.err_stale),
        "purchase.over" => td_string!(locale, recipes.err_purchase_over),
        "purchase.sent_meanwhile" => td_string!(locale, recipes.err_sent_meanwhile),
        "nothing_received" => td_string!(locale, recipes.nothing_received),
        "best_before" => td_string!(locale, recipes.err_best_before),
        "lines" => td_string!(locale, recipes.err_lines),
        "stages" => td_string!(locale, recipes.err_stages),
        "number.range" | "quantity_out_of_range" => td_string!(locale, recipes.err_range),
        "required" => td_string!(locale, common.required),
        "too_long" => td_string!(locale, orders.refused_too_long),
        _ => return admin_words::reason(locale, key),
    })
}

/// Keys at the foot of a form.
#[component]
fn FormKeys(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="dialog-actions">
            <Button kind=ButtonKind::Quiet on_press=move |()| desk.open.set(false)>
                {move || t_string!(i18n, common.cancel)}
            </Button>
            <Button kind=ButtonKind::Primary submit=true busy=desk.busy>
                {move || t_string!(i18n, common.save)}
            </Button>
        </div>
    }
}

/// Whether a box of the form holds what is no number. The first such box is shown: what is wrong stands beside it.
fn holds_scrap(event: &leptos::ev::SubmitEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast as _;
        let form = event.target().and_then(|form| form.dyn_into().ok());
        let scrap = form.and_then(|form: web_sys::Element| {
            let found = form.query_selector("[data-scrap]").ok().flatten()?;
            found.dyn_into::<web_sys::HtmlElement>().ok()
        });
        scrap.is_some_and(|scrap| {
            let _ = scrap.focus();
            true
        })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        false
    }
}

/// A form in a sheet: what was refused above its fields, its keys below them.
#[component]
pub fn SheetForm(
    desk: Desk,
    /// Where what is typed is kept until it is saved.
    draft: String,
    #[prop(into)] on_save: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <form
            class="stack"
            data-draft=draft
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                // An empty box may mean nothing; one that cannot be read meant something.
                if !holds_scrap(&event) {
                    on_save.run(());
                }
            }
        >
            <Refusal desk />
            {children()}
            <FormKeys desk />
        </form>
    }
}

/// What ingredients and recipes are measured in, to choose from.
#[must_use]
pub fn units() -> Vec<Choice> {
    let i18n = use_i18n();
    vec![
        Choice::new("gram", move || t_string!(i18n, recipes.gram)),
        Choice::new("millilitre", move || t_string!(i18n, recipes.millilitre)),
        Choice::new("piece", move || t_string!(i18n, recipes.piece)),
    ]
}
