//! Adding and changing a channel, in a sheet.

use super::words::carrier_word;
use crate::pages::ingredients::{Desk, SheetForm};
use crate::pages::secret::Secret;
use crate::{
    components::*,
    i18n::*,
    server_fns::admin::{change_channel, create_channel},
};
use contract::channels::{ChangeChannel, ChannelValues, ChannelView, CreateChannel};
use domain::ChannelKind;
use leptos::prelude::*;

/// The sheet. `subject` says which channel is changed; none means that one is added.
#[component]
pub(super) fn ChannelForm(
    desk: Desk,
    subject: RwSignal<Option<ChannelView>>,
    secret: Secret,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(channel) => channel.values.name,
        None => t_string!(i18n, channels.add).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || desk.open.get().then(|| view! { <Fields desk channel=subject.get_untracked() secret /> })}
        </Dialog>
    }
}

#[component]
fn Fields(desk: Desk, channel: Option<ChannelView>, secret: Secret) -> impl IntoView {
    let i18n = use_i18n();
    let of = |read: fn(&ChannelView) -> String| {
        RwSignal::new(channel.as_ref().map(read).unwrap_or_default())
    };
    let name = of(|channel| channel.values.name.clone());
    let address = of(|channel| channel.values.address.clone());
    let active = RwSignal::new(channel.as_ref().is_none_or(|channel| channel.values.active));
    let draft = channel.as_ref().map_or_else(
        || "channel".to_owned(),
        |channel| format!("channel-{}", channel.id),
    );
    let sent_as = draft.clone();
    let was = channel.as_ref().map(|channel| channel.kind);
    let kind = RwSignal::new(was.unwrap_or(ChannelKind::Webhook).as_str().to_owned());
    let is_mail = move || kind.with(|kind| kind == ChannelKind::Mail.as_str());
    let kinds: Vec<Choice> = ChannelKind::ALL
        .iter()
        .map(|kind| {
            Choice::new(kind.as_str(), move || {
                carrier_word(i18n.get_locale(), *kind)
            })
        })
        .collect();
    let seen = channel.map(|channel| (channel.id, channel.version));
    let save = move |()| {
        let values = ChannelValues {
            name: name.get_untracked(),
            address: address.get_untracked().trim().to_owned(),
            active: active.get_untracked(),
        };
        let command_id = desk.command_id();
        let done = |l: Locale| td_string!(l, channels.saved);
        match seen {
            Some((channel_id, version)) => {
                let command = ChangeChannel {
                    command_id,
                    channel_id,
                    version,
                    values,
                };
                desk.run(sent_as.clone(), done, change_channel(command));
            }
            None => {
                let command = CreateChannel {
                    command_id,
                    kind: kind.get_untracked().parse().unwrap_or(ChannelKind::Webhook),
                    values,
                };
                let is_signed = command.kind == ChannelKind::Webhook;
                desk.run(sent_as.clone(), done, async move {
                    let made = create_channel(command).await;
                    made.map(|made| {
                        // Mail has none.
                        if is_signed {
                            secret.show(made.secret);
                        }
                    })
                });
            }
        }
    };
    view! {
        <SheetForm desk draft on_save=save>
            {was.is_none()
                .then(|| {
                    view! {
                        <Segmented name="channel_kind" label=move || t_string!(i18n, channels.carries) value=kind options=kinds />
                    }
                })}
            <TextInput name="channel_name" label=move || t_string!(i18n, channels.name) value=name error=desk.beside("name") />
            <TextInput
                name="channel_address"
                label=move || t_string!(i18n, channels.address)
                hint=move || {
                    if is_mail() { t_string!(i18n, channels.mail_hint) } else { t_string!(i18n, channels.address_hint) }
                }
                value=address
                error=desk.beside("address")
            />
            <Switch name="channel_active" label=move || t_string!(i18n, channels.on) value=active />
        </SheetForm>
    }
}
