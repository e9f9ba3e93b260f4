//! Adding and changing a rule, in a sheet.

use super::words::{kind_word, measure_word, severity_word};
use crate::pages::ingredients::{Amount, AmountInput, Desk, SheetForm};
use crate::{
    components::*, format::use_format, i18n::*, server_fns::admin::save_alert_rule,
    session::use_stores,
};
use contract::channels::{AlertRuleValues, AlertRuleView, ChannelView, SaveAlertRule};
use domain::channels::{Measure, measure_of};
use domain::{AlertKind, Severity};
use leptos::prelude::*;
use uuid::Uuid;

/// The sheet. `subject` says which rule is changed; none means that one is added.
#[component]
pub(super) fn RuleForm(
    desk: Desk,
    subject: RwSignal<Option<AlertRuleView>>,
    channels: RwSignal<Vec<ChannelView>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || {
        if subject.with(Option::is_some) {
            t_string!(i18n, channels.rule_change)
        } else {
            t_string!(i18n, channels.rule_add)
        }
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || {
                desk.open
                    .get()
                    .then(|| {
                        let channels = channels.get_untracked();
                        view! { <Fields desk rule=subject.get_untracked() channels /> }
                    })
            }}
        </Dialog>
    }
}

/// Something to be switched on: its id, its name, whether it is.
type Choices = Vec<(Uuid, String, RwSignal<bool>)>;

fn chosen(choices: &[(Uuid, String, RwSignal<bool>)]) -> Vec<Uuid> {
    let on = choices.iter().filter(|(_, _, on)| on.get_untracked());
    on.map(|(id, _, _)| *id).collect()
}

#[component]
fn Fields(desk: Desk, rule: Option<AlertRuleView>, channels: Vec<ChannelView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let values = rule.as_ref().map(|rule| rule.values.clone());
    let kind = values.as_ref().map_or(AlertKind::WasteRisk, |v| v.kind);
    let threshold = values.as_ref().and_then(|v| v.threshold);
    let severity = values.as_ref().map_or(Severity::Warning, |v| v.severity);
    let (kind, severity) = (
        RwSignal::new(kind.to_string()),
        RwSignal::new(severity.to_string()),
    );
    let measure = Memo::new(move |_| {
        let kind: Option<AlertKind> = kind.with(|kind| kind.parse().ok());
        kind.and_then(measure_of)
    });
    // One box a measure: what is typed as money is no number of loaves.
    let standing = move |of: Measure| threshold.filter(|_| measure.get_untracked() == Some(of));
    let quantity = Amount::new(standing(Measure::Quantity), 0);
    let money = Amount::new(standing(Measure::Money), format.minor_digits());
    let worse = standing(Measure::Ratio).map(|ratio| (ratio - 10_000) / 100);
    let ratio = Amount::new(worse, 0);
    let active = RwSignal::new(values.as_ref().is_none_or(|v| v.active));
    let is_in = |list: fn(&AlertRuleValues) -> &Vec<Uuid>, id: Uuid| {
        values
            .as_ref()
            .is_some_and(|values| list(values).contains(&id))
    };
    let stores: Choices = use_stores()
        .into_iter()
        .map(|store| {
            (
                store.id,
                store.name,
                RwSignal::new(is_in(|v| &v.stores, store.id)),
            )
        })
        .collect();
    let channels: Choices = channels
        .into_iter()
        .map(|channel| {
            let on = RwSignal::new(is_in(|v| &v.channels, channel.id));
            (channel.id, channel.values.name, on)
        })
        .collect();
    let seen = rule.as_ref().map(|rule| (rule.id, rule.version));
    let draft = seen.map_or_else(
        || "alert-rule".to_owned(),
        |(id, _)| format!("alert-rule-{id}"),
    );
    let sent_as = draft.clone();
    let (over, at) = (
        StoredValue::new(channels.clone()),
        StoredValue::new(stores.clone()),
    );
    let save = move |()| {
        let threshold = match measure.get_untracked() {
            Some(Measure::Quantity) => quantity.read(),
            Some(Measure::Money) => money.read(),
            // A fifth worse is twelve tenths of before.
            Some(Measure::Ratio) => ratio
                .read()
                .map(|worse| worse.map(|worse| 10_000 + worse * 100)),
            None => Ok(None),
        };
        let Ok(threshold) = threshold else { return };
        let command = SaveAlertRule {
            command_id: desk.command_id(),
            rule_id: seen.map(|(id, _)| id),
            version: seen.map_or(0, |(_, version)| version),
            values: AlertRuleValues {
                kind: kind.with_untracked(|kind| kind.parse().unwrap_or(AlertKind::WasteRisk)),
                threshold,
                severity: severity
                    .with_untracked(|severity| severity.parse().unwrap_or(Severity::Warning)),
                stores: at.with_value(|all| chosen(all)),
                channels: over.with_value(|all| chosen(all)),
                active: active.get_untracked(),
            },
        };
        let done = |l: Locale| td_string!(l, channels.rule_saved);
        desk.run(sent_as.clone(), done, save_alert_rule(command));
    };
    let kinds = AlertKind::ALL
        .iter()
        .copied()
        .map(move |kind| Choice::new(kind.as_str(), move || kind_word(i18n.get_locale(), kind)));
    let kinds: Vec<Choice> = kinds.collect();
    let severities = Severity::ALL.iter().copied().map(move |severity| {
        let label = move || severity_word(i18n.get_locale(), severity);
        Choice::new(severity.as_str(), label)
    });
    let severities: Vec<Choice> = severities.collect();
    let box_of = move |of: Measure, name: &'static str, amount: Amount| {
        view! {
            <div hidden=move || measure.get() != Some(of)>
                <AmountInput
                    name
                    label=move || measure_word(i18n.get_locale(), of)
                    hint=move || t_string!(i18n, channels.threshold_hint)
                    amount
                    error=desk.beside("threshold")
                />
            </div>
        }
    };
    let none = channels.is_empty();
    view! {
        <SheetForm desk draft on_save=save>
            <Select name="rule_kind" label=move || t_string!(i18n, channels.kind) value=kind options=kinds />
            {box_of(Measure::Quantity, "threshold_quantity", quantity)}
            {box_of(Measure::Money, "threshold_money", money)}
            {box_of(Measure::Ratio, "threshold_ratio", ratio)}
            <Segmented name="rule_severity" label=move || t_string!(i18n, channels.severity) value=severity options=severities />
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, users.stores)}</legend>
                <p class="field-note">{move || t_string!(i18n, channels.stores_hint)}</p>
                {switches("rule-store", stores)}
            </fieldset>
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, channels.told)}</legend>
                <p class="field-note">{move || t_string!(i18n, channels.told_hint)}</p>
                {none
                    .then(|| {
                        view! {
                            <ButtonLink href="/alerts/channels" kind=ButtonKind::Quiet>{move || t_string!(i18n, channels.add)}</ButtonLink>
                        }
                    })} {switches("rule-channel", channels)}
            </fieldset>
            <Switch name="rule_active" label=move || t_string!(i18n, channels.rule_on) value=active />
        </SheetForm>
    }
}

fn switches(kind: &'static str, choices: Choices) -> impl IntoView {
    choices
        .into_iter()
        .map(|(id, label, value)| view! { <Switch name=format!("{kind}-{id}") label value /> })
        .collect_view()
}
