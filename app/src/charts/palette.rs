//! The colours of the tokens in the form that the drawing library understands. `style/tokens.css` is the source;
//! a test holds the two together.

use crate::theme::Theme;

/// Colours of a chart, as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What happened.
    pub ink: &'static str,
    /// Axis labels.
    pub ink_soft: &'static str,
    /// Axis lines.
    pub line: &'static str,
    /// The ground below.
    pub parchment: &'static str,
    /// The forecast.
    pub crust: &'static str,
    /// The range around it.
    pub butter: &'static str,
    /// Fine.
    pub basil: &'static str,
    /// Danger.
    pub paprika: &'static str,
    /// Past forecasts, information.
    pub blueberry: &'static str,
}

/// For light grounds.
pub const LIGHT: Palette = Palette {
    ink: "#2c2017",
    ink_soft: "#655448",
    line: "#ded2c5",
    parchment: "#fffdf8",
    crust: "#9c4a19",
    butter: "#f3cc75",
    basil: "#396834",
    paprika: "#b12725",
    blueberry: "#415796",
};

/// For dark grounds.
pub const DARK: Palette = Palette {
    ink: "#f2ece2",
    ink_soft: "#baad9f",
    line: "#463a32",
    parchment: "#261e18",
    crust: "#ee9e5e",
    butter: "#9e7a31",
    basil: "#94cc8d",
    paprika: "#f89287",
    blueberry: "#a1b8f0",
};

impl Palette {
    /// The colours for a choice of theme; `System` asks the machine, which only a browser can.
    #[must_use]
    pub fn of(theme: Theme) -> Self {
        let dark = match theme {
            Theme::Dark => true,
            Theme::Light => false,
            Theme::System => machine_is_dark(),
        };
        if dark { DARK } else { LIGHT }
    }
}

fn machine_is_dark() -> bool {
    #[cfg(feature = "hydrate")]
    {
        web_sys::window()
            .and_then(|window| {
                window
                    .match_media("(prefers-color-scheme: dark)")
                    .ok()
                    .flatten()
            })
            .is_some_and(|query| query.matches())
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

#[cfg(test)]
mod tests {
    use super::{DARK, LIGHT};
    use std::collections::BTreeMap;

    /// Lightness, chroma and hue, as OKLCH writes them.
    type Colour = (f64, f64, f64);

    /// Every `--name: light-dark(oklch(…), oklch(…));` of the style sheet.
    fn tokens() -> BTreeMap<String, [Colour; 2]> {
        let sheet = include_str!("../../../style/tokens.css");
        let colour = |text: &str| -> Option<Colour> {
            let mut parts = text.split_whitespace().map(|part| part.parse().ok());
            Some((parts.next()??, parts.next()??, parts.next()??))
        };
        sheet
            .lines()
            .filter_map(|line| {
                let (name, value) = line
                    .trim()
                    .strip_prefix("--")?
                    .split_once(": light-dark(oklch(")?;
                let (light, dark) = value.trim_end_matches("));").split_once("), oklch(")?;
                Some((name.to_owned(), [colour(light)?, colour(dark)?]))
            })
            .collect()
    }

    /// Linear sRGB, clipped to the gamut (B. Ottosson, "A perceptual color space for image processing", 2020).
    fn linear((lightness, chroma, hue): Colour) -> [f64; 3] {
        let (a, b) = (
            chroma * hue.to_radians().cos(),
            chroma * hue.to_radians().sin(),
        );
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
        .map(|channel| channel.clamp(0.0, 1.0))
    }

    fn hex(colour: Colour) -> String {
        let channels = linear(colour).map(|c| {
            let encoded = if c <= 0.003_130_8 {
                12.92 * c
            } else {
                1.055 * c.powf(1.0 / 2.4) - 0.055
            };
            format!("{:02x}", (encoded * 255.0).round() as u8)
        });
        format!("#{}", channels.concat())
    }

    /// Contrast ratio of WCAG 2.2.
    fn contrast(one: Colour, other: Colour) -> f64 {
        let luminance = |colour| {
            let [r, g, b] = linear(colour);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn charts_wear_the_colours_of_the_style_sheet() {
        let tokens = tokens();
        for (theme, palette) in [LIGHT, DARK].into_iter().enumerate() {
            for (name, shown) in [
                ("ink", palette.ink),
                ("ink-soft", palette.ink_soft),
                ("line", palette.line),
                ("parchment", palette.parchment),
                ("crust", palette.crust),
                ("butter", palette.butter),
                ("basil", palette.basil),
                ("paprika", palette.paprika),
                ("blueberry", palette.blueberry),
            ] {
                assert_eq!(hex(tokens[name][theme]), shown, "{name} in theme {theme}");
            }
        }
    }

    #[test]
    fn text_stands_out_from_every_ground_in_both_themes() {
        let tokens = tokens();
        let grounds = ["flour", "parchment", "well"];
        let texts = [
            "ink",
            "ink-soft",
            "crust",
            "crust-strong",
            "butter-ink",
            "basil",
            "paprika",
            "blueberry",
        ];
        let mut pairs: Vec<(&str, &str)> = texts
            .iter()
            .flat_map(|text| grounds.iter().map(move |ground| (*text, *ground)))
            .collect();
        pairs.extend([
            ("on-crust", "crust"),
            ("on-crust", "crust-strong"),
            ("on-crust", "paprika"),
            ("crust", "crust-wash"),
            ("crust-strong", "crust-wash"),
            ("butter-ink", "butter-wash"),
            ("basil", "basil-wash"),
            ("paprika", "paprika-wash"),
            ("blueberry", "blueberry-wash"),
        ]);
        pairs.extend(
            [
                "crust-wash",
                "butter-wash",
                "basil-wash",
                "paprika-wash",
                "blueberry-wash",
            ]
            .map(|wash| ("ink", wash)),
        );
        for theme in [0, 1] {
            for (text, ground) in &pairs {
                let ratio = contrast(tokens[*text][theme], tokens[*ground][theme]);
                assert!(
                    ratio >= 4.5,
                    "{text} on {ground} in theme {theme} has only {ratio:.2} : 1"
                );
            }
            // The bound of a control is no text: 3 : 1 is asked of it.
            for ground in grounds {
                let ratio = contrast(tokens["edge"][theme], tokens[ground][theme]);
                assert!(
                    ratio >= 3.0,
                    "edge on {ground} in theme {theme} has only {ratio:.2} : 1"
                );
            }
        }
    }
}
