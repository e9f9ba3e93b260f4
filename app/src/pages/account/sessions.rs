//! Where a person is signed in, and the ends of that.

use crate::{
    components::{Cell, Column, Glyph, Icon, Table},
    format::use_format,
    i18n::{t_string, use_i18n},
};
use contract::people::SessionView;
use leptos::prelude::*;

/// The list, and the way out of all of them.
#[component]
pub(super) fn Sessions(list: Vec<SessionView>) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, account.device)),
        Column::text(move || t_string!(i18n, account.network)),
        Column::text(move || t_string!(i18n, account.seen)),
        Column::text(""),
    ];
    view! {
        <Table caption=move || t_string!(i18n, account.sessions_caption) columns>
            {list.into_iter().map(|session| view! { <Session session /> }).collect_view()}
        </Table>
        <form class="account-form" method="post" action="/account/sessions/end-all">
            <p>{move || t_string!(i18n, account.end_all_detail)}</p>
            <button type="submit" class="button button-danger">
                <Glyph icon=Icon::SignOut />
                <span class="button-label">{move || t_string!(i18n, account.end_all)}</span>
            </button>
        </form>
    }
}

#[component]
fn Session(session: SessionView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let SessionView {
        id,
        device,
        network,
        seen_at,
        current,
        ..
    } = session;
    let device = move || {
        if device.is_empty() {
            t_string!(i18n, account.device_unknown).to_owned()
        } else {
            device.clone()
        }
    };
    view! {
        <tr data-session=id.to_string()>
            <Cell lead=true>
                <strong>{device}</strong>
                {current
                    .then(|| {
                        view! {
                            <br />
                            <span class="muted">{move || t_string!(i18n, account.this_session)}</span>
                        }
                    })}
            </Cell>
            <Cell label=move || t_string!(i18n, account.network)>{network}</Cell>
            <Cell label=move || t_string!(i18n, account.seen)>{move || format.instant(seen_at)}</Cell>
            <Cell>
                {(!current)
                    .then(|| {
                        view! {
                            <form method="post" action="/account/sessions/end">
                                <input type="hidden" name="id" value=id.to_string() />
                                <button type="submit" class="button button-quiet">
                                    <span class="button-label">{move || t_string!(i18n, account.end)}</span>
                                </button>
                            </form>
                        }
                    })}
            </Cell>
        </tr>
    }
}
