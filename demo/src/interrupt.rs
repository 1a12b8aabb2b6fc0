//! Ctrl-C: before the service is left running it ends the demo and takes what it wrote with it; afterwards it ends the service.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use anyhow::Context as _;

/// Somebody may press Ctrl-C.
pub(crate) struct Interrupt {
    pressed: Receiver<()>,
    is_serving: Arc<AtomicBool>,
}

impl Interrupt {
    /// Catches it; `scratch` is removed if the service is not running yet.
    pub(crate) fn catch(scratch: Option<PathBuf>) -> anyhow::Result<Self> {
        let (press, pressed) = channel();
        let is_serving = Arc::new(AtomicBool::new(false));
        let serving = Arc::clone(&is_serving);
        ctrlc::set_handler(move || {
            if serving.load(Ordering::SeqCst) {
                let _ = press.send(());
                return;
            }
            if let Some(scratch) = &scratch {
                let _ = std::fs::remove_dir_all(scratch);
            }
            // 128 and the number of SIGINT, as shells say it.
            std::process::exit(130);
        })
        .context("Ctrl-C cannot be caught")?;
        Ok(Self { pressed, is_serving })
    }

    /// From now on it ends the service; told here.
    pub(crate) fn pressed(&self) -> &Receiver<()> {
        self.is_serving.store(true, Ordering::SeqCst);
        &self.pressed
    }
}
