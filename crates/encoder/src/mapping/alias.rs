//! Takes `[[alias]]` and `[aliases]` of a mapping, gives where further names of a person stand,
//! refuses an alias without a name.

use serde::Deserialize;

use super::bind::{bind_alias, find, names};
use super::check::{Singles, check_dob, check_name, check_read, column, value};
use super::content::check_split;
use super::raw::{RawDob, RawFieldColumn, RawName, RawRead, TextOr, TextOrTable};
use super::sentinels::{BoundSentinels, Sentinels};
use super::{DobColumns, MappingError, NameColumns, ReadOptions};

/// Most `[[alias]]` tables of a mapping.
pub const ALIASES_MAX: usize = 20;

/// A further name of a row's person. What it does not map is the row's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alias<C> {
    /// Where the name stands.
    pub name: NameColumns<C>,
    /// Date of birth that goes with it.
    pub dob: Option<DobColumns<C>>,
    /// Sex that goes with it.
    pub sex: Option<C>,
    /// What parts several names in the one column of the name.
    pub split: Option<String>,
}

impl<C> Alias<C> {
    /// Calls `visit` with the key and column of all it maps.
    pub(super) fn each<'a>(&'a self, visit: &mut impl FnMut(&'static str, &'a C)) {
        self.name.each(visit);
        self.dob.iter().for_each(|dob| dob.each(visit));
        self.sex.iter().for_each(|column| visit("sex", column));
    }
}

/// A second file with further names, by the agency's number of the person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AliasFile {
    id: String,
    read: ReadOptions,
    alias: Alias<String>,
    sentinels: Sentinels,
}

/// An alias file whose columns were found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BoundAliasFile {
    /// Column of the agency's number of the person.
    pub id: usize,
    /// The name.
    pub alias: Alias<usize>,
    pub(crate) missing: Vec<String>,
    pub(crate) sentinels: BoundSentinels,
}

impl AliasFile {
    /// How to read the file.
    pub fn read(&self) -> &ReadOptions {
        &self.read
    }

    /// Finds its columns in a header, as [`super::Mapping::bind`] does.
    ///
    /// # Errors
    /// [`MappingError::ColumnMissing`] and [`MappingError::ColumnAmbiguous`].
    pub fn bind<S: AsRef<str>>(&self, header: &[S]) -> Result<BoundAliasFile, MappingError> {
        let header = names(header);
        let find = |key: &str, column: &str| find(&header, key, column);
        Ok(BoundAliasFile {
            id: find("aliases.id", &self.id)?,
            alias: bind_alias("aliases", &self.alias, &find)?,
            missing: self.read.missing.clone(),
            sentinels: self.sentinels.bind(&find)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlias {
    name: Option<RawName>,
    first: Option<TextOrTable<RawFieldColumn>>,
    last: Option<TextOrTable<RawFieldColumn>>,
    middle: Option<TextOrTable<RawFieldColumn>>,
    suffix: Option<TextOrTable<RawFieldColumn>>,
    dob: Option<TextOr<RawDob>>,
    sex: Option<TextOrTable<RawFieldColumn>>,
    split: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAliasFile {
    id: TextOrTable<RawFieldColumn>,
    #[serde(default)]
    read: RawRead,
    name: Option<RawName>,
    first: Option<TextOrTable<RawFieldColumn>>,
    last: Option<TextOrTable<RawFieldColumn>>,
    middle: Option<TextOrTable<RawFieldColumn>>,
    suffix: Option<TextOrTable<RawFieldColumn>>,
    dob: Option<TextOr<RawDob>>,
    sex: Option<TextOrTable<RawFieldColumn>>,
    split: Option<String>,
}

pub(super) fn check(
    raw: Vec<RawAlias>,
    sentinels: &mut Sentinels,
) -> Result<Vec<Alias<String>>, MappingError> {
    if raw.len() > ALIASES_MAX {
        return Err(value("alias", "stands at most 20 times"));
    }
    raw.into_iter().map(|raw| check_one("alias", raw, sentinels)).collect()
}

pub(super) fn check_file(raw: RawAliasFile) -> Result<AliasFile, MappingError> {
    let RawAliasFile { id, read, name, first, last, middle, suffix, dob, sex, split } = raw;
    let mut sentinels = Sentinels::default();
    let id = match id {
        TextOrTable::Text(name) => column("aliases.id", name)?,
        TextOrTable::Table(raw) => {
            let name = column("aliases.id", raw.column)?;
            sentinels.add("aliases.id.missing", &name, &raw.missing)?;
            name
        }
    };
    let alias = RawAlias { name, first, last, middle, suffix, dob, sex, split };
    let alias = check_one("aliases", alias, &mut sentinels)?;
    Ok(AliasFile { id, read: check_read(read)?, alias, sentinels })
}

fn check_one(
    table: &'static str,
    raw: RawAlias,
    sentinels: &mut Sentinels,
) -> Result<Alias<String>, MappingError> {
    let parts = [
        ("first", raw.first),
        ("last", raw.last),
        ("middle", raw.middle),
        ("suffix", raw.suffix),
        ("sex", raw.sex),
    ];
    let parts = parts.into_iter().filter_map(|(key, column)| Some((key, column?)));
    let mut single = Singles::new(table, parts.collect());
    let name = check_name(table, raw.name, &mut single, sentinels)?;
    let sex = single.take("sex", sentinels)?;
    let dob = raw.dob.map(|dob| check_dob(&format!("{table}.dob"), dob, sentinels)).transpose()?;
    if let Some(split) = &raw.split {
        let key = format!("{table}.split");
        check_split(&key, split)?;
        let mut columns = 0;
        name.each(&mut |_, _| columns += 1);
        if columns != 1 || dob.is_some() || sex.is_some() {
            return Err(value(key, "goes with the one column of a name, without dob and sex"));
        }
    }
    Ok(Alias { name, dob, sex, split: raw.split })
}
