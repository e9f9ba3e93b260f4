//! Adding and changing a store, in a sheet.

use crate::pages::ingredients::{Amount, AmountInput, Desk, SheetForm};
use crate::{
    components::*, format::use_format, i18n::*, server_fns::catalog::save_store,
    session::use_current_user,
};
use chrono::{Days, NaiveTime, Timelike};
use contract::assortment::{SaveStore, StoreValues};
use contract::catalog::StoreView;
use domain::StoreKind;
use leptos::prelude::*;

const DAY: i32 = 24 * 60;
const OPENS: i32 = 8 * 60;
const CLOSES: i32 = 21 * 60;
const EVERY_DAY: i32 = 0b111_1111;

/// The sheet. `subject` says which store is changed; none means that one is added.
#[component]
pub(super) fn StoreForm(
    desk: Desk,
    subject: RwSignal<Option<StoreView>>,
    known: RwSignal<Vec<StoreView>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(store) => store.name,
        None => t_string!(i18n, assortment.store_add).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || {
                desk.open
                    .get()
                    .then(|| view! { <Fields desk store=subject.get_untracked() known=known.get_untracked() /> })
            }}
        </Dialog>
    }
}

/// A minute of the day as the browser's control writes it.
fn typed(minute: i32) -> String {
    let minute = minute.rem_euclid(DAY);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// What the browser's control says, as a minute of the day.
fn minute(text: &str) -> Option<i32> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    i32::try_from(time.num_seconds_from_midnight() / 60).ok()
}

/// A shop that closes at or before the time at which it opens closes on the next day.
fn closing(opens: i32, closes: i32) -> i32 {
    if closes <= opens {
        closes + DAY
    } else {
        closes
    }
}

#[component]
fn TimeField(
    name: &'static str,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
    #[prop(optional)] optional: bool,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    view! {
        <Field for_id=id.clone() label error optional>
            <input class="input input-date" id=id name=name type="time" aria-describedby=note bind:value=value />
        </Field>
    }
}

#[component]
fn Fields(desk: Desk, store: Option<StoreView>, known: Vec<StoreView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let user = use_current_user();
    let of = |read: fn(&StoreView) -> String| {
        RwSignal::new(store.as_ref().map(read).unwrap_or_default())
    };
    let (code, name) = (of(|s| s.code.clone()), of(|s| s.name.clone()));
    let (city, region) = (of(|s| s.city.clone()), of(|s| s.region.clone()));
    let zone = RwSignal::new(
        store
            .as_ref()
            .map_or_else(|| user.time_zone.clone(), |s| s.time_zone.clone()),
    );
    let kind = store.as_ref().map_or(StoreKind::Shop, |s| s.kind);
    let kind = RwSignal::new(kind.to_string());
    let kitchen = of(|s| {
        s.kitchen_store_id
            .map(|id| id.to_string())
            .unwrap_or_default()
    });
    let opens = RwSignal::new(typed(store.as_ref().map_or(OPENS, |s| s.opens_at_minute)));
    let closes = RwSignal::new(typed(store.as_ref().map_or(CLOSES, |s| s.closes_at_minute)));
    let hot = of(|s| s.bakes_from_minute.map(typed).unwrap_or_default());
    let days = store.as_ref().map_or(EVERY_DAY, |s| s.opening_days);
    let days: Vec<RwSignal<bool>> = (0..7)
        .map(|day| RwSignal::new((days >> day) & 1 == 1))
        .collect();
    let trays = Amount::new(
        store
            .as_ref()
            .and_then(|s| s.oven_trays_per_hour)
            .map(i64::from),
        0,
    );
    let mixer = Amount::new(store.as_ref().and_then(|s| s.mixer_capacity), 0);
    let active = RwSignal::new(store.as_ref().is_none_or(|s| s.active));
    let place = store
        .as_ref()
        .map_or((0, 0), |s| (s.latitude_e6, s.longitude_e6));
    let seen = store.as_ref().map(|s| (s.id, s.version));
    let draft = seen.map_or_else(|| "store".to_owned(), |(id, _)| format!("store-{id}"));
    let sent_as = draft.clone();
    let opening = days.clone();
    let save = move |()| {
        let (Ok(trays), Ok(mixer)) = (trays.read(), mixer.read()) else {
            return;
        };
        let opens = opens.with_untracked(|text| minute(text)).unwrap_or(-1);
        let closes = closes.with_untracked(|text| minute(text)).unwrap_or(-1);
        let opening_days = opening
            .iter()
            .enumerate()
            .filter(|(_, on)| on.get_untracked())
            .fold(0, |days, (day, _)| days | (1 << day));
        let command = SaveStore {
            command_id: desk.command_id(),
            store_id: seen.map(|(id, _)| id),
            version: seen.map_or(0, |(_, version)| version),
            values: StoreValues {
                code: code.get_untracked(),
                name: name.get_untracked(),
                kind: kind.with_untracked(|kind| kind.parse().unwrap_or(StoreKind::Shop)),
                city: city.get_untracked(),
                region: region.get_untracked(),
                time_zone: zone.get_untracked().trim().to_owned(),
                latitude_e6: place.0,
                longitude_e6: place.1,
                opening_days,
                opens_at_minute: opens,
                closes_at_minute: if closes < 0 {
                    closes
                } else {
                    closing(opens, closes)
                },
                kitchen_store_id: kitchen.with_untracked(|id| id.parse().ok()),
                active: active.get_untracked(),
                oven_trays_per_hour: trays.map(|trays| i32::try_from(trays).unwrap_or(i32::MAX)),
                bakes_from_minute: hot.with_untracked(|text| minute(text)),
                mixer_capacity: mixer,
            },
        };
        let done = |l: Locale| td_string!(l, assortment.store_saved);
        desk.run(sent_as.clone(), done, save_store(command));
    };
    let own = seen.map(|(id, _)| id);
    let itself = Choice::new("", move || t_string!(i18n, assortment.bakes_itself));
    let others = known
        .into_iter()
        .filter(|other| Some(other.id) != own && other.active && other.kitchen_store_id.is_none())
        .map(|other| Choice::new(other.id.to_string(), other.name));
    let kitchens: Vec<Choice> = [itself].into_iter().chain(others).collect();
    let kinds = vec![
        Choice::new("shop", move || t_string!(i18n, assortment.shop)),
        Choice::new("central_kitchen", move || {
            t_string!(i18n, assortment.central)
        }),
    ];
    // Any Monday will do.
    let monday = chrono::NaiveDate::from_ymd_opt(2026, 3, 9).unwrap_or_default();
    let week = days
        .into_iter()
        .zip(0_u64..)
        .map(|(value, day)| {
            let date = monday + Days::new(day);
            view! { <Switch name=format!("opens-{day}") label=move || format.weekday(date) value /> }
        })
        .collect_view();
    view! {
        <SheetForm desk draft on_save=save>
            <TextInput name="store_name" label=move || t_string!(i18n, recipes.name) value=name error=desk.beside("name") />
            <TextInput
                name="store_code"
                label=move || t_string!(i18n, assortment.code)
                hint=move || t_string!(i18n, assortment.code_hint)
                value=code
                error=desk.beside("code")
            />
            <Segmented name="store_kind" label=move || t_string!(i18n, assortment.kind) value=kind options=kinds />
            <TextInput name="store_city" label=move || t_string!(i18n, assortment.city) value=city optional=true error=desk.beside("city") />
            <TextInput name="store_region" label=move || t_string!(i18n, assortment.region) value=region optional=true error=desk.beside("region") />
            <TextInput
                name="store_zone"
                label=move || t_string!(i18n, assortment.zone)
                hint=move || t_string!(i18n, assortment.zone_hint)
                value=zone
                error=desk.beside("time_zone")
            />
            <TimeField name="opens" label=move || t_string!(i18n, assortment.opens) value=opens error=desk.beside("opens_at_minute") />
            <TimeField name="closes" label=move || t_string!(i18n, assortment.closes) value=closes error=desk.beside("closes_at_minute") />
            <fieldset class="choices">
                <legend class="field-label">{move || t_string!(i18n, assortment.days)}</legend>
                {week}
            </fieldset>
            <Select
                name="kitchen"
                label=move || t_string!(i18n, assortment.kitchen)
                value=kitchen
                options=kitchens
                error=desk.beside("kitchen_store_id")
            />
            <AmountInput
                name="trays"
                label=move || t_string!(i18n, assortment.trays)
                hint=move || t_string!(i18n, assortment.empty_no_limit)
                amount=trays
                error=desk.beside("oven_trays_per_hour")
            />
            <TimeField name="hot" label=move || t_string!(i18n, assortment.hot) value=hot optional=true error=desk.beside("bakes_from_minute") />
            <AmountInput
                name="mixer"
                label=move || t_string!(i18n, assortment.mixer)
                hint=move || t_string!(i18n, assortment.empty_no_limit)
                amount=mixer
                error=desk.beside("mixer_capacity")
            />
            <Switch name="store_active" label=move || t_string!(i18n, assortment.open) value=active />
        </SheetForm>
    }
}

#[cfg(test)]
mod tests {
    use super::{closing, minute, typed};

    #[test]
    fn times_are_read_as_they_are_written_and_closing_may_be_after_midnight() {
        for of_day in [0, 5, 7 * 60 + 30, 23 * 60 + 59] {
            assert_eq!(minute(&typed(of_day)), Some(of_day));
        }
        assert_eq!(minute(""), None);
        assert_eq!(closing(480, 1_260), 1_260);
        assert_eq!(closing(480, 60), 1_500);
        assert_eq!(typed(closing(480, 60)), "01:00");
    }
}
