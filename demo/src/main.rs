//! Scoring against truth; the only non-test code that sees both sides.

mod score;

use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "tallystick-demo", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure found persons against the truth and print one line of JSON.
    Score(score::ScoreArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Some(Command::Score(args)) => {
            let line = serde_json::to_string(&score::run(&args)?)?;
            writeln!(std::io::stdout().lock(), "{line}")?;
        }
        None => Cli::command().print_help()?,
    }
    Ok(())
}
