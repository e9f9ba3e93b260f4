//! Rules: from which size on an alert of a kind is how severe, and who outside hears of it.

use super::{
    Tabs,
    rule_form::RuleForm,
    words::{Deed, kind_word, severity_tone, severity_word},
};
use crate::{
    components::*,
    fetched::Fetched,
    format::{Format, use_format},
    i18n::*,
    pages::ingredients::Desk,
    server_fns::admin::{list_alert_rules, remove_alert_rule},
    session::use_stores,
};
use contract::channels::{AlertRuleView, ChannelView, RemoveAlertRule};
use domain::AlertKind;
use domain::channels::{Measure, measure_of};
use leptos::prelude::*;
use uuid::Uuid;

/// The page's sheet and what it is about; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    form: Desk,
    subject: RwSignal<Option<AlertRuleView>>,
    /// The channels to choose from.
    channels: RwSignal<Vec<ChannelView>>,
    reload: Callback<()>,
}

/// Which alerts are how severe, and over which channels they are told.
#[component]
pub fn AlertRulesPage() -> impl IntoView {
    let i18n = use_i18n();
    let rules = Fetched::new(|| (), |()| list_alert_rules());
    let reload = Callback::new(move |()| rules.refetch());
    let desks = Desks {
        form: Desk::new(reload),
        subject: RwSignal::new(None),
        channels: RwSignal::new(Vec::new()),
        reload,
    };
    let add = move |()| {
        desks.subject.set(None);
        desks.form.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, channels.rules_title) lead=move || t_string!(i18n, channels.rules_lead)>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                {move || t_string!(i18n, channels.rule_add)}
            </Button>
        </PageHeader>
        <Tabs here="/alerts/rules" />
        <Loaded
            resource=rules
            children=move |(rules, channels): (Vec<AlertRuleView>, Vec<ChannelView>)| {
                desks.channels.set(channels.clone());
                view! { <Rules rules channels desks /> }
            }
        />
        <Later part=move || draw_sheet(desks) />
    }
}

#[lazy(alert_rules_later)]
fn draw_sheet(desks: Desks) -> AnyView {
    view! { <RuleForm desk=desks.form subject=desks.subject channels=desks.channels /> }.into_any()
}

#[component]
fn Rules(rules: Vec<AlertRuleView>, channels: Vec<ChannelView>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    if rules.is_empty() {
        return view! {
            <EmptyState icon=Icon::Flag title=move || t_string!(i18n, channels.rules_none) text=move || t_string!(i18n, channels.rules_none_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, channels.kind)),
        Column::text(move || t_string!(i18n, channels.severity)),
        Column::text(move || t_string!(i18n, users.stores)),
        Column::text(move || t_string!(i18n, channels.told)),
        Column::text(""),
    ];
    let rows = rules
        .into_iter()
        .map(|rule| {
            let told: Vec<String> = channels
                .iter()
                .filter(|channel| rule.values.channels.contains(&channel.id))
                .map(|channel| channel.values.name.clone())
                .collect();
            view! { <Row rule told=told.join(", ") desks /> }
        })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, channels.rules_title) columns>{rows}</Table> }
        .into_any()
}

/// From which size on, as people read it.
fn size(format: Format, kind: AlertKind, threshold: i64) -> Option<String> {
    Some(match measure_of(kind)? {
        Measure::Quantity => format.number(threshold),
        Measure::Money => format.money(threshold),
        Measure::Ratio => format.percent(threshold as f64 / 10_000.0 - 1.0, 0),
    })
}

#[component]
fn Row(rule: AlertRuleView, told: String, desks: Desks) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let deed = Deed::new(desks.reload);
    let values = rule.values.clone();
    let (kind, severity, threshold) = (values.kind, values.severity, values.threshold);
    let (id, active) = (rule.id, values.active);
    let names: Vec<String> = use_stores()
        .into_iter()
        .filter(|store| values.stores.contains(&store.id))
        .map(|store| store.name)
        .collect();
    let names = names.join(", ");
    let from = move || {
        let size = threshold.and_then(|threshold| size(format, kind, threshold))?;
        Some(t_string!(i18n, channels.from, size = size).to_string())
    };
    let remove = move |()| {
        let command = RemoveAlertRule {
            command_id: Uuid::now_v7(),
            rule_id: id,
        };
        let done = move |()| deed.say(|locale| td_string!(locale, channels.rule_removed));
        deed.run(remove_alert_rule(command), done);
    };
    let edit = move |()| {
        desks.subject.set(Some(rule.clone()));
        desks.form.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{move || kind_word(i18n.get_locale(), kind)}</strong>
                <br />
                <span class="muted">{from}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, channels.severity)>
                <StatusPill tone=severity_tone(severity) text=move || severity_word(i18n.get_locale(), severity) />
                {(!active).then(|| view! { <StatusPill text=move || t_string!(i18n, channels.off) /> })}
            </Cell>
            <Cell label=move || {
                t_string!(i18n, users.stores)
            }>{move || if names.is_empty() { t_string!(i18n, users.all_stores).to_owned() } else { names.clone() }}</Cell>
            <Cell label=move || {
                t_string!(i18n, channels.told)
            }>{move || if told.is_empty() { t_string!(i18n, channels.in_app).to_owned() } else { told.clone() }}</Cell>
            <Cell>
                <div class="row-actions">
                    <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, users.edit)}</Button>
                    <ConfirmButton
                        label=move || t_string!(i18n, channels.remove)
                        question=move || t_string!(i18n, channels.rule_remove_question)
                        detail=move || t_string!(i18n, channels.rule_remove_detail)
                        confirm=move || t_string!(i18n, channels.remove)
                        busy=deed.busy
                        on_confirm=remove
                    />
                </div>
            </Cell>
        </tr>
    }
}
