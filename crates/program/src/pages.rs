//! Takes a program's command line, gives completions for a shell and pages for `man`.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, Subcommand};
use clap_complete::Shell;

/// Commands that describe the program itself; not listed in its help.
#[derive(Debug, Subcommand)]
pub enum PagesCommand {
    /// Prints completions for a shell.
    #[command(hide = true)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Writes a page for `man` of every command into a directory.
    #[command(hide = true)]
    Man {
        /// The directory; made if missing, pages in it replaced.
        dir: PathBuf,
    },
}

/// A page that cannot be written.
#[derive(Debug)]
pub struct PagesError {
    /// The directory.
    pub dir: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl PagesError {
    /// Stable code for machines.
    pub const CODE: &str = "man-io";

    /// What to do about it.
    pub const HELP: &str = "check the directory, its rights and the space on the disk";
}

impl std::fmt::Display for PagesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.dir.display(), self.source)
    }
}

impl PagesCommand {
    /// Runs it for a program's command line; gives what to print.
    pub fn run(&self, mut program: Command) -> Result<String, PagesError> {
        match self {
            Self::Completions { shell } => {
                let name = program.get_name().to_owned();
                let mut text = Vec::new();
                clap_complete::generate(*shell, &mut program, name, &mut text);
                Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
            }
            Self::Man { dir } => {
                write_pages(dir, program)
                    .map_err(|source| PagesError { dir: dir.clone(), source })?;
                Ok(format!("wrote {}", dir.display()))
            }
        }
    }
}

fn write_pages(dir: &Path, program: Command) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    // Without `help`, which clap would add to every command as one more page.
    clap_mangen::generate_to(program.disable_help_subcommand(true), dir)
}
