//! Questions that wait for the model of an organization. What comes while one pass through the network runs is answered together by the
//! next: under load passes grow by themselves, and a single question waits for nobody.

use super::book::Book;
use super::shelves::Numbers;
use forecast::Assumed;
use services::{ServiceError, ServiceResult};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Questions that may wait, of one organization.
const WAITING: usize = 4_096;
/// Requests that are answered together at most.
const TOGETHER: usize = 256;
/// A line in which nobody stands for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

type Answers = Result<Vec<Option<Numbers>>, String>;

struct Waiting {
    book: Arc<Book>,
    asked: Vec<Assumed>,
    reply: oneshot::Sender<Answers>,
    _room: OwnedSemaphorePermit,
}

/// The line of one organization.
pub(super) struct Line {
    room: Arc<Semaphore>,
    sender: std::sync::Mutex<Option<mpsc::UnboundedSender<Waiting>>>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(WAITING)),
            sender: std::sync::Mutex::default(),
        }
    }
}

impl Line {
    /// Waits for the answers to these questions.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when too many are waiting already, [`ServiceError::Internal`] when the model fails.
    pub async fn ask(
        &self,
        book: Arc<Book>,
        asked: Vec<Assumed>,
    ) -> ServiceResult<Vec<Option<Numbers>>> {
        let room = self.room.clone();
        let count = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        let room = room
            .try_acquire_many_owned(count)
            .map_err(|_| ServiceError::Unavailable {
                message: "Too many questions are waiting. Please ask again in a moment.".into(),
                source: None,
            })?;
        let (reply, answer) = oneshot::channel();
        self.enter(Waiting {
            book,
            asked,
            reply,
            _room: room,
        });
        answer
            .await
            .map_err(|_| ServiceError::Internal("a question was dropped".into()))?
            .map_err(|why| ServiceError::Internal(format!("the model failed: {why}")))
    }

    fn enter(&self, waiting: Waiting) {
        let mut sender = self
            .sender
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let waiting = match sender.as_ref() {
            Some(open) => match open.send(waiting) {
                Ok(()) => return,
                // It was closed because nobody had stood there.
                Err(mpsc::error::SendError(waiting)) => waiting,
            },
            None => waiting,
        };
        let (fresh, receiver) = mpsc::unbounded_channel();
        tokio::spawn(work(receiver));
        // The receiver is held by the task, which has not begun.
        let _ = fresh.send(waiting);
        *sender = Some(fresh);
    }
}

async fn work(mut line: mpsc::UnboundedReceiver<Waiting>) {
    let mut taken = Vec::new();
    loop {
        match tokio::time::timeout(IDLE, line.recv_many(&mut taken, TOGETHER)).await {
            Ok(0) => return,
            Ok(_) => {}
            // Who came meanwhile is still answered.
            Err(_) => {
                line.close();
                continue;
            }
        }
        // Requests that are ready to ask come before the pass begins.
        tokio::task::yield_now().await;
        while taken.len() < TOGETHER {
            let Ok(next) = line.try_recv() else { break };
            taken.push(next);
        }
        let together = std::mem::take(&mut taken);
        if let Err(error) = tokio::task::spawn_blocking(move || answer(together)).await {
            tracing::error!(%error, "answering questions broke off");
        }
    }
}

/// One pass for all questions about the same book; while a book is exchanged there may be two of them.
fn answer(mut waiting: Vec<Waiting>) {
    while let Some(book) = waiting.first().map(|w| w.book.clone()) {
        let (same, others): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|w| Arc::ptr_eq(&w.book, &book));
        waiting = others;
        let asked: Vec<Assumed> = same.iter().flat_map(|w| w.asked.iter().copied()).collect();
        match book.ask(&asked) {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for one in same {
                    let own = answers.by_ref().take(one.asked.len()).collect();
                    // Who does not wait any more needs no answer.
                    let _ = one.reply.send(Ok(own));
                }
            }
            Err(why) => {
                for one in same {
                    let _ = one.reply.send(Err(why.clone()));
                }
            }
        }
    }
}
