//! How long every page takes of a unit that has worked for a year: 10^6 audit entries, 500 accounts, 1,000 submissions, 1,000 runs and
//! 200 releases. `cargo bench -p tallystick --bench pages [-- ENTRIES]`. Each page is asked for by each of its roles, over TLS on
//! loopback, and the time is that of the caller: nothing is faster than what a browser sees.

#![expect(clippy::unwrap_used, reason = "a measurement that fails shows where")]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

#[path = "../../tests/service/agreed.rs"]
mod agreed;
#[path = "../../tests/service/pages/browser.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod browser;
#[path = "../../tests/service/unit.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod unit;

use std::time::Instant;

use browser::{Browser, Page};
use rusqlite::{Transaction, params};
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::agreements::Basis;
use tallystick::audit::{Actor, Event, EventKind};
use tallystick::clock::Timestamp;
use tallystick::ids::{AccountId, AgencyId, ProjectId};
use tallystick::store::StoreError;
use tallystick::web::{PAGES, Route};
use unit::{Holder, Service};

const ACCOUNTS: usize = 500;
const AGENCIES: usize = 40;
const PROJECTS: usize = 5;
const SUBMISSIONS: usize = 1_000;
const RUNS: usize = 1_000;
const RELEASES: usize = 200;
/// Entries of one transaction while the log is filled.
const TOGETHER: u64 = 1_000;
const YEAR_SECONDS: u64 = 365 * 86_400;
const DAY_MS: i64 = 86_400_000;
/// Times that a page is asked for.
const TIMES: usize = 20;
/// Milliseconds in which a page is to be there.
const TARGET_MS: f64 = 200.0;

/// What the unit has, by id.
struct Year {
    accounts: Vec<AccountId>,
    agencies: Vec<AgencyId>,
    projects: Vec<ProjectId>,
    holders: Vec<(Role, Holder)>,
    agreement: String,
}

fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}_{number:032x}")
}

fn staff(service: &Service) -> Year {
    let store = &service.unit.store;
    let kinds = ["police", "court", "prosecutor", "jail"];
    let agencies: Vec<_> = (0..AGENCIES)
        .map(|it| {
            accounts::record_agency(store, None, &format!("agency{it}"), kinds[it % 4]).unwrap()
        })
        .collect();
    let projects: Vec<_> = (0..PROJECTS)
        .map(|it| {
            accounts::record_project(store, None, &format!("study{it}"), &format!("{it:032x}"))
                .unwrap()
        })
        .collect();
    let new = |name: String, role: Role, place: usize| NewAccount {
        name,
        roles: Roles::new([role]).unwrap(),
        agency: (role == Role::Uploader).then(|| agencies[place % AGENCIES]),
        projects: if role == Role::Evaluator { projects.clone() } else { Vec::new() },
        trained_until: Some(17_900 + i64::try_from(place).unwrap()),
    };
    let all: Vec<_> = (0..ACCOUNTS - Role::ALL.len())
        .map(|it| {
            let role = Role::ALL[it % Role::ALL.len()];
            accounts::create(store, None, &new(format!("account.{it}"), role, it)).unwrap()
        })
        .collect();
    let holders = Role::ALL
        .map(|role| (role, service.enrol_as(new(format!("the.{}", role.as_str()), role, 0))));
    let mut agreement = String::new();
    for agency in &agencies {
        for project in &projects {
            agreement = agreed::to_upload(store, *agency, *project, Basis::Consent)[1].to_string();
        }
    }
    for project in &projects {
        agreed::to_link(store, agencies.clone(), *project);
    }
    Year { accounts: all, agencies, projects, holders: holders.into(), agreement }
}

/// One thing that happened; kinds come as often as in the work of a year.
fn event(year: &Year, number: u64) -> Event {
    let place = usize::try_from(number).unwrap();
    let account = year.accounts[place * 7 % year.accounts.len()];
    let agency = year.agencies[place % AGENCIES];
    let project = year.projects[place % PROJECTS];
    let actor = Actor::Account { account, role: "uploader", agency: Some(agency), session: None };
    let address =
        Some(std::net::Ipv4Addr::new(192, 0, 2, u8::try_from(place % 250).unwrap()).into());
    let event = |kind| Event::new(kind, actor).from_address(address);
    match number % 1_000 {
        0 => event(EventKind::SubmissionReceived)
            .object("submission", id("sub", place / 1_000))
            .project(project)
            .count("rows_read", 50_000),
        1 => event(EventKind::RunFinished).object("run", id("run", place / 1_000)).project(project),
        2 if place % 5_000 == 2 => event(EventKind::ReleaseDownloaded)
            .object("release", id("rel", place / 5_000))
            .project(project)
            .bytes(None, Some(9_000_000)),
        3..=22 => {
            event(EventKind::AccessDenied).denied("not-allowed").object("route", "GET /api/v1/runs")
        }
        23..=300 => event(EventKind::SessionOpened).object("session", id("ses", place)),
        301..=600 => event(EventKind::AuditRead).count("entries", 50),
        _ => event(EventKind::ReceiptRead).object("submission", id("sub", place % SUBMISSIONS)),
    }
}

fn fill_log(service: &Service, year: &Year, entries: u64) {
    let store = &service.unit.store;
    let step = i64::try_from(YEAR_SECONDS * TOGETHER / entries.max(TOGETHER)).unwrap();
    let mut written = 0;
    while written < entries {
        let some = TOGETHER.min(entries - written);
        let filled: Result<(), StoreError> = store.act(|act| {
            (0..some).try_for_each(|it| act.record(&event(year, written + it)).map(|_| ()))
        });
        filled.unwrap();
        written += some;
        service.clock.advance_seconds(step);
    }
}

fn segment(tx: &Transaction<'_>, kind: &str, number: &mut usize, at: Timestamp) -> String {
    *number += 1;
    let id = id("seg", *number);
    let sql = "INSERT INTO segment (id, kind, wrapped_key, bytes, created_at) VALUES (?1, ?2, x'00', 1000, ?3)";
    tx.execute(sql, params![id, kind, at]).unwrap();
    id
}

/// Records of a year, as they would be, but without their files.
fn fill_records(service: &Service, year: &Year) {
    let filled: Result<(), StoreError> = service.unit.store.keep(|tx, now| {
        let mut segments = 0;
        let at = |place: usize, all: usize| {
            let back = i64::try_from((all - place) * 365 / all).unwrap();
            Timestamp(now.0 - back * DAY_MS)
        };
        for place in 0..SUBMISSIONS {
            let (agency, project) =
                (year.agencies[place % AGENCIES], year.projects[place / AGENCIES % PROJECTS]);
            let stands = place >= SUBMISSIONS - AGENCIES * PROJECTS;
            let when = at(place, SUBMISSIONS);
            let encodings = segment(tx, "encodings", &mut segments, when);
            let sha = [u8::try_from(place % 251).unwrap(); 32];
            let sql = "INSERT INTO submission (id, agency, project, account, state, sha256, digest, bytes, epoch, profile, \
                       key_check, config_hash, rows_read, rows_accepted, rows_rejected, rows_collapsed, aliases, records, \
                       content_rows, encodings, received_at, ended_at, receipt, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
                       ?6, 50000000, 1, 'standard', x'00', ?7, 50000, 49000, 1000, 0, 0, 49000, 49000, ?8, ?9, ?10, \
                       '{}', ?11)";
            let state = if stands { "accepted" } else { "superseded" };
            let ended = (!stands).then_some(now);
            let account = year.accounts[0];
            tx.execute(sql, params![id("sub", place), agency, project, account, state, sha, [7u8; 32], encodings, when, ended, [7u8; 64]])?;
        }
        for place in 0..RUNS {
            let when = at(place, RUNS);
            let project = year.projects[place % PROJECTS];
            let [result, report, page] =
                ["result", "report", "report"].map(|kind| segment(tx, kind, &mut segments, when));
            let sql = "INSERT INTO run (id, number, project, account, state, queued_at, started_at, ended_at, code_version, \
                       settings_hash, config_hash, digest, result, report, page, summary) VALUES (?1, ?2, ?3, ?4, \
                       'finished', ?5, ?5, ?5, '1', ?6, ?6, ?6, ?7, ?8, ?9, '{}')";
            tx.execute(sql, params![id("run", place), place + 1, project, year.accounts[1], when, [7u8; 32], result, report, page])?;
        }
        for place in 0..RELEASES {
            let when = at(place, RELEASES);
            let project = year.projects[place % PROJECTS];
            let bundle = segment(tx, "release", &mut segments, when);
            let sql = "INSERT INTO release (id, number, project, run, profile, study, study_hash, prepared_by, prepared_at, \
                       state, report, tables_hash, decided_by, decided_at, valid_until, bundle, bundle_sha256, bundle_bytes, \
                       released_at) VALUES (?1, ?2, ?3, ?4, 'safe-harbor', '', ?5, ?6, ?7, 'released', '{}', ?5, ?8, ?7, \
                       ?9, ?10, ?5, 9000000, ?7)";
            let until = Timestamp(now.0 + 30 * DAY_MS);
            tx.execute(sql, params![id("rel", place), place + 1, project, id("run", place), [7u8; 32], year.accounts[2], when, year.accounts[3], until, bundle])?;
        }
        let sql = "INSERT INTO destruction (id, project, run, account, at, certificate, signature) VALUES (?1, ?2, ?3, ?4, ?5, \
                   '{\"destruction\":\"\",\"project\":\"\",\"run\":\"\",\"result\":\"\",\"files\":[],\"account\":\"\",\"at\":\"\",\"method\":\"\"}', ?6)";
        tx.execute(sql, params![id("des", 0), year.projects[0], id("run", 0), year.accounts[1], now, [7u8; 64]])?;
        Ok(())
    });
    filled.unwrap();
}

fn address(path: &str, year: &Year, entries: u64) -> String {
    let nobody = "0".repeat(32);
    path.replace("{account}", &year.accounts[3].to_string())
        .replace("{agreement}", &year.agreement)
        .replace("{project}", &year.projects[0].to_string())
        .replace("{agency}", &year.agencies[0].to_string())
        .replace("{question}", "A16")
        .replace("{seq}", &(entries / 2).to_string())
        .replace("{week}", "2018-10-01")
        .replace("{run}", &id("run", 1))
        .replace("{release}", &id("rel", 1))
        .replace("{submission}", &id("sub", SUBMISSIONS - 1))
        .replace("{destruction}", &id("des", 0))
        .replace("{session}", &format!("ses_{nobody}"))
        .replace("{upload}", &format!("upl_{nobody}"))
        .replace("{token}", &format!("tok_{nobody}"))
        .replace("{name:.*}", "style.css")
}

/// Median and worst of some times that a page is asked for, and how it was answered.
fn measure(mut ask: impl FnMut() -> Page) -> (f64, f64, u16, usize) {
    let mut times = Vec::new();
    let (mut status, mut bytes) = (0, 0);
    for _ in 0..TIMES {
        let start = Instant::now();
        let page = ask();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        (status, bytes) = (page.status(), page.answer.text.len());
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() - 1], status, bytes)
}

/// Searches that few entries fit, or many fit in one thing and none in another: the worst that a filter can ask.
const SEARCHES: [&str; 9] = [
    "/audit?outcome=denied",
    "/audit?kind=release-downloaded",
    "/audit?object=nobody",
    "/audit?object_kind=nobody",
    "/audit?purpose=research",
    "/audit?kind=receipt-read&role=operator",
    "/audit?kind=receipt-read&outcome=denied&reason=not-allowed",
    "/audit?from=2018-07-05&until=2018-07-06",
    "/audit?source_address=192.0.2.7&kind=run-finished",
];

fn main() {
    let entries: u64 = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let service = Service::start_with(|config| config.audit.verify_at_start = false);
    let start = Instant::now();
    let year = staff(&service);
    fill_log(&service, &year, entries);
    fill_records(&service, &year);
    println!(
        "{entries} entries, {ACCOUNTS} accounts, made in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    println!("role           median    worst  status     bytes  page");
    let mut over = Vec::new();
    let mut show =
        |role: &str, path: &str, (median, worst, status, bytes): (f64, f64, u16, usize)| {
            println!("{role:<13}{median:>8.1}{worst:>9.1}{status:>8}{bytes:>10}  {path}");
            if worst > TARGET_MS {
                over.push(format!("{role} {path}: median {median:.0} ms, worst {worst:.0} ms"));
            }
        };
    for (role, holder) in &year.holders {
        let browser = Browser::of(&service, holder);
        // The export is a download, as long as the log is.
        let is_page = |page: &&Route| page.method == "GET" && page.path != "/audit/export";
        for page in PAGES.iter().filter(is_page).filter(|page| page.access.is_of(*role)) {
            let path = address(page.path, &year, entries);
            show(role.as_str(), &path, measure(|| browser.get(&path)));
        }
        if *role == Role::Compliance {
            for path in SEARCHES {
                show(role.as_str(), path, measure(|| browser.get(path)));
            }
            once(&browser, &year);
        }
    }
    println!("over {TARGET_MS} ms:");
    over.iter().for_each(|line| println!("  {line}"));
}

/// What is done on request, and takes as long as the log is.
fn once(browser: &Browser, year: &Year) {
    let project = year.projects[0].to_string();
    for (path, field, value) in [
        ("/audit/verify", "extent", "all"),
        ("/audit/verify", "extent", "new"),
        ("/audit/questions", "project", project.as_str()),
    ] {
        let start = Instant::now();
        let answer = browser.submit(path, path, &[(field, value)]);
        let seconds = start.elapsed().as_secs_f64();
        println!("once: {seconds:.2} s, status {}, {path} {field}", answer.status());
    }
}
