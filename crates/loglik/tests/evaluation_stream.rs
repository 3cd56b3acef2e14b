//! Rows of a stream are judged as rows in memory: exactly where there are few distinct scores, within the error that is
//! told where there are many.

use loglik::data::{Scan, ScanOptions};
use loglik::decide::cost::Costs;
use loglik::decide::recalibrate::Method;
use loglik::decide::threshold::Policy;
use loglik::{
    ClassCosts, Data, EvaluateSpec, Evaluation, Figure, FitSpec, ModelFile, Recalibrate, RowsSpec,
    ThresholdResult, ThresholdSpec, WeightKind, evaluate, fit, threshold,
};
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
        evaluate(spec, model, self.rows(&spec.rows, model, budget))
    }

    fn rows(&self, rows: &RowsSpec, model: Option<&ModelFile>, budget: Option<u64>) -> Data {
        let mut scan = Scan::open(&self.0, ScanOptions::default()).expect("it is there");
        let names = rows.needed_columns(scan.names(), model).expect("columns of the file");
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        match budget {
            None => Data::Table(scan.read(Some(&wanted)).expect("it can be read").table),
            Some(budget) => Data::Stream(scan.stream(Some(&wanted), budget).expect("it can be read")),
        }
    }

    fn decided(&self, spec: &ThresholdSpec, budget: Option<u64>) -> Result<ThresholdResult, loglik::Error> {
        threshold(spec, None, self.rows(&spec.rows, None, budget))
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

/// The same figures up to the rounding of sums that are taken in another order.
fn assert_alike(memory: &[Figure], stream: &[Figure], within: f64) {
    let stream = stream.iter().filter(|b| b.name != "hosmer_lemeshow_p");
    let memory: Vec<&Figure> = memory.iter().filter(|a| a.name != "hosmer_lemeshow_p").collect();
    assert!(!memory.is_empty());
    for (at, b) in stream.enumerate() {
        let a = memory[at];
        let near =
            |a: f64, b: f64| a == b || (a - b).abs() <= within * a.abs().max(1.0) || a.is_nan() && b.is_nan();
        let ends = near(a.conf_low.0, b.conf_low.0) && near(a.conf_high.0, b.conf_high.0);
        assert!(a.name == b.name && near(a.value.0, b.value.0) && ends, "{a:?} {b:?}");
    }
}

#[test]
fn groups_and_a_prevalence_of_a_stream_are_judged_as_in_memory() {
    let file = File::new("groups");
    // Whole numbers are summed exactly; weights of a prevalence are rounded, some 1e-16 in each of 140,000 rows.
    for (prevalence, by, groups, within) in [(None, "w", 3, 1e-12), (Some(0.07), "x", 20, 1e-10)] {
        let mut spec = spec("coarse");
        spec.rows.by = vec![by.into()];
        spec.rows.prevalence = prevalence;
        let memory = file.judged(&spec, None, None).expect("legal");
        let stream = file.judged(&spec, None, Some(1 << 16)).expect("legal");
        assert_alike(&memory.figures, &stream.figures, within);
        assert_eq!((memory.groups.len(), stream.groups.len()), (groups, groups));
        for (a, b) in memory.groups.iter().zip(&stream.groups) {
            assert_eq!((&a.by, &a.level, a.n), (&b.by, &b.level, b.n));
            assert_eq!(b.binned.expect("is told").score_error, 0.0);
            assert_alike(&a.figures, &b.figures, within);
            let (p, q) = (a.auc_difference_p.0, b.auc_difference_p.0);
            assert!((p - q).abs() < 1e-9 || p.is_nan() && q.is_nan(), "{p} {q}");
        }
        assert_eq!(memory.notes.iter().any(|n| n.id == "case_control"), prevalence.is_some());
        assert_eq!(memory.notes, stream.notes);
    }
}

#[test]
fn groups_of_rounded_scores_are_within_the_error_that_each_tells() {
    let file = File::new("wide-groups");
    let mut spec = spec("p");
    (spec.memory, spec.rows.by) = (Some(1), vec!["w".into()]);
    let memory = file.judged(&spec, None, None).expect("legal");
    let stream = file.judged(&spec, None, Some(1 << 16)).expect("legal");
    for (a, b) in memory.groups.iter().zip(&stream.groups) {
        let auc = |figures: &[Figure]| figures.iter().find(|f| f.name == "auc").expect("is a figure").value.0;
        let error = b.binned.expect("is told").auc_error.expect("two classes");
        assert!(error > 0.0 && (auc(&a.figures) - auc(&b.figures)).abs() <= error);
    }
    assert_eq!(stream.groups.len(), 3);
}

fn deciding(score: &str, policy: Policy) -> ThresholdSpec {
    ThresholdSpec {
        rows: RowsSpec { scores: vec![score.into()], outcome: Some("y".into()), ..RowsSpec::default() },
        policy: Some(policy),
        costs: ClassCosts::Equal,
        recalibrate: None,
        level: 0.95,
        replicates: 9,
        seed: 3,
        threads: Some(2),
        memory: None,
        command: None,
    }
}

const COST: Policy =
    Policy::Cost { costs: Costs { miss: 5.0, alarm: 1.0, hit: 0.0, pass: 0.0 }, prevalence: None };

#[test]
fn a_threshold_of_a_stream_whose_scores_have_bins_of_their_own_is_that_of_memory() {
    let file = File::new("threshold");
    for policy in [COST, Policy::Recall(0.9)] {
        let spec = deciding("p", policy);
        let memory = file.decided(&spec, None).expect("two classes").report.expect("a policy");
        let stream = file.decided(&spec, Some(1 << 16)).expect("two classes");
        assert_eq!(stream.binned.expect("is told").score_error, 0.0);
        assert_eq!(stream.report.expect("a policy"), memory);
    }
}

#[test]
fn recalibrated_probabilities_of_a_stream_have_the_map_and_the_threshold_of_memory() {
    let file = File::new("recalibrated");
    let fitted =
        [Method::Platt, Method::Temperature, Method::Beta, Method::Isotonic].map(Recalibrate::Fitted);
    for how in fitted.into_iter().chain([Recalibrate::Prior(0.1)]) {
        let spec = ThresholdSpec { recalibrate: Some(how), replicates: 0, ..deciding("p", COST) };
        let memory = file.decided(&spec, None).expect("two classes");
        let stream = file.decided(&spec, Some(1 << 16)).expect("two classes");
        assert_eq!(stream.binned.expect("is told").score_error, 0.0);
        // Bins are walked in other blocks, so that sums are rounded otherwise.
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs(), "{how:?}: {a} {b}");
        let numbers = |result: &ThresholdResult| -> Vec<f64> {
            let map =
                serde_json::to_value(result.recalibration.as_ref().expect("a map")).expect("plain data");
            let of_map = map.as_object().expect("its numbers").values().filter_map(serde_json::Value::as_f64);
            let best = &result.report.as_ref().expect("a policy").best;
            of_map.chain([result.base_rate.expect("classes"), best.threshold]).collect()
        };
        let (a, b) = (numbers(&memory), numbers(&stream));
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).for_each(|(a, b)| near(*a, b));
        assert_eq!(memory.notes, stream.notes);
    }
}

#[test]
fn the_threshold_of_rounded_scores_cuts_no_bin_and_its_counts_are_exact() {
    let file = File::new("rounded-threshold");
    let mut spec = deciding("p", COST);
    spec.memory = Some(1);
    let memory = file.decided(&spec, None).expect("two classes").report.expect("a policy");
    let stream = file.decided(&spec, Some(1 << 16)).expect("two classes");
    let score = stream.binned.expect("is told").score_error;
    let found = stream.report.expect("a policy");
    // The scores are uniform: a bin holds about its width of the rows, each of which costs at most 5.
    assert!(memory.best.value <= found.best.value && found.best.value <= memory.best.value + 10.0 * score);
    let at = EvaluateSpec {
        rows: spec.rows.clone(),
        threshold: Some(found.best.threshold),
        ..EvaluateSpec::default()
    };
    let counted = file.judged(&at, None, None).expect("legal");
    let loglik::Findings::Binary(binary) = counted.findings else { panic!("two classes") };
    assert_eq!(binary.at_threshold.expect("is given").confusion, found.best.confusion);
    let (low, high) = (found.threshold_low.expect("rows"), found.threshold_high.expect("rows"));
    for (end, exact) in [(low, memory.threshold_low), (high, memory.threshold_high)] {
        assert!((end - exact.expect("rows")).abs() < 0.1, "{end} {exact:?}");
    }
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
    assert_alike(&memory.figures, &stream.figures, 1e-12);
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
    assert_eq!(refused(&|spec| spec.rows.by = vec!["coarse".into()]), "bad_request");
    assert_eq!(refused(&|spec| spec.rows.scores.push("p".into())), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.prevalence = Some(1.1)), "bad_request");
    assert_eq!(refused(&|spec| spec.rows.outcome = Some("x".into())), "memory_limit");
    assert_eq!(refused(&|spec| spec.rows.filter = Some("x > 30".into())), "empty_data");
    assert_eq!(refused(&|spec| spec.rows.event = Some("maybe".into())), "bad_request");
    assert_eq!(refused(&|spec| spec.rows.missing = loglik::Missing::Error), "missing_column");
}
