//! How the installation as a whole is doing: what is counted over all organizations for whoever watches it. Nothing here names a
//! person, a shop or a product, and no answer grows with the number of organizations.

use crate::forecast_book::ScoreSummary;
use crate::organizations::OrganizationView;
use crate::store::{observing as rows, organizations};
use crate::{ServiceResult, Services};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{AlertKind, ImportStatus, JobStatus};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Runs are counted so far back.
const RUNS_OF: TimeDelta = TimeDelta::days(7);

/// Nights whose scores are compared: a week against the four weeks before it.
const WEEK: usize = 7;
const MONTH: usize = 28;

/// Nights without which a week, or what it is compared with, says nothing.
const LEAST_OF_WEEK: usize = 3;
const LEAST_OF_MONTH: usize = 7;

/// A week's error so many times that of the four weeks before it counts as worse.
const WORSE: f64 = 1.1;

/// States in which an import is being worked on.
pub const UNDER_WAY: [ImportStatus; 4] = [
    ImportStatus::Uploaded,
    ImportStatus::Checking,
    ImportStatus::Applying,
    ImportStatus::Undoing,
];

/// The installation, past any organization.
#[derive(Debug)]
pub struct Observing<'a> {
    services: &'a Services,
}

impl Services {
    /// The installation as whoever watches it sees it.
    #[must_use]
    pub fn observing(&self) -> Observing<'_> {
        Observing { services: self }
    }
}

/// What is counted at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub organizations: usize,
    /// Runs of the last seven days.
    pub nights: BTreeMap<JobStatus, i64>,
    /// Organizations whose forecasts should be there by now and are not. Those that never had a night do not count.
    pub nights_late: usize,
    /// Runs that wait for a worker.
    pub queued: i64,
    pub queued_since: Option<DateTime<Utc>>,
    /// The night that was finished last.
    pub last_night: Option<LastNight>,
    /// Alerts that are not resolved.
    pub alerts: BTreeMap<AlertKind, i64>,
    /// Imports that are being worked on.
    pub imports: BTreeMap<ImportStatus, i64>,
    /// Models that serve.
    pub models: usize,
    /// The last trading day that the oldest of them was trained on.
    pub oldest_training: Option<NaiveDate>,
}

/// How long the night that was finished last took.
#[derive(Clone, Debug, PartialEq)]
pub struct LastNight {
    pub finished_at: DateTime<Utc>,
    pub seconds: Option<f64>,
    /// Seconds by step.
    pub steps: Vec<(String, f64)>,
}

/// How good the forecasts of the nights were, over all organizations; a number is missing where nothing says it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Weighted absolute percentage error (sum of |actual - median| over sum of actual) of the forecasts of the night before: of each
    /// organization's last scored night, of its last seven, of the 28 before those; mean over organizations, weighted by shelves.
    pub wape_night: Option<f64>,
    pub wape_week: Option<f64>,
    pub wape_month: Option<f64>,
    /// The same of the seasonal baseline, for the last scored night.
    pub wape_night_baseline: Option<f64>,
    /// Sum of (mean - actual) over sum of actual, of the last scored night.
    pub bias: Option<f64>,
    /// Share of actuals between the quantiles 0.1 and 0.9, of the last scored night; 0.8 is right.
    pub inside_80: Option<f64>,
    /// Error of the last week over that of the four weeks before, of the organization where it is largest.
    pub worst_change: Option<f64>,
    /// Organizations where it is more than 1.1.
    pub worse: usize,
    /// The ratio that the night's step `drift` found, where it is largest.
    pub worst_drift: Option<f64>,
}

/// Connections of this process to its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub open: u32,
    pub idle: u32,
    pub most: u32,
}

impl Observing<'_> {
    /// Counts runs, alerts, imports and models of all organizations.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts(&self, now: DateTime<Utc>) -> ServiceResult<Counts> {
        // Counts over all organizations belong to none of them.
        let db = self.services.db().past_the_wall();
        let (queued, queued_since) = rows::get_queue(db).await?;
        let last_night = match rows::find_last_finished(db).await? {
            Some(run) => {
                let steps = rows::list_step_times(db, run.id).await?;
                run.finished_at.map(|finished_at| LastNight {
                    finished_at,
                    seconds: run.started_at.map(|at| seconds(finished_at - at)),
                    steps: steps
                        .into_iter()
                        .filter_map(|(name, from, until)| Some((name, seconds(until? - from?))))
                        .collect(),
                })
            }
            None => None,
        };
        let tenants: Vec<OrganizationView> = organizations::list(db)
            .await?
            .into_iter()
            .map(OrganizationView::from)
            .collect();
        let last_days: BTreeMap<Uuid, NaiveDate> = rows::list_last_days(db)
            .await?
            .into_iter()
            .filter_map(|(id, day)| Some((id, day?)))
            .collect();
        let is_late = |tenant: &&OrganizationView| {
            last_days
                .get(&tenant.id)
                .is_some_and(|last| *last < tenant.forecast_due(now))
        };
        let trained = rows::list_trained_on(db).await?;
        Ok(Counts {
            organizations: tenants.len(),
            nights: rows::list_run_counts(db, now - RUNS_OF)
                .await?
                .into_iter()
                .collect(),
            nights_late: tenants
                .iter()
                .filter(|tenant| !tenant.is_shut())
                .filter(is_late)
                .count(),
            queued,
            queued_since,
            last_night,
            alerts: rows::list_alert_counts(db).await?.into_iter().collect(),
            imports: rows::list_import_counts(db, &UNDER_WAY)
                .await?
                .into_iter()
                .collect(),
            models: trained.len(),
            oldest_training: trained.into_iter().min(),
        })
    }

    /// How good the forecasts were, from what the nights wrote down. Reads the last 35 nights of each organization: not for every
    /// scrape.
    ///
    /// # Errors
    /// The database's.
    pub async fn quality(&self) -> ServiceResult<Quality> {
        // The list of organizations belongs to none of them.
        let tenants = organizations::list(self.services.db().past_the_wall()).await?;
        let mut books = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let db = self.services.db().of(tenant.id);
            let nights = (WEEK + MONTH) as u64;
            let mut book = Book::default();
            for (_, step, detail) in
                rows::list_findings(&*db, tenant.id, &["score", "drift"], nights).await?
            {
                match step.as_str() {
                    "drift" => {
                        book.drift = detail
                            .get("error_ratio")
                            .and_then(serde_json::Value::as_f64)
                    }
                    // A detail of a former shape says nothing.
                    _ => book
                        .scores
                        .extend(serde_json::from_value::<ScoreSummary>(detail).ok()),
                }
            }
            books.push(book);
        }
        Ok(judge(&books))
    }

    /// Whether the database has seen each of these changes of its schema. Further ones are no fault: a newer program runs beside this one.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_migrations(&self, names: &[String]) -> ServiceResult<bool> {
        // The schema is everybody's.
        let seen: BTreeSet<String> = rows::list_migrations(self.services.db().past_the_wall())
            .await?
            .into_iter()
            .collect();
        Ok(names.iter().all(|name| seen.contains(name)))
    }

    /// Bytes of the database, of all organizations together.
    ///
    /// # Errors
    /// The database's.
    pub async fn size(&self) -> ServiceResult<Option<i64>> {
        rows::find_size(self.services.db().past_the_wall()).await
    }

    /// How many of these changes of its schema the database lacks, and how many it has seen.
    ///
    /// # Errors
    /// The database's.
    pub async fn migrations(&self, names: &[String]) -> ServiceResult<(usize, usize)> {
        let seen = rows::list_migrations(self.services.db().past_the_wall()).await?;
        let missing = names.iter().filter(|name| !seen.contains(name)).count();
        Ok((missing, seen.len()))
    }

    /// Nights of all organizations that wait for a worker, and since when the first of them does.
    ///
    /// # Errors
    /// The database's.
    pub async fn queue(&self) -> ServiceResult<(i64, Option<DateTime<Utc>>)> {
        rows::get_queue(self.services.db().past_the_wall()).await
    }

    /// How this process's connections are used at this moment.
    #[must_use]
    pub fn pool(&self) -> Pool {
        // The pool is this process's, not an organization's.
        let connection = self.services.db().past_the_wall();
        if self.services.db().is_postgres() {
            let pool = connection.get_postgres_connection_pool();
            Pool {
                open: pool.size(),
                idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
                most: pool.options().get_max_connections(),
            }
        } else {
            let pool = connection.get_sqlite_connection_pool();
            Pool {
                open: pool.size(),
                idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
                most: pool.options().get_max_connections(),
            }
        }
    }
}

fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1_000.0
}

/// What the nights of one organization found, the oldest first.
#[derive(Debug, Default)]
struct Book {
    scores: Vec<ScoreSummary>,
    /// Of the latest night that could tell.
    drift: Option<f64>,
}

/// Mean of values, each as heavy as the shelves behind it.
#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f64>, shelves: usize) {
        if let Some(value) = value {
            self.sum += value * shelves as f64;
            self.weight += shelves as f64;
        }
    }

    fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    fn of(scores: &[ScoreSummary]) -> Self {
        let mut mean = Self::default();
        for score in scores {
            mean.add(score.wape_day_1, score.scored);
        }
        mean
    }
}

fn judge(books: &[Book]) -> Quality {
    let mut quality = Quality::default();
    let [
        mut night,
        mut week,
        mut month,
        mut baseline,
        mut bias,
        mut inside,
    ]: [Mean; 6] = Default::default();
    for book in books {
        let scores: Vec<ScoreSummary> = book
            .scores
            .iter()
            .filter(|score| score.wape_day_1.is_some())
            .cloned()
            .collect();
        if let Some(last) = scores.last() {
            night.add(last.wape_day_1, last.scored);
            baseline.add(last.wape_day_1_baseline, last.scored);
            bias.add(last.bias, last.scored);
            inside.add(last.inside_80, last.scored);
        }
        let (before, recent) = scores.split_at(scores.len().saturating_sub(WEEK));
        let before = &before[before.len().saturating_sub(MONTH)..];
        let (of_week, of_month) = (Mean::of(recent), Mean::of(before));
        week.add(of_week.value(), recent.iter().map(|s| s.scored).sum());
        month.add(of_month.value(), before.iter().map(|s| s.scored).sum());
        let change = match (of_week.value(), of_month.value()) {
            (Some(now), Some(then))
                if recent.len() >= LEAST_OF_WEEK
                    && before.len() >= LEAST_OF_MONTH
                    && then > 0.0 =>
            {
                Some(now / then)
            }
            _ => None,
        };
        quality.worse += usize::from(change.is_some_and(|change| change > WORSE));
        quality.worst_change = larger(quality.worst_change, change);
        quality.worst_drift = larger(quality.worst_drift, book.drift);
    }
    quality.wape_night = night.value();
    quality.wape_week = week.value();
    quality.wape_month = month.value();
    quality.wape_night_baseline = baseline.value();
    quality.bias = bias.value();
    quality.inside_80 = inside.value();
    quality
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nights(errors: &[f64], shelves: usize) -> Book {
        let score = |error: &f64| ScoreSummary {
            scored: shelves,
            wape_day_1: Some(*error),
            wape_day_1_baseline: Some(0.5),
            inside_80: Some(0.75),
            bias: Some(-0.1),
        };
        Book {
            scores: errors.iter().map(score).collect(),
            drift: None,
        }
    }

    fn near(found: Option<f64>, wanted: f64) {
        let found = found.expect("a number");
        assert!((found - wanted).abs() < 1e-9, "{found} instead of {wanted}");
    }

    #[test]
    fn a_week_is_compared_with_the_four_weeks_before_it() {
        let mut errors = vec![9.0; 3];
        errors.extend([0.2; MONTH]);
        errors.extend([0.3; WEEK]);
        let quality = judge(&[nights(&errors, 10)]);
        near(quality.wape_night, 0.3);
        near(quality.wape_week, 0.3);
        near(quality.wape_month, 0.2);
        near(quality.worst_change, 1.5);
        assert_eq!(quality.worse, 1);
    }

    #[test]
    fn one_organization_that_grows_worse_is_not_hidden_by_the_others() {
        let mut worse = vec![0.2; 10];
        worse.extend([0.3; WEEK]);
        let quality = judge(&[nights(&[0.2; 30], 1_000), nights(&worse, 1)]);
        near(quality.worst_change, 1.5);
        assert_eq!(quality.worse, 1);
        assert!(quality.wape_week.is_some_and(|week| week < 0.201));
    }

    #[test]
    fn too_few_nights_say_nothing_about_a_change_and_no_night_says_nothing_at_all() {
        let quality = judge(&[nights(&[0.2; WEEK + LEAST_OF_MONTH - 1], 5)]);
        assert_eq!(quality.worst_change, None);
        near(quality.inside_80, 0.75);
        assert_eq!(judge(&[Book::default()]), Quality::default());
        assert_eq!(judge(&[]), Quality::default());
    }

    #[test]
    fn the_largest_drift_is_told() {
        let drifting = |ratio| Book {
            drift: ratio,
            ..Book::default()
        };
        let quality = judge(&[drifting(Some(0.9)), drifting(None), drifting(Some(1.7))]);
        near(quality.worst_drift, 1.7);
    }
}
