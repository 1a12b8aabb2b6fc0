//! `sniff` over awkward exports: every one has its golden, of the mapping and of what a person sees. No
//! golden holds a cell of its export.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod awkward;
mod refused;

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// Invented people; the first names are common ones, so that the order of names can be told.
const PEOPLE: [(&str, &str, &str, u32); 12] = [
    ("WILLIAM", "QUILLFEATHER", "A", 1961),
    ("KATHERINE", "DRUMMERTON", "", 1984),
    ("ROBERT", "SALTMARSH", "J", 1975),
    ("JOSE", "VILLAQUEMADA", "", 1990),
    ("ELIZABETH", "THRUSHCROSS", "B", 1957),
    ("MICHAEL", "OAKENSHAW", "", 1999),
    ("MARGARET", "PELLWEATHER", "C", 1968),
    ("THOMAS", "GRINDLESTONE", "", 1971),
    ("PATRICIA", "HOLLOWBROOK", "D", 1988),
    ("DANIEL", "WINTERBOURNE", "", 1979),
    ("DEBORAH", "ASHCOMBE", "E", 1993),
    ("JOSEPH", "MARLINSPIKE", "", 1966),
];
const ROWS: usize = 60;

/// One row's facts, from which each export writes its cells.
struct Fact {
    first: &'static str,
    last: &'static str,
    middle: &'static str,
    year: u32,
    month: usize,
    day: usize,
    number: usize,
}

impl Fact {
    fn of(row: usize) -> Self {
        let (first, last, middle, year) = PEOPLE[row % PEOPLE.len()];
        let person = row % PEOPLE.len();
        Self { first, last, middle, year, month: 1 + person, day: 13 + person, number: row }
    }

    fn us(&self) -> String {
        format!("{:02}/{:02}/{}", self.month, self.day, self.year)
    }

    fn arrested(&self) -> String {
        format!("{:02}/{:02}/2021", 1 + self.number % 12, 1 + self.number % 28)
    }

    fn sex(&self) -> &'static str {
        if self.number.is_multiple_of(2) { "M" } else { "F" }
    }
}

/// A header and the rows of a text export.
fn export(header: &str, row: impl Fn(&Fact) -> String) -> String {
    let mut text = format!("{header}\n");
    for number in 0..ROWS {
        text.push_str(&row(&Fact::of(number)));
        text.push('\n');
    }
    text
}

/// A directory to run the program in, and what it wrote.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Status, standard output and standard error of `sniff export.csv` with further arguments.
    fn sniff(&self, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> String {
        fs::write(self.path("export.csv"), &bytes).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tallystick-agency"))
            .current_dir(self.dir.path())
            .args(["sniff", "export.csv", "--year", "2024"])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        for (first, last, ..) in PEOPLE {
            for shown in [&out, &err] {
                assert!(!shown.contains(first) && !shown.contains(last), "a name is shown");
            }
        }
        let status = output.status.code().unwrap();
        format!("exit {status}\n\n{}\n=====\n\n{}", err.trim_end(), out.trim_end())
    }
}
