//! Finds the workspace's programs, which cargo does not build for the tests of this package.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};

/// A program of the workspace.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// The agency's.
    Agency,
    /// The linkage unit's.
    Unit,
    /// Demo and score.
    Demo,
    /// Synthetic exports.
    Synth,
}

/// The path of a built program, in the target directory of the running test.
///
/// # Errors
/// If it is not built: run `cargo build --workspace --bins` first, as `scripts/test` does.
pub fn program(program: Program) -> anyhow::Result<PathBuf> {
    let name = match program {
        Program::Agency => "tallystick-agency",
        Program::Unit => "tallystick",
        Program::Demo => "tallystick-demo",
        Program::Synth => "tallystick-synth",
    };
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).context("tests lie in target/PROFILE/deps")?;
    let path = profile.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    ensure!(path.exists(), "{name} is not built; run `cargo build --workspace --bins` first");
    Ok(path)
}
