//! `loglik-bench decisions [--rows 10000000] [--runs 3] [--threads 2] --python PROGRAM --data DIR`: area with DeLong's
//! variance, precision-recall and calibration of scored rows, beside scikit-learn on the same columns.
//!
//! Both sides read raw columns in a process of their own, in alternation; reading is not timed. Ours computes more
//! (variance, interval, mean scores with errors), the figures that both have must agree.

use loglik::decide::calibration::scores;
use loglik::decide::delong::auc;
use loglik::decide::precision_recall::precision_recall;
use loglik::decide::proportion::Band;
use loglik::decide::reliability::{Binning, reliability};
use loglik::decide::{Draws, Ranked, Scored, two_walks};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Agreement of figures that both sides sum from so many rows in another order.
const AGREEMENT: f64 = 1e-9;

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) data: &'a Path,
    pub(crate) rows: usize,
    pub(crate) runs: usize,
    pub(crate) threads: usize,
    pub(crate) python: &'a str,
}

/// Times both sides in alternation; one line of Markdown for each.
pub(crate) fn compare(ask: &Ask<'_>) -> Result<String, String> {
    let dir = ask.data.join(format!("scored-{}", ask.rows));
    write(&dir, ask.rows)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/decisions.py");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let threads = ask.threads.to_string();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ask.runs {
        let mut own = Command::new(&program);
        own.arg("decisions-once").arg("--data").arg(&dir).args(["--threads", &threads]);
        ours.push(line(own)?);
        let mut peer = Command::new(ask.python);
        peer.arg(&script).arg(&dir);
        theirs.push(line(peer)?);
    }
    agree(&ours[0], &theirs[0])?;
    let (own, peer) = (median(&ours, "seconds")?, median(&theirs, "seconds")?);
    let columns = (16 * ask.rows) as f64;
    Ok(format!(
        "| {} rows, two columns | loglik s | scikit-learn {} s | ratio | peak memory, in columns |\n|---|--:|--:|--:|--:|\n\
         | AUC, average precision, reliability | {own:.3} | {peer:.3} | {:.1} | {:.2} |\n",
        ask.rows,
        theirs[0]["version"].as_str().unwrap_or_default(),
        peer / own,
        median(&ours, "peak_bytes")? / columns,
    ))
}

/// Uniform scores squared, and cases as often as they say.
fn write(dir: &Path, rows: usize) -> Result<(), String> {
    let text = |error: std::io::Error| format!("{}: {error}", dir.display());
    if dir.join("p.f64").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(dir).map_err(text)?;
    let mut draws = Draws::new(8, 0);
    let (mut y, mut p) = (Vec::with_capacity(8 * rows), Vec::with_capacity(8 * rows));
    for _ in 0..rows {
        let u = draws.uniform();
        p.extend_from_slice(&(u * u).to_le_bytes());
        y.extend_from_slice(&f64::from(u8::from(draws.uniform() < u * u)).to_le_bytes());
    }
    std::fs::write(dir.join("y.f64"), y).map_err(text)?;
    std::fs::write(dir.join("p.f64"), p).map_err(text)
}

/// One run of ours: the line of JSON.
pub(crate) fn once(dir: &Path, threads: usize) -> Result<String, String> {
    let (y, p) =
        (crate::workload::doubles(&dir.join("y.f64"))?, crate::workload::doubles(&dir.join("p.f64"))?);
    let started = Instant::now();
    let data = Scored::new(&y, &p).map_err(|error| error.to_string())?;
    let ranked = Ranked::new(&data, threads).map_err(|error| error.to_string())?;
    // As an evaluation walks.
    let ((precision, means, diagram), area) = two_walks(
        threads,
        || {
            let diagram = reliability(&ranked, Binning::Quantile(10), Band::default(), 0.95);
            (precision_recall(&ranked, 400), scores(&ranked), diagram)
        },
        || auc(&ranked, 0.95),
    );
    let area = area.map_err(|error| error.to_string())?;
    let diagram = diagram.map_err(|error| error.to_string())?;
    let seconds = started.elapsed().as_secs_f64();
    let observed: Vec<f64> = diagram.bins.iter().map(|bin| bin.observed).collect();
    Ok(json!({
        "seconds": seconds,
        "auc": area.auc,
        "std_error": area.std_error,
        "average_precision": precision.average_precision,
        "brier": means.brier,
        "observed": observed,
        "peak_bytes": peak_bytes(),
    })
    .to_string())
}

/// Largest memory that the process ever had in use.
fn peak_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|kb| kb.trim().parse::<f64>().ok()).map_or(f64::NAN, |kb| 1024.0 * kb)
}

fn line(mut command: Command) -> Result<Value, String> {
    let run = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let text = String::from_utf8_lossy(&run.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    let line = line.ok_or_else(|| String::from_utf8_lossy(&run.stderr).into_owned())?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}

fn median(lines: &[Value], key: &str) -> Result<f64, String> {
    let values: Option<Vec<f64>> = lines.iter().map(|line| line[key].as_f64()).collect();
    let mut values = values.ok_or_else(|| format!("a line without `{key}`"))?;
    values.sort_by(f64::total_cmp);
    Ok(values[values.len() / 2])
}

/// Refuses figures that differ.
fn agree(ours: &Value, theirs: &Value) -> Result<(), String> {
    let differ = |a: &Value, b: &Value| {
        a.as_f64().zip(b.as_f64()).is_none_or(|(a, b)| (a - b).abs() > AGREEMENT * b.abs().max(1.0))
    };
    for key in ["auc", "average_precision"] {
        if differ(&ours[key], &theirs[key]) {
            return Err(format!("{key}: {} here, {} there", ours[key], theirs[key]));
        }
    }
    let bins = (ours["observed"].as_array(), theirs["observed"].as_array());
    let (Some(a), Some(b)) = bins else { return Err("no reliability diagram".to_owned()) };
    // Borders of the bins may lie a row apart.
    let apart =
        |(a, b): (&Value, &Value)| a.as_f64().zip(b.as_f64()).is_none_or(|(a, b)| (a - b).abs() > 1e-5);
    if a.len() != b.len() || a.iter().zip(b).any(apart) {
        return Err(format!("reliability: {a:?} here, {b:?} there"));
    }
    Ok(())
}
