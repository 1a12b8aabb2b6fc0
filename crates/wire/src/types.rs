//! Fixed-width values: tokens, handles, labels, hashes.

use core::fmt;

/// Declares a fixed-width opaque byte value that prints as hex.
macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Width in bytes.
            pub const BYTES: usize = $bytes;

            /// Parses exactly the hex form that `Display` writes.
            pub fn from_hex(text: &str) -> Option<Self> {
                let digits = text.as_bytes();
                if digits.len() != 2 * $bytes {
                    return None;
                }
                let mut out = [0u8; $bytes];
                for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
                    *byte = (hex_digit(pair[0])? << 4) | hex_digit(pair[1])?;
                }
                Some(Self(out))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

opaque!(
    /// Keyed token of one blocking-key value in one pass: equal values meet, nothing else shows.
    BlockToken,
    16
);
opaque!(
    /// The agency's opaque name for one identity. Made with the agency's own key, so it says
    /// nothing to anyone else; the agency's handles file maps it back to rows.
    Handle,
    16
);
opaque!(
    /// Keyed token of the agency's own stable person number; comparable only within one source.
    ContinuityToken,
    16
);
opaque!(
    /// First bytes of `HMAC(encoding key, "kcv")`: two agencies with one key show the same value.
    KeyCheck,
    8
);
opaque!(
    /// SHA-256 over everything that must be equal for encodings to be comparable.
    ConfigHash,
    32
);
opaque!(
    /// Random number of a linkage project; part of every key derivation.
    ProjectId,
    16
);
opaque!(
    /// SHA-256 digest.
    Digest,
    32
);

impl ContinuityToken {
    /// First bytes that are zero where a token stands for a row with aliases rather than for a
    /// person's number. A number's own token begins so once in 2^48, and then only says less.
    pub const ROW_ZEROS: usize = 6;

    /// Whether the token stands for a row: rows of one person may have different ones.
    pub fn is_of_row(self) -> bool {
        self.0[..Self::ROW_ZEROS] == [0; Self::ROW_ZEROS]
    }
}

/// A short configured name, `[a-z0-9_-]`, padded with zeros. Never a value of a record.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Label<const N: usize>([u8; N]);

/// Name of a source, such as `police`: at most 16 characters.
pub type SourceLabel = Label<16>;

/// Name of a content table or column: at most 32 characters.
pub type ColumnLabel = Label<32>;

impl<const N: usize> Label<N> {
    /// Parses a label: 1 to `N` characters of `[a-z0-9_-]`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > N || !bytes.iter().all(|b| is_label_byte(*b)) {
            return None;
        }
        let mut out = [0u8; N];
        out[..bytes.len()].copy_from_slice(bytes);
        Some(Self(out))
    }

    /// Reads a label from its padded bytes; refuses any other byte, and bytes after the padding.
    pub fn from_bytes(bytes: [u8; N]) -> Option<Self> {
        let used = bytes.iter().position(|b| *b == 0).unwrap_or(N);
        let fits = used > 0
            && bytes[..used].iter().all(|b| is_label_byte(*b))
            && bytes[used..].iter().all(|b| *b == 0);
        fits.then_some(Self(bytes))
    }

    /// The padded bytes.
    pub const fn to_bytes(self) -> [u8; N] {
        self.0
    }

    /// The label as text; empty for the default value.
    pub fn as_str(&self) -> &str {
        let used = self.0.iter().position(|b| *b == 0).unwrap_or(N);
        core::str::from_utf8(&self.0[..used]).expect("labels are made of ASCII only")
    }
}

impl<const N: usize> Default for Label<N> {
    /// The absent label, which prints as nothing.
    fn default() -> Self {
        Self([0; N])
    }
}

const fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
}

impl<const N: usize> fmt::Display for Label<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Label<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({self})")
    }
}

/// How far the linkage unit is trusted; decides what is comparable with what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Profile {
    /// One unsalted filter per field, comparable across all records.
    Trusted = 0,
    /// Filters salted by block: comparable only inside one block of one pass.
    Standard = 1,
    /// As `Standard`, for a hosted or hostile matcher. Reserved; not yet offered.
    High = 2,
}

impl Profile {
    /// The profile with this wire number.
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Trusted),
            1 => Some(Self::Standard),
            2 => Some(Self::High),
            _ => None,
        }
    }

    /// The configured name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Standard => "standard",
            Self::High => "high",
        }
    }

    /// Whether filters are salted by block.
    pub const fn is_salted(self) -> bool {
        !matches!(self, Self::Trusted)
    }
}

/// What kind of agency a source is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum SourceType {
    /// Arrests, citations, incidents.
    Police = 0,
    /// Cases, charges, dispositions.
    Court = 1,
    /// Filing decisions.
    Prosecutor = 2,
    /// Bookings and releases.
    Jail = 3,
    /// Clients, intakes, services; 42 CFR Part 2 may apply.
    Provider = 4,
    /// Anything else.
    Other = 5,
}

impl SourceType {
    /// All kinds, in wire order.
    pub const ALL: [Self; 6] =
        [Self::Police, Self::Court, Self::Prosecutor, Self::Jail, Self::Provider, Self::Other];

    /// The kind with this wire number.
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The configured name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Court => "court",
            Self::Prosecutor => "prosecutor",
            Self::Jail => "jail",
            Self::Provider => "provider",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_refuses_other_forms() {
        let handle = Handle([0xa7; 16]);
        assert_eq!(Handle::from_hex(&handle.to_string()), Some(handle));
        assert_eq!(Handle::from_hex("a7"), None);
        assert_eq!(Handle::from_hex(&"A7".repeat(16)), None);
    }

    #[test]
    fn labels_refuse_text_that_could_be_data() {
        assert_eq!(SourceLabel::parse("police").unwrap().as_str(), "police");
        for bad in ["", "Police", "john smith", "a@b", "seventeen-letters"] {
            assert_eq!(SourceLabel::parse(bad), None, "{bad}");
        }
        let mut bytes = SourceLabel::parse("court").unwrap().to_bytes();
        bytes[10] = b'x';
        assert_eq!(SourceLabel::from_bytes(bytes), None);
    }
}
