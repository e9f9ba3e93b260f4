//! Nights that are asked for, waited for, and compared with what they left.

use crate::bench::visitor::Visitor;
use crate::chaos::worker::text;
use crate::postgres::Postgres;
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use contract::nights::NightView;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

/// How a night ends that forecast.
const GOOD: [&str; 2] = ["succeeded", "degraded"];
/// How a step ends that need not be done again.
const DONE: [&str; 3] = ["succeeded", "degraded", "skipped"];

/// A night as the product tells it.
#[derive(Clone, Debug, Deserialize)]
struct Night {
    id: String,
    business_date: NaiveDate,
    status: String,
    error: Option<String>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Deserialize)]
struct Step {
    name: String,
    status: String,
    /// How often it was begun.
    attempts: u32,
}

impl Night {
    fn is_over(&self) -> bool {
        !matches!(self.status.as_str(), "queued" | "running")
    }

    /// How often a step was begun once more, because whoever was at it was killed.
    fn begun_again(&self) -> u32 {
        let again = self.steps.iter().map(|step| step.attempts.max(1) - 1);
        again.sum()
    }

    /// What is wrong with it, once it is over.
    fn fault(&self) -> Option<String> {
        let date = self.business_date;
        if !GOOD.contains(&self.status.as_str()) {
            let why = self.error.as_deref().unwrap_or("it does not say why");
            return Some(format!("the night of {date} is {}: {why}", self.status));
        }
        let mut steps = self.steps.iter();
        let open = steps.find(|step| !DONE.contains(&step.status.as_str()));
        if let Some(step) = open {
            return Some(format!(
                "the night of {date} is over, its step {} is {}",
                step.name, step.status
            ));
        }
        self.steps
            .is_empty()
            .then(|| format!("the night of {date} has no steps"))
    }
}

/// The nights of some organizations, again and again.
pub(super) struct Nights {
    /// Somebody of each organization who may start them.
    admins: Vec<Visitor>,
    /// Ascending.
    dates: Vec<NaiveDate>,
    since: DateTime<Utc>,
    /// How often each of them was asked for.
    rounds: u32,
    commands: u64,
    runs: BTreeSet<String>,
    begun_again: u32,
    degraded: u32,
    faults: Vec<String>,
}

impl Nights {
    /// The nights of so many days before today.
    pub fn new(admins: Vec<Visitor>, today: NaiveDate, nights: u32) -> Self {
        let days = (1..=u64::from(nights)).rev();
        Self {
            admins,
            dates: days.map(|ago| today - Days::new(ago)).collect(),
            since: Utc::now(),
            rounds: 0,
            commands: 0,
            runs: BTreeSet::new(),
            begun_again: 0,
            degraded: 0,
            faults: Vec::new(),
        }
    }

    /// Asks for all of them from their first step, each with one command that is given to every server.
    ///
    /// # Errors
    /// When a server refuses, or starts another night than the first one did.
    pub fn ask(&mut self, doors: &[String]) -> Result<()> {
        for admin in &self.admins {
            for date in &self.dates {
                self.commands += 1;
                let id = format!("0190c4a1-0000-7000-8000-{:012x}", self.commands);
                let command = json!({ "command": { "command_id": id, "business_date": date } });
                let mut started = BTreeSet::new();
                for door in doors {
                    let night = admin
                        .at(door)
                        .call::<NightView>("start_night", &command)
                        .with_context(|| format!("the night of {date}"))?;
                    started.insert(text(&night, "id")?.to_owned());
                }
                ensure!(
                    started.len() == 1,
                    "one command started several nights of {date}"
                );
                self.runs.append(&mut started);
            }
        }
        self.rounds += 1;
        Ok(())
    }

    /// Whether all that were asked for are over; then it is written down how.
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn are_over(&mut self) -> Result<bool> {
        let mut all = Vec::new();
        for admin in &self.admins {
            let told = admin.call::<Vec<NightView>>("list_nights", &json!({}))?;
            let told: Vec<Night> = serde_json::from_value(told)?;
            all.extend(
                told.into_iter()
                    .filter(|night| self.runs.contains(&night.id)),
            );
        }
        ensure!(all.len() == self.runs.len(), "a night is not in the book");
        if !all.iter().all(Night::is_over) {
            return Ok(false);
        }
        for night in &all {
            self.begun_again += night.begun_again();
            self.degraded += u32::from(night.status == "degraded");
            self.faults.extend(night.fault());
        }
        Ok(true)
    }

    /// What of all that is wrong, and what the database holds that no night leaves.
    ///
    /// # Errors
    /// When the database does not tell.
    pub fn faults(&self, postgres: &Postgres, kills: u32) -> Result<Vec<String>> {
        let mut faults = self.faults.clone();
        // A worker is at one step at a time.
        if self.begun_again > kills {
            faults.push(format!(
                "{} steps were begun again for {kills} kills",
                self.begun_again
            ));
        }
        for (what, wrong) in self.questions() {
            let told = postgres.ask(&wrong).with_context(|| what.to_owned())?;
            let rows = told.lines().filter(|line| !line.trim().is_empty());
            faults.extend(rows.map(|row| format!("{what}: {row}")));
        }
        Ok(faults)
    }

    /// What must not be found, and how it is looked for.
    fn questions(&self) -> [(&'static str, String); 7] {
        let ids: Vec<String> = self.runs.iter().map(|id| format!("'{id}'")).collect();
        let (ids, rounds) = (ids.join(", "), self.rounds);
        let since = self.since.to_rfc3339_opts(SecondsFormat::Micros, true);
        let step = |name: &str, wrong: &str| {
            format!(
                "SELECT r.business_date, s.detail FROM job_runs r JOIN job_steps s ON s.run_id = r.id AND s.name = '{name}' \
                 WHERE r.id IN ({ids}) AND {wrong}"
            )
        };
        [
            (
                "a night that did not end as often as it was asked for",
                format!(
                    "SELECT r.business_date, count(a.sequence) FROM job_runs r LEFT JOIN audit_entries a \
                       ON a.organization_id = r.organization_id AND a.subject_id = r.id AND a.action = 'jobs.finish' AND a.at >= '{since}' \
                     WHERE r.id IN ({ids}) GROUP BY r.id, r.business_date HAVING count(a.sequence) <> {rounds}"
                ),
            ),
            (
                "forecasts that are not those which the night says it issued",
                step(
                    "forecast",
                    "(s.detail->>'rows')::bigint <> (SELECT count(*) FROM forecasts f \
                      WHERE f.organization_id = r.organization_id AND f.issued_on = r.business_date)",
                ),
            ),
            (
                "forecasts of one night from several models",
                "SELECT organization_id, issued_on FROM forecasts WHERE source = 'model' \
                 GROUP BY organization_id, issued_on HAVING count(DISTINCT model_version_id) > 1"
                    .to_owned(),
            ),
            (
                "scores that are missing",
                step(
                    "score",
                    "(s.detail->>'scored')::bigint > (SELECT count(*) FROM forecast_scores f \
                      WHERE f.organization_id = r.organization_id AND f.target_date = r.business_date)",
                ),
            ),
            (
                "two suggestions for one shelf and day",
                "SELECT store_id, product_id, production_date FROM suggestions \
                 GROUP BY store_id, product_id, production_date HAVING count(*) > 1"
                    .to_owned(),
            ),
            (
                "a model that was registered twice",
                "SELECT organization_id, artifact_path FROM model_versions \
                 GROUP BY organization_id, artifact_path HAVING count(*) > 1"
                    .to_owned(),
            ),
            (
                "two open alerts with one cause",
                "SELECT organization_id, dedup_key FROM alerts WHERE status <> 'resolved' \
                 GROUP BY organization_id, dedup_key HAVING count(*) > 1"
                    .to_owned(),
            ),
        ]
    }

    /// What it came to, in a sentence.
    pub fn told(&self) -> String {
        format!(
            "nights: {} of {} organizations, each asked for {} times; {} steps begun again after a kill, {} nights with a fall-back",
            self.runs.len(),
            self.admins.len(),
            self.rounds,
            self.begun_again,
            self.degraded
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn night(status: &str, steps: &[(&str, u32)]) -> Night {
        let steps: Vec<Value> = steps
            .iter()
            .map(|(status, attempts)| json!({ "name": "train", "status": status, "attempts": attempts }))
            .collect();
        serde_json::from_value(json!({
            "id": "x", "business_date": "2026-03-09", "status": status, "error": null, "steps": steps,
        }))
        .unwrap()
    }

    #[test]
    fn a_night_is_sound_that_ended_well_with_every_step_done() {
        let sound = night("degraded", &[("succeeded", 2), ("skipped", 1)]);
        assert!(sound.is_over());
        assert_eq!((sound.begun_again(), sound.fault()), (1, None));
        assert!(!night("running", &[]).is_over());
        for broken in [
            night("failed", &[("failed", 1)]),
            night("succeeded", &[("running", 1)]),
            night("succeeded", &[]),
        ] {
            assert!(broken.is_over() && broken.fault().is_some(), "{broken:?}");
        }
    }

    #[test]
    fn nights_are_those_of_the_days_before_today_the_oldest_first() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
        let nights = Nights::new(Vec::new(), today, 2);
        assert_eq!(nights.dates, [today - Days::new(2), today - Days::new(1)]);
    }
}
