//! Where a row of an export stands: its line, and its file where there are several.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::encode::report::RowPlace;

/// Bits of the line; the number of the file is above them.
const LINE_BITS: u32 = 44;
const LINE_MAX: u64 = (1 << LINE_BITS) - 1;
const FILE_MAX: u32 = (1 << (64 - LINE_BITS)) - 1;

/// A row's place, in the order of reading. Kept for every identity, so it is one number. Shown and in
/// JSON it is a line, `17`, or with several files a file and a line, `2:17`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place(u64);

impl From<RowPlace> for Place {
    fn from(place: RowPlace) -> Self {
        let file = u64::from(place.file.unwrap_or(0).min(FILE_MAX));
        Self(file << LINE_BITS | place.line.min(LINE_MAX))
    }
}

impl From<Place> for RowPlace {
    fn from(place: Place) -> Self {
        let file = u32::try_from(place.0 >> LINE_BITS).expect("20 bits are left");
        Self { file: (file > 0).then_some(file), line: place.0 & LINE_MAX }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        RowPlace::from(*self).fmt(f)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match RowPlace::from(*self).file {
            None => serializer.serialize_u64(self.0),
            Some(_) => serializer.collect_str(self),
        }
    }
}

/// As it stands in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Line(u64),
    InFile(String),
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let invalid = || de::Error::custom("a line, or FILE:LINE");
        let (file, line) = match Written::deserialize(deserializer)? {
            Written::Line(line) => (None, line),
            Written::InFile(text) => {
                let (file, line) = text.split_once(':').ok_or_else(invalid)?;
                let file = file.parse().map_err(|_| invalid())?;
                (Some(file), line.parse().map_err(|_| invalid())?)
            }
        };
        Ok(RowPlace { file, line }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_the_order_of_reading_and_come_back_from_json() {
        let place = |file, line| Place::from(RowPlace { file, line });
        let places = [place(None, 9), place(Some(1), 17), place(Some(2), 3), place(Some(10), 2)];
        assert!(places.is_sorted());
        let json = serde_json::to_string(&places).unwrap();
        assert_eq!(json, r#"[9,"1:17","2:3","10:2"]"#);
        assert_eq!(serde_json::from_str::<[Place; 4]>(&json).unwrap(), places);
        for bad in ["\"17\"", "\"a:1\"", "\"1:\"", "-1"] {
            assert!(serde_json::from_str::<Place>(bad).is_err(), "{bad}");
        }
    }
}
