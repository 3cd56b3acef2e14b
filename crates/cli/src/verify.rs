//! `loglik verify`: what a model file says of data, checked again without a refit.

use crate::args::VerifyArgs;
use loglik::{Check, Error, Exit, ModelFile, data};
use loglik_report::escape_terminal;

/// Prints one line a claim; fails as a gate when one no longer holds.
pub(crate) fn run(args: &VerifyArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let names = model.verified_columns(scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let table = scan.read(Some(&wanted))?.table;
    let answer = model.verify(&table)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&answer).unwrap_or_default());
    } else {
        answer.checks.iter().for_each(|check| println!("{}", line(check)));
        println!("{}", if answer.holds { "everything holds" } else { "something no longer holds" });
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
        format!("  (file {}, data {})", check.claimed.0, check.found.0)
    };
    format!("{mark} {:<10} {}{numbers}", check.id, escape_terminal(&check.message))
}
