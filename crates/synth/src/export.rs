//! Writes a population: exports, mappings and truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::{fmt, thread};

use csv::{Terminator, Writer, WriterBuilder};

use crate::config::{Config, ConfigError, Source};
use crate::layout::{Encoding, Layout, layout};
use crate::names::Sex;
use crate::population::{Biography, Chunk, Population, Sheet};
use crate::summary::{OUTCOME_LABELS, Summary};

/// Row numbers of a chunk begin at its number times this; 16,384 persons have fewer rows.
const CHUNK_ROWS_MAX: u64 = 1_000_000;
/// Chunks made at the same time at most; the bytes do not depend on it.
const THREADS_MAX: usize = 8;
const TIDY_HEADER: &str = "rec_id,entity_id,first_name,last_name,middle,suffix,dob,sex,race,ssn4,\
                           phone,address,city,zip\n";

/// A population could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is out of bounds.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file could not be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where the files of a population go.
pub trait Outputs {
    /// Appends bytes to the file with a relative name such as `police.csv` or `tidy/police.csv`.
    ///
    /// # Errors
    /// If the bytes cannot be kept.
    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()>;
}

/// Files in memory, by name.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct MemoryOutputs {
    /// The files.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl fmt::Debug for MemoryOutputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.files.iter().map(|(k, v)| (k, v.len()))).finish()
    }
}

impl Outputs for MemoryOutputs {
    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.entry(file.to_owned()).or_default().extend_from_slice(bytes);
        Ok(())
    }
}

/// Files in a folder, replaced if they exist.
struct FolderOutputs<'a> {
    folder: &'a Path,
    open: BTreeMap<String, BufWriter<File>>,
}

impl Outputs for FolderOutputs<'_> {
    fn append(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        if !self.open.contains_key(file) {
            let path = self.folder.join(file);
            fs::create_dir_all(path.parent().unwrap_or(self.folder))?;
            self.open.insert(file.to_owned(), BufWriter::new(File::create(path)?));
        }
        self.open.get_mut(file).expect("inserted above").write_all(bytes)
    }
}

/// Writes the exports of a configuration into a folder, which is made if missing.
///
/// # Errors
/// If a setting is out of bounds or a file cannot be written.
pub fn write_exports(config: &Config, folder: &Path) -> Result<Summary, Error> {
    let mut outputs = FolderOutputs { folder, open: BTreeMap::new() };
    let summary = generate(config, &mut outputs).map_err(|error| match error {
        Error::Write { file, source } => Error::Write { file: folder.join(file), source },
        other => other,
    })?;
    for (name, mut writer) in outputs.open {
        writer.flush().map_err(|source| Error::Write { file: folder.join(name), source })?;
    }
    Ok(summary)
}

/// Writes the exports of a configuration.
///
/// # Errors
/// If a setting is out of bounds or the outputs refuse bytes.
pub fn generate(config: &Config, outputs: &mut impl Outputs) -> Result<Summary, Error> {
    let population = Population::new(config)?;
    let mut put = |file: &str, bytes: &[u8]| {
        outputs.append(file, bytes).map_err(|source| Error::Write { file: file.into(), source })
    };
    for (file, bytes) in heads(config) {
        put(&file, &bytes)?;
    }
    let mut summary = Summary::default();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX) as u64;
    for wave in (0..population.chunk_count()).step_by(threads as usize) {
        let numbers: Vec<u64> = (wave..(wave + threads).min(population.chunk_count())).collect();
        let parts: Vec<Part> = thread::scope(|scope| {
            let workers: Vec<_> = numbers
                .iter()
                .map(|number| scope.spawn(|| Part::render(*number, &population)))
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.map(|part| part.expect("rendering a chunk does not panic")).collect()
        });
        for part in parts {
            summary.merge(&part.summary);
            for (file, bytes) in part.files {
                put(&file, &bytes)?;
            }
        }
    }
    put("truth_pairs.csv", summary.pairs_csv(config).as_bytes())?;
    put("truth.json", summary.json(config).as_bytes())?;
    Ok(summary)
}

/// What stands before the first row of each file, and the files without rows.
fn heads(config: &Config) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for source in &config.sources {
        let (layout, label) = (layout(*source), source.label());
        let mut bytes = match layout.encoding {
            Encoding::Utf8Mark => vec![0xEF, 0xBB, 0xBF],
            Encoding::Utf16 => vec![0xFF, 0xFE],
            Encoding::Utf8 | Encoding::Windows1252 => Vec::new(),
        };
        let mut writer = layout.writer();
        writer.write_record(layout.columns).expect("writing to memory does not fail");
        bytes.extend(layout.encode(finish(writer)));
        files.push((format!("{label}.csv"), bytes));
        files.push((format!("{label}.mapping.toml"), layout.mapping.as_bytes().to_vec()));
        if config.tidy {
            files.push((format!("tidy/{label}.csv"), TIDY_HEADER.as_bytes().to_vec()));
        }
    }
    if config.tidy {
        let entry = |label: &str| format!("\"{label}\":{{\"file\":\"{label}.csv\"}}");
        let entries: Vec<_> = config.sources.iter().map(|source| entry(source.label())).collect();
        let meta = format!(
            "{{\"mode\":\"link\",\"kind\":\"synth\",\"sources\":{{{}}}}}\n",
            entries.join(",")
        );
        files.push(("tidy/meta.json".to_owned(), meta.into_bytes()));
    }
    files.push(("truth.csv".to_owned(), b"source,record_id,person_id\n".to_vec()));
    files.push(("truth_persons.csv".to_owned(), persons_header(config).into_bytes()));
    files
}

/// The bytes of one chunk, by file, with its counts.
struct Part {
    files: Vec<(String, Vec<u8>)>,
    summary: Summary,
}

impl Part {
    fn render(number: u64, population: &Population) -> Self {
        let chunk = population.chunk(number);
        let config = population.config();
        let mut counts = vec![[0u32; Source::ALL.len()]; chunk.people.len()];
        let mut files = Vec::new();
        let mut truth = Vec::new();
        for sheet in &chunk.sheets {
            let label = sheet.source.label();
            let ids = row_ids(sheet, number);
            for (row, id) in sheet.rows.iter().zip(&ids) {
                counts[row.place][sheet.source as usize] += 1;
                line(&mut truth, &[label, id, &chunk.people[row.place].person.id.to_string()]);
            }
            files.push((format!("{label}.csv"), export_bytes(population, &chunk, sheet, &ids)));
            if config.tidy {
                files.push((format!("tidy/{label}.csv"), tidy_bytes(&chunk, sheet, &ids)));
            }
        }
        files.push(("truth.csv".to_owned(), truth));
        files.push(("truth_persons.csv".to_owned(), persons_bytes(&chunk, &counts, config)));
        Self { summary: Summary::of(&chunk, &counts), files }
    }
}

fn row_ids(sheet: &Sheet, chunk: u64) -> Vec<String> {
    let prefix = layout(sheet.source).id_prefix;
    assert!((sheet.rows.len() as u64) < CHUNK_ROWS_MAX, "bounds of the settings limit the rows");
    let first = chunk * CHUNK_ROWS_MAX + 1;
    (first..first + sheet.rows.len() as u64).map(|row| format!("{prefix}{row:09}")).collect()
}

fn export_bytes(population: &Population, chunk: &Chunk, sheet: &Sheet, ids: &[String]) -> Vec<u8> {
    let layout = layout(sheet.source);
    let mut writer = layout.writer();
    for (row, id) in sheet.rows.iter().zip(ids) {
        let mut cells = population.cells(chunk, sheet.source, row);
        cells[layout.id_column].clone_from(id);
        writer.write_record(&cells).expect("writing to memory does not fail");
    }
    layout.encode(finish(writer))
}

impl Layout {
    fn writer(&self) -> Writer<Vec<u8>> {
        let end = if self.crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
        WriterBuilder::new().delimiter(self.delimiter).terminator(end).from_writer(Vec::new())
    }

    /// Text in the encoding of the export.
    fn encode(&self, text: Vec<u8>) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Mark => text,
            Encoding::Windows1252 => utf8(text)
                .chars()
                // The upper half of Latin-1 is the same in Windows-1252, and no name has others.
                .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
                .collect(),
            Encoding::Utf16 => utf8(text).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

fn finish(writer: Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().expect("flushing to memory does not fail")
}

fn utf8(text: Vec<u8>) -> String {
    String::from_utf8(text).expect("made of strings")
}

/// One row per person and distinct identifiers, under the number of the first row that has them.
fn tidy_bytes(chunk: &Chunk, sheet: &Sheet, ids: &[String]) -> Vec<u8> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (row, id) in sheet.rows.iter().zip(ids) {
        let held = &row.snapshot;
        let number = |value: Option<u64>, width: usize| {
            value.map_or_else(String::new, |value| format!("{value:0width$}"))
        };
        let sex = match held.sex {
            Some(Sex::Female) => "F",
            Some(Sex::Male) => "M",
            None => "",
        };
        let cells = [
            held.first.clone(),
            held.last.clone(),
            held.middle.clone(),
            held.suffix.to_owned(),
            held.dob.map_or_else(String::new, |day| day.iso()),
            sex.to_owned(),
            held.race.map_or_else(String::new, |race| format!("{race:?}")),
            number(held.ssn_last_four().map(u64::from), 4),
            number(held.phone, 10),
            if held.house.is_some() { held.address_line() } else { String::new() },
            held.city.to_owned(),
            number(held.zip.map(u64::from), 5),
        ];
        let person = chunk.people[row.place].person.id.to_string();
        let mut line_cells = vec![id.as_str(), person.as_str()];
        line_cells.extend(cells.iter().map(String::as_str));
        if seen.insert((row.place, cells.clone())) {
            line(&mut out, &line_cells);
        }
    }
    out
}

fn persons_header(config: &Config) -> String {
    let mut head = String::from(
        "person_id,household_id,arm,pathway,index_date,birth_date,sex,group,first,middle,last,\
         suffix,twin_of,housing",
    );
    for window in ["before", "after"] {
        for outcome in OUTCOME_LABELS {
            head.push_str(&format!(",{outcome}_{window}"));
        }
    }
    for source in &config.sources {
        head.push_str(&format!(",rows_{}", source.label()));
    }
    head.push('\n');
    head
}

fn persons_bytes(chunk: &Chunk, counts: &[[u32; Source::ALL.len()]], config: &Config) -> Vec<u8> {
    let mut out = Vec::new();
    for (biography, counts) in chunk.people.iter().zip(counts) {
        let Biography { person, history, .. } = biography;
        let index = history.index;
        let mut cells = vec![
            person.id.to_string(),
            person.household.to_string(),
            person.arm.label().to_owned(),
            index.and_then(|index| index.pathway).map_or("", |way| way.label()).to_owned(),
            index.map_or_else(String::new, |index| index.day.iso()),
            person.born.iso(),
            if person.sex == Sex::Female { "F" } else { "M" }.to_owned(),
            format!("{:?}", person.group),
            person.first.to_owned(),
            person.middle.to_owned(),
            person.surname(),
            person.suffix.to_owned(),
            person.twin_of.map_or_else(String::new, |twin| twin.to_string()),
            format!("{:?}", person.housing),
        ];
        cells.extend(history.outcomes().iter().flatten().map(u32::to_string));
        cells.extend(config.sources.iter().map(|source| counts[*source as usize].to_string()));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        line(&mut out, &cells);
    }
    out
}

/// One line of the truth and tidy files, none of whose cells has a comma, quote or line break.
fn line(out: &mut Vec<u8>, cells: &[&str]) {
    debug_assert!(cells.iter().all(|cell| !cell.contains([',', '"', '\n'])), "plain cells");
    out.extend_from_slice(cells.join(",").as_bytes());
    out.push(b'\n');
}
