//! `serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use tallystick_program::OpenArgs;

use super::Failure;
use crate::audit::{Actor, Event, EventKind};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::intake::{self, IntakeError};
use crate::keys::ServiceKeys;
use crate::release::{self, requests};
use crate::runs::{self, RunError, Worker};
use crate::unit::Unit;
use crate::web;

/// Between two rounds of upkeep.
const UPKEEP: Duration = Duration::from_secs(60);

#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// Directory with everything the service keeps; made if missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The linkage unit's key file.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// Settings that replace single defaults (see config/default.toml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port instead of service.listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

pub(super) fn run(args: &ServeArgs) -> Result<String, Failure> {
    let mut config = Config::load(args.config.as_deref())
        .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    if let Some(listen) = args.listen {
        config.service.listen = listen;
    }
    let keys = ServiceKeys::open(&args.keys, &args.open.passphrases())?;
    // Where not even this can be written, work goes on: a line of it is lost, and no thread.
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).log_internal_errors(false).init();
    let unit = Arc::new(Unit::open(&args.data, keys, config, Arc::new(SystemClock))?);
    unit.store.record(&Event::new(EventKind::UnitStarted, Actor::Unit))?;
    let refused = |error: IntakeError| Failure::new(error.code(), &error, error.help());
    let swept = intake::sweep(&unit).map_err(refused)?;
    tracing::info!(swept, "files that no record has were removed");
    let refused_run = |error: RunError| Failure::new(error.code(), &error, error.help());
    runs::sweep(&unit).map_err(refused_run)?;
    release::desk::sweep(&unit).map_err(RunError::from).map_err(refused_run)?;
    let kept = Arc::clone(&unit);
    std::thread::Builder::new()
        .name("upkeep".to_owned())
        .spawn(move || keep_up(&kept))
        .map_err(|error| Failure::new("threads", error, "the system must allow another thread"))?;
    let threads = "the system must allow another thread";
    let worker = Worker::start(&unit).map_err(|error| Failure::new("threads", error, threads))?;
    let link =
        unit.first_link().map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let (stop, stopped) = mpsc::channel();
    // Fails only where a handler is set already, as in a test: then something else stops the service.
    let _ = ctrlc::set_handler(move || {
        let _ = stop.send(());
    });
    let announced = Arc::clone(&unit);
    web::serve(Arc::clone(&unit), stopped, |address| {
        let url = announced.config.service.url(address);
        let mut text = format!("serving  {url}\n");
        text.push_str(&format!("API      {url}/api/v1/docs/\n"));
        text.push_str(&format!("log key  {}\n", announced.store.key().public()));
        if let Some(link) = &link {
            text.push_str(&format!(
                "the first administrator sets password and second factor here, once:\n  {url}/enrol#{}\n",
                **link
            ));
        }
        // A closed pipe is no failure of ours.
        let _ = std::io::stdout().write_all(text.as_bytes());
        let _ = std::io::stdout().flush();
    })
    .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    drop(worker);
    unit.store.record(&Event::new(EventKind::UnitStopped, Actor::Unit))?;
    unit.store.checkpoint()?;
    unit.store.empty_write_ahead()?;
    Ok("stopped".to_owned())
}

/// Again and again: takes in what was complete when a process ended or a disk was full, ends uploads that nobody goes on with, and
/// erases what was kept long enough. What fails is logged, holds up nothing else, and is tried again.
fn keep_up(unit: &Unit) {
    loop {
        match intake::waiting(unit) {
            Ok(waiting) => {
                for id in waiting {
                    match intake::take(unit, id) {
                        Ok(_) | Err(IntakeError::Busy | IntakeError::Closed) => {}
                        Err(error) => failed(&error),
                    }
                }
            }
            Err(error) => failed(&error),
        }
        if let Err(error) = intake::expire(unit) {
            failed(&error);
        }
        if let Err(error) = intake::erase_superseded(unit) {
            failed(&error);
        }
        if let Err(error) = requests::erase_texts(&unit.store) {
            failed(&error.into());
        }
        if let Err(error) = web::expire_repeats(unit) {
            failed(&error.into());
        }
        if let Err(error) = unit.store.empty_write_ahead() {
            failed(&error.into());
        }
        std::thread::sleep(UPKEEP);
    }
}

fn failed(error: &IntakeError) {
    tracing::error!(code = error.code(), reason = %error, "intake failed");
}
