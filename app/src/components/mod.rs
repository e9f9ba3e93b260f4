//! The pieces that pages are made of. Page authors read this page and nothing else; `/style-guide` shows them all.
//!
//! `use crate::components::*;` brings everything. Words are [`TextProp`](leptos::text_prop::TextProp)s: give
//! `"text"`, a `String`, or, as a rule, `move || t_string!(i18n, area.key)`, which follows the language.
//! `Signal<…>` props take a plain value, a signal or a closure.
//!
//! ```ignore
//! use crate::{components::*, format::use_format, i18n::*};          // t!, t_string!, use_i18n
//!
//! #[component]
//! pub fn StockPage() -> impl IntoView {
//!     let (i18n, format) = (use_i18n(), use_format());
//!     let store = use_chosen_store();                               // Memo<Option<StoreOption>>
//!     let levels = Fetched::new(move || store.get().map(|s| s.id), list_levels);
//!     use_live(&["stock"], move |_| levels.refetch());
//!     view! {
//!         <PageHeader title=move || t_string!(i18n, stock.title) />
//!         <Loaded resource=levels let:levels>
//!             {levels.iter().map(|l| format.quantity(l.on_hand, l.unit)).collect_view()}
//!         </Loaded>
//!     }
//! }
//! ```
//!
//! | piece | props (`?` = may be left out) |
//! |---|---|
//! | [`PageHeader`] | `title`, `over?` (line above), `lead?`, children = actions; also sets the tab's title |
//! | [`Section`], [`Card`] | `title`, `lead?` · `title?`, `class?`; cards only for what can be picked up |
//! | [`Button`] | `kind?` = `ButtonKind::{Primary, Secondary, Quiet, Danger}`, `icon?`, `large?` (72 px), `submit?`, `busy?`, `disabled?`, `on_press?` = `move \|()\| …`, children = words |
//! | [`ButtonLink`], [`IconButton`] | `href`, as above · `icon`, `label`, `on_press`, `kind?`, `large?` |
//! | [`ConfirmButton`] | `label`, `question`, `detail`, `confirm` (the act), `on_confirm`, `kind?`, `busy?`; only where there is no undo |
//! | [`TextInput`], [`TextArea`] | `name`, `label`, `value: RwSignal<String>`, `hint?`, `error?: Signal<Option<String>>`, `optional?`, `kind?` ("email" …), `autocomplete?`, `placeholder?` |
//! | [`QuantityInput`] | `name`, `label`, `value: RwSignal<Option<i64>>`, `step?`, `min?`, `max?`, `hint?`, `error?`, `large?` |
//! | [`Keypad`] | `value: RwSignal<Option<i64>>`, `max?`; big digits for counting |
//! | [`DateField`] | `name`, `label`, `value: RwSignal<Option<NaiveDate>>`, `min?`, `max?`, `on_change?` |
//! | [`Select`], [`Segmented`] | `name`, `label`, `value: RwSignal<String>`, `options` = `vec![Choice::new("value", label)]`, `on_change?`; up to five: `Segmented` (`quiet_label?`) |
//! | [`Switch`] | `name`, `label`, `value: RwSignal<bool>`, `on_change?` |
//! | [`TabLinks`] | `label`, `tabs: Vec<(href, label)>` |
//! | [`Field`] | `for_id`, `label`, `hint?`, `error?`, `optional?`, children = own control |
//! | [`StatusPill`], [`Badge`], [`Notice`] | `tone?` = `Tone::{Neutral, Fine, Attention, Danger, Info}`, `text`, `icon?` · `tone?`, `text` · `tone?`, `title?`, children |
//! | [`Table`] + [`Cell`] | `caption`, `columns` = `vec![Column::text(l), Column::number(l)]`, children = `<tr>` of `<Cell label=… numeric=true lead=true>`; rows become cards when narrow |
//! | [`Pagination`] | `page`, `pages` (both from 1); links with `?page=` |
//! | [`Loaded`] | `resource: Fetched<T>`, `waiting?` = `Waiting::{Rows, Cards, Chart}`, `let:value`; one a page; keep typed input in signals outside |
//! | [`EmptyState`], [`ErrorPanel`], [`Skeleton`] | `icon`, `title`, `text`, children = action · `error: AppError`, `retry?` · `waiting?` |
//! | [`Later`] | `part` = `move \|\| dialog(desk)`, a call of a `#[lazy(PAGE_later)]` function; for what nobody sees at first |
//! | [`Dialog`] | `open: RwSignal<bool>`, `title`, `sheet?`, children |
//! | [`use_toasts`] | `.done(text)`, `.done_with_undo(text, move \|\| …)`, `.failed(text)` |
//! | [`Progress`] | `label`, `done`, `total: Signal<Option<i64>>`, `remaining_seconds?` |
//! | [`DropZone`] | `name`, `label`, `hint`, `accept`, `node_ref`, `on_choose?: Callback<String>` |
//! | [`Stat`] | `label`, `value`, `detail?`, `tone?` |
//! | [`RangeBar`] | `low`, `median`, `high`, `scale` (same for all of a list), `actual?` |
//! | [`WhyFrame`], [`ReasonList`] | the two halves of `WhyPanel`, where the reasons come later |
//! | [`WhyPanel`] | `question` ("Why 84?"), `reasons: Vec<Reason { text, effect, direction }>`, `open?`, children? |
//! | [`StorePicker`] | none; stands in the frame already, see [`crate::store_choice::use_chosen_store`] |
//! | [`OfflineMark`], [`use_online`] | none; tells of [`crate::device_queue`] too |
//! | [`use_live`] | `(&["orders"], move \|events: Vec<LiveEvent>\| …)` |
//! | [`crate::charts::demand`] | builds the sold/forecast/band chart from `DemandDay`s and `DemandWords`; [`crate::charts::ChartKey`] explains the strokes |
//! | [`crate::charts::Chart`] | `title`, `height?`, `plot` = `move \|palette\| charming::Chart`, children = the table |
//!
//! Texts: `locales/{es,en}/<area>.json`, placeholders `{{ name }}`; no key may end in `_one`, `_other`, `_few`,
//! `_many`, `_zero` or `_two` (those are plural forms, which are switched off): write `single` and `several`.
//! Values: [`crate::format::use_format`]. Who is signed in: [`crate::session::use_current_user`],
//! [`crate::session::may`]. HTTP status of the page: [`crate::response::set_status`].
//! A new page: one line in `pages/mod.rs`, one in `routes.rs`, and `navigation.rs` where it belongs in the rail.

mod badge;
mod button;
mod card;
mod choice;
mod dialog;
mod field;
mod frame;
mod icon;
mod later;
mod live;
#[cfg(feature = "hydrate")]
mod live_connection;
mod loaded;
mod progress;
mod quantity;
mod stat;
mod store_picker;
mod table;
mod toast;

pub use badge::{Badge, Notice, StatusPill, Tone};
pub use button::{Button, ButtonKind, ButtonLink, IconButton};
pub use card::{Card, EmptyState, PageHeader, Section, tab_title};
pub use choice::{Choice, Segmented, Select, Switch, TabLinks};
pub use dialog::{ConfirmButton, Dialog};
pub(crate) use dialog::{dialogs_closed, is_dialog_open};
pub use field::{DateField, DateTimeField, Field, TextArea, TextInput};
pub use frame::{Frame, LanguageChoice, ThemeSwitch, Wordmark};
pub use icon::{Glyph, Icon};
pub use later::Later;
pub use live::{LiveEvent, LiveRegion, OfflineMark, use_live, use_online};
pub use loaded::{ErrorPanel, Loaded, Skeleton, Waiting, describe};
pub use progress::{DropZone, Progress};
pub use quantity::{Keypad, QuantityInput};
pub use stat::{Likely, RangeBar, Reason, ReasonList, Stat, WhyFrame, WhyPanel};
pub use store_picker::StorePicker;
pub use table::{Cell, Column, Pagination, Table};
pub use toast::{ToastRegion, Toasts, use_toasts};
