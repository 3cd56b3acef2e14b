//! Evaluations through the public crate: what a model's own scores, a file's scores and odd rows come to.

use loglik::expr::Column;
use loglik::{
    EvaluateSpec, Evaluation, Figure, FitSpec, ModelFile, Number, PredictSpec, RowsSpec, Table, evaluate, fit,
};

const X: [f64; 12] = [-2.0, -1.5, -1.0, -0.5, -0.2, 0.0, 0.3, 0.5, 1.0, 1.2, 1.5, 2.0];
const Y: [f64; 12] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];

fn numbers(columns: &[(&str, &[f64])]) -> Table {
    let columns = columns.iter().map(|(name, values)| (*name, Column::Number(values.to_vec())));
    Table::from_columns(columns).expect("equal lengths")
}

fn words(name: &str, values: &[&str]) -> (String, Column) {
    let mut levels: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
    levels.sort();
    levels.dedup();
    let codes = values.iter().map(|v| levels.iter().position(|l| l == v).expect("listed") as u32).collect();
    (name.to_owned(), Column::Category { codes, levels: levels.into(), ordered: false })
}

fn model(formula: &str, likelihood: &str, table: &Table) -> ModelFile {
    let fitted = fit(&FitSpec::new(formula, likelihood), table).expect("fits");
    ModelFile::parse(&fitted.model_file().expect("is written")).expect("is read")
}

fn scored(score: &[f64], y: &[f64], change: impl Fn(&mut EvaluateSpec)) -> Result<Evaluation, loglik::Error> {
    let rows = RowsSpec { scores: vec!["s".into()], outcome: Some("y".into()), ..RowsSpec::default() };
    let mut spec = EvaluateSpec { rows, threads: Some(1), ..EvaluateSpec::default() };
    change(&mut spec);
    evaluate(&spec, None, &numbers(&[("s", score), ("y", y)]))
}

fn value(found: &Evaluation, name: &str) -> f64 {
    found.figure(name).expect("is a figure").value.0
}

/// Whether two evaluations have the same figures, absent ones alike; the Hosmer-Lemeshow test depends on the order of
/// tied rows and is left out.
#[track_caller]
fn assert_alike(a: &[Figure], b: &[Figure], within: f64) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b).filter(|(a, _)| a.name != "hosmer_lemeshow_p") {
        let close =
            |x: Number, y: Number| x.0 == y.0 || (x.0 - y.0).abs() <= within || x.0.is_nan() && y.0.is_nan();
        let alike =
            close(a.value, b.value) && close(a.conf_low, b.conf_low) && close(a.conf_high, b.conf_high);
        assert!(a.name == b.name && alike, "{a:?} {b:?}");
    }
}

#[test]
fn a_model_is_judged_as_the_scores_that_it_writes() {
    let table = numbers(&[("x", &X), ("y", &Y)]);
    let model = model("y ~ x", "bernoulli", &table);
    let own = evaluate(&EvaluateSpec::default(), Some(&model), &table).expect("legal");
    let predictions = model.predict(&table, &PredictSpec::default()).expect("predicts");
    let Some(Column::Number(p)) = predictions.column("response") else { panic!("no response") };
    let theirs = scored(p, &Y, |_| {}).expect("legal");
    assert_alike(&own.figures, &theirs.figures, 0.0);
    // A logistic fit with intercept is calibrated on its own rows; the score is zero to rounding.
    assert!((value(&own, "calibration_slope") - 1.0).abs() < 1e-9);
    assert!((value(&own, "mean_predicted") - 0.5).abs() < 1e-12);
}

#[test]
fn counts_of_successes_and_failures_are_judged_as_so_many_rows() {
    let grouped = numbers(&[("x", &[0.0, 1.0, 2.0]), ("good", &[1.0, 2.0, 3.0]), ("bad", &[3.0, 2.0, 1.0])]);
    let counts = model("cbind(good, bad) ~ x", "bernoulli", &grouped);
    let by_counts = evaluate(&EvaluateSpec::default(), Some(&counts), &grouped).expect("legal");
    let x = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0];
    let y = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    let single = numbers(&[("x", &x), ("y", &y)]);
    let by_rows = evaluate(&EvaluateSpec::default(), Some(&model("y ~ x", "bernoulli", &single)), &single)
        .expect("legal");
    // Two fits of the same likelihood, each polished to its last digits.
    assert_alike(&by_counts.figures, &by_rows.figures, 1e-9);
}

#[test]
fn the_later_value_is_the_event_unless_it_is_named_and_unknown_ones_are_refused() {
    let (_, labels) = words("y", &["yes", "no", "yes", "no"]);
    let table = Table::from_columns([
        ("s".to_owned(), Column::Number(vec![0.9, 0.2, 0.6, 0.4])),
        ("y".to_owned(), labels),
    ])
    .expect("equal lengths");
    let mut spec = EvaluateSpec {
        rows: RowsSpec { scores: vec!["s".into()], outcome: Some("y".into()), ..RowsSpec::default() },
        ..EvaluateSpec::default()
    };
    let later = evaluate(&spec, None, &table).expect("legal");
    assert_eq!((later.outcome.event.as_deref(), value(&later, "auc")), (Some("yes"), 1.0));
    spec.rows.event = Some("no".into());
    assert_eq!(value(&evaluate(&spec, None, &table).expect("legal"), "auc"), 0.0);
    spec.rows.event = Some("on".into());
    assert_eq!(
        evaluate(&spec, None, &table).expect_err("no such level").remedy.as_deref(),
        Some("did you mean `no`?")
    );
}

#[test]
fn a_new_value_of_the_response_is_an_error_with_its_row() {
    let train = Table::from_columns([
        ("x".to_owned(), Column::Number(X[..6].to_vec())),
        words("y", &["a", "b", "a", "b", "a", "b"]),
    ])
    .expect("equal lengths");
    let test =
        Table::from_columns([("x".to_owned(), Column::Number(vec![0.1, 0.2])), words("y", &["b", "c"])])
            .expect("equal lengths");
    let model = model("y ~ x", "bernoulli", &train);
    let error = evaluate(&EvaluateSpec::default(), Some(&model), &test).expect_err("c is new");
    assert_eq!((error.id.as_str(), error.row, error.value.as_deref()), ("unseen_level", Some(2), Some("c")));
}

#[test]
fn degenerate_rows_get_a_clear_answer_or_error_each() {
    let notes = |found: &Evaluation| found.notes.iter().map(|n| n.id.clone()).collect::<Vec<_>>();
    let one_class = scored(&[0.2, 0.4], &[1.0, 1.0], |_| {}).expect("mean scores exist");
    assert!(value(&one_class, "auc").is_nan() && notes(&one_class) == ["response_constant"]);
    // (0.8^2 + 0.6^2) / 2
    assert!((value(&one_class, "brier") - 0.5).abs() < 1e-15);
    let equal = scored(&[0.3; 4], &[1.0, 0.0, 0.0, 1.0], |_| {}).expect("an area of one half");
    assert_eq!((value(&equal, "auc"), notes(&equal)), (0.5, vec!["flat_likelihood".to_owned()]));
    let split = scored(&[0.1, 0.2, 0.8, 0.9], &[0.0, 0.0, 1.0, 1.0], |_| {}).expect("perfect");
    assert_eq!((value(&split, "auc"), notes(&split)), (1.0, vec!["separation_complete".to_owned()]));
    let certain = scored(&[0.0, 0.5, 0.4, 1.0], &[1.0, 0.0, 1.0, 1.0], |_| {}).expect("legal");
    assert_eq!((value(&certain, "log_loss"), notes(&certain).len()), (f64::INFINITY, 1));
    let missing = scored(&[0.1, f64::NAN, 0.8], &[0.0, 0.0, 1.0], |_| {}).expect("two rows are left");
    assert_eq!((missing.used.n, missing.used.dropped["s"]), (2, 1));
    let infinite = scored(&[0.1, f64::INFINITY], &[0.0, 1.0], |_| {}).expect_err("no score");
    assert_eq!(
        (infinite.id.as_str(), infinite.row, infinite.column.as_deref()),
        ("non_finite_value", Some(2), Some("s"))
    );
    let nothing = scored(&[f64::NAN], &[1.0], |_| {}).expect_err("no row");
    assert_eq!(nothing.id, "empty_data");
    let weights = |w: &[f64]| {
        let table = numbers(&[("s", &[0.1, 0.9]), ("y", &[0.0, 1.0]), ("w", w)]);
        let rows = RowsSpec {
            scores: vec!["s".into()],
            outcome: Some("y".into()),
            weights: Some("w".into()),
            ..RowsSpec::default()
        };
        evaluate(&EvaluateSpec { rows, ..EvaluateSpec::default() }, None, &table)
    };
    assert_eq!(weights(&[0.0, 0.0]).expect_err("no weight").id, "empty_data");
    assert_eq!(weights(&[-1.0, 1.0]).expect_err("below 0").id, "invalid_weight");
}

#[test]
fn weight_two_is_the_row_twice_in_every_figure() {
    let (s, y, w) = ([0.2, 0.7, 0.6, 0.4], [0.0, 1.0, 0.0, 1.0], [2.0, 1.0, 3.0, 2.0]);
    let table = numbers(&[("s", &s), ("y", &y), ("w", &w)]);
    let rows = RowsSpec {
        scores: vec!["s".into()],
        outcome: Some("y".into()),
        weights: Some("w".into()),
        weight_kind: loglik::WeightKind::Frequency,
        ..RowsSpec::default()
    };
    let weighted = evaluate(&EvaluateSpec { rows, ..EvaluateSpec::default() }, None, &table).expect("legal");
    let repeat = |v: &[f64]| -> Vec<f64> {
        v.iter().zip(&w).flat_map(|(v, w)| std::iter::repeat_n(*v, *w as usize)).collect()
    };
    let repeated = scored(&repeat(&s), &repeat(&y), |_| {}).expect("legal");
    // The same sums in another order.
    assert_alike(&weighted.figures, &repeated.figures, 1e-12);
}

#[test]
fn groups_have_the_figures_of_their_own_rows() {
    let group: Vec<f64> = (0..12).map(|i| f64::from(i % 2)).collect();
    let table = numbers(&[("s", &X), ("y", &Y), ("g", &group)]);
    let rows = RowsSpec {
        scores: vec!["s".into()],
        outcome: Some("y".into()),
        by: vec!["g".into()],
        ..RowsSpec::default()
    };
    let found = evaluate(&EvaluateSpec { rows, ..EvaluateSpec::default() }, None, &table).expect("legal");
    let odd = |v: &[f64]| v.iter().skip(1).step_by(2).copied().collect::<Vec<f64>>();
    let alone = scored(&odd(&X), &odd(&Y), |_| {}).expect("legal");
    assert_eq!(found.groups[1].level, "1");
    assert_alike(&found.groups[1].figures, &alone.figures, 0.0);
    assert!(found.groups[1].auc_difference_p.0 > 0.0 && found.groups[0].auc_difference_p.0.is_nan());
}
