//! `loglik-bench growth FILE.svg`: how the time of a fit grows with rows and with columns, as a table and a chart.
//!
//! Made-up logistic data, standard errors included; the slope is that of a straight line through the last points on scales
//! of logarithms.

use loglik::expr::Column;
use loglik::{FitSpec, Table, fit};
use loglik_num::{log, sigmoid};
use loglik_report::{Line, log_log_chart};
use std::fmt::Write;
use std::time::Instant;

/// Fits of which the fastest counts.
const RUNS: usize = 3;

/// Numbers in (0, 1) that look like chance: a linear congruential sequence (Knuth, 1998, 3.3.4).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

/// Seconds of a logistic fit to `rows` made-up rows of `p` columns.
fn seconds(rows: usize, p: usize, threads: usize) -> Result<f64, String> {
    let mut uniform = Uniform(20_261_128);
    let mut eta = vec![-0.5; rows];
    let mut columns = Vec::with_capacity(p + 1);
    for j in 0..p {
        // Sums of three are near enough to normal, with variance 1.
        let x: Vec<f64> =
            (0..rows).map(|_| 2.0 * ((0..3).map(|_| uniform.next()).sum::<f64>() - 1.5)).collect();
        let slope = if j % 2 == 0 { 1.0 } else { -1.0 } / (p as f64).sqrt();
        eta.iter_mut().zip(&x).for_each(|(eta, x)| *eta += slope * x);
        columns.push((format!("x{}", j + 1), Column::Number(x)));
    }
    let y = eta.iter().map(|eta| f64::from(uniform.next() < sigmoid(*eta))).collect();
    columns.push(("y".to_owned(), Column::Number(y)));
    let table = Table::from_columns(columns).map_err(|e| e.to_string())?;
    let mut spec = FitSpec::new("y ~ .", "bernoulli");
    spec.threads = Some(threads);
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let started = Instant::now();
        fit(&spec, &table).map_err(|e| e.to_string())?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// Slope of the least-squares line through the logarithms.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (log(*x), log(*y))).collect();
    let n = logs.len() as f64;
    let (mx, my) = (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let products: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    products / logs.iter().map(|(x, _)| (x - mx) * (x - mx)).sum::<f64>()
}

/// The table; the chart is written to `file`.
pub(crate) fn page(file: &str, threads: usize) -> Result<String, String> {
    let by_rows = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000];
    let by_columns = [5, 10, 20, 40, 80, 160, 320];
    let mut out = String::from("## Growth\n\n");
    out.push_str(
        "Written by `cargo run --release -p loglik-bench -- growth benches/growth.svg`: seconds of a logistic\n",
    );
    let _ = writeln!(out, "fit with standard errors, the fastest of {RUNS}, {threads} threads.\n");
    let mut section = |what: &str, points: &[(f64, f64)], from: f64| {
        let _ = writeln!(out, "| {what} | seconds |\n|--:|--:|");
        points.iter().for_each(|(x, y)| _ = writeln!(out, "| {x} | {y:.4} |"));
        let large: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.0 >= from).collect();
        let _ = writeln!(out, "\nSlope from {from} on: {:.2}.\n", slope(&large));
    };
    let timed = |sizes: &[usize], of: &dyn Fn(usize) -> Result<f64, String>| {
        sizes.iter().map(|size| Ok((*size as f64, of(*size)?))).collect::<Result<Vec<_>, String>>()
    };
    let rows = timed(&by_rows, &|rows| seconds(rows, 10, threads))?;
    section("rows (10 columns)", &rows, 1e5);
    let columns = timed(&by_columns, &|p| seconds(200_000, p, threads))?;
    section("columns (200,000 rows)", &columns, 40.0);
    let lines = [
        Line { name: "10 columns, by rows", points: &rows },
        Line { name: "200,000 rows, by columns", points: &columns },
    ];
    let chart = log_log_chart("rows, or columns", "seconds", &lines);
    std::fs::write(file, chart).map_err(|error| format!("{file}: {error}"))?;
    Ok(out)
}
