//! Passkeys: the list, a new one, and the end of one.

use super::{factor::FactorDesk, words::explain};
use crate::{
    components::*,
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
    passkeys::{Unanswered, are_possible, make, prove},
    server_fns::passkeys::{add_passkey, ask_passkey, begin_passkey, remove_passkey},
};
use contract::AppError;
use contract::factors::{RecoveryCodes, SecurityView};
use contract::passkeys::{AddPasskey, BeginPasskey, PasskeyView, RemovePasskey};
use leptos::{prelude::*, task::spawn_local};

/// How far somebody is.
#[derive(Clone)]
enum Stage {
    Rest,
    Add,
    Remove(PasskeyView),
}

/// Why nothing came of it.
#[derive(Clone)]
enum Trouble {
    Server(AppError),
    Device(Unanswered),
}

impl Trouble {
    fn words(&self, locale: Locale) -> String {
        match self {
            Self::Server(error) => explain(locale, error),
            Self::Device(Unanswered::Closed) => td_string!(locale, passkeys.err_closed).to_owned(),
            Self::Device(Unanswered::Known) => td_string!(locale, passkeys.err_known).to_owned(),
            Self::Device(Unanswered::Failed) => td_string!(locale, passkeys.err_device).to_owned(),
        }
    }
}

/// What is being done; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
pub(super) struct PasskeyDesk {
    stage: RwSignal<Stage>,
    name: RwSignal<String>,
    proof: RwSignal<String>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<Trouble>>,
    factor: FactorDesk,
    on_changed: Callback<()>,
}

impl PasskeyDesk {
    pub(super) fn new(factor: FactorDesk, on_changed: Callback<()>) -> Self {
        Self {
            stage: RwSignal::new(Stage::Rest),
            name: RwSignal::new(String::new()),
            proof: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            trouble: RwSignal::new(None),
            factor,
            on_changed,
        }
    }

    /// The page may have gone while an answer was on its way.
    fn show(self, stage: Stage) {
        let _ = self.name.try_set(String::new());
        let _ = self.proof.try_set(String::new());
        let _ = self.trouble.try_set(None);
        let _ = self.stage.try_set(stage);
    }

    /// Does what the stage says, proved by what was typed or by a passkey.
    fn act(self, by_key: bool, usual: &'static str) {
        if self.busy.get_untracked() {
            return;
        }
        let stage = self.stage.get_untracked();
        let typed = (!by_key).then(|| self.proof.get_untracked());
        let name = self.name.with_untracked(|name| name.trim().to_owned());
        let name = if name.is_empty() {
            usual.to_owned()
        } else {
            name
        };
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let done = match stage {
                Stage::Rest => Ok(None),
                Stage::Add => add(typed, name).await.map(Some),
                Stage::Remove(key) => remove(typed, key).await.map(|()| None),
            };
            let _ = self.busy.try_set(false);
            match done {
                Ok(told) => {
                    self.show(Stage::Rest);
                    let _ = self.on_changed.try_run(());
                    if let Some(told) = told.filter(|told| !told.codes.is_empty()) {
                        self.factor.codes(Ok(told));
                    }
                }
                Err(trouble) => {
                    let _ = self.trouble.try_set(Some(trouble));
                }
            }
        });
    }
}

/// What was typed, or what a passkey answers.
pub(super) async fn by_key() -> Result<String, Unanswered> {
    let question = ask_passkey().await.map_err(|_| Unanswered::Failed)?;
    prove(question.options).await
}

async fn proven(typed: Option<String>) -> Result<String, Trouble> {
    match typed {
        Some(typed) => Ok(typed),
        None => by_key().await.map_err(Trouble::Device),
    }
}

async fn add(typed: Option<String>, name: String) -> Result<RecoveryCodes, Trouble> {
    let proof = proven(typed).await?;
    let begun = begin_passkey(BeginPasskey { proof }).await;
    let question = begun.map_err(Trouble::Server)?;
    let answer = make(question.options).await.map_err(Trouble::Device)?;
    let added = add_passkey(AddPasskey { name, answer }).await;
    added.map_err(Trouble::Server)
}

async fn remove(typed: Option<String>, key: PasskeyView) -> Result<(), Trouble> {
    let proof = proven(typed).await?;
    let command = RemovePasskey {
        passkey_id: key.id,
        proof,
    };
    remove_passkey(command).await.map_err(Trouble::Server)
}

#[component]
pub(super) fn PasskeyCard(found: SecurityView, desk: PasskeyDesk) -> impl IntoView {
    let i18n = use_i18n();
    let has_factor = found.factor_since.is_some() || !found.passkeys.is_empty();
    let has_key = found.passkeys.iter().any(|key| !key.suspect);
    view! {
        <Card title=move || t_string!(i18n, passkeys.title) class="stack">
            <p>{move || t_string!(i18n, passkeys.lead)}</p>
            {move || match desk.stage.get() {
                Stage::Rest => view! { <Rest found=found.clone() desk /> }.into_any(),
                Stage::Add => view! { <Ask has_factor has_key desk /> }.into_any(),
                Stage::Remove(key) => view! { <Ask gone=key has_factor has_key desk /> }.into_any(),
            }}
        </Card>
    }
}

#[component]
fn Rest(found: SecurityView, desk: PasskeyDesk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let possible = RwSignal::new(false);
    // The server cannot know what the browser can do.
    Effect::new(move |_| possible.set(are_possible()));
    let left = i64::from(found.codes_left);
    let codes =
        move || t_string!(i18n, security.codes_left, count = format.number(left)).to_string();
    let alone = found.factor_since.is_none() && !found.passkeys.is_empty();
    let keys = found.passkeys.into_iter().map(move |key| {
        let (added, used) = (key.added_at, key.last_used_at);
        let when = move || match used {
            Some(at) => t_string!(i18n, passkeys.used, date = format.instant(at)).to_string(),
            None => t_string!(i18n, passkeys.added, date = format.instant(added)).to_string(),
        };
        let (name, suspect) = (key.name.clone(), key.suspect);
        let label = name.clone();
        view! {
            <li>
                <strong>{name}</strong>
                " "
                <StatusPill tone=Tone::Neutral text=when />
                " "
                {suspect.then(|| view! { <StatusPill tone=Tone::Danger text=move || t_string!(i18n, passkeys.suspect) /> })}
                " "
                <IconButton
                    icon=Icon::Close
                    kind=ButtonKind::Quiet
                    label=move || t_string!(i18n, passkeys.remove, name = label.as_str()).to_string()
                    on_press=move |()| desk.show(Stage::Remove(key.clone()))
                />
                {suspect.then(|| view! { <p class="field-error">{move || t_string!(i18n, passkeys.suspect_text)}</p> })}
            </li>
        }
    });
    view! {
        <ul class="stack">{keys.collect_view()}</ul>
        {alone.then(|| view! { <p><StatusPill tone=Tone::Neutral text=codes /></p> })}
        <div class="row-actions">
            {move || {
                possible
                    .get()
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary on_press=move |()| desk.show(Stage::Add)>
                                {move || t_string!(i18n, passkeys.add)}
                            </Button>
                        }
                    })
            }}
            {alone
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet on_press=move |()| desk.factor.renew()>
                            {move || t_string!(i18n, security.renew)}
                        </Button>
                    }
                })}
        </div>
    }
}

/// Asks for a fresh proof, and for a name where a key is to be made.
#[component]
fn Ask(
    /// The key that is to go.
    #[prop(optional)]
    gone: Option<PasskeyView>,
    has_factor: bool,
    has_key: bool,
    desk: PasskeyDesk,
) -> impl IntoView {
    let i18n = use_i18n();
    let adds = gone.is_none();
    let title = move || match &gone {
        Some(key) => t_string!(i18n, passkeys.remove, name = key.name.as_str()).to_string(),
        None => t_string!(i18n, passkeys.add).to_owned(),
    };
    let act = move |by_key: bool| {
        let usual = td_string!(i18n.get_locale_untracked(), passkeys.usual_name);
        desk.act(by_key, usual);
    };
    let busy = desk.busy;
    view! {
        <form
            class="stack"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                act(false);
            }
        >
            <h3>{title}</h3>
            {move || {
                let trouble = desk.trouble.get();
                trouble
                    .map(|trouble| {
                        let text = trouble.words(i18n.get_locale());
                        view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> }
                    })
            }}
            {adds
                .then(|| {
                    view! {
                        <TextInput
                            name="passkey-name"
                            label=move || t_string!(i18n, passkeys.name)
                            hint=move || t_string!(i18n, passkeys.name_hint)
                            value=desk.name
                        />
                    }
                })}
            {if has_factor {
                view! {
                    <TextInput
                        name="passkey-code"
                        autocomplete="one-time-code"
                        label=move || t_string!(i18n, security.code)
                        hint=move || t_string!(i18n, passkeys.code_hint)
                        value=desk.proof
                    />
                }
                    .into_any()
            } else {
                view! {
                    <TextInput
                        name="passkey-password"
                        kind="password"
                        autocomplete="current-password"
                        label=move || t_string!(i18n, security.password)
                        value=desk.proof
                    />
                }
                    .into_any()
            }}
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.show(Stage::Rest)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                {has_key
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary busy=busy on_press=move |()| act(true)>
                                {move || t_string!(i18n, passkeys.by_key)}
                            </Button>
                        }
                    })}
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, security.go_on)}
                </Button>
            </div>
        </form>
    }
}
