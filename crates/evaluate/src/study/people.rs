//! The persons of an evaluation, as columns of numbers.
//!
//! Takes the tables of a release and a plan, gives for each person of the two arms the covariates and the outcomes of
//! each window. Refuses columns that are not there or of another type. What was not observed stays missing.

use std::fmt;

use tallystick_dataset::{Column, DisclosureClass, Table, Values};

use super::{Plan, StudyError};
use crate::covariate::{Covariate, Values as CovariateValues};

/// Most levels of a category of the score: each is a column of the model.
pub const LEVELS_MAX: usize = 200;

/// Persons of both arms, by their ids in ascending order; all columns have a cell for each. `Debug` says how many.
#[derive(Clone)]
pub struct People {
    /// Rows of table `person`.
    pub rows: Vec<usize>,
    /// Whether each is in the programme.
    pub programme: Vec<bool>,
    /// Covariates of the score, in the plan's order: categories, then numbers.
    pub covariates: Vec<Covariate>,
    /// Words of the levels of each covariate; empty for numbers.
    pub levels: Vec<Vec<String>>,
    /// Strata within which pairs are made; all 0 if the plan names no column.
    pub strata: Vec<u32>,
    /// The windows of the plan, then the one before, if any.
    pub windows: Vec<WindowCounts>,
}

/// Outcomes of a window. `Debug` says its name.
#[derive(Clone)]
pub struct WindowCounts {
    /// Name of the window.
    pub name: String,
    /// A column for each count of the plan; `None` where it was not observed.
    pub counts: Vec<Vec<Option<f64>>>,
    /// Days at risk of each person; `None` where custody was not observed. Where it was of nobody, because no jail sends
    /// its stays, the window is as long for all.
    pub days_at_risk: Option<Vec<Option<f64>>>,
}

impl fmt::Debug for People {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("People")
            .field("persons", &self.len())
            .field("covariates", &self.covariates.len())
            .field("windows", &self.windows)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WindowCounts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WindowCounts")
            .field("name", &self.name)
            .field("counts", &self.counts.len())
            .finish_non_exhaustive()
    }
}

impl WindowCounts {
    /// Days at risk of a person; the same for all where custody is not known.
    #[must_use]
    pub fn at_risk(&self, person: usize) -> Option<f64> {
        self.days_at_risk.as_ref().map_or(Some(1.0), |days| days[person])
    }
}

/// Which of the three linkages the windows are of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Linkage {
    /// Only links that are sure.
    Strict,
    /// The main one.
    Main,
    /// Also links that are doubtful.
    Loose,
}

impl Linkage {
    /// All three, from strict to loose.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Main, Self::Loose];

    /// The table of windows.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Strict => "person_window_strict",
            Self::Main => "person_window",
            Self::Loose => "person_window_loose",
        }
    }
}

impl People {
    /// Reads persons and their windows.
    ///
    /// # Errors
    /// [`StudyError`].
    pub fn read(plan: &Plan, person: &Table, windows: &Table) -> Result<Self, StudyError> {
        let arms = Texts::of(person, "arm")?;
        let is_programme = arms.is(&plan.programme);
        let is_comparison = arms.is(&plan.comparison);
        if !is_programme.contains(&true) && !is_comparison.contains(&true) {
            return Err(StudyError::ArmsUnknown);
        }
        let rows: Vec<usize> =
            (0..person.rows).filter(|row| is_programme[*row] || is_comparison[*row]).collect();
        let programme = rows.iter().map(|row| is_programme[*row]).collect();
        let mut people = Self {
            rows,
            programme,
            covariates: Vec::new(),
            levels: Vec::new(),
            strata: Vec::new(),
            windows: Vec::new(),
        };
        people.read_covariates(plan, person)?;
        people.strata = people.read_strata(plan, person)?;
        people.windows = people.read_windows(plan, person, windows)?;
        Ok(people)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn read_covariates(&mut self, plan: &Plan, person: &Table) -> Result<(), StudyError> {
        for name in &plan.score.categories {
            let (codes, levels) = self.codes(person, name)?;
            if levels.len() > LEVELS_MAX {
                return Err(unfit(person, name, "of at most 200 levels"));
            }
            let count = u32::try_from(levels.len()).expect("a column has fewer levels than rows");
            let values = CovariateValues::Category { codes, levels: count };
            self.covariates.push(Covariate { name: name.clone(), values });
            self.levels.push(levels);
        }
        for name in &plan.score.numbers {
            let cells = numbers(no_identifier(person, name)?, &person.name)?;
            let values = self.rows.iter().map(|row| cells[*row]).collect();
            let values = CovariateValues::Number(values);
            self.covariates.push(Covariate { name: name.clone(), values });
            self.levels.push(Vec::new());
        }
        Ok(())
    }

    /// Levels of a column by their place among those that occur, and their words.
    fn codes(
        &self,
        person: &Table,
        name: &str,
    ) -> Result<(Vec<Option<u32>>, Vec<String>), StudyError> {
        let column = no_identifier(person, name)?;
        let words = |row: usize| {
            let mut cell = Vec::new();
            column.values.write_cell(row, &mut cell);
            (!column.values.is_missing(row)).then(|| String::from_utf8_lossy(&cell).into_owned())
        };
        let cells: Vec<Option<String>> = self.rows.iter().map(|row| words(*row)).collect();
        let mut levels: Vec<String> = cells.iter().flatten().cloned().collect();
        levels.sort();
        levels.dedup();
        let place = |word: &String| {
            let place = levels.binary_search(word).expect("every word is a level");
            u32::try_from(place).expect("a column has fewer levels than rows")
        };
        let codes = cells.iter().map(|cell| cell.as_ref().map(place)).collect();
        Ok((codes, levels))
    }

    /// Numbers of the combinations of the columns in which pairs must agree; missing is a level of its own.
    fn read_strata(&self, plan: &Plan, person: &Table) -> Result<Vec<u32>, StudyError> {
        let mut strata = vec![Vec::new(); self.len()];
        for name in &plan.score.exact {
            let (codes, _) = self.codes(person, name)?;
            for (stratum, code) in strata.iter_mut().zip(codes) {
                stratum.push(code);
            }
        }
        let mut all = strata.clone();
        all.sort();
        all.dedup();
        let number = |stratum: &Vec<Option<u32>>| {
            let place = all.binary_search(stratum).expect("every stratum is one of all");
            u32::try_from(place).expect("there are fewer strata than persons")
        };
        Ok(strata.iter().map(number).collect())
    }

    fn read_windows(
        &self,
        plan: &Plan,
        person: &Table,
        windows: &Table,
    ) -> Result<Vec<WindowCounts>, StudyError> {
        let names = plan.outcomes.windows.iter().chain(&plan.outcomes.before);
        let of_window = Texts::of(windows, "window")?;
        let owners = self.owners(person, windows)?;
        let counts = plan.outcomes.counts.iter();
        let counts = counts.map(|name| numbers(column(windows, name)?, &windows.name));
        let counts = counts.collect::<Result<Vec<_>, _>>()?;
        let at_risk = numbers(column(windows, "days_at_risk")?, &windows.name)?;
        names
            .map(|name| {
                let is_it = of_window.find(name).ok_or_else(|| StudyError::WindowUnknown {
                    table: windows.name.clone(),
                    window: name.clone(),
                })?;
                let spread = |cells: &[Option<f64>]| {
                    let mut column = vec![None; self.len()];
                    for (row, owner) in owners.iter().enumerate() {
                        if let Some(owner) = owner.filter(|_| is_it[row]) {
                            column[owner] = cells[row];
                        }
                    }
                    column
                };
                Ok(WindowCounts {
                    name: name.clone(),
                    counts: counts.iter().map(|cells| spread(cells)).collect(),
                    days_at_risk: Some(spread(&at_risk))
                        .filter(|days| days.iter().any(Option::is_some)),
                })
            })
            .collect()
    }

    /// For each row of another table the place of its person here; `None` for persons of other arms. Both tables are
    /// sorted by their persons.
    pub(crate) fn owners(
        &self,
        person: &Table,
        other: &Table,
    ) -> Result<Vec<Option<usize>>, StudyError> {
        self.each_owner(person, other)?.collect()
    }

    /// The same one by one: of person-months a list of them takes more room than the table.
    pub(crate) fn each_owner<'t>(
        &self,
        person: &'t Table,
        other: &'t Table,
    ) -> Result<impl Iterator<Item = Result<Option<usize>, StudyError>> + use<'t>, StudyError> {
        let ids = Texts::of(person, "study_id")?;
        let theirs = Texts::of(other, "study_id")?;
        let mut place = vec![None; person.rows];
        for (index, row) in self.rows.iter().enumerate() {
            place[*row] = Some(index);
        }
        let (mut at, mut before) = (0, None);
        Ok((0..other.rows).map(move |row| {
            let number = theirs.number(row);
            // Texts are compared once a person, not once a row.
            if number.is_none() || number != before {
                let id = theirs.text(row);
                while at < person.rows && ids.text(at) < id {
                    at += 1;
                }
                if id.is_none() || at == person.rows || ids.text(at) != id {
                    return Err(StudyError::PersonUnknown { table: other.name.clone(), row });
                }
                before = number;
            }
            Ok(place[at])
        }))
    }
}

/// A column with a name.
pub(crate) fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, StudyError> {
    table.column(name).ok_or_else(|| unfit(table, name, "at all"))
}

fn no_identifier<'t>(table: &'t Table, name: &str) -> Result<&'t Column, StudyError> {
    let column = column(table, name)?;
    if column.class == DisclosureClass::Identifier {
        return Err(unfit(table, name, "that is no identifier"));
    }
    Ok(column)
}

fn unfit(table: &Table, column: &str, wanted: &'static str) -> StudyError {
    StudyError::ColumnUnfit { table: table.name.clone(), column: column.to_owned(), wanted }
}

/// Cells as numbers; texts are refused.
pub(crate) fn numbers(column: &Column, table: &str) -> Result<Vec<Option<f64>>, StudyError> {
    let cells = Numbers::of(column, table)?;
    Ok((0..column.values.len()).map(|row| cells.at(row)).collect())
}

/// A column of numbers, whose cells are looked at one by one: of person-months a list of them takes more room than the table.
pub(crate) struct Numbers<'t>(&'t Values);

impl<'t> Numbers<'t> {
    pub(crate) fn of(column: &'t Column, table: &str) -> Result<Self, StudyError> {
        match &column.values {
            Values::Text(..) => Err(StudyError::ColumnUnfit {
                table: table.to_owned(),
                column: column.name.clone(),
                wanted: "of numbers",
            }),
            values => Ok(Self(values)),
        }
    }

    /// The number of a row; `None` where it is missing.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a person and days are far below 2^53"
    )]
    pub(crate) fn at(&self, row: usize) -> Option<f64> {
        let cell = match self.0 {
            Values::Day(cells) => f64::from(cells[row]),
            Values::Integer(cells) => cells[row] as f64,
            Values::Flag(cells) => f64::from(cells[row]),
            Values::Permille(cells) => f64::from(cells[row]) / 1_000.0,
            Values::Text(..) => f64::NAN,
        };
        (!self.0.is_missing(row)).then_some(cell)
    }
}

/// A column of texts.
pub(crate) struct Texts<'t>(&'t Values, &'t Table);

impl<'t> Texts<'t> {
    pub(crate) fn of(table: &'t Table, name: &str) -> Result<Self, StudyError> {
        let column = column(table, name)?;
        match &column.values {
            Values::Text(..) => Ok(Self(&column.values, table)),
            _ => Err(unfit(table, name, "of texts")),
        }
    }

    /// The text of a row; `None` where it is missing.
    pub(crate) fn text(&self, row: usize) -> Option<&'t str> {
        match self.0 {
            Values::Text(cells, texts) if !self.0.is_missing(row) => Some(texts.text(cells[row])),
            _ => None,
        }
    }

    /// The number of a row's text: the same for the same text. `None` where it is missing.
    fn number(&self, row: usize) -> Option<u32> {
        match self.0 {
            Values::Text(cells, _) if !self.0.is_missing(row) => Some(cells[row]),
            _ => None,
        }
    }

    /// For each row whether it has this text; `None` if no row has it.
    fn find(&self, text: &str) -> Option<Vec<bool>> {
        let is = self.is(text);
        is.contains(&true).then_some(is)
    }

    fn is(&self, text: &str) -> Vec<bool> {
        let Values::Text(cells, texts) = self.0 else { return vec![false; self.1.rows] };
        let wanted = (0_u32..).take(texts.len()).find(|number| texts.text(*number) == text);
        cells.iter().map(|cell| Some(*cell) == wanted).collect()
    }
}

#[cfg(test)]
mod tests;
