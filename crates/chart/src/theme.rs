//! Takes nothing, gives the style sheets: two palettes and the rules that use them.
//!
//! Hues are blue, vermilion and bluish green after Okabe and Ito, which people with any of the
//! common colour vision deficiencies tell apart; shapes and texts say the same without colour.

/// A named colour: red, green, blue.
type Colour = (&'static str, u32);

/// Colours on white paper and bright screens.
const LIGHT: [Colour; 31] = [
    ("paper", 0xff_ffff),
    ("card", 0xf5_f7f9),
    ("ink", 0x1a_2129),
    ("mute", 0x52_5d68),
    ("rule", 0xd3_d9df),
    ("grid", 0xe4_e8ec),
    ("link", 0x0b_57a0),
    ("first", 0x0b_67ab),
    ("second", 0xc4_4f00),
    ("third", 0x0a_7d5c),
    ("fourth", 0x8f_4a86),
    ("quiet", 0x7c_8a97),
    ("on-first", 0xff_ffff),
    ("on-second", 0xff_ffff),
    ("on-third", 0xff_ffff),
    ("on-fourth", 0xff_ffff),
    ("on-quiet", 0x0c_1116),
    ("warn-paper", 0xff_f4e0),
    ("warn-rule", 0xb3_5c00),
    ("heat-0", 0xf4_f7fa),
    ("heat-1", 0xd8_e7f4),
    ("heat-2", 0xab_cdea),
    ("heat-3", 0x70_aad9),
    ("heat-4", 0x1c_6bab),
    ("heat-5", 0x0a_4678),
    ("heat-ink-0", 0x1a_2129),
    ("heat-ink-1", 0x1a_2129),
    ("heat-ink-2", 0x1a_2129),
    ("heat-ink-3", 0x1a_2129),
    ("heat-ink-4", 0xff_ffff),
    ("heat-ink-5", 0xff_ffff),
];

/// Colours on dark screens.
const DARK: [Colour; 31] = [
    ("paper", 0x12_171c),
    ("card", 0x1b_2229),
    ("ink", 0xe8_edf2),
    ("mute", 0xa9_b5c0),
    ("rule", 0x3a_4550),
    ("grid", 0x29_323b),
    ("link", 0x7c_c0f5),
    ("first", 0x56_b0ee),
    ("second", 0xf2_9446),
    ("third", 0x3f_c79d),
    ("fourth", 0xd0_95c8),
    ("quiet", 0x7f_8e9b),
    ("on-first", 0x0c_1116),
    ("on-second", 0x0c_1116),
    ("on-third", 0x0c_1116),
    ("on-fourth", 0x0c_1116),
    ("on-quiet", 0x0c_1116),
    ("warn-paper", 0x33_270f),
    ("warn-rule", 0xf0_b04a),
    ("heat-0", 0x1a_222b),
    ("heat-1", 0x1b_3045),
    ("heat-2", 0x1d_4363),
    ("heat-3", 0x22_5d8c),
    ("heat-4", 0x5f_a8dd),
    ("heat-5", 0xa9_d4f5),
    ("heat-ink-0", 0xe8_edf2),
    ("heat-ink-1", 0xe8_edf2),
    ("heat-ink-2", 0xe8_edf2),
    ("heat-ink-3", 0xff_ffff),
    ("heat-ink-4", 0x0c_1116),
    ("heat-ink-5", 0x0c_1116),
];

/// Shades of the heat table; the last begins at [`HEAT_FROM`]'s last percentage.
const HEAT_FROM: [f64; 6] = [0.0, 20.0, 50.0, 75.0, 90.0, 98.0];

/// Class of a cell that holds a percentage.
pub fn heat_class(percent: f64) -> &'static str {
    const CLASSES: [&str; 6] = ["heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];
    let shade = HEAT_FROM.iter().rposition(|from| percent >= *from).unwrap_or(0);
    CLASSES[shade]
}

/// Rules of drawings; each begins with `svg`.
pub const SVG: &str = include_str!("svg.css");
/// Rules of figures and of the tables beside them.
pub const FIGURES: &str = include_str!("figure.css");
/// Rules of a report that is one file.
const DOCUMENT: &str = include_str!("document.css");

/// The colours as variables of the page. Paper is always light.
pub fn palette() -> String {
    format!(
        ":root{{color-scheme:light;{}}}\n@media screen and (prefers-color-scheme:dark){{\
         :root{{color-scheme:dark;{}}}}}\n",
        light(),
        dark()
    )
}

/// The light colours, as declarations for whatever rule a page chooses.
pub fn light() -> String {
    variables(&LIGHT)
}

/// The dark colours.
pub fn dark() -> String {
    variables(&DARK)
}

/// The style sheet of a report that is one file.
pub fn style_sheet() -> String {
    format!("{}{DOCUMENT}{FIGURES}{SVG}", palette())
}

fn variables(colours: &[Colour]) -> String {
    colours.iter().map(|(name, colour)| format!("--{name}:#{colour:06x};")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(palette: &[Colour], name: &str) -> u32 {
        palette.iter().find(|(key, _)| *key == name).unwrap().1
    }

    /// Relative luminance and contrast after WCAG 2.2.
    fn luminance(colour: u32) -> f64 {
        let part = |shift: u32| {
            let value = f64::from((colour >> shift) & 0xff) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_contrast_aa() {
        for palette in [&LIGHT, &DARK] {
            for (text, paper) in [
                ("ink", "paper"),
                ("ink", "card"),
                ("ink", "warn-paper"),
                ("mute", "paper"),
                ("mute", "card"),
                ("link", "paper"),
                ("link", "card"),
                ("on-first", "first"),
                ("on-second", "second"),
                ("on-third", "third"),
                ("on-fourth", "fourth"),
                ("on-quiet", "quiet"),
                ("heat-ink-0", "heat-0"),
                ("heat-ink-1", "heat-1"),
                ("heat-ink-2", "heat-2"),
                ("heat-ink-3", "heat-3"),
                ("heat-ink-4", "heat-4"),
                ("heat-ink-5", "heat-5"),
            ] {
                let found = contrast(colour(palette, text), colour(palette, paper));
                assert!(found >= 4.5, "{text} on {paper}: {found:.2}");
            }
        }
    }

    #[test]
    fn marks_stand_out() {
        for palette in [&LIGHT, &DARK] {
            for mark in ["first", "second", "third", "fourth", "quiet", "warn-rule"] {
                let found = contrast(colour(palette, mark), colour(palette, "paper"));
                assert!(found >= 3.0, "{mark}: {found:.2}");
            }
        }
    }

    #[test]
    fn every_colour_used_is_in_both_palettes() {
        let css = style_sheet();
        for use_of in css.split("var(--").skip(1) {
            let name = use_of.split(')').next().unwrap();
            for palette in [&LIGHT, &DARK] {
                assert!(palette.iter().any(|(key, _)| *key == name), "--{name}");
            }
        }
    }

    #[test]
    fn the_style_sheet_asks_for_nothing_outside() {
        let css = style_sheet();
        for word in ["url(", "@import", "http", "<"] {
            assert!(!css.contains(word), "{word}");
        }
    }
}
