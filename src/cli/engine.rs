//! `engine`.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use tallystick_program::OpenArgs;

use super::Failure;
use super::bar::Bar;
use super::link::{LinkageArgs, ResultArgs, linked};
use crate::engine::{self, EngineRun, EngineRunError, Runner};
use crate::keys::ServiceKeys;
use crate::link::{self, ExportRequest};
use crate::store::Store;

/// How often a script that failed is taken up again, where nothing else is said.
const RETRIES: u32 = 2;

/// What to do where the log is the service's now.
const IN_USE: &str = "stop the service first";

#[derive(Debug, Subcommand)]
pub(super) enum EngineCommand {
    /// Writes what the linkage compares into a folder, as Parquet files, with the SQL that links them.
    Export(ExportArgs),
    /// Writes the SQL of an export again.
    Plan {
        /// The folder of the export.
        dir: PathBuf,
    },
    /// Runs the SQL of an export on Spark, or by another program; Ctrl-C ends it.
    Run(RunArgs),
    /// Trains on what a script found, for the next, where scripts are run without `run`.
    Train {
        /// The folder of the export.
        dir: PathBuf,
        /// The script that was run.
        #[arg(long, value_name = "SCRIPT")]
        after: After,
    },
    /// Compares a sample of the result again, and writes tables and report as `link` does.
    Collect(CollectArgs),
}

/// Scripts after which is trained.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum After {
    /// plan.sql: which patterns connect two records, and a sample to verify.
    Plan,
    /// edges.sql: which records stand together.
    Edges,
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Submissions made by `tallystick-agency encode`.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    submissions: Vec<PathBuf>,
    /// The folder of the export; new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Filters may lie unsealed in DIR: it is as guarded as the unit itself.
    #[arg(long)]
    unsealed: bool,
    /// The data directory of a service that is stopped: its log gets an entry of the export.
    #[arg(long, value_name = "DIR", requires = "keys")]
    log: Option<PathBuf>,
    /// The linkage unit's key file, which signs the log.
    #[arg(long, value_name = "FILE", requires = "log")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    open: OpenArgs,
    #[command(flatten)]
    linkage: LinkageArgs,
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("runner").required(true).args(["spark", "sql_runner"])))]
pub(super) struct RunArgs {
    /// The folder of the export.
    dir: PathBuf,
    /// Runs on Spark, whose master this is: spark://HOST:PORT, yarn, local[2].
    #[arg(long, value_name = "MASTER")]
    spark: Option<String>,
    /// Spark's program.
    #[arg(
        long,
        value_name = "PROGRAM",
        default_value = "spark-submit",
        conflicts_with = "sql_runner"
    )]
    spark_submit: PathBuf,
    /// Runs by another program, called as PROGRAM [--resume] DIR SCRIPT.
    #[arg(long, value_name = "PROGRAM")]
    sql_runner: Option<PathBuf>,
    /// Takes tables that a run before wrote to their end as they are.
    #[arg(long)]
    resume: bool,
    /// How often a script that failed is taken up again, from its last table on.
    #[arg(long, value_name = "N", default_value_t = RETRIES)]
    retries: u32,
    /// More options for Spark's program, after `--`.
    #[arg(last = true, value_name = "OPTION", allow_hyphen_values = true)]
    options: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct CollectArgs {
    /// The folder of the export.
    dir: PathBuf,
    /// The submissions that were exported.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    submissions: Vec<PathBuf>,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    linkage: LinkageArgs,
}

impl From<EngineRunError> for Failure {
    fn from(error: EngineRunError) -> Self {
        Self::new(error.code(), &error, error.help())
    }
}

pub(super) fn run(command: &EngineCommand) -> Result<String, Failure> {
    match command {
        EngineCommand::Export(args) => export(args),
        EngineCommand::Plan { dir } => Ok(wrote(dir, &engine::plan(dir)?)),
        EngineCommand::Run(args) => run_engine(args),
        EngineCommand::Train { dir, after } => {
            let before = match after {
                After::Plan => "edges.sql",
                After::Edges => "against.sql",
            };
            engine::train(dir, before)?;
            Ok(format!("next  {before}"))
        }
        EngineCommand::Collect(args) => {
            linked(&args.submissions, &args.result, &args.linkage, Some(&args.dir))
        }
    }
}

fn export(args: &ExportArgs) -> Result<String, Failure> {
    let config = args.linkage.configured()?;
    let kernel = args.linkage.prepare()?;
    let store = match (&args.log, &args.keys) {
        (Some(log), Some(keys)) => {
            let keys = ServiceKeys::open(keys, &args.open.passphrases())?;
            Some(super::store::stopped(log, keys, config.audit.checkpoint_entries, IN_USE)?)
        }
        _ => None,
    };
    let request = ExportRequest {
        submissions: &args.submissions,
        config: &config,
        one_to_one: &args.linkage.one_to_one,
        left_out: args.linkage.left_out.as_deref(),
        unsealed: args.unsealed,
        store: store.as_ref(),
        out: &args.out,
        kernel,
    };
    let observer = Bar::new();
    let result = link::export(&request, &observer);
    observer.clear();
    store.as_ref().map(Store::checkpoint).transpose()?;
    let exported = result.map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let files = engine::plan(&args.out)?;
    Ok(format!(
        "sources             {}\nidentities          {}\n  left out           {}\npasses              {}\n{}\n\
         Filters lie unsealed in it; delete it when the result is collected.",
        exported.sources,
        exported.records,
        exported.left_out,
        exported.passes,
        wrote(&args.out, &files)
    ))
}

fn wrote(dir: &Path, files: &[&str]) -> String {
    format!("wrote {}: engine.json, {}", dir.display(), files.join(", "))
}

fn run_engine(args: &RunArgs) -> Result<String, Failure> {
    let runner = match (&args.spark, &args.sql_runner) {
        (Some(master), _) => {
            Runner::Spark { submit: &args.spark_submit, master, options: &args.options }
        }
        (None, Some(program)) => Runner::Program(program),
        (None, None) => unreachable!("the command line asks for one of both"),
    };
    let request = EngineRun { dir: &args.dir, runner, resumes: args.resume, retries: args.retries };
    let observer = Bar::new();
    let result = engine::run(&request, &observer);
    observer.clear();
    result?;
    Ok(format!("wrote {}\nnext  tallystick engine collect", args.dir.join("out").display()))
}
