//! The linkage unit's program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tallystick::cli::run()
}
