//! The same rows in every format an export may have: the same submission; and each awkward file, which
//! has its golden. No golden holds a cell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod books;
mod checked;
mod columnar;
mod hostile;
mod packed;
mod refused;
mod same;
mod sniffed;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// Names of the columns.
const HEADER: [&str; 8] =
    ["LAST", "FIRST", "DOB", "SEX", "ZIP", "PERSON_NO", "ARRESTED", "FLAGGED"];
const ROWS: usize = 40;

/// Invented people.
const PEOPLE: [(&str, &str); 8] = [
    ("QUILLFEATHER", "WILLIAM"),
    ("DRUMMERTON", "KATHERINE"),
    ("SALTMARSH", "ROBERT"),
    ("VILLAQUEMADA", "JOSÉ"),
    ("THRUSHCROSS", "ELIZABETH"),
    ("OAKENSHAW", "MICHAEL"),
    ("PELLWEATHER", "MARGARET"),
    ("GRINDLESTONE", "THOMAS"),
];

/// A mapping of the columns. The dates that text has are not those that typed cells have.
const MAPPING: &str = r#"
source = "police"
type = "police"
[read]
[fields]
last = "LAST"
first = "FIRST"
dob = { column = "DOB", formats = ["%m/%d/%Y"] }
sex = "SEX"
zip = "ZIP"
local_id = "PERSON_NO"
"#;

/// One row. Persons repeat, so that rows collapse; one row in nine identifies nobody.
struct Fact {
    last: &'static str,
    first: &'static str,
    year: i32,
    month: u32,
    day: u32,
    sex: &'static str,
    zip: u32,
    person_no: u32,
    hour: u32,
    flagged: bool,
    blank: bool,
}

fn facts() -> Vec<Fact> {
    let fact = |row: usize| {
        let (last, first) = PEOPLE[row % PEOPLE.len()];
        let person = u32::try_from(row % 16).unwrap();
        Fact {
            last,
            first,
            year: 1950 + i32::try_from(person).unwrap() * 3,
            month: 1 + person % 12,
            day: 5 + person,
            sex: if person.is_multiple_of(2) { "M" } else { "F" },
            zip: 60_601 + person,
            person_no: 4_000 + person,
            hour: u32::try_from(row % 3).unwrap() * 6,
            flagged: row.is_multiple_of(5),
            blank: row % 9 == 8,
        }
    };
    (0..ROWS).map(fact).collect()
}

impl Fact {
    /// As text has them.
    fn cells(&self) -> [String; 8] {
        let arrested = format!("2021-{:02}-{:02}", self.month, self.day);
        let flagged = if self.flagged { "TRUE" } else { "FALSE" }.to_owned();
        if self.blank {
            let empty = String::new;
            return [empty(), empty(), empty(), empty(), empty(), empty(), arrested, flagged];
        }
        [
            self.last.to_owned(),
            self.first.to_owned(),
            format!("{:02}/{:02}/{}", self.month, self.day, self.year),
            self.sex.to_owned(),
            self.zip.to_string(),
            self.person_no.to_string(),
            arrested,
            flagged,
        ]
    }
}

/// Rows of text after their header.
fn delimited(delimiter: &str, facts: &[Fact]) -> String {
    let mut text = HEADER.join(delimiter) + "\n";
    for fact in facts {
        text.push_str(&(fact.cells().join(delimiter) + "\n"));
    }
    text
}

/// A directory to run the program in.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: TempDir::new().unwrap() };
        bench.write("mapping.toml", MAPPING);
        let recipient = age::x25519::Identity::generate().to_public().to_string();
        let keys = ["keys", "new", "agency.keys", "--recipient", &recipient];
        bench.program().args(keys).assert().success();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick-agency"));
        command.current_dir(self.dir.path());
        command
    }

    /// With the standard mapping, and a line under its `[read]`.
    fn mapping(&self, read: &str) {
        self.write("mapping.toml", MAPPING.replace("[read]", &format!("[read]\n{read}")));
    }

    fn encode(&self, arguments: &[&str]) -> Command {
        let mut command = self.program();
        command.arg("encode").args(arguments).args(["--mapping", "mapping.toml"]);
        command.args(["--key", "agency.keys", "-o", "out.tally", "--handles", "handles.csv"]);
        command
    }

    /// Report and submission.
    fn encoded(&self, arguments: &[&str]) -> (String, Vec<u8>) {
        let output = self.encode(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {error}");
        (String::from_utf8(output.stdout).unwrap(), fs::read(self.path("out.tally")).unwrap())
    }

    /// What the program says to what it refuses.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.encode(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?} is refused");
        assert!(!self.path("out.tally").exists(), "nothing is left behind");
        let error = String::from_utf8(output.stderr).unwrap();
        for (last, first) in PEOPLE {
            assert!(!error.contains(last) && !error.contains(first), "a name is shown");
        }
        error.trim_end().to_owned()
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}
