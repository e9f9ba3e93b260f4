//! What the organization chose.

use super::Desk;
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, use_i18n},
};
use contract::settings::OrganizationSettings;
use domain::Language;
use leptos::prelude::*;

/// A minute of the day as clocks show it.
pub(super) fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[component]
fn Fact(#[prop(into)] label: TextProp, #[prop(into)] value: TextProp) -> impl IntoView {
    view! {
        <div>
            <dt>{move || label.get()}</dt>
            <dd>{move || value.get()}</dd>
        </div>
    }
}

/// The settings, and the way to change them.
#[component]
pub(super) fn Facts(settings: OrganizationSettings, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let subject = settings.clone();
    let change = move |()| {
        desk.editing.set(Some(subject.clone()));
        desk.edit_open.set(true);
    };
    let OrganizationSettings {
        name,
        slug,
        currency,
        language,
        time_zone,
        night_hour,
        deadline_hour,
        import_error_threshold_bp,
        allow_oversell,
        waste_alert_minor,
        count_recount_minor,
        count_approval_minor,
        midday_minute,
        afternoon_minute,
        keep_months,
        ..
    } = settings;
    let spoken = move || match language {
        Language::Es => t_string!(i18n, common.spanish),
        Language::En => t_string!(i18n, common.english),
    };
    let money = move |amount: Option<i64>| match amount {
        Some(amount) => t_string!(
            i18n,
            organization.from_amount,
            amount = format.money(amount)
        )
        .to_string(),
        None => t_string!(i18n, organization.never).to_owned(),
    };
    let kept = move || match keep_months {
        Some(months) => t_string!(
            i18n,
            organization.months,
            count = format.number(i64::from(months))
        )
        .to_string(),
        None => t_string!(i18n, organization.keep_all).to_owned(),
    };
    let oversell = move || {
        if allow_oversell {
            t_string!(i18n, common.yes)
        } else {
            t_string!(i18n, common.no)
        }
    };
    let share = move || format.percent(f64::from(import_error_threshold_bp) / 10_000.0, 2);
    view! {
        <Section title=move || t_string!(i18n, organization.general)>
            <dl class="settings-facts">
                <Fact label=move || t_string!(i18n, organization.name) value=name />
                <Fact label=move || t_string!(i18n, organization.slug) value=slug />
                <Fact label=move || t_string!(i18n, organization.language) value=spoken />
                <Fact label=move || t_string!(i18n, organization.currency) value=currency />
                <Fact label=move || t_string!(i18n, organization.time_zone) value=time_zone />
                <Fact label=move || t_string!(i18n, organization.night) value=clock(night_hour * 60) />
                <Fact label=move || t_string!(i18n, organization.deadline) value=clock(deadline_hour * 60) />
                <Fact label=move || t_string!(i18n, organization.midday) value=clock(midday_minute) />
                <Fact label=move || t_string!(i18n, organization.afternoon) value=clock(afternoon_minute) />
                <Fact label=move || t_string!(i18n, organization.threshold) value=share />
                <Fact label=move || t_string!(i18n, organization.waste_alert) value=move || format.money(waste_alert_minor) />
                <Fact label=move || t_string!(i18n, organization.recount) value=move || money(count_recount_minor) />
                <Fact label=move || t_string!(i18n, organization.approval) value=move || money(count_approval_minor) />
                <Fact label=move || t_string!(i18n, organization.oversell) value=oversell />
                <Fact label=move || t_string!(i18n, organization.keep) value=kept />
            </dl>
            <Button kind=ButtonKind::Primary icon=Icon::Pencil on_press=change>
                {move || t_string!(i18n, organization.change)}
            </Button>
        </Section>
    }
}
