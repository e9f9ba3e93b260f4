//! Choosing the terms of one shelf or of several, in a sheet.

use super::{Desks, costs::Costs, percent};
use crate::pages::ingredients::{Amount, AmountInput, SheetForm};
use crate::{components::*, format::use_format, i18n::*, server_fns::policies::set_policies};
use contract::policies::{SeenShelf, SetPolicies, ShelfPolicyView};
use domain::replenish::{Levels, ShelfChoice};
use domain::{RatioBy, ReplenishmentPolicy};
use leptos::prelude::*;

/// Digits behind the point of a percentage, so that its last one is a basis point.
const PERCENT_DIGITS: u32 = 2;

/// The sheet.
#[component]
pub(super) fn PolicySheet(desks: Desks) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let title = move || {
        desks.subject.with(|shelves| match shelves.as_slice() {
            [shelf] => format!("{} · {}", shelf.product_name, shelf.store_name),
            shelves => {
                let count = i64::try_from(shelves.len()).unwrap_or(i64::MAX);
                t_string!(i18n, policies.several, count = format.number(count)).to_string()
            }
        })
    };
    view! {
        <Dialog open=desks.sheet.open title sheet=true>
            // Built anew only when the sheet opens for something.
            {move || desks.sheet.open.get().then(|| view! { <Fields desks shelves=desks.subject.get_untracked() /> })}
        </Dialog>
    }
}

/// What is chosen for all of them already; nothing where they differ.
fn in_common(shelves: &[ShelfPolicyView]) -> ShelfChoice {
    let first = shelves.first().map(|shelf| shelf.choice);
    first
        .filter(|choice| shelves.iter().all(|shelf| shelf.choice == *choice))
        .unwrap_or_default()
}

/// Where what is typed for these shelves is kept: for others it was not meant.
fn draft_of(shelves: &[ShelfPolicyView]) -> String {
    match shelves {
        [shelf] => format!("policy-{}-{}", shelf.store_id, shelf.product_id),
        shelves => {
            let sum = shelves.iter().fold(0_u128, |sum, shelf| {
                let product = shelf.product_id.as_u128().rotate_left(1);
                sum.wrapping_add(shelf.store_id.as_u128() ^ product)
            });
            format!("policies-{sum:x}")
        }
    }
}

/// The boxes of the sheet.
#[derive(Clone, Copy)]
struct Typed {
    policy: RwSignal<String>,
    ratio_by: RwSignal<String>,
    service_level: Amount,
    salvage: Amount,
    share: Amount,
    reorder_point: Amount,
    order_up_to: Amount,
}

impl Typed {
    fn of(shelves: &[ShelfPolicyView], minor_digits: u32) -> Self {
        let choice = in_common(shelves);
        let (point, up_to) = match shelves {
            [shelf] => (shelf.reorder_point, shelf.order_up_to),
            _ => (None, None),
        };
        let box_of = |bp: Option<i32>| Amount::new(bp.map(i64::from), PERCENT_DIGITS);
        Self {
            policy: RwSignal::new(choice.policy.map(|p| p.to_string()).unwrap_or_default()),
            ratio_by: RwSignal::new(choice.ratio_by.map(|r| r.to_string()).unwrap_or_default()),
            service_level: box_of(choice.service_level_bp),
            salvage: Amount::new(choice.salvage_minor, minor_digits),
            share: box_of(choice.substitution_share_bp),
            reorder_point: Amount::new(point, 0),
            order_up_to: Amount::new(up_to, 0),
        }
    }

    /// Nothing where a box holds no number; the box says so.
    fn choice(self) -> Option<ShelfChoice> {
        let bp = |amount: Option<i64>| amount.map(|bp| i32::try_from(bp).unwrap_or(i32::MAX));
        let level = self.service_level.read();
        let (salvage, share) = (self.salvage.read(), self.share.read());
        Some(ShelfChoice {
            policy: self.policy.get_untracked().parse().ok(),
            ratio_by: self.ratio_by.get_untracked().parse().ok(),
            service_level_bp: bp(level.ok()?),
            salvage_minor: salvage.ok()?,
            substitution_share_bp: bp(share.ok()?),
        })
    }

    fn levels(self) -> Option<Levels> {
        let (point, up_to) = (self.reorder_point.read(), self.order_up_to.read());
        Some(Levels {
            reorder_point: point.ok()?,
            order_up_to: up_to.ok()?,
        })
    }
}

#[component]
fn Fields(desks: Desks, shelves: Vec<ShelfPolicyView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let desk = desks.sheet;
    let typed = Typed::of(&shelves, format.minor_digits());
    let single = match shelves.as_slice() {
        [shelf] => Some(shelf.clone()),
        _ => None,
    };
    let is_single = single.is_some();
    let is_chosen = shelves.iter().any(|shelf| !shelf.choice.is_none());
    let of_product = single.as_ref().map(|shelf| shelf.of_product);
    let first = shelves.first().map(|shelf| shelf.choice);
    let differ = shelves.iter().any(|shelf| Some(shelf.choice) != first);
    let draft = draft_of(&shelves);
    let sent_as = StoredValue::new(draft.clone());
    let seen = shelves.iter().map(|shelf| SeenShelf {
        store_id: shelf.store_id,
        product_id: shelf.product_id,
        version: shelf.version,
    });
    let seen = StoredValue::new(seen.collect::<Vec<_>>());
    let send = move |choice: Option<ShelfChoice>, levels: Option<Levels>| {
        let command = SetPolicies {
            command_id: desk.command_id(),
            shelves: seen.get_value(),
            choice,
            levels,
        };
        let done = |l: Locale| td_string!(l, policies.saved);
        desk.run(sent_as.get_value(), done, set_policies(command));
    };
    let save = move |()| {
        let (Some(choice), Some(levels)) = (typed.choice(), typed.levels()) else {
            return;
        };
        let choice = Some(choice).filter(|choice| !choice.is_none());
        send(choice, is_single.then_some(levels));
    };
    let of = move |value: Option<String>| match value {
        Some(value) => t_string!(i18n, policies.empty_is, value = value).to_string(),
        None => t_string!(i18n, policies.empty_is_each).to_owned(),
    };
    let level_hint = move || {
        let product = of(of_product.map(|terms| percent(format, terms.service_level_bp)));
        format!("{product} {}", t_string!(i18n, policies.level_hint))
    };
    let salvage_hint = move || of(of_product.map(|terms| format.money(terms.salvage_minor)));
    let share_hint = move || {
        let product = of(of_product.map(|terms| percent(format, terms.substitution_share_bp)));
        format!("{product} {}", t_string!(i18n, policies.substitution_hint))
    };
    view! {
        <SheetForm desk draft on_save=save>
            <p>{move || t_string!(i18n, policies.next_time)}</p>
            {differ
                .then(|| {
                    view! { <Notice tone=Tone::Attention><p>{move || t_string!(i18n, policies.several_differ)}</p></Notice> }
                })}
            <Segmented name="policy" label=move || t_string!(i18n, policies.policy) value=typed.policy options=kinds() />
            <Segmented name="ratio_by" label=move || t_string!(i18n, policies.ratio_by) value=typed.ratio_by options=ways() />
            <AmountInput
                name="service_level"
                label=move || t_string!(i18n, policies.service_level)
                hint=level_hint
                amount=typed.service_level
                error=desk.beside("service_level")
            />
            <AmountInput
                name="salvage"
                label=move || t_string!(i18n, policies.salvage)
                hint=salvage_hint
                amount=typed.salvage
                error=desk.beside("salvage")
            />
            <AmountInput
                name="substitution_share"
                label=move || t_string!(i18n, policies.substitution_long)
                hint=share_hint
                amount=typed.share
                error=desk.beside("substitution_share")
            />
            {is_single.then(|| view! { <LevelFields desks typed /> })}
            {is_chosen
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet icon=Icon::Undo busy=desk.busy on_press=move |()| send(None, None)>
                            {move || t_string!(i18n, policies.back_to_product)}
                        </Button>
                    }
                })}
            {single.map(|shelf| view! { <Costs shelf /> })}
        </SheetForm>
    }
}

/// The levels of goods that keep.
#[component]
fn LevelFields(desks: Desks, typed: Typed) -> impl IntoView {
    let i18n = use_i18n();
    let desk = desks.sheet;
    view! {
        <AmountInput
            name="reorder_point"
            label=move || t_string!(i18n, policies.reorder_point)
            hint=move || t_string!(i18n, policies.reorder_point_hint)
            amount=typed.reorder_point
            error=desk.beside("reorder_point")
        />
        <AmountInput
            name="order_up_to"
            label=move || t_string!(i18n, policies.order_up_to)
            hint=move || t_string!(i18n, policies.order_up_to_hint)
            amount=typed.order_up_to
            error=desk.beside("order_up_to")
        />
    }
}

fn kinds() -> Vec<Choice> {
    let i18n = use_i18n();
    vec![
        Choice::new("", move || t_string!(i18n, policies.as_product)),
        Choice::new(ReplenishmentPolicy::Newsvendor.as_str(), move || {
            t_string!(i18n, policies.fresh)
        }),
        Choice::new(ReplenishmentPolicy::ReorderPoint.as_str(), move || {
            t_string!(i18n, policies.keeps)
        }),
    ]
}

fn ways() -> Vec<Choice> {
    let i18n = use_i18n();
    vec![
        Choice::new("", move || t_string!(i18n, policies.as_product)),
        Choice::new(RatioBy::Costs.as_str(), move || {
            t_string!(i18n, policies.way_costs)
        }),
        Choice::new(RatioBy::ServiceLevel.as_str(), move || {
            t_string!(i18n, policies.way_level)
        }),
    ]
}
