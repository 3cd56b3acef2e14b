//! `loglik-bench report --data DIR [--runs N] [--peers RUNS.jsonl]`: BENCHMARKS.md on standard output.
//!
//! Every workload that lies in the folder is run in processes of its own, and the median is told, with the machine and the
//! command. Lines of peers, as the comparison script writes them, stand beside it where they are given.

use crate::workload::{NAMES, folder};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) data: &'a Path,
    pub(crate) runs: usize,
    pub(crate) threads: usize,
    pub(crate) peers: Option<&'a Path>,
}

/// The whole page.
pub(crate) fn page(ask: &Ask<'_>) -> Result<String, String> {
    let peers = match ask.peers {
        Some(path) => lines(path)?,
        None => Vec::new(),
    };
    let mut out = String::from("# Benchmarks\n\n");
    let given = if peers.is_empty() { "" } else { " --peers RUNS.jsonl" };
    out.push_str(&format!("Written by `cargo run --release -p loglik-bench -- report --data DIR{given}`.\n"));
    out.push_str("Seconds of the fit alone, from a table in memory to the result with standard\n");
    out.push_str("errors; the median of the runs. A peer's line says whether it gives standard errors.\n\n");
    out.push_str(&format!(
        "Machine: {}, {} threads used, load {} at the start (0 is quiet). loglik {}. {} runs each.\n\n",
        machine(),
        ask.threads,
        load(),
        env!("CARGO_PKG_VERSION"),
        ask.runs
    ));
    let (head, rule) = match peers.is_empty() {
        true => ("\n", "\n"),
        false => (
            " fastest peer with SE | s | ratio | fastest without | s | ratio |\n",
            "---|--:|--:|---|--:|--:|\n",
        ),
    };
    out.push_str(&format!("| workload | rows | columns | loglik s |{head}|---|--:|--:|--:|{rule}"));
    for name in NAMES.iter().filter(|name| meta(ask, name).exists()) {
        out.push_str(&row(ask, name, &peers)?);
    }
    Ok(out)
}

/// What a workload's folder says of it.
fn meta(ask: &Ask<'_>, name: &str) -> PathBuf {
    ask.data.join(folder(name)).join("meta.json")
}

/// Lines of a file of runs.
fn lines(path: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines().map(|line| serde_json::from_str(line).map_err(|error| error.to_string())).collect()
}

fn row(ask: &Ask<'_>, name: &str, peers: &[Value]) -> Result<String, String> {
    let text = std::fs::read_to_string(meta(ask, name)).map_err(|e| e.to_string())?;
    let meta: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let mut seconds: Vec<f64> = (0..ask.runs).map(|_| once(ask, name)).collect::<Result<_, _>>()?;
    let ours = median(&mut seconds);
    let fastest = |with_errors: bool| {
        let of = peers.iter().filter(|line| line["workload"] == *name && line["peer"].is_string());
        let of = of.filter(|line| line["failed"].is_null() && line["has_se"] == Value::Bool(with_errors));
        let timed = of.filter_map(|line| Some((line["fit_seconds"].as_f64()?, line)));
        timed.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let cells = |found: Option<(f64, &Value)>| match found {
        Some((peer, line)) => {
            let called = line["peer"].as_str().unwrap_or_default().trim_end_matches("_peer");
            let variant = line["variant"].as_str().unwrap_or_default();
            format!("{called} {variant} | {} | {:.1}", shown(peer), peer / ours)
        }
        None => "– | – | –".to_owned(),
    };
    let size = |key: &str| meta[key].to_string();
    let row = format!("| {name} | {} | {} | {} |", size("n"), size("p"), shown(ours));
    if peers.is_empty() {
        return Ok(row + "\n");
    }
    Ok(format!("{row} {} | {} |\n", cells(fastest(true)), cells(fastest(false))))
}

/// One run in a process of its own.
fn once(ask: &Ask<'_>, name: &str) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let threads = ask.threads.to_string();
    let run =
        Command::new(program).arg(name).arg("--data").arg(ask.data).args(["--threads", &threads]).output();
    let run = run.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&run.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    let line: Value = line.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    line["fit_seconds"].as_f64().ok_or_else(|| format!("{name}: {}", String::from_utf8_lossy(&run.stderr)))
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn shown(seconds: f64) -> String {
    if seconds < 0.1 { format!("{seconds:.4}") } else { format!("{seconds:.3}") }
}

/// Processes that wanted to run over the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

/// The processor, as the system calls it.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = model.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{name} with {cores} cores, {}", std::env::consts::OS)
}
