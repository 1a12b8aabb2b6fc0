//! The main job on synthetic people, and scoring against truth: the only non-test code that sees
//! both sides.

mod client;
mod clock;
mod interrupt;
mod log_ins;
mod people;
mod populate;
mod release;
mod score;
mod service;
mod tables;
mod tour;
mod unit;

use std::io::Write;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
/// Links synthetic police, court and provider exports, and shows what came out.
///
/// With --serve a populated service goes on until Ctrl-C, with one log-in for each role, to be clicked through in a browser.
#[command(name = "tallystick-demo", version = tallystick_program::VERSION, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    tour: tour::TourArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure found persons against the truth and print one line of JSON.
    Score(score::ScoreArgs),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Score(args)) => {
            let line = serde_json::to_string(&score::run(&args)?)?;
            writeln!(std::io::stdout().lock(), "{line}")?;
        }
        None => tour::run(&cli.tour, &mut std::io::stdout())?,
    }
    Ok(())
}
