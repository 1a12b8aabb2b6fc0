//! The real service on loopback, with its store in the demo's directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use tallystick::config::Config;
use tallystick::keys::ServiceKeys;
use tallystick::unit::Unit;
use tallystick::web;
use tallystick_keyfile::Passphrases;

use crate::client::Client;
use crate::clock::DemoClock;
use crate::interrupt::Interrupt;
use crate::log_ins::{LogIns, until_next};

/// A service that serves until it is stopped.
pub(crate) struct Service {
    pub(crate) unit: Arc<Unit>,
    pub(crate) clock: Arc<DemoClock>,
    pub(crate) url: String,
    pub(crate) certificate: PathBuf,
    stop: Sender<()>,
    thread: JoinHandle<Result<(), web::ServeError>>,
}

impl Service {
    /// Starts it on a port of loopback; 0 for a free one.
    pub(crate) fn start(
        data: &Path,
        keys: &Path,
        port: u16,
        clock: Arc<DemoClock>,
    ) -> anyhow::Result<Self> {
        let mut config = Config::load(None)?;
        config.service.listen = ([127, 0, 0, 1], port).into();
        config.service.certificate_self_signed = true;
        config.service.privacy_contact =
            "nobody: all people of this service are synthetic".to_owned();
        config.store.backup_directory = data.with_file_name("backups");
        // Everybody of the demo signs in from one address.
        config.service.sign_ins_per_minute = 1_000.try_into()?;
        let keys = ServiceKeys::open(keys, &Passphrases::Absent)?;
        let unit = Arc::new(Unit::open(data, keys, config, clock.clone())?);
        let (stop, stopped) = channel();
        let (started, address) = channel();
        let serving = Arc::clone(&unit);
        let thread = std::thread::spawn(move || {
            web::serve(serving, stopped, |address| {
                let _ = started.send(address);
            })
        });
        let Ok(address) = address.recv() else {
            thread.join().map_err(|_| anyhow::anyhow!("the service broke"))??;
            anyhow::bail!("the service ended before it began");
        };
        let url = format!("https://{address}");
        Ok(Self { unit, clock, url, certificate: data.join("tls/certificate.pem"), stop, thread })
    }

    /// Somebody who is not signed in.
    pub(crate) fn anybody(&self) -> anyhow::Result<Client> {
        Client::new(&self.url, &self.certificate)
    }

    /// Serves until somebody ends the program by Ctrl-C, and shows log-ins meanwhile.
    pub(crate) fn wait(self, mut log_ins: LogIns, interrupt: &Interrupt) -> anyhow::Result<()> {
        let pressed = interrupt.pressed();
        while !self.thread.is_finished() {
            log_ins.draw()?;
            match pressed.recv_timeout(until_next()) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.stop()
    }

    /// Stops it.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        drop(self.stop);
        Ok(self.thread.join().map_err(|_| anyhow::anyhow!("the service broke"))??)
    }
}
