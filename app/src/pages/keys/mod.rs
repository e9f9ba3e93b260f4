//! Keys of programs: which there are, what each may do, when it was last used; new ones, others in their place, an end.

mod form;

use super::{
    admin_words,
    ingredients::Desk,
    secret::{Secret, SecretDialog},
};
use crate::{
    components::*,
    device,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    refusals::told,
    server_fns::admin::{list_api_keys, revoke_api_key, rotate_api_key},
    session::use_stores,
};
use chrono::{DateTime, Utc};
use contract::keys::{ApiKeyView, RotateApiKey};
use contract::{AppError, Page};
use form::KeyForm;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// Keys of programs.
#[component]
pub fn KeysPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let after = Memo::new(move |_| query.with(|query| query.get("after")));
    let keys = Fetched::new(move || after.get(), list_api_keys);
    let reload = Callback::new(move |()| keys.refetch());
    let (desk, secret) = (Desk::new(reload), Secret::new());
    view! {
        <PageHeader title=move || t_string!(i18n, admin.keys_title) lead=move || t_string!(i18n, admin.keys_lead)>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=move |()| desk.show()>
                {move || t_string!(i18n, admin.key_add)}
            </Button>
        </PageHeader>
        <Loaded resource=keys let:page>
            <Keys page secret reload />
        </Loaded>
        <Later part=move || draw_sheets(desk, secret) />
    }
}

#[lazy(keys_later)]
fn draw_sheets(desk: Desk, secret: Secret) -> AnyView {
    let i18n = use_i18n();
    view! {
        <KeyForm desk secret />
        <SecretDialog secret hint=move || t_string!(i18n, admin.key_hint) />
    }
    .into_any()
}

#[component]
fn Keys(page: Page<ApiKeyView>, secret: Secret, reload: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Policies title=move || t_string!(i18n, admin.keys_none) text=move || t_string!(i18n, admin.keys_none_text) />
        }
        .into_any();
    }
    let now = device::now();
    let columns = vec![
        Column::text(move || t_string!(i18n, admin.key_name)),
        Column::text(move || t_string!(i18n, admin.permissions)),
        Column::text(move || t_string!(i18n, users.stores)),
        Column::text(move || t_string!(i18n, admin.last_used)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::text(""),
    ];
    let rows = page
        .items
        .into_iter()
        .map(|key| view! { <Row key now secret reload /> })
        .collect_view();
    let next = page.next.map(|next| format!("/keys?after={next}"));
    view! {
        <Table caption=move || t_string!(i18n, admin.keys_title) columns>{rows}</Table>
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>
            {next.map(|href| view! { <a class="button" rel="next" href=href>{move || t_string!(i18n, common.next)}</a> })}
        </nav>
    }
    .into_any()
}

/// How a key stands.
fn state_of(key: &ApiKeyView, now: DateTime<Utc>) -> Tone {
    let ended = key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now);
    if ended { Tone::Neutral } else { Tone::Fine }
}

#[component]
fn Row(key: ApiKeyView, now: DateTime<Utc>, secret: Secret, reload: Callback<()>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let tone = state_of(&key, now);
    let lives = tone == Tone::Fine;
    let known = use_stores();
    let names: Vec<String> = known
        .into_iter()
        .filter(|store| key.stores.contains(&store.id))
        .map(|store| store.name)
        .collect();
    let (all_stores, names) = (key.all_stores, names.join(", "));
    let words: Vec<&str> = key.permissions.iter().map(|p| p.as_str()).collect();
    let words = words.join(", ");
    let (last, expires, revoked) = (key.last_used_at, key.expires_at, key.revoked_at);
    let state = move || match (revoked, expires) {
        (Some(at), _) => t_string!(i18n, admin.key_revoked, at = format.instant(at)).to_string(),
        (None, Some(at)) if at <= now => {
            t_string!(i18n, admin.key_expired, at = format.instant(at)).to_string()
        }
        (None, Some(at)) => t_string!(i18n, admin.key_until, at = format.instant(at)).to_string(),
        (None, None) => t_string!(i18n, admin.key_for_ever).to_owned(),
    };
    let id = key.id;
    view! {
        <tr>
            <Cell lead=true>
                <strong>{key.name.clone()}</strong>
                <br />
                <span class="muted">"hornada_" {key.prefix.clone()} "_…"</span>
            </Cell>
            <Cell label=move || t_string!(i18n, admin.permissions)>
                <span class="code-words">{words}</span>
            </Cell>
            <Cell label=move || {
                t_string!(i18n, users.stores)
            }>{move || if all_stores { t_string!(i18n, users.all_stores).to_owned() } else { names.clone() }}</Cell>
            <Cell label=move || {
                t_string!(i18n, admin.last_used)
            }>
                {move || match last {
                    Some(at) => format.instant(at),
                    None => t_string!(i18n, admin.never_used).to_owned(),
                }}
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill tone=tone text=state />
            </Cell>
            <Cell>{lives.then(|| view! { <Acts id secret reload /> })}</Cell>
        </tr>
    }
}

/// What can be done with a key that works.
#[component]
fn Acts(id: Uuid, secret: Secret, reload: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    // Kept until it succeeded: pressing again after a lost answer makes no second key.
    let command_id = StoredValue::new(Uuid::now_v7());
    let failed = move |error: &AppError| {
        let locale = i18n.get_locale_untracked();
        let words = admin_words::reason(locale, &error.reason)
            .map_or_else(|| told(locale, error), str::to_owned);
        toasts.failed(words);
    };
    let rotate = move |()| {
        let command = RotateApiKey {
            command_id: command_id.get_value(),
            key_id: id,
            grace_seconds: None,
        };
        busy.set(true);
        spawn_local(async move {
            let made = rotate_api_key(command).await;
            let _ = busy.try_set(false);
            match made {
                Ok(made) => {
                    secret.show(made.secret);
                    let _ = reload.try_run(());
                }
                Err(error) => failed(&error),
            }
        });
    };
    let revoke = move |()| {
        busy.set(true);
        spawn_local(async move {
            let ended = revoke_api_key(id).await;
            let _ = busy.try_set(false);
            match ended {
                Ok(()) => {
                    toasts.done(td_string!(
                        i18n.get_locale_untracked(),
                        admin.key_ended_done
                    ));
                    let _ = reload.try_run(());
                }
                Err(error) => failed(&error),
            }
        });
    };
    view! {
        <div class="row-actions">
            <ConfirmButton
                label=move || t_string!(i18n, admin.rotate)
                question=move || t_string!(i18n, admin.rotate_question)
                detail=move || t_string!(i18n, admin.rotate_detail)
                confirm=move || t_string!(i18n, admin.rotate_confirm)
                kind=ButtonKind::Primary
                busy=busy
                on_confirm=rotate
            />
            <ConfirmButton
                label=move || t_string!(i18n, admin.revoke)
                question=move || t_string!(i18n, admin.revoke_question)
                detail=move || t_string!(i18n, admin.revoke_detail)
                confirm=move || t_string!(i18n, admin.revoke_confirm)
                busy=busy
                on_confirm=revoke
            />
        </div>
    }
}
