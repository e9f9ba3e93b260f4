//! The icon set: one stroke, 24 units wide, drawn for this product.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal),+ $(,)?) => {
        /// A drawing from our own set. Icons are decoration: the words beside them, or the label of the button
        /// around them, carry the meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $name),+ }

        impl Icon {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Outline in a 24 by 24 box.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path),+ }
            }
        }
    };
}

icons! {
    /// A sun over the counter.
    Today = "M3 18h18M5.5 18a6.5 6.5 0 0 1 13 0M12 4v3.5M4.2 8.2l2.3 2.2M19.8 8.2l-2.3 2.2M8 21.5h8",
    /// A curve that goes on.
    Forecast = "M3 20V4M3 20h18M6 15c2.2 0 2.6-6 5-6s2.4 4 4.4 4M17.6 11.6l.9-1.2M20 8.4l1-1.4",
    /// A list with ticks.
    Plan = "M4 6.5l1.6 1.6L8.4 5M4 12.5l1.6 1.6L8.4 11M4 18.5l1.6 1.6L8.4 17M12 7h8M12 13h8M12 19h5",
    /// Sliders.
    Policies = "M4 7.500h7M15 7.500h5M13 5v5M4 16.500h3M11 16.500h9M9 14v5",
    /// A loaf on a tray.
    Orders = "M2.5 18.5h19M5 15.5c-1.6-.8-2.2-2.2-2.2-3.6C2.800 8.600 6.500 6.500 12 6.500s9.200 2.100 9.200 5.400c0 1.400-.6 2.800-2.200 3.600zM8.500 7.200l1.500 3.300M12.500 6.500l1.500 3.500M16.200 7.300l1.300 2.700",
    /// An oven.
    Kitchen = "M4.500 3.500h15a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1zM3.500 8.500h17M7 6h.01M10 6h.01M6.800 11.500h10.400v5.500H6.800zM16 6h1.500",
    /// Shelves.
    Stock = "M4 3v18M20 3v18M4 9h16M4 16h16M7 9V5.500h4V9M13.500 9V6.500H17V9M7 16v-3.500h3V16M12.500 16v-4.500H17V16",
    /// A mixing bowl with a spoon.
    Recipes = "M3.500 11h17a8.500 8.500 0 0 1-5.500 7.900V20.500H9v-1.600A8.500 8.500 0 0 1 3.500 11zM13 11l5.500-7.500",
    /// A tray that takes something in.
    Imports = "M12 3.500v10M8.200 9.800l3.800 3.800 3.800-3.800M4 14v4.500a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V14",
    Calendar = "M5 5.500h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM4 10h16M8.500 3v4M15.500 3v4M8 14h.01M12 14h.01M16 14h.01M8 17h.01M12 17h.01",
    Promotions = "M3.500 12.200V4.500a1 1 0 0 1 1-1h7.700a2 2 0 0 1 1.400.6l6.500 6.500a2 2 0 0 1 0 2.800l-6.700 6.700a2 2 0 0 1-2.800 0l-6.500-6.500a2 2 0 0 1-.6-1.400zM8 8h.01",
    /// A moon: what happens overnight.
    Jobs = "M19.500 14.200A8 8 0 0 1 9.800 4.500a8 8 0 1 0 9.700 9.700zM16 4.200v3M14.500 5.700h3",
    Users = "M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c.4-3 3-5 6.500-5s6.100 2 6.500 5M15.500 4.900a3.500 3.500 0 0 1 0 6.200M18 14.900c2 .7 3.200 2.300 3.500 4.600",
    /// A gear.
    Settings = "M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM12 3v2.500M12 18.500V21M3 12h2.500M18.500 12H21M5.600 5.600l1.800 1.800M16.600 16.600l1.800 1.800M18.400 5.600l-1.800 1.800M7.400 16.600l-1.800 1.800",
    Shop = "M4 10.500V20h16v-9.500M3 7.500L5 3.500h14l2 4a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0zM10 20v-5h4v5",
    Plus = "M12 5v14M5 12h14",
    Minus = "M5 12h14",
    Check = "M4.500 12.500l5 5 10-11",
    Close = "M6 6l12 12M18 6L6 18",
    ChevronDown = "M6 9.500l6 6 6-6",
    ChevronRight = "M9.500 6l6 6-6 6",
    ChevronLeft = "M14.500 6l-6 6 6 6",
    ArrowUp = "M12 19V5M6 11l6-6 6 6",
    ArrowDown = "M12 5v14M6 13l6 6 6-6",
    More = "M6 12h.01M12 12h.01M18 12h.01",
    Menu = "M4 7h16M4 12h16M4 17h16",
    Search = "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20.500 20.500",
    Warning = "M12 3.800L21.500 20h-19zM12 10v4.500M12 17.200h.01",
    Info = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.500M12 7.500h.01",
    Stop = "M8.200 3h7.600L21 8.200v7.600L15.800 21H8.200L3 15.800V8.200zM12 7.500v5.500M12 16.300h.01",
    Question = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.300 9.300a2.800 2.800 0 1 1 4 2.900c-.9.500-1.300 1-1.300 1.900M12 17h.01",
    Undo = "M8.500 5L4 9.500 8.500 14M4.500 9.500H14a5.500 5.500 0 0 1 0 11h-3",
    Retry = "M20 11a8 8 0 1 0-2.300 6.300M20 5v6h-6",
    Download = "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
    Upload = "M12 16V5M7.500 9.500L12 5l4.500 4.500M5 20h14",
    Bin = "M4 6.500h16M9.500 6.500V4h5v2.500M6 6.500l1 14h10l1-14M10 10.500v6M14 10.500v6",
    Pencil = "M4 20l1-4.500L16.500 4l3.500 3.500L8.500 19zM14 6.500L17.500 10",
    Clock = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.200l3.400 2",
    Flag = "M5.500 21V4M5.500 4.500c4-2 7 2 12.500 0v8c-5.500 2-8.500-2-12.500 0",
    Offline = "M3 3l18 18M5 12.500a10 10 0 0 1 3.600-2.300M12.500 9a10 10 0 0 1 6.500 3.500M8.500 16a5 5 0 0 1 5.600-1M2 9a14.500 14.500 0 0 1 4-2.500M10.500 5.100A14.500 14.500 0 0 1 22 9M12 19.500h.01",
    Sun = "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
    Moon = "M19.500 14.200A8 8 0 0 1 9.800 4.500a8 8 0 1 0 9.700 9.700z",
    Screen = "M4 4.500h16a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5.500a1 1 0 0 1 1-1zM9 20h6M12 16v4",
    SignOut = "M10 4H5.500a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1H10M15.500 8l4 4-4 4M19.500 12H9.500",
    Expand = "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    Erase = "M9 5.500h11a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H9L2.500 12zM11.500 9.500l5 5M16.500 9.500l-5 5",
    Rain = "M7 15a4 4 0 0 1-.5-8 5.500 5.500 0 0 1 10.700 1.200A3.500 3.500 0 0 1 17 15M8.500 18l-1 2.500M12.500 18l-1 2.500M16.500 18l-1 2.500",
    Heart = "M12 20S3.500 15 3.500 9.200A4.600 4.600 0 0 1 12 6.800a4.600 4.600 0 0 1 8.500 2.400C20.500 15 12 20 12 20z",
}

/// Draws an icon at the size of the text around it.
#[component]
pub fn Glyph(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=icon.path() />
        </svg>
    }
}
