//! Sending what waits: by every process that runs the jobs, each mail by one of them.

use super::Post;
use crate::clock::Clock;
use services::mails::Delivery;
use services::{ServiceResult, Services};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked for mails of other processes and for those whose time has come again.
const LOOK: Duration = Duration::from_secs(3);

/// Sends what waits until the token is cancelled. A mail that is on its way then is tried again by whoever comes next.
pub async fn tick(
    services: Services,
    post: Post,
    origin: String,
    clock: Clock,
    stop: CancellationToken,
) {
    if let Post::Folder { folder, .. } = &post {
        tracing::info!(folder = %folder.display(), "no mail server is configured: mails are kept as files");
    }
    let mails = services.mails();
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
            () = mails.queued() => {}
        }
        let sent = tokio::select! {
            () = stop.cancelled() => return,
            sent = send_due(&services, &post, &origin, &clock) => sent,
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "mails cannot be looked for");
        }
    }
}

/// Tries every mail whose time has come, once; says how many left.
///
/// # Errors
/// The database's.
pub async fn send_due(
    services: &Services,
    post: &Post,
    origin: &str,
    clock: &Clock,
) -> ServiceResult<usize> {
    let mails = services.mails();
    let mut sent = 0;
    while let Some(mail) = mails.claim(clock()).await? {
        let delivery = match mails.write(&mail, origin, clock()).await {
            // One that can never be written is given up like one that nobody takes, instead of coming up first for ever.
            Err(error) => {
                tracing::error!(id = %mail.id, %error, "a mail could not be written");
                Delivery::Failed("it could not be written".to_owned())
            }
            Ok(None) => Delivery::Dropped,
            Ok(Some(letter)) => match post.deliver(&letter, mail.id, clock()).await {
                Ok(()) => Delivery::Sent,
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(id = %mail.id, attempts = mail.attempts, why, "a mail could not be sent");
                    Delivery::Failed(why)
                }
            },
        };
        if delivery == Delivery::Sent {
            sent += 1;
            tracing::info!(id = %mail.id, attempts = mail.attempts, "sent a mail");
        }
        mails.settle(&mail, &delivery, clock()).await?;
    }
    Ok(sent)
}
