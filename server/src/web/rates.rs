//! How often who may call: a bucket for each program, person with a token, and stranger's address.
//!
//! A bucket holds as many requests as are allowed a minute and fills evenly (GCRA). Browsers with a session have none: people do not call that
//! often, and what they press must not be lost.

use crate::session::bearer::Program;
use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use domain::sign_in::network_of;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderName, HeaderValue, header};
use moka::sync::Cache;
use services::Arrival;
use services::tokens::Subject;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Names of the fields in the IETF's draft `ratelimit-headers` up to its seventh version, which clients know.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Callers remembered at most, programs and strangers apart, so that a flood of addresses forgets no program.
const MOST: u64 = 50_000;

/// A bucket that nobody asked for so long is full again and is forgotten.
const IDLE: Duration = Duration::from_secs(120);

/// Endpoints that machines ask all the time and that cost nothing.
const FREE: &[&str] = &["/api/v1/health", "/api/v1/ready"];

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

struct Bucket {
    per_minute: NonZeroU32,
    limiter: Limiter,
}

impl Bucket {
    fn new(per_minute: NonZeroU32) -> Arc<Self> {
        let limiter = RateLimiter::direct(Quota::per_minute(per_minute));
        Arc::new(Self {
            per_minute,
            limiter: limiter.with_middleware::<StateInformationMiddleware>(),
        })
    }
}

/// What a caller has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    per_minute: u32,
    remaining: u32,
    /// Seconds until the bucket is full again.
    reset: u32,
    /// Seconds until one more request fits, where this one did not.
    wait: Option<u64>,
}

impl Standing {
    /// Whether the request is one too many.
    #[must_use]
    pub fn is_too_many(&self) -> bool {
        self.wait.is_some()
    }

    /// Says it in the headers of an answer.
    pub fn sign(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(self.per_minute));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset));
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
    }

    /// The answer to one request too many.
    #[must_use]
    pub fn refuse(&self, request_id: &str) -> Response {
        let message = format!(
            "More than {} requests a minute. Nothing was done; ask again in {} seconds.",
            self.per_minute,
            self.wait.unwrap_or(1)
        );
        let mut response =
            ApiError::new(ErrorCode::TooManyRequests, &message, request_id).into_response();
        self.sign(&mut response);
        response
    }
}

/// Buckets of this process.
#[derive(Clone)]
pub struct Rates {
    usual: NonZeroU32,
    clock: DefaultClock,
    programs: Cache<Subject, Arc<Bucket>>,
    strangers: Cache<String, Arc<Bucket>>,
}

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rates")
            .field("usual", &self.usual)
            .finish_non_exhaustive()
    }
}

impl Rates {
    /// With the number of requests a minute that holds where a key has none of its own.
    #[must_use]
    pub fn new(usual: NonZeroU32) -> Self {
        Self {
            usual,
            clock: DefaultClock::default(),
            programs: Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(IDLE)
                .build(),
            strangers: Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    /// Counts a request of a program.
    #[must_use]
    pub fn of_program(&self, program: &Program) -> Standing {
        let wanted = program
            .rate_per_minute
            .and_then(NonZeroU32::new)
            .unwrap_or(self.usual);
        // Of many first requests at once all count in one bucket.
        let mut bucket = self
            .programs
            .get_with(program.subject, || Bucket::new(wanted));
        if bucket.per_minute != wanted {
            bucket = Bucket::new(wanted);
            self.programs.insert(program.subject, bucket.clone());
        }
        self.count(&bucket)
    }

    /// Counts a request from an address of which nobody knows who it is.
    #[must_use]
    pub fn of_stranger(&self, source: &str) -> Standing {
        let bucket = self
            .strangers
            .get_with(network_of(source), || Bucket::new(self.usual));
        self.count(&bucket)
    }

    fn count(&self, bucket: &Bucket) -> Standing {
        let per_minute = bucket.per_minute.get();
        let (remaining, wait) = match bucket.limiter.check() {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                (0, Some(wait.as_secs() + 1))
            }
        };
        let missing = u64::from(per_minute.saturating_sub(remaining));
        let reset = (missing * 60).div_ceil(u64::from(per_minute));
        Standing {
            per_minute,
            remaining,
            reset: u32::try_from(reset).unwrap_or(60),
            wait,
        }
    }
}

/// Over the endpoints that strangers may call.
pub async fn strangers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if FREE.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (source, request_id) = request
        .extensions()
        .get::<Arrival>()
        .map(|arrival| (arrival.source.clone(), arrival.request_id.clone()))
        .unwrap_or_default();
    let standing = state.rates.of_stranger(&source);
    if standing.is_too_many() {
        return standing.refuse(&request_id);
    }
    let mut response = next.run(request).await;
    standing.sign(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn rates(usual: u32) -> Rates {
        Rates::new(NonZeroU32::new(usual).unwrap())
    }

    #[test]
    fn each_caller_has_a_bucket_of_its_own_and_the_rest_is_told() {
        let rates = rates(3);
        let program = |n: u128| Program {
            subject: Subject::Key(Uuid::from_u128(n)),
            rate_per_minute: None,
        };
        for left in [2, 1, 0] {
            let standing = rates.of_program(&program(1));
            assert_eq!((standing.remaining, standing.wait), (left, None));
        }
        let refused = rates.of_program(&program(1));
        assert!(refused.is_too_many());
        assert!((1..=21).contains(&refused.wait.unwrap()), "{refused:?}");
        assert!(!rates.of_program(&program(2)).is_too_many());
        let own = Program {
            rate_per_minute: Some(50),
            ..program(3)
        };
        assert_eq!(rates.of_program(&own).remaining, 49);
    }

    #[test]
    fn addresses_of_one_network_are_one_stranger() {
        let rates = rates(2);
        assert_eq!(rates.of_stranger("2001:db8:1:2::1").remaining, 1);
        assert_eq!(rates.of_stranger("2001:db8:1:2:ffff::9").remaining, 0);
        assert!(rates.of_stranger("2001:db8:1:2::3").is_too_many());
        assert!(!rates.of_stranger("2001:db8:1:3::1").is_too_many());
    }

    #[test]
    fn memory_stays_bounded_whoever_calls() {
        let rates = rates(100);
        for n in 0..(2 * MOST) {
            let _ = rates.of_stranger(&format!("{n}"));
        }
        rates.strangers.run_pending_tasks();
        // What is still being cleared away is a fraction.
        assert!(rates.strangers.entry_count() <= MOST + MOST / 10);
    }
}
