//! The jobs of a process, put together.

use super::errands::Errands;
use super::night::NightRunner;
use super::queue::Queue;
use super::{clock as ticking, work};
use crate::backup;
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::{self, Post};
use anyhow::Context;
use services::Services;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The jobs of this process: the clock, the worker, the backups that the clock wants, the mails that wait, and errands.
#[derive(Debug)]
pub struct Jobs {
    queue: Queue,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Jobs {
    /// Starts them; they end by themselves after `stop`.
    ///
    /// # Errors
    /// When the queue cannot be opened.
    pub async fn start(
        services: Services,
        config: &Config,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let queue = Queue::open(services.db(), &config.data).await?;
        config.training_device.check()?;
        if config.backups.at.is_some() {
            // Said at once, and not by a backup that is missing on the day on which it is needed.
            backup::due::place(&config.backups, None)?;
            backup::Seal::of(&config.backups).context("backup_at asks for backups")?;
        }
        let backups = backup::due::tick(
            services.clone(),
            config.backups.clone(),
            clock.clone(),
            stop.clone(),
        );
        let post = Post::open(&config.mail, &config.data)?;
        let (origin, mails) = (config.origin(), services.clone());
        let sending = mail::sending::tick(mails, post, origin, clock.clone(), stop.clone());
        let errands = Errands::start(&services, &config.webhooks, &clock, &stop);
        let runner = NightRunner::new(services, config.training(), clock)
            .keeping(config.keep_models)
            .with_models_in(config.models()?);
        let ticking = ticking::tick(queue.clone(), runner.clone(), stop.clone());
        let working = work::work(queue.clone(), runner, stop);
        let mut tasks = vec![
            tokio::spawn(ticking),
            tokio::spawn(working),
            tokio::spawn(backups),
            tokio::spawn(sending),
        ];
        tasks.extend(errands);
        Ok(Self { queue, tasks })
    }

    /// Where wake-up calls wait.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Waits for the tasks to end, at most so long.
    pub async fn finish(self, patience: Duration) {
        let all = futures::future::join_all(self.tasks);
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!(
                "jobs did not stop in time; what they were at resumes with the next start"
            );
        }
    }
}
