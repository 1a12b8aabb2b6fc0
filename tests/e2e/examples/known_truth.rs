//! Bias and coverage of the main rate ratio over studies of synthetic people that went the whole way: exports, encoder, linkage,
//! study, evaluation. docs/evaluation.md has its table.
//!
//! `cargo run --release -p tallystick-e2e --example known_truth -- --errors clean --studies 500 --results clean.csv`
//!
//! Goes on where the results file ends. Several may run side by side, each with seeds and a file of its own; `--results` may then be
//! repeated, without `--studies`, for the table of all.

#![expect(clippy::print_stdout, reason = "an example")]

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;
use tallystick_e2e::known_truth::{
    ArmRates, PERSONS, Ratio, Replication, Setting, WITHOUT_NUMBERS, replicate, tally, true_ratio,
};
use tallystick_synth::Profile as Errors;

#[derive(Debug, Parser)]
struct Arguments {
    /// Quality of identifiers: clean, or very-dirty with clients' better than the others'.
    #[arg(long, value_parser = ["clean", "very-dirty"], default_value = "clean")]
    errors: String,
    /// Only names, dates of birth and sex are sent.
    #[arg(long)]
    without_numbers: bool,
    /// Studies to make.
    #[arg(long, default_value_t = 0)]
    studies: u64,
    /// Seed of the first; each further study has the next.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// A line for each study.
    #[arg(long, required = true)]
    results: Vec<PathBuf>,
}

const HEADER: &str = "seed,perfect,perfect_lower,perfect_upper,linked,linked_lower,linked_upper,\
    corrected,corrected_lower,corrected_upper,lead_missed,lead_missed_error,lead_wrong,lead_wrong_error,\
    pool_missed,pool_missed_error,pool_wrong,pool_wrong_error";

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let setting = |seed| Setting {
        seed,
        errors: if arguments.errors == "clean" { Errors::Clean } else { Errors::VeryDirty },
        differential: arguments.errors != "clean",
        persons: PERSONS,
        without: if arguments.without_numbers { WITHOUT_NUMBERS } else { &[] },
    };
    let file = &arguments.results[0];
    let done = if file.exists() { read(file)?.len() as u64 } else { 0 };
    if arguments.studies > done {
        let mut out = OpenOptions::new().create(true).append(true).open(file)?;
        if out.metadata()?.len() == 0 {
            writeln!(out, "{HEADER}")?;
        }
        for number in done..arguments.studies {
            let found = replicate(&setting(arguments.first_seed + number))
                .with_context(|| format!("seed {}", arguments.first_seed + number))?;
            writeln!(out, "{}", line(&found))?;
        }
    }
    let all =
        arguments.results.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let all: Vec<Replication> = all.into_iter().flatten().collect();
    anyhow::ensure!(all.len() > 1, "two studies are the least that tell anything");
    print(&all);
    Ok(())
}

fn line(found: &Replication) -> String {
    let mut cells = vec![found.seed.to_string()];
    for ratio in [found.perfect, found.linked, found.corrected] {
        cells.extend([ratio.estimate, ratio.lower, ratio.upper].map(|it| format!("{it:.6}")));
    }
    for rates in found.rates {
        cells.extend([rates.missed, rates.wrong].concat().iter().map(|it| format!("{it:.6}")));
    }
    cells.join(",")
}

fn read(path: &Path) -> anyhow::Result<Vec<Replication>> {
    let mut reader = csv::Reader::from_reader(File::open(path)?);
    let mut found = Vec::new();
    for row in reader.records() {
        let row = row?;
        let cells = row.iter().skip(1).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        anyhow::ensure!(cells.len() == 17, "a line of the results has other columns");
        let ratio =
            |at: usize| Ratio { estimate: cells[at], lower: cells[at + 1], upper: cells[at + 2] };
        let rates = |at: usize| ArmRates {
            missed: [cells[at], cells[at + 1]],
            wrong: [cells[at + 2], cells[at + 3]],
        };
        found.push(Replication {
            seed: row[0].parse()?,
            perfect: ratio(0),
            linked: ratio(3),
            corrected: ratio(6),
            rates: [rates(9), rates(13)],
        });
    }
    Ok(found)
}

fn print(all: &[Replication]) {
    let percent = |share: f64| share * 100.0;
    println!("{} studies, true ratio {:.1}", all.len(), true_ratio());
    println!("| estimate | bias of the logarithm | its error | coverage | findings |");
    println!("|---|---|---|---|---|");
    let of = |it: &Replication| [it.perfect, it.linked, it.corrected];
    for (kind, name) in ["with perfect links", "as linked", "corrected"].iter().enumerate() {
        let ratios: Vec<Ratio> = all.iter().map(|it| of(it)[kind]).collect();
        let found = tally(&ratios, true_ratio());
        println!(
            "| {name} | {:+.4} | {:.4} | {:.1} % | {:.1} % |",
            found.bias,
            found.bias_error,
            percent(found.coverage),
            percent(found.findings)
        );
    }
    for (kind, name) in [(1, "as linked"), (2, "corrected")] {
        let less = |it: &Replication| {
            let ratio = of(it)[kind];
            Ratio { estimate: ratio.estimate / it.perfect.estimate, ..ratio }
        };
        let found = tally(&all.iter().map(less).collect::<Vec<_>>(), 1.0);
        println!(
            "{name} against perfect links of the same study: {:+.4}, error {:.4}",
            found.bias, found.bias_error
        );
    }
    for (arm, name) in ["clients", "pool"].iter().enumerate() {
        let mean = |of: &dyn Fn(&ArmRates) -> f64| {
            percent(all.iter().map(|it| of(&it.rates[arm])).sum::<f64>() / all.len() as f64)
        };
        println!(
            "{name}: {:.2} % missed, {:.2} % of others, on average",
            mean(&|rates| rates.missed[0]),
            mean(&|rates| rates.wrong[0])
        );
    }
}
