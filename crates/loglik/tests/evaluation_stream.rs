//! Rows of a stream are judged as rows in memory: exactly where there are few distinct scores, within the error that is
//! told where there are many.

use loglik::data::{Scan, ScanOptions};
use loglik::{Data, EvaluateSpec, Evaluation, FitSpec, ModelFile, RowsSpec, WeightKind, evaluate, fit};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Two parts and some more.
const ROWS: usize = 140_000;

struct File(PathBuf);

impl File {
    /// Scores of many and of few values; outcomes in words, all `no` in the first part; a score and a weight missing.
    fn new(name: &str) -> Self {
        let mut text = "p,coarse,y,w,x\n".to_owned();
        let mut state = 99_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for row in 0..ROWS {
            let p = uniform();
            let case = row > 65_600 && uniform() < p;
            let (y, w) = (if case { "yes" } else { "no" }, 1 + row % 3);
            let p = if row == 7 { "NA".to_owned() } else { format!("{p}") };
            let coarse =
                if row == 7 { "0.5".to_owned() } else { format!("{:.3}", p.parse::<f64>().unwrap_or(0.5)) };
            let w = if row == 70_000 { String::new() } else { w.to_string() };
            writeln!(text, "{p},{coarse},{y},{w},{}", row % 20).expect("a string takes all");
        }
        let path = std::env::temp_dir().join(format!("loglik-judged-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        Self(path)
    }

    fn judged(
        &self,
        spec: &EvaluateSpec,
        model: Option<&ModelFile>,
        budget: Option<u64>,
    ) -> Result<Evaluation, loglik::Error> {
        let mut scan = Scan::open(&self.0, ScanOptions::default()).expect("it is there");
        let names = spec.rows.needed_columns(scan.names(), model).expect("columns of the file");
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = match budget {
            None => Data::Table(scan.read(Some(&wanted)).expect("it can be read").table),
            Some(budget) => Data::Stream(scan.stream(Some(&wanted), budget).expect("it can be read")),
        };
        evaluate(spec, model, rows)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn spec(score: &str) -> EvaluateSpec {
    let rows = RowsSpec {
        scores: vec![score.into()],
        outcome: Some("y".into()),
        weights: Some("w".into()),
        weight_kind: WeightKind::Frequency,
        ..RowsSpec::default()
    };
    EvaluateSpec { rows, threshold: Some(0.3), threads: Some(2), ..EvaluateSpec::default() }
}

fn value(found: &Evaluation, name: &str) -> f64 {
    found.figure(name).expect("is a figure").value.0
}

#[test]
fn few_distinct_scores_of_a_stream_are_judged_as_in_memory() {
    let file = File::new("few");
    let mut spec = spec("coarse");
    let memory = file.judged(&spec, None, None).expect("legal");
    let stream = file.judged(&spec, None, Some(1 << 16)).expect("legal");
    assert_eq!((&stream.outcome, &stream.used), (&memory.outcome, &memory.used));
    assert_eq!(stream.used.dropped["w"], 1);
    let binned = stream.binned.expect("a stream says how it was binned");
    assert_eq!((binned.auc_error, binned.score_error, binned.bins), (Some(0.0), 0.0, 1001));
    // Hosmer and Lemeshow's groups deal tied rows out by their order, which a stream does not keep.
    let figures = memory.figures.iter().zip(&stream.figures).filter(|(a, _)| a.name != "hosmer_lemeshow_p");
    for (a, b) in figures {
        let near =
            |a: f64, b: f64| a == b || (a - b).abs() <= 1e-12 * a.abs().max(1.0) || a.is_nan() && b.is_nan();
        let ends = near(a.conf_low.0, b.conf_low.0) && near(a.conf_high.0, b.conf_high.0);
        assert!(a.name == b.name && near(a.value.0, b.value.0) && ends, "{a:?} {b:?}");
    }
    // The same bits on any number of threads; written out, so that absent figures are alike.
    spec.threads = Some(1);
    let alone = file.judged(&spec, None, Some(1 << 16)).expect("legal");
    assert_eq!(format!("{:?}", alone.figures), format!("{:?}", stream.figures));
}

#[test]
fn many_distinct_scores_of_a_stream_are_within_the_error_that_is_told() {
    let file = File::new("many");
    let mut spec = spec("p");
    spec.memory = Some(1);
    let memory = file.judged(&spec, None, None).expect("legal");
    let stream = file.judged(&spec, None, Some(1 << 16)).expect("legal");
    let binned = stream.binned.expect("a stream says how it was binned");
    let (area, score) = (binned.auc_error.expect("two classes"), binned.score_error);
    assert!(binned.bins <= 1024 && area > 0.0 && score > 0.0 && score < 0.01, "{binned:?}");
    assert!((value(&memory, "auc") - value(&stream, "auc")).abs() <= area);
    // d (y - p)^2 = 2 (y - p) d p, at most twice the move of a score, and its square.
    assert!((value(&memory, "brier") - value(&stream, "brier")).abs() <= 2.0 * score + score * score);
    assert!(stream.notes.iter().any(|note| note.id == "binned_scores"));
    for exact in ["flagged", "recall", "specificity", "precision", "mcc"] {
        assert_eq!(value(&memory, exact), value(&stream, exact), "{exact}");
    }
}

#[test]
fn a_model_is_judged_over_a_stream_too() {
    let file = File::new("model");
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let table = scan.read(Some(&["y", "x"])).expect("it can be read").table;
    let fitted = fit(&FitSpec::new("y ~ x", "bernoulli"), &table).expect("fits");
    let model = ModelFile::parse(&fitted.model_file().expect("is written")).expect("is read");
    let spec = EvaluateSpec { threads: Some(2), ..EvaluateSpec::default() };
    let memory = file.judged(&spec, Some(&model), None).expect("legal");
    let stream = file.judged(&spec, Some(&model), Some(1 << 16)).expect("legal");
    assert_eq!(value(&memory, "auc"), value(&stream, "auc"));
    assert_eq!(stream.binned.expect("is told").bins, 20);
}

#[test]
fn what_looks_at_all_rows_at_once_is_refused_over_a_stream() {
    let file = File::new("refused");
    let refused = |change: &dyn Fn(&mut EvaluateSpec)| {
        let mut spec = spec("coarse");
        change(&mut spec);
        file.judged(&spec, None, Some(1 << 16)).expect_err("looks at all rows").id
    };
    assert_eq!(refused(&|spec| spec.rows.by = vec!["x".into()]), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.scores.push("p".into())), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.prevalence = Some(0.1)), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.outcome = Some("x".into())), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.filter = Some("x > 30".into())), "empty_data");
    assert_eq!(refused(&|spec| spec.rows.event = Some("maybe".into())), "bad_request");
    assert_eq!(refused(&|spec| spec.rows.missing = loglik::Missing::Error), "missing_column");
}
