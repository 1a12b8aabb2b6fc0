//! `link`.

use std::path::{Path, PathBuf};

use tallystick_kernels::{Kernel, KernelName};
use tallystick_program::OpenArgs;

use super::Failure;
use super::bar::Bar;
use crate::config::Config;
use crate::keys::UnitKeys;
use crate::link::{self, LinkError, LinkRequest, LinkSummary};

#[derive(Debug, clap::Args)]
pub(super) struct LinkArgs {
    /// Submissions made by `tallystick-agency encode`.
    #[arg(required = true)]
    submissions: Vec<PathBuf>,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    linkage: LinkageArgs,
}

/// What a linkage is made of besides submissions.
#[derive(Debug, clap::Args)]
pub(super) struct LinkageArgs {
    /// Two sources in which everybody occurs at most once each; may be repeated.
    #[arg(long, value_name = "SOURCE:SOURCE", value_parser = source_pair)]
    pub(super) one_to_one: Vec<(String, String)>,
    /// Records that are linked with none and are in no table (source,handle): their agencies took them back.
    #[arg(long, value_name = "FILE")]
    pub(super) left_out: Option<PathBuf>,
    /// Settings that replace single defaults (see config/default.toml).
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Threads; the result does not depend on them [default: all cores].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Counts bits: scalar, popcnt, avx2, avx512 or neon; the result does not depend on it
    /// [default: the fastest here].
    #[arg(long, value_name = "NAME")]
    kernel: Option<KernelName>,
}

/// Where a result goes.
#[derive(Debug, clap::Args)]
pub(super) struct ResultArgs {
    /// The linkage unit's key file.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
    /// Directory for tables and report; new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// File with source, handle and person, for the holders of handles only; never in DIR.
    #[arg(long, value_name = "FILE")]
    clusters: Option<PathBuf>,
    /// True persons of records (source,handle,person), to measure the linkage against.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Planted synthetic persons (source,handle,person), to measure recall by.
    #[arg(long, value_name = "FILE")]
    canaries: Option<PathBuf>,
}

fn source_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() => Ok((a.to_owned(), b.to_owned())),
        _ => Err("write SOURCE:SOURCE, as in police:court".to_owned()),
    }
}

impl LinkageArgs {
    /// The settings.
    pub(super) fn configured(&self) -> Result<Config, Failure> {
        Config::load(self.config.as_deref())
            .map_err(|error| Failure::new(error.code(), &error, error.help()))
    }

    /// The kernel; threads are made as many as are wanted.
    pub(super) fn prepare(&self) -> Result<Kernel, Failure> {
        let kernel = match self.kernel {
            None => Kernel::detect(),
            Some(name) => Kernel::by_name(name).ok_or_else(|| {
                let message = format!("this machine has no kernel {name}");
                Failure::new(
                    "kernel-missing",
                    message,
                    "leave --kernel out to take the fastest here",
                )
            })?,
        };
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(
                |error| Failure::new("threads", error, "give a number of threads above 0, or none"),
            )?;
        }
        Ok(kernel)
    }
}

pub(super) fn run(args: &LinkArgs) -> Result<String, Failure> {
    linked(&args.submissions, &args.result, &args.linkage, None)
}

/// Links by the unit's own search, or by what an engine found in an export.
pub(super) fn linked(
    submissions: &[PathBuf],
    args: &ResultArgs,
    linkage: &LinkageArgs,
    export: Option<&Path>,
) -> Result<String, Failure> {
    let config = linkage.configured()?;
    let keys = UnitKeys::open(&args.keys, &args.open.passphrases())?;
    let kernel = linkage.prepare()?;
    let observer = Bar::new();
    let request = LinkRequest {
        submissions,
        keys: &keys,
        config: &config,
        one_to_one: &linkage.one_to_one,
        out: &args.out,
        clusters: args.clusters.as_deref(),
        truth: args.truth.as_deref(),
        canaries: args.canaries.as_deref(),
        left_out: linkage.left_out.as_deref(),
        kernel,
    };
    let result = match export {
        None => link::link(&request, &observer),
        Some(export) => link::collect(export, &request, &observer),
    };
    observer.clear();
    let summary =
        result.map_err(|error: LinkError| Failure::new(error.code(), &error, error.help()))?;
    Ok(describe(&summary, args))
}

fn describe(summary: &LinkSummary, args: &ResultArgs) -> String {
    let mut text = format!(
        "sources             {}\nidentities          {}\npersons             {}\n  in several sources {}\n\
         expected precision  {:.3}\nexpected recall     {:.3}\n",
        summary.sources,
        summary.records,
        summary.persons,
        summary.persons_in_several_sources,
        summary.expected_precision,
        summary.expected_recall,
    );
    text.push_str(&format!("result              {}\n", summary.result));
    for warning in &summary.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text.push_str(&format!("wrote {}", args.out.display()));
    text.push_str(&format!("\nread  {}", args.out.join("linkage_report.html").display()));
    if let Some(clusters) = &args.clusters {
        text.push_str(&format!("\nfor the holders of handles only: {}", clusters.display()));
    }
    text
}
