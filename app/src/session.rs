//! Who is signed in, known on both sides without a request.
//!
//! The server's middleware puts a [`CurrentUser`] into the rendering context; the shell writes it into the document; the browser reads it once. A sign-in or sign-out is a full page load, so it is constant while a page lives.

use crate::zone::ZoneTable;
use contract::session::{CurrentUser, StoreOption};
use domain::Permission;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Id of the script element that carries the session.
pub const SCRIPT_ID: &str = "hornada-session";

/// What travels from server to browser about the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub user: CurrentUser,
    /// Offsets of the organization's time zone around today, so that the browser needs no time zone database.
    pub zone: ZoneTable,
}

/// The session of this page, if somebody is signed in.
#[derive(Clone, Debug)]
struct Known(Option<Arc<Session>>);

/// Finds the session and makes it known to everything below.
pub fn provide_session() -> Option<Arc<Session>> {
    let session = find();
    provide_context(Known(session.clone()));
    session
}

/// The session, where somebody is signed in.
#[must_use]
pub fn use_session() -> Option<Arc<Session>> {
    use_context::<Known>().and_then(|known| known.0)
}

/// The signed-in person. Only for pages behind [`crate::routes::guarded`], which is what makes the expectation true.
#[must_use]
pub fn use_current_user() -> CurrentUser {
    use_session()
        .expect("guarded pages are drawn only for signed-in people")
        .user
        .clone()
}

/// Whether the signed-in person may do this. Nobody may do anything.
#[must_use]
pub fn may(permission: Permission) -> bool {
    use_session().is_some_and(|session| session.user.permissions.contains(&permission))
}

/// The stores that the person may see, in the order in which they are listed.
#[must_use]
pub fn use_stores() -> Vec<StoreOption> {
    use_session()
        .map(|session| session.user.stores.clone())
        .unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn find() -> Option<Arc<Session>> {
    let user = use_context::<CurrentUser>()?;
    let zone = ZoneTable::around(&user.time_zone, user.today);
    Some(Arc::new(Session { user, zone }))
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
fn find() -> Option<Arc<Session>> {
    let text = web_sys::window()?
        .document()?
        .get_element_by_id(SCRIPT_ID)?
        .text_content()?;
    crate::carried::read(&text).ok().map(Arc::new)
}

#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
fn find() -> Option<Arc<Session>> {
    None
}

/// The session as text for a script element.
#[must_use]
pub fn as_script_text(session: &Session) -> Option<String> {
    crate::carried::write(session).ok()
}
