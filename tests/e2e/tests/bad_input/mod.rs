//! Every way of being wrong has its two lines: a code with what is wrong, and what to do. The golden
//! files hold them; no line repeats a value of the input.

mod at_the_agency;
mod at_the_unit;
mod forge;
mod sealed_keys;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sha2::{Digest as _, Sha256};
use tallystick_e2e::{Program, Project, program};

/// Rows of the plain export.
const ROWS: usize = 60;

/// The header of the plain export.
const HEADER: &str = "id,first,last,dob,ssn,phone,address,zip,date,charge";

const MAPPING: &str = r#"
source = "police"
type = "police"
row_id = "id"

[read]
delimiter = ","
encoding = "utf-8"

[fields]
first = "first"
last = "last"
dob = { column = "dob", formats = ["%Y-%m-%d"] }
ssn = "ssn"
phone = "phone"
address = "address"
zip = "zip"

[content]
table = "arrest"
event_date = "date"

[content.columns]
date = { column = "date", type = "date", formats = ["%Y-%m-%d"] }
charge = { column = "charge", type = "code" }
"#;

/// The cells of a row of the plain export.
fn row(number: usize) -> Vec<String> {
    let name = |field: &str| -> String {
        let digest = Sha256::digest(format!("{field} {number}"));
        digest[..7].iter().map(|byte| char::from(b'A' + byte % 26)).collect()
    };
    vec![
        format!("r{number}"),
        name("first"),
        name("last"),
        format!("19{}-0{}-1{}", 50 + number % 40, 1 + number % 9, number % 9),
        format!("86112{:04}", number * 37),
        format!("707555{:04}", number * 41),
        format!("{} {} ST", number + 1, name("street")),
        format!("94{:03}", number % 70),
        format!("2018-0{}-11", 1 + number % 9),
        ["PC 459", "VC 23152", "HS 11350"][number % 3].to_owned(),
    ]
}

/// The plain export, with every row changed.
fn export(change: impl Fn(usize, &mut Vec<String>)) -> String {
    let rows = (0..ROWS).map(|number| {
        let mut cells = row(number);
        change(number, &mut cells);
        cells.join(",") + "\n"
    });
    std::iter::once(format!("{HEADER}\n")).chain(rows).collect()
}

/// Runs programs in one directory, so that paths in messages are the same everywhere.
struct Bench {
    project: Project,
    golden: String,
}

impl Bench {
    fn new() -> anyhow::Result<Self> {
        let project = Project::new()?;
        let bench = Self { project, golden: String::new() };
        for agency in ["police", "court"] {
            fs::rename(bench.project.agency_keys(agency)?, bench.at(&format!("{agency}.keys")))?;
        }
        bench.write("mapping.toml", MAPPING)?;
        bench.write("export.csv", export(|_, _| {}))?;
        Ok(bench)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.project.dir().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
        Ok(fs::write(self.at(name), bytes)?)
    }

    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.project.dir())?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<_>>()?;
        files.sort_unstable();
        Ok(files)
    }

    fn command(&self, which: Program, arguments: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(program(which)?);
        command.current_dir(self.project.dir()).args(arguments.split(' '));
        Ok(command)
    }

    /// Runs a command that is refused: keeps its two lines, and nothing is left behind.
    fn refused(&mut self, what: &str, which: Program, arguments: &str) -> anyhow::Result<()> {
        let before = self.files()?;
        let output = self.command(which, arguments)?.output()?;
        let text = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{what}: {text}");
        assert!(output.stdout.is_empty(), "{what} prints nothing");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{what}: {text}");
        assert!(lines[0].starts_with("error[") && lines[1].starts_with("help: "), "{text}");
        assert_eq!(self.files()?, before, "{what} leaves no file");
        self.golden.push_str(&format!("# {what}\n{text}\n"));
        Ok(())
    }

    /// Runs a command that succeeds, and gives what it prints.
    fn accepted(&self, what: &str, which: Program, arguments: &str) -> anyhow::Result<String> {
        let output = self.command(which, arguments)?.output()?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{what}: {errors}");
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Key files must not be readable for others.
fn set_mode(path: &Path, mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}
