//! Covariates, and the columns that a model makes of them.
//!
//! Takes named covariates with missing values kept apart, gives a design: a column of ones, numbers as they are, one
//! column a level but the first, and one column a covariate for "missing". Refuses columns of other lengths, values
//! that are no finite number and levels that are not declared.
//!
//! Missing numbers are filled with the mean of those known, and their indicator stands beside them: Rosenbaum,
//! Rubin (1984), doi:10.1080/01621459.1984.10478078, appendix B. The fit is the same whatever fills the gap. It
//! adjusts for being missing, not for the value that is missing.

use std::fmt;

use crate::error::{Error, finite, same_length};
use crate::matrix::Matrix;

/// One column of a model. It names levels by their place, never by their text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Term {
    /// The covariate's name.
    pub covariate: String,
    /// Which part of it.
    pub part: Part,
}

/// Which part of a covariate a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The column of ones.
    Intercept,
    /// The number itself.
    Value,
    /// 1 where the covariate is at this level, from 0.
    Level(u32),
    /// 1 where the covariate is missing.
    Missing,
}

impl Term {
    /// A column of numbers.
    pub fn value(name: &str) -> Self {
        Self { covariate: name.to_owned(), part: Part::Value }
    }

    /// The column of ones.
    pub fn intercept() -> Self {
        Self { covariate: "intercept".to_owned(), part: Part::Intercept }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Intercept | Part::Value => out.write_str(&self.covariate),
            Part::Level(level) => write!(out, "{} (level {level})", self.covariate),
            Part::Missing => write!(out, "{} (missing)", self.covariate),
        }
    }
}

/// A covariate of persons, one value a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariate {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// Values of a covariate; `None` is missing. `Debug` says how many.
#[derive(Clone, PartialEq)]
pub enum Values {
    /// Numbers, also 0 and 1 of a yes or no.
    Number(Vec<Option<f64>>),
    /// Levels by their place, from 0.
    Category {
        /// A level a row.
        codes: Vec<Option<u32>>,
        /// How many levels are declared.
        levels: u32,
    },
}

impl fmt::Debug for Values {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(values) => write!(out, "Number({} rows)", values.len()),
            Self::Category { codes, levels } => {
                write!(out, "Category({} rows, {levels} levels)", codes.len())
            }
        }
    }
}

impl Covariate {
    /// Numbers of which none is missing.
    pub fn number(name: &str, values: &[f64]) -> Self {
        let values = values.iter().copied().map(Some).collect();
        Self { name: name.to_owned(), values: Values::Number(values) }
    }

    /// Levels of which none is missing.
    pub fn category(name: &str, codes: &[u32], levels: u32) -> Self {
        let codes = codes.iter().copied().map(Some).collect();
        Self { name: name.to_owned(), values: Values::Category { codes, levels } }
    }

    /// How many rows it has.
    pub const fn rows(&self) -> usize {
        match &self.values {
            Values::Number(values) => values.len(),
            Values::Category { codes, .. } => codes.len(),
        }
    }

    /// The same of some rows.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            Values::Number(cells) => Values::Number(rows.iter().map(|row| cells[*row]).collect()),
            Values::Category { codes, levels } => Values::Category {
                codes: rows.iter().map(|row| codes[*row]).collect(),
                levels: *levels,
            },
        };
        Self { name: self.name.clone(), values }
    }

    /// Whether each row is missing, if any is.
    pub(crate) fn missing(&self) -> Option<Vec<f64>> {
        let flags: Vec<bool> = match &self.values {
            Values::Number(values) => values.iter().map(Option::is_none).collect(),
            Values::Category { codes, .. } => codes.iter().map(Option::is_none).collect(),
        };
        flags.contains(&true).then(|| flags.into_iter().map(indicator).collect())
    }

    /// Levels that occur, in their order.
    pub(crate) fn levels_seen(codes: &[Option<u32>], levels: u32) -> Result<Vec<u32>, Error> {
        let mut seen = vec![false; levels as usize];
        for (row, code) in codes.iter().enumerate() {
            if let Some(code) = code {
                match seen.get_mut(*code as usize) {
                    Some(seen) => *seen = true,
                    None => return Err(Error::OutOfRange { what: "level of a covariate", row }),
                }
            }
        }
        Ok((0..levels).filter(|level| seen[*level as usize]).collect())
    }
}

/// 1 for yes.
pub(crate) fn indicator(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// The columns of a model, with what each stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    terms: Vec<Term>,
    columns: Vec<Vec<f64>>,
    rows: usize,
}

impl Design {
    /// No column yet; Cox models have no column of ones.
    pub const fn empty(rows: usize) -> Self {
        Self { terms: Vec::new(), columns: Vec::new(), rows }
    }

    /// A column of ones.
    pub fn with_intercept(rows: usize) -> Self {
        Self { terms: vec![Term::intercept()], columns: vec![vec![1.0; rows]], rows }
    }

    /// Adds a column of numbers.
    pub fn number(mut self, name: &str, values: &[f64]) -> Result<Self, Error> {
        same_length("column of a design", self.rows, values.len())?;
        finite("column of a design", values)?;
        self.push(Term::value(name), values.to_vec());
        Ok(self)
    }

    /// Adds the columns of covariates. The first level that occurs is the one compared with. Where covariates are
    /// missing for exactly the same rows, one indicator stands for all of them.
    pub fn covariates(mut self, covariates: &[Covariate]) -> Result<Self, Error> {
        for covariate in covariates {
            same_length("covariate", self.rows, covariate.rows())?;
            let term = |part| Term { covariate: covariate.name.clone(), part };
            match &covariate.values {
                Values::Number(values) => self.push(term(Part::Value), filled(values)?),
                Values::Category { codes, levels } => {
                    let seen = Covariate::levels_seen(codes, *levels)?;
                    for level in seen.into_iter().skip(1) {
                        let is = |code: &Option<u32>| indicator(*code == Some(level));
                        self.push(term(Part::Level(level)), codes.iter().map(is).collect());
                    }
                }
            }
            if let Some(missing) = covariate.missing() {
                let known = self
                    .terms
                    .iter()
                    .zip(&self.columns)
                    .any(|(term, column)| term.part == Part::Missing && *column == missing);
                if !known {
                    self.push(term(Part::Missing), missing);
                }
            }
        }
        Ok(self)
    }

    fn push(&mut self, term: Term, column: Vec<f64>) {
        self.terms.push(term);
        self.columns.push(column);
    }

    /// What each column stands for.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// How many rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// One column.
    pub fn column(&self, place: usize) -> &[f64] {
        &self.columns[place]
    }

    /// All columns as a matrix.
    pub(crate) fn matrix(&self) -> Matrix {
        let mut matrix = Matrix::zeros(self.rows, self.columns.len());
        for (place, column) in self.columns.iter().enumerate() {
            for (row, value) in column.iter().enumerate() {
                *matrix.at_mut(row, place) = *value;
            }
        }
        matrix
    }
}

/// Numbers with the mean of those known where none is.
fn filled(values: &[Option<f64>]) -> Result<Vec<f64>, Error> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    if let Some(row) = values.iter().position(|value| value.is_some_and(|x| !x.is_finite())) {
        return Err(Error::NotFinite { what: "covariate", row });
    }
    let mean = if known.is_empty() {
        0.0
    } else {
        known.iter().sum::<f64>() / crate::distribution::whole(known.len() as u64)
    };
    Ok(values.iter().map(|value| value.unwrap_or(mean)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_have_a_column_of_their_own() {
        let number = Covariate {
            name: "age".to_owned(),
            values: Values::Number(vec![Some(20.0), None, Some(40.0)]),
        };
        let category = Covariate {
            name: "housing".to_owned(),
            values: Values::Category { codes: vec![Some(2), None, Some(1)], levels: 4 },
        };
        let design = Design::with_intercept(3).covariates(&[number, category]).unwrap();
        let terms: Vec<String> = design.terms().iter().map(Term::to_string).collect();
        assert_eq!(terms, ["intercept", "age", "age (missing)", "housing (level 2)"]);
        assert_eq!(design.column(1), [20.0, 30.0, 40.0]);
        assert_eq!(design.column(2), [0.0, 1.0, 0.0]);
        assert_eq!(design.column(3), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_level_that_is_not_declared_is_refused() {
        let covariate = Covariate::category("sex", &[0, 3], 2);
        let error = Design::with_intercept(2).covariates(&[covariate]).unwrap_err();
        assert_eq!(error, Error::OutOfRange { what: "level of a covariate", row: 1 });
    }
}
