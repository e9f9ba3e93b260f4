//! How the sheet stands: how far it is, who began it, whether it waits.

use super::Counting;
use crate::{components::*, format::use_format, i18n::*};
use contract::counts::SheetLine;
use domain::CountSheetStatus;
use leptos::prelude::*;

/// How the sheet stands: who began, whether it waits for approval, what whoever sent it back said.
#[component]
pub(super) fn Standing(counting: Counting) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let sheet = counting.sheet.get_untracked()?;
    let waits = sheet.status == CountSheetStatus::Waiting;
    let note = sheet.decision_note.filter(|_| !waits);
    let (opened_at, opened_by) = (sheet.opened_at, sheet.opened_by.unwrap_or_default());
    let handed_in_by = sheet.handed_in_by.unwrap_or_default();
    let worth = sheet.worth_minor;
    let lines = StoredValue::new(sheet.lines);
    let count = move |is_counted: &dyn Fn(&SheetLine) -> bool| {
        let count =
            lines.try_with_value(|lines| lines.iter().filter(|line| is_counted(line)).count());
        i64::try_from(count.unwrap_or(0)).unwrap_or(i64::MAX)
    };
    let done = move || {
        let ahead = counting.ahead.try_get().unwrap_or_default();
        count(&|line| {
            ahead
                .get(&line.product_id)
                .copied()
                .unwrap_or(line.counted)
                .is_some()
        })
    };
    let all = count(&|_| true);
    Some(view! {
        <Progress label=move || t_string!(i18n, stock.count_progress) done=Signal::derive(done) total=Signal::derive(move || Some(all)) />
        <p class="lead">
            {move || {
                t_string!(i18n, stock.count_began, person = opened_by.clone(), time = format.instant(opened_at))
            }}
        </p>
        {waits
            .then(|| {
                view! {
                    <Notice tone=Tone::Attention title=move || t_string!(i18n, stock.count_waits)>
                        <p>
                            {move || {
                                t_string!(
                                    i18n, stock.count_waits_text, person = handed_in_by.clone(), money = format.money(worth)
                                )
                            }}
                        </p>
                    </Notice>
                }
            })}
        {note
            .map(|note| {
                view! {
                    <Notice tone=Tone::Info title=move || t_string!(i18n, stock.count_sent_back)>
                        <p>{note}</p>
                    </Notice>
                }
            })}
    })
}
