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

/// Two evaluations of a model with weights: rows that count several times, and the rows so often.
fn weighted_and_repeated(formula: &str, likelihood: &str, y: &[f64]) -> [Evaluation; 2] {
    let w: Vec<f64> = (0..12).map(|i| f64::from(i % 3)).collect();
    let repeat = |v: &[f64]| -> Vec<f64> {
        v.iter().zip(&w).flat_map(|(v, w)| std::iter::repeat_n(*v, *w as usize)).collect()
    };
    let table = numbers(&[("x", &X), ("y", y), ("w", &w)]);
    let model = model(formula, likelihood, &table);
    let rows = RowsSpec {
        weights: Some("w".into()),
        weight_kind: loglik::WeightKind::Frequency,
        ..RowsSpec::default()
    };
    let spec = EvaluateSpec { rows, threads: Some(1), ..EvaluateSpec::default() };
    let weighted = evaluate(&spec, Some(&model), &table).expect("legal");
    let repeated = numbers(&[("x", &repeat(&X)), ("y", &repeat(y))]);
    let spec = EvaluateSpec { threads: Some(1), ..EvaluateSpec::default() };
    [weighted, evaluate(&spec, Some(&model), &repeated).expect("legal")]
}

#[test]
fn weight_two_is_the_row_twice_for_classes_and_amounts_too() {
    let classes: Vec<f64> = (0..12).map(|i| f64::from((i * 7) % 3)).collect();
    let amounts: Vec<f64> = (0..12).map(|i| 1.0 + f64::from((i * 5) % 7)).collect();
    for (likelihood, y) in [("categorical", &classes), ("poisson", &amounts), ("gamma", &amounts)] {
        let [weighted, repeated] = weighted_and_repeated("y ~ x", likelihood, y);
        // The same sums in another order.
        assert_alike(&weighted.figures, &repeated.figures, 1e-12);
    }
}

#[test]
fn one_of_several_classes_is_judged_against_the_rest_and_another_event_of_two_is_refused() {
    let y: Vec<f64> = (0..12).map(|i| f64::from((i * 7) % 3)).collect();
    let table = numbers(&[("x", &X), ("y", &y), ("two", &Y)]);
    let several = model("y ~ x", "categorical", &table);
    let asked = |event: &str| RowsSpec { event: Some(event.into()), ..RowsSpec::default() };
    let spec = EvaluateSpec { rows: asked("2"), ..EvaluateSpec::default() };
    let found = evaluate(&spec, Some(&several), &table).expect("a class of the model");
    let p = several.predict(&table, &PredictSpec::default()).expect("predicts");
    let Some(Column::Number(p)) = p.column("p[2]") else { panic!("{:?}", p.names()) };
    let is_two: Vec<f64> = y.iter().map(|y| f64::from(u8::from(*y == 2.0))).collect();
    assert_alike(&found.figures, &scored(p, &is_two, |_| {}).expect("legal").figures, 1e-12);
    let two = model("two ~ x", "bernoulli", &table);
    let other = EvaluateSpec { rows: asked("0"), ..EvaluateSpec::default() };
    assert_eq!(evaluate(&other, Some(&two), &table).expect_err("it tells that of 1").id, "bad_request");
    assert_eq!(evaluate(&spec, Some(&two), &table).expect_err("no such class").id, "bad_request");
}

#[test]
fn what_a_reader_should_doubt_is_said() {
    let notes = |found: &Evaluation| found.notes.iter().map(|n| n.id.clone()).collect::<Vec<_>>();
    let table = numbers(&[("x", &X), ("y", &Y)]);
    let fitted = model("y ~ x", "bernoulli", &table);
    let own = evaluate(&EvaluateSpec::default(), Some(&fitted), &table).expect("legal");
    assert_eq!(notes(&own), ["in_sample_scores"]);
    let turned: Vec<f64> = X.iter().rev().copied().collect();
    let others = numbers(&[("x", &turned), ("y", &Y)]);
    assert!(notes(&evaluate(&EvaluateSpec::default(), Some(&fitted), &others).expect("legal")).is_empty());
    // A code that was meant to be missing makes amounts of classes.
    let coded = scored(&[0.1, 0.4, 0.8], &[0.0, 1.0, 9.0], |_| {}).expect("numbers");
    assert_eq!(notes(&coded), ["response_recoded"]);
    let raw = scored(&[-1.1, 2.4, 0.3], &[0.0, 1.0, 1.0], |_| {}).expect("areas exist");
    assert_eq!(notes(&raw), ["response_out_of_range"]);
    // Half of the rows share a probability across every border: no test of groups of a tenth.
    let s: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 0.4 } else { f64::from(i) / 50.0 }).collect();
    let y: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 4 == 0 || i > 30))).collect();
    let tied = scored(&s, &y, |_| {}).expect("legal");
    assert!(value(&tied, "hosmer_lemeshow_p").is_nan() && notes(&tied) == ["tied_scores"]);
    let few = scored(&[0.1, f64::NAN, 0.8], &[0.0, 0.0, 1.0], |_| {}).expect("two rows are left");
    assert_eq!(notes(&few)[0], "rows_dropped");
}

#[test]
fn scores_of_classes_are_one_for_each_class() {
    let y = [0.0, 1.0, 2.0, 0.0, 1.0, 2.0];
    let words = words("y", &["a", "b", "c", "a", "b", "c"]);
    let mut columns = vec![words];
    for (name, class) in [("a", 0.0), ("b", 1.0), ("c", 2.0)] {
        let p = y.iter().map(|y| if *y == class { 0.6 } else { 0.2 }).collect();
        columns.push((format!("p_{name}"), Column::Number(p)));
    }
    let table = Table::from_columns(columns).expect("equal lengths");
    let judged = |scores: &[&str]| {
        let scores = scores.iter().map(|s| (*s).to_owned()).collect();
        let rows = RowsSpec { scores, outcome: Some("y".into()), ..RowsSpec::default() };
        evaluate(&EvaluateSpec { rows, ..EvaluateSpec::default() }, None, &table)
    };
    assert_eq!(value(&judged(&["p_a", "p_b", "p_c"]).expect("three for three"), "accuracy"), 1.0);
    let error = judged(&["p_a", "p_b"]).expect_err("two for three");
    assert!(error.id == "bad_request" && error.message.contains("a, b, c"), "{}", error.message);
}

#[test]
fn every_name_stands_once_in_the_json_of_every_kind() {
    let y: Vec<f64> = (0..12).map(|i| f64::from((i * 7) % 3)).collect();
    let table = numbers(&[("x", &X), ("y", &y), ("two", &Y)]);
    let text = y.iter().map(|y| {
        if *y == 0.0 {
            "a"
        } else if *y == 1.0 {
            "b"
        } else {
            "c"
        }
    });
    let by_one = Table::from_columns([
        ("s".to_owned(), Column::Number(X.to_vec())),
        words("y", &text.collect::<Vec<_>>()),
    ])
    .expect("equal lengths");
    let of_model = |formula: &str, likelihood: &str| {
        let fitted = model(formula, likelihood, &table);
        evaluate(&EvaluateSpec::default(), Some(&fitted), &table).expect("legal")
    };
    let rows = RowsSpec { scores: vec!["s".into()], outcome: Some("y".into()), ..RowsSpec::default() };
    let spec = EvaluateSpec { rows, ..EvaluateSpec::default() };
    for found in [
        of_model("two ~ x", "bernoulli"),
        of_model("y ~ x", "categorical"),
        of_model("y ~ x", "poisson"),
        evaluate(&spec, None, &by_one).expect("pairs"),
    ] {
        let text = serde_json::to_string_pretty(&found).expect("plain data");
        // The names of the outermost object are indented by two.
        let of_top =
            text.lines().filter(|line| line.starts_with("  \"")).filter_map(|line| line.split('"').nth(1));
        let mut names: Vec<&str> = of_top.collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
}

#[test]
fn rows_of_one_prediction_have_no_lift() {
    let y: Vec<f64> = (0..12).map(f64::from).collect();
    let table = numbers(&[("x", &X), ("y", &y)]);
    let constant = model("y ~ 1", "poisson", &table);
    let found = evaluate(&EvaluateSpec::default(), Some(&constant), &table).expect("legal");
    // The last rows have the largest outcomes, and no prediction says so.
    assert!((value(&found, "lift_top_decile") - 1.0).abs() < 1e-12 && value(&found, "gini").abs() < 1e-12);
}

#[test]
fn what_only_two_classes_have_is_refused_of_amounts_and_classes() {
    let amounts = [0.3, 1.2, 5.0, 2.2, 0.1, 9.0, 3.0, 4.0, 1.0, 2.0, 6.0, 7.0];
    let lower = |spec: &mut EvaluateSpec| spec.rows.direction = loglik::Direction::Lower;
    let cut = |spec: &mut EvaluateSpec| spec.threshold = Some(0.3);
    // Negated predictions would be judged as predictions.
    for refused in [scored(&X, &amounts, lower), scored(&X, &amounts, cut)] {
        assert_eq!(refused.expect_err("an outcome of amounts").id, "bad_request");
    }
    assert_eq!(value(&scored(&X, &Y, lower).expect("one score of two classes"), "auc"), 8.0 / 36.0);
}
