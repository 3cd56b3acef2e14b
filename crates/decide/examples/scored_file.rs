//! Areas and calibration of a file of scored rows, timed: `scored_file LABELS SCORES [THREADS]`, both raw f64.
//!
//! What is timed: checks, one sort, AUC with DeLong's variance, precision-recall, a reliability diagram of ten bins.

use loglik_decide::proportion::Band;
use loglik_decide::reliability::Binning;
use loglik_decide::{Ranked, Scored, delong, precision_recall, reliability};
use std::time::Instant;

fn column(path: &str) -> Vec<f64> {
    let bytes = std::fs::read(path).expect("a file of raw f64");
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes"))).collect()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [labels, scores, rest @ ..] = words.as_slice() else {
        eprintln!("scored_file LABELS SCORES [THREADS]");
        return;
    };
    let threads = rest.first().and_then(|t| t.parse().ok()).unwrap_or(1);
    let (y, score) = (column(labels), column(scores));
    let start = Instant::now();
    let data = Scored::new(&y, &score).expect("labels 0 and 1, finite scores");
    let checked = start.elapsed();
    let ranked = Ranked::new(&data, threads).expect("two classes");
    let sorted = start.elapsed();
    let auc = delong::auc(&ranked, 0.95).expect("a level");
    let area = start.elapsed();
    let pr = precision_recall::precision_recall(&ranked, 400);
    let curve = start.elapsed();
    let bins =
        reliability::reliability(&ranked, Binning::EqualWidth(10), Band::default(), 0.95).expect("bins");
    let all = start.elapsed();
    println!(
        "{} rows, {threads} threads: {:.3} s (check {:.3}, sort {:.3}, AUC and DeLong {:.3}, PR {:.3}, reliability {:.3})",
        y.len(),
        all.as_secs_f64(),
        checked.as_secs_f64(),
        (sorted - checked).as_secs_f64(),
        (area - sorted).as_secs_f64(),
        (curve - area).as_secs_f64(),
        (all - curve).as_secs_f64()
    );
    println!(
        "auc {:.12} ({:.6}, {:.6})  average precision {:.12}  ece {:.9}",
        auc.auc, auc.conf_low, auc.conf_high, pr.average_precision, bins.ece
    );
}
