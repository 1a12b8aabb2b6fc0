//! Many agencies at once: 64 uploads of 50 MB beside 200 readers, on loopback, against the service in a process of its own.
//! `cargo bench -p tallystick --bench load [-- UPLOADS MEGABYTES READERS]`.

#![expect(clippy::unwrap_used, reason = "a measurement that fails shows where")]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

#[path = "../../tests/service/agreed.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod agreed;
#[path = "../../crates/wire/tests/common/mod.rs"]
mod container;
#[path = "../../tests/service/unit.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod unit;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::ids::hex;
use tallystick_wire::{ConfigHash, SourceLabel, SourceType, schema};

use container::Draft;
use unit::{Caller, Service};

/// What the parent must know of the service.
#[derive(Serialize, Deserialize)]
struct Ready {
    address: String,
    certificate: std::path::PathBuf,
    tokens: Vec<String>,
}

fn agency(number: usize) -> String {
    format!("police{number}")
}

/// The service, until standard input ends.
fn serve(uploads: usize) {
    let service = Service::start_with(|config| config.service.workers = 0);
    let number = hex(&Draft::standard().header.project.0);
    let project = accounts::record_project(&service.unit.store, None, "study", &number).unwrap();
    let tokens = (0..uploads).map(|index| {
        let store = &service.unit.store;
        let agency = accounts::record_agency(store, None, &agency(index), "police").unwrap();
        service.agree(agency, project);
        let holder = service.enrol_as(NewAccount {
            name: format!("police.{index}"),
            roles: Roles::new([Role::Uploader]).unwrap(),
            agency: Some(agency),
            projects: Vec::new(),
            trained_until: None,
        });
        let wanted = json!({"role": "uploader", "days": 1});
        let made = service.signed_in(&holder).send("POST", "/api/v1/tokens", Some(&wanted));
        made.body["secret"].as_str().unwrap().to_owned()
    });
    let tokens = tokens.collect();
    let certificate = service.unit.store.directory().join("tls/certificate.pem");
    let ready = Ready { address: service.address.to_string(), certificate, tokens };
    println!("{}", serde_json::to_string(&ready).unwrap());
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().lock().lines().count();
}

/// A submission of an agency of about so many bytes; no other agency's has the same.
fn submission(index: usize, bytes: usize) -> Vec<u8> {
    let mut draft = Draft::standard();
    draft.header.config_hash = ConfigHash(schema::config_hash().0);
    draft.header.source = SourceLabel::parse(&agency(index)).unwrap();
    draft.header.source_type = SourceType::Police;
    draft.content =
        Some((0..bytes).map(|place| u8::try_from((place * 31 + index) % 251).unwrap()).collect());
    draft.write()
}

fn as_program(ready: &Ready, token: &str) -> Caller {
    let pem = std::fs::read(&ready.certificate).unwrap();
    Caller::new(&pem, &ready.address).with("authorization", &format!("Bearer {token}"))
}

/// Resident memory of a process in MiB: now, and at most so far.
fn memory(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let mib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
    };
    (mib("VmRSS"), mib("VmHWM"))
}

fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    sorted[(sorted.len() - 1) * hundredths / 100]
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let number = |place: usize, default| numbers.get(place).copied().unwrap_or(default);
    let (uploads, megabytes, readers) = (number(0, 64), number(1, 50), number(2, 200));
    if std::env::args().any(|arg| arg == "serve") {
        return serve(uploads);
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["serve", &uploads.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Arc<Ready> = Arc::new(serde_json::from_str(&line).unwrap());
    println!("the service rests at {} MiB", memory(child.id()).0);
    let is_over = Arc::new(AtomicBool::new(false));
    let together = Arc::new(Barrier::new(uploads + readers + 1));
    let reading = (0..readers).map(|index| {
        let (ready, is_over, together) = (ready.clone(), is_over.clone(), together.clone());
        std::thread::spawn(move || {
            let caller = as_program(&ready, &ready.tokens[index % ready.tokens.len()]);
            together.wait();
            let mut seconds = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let path = ["/api/v1/submissions", "/api/v1/sessions/current"][seconds.len() % 2];
                let start = Instant::now();
                let answer = caller.get(path);
                assert_eq!(answer.status, 200, "{}", answer.text);
                seconds.push(start.elapsed().as_secs_f64());
            }
            seconds
        })
    });
    let reading: Vec<_> = reading.collect();
    let uploading = (0..uploads).map(|index| {
        let (ready, together) = (ready.clone(), together.clone());
        std::thread::spawn(move || {
            let caller = as_program(&ready, &ready.tokens[index]);
            let bytes = submission(index, megabytes * 1_000_000);
            together.wait();
            let answer = caller.send_bytes("PUT", "/api/v1/submissions", &[], &bytes);
            assert_eq!(answer.status, 201, "{}", answer.text);
            assert_eq!(answer.body["sha256"], hex(digest(&SHA256, &bytes).as_ref()));
        })
    });
    let uploading: Vec<_> = uploading.collect();
    together.wait();
    let start = Instant::now();
    uploading.into_iter().for_each(|thread| thread.join().unwrap());
    let elapsed = start.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    let mut seconds: Vec<f64> =
        reading.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    seconds.sort_by(f64::total_cmp);
    let kept = ready.tokens.iter().filter(|token| {
        let listed = as_program(&ready, token).get("/api/v1/submissions").body;
        listed["submissions"].as_array().unwrap().len() == 1
    });
    let (rests, most) = (kept.count(), memory(child.id()).1);
    let rate = (uploads * megabytes) as f64 / elapsed;
    println!(
        "{uploads} uploads of {megabytes} MB in {elapsed:.1} s ({rate:.0} MB/s), {rests} kept, none refused"
    );
    println!(
        "{} status calls by {readers} readers, none failed: median {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        seconds.len(),
        percentile(&seconds, 50) * 1e3,
        percentile(&seconds, 99) * 1e3,
        percentile(&seconds, 100) * 1e3
    );
    println!("the service took {most} MiB at most");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
