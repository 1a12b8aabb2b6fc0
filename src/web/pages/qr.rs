//! Takes a short text, gives the path of its QR code for an SVG (ISO/IEC 18004), refuses what is too long for one.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code, without which cameras do not find it (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// A QR code as an SVG draws it.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// Width and height of the view box, in modules.
    pub(super) side: usize,
    /// All dark modules as one path.
    pub(super) path: String,
}

/// The code of a text; `None` if it does not fit into one.
pub(super) fn picture(text: &str) -> Option<Picture> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET, index / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Some(Picture { side: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_three_corners_and_quiet_around() {
        let picture = picture("otpauth://totp/tallystick:somebody?secret=ABC").unwrap();
        assert_eq!((picture.side - 2 * QUIET - 17) % 4, 0, "a version has 17 + 4 n modules");
        let far = picture.side - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            for along in 0..7 {
                assert!(picture.path.contains(&format!("M{} {y}h1", x + along)));
            }
        }
        assert!(!picture.path.contains("M0 ") && !picture.path.contains("M3 "));
        assert!(super::picture(&"x".repeat(5_000)).is_none());
    }
}
