//! Why an evaluation cannot begin.

/// A plan or a bundle that does not fit. Says where, never a value of the data.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// Not TOML of this form.
    #[error("plan, line {line}: {what}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the parser says, without the text.
        what: String,
    },
    /// A setting that cannot be.
    #[error("plan, {place}: {rule}")]
    Setting {
        /// Which setting.
        place: &'static str,
        /// Which rule it breaks.
        rule: &'static str,
    },
    /// A table that the bundle does not have.
    #[error("the bundle has no table {table}")]
    TableMissing {
        /// Which.
        table: String,
    },
    /// A column that its table does not have, or of another type.
    #[error("table {table} has no column {column} {wanted}")]
    ColumnUnfit {
        /// Which table.
        table: String,
        /// Which column.
        column: String,
        /// What it should hold, such as `of whole numbers`.
        wanted: &'static str,
    },
    /// Arms of the plan that no person is in.
    #[error("nobody is in either arm of the plan")]
    ArmsUnknown,
    /// A window of the plan that the bundle does not have.
    #[error("table {table} has no window {window}")]
    WindowUnknown {
        /// Which table.
        table: String,
        /// Which window.
        window: String,
    },
    /// A table with a person that table `person` does not have, or out of order.
    #[error("table {table}, row {row}: no such person, or persons out of order")]
    PersonUnknown {
        /// Which table.
        table: String,
        /// Row, from 0.
        row: usize,
    },
}

impl StudyError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "plan-syntax",
            Self::Setting { .. } => "plan-setting",
            Self::TableMissing { .. } => "evaluate-table-missing",
            Self::ColumnUnfit { .. } => "evaluate-column-unfit",
            Self::ArmsUnknown => "evaluate-arms-unknown",
            Self::WindowUnknown { .. } => "evaluate-window-unknown",
            Self::PersonUnknown { .. } => "evaluate-person-unknown",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "docs/evaluation.md lists every key with its type",
            Self::Setting { .. } => "docs/evaluation.md says what each setting may be",
            Self::TableMissing { .. } => "the study's leave_out may have left it out",
            Self::ColumnUnfit { .. } => "the codebook of the bundle lists every column",
            Self::ArmsUnknown => "name arms as the study does; the codebook lists them",
            Self::WindowUnknown { .. } => "name windows as the study does",
            Self::PersonUnknown { .. } => "verify the bundle; it is not as it was written",
        }
    }
}
