//! Takes CSV files, gives their rows with ids as numbers; errors name file and line, never a value.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::Labels;

/// Hexadecimal digits of a handle.
const HANDLE_DIGITS: usize = 32;

/// Why nothing was scored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScoreError {
    /// The file cannot be opened.
    #[error("{}: cannot be opened: {kind}", path.display())]
    Open { path: PathBuf, kind: std::io::ErrorKind },
    /// The header lacks a column.
    #[error("{}, line 1: no column {column}", path.display())]
    Column { path: PathBuf, column: &'static str },
    /// A line that cannot be used.
    #[error("{}, line {line}: {fault}", path.display())]
    Line { path: PathBuf, line: u64, fault: Fault },
    /// More sources than can be numbered.
    #[error("too many sources")]
    TooManySources,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("not a row of the table (wrong number of fields, or not UTF-8)")]
    Malformed,
    #[error("column {0} is empty")]
    Empty(&'static str),
    #[error("handle is not 32 hexadecimal digits")]
    Handle,
    #[error("row_id stood in an earlier line of this source")]
    RepeatedRow,
    #[error("source and handle stood in an earlier line")]
    RepeatedHandle,
    #[error("source and record_id stood in an earlier line")]
    RepeatedTruth,
}

/// The place of a source in the sorted list.
pub(super) fn place_of(sources: &[&str], source: &str) -> Option<u16> {
    let place = sources.binary_search(&source).ok()?;
    Some(u16::try_from(place).expect("`run` refuses more sources than a u16 can number"))
}

/// One row of a handle file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct HandleRow {
    pub(super) source: u16,
    pub(super) handle: u128,
    /// The true person, if known.
    pub(super) person: Option<u32>,
}

/// Reads `handle,row_id` and looks up each row's true person.
pub(super) fn read_handles(
    path: &Path,
    source: u16,
    truth: &mut Truth,
    rows: &mut Vec<HandleRow>,
) -> Result<(), ScoreError> {
    let mut table = Table::open(path, ["handle", "row_id"])?;
    while let Some([handle, row_id]) = table.next()? {
        let handle = parse_handle(handle).ok_or(Fault::Handle);
        let person = truth.take(source, row_id);
        let handle = handle.map_err(|fault| table.fault(fault))?;
        let person = person.map_err(|fault| table.fault(fault))?;
        rows.push(HandleRow { source, handle, person });
    }
    Ok(())
}

fn parse_handle(text: &str) -> Option<u128> {
    let is_hex = text.len() == HANDLE_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex { u128::from_str_radix(text, 16).ok() } else { None }
}

/// The cluster file.
pub(super) struct Clusters {
    labels: HashMap<(u16, u128), Labels>,
    /// One for each stop.
    names: [Names; 3],
    /// Lines of sources that have no handle file.
    pub(super) foreign_count: u64,
}

impl Clusters {
    pub(super) fn read(path: &Path, sources: &[&str]) -> Result<Self, ScoreError> {
        let mut table = Table::open(path, ["source", "handle", "person", "strict", "loose"])?;
        let mut this = Self { labels: HashMap::new(), names: Default::default(), foreign_count: 0 };
        while let Some([source, handle, main, strict, loose]) = table.next()? {
            let Some(source) = place_of(sources, source) else {
                this.foreign_count += 1;
                continue;
            };
            let mut labels = [0; 3];
            for ((label, names), id) in
                labels.iter_mut().zip(&mut this.names).zip([main, strict, loose])
            {
                *label = names.number_of(id);
            }
            let Some(handle) = parse_handle(handle) else {
                return Err(table.fault(Fault::Handle));
            };
            if this.labels.insert((source, handle), labels).is_some() {
                return Err(table.fault(Fault::RepeatedHandle));
            }
        }
        Ok(this)
    }

    /// Handles of known sources.
    pub(super) fn count(&self) -> u64 {
        self.labels.len() as u64
    }

    pub(super) fn labels_of(&self, source: u16, handle: u128) -> Option<Labels> {
        self.labels.get(&(source, handle)).copied()
    }

    /// Labels that nothing else has.
    pub(super) fn fresh_labels(&mut self) -> Labels {
        self.names.each_mut().map(Names::fresh)
    }
}

/// The truth file.
pub(super) struct Truth {
    /// By source: the person of each record, and whether a handle file has named the record.
    person_of: Vec<HashMap<String, (u32, bool)>>,
    /// Person ids by number.
    names: Vec<String>,
    /// Lines of sources that have no handle file.
    foreign_count: u64,
}

impl Truth {
    pub(super) fn read(path: &Path, sources: &[&str]) -> Result<Self, ScoreError> {
        let mut table = Table::open(path, ["source", "record_id", "person_id"])?;
        let mut names = Names::default();
        let mut person_of = vec![HashMap::new(); sources.len()];
        let mut foreign_count = 0;
        while let Some([source, record_id, person_id]) = table.next()? {
            let Some(source) = place_of(sources, source) else {
                foreign_count += 1;
                continue;
            };
            let person = names.number_of(person_id);
            match person_of[usize::from(source)].entry(record_id.to_owned()) {
                Entry::Vacant(place) => place.insert((person, false)),
                Entry::Occupied(_) => return Err(table.fault(Fault::RepeatedTruth)),
            };
        }
        Ok(Self { person_of, names: names.into_list(), foreign_count })
    }

    /// The person of a record. A record may be asked for once; one without truth may be asked for again,
    /// since it is left out in any case.
    fn take(&mut self, source: u16, record_id: &str) -> Result<Option<u32>, Fault> {
        match self.person_of[usize::from(source)].get_mut(record_id) {
            None => Ok(None),
            Some((_, true)) => Err(Fault::RepeatedRow),
            Some((person, taken)) => {
                *taken = true;
                Ok(Some(*person))
            }
        }
    }

    /// Records that no handle file named.
    pub(super) fn unused_count(&self) -> u64 {
        let unused = self.person_of.iter().flat_map(HashMap::values).filter(|(_, taken)| !taken);
        self.foreign_count + unused.count() as u64
    }

    /// The person's id as text.
    pub(super) fn name(&self, person: u32) -> &str {
        &self.names[person as usize]
    }
}

/// Numbers for texts, in the order they come.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    next: u32,
}

impl Names {
    fn number_of(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.fresh();
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// A number for something without a text.
    fn fresh(&mut self) -> u32 {
        let number = self.next;
        self.next = number.checked_add(1).expect("a file of 2^32 ids does not fit in memory");
        number
    }

    fn into_list(self) -> Vec<String> {
        let mut list: Vec<(u32, String)> =
            self.numbers.into_iter().map(|(text, number)| (number, text)).collect();
        list.sort_unstable();
        list.into_iter().map(|(_, text)| text).collect()
    }
}

/// A CSV file of which some columns are read.
struct Table<const N: usize> {
    path: PathBuf,
    reader: csv::Reader<File>,
    columns: [&'static str; N],
    places: [usize; N],
    record: StringRecord,
}

impl<const N: usize> Table<N> {
    fn open(path: &Path, columns: [&'static str; N]) -> Result<Self, ScoreError> {
        let path = path.to_owned();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return Err(ScoreError::Open { path, kind: error.kind() }),
        };
        let mut reader = csv::Reader::from_reader(file);
        let Ok(header) = reader.headers() else {
            return Err(ScoreError::Line { path, line: 1, fault: Fault::Malformed });
        };
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(columns) {
            match header.iter().position(|name| name == column) {
                Some(found) => *place = found,
                None => return Err(ScoreError::Column { path, column }),
            }
        }
        Ok(Self { path, reader, columns, places, record: StringRecord::new() })
    }

    /// The next row's fields in the order asked for; none of them is empty.
    fn next(&mut self) -> Result<Option<[&str; N]>, ScoreError> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                // The csv error itself could quote the field.
                let line = error.position().unwrap_or_else(|| self.reader.position()).line();
                let path = self.path.clone();
                return Err(ScoreError::Line { path, line, fault: Fault::Malformed });
            }
        }
        for (&place, column) in self.places.iter().zip(self.columns) {
            if self.record[place].is_empty() {
                return Err(self.fault(Fault::Empty(column)));
            }
        }
        Ok(Some(self.places.map(|place| &self.record[place])))
    }

    /// An error about the row last read.
    fn fault(&self, fault: Fault) -> ScoreError {
        let line = self.record.position().map_or(0, csv::Position::line);
        ScoreError::Line { path: self.path.clone(), line, fault }
    }
}
