//! A bar for long work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::link::Observer;

/// A bar on a terminal, nothing elsewhere; Ctrl-C ends the work.
pub(super) struct Bar {
    bar: ProgressBar,
    cancel: Arc<AtomicBool>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancel);
        // Fails only where a handler is set already, as in a test: then there is no Ctrl-C to catch.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        let bar = ProgressBar::new(0).with_style(
            ProgressStyle::with_template("{msg:26} {bar:32} {percent:>3} %, {eta} left")
                .expect("the template is well formed"),
        );
        Self { bar, cancel }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Bar {
    fn stage(&self, name: &str, total: u64) {
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(name.to_owned());
    }

    fn advance(&self, done: u64) {
        self.bar.inc(done);
    }

    fn note(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
