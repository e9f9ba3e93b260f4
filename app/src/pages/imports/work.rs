//! How far a running import is.

use crate::{
    components::Tone,
    format::use_format,
    i18n::{t_string, use_i18n},
};
use contract::imports::ImportView;
use domain::ImportStatus;
use leptos::prelude::*;

/// Where a step was when this page first saw it: what has happened since gives the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    status: ImportStatus,
    at_ms: i64,
    progress_bp: i32,
}

/// The page's own memory of the step; survives loading again.
pub(super) type Pace = StoredValue<Option<Seen>>;

#[cfg(feature = "hydrate")]
fn clock() -> Option<i64> {
    Some(js_sys::Date::now() as i64)
}

#[cfg(not(feature = "hydrate"))]
fn clock() -> Option<i64> {
    None
}

/// Seconds that remain at the pace seen so far; nothing on the first look, so that both sides draw the same.
fn remaining(pace: Pace, import: &ImportView) -> Option<i64> {
    let at_ms = clock()?;
    let known = pace.get_value().filter(|seen| seen.status == import.status);
    let Some(seen) = known else {
        pace.set_value(Some(Seen {
            status: import.status,
            at_ms,
            progress_bp: import.progress_bp,
        }));
        return None;
    };
    seconds_left(seen, at_ms, import.progress_bp)
}

fn seconds_left(seen: Seen, at_ms: i64, progress_bp: i32) -> Option<i64> {
    let done = i64::from(progress_bp - seen.progress_bp);
    let passed = at_ms - seen.at_ms;
    (done > 0 && passed >= 1_000).then(|| i64::from(10_000 - progress_bp) * passed / done / 1_000)
}

/// The bar of the step that runs.
#[component]
pub(super) fn Work(import: ImportView, pace: Pace) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let left = remaining(pace, &import);
    let ImportView {
        status,
        progress_bp,
        rows_total,
        rows_applied,
        ..
    } = import;
    let label = move || match status {
        ImportStatus::Applying => t_string!(i18n, imports.work_applying),
        ImportStatus::Undoing => t_string!(i18n, imports.work_undoing),
        _ => t_string!(i18n, imports.work_checking),
    };
    let rows = if matches!(status, ImportStatus::Applying | ImportStatus::Undoing) {
        rows_applied
    } else {
        rows_total
    };
    let counts = move || {
        let share = format.percent(f64::from(progress_bp) / 10_000.0, 0);
        let counts = t_string!(
            i18n,
            imports.progress_rows,
            percent = share,
            rows = format.number(rows)
        );
        match left {
            Some(seconds) => format!(
                "{counts} · {}",
                t_string!(i18n, common.remaining, time = format.duration(seconds))
            ),
            None => counts,
        }
    };
    view! {
        <div class="progress imports-work" data-tone=Tone::Info.as_str()>
            <div class="progress-words">
                <span>{label}</span>
                <span class="progress-counts">{counts}</span>
            </div>
            <progress aria-label=label value=progress_bp max=10_000></progress>
            <p class="imports-note">{move || t_string!(i18n, imports.work_note)}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, seconds_left};
    use domain::ImportStatus;

    #[test]
    fn the_pace_so_far_tells_what_remains() {
        let seen = Seen {
            status: ImportStatus::Checking,
            at_ms: 10_000,
            progress_bp: 2_000,
        };
        assert_eq!(seconds_left(seen, 14_000, 4_000), Some(12));
        assert_eq!(seconds_left(seen, 10_500, 4_000), None, "too early to tell");
        assert_eq!(seconds_left(seen, 14_000, 2_000), None, "no pace");
    }
}
