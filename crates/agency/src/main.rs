//! The agency's program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tallystick_agency::cli::run()
}
