//! What of the page comes later. One function for all of it, as each would be a part by itself.

use super::{Opening, paste::Paste, review::ReviewDialog};
use leptos::prelude::*;

pub(super) enum Part {
    Paste,
    /// With what books it.
    Review(Callback<()>),
}

#[lazy(opening_later)]
pub(super) fn draw_opening(part: Part, opening: Opening) -> AnyView {
    match part {
        Part::Paste => view! { <Paste opening /> }.into_any(),
        Part::Review(send) => view! { <ReviewDialog opening send /> }.into_any(),
    }
}
