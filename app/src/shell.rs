//! The document around every page.

use crate::{
    components::Toasts,
    device_queue::DeviceQueue,
    language::{initial_language, provide_language},
    routes::AppRoutes,
    session::{SCRIPT_ID, as_script_text, provide_session},
    theme::{Theme, ThemeChoice},
};
use contract::people::LinkView;
use contract::single_sign_on::ProviderOffer;
use leptos::{config::LeptosOptions, prelude::*};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::Router;
use std::sync::Arc;

/// The version of the program that the server hands out.
#[derive(Clone, Debug)]
pub struct Build(pub Arc<str>);

/// The number of the newest live event before a page is drawn: from there on the page asks what it missed.
#[derive(Clone, Copy, Debug)]
pub struct DrawnAt(pub i64);

/// What the link is for with which somebody came, as the server found it; nothing where it has ended.
#[derive(Clone, Debug)]
pub struct SeenLink(pub Option<LinkView>);

/// Providers through which whoever came may sign in, as the server found them.
#[derive(Clone, Debug)]
pub struct SeenProviders(pub Vec<ProviderOffer>);

/// Whether people may ask for an organization of their own.
#[derive(Clone, Copy, Debug)]
pub struct OpenSignUp(pub bool);

/// The origin of the pages on which passkeys can be asked; none where they cannot.
#[derive(Clone, Debug)]
pub struct PasskeyOrigin(pub Option<String>);

/// The whole HTML document, on the server. Language, theme and session stand in it as attributes and data, so that
/// the browser draws from the same facts.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let session = provide_session();
    let language = initial_language(session.as_ref().and_then(|session| session.user.language));
    let session = session.and_then(|session| as_script_text(&session));
    let build = use_context::<Build>().map(|build| build.0.to_string());
    let drawn_at = use_context::<DrawnAt>().map(|drawn| drawn.0.to_string());
    let open_sign_up = use_context::<OpenSignUp>()
        .is_some_and(|open| open.0)
        .then_some("1");
    let passkeys = use_context::<PasskeyOrigin>().and_then(|origin| origin.0);
    view! {
        <!DOCTYPE html>
        <html
            lang=language.as_str()
            data-theme=Theme::initial().as_str()
            data-build=build
            data-live=drawn_at
            data-open-sign-up=open_sign_up
            data-passkeys=passkeys
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/icon-192.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <meta name="theme-color" content="#9c4a19" />
                <link rel="preload" href="/fonts/fraunces.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" />
                <link rel="preload" href="/fonts/inter.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" />
                <link rel="stylesheet" href="/pkg/hornada.css" />
                {session.map(|text| view! { <script id=SCRIPT_ID type="text/plain" inner_html=text></script> })}
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    .into_any()
}

/// Everything inside the body, on both sides.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let session = provide_session();
    provide_language(initial_language(
        session.as_ref().and_then(|session| session.user.language),
    ));
    ThemeChoice::provide();
    Toasts::provide();
    DeviceQueue::provide();
    view! {
        <Title text="Hornada" />
        <Router>
            <AppRoutes />
        </Router>
    }
    // One plain type for all pages: the compiler otherwise walks every page's type in every crate that names this one.
    .into_any()
}
