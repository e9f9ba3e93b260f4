//! Making a key, in a sheet.

use crate::pages::ingredients::{Desk, SheetForm};
use crate::pages::secret::Secret;
use crate::{
    components::*,
    device,
    i18n::*,
    server_fns::admin::create_api_key,
    session::{may, use_stores},
};
use chrono::TimeDelta;
use contract::keys::CreateApiKey;
use domain::Permission;
use leptos::prelude::*;
use uuid::Uuid;

const DRAFT: &str = "api-key";

/// Days after which a key ends, to choose from; the first is meant where nobody chooses.
const LIVES: [&str; 4] = ["365", "90", "30", ""];

/// The sheet.
#[component]
pub(super) fn KeyForm(desk: Desk, secret: Secret) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open=desk.open title=move || t_string!(i18n, admin.key_add) sheet=true>
            {move || desk.open.get().then(|| view! { <Fields desk secret /> })}
        </Dialog>
    }
}

fn lives() -> Vec<Choice> {
    let i18n = use_i18n();
    LIVES
        .into_iter()
        .map(|days| {
            let label = move || match days {
                "365" => t_string!(i18n, admin.life_year),
                "90" => t_string!(i18n, admin.life_quarter),
                "30" => t_string!(i18n, admin.life_month),
                _ => t_string!(i18n, admin.life_ever),
            };
            Choice::new(days, label)
        })
        .collect()
}

#[component]
fn Fields(desk: Desk, secret: Secret) -> impl IntoView {
    let i18n = use_i18n();
    let name = RwSignal::new(String::new());
    let life = RwSignal::new(LIVES[0].to_owned());
    let all_stores = RwSignal::new(true);
    // Nobody gives what they do not have, and some rights no key may hold.
    let permissions: Vec<(Permission, RwSignal<bool>)> = Permission::ALL
        .iter()
        .copied()
        .filter(|permission| permission.fits_key() && may(*permission))
        .map(|permission| (permission, RwSignal::new(false)))
        .collect();
    let stores: Vec<(Uuid, String, RwSignal<bool>)> = use_stores()
        .into_iter()
        .map(|store| (store.id, store.name, RwSignal::new(false)))
        .collect();
    let (chosen, places) = (
        StoredValue::new(permissions.clone()),
        StoredValue::new(stores.clone()),
    );
    let save = move |()| {
        let days = life.with_untracked(|days| days.parse::<i64>().ok());
        let command = CreateApiKey {
            command_id: desk.command_id(),
            name: name.get_untracked(),
            permissions: chosen.with_value(|all| {
                let on = all.iter().filter(|(_, on)| on.get_untracked());
                on.map(|(permission, _)| *permission).collect()
            }),
            all_stores: all_stores.get_untracked(),
            stores: places.with_value(|all| {
                let on = all.iter().filter(|(_, _, on)| on.get_untracked());
                on.map(|(id, _, _)| *id).collect()
            }),
            expires_at: days.map(|days| device::now() + TimeDelta::days(days)),
            rate_per_minute: None,
        };
        let done = |l: Locale| td_string!(l, admin.key_made);
        desk.run(DRAFT.to_owned(), done, async move {
            let made = create_api_key(command).await;
            made.map(|made| secret.show(made.secret))
        });
    };
    let beside = move |field: &'static str| {
        let error = desk.beside(field);
        move || {
            error
                .get()
                .map(|text| view! { <p class="field-error" role="alert">{text}</p> })
        }
    };
    view! {
        <SheetForm desk draft=DRAFT.to_owned() on_save=save>
            <TextInput
                name="key_name"
                label=move || t_string!(i18n, admin.key_name)
                hint=move || t_string!(i18n, admin.key_name_hint)
                value=name
                error=desk.beside("name")
            />
            <Segmented name="life" label=move || t_string!(i18n, admin.key_life) value=life options=lives() />
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, admin.permissions)}</legend>
                <p class="field-note">{move || t_string!(i18n, admin.permissions_hint)}</p>
                {permissions
                    .into_iter()
                    .map(|(permission, value)| {
                        let word = permission.as_str();
                        view! { <Switch name=format!("permission-{word}") label=word value /> }
                    })
                    .collect_view()} {beside("permissions")}
            </fieldset>
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, users.stores)}</legend>
                <Switch name="key-all-stores" label=move || t_string!(i18n, users.all_stores) value=all_stores />
                <div hidden=move || all_stores.get()>
                    {stores
                        .into_iter()
                        .map(|(id, name, value)| view! { <Switch name=format!("key-store-{id}") label=name value /> })
                        .collect_view()}
                </div>
                {beside("stores")} {beside("all_stores")} {beside("expires_at")}
            </fieldset>
        </SheetForm>
    }
}
