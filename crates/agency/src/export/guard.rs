//! Takes work that a library does on a file from outside, gives its outcome, refuses with a named error
//! where it panics.
//!
//! The libraries behind workbooks, Parquet and zip index by numbers that stand in the file; one that
//! lies is then a panic instead of an error of theirs. Running out of memory is no panic and is not
//! caught: limits are checked before.

use super::error::ExportError;
#[cfg(panic = "unwind")]
use super::file_error::FileError;

/// Does `work`; a panic in it is [`FileError::Damaged`] of `what`.
///
/// What it has changed is then in no known state: whoever calls reads the file no further.
#[cfg(panic = "unwind")]
pub(super) fn guard<T>(
    what: &'static str,
    work: impl FnOnce() -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    let silence = silent::Silence::begin();
    // A library's half-done state is dropped or never used again, see above.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    drop(silence);
    outcome.unwrap_or_else(|_| Err(FileError::Damaged { what }.into()))
}

/// In a browser nothing unwinds: a panic ends the module, whose messages nobody sees.
#[cfg(not(panic = "unwind"))]
pub(super) fn guard<T>(
    _: &'static str,
    work: impl FnOnce() -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    work()
}

/// The message of a panic may hold a cell, so that of guarded work is never written.
#[cfg(panic = "unwind")]
mod silent {
    use std::cell::Cell;
    use std::panic::{set_hook, take_hook};
    use std::sync::Once;

    thread_local! {
        static SILENT: Cell<bool> = const { Cell::new(false) };
    }

    /// Panics of this thread say nothing as long as this lives; those of other threads speak.
    ///
    /// The hook of the process is put in once and asks the thread. One put in and taken out each time
    /// would race with the other threads.
    pub(super) struct Silence {
        before: bool,
    }

    impl Silence {
        pub(super) fn begin() -> Self {
            static HOOK: Once = Once::new();
            HOOK.call_once(|| {
                let speak = take_hook();
                set_hook(Box::new(move |panic| {
                    if !SILENT.get() {
                        speak(panic);
                    }
                }));
            });
            Self { before: SILENT.replace(true) }
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            SILENT.set(self.before);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, set_hook, take_hook};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    static SPOKEN: AtomicUsize = AtomicUsize::new(0);

    /// Alone in its process's hook: no other test of this crate's library panics on purpose.
    #[test]
    fn guarded_panics_are_errors_and_silent_and_no_others_are() {
        let before = take_hook();
        set_hook(Box::new(|_| {
            SPOKEN.fetch_add(1, Ordering::Relaxed);
        }));
        let broken = || guard("workbook", || -> Result<(), _> { panic!("QUILLFEATHER") });
        let error = broken().expect_err("a panic is an error");
        assert_eq!(error.code(), "export-damaged");
        let outer = guard("workbook", || {
            broken().expect_err("so is one within");
            let other = thread::spawn(|| panic!("of another thread"));
            other.join().expect_err("it panics");
            panic!("still silent")
        });
        outer.map(|(): ()| ()).expect_err("and one around");
        assert_eq!(SPOKEN.load(Ordering::Relaxed), 1, "only the other thread spoke");
        catch_unwind(|| panic!("not guarded")).expect_err("it panics");
        assert_eq!(SPOKEN.load(Ordering::Relaxed), 2, "the silence has ended");
        assert_eq!(guard("workbook", || Ok(7)), Ok(7));
        set_hook(before);
    }
}
