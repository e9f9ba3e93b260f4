//! What a session keeps of somebody who is at a provider of single sign-on, and of who came back from there.

use super::AuthSession;
use crate::single_sign_on::Pending;
use uuid::Uuid;

/// Key under which a session remembers who set out. It names nobody: whoever holds such a session is a stranger.
const PENDING: &str = "sign_on";

/// Key under which a session remembers through which provider its person came.
const PROVIDER: &str = "provider";

/// Remembers, under a session id that nobody knew before, that somebody sets out.
///
/// # Errors
/// When the session cannot be stored.
pub async fn set_out(session: &mut AuthSession, pending: &Pending) -> anyhow::Result<()> {
    if session.session.id().is_some() {
        session.session.flush().await?;
    }
    session.session.insert(PENDING, pending).await?;
    Ok(())
}

/// Who set out.
///
/// # Errors
/// When the session cannot be read.
pub async fn on_the_way(session: &AuthSession) -> anyhow::Result<Option<Pending>> {
    Ok(session.session.get(PENDING).await?)
}

/// Ends the session of who set out: nobody comes back twice.
///
/// # Errors
/// When the session cannot be stored.
pub async fn come_back(session: &mut AuthSession) -> anyhow::Result<()> {
    Ok(session.session.flush().await?)
}

/// Remembers through which provider somebody came in.
///
/// # Errors
/// When the session cannot be stored.
pub async fn came_through(session: &AuthSession, provider_id: Uuid) -> anyhow::Result<()> {
    Ok(session.session.insert(PROVIDER, provider_id).await?)
}

/// Through which provider the session's person came in.
pub async fn provider_of(session: &AuthSession) -> Option<Uuid> {
    session.session.get(PROVIDER).await.ok().flatten()
}
