//! The service is killed at random instants, again and again, in the middle of uploads, intake, runs and writing of the log. What it
//! acknowledged holds, the log is whole, and nothing is left over.
//!
//! How often: `TALLYSTICK_CRASHES`, 30 unless told. Instants are bytes on the wire and idle turns of the processor, drawn from `TALLYSTICK_CRASH_SEED`;
//! what the service does at such an instant depends on the machine all the same. A round that fails names its number and instant.

mod linkage;
mod proxy;
mod traffic;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc;

use anyhow::{Context as _, ensure};
use tallystick::audit::verify::Anchor;
use tallystick::operate::{Verification, verify_store};
use tallystick_e2e::{Project, Synthetic, rewrite_rows};
use tallystick_synth::{Config, Source};
use tallystick_wire::Profile;

use super::program::{Installed, Quiet};
use linkage::{Ends, Runs, resumed};
use proxy::{Instant, Proxy, spin};
use traffic::{Police, Told, audit, id_of};

/// Most idle turns between the last byte and the kill: some tens of milliseconds.
const SPINS_MAX: u64 = 1 << 21;
/// One round in so many kills the service while it starts.
const STARTS: u64 = 6;
/// Receipts that are read again after each start; all are at the end.
const RECEIPTS_AGAIN: usize = 4;

/// Heads that are given to the program at the end.
const ANCHORS_MAX: usize = 500;

/// Numbers that are the same for the same seed (splitmix64; Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[allow(clippy::disallowed_methods, reason = "how long this test is, is for the caller")]
fn number(name: &str, otherwise: u64) -> anyhow::Result<u64> {
    std::env::var(name).map_or(Ok(otherwise), |text| text.parse().context("a whole number"))
}

/// Submissions of different lengths.
fn submissions(project: &Project) -> anyhow::Result<Vec<Vec<u8>>> {
    let config = Config { persons: 80, sources: vec![Source::Police], ..Config::default() };
    let synthetic = Synthetic::new(&config)?;
    let mapping = synthetic.mapping(Source::Police)?;
    let export = project.dir().join("export.csv");
    (0..4)
        .map(|without| {
            rewrite_rows(&synthetic.export(Source::Police), &export, b',', |_, rows| {
                rows.truncate(rows.len() - without);
            })?;
            let run = format!("without{without}");
            let made = project.encode(&export, &mapping, Profile::Standard, &run)?;
            Ok(std::fs::read(made.submission)?)
        })
        .collect()
}

struct Crashes<'a> {
    installed: &'a Installed,
    files: Vec<Vec<u8>>,
    told: Told,
    runs: Runs,
    next: usize,
    log_key: String,
    /// Orphans that were found after a kill, over all rounds.
    orphans: u64,
    /// Kills at which the upload, the outcome or nothing was outstanding.
    outstanding: [u64; 3],
}

impl Crashes<'_> {
    /// One life of the service, from its start to its violent end.
    fn round(&mut self, at: Instant) -> anyhow::Result<()> {
        let before = self.orphans_on_disk()?;
        let running = self.installed.start()?;
        let after: BTreeSet<String> = names(&self.installed.data().join("segments"))?;
        let left: Vec<&String> = before.intersection(&after).collect();
        ensure!(left.is_empty(), "orphans are still there after the sweep: {left:?}");
        self.log_key.clone_from(&running.log_key);
        let address = running.address;
        let proxy = Proxy::start(address, at, running.take()?)?;
        // Bytes of officer and operator do not count: else few instants would fall into an upload.
        let police = self.installed.caller(proxy.address, &self.installed.uploader)?;
        let officer = self.installed.caller(address, &self.installed.compliance)?;
        let operator = self.installed.caller(address, &self.installed.operator)?;
        let mut police = Police { caller: police, files: &self.files, next: self.next };
        again(&police, &self.told, RECEIPTS_AGAIN)?;
        let (told, runs) = (&mut self.told, &mut self.runs);
        runs.again(&operator)?;
        let (worked, read, linked) = std::thread::scope(|scope| {
            let (to_officer, turns) = mpsc::channel();
            let reading = scope.spawn(|| audit(&officer, turns));
            let (to_operator, turns) = mpsc::channel();
            let linking = scope.spawn(|| runs.work(&operator, turns));
            (police.work(told, [to_officer, to_operator]), reading.join(), linking.join())
        });
        self.next = police.next;
        worked?;
        linked.map_err(|_| anyhow::anyhow!("the operator broke"))??;
        let heads = read.map_err(|_| anyhow::anyhow!("the reader broke"))??;
        self.told.heads.extend(heads);
        ensure!(proxy.is_killed(), "the service ended by itself");
        let outstanding = if self.told.upload.is_some() {
            0
        } else if self.told.waiting.is_some() {
            1
        } else {
            2
        };
        self.outstanding[outstanding] += 1;
        self.sound()
    }

    /// A life that ends before it served.
    fn stillborn(&mut self, spins: u64) -> anyhow::Result<()> {
        let mut command = self.installed.command(&self.installed.data())?;
        let mut child = command.stderr(std::process::Stdio::null()).spawn()?;
        spin(spins);
        child.kill()?;
        child.wait()?;
        self.sound()
    }

    /// As it was left: nothing is wrong but files that the next start sweeps away.
    fn sound(&self) -> anyhow::Result<()> {
        let (keys, data) = (self.installed.keys()?, self.installed.data());
        let heads = self.told.heads.iter().rev().take(50).filter_map(|head| Anchor::parse(head));
        let anchors: Vec<Anchor> = heads.collect();
        let asked = Verification { directory: &data, keys: Some(&keys), anchors: &anchors };
        let mut report = verify_store(&asked, &Quiet)?;
        report.findings.retain(|finding| finding.code != "file-orphan");
        ensure!(report.findings.is_empty(), "{:?}", report.findings);
        Ok(())
    }

    fn orphans_on_disk(&mut self) -> anyhow::Result<BTreeSet<String>> {
        let findings = self.installed.verified()?.findings.into_iter();
        let orphans: BTreeSet<String> = findings.map(|finding| finding.place).collect();
        self.orphans += orphans.len() as u64;
        Ok(orphans)
    }

    /// At last it may end in peace: then nothing at all is wrong, and all that was ever acknowledged is there.
    fn end(&mut self) -> anyhow::Result<(Ends, usize)> {
        let running = self.installed.start()?;
        let caller = |token: &str| self.installed.caller(running.address, token);
        let police =
            Police { caller: caller(&self.installed.uploader)?, files: &self.files, next: 0 };
        again(&police, &self.told, usize::MAX)?;
        if let Some((place, _)) = &self.told.waiting {
            let settled = (0..1_000_000).any(|_| {
                police.caller.get(place).is_some_and(|answer| answer.json()["state"] != "complete")
            });
            ensure!(settled, "what is complete is taken in");
        }
        let ends = self.runs.end(&caller(&self.installed.operator)?, &police.caller)?;
        let export = caller(&self.installed.compliance)?.get("/api/v1/audit/export");
        let export = export.context("an export")?.text;
        std::fs::write(self.installed.path("audit.jsonl"), &export)?;
        ensure!(running.stop()?, "it ends in order");
        let mut arguments = vec!["audit", "verify", "audit.jsonl", "--key", &self.log_key];
        let step = self.told.heads.len() / ANCHORS_MAX + 1;
        for head in self.told.heads.iter().rev().step_by(step) {
            arguments.extend(["--anchor", head]);
        }
        let (is_good, text) = self.installed.run(&arguments)?;
        ensure!(is_good, "the log is whole: {text}");
        let verify = ["verify-store", "--data", "data", "--keys", "unit.keys"];
        let (is_good, text) = self.installed.run(&verify)?;
        ensure!(is_good, "the store is whole: {text}");
        Ok((ends, resumed(&export)))
    }
}

fn names(directory: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = std::fs::read_dir(directory)?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// The last receipts are what they were, and of the file that was sent. No answer: it was killed meanwhile.
fn again(police: &Police<'_>, told: &Told, most: usize) -> anyhow::Result<()> {
    for (text, file) in told.receipts.iter().rev().take(most) {
        let Some(answer) = police.receipt(&id_of(text)) else { return Ok(()) };
        ensure!(answer.status == 200, "a receipt is there: {}", answer.text);
        ensure!(answer.text.trim_end() == text.trim_end(), "a receipt is what it was");
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&police.files[*file]);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ensure!(
            answer.json()["sha256"] == digest.as_str(),
            "a receipt is of the file that was sent"
        );
    }
    Ok(())
}

#[test]
fn what_was_acknowledged_outlives_any_kill() -> anyhow::Result<()> {
    let (rounds, seed) = (number("TALLYSTICK_CRASHES", 30)?, number("TALLYSTICK_CRASH_SEED", 1)?);
    let project = Project::new()?;
    let files = submissions(&project)?;
    let bytes_max = files.iter().map(Vec::len).sum::<usize>() as u64;
    let installed = Installed::new(&project)?;
    let mut crashes = Crashes {
        installed: &installed,
        files,
        told: Told::default(),
        runs: Runs::of(&installed.project),
        next: 0,
        log_key: String::new(),
        orphans: 0,
        outstanding: [0; 3],
    };
    let mut numbers = Numbers(seed);
    for round in 0..rounds {
        let at = Instant { bytes: numbers.below(bytes_max), spins: numbers.below(SPINS_MAX) };
        let done = if numbers.below(STARTS) == 0 {
            crashes.stillborn(at.spins * 8)
        } else {
            crashes.round(at)
        };
        done.with_context(|| format!("round {round} of seed {seed}, {at:?}"))?;
    }
    let (ends, resumed) = crashes.end()?;
    let Crashes { told, orphans, outstanding, .. } = &crashes;
    println!(
        "{rounds} kills: {} receipts, {} withdrawn, {} heads, {orphans} orphans swept; outstanding at the kill: \
         upload {}, intake {}, neither {}",
        told.receipts.len(),
        told.withdrawn.len(),
        told.heads.len(),
        outstanding[0],
        outstanding[1],
        outstanding[2],
    );
    println!(
        "runs: {} finished over {} lists of submissions, {} failed as theirs were withdrawn, {resumed} times gone on with after a kill",
        ends.finished, ends.results, ends.failed,
    );
    assert!(told.receipts.len() as u64 >= rounds / 6, "the service worked between its deaths");
    Ok(())
}
