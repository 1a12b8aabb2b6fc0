//! Takes a program and its arguments, gives the lines it prints and its status; ends it, with all that it started, when it is told to.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::error::EngineRunError;

/// How often is asked whether the work is cancelled.
const ASK_MILLISECONDS: u64 = 200;
/// How often is asked whether a program that was told to end has ended, before it is killed.
const ASKS_MAX: u32 = 50;
/// A longer line is cut.
const LINE_BYTES_MAX: u64 = 4_096;
/// Lines that wait to be looked at.
const LINES_MAX: usize = 64;

/// A program that runs.
pub(super) struct Child {
    process: std::process::Child,
    lines: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

impl Child {
    /// Starts it without input; what it writes to its error output goes to a file.
    pub(super) fn start(
        program: &Path,
        arguments: &[OsString],
        errors: File,
    ) -> Result<Self, EngineRunError> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        // A group of its own, which is ended as one: what is given here starts others.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let started = command.spawn();
        let failed = |source| EngineRunError::Start { program: program.to_owned(), source };
        let mut process = started.map_err(failed)?;
        let output = process.stdout.take().expect("its output is piped");
        let (sender, lines) = sync_channel(LINES_MAX);
        // Ends with the output: when nobody of the group holds it any more.
        let reader = thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut line = Vec::new();
                let read = output.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
                if !matches!(read, Ok(bytes) if bytes > 0) {
                    break;
                }
                let line = String::from_utf8_lossy(&line);
                // Nobody listens any more where the program is being ended; it must not wait for us then.
                let _ = sender.send(line.trim_end().to_owned());
            }
        });
        Ok(Self { process, lines, reader: Some(reader) })
    }

    /// Hands on its lines until it ends.
    pub(super) fn follow(
        &mut self,
        each: &mut dyn FnMut(&str),
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<ExitStatus, EngineRunError> {
        loop {
            if is_cancelled() {
                self.end();
                return Err(EngineRunError::Cancelled);
            }
            match self.lines.recv_timeout(Duration::from_millis(ASK_MILLISECONDS)) {
                Ok(line) => each(&line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let ended = self.process.wait();
        ended.map_err(|source| EngineRunError::Start { program: "the engine".into(), source })
    }

    /// Tells the group to end, and kills what does not.
    fn end(&mut self) {
        self.signal("TERM");
        for _ in 0..ASKS_MAX {
            // While lines are taken nothing in the group can wait for us.
            while self.lines.try_recv().is_ok() {}
            if self.reader.as_ref().is_none_or(JoinHandle::is_finished) {
                break;
            }
            thread::sleep(Duration::from_millis(ASK_MILLISECONDS));
        }
        self.signal("KILL");
        // It may have ended before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// The shell's own `kill`: the standard library knows no groups.
    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let group = format!("-{}", self.process.id());
        let told = Command::new("sh")
            .args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", name, &group])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        // Where there is no group any more there is nothing to end.
        let _ = told;
    }

    #[cfg(not(unix))]
    fn signal(&self, _: &str) {}
}

impl Drop for Child {
    fn drop(&mut self) {
        if !matches!(self.process.try_wait(), Ok(Some(_))) {
            self.end();
        }
    }
}
