//! What a step found, in a person's words. What has no sentence here is shown by the night's own report.

use crate::{
    components::Tone,
    format::Format,
    i18n::{Locale, td_string},
};
use domain::{JobStatus, JobTrigger};
use serde_json::Value;

pub(super) const fn pill_tone(status: JobStatus) -> Tone {
    match status {
        JobStatus::Succeeded => Tone::Fine,
        JobStatus::Degraded => Tone::Attention,
        JobStatus::Failed => Tone::Danger,
        JobStatus::Running => Tone::Info,
        JobStatus::Queued | JobStatus::Skipped => Tone::Neutral,
    }
}

pub(super) fn status(locale: Locale, status: JobStatus) -> &'static str {
    match status {
        JobStatus::Queued => td_string!(locale, jobs.status_queued),
        JobStatus::Running => td_string!(locale, jobs.status_running),
        JobStatus::Succeeded => td_string!(locale, jobs.status_succeeded),
        JobStatus::Degraded => td_string!(locale, jobs.status_degraded),
        JobStatus::Failed => td_string!(locale, jobs.status_failed),
        JobStatus::Skipped => td_string!(locale, jobs.status_skipped),
    }
}

pub(super) fn trigger(locale: Locale, trigger: JobTrigger) -> &'static str {
    match trigger {
        JobTrigger::Clock => td_string!(locale, jobs.by_clock),
        JobTrigger::Button => td_string!(locale, jobs.by_button),
        JobTrigger::CommandLine => td_string!(locale, jobs.by_command_line),
    }
}

pub(super) fn step(locale: Locale, name: &str) -> String {
    match name {
        "quality_gate" => td_string!(locale, jobs.step_quality_gate).to_owned(),
        "sold_out" => td_string!(locale, jobs.step_sold_out).to_owned(),
        "data_version" => td_string!(locale, jobs.step_data_version).to_owned(),
        "train" => td_string!(locale, jobs.step_train).to_owned(),
        "backtest" => td_string!(locale, jobs.step_backtest).to_owned(),
        "promote" => td_string!(locale, jobs.step_promote).to_owned(),
        "forecast" => td_string!(locale, jobs.step_forecast).to_owned(),
        "suggestions" => td_string!(locale, jobs.step_suggestions).to_owned(),
        "score" => td_string!(locale, jobs.step_score).to_owned(),
        "outcomes" => td_string!(locale, jobs.step_outcomes).to_owned(),
        "drift" => td_string!(locale, jobs.step_drift).to_owned(),
        "alerts" => td_string!(locale, jobs.step_alerts).to_owned(),
        "report" => td_string!(locale, jobs.step_report).to_owned(),
        other => other.to_owned(),
    }
}

/// One sentence about what the step found; empty where there is nothing to say.
pub(super) fn found(locale: Locale, format: Format, step: &str, detail: &Value) -> String {
    let int = |path: &str| detail.pointer(path).and_then(Value::as_i64);
    let float = |path: &str| detail.pointer(path).and_then(Value::as_f64);
    if let Some(error) = detail.get("error").and_then(Value::as_str) {
        return error.to_owned();
    }
    match step {
        "quality_gate" => match (
            int("/quantity"),
            int("/usual_quantity"),
            int("/shops_with_sales"),
        ) {
            (Some(sold), Some(usual), Some(shops)) => td_string!(
                locale,
                jobs.found_quality,
                sold = format.number(sold),
                usual = format.number(usual),
                shops = format.number(shops)
            )
            .clone(),
            _ => String::new(),
        },
        "sold_out" => match (int("/examined"), int("/lost_minor")) {
            (Some(0), _) => td_string!(locale, jobs.found_sold_out_none).to_owned(),
            (Some(examined), Some(lost)) => {
                let of = |key: &str| int(key).unwrap_or(0);
                let days = of("/by_ledger") + of("/by_last_sale") + of("/told");
                td_string!(
                    locale,
                    jobs.found_sold_out,
                    days = format.number(days),
                    examined = format.number(examined),
                    money = format.money(lost)
                )
                .clone()
            }
            _ => String::new(),
        },
        "data_version" => match (int("/series"), int("/days")) {
            (Some(series), Some(days)) => td_string!(
                locale,
                jobs.found_data,
                series = format.number(series),
                days = format.number(days)
            )
            .clone(),
            _ => String::new(),
        },
        "backtest" => match (
            float("/report/model/wql"),
            float("/report/weekday_mean/wql"),
            float("/report/seasonal_naive/wql"),
        ) {
            (Some(model), Some(mean), Some(naive)) => td_string!(
                locale,
                jobs.found_backtest,
                model = format.decimal(model, 3),
                mean = format.decimal(mean, 3),
                naive = format.decimal(naive, 3)
            )
            .clone(),
            _ => String::new(),
        },
        "promote" => match detail.get("promoted").and_then(Value::as_bool) {
            Some(true) => td_string!(locale, jobs.found_promoted).to_owned(),
            Some(false) => td_string!(locale, jobs.found_kept).to_owned(),
            None => String::new(),
        },
        "forecast" => {
            let rows = format.number(int("/rows").unwrap_or(0));
            match detail.get("source").and_then(Value::as_str) {
                Some("model") => td_string!(locale, jobs.found_by_model, rows = rows).clone(),
                Some(_) => td_string!(locale, jobs.found_by_baseline, rows = rows).clone(),
                None => String::new(),
            }
        }
        "suggestions" => int("/computed")
            .map(|n| td_string!(locale, jobs.found_suggestions, count = format.number(n)).clone())
            .unwrap_or_default(),
        "score" => match (float("/wape_day_1"), float("/wape_day_1_baseline")) {
            (Some(model), Some(naive)) => td_string!(
                locale,
                jobs.found_score,
                model = format.percent(model, 1),
                naive = format.percent(naive, 1)
            )
            .clone(),
            // The same day last week was closed: there is nothing to compare with.
            (Some(model), None) => td_string!(
                locale,
                jobs.found_score_alone,
                model = format.percent(model, 1)
            )
            .clone(),
            _ => td_string!(locale, jobs.found_no_score).to_owned(),
        },
        "outcomes" => outcomes(locale, format, int("/judged"), int("/saved_minor")),
        "drift" => float("/error_ratio")
            .map(|ratio| {
                td_string!(locale, jobs.found_drift, ratio = format.decimal(ratio, 2)).clone()
            })
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// What people's changes to suggestions brought.
fn outcomes(locale: Locale, format: Format, judged: Option<i64>, saved: Option<i64>) -> String {
    let (Some(judged), Some(saved)) = (judged, saved) else {
        return String::new();
    };
    if judged == 0 {
        return td_string!(locale, jobs.found_outcomes_none).to_owned();
    }
    let (count, money) = (format.number(judged), format.money(saved.saturating_abs()));
    if saved < 0 {
        td_string!(
            locale,
            jobs.found_outcomes_cost,
            count = count,
            money = money
        )
        .clone()
    } else {
        td_string!(
            locale,
            jobs.found_outcomes_saved,
            count = count,
            money = money
        )
        .clone()
    }
}

/// Lines that are shown of what a step wrote down.
const MOST_LINES: usize = 80;

/// Everything that a step wrote down, one value a line, each under the way to it.
pub(super) fn lines(detail: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    collect("", detail, &mut lines);
    lines
}

fn collect(at: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    if lines.len() >= MOST_LINES {
        return;
    }
    let below = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                collect(&below(name), member, lines);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(&below(&(index + 1).to_string()), item, lines);
            }
        }
        Value::String(text) => lines.push((at.to_owned(), text.clone())),
        other => lines.push((at.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, lines};
    use serde_json::json;

    #[test]
    fn what_a_step_wrote_down_is_read_line_by_line_and_has_an_end() {
        let detail = json!({"a": {"b": [1, "two"]}, "none": null, "c": true});
        let text: Vec<String> = lines(&detail)
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(text, ["a.b.1=1", "a.b.2=two", "c=true"]);
        let long = json!((0..500).collect::<Vec<_>>());
        assert_eq!(lines(&long).len(), MOST_LINES);
        assert!(lines(&json!({})).is_empty());
    }
}
