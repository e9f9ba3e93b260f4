//! Light, dark, or as the machine wishes. The choice stands in `<html data-theme>`; everything else is CSS.

use crate::cookies;
use leptos::prelude::*;

/// A person's choice of theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Follow the machine.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in the cookie and in `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_word(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.as_str() == text)
            .unwrap_or_default()
    }

    /// The choice with which this page was asked for.
    #[must_use]
    pub fn initial() -> Self {
        cookies::read(cookies::THEME).map_or(Self::System, |text| Self::from_word(&text))
    }
}

/// Signal of the chosen theme; charts redraw when it changes.
#[derive(Clone, Copy)]
pub struct ThemeChoice(RwSignal<Theme>);

impl ThemeChoice {
    /// Makes the choice known to everything below.
    pub fn provide() -> Self {
        let choice = Self(RwSignal::new(Theme::initial()));
        provide_context(choice);
        choice
    }

    #[must_use]
    pub fn get(self) -> Theme {
        self.0.get()
    }

    /// The choice, without following it.
    #[must_use]
    pub fn get_untracked(self) -> Theme {
        self.0.get_untracked()
    }

    /// Changes the page at once and remembers the choice on this device.
    pub fn set(self, theme: Theme) {
        self.0.set(theme);
        cookies::write(cookies::THEME, theme.as_str());
        #[cfg(feature = "hydrate")]
        if let Some(html) = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element())
        {
            let _ = html.set_attribute("data-theme", theme.as_str());
        }
    }
}

/// The theme's signal, wherever [`crate::App`] is above.
#[must_use]
pub fn use_theme() -> ThemeChoice {
    use_context::<ThemeChoice>().expect("App provides the theme")
}
