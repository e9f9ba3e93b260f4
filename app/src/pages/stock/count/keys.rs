//! The keys for what is there of a product.

use super::Counting;
use crate::{components::*, format::use_format, i18n::*, pages::units::in_unit};
use domain::barcodes::split_scan;
use domain::stock::MAX_QUANTITY;
use leptos::{ev, prelude::*};

#[component]
pub(super) fn KeysDialog(counting: Counting, enter: Callback<Option<i64>>) -> impl IntoView {
    let title = move || {
        counting.product.with(|product| {
            product
                .as_ref()
                .map(|(_, name, _)| name.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <Dialog open=counting.keys_open title sheet=true>
            // Anew for each product: what was typed for another one stays with that one.
            {move || counting.keys_open.get().then(|| view! { <Keys counting enter /> })}
        </Dialog>
    }
}

#[component]
fn Keys(counting: Counting, enter: Callback<Option<i64>>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let product = counting.product.get_untracked();
    let before = counting.before.get_untracked();
    let unit = product.map(|(_, _, unit)| unit);
    let known = before.zip(unit).map(|(before, unit)| {
        view! {
            <p class="lead">
                {move || t_string!(i18n, stock.counted_before, quantity = format.quantity(before, unit))}
            </p>
        }
    });
    listen(counting, enter);
    let nothing = Signal::derive(move || counting.typed.get().is_none());
    let keep = move |()| {
        let typed = counting.typed.get_untracked();
        if typed.is_some() {
            enter.run(typed);
        }
    };
    view! {
        <div class="count-keys">
            {known}
            <QuantityInput
                name="counted"
                label=move || t_string!(i18n, stock.there_are)
                hint=move || {
                    let typed = counting.typed.get();
                    unit.map_or_else(String::new, |unit| in_unit(i18n.get_locale(), format, typed, unit))
                }
                value=counting.typed
                max=MAX_QUANTITY
                large=true
            />
            <Keypad value=counting.typed max=MAX_QUANTITY />
            <div class="count-actions">
                <Button large=true on_press=move |()| counting.typed.set(Some(0))>{move || t_string!(i18n, stock.none_left)}</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Check large=true disabled=nothing on_press=keep>
                    {move || t_string!(i18n, stock.keep_count)}
                </Button>
            </div>
            {before
                .map(|_| {
                    view! {
                        <Button kind=ButtonKind::Quiet on_press=move |()| enter.run(None)>
                            {move || t_string!(i18n, stock.not_counted)}
                        </Button>
                    }
                })}
        </div>
    }
}

/// Digits that came one after another, and what stood in the box before them.
type Run = (String, Option<i64>);

/// Listens for a scanner while the keys are open: it types the next product's code and Enter, wherever the focus is. What was typed so far
/// is kept for this product, and the next one comes under the keys.
fn listen(counting: Counting, enter: Callback<Option<i64>>) {
    let run = StoredValue::new(Run::default());
    let toasts = use_toasts();
    let i18n = use_i18n();
    let heard = move |event: ev::KeyboardEvent| {
        let key = event.key();
        if key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_digit()) {
            let before = counting.typed.try_get_untracked().flatten();
            run.try_update_value(|(digits, stood)| {
                if digits.is_empty() {
                    *stood = before;
                }
                digits.push_str(&key);
            });
            return;
        }
        // A scanner may press Shift between digits.
        if key == "Shift" {
            return;
        }
        let (digits, stood) = run.try_update_value(std::mem::take).unwrap_or_default();
        if key != "Enter" {
            return;
        }
        let find = |code: &str| {
            let places = counting.places;
            let found = places
                .try_with_value(|places| places.iter().find(|place| place.bears(code)).cloned());
            found.flatten()
        };
        if let Some((number, code)) = split_scan(&digits, |code| find(code).is_some()) {
            event.prevent_default();
            let kept = so_far(stood, number, is_typed(&event));
            if kept.is_some() {
                enter.run(kept);
            }
            if let Some(place) = find(code) {
                counting.show(&place);
            }
        } else if digits.len() >= SURE
            && let Some((number, code)) = split_scan(&digits, |code| code.len() >= SURE)
        {
            event.prevent_default();
            counting.typed.set(so_far(stood, number, is_typed(&event)));
            // Anew: where no number stood, the box goes on showing what was typed into it.
            counting.keys_open.set(true);
            toasts.failed(untrack(|| {
                t_string!(i18n, stock.unknown_code, code = code.to_owned())
            }));
        }
    };
    let listener = window_event_listener(ev::keydown, heard);
    on_cleanup(move || listener.remove());
}

/// So many digits with the right last one were scanned; nobody counts so much.
const SURE: usize = 12;

/// Whether what a key writes lands in the box.
fn is_typed(event: &ev::KeyboardEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let target = event.target();
        target.is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        false
    }
}

/// The number that stood before a scan: what was there, and the digits typed behind it where they landed in the box.
fn so_far(stood: Option<i64>, typed: &str, is_typed: bool) -> Option<i64> {
    if typed.is_empty() || !is_typed {
        return stood;
    }
    let before = stood.map(|number| number.to_string()).unwrap_or_default();
    let number = format!("{before}{typed}").parse().ok();
    number.filter(|number| (0..=MAX_QUANTITY).contains(number))
}

#[cfg(test)]
mod tests {
    use super::so_far;

    #[test]
    fn a_scan_leaves_the_number_that_stood_before_it() {
        assert_eq!(so_far(None, "", true), None);
        assert_eq!(so_far(Some(12), "", true), Some(12));
        assert_eq!(so_far(None, "12", true), Some(12));
        assert_eq!(so_far(Some(1), "2", true), Some(12));
        // The focus was on a key: the digits went nowhere.
        assert_eq!(so_far(Some(7), "12", false), Some(7));
        assert_eq!(so_far(None, "99999999999", true), None);
    }
}
