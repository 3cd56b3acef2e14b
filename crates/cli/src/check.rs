//! `loglik check`: a fit and its diagnosis; with `--strict` a gate.

use crate::args::FitArgs;
use crate::{fit, output};
use loglik::{Diagnosis, Error, Exit, Standing, data, needed_columns};
use loglik_report::{escape_terminal, p_value};

/// Fits, looks, and prints one line a finding.
pub(crate) fn run(args: &FitArgs) -> Result<Exit, Error> {
    if args.output.is_some() || args.memory.is_some() {
        return Err(Error::request(
            "check writes to stdout and holds the rows in memory: no -o, no --memory",
        ));
    }
    let json = output::format(if args.json { "json" } else { &args.format })?.is_none();
    let (formula, path) = fit::asked(args)?;
    let spec = fit::spec(args, &formula)?;
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = needed_columns(&spec, scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let fitted = loglik::fit(&spec, &scan.read(Some(&wanted))?.table)?;
    let found = fitted.check()?;
    if json {
        println!("{:#}", serde_json::json!({"format": "loglik.check/1", "findings": found}));
    } else {
        found.iter().for_each(print);
    }
    let worst = found.iter().map(|d| d.standing).max().unwrap_or(Standing::Pass);
    let exit = fitted.result.status.exit();
    Ok(if args.strict && worst >= Standing::Warn { Exit::Gate } else { exit })
}

fn print(found: &Diagnosis) {
    let mark = match found.standing {
        Standing::Pass => "pass",
        Standing::Info => "info",
        Standing::Warn => "WARN",
        Standing::Fail => "FAIL",
    };
    let p =
        if found.p_value.0.is_nan() { String::new() } else { format!("  p {}", p_value(found.p_value.0)) };
    println!("{mark}  {:<20} {}{p}", found.id, escape_terminal(&found.message));
    if !found.rows.is_empty() {
        let rows: Vec<String> = found.rows.iter().map(u64::to_string).collect();
        println!("      rows {}", rows.join(", "));
    }
    if let Some(remedy) = &found.remedy {
        println!("      mend: {}", escape_terminal(remedy));
    }
}
