//! Takes submissions, gives one Parquet file for each source in each pass and the plan beside them, refuses to write filters
//! unsealed where nobody said that it may.
//!
//! Memory: one row group; besides, two bytes a record, 16 more of sources in which pairs are wanted, and the filters of sources
//! that have them with their records (profile `trusted`).

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use tallystick_kernels::Kernel;
use tallystick_linkage::block::Sources;
use tallystick_wire::{ContinuityToken, FieldSet, ReadAt, Rejection};

use crate::blocks::each_block;
use crate::columns::Column;
use crate::error::EngineError;
use crate::plan::{Plan, PlanPass, PlanSettings};
use crate::progress::{Done, Progress};
use crate::rows::{Filters, RowReader};
use crate::shown::{Shown, counts, is_left_out};
use crate::sql::{PLACES_MAX, scripts};
use crate::table::{Cells, ColumnForm, Shape, TableWriter, make_folder, new_file};

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 16;
/// File of the plan.
const PLAN: &str = "engine.json";

/// Somebody said that filters may lie unsealed where the export is written.
#[derive(Clone, Copy, Debug)]
pub struct Unsealed;

/// What is exported, and how.
#[derive(Clone, Copy, Debug)]
pub struct Exporting<'a, R> {
    /// The submissions.
    pub sources: &'a Sources<'a, R>,
    /// What decides the plan besides.
    pub settings: PlanSettings<'a>,
    /// Nothing is exported without.
    pub unsealed: Option<Unsealed>,
    /// Counts bits.
    pub kernel: Kernel,
}

/// Writes an export into a new directory: the rows of every pass, the plan and its SQL.
///
/// # Errors
/// A submission that cannot be read; a disk that fails. What was written until then is left.
pub fn export<R: ReadAt>(
    exporting: &Exporting<'_, R>,
    out: &Path,
    progress: Progress<'_>,
) -> Result<Plan, EngineError> {
    let Exporting { sources, settings, unsealed, kernel } = *exporting;
    let Unsealed = unsealed.ok_or(EngineError::Sealed)?;
    let plan = Plan::new(sources, &settings)?;
    let reader = RowReader::new(sources, kernel)?;
    make_folder(out)?;
    let mut done = Done::new(&plan, progress);
    for pass in &plan.passes {
        make_folder(&out.join(pass.folder()))?;
        let mut files = PassFiles::new(pass, &reader, settings.left_out, out)?;
        let mut shown = Shown::new(sources, pass, settings.left_out);
        each_block(sources, pass, &mut |number, held| {
            let is_shown = !shown.of(held)?.is_empty();
            for (source, count) in counts(held) {
                files.push(source, is_shown.then_some(number), count)?;
                done.add(count)?;
            }
            Ok(())
        })?;
        files.finish()?;
        done.report()?;
    }
    let text = serde_json::to_string_pretty(&plan).expect("a plan is made of texts and numbers");
    write_text(&out.join(PLAN), &(text + "\n"))?;
    write_scripts(out, &plan)?;
    Ok(plan)
}

/// Writes the SQL of a plan beside it, in place of what is there. Gives the names of the files.
///
/// # Errors
/// A disk that fails.
pub fn write_scripts(dir: &Path, plan: &Plan) -> Result<Vec<&'static str>, EngineError> {
    let scripts = scripts(plan);
    for script in &scripts {
        let path = dir.join(script.name);
        if path.exists() {
            fs::remove_file(&path).map_err(|source| EngineError::io(&path, source))?;
        }
        write_text(&path, &script.to_string())?;
    }
    Ok(scripts.iter().map(|script| script.name).collect())
}

fn write_text(path: &Path, text: &str) -> Result<(), EngineError> {
    let written = new_file(path)?.write_all(text.as_bytes());
    written.map_err(|source| EngineError::io(path, source))
}

/// Reads the plan of an export.
///
/// # Errors
/// A file that is no plan; one of another version.
pub fn read_plan(dir: &Path) -> Result<Plan, EngineError> {
    let path = dir.join(PLAN);
    let text = fs::read_to_string(&path).map_err(|source| EngineError::io(&path, source))?;
    // The library's message might show what the file holds.
    let invalid = || EngineError::table(&path, "no plan of an export");
    let plan: Plan = serde_json::from_str(&text).map_err(|_| invalid())?;
    plan.check_version(&path)?;
    if plan.is_sound() { Ok(plan) } else { Err(invalid()) }
}

/// The files of a pass, written side by side since blocks are numbered over all sources.
struct PassFiles<'a, R> {
    pass: &'a PlanPass,
    left_out: &'a [u32],
    reader: &'a RowReader<'a, R>,
    columns: Vec<Column>,
    files: Vec<Option<PassFile>>,
}

/// The file of a source.
struct PassFile {
    out: TableWriter<File>,
    /// Blocks of rows that are not written; none of rows that will not be.
    blocks: Vec<Option<u64>>,
    /// Rows that were gone through.
    passed: u64,
    /// By record: rows so far.
    places: Vec<u16>,
    /// Where pairs within the source are wanted.
    locals: Locals,
}

impl<'a, R: ReadAt> PassFiles<'a, R> {
    fn new(
        pass: &'a PlanPass,
        reader: &'a RowReader<'a, R>,
        left_out: &'a [u32],
        out: &Path,
    ) -> Result<Self, EngineError> {
        let columns = Column::of(pass);
        let forms: Vec<ColumnForm> = columns.iter().copied().map(form).collect();
        let mut files = Vec::new();
        for (source, rows) in pass.rows.iter().enumerate() {
            if *rows == 0 {
                files.push(None);
                continue;
            }
            let path = out.join(pass.folder()).join(PlanPass::file(source));
            let submission = &reader.sources.submissions[source];
            let locals = match pass.joins_within(source) {
                true => Locals::of(&submission.continuity_tokens()?),
                false => Locals::default(),
            };
            files.push(Some(PassFile {
                out: TableWriter::create(&path, &forms)?,
                blocks: Vec::new(),
                passed: 0,
                places: vec![0; submission.record_count()],
                locals,
            }));
        }
        Ok(Self { pass, left_out, reader, columns, files })
    }

    /// Adds rows of a block, if it is shown.
    fn push(&mut self, source: usize, block: Option<u64>, count: u64) -> Result<(), EngineError> {
        let file = self.files[source].as_mut().expect("sources with rows have files");
        for _ in 0..count {
            file.blocks.push(block);
            if file.blocks.len() == GROUP_ROWS {
                file.write(self.pass, self.reader, (&self.columns, self.left_out), source)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), EngineError> {
        for (source, file) in self.files.into_iter().enumerate() {
            let Some(mut file) = file else { continue };
            if !file.blocks.is_empty() {
                file.write(self.pass, self.reader, (&self.columns, self.left_out), source)?;
            }
            file.out.finish()?;
        }
        Ok(())
    }
}

impl PassFile {
    /// Writes the rows that are held as one row group, but for those that stay here.
    fn write<R: ReadAt>(
        &mut self,
        pass: &PlanPass,
        reader: &RowReader<'_, R>,
        (columns, left_out): (&[Column], &[u32]),
        source: usize,
    ) -> Result<(), EngineError> {
        let end = self.passed + self.blocks.len() as u64;
        let (mut records, mut filters) = reader.read(pass, source, self.passed..end)?;
        let offset = reader.sources.offsets[source];
        let stays = |row: usize| is_left_out(left_out, offset + records[row]);
        let shown: Vec<u32> = (0..)
            .zip(&self.blocks)
            .filter(|(row, block)| block.is_some() && !stays(*row as usize))
            .map(|(row, _)| row)
            .collect();
        let blocks: Vec<u64> = shown.iter().filter_map(|row| self.blocks[*row as usize]).collect();
        if shown.len() < records.len() {
            filters = filters.gather(&shown);
            records = shown.iter().map(|row| records[*row as usize]).collect();
        }
        self.passed = end;
        self.blocks.clear();
        if records.is_empty() {
            return Ok(());
        }
        let places = self.number(&records)?;
        let group = Group {
            source,
            offset,
            fields: reader.sources.fields_of(source),
            blocks: &blocks,
            records: &records,
            places: &places,
            locals: &self.locals,
            filters: &filters,
        };
        self.out.write(columns.iter().map(|column| group.cells(*column)))
    }

    /// The place of each of these rows among those of its record.
    fn number(&mut self, records: &[u32]) -> Result<Vec<i32>, EngineError> {
        let mut out = Vec::with_capacity(records.len());
        for record in records {
            let place = &mut self.places[*record as usize];
            if u32::from(*place) == PLACES_MAX {
                return Err(
                    Rejection::HeaderInvalid { what: "the rows of a record in a pass" }.into()
                );
            }
            out.push(i32::from(*place));
            *place += 1;
        }
        Ok(out)
    }
}

/// Rows that become a row group.
struct Group<'a> {
    source: usize,
    offset: u32,
    /// Fields of the source: no row has another.
    fields: FieldSet,
    blocks: &'a [u64],
    /// In the source.
    records: &'a [u32],
    places: &'a [i32],
    locals: &'a Locals,
    filters: &'a Filters,
}

impl Group<'_> {
    fn cells(&self, column: Column) -> Cells {
        let of_rows =
            |of: &dyn Fn(usize) -> i32| Cells::Int((0..self.records.len()).map(of).collect());
        match column {
            Column::Block => Cells::Long(self.blocks.iter().map(|it| it.cast_signed()).collect()),
            Column::Source => of_rows(&|_| i32::try_from(self.source).expect("64 sources at most")),
            Column::Record => of_rows(&|row| (self.offset + self.records[row]).cast_signed()),
            Column::Place => Cells::Int(self.places.to_vec()),
            Column::Presence => {
                let known = self.fields.0 | FieldSet::DOB_IS_DEFAULT;
                of_rows(&|row| (self.filters.presence()[row] & known).cast_signed())
            }
            Column::Word(field, word) => {
                let words = self.filters.words(field).iter().skip(word).step_by(field.words());
                Cells::Long(words.map(|word| word.cast_signed()).collect())
            }
            Column::Popcount(field) => {
                of_rows(&|row| self.filters.popcounts(field)[row].cast_signed())
            }
            Column::LocalKind => of_rows(&|row| self.local(row).0),
            Column::LocalNumber => of_rows(&|row| self.local(row).1),
        }
    }

    fn local(&self, row: usize) -> (i32, i32) {
        self.locals.0.get(self.records[row] as usize).copied().unwrap_or_default()
    }
}

/// By record: kind and number of its local number. Equality within a source is all that the linkage uses of the token, which
/// would join exports of one agency; so it stays here.
#[derive(Debug, Default)]
struct Locals(Vec<(i32, i32)>);

impl Locals {
    fn of(tokens: &[ContinuityToken]) -> Self {
        let mut all: Vec<[u8; 16]> = tokens.iter().map(|token| token.0).collect();
        all.sort_unstable();
        all.dedup();
        let number = |token: &ContinuityToken| {
            let place = all.binary_search(&token.0).expect("every token is among them");
            i32::try_from(place).expect("fewer than 2^31 records")
        };
        Self(tokens.iter().map(|token| (kind(*token), number(token))).collect())
    }
}

/// As [`tallystick_linkage::block::local_id_level`] tells them apart.
fn kind(local: ContinuityToken) -> i32 {
    match local {
        none if none == ContinuityToken::default() => 0,
        row if row.is_of_row() => 2,
        _ => 1,
    }
}

fn form(column: Column) -> ColumnForm {
    let shape = match column {
        Column::Block => Shape::Ascending,
        Column::Record | Column::Word(..) | Column::LocalNumber => Shape::Random,
        _ => Shape::Few,
    };
    ColumnForm { name: column.name(), is_long: column.is_long(), shape }
}
