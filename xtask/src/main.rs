//! Runners and checks of the house: conformance, nasty, separation, tidy.
//!
//! They know schemas, never a case: any directory of the right shape will do.

mod arguments;
mod conformance;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask conformance DIR [--class C] [--id GLOB] [--quantity Q,..] [--json OUT]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let answer = match words.split_first() {
        Some((verb, rest)) if verb == "conformance" => conformance::run(rest),
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
