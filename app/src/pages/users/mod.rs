//! Who comes in, as what, and to which stores.

mod invitations;
mod invite_form;
mod password;
mod person_form;
mod words;

use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    server_fns::{
        factors::reset_factor,
        people::{list_invitations, unlock_user},
        roles::list_roles,
        users::{list_users, set_user_active},
    },
    session::{may, use_current_user, use_stores},
};
use contract::AppResult;
use contract::factors::ResetFactor;
use contract::people::{InvitationView, UnlockUser};
use contract::users::{HeldRole, SetUserActive, UserView};
use domain::Permission;
use invitations::Invitations;
use invite_form::InviteForm;
use leptos::{prelude::*, task::spawn_local};
use password::PasswordDialog;
use person_form::PersonForm;
use uuid::Uuid;
use words::explain;
pub(super) use words::role_name;

/// Those who may come in, and those who are invited.
async fn everybody() -> AppResult<(Vec<UserView>, Vec<InvitationView>)> {
    Ok((list_users().await?, list_invitations().await?))
}

/// People of the organization.
#[component]
pub fn UsersPage() -> impl IntoView {
    let i18n = use_i18n();
    let users = Fetched::new(|| (), |()| everybody());
    use_live(&["users"], move |_| users.refetch());
    let may_change = may(Permission::UsersWrite);
    // Outside of what is loaded: what somebody types stays when the list is loaded again.
    let editing = RwSignal::new(None::<UserView>);
    let editor_open = RwSignal::new(false);
    let inviting = RwSignal::new(false);
    let resetting = RwSignal::new(None::<UserView>);
    let add = move |()| {
        editing.set(None);
        editor_open.set(true);
    };
    let edit = Callback::new(move |user: UserView| {
        editing.set(Some(user));
        editor_open.set(true);
    });
    let reset_open = RwSignal::new(false);
    let reset = Callback::new(move |user: UserView| {
        resetting.set(Some(user));
        reset_open.set(true);
    });
    let reload = Callback::new(move |()| users.refetch());
    view! {
        <PageHeader title=move || t_string!(i18n, users.title) lead=move || t_string!(i18n, users.lead)>
            <ButtonLink href="/roles" kind=ButtonKind::Quiet>{move || t_string!(i18n, users.to_roles)}</ButtonLink>
            <ButtonLink href="/tablets" kind=ButtonKind::Quiet icon=Icon::Screen>
                {move || t_string!(i18n, users.to_tablets)}
            </ButtonLink>
            {may_change
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Secondary icon=Icon::Users on_press=add>
                            {move || t_string!(i18n, users.add)}
                        </Button>
                        <Button kind=ButtonKind::Primary icon=Icon::Users on_press=move |()| inviting.set(true)>
                            {move || t_string!(i18n, users.invite)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded resource=users let:list>
            <People list=list.0 may_change edit reset reload />
            <Invitations list=list.1 may_change reload />
        </Loaded>
        {may_change
            .then(|| {
                view! {
                    <Later part=move || sheets((editor_open, editing), (reset_open, resetting), inviting, reload) />
                }
            })}
    }
}

type Sheet = (RwSignal<bool>, RwSignal<Option<UserView>>);

#[lazy(users_later)]
fn sheets(
    editor: Sheet,
    reset: Sheet,
    inviting: RwSignal<bool>,
    on_saved: Callback<()>,
) -> AnyView {
    let own_roles = RwSignal::new(Vec::<HeldRole>::new());
    // Asked anew with each opening: a role may have come meanwhile.
    Effect::new(move |_| {
        if editor.0.get() || inviting.get() {
            spawn_local(async move {
                // Without an answer those of the person are still there to choose.
                if let Ok(roles) = list_roles().await {
                    let own = roles.into_iter().filter(|role| role.key.is_none());
                    let own = own.map(|role| HeldRole {
                        id: role.id,
                        name: role.name,
                    });
                    let _ = own_roles.try_set(own.collect());
                }
            });
        }
    });
    view! {
        <PersonForm open=editor.0 person=editor.1 own_roles on_saved />
        <PasswordDialog open=reset.0 person=reset.1 on_saved />
        <InviteForm open=inviting own_roles on_saved />
    }
    .into_any()
}

#[component]
fn People(
    list: Vec<UserView>,
    may_change: bool,
    edit: Callback<UserView>,
    reset: Callback<UserView>,
    reload: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, users.person)),
        Column::text(move || t_string!(i18n, users.roles)),
        Column::text(move || t_string!(i18n, users.stores)),
        Column::text(move || t_string!(i18n, users.last_sign_in)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::text(""),
    ];
    view! {
        <Table caption=move || t_string!(i18n, users.caption) columns>
            {list
                .into_iter()
                .map(|user| view! { <Person user may_change edit reset reload /> })
                .collect_view()}
        </Table>
    }
}

#[component]
fn Person(
    user: UserView,
    may_change: bool,
    edit: Callback<UserView>,
    reset: Callback<UserView>,
    reload: Callback<()>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let me = use_current_user();
    let itself = me.user_id == user.id;
    let known = use_stores();
    let codes: Vec<String> = known
        .iter()
        .filter(|store| user.stores.contains(&store.id))
        .map(|store| store.name.clone())
        .collect();
    let codes = codes.join(", ");
    let (roles, own_roles, all_stores) =
        (user.roles.clone(), user.own_roles.clone(), user.all_stores);
    let has_factor = user.has_factor;
    let (last, locked, active) = (user.last_sign_in_at, user.locked_until, user.active);
    let state = move || match (active, locked) {
        (false, _) => t_string!(i18n, users.closed).to_owned(),
        (true, Some(until)) => {
            t_string!(i18n, users.paused, time = format.instant_time(until)).to_string()
        }
        (true, None) => t_string!(i18n, users.active).to_owned(),
    };
    let tone = match (active, locked) {
        (false, _) => Tone::Neutral,
        (true, Some(_)) => Tone::Attention,
        (true, None) => Tone::Fine,
    };
    let subject = user.clone();
    view! {
        <tr>
            <Cell lead=true>
                <strong>{user.display_name.clone()}</strong>
                {itself.then(|| view! { " (" {move || t_string!(i18n, users.you)} ")" })}
                <br />
                <span class="muted">{user.email.clone()}</span>
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
            }>{move || if all_stores { t_string!(i18n, users.all_stores).to_owned() } else { codes.clone() }}</Cell>
            <Cell label=move || {
                t_string!(i18n, users.last_sign_in)
            }>
                {move || match last {
                    Some(at) => format.instant(at),
                    None => t_string!(i18n, users.never).to_owned(),
                }}
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill tone=tone text=state />
                {has_factor
                    .then(|| view! { " " <span class="muted">{move || t_string!(i18n, users.factor_on)}</span> })}
            </Cell>
            <Cell>{may_change.then(|| view! { <Acts user=subject itself edit reset reload /> })}</Cell>
        </tr>
    }
}

/// What can be done with a person.
#[component]
fn Acts(
    user: UserView,
    itself: bool,
    edit: Callback<UserView>,
    reset: Callback<UserView>,
    reload: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let name = user.display_name.clone();
    let (user_id, active) = (user.id, user.active);
    let paused = user.locked_until.is_some();
    let unlock_name = name.clone();
    let unlock = Action::new(move |(): &()| {
        let name = unlock_name.clone();
        async move {
            let command = UnlockUser {
                command_id: Uuid::now_v7(),
                user_id,
            };
            let locale = i18n.get_locale_untracked();
            match unlock_user(command).await {
                Ok(()) => {
                    toasts.done(td_string!(locale, users.unlocked, name = name).to_string());
                }
                Err(error) => toasts.failed(explain(locale, &error)),
            }
            let _ = reload.try_run(());
        }
    });
    let unlocking = unlock.pending();
    let set_active = Action::new(move |active: &bool| {
        let (active, name) = (*active, name.clone());
        async move {
            let command = SetUserActive {
                command_id: Uuid::now_v7(),
                user_id,
                active,
            };
            let locale = i18n.get_locale_untracked();
            match set_user_active(command).await {
                Ok(()) if active => {
                    toasts.done(td_string!(locale, users.opened_done, name = name).to_string())
                }
                Ok(()) => {
                    toasts.done(td_string!(locale, users.closed_done, name = name).to_string())
                }
                Err(error) => toasts.failed(explain(locale, &error)),
            }
            let _ = reload.try_run(());
        }
    });
    let busy = set_active.pending();
    let has_factor = user.has_factor;
    let (asked_name, told_name) = (user.display_name.clone(), user.display_name.clone());
    let question = move || {
        t_string!(
            i18n,
            users.reset_factor_question,
            name = asked_name.as_str()
        )
        .to_string()
    };
    let drop_factor = Action::new(move |(): &()| {
        let name = told_name.clone();
        async move {
            let command = ResetFactor {
                command_id: Uuid::now_v7(),
                user_id,
            };
            let locale = i18n.get_locale_untracked();
            match reset_factor(command).await {
                Ok(()) => toasts
                    .done(td_string!(locale, users.reset_factor_done, name = name).to_string()),
                Err(error) => toasts.failed(explain(locale, &error)),
            }
            let _ = reload.try_run(());
        }
    });
    let dropping = drop_factor.pending();
    let (for_edit, for_reset) = (user.clone(), user);
    view! {
        <div class="row-actions">
            <Button kind=ButtonKind::Quiet on_press=move |()| edit.run(for_edit.clone())>
                {move || t_string!(i18n, users.edit)}
            </Button>
            <Button kind=ButtonKind::Quiet on_press=move |()| reset.run(for_reset.clone())>
                {move || t_string!(i18n, users.reset)}
            </Button>
            {paused
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Quiet
                            busy=unlocking
                            on_press=move |()| {
                                unlock.dispatch(());
                            }
                        >
                            {move || t_string!(i18n, users.unlock)}
                        </Button>
                    }
                })}
            {(has_factor && !itself)
                .then(|| {
                    view! {
                        <ConfirmButton
                            label=move || t_string!(i18n, users.reset_factor)
                            question
                            detail=move || t_string!(i18n, users.reset_factor_detail)
                            confirm=move || t_string!(i18n, users.reset_factor)
                            busy=dropping
                            on_confirm=move |()| {
                                drop_factor.dispatch(());
                            }
                        />
                    }
                })}
            {(!itself)
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Quiet
                            busy=busy
                            on_press=move |()| {
                                set_active.dispatch(!active);
                            }
                        >
                            {move || {
                                if active {
                                    t_string!(i18n, users.close_account)
                                } else {
                                    t_string!(i18n, users.open_account)
                                }
                            }}
                        </Button>
                    }
                })}
        </div>
    }
}
