//! What proves who the signed-in person is: the second factor, passkeys, and the PIN for shared tablets.

mod factor;
mod passkeys;
mod pin;
mod words;

use crate::{
    components::*,
    fetched::Fetched,
    i18n::{t_string, use_i18n},
    server_fns::factors::read_security,
};
use contract::factors::SecurityView;
use factor::{FactorCard, FactorDesk};
use leptos::prelude::*;
use passkeys::{PasskeyCard, PasskeyDesk};
use pin::{PinCard, PinDesk};

/// How somebody signs in. Also where whoever needs a second factor and has none is led first.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let i18n = use_i18n();
    let found = Fetched::new(|| (), |()| read_security());
    // Outside of what is loaded: it is loaded again while codes are on show.
    let factor = FactorDesk::new(Callback::new(move |()| found.refetch()));
    let passkeys = PasskeyDesk::new(factor, Callback::new(move |()| found.refetch()));
    let pin = PinDesk::new(Callback::new(move |()| found.refetch()));
    view! {
        <PageHeader title=move || t_string!(i18n, security.title) lead=move || t_string!(i18n, security.lead) />
        <Loaded resource=found waiting=Waiting::Cards let:found>
            <Shown found factor passkeys pin />
        </Loaded>
    }
}

#[component]
fn Shown(
    found: SecurityView,
    factor: FactorDesk,
    passkeys: PasskeyDesk,
    pin: PinDesk,
) -> impl IntoView {
    let i18n = use_i18n();
    if found.by_pin {
        return view! {
            <Notice tone=Tone::Info title=move || t_string!(i18n, security.by_pin_title)>
                <p>{move || t_string!(i18n, security.by_pin_text)}</p>
            </Notice>
        }
        .into_any();
    }
    let must_enrol = found.must_enrol;
    let has_passkeys = found.passkeys_possible || !found.passkeys.is_empty();
    view! {
        {must_enrol
            .then(|| {
                view! {
                    <Notice tone=Tone::Attention title=move || t_string!(i18n, security.must_title)>
                        <p>{move || t_string!(i18n, security.must_text)}</p>
                    </Notice>
                }
            })}
        <FactorCard found=found.clone() desk=factor />
        {has_passkeys.then(|| view! { <PasskeyCard found=found.clone() desk=passkeys /> })}
        {(!must_enrol).then(|| view! { <PinCard found desk=pin /> })}
    }
    .into_any()
}
