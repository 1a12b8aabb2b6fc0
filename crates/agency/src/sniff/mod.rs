//! Takes an export and what a person has told about it, gives its columns with a sample of its rows,
//! and from these the proposed mapping, refuses options that name no column.
//!
//! The file is read once for its encoding and once for its rows, of which a bounded sample is kept. A
//! first row that looks like data is not shown, here or in an error.

mod error;

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "program")]
use std::path::Path;
use std::sync::Arc;

use tallystick_encoder::mapping::{
    FixedLayout, Format, HeaderRow, Mapping, SourceType, TextEncoding,
};
use tallystick_encoder::sniff::{
    DateOrder, FileFormat, FileKind, Proposal, Role, Sample, SniffRequest, header_is_data, sniff,
};

pub use error::SniffError;

use crate::export::{
    Encoding, Export, ExportError, Input, RawRow, ReadLimits, ReadSpec, RowOutcome,
    find_encoding_of,
};
use crate::files::Files;

/// What a person has told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Name of the source.
    pub source: String,
    /// Kind of agency.
    pub source_type: Option<SourceType>,
    /// Byte between cells.
    pub delimiter: Option<u8>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Columns of a file of fixed width.
    pub layout: Option<FixedLayout>,
    /// Whether the first row holds names: yes, no, or to be found out.
    pub has_header: Option<bool>,
    /// Roles of columns, by name.
    pub roles: Vec<(String, Role)>,
    /// Orders of dates, by name of column.
    pub date_orders: Vec<(String, DateOrder)>,
    /// The present year.
    pub year_max: u16,
    /// Limits of reading.
    pub limits: ReadLimits,
    /// Whether known layouts are not recognised.
    pub ignore_layouts: bool,
}

/// An export with a sample of its rows.
#[derive(Debug)]
pub struct Sniffed {
    /// Names of the columns.
    pub header: Vec<String>,
    /// How the file is written.
    pub file: FileFormat,
    /// Rows that could not be read.
    pub rows_rejected: u64,
    sample: Sample,
    /// Columns without a name in the file.
    unnamed: BTreeSet<String>,
    repeats: bool,
    roles: BTreeMap<usize, Role>,
    date_orders: BTreeMap<usize, DateOrder>,
    told: Told,
}

impl Sniffed {
    /// Reads an export of one file of the disk.
    ///
    /// # Errors
    /// As [`Sniffed::read_input`].
    #[cfg(feature = "program")]
    pub fn read(path: &Path, told: Told) -> Result<Self, SniffError> {
        let disk: Arc<dyn Files> = Arc::new(crate::files::Disk);
        Self::read_input(&disk, &Input::file(path), told)
    }

    /// Reads an export.
    ///
    /// # Errors
    /// Those of reading; an option about a column that the export lacks; standard input, which cannot
    /// be read more than once.
    pub fn read_input(
        files: &Arc<dyn Files>,
        input: &Input,
        told: Told,
    ) -> Result<Self, SniffError> {
        if *input == Input::Stdin {
            return Err(SniffError::Stdin);
        }
        let refused = |source| SniffError::export(input, source);
        let encoding = find_encoding_of(&**files, input, &told.limits).map_err(refused)?;
        let spec = |header| ReadSpec {
            delimiter: told.delimiter,
            encoding,
            header,
            sheet: told.sheet.clone(),
            layout: told.layout.clone(),
            ..ReadSpec::default()
        };
        let open = |header| Export::open_input(files, input, &spec(header), &told.limits);
        let named = open(HeaderRow::Numbered);
        let names_apart =
            |export: &Export| [Format::Fixed, Format::Parquet].contains(&export.format());
        let data = match (told.has_header, &named) {
            (_, Ok(export)) if names_apart(export) => false,
            (Some(has_header), _) => !has_header,
            (None, Ok(export)) => header_is_data(export.header(), told.year_max),
            (None, Err(_)) => false,
        };
        let row = if data { HeaderRow::None } else { HeaderRow::Numbered };
        let mut export = if data { open(row) } else { named }.map_err(refused)?;
        let header = export.header().to_vec();
        let raw = open(HeaderRow::Names);
        let repeats = !data && matches!(raw, Err(ref e) if is_duplicate(e));
        let unnamed = match &raw {
            Ok(raw) if !data => {
                let pairs = header.iter().zip(raw.header());
                pairs.filter(|(_, raw)| raw.is_empty()).map(|(name, _)| name.clone()).collect()
            }
            _ => BTreeSet::new(),
        };
        drop(raw);
        let file = FileFormat { kind: kind(&export, &told), header: row };
        let (sample, rows_rejected) = read_rows(&mut export, header.len()).map_err(refused)?;
        let mut sniffed = Self {
            header,
            file,
            rows_rejected,
            sample,
            unnamed,
            repeats,
            roles: BTreeMap::new(),
            date_orders: BTreeMap::new(),
            told,
        };
        for (name, role) in std::mem::take(&mut sniffed.told.roles) {
            sniffed.roles.insert(sniffed.column(&name)?, role);
        }
        for (name, order) in std::mem::take(&mut sniffed.told.date_orders) {
            sniffed.date_orders.insert(sniffed.column(&name)?, order);
        }
        Ok(sniffed)
    }

    /// Takes the answer to a question.
    pub fn tell_role(&mut self, column: usize, role: Role) {
        self.roles.insert(column, role);
    }

    /// Takes the answer to a question.
    pub fn tell_date_order(&mut self, column: usize, order: DateOrder) {
        self.date_orders.insert(column, order);
    }

    /// The proposal, as far as it has been told.
    #[must_use]
    pub fn propose(&self) -> Proposal {
        sniff(&SniffRequest {
            header: &self.header,
            sample: &self.sample,
            source: &self.told.source,
            source_type: self.told.source_type,
            roles: &self.roles,
            date_orders: &self.date_orders,
            year_max: self.told.year_max,
            known_layouts: !self.told.ignore_layouts,
        })
    }

    /// The mapping of a proposal without questions.
    ///
    /// # Errors
    /// If it has questions or no name, or if `encode` would not take it.
    pub fn mapping(&self, proposal: &Proposal) -> Result<String, SniffError> {
        if !proposal.questions.is_empty() {
            return Err(SniffError::Questions { count: proposal.questions.len() });
        }
        if !proposal.has_name() {
            return Err(SniffError::NoName);
        }
        let used = |column: &tallystick_encoder::sniff::Column| {
            column.role.is_field() || column.role == Role::RowId || column.release_name.is_some()
        };
        let unnamed = proposal.columns.iter().filter(|column| used(column));
        let unnamed = unnamed.map(|column| &column.name).any(|name| self.unnamed.contains(name));
        let header = match self.file.header {
            HeaderRow::Numbered if !self.repeats && !unnamed => HeaderRow::Names,
            header => header,
        };
        let text = proposal.to_toml(&FileFormat { header, ..self.file.clone() });
        Mapping::parse(&text)?.bind(&self.header)?;
        Ok(text)
    }

    fn column(&self, name: &str) -> Result<usize, SniffError> {
        let found = self.header.iter().position(|column| column == name.trim());
        found.ok_or_else(|| SniffError::ColumnUnknown { name: name.to_owned() })
    }
}

fn is_duplicate(error: &ExportError) -> bool {
    match error {
        ExportError::InFile { source, .. } => is_duplicate(source),
        error => matches!(error, ExportError::DuplicateColumn { .. }),
    }
}

fn kind(export: &Export, told: &Told) -> FileKind {
    let encoding = text_encoding(export.encoding());
    match (export.format(), &told.layout) {
        (Format::Fixed, Some(layout)) => FileKind::Fixed { encoding, layout: layout.clone() },
        (Format::Text | Format::Fixed, _) => {
            FileKind::Text { delimiter: export.delimiter(), encoding }
        }
        // Sheets have other names in every export, so one is written down only where it was chosen.
        (Format::Workbook, _) => FileKind::Workbook { sheet: told.sheet.clone() },
        (Format::Parquet, _) => FileKind::Parquet,
    }
}

fn text_encoding(encoding: Encoding) -> TextEncoding {
    match encoding {
        Encoding::Utf8 => TextEncoding::Utf8,
        Encoding::Utf16 => TextEncoding::Utf16,
        Encoding::Windows1252 => TextEncoding::Windows1252,
    }
}

/// Reads to the end. An export without a row has an empty sample.
fn read_rows(export: &mut Export, columns: usize) -> Result<(Sample, u64), ExportError> {
    let (mut sample, mut rejected) = (Sample::new(columns), 0);
    let mut row = RawRow::new();
    loop {
        match export.read_row(&mut row) {
            Ok(Some(RowOutcome::Row)) => sample.offer(&row),
            Ok(Some(RowOutcome::Rejected { .. })) => rejected += 1,
            Ok(None) | Err(ExportError::HeaderOnly { .. }) => return Ok((sample, rejected)),
            Err(error) => return Err(error),
        }
    }
}
