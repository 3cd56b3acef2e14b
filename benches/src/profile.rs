//! `loglik-bench profile [--rows N] [--threads N] [--r Rscript]`: the twenty profile intervals of a logistic fit, and R's.
//!
//! Ours are timed from a table in memory to the result, the fit included; R's `confint` (MASS) alone, after its fit. Both
//! see the same rows: columns of normal numbers, drawn by seed. The answer says how far apart the ends lie, too.

use loglik::decide::Draws;
use loglik::expr::Column;
use loglik::{Ci, FitResult, FitSpec, Table, fit};
use loglik_num::{cos, exp, log};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const COLUMNS: usize = 19;

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) rows: usize,
    pub(crate) threads: usize,
    /// The program that runs R scripts, where R is to be timed.
    pub(crate) rscript: Option<&'a str>,
}

pub(crate) fn run(ask: &Ask<'_>) -> Result<String, String> {
    let columns = columns(ask.rows);
    let table = columns.iter().map(|(name, values)| (name.clone(), Column::Number(values.clone())));
    let table = Table::from_columns(table).map_err(|error| error.to_string())?;
    let names: Vec<String> = (1..=COLUMNS).map(|j| format!("x{j}")).collect();
    let mut spec = FitSpec::new(&format!("y ~ {}", names.join(" + ")), "bernoulli");
    spec.threads = Some(ask.threads);
    let mut timed = |ci: Ci| {
        spec.ci = ci;
        let started = Instant::now();
        let result = fit(&spec, &table).map_err(|error| error.to_string())?.result;
        Ok::<_, String>((started.elapsed().as_secs_f64(), result))
    };
    let (plain, _) = timed(Ci::Wald)?;
    let (whole, result) = timed(Ci::Profile)?;
    let mut line = json!({
        "rows": ask.rows, "intervals": COLUMNS + 1, "threads": ask.threads, "version": env!("CARGO_PKG_VERSION"),
        "passes_with_information": result.stop.passes.profile,
        "fit_seconds": plain, "fit_and_profile_seconds": whole,
    });
    if let Some(program) = ask.rscript {
        let peer = of_r(program, &columns)?;
        let seconds = peer["confint_seconds"].as_f64().ok_or("R printed no seconds")?;
        line["ratio"] = (seconds / whole).into();
        line["farthest_end"] = farthest(&result, &peer)?.into();
        line["r"] = peer;
        line["r"]["ends"].take();
    }
    Ok(line.to_string())
}

/// The rows, by seed.
fn columns(rows: usize) -> Vec<(String, Vec<f64>)> {
    let mut draws = Draws::new(4, 0);
    let mut uniform = || draws.uniform() + f64::EPSILON / 4.0;
    let normal = |a: f64, b: f64| (-2.0 * log(a)).sqrt() * cos(std::f64::consts::TAU * b);
    let mut out: Vec<(String, Vec<f64>)> = (1..=COLUMNS)
        .map(|j| (format!("x{j}"), (0..rows).map(|_| normal(uniform(), uniform())).collect()))
        .collect();
    let eta =
        |r: usize| -1.0 + out.iter().enumerate().map(|(j, (_, x))| (j % 3) as f64 * 0.1 * x[r]).sum::<f64>();
    let y = (0..rows).map(|r| f64::from(u8::from(uniform() < 1.0 / (1.0 + exp(-eta(r)))))).collect();
    out.push(("y".to_owned(), y));
    out
}

/// R's seconds and ends, from the same columns as raw doubles.
fn of_r(program: &str, columns: &[(String, Vec<f64>)]) -> Result<Value, String> {
    let path = std::env::temp_dir().join(format!("loglik-bench-profile-{}.bin", std::process::id()));
    let mut script = Command::new(program);
    script.args(["-e", include_str!("profile.R")]).arg(&path).arg(columns.len().to_string());
    let written = raw(&path, columns).and_then(|()| script.output());
    let removed = std::fs::remove_file(&path);
    let run = written.and_then(|run| removed.map(|()| run)).map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(&run.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    line.and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| format!("{program}: {}", String::from_utf8_lossy(&run.stderr)))
}

fn raw(path: &Path, columns: &[(String, Vec<f64>)]) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for value in columns.iter().flat_map(|(_, values)| values) {
        file.write_all(&value.to_le_bytes())?;
    }
    file.flush()
}

/// The greatest distance between two ends, in standard errors.
fn farthest(result: &FitResult, peer: &Value) -> Result<f64, String> {
    let ends: Vec<f64> = peer["ends"].as_array().ok_or("no ends")?.iter().filter_map(Value::as_f64).collect();
    if ends.len() != 2 * result.coefficients.len() {
        return Err(format!("R has {} ends", ends.len()));
    }
    let (low, high) = ends.split_at(result.coefficients.len());
    let lines = result.coefficients.iter().zip(low.iter().zip(high));
    let off = |(c, (low, high)): (&loglik::Coefficient, (&f64, &f64))| {
        (c.conf_low.0 - low).abs().max((c.conf_high.0 - high).abs()) / c.std_error.0
    };
    Ok(lines.map(off).fold(0.0, f64::max))
}
