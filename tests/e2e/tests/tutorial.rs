//! What docs/agency.md shows is what the programs print.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use assert_cmd::Command;
use tallystick_e2e::{Program, program};
use tempfile::TempDir;

/// Stands in the page for lines that are not shown.
const ELLIPSIS: &str = "...";
/// Stands in the page for the recipient, which is random.
const RECIPIENT: &str = "age1...";

#[test]
fn the_tutorial_shows_what_the_programs_print() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/agency.md"))?;
    let dir = TempDir::new()?;
    let mut recipient = None;
    let mut commands = 0;
    for block in page.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").context("a block ends")?;
        for shown in block.split("$ ").skip(1) {
            let (line, output) = shown.split_once('\n').context("a command shows output")?;
            let line = line.replace(RECIPIENT, recipient.as_deref().unwrap_or(RECIPIENT));
            let printed = run(dir.path(), &line)?;
            compare(output, &printed).with_context(|| line)?;
            recipient = recipient.or_else(|| recipient_of(&printed));
            commands += 1;
        }
    }
    assert_eq!(commands, 6);
    Ok(())
}

#[test]
fn a_line_that_is_not_printed_is_found() {
    let printed = "one\ntwo\nthree\n";
    for shown in ["one\ntwo\nthree\n", "one\n...\nthree\n", "one\n...\n", "...\ntwo\nthree\n"] {
        compare(shown, printed).expect("it is printed so");
    }
    for shown in
        ["one\nthree\n", "one\ntwo\n", "two\nthree\n", "one\n...\nfour\n", "one\n...\none\n"]
    {
        compare(shown, printed).expect_err("it is not printed so");
    }
}

/// Runs a command of the page.
fn run(dir: &Path, line: &str) -> anyhow::Result<String> {
    let mut words = line.split(' ');
    let which = match words.next() {
        Some("tallystick-synth") => Program::Synth,
        Some("tallystick-agency") => Program::Agency,
        Some("tallystick") => Program::Unit,
        _ => bail!("{line}: not a program of ours"),
    };
    let output = Command::new(program(which)?).current_dir(dir).args(words).output()?;
    ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn recipient_of(printed: &str) -> Option<String> {
    printed.split_whitespace().find(|word| word.starts_with("age1")).map(str::to_owned)
}

/// The lines shown are those printed, in this order; only an ellipsis leaves lines out.
fn compare(shown: &str, printed: &str) -> anyhow::Result<()> {
    let mut lines = printed.trim_end().lines();
    let mut skips = false;
    for line in shown.trim_end().lines() {
        if line == ELLIPSIS {
            skips = true;
            continue;
        }
        let next = if skips { lines.find(|one| *one == line) } else { lines.next() };
        ensure!(next == Some(line), "shows {line:?}, prints {next:?}");
        skips = false;
    }
    let next = lines.next();
    ensure!(skips || next.is_none(), "prints {next:?} after what it shows");
    Ok(())
}
