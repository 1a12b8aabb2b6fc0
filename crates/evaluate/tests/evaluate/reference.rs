//! Tables and values of `tests/reference`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tallystick_evaluate::{Covariate, Matrix, Values};

/// How far coefficients and standard errors may be off, as a share.
pub(crate) const SHARE: f64 = 1e-6;
/// The same for Cox models.
pub(crate) const COX_SHARE: f64 = 1e-5;

fn file(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "reference", name].iter().collect();
    fs::read_to_string(path).unwrap()
}

/// A table by its columns; an empty cell is missing.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: BTreeMap<String, Vec<Option<f64>>>,
    pub(crate) rows: usize,
}

impl Table {
    pub(crate) fn read(name: &str) -> Self {
        let text = file(name);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let mut columns: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
        let mut rows = 0;
        for record in reader.records() {
            for (name, cell) in names.iter().zip(record.unwrap().iter()) {
                columns.entry(name.clone()).or_default().push(cell.parse().ok());
            }
            rows += 1;
        }
        Self { columns, rows }
    }

    /// A column of which nothing is missing.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.columns[name].iter().map(|cell| cell.unwrap()).collect()
    }

    /// The same as small whole numbers.
    pub(crate) fn whole(&self, name: &str) -> Vec<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are")]
        self.numbers(name).into_iter().map(|cell| cell as u32).collect()
    }

    /// A column of 0 and 1.
    pub(crate) fn flags(&self, name: &str) -> Vec<bool> {
        self.numbers(name).into_iter().map(|cell| cell > 0.5).collect()
    }

    pub(crate) fn number(&self, name: &str) -> Covariate {
        Covariate { name: name.to_owned(), values: Values::Number(self.columns[name].clone()) }
    }

    pub(crate) fn category(&self, name: &str, levels: u32) -> Covariate {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are")]
        let codes = self.columns[name].iter().map(|cell| cell.map(|code| code as u32)).collect();
        Covariate { name: name.to_owned(), values: Values::Category { codes, levels } }
    }
}

/// Values of a script.
#[derive(Clone, Debug)]
pub(crate) struct Reference(Value);

impl Reference {
    pub(crate) fn read(name: &str) -> Self {
        let all: Value = serde_json::from_str(&file(name)).unwrap();
        Self(all["values"].clone())
    }

    pub(crate) fn at(&self, key: &str) -> Self {
        let value = self.0.get(key).unwrap_or_else(|| panic!("{key} is not there"));
        Self(value.clone())
    }

    pub(crate) fn number(&self, key: &str) -> f64 {
        self.at(key).0.as_f64().unwrap()
    }

    /// A list of numbers; one alone is a list too.
    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        match self.at(key).0 {
            Value::Array(list) => list.iter().map(|value| value.as_f64().unwrap()).collect(),
            one => vec![one.as_f64().unwrap()],
        }
    }

    /// Numbers written as text, with all digits.
    pub(crate) fn exact(&self, key: &str) -> Vec<f64> {
        let Value::Array(list) = self.at(key).0 else { panic!("{key} is a list") };
        list.iter().map(|text| text.as_str().unwrap().parse().unwrap()).collect()
    }

    pub(crate) fn lists(&self, key: &str) -> Vec<Vec<f64>> {
        let Value::Array(rows) = self.at(key).0 else { panic!("{key} is a list of lists") };
        let row = |row: &Value| {
            row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        rows.iter().map(row).collect()
    }
}

/// Fails where numbers differ by more than a share of the reference. Near 0 the share is of 1e-9.
pub(crate) fn close(what: &str, ours: &[f64], theirs: &[f64], share: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}: {ours:?} and {theirs:?}");
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let off = (ours - theirs).abs() / theirs.abs().max(1e-9);
        assert!(off <= share, "{what}, {place}: {ours:e}, reference {theirs:e}, off by {off:e}");
    }
}

/// Standard errors by a covariance matrix.
pub(crate) fn errors(covariance: &Matrix) -> Vec<f64> {
    covariance.diagonal().into_iter().map(f64::sqrt).collect()
}

/// Logarithm of the years at risk.
pub(crate) fn log_years(table: &Table) -> Vec<f64> {
    table.numbers("days").into_iter().map(|days| (days / 365.0).ln()).collect()
}

/// Weights with zeros, as in `common.R`.
pub(crate) fn weights(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| f64::from(u8::try_from(row % 4).unwrap()) / 2.0).collect()
}
