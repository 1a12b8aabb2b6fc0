//! Submissions and settings that `tallystick link` refuses.

use std::fs;

use tallystick_e2e::Program;

use super::forge::{HEADER, change_head, content_of, with_content};
use super::{Bench, MAPPING, ROWS};

const LINK: &str = "link --keys unit.keys --out linked";

impl Bench {
    /// A bench with the submissions of two agencies.
    fn with_submissions() -> anyhow::Result<Self> {
        let bench = Self::new()?;
        bench.encode("police", "police", "police.keys", "")?;
        bench.encode("court", "court", "court.keys", "")?;
        Ok(bench)
    }

    /// Encodes the plain export as the export of a source.
    fn encode(&self, file: &str, source: &str, keys: &str, more: &str) -> anyhow::Result<()> {
        self.write("source.toml", MAPPING.replacen("police", source, 1))?;
        let arguments =
            format!("encode --key {keys} --mapping source.toml -o {file}.tally{more} export.csv");
        self.accepted(file, Program::Agency, &arguments)?;
        Ok(())
    }

    fn link_refused(&mut self, what: &str, submissions: &str) -> anyhow::Result<()> {
        self.refused(what, Program::Unit, &format!("{LINK} {submissions}"))
    }

    /// Links the police's submission, changed, with the court's.
    fn changed(&mut self, what: &str, change: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
        let mut bytes = fs::read(self.at("police.tally"))?;
        change(&mut bytes);
        self.write("bad.tally", bytes)?;
        self.link_refused(what, "court.tally bad.tally")
    }
}

#[test]
fn submissions_link_when_nothing_is_wrong() -> anyhow::Result<()> {
    let bench = Bench::with_submissions()?;
    let arguments = format!("{LINK} --clusters clusters.csv police.tally court.tally");
    let printed = bench.accepted("link", Program::Unit, &arguments)?;
    assert!(printed.contains(&format!("persons             {ROWS}\n")), "{printed}");
    Ok(())
}

#[test]
fn damaged_submissions() -> anyhow::Result<()> {
    let mut bench = Bench::with_submissions()?;
    // Without content, whose sealed form has a random length, sizes are always the same.
    let (fields, _) = MAPPING.split_once("[content]").expect("it has content");
    bench.write("fields.toml", fields)?;
    let arguments = "encode --key police.keys --mapping fields.toml -o police.tally export.csv";
    bench.accepted("police without content", Program::Agency, arguments)?;
    bench.changed("truncated", |bytes| bytes.truncate(bytes.len() / 2))?;
    bench.changed("truncated in the header", |bytes| bytes.truncate(100))?;
    bench.changed("truncated by one byte", |bytes| bytes.truncate(bytes.len() - 1))?;
    bench.changed("longer by one byte", |bytes| bytes.push(0))?;
    bench.changed("a bit of the header flipped", |bytes| bytes[HEADER + 70] ^= 4)?;
    bench.changed("a bit of a section flipped", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
    })?;
    bench.changed("a newer version", |bytes| bytes[8] = 3)?;
    bench.changed("an unknown profile", |bytes| {
        change_head(bytes, |head| head[HEADER + 32 + 8 + 16 + 4] = 9);
    })?;
    bench.changed("empty", Vec::clear)?;
    bench.changed("an export", |bytes| *bytes = super::export(|_, _| {}).into_bytes())?;
    insta::assert_snapshot!("damaged_submissions", bench.golden);
    Ok(())
}

#[test]
fn submissions_that_do_not_go_together() -> anyhow::Result<()> {
    let mut bench = Bench::with_submissions()?;
    let other = bench.project.agency_keys_with("police", "another")?;
    fs::rename(other, bench.at("another.keys"))?;
    bench.encode("wrong_key", "police", "another.keys", "")?;
    bench.link_refused("another key", "court.tally wrong_key.tally")?;
    bench.encode("trusted", "police", "police.keys", " --profile trusted")?;
    bench.link_refused("another profile", "court.tally trusted.tally")?;
    bench.changed("another schema", |bytes| change_head(bytes, |head| head[HEADER] ^= 1))?;
    let mut bytes = fs::read(bench.at("police.tally"))?;
    change_head(&mut bytes, |head| head[HEADER] ^= 1);
    bench.write("bad.tally", bytes)?;
    bench.link_refused("a schema not held", "bad.tally")?;
    bench.changed("another project", |bytes| {
        change_head(bytes, |head| head[HEADER + 32 + 8] ^= 1);
    })?;
    bench.link_refused("a source twice", "court.tally court.tally")?;
    let poor = MAPPING.replacen("police", "poor", 1);
    let poor: String = poor
        .lines()
        .filter(|line| {
            !["dob =", "ssn =", "phone =", "address =", "zip =", "first ="]
                .iter()
                .any(|key| line.starts_with(key))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    bench.write("poor.toml", poor)?;
    let arguments = "encode --key police.keys --mapping poor.toml -o poor.tally export.csv";
    bench.accepted("poor", Program::Agency, arguments)?;
    bench.link_refused("nothing to link by", "court.tally poor.tally")?;
    insta::assert_snapshot!("not_together", bench.golden);
    Ok(())
}

#[test]
fn content_refused_when_opened() -> anyhow::Result<()> {
    let mut bench = Bench::with_submissions()?;
    let recipient = bench.project.release_key().to_public();
    let plain = fs::read(bench.at("police.tally"))?;
    let mut refused = |what: &str, content: &[u8], recipient: &age::x25519::Recipient| {
        bench.write("bad.tally", with_content(&plain, content, recipient)?)?;
        bench.link_refused(what, "court.tally bad.tally")
    };
    let codes = |code: fn(usize) -> String| content_of(&plain, ROWS, code);
    let numbers = codes(|row| format!("861-12-{row:04}"))?;
    refused("social security numbers", &numbers, &recipient)?;
    let numbers = codes(|row| format!("(707) 555-{row:04}"))?;
    refused("telephone numbers", &numbers, &recipient)?;
    refused("e-mail addresses", &codes(|row| format!("a{row}@example.org"))?, &recipient)?;
    let good = codes(|row| format!("PC {}", 400 + row % 7))?;
    refused("content with a byte too many", &[&good[..], &[0]].concat(), &recipient)?;
    let other = age::x25519::Identity::generate().to_public();
    refused("content sealed to another key", &good, &other)?;
    bench.write("good.tally", with_content(&plain, &good, &recipient)?)?;
    bench.accepted("forged but good", Program::Unit, &format!("{LINK} court.tally good.tally"))?;
    insta::assert_snapshot!("content_opened", bench.golden);
    Ok(())
}

/// A handle that might be one.
const LEFT_OUT_UNKNOWN: &str = "handle,source\n0123456789abcdef0123456789abcdef,court\n";

#[test]
fn outputs_and_settings() -> anyhow::Result<()> {
    let mut bench = Bench::with_submissions()?;
    let both = "police.tally court.tally";
    fs::create_dir(bench.at("full"))?;
    bench.write("full/kept.txt", "kept")?;
    let refuse = |bench: &mut Bench, what: &str, arguments: &str| {
        bench.refused(what, Program::Unit, &format!("link {arguments} {both}"))
    };
    refuse(&mut bench, "the directory is not empty", "--keys unit.keys --out full")?;
    assert_eq!(fs::read_dir(bench.at("full"))?.count(), 1);
    let inside = "--keys unit.keys --out linked --clusters linked/clusters.csv";
    refuse(&mut bench, "clusters in the directory", inside)?;
    let unknown = "--keys unit.keys --out linked --one-to-one police:jail";
    refuse(&mut bench, "an unknown source is one-to-one", unknown)?;
    refuse(&mut bench, "keys of an agency", "--keys police.keys --out linked")?;
    bench.write("key.toml", "[blocking]\nblock_record_max = 4\n")?;
    refuse(&mut bench, "an unknown setting", "--keys unit.keys --out linked --config key.toml")?;
    bench.write("limit.toml", "[limits]\nrecords_max = 100\n")?;
    refuse(&mut bench, "a limit", "--keys unit.keys --out linked --config limit.toml")?;
    for (what, text) in [
        ("truth without a person", "source,handle\npolice,00\n"),
        ("truth of an unknown source", "source,handle,person\njail,00,1\n"),
        ("truth of an unknown handle", "source,handle,person\npolice,00,1\n"),
    ] {
        bench.write("labels.csv", text)?;
        refuse(&mut bench, what, "--keys unit.keys --out linked --truth labels.csv")?;
        refuse(&mut bench, what, "--keys unit.keys --out linked --canaries labels.csv")?;
    }
    for (what, text) in [
        ("left out without handles", "source\npolice\n"),
        ("an unknown source left out", "source,handle\njail,00\n"),
        ("no handle left out", "source,handle\npolice,00\n"),
        ("an unknown handle left out", LEFT_OUT_UNKNOWN),
        ("left out without a comma", "source,handle\npolice\n"),
    ] {
        bench.write("left_out.csv", text)?;
        refuse(&mut bench, what, "--keys unit.keys --out linked --left-out left_out.csv")?;
        let export = "engine export --unsealed --out export --left-out left_out.csv --submissions";
        bench.refused(what, Program::Unit, &format!("{export} {both}"))?;
    }
    assert!(!bench.golden.contains("0123456789abcdef"), "no error repeats a handle");
    bench.link_refused("no such submission", "court.tally none.tally")?;
    insta::assert_snapshot!("outputs_and_settings", bench.golden);
    Ok(())
}
