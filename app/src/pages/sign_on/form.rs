//! Adding and changing a provider, in a sheet.

use crate::pages::ingredients::{Desk, SheetForm};
use crate::pages::users::role_name;
use crate::{components::*, i18n::*, server_fns::single_sign_on::save_identity_provider};
use contract::single_sign_on::{ProviderValues, ProviderView, SaveProvider};
use domain::RoleKey;
use leptos::prelude::*;

/// Nobody is made: whoever comes in has an account before.
const NOBODY: &str = "nobody";

/// The sheet. `subject` says which provider is changed; none means that one is added.
#[component]
pub(super) fn ProviderForm(desk: Desk, subject: RwSignal<Option<ProviderView>>) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(provider) => provider.values.name,
        None => t_string!(i18n, sign_on.add).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || desk.open.get().then(|| view! { <Fields desk provider=subject.get_untracked() /> })}
        </Dialog>
    }
}

/// What stands in the choice of whom the provider makes.
fn made_of(values: &ProviderValues) -> &'static str {
    if values.makes_people {
        values.roles.first().map_or(NOBODY, |role| role.as_str())
    } else {
        NOBODY
    }
}

#[component]
fn Fields(desk: Desk, provider: Option<ProviderView>) -> impl IntoView {
    let i18n = use_i18n();
    let of = |read: fn(&ProviderValues) -> String| {
        let known = provider.as_ref().map(|provider| &provider.values);
        RwSignal::new(known.map(read).unwrap_or_default())
    };
    let is = |read: fn(&ProviderValues) -> bool, usual: bool| {
        let known = provider.as_ref().map(|provider| &provider.values);
        RwSignal::new(known.map_or(usual, read))
    };
    let name = of(|values| values.name.clone());
    let issuer = of(|values| values.issuer.clone());
    let client_id = of(|values| values.client_id.clone());
    let domains = of(|values| values.domains.join(", "));
    let secret = RwSignal::new(String::new());
    let trusts_factor = is(|values| values.trusts_factor, false);
    let passwords = is(|values| values.passwords_allowed, true);
    let active = is(|values| values.active, true);
    let was = provider
        .as_ref()
        .map_or(NOBODY, |provider| made_of(&provider.values));
    let made = RwSignal::new(was.to_owned());
    let makes: Vec<Choice> =
        std::iter::once(Choice::new(NOBODY, move || t_string!(i18n, sign_on.nobody)))
            .chain(RoleKey::ALL.iter().map(|role| {
                let role = *role;
                Choice::new(role.as_str(), move || role_name(i18n.get_locale(), role))
            }))
            .collect();
    // Nothing of a secret is kept on the device.
    let draft = provider.as_ref().map_or_else(
        || "identity-provider".to_owned(),
        |provider| format!("identity-provider-{}", provider.id),
    );
    let sent_as = draft.clone();
    let save = move |()| {
        let chosen = made.get_untracked();
        let kept = provider
            .as_ref()
            .map(|provider| &provider.values)
            .filter(|_| chosen == was);
        // Roles and stores that were chosen elsewhere stay, unless somebody chooses here.
        let (makes_people, roles, role_ids, all_stores, stores) = match kept {
            Some(values) => (
                values.makes_people,
                values.roles.clone(),
                values.role_ids.clone(),
                values.all_stores,
                values.stores.clone(),
            ),
            None => {
                let role = chosen.parse::<RoleKey>().ok();
                let is_made = role.is_some();
                (
                    is_made,
                    role.into_iter().collect(),
                    Vec::new(),
                    is_made,
                    Vec::new(),
                )
            }
        };
        let typed = secret.get_untracked().trim().to_owned();
        let command = SaveProvider {
            command_id: desk.command_id(),
            provider_id: provider.as_ref().map(|provider| provider.id),
            version: provider.as_ref().map_or(0, |provider| provider.version),
            values: ProviderValues {
                name: name.get_untracked(),
                issuer: issuer.get_untracked().trim().to_owned(),
                client_id: client_id.get_untracked().trim().to_owned(),
                domains: domains
                    .get_untracked()
                    .split([',', ' '])
                    .filter(|domain| !domain.is_empty())
                    .map(str::to_owned)
                    .collect(),
                makes_people,
                roles,
                role_ids,
                all_stores,
                stores,
                trusts_factor: trusts_factor.get_untracked(),
                passwords_allowed: passwords.get_untracked(),
                active: active.get_untracked(),
            },
            client_secret: (!typed.is_empty()).then_some(typed),
        };
        let done = |l: Locale| td_string!(l, sign_on.saved);
        desk.run(sent_as.clone(), done, save_identity_provider(command));
    };
    view! {
        <SheetForm desk draft on_save=save>
            <TextInput name="provider_name" label=move || t_string!(i18n, channels.name) value=name error=desk.beside("name") />
            <TextInput
                name="provider_issuer"
                label=move || t_string!(i18n, sign_on.issuer)
                hint=move || t_string!(i18n, sign_on.issuer_hint)
                value=issuer
                error=desk.beside("issuer")
            />
            <TextInput name="provider_client" label=move || t_string!(i18n, sign_on.client) value=client_id error=desk.beside("client_id") />
            <TextInput
                name="provider_secret"
                kind="password"
                label=move || t_string!(i18n, sign_on.secret)
                hint=move || t_string!(i18n, sign_on.secret_hint)
                value=secret
                error=desk.beside("client_secret")
                optional=true
            />
            <TextInput
                name="provider_domains"
                label=move || t_string!(i18n, sign_on.domains)
                hint=move || t_string!(i18n, sign_on.domains_hint)
                value=domains
                error=desk.beside("domains")
            />
            <Segmented name="provider_makes" label=move || t_string!(i18n, sign_on.makes) value=made options=makes />
            <Switch name="provider_factor" label=move || t_string!(i18n, sign_on.factor) value=trusts_factor />
            <Switch name="provider_passwords" label=move || t_string!(i18n, sign_on.passwords) value=passwords />
            <Switch name="provider_active" label=move || t_string!(i18n, channels.on) value=active />
        </SheetForm>
    }
}
