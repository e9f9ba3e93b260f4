//! Invitations that are open: sent again, or taken back.

use super::words::{explain, role_name};
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    server_fns::people::{resend_invitation, revoke_invitation},
    session::use_stores,
};
use contract::people::{InvitationView, ResendInvitation, RevokeInvitation};
use leptos::prelude::*;
use uuid::Uuid;

/// The list, where there is something to list.
#[component]
pub(super) fn Invitations(
    list: Vec<InvitationView>,
    may_change: bool,
    reload: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    if list.is_empty() {
        return ().into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, users.email)),
        Column::text(move || t_string!(i18n, users.roles)),
        Column::text(move || t_string!(i18n, users.stores)),
        Column::text(move || t_string!(i18n, users.invitation_state)),
        Column::text(move || t_string!(i18n, users.invitation_until)),
        Column::text(""),
    ];
    view! {
        <Section title=move || t_string!(i18n, users.invitations)>
            <Table caption=move || t_string!(i18n, users.invitations_caption) columns>
                {list
                    .into_iter()
                    .map(|invitation| view! { <Invitation invitation may_change reload /> })
                    .collect_view()}
            </Table>
        </Section>
    }
    .into_any()
}

#[component]
fn Invitation(invitation: InvitationView, may_change: bool, reload: Callback<()>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let InvitationView {
        id,
        email,
        roles,
        own_roles,
        all_stores,
        stores,
        sent_at,
        expires_at,
        ..
    } = invitation;
    let names: Vec<String> = use_stores()
        .iter()
        .filter(|store| stores.contains(&store.id))
        .map(|store| store.name.clone())
        .collect();
    let names = names.join(", ");
    let state = move || match sent_at {
        Some(at) => t_string!(i18n, users.invitation_sent, time = format.instant(at)).to_string(),
        None => t_string!(i18n, users.invitation_waiting).to_owned(),
    };
    let tone = match sent_at {
        Some(_) => Tone::Fine,
        None => Tone::Info,
    };
    let shown = email.clone();
    view! {
        <tr>
            <Cell lead=true>
                <strong>{shown}</strong>
            </Cell>
            <Cell label=move || {
                t_string!(i18n, users.roles)
            }>
                {move || {
                    let four = roles.iter().map(|role| role_name(i18n.get_locale(), *role));
                    let own = own_roles.iter().map(|role| role.name.as_str());
                    four.chain(own).collect::<Vec<_>>().join(", ")
                }}
            </Cell>
            <Cell label=move || {
                t_string!(i18n, users.stores)
            }>{move || if all_stores { t_string!(i18n, users.all_stores).to_owned() } else { names.clone() }}</Cell>
            <Cell label=move || t_string!(i18n, users.invitation_state)>
                <StatusPill tone=tone text=state />
            </Cell>
            <Cell label=move || {
                t_string!(i18n, users.invitation_until)
            }>{move || format.instant(expires_at)}</Cell>
            <Cell>{may_change.then(|| view! { <Ways id email reload /> })}</Cell>
        </tr>
    }
}

/// What can be done with an invitation.
#[component]
fn Ways(id: Uuid, email: String, reload: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let (again, back, asked) = (email.clone(), email.clone(), email);
    let resend = Action::new(move |(): &()| {
        let email = again.clone();
        async move {
            let command = ResendInvitation {
                command_id: Uuid::now_v7(),
                invitation_id: id,
            };
            let locale = i18n.get_locale_untracked();
            match resend_invitation(command).await {
                Ok(_) => toasts.done(td_string!(locale, users.resent, email = email).to_string()),
                Err(error) => toasts.failed(explain(locale, &error)),
            }
            let _ = reload.try_run(());
        }
    });
    let revoke = Action::new(move |(): &()| {
        let email = back.clone();
        async move {
            let locale = i18n.get_locale_untracked();
            match revoke_invitation(RevokeInvitation { invitation_id: id }).await {
                Ok(()) => toasts.done(td_string!(locale, users.revoked, email = email).to_string()),
                Err(error) => toasts.failed(explain(locale, &error)),
            }
            let _ = reload.try_run(());
        }
    });
    let (resending, revoking) = (resend.pending(), revoke.pending());
    let detail = move || {
        let email = asked.clone();
        t_string!(i18n, users.revoke_detail, email = email).to_string()
    };
    view! {
        <div class="row-actions">
            <Button
                kind=ButtonKind::Quiet
                busy=resending
                on_press=move |()| {
                    resend.dispatch(());
                }
            >
                {move || t_string!(i18n, users.resend)}
            </Button>
            <ConfirmButton
                label=move || t_string!(i18n, users.revoke)
                question=move || t_string!(i18n, users.revoke_question)
                detail=detail
                confirm=move || t_string!(i18n, users.revoke)
                busy=revoking
                on_confirm=move |()| {
                    revoke.dispatch(());
                }
            />
        </div>
    }
}
