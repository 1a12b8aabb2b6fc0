//! `serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;

use clap::Args;
use tallystick_program::OpenArgs;

use super::Failure;
use crate::audit::{Actor, Event, EventKind};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::keys::ServiceKeys;
use crate::unit::Unit;
use crate::web;

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
    let unit = Arc::new(Unit::open(&args.data, keys, config, Arc::new(SystemClock))?);
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).init();
    unit.store.record(&Event::new(EventKind::UnitStarted, Actor::Unit))?;
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
    unit.store.record(&Event::new(EventKind::UnitStopped, Actor::Unit))?;
    unit.store.checkpoint()?;
    Ok("stopped".to_owned())
}
