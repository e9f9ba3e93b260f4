//! Adding and changing a person, in a sheet.

use super::words::{explain, field_error, role_name};
use crate::{
    components::*,
    drafts,
    i18n::{t_string, td_string, use_i18n},
    server_fns::users::{change_user, create_user},
    session::use_stores,
};
use contract::users::{ChangeUser, CreateUser, HeldRole, UserView};
use contract::{AppError, session::StoreOption};
use domain::{Language, RoleKey};
use leptos::prelude::*;
use uuid::Uuid;

/// Roles and stores, as they are being chosen.
#[derive(Clone)]
pub(super) struct Chosen {
    roles: Vec<(RoleKey, RwSignal<bool>)>,
    /// Ids of the organization's own roles that are chosen.
    role_ids: RwSignal<Vec<Uuid>>,
    all_stores: RwSignal<bool>,
    stores: Vec<(StoreOption, RwSignal<bool>)>,
}

impl Chosen {
    pub(super) fn of(person: Option<&UserView>, known: Vec<StoreOption>) -> Self {
        let has_role = |role| person.is_some_and(|p| p.roles.contains(&role));
        let has_store = |id| person.is_some_and(|p| p.stores.contains(&id));
        Self {
            roles: RoleKey::ALL
                .iter()
                .map(|role| (*role, RwSignal::new(has_role(*role))))
                .collect(),
            role_ids: RwSignal::new(
                person
                    .map(|p| p.own_roles.iter().map(|role| role.id).collect())
                    .unwrap_or_default(),
            ),
            all_stores: RwSignal::new(person.is_some_and(|p| p.all_stores)),
            stores: known
                .into_iter()
                .map(|store| {
                    let chosen = RwSignal::new(has_store(store.id));
                    (store, chosen)
                })
                .collect(),
        }
    }

    pub(super) fn roles(&self) -> Vec<RoleKey> {
        self.roles
            .iter()
            .filter(|(_, chosen)| chosen.get_untracked())
            .map(|(role, _)| *role)
            .collect()
    }

    pub(super) fn role_ids(&self) -> Vec<Uuid> {
        self.role_ids.get_untracked()
    }

    pub(super) fn all_stores(&self) -> bool {
        self.all_stores.get_untracked()
    }

    pub(super) fn stores(&self) -> Vec<Uuid> {
        self.stores
            .iter()
            .filter(|(_, chosen)| chosen.get_untracked())
            .map(|(store, _)| store.id)
            .collect()
    }
}

/// What is being typed.
#[derive(Clone)]
struct Draft {
    name: RwSignal<String>,
    email: RwSignal<String>,
    password: RwSignal<String>,
    language: RwSignal<String>,
    chosen: Chosen,
}

impl Draft {
    fn of(person: Option<&UserView>, known: Vec<StoreOption>) -> Self {
        let language = person
            .and_then(|p| p.language)
            .map(Language::as_str)
            .unwrap_or_default();
        Self {
            name: RwSignal::new(person.map(|p| p.display_name.clone()).unwrap_or_default()),
            email: RwSignal::new(person.map(|p| p.email.clone()).unwrap_or_default()),
            password: RwSignal::new(String::new()),
            language: RwSignal::new(language.to_owned()),
            chosen: Chosen::of(person, known),
        }
    }

    fn create(&self, command_id: Uuid) -> CreateUser {
        CreateUser {
            command_id,
            email: self.email.get_untracked(),
            display_name: self.name.get_untracked(),
            language: self.language.get_untracked().parse().ok(),
            roles: self.chosen.roles(),
            role_ids: self.chosen.role_ids(),
            all_stores: self.chosen.all_stores(),
            stores: self.chosen.stores(),
            password: self.password.get_untracked(),
        }
    }

    fn change(&self, command_id: Uuid, user_id: Uuid) -> ChangeUser {
        ChangeUser {
            command_id,
            user_id,
            display_name: self.name.get_untracked(),
            language: self.language.get_untracked().parse().ok(),
            roles: self.chosen.roles(),
            role_ids: self.chosen.role_ids(),
            all_stores: self.chosen.all_stores(),
            stores: self.chosen.stores(),
        }
    }
}

/// The sheet. `person` says who is changed; nobody means that somebody is added.
#[component]
pub(super) fn PersonForm(
    open: RwSignal<bool>,
    person: RwSignal<Option<UserView>>,
    /// The organization's own roles, as far as they are known.
    own_roles: RwSignal<Vec<HeldRole>>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let known = use_stores();
    let title = move || match person.get() {
        Some(person) => t_string!(i18n, users.edit_title, name = person.display_name).to_string(),
        None => t_string!(i18n, users.add_title).to_owned(),
    };
    view! {
        <Dialog open title sheet=true>
            // A draft a person: built anew only when the sheet opens for somebody.
            {move || {
                open.get()
                    .then(|| {
                        let person = person.get_untracked();
                        let draft = Draft::of(person.as_ref(), known.clone());
                        view! { <Fields draft person own_roles open on_saved /> }
                    })
            }}
        </Dialog>
    }
}

/// Where what is typed about a person is kept; the password is not.
fn draft_key(user_id: Option<Uuid>) -> String {
    user_id.map_or_else(|| "person".to_owned(), |id| format!("person-{id}"))
}

#[component]
fn Fields(
    draft: Draft,
    person: Option<UserView>,
    own_roles: RwSignal<Vec<HeldRole>>,
    open: RwSignal<bool>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let refused = RwSignal::new(None::<AppError>);
    // One id for all attempts with this sheet: pressing twice adds one person.
    let command_id = Uuid::now_v7();
    let user_id = person.as_ref().map(|p| p.id);
    let adding = user_id.is_none();
    let typed = draft.clone();
    let save = Action::new(move |(): &()| {
        let draft = typed.clone();
        async move {
            let name = draft.name.get_untracked();
            let saved = match user_id {
                None => create_user(draft.create(command_id)).await.map(|_| ()),
                Some(id) => change_user(draft.change(command_id, id)).await,
            };
            let locale = i18n.get_locale_untracked();
            match saved {
                Ok(()) => {
                    drafts::saved(&draft_key(user_id));
                    open.set(false);
                    on_saved.run(());
                    toasts.done(if user_id.is_none() {
                        td_string!(locale, users.added, name = name).to_string()
                    } else {
                        td_string!(locale, users.changed, name = name).to_string()
                    });
                }
                Err(error) => refused.set(Some(error)),
            }
        }
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused.with(|e| {
                e.as_ref()
                    .and_then(|e| field_error(i18n.get_locale(), e, field))
            })
        })
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let languages = vec![
        Choice::new("", move || t_string!(i18n, users.language_browser)),
        Choice::new("es", move || t_string!(i18n, common.spanish)),
        Choice::new("en", move || t_string!(i18n, common.english)),
    ];
    let busy = save.pending();
    view! {
        <form
            class="stack"
            data-draft=draft_key(user_id)
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            {general}
            <TextInput name="display_name" label=move || t_string!(i18n, users.name) value=draft.name error=wrong("display_name") />
            {adding
                .then(|| {
                    view! {
                        <TextInput
                            name="email"
                            kind="email"
                            label=move || t_string!(i18n, users.email)
                            hint=move || t_string!(i18n, users.email_hint)
                            value=draft.email
                            error=wrong("email")
                        />
                        <TextInput
                            name="password"
                            kind="password"
                            autocomplete="new-password"
                            label=move || t_string!(i18n, users.password)
                            hint=move || t_string!(i18n, users.password_hint)
                            value=draft.password
                            error=wrong("password")
                        />
                    }
                })}
            <Segmented name="language" label=move || t_string!(i18n, users.language) value=draft.language options=languages />
            <Places chosen=draft.chosen own_roles roles_error=wrong("roles") stores_error=wrong("stores") />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || if adding { t_string!(i18n, users.save_new) } else { t_string!(i18n, common.save) }}
                </Button>
            </div>
        </form>
    }
}

/// Roles and stores.
#[component]
pub(super) fn Places(
    chosen: Chosen,
    /// The organization's own roles, as far as they are known.
    own_roles: RwSignal<Vec<HeldRole>>,
    roles_error: Signal<Option<String>>,
    stores_error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (role_ids, all_stores) = (chosen.role_ids, chosen.all_stores);
    let error = |error: Signal<Option<String>>| {
        move || {
            error
                .get()
                .map(|text| view! { <p class="field-error" role="alert">{text}</p> })
        }
    };
    view! {
        <fieldset class="choices">
            <legend class="field-label">{move || t_string!(i18n, users.roles)}</legend>
            {chosen
                .roles
                .into_iter()
                .map(|(role, value)| {
                    view! {
                        <Switch
                            name=format!("role-{role}")
                            label=move || role_name(i18n.get_locale(), role)
                            value
                        />
                    }
                })
                .collect_view()} <OwnRoles known=own_roles chosen=role_ids /> {error(roles_error)}
        </fieldset>
        <fieldset class="choices">
            <legend class="field-label">{move || t_string!(i18n, users.stores)}</legend>
            <Switch name="all-stores" label=move || t_string!(i18n, users.all_stores) value=all_stores />
            <div hidden=move || all_stores.get()>
                {chosen
                    .stores
                    .into_iter()
                    .map(|(store, value)| {
                        let label = format!("{} · {}", store.code, store.name);
                        view! { <Switch name=format!("store-{}", store.code) label value /> }
                    })
                    .collect_view()}
            </div>
            {error(stores_error)}
        </fieldset>
    }
}

/// The organization's own roles.
#[component]
fn OwnRoles(known: RwSignal<Vec<HeldRole>>, chosen: RwSignal<Vec<Uuid>>) -> impl IntoView {
    view! {
        <For each=move || known.get() key=|role| role.id let:role>
            <OwnRole role chosen />
        </For>
    }
}

#[component]
fn OwnRole(role: HeldRole, chosen: RwSignal<Vec<Uuid>>) -> impl IntoView {
    let id = role.id;
    let value = RwSignal::new(chosen.with_untracked(|all| all.contains(&id)));
    let choose = move |on: bool| {
        chosen.update(|all| {
            all.retain(|other| *other != id);
            if on {
                all.push(id);
            }
        });
    };
    view! { <Switch name=format!("own-role-{id}") label=role.name value on_change=choose /> }
}
