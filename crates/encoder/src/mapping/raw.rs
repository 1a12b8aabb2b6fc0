//! Takes TOML, gives the tables of a mapping as they were written, refuses unknown keys.
//!
//! Values are still plain text here; `check` gives them their types, so that serde never has a
//! reason to quote one in an error.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::MAPPING_BYTES_MAX;
use super::alias::{RawAlias, RawAliasFile};
use super::content::RawContent;
use super::error::{MappingError, nearest};
use super::fixed::RawFixed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMapping {
    pub(super) source: String,
    #[serde(rename = "type")]
    pub(super) source_type: String,
    pub(super) row_id: Option<String>,
    pub(super) layout: Option<RawLayout>,
    #[serde(default)]
    pub(super) read: RawRead,
    pub(super) fields: RawFields,
    #[serde(default)]
    pub(super) alias: Vec<RawAlias>,
    pub(super) aliases: Option<RawAliasFile>,
    pub(super) content: Option<RawContent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLayout {
    pub(super) name: String,
    pub(super) header: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRead {
    pub(super) format: Option<String>,
    pub(super) sheet: Option<String>,
    pub(super) layout: Option<TextOr<RawFixed>>,
    pub(super) delimiter: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) header: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

#[derive(Default)]
pub(super) struct RawFields {
    pub(super) name: Option<RawName>,
    /// Fields of one column each, by key.
    pub(super) single: BTreeMap<&'static str, TextOrTable<RawFieldColumn>>,
    pub(super) dob: Option<TextOr<RawDob>>,
    pub(super) address: Option<TextOr<RawAddress>>,
    pub(super) attributes: BTreeMap<String, TextOr<RawAttribute>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawName {
    pub(super) column: String,
    pub(super) format: String,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFieldColumn {
    pub(super) column: String,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

/// Columns of an address, with what means missing in them.
#[derive(Default)]
pub(super) struct RawAddress {
    pub(super) columns: Vec<String>,
    pub(super) missing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAddressTable {
    columns: Vec<String>,
    #[serde(default)]
    missing: Vec<String>,
}

impl<'de> Deserialize<'de> for RawAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AddressVisitor;

        impl<'de> Visitor<'de> for AddressVisitor {
            type Value = RawAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of columns, or its longer form")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawAddress, A::Error> {
                let table = RawAddressTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RawAddress { columns: table.columns, missing: table.missing })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawAddress, A::Error> {
                let columns = Deserialize::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(RawAddress { columns, missing: Vec::new() })
            }
        }

        deserializer.deserialize_any(AddressVisitor)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDob {
    pub(super) column: Option<String>,
    pub(super) formats: Option<Vec<String>>,
    pub(super) pivot_year: Option<u16>,
    pub(super) year: Option<String>,
    pub(super) month: Option<String>,
    pub(super) day: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAttribute {
    pub(super) column: String,
    pub(super) compare: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

/// A column by name alone, or something longer in its place.
pub(super) enum TextOr<T> {
    Text(String),
    Other(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
            type Value = TextOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or its longer form")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(TextOr::Other)
            }
        }

        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

/// A column by name alone, or a table in its place; unlike [`TextOr`] never a list.
pub(super) enum TextOrTable<T> {
    Text(String),
    Table(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOrTable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
            type Value = TextOrTable<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or a table")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOrTable::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOrTable::Table)
            }
        }

        deserializer.deserialize_any(TableVisitor(PhantomData))
    }
}

/// Keys of `[fields]` that take one column.
const SINGLE_KEYS: [&str; 9] =
    ["first", "last", "middle", "suffix", "sex", "ssn", "phone", "city", "zip"];
const LOCAL_ID: &str = "local_id";
/// All keys of `[fields]`, for "did you mean".
const FIELD_KEYS: &[&str] = &[
    "name",
    "first",
    "last",
    "middle",
    "suffix",
    "dob",
    "sex",
    "ssn",
    "phone",
    "address",
    "city",
    "zip",
    "local_id",
    "attribute.name",
];

enum FieldKey {
    Name,
    Single(&'static str),
    Dob,
    Address,
    Attribute(String),
}

impl<'de> Deserialize<'de> for FieldKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        if let Some(name) = key.strip_prefix("attribute.") {
            return Ok(Self::Attribute(name.to_owned()));
        }
        let single = SINGLE_KEYS.iter().chain([&LOCAL_ID]).find(|known| **known == key);
        match (key.as_str(), single) {
            (_, Some(known)) => Ok(Self::Single(known)),
            ("name", _) => Ok(Self::Name),
            ("dob", _) => Ok(Self::Dob),
            ("address", _) => Ok(Self::Address),
            _ => Err(D::Error::unknown_field(&key, FIELD_KEYS)),
        }
    }
}

impl<'de> Deserialize<'de> for RawFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = RawFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawFields, A::Error> {
                let mut fields = RawFields::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        FieldKey::Name => fields.name = Some(map.next_value()?),
                        FieldKey::Dob => fields.dob = Some(map.next_value()?),
                        FieldKey::Address => fields.address = Some(map.next_value()?),
                        FieldKey::Single(key) => {
                            fields.single.insert(key, map.next_value()?);
                        }
                        FieldKey::Attribute(name) => {
                            fields.attributes.insert(name, map.next_value()?);
                        }
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, MappingError> {
    if text.len() > MAPPING_BYTES_MAX {
        return Err(MappingError::TooLarge { bytes_max: MAPPING_BYTES_MAX });
    }
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let (line, column) = position(text, start);
        explain(error.message(), line, column)
    })
}

/// Line and column, from 1, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let last_line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    (line, 1 + String::from_utf8_lossy(last_line).chars().count())
}

/// Turns a message of serde or toml into ours, without what stands in the file.
///
/// Of such messages only the part after "expected" and names in backticks of our own are fixed
/// words; the rest may quote a value.
fn explain(message: &str, line: usize, column: usize) -> MappingError {
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (key, expected) = rest.rsplit_once("`, expected ").unwrap_or((rest, ""));
        // A key may itself hold the separator; the part before the first backtick will do.
        let key = key.split('`').next().unwrap_or_default();
        let known = expected.split('`').skip(1).step_by(2);
        let suggestion = nearest(key, known).map(String::from);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let shown = key.len() <= 32 && key.bytes().all(plain) && !key.is_empty();
        let key = if shown { key } else { "(not shown)" }.to_owned();
        return MappingError::UnknownKey { line, column, key, suggestion };
    }
    let fixed = |message: &str| message.starts_with("missing field `");
    let message = if fixed(message) {
        message.replacen("missing field", "missing key", 1)
    } else if message.starts_with("invalid ") {
        let expected = message.rsplit_once(", expected ").map_or("another value", |(_, of)| of);
        format!("expected {expected}")
    } else if message.contains("duplicate") {
        "a key stands twice".to_owned()
    } else {
        "not valid TOML".to_owned()
    };
    MappingError::Syntax { line, column, message }
}
