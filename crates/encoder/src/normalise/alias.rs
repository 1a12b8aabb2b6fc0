//! Takes a row and the record made of it, gives the record of one of its aliases.

use super::record::Kept;
use super::{NormalisedRecord, Normaliser, RawFields};
use crate::mapping::{
    Alias, BoundAliasFile, BoundMapping, BoundSentinels, DobColumns, Fields, NameColumns,
};

/// What the cells of an alias came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AliasOutcome {
    /// There is a name.
    Named,
    /// The cells are empty or mean missing.
    Empty,
    /// Something stands there, but no name can be read.
    Unreadable,
}

/// Normalises one alias of a mapping, or of its alias file.
#[derive(Clone, Debug)]
pub struct AliasNormaliser {
    normaliser: Normaliser,
    kept: Kept,
    split: Option<(usize, String)>,
}

/// A row of which one cell is read as another text.
struct OneEntry<'a, R> {
    row: &'a R,
    column: usize,
    text: &'a str,
}

impl<R: RawFields> RawFields for OneEntry<'_, R> {
    fn expose(&self, column: usize) -> &str {
        if column == self.column { self.text } else { self.row.expose(column) }
    }

    fn is_date(&self, column: usize) -> bool {
        self.row.is_date(column)
    }
}

impl AliasNormaliser {
    /// The aliases in the rows of a mapping's export, in its order.
    pub fn of_rows(mapping: &BoundMapping, today_year_max: u16) -> Vec<Self> {
        let words = (&mapping.mapping().read().missing[..], mapping.sentinels());
        let aliases = mapping.aliases().iter();
        aliases.map(|alias| Self::new(alias, None, words, today_year_max)).collect()
    }

    /// The alias of an alias file's rows; their records have the number of the person.
    pub fn of_file(file: &BoundAliasFile, today_year_max: u16) -> Self {
        let words = (&file.missing[..], &file.sentinels);
        Self::new(&file.alias, Some(file.id), words, today_year_max)
    }

    fn new(
        alias: &Alias<usize>,
        id: Option<usize>,
        (missing, sentinels): (&[String], &BoundSentinels),
        today_year_max: u16,
    ) -> Self {
        let (kept, first) = match &alias.name {
            NameColumns::Whole { column, .. } => {
                (Kept { middle: false, suffix: false }, Some(*column))
            }
            NameColumns::Parts { first, last, middle, suffix } => {
                (Kept { middle: middle.is_none(), suffix: suffix.is_none() }, last.or(*first))
            }
        };
        let fields = Fields {
            name: alias.name.clone(),
            dob: alias.dob.clone(),
            sex: alias.sex,
            ssn: None,
            phone: None,
            address: Vec::new(),
            city: None,
            zip: None,
            local_id: id,
            attributes: Vec::new(),
        };
        let normaliser = Normaliser {
            fields,
            missing: missing.to_vec(),
            sentinels: sentinels.clone(),
            today_year_max,
            counts: super::FieldCounts::default(),
        };
        Self { normaliser, kept, split: first.zip(alias.split.clone()) }
    }

    /// The texts of the names of a row, in the order of the cell where it holds several; one,
    /// without a text, where it does not.
    pub fn entries<'r, R: RawFields>(&self, row: &'r R) -> Vec<Option<&'r str>> {
        match &self.split {
            None => vec![None],
            Some((column, split)) => row.expose(*column).split(split.as_str()).map(Some).collect(),
        }
    }

    /// Fills `out` with one of the [`Self::entries`] of a row: what the alias itself says.
    pub fn read<R: RawFields>(
        &mut self,
        row: &R,
        entry: Option<&str>,
        out: &mut NormalisedRecord,
    ) -> AliasOutcome {
        match (&self.split, entry) {
            (Some((column, _)), Some(text)) => {
                let column = *column;
                self.one(&OneEntry { row, column, text }, out)
            }
            _ => self.one(row, out),
        }
    }

    fn one<R: RawFields>(&mut self, row: &R, out: &mut NormalisedRecord) -> AliasOutcome {
        // A row without any identifier leaves the record empty, which is what is looked at.
        let _ = self.normaliser.normalise(row, out);
        if !out.first().is_empty() || !out.last().is_empty() {
            return AliasOutcome::Named;
        }
        let filled = |column: &Option<usize>| {
            column.is_some_and(|column| self.normaliser.cell(row, column).is_some())
        };
        let is_filled = match &self.normaliser.fields.name {
            NameColumns::Whole { column, .. } => filled(&Some(*column)),
            NameColumns::Parts { first, last, .. } => filled(first) || filled(last),
        };
        if is_filled { AliasOutcome::Unreadable } else { AliasOutcome::Empty }
    }

    /// Completes an alias with what it does not say: all else is the row's.
    pub fn complete(&self, alias: &mut NormalisedRecord, of: &NormalisedRecord) {
        alias.complete(of, self.kept);
        alias.first.find_codes();
        alias.last.find_codes();
    }

    /// Columns whose cells an alias is made of, and that of the number in an alias file.
    pub fn columns(&self) -> Vec<usize> {
        let fields = &self.normaliser.fields;
        let mut columns: Vec<usize> = match &fields.name {
            NameColumns::Whole { column, .. } => vec![*column],
            NameColumns::Parts { first, last, middle, suffix } => {
                [first, last, middle, suffix].into_iter().flatten().copied().collect()
            }
        };
        match &fields.dob {
            Some(DobColumns::Whole { column, .. }) => columns.push(*column),
            Some(DobColumns::Parts { year, month, day }) => columns.extend([year, month, day]),
            None => {}
        }
        columns.extend(fields.sex);
        columns.extend(fields.local_id);
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
