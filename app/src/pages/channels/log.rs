//! What was sent over a channel, and what became of it.

use crate::{components::*, format::use_format, i18n::*};
use contract::Page;
use contract::channels::MessageView;
use domain::MessageStatus;
use leptos::prelude::*;
use uuid::Uuid;

const fn tone(status: MessageStatus) -> Tone {
    match status {
        MessageStatus::Waiting => Tone::Info,
        MessageStatus::Sent => Tone::Fine,
        MessageStatus::GivenUp => Tone::Danger,
    }
}

fn status_word(locale: Locale, status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Waiting => td_string!(locale, channels.waiting),
        MessageStatus::Sent => td_string!(locale, channels.sent),
        MessageStatus::GivenUp => td_string!(locale, channels.given_up),
    }
}

/// The messages of one channel, the newest first.
#[component]
pub(super) fn Log(page: Page<MessageView>, channel: Uuid) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, channels.message)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::number(move || t_string!(i18n, channels.attempts)),
        Column::text(move || t_string!(i18n, channels.answer)),
    ];
    let is_empty = page.items.is_empty();
    let rows = page
        .items
        .into_iter()
        .map(|message| view! { <Row message /> })
        .collect_view();
    let next = page.next.map(|next| {
        let href = format!("/alerts/channels?log={channel}&after={next}");
        view! { <a class="button" rel="next" href=href>{move || t_string!(i18n, common.next)}</a> }
    });
    view! {
        <Section title=move || t_string!(i18n, channels.log)>
            {is_empty.then(|| view! { <p class="muted">{move || t_string!(i18n, channels.log_none)}</p> })}
            <Table caption=move || t_string!(i18n, channels.log) columns>{rows}</Table>
            <nav class="more" aria-label=move || t_string!(i18n, common.pages)>{next}</nav>
        </Section>
    }
}

#[component]
fn Row(message: MessageView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let MessageView {
        event,
        status,
        attempts,
        next_at,
        last_status,
        last_error,
        created_at,
        ..
    } = message;
    let answer = last_error.or_else(|| last_status.map(|status| status.to_string()));
    view! {
        <tr data-status=status.as_str()>
            <Cell lead=true>
                <strong>{event}</strong>
                <br />
                <span class="muted">{move || format.instant(created_at)}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill tone=tone(status) text=move || status_word(i18n.get_locale(), status) />
                {move || next_at.filter(|_| attempts > 0).map(|at| format!(" {}", format.instant(at)))}
            </Cell>
            <Cell label=move || t_string!(i18n, channels.attempts) numeric=true>{attempts}</Cell>
            <Cell label=move || t_string!(i18n, channels.answer)>{answer}</Cell>
        </tr>
    }
}
