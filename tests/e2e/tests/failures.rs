//! The real program where the machine fails it: no room, no directory, a clock that was set back. Refused with a code, and nothing
//! that was acknowledged is lost.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use tallystick_e2e::{Project, Synthetic};
use tallystick_synth::{Config, Source};
use tallystick_wire::Profile;

use super::program::{Caller, Installed, Running};

/// Blocks of 512 bytes that a file may have where there is no room: the records as they are, and a short submission.
const BLOCKS_MAX: u32 = 2_048;

fn encoded(project: &Project, persons: u64) -> anyhow::Result<Vec<u8>> {
    let config = Config { persons, sources: vec![Source::Police], ..Config::default() };
    let synthetic = Synthetic::new(&config)?;
    let mapping = synthetic.mapping(Source::Police)?;
    let run = format!("of{persons}");
    let export = synthetic.export(Source::Police);
    Ok(fs::read(project.encode(&export, &mapping, Profile::Standard, &run)?.submission)?)
}

/// Starts the service so that no file may grow beyond a size. The signal that would end it is not sent: a full disk sends none.
fn start_without_room(installed: &Installed) -> anyhow::Result<Running> {
    let serve = installed.command(&installed.data())?;
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(BLOCKS_MAX.to_string());
    command.arg(serve.get_program()).args(serve.get_args());
    let log = fs::File::create(installed.path("stderr"))?;
    let started = Running::of(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log));
    started.with_context(|| fs::read_to_string(installed.path("stderr")).unwrap_or_default())
}

fn put(caller: &Caller, bytes: &[u8]) -> anyhow::Result<(u16, String, String)> {
    let answer = caller.send("PUT", "/api/v1/submissions", &[], bytes).context("an answer")?;
    Ok((answer.status, answer.code(), answer.text))
}

#[test]
fn without_room_it_refuses_and_goes_on_when_there_is_some() -> anyhow::Result<()> {
    let project = Project::new()?;
    let (short, long) = (encoded(&project, 30)?, encoded(&project, 900)?);
    let limit = 512 * BLOCKS_MAX as usize;
    ensure!(short.len() < limit && long.len() > 2 * limit, "{} {}", short.len(), long.len());
    let installed = Installed::new(&project)?;
    let running = start_without_room(&installed)?;
    let caller = installed.caller(running.address, &installed.uploader)?;
    let (status, _, receipt) = put(&caller, &short)?;
    ensure!(status == 201, "{receipt}");
    let officer = installed.caller(running.address, &installed.compliance)?;
    let mut heads = vec![officer.get("/api/v1/audit/head").context("an answer")?.text];
    for _ in 0..3 {
        let (status, code, text) = put(&caller, &long)?;
        assert_eq!((status, code.as_str()), (507, "store-full"), "{text}");
    }
    // Reading the log writes into it, until its file has no room either: then it is not read.
    let refusal = loop {
        let answer = officer.get("/api/v1/audit/entries?limit=1").context("an answer")?;
        if answer.status != 200 {
            break answer;
        }
        let head = officer.get("/api/v1/audit/head").context("an answer")?;
        heads.extend((head.status == 200).then_some(head.text));
        ensure!(heads.len() < 100_000, "the file of the log has a limit");
    };
    ensure!(["store-full", "store-io"].contains(&refusal.code().as_str()), "{}", refusal.text);
    let live = officer.get("/api/v1/health/live").context("an answer")?;
    assert_eq!(live.status, 200, "it is still there");
    drop(running);
    let running = installed.start()?;
    let caller = installed.caller(running.address, &installed.uploader)?;
    let (status, _, again) = put(&caller, &short)?;
    assert_eq!((status, again), (201, receipt), "what was acknowledged is there");
    let (status, _, text) = put(&caller, &long)?;
    assert_eq!(status, 201, "{text}");
    let log_key = running.log_key.clone();
    let officer = installed.caller(running.address, &installed.compliance)?;
    let export = officer.get("/api/v1/audit/export").context("an export")?;
    fs::write(installed.path("audit.jsonl"), export.text)?;
    ensure!(running.stop()?, "it ends in order");
    let last: serde_json::Value = serde_json::from_str(heads.last().context("some heads")?)?;
    let anchor = last["anchor"].as_str().context("a head")?;
    let verify = ["audit", "verify", "audit.jsonl", "--key", &log_key, "--anchor", anchor];
    let (is_good, text) = installed.run(&verify)?;
    ensure!(is_good, "{text}");
    assert_eq!(installed.verified()?.findings, []);
    Ok(())
}

/// `/proc` takes no directory from anybody, whatever the rights; a directory that is gone takes no file.
#[test]
fn without_a_directory_to_write_to_it_says_so() -> anyhow::Result<()> {
    let project = Project::new()?;
    let installed = Installed::new(&project)?;
    let mut command = installed.command("/proc/self/data".as_ref())?;
    let output = command.stderr(Stdio::piped()).output()?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(!output.status.success() && said.contains("error[store-io]"), "{said}");
    let running = installed.start()?;
    let segments = installed.data().join("segments");
    fs::rename(&segments, installed.path("away"))?;
    let caller = installed.caller(running.address, &installed.uploader)?;
    let bytes = encoded(&project, 30)?;
    let (status, code, text) = put(&caller, &bytes)?;
    assert_eq!((status, code.as_str()), (500, "store-io"), "{text}");
    fs::rename(installed.path("away"), &segments)?;
    let (status, _, text) = put(&caller, &bytes)?;
    assert_eq!(status, 201, "{text}");
    ensure!(running.stop()?, "it ends in order");
    assert_eq!(installed.verified()?.findings, []);
    Ok(())
}

#[test]
fn a_clock_that_was_set_back_is_logged_and_changes_no_order() -> anyhow::Result<()> {
    let project = Project::new()?;
    // The records were made by a clock that is two days ahead of the program's.
    let installed = Installed::ahead(&project, 2 * 86_400)?;
    let running = installed.start()?;
    let caller = installed.caller(running.address, &installed.uploader)?;
    let (status, _, receipt) = put(&caller, &encoded(&project, 30)?)?;
    ensure!(status == 201, "{receipt}");
    let officer = installed.caller(running.address, &installed.compliance)?;
    let export = officer.get("/api/v1/audit/export").context("an export")?.text;
    let entries = export.lines().filter(|line| line.starts_with("{\"seq\""));
    let entries: Vec<serde_json::Value> =
        entries.map(serde_json::from_str).collect::<Result<_, _>>()?;
    let times: Vec<&str> = entries.iter().filter_map(|entry| entry["at"].as_str()).collect();
    ensure!(times.is_sorted(), "time does not go back in the log");
    let behind = entries.iter().find(|entry| entry["kind"] == "clock-went-back");
    let behind = behind.context("the log says that the clock is behind")?;
    let milliseconds = behind["counts"]["milliseconds"].as_u64().unwrap_or(0);
    ensure!(milliseconds > 86_400_000, "{milliseconds} ms behind");
    let log_key = running.log_key.clone();
    ensure!(running.stop()?, "it ends in order");
    fs::write(installed.path("audit.jsonl"), export)?;
    let (is_good, text) = installed.run(&["audit", "verify", "audit.jsonl", "--key", &log_key])?;
    ensure!(is_good, "{text}");
    assert_eq!(installed.verified()?.findings, []);
    Ok(())
}
