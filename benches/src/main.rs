//! `loglik-bench WORKLOAD --data DIR [--threads N] [--result FILE]`: one fit of a benchmark workload, timed;
//! `loglik-bench report --data DIR`: the page of all of them; `loglik-bench kernels` and `loglik-bench growth FILE.svg`: what
//! a row costs, and how time grows; `loglik-bench decisions --python PROGRAM --data DIR`: scored rows beside scikit-learn.
//! `loglik-bench texts`: what a likelihood costs as a text; `loglik-bench profile [--r Rscript]`: twenty profile intervals,
//! beside R's.
//!
//! The data are raw columns beside a `meta.json`. Only the fit itself, from a table in memory to the full result with
//! standard errors, is timed; the last line printed is JSON with `fit_seconds` and the file of the coefficients, from
//! which a judge computes the log-likelihood itself.

mod decisions;
mod growth;
mod kernels;
mod profile;
mod report;
mod result;
mod texts;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use workload::Workload;

fn main() -> ExitCode {
    match run() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| words.iter().position(|w| w == name).and_then(|i| words.get(i + 1));
    let name = words.first().ok_or("loglik-bench WORKLOAD --data DIR [--threads N] [--result FILE]")?;
    let data = PathBuf::from(flag("--data").map_or("bench-data", String::as_str));
    let number = |name: &str, default: usize| match flag(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| format!("{name} takes a number")),
    };
    let (threads, runs) = (number("--threads", 2)?, number("--runs", 3)?);
    if name == "report" {
        let peers = flag("--peers").map(PathBuf::from);
        return report::page(&report::Ask { data: &data, runs, threads, peers: peers.as_deref() });
    }
    match name.as_str() {
        "kernels" => return Ok(kernels::page()),
        "growth" => {
            let file = words.get(1).ok_or("loglik-bench growth FILE.svg")?;
            return growth::page(file, threads);
        }
        "decisions" => {
            let python = flag("--python").map_or("python3", String::as_str);
            let rows = number("--rows", 10_000_000)?;
            return decisions::compare(&decisions::Ask { data: &data, rows, runs, threads, python });
        }
        "profile" => {
            let rscript = flag("--r").map(String::as_str);
            return profile::run(&profile::Ask { rows: number("--rows", 100_000)?, threads, rscript });
        }
        "decisions-once" => return decisions::once(&data, threads),
        "texts" => return texts::page(number("--rows", 1_000_000)?, runs),
        _ => {}
    }
    let dir = data.join(workload::folder(name));

    let started = Instant::now();
    let workload = Workload::load(name, &dir)?;
    let load_seconds = started.elapsed().as_secs_f64();

    let mut line = serde_json::json!({"load_seconds": load_seconds, "version": env!("CARGO_PKG_VERSION")});
    let started = Instant::now();
    let result = match workload.dist(threads) {
        Some(spec) => {
            let found = loglik::dist(&spec, &workload.table).map_err(|error| error.to_string())?;
            line["fit_seconds"] = started.elapsed().as_secs_f64().into();
            line["loglik"] = serde_json::json!(found.fits[0].loglik);
            line["status"] = serde_json::json!(found.fits[0].status);
            result::of_dist(&found.fits[0])
        }
        None => {
            let fitted = loglik::fit(&workload.spec(threads), &workload.table).map_err(|e| e.to_string())?;
            line["fit_seconds"] = started.elapsed().as_secs_f64().into();
            let stop = &fitted.result.stop;
            line["iterations"] = stop.iterations.into();
            line["passes"] = (stop.passes.fit + stop.passes.inference).into();
            line["loglik"] = serde_json::json!(fitted.result.loglik);
            line["status"] = serde_json::json!(fitted.result.status);
            result::of(&workload, &fitted.result)
        }
    };

    let default = std::env::temp_dir().join(format!("loglik-bench-{name}.json"));
    let path = flag("--result").map_or(default, PathBuf::from);
    std::fs::write(&path, result.to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
    line["result_file"] = path.display().to_string().into();
    Ok(line.to_string())
}
