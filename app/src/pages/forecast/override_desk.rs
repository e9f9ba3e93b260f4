//! A person's own number beside the forecast: the dialog, shared by every page that shows a forecast.

use crate::{
    components::{
        Button, ButtonKind, Dialog, Icon, Notice, QuantityInput, TextArea, Tone, describe,
        use_toasts,
    },
    drafts,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    server_fns::forecasts::{delete_override, list_forecasts, set_override},
};
use chrono::NaiveDate;
use contract::forecasts::{
    Band, DeleteOverride, ListForecasts, OverrideView, SeenOverride, SetOverride,
};
use contract::{AppError, ErrorCode};
use domain::Unit;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What the number is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub name: String,
    pub unit: Unit,
    pub date: NaiveDate,
    pub band: Option<Band>,
    /// The number that stands there now.
    pub standing: Option<OverrideView>,
}

impl Subject {
    /// Where what is typed about it is kept.
    fn draft(&self) -> String {
        format!(
            "override-{}-{}-{}",
            self.store_id, self.product_id, self.date
        )
    }
}

/// Why the number was not kept.
#[derive(Clone, Debug)]
enum Trouble {
    /// Somebody else set this one.
    Theirs {
        who: String,
        quantity: i64,
    },
    /// Somebody took it away.
    Gone,
    Refused(AppError),
}

/// State of the dialog. Make it outside of what is loaded, so that nothing typed is lost when the page loads again.
#[derive(Clone, Copy)]
pub struct OverrideDesk {
    open: RwSignal<bool>,
    subject: RwSignal<Option<Subject>>,
    quantity: RwSignal<Option<i64>>,
    note: RwSignal<String>,
    trouble: RwSignal<Option<Trouble>>,
    busy: RwSignal<bool>,
    /// What was sent last: the same content sent again, after a lost answer, goes under the same id.
    sent: StoredValue<Option<SetOverride>>,
}

fn seen(view: &OverrideView) -> SeenOverride {
    SeenOverride {
        id: view.id,
        version: view.version,
    }
}

impl Default for OverrideDesk {
    fn default() -> Self {
        Self {
            open: RwSignal::new(false),
            subject: RwSignal::new(None),
            quantity: RwSignal::new(None),
            note: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            sent: StoredValue::new(None),
        }
    }
}

impl OverrideDesk {
    /// Opens the dialog. What was typed for the same day before stays.
    pub fn edit(self, subject: Subject) {
        let same = self.subject.with_untracked(|old| {
            old.as_ref().is_some_and(|old| {
                old.product_id == subject.product_id
                    && old.date == subject.date
                    && old.standing == subject.standing
            })
        });
        if !same {
            let standing = subject.standing.as_ref();
            self.quantity.set(
                standing
                    .map(|s| s.quantity)
                    .or_else(|| subject.band.map(|b| b.median())),
            );
            self.note
                .set(standing.and_then(|s| s.note.clone()).unwrap_or_default());
            self.trouble.set(None);
            self.subject.set(Some(subject));
        }
        self.open.set(true);
    }

    fn command(self, subject: &Subject, quantity: i64) -> SetOverride {
        let note = self.note.get_untracked();
        let mut command = SetOverride {
            command_id: Uuid::now_v7(),
            store_id: subject.store_id,
            product_id: subject.product_id,
            target_date: subject.date,
            quantity,
            note: (!note.trim().is_empty()).then_some(note),
            seen: subject.standing.as_ref().map(seen),
        };
        if let Some(sent) = self.sent.get_value() {
            let again = SetOverride {
                command_id: sent.command_id,
                ..command.clone()
            };
            if again == sent {
                command = again;
            }
        }
        self.sent.set_value(Some(command.clone()));
        command
    }

    /// Looks what stands there now, so that the person decides knowing it.
    async fn look_again(self, subject: Subject, error: AppError) {
        let asked = ListForecasts {
            store_id: subject.store_id,
            target_date: Some(subject.date),
            ..ListForecasts::default()
        };
        let Ok(list) = list_forecasts(asked).await else {
            self.trouble.set(Some(Trouble::Refused(error)));
            return;
        };
        let standing = list
            .rows
            .into_iter()
            .find(|row| row.product.id == subject.product_id)
            .and_then(|row| row.overridden);
        self.trouble.set(Some(match &standing {
            Some(view) => Trouble::Theirs {
                who: view.author.clone(),
                quantity: view.quantity,
            },
            None => Trouble::Gone,
        }));
        self.subject.set(Some(Subject {
            standing,
            ..subject
        }));
    }

    fn close(self) {
        self.open.set(false);
        self.subject.set(None);
        self.trouble.set(None);
    }
}

/// Puts things back as they were before a number was set.
async fn undo(
    subject: Subject,
    before: Option<OverrideView>,
    now: SeenOverride,
) -> Result<(), AppError> {
    match before {
        Some(before) => {
            let command = SetOverride {
                command_id: Uuid::now_v7(),
                store_id: subject.store_id,
                product_id: subject.product_id,
                target_date: subject.date,
                quantity: before.quantity,
                note: before.note,
                seen: Some(now),
            };
            set_override(command).await.map(|_| ())
        }
        None => delete_override(take_away(&subject, now)).await,
    }
}

fn take_away(subject: &Subject, seen: SeenOverride) -> DeleteOverride {
    DeleteOverride {
        command_id: Uuid::now_v7(),
        store_id: subject.store_id,
        product_id: subject.product_id,
        target_date: subject.date,
        seen,
    }
}

/// The dialog of a desk. `on_change` runs after the number stands, is gone, or was found changed by somebody else.
#[component]
pub fn OverrideDialog(desk: OverrideDesk, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let OverrideDesk {
        open,
        subject,
        quantity,
        note,
        trouble,
        busy,
        ..
    } = desk;
    let finish_undo = move |outcome: Result<(), AppError>| {
        let locale = i18n.get_locale_untracked();
        match outcome {
            Ok(()) => toasts.done(td_string!(locale, forecast.undone)),
            Err(_) => toasts.failed(td_string!(locale, forecast.undo_failed)),
        }
        on_change.run(());
    };
    let save = move || {
        let (Some(for_what), Some(count)) = (subject.get_untracked(), quantity.get_untracked())
        else {
            return;
        };
        let command = desk.command(&for_what, count);
        busy.set(true);
        spawn_local(async move {
            match set_override(command).await {
                Ok(view) => {
                    drafts::saved(&for_what.draft());
                    let words = untrack(|| {
                        t_string!(
                            i18n,
                            forecast.saved,
                            count = format.quantity(view.quantity, for_what.unit),
                            name = for_what.name.clone(),
                            date = format.date_short(view.target_date)
                        )
                    });
                    let (before, now) = (for_what.standing.clone(), seen(&view));
                    let undoing = for_what.clone();
                    toasts.done_with_undo(words, move || {
                        let (undoing, before) = (undoing.clone(), before.clone());
                        spawn_local(async move { finish_undo(undo(undoing, before, now).await) });
                    });
                    desk.close();
                    on_change.run(());
                }
                Err(error) if error.code == ErrorCode::Conflict => {
                    desk.look_again(for_what, error).await;
                    on_change.run(());
                }
                Err(error) => trouble.set(Some(Trouble::Refused(error))),
            }
            busy.set(false);
        });
    };
    let remove = move || {
        let Some(for_what) = subject.get_untracked() else {
            return;
        };
        let Some(standing) = for_what.standing.clone() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            match delete_override(take_away(&for_what, seen(&standing))).await {
                Ok(()) => {
                    let words = untrack(|| t_string!(i18n, forecast.removed).to_owned());
                    let undoing = for_what.clone();
                    toasts.done_with_undo(words, move || {
                        let command = SetOverride {
                            command_id: Uuid::now_v7(),
                            store_id: undoing.store_id,
                            product_id: undoing.product_id,
                            target_date: undoing.date,
                            quantity: standing.quantity,
                            note: standing.note.clone(),
                            seen: None,
                        };
                        spawn_local(
                            async move { finish_undo(set_override(command).await.map(|_| ())) },
                        );
                    });
                    desk.close();
                    on_change.run(());
                }
                Err(error) if error.code == ErrorCode::Conflict => {
                    desk.look_again(for_what, error).await;
                    on_change.run(());
                }
                Err(error) => trouble.set(Some(Trouble::Refused(error))),
            }
            busy.set(false);
        });
    };
    let title = move || {
        let name = subject.with(|s| s.as_ref().map(|s| s.name.clone()).unwrap_or_default());
        t_string!(i18n, forecast.dialog_title, name = name)
    };
    let about = move || {
        subject.get().map(|s| match s.band {
            Some(band) => t_string!(
                i18n,
                forecast.dialog_day,
                date = format.date_long(s.date),
                median = format.quantity(band.median(), s.unit),
                low = format.quantity(band.low(), s.unit),
                high = format.quantity(band.high(), s.unit)
            ),
            None => t_string!(
                i18n,
                forecast.dialog_day_plain,
                date = format.date_long(s.date)
            ),
        })
    };
    let field_error = move |field: &'static str| {
        Signal::derive(move || {
            trouble.with(|t| match t {
                Some(Trouble::Refused(error)) => error.field(field).map(|_| {
                    match field {
                        "quantity" => t_string!(i18n, forecast.wrong_quantity),
                        "note" => t_string!(i18n, forecast.wrong_note),
                        _ => t_string!(i18n, forecast.wrong_day),
                    }
                    .to_owned()
                }),
                _ => None,
            })
        })
    };
    let words = move || {
        trouble.with(|t| match t {
            Some(Trouble::Theirs { who, quantity }) => Some(t_string!(
                i18n,
                forecast.conflict,
                name = who.clone(),
                count = format.number(*quantity)
            )),
            Some(Trouble::Gone) => Some(t_string!(i18n, forecast.conflict_gone).to_owned()),
            Some(Trouble::Refused(error)) if error.field("target_date").is_some() => {
                Some(t_string!(i18n, forecast.wrong_day).to_owned())
            }
            Some(Trouble::Refused(error)) if error.fields.is_empty() => {
                Some(describe(i18n.get_locale(), error.code).to_owned())
            }
            _ => None,
        })
    };
    let stands =
        Memo::new(move |_| subject.with(|s| s.as_ref().is_some_and(|s| s.standing.is_some())));
    view! {
        <Dialog open title=title sheet=true>
            <form
                class="override-form"
                data-draft=move || subject.with(|s| s.as_ref().map(Subject::draft))
                on:submit=move |event| {
                    event.prevent_default();
                    if !busy.get_untracked() {
                        save();
                    }
                }
            >
                <p class="override-about">{about}</p>
                {move || {
                    words()
                        .map(|words| {
                            view! {
                                <Notice tone=Tone::Attention>
                                    <p role="alert">{words}</p>
                                </Notice>
                            }
                        })
                }}
                <QuantityInput
                    name="override-quantity"
                    label=move || t_string!(i18n, forecast.quantity)
                    value=quantity
                    large=true
                    error=field_error("quantity")
                />
                <TextArea
                    name="override-note"
                    label=move || t_string!(i18n, forecast.note)
                    value=note
                    optional=true
                    error=field_error("note")
                />
                <div class="dialog-actions">
                    <Show when=move || stands.get()>
                        <Button kind=ButtonKind::Quiet icon=Icon::Undo busy on_press=move |()| remove()>
                            {move || t_string!(i18n, forecast.remove_own)}
                        </Button>
                    </Show>
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Check
                        submit=true
                        busy
                        disabled=Signal::derive(move || quantity.with(Option::is_none))
                    >
                        {move || t_string!(i18n, forecast.save_own)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
