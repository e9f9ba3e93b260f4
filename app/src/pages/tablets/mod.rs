//! Devices that the people of a store share: which there are, and making this one such a device.

mod sheet;

use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::{Locale, t_string, td_string, use_i18n},
    server_fns::tablets::{list_tablets, revoke_tablet},
    session::{may, use_stores},
};
use contract::tablets::{RevokeTablet, TabletView};
use domain::Permission;
use domain::factors::IDLE_MINUTES;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use sheet::TabletSheet;

/// What is changed; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
struct Desk {
    open: RwSignal<bool>,
    subject: RwSignal<Option<TabletView>>,
    on_saved: Callback<()>,
}

impl Desk {
    fn change(self, tablet: TabletView) {
        self.subject.set(Some(tablet));
        self.open.set(true);
    }
}

/// Why a device was not registered, from `?error=`.
fn reason(locale: Locale, key: &str) -> &'static str {
    match key {
        "name" => td_string!(locale, tablets.err_name),
        "idle" => td_string!(locale, tablets.err_idle),
        "store" => td_string!(locale, tablets.err_store),
        "forbidden" => td_string!(locale, tablets.err_forbidden),
        _ => td_string!(locale, tablets.err_failed),
    }
}

/// The devices of the organization.
#[component]
pub fn TabletsPage() -> impl IntoView {
    let i18n = use_i18n();
    let tablets = Fetched::new(|| (), |()| list_tablets());
    use_live(&["users"], move |_| tablets.refetch());
    let may_change = may(Permission::UsersWrite);
    let desk = Desk {
        open: RwSignal::new(false),
        subject: RwSignal::new(None),
        on_saved: Callback::new(move |()| tablets.refetch()),
    };
    view! {
        <PageHeader title=move || t_string!(i18n, tablets.title) lead=move || t_string!(i18n, tablets.lead)>
            <ButtonLink href="/admin/users" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>
                {move || t_string!(i18n, common.nav_users)}
            </ButtonLink>
        </PageHeader>
        <Loaded resource=tablets let:list>
            <List list may_change desk />
        </Loaded>
        {may_change.then(|| view! { <Register /> })}
        {may_change.then(|| view! { <Later part=move || draw_sheet(desk) /> })}
    }
}

#[lazy(tablets_later)]
fn draw_sheet(desk: Desk) -> AnyView {
    view! { <TabletSheet desk /> }.into_any()
}

#[component]
fn List(list: Vec<TabletView>, may_change: bool, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    if list.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Screen
                title=move || t_string!(i18n, tablets.empty_title)
                text=move || t_string!(i18n, tablets.empty_text)
            />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, tablets.tablet)),
        Column::text(move || t_string!(i18n, tablets.shop)),
        Column::text(move || t_string!(i18n, tablets.idle)),
        Column::text(move || t_string!(i18n, tablets.last_used)),
        Column::text(move || t_string!(i18n, tablets.state)),
        Column::text(""),
    ];
    let rows = list
        .into_iter()
        .map(|tablet| view! { <Row tablet may_change desk /> })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, tablets.caption) columns>{rows}</Table> }
        .into_any()
}

#[component]
fn Row(tablet: TabletView, may_change: bool, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let store = use_stores()
        .into_iter()
        .find(|store| store.id == tablet.store_id)
        .map(|store| store.name)
        .unwrap_or_default();
    let (minutes, last) = (i64::from(tablet.idle_minutes), tablet.last_used_at);
    let (name, active) = (tablet.name.clone(), tablet.revoked_at.is_none());
    let idle = move || t_string!(i18n, tablets.minutes, count = format.number(minutes)).to_string();
    let used = move || match last {
        Some(at) => format.instant(at),
        None => t_string!(i18n, tablets.never).to_owned(),
    };
    let state = move || {
        if active {
            t_string!(i18n, tablets.active)
        } else {
            t_string!(i18n, tablets.ended)
        }
    };
    let tone = if active { Tone::Fine } else { Tone::Neutral };
    view! {
        <tr>
            <Cell lead=true><strong>{name}</strong></Cell>
            <Cell label=move || t_string!(i18n, tablets.shop)>{store}</Cell>
            <Cell label=move || t_string!(i18n, tablets.idle)>{idle}</Cell>
            <Cell label=move || t_string!(i18n, tablets.last_used)>{used}</Cell>
            <Cell label=move || t_string!(i18n, tablets.state)>
                <StatusPill tone=tone text=state />
            </Cell>
            <Cell>{(may_change && active).then(|| view! { <Acts tablet desk /> })}</Cell>
        </tr>
    }
}

/// What can be done with a device.
#[component]
fn Acts(tablet: TabletView, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let tablet_id = tablet.id;
    let end = Action::new(move |(): &()| async move {
        let locale = i18n.get_locale_untracked();
        match revoke_tablet(RevokeTablet { tablet_id }).await {
            Ok(()) => toasts.done(td_string!(locale, tablets.end_done)),
            Err(error) => toasts.failed(describe(locale, error.code)),
        }
        let _ = desk.on_saved.try_run(());
    });
    let busy = end.pending();
    view! {
        <div class="row-actions">
            <Button kind=ButtonKind::Quiet on_press=move |()| desk.change(tablet.clone())>
                {move || t_string!(i18n, tablets.change)}
            </Button>
            <ConfirmButton
                label=move || t_string!(i18n, tablets.end)
                question=move || t_string!(i18n, tablets.end_question)
                detail=move || t_string!(i18n, tablets.end_detail)
                confirm=move || t_string!(i18n, tablets.end)
                busy=busy
                on_confirm=move |()| {
                    end.dispatch(());
                }
            />
        </div>
    }
}

/// Makes the device on which the page is open a shared one. A plain form: the answer ends the session and leads to the names.
#[component]
fn Register() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let error = Memo::new(move |_| query.with(|query| query.get("error")));
    let options = use_stores()
        .into_iter()
        .map(|store| view! { <option value=store.id.to_string()>{store.name}</option> })
        .collect_view();
    view! {
        <Section title=move || t_string!(i18n, tablets.register_title) lead=move || t_string!(i18n, tablets.register_lead)>
            <div aria-live="polite">
                {move || {
                    error
                        .get()
                        .map(|key| {
                            view! {
                                <Notice tone=Tone::Danger>
                                    <p>{move || reason(i18n.get_locale(), &key)}</p>
                                </Notice>
                            }
                        })
                }}
            </div>
            <form class="stack" method="post" action="/tablets">
                <Field for_id="tablet-store" label=move || t_string!(i18n, tablets.shop)>
                    <select class="input select" id="tablet-store" name="store_id" aria-describedby="tablet-store-note">
                        {options}
                    </select>
                </Field>
                <Field
                    for_id="tablet-name"
                    label=move || t_string!(i18n, tablets.name)
                    hint=move || t_string!(i18n, tablets.name_hint)
                >
                    <input
                        class="input"
                        id="tablet-name"
                        name="name"
                        type="text"
                        maxlength="60"
                        autocomplete="off"
                        required
                        aria-describedby="tablet-name-note"
                    />
                </Field>
                <Field for_id="tablet-idle" label=move || t_string!(i18n, tablets.idle_label)>
                    <input
                        class="input"
                        id="tablet-idle"
                        name="idle_minutes"
                        type="number"
                        inputmode="numeric"
                        min="1"
                        max="120"
                        value=IDLE_MINUTES.to_string()
                        aria-describedby="tablet-idle-note"
                    />
                </Field>
                <div class="dialog-actions">
                    <Button kind=ButtonKind::Primary submit=true icon=Icon::Screen>
                        {move || t_string!(i18n, tablets.register)}
                    </Button>
                </div>
            </form>
        </Section>
    }
}
