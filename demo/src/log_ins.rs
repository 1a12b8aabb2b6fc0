//! Who can sign in to the service that the demo leaves running, with the code that an authenticator would show now.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tallystick::accounts::SecondFactor;
use tallystick::clock::{Clock as _, SystemClock};

use crate::people::{PASSWORD, Person};

/// For how long a code is shown (RFC 6238).
const STEP_MS: i64 = 30_000;

/// What is printed.
pub(crate) struct LogIns {
    pub(crate) url: String,
    pub(crate) certificate: PathBuf,
    rows: Vec<Row>,
    /// Whether the table stands on a terminal already.
    is_drawn: bool,
}

struct Row {
    name: String,
    role: &'static str,
    uri: String,
    factor: SecondFactor,
    recovery_code: String,
}

impl LogIns {
    pub(crate) fn new(url: &str, certificate: &Path, people: &[Person]) -> anyhow::Result<Self> {
        let row = |person: &Person| {
            let factor = SecondFactor::from_uri(&person.uri).context("a second factor")?;
            let recovery_code = person.recovery_codes.first().cloned().unwrap_or_default();
            let (name, uri) = (person.name.clone(), person.uri.clone());
            Ok(Row { name, role: person.role, uri, factor, recovery_code })
        };
        let rows = people.iter().map(row).collect::<anyhow::Result<_>>()?;
        let (url, certificate) = (url.to_owned(), certificate.to_owned());
        Ok(Self { url, certificate, rows, is_drawn: false })
    }

    /// What does not change.
    pub(crate) fn introduce(&self, dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
        writeln!(out, "\nThe service runs until Ctrl-C. Open in a browser:\n\n   {}/\n", self.url)?;
        writeln!(
            out,
            "   It has a certificate of its own, of which the browser warns: go on to it all the same, or import\n   {}",
            self.certificate.display()
        )?;
        writeln!(out, "   Interface: {}/api/v1/docs/\n", self.url)?;
        writeln!(out, "To try an upload in the browser, sign in as the.police and take")?;
        for (file, what) in [
            ("police.keys", "the key file"),
            ("exports/police.csv", "an export, with names of people who do not exist"),
            ("exports/police.mapping.toml", "its mapping"),
            ("police.tally", "or a submission that was encoded already"),
        ] {
            let path = dir.join(file);
            if path.exists() {
                writeln!(out, "   {}   {what}", path.display())?;
            }
        }
        writeln!(out, "\nFor an authenticator, in place of the codes below:")?;
        for row in &self.rows {
            writeln!(out, "   {:15} {}", row.name, row.uri)?;
        }
        writeln!(out)?;
        Ok(out.flush()?)
    }

    /// The table, over the one before if that stands on a terminal; elsewhere it is written once.
    pub(crate) fn draw(&mut self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let is_terminal = out.is_terminal();
        if self.is_drawn && !is_terminal {
            return Ok(());
        }
        if self.is_drawn {
            write!(out, "\x1b[{}A\x1b[J", self.rows.len() + 3)?;
        }
        let now = SystemClock.now();
        writeln!(
            out,
            "   role            log-in name     password                code     once in its place"
        )?;
        for row in &self.rows {
            writeln!(
                out,
                "   {:15} {:15} {PASSWORD:23} {}   {}",
                row.role,
                row.name,
                row.factor.code(now),
                row.recovery_code
            )?;
        }
        let when = if is_terminal {
            "shown anew every half minute"
        } else {
            "of the moment this was written"
        };
        writeln!(out, "\n   codes are {when}; each is good once")?;
        self.is_drawn = true;
        Ok(out.flush()?)
    }
}

/// How long the codes of now are still shown.
pub(crate) fn until_next() -> Duration {
    let passed = SystemClock.now().0.rem_euclid(STEP_MS);
    Duration::from_millis((STEP_MS - passed).unsigned_abs())
}
