//! The `loglik` command: read the request, call the crate, print. No arithmetic.
//!
//! Results go to stdout, everything else to stderr; exit codes are those of [`loglik::Exit`]. A library, because it is then
//! compiled beside the crates that it calls, where a program waits for the last of them.

mod args;
mod check;
mod checkpoint;
mod compare;
mod decision_args;
mod dist;
mod effects;
mod evaluate;
mod explain;
mod families;
mod fit;
mod interrupt;
mod memory;
mod mle;
mod model_args;
mod output;
mod predict;
mod progress;
mod request_words;
mod scored;
mod show;
mod stdout;
mod test;
mod threshold;
mod verify;

use args::{Cli, Verb};
use clap::{CommandFactory, Parser};
use loglik::{Error, Exit};
use std::process::ExitCode;

/// Carries out the command line of this process; the code that it ends with.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::from(error.use_stderr()) * 2;
            // Nothing can be done when even the message cannot be printed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    interrupt::listen();
    let file = match output::file(cli.verb.result()) {
        Ok(file) => file,
        Err(error) => {
            return failed(&error, cli.verb.result().is_some_and(|result| result.printed.is_json()));
        }
    };
    let (json, answer) = match &cli.verb {
        Verb::Dist(args) => (args.printed.is_json(), dist::run(args)),
        Verb::Fit(args) => (args.shared.printed.is_json(), fit::run(args)),
        Verb::Mle(args) => (args.shared.printed.is_json(), mle::run(args)),
        Verb::Predict(args) => (args.json, predict::run(args)),
        Verb::Evaluate(args) => (args.rows.result.printed.is_json(), evaluate::run(args)),
        Verb::Threshold(args) => (args.rows.result.printed.is_json(), threshold::run(args)),
        Verb::Show(args) => (args.json, show::run(args)),
        Verb::Check(args) => (args.fit.shared.printed.is_json(), check::run(&args.fit)),
        Verb::Test(args) => (args.result.printed.is_json(), test::run(args)),
        Verb::Compare(args) => (args.result.printed.is_json(), compare::run(args)),
        Verb::Effects(args) => (args.result.printed.is_json(), effects::run(args)),
        Verb::Verify(args) => (args.json, verify::run(args)),
        Verb::Explain(args) => (args.json, explain::run(args)),
        Verb::Completions(args) => (false, Ok(completions(args.shell))),
        Verb::Man => (false, manual()),
        Verb::Families(args) => (args.json, Ok(families::run(args.json))),
    };
    let kept = stdout::kept();
    let written = answer.and_then(|exit| {
        file.zip(kept).map_or(Ok(()), |(path, text)| output::write(path, &text))?;
        Ok(exit)
    });
    match written {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => failed(&error, json),
    }
}

/// Says why, and ends with the code of it.
fn failed(error: &Error, json: bool) -> ExitCode {
    output::error(error, json);
    ExitCode::from(error.exit as u8)
}

/// Completions of every verb and flag for a shell, on stdout.
fn completions(shell: clap_complete::Shell) -> Exit {
    clap_complete::generate(shell, &mut Cli::command(), "loglik", &mut stdout::Out);
    Exit::Ok
}

/// The manual page in roff, on stdout.
fn manual() -> Result<Exit, Error> {
    let failed = |error: std::io::Error| Error::new("no_such_file", Exit::Resources, error.to_string());
    clap_mangen::Man::new(Cli::command()).render(&mut stdout::Out).map_err(failed)?;
    Ok(Exit::Ok)
}
