//! Nothing that the service keeps, says or has in its memory after it took people in holds a name, an address, a number or a part of one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, ensure};
use tallystick_e2e::{Project, files_in};
use tallystick_synth::Source;

use super::super::program::{Answer, Caller, Installed, Running};
use super::people::{Person, letters, plant};
use super::search::{Search, forms, shortest};
use super::{encode_command, run, synthetic};

/// Bytes of memory that are searched at a time, and how much of the last piece is searched again with the next.
const PIECE_BYTES: usize = 8 << 20;
const AGAIN_BYTES: usize = 256;

/// What to do where the system does not show a program's memory. The test is nothing without it, so it fails and does not pass by.
const NOT_SHOWN: &str = "the memory of a process that this test started is not shown to it, so nothing could be searched: \
     set kernel.yama.ptrace_scope to 0 or 1 (sysctl -w kernel.yama.ptrace_scope=1), and in a container \
     add the capability SYS_PTRACE";

/// The program's memory as it is: what a core dump of this moment would hold. Linux shows it to whoever may trace the process;
/// elsewhere a dump by `gcore` would have to be read.
fn memory_of(id: u32, mut each: impl FnMut(&str, &[u8])) -> anyhow::Result<u64> {
    memory_under(Path::new(&format!("/proc/{id}")), &mut each).context(NOT_SHOWN)
}

/// The same of a process's directory. No byte at all is an error, too.
fn memory_under(process: &Path, each: &mut dyn FnMut(&str, &[u8])) -> anyhow::Result<u64> {
    let maps = fs::read_to_string(process.join("maps"))?;
    let mut memory = fs::File::open(process.join("mem"))?;
    let mut read = 0;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (range, rights) = (words.next().context("a range")?, words.next().context("rights")?);
        let what = words.last().filter(|name| name.starts_with(['/', '['])).unwrap_or("unnamed");
        // What is not written to is the program's own text; the kernel's pages are its own.
        if !rights.starts_with("rw") || ["[vvar]", "[vsyscall]"].contains(&what) {
            continue;
        }
        let (from, to) = range.split_once('-').context("a range has two ends")?;
        let (from, to) = (u64::from_str_radix(from, 16)?, u64::from_str_radix(to, 16)?);
        memory.seek(SeekFrom::Start(from))?;
        let mut left = usize::try_from(to - from)?;
        let mut piece: Vec<u8> = Vec::new();
        while left > 0 {
            let again = piece.len().min(AGAIN_BYTES);
            let mut next = piece.split_off(piece.len() - again);
            next.resize(again + left.min(PIECE_BYTES), 0);
            if memory.read_exact(&mut next[again..]).is_err() {
                break;
            }
            left -= next.len() - again;
            read += (next.len() - again) as u64;
            each(what, &next);
            piece = next;
        }
    }
    ensure!(read > 0, "no byte of it can be read");
    Ok(read)
}

/// Asks, and keeps every answer.
struct Asking<'a> {
    installed: &'a Installed,
    running: &'a Running,
    outputs: BTreeMap<String, Vec<u8>>,
}

impl Asking<'_> {
    fn caller(&self, token: &str) -> anyhow::Result<Caller> {
        self.installed.caller(self.running.address, token)
    }

    fn keep(&mut self, name: &str, status: u16, answer: Option<Answer>) -> anyhow::Result<Answer> {
        let answer = answer.with_context(|| format!("an answer to {name}"))?;
        ensure!(answer.status == status, "{name}: {} {}", answer.status, answer.text);
        self.outputs.insert(format!("answer to {name}"), answer.bytes());
        Ok(answer)
    }

    /// Sends what the police encoded by both ways, and asks whatever can be asked.
    fn take_in(&mut self, submission: &[u8]) -> anyhow::Result<()> {
        let police = self.caller(&self.installed.uploader)?;
        let put = police.send("PUT", "/api/v1/submissions", &[], submission);
        let taken = self.keep("a submission", 201, put)?;
        let id = taken.json()["receipt"].as_str().unwrap_or("").to_owned();
        let begun = self.keep("begin", 201, police.begin(submission.len()))?;
        let place = begun.header("location").to_owned();
        let half = &submission[..submission.len() / 2];
        self.keep("a piece", 204, police.patch(&place, 0, half))?;
        for path in ["/api/v1/submissions", &format!("/api/v1/submissions/{id}/receipt"), &place] {
            self.keep(path, 200, police.get(path))?;
        }
        let officer = self.caller(&self.installed.compliance)?;
        for path in ["/api/v1/audit/entries", "/api/v1/audit/head", "/api/v1/audit/export"] {
            self.keep(path, 200, officer.get(path))?;
        }
        let operator = self.caller(&self.installed.operator)?;
        self.keep("/api/v1/metrics", 200, operator.get("/api/v1/metrics"))?;
        self.keep("a backup", 202, operator.send("POST", "/api/v1/backups", &[], &[]))?;
        let made = (0..1_000_000).any(|_| {
            let list = operator.get("/api/v1/backups");
            list.is_some_and(|answer| answer.json()["running"].is_null())
        });
        ensure!(made, "the backup ends");
        let list = self.keep("the backups", 200, operator.get("/api/v1/backups"))?;
        ensure!(list.json()["failed"].is_null(), "a backup is made: {}", list.text);
        Ok(())
    }

    /// Sends an export by mistake, whole, in pieces, and within a submission. It passes through the memory of the network; nothing of it
    /// is kept.
    fn mistake(&mut self, submission: &[u8], export: &[u8]) -> anyhow::Result<()> {
        let police = self.caller(&self.installed.uploader)?;
        let put = police.send("PUT", "/api/v1/submissions", &[], export);
        self.keep("an export", 422, put)?;
        let begun = self.keep("begin an export", 201, police.begin(export.len()))?;
        let place = begun.header("location").to_owned();
        let piece = police.patch(&place, 0, &export[..export.len() / 2]);
        self.keep("a piece of an export", 422, piece)?;
        let harmed = [&submission[..submission.len() - 5_000], &export[..5_000]].concat();
        let put = police.send("PUT", "/api/v1/submissions", &[], &harmed);
        self.keep("a harmed submission", 422, put)?;
        Ok(())
    }
}

/// What is sealed is noise, in which short texts stand by chance; it is not searched here. That it opens to what the agency sent,
/// which another test searches, `verify-store` shows.
fn is_sealed(name: &str) -> bool {
    name.contains("segments/")
}

#[test]
fn no_canary_is_kept_said_or_held_in_memory_by_the_service() -> anyhow::Result<()> {
    let (synthetic, project) = (synthetic()?, Project::new()?);
    let (from, work) = (project.dir().join("exports"), project.dir().join("work"));
    fs::create_dir(&from)?;
    fs::create_dir(&work)?;
    let exports = plant(&synthetic, &from)?;
    let mapping = from.join("police.toml");
    fs::write(&mapping, synthetic.mapping(Source::Police)?)?;
    let mut printed = BTreeMap::new();
    ensure!(run(&mut encode_command(&project, "police", &mapping)?, "police", &mut printed)?);
    let submission = fs::read(work.join("police.tally"))?;
    let export = fs::read(from.join("police.csv"))?;
    let canaries: Vec<String> = exports.people.iter().flat_map(Person::canaries).collect();
    let search = Search::new(&canaries);
    assert_ne!(search.find(&export), [], "the export has canaries");

    let installed = Installed::new(&project)?;
    let running = installed.start()?;
    let outputs = BTreeMap::new();
    let mut asking = Asking { installed: &installed, running: &running, outputs };
    asking.take_in(&submission)?;
    let read = memory_of(running.id(), |what, bytes| {
        let mut found = search.find(bytes);
        found.retain(|(form, ..)| is_text(form));
        assert_eq!(found, [], "in memory: {what}");
    })?;
    ensure!(read > 4 << 20, "{read} bytes of memory were read");
    asking.mistake(&submission, &export)?;
    let mut outputs = asking.outputs;
    outputs.insert("standard output".to_owned(), running.said.clone().into_bytes());
    let at_work = [files_in(&installed.data())?, files_in(&installed.path("backups"))?];
    for (name, bytes) in at_work.into_iter().flatten() {
        outputs.insert(format!("at work: {name}"), bytes);
    }
    drop(running);
    outputs.insert("standard error".to_owned(), fs::read(installed.path("stderr"))?);
    for (name, bytes) in files_in(&installed.data())? {
        outputs.insert(format!("killed: {name}"), bytes);
    }
    for part in ["unit.db", "unit.db-wal", "manifest.json", "standard error", "audit/export"] {
        ensure!(
            outputs.iter().any(|(name, bytes)| name.contains(part) && !bytes.is_empty()),
            "{part}"
        );
    }
    for (name, bytes) in outputs.iter().filter(|(name, _)| !is_sealed(name)) {
        assert_eq!(search.find(bytes), [], "in {name}");
    }
    a_planted_canary_is_found(&installed, &search, &canaries[0])
}

#[test]
fn memory_that_the_system_does_not_show_is_a_failure_that_names_the_setting() -> anyhow::Result<()>
{
    // As it looks where tracing is refused: maps can be read and are empty, or say what `mem` does not give.
    for (maps, mem) in [("", ""), ("1000-2000 rw-p 00000000 00:00 0 [heap]\n", "")] {
        let process = tempfile::tempdir()?;
        fs::write(process.path().join("maps"), maps)?;
        fs::write(process.path().join("mem"), mem)?;
        let mut each = |_: &str, _: &[u8]| unreachable!("there is nothing to search");
        let failed = memory_under(process.path(), &mut each);
        ensure!(failed.is_err(), "{maps:?} passes for a memory that was searched");
    }
    let nobody = memory_of(u32::MAX, |_, _| ());
    let said = nobody.err().map(|error| error.to_string()).unwrap_or_default();
    ensure!(said.contains("kernel.yama.ptrace_scope"), "{said}");
    Ok(())
}

/// Of megabytes of noise some hold five letters as base64 or the like by chance; whole words in clear they do not.
fn is_text(form: &str) -> bool {
    ["raw", "utf-16 le", "utf-16 be"].contains(&form)
}

/// The search sees what is in the memory of a process: this one's.
fn a_planted_canary_is_found(
    installed: &Installed,
    search: &Search,
    canary: &str,
) -> anyhow::Result<()> {
    ensure!(shortest(canary) == 5 && letters("any", 5).len() == 5);
    let planted: Vec<Vec<u8>> = forms(canary.as_bytes())
        .into_iter()
        .filter(|(form, _)| is_text(form))
        .map(|(_, it)| it)
        .collect();
    let mut found = 0;
    memory_of(std::process::id(), |_, bytes| found += search.find(bytes).len())?;
    ensure!(found > 0 && !planted.is_empty(), "a canary in memory is found");
    // And in the records of a service at work: a name that an operator typed where none belongs.
    let records = fs::read(installed.data().join("unit.db"))?;
    let mut harmed = records.clone();
    harmed[5_000..5_000 + canary.len()].copy_from_slice(canary.as_bytes());
    assert_ne!(search.find(&harmed), [], "a canary in the records is found");
    Ok(())
}
