//! The prediction service: models that serve stay in memory, questions are answered from the night's forecasts or, where something else
//! is assumed, in one pass for all that wait.
//!
//! For each organization there is a book: the latest night's forecasts, or those computed since another model serves or a fact has
//! changed, and the chain as the model sees it. A few times a second, while it is asked, the audit log is looked at for what is new
//! (`services::predictions`); then the next book is made beside the one that answers, and takes its place in one step.

mod book;
mod line;
mod shelves;

use crate::clock::Clock;
use crate::jobs::champion;
use crate::jobs::model_store::ModelStore;
use anyhow::Context;
use book::{Book, Key, Open, Prepared, Sources, fill};
use contract::predict::{MOST_QUESTIONS, Predict, PredictionOutcome, PredictionView};
use domain::Permission;
use line::Line;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use services::predictions::Look;
use services::{Ctx, ServiceError, ServiceResult, Services};
use shelves::Numbers;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How often it is looked whether a book still holds, while it is asked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Whoever asks again after so long waits for the next book where this one does not hold any more: nobody asked meanwhile, so nobody has
/// had it made.
const WAIT_AFTER: Duration = Duration::from_secs(5);
/// Where the next book cannot be made it is not tried again at once.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Memory for the books of all organizations, in KiB; the one that was not asked for the longest time goes first.
const BOOKS_KIB: u64 = 1_024 * 1_024;
/// A book that nobody asks for so long goes.
const BOOK_IDLE: Duration = Duration::from_secs(1_800);
/// Answers that are kept, of all organizations, each about 250 bytes.
const ANSWERS: u64 = 200_000;
/// Books that are made at the same time.
const MAKING: usize = 2;

/// What is kept of an organization besides its book.
#[derive(Default)]
struct Desk {
    looked: Mutex<Option<Looked>>,
    /// Whether somebody is looking right now.
    is_looking: AtomicBool,
    is_remaking: AtomicBool,
    /// One book is made at a time.
    making: Arc<tokio::sync::Mutex<()>>,
    line: Line,
}

struct Looked {
    at: Instant,
    look: Look,
}

/// Answers questions; cheap to clone.
#[derive(Clone)]
pub struct Predictor {
    inner: Arc<Inner>,
}

struct Inner {
    services: Services,
    models: ModelStore,
    clock: Clock,
    books: Cache<Uuid, Arc<Book>>,
    answers: Cache<Key, Numbers>,
    desks: Mutex<HashMap<Uuid, Arc<Desk>>>,
    making: Semaphore,
}

/// Lowers a flag when it goes out of scope, also when the request that raised it was cut off.
struct Raised<'a>(&'a AtomicBool);

impl<'a> Raised<'a> {
    fn try_new(flag: &'a AtomicBool) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then_some(Self(flag))
    }
}

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Predictor {
    /// Over these use cases, with models from the data folder or this store. Nothing is loaded before somebody asks.
    #[must_use]
    pub fn new(services: Services, models: ModelStore, clock: Clock) -> Self {
        let books = Cache::builder()
            .max_capacity(BOOKS_KIB)
            .weigher(|_: &Uuid, book: &Arc<Book>| {
                // One that is larger than all of the room would never come in.
                let kib = (book.bytes() as u64 / 1_024).clamp(1, BOOKS_KIB / 2);
                u32::try_from(kib).unwrap_or(u32::MAX)
            })
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(BOOK_IDLE)
            .build();
        Self {
            inner: Arc::new(Inner {
                services,
                models,
                clock,
                books,
                answers: Cache::builder()
                    .max_capacity(ANSWERS)
                    .time_to_idle(BOOK_IDLE)
                    .build(),
                desks: Mutex::default(),
                making: Semaphore::new(MAKING),
            }),
        }
    }

    /// Answers one question.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`, [`ServiceError::Conflict`] before the first night,
    /// [`ServiceError::Unavailable`] when too many questions wait, and those of the question itself.
    pub async fn one(&self, ctx: &Ctx, asked: &Predict) -> ServiceResult<PredictionView> {
        let mut answers = self.ask(ctx, std::slice::from_ref(asked)).await?;
        answers
            .pop()
            .unwrap_or_else(|| Err(ServiceError::Internal("no answer".into())))
    }

    /// Answers many questions, each with a prediction or an error.
    ///
    /// # Errors
    /// As [`Predictor::one`], of what concerns all of them; [`ServiceError::Invalid`] for none or too many.
    pub async fn many(
        &self,
        ctx: &Ctx,
        asked: &[Predict],
    ) -> ServiceResult<Vec<PredictionOutcome>> {
        if asked.is_empty() || asked.len() > MOST_QUESTIONS {
            ctx.require(Permission::ForecastsRead)?;
            return Err(ServiceError::field(
                "items",
                "number.range",
                format!("Ask between 1 and {MOST_QUESTIONS} questions at once."),
            ));
        }
        let answers = self.ask(ctx, asked).await?;
        Ok(answers
            .into_iter()
            .map(|answer| match answer {
                Ok(prediction) => PredictionOutcome {
                    prediction: Some(prediction),
                    error: None,
                },
                Err(error) => PredictionOutcome {
                    prediction: None,
                    error: Some(error.into_app_error(&ctx.request_id)),
                },
            })
            .collect())
    }

    async fn ask(
        &self,
        ctx: &Ctx,
        asked: &[Predict],
    ) -> ServiceResult<Vec<ServiceResult<PredictionView>>> {
        ctx.require(Permission::ForecastsRead)?;
        let organization_id = ctx.organization_id();
        let desk = self.inner.desk(organization_id);
        let Some(book) = self.inner.book(organization_id, &desk).await? else {
            return Err(ServiceError::Conflict {
                reason: "prediction.no_night",
                message: "There are no forecasts yet: they come with the first night after sales were imported. \
                          Run `hornada nightly`, or wait for tomorrow."
                    .into(),
            });
        };
        let mut answers: Vec<ServiceResult<PredictionView>> = Vec::with_capacity(asked.len());
        let mut open: Vec<(usize, Open)> = Vec::new();
        for (index, question) in asked.iter().enumerate() {
            let prepared = book.prepare(ctx, question);
            answers.push(prepared.map(|Prepared { mut view, open: of }| {
                if let Some(of) = of {
                    match self.inner.answers.get(&of.key) {
                        Some(numbers) => fill(&mut view, &numbers),
                        None => open.push((index, of)),
                    }
                }
                view
            }));
        }
        if !open.is_empty() {
            let assumed = open.iter().map(|(_, of)| of.assumed).collect();
            let numbers = desk.line.ask(book.clone(), assumed).await?;
            for ((index, of), numbers) in open.into_iter().zip(numbers) {
                let Some(numbers) = numbers else {
                    answers[index] = Err(ServiceError::Internal(
                        "a planned day has no forecast".into(),
                    ));
                    continue;
                };
                self.inner.answers.insert(of.key, numbers);
                if let Ok(view) = &mut answers[index] {
                    fill(view, &numbers);
                }
            }
        }
        Ok(answers)
    }
}

impl Inner {
    fn desk(&self, organization_id: Uuid) -> Arc<Desk> {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        desks.entry(organization_id).or_default().clone()
    }

    /// The book that answers now; `None` before the first night.
    async fn book(
        self: &Arc<Self>,
        organization_id: Uuid,
        desk: &Arc<Desk>,
    ) -> ServiceResult<Option<Arc<Book>>> {
        let old = self.books.get(&organization_id);
        if let Some(book) = &old
            && self.look(organization_id, desk, book).await?
        {
            return Ok(old);
        }
        let alone = desk.making.clone().lock_owned().await;
        if let Some(book) = self.books.get(&organization_id)
            && old.as_ref().is_none_or(|old| !Arc::ptr_eq(old, &book))
        {
            return Ok(Some(book));
        }
        // In a task of its own: a request that is cut off, as it took too long, must not take with it what the next one waits for.
        let (inner, own) = (self.clone(), desk.clone());
        let making = tokio::spawn(async move {
            let _alone = alone;
            inner.make(organization_id, &own).await
        });
        let made = making.await.unwrap_or_else(|broken| {
            Err(ServiceError::Internal(format!(
                "making what predictions rest on broke off: {broken}"
            )))
        });
        match (made, old) {
            (Err(error), Some(old)) => {
                tracing::error!(%organization_id, %error, "predictions still rest on what was");
                Ok(Some(old))
            }
            (made, _) => made,
        }
    }

    /// Looks from time to time whether a book still holds. Where it does not the next one is made beside it; until that is there it answers,
    /// with the model and the moment that it names. `false` where it does not hold, nobody has asked for a while, and so nobody has seen it.
    async fn look(
        self: &Arc<Self>,
        organization_id: Uuid,
        desk: &Arc<Desk>,
        book: &Arc<Book>,
    ) -> ServiceResult<bool> {
        let (before, was_quiet) = {
            let looked = desk.looked.lock().unwrap_or_else(PoisonError::into_inner);
            match &*looked {
                Some(looked) if looked.at.elapsed() < LOOK_EVERY => return Ok(true),
                Some(looked) => {
                    let was_quiet = looked.at.elapsed() > WAIT_AFTER;
                    (Some(looked.look.clone()), was_quiet)
                }
                None => (None, false),
            }
        };
        let Some(_looking) = Raised::try_new(&desk.is_looking) else {
            return Ok(true);
        };
        let ctx = self.ctx(organization_id);
        let before = before.unwrap_or_else(|| book.look.clone());
        let look = self
            .services
            .predictions()
            .look(&ctx, Some(&before))
            .await?;
        let holds = look.stamp == book.look.stamp;
        *desk.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Looked {
            at: Instant::now(),
            look,
        });
        if !holds && was_quiet {
            return Ok(false);
        }
        if !holds && !desk.is_remaking.swap(true, Ordering::AcqRel) {
            let (inner, desk) = (self.clone(), desk.clone());
            tokio::spawn(async move {
                let _remaking = Raised(&desk.is_remaking);
                let alone = desk.making.lock().await;
                let made = inner.make(organization_id, &desk).await;
                drop(alone);
                if let Err(error) = made {
                    tracing::error!(%organization_id, %error, "predictions still rest on what was");
                    tokio::time::sleep(TRY_AGAIN_AFTER).await;
                }
            });
        }
        Ok(true)
    }

    fn ctx(&self, organization_id: Uuid) -> Ctx {
        Ctx::system(organization_id, "predictions", (self.clock)())
    }

    async fn make(&self, organization_id: Uuid, desk: &Desk) -> ServiceResult<Option<Arc<Book>>> {
        let made = self.make_once(organization_id).await;
        let book = made.map_err(|error| match error.downcast::<ServiceError>() {
            Ok(error) => error,
            Err(error) => ServiceError::Internal(format!("{error:#}")),
        })?;
        if let Some(book) = &book {
            *desk.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Looked {
                at: Instant::now(),
                look: book.look.clone(),
            });
            self.books.insert(organization_id, book.clone());
        }
        Ok(book)
    }

    async fn make_once(&self, organization_id: Uuid) -> anyhow::Result<Option<Arc<Book>>> {
        let ctx = self.ctx(organization_id);
        let predictions = self.services.predictions();
        // Looked at first: what changes from here on is found by the next look.
        let look = predictions.look(&ctx, None).await?;
        let Some(issue) = look.stamp.issue.clone() else {
            return Ok(None);
        };
        let _turn = self.making.acquire().await.context("no more books")?;
        let begun = Instant::now();
        let held = self.books.get(&organization_id).and_then(|b| b.champion());
        let champion = match held.filter(|(model, _)| Some(model.id) == look.stamp.champion) {
            Some(held) => Some(held),
            None => {
                let loaded = champion::load_of(&self.services, &ctx, &self.models).await?;
                Sources::champion_of(loaded)?
            }
        };
        let issued_on = issue.issued_on;
        let sources = Sources {
            panel: self.services.panels().build(&ctx, issued_on).await?,
            night_version: predictions.night_version(&ctx, issued_on).await?,
            stored: predictions.stored(&ctx, issued_on).await?,
            known: predictions.known(&ctx).await?,
            champion,
            look,
            issue,
            now: ctx.now,
        };
        let book = tokio::task::spawn_blocking(move || Book::new(sources)).await??;
        tracing::debug!(
            %organization_id,
            milliseconds = begun.elapsed().as_millis() as u64,
            bytes = book.bytes(),
            "made what predictions rest on"
        );
        Ok(Some(Arc::new(book)))
    }
}
