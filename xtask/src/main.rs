//! Runners and checks of the house: conformance, nasty, separation, study, tidy, and all tests of the repository.
//!
//! They know schemas, never a case: any directory of the right shape will do.

mod arguments;
mod conformance;
mod licences;
mod nasty;
mod separation;
mod study;
mod tidy;

use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask test                                     all checks of this repository
cargo xtask tidy                                     the rules of STYLE.md that a machine can hold
cargo xtask conformance DIR [--class C] [--id GLOB] [--quantity Q,..] [--optimizer newton|lbfgs|gradient] [--json OUT]
cargo xtask nasty DIR [--id GLOB] [--json OUT]       through the `loglik` binary beside this one
cargo xtask separation SET.jsonl [--json OUT]
cargo xtask study OUT.md [--draws 2000] [--only STUDY]  simulation studies of tests, intervals and estimates
cargo xtask study OUT.md --only theory [--likelihood L,..]   variance and bias of every likelihood, or of these";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let answer = match words.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        Some(("conformance", rest)) => conformance::run(rest),
        Some(("nasty", rest)) => nasty::run(rest),
        Some(("separation", rest)) => separation::run(rest),
        Some(("study", rest)) => study::run(rest),
        Some(("tidy", _)) => tidy::run(),
        Some(("test", _)) => test(),
        _ => Err(USAGE.to_owned()),
    };
    match answer {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Format, tidy, lints and tests, in that order; the first that fails ends it.
fn test() -> Result<u8, String> {
    if tidy::run()? != 0 {
        return Ok(1);
    }
    let steps: [&[&str]; 3] = [
        &["fmt", "--all", "--check"],
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        &["test", "--workspace"],
    ];
    for step in steps {
        println!("== cargo {}", step.join(" "));
        let status = Command::new("cargo").args(step).status().map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Ok(1);
        }
    }
    Ok(0)
}
