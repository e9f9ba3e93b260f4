//! The second factor: a secret that is scanned, a code that confirms it, recovery codes, and its end.

use super::{passkeys::by_key, words::explain};
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    server_fns::factors::{begin_factor, confirm_factor, remove_factor, renew_recovery_codes},
    session::use_session,
};
use contract::AppError;
use contract::factors::{BeginFactor, Enrolment, ProveFactor, RecoveryCodes, SecurityView};
use leptos::{prelude::*, task::spawn_local};

/// For what a code of the factor that is there is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Replace,
    Renew,
    Remove,
}

/// How far somebody is.
#[derive(Clone)]
enum Stage {
    Rest,
    Prove(What),
    Scan(Enrolment),
    Codes(Vec<String>),
}

/// What is being done; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
pub(super) struct FactorDesk {
    stage: RwSignal<Stage>,
    code: RwSignal<String>,
    refused: RwSignal<Option<AppError>>,
    on_changed: Callback<()>,
}

impl FactorDesk {
    pub(super) fn new(on_changed: Callback<()>) -> Self {
        Self {
            stage: RwSignal::new(Stage::Rest),
            code: RwSignal::new(String::new()),
            refused: RwSignal::new(None),
            on_changed,
        }
    }

    /// The page may have gone while an answer was on its way.
    fn show(self, stage: Stage) {
        let _ = self.code.try_set(String::new());
        let _ = self.refused.try_set(None);
        let _ = self.stage.try_set(stage);
    }

    fn refuse(self, error: AppError) {
        let _ = self.refused.try_set(Some(error));
    }

    /// Asks for new recovery codes.
    pub(super) fn renew(self) {
        self.show(Stage::Prove(What::Renew));
    }

    /// Shows recovery codes, this once.
    pub(super) fn codes(self, answer: Result<RecoveryCodes, AppError>) {
        match answer {
            Ok(told) => self.show(Stage::Codes(told.codes)),
            Err(error) => self.refuse(error),
        }
    }

    fn begun(self, answer: Result<Enrolment, AppError>) {
        match answer {
            Ok(enrolment) => self.show(Stage::Scan(enrolment)),
            Err(error) => self.refuse(error),
        }
    }
}

#[component]
pub(super) fn FactorCard(found: SecurityView, desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    let has_key = found.passkeys.iter().any(|key| !key.suspect);
    // What the page knows of the person is from before: then a whole page is loaded afterwards.
    let was_bare = use_session().is_some_and(|session| session.user.permissions.is_empty());
    view! {
        <Card title=move || t_string!(i18n, security.factor) class="stack">
            {move || match desk.stage.get() {
                Stage::Rest => view! { <Rest found=found.clone() desk /> }.into_any(),
                Stage::Prove(what) => view! { <Prove what has_key desk /> }.into_any(),
                Stage::Scan(enrolment) => view! { <Scan enrolment desk /> }.into_any(),
                Stage::Codes(codes) => view! { <Codes codes was_bare desk /> }.into_any(),
            }}
        </Card>
    }
}

/// What was refused, in words.
#[component]
fn Refusal(desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        desk.refused.with(|error| {
            let text = explain(i18n.get_locale(), error.as_ref()?);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    }
}

#[component]
fn Rest(found: SecurityView, desk: FactorDesk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let begin = Action::new(move |(): &()| async move {
        desk.begun(begin_factor(BeginFactor { code: None }).await);
    });
    let busy = begin.pending();
    let has_keys = !found.passkeys.is_empty();
    // A passkey does what a role asks for.
    let required = found.factor_required && !has_keys;
    let Some(since) = found.factor_since else {
        return view! {
            <p>{move || t_string!(i18n, security.factor_lead)}</p>
            <p><StatusPill tone=Tone::Attention text=move || t_string!(i18n, security.factor_none) /></p>
            <Refusal desk />
            <div class="row-actions">
                <Button
                    kind=ButtonKind::Primary
                    busy=busy
                    on_press=move |()| {
                        if has_keys {
                            desk.show(Stage::Prove(What::Replace));
                        } else {
                            begin.dispatch(());
                        }
                    }
                >
                    {move || t_string!(i18n, security.set_up)}
                </Button>
            </div>
        }
        .into_any();
    };
    let left = i64::from(found.codes_left);
    let state =
        move || t_string!(i18n, security.factor_since, date = format.instant(since)).to_string();
    let codes =
        move || t_string!(i18n, security.codes_left, count = format.number(left)).to_string();
    let tone = if left < 3 {
        Tone::Attention
    } else {
        Tone::Neutral
    };
    let ask = move |what: What| move |()| desk.show(Stage::Prove(what));
    view! {
        <p>{move || t_string!(i18n, security.factor_lead)}</p>
        <p><StatusPill tone=Tone::Fine text=state /> " " <StatusPill tone=tone text=codes /></p>
        <div class="row-actions">
            <Button kind=ButtonKind::Quiet on_press=ask(What::Replace)>{move || t_string!(i18n, security.replace)}</Button>
            <Button kind=ButtonKind::Quiet on_press=ask(What::Renew)>{move || t_string!(i18n, security.renew)}</Button>
            {(!required)
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet on_press=ask(What::Remove)>
                            {move || t_string!(i18n, security.remove)}
                        </Button>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The box for a code.
#[component]
fn CodeBox(desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Field for_id="field-code" label=move || t_string!(i18n, security.code) hint=move || t_string!(i18n, security.code_hint)>
            <input
                class="input input-code"
                id="field-code"
                name="code"
                type="text"
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                maxlength="32"
                required
                aria-describedby="field-code-note"
                bind:value=desk.code
            />
        </Field>
    }
}

/// Asks for a code of the factor that is there.
#[component]
fn Prove(what: What, has_key: bool, desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let send = Action::new(move |(): &()| async move {
        let code = desk.code.get_untracked();
        match what {
            What::Replace => {
                desk.begun(begin_factor(BeginFactor { code: Some(code) }).await);
            }
            What::Renew => desk.codes(renew_recovery_codes(ProveFactor { code }).await),
            What::Remove => match remove_factor(ProveFactor { code }).await {
                Ok(()) => {
                    desk.show(Stage::Rest);
                    let _ = desk.on_changed.try_run(());
                    let locale = i18n.get_locale_untracked();
                    toasts.done(td_string!(locale, security.removed));
                }
                Err(error) => desk.refuse(error),
            },
        }
    });
    let busy = send.pending();
    let ask_key = move |()| {
        spawn_local(async move {
            // Whoever closed the question knows that.
            if let Ok(answer) = by_key().await
                && desk.code.try_set(answer).is_none()
            {
                send.dispatch(());
            }
        });
    };
    view! {
        <form
            class="stack"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                send.dispatch(());
            }
        >
            <h3>{move || t_string!(i18n, security.prove_title)}</h3>
            <p>{move || t_string!(i18n, security.prove_text)}</p>
            <Refusal desk />
            <CodeBox desk />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.show(Stage::Rest)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                {has_key
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary busy=busy on_press=ask_key>
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

/// The secret as a picture and as text, and the code that confirms it.
#[component]
fn Scan(enrolment: Enrolment, desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    let send = Action::new(move |(): &()| async move {
        let code = desk.code.get_untracked();
        desk.codes(confirm_factor(ProveFactor { code }).await);
    });
    let busy = send.pending();
    let side = enrolment.qr_side;
    view! {
        <form
            class="stack"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                send.dispatch(());
            }
        >
            <h3>{move || t_string!(i18n, security.scan_title)}</h3>
            <p>{move || t_string!(i18n, security.scan_text)}</p>
            <svg
                class="qr"
                viewBox=format!("0 0 {side} {side}")
                role="img"
                aria-label=move || t_string!(i18n, security.qr)
            >
                <path d=enrolment.qr_path />
            </svg>
            <p>
                {move || t_string!(i18n, security.secret)} ": " <span class="secret-key">{enrolment.secret}</span>
            </p>
            <Refusal desk />
            <CodeBox desk />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.show(Stage::Rest)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, security.confirm)}
                </Button>
            </div>
        </form>
    }
}

/// The recovery codes, shown once.
#[component]
fn Codes(codes: Vec<String>, was_bare: bool, desk: FactorDesk) -> impl IntoView {
    let i18n = use_i18n();
    let kept = move |()| {
        desk.show(Stage::Rest);
        desk.on_changed.run(());
    };
    view! {
        <h3>{move || t_string!(i18n, security.codes_title)}</h3>
        <p>{move || t_string!(i18n, security.codes_text)}</p>
        <ul class="recovery-codes">{codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}</ul>
        <div class="dialog-actions">
            {if was_bare {
                view! {
                    <a class="button button-primary" href="/" rel="external">
                        <span class="button-label">{move || t_string!(i18n, security.codes_kept)}</span>
                    </a>
                }
                    .into_any()
            } else {
                view! {
                    <Button kind=ButtonKind::Primary on_press=kept>
                        {move || t_string!(i18n, security.codes_kept)}
                    </Button>
                }
                    .into_any()
            }}
        </div>
    }
}
