//! Numbers of incidents, cases, bookings and officers, which are compared and never shown.

use sha2::{Digest as _, Sha256};

/// A number that several sources share; zero if there is none.
///
/// A pseudonym of 16 hex digits is that number; any other text is named by the first eight bytes of its
/// SHA-256, so that two texts meet once in some 10^19 pairs.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Number(pub u64);

impl Number {
    /// None.
    pub const NONE: Self = Self(0);

    /// The number that a text stands for.
    pub fn of(text: &str) -> Self {
        let is_pseudonym = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(number) if is_pseudonym => Self(number),
            _ => {
                let digest = Sha256::digest(text.as_bytes());
                Self(u64::from_be_bytes(std::array::from_fn(|place| digest[place])))
            }
        }
    }

    /// Whether there is one.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}
