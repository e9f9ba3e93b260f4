//! Alerts that leave the house: the rules that say which, and the channels that carry them.

mod channel_form;
mod log;
mod rule_form;
mod rules;
mod words;

pub use rules::AlertRulesPage;

use super::{
    ingredients::Desk,
    secret::{Secret, SecretDialog},
};
use crate::{
    components::*,
    fetched::Fetched,
    i18n::*,
    server_fns::admin::{
        list_channel_messages, list_channels, remove_channel, renew_channel_secret, test_channel,
    },
};
use channel_form::ChannelForm;
use contract::channels::{ChannelView, ChannelWithSecret, ListMessages, MessageView, NameChannel};
use contract::{AppError, Page};
use domain::ChannelKind;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use log::Log;
use uuid::Uuid;
use words::{Deed, carrier_word};

/// The two pages side by side.
#[component]
fn Tabs(here: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let tab = move |href: &'static str, text: TextProp| {
        let current = (href == here).then_some("page");
        view! { <a class="tab" href=href aria-current=current>{move || text.get()}</a> }
    };
    view! {
        <nav class="tabs" aria-label=move || t_string!(i18n, channels.tabs)>
            {tab("/alerts", (move || t_string!(i18n, alerts.title)).into())}
            {tab("/alerts/rules", (move || t_string!(i18n, channels.rules_title)).into())}
            {tab("/alerts/channels", (move || t_string!(i18n, channels.title)).into())}
        </nav>
    }
}

/// What the page does with a channel; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    form: Desk,
    subject: RwSignal<Option<ChannelView>>,
    secret: Secret,
    reload: Callback<()>,
}

/// What is shown: the channels, and the messages of the one that the address names.
type Shown = (Vec<ChannelView>, Option<Page<MessageView>>);

async fn fetch((named, after): (Option<Uuid>, Option<String>)) -> Result<Shown, AppError> {
    let channels = list_channels().await?;
    // A channel that was taken away has no log, and that is no fault of the page.
    let named = named.filter(|id| channels.iter().any(|channel| channel.id == *id));
    let Some(channel_id) = named else {
        return Ok((channels, None));
    };
    let wanted = ListMessages {
        channel_id,
        after,
        limit: None,
    };
    let messages = list_channel_messages(wanted).await?;
    Ok((channels, Some(messages)))
}

/// Where alerts are told outside.
#[component]
pub fn ChannelsPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let named = query.get("log").and_then(|text| text.parse::<Uuid>().ok());
            (named, query.get("after"))
        })
    });
    let shown = Fetched::new(move || asked.get(), fetch);
    use_live(&["channels"], move |_| shown.refetch());
    let reload = Callback::new(move |()| shown.refetch());
    let desks = Desks {
        form: Desk::new(reload),
        subject: RwSignal::new(None),
        secret: Secret::new(),
        reload,
    };
    let add = move |()| {
        desks.subject.set(None);
        desks.form.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, channels.title) lead=move || t_string!(i18n, channels.lead)>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                {move || t_string!(i18n, channels.add)}
            </Button>
        </PageHeader>
        <Tabs here="/alerts/channels" />
        <Notice tone=Tone::Info><p>{move || t_string!(i18n, channels.outside)}</p></Notice>
        <Loaded
            resource=shown
            children=move |(channels, messages): Shown| {
                let named = asked.get_untracked().0;
                view! {
                    <Channels channels desks />
                    {messages.zip(named).map(|(page, channel)| view! { <Log page channel /> })}
                }
            }
        />
        <Later part=move || draw_sheets(desks) />
    }
}

#[lazy(channels_later)]
fn draw_sheets(desks: Desks) -> AnyView {
    let i18n = use_i18n();
    view! {
        <ChannelForm desk=desks.form subject=desks.subject secret=desks.secret />
        <SecretDialog secret=desks.secret hint=move || t_string!(i18n, channels.secret_hint) />
    }
    .into_any()
}

#[component]
fn Channels(channels: Vec<ChannelView>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    if channels.is_empty() {
        return view! {
            <EmptyState icon=Icon::Upload title=move || t_string!(i18n, channels.none) text=move || t_string!(i18n, channels.none_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, channels.channel)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::text(""),
    ];
    let rows = channels
        .into_iter()
        .map(|channel| view! { <Row channel desks /> })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, channels.title) columns>{rows}</Table> }
        .into_any()
}

#[component]
fn Row(channel: ChannelView, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let (kind, active) = (channel.kind, channel.values.active);
    let (name, address) = (channel.values.name.clone(), channel.values.address.clone());
    let tone = if active { Tone::Fine } else { Tone::Neutral };
    let state = move || {
        if active {
            t_string!(i18n, channels.on)
        } else {
            t_string!(i18n, channels.off)
        }
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted">{move || carrier_word(i18n.get_locale(), kind)} " · " {address}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill tone=tone text=state />
            </Cell>
            <Cell><Acts channel desks /></Cell>
        </tr>
    }
}

/// What can be done with a channel.
#[component]
fn Acts(channel: ChannelView, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let deed = Deed::new(desks.reload);
    let busy = deed.busy;
    let id = channel.id;
    let active = channel.values.active;
    let is_signed = channel.kind == ChannelKind::Webhook;
    let named = move || NameChannel {
        command_id: Uuid::now_v7(),
        channel_id: id,
    };
    let test = move |()| {
        let done = move |_| deed.say(|locale| td_string!(locale, channels.tested));
        deed.run(test_channel(named()), done);
    };
    let renew = move |()| {
        let done = move |made: ChannelWithSecret| desks.secret.show(made.secret);
        deed.run(renew_channel_secret(named()), done);
    };
    let remove = move |()| {
        let done = move |()| deed.say(|locale| td_string!(locale, channels.removed));
        deed.run(remove_channel(named()), done);
    };
    let edit = move |()| {
        desks.subject.set(Some(channel.clone()));
        desks.form.show();
    };
    view! {
        <div class="row-actions">
            {active
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet busy=busy on_press=test>
                            {move || t_string!(i18n, channels.test)}
                        </Button>
                    }
                })}
            <ButtonLink href=format!("/alerts/channels?log={id}") kind=ButtonKind::Quiet>
                {move || t_string!(i18n, channels.log)}
            </ButtonLink>
            <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, users.edit)}</Button>
            {is_signed
                .then(|| {
                    view! {
                        <ConfirmButton
                            label=move || t_string!(i18n, channels.renew)
                            question=move || t_string!(i18n, channels.renew_question)
                            detail=move || t_string!(i18n, channels.renew_detail)
                            confirm=move || t_string!(i18n, channels.renew)
                            kind=ButtonKind::Primary
                            busy=busy
                            on_confirm=renew
                        />
                    }
                })}
            <ConfirmButton
                label=move || t_string!(i18n, channels.remove)
                question=move || t_string!(i18n, channels.remove_question)
                detail=move || t_string!(i18n, channels.remove_detail)
                confirm=move || t_string!(i18n, channels.remove)
                busy=busy
                on_confirm=remove
            />
        </div>
    }
}
