//! Takes an export, gives the tables that an engine makes of it, refuses an engine that ends otherwise than in order.
//!
//! What is exported and how results are taken is in [`crate::link`]; here the engine is run, and training done between its scripts.

mod child;
mod error;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tallystick_engine::{
    EngineError, Script, Step, read_plan, scripts, write_companies, write_connecting, write_scripts,
};

use crate::link::Observer;
use child::Child;
pub use error::EngineRunError;

/// Runs a script on Spark; goes into every export, so that it can be handed to a platform with nothing else.
const SUBMIT: &str = include_str!("../../engines/spark/submit.py");
/// Its file in the export.
const SUBMIT_FILE: &str = "submit.py";
/// What the engine writes to its error output, in the export.
const LOG_FILE: &str = "engine.log";
/// The comparison of a pass is one long method of generated code, which Java would else interpret for ever.
const JAVA_OPTIONS: &str = "-XX:-DontCompileHugeMethods";

/// What runs scripts.
#[derive(Clone, Copy, Debug)]
pub enum Runner<'a> {
    /// Spark, by `spark-submit`.
    Spark {
        /// The program.
        submit: &'a Path,
        /// Address of the cluster's master.
        master: &'a str,
        /// More options for the program.
        options: &'a [String],
    },
    /// Another program: `PROGRAM [--resume] DIR SCRIPT`. It does what the comment lines of a script say, and may print
    /// `wrote TABLE` for each table.
    Program(&'a Path),
}

/// A run of an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineRun<'a> {
    /// The folder of the export.
    pub dir: &'a Path,
    /// What runs scripts.
    pub runner: Runner<'a>,
    /// Whether tables that a run before wrote to their end are taken as they are.
    pub resumes: bool,
    /// How often a script that failed is taken up again.
    pub retries: u32,
}

/// Writes the SQL of an export, and what runs it on Spark, in place of what is there. Gives the names of the files.
///
/// # Errors
/// [`EngineRunError`].
pub fn plan(dir: &Path) -> Result<Vec<&'static str>, EngineRunError> {
    let mut names = write_scripts(dir, &read_plan(dir)?)?;
    let path = dir.join(SUBMIT_FILE);
    let written = fs::remove_file(&path)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .and_then(|()| private(&path))
        .and_then(|mut file| file.write_all(SUBMIT.as_bytes()));
    written.map_err(|source| EngineError::Io { path, source })?;
    names.push(SUBMIT_FILE);
    Ok(names)
}

/// Runs the scripts of an export one after the other, and trains between them.
///
/// # Errors
/// [`EngineRunError`]; tables that were written to their end stay for a run that resumes.
pub fn run(request: &EngineRun<'_>, observer: &dyn Observer) -> Result<(), EngineRunError> {
    plan(request.dir)?;
    let plan = read_plan(request.dir)?;
    for script in scripts(&plan) {
        observer.stage("training", 0);
        train(request.dir, script.name)?;
        run_script(request, &script, observer)?;
    }
    Ok(())
}

/// Writes what a script reads besides what those before it wrote.
///
/// # Errors
/// [`EngineRunError`].
pub fn train(dir: &Path, before: &str) -> Result<(), EngineRunError> {
    let plan = read_plan(dir)?;
    match before {
        "edges.sql" => write_connecting(dir, &plan)?,
        "against.sql" => write_companies(dir, &plan)?,
        _ => {}
    }
    Ok(())
}

/// Bound: the retries.
fn run_script(
    request: &EngineRun<'_>,
    script: &Script,
    observer: &dyn Observer,
) -> Result<(), EngineRunError> {
    let mut resumes = request.resumes;
    for left in (0..=request.retries).rev() {
        match attempt(request, script, resumes, observer) {
            Err(EngineRunError::Ended { .. }) if left > 0 => resumes = true,
            result => return result,
        }
    }
    unreachable!("the last attempt returns")
}

fn attempt(
    request: &EngineRun<'_>,
    script: &Script,
    resumes: bool,
    observer: &dyn Observer,
) -> Result<(), EngineRunError> {
    let tables = tables(script);
    observer.stage(script.name, tables.len() as u64);
    let (program, arguments) = command(request, script, resumes)?;
    let log = request.dir.join(LOG_FILE);
    let errors = private(&log).map_err(|source| EngineError::Io { path: log.clone(), source })?;
    let mut child = Child::start(&program, &arguments, errors)?;
    let known = |table: &str| tables.contains(&table);
    let status = child.follow(
        &mut |line| match line.split(' ').collect::<Vec<_>>()[..] {
            ["wrote", table] if known(table) => observer.advance(1),
            ["progress", table, tasks] if known(table) && tasks.parse::<u64>().is_ok() => {
                observer.note(&format!("{table}: {tasks} tasks"));
            }
            _ => {}
        },
        &|| observer.is_cancelled(),
    )?;
    if status.success() {
        return Ok(());
    }
    Err(EngineRunError::Ended { script: script.name, status: status.code(), log })
}

/// Tables that a script writes.
fn tables(script: &Script) -> Vec<&str> {
    let written = script.steps.iter().filter_map(|step| match step {
        Step::Write { view } => Some(view.as_str()),
        _ => None,
    });
    written.collect()
}

fn command(
    request: &EngineRun<'_>,
    script: &Script,
    resumes: bool,
) -> Result<(PathBuf, Vec<OsString>), EngineRunError> {
    let io = |source| EngineError::Io { path: request.dir.to_owned(), source };
    let dir = std::path::absolute(request.dir).map_err(io)?;
    let mut arguments: Vec<OsString> = Vec::new();
    let program = match request.runner {
        Runner::Spark { submit, master, options } => {
            arguments.extend(["--master".into(), master.into()]);
            for side in ["driver", "executor"] {
                let option = format!("spark.{side}.extraJavaOptions={JAVA_OPTIONS}");
                arguments.extend(["--conf".into(), option.into()]);
            }
            arguments.extend(options.iter().map(Into::into));
            arguments.push(dir.join(SUBMIT_FILE).into());
            submit
        }
        Runner::Program(program) => program,
    };
    if resumes {
        arguments.push("--resume".into());
    }
    arguments.extend([dir.into(), script.name.into()]);
    Ok((program.to_owned(), arguments))
}

/// A file that is its owner's alone, to write at its end.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
