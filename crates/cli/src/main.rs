//! The `loglik` command: read the request, call the crate, print. No arithmetic.
//!
//! Results go to stdout, everything else to stderr; exit codes are those of [`loglik::Exit`].

mod args;
mod compare;
mod decision_args;
mod dist;
mod effects;
mod evaluate;
mod families;
mod fit;
mod mle;
mod output;
mod predict;
mod scored;
mod show;
mod test;
mod threshold;

use args::{Cli, Verb};
use clap::Parser;
use std::process::ExitCode;

/// Whether errors are printed as JSON.
fn is_json(args: &args::SharedArgs) -> bool {
    args.json || args.format == "json"
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::from(error.use_stderr()) * 2;
            // Nothing can be done when even the message cannot be printed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let (json, answer) = match &cli.verb {
        Verb::Dist(args) => (args.json || args.format == "json", dist::run(args)),
        Verb::Fit(args) => (is_json(&args.shared), fit::run(args)),
        Verb::Mle(args) => (is_json(&args.shared), mle::run(args)),
        Verb::Predict(args) => (args.json, predict::run(args)),
        Verb::Evaluate(args) => (args.json || args.format == "json", evaluate::run(args)),
        Verb::Threshold(args) => (args.json || args.format == "json", threshold::run(args)),
        Verb::Show(args) => (args.json, show::run(args)),
        Verb::Test(args) => (args.json || args.format == "json", test::run(args)),
        Verb::Compare(args) => (args.json || args.format == "json", compare::run(args)),
        Verb::Effects(args) => (args.json || args.format == "json", effects::run(args)),
        Verb::Families(args) => (args.json, Ok(families::run(args.json))),
    };
    match answer {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            output::error(&error, json);
            ExitCode::from(error.exit as u8)
        }
    }
}
