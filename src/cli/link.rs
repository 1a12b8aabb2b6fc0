//! `link`.

use tallystick_kernels::Kernel;

use super::bar::Bar;
use super::{Failure, LinkArgs};
use crate::config::Config;
use crate::keys::UnitKeys;
use crate::link::{LinkError, LinkRequest, LinkSummary, link};

pub(super) fn run(args: &LinkArgs) -> Result<String, Failure> {
    let config = Config::load(args.config.as_deref())
        .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let keys = UnitKeys::open(&args.keys, &args.open.passphrases())?;
    let kernel = match args.kernel {
        None => Kernel::detect(),
        Some(name) => Kernel::by_name(name).ok_or_else(|| {
            let message = format!("this machine has no kernel {name}");
            Failure::new("kernel-missing", message, "leave --kernel out to take the fastest here")
        })?,
    };
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(|error| {
            Failure::new("threads", error, "give a number of threads above 0, or none")
        })?;
    }
    let observer = Bar::new();
    let request = LinkRequest {
        submissions: &args.submissions,
        keys: &keys,
        config: &config,
        one_to_one: &args.one_to_one,
        out: &args.out,
        clusters: args.clusters.as_deref(),
        truth: args.truth.as_deref(),
        canaries: args.canaries.as_deref(),
        kernel,
    };
    let result = link(&request, &observer);
    observer.clear();
    let summary =
        result.map_err(|error: LinkError| Failure::new(error.code(), &error, error.help()))?;
    Ok(describe(&summary, args))
}

fn describe(summary: &LinkSummary, args: &LinkArgs) -> String {
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
