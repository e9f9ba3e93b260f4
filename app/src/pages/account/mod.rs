//! One's own account: name and language, password, where one is signed in.
//!
//! What changes something are plain forms: a new password and a new session come together, and only an answer of the server sets cookies.

mod sessions;

use crate::{
    components::{Choice, Loaded, Notice, PageHeader, Section, Segmented, TextInput, Tone},
    fetched::Fetched,
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
    server_fns::people::view_account,
};
use contract::people::AccountView;
use domain::Language;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use sessions::Sessions;

/// What was refused, in the reader's words.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "locked" => td_string!(locale, account.err_locked),
        "password.wrong" => td_string!(locale, account.err_wrong),
        "password.same" => td_string!(locale, account.err_same),
        "password.too_short" => td_string!(locale, account.err_short),
        "password.too_long" => td_string!(locale, account.err_long),
        "password.guessable" => td_string!(locale, account.err_guessable),
        "password.common" => td_string!(locale, account.err_common),
        "name.format" => td_string!(locale, account.err_name),
        "account.by_pin" => td_string!(locale, account.err_by_pin),
        _ => td_string!(locale, account.err_other),
    }
}

/// What came of the last form, from the page's address.
#[derive(Clone, Copy)]
struct Outcome {
    /// The form that was done.
    done: Memo<String>,
    /// Of a form that was refused: the field, if it is about one, and why.
    field: Memo<String>,
    error: Memo<String>,
}

impl Outcome {
    fn read() -> Self {
        let word = |name: &'static str| {
            let query = use_query_map();
            Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()))
        };
        Self {
            done: word("done"),
            field: word("field"),
            error: word("error"),
        }
    }

    /// What is wrong with a field.
    fn wrong(self, field: &'static str) -> Signal<Option<String>> {
        let i18n = use_i18n();
        Signal::derive(move || {
            let is_meant = self.field.with(|named| named == field);
            let is_wrong = self.error.with(|error| !error.is_empty());
            (is_meant && is_wrong).then(|| {
                self.error
                    .with(|error| reason(i18n.get_locale(), error).to_owned())
            })
        })
    }
}

/// The account of whoever is signed in.
#[component]
pub fn AccountPage() -> impl IntoView {
    let i18n = use_i18n();
    let account = Fetched::new(|| (), |()| view_account());
    let outcome = Outcome::read();
    let told = move || {
        let locale = i18n.get_locale();
        let done = outcome.done.get();
        let text = match done.as_str() {
            "profile" => Some(td_string!(locale, account.saved)),
            "password" => Some(td_string!(locale, account.password_changed)),
            "session" => Some(td_string!(locale, account.session_ended)),
            _ => None,
        };
        text.map(|text| view! { <Notice tone=Tone::Fine><p>{text}</p></Notice> })
    };
    let refused = move || {
        let is_general =
            outcome.field.with(String::is_empty) && outcome.error.with(|error| !error.is_empty());
        is_general.then(|| {
            let text = outcome.error.with(|error| reason(i18n.get_locale(), error));
            view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> }
        })
    };
    view! {
        <PageHeader title=move || t_string!(i18n, account.title) lead=move || t_string!(i18n, account.lead) />
        <div aria-live="polite">{told} {refused}</div>
        <Loaded resource=account let:account>
            <Own account outcome />
        </Loaded>
    }
}

#[component]
fn Own(account: AccountView, outcome: Outcome) -> impl IntoView {
    let AccountView {
        display_name,
        email,
        language,
        roles,
        last_sign_in_at,
        sessions,
    } = account;
    let (i18n, format) = (use_i18n(), use_format());
    let (roles, address) = (roles.join(", "), email.clone());
    view! {
        <div class="account">
            <Section title=move || t_string!(i18n, account.profile)>
                <dl class="account-facts">
                    <dt>{move || t_string!(i18n, account.email)}</dt>
                    <dd>{address}</dd>
                    <dt>{move || t_string!(i18n, account.roles)}</dt>
                    <dd>{roles}</dd>
                    <dt>{move || t_string!(i18n, account.last_sign_in)}</dt>
                    <dd>
                        {move || match last_sign_in_at {
                            Some(at) => format.instant(at),
                            None => t_string!(i18n, account.never).to_owned(),
                        }}
                    </dd>
                </dl>
                <Profile display_name language outcome />
            </Section>
            <Section
                title=move || t_string!(i18n, account.password)
                lead=move || t_string!(i18n, account.password_lead)
            >
                <NewPassword email outcome />
            </Section>
            <Section
                title=move || t_string!(i18n, account.sessions)
                lead=move || t_string!(i18n, account.sessions_lead)
            >
                <Sessions list=sessions />
            </Section>
        </div>
    }
}

#[component]
fn Profile(display_name: String, language: Option<Language>, outcome: Outcome) -> impl IntoView {
    let i18n = use_i18n();
    let name = RwSignal::new(display_name);
    let chosen = language.map(Language::as_str).unwrap_or_default();
    let language = RwSignal::new(chosen.to_owned());
    let languages = vec![
        Choice::new("", move || t_string!(i18n, account.language_browser)),
        Choice::new("es", move || t_string!(i18n, common.spanish)),
        Choice::new("en", move || t_string!(i18n, common.english)),
    ];
    view! {
        <form class="stack account-form" method="post" action="/account/profile">
            <TextInput
                name="display_name"
                autocomplete="name"
                label=move || t_string!(i18n, account.name)
                value=name
                error=outcome.wrong("display_name")
            />
            <Segmented name="language" label=move || t_string!(i18n, account.language) value=language options=languages />
            <button type="submit" class="button button-primary">
                <span class="button-label">{move || t_string!(i18n, account.save)}</span>
            </button>
        </form>
    }
}

#[component]
fn NewPassword(email: String, outcome: Outcome) -> impl IntoView {
    let i18n = use_i18n();
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    view! {
        <form class="stack account-form" method="post" action="/account/password">
            // For whoever keeps passwords, to know whose this is.
            <input type="hidden" name="username" autocomplete="username" value=email />
            <TextInput
                name="current_password"
                kind="password"
                autocomplete="current-password"
                label=move || t_string!(i18n, account.current_password)
                value=current
                error=outcome.wrong("current_password")
            />
            <TextInput
                name="password"
                kind="password"
                autocomplete="new-password"
                label=move || t_string!(i18n, account.new_password)
                hint=move || t_string!(i18n, account.hint)
                value=password
                error=outcome.wrong("password")
            />
            <button type="submit" class="button button-primary">
                <span class="button-label">{move || t_string!(i18n, account.change_password)}</span>
            </button>
        </form>
    }
}
