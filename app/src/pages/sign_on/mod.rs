//! Providers through which people of the organization come in.

mod form;

use super::ingredients::Desk;
use crate::{
    components::*,
    fetched::Fetched,
    i18n::*,
    refusals::told,
    server_fns::single_sign_on::{list_identity_providers, remove_identity_provider},
};
use contract::single_sign_on::{ProviderView, RemoveProvider};
use form::ProviderForm;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What the page does with a provider; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    form: Desk,
    subject: RwSignal<Option<ProviderView>>,
    reload: Callback<()>,
}

/// Providers of the organization.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let i18n = use_i18n();
    let shown = Fetched::new(|| (), |()| async { list_identity_providers().await });
    let reload = Callback::new(move |()| shown.refetch());
    let desks = Desks {
        form: Desk::new(reload),
        subject: RwSignal::new(None),
        reload,
    };
    let add = move |()| {
        desks.subject.set(None);
        desks.form.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, sign_on.title) lead=move || t_string!(i18n, sign_on.lead)>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                {move || t_string!(i18n, sign_on.add)}
            </Button>
        </PageHeader>
        <Loaded resource=shown children=move |providers: Vec<ProviderView>| view! { <Providers providers desks /> } />
        <Later part=move || draw_sheet(desks) />
    }
}

#[lazy(sign_on_settings_later)]
fn draw_sheet(desks: Desks) -> AnyView {
    view! { <ProviderForm desk=desks.form subject=desks.subject /> }.into_any()
}

#[component]
fn Providers(providers: Vec<ProviderView>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    if providers.is_empty() {
        return view! {
            <EmptyState icon=Icon::Users title=move || t_string!(i18n, sign_on.none) text=move || t_string!(i18n, sign_on.none_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, sign_on.provider)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::text(""),
    ];
    let rows = providers
        .into_iter()
        .map(|provider| view! { <Row provider desks /> })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, sign_on.title) columns>{rows}</Table> }
        .into_any()
}

#[component]
fn Row(provider: ProviderView, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let active = provider.values.active;
    let tone = if active { Tone::Fine } else { Tone::Neutral };
    let state = move || {
        if active {
            t_string!(i18n, channels.on)
        } else {
            t_string!(i18n, channels.off)
        }
    };
    let id = provider.id;
    let remove = move |()| {
        busy.set(true);
        let command = RemoveProvider {
            command_id: Uuid::now_v7(),
            provider_id: id,
        };
        spawn_local(async move {
            let answer = remove_identity_provider(command).await;
            // The page may be gone by now.
            let _ = busy.try_set(false);
            let locale = i18n.get_locale_untracked();
            match answer {
                Ok(()) => {
                    toasts.done(td_string!(locale, sign_on.removed));
                    let _ = desks.reload.try_run(());
                }
                Err(error) => toasts.failed(told(locale, &error)),
            }
        });
    };
    let (name, issuer) = (provider.values.name.clone(), provider.values.issuer.clone());
    let (domains, path) = (
        provider.values.domains.join(", "),
        provider.redirect_path.clone(),
    );
    let edit = move |()| {
        desks.subject.set(Some(provider.clone()));
        desks.form.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted">{issuer} " · " {domains}</span>
                <br />
                <span class="muted">{move || t_string!(i18n, sign_on.redirect)} " " <code>{path}</code></span>
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill tone=tone text=state />
            </Cell>
            <Cell>
                <div class="row-actions">
                    <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, users.edit)}</Button>
                    <ConfirmButton
                        label=move || t_string!(i18n, channels.remove)
                        question=move || t_string!(i18n, sign_on.remove_question)
                        detail=move || t_string!(i18n, sign_on.remove_detail)
                        confirm=move || t_string!(i18n, channels.remove)
                        busy=busy
                        on_confirm=remove
                    />
                </div>
            </Cell>
        </tr>
    }
}
