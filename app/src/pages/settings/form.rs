//! Changing the settings, in a sheet.

use super::{
    Desk,
    facts::clock,
    words::{beside, explain},
};
use crate::{
    components::*,
    drafts,
    format::use_format,
    i18n::{t_string, use_i18n},
    pages::ingredients::{Amount, AmountInput},
    server_fns::organization::change_settings,
};
use contract::AppError;
use contract::settings::{ChangeSettings, OrganizationSettings, UnsetSetting};
use leptos::prelude::*;
use uuid::Uuid;

const DRAFT: &str = "settings";

/// Months that can be chosen.
const MONTHS: [i32; 6] = [6, 12, 24, 36, 60, 120];

/// Digits behind the point of a percentage, so that its last one is a basis point.
const PERCENT_DIGITS: u32 = 2;

/// The sheet.
#[component]
pub(super) fn SettingsForm(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open=desk.edit_open title=move || t_string!(i18n, organization.change) sheet=true>
            // Built anew only when the sheet opens.
            {move || {
                let subject = if desk.edit_open.get() { desk.editing.get_untracked() } else { None };
                subject.map(|settings| view! { <Fields settings desk /> })
            }}
        </Dialog>
    }
}

/// What is being typed. Copy.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    language: RwSignal<String>,
    currency: RwSignal<String>,
    time_zone: RwSignal<String>,
    night_hour: RwSignal<String>,
    deadline_hour: RwSignal<String>,
    midday: RwSignal<String>,
    afternoon: RwSignal<String>,
    threshold: Amount,
    waste_alert: Amount,
    recount: Amount,
    approval: Amount,
    oversell: RwSignal<bool>,
    keep: RwSignal<String>,
}

/// The minute of the day that a clock shows.
fn minute_of(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    Some(hour * 60 + minute)
}

impl Typed {
    fn of(settings: &OrganizationSettings, money_digits: u32) -> Self {
        let text = |value: String| RwSignal::new(value);
        let keep = settings.keep_months.map(|months| months.to_string());
        Self {
            name: text(settings.name.clone()),
            language: text(settings.language.as_str().to_owned()),
            currency: text(settings.currency.clone()),
            time_zone: text(settings.time_zone.clone()),
            night_hour: text(settings.night_hour.to_string()),
            deadline_hour: text(settings.deadline_hour.to_string()),
            midday: text(clock(settings.midday_minute)),
            afternoon: text(clock(settings.afternoon_minute)),
            threshold: Amount::new(
                Some(i64::from(settings.import_error_threshold_bp)),
                PERCENT_DIGITS,
            ),
            waste_alert: Amount::new(Some(settings.waste_alert_minor), money_digits),
            recount: Amount::new(settings.count_recount_minor, money_digits),
            approval: Amount::new(settings.count_approval_minor, money_digits),
            oversell: RwSignal::new(settings.allow_oversell),
            keep: text(keep.unwrap_or_default()),
        }
    }

    /// Everything that was typed; nothing where a box holds no amount, which says so itself.
    fn command(self, command_id: Uuid, settings: &OrganizationSettings) -> Option<ChangeSettings> {
        let (threshold, waste_alert) = (self.threshold.read(), self.waste_alert.read());
        let (recount, approval) = (self.recount.read(), self.approval.read());
        let (recount, approval) = (recount.ok()?, approval.ok()?);
        let keep: Option<i32> = self.keep.get_untracked().parse().ok();
        let unset = [
            (recount.is_none(), UnsetSetting::CountRecountMinor),
            (approval.is_none(), UnsetSetting::CountApprovalMinor),
            (keep.is_none(), UnsetSetting::KeepMonths),
        ];
        let currency = self.currency.get_untracked().trim().to_uppercase();
        Some(ChangeSettings {
            command_id,
            version: Some(settings.version),
            name: Some(self.name.get_untracked()),
            currency: (!settings.has_sold).then_some(currency),
            language: self.language.get_untracked().parse().ok(),
            time_zone: Some(self.time_zone.get_untracked().trim().to_owned()),
            night_hour: self.night_hour.get_untracked().parse().ok(),
            deadline_hour: self.deadline_hour.get_untracked().parse().ok(),
            import_error_threshold_bp: threshold
                .ok()?
                .map(|share| i32::try_from(share).unwrap_or(i32::MAX)),
            allow_oversell: Some(self.oversell.get_untracked()),
            waste_alert_minor: waste_alert.ok()?,
            count_recount_minor: recount,
            count_approval_minor: approval,
            midday_minute: minute_of(&self.midday.get_untracked()),
            afternoon_minute: minute_of(&self.afternoon.get_untracked()),
            keep_months: keep,
            unset: unset
                .into_iter()
                .filter(|(is_unset, _)| *is_unset)
                .map(|(_, setting)| setting)
                .collect(),
        })
    }
}

fn hours() -> Vec<Choice> {
    (0..24)
        .map(|hour| Choice::new(hour.to_string(), clock(hour * 60)))
        .collect()
}

#[component]
fn Fields(settings: OrganizationSettings, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let toasts = use_toasts();
    let refused = RwSignal::new(None::<AppError>);
    let typed = Typed::of(&settings, format.minor_digits());
    let has_sold = settings.has_sold;
    // One id for all attempts with the same words.
    let sent = StoredValue::new(None::<ChangeSettings>);
    let save = Action::new(move |command: &ChangeSettings| {
        let command = command.clone();
        async move {
            match change_settings(command).await {
                Ok(_) => {
                    drafts::saved(DRAFT);
                    let _ = desk.edit_open.try_set(false);
                    let _ = desk.reload.try_run(());
                    toasts.done(untrack(|| t_string!(i18n, organization.saved).to_owned()));
                }
                Err(error) => {
                    let _ = refused.try_set(Some(error));
                }
            }
        }
    });
    let submit = move || {
        let Some(mut command) = typed.command(Uuid::now_v7(), &settings) else {
            return;
        };
        if let Some(before) = sent.get_value() {
            let again = ChangeSettings {
                command_id: before.command_id,
                ..command.clone()
            };
            if again == before {
                command = again;
            }
        }
        sent.set_value(Some(command.clone()));
        save.dispatch(command);
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let busy = save.pending();
    view! {
        <form
            class="stack"
            data-draft=DRAFT
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            {general}
            <Names typed refused has_sold />
            <Days typed refused />
            <Limits typed refused />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.edit_open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, common.save)}
                </Button>
            </div>
        </form>
    }
}

/// What is wrong with a field.
fn wrong(refused: RwSignal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    let i18n = use_i18n();
    Signal::derive(move || refused.with(|error| beside(i18n.get_locale(), error.as_ref()?, field)))
}

#[component]
fn Names(typed: Typed, refused: RwSignal<Option<AppError>>, has_sold: bool) -> impl IntoView {
    let i18n = use_i18n();
    let languages = vec![
        Choice::new("es", move || t_string!(i18n, common.spanish)),
        Choice::new("en", move || t_string!(i18n, common.english)),
    ];
    view! {
        <TextInput name="settings-name" label=move || t_string!(i18n, organization.name) value=typed.name error=wrong(refused, "name") />
        <Segmented
            name="settings-language"
            label=move || t_string!(i18n, organization.language)
            value=typed.language
            options=languages
        />
        {(!has_sold)
            .then(|| {
                view! {
                    <TextInput
                        name="settings-currency"
                        label=move || t_string!(i18n, organization.currency)
                        hint=move || t_string!(i18n, organization.currency_hint)
                        value=typed.currency
                        error=wrong(refused, "currency")
                    />
                }
            })}
        <TextInput
            name="settings-time-zone"
            label=move || t_string!(i18n, organization.time_zone)
            hint=move || t_string!(i18n, organization.time_zone_hint)
            value=typed.time_zone
            error=wrong(refused, "time_zone")
        />
    }
}

#[component]
fn Days(typed: Typed, refused: RwSignal<Option<AppError>>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Select
            name="settings-night"
            label=move || t_string!(i18n, organization.night)
            hint=move || t_string!(i18n, organization.night_hint)
            value=typed.night_hour
            options=hours()
            error=wrong(refused, "night_hour")
        />
        <Select
            name="settings-deadline"
            label=move || t_string!(i18n, organization.deadline)
            value=typed.deadline_hour
            options=hours()
            error=wrong(refused, "deadline_hour")
        />
        <TextInput
            name="settings-midday"
            kind="time"
            label=move || t_string!(i18n, organization.midday)
            value=typed.midday
            error=wrong(refused, "midday_minute")
        />
        <TextInput
            name="settings-afternoon"
            kind="time"
            label=move || t_string!(i18n, organization.afternoon)
            value=typed.afternoon
            error=wrong(refused, "afternoon_minute")
        />
    }
}

#[component]
fn Limits(typed: Typed, refused: RwSignal<Option<AppError>>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let mut months = vec![Choice::new("", move || {
        t_string!(i18n, organization.keep_all)
    })];
    months.extend(MONTHS.iter().map(|count| {
        let count = *count;
        Choice::new(count.to_string(), move || {
            t_string!(
                i18n,
                organization.months,
                count = format.number(i64::from(count))
            )
            .to_string()
        })
    }));
    view! {
        <AmountInput
            name="settings-threshold"
            label=move || t_string!(i18n, organization.threshold_percent)
            amount=typed.threshold
            error=wrong(refused, "import_error_threshold_bp")
        />
        <AmountInput
            name="settings-waste"
            label=move || t_string!(i18n, organization.waste_alert)
            amount=typed.waste_alert
            error=wrong(refused, "waste_alert_minor")
        />
        <AmountInput
            name="settings-recount"
            label=move || t_string!(i18n, organization.recount)
            hint=move || t_string!(i18n, organization.empty_never)
            amount=typed.recount
            error=wrong(refused, "count_recount_minor")
        />
        <AmountInput
            name="settings-approval"
            label=move || t_string!(i18n, organization.approval)
            hint=move || t_string!(i18n, organization.empty_never)
            amount=typed.approval
            error=wrong(refused, "count_approval_minor")
        />
        <Switch name="settings-oversell" label=move || t_string!(i18n, organization.oversell) value=typed.oversell />
        <Select
            name="settings-keep"
            label=move || t_string!(i18n, organization.keep)
            hint=move || t_string!(i18n, organization.keep_hint)
            value=typed.keep
            options=months
            error=wrong(refused, "keep_months")
        />
    }
}
