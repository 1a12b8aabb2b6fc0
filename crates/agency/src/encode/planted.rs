//! Plants synthetic persons among the encoded rows, to measure the linkage by.
//!
//! Persons come from the project's encoding key, so that all agencies plant the same ones without
//! talking; each agency makes two or three copies of each, with errors from its own key. Copies
//! have the mapping's fields but attributes, and no content. Recall on them holds for errors at
//! the rates below, not for those of the export.

use std::collections::HashSet;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use tallystick_encoder::keyed::KeyedHash;
use tallystick_encoder::keys::{AgencyKeys, PlantedKeys};
use tallystick_encoder::mapping::{BoundMapping, Mapping, NameColumns};
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields};
use tallystick_wire::{Handle, SourceLabel};

use super::EncodeError;
use crate::files::{Files, NewFile};

/// Most persons that can be planted.
pub const CANARIES_MAX: u32 = 10_000;

/// Kind, name and weight, a line each.
const NAMES: &str = include_str!("../../data/planted_names_v1.tsv");

/// Columns of a planted row.
const COLUMNS: [&str; 11] =
    ["first", "middle", "last", "dob", "sex", "ssn", "phone", "address", "city", "zip", "local_id"];

/// Chances of a copy's errors in permille.
const NAME_MISTYPED: u32 = 60;
const MIDDLE_MISSING: u32 = 300;
const DOB_WRONG: u32 = 30;
const DOB_MISSING: u32 = 20;
const SSN_MISSING: u32 = 300;
const SSN_WRONG: u32 = 20;
const PHONE_MISSING: u32 = 300;
const MOVED: u32 = 250;
const LOCAL_ID_MISSING: u32 = 500;

/// How many persons to plant, and where their labels go.
#[derive(Clone, Copy, Debug)]
pub struct Canaries<'a> {
    /// Persons, at most [`CANARIES_MAX`]; the same number at all agencies.
    pub count: u32,
    /// CSV of `source,handle,person`, as `tallystick link --canaries` takes it.
    pub labels: &'a Path,
}

/// Numbers from a key and what they are for.
struct Draw<'a> {
    key: &'a KeyedHash,
    message: Vec<u8>,
    counter: u32,
}

impl<'a> Draw<'a> {
    fn new(key: &'a KeyedHash, purpose: &str, numbers: &[u32]) -> Self {
        let mut message = purpose.as_bytes().to_vec();
        numbers.iter().for_each(|number| message.extend_from_slice(&number.to_le_bytes()));
        Self { key, message, counter: 0 }
    }

    /// A number below `end`; 2^32 modulo small numbers prefers none noticeably.
    fn below(&mut self, end: u32) -> u32 {
        let message = [&self.message[..], &self.counter.to_le_bytes()].concat();
        self.counter += 1;
        let digest = self.key.digest(&message);
        u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]) % end
    }

    fn happens(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille
    }

    fn digits(&mut self, count: u32) -> String {
        (0..count).map(|_| char::from_digit(self.below(10), 10).expect("a digit")).collect()
    }

    /// A name of one kind, by weight.
    fn name(&mut self, kind: &str) -> &'static str {
        let names = || {
            NAMES.lines().filter_map(move |line| {
                let mut cells = line.split('\t');
                let (is, name, weight) = (cells.next()?, cells.next()?, cells.next()?);
                (is == kind).then_some((name, weight.parse::<u32>().ok()?))
            })
        };
        let mut left = self.below(names().map(|(_, weight)| weight).sum());
        let mut found = "";
        for (name, weight) in names() {
            found = name;
            if left < weight {
                break;
            }
            left -= weight;
        }
        found
    }

    fn address(&mut self) -> [String; 3] {
        let street = self.name("L");
        let place = self.below(20);
        [
            format!("{} {street} ST", 1 + self.below(2_000)),
            format!("{}VILLE", ["OAK", "ASH", "ELM", "FIR", "BAY"][place as usize % 5]),
            format!("{}", 94_100 + place),
        ]
    }

    /// One letter of a word replaced, dropped or doubled.
    fn mistype(&mut self, word: &mut String) {
        let at = self.below(u32::try_from(word.len()).unwrap_or(1).max(1)) as usize;
        let letter = char::from(b'A' + u8::try_from(self.below(26)).unwrap_or(0));
        match self.below(3) {
            0 if word.len() > 2 => drop(word.remove(at)),
            1 => word.insert(at, letter),
            _ => {
                let end = (at + 1).min(word.len());
                word.replace_range(at..end, letter.encode_utf8(&mut [0; 4]));
            }
        }
    }
}

/// The cells of one copy, in the order of [`COLUMNS`].
struct Row([String; COLUMNS.len()]);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

/// Makes copies of planted persons.
pub(super) struct Planter {
    keys: PlantedKeys,
    normaliser: Normaliser,
}

impl Planter {
    pub(super) fn new(keys: &AgencyKeys, bound: &BoundMapping, year_max: u16) -> Self {
        let source = SourceLabel::parse(bound.mapping().source()).expect("mappings are checked");
        let mapping = Mapping::parse(&mapping_like(bound)).expect("the mapping is well formed");
        let bound = mapping.bind(&COLUMNS).expect("its columns are there");
        Self {
            keys: PlantedKeys::derive(keys, source),
            normaliser: Normaliser::new(&bound, year_max),
        }
    }

    /// What the linkage unit calls a person: a keyed hash, the same at all agencies.
    pub(super) fn label(&self, person: u32) -> String {
        let message = [&b"label"[..], &person.to_le_bytes()].concat();
        let digest = self.keys.persons.digest(&message);
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn copies(&self, person: u32) -> u32 {
        2 + Draw::new(&self.keys.errors, "copies", &[person]).below(2)
    }

    /// Fills `record` with one copy of a person.
    pub(super) fn fill(&mut self, person: u32, copy: u32, record: &mut NormalisedRecord) {
        let row = self.row(person, copy);
        self.normaliser.normalise(&row, record).expect("planted rows have names");
    }

    fn row(&self, person: u32, copy: u32) -> Row {
        let mut of = Draw::new(&self.keys.persons, "person", &[person]);
        let sex = ["F", "M"][of.below(2) as usize];
        let mut names = [of.name(sex), of.name(sex), of.name("L")].map(str::to_owned);
        let mut dob = [1940 + of.below(62), 1 + of.below(12), 1 + of.below(28)];
        let mut ssn = of.digits(4);
        let mut phone = format!("707{}{}", 200 + of.below(700), of.digits(4));
        let mut address = of.address();

        let mut error = Draw::new(&self.keys.errors, "copy", &[person, copy]);
        for name in [0, 2] {
            if error.happens(NAME_MISTYPED) {
                error.mistype(&mut names[name]);
            }
        }
        if error.happens(MIDDLE_MISSING) {
            names[1].clear();
        }
        if error.happens(DOB_WRONG) {
            dob[2] = 1 + error.below(28);
        }
        let is_dob_missing = error.happens(DOB_MISSING);
        if error.happens(SSN_WRONG) {
            ssn.replace_range(3.., &error.digits(1));
        }
        if error.happens(SSN_MISSING) {
            ssn.clear();
        }
        if error.happens(PHONE_MISSING) {
            phone.clear();
        }
        if error.happens(MOVED) {
            address = error.address();
        }
        let is_local_missing = error.happens(LOCAL_ID_MISSING);
        let own = Draw::new(&self.keys.errors, "own number", &[person]).digits(9);
        let local = if is_local_missing { String::new() } else { own };
        let [year, month, day] = dob;
        let dob =
            if is_dob_missing { String::new() } else { format!("{year}-{month:02}-{day:02}") };
        let [first, middle, last] = names;
        let [street, city, zip] = address;
        Row([first, middle, last, dob, sex.to_owned(), ssn, phone, street, city, zip, local])
    }
}

/// A mapping of [`COLUMNS`] with the fields of the export's mapping.
fn mapping_like(bound: &BoundMapping) -> String {
    let fields = bound.fields();
    let (has_first, has_middle, has_last) = match &fields.name {
        NameColumns::Whole { .. } => (true, true, true),
        NameColumns::Parts { first, last, middle, .. } => {
            (first.is_some(), middle.is_some(), last.is_some())
        }
    };
    let has = [
        has_first,
        has_middle,
        has_last,
        fields.dob.is_some(),
        fields.sex.is_some(),
        fields.ssn.is_some(),
        fields.phone.is_some(),
        !fields.address.is_empty(),
        fields.city.is_some(),
        fields.zip.is_some(),
        fields.local_id.is_some(),
    ];
    let mut text = "source = \"planted\"\ntype = \"other\"\n[fields]\n".to_owned();
    for (column, _) in COLUMNS.iter().zip(has).filter(|(_, has)| *has) {
        match *column {
            "dob" => text.push_str("dob = { column = \"dob\", formats = [\"%Y-%m-%d\"] }\n"),
            column => text.push_str(&format!("{column} = \"{column}\"\n")),
        }
    }
    text
}

/// The labels file while it is written.
pub(super) struct Labels {
    writer: csv::Writer<BufWriter<Box<dyn NewFile>>>,
    path: PathBuf,
    source: String,
    written: HashSet<Handle>,
}

impl Labels {
    pub(super) fn create(
        files: &dyn Files,
        path: &Path,
        source: &str,
    ) -> Result<Self, EncodeError> {
        let io = |error| EncodeError::io(path, error);
        let file = files.create(path).map_err(io)?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(["source", "handle", "person"]).map_err(|error| io(error.into()))?;
        let (path, source) = (path.to_owned(), source.to_owned());
        Ok(Self { writer, path, source, written: HashSet::new() })
    }

    pub(super) fn has(&self, handle: Handle) -> bool {
        self.written.contains(&handle)
    }

    pub(super) fn write(&mut self, handle: Handle, person: &str) -> Result<(), EncodeError> {
        if !self.written.insert(handle) {
            return Ok(());
        }
        self.writer
            .write_record([self.source.as_str(), &handle.to_string(), person])
            .map_err(|error| EncodeError::io(&self.path, error.into()))
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        let path = self.path;
        let io = |source| EncodeError::io(&path, source);
        let buffer = self.writer.into_inner().map_err(|error| io(error.into_error()))?;
        let file = buffer.into_inner().map_err(|error| io(error.into_error()))?;
        file.keep().map_err(io)
    }
}

#[cfg(test)]
mod tests {
    use tallystick_encoder::keys::SecretKey;
    use tallystick_wire::ProjectId;

    use super::*;

    fn planter(encoding: u8, local: u8) -> Planter {
        let keys = AgencyKeys {
            encoding_key: SecretKey::new([encoding; 32]),
            local_key: SecretKey::new([local; 32]),
            project: ProjectId([3; 16]),
            epoch: 0,
        };
        let text =
            "source = \"police\"\ntype = \"police\"\n[fields]\nfirst = \"f\"\nlast = \"l\"\n";
        let bound = Mapping::parse(text).unwrap().bind(&["f", "l"]).unwrap();
        Planter::new(&keys, &bound, 2026)
    }

    #[test]
    fn persons_are_the_projects_and_errors_the_agencys() {
        let [mut one, mut other, foreign] = [planter(1, 1), planter(1, 2), planter(2, 1)];
        let mut equal = 0;
        for person in 0..50 {
            assert_eq!(one.label(person), other.label(person));
            assert_ne!(one.label(person), foreign.label(person));
            let [a, b] = [&one, &other].map(|planter| planter.row(person, 0).0);
            equal += u32::from(a[2] == b[2]);
            assert_ne!(one.row(person, 0).0, foreign.row(person, 0).0);
            let (mut a, mut b) = (NormalisedRecord::default(), NormalisedRecord::default());
            one.fill(person, 0, &mut a);
            other.fill(person, 1, &mut b);
            assert!(!a.first().is_empty() && !b.last().is_empty());
            assert!(a.dob().is_none(), "the mapping has no date of birth");
        }
        assert!((35..50).contains(&equal), "{equal} of 50 last names have no error in either");
    }

    #[test]
    fn the_table_has_every_kind() {
        let count =
            |kind: &str| NAMES.lines().filter(|line| line.split('\t').next() == Some(kind)).count();
        assert_eq!(["F", "M", "L"].map(count), [200, 200, 800]);
    }
}
