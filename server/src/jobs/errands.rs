//! Work beside the nights: messages over channels are sent, checks of the audit log are done. Every process with jobs looks for both; what one
//! has claimed no other does.

use crate::clock::Clock;
use crate::config::Webhooks;
use crate::web::outbound::{
    Lookup, Outbound, OutboundError, Rules, choose_cryptography, system_lookup,
};
use anyhow::Context;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use services::channels::{Delivery, Outcome, SIGNATURE, signature};
use services::{Ctx, Services};
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_secs(2);

/// Messages of one organization that are claimed at once and sent side by side.
const MESSAGES: u64 = 10;

/// So long the other side may take. Well below what a claim lasts, whatever stands before a message.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// Bytes of an answer that are read; nobody looks at them.
const MOST_BYTES: usize = 64 * 1_024;

/// Does what waits. Cheap to clone.
#[derive(Clone)]
pub struct Errands {
    services: Services,
    outbound: Outbound,
    clock: Clock,
    /// Name of this process among those that do errands.
    owner: String,
}

impl std::fmt::Debug for Errands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errands")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Errands {
    /// Over the internet, as far as the operator allows.
    ///
    /// # Errors
    /// When TLS cannot be set up, as where the system has no certificates.
    pub fn new(services: Services, webhooks: &Webhooks, clock: Clock) -> anyhow::Result<Self> {
        Self::with_lookup(services, webhooks, clock, system_lookup())
    }

    /// As [`Errands::new`], with another way of finding addresses.
    ///
    /// # Errors
    /// As [`Errands::new`].
    pub fn with_lookup(
        services: Services,
        webhooks: &Webhooks,
        clock: Clock,
        lookup: Lookup,
    ) -> anyhow::Result<Self> {
        let rules = Rules {
            plain: webhooks.plain,
            ports: webhooks.ports.clone(),
            inside: webhooks.inside.clone(),
            timeout: ANSWERED_WITHIN,
            most_bytes: MOST_BYTES,
        };
        let agent = concat!("hornada/", env!("CARGO_PKG_VERSION"));
        choose_cryptography();
        let builder = reqwest::Client::builder().user_agent(agent);
        Ok(Self {
            services,
            outbound: Outbound::new(builder, rules, lookup).context("webhooks cannot be called")?,
            clock,
            owner: Uuid::now_v7().to_string(),
        })
    }

    fn ctx(&self, organization_id: Uuid) -> Ctx {
        Ctx::system(organization_id, "errands", (self.clock)())
    }

    /// Starts looking for what waits, until the token is cancelled. Nothing is started where TLS cannot be set up: nights must not wait for
    /// certificates, and what is to be sent waits for a process that can.
    pub(crate) fn start(
        services: &Services,
        webhooks: &Webhooks,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Vec<JoinHandle<()>> {
        match Self::new(services.clone(), webhooks, clock.clone()) {
            Ok(errands) => vec![
                tokio::spawn(send_until(errands.clone(), stop.clone())),
                tokio::spawn(check_until(errands, stop.clone())),
            ],
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "this process neither sends messages nor checks audit logs"
                );
                Vec::new()
            }
        }
    }

    /// Sends every message that waits at this moment; returns how many were tried.
    ///
    /// # Errors
    /// The database's; what other organizations had to send was sent all the same.
    pub async fn send_waiting(&self) -> anyhow::Result<usize> {
        let waiting = self.services.errands().waiting((self.clock)()).await?;
        // Side by side: whoever is slow to answer holds up their own messages only.
        let sending = waiting.messages.into_iter().map(|id| self.send(id));
        let tried = futures::future::join_all(sending).await;
        tried.into_iter().sum()
    }

    /// Does every check of an audit log that waits at this moment.
    ///
    /// # Errors
    /// The database's; other organizations' checks were done all the same.
    pub async fn check_waiting(&self) -> anyhow::Result<()> {
        let waiting = self.services.errands().waiting((self.clock)()).await?;
        let mut result = Ok(());
        for organization_id in waiting.checks {
            // What one organization's log does to its check holds up no other.
            result = result.and(self.check(organization_id).await);
        }
        result
    }

    /// Sends what an organization has to send.
    async fn send(&self, organization_id: Uuid) -> anyhow::Result<usize> {
        let channels = self.services.channels();
        let ctx = self.ctx(organization_id);
        let due = channels.claim_due(&ctx, &self.owner, MESSAGES).await?;
        let tried = due.len();
        let attempts = due.into_iter().map(|delivery| async move {
            let outcome = self.attempt(&delivery).await;
            (delivery, outcome)
        });
        let mut result = Ok(tried);
        for (delivery, outcome) in futures::future::join_all(attempts).await {
            if !matches!(outcome, Outcome::Answered(200..=299)) {
                tracing::info!(delivery = %delivery.id, ?outcome, "a message was not taken");
            }
            let ctx = self.ctx(organization_id);
            let settled = channels.settle(&ctx, &self.owner, &delivery, &outcome);
            // What was sent beside one that cannot be written down is not sent again for that.
            if let Err(error) = settled.await {
                result = Err(error.into());
            }
        }
        result
    }

    async fn attempt(&self, delivery: &Delivery) -> Outcome {
        let headers = match self.headers(delivery) {
            Ok(headers) => headers,
            Err(error) => return Outcome::Refused(format!("{error:#}")),
        };
        let body = delivery.body.clone().into_bytes();
        let answer = self
            .outbound
            .ask(Method::POST, &delivery.address, headers, body)
            .await;
        match answer {
            Ok(answer) => Outcome::Answered(answer.status.as_u16()),
            // It came, and is longer than anybody reads.
            Err(error @ OutboundError::TooLarge(_)) => Outcome::Failed(error.to_string()),
            Err(OutboundError::Failed(error)) => Outcome::Failed(told(error)),
            Err(error) => Outcome::Refused(error.to_string()),
        }
    }

    fn headers(&self, delivery: &Delivery) -> anyhow::Result<HeaderMap> {
        let signed = signature(&delivery.secret, (self.clock)(), &delivery.body)?;
        let id = delivery.id.to_string();
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        for (name, value) in [
            (SIGNATURE, signed.as_str()),
            ("x-hornada-event", delivery.event.as_str()),
            ("x-hornada-message", id.as_str()),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        }
        Ok(headers)
    }

    /// Works on an organization's check of its audit log until it is over.
    async fn check(&self, organization_id: Uuid) -> anyhow::Result<()> {
        let log = self.services.audit_log();
        let claimed = log
            .claim_check(&self.ctx(organization_id), &self.owner)
            .await?;
        if claimed.is_none() {
            return Ok(());
        }
        while log
            .advance_check(&self.ctx(organization_id), &self.owner)
            .await?
        {}
        Ok(())
    }
}

/// An error with its causes, without the address, which may hold a secret.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Sends what waits until the token is cancelled. What is under way then is sent again by another process when its claim has run out.
async fn send_until(errands: Errands, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let sent = tokio::select! {
            () = stop.cancelled() => return,
            sent = errands.send_waiting() => sent,
        };
        if let Err(error) = sent {
            tracing::error!(error = format!("{error:#}"), "messages could not be sent");
        }
    }
}

/// Checks audit logs until the token is cancelled; a check under way goes on elsewhere.
async fn check_until(errands: Errands, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let checked = tokio::select! {
            () = stop.cancelled() => return,
            checked = errands.check_waiting() => checked,
        };
        if let Err(error) = checked {
            tracing::error!(
                error = format!("{error:#}"),
                "an audit log could not be checked"
            );
        }
    }
}
