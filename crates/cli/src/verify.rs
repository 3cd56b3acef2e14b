//! `loglik verify`: what a model file says of data, checked again without a refit.

use crate::memory;
use crate::model_args::VerifyArgs;
use crate::stdout::{self, say_line};
use loglik::{Check, Error, Exit, ModelFile, data};
use loglik_report::escape_terminal;

/// Prints one line a claim; fails as a gate when one no longer holds.
pub(crate) fn run(args: &VerifyArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let names = model.verified_columns(scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = model.verify(memory::rows(&mut scan, &wanted, args.memory.as_deref())?.0)?;
    if args.json {
        stdout::json(&answer);
    } else {
        answer.checks.iter().for_each(|check| say_line!("{}", line(check)));
        say_line!("{}", if answer.holds { "everything holds" } else { "something no longer holds" });
    }
    Ok(if answer.holds { Exit::Ok } else { Exit::Gate })
}

fn line(check: &Check) -> String {
    let mark = match check.holds {
        Some(true) => "holds  ",
        Some(false) => "FAILS  ",
        None => "unknown",
    };
    let numbers = if check.claimed.0.is_nan() && check.found.0.is_nan() {
        String::new()
    } else {
        format!("  (file {}, data {})", number(check.claimed.0), number(check.found.0))
    };
    format!("{mark} {:<10} {}{numbers}", check.id, escape_terminal(&check.message))
}

/// Whole numbers as they are, others with the digits that tell them apart.
fn number(value: f64) -> String {
    // Not -0.
    let value = value + 0.0;
    let size = value.abs();
    if value.fract() == 0.0 || (1e-4..1e15).contains(&size) {
        value.to_string()
    } else {
        format!("{value:.2e}")
    }
}
