//! Counting on a tablet: walk along the shelves, tap a product, type what is there. Everybody who counts the store is on one sheet; it
//! changes the books when it is handed in.

mod choose;
mod filters;
mod keys;
mod review;
mod standing;
mod tiles;

use self::tiles::{Place, Tiles, categories, places};
use super::levels::levels_of;
use crate::{
    components::*,
    device,
    device_queue::{About, Command, Entry, use_device_queue},
    fetched::Fetched,
    format::use_format,
    i18n::*,
    routes::guarded,
    server_fns::counts::read_count,
    store_choice::use_chosen_store,
};
use contract::AppError;
use contract::counts::{CountDesk, CountSheetView, EnterCounts, EnteredCount};
use contract::stock::{LevelView, StockLevels};
use domain::{Permission, Unit};
use leptos::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use uuid::Uuid;

/// The sheet for counting.
#[component]
pub fn CountPage() -> impl IntoView {
    guarded(Permission::StockCount, || view! { <Count /> })
}

/// What of the page is open, typed and known; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
struct Counting {
    store: Signal<Option<(Uuid, String)>>,
    /// The sheet as it was loaded.
    sheet: RwSignal<Option<CountSheetView>>,
    levels: RwSignal<Vec<LevelView>>,
    places: StoredValue<Vec<Place>>,
    categories: RwSignal<BTreeSet<String>>,
    /// What this device entered and the sheet does not hold yet, by product.
    ahead: Memo<BTreeMap<Uuid, Option<i64>>>,
    /// Words to look for in names and codes.
    wanted: RwSignal<String>,
    category: RwSignal<String>,
    /// Hides what is counted.
    open_only: RwSignal<bool>,
    /// The product under the keys.
    product: RwSignal<Option<(Uuid, String, Unit)>>,
    typed: RwSignal<Option<i64>>,
    /// What is counted of it already.
    before: RwSignal<Option<i64>>,
    keys_open: RwSignal<bool>,
    review_open: RwSignal<bool>,
    choose_open: RwSignal<bool>,
    refetch: Callback<()>,
}

impl Counting {
    /// Brings a product under the keys.
    fn show(self, place: &Place) {
        // Empty: keys add to what stands there, and who counts again must not lean on the first number.
        self.typed.set(None);
        self.before.set(untrack(|| self.counted(place)));
        self.product
            .set(Some((place.id, place.name.clone(), place.unit)));
        self.keys_open.set(true);
    }
}

/// What was entered on this device for a store and is not in the loaded sheet yet.
fn ahead_of(store_id: Uuid, entries: impl Iterator<Item = Entry>) -> BTreeMap<Uuid, Option<i64>> {
    let mut ahead = BTreeMap::new();
    for entry in entries {
        if let Command::Enter(command) = entry.command
            && command.store_id == store_id
        {
            ahead.extend(
                command
                    .lines
                    .iter()
                    .map(|line| (line.product_id, line.counted)),
            );
        }
    }
    ahead
}

async fn load(store_id: Option<Uuid>) -> Result<(StockLevels, CountDesk), AppError> {
    let levels = levels_of(store_id).await?;
    let desk = read_count(levels.store_id).await?;
    Ok((levels, desk))
}

#[component]
fn Count() -> impl IntoView {
    let i18n = use_i18n();
    let store = use_chosen_store();
    let queue = use_device_queue();
    let desk = Fetched::new(move || store.get().map(|store| store.id), load);
    use_live(&["counts"], move |_| desk.refetch());
    let store = Signal::derive(move || store.get().map(|store| (store.id, store.name)));
    let ahead = Memo::new(move |_| {
        let Some((store_id, _)) = store.get() else {
            return BTreeMap::new();
        };
        queue.with_ahead(|answered, kept| {
            let waiting = kept.iter().filter(|entry| entry.is_waiting());
            ahead_of(store_id, answered.iter().chain(waiting).cloned())
        })
    });
    let counting = Counting {
        store,
        sheet: RwSignal::new(None),
        levels: RwSignal::new(Vec::new()),
        places: StoredValue::new(Vec::new()),
        categories: RwSignal::new(BTreeSet::new()),
        ahead,
        wanted: RwSignal::new(String::new()),
        category: RwSignal::new(String::new()),
        open_only: RwSignal::new(false),
        product: RwSignal::new(None),
        typed: RwSignal::new(None),
        before: RwSignal::new(None),
        keys_open: RwSignal::new(false),
        review_open: RwSignal::new(false),
        choose_open: RwSignal::new(false),
        refetch: Callback::new(move |()| desk.refetch()),
    };
    let enter = Callback::new(move |counted: Option<i64>| {
        let (Some((store_id, shop)), Some((product_id, name, unit))) = (
            counting.store.get_untracked(),
            counting.product.get_untracked(),
        ) else {
            return;
        };
        let command = EnterCounts {
            command_id: Uuid::now_v7(),
            store_id,
            // What is sold while the network is away comes after the count.
            counted_at: Some(device::now()),
            lines: vec![EnteredCount {
                product_id,
                counted,
            }],
        };
        let about = About {
            product: name,
            store: shop,
            quantity: counted,
            unit,
        };
        queue.push(Command::Enter(command), about);
        counting.keys_open.set(false);
    });
    view! {
        <PageHeader
            title=move || t_string!(i18n, stock.count)
            over=move || store.get().map(|(_, name)| name).unwrap_or_default()
            lead=move || t_string!(i18n, stock.count_lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
            <Button on_press=move |()| counting.choose_open.set(true)>{move || t_string!(i18n, stock.choose_count)}</Button>
        </PageHeader>
        <Later part=move || part(Part::Filters, counting) />
        <Loaded
            resource=desk
            waiting=Waiting::Cards
            children=move |(levels, desk): (StockLevels, CountDesk)| {
                // What this device entered is in what was loaded now; not before that is drawn.
                Effect::new(move |_| set_timeout(move || queue.is_loaded(), Duration::ZERO));
                counting.levels.set(levels.levels.clone());
                counting.sheet.set(desk.sheet.clone());
                let places = places(levels.levels, desk.sheet);
                counting.categories.set(categories(&places));
                counting.places.set_value(places);
                view! {
                    <Later part=move || part(Part::Standing, counting) />
                    <Tiles counting />
                    <ReviewBar counting />
                }
            }
        />
        <Later part=move || part(Part::Dialogs(enter), counting) />
    }
}

/// What of the page comes later. One function for all of it, as each would be a part by itself.
enum Part {
    Filters,
    Standing,
    Dialogs(Callback<Option<i64>>),
}

#[lazy(count_later)]
fn part(part: Part, counting: Counting) -> AnyView {
    match part {
        Part::Filters => view! { <filters::Filters counting /> }.into_any(),
        Part::Standing => view! { <standing::Standing counting /> }.into_any(),
        Part::Dialogs(enter) => view! {
            <keys::KeysDialog counting enter />
            <review::ReviewDialog counting />
            <choose::ChooseDialog counting />
        }
        .into_any(),
    }
}

/// Goes over the tiles: how much is counted, and the way on.
#[component]
fn ReviewBar(counting: Counting) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let count = Memo::new(move |_| {
        let ahead = counting.ahead.get();
        let known = counting.sheet.with(|sheet| {
            let lines = sheet.as_ref().map_or(&[][..], |sheet| &sheet.lines);
            let open = lines
                .iter()
                .filter(|line| !ahead.contains_key(&line.product_id));
            open.filter(|line| line.counted.is_some()).count()
        });
        let count = known + ahead.values().flatten().count();
        i64::try_from(count).unwrap_or(i64::MAX)
    });
    let nothing = Signal::derive(move || count.get() == 0);
    view! {
        <div class="send-bar">
            <Button
                kind=ButtonKind::Primary
                icon=Icon::Check
                large=true
                disabled=nothing
                on_press=move |()| counting.review_open.set(true)
            >
                {move || t_string!(i18n, stock.review_count, count = format.number(count.get()))}
            </Button>
        </div>
    }
}
