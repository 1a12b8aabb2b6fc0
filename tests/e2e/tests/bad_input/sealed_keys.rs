//! Key files under a passphrase: what they refuse, and that they encode and link as plain ones do.

use std::fs;

use tallystick_e2e::Program;

use super::{Bench, MAPPING, set_mode};

const PHRASE: &str = "marble otter sleeps under a red gate";

impl Bench {
    /// A file with a passphrase, for its owner alone.
    fn phrase(&self, name: &str, phrase: &str) -> anyhow::Result<()> {
        self.write(name, format!("{phrase}\n"))?;
        set_mode(&self.at(name), 0o600)
    }

    fn sealed(&self, name: &str) -> anyhow::Result<bool> {
        Ok(fs::read(self.at(name))?.starts_with(b"age-encryption.org/v1\n-> scrypt "))
    }
}

#[test]
fn refusals() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    bench.phrase("phrase", PHRASE)?;
    bench.phrase("other", "seven blue kites over the old mill")?;
    bench.phrase("weak", "password password")?;
    bench.phrase("none", "")?;
    bench.write("wide", PHRASE)?;
    set_mode(&bench.at("wide"), 0o644)?;
    let agency = |bench: &mut Bench, what: &str, arguments: &str| {
        bench.refused(what, Program::Agency, arguments)
    };
    agency(&mut bench, "no terminal to ask on", "keys new new.keys --passphrase")?;
    agency(&mut bench, "no terminal to show it on", "keys new new.keys --generate-passphrase")?;
    agency(&mut bench, "a weak passphrase", "keys new new.keys --passphrase-file weak")?;
    agency(&mut bench, "no passphrase in it", "keys new new.keys --passphrase-file none")?;
    agency(&mut bench, "others may read it", "keys protect police.keys --passphrase-file wide")?;
    agency(&mut bench, "no such file", "keys protect police.keys --passphrase-file gone")?;
    agency(&mut bench, "another's keys", "keys protect unit.keys --passphrase-file phrase")?;
    agency(&mut bench, "not sealed", "keys unprotect police.keys --passphrase-file phrase")?;
    agency(&mut bench, "a plain file", "keys check police.keys --passphrase-file phrase")?;
    bench.accepted(
        "sealed",
        Program::Agency,
        "keys protect police.keys --passphrase-file phrase",
    )?;
    agency(&mut bench, "sealed", "keys protect police.keys --passphrase-file phrase")?;
    let encode = "encode --key police.keys --mapping mapping.toml -o out.tally";
    agency(&mut bench, "no passphrase", &format!("{encode} export.csv"))?;
    agency(&mut bench, "wrong", &format!("{encode} --passphrase-file other export.csv"))?;
    let mut bytes = fs::read(bench.at("police.keys"))?;
    bytes.pop();
    bench.write("cut.keys", bytes)?;
    set_mode(&bench.at("cut.keys"), 0o600)?;
    agency(&mut bench, "damaged", "keys check cut.keys --passphrase-file phrase")?;
    let unit = "keys protect unit.keys --passphrase-file phrase";
    bench.accepted("the unit's", Program::Unit, unit)?;
    bench.refused("the unit's", Program::Unit, "keys check unit.keys")?;
    let link = "link --keys unit.keys --out linked --passphrase-file other a.tally";
    bench.refused("the unit's, wrong", Program::Unit, link)?;
    insta::assert_snapshot!("sealed_keys", bench.golden);
    Ok(())
}

#[test]
fn sealed_keys_encode_and_link_as_plain_ones() -> anyhow::Result<()> {
    let bench = Bench::new()?;
    bench.phrase("phrase", PHRASE)?;
    bench.phrase("other", "seven blue kites over the old mill")?;
    // Without content, whose sealed form is random.
    let (fields, _) = MAPPING.split_once("[content]").expect("it has content");
    bench.write("fields.toml", fields)?;
    let run = |program: Program, arguments: &str| bench.accepted(arguments, program, arguments);
    let encode = |key: &str, mapping: &str, to: &str| {
        let arguments = format!("encode --key {key} --mapping {mapping} -o {to} export.csv");
        run(Program::Agency, &arguments)
    };
    encode("police.keys", "fields.toml", "plain.tally")?;
    let shown = run(Program::Agency, "keys check police.keys")?;
    run(Program::Agency, "keys protect police.keys --passphrase-file phrase")?;
    let change = "keys passphrase police.keys --passphrase-file phrase --new-passphrase-file other";
    run(Program::Agency, change)?;
    assert!(bench.sealed("police.keys")?);
    assert_eq!(run(Program::Agency, "keys check police.keys --passphrase-file other")?, shown);
    encode("police.keys --passphrase-file other", "fields.toml", "sealed.tally")?;
    assert_eq!(fs::read(bench.at("plain.tally"))?, fs::read(bench.at("sealed.tally"))?);

    run(Program::Unit, "keys new sealed_unit.keys --passphrase-file phrase")?;
    assert!(bench.sealed("sealed_unit.keys")?);
    run(Program::Unit, "keys protect unit.keys --passphrase-file phrase")?;
    encode("police.keys --passphrase-file other", "mapping.toml", "police.tally")?;
    bench.write("court.toml", MAPPING.replacen("police", "court", 1))?;
    encode("court.keys", "court.toml", "court.tally")?;
    let link =
        "link --keys unit.keys --passphrase-file phrase --out linked police.tally court.tally";
    let printed = run(Program::Unit, link)?;
    assert!(printed.contains(&format!("persons             {}\n", super::ROWS)), "{printed}");

    run(Program::Agency, "keys unprotect police.keys --passphrase-file other")?;
    assert_eq!(run(Program::Agency, "keys check police.keys")?, shown);
    let left = bench.files()?;
    assert!(!left.iter().any(|path| path.to_string_lossy().ends_with(".new")), "{left:?}");
    Ok(())
}
