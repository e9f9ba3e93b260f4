//! Roles: the four that came with the product, and the organization's own.

mod sheet;
mod words;

use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    pages::users::role_name,
    server_fns::roles::{delete_role, list_roles, require_factor},
    session::may,
};
use contract::roles::{DeleteRole, RequireFactor, RoleView};
use domain::Permission;
use leptos::prelude::*;
use sheet::RoleSheet;
use uuid::Uuid;
use words::explain;

/// What the sheet is about.
#[derive(Clone)]
enum Subject {
    New,
    CopyOf(RoleView),
    Change(RoleView),
}

/// What is changed; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
struct Desk {
    open: RwSignal<bool>,
    subject: RwSignal<Subject>,
    on_saved: Callback<()>,
}

impl Desk {
    fn show(self, subject: Subject) {
        self.subject.set(subject);
        self.open.set(true);
    }
}

/// The roles of the organization.
#[component]
pub fn RolesPage() -> impl IntoView {
    let i18n = use_i18n();
    let roles = Fetched::new(|| (), |()| list_roles());
    use_live(&["users"], move |_| roles.refetch());
    let may_change = may(Permission::UsersWrite);
    let desk = Desk {
        open: RwSignal::new(false),
        subject: RwSignal::new(Subject::New),
        on_saved: Callback::new(move |()| roles.refetch()),
    };
    view! {
        <PageHeader title=move || t_string!(i18n, roles.title) lead=move || t_string!(i18n, roles.lead)>
            <ButtonLink href="/admin/users" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>
                {move || t_string!(i18n, roles.to_people)}
            </ButtonLink>
            {may_change
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=move |()| desk.show(Subject::New)>
                            {move || t_string!(i18n, roles.add)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded resource=roles let:list>
            <List list may_change desk />
        </Loaded>
        {may_change.then(|| view! { <Later part=move || draw_sheet(desk) /> })}
    }
}

#[lazy(roles_later)]
fn draw_sheet(desk: Desk) -> AnyView {
    view! { <RoleSheet desk /> }.into_any()
}

#[component]
fn List(list: Vec<RoleView>, may_change: bool, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, roles.role)),
        Column::text(move || t_string!(i18n, roles.allows)),
        Column::number(move || t_string!(i18n, roles.holders)),
        Column::text(move || t_string!(i18n, roles.factor)),
        Column::text(""),
    ];
    let rows = list
        .into_iter()
        .map(|role| view! { <Row role may_change desk /> })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, roles.caption) columns>{rows}</Table> }
}

#[component]
fn Row(role: RoleView, may_change: bool, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (key, own_name) = (role.key, role.name.clone());
    let name = move || match key {
        Some(key) => role_name(i18n.get_locale(), key).to_owned(),
        None => own_name.clone(),
    };
    let (count, all) = (role.permissions.len(), Permission::ALL.len());
    let number = move |count: usize| format.number(i64::try_from(count).unwrap_or(i64::MAX));
    let allows =
        move || t_string!(i18n, roles.count, count = number(count), all = number(all)).to_string();
    let holders = i64::from(role.holders);
    let asked = role.factor_required;
    let factor = move || {
        if asked {
            t_string!(i18n, roles.factor_on)
        } else {
            t_string!(i18n, roles.factor_off)
        }
    };
    let tone = if asked { Tone::Fine } else { Tone::Neutral };
    let built_in = key.is_some();
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                {built_in
                    .then(|| {
                        view! { <br /> <span class="muted">{move || t_string!(i18n, roles.built_in)}</span> }
                    })}
            </Cell>
            <Cell label=move || t_string!(i18n, roles.allows)>{allows}</Cell>
            <Cell label=move || t_string!(i18n, roles.holders) numeric=true>{move || format.number(holders)}</Cell>
            <Cell label=move || t_string!(i18n, roles.factor)>
                <StatusPill tone=tone text=factor />
            </Cell>
            <Cell><Acts role may_change desk /></Cell>
        </tr>
    }
}

/// What can be done with a role.
#[component]
fn Acts(role: RoleView, may_change: bool, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let (role_id, version, asked) = (role.id, role.version, role.factor_required);
    let delete = Action::new(move |(): &()| async move {
        let command = DeleteRole {
            command_id: Uuid::now_v7(),
            role_id,
            version,
        };
        let locale = i18n.get_locale_untracked();
        match delete_role(command).await {
            Ok(()) => toasts.done(td_string!(locale, roles.deleted)),
            Err(error) => toasts.failed(explain(locale, &error)),
        }
        let _ = desk.on_saved.try_run(());
    });
    let ask = Action::new(move |(): &()| async move {
        let command = RequireFactor {
            command_id: Uuid::now_v7(),
            role_id,
            required: !asked,
        };
        let locale = i18n.get_locale_untracked();
        match require_factor(command).await {
            Ok(_) => toasts.done(td_string!(locale, roles.factor_saved)),
            Err(error) => toasts.failed(explain(locale, &error)),
        }
        let _ = desk.on_saved.try_run(());
    });
    let (deleting, asking) = (delete.pending(), ask.pending());
    let own = role.key.is_none();
    let (to_copy, to_change) = (role.clone(), role);
    let changing = may_change.then(|| {
        view! {
            <Button kind=ButtonKind::Quiet on_press=move |()| desk.show(Subject::CopyOf(to_copy.clone()))>
                {move || t_string!(i18n, roles.copy)}
            </Button>
            {own
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet on_press=move |()| desk.show(Subject::Change(to_change.clone()))>
                            {move || t_string!(i18n, roles.change)}
                        </Button>
                        <ConfirmButton
                            label=move || t_string!(i18n, roles.delete)
                            question=move || t_string!(i18n, roles.delete_question)
                            detail=move || t_string!(i18n, roles.delete_detail)
                            confirm=move || t_string!(i18n, roles.delete)
                            busy=deleting
                            on_confirm=move |()| {
                                delete.dispatch(());
                            }
                        />
                    }
                })}
        }
    });
    let requiring = may(Permission::SettingsWrite).then(|| {
        if asked {
            view! {
                <Button
                    kind=ButtonKind::Quiet
                    busy=asking
                    on_press=move |()| {
                        ask.dispatch(());
                    }
                >
                    {move || t_string!(i18n, roles.drop_factor)}
                </Button>
            }
            .into_any()
        } else {
            view! {
                <ConfirmButton
                    label=move || t_string!(i18n, roles.ask_factor)
                    question=move || t_string!(i18n, roles.ask_question)
                    detail=move || t_string!(i18n, roles.ask_detail)
                    confirm=move || t_string!(i18n, roles.ask_factor)
                    kind=ButtonKind::Primary
                    busy=asking
                    on_confirm=move |()| {
                        ask.dispatch(());
                    }
                />
            }
            .into_any()
        }
    });
    view! { <div class="row-actions">{changing} {requiring}</div> }
}
