//! What `upload` and `watch` share: where submissions go, a bar on a terminal, Ctrl-C, and waiting.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::upload::{Attendant, Service, Token, UnitKey, UploadError};
use crate::watch::{Told, Watcher};

/// Where the token is if the command line does not say so.
const TOKEN_FILE_VARIABLE: &str = "TALLYSTICK_TOKEN_FILE";
/// Longest sleep between two looks at whether Ctrl-C was pressed.
const NAP: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
pub(super) struct ServiceArgs {
    /// Address of the linkage unit's service: https://host:port.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// File of mode 0600 that holds the token [default: what TALLYSTICK_TOKEN_FILE names].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificates (PEM) of a private authority, or of the service itself, to be trusted in place of
    /// this machine's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The key by which receipts must be signed: 64 hex digits, compared with the unit by telephone
    /// [default: the key that stands in the receipt].
    #[arg(long, value_name = "HEX")]
    unit_key: Option<String>,
}

impl ServiceArgs {
    pub(super) fn open(&self) -> Result<Service, Failure> {
        let token = Token::read(&self.token_file()?).map_err(|error| upload_failure(&error))?;
        let unit_key = match &self.unit_key {
            None => None,
            Some(text) => Some(UnitKey::parse(text).ok_or_else(|| {
                let help = "the linkage unit's service prints it when it starts";
                Failure::new("unit-key-form", "--unit-key is not 64 lower-case hex digits", help)
            })?),
        };
        Ok(Service { address: self.to.clone(), token, ca: self.ca.clone(), unit_key })
    }

    fn token_file(&self) -> Result<PathBuf, Failure> {
        let named = self.token_file.clone();
        let named = named.or_else(|| std::env::var_os(TOKEN_FILE_VARIABLE).map(PathBuf::from));
        named.ok_or_else(|| {
            let help = format!("give --token-file, or set {TOKEN_FILE_VARIABLE}");
            Failure::new("token-missing", "no file with a token is named", help)
        })
    }

    /// Files of these options.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.token_file().ok().into_iter().chain(self.ca.clone()).collect()
    }
}

pub(super) fn upload_failure(error: &UploadError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

/// A person or a scheduler at the other end.
pub(super) struct Console {
    cancel: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl Console {
    pub(super) fn new() -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancel);
        // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        let template = "{bar:32} {bytes}/{total_bytes}, {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template is well formed");
        Self { cancel, bar: ProgressBar::new(0).with_style(style) }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Attendant for Console {
    fn advance(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    fn cancel(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancel)
    }

    fn pause(&mut self, pause: Duration) {
        let mut left = pause;
        while !left.is_zero() && !self.cancel.load(Ordering::Relaxed) {
            let nap = left.min(NAP);
            std::thread::sleep(nap);
            left -= nap;
        }
    }
}

impl Watcher for Console {
    fn tell(&mut self, told: &Told) {
        // A closed pipe is no failure of ours.
        self.bar.suspend(|| match told {
            Told::Delivered { export, submission } => {
                let _ = writeln!(std::io::stdout(), "delivered {export} as {submission}");
            }
            Told::Failed { export, code, message } => {
                let _ = writeln!(std::io::stderr(), "error[{code}]: {export}: {message}");
            }
            Told::Trouble { code, message } => {
                let _ = writeln!(std::io::stderr(), "error[{code}]: {message}");
            }
        });
    }
}
