//! A script as steps, and as text.

use std::fmt;

/// One step of a script.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// A view of the Parquet files of a folder.
    Read {
        /// Its name.
        view: String,
        /// The folder in the export.
        folder: String,
    },
    /// A statement that makes a view.
    View {
        /// Its name.
        name: String,
        /// What it selects.
        select: String,
    },
    /// The view is written to a folder of its name, and read from there afterwards.
    Write {
        /// Its name.
        view: String,
    },
}

/// SQL with what it reads and writes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Script {
    /// Name of its file.
    pub name: &'static str,
    /// In order.
    pub steps: Vec<Step>,
}

impl Script {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, steps: Vec::new() }
    }

    pub(super) fn read(&mut self, view: impl Into<String>, folder: impl Into<String>) {
        self.steps.push(Step::Read { view: view.into(), folder: folder.into() });
    }

    pub(super) fn view(&mut self, name: impl Into<String>, select: impl Into<String>) {
        self.steps.push(Step::View { name: name.into(), select: select.into() });
    }

    pub(super) fn write(&mut self, view: impl Into<String>) {
        self.steps.push(Step::Write { view: view.into() });
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Read { view, folder } => writeln!(f, "-- read {view} FROM {folder}")?,
                Step::View { name, select } => {
                    writeln!(f, "CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{select};\n")?;
                }
                Step::Write { view } => writeln!(f, "-- write {view}\n")?,
            }
        }
        Ok(())
    }
}
