//! Making a role, copying one, changing one: a name and what it allows.

use super::words::{explain, field_error, right_name};
use super::{Desk, Subject};
use crate::{
    components::*,
    drafts,
    i18n::{t_string, td_string, use_i18n},
    pages::users::role_name,
    server_fns::roles::{change_role, create_role},
    session::may,
};
use contract::AppError;
use contract::roles::{ChangeRole, CreateRole, RoleView};
use domain::Permission;
use leptos::prelude::*;
use uuid::Uuid;

/// The sheet.
#[component]
pub(super) fn RoleSheet(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match desk.subject.get() {
        Subject::Change(role) => t_string!(i18n, roles.edit_title, name = role.name).to_string(),
        Subject::New | Subject::CopyOf(_) => t_string!(i18n, roles.new_title).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            // Built anew only when the sheet opens for something.
            {move || {
                desk.open
                    .get()
                    .then(|| {
                        let subject = desk.subject.get_untracked();
                        view! { <Fields subject desk /> }
                    })
            }}
        </Dialog>
    }
}

/// One right as it is chosen.
#[derive(Clone, Copy)]
struct Chosen {
    right: Permission,
    value: RwSignal<bool>,
}

fn rights_of(role: Option<&RoleView>) -> Vec<Chosen> {
    let has = |right| role.is_some_and(|role| role.permissions.contains(&right));
    Permission::ALL
        .iter()
        .map(|right| Chosen {
            right: *right,
            value: RwSignal::new(has(*right)),
        })
        .collect()
}

#[component]
fn Fields(subject: Subject, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let locale = i18n.get_locale_untracked();
    let (role, start) = match &subject {
        Subject::New => (None, String::new()),
        Subject::Change(role) => (Some(role), role.name.clone()),
        Subject::CopyOf(role) => {
            let name = match role.key {
                Some(key) => role_name(locale, key).to_owned(),
                None => role.name.clone(),
            };
            let start = td_string!(locale, roles.copy_of, name = name).to_string();
            (Some(role), start)
        }
    };
    let rights = rights_of(role);
    let changed = match &subject {
        Subject::Change(role) => Some((role.id, role.version)),
        _ => None,
    };
    let draft = match &subject {
        Subject::New => "role".to_owned(),
        Subject::CopyOf(role) => format!("role-copy-{}", role.id),
        Subject::Change(role) => format!("role-{}-{}", role.id, role.version),
    };
    let name = RwSignal::new(start);
    let refused = RwSignal::new(None::<AppError>);
    // One id for all attempts with this sheet.
    let command_id = Uuid::now_v7();
    let (typed, kept) = (rights.clone(), draft.clone());
    let save = Action::new(move |(): &()| {
        let (rights, draft) = (typed.clone(), kept.clone());
        async move {
            let name = name.get_untracked();
            let permissions: Vec<Permission> = rights
                .iter()
                .filter(|chosen| chosen.value.get_untracked())
                .map(|chosen| chosen.right)
                .collect();
            let saved = match changed {
                Some((role_id, version)) => {
                    let command = ChangeRole {
                        command_id,
                        role_id,
                        version,
                        name,
                        permissions,
                    };
                    change_role(command).await
                }
                None => {
                    let command = CreateRole {
                        command_id,
                        name,
                        permissions,
                    };
                    create_role(command).await
                }
            };
            match saved {
                Ok(_) => {
                    drafts::saved(&draft);
                    let _ = desk.open.try_set(false);
                    let _ = desk.on_saved.try_run(());
                    toasts.done(td_string!(i18n.get_locale_untracked(), roles.saved));
                }
                Err(error) => {
                    let _ = refused.try_set(Some(error));
                }
            }
        }
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused.with(|error| field_error(i18n.get_locale(), error.as_ref()?, field))
        })
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let no_right = wrong("permissions");
    let busy = save.pending();
    let adding = changed.is_none();
    let (ruling, work): (Vec<Chosen>, Vec<Chosen>) = rights
        .into_iter()
        .partition(|chosen| chosen.right.is_administration());
    view! {
        <form
            class="stack"
            data-draft=draft
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            {general}
            <TextInput name="role_name" label=move || t_string!(i18n, roles.name) value=name error=wrong("name") />
            <Rights label=move || t_string!(i18n, roles.rights) rights=work />
            <p class="muted">{move || t_string!(i18n, roles.administration_hint)}</p>
            <Rights label=move || t_string!(i18n, roles.administration) rights=ruling />
            {move || no_right.get().map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || if adding { t_string!(i18n, roles.create) } else { t_string!(i18n, common.save) }}
                </Button>
            </div>
        </form>
    }
}

/// Some rights to choose from. Those of administration that the person does not hold are not offered, unless the role has them already.
#[component]
fn Rights(#[prop(into)] label: TextProp, rights: Vec<Chosen>) -> impl IntoView {
    let i18n = use_i18n();
    let offered = rights.into_iter().filter(|chosen| {
        !chosen.right.is_administration() || may(chosen.right) || chosen.value.get_untracked()
    });
    view! {
        <fieldset class="choices rights">
            <legend class="field-label">{move || label.get()}</legend>
            {offered
                .map(|Chosen { right, value }| {
                    view! {
                        <Switch
                            name=format!("right-{right}")
                            label=move || right_name(i18n.get_locale(), right)
                            value
                        />
                    }
                })
                .collect_view()}
        </fieldset>
    }
}
