//! Thresholds, recalibration and refits through the public crate, and the model file that remembers them.

use loglik::decide::cost::Costs;
use loglik::decide::recalibrate::{Method, Recalibration};
use loglik::decide::threshold::Policy;
use loglik::expr::Column;
use loglik::{
    ClassCosts, EvaluateSpec, Findings, FitSpec, Folds, ModelFile, PredictSpec, Recalibrate, RowsSpec, Table,
    ThresholdSpec, evaluate, fit, threshold,
};

/// A small generator, so that the tests need nothing: Knuth's MMIX line of numbers, high bits.
struct Line(u64);

impl Line {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// `n` rows of three columns and a response that the first two decide up to noise; classes 0 to `classes - 1`.
fn rows(n: usize, classes: u8, seed: u64) -> Table {
    let mut line = Line(seed);
    let mut columns = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..n {
        let x = [0, 1, 2].map(|_| 4.0 * line.uniform() - 2.0);
        let noise = 3.0 * (line.uniform() + line.uniform() + line.uniform() - 1.5);
        let latent = x[0] + x[1] - 1.0 + noise;
        let class = (0..classes - 1).filter(|c| latent > 2.0 * f64::from(*c)).count();
        columns[3].push(class as f64);
        (0..3).for_each(|j| columns[j].push(x[j]));
    }
    let names = ["x1", "x2", "x3", "y"];
    let columns = names.into_iter().zip(columns).map(|(name, values)| (name, Column::Number(values)));
    Table::from_columns(columns).expect("equal lengths")
}

fn model(formula: &str, likelihood: &str, table: &Table) -> ModelFile {
    let fitted = fit(&FitSpec::new(formula, likelihood), table).expect("fits");
    read_again(&ModelFile::parse(&fitted.model_file().expect("is written")).expect("is read"))
}

fn read_again(model: &ModelFile) -> ModelFile {
    ModelFile::parse(&model.text().expect("is written")).expect("is read")
}

fn asked(policy: Option<Policy>) -> ThresholdSpec {
    ThresholdSpec {
        rows: RowsSpec::default(),
        policy,
        costs: ClassCosts::Equal,
        recalibrate: None,
        level: 0.95,
        replicates: 99,
        seed: 3,
        threads: Some(1),
        memory: None,
        command: None,
    }
}

fn labels(model: &ModelFile, table: &Table) -> Vec<String> {
    let found = model.predict(table, &PredictSpec::default()).expect("predicts");
    let Some(Column::Category { codes, levels, .. }) = found.column("label") else { panic!("no labels") };
    codes.iter().map(|code| levels[*code as usize].clone()).collect()
}

/// Predictions of one column.
fn predicted(model: &ModelFile, table: &Table, name: &str) -> Vec<f64> {
    let found = model.predict(table, &PredictSpec::default()).expect("predicts");
    let Some(Column::Number(values)) = found.column(name) else { panic!("no numbers `{name}`") };
    values.clone()
}

#[test]
fn a_saved_threshold_decides_the_labels_of_predict_and_the_figures_of_evaluate() {
    let table = rows(300, 2, 1);
    let plain = model("y ~ x1 + x2", "bernoulli", &table);
    let policy = Policy::Cost { costs: Costs::new(5.0, 1.0), prevalence: None };
    let found = threshold(&asked(Some(policy)), Some(&plain), &table).expect("two classes");
    let saved = read_again(&plain.clone().with_decision(Some(found.decision.clone())));
    let report = found.report.expect("a policy was asked");
    assert_eq!(report.theory, Some(1.0 / 6.0));
    let flagged = |model: &ModelFile| labels(model, &table).iter().filter(|l| *l == "1").count() as f64;
    let counts = report.best.confusion;
    assert_eq!(flagged(&saved), counts.tp + counts.fp);
    assert!(flagged(&plain) < flagged(&saved));
    let Findings::Binary(judged) =
        evaluate(&EvaluateSpec::default(), Some(&saved), &table).expect("legal").findings
    else {
        panic!("two classes")
    };
    let at = judged.at_threshold.expect("a threshold");
    assert_eq!((at.source, at.confusion), ("saved", counts));
}

#[test]
fn two_classes_of_a_softmax_or_ordinal_model_obey_the_saved_threshold_too() {
    let table = rows(200, 2, 5);
    let policy = Policy::Cost { costs: Costs::new(4.0, 1.0), prevalence: None };
    for likelihood in ["categorical", "ordinal"] {
        let plain = model("y ~ x1 + x2", likelihood, &table);
        let mut spec = asked(Some(policy));
        spec.recalibrate = Some(Recalibrate::Fitted(Method::Beta));
        let found = threshold(&spec, Some(&plain), &table).expect("two classes");
        let saved = plain.with_recalibration(found.recalibration.clone());
        let saved = read_again(&saved.with_decision(Some(found.decision.clone())));
        let counts = found.report.expect("a policy was asked").best.confusion;
        let flagged = labels(&saved, &table).iter().filter(|l| *l == "1").count() as f64;
        assert_eq!(flagged, counts.tp + counts.fp, "{likelihood}");
    }
}

#[test]
fn scores_out_of_fold_are_those_of_refits_by_hand_and_do_not_flatter() {
    let table = rows(60, 2, 7);
    let full = model("y ~ x1 * x2 * x3", "bernoulli", &table);
    let folds = Folds { count: 60, seed: 5 };
    let rows = RowsSpec { folds: Some(folds), ..RowsSpec::default() };
    let spec = EvaluateSpec { rows, ..EvaluateSpec::default() };
    let found = evaluate(&spec, Some(&full), &table).expect("legal");
    // As many folds as rows: each score is that of the fit without its row, whatever the deal.
    let mut loss = 0.0;
    for row in 0..60 {
        let without: Vec<bool> = (0..60).map(|r| r != row).collect();
        let only: Vec<bool> = (0..60).map(|r| r == row).collect();
        let refit = model("y ~ x1 * x2 * x3", "bernoulli", &table.filter(&without));
        let one = table.filter(&only);
        let p = predicted(&refit, &one, "response")[0];
        let Some(Column::Number(y)) = one.column("y") else { panic!("numbers") };
        loss += (y[0] - p) * (y[0] - p) / 60.0;
    }
    let brier = found.figure("brier").expect("probabilities").value.0;
    // Sixty refits of the same rows: rounding of the mean.
    assert!((brier - loss).abs() < 1e-12, "{brier} {loss}");
    for o in &found.optimism {
        assert!(o.optimism.0 > 0.0 && o.conf_low.0 < o.optimism.0, "{o:?}");
    }
    assert_eq!(found.optimism.len(), 3);
}

#[test]
fn rows_of_one_cluster_are_held_out_together() {
    // Every row stands twice: rows dealt apart would let each be predicted from its copy.
    let once = rows(40, 2, 11);
    let twice = |name: &str| {
        let Some(Column::Number(values)) = once.column(name) else { panic!("numbers") };
        Column::Number(values.iter().chain(values).copied().collect())
    };
    let id = Column::Number((0..80).map(|row| f64::from(row % 40)).collect());
    let columns = ["x1", "x2", "x3", "y"].map(|name| (name, twice(name)));
    let table = Table::from_columns(columns.into_iter().chain([("id", id)])).expect("equal lengths");
    let spec = FitSpec { cluster: vec!["id".into()], ..FitSpec::new("y ~ x1 * x2 * x3", "bernoulli") };
    let text = fit(&spec, &table).expect("fits").model_file().expect("is written");
    let clustered = ModelFile::parse(&text).expect("is read");
    let judged = |model: &ModelFile, table: &Table| {
        let rows = RowsSpec { folds: Some(Folds { count: 40, seed: 2 }), ..RowsSpec::default() };
        let spec = EvaluateSpec { rows, ..EvaluateSpec::default() };
        evaluate(&spec, Some(model), table).expect("legal").figure("brier").expect("probabilities").value.0
    };
    let alone = judged(&model("y ~ x1 * x2 * x3", "bernoulli", &once), &once);
    let together = judged(&clustered, &table);
    // Leaving out a cluster of two equal rows is leaving out the one row: the same maxima, polished.
    assert!((alone - together).abs() < 1e-9, "{alone} {together}");
}

#[test]
fn a_saved_recalibration_makes_predictions_calibrated_on_its_rows() {
    let (train, new) = (rows(40, 2, 21), rows(400, 2, 22));
    let plain = model("y ~ x1 * x2 * x3", "bernoulli", &train);
    let mut spec = asked(None);
    spec.recalibrate = Some(Recalibrate::Fitted(Method::Platt));
    let found = threshold(&spec, Some(&plain), &new).expect("overlap");
    assert!(matches!(found.recalibration, Some(Recalibration::Platt { slope, .. }) if slope < 1.0));
    let saved = read_again(&plain.clone().with_recalibration(found.recalibration));
    let figure = |model: &ModelFile, name: &str| {
        evaluate(&EvaluateSpec::default(), Some(model), &new)
            .expect("legal")
            .figure(name)
            .expect("is one")
            .value
            .0
    };
    // The score of the map is zero at its maximum.
    assert!((figure(&saved, "calibration_slope") - 1.0).abs() < 1e-9);
    assert!(figure(&saved, "log_loss") < figure(&plain, "log_loss"));
    // A rising map leaves the order of rows alone.
    assert_eq!(figure(&saved, "auc"), figure(&plain, "auc"));
    spec.recalibrate = Some(Recalibrate::Prior(0.05));
    let shifted = threshold(&spec, Some(&plain), &new).expect("rates");
    let Some(Recalibration::Prior { from, to: 0.05 }) = shifted.recalibration else { panic!("a shift") };
    let saved = plain.clone().with_recalibration(shifted.recalibration);
    let first: Vec<bool> = (0..400).map(|row| row == 0).collect();
    let first = new.filter(&first);
    let odds = |p: f64| p / (1.0 - p);
    let ratio =
        odds(predicted(&saved, &first, "response")[0]) / odds(predicted(&plain, &first, "response")[0]);
    let wanted = odds(0.05) / odds(from);
    assert!((ratio / wanted - 1.0).abs() < 1e-12, "{ratio} {wanted}");
}

#[test]
fn costs_of_classes_decide_by_least_expected_cost_and_are_saved() {
    let table = rows(300, 3, 31);
    for likelihood in ["categorical", "ordinal"] {
        let plain = model("y ~ x1 + x2", likelihood, &table);
        let mut spec = asked(None);
        spec.rows.folds = Some(Folds { count: 5, seed: 1 });
        spec.costs = ClassCosts::Named(vec![("2".into(), "*".into(), 9.0)]);
        let found = threshold(&spec, Some(&plain), &table).expect("three classes");
        let rules = &found.classes.as_ref().expect("three classes").rules;
        let of = |name: &str| rules.iter().find(|r| r.name == name).expect("is listed");
        let (bayes, plainly) = (of("least_expected_cost"), of("most_probable"));
        assert!(bayes.cost_per_row < plainly.cost_per_row && bayes.accuracy < plainly.accuracy);
        let saved = read_again(&plain.clone().with_decision(Some(found.decision)));
        let judged = |model: &ModelFile| {
            let found = evaluate(&EvaluateSpec::default(), Some(model), &table).expect("legal");
            let Findings::Classes(classes) = found.findings else { panic!("three classes") };
            classes
        };
        let missed = |model: &ModelFile| judged(model).confusion.weight[2][..2].iter().sum::<f64>();
        assert!(missed(&saved) < missed(&plain), "{likelihood}");
        assert_eq!(judged(&plain).ordinal.is_some(), likelihood == "ordinal");
        let refused = ClassCosts::Named(vec![("3".into(), "*".into(), 9.0)]);
        let error = threshold(&ThresholdSpec { costs: refused, ..spec }, Some(&plain), &table);
        assert_eq!(error.expect_err("no class 3").value.as_deref(), Some("3"));
    }
}

#[test]
fn an_amount_is_judged_by_bias_deviance_and_coverage() {
    let table = rows(200, 4, 41);
    let judged = |likelihood: &str| {
        let model = model("y ~ x1 + x2", likelihood, &table);
        let result = model.fit.clone();
        let found = evaluate(&EvaluateSpec::default(), Some(&model), &table).expect("legal");
        let Findings::Regression(r) = found.findings else { panic!("an amount") };
        (r, result)
    };
    let (r, fit) = judged("poisson");
    // In the rows of the fit: the canonical link keeps the mean, and the shares are those of the fit itself.
    assert!(r.bias.abs() < 1e-9 && (r.observed_over_predicted.0 - 1.0).abs() < 1e-9);
    assert!((r.deviance_explained.0 - (1.0 - fit.deviance.0 / fit.null_deviance.0)).abs() < 1e-9);
    assert!((r.loglik_per_row.0 * 200.0 - fit.loglik.0).abs() < 1e-9);
    assert!(r.coverage.iter().all(|c| c.expected >= c.level));
    let (r, fit) = judged("gaussian");
    assert!((r.r_squared.0 - (1.0 - fit.deviance.0 / fit.null_deviance.0)).abs() < 1e-9);
    let share: Vec<f64> = r.coverage.iter().map(|c| c.observed.estimate.expect("rows")).collect();
    assert!(share.windows(2).all(|w| w[0] <= w[1]) && r.coverage.iter().all(|c| c.expected == c.level));
    assert_eq!(r.deciles.iter().map(|d| d.n).sum::<f64>(), 200.0);
}

#[test]
fn the_boundary_of_a_linear_model_is_where_its_probability_is_the_threshold() {
    let table = rows(200, 2, 51);
    let model = model("y ~ x1 + x2", "bernoulli", &table);
    let [line] = &model.boundaries().expect("linear")[..] else { panic!("one boundary") };
    let cut = line.axes[0].cut.0;
    let on = [("x1", cut), ("x2", 0.0)].map(|(name, v)| (name, Column::Number(vec![v])));
    let on = Table::from_columns(on).expect("equal lengths");
    let p = predicted(&model, &on, "response")[0];
    assert!((p - 0.5).abs() < 1e-12);
    assert!(model.distances(&on).expect("known columns")[0][0].abs() < 1e-12);
    let unit: f64 = line.axes.iter().map(|a| a.normal.0 * a.normal.0).sum();
    assert!((unit - 1.0).abs() < 1e-12);
    // One step along the unit normal is one unit of distance.
    let step = [("x1", cut + line.axes[0].normal.0), ("x2", line.axes[1].normal.0)];
    let step =
        Table::from_columns(step.map(|(name, v)| (name, Column::Number(vec![v])))).expect("equal lengths");
    assert!((model.distances(&step).expect("known columns")[0][0] - 1.0).abs() < 1e-12);
}

/// Rows with a category of which two levels are rare: `b` in two rows, `only` in one.
fn with_rare_levels() -> Table {
    let plain = rows(60, 2, 5);
    let column = |name: &str| plain.column(name).expect("is there").clone();
    let codes: Vec<u32> = (0..60)
        .map(|row| [(7, 1), (41, 1), (30, 2)].iter().find(|(at, _)| *at == row).map_or(0, |(_, c)| *c))
        .collect();
    let g = Column::Category { codes, levels: ["a", "b", "only"].map(str::to_owned).into(), ordered: false };
    Table::from_columns([("x1", column("x1")), ("y", column("y")), ("g", g)]).expect("equal lengths")
}

#[test]
fn a_rare_level_is_in_every_refit_and_one_row_alone_names_the_rows_to_leave_out() {
    let table = with_rare_levels();
    let spec = |filter: Option<&str>, seed: u64| EvaluateSpec {
        rows: RowsSpec {
            folds: Some(Folds { count: 5, seed }),
            filter: filter.map(str::to_owned),
            ..RowsSpec::default()
        },
        threads: Some(1),
        ..EvaluateSpec::default()
    };
    let fitted = model("y ~ x1 + g", "bernoulli", &table);
    let error = evaluate(&spec(None, 1), Some(&fitted), &table).expect_err("no other row is like it");
    assert_eq!((error.id.as_str(), error.value.as_deref()), ("unseen_level", Some("only")));
    let remedy = error.remedy.expect("says how to go on");
    let filter = remedy.split('"').nth(1).expect("the remedy names the rows");
    // The remedy is one that runs, whatever the deal.
    for seed in 1..=12 {
        let found = evaluate(&spec(Some(filter), seed), Some(&fitted), &table).expect("the remedy runs");
        assert_eq!(found.used.n, 59);
    }
}

#[test]
fn a_case_control_sample_is_judged_at_the_prevalence_where_it_is_used() {
    // Controls stand twice against cases: at their own share of cases the figures are those of the weights.
    let table = rows(400, 2, 9);
    let fitted = model("y ~ x1 + x2", "bernoulli", &table);
    let at = |prevalence: Option<f64>, weights: Option<&str>, table: &Table| {
        let rows = RowsSpec {
            prevalence,
            weights: weights.map(str::to_owned),
            weight_kind: loglik::WeightKind::Sampling,
            ..RowsSpec::default()
        };
        let spec = EvaluateSpec { rows, threshold: Some(0.3), threads: Some(1), ..EvaluateSpec::default() };
        evaluate(&spec, Some(&fitted), table).expect("evaluates")
    };
    let value = |found: &loglik::Evaluation, name: &str| found.figure(name).expect("is known").value.0;
    let plain = at(None, None, &table);
    let rare = at(Some(0.02), None, &table);
    assert!((value(&rare, "base_rate") - 0.02).abs() < 1e-14);
    for same in ["auc", "recall", "specificity"] {
        assert!((value(&plain, same) - value(&rare, same)).abs() < 1e-12, "{same}");
    }
    // Bayes: P(case | flagged) from recall and specificity at the new share.
    let (recall, specificity) = (value(&plain, "recall"), value(&plain, "specificity"));
    let bayes = 0.02 * recall / (0.02 * recall + 0.98 * (1.0 - specificity));
    assert!((value(&rare, "precision") - bayes).abs() < 1e-12);
    let Some(Column::Number(y)) = table.column("y") else { panic!("numbers") };
    let cases = y.iter().sum::<f64>() / y.len() as f64;
    let w: Vec<f64> = y.iter().map(|y| if *y == 1.0 { 0.02 / cases } else { 0.98 / (1.0 - cases) }).collect();
    let mut columns: Vec<(String, Column)> =
        table.names().iter().map(|n| (n.clone(), table.column(n).expect("is there").clone())).collect();
    columns.push(("w".to_owned(), Column::Number(w)));
    let weighted = at(None, Some("w"), &Table::from_columns(columns).expect("equal lengths"));
    for name in ["auc", "precision", "brier", "log_loss"] {
        assert!((value(&weighted, name) - value(&rare, name)).abs() < 1e-12, "{name}");
    }
}

/// Scores of a file under a policy.
fn of_scores(s: &[f64], y: &[f64], spec: &ThresholdSpec) -> Result<loglik::ThresholdResult, loglik::Error> {
    let rows = RowsSpec { scores: vec!["s".into()], outcome: Some("y".into()), ..RowsSpec::default() };
    let columns = [("s", Column::Number(s.to_vec())), ("y", Column::Number(y.to_vec()))];
    let table = Table::from_columns(columns).expect("equal lengths");
    threshold(&ThresholdSpec { rows, ..spec.clone() }, None, &table)
}

#[test]
fn degenerate_rows_get_a_clear_answer_or_error_under_every_policy_and_map() {
    let cost = Policy::Cost { costs: Costs::new(5.0, 1.0), prevalence: None };
    let shares = [Policy::Recall(0.9), Policy::Precision(0.4), Policy::Capacity(0.3)];
    let policies = [cost, Policy::FBeta(2.0), Policy::Youden].into_iter().chain(shares);
    let methods = [Method::Platt, Method::Beta, Method::Isotonic, Method::Temperature];
    let maps = methods.map(Recalibrate::Fitted).into_iter().chain([Recalibrate::Prior(0.1)]);
    let asked: Vec<ThresholdSpec> = policies
        .map(|policy| asked(Some(policy)))
        .chain(maps.map(|map| ThresholdSpec { recalibrate: Some(map), ..asked(None) }))
        .collect();
    for spec in &asked {
        let refused = |s: &[f64], y: &[f64]| of_scores(s, y, spec).expect_err("cannot be").id;
        assert_eq!(refused(&[0.1, 0.4], &[0.0, 0.0]), "response_constant", "{spec:?}");
        assert_eq!(refused(&[0.1, 0.4], &[1.0, 1.0]), "response_constant", "{spec:?}");
        assert_eq!(refused(&[0.1, f64::INFINITY], &[0.0, 1.0]), "non_finite_value", "{spec:?}");
        assert_eq!(refused(&[f64::NAN, f64::NAN], &[0.0, 1.0]), "empty_data", "{spec:?}");
        assert_eq!(refused(&[0.1, 0.3, 0.2], &[0.0, 1.0, 7.0]), "bad_request", "{spec:?}");
        let missing = of_scores(&[0.2, f64::NAN, 0.6, 0.4, 0.5], &[0.0, 1.0, 1.0, 1.0, 0.0], spec);
        assert_eq!(missing.expect("four rows are left").used.dropped["s"], 1);
        // All scores equal: a cut flags all rows or none, and a line through one point is none.
        match of_scores(&[0.4; 4], &[0.0, 1.0, 0.0, 1.0], spec) {
            Ok(found) => assert!(found.notes.iter().any(|note| note.id == "flat_likelihood"), "{spec:?}"),
            Err(error) => assert_eq!(error.id, "flat_likelihood", "{spec:?}"),
        }
    }
}

#[test]
fn probabilities_brought_to_another_share_of_cases_are_cut_where_that_share_is() {
    let table = rows(2000, 2, 4);
    let model = model("y ~ x1 + x2", "bernoulli", &table);
    let costs = Costs::new(5.0, 1.0);
    let mut spec = asked(Some(Policy::Cost { costs, prevalence: None }));
    spec.recalibrate = Some(Recalibrate::Prior(0.05));
    let shifted = threshold(&spec, Some(&model), &table).expect("two classes");
    let report = shifted.report.expect("a policy");
    // Calibrated there, so theory and data agree as far as 2,000 rows can tell.
    let (low, high) = report.threshold_low.zip(report.threshold_high).expect("resamples");
    assert!(report.theory == Some(1.0 / 6.0) && low <= 1.0 / 6.0 && 1.0 / 6.0 <= high, "{low} {high}");
    assert!((shifted.base_rate.expect("two classes") - 0.05).abs() < 1e-12);
    // The same rows are flagged as by costs at that share on the scores as they are.
    let plain = asked(Some(Policy::Cost { costs, prevalence: Some(0.05) }));
    let plain = threshold(&plain, Some(&model), &table).expect("two classes").report.expect("a policy");
    let recall = |confusion: loglik::decide::confusion::Confusion| confusion.figures().recall.expect("cases");
    assert!((recall(report.best.confusion) - recall(plain.best.confusion)).abs() < 1e-12);
}

#[test]
fn optimism_has_a_figure_of_order_and_one_of_error_for_every_kind_of_outcome() {
    let table = rows(200, 3, 8);
    for (likelihood, figures) in [
        ("categorical", ["loglik_per_row", "auc", "brier"].as_slice()),
        ("poisson", ["loglik_per_row", "squared_error"].as_slice()),
    ] {
        let rows = RowsSpec { folds: Some(Folds { count: 5, seed: 1 }), ..RowsSpec::default() };
        let spec = EvaluateSpec { rows, threads: Some(1), ..EvaluateSpec::default() };
        let model = model("y ~ x1 + x2 + x3", likelihood, &table);
        let found = evaluate(&spec, Some(&model), &table).expect("legal");
        assert_eq!(found.optimism.iter().map(|o| o.figure).collect::<Vec<_>>(), figures);
        for o in &found.optimism {
            let sign = if matches!(o.figure, "brier" | "squared_error") { -1.0 } else { 1.0 };
            assert!((sign * (o.in_sample.0 - o.out_of_fold.0) - o.optimism.0).abs() < 1e-12, "{o:?}");
        }
    }
}
