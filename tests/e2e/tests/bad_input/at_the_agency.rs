//! Exports, mappings and key files that `tallystick-agency` refuses.

use std::fs;

use tallystick_e2e::Program;

use super::{Bench, HEADER, MAPPING, ROWS, export, row, set_mode};

const ENCODE: &str = "encode --key police.keys --mapping mapping.toml -o out.tally";

impl Bench {
    /// Encodes an export that is refused.
    fn export_refused(&mut self, what: &str, bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.write("bad.csv", bytes)?;
        self.refused(what, Program::Agency, &format!("{ENCODE} bad.csv"))
    }

    /// Encodes the plain export with a mapping that is refused.
    fn mapping_refused(&mut self, what: &str, mapping: &str) -> anyhow::Result<()> {
        self.write("bad.toml", mapping)?;
        let arguments = "encode --key police.keys --mapping bad.toml -o out.tally export.csv";
        self.refused(what, Program::Agency, arguments)
    }
}

#[test]
fn exports() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    let header_only = format!("{HEADER}\n");
    let plain = export(|_, _| {});
    bench.export_refused("empty file", "")?;
    bench.export_refused("header only", &header_only)?;
    bench.export_refused("a mapped column is missing", plain.replacen("dob", "born", 1))?;
    bench.export_refused("a mapped column is misspelt", plain.replacen("phone", "phnoe", 1))?;
    bench.export_refused("another delimiter", plain.replace(',', ";"))?;
    bench.export_refused("a column name stands twice", plain.replacen("charge", "first", 1))?;
    bench.export_refused(
        "nobody can be told",
        export(|_, cells| cells[1..8].fill_with(String::new)),
    )?;
    let mut long = plain.clone();
    long.push_str(&"A".repeat(10_000));
    bench.write("bad.csv", long)?;
    let arguments = format!("{ENCODE} --line-bytes-max 4096 bad.csv");
    bench.refused("a line is too long", Program::Agency, &arguments)?;
    bench.refused("no such export", Program::Agency, &format!("{ENCODE} none.csv"))?;
    let arguments = format!("{ENCODE} --handles h.csv --row-id ident export.csv");
    bench.refused("no such row id", Program::Agency, &arguments)?;
    insta::assert_snapshot!("exports", bench.golden);
    Ok(())
}

#[test]
fn rows() -> anyhow::Result<()> {
    let bench = Bench::new()?;
    let mut bytes = export(|_, _| {}).into_bytes();
    let mut add = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut line = row(99).join(",").into_bytes();
        change(&mut line);
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
    };
    add(&|line| line.extend_from_slice(b",one cell more"));
    add(&|line| line.truncate(12));
    add(&|line| line[5] = 0xFF);
    add(&|line| line[5] = 0);
    add(&|line| line[5] = 0);
    bench.write("bad.csv", bytes)?;
    let printed = bench.accepted("bad rows", Program::Agency, &format!("{ENCODE} bad.csv"))?;
    let counts: Vec<&str> = printed.lines().take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!("rows", counts.join("\n"));
    Ok(())
}

/// What a content cell holds, made from the row's other cells.
type Value = fn(&[String]) -> String;

#[test]
fn content_that_looks_like_identifiers() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    let cases: [(&str, Value); 6] = [
        ("the row's own last name", |cells| cells[2].clone()),
        ("the row's own whole name", |cells| format!("{} {}", cells[1], cells[2])),
        ("a social security number", |cells| {
            format!("{}-{}-{}", &cells[4][..3], &cells[4][3..5], &cells[4][5..])
        }),
        ("nine digits", |cells| cells[4].clone()),
        ("a telephone number", |cells| {
            format!("({}) {}-{}", &cells[5][..3], &cells[5][3..6], &cells[5][6..])
        }),
        ("an e-mail address", |cells| format!("{}@example.org", cells[2])),
    ];
    for (what, value) in cases {
        let text = export(|_, cells| cells[9] = value(cells));
        bench.export_refused(&format!("content is {what}"), text)?;
    }
    insta::assert_snapshot!("content", bench.golden);
    Ok(())
}

#[test]
fn a_code_that_some_people_are_called_like_is_no_name() -> anyhow::Result<()> {
    let bench = Bench::new()?;
    let coded = export(|number, cells| {
        cells[9] = if number % 2 == 0 { "White" } else { "Black" }.to_owned();
        if number % 10 == 0 {
            cells[2] = "WHITE".to_owned();
        }
    });
    bench.write("good.csv", coded)?;
    bench.accepted("codes", Program::Agency, &format!("{ENCODE} good.csv"))?;
    Ok(())
}

#[test]
fn mappings() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    let change = |from: &str, to: &str| {
        assert!(MAPPING.contains(from), "{from}");
        MAPPING.replacen(from, to, 1)
    };
    bench.mapping_refused("an unknown key", &change("zip =", "zipp ="))?;
    bench.mapping_refused("an unknown table", &change("[read]", "[reading]"))?;
    bench.mapping_refused("a value of the wrong kind", &change("ssn = \"ssn\"", "ssn = 4"))?;
    bench.mapping_refused("not TOML", &change("[fields]", "[fields"))?;
    bench.mapping_refused("an unknown delimiter", &change("\",\"", "\"#\""))?;
    bench.mapping_refused("an unknown type", &change("type = \"code\"", "type = \"text\""))?;
    bench.mapping_refused("a source name in capitals", &change("\"police\"", "\"POLICE\""))?;
    bench.mapping_refused(
        "a name as content",
        &change("column = \"charge\"", "column = \"last\""),
    )?;
    let arguments = "encode --key police.keys --mapping none.toml -o out.tally export.csv";
    bench.refused("no such mapping", Program::Agency, arguments)?;
    insta::assert_snapshot!("mappings", bench.golden);
    Ok(())
}

#[test]
fn key_files() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    let keys = fs::read_to_string(bench.at("police.keys"))?;
    let refused = |bench: &mut Bench, what: &str, text: &str| -> anyhow::Result<()> {
        bench.write("bad.keys", text)?;
        set_mode(&bench.at("bad.keys"), 0o600)?;
        let arguments = "encode --key bad.keys --mapping mapping.toml -o out.tally export.csv";
        bench.refused(what, Program::Agency, arguments)
    };
    let unit = fs::read_to_string(bench.at("unit.keys"))?;
    refused(&mut bench, "keys of the linkage unit", &unit)?;
    refused(&mut bench, "keys of both", &format!("{keys}\n{unit}"))?;
    refused(&mut bench, "an unknown entry", &format!("{keys}\nencoding_keys = \"1\"\n"))?;
    refused(&mut bench, "an entry is missing", &without(&keys, "local_key"))?;
    refused(&mut bench, "no recipient for content", &without(&keys, "release_recipient"))?;
    let example = keys.replacen("local_key = \"", "local_key = \"example", 1);
    refused(&mut bench, "the example's value", &example)?;
    refused(&mut bench, "not a key file", "name,dob\nA,B\n")?;
    refused(&mut bench, "an empty file", "")?;
    bench.write("wide.keys", &keys)?;
    set_mode(&bench.at("wide.keys"), 0o644)?;
    let arguments = "encode --key wide.keys --mapping mapping.toml -o out.tally export.csv";
    bench.refused("others may read the keys", Program::Agency, arguments)?;
    bench.refused("others may read the checked keys", Program::Agency, "keys check wide.keys")?;
    bench.refused("a key file exists", Program::Agency, "keys new police.keys")?;
    let arguments = "keys new other.keys --recipient age1nobody";
    bench.refused("a recipient that is none", Program::Agency, arguments)?;
    bench.refused("keys of an agency", Program::Unit, "keys check police.keys")?;
    set_mode(&bench.at("unit.keys"), 0o640)?;
    bench.refused("others may read the unit's keys", Program::Unit, "keys check unit.keys")?;
    insta::assert_snapshot!("key_files", bench.golden);
    Ok(())
}

#[test]
fn invitations_and_lookups() -> anyhow::Result<()> {
    let mut bench = Bench::new()?;
    let last_word = |printed: &str, key: &str| -> String {
        let line = printed.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split(' ').next_back().unwrap_or_default().to_owned()
    };
    bench.accepted("joins", Program::Agency, "keys new jail.keys --join")?;
    let arguments = "encode --key jail.keys --mapping mapping.toml -o out.tally export.csv";
    bench.refused("keys that wait for an invitation", Program::Agency, arguments)?;
    let printed = bench.accepted("waits", Program::Agency, "keys check jail.keys")?;
    let jail = last_word(&printed, "agency recipient");
    bench.refused(
        "an invitation for nobody",
        Program::Agency,
        "keys invite police.keys --for age1nobody -o i.age",
    )?;
    let unit = bench.accepted("the unit's", Program::Unit, "keys check unit.keys")?;
    let unit = last_word(&unit, "release recipient");
    let arguments = format!("keys invite police.keys --for {unit} -o i.age");
    bench.refused("an invitation for the unit", Program::Agency, &arguments)?;
    let arguments = format!("keys invite police.keys --for {jail} -o i.age");
    bench.accepted("invites", Program::Agency, &arguments)?;
    bench.refused("an invitation exists", Program::Agency, &arguments)?;
    bench.refused(
        "sealed to another",
        Program::Agency,
        "keys accept court.keys i.age -o n.keys",
    )?;
    let wrong = format!("keys accept jail.keys i.age --fingerprint {}", "1".repeat(30));
    bench.refused("another fingerprint", Program::Agency, &wrong)?;
    bench.refused("no digits", Program::Agency, "keys accept jail.keys i.age --fingerprint 12")?;
    bench.refused("no invitation", Program::Agency, "keys accept jail.keys export.csv")?;
    bench.accepted("accepts", Program::Agency, "keys accept jail.keys i.age")?;
    bench.refused("accepts again", Program::Agency, "keys accept jail.keys i.age")?;
    bench.refused("rotates over", Program::Agency, "keys rotate jail.keys -o police.keys")?;

    let arguments = format!("{ENCODE} --handles h.csv.age export.csv");
    bench.accepted("sealed handles", Program::Agency, &arguments)?;
    let sealed = fs::read(bench.at("h.csv.age"))?;
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    bench.write("list.csv", "source,handle\npolice,00\n")?;
    let look = "lookup --handles h.csv.age -o rows.csv";
    bench.refused("no key", Program::Agency, look)?;
    bench.refused("another key", Program::Agency, &format!("{look} --key court.keys"))?;
    let look = format!("{look} --key police.keys");
    bench.refused("a list of many sources", Program::Agency, &format!("{look} list.csv"))?;
    let named = format!("{look} --source police list.csv");
    bench.refused("not a handle", Program::Agency, &named)?;
    bench.refused("no column", Program::Agency, &format!("{look} export.csv"))?;
    bench.accepted("all rows", Program::Agency, &look)?;
    let rows = fs::read_to_string(bench.at("rows.csv"))?;
    assert_eq!(rows.lines().count(), ROWS + 1);
    let list: Vec<&str> = rows.lines().take(4).map(|line| &line[..line.len().min(32)]).collect();
    let list = list.join("\n").replacen("handle,row_id", "handle", 1);
    bench.write("list.csv", format!("{list}\n{}\n", "0".repeat(32)))?;
    let printed = bench.accepted("some rows", Program::Agency, &format!("{look} list.csv"))?;
    assert!(printed.contains("unknown        1 (lines 5)"), "{printed}");
    assert!(fs::read_to_string(bench.at("rows.csv"))?.lines().eq(rows.lines().take(4)));
    insta::assert_snapshot!("invitations_and_lookups", bench.golden);
    Ok(())
}

/// A key file without one entry.
fn without(keys: &str, entry: &str) -> String {
    let kept: Vec<&str> = keys.lines().filter(|line| !line.starts_with(entry)).collect();
    kept.join("\n")
}
