//! The worker: takes wake-up calls from the queue and runs nights, one at a time in a process.

use super::night::{NightResult, NightRunner};
use super::queue::{Queue, WakeUp};
use anyhow::Context;
use apalis::prelude::{BoxDynError, Data, WorkerBuilder, WorkerBuilderExt, WorkerError};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause before a worker that broke down is replaced.
const REPLACED_AFTER: Duration = Duration::from_secs(2);

async fn handle(call: WakeUp, runner: Data<NightRunner>) -> Result<(), BoxDynError> {
    match runner
        .run(call.organization_id, call.run_id, &|_, _| {})
        .await
    {
        Ok(NightResult::Busy) => {
            // Somebody lives and works on it. Should that process die, the clock wakes us again.
            tracing::info!(run = %call.run_id, "another process works on this organization's night");
            Ok(())
        }
        Ok(result) => {
            tracing::info!(run = %call.run_id, ?result, "night worked off");
            Ok(())
        }
        // Written into the book and logged already; a person starts it again, the queue does not.
        Err(_) => Ok(()),
    }
}

/// Works until the token is cancelled; a night under way stops at its next step or batch and resumes later. A worker
/// that breaks down (the database was away, the disk full) is replaced by a new one.
pub async fn work(queue: Queue, runner: NightRunner, stop: CancellationToken) {
    let flag = runner.stop_flag();
    let token = stop.clone();
    tokio::spawn(async move {
        token.cancelled().await;
        flag.store(true, Ordering::Relaxed);
    });
    loop {
        let result = work_until(queue.clone(), runner.clone(), stop.clone()).await;
        if let Err(error) = result {
            tracing::error!(
                error = format!("{error:#}"),
                "the night worker broke down; another takes its place"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REPLACED_AFTER) => {}
        }
    }
}

/// One worker's life.
async fn work_until(
    queue: Queue,
    runner: NightRunner,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let name = format!("night-{}", uuid::Uuid::now_v7());
    let signal = async move {
        stop.cancelled().await;
        Ok::<(), WorkerError>(())
    };
    match queue {
        Queue::Sqlite(storage) => {
            WorkerBuilder::new(name)
                .backend(storage)
                .concurrency(1)
                .data(runner)
                .build(handle)
                .run_until(signal)
                .await
        }
        Queue::Postgres(storage) => {
            WorkerBuilder::new(name)
                .backend(storage)
                .concurrency(1)
                .data(runner)
                .build(handle)
                .run_until(signal)
                .await
        }
    }
    .context("the night worker stopped")
}
