//! Diagnosis of a fit: statistics against statsmodels (script: `oracle/check.py`), and what each finding is found in.

use loglik::expr::Column;
use loglik::{Checked, Diagnosis, Exit, FitSpec, ModelFile, SeForm, Standing, Table, fit};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("check_by_statsmodels.json")).expect("the script writes JSON")
}

fn table() -> Table {
    let golden = golden();
    let data = golden["data"].as_object().expect("columns by name");
    let numbers = |values: &Value| -> Vec<f64> {
        values.as_array().expect("a column").iter().map(|v| v.as_f64().expect("a number")).collect()
    };
    let columns = data.iter().map(|(name, values)| (name.clone(), Column::Number(numbers(values))));
    Table::from_columns(columns).expect("columns of one length")
}

fn checked(formula: &str, likelihood: &str) -> Checked {
    checked_with(&FitSpec::new(formula, likelihood), &table())
}

fn checked_with(spec: &FitSpec, table: &Table) -> Checked {
    fit(spec, table).expect("a request that can be").check().expect("rows in memory")
}

#[track_caller]
fn finding<'a>(of: &'a Checked, id: &str) -> &'a Diagnosis {
    of.findings.iter().find(|d| d.id == id).unwrap_or_else(|| panic!("no {id} in {:?}", of.findings))
}

/// Both programs stop where the score is rounding; what is left of it enters a score test to first order.
const STOPPED: f64 = 1e-7;

#[track_caller]
fn close(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().expect("a number");
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} for {expected}");
}

#[track_caller]
fn agrees(of: &Checked, id: &str, expected: &Value) {
    let found = finding(of, id);
    close(found.statistic.0, &expected["statistic"], STOPPED);
    close(found.p_value.0, &expected["p"], 10.0 * STOPPED);
    if let Some(df) = expected["df"].as_u64() {
        assert_eq!(found.df, Some(df as usize));
    }
}

#[test]
fn link_test_reset_and_squares_are_score_tests_with_the_expected_information() {
    let golden = golden();
    let asked = [
        ("count ~ x + z", "poisson", None, "poisson"),
        ("event ~ x + z", "bernoulli", None, "logit"),
        ("event ~ x + z", "bernoulli", Some("probit"), "probit"),
    ];
    for (formula, likelihood, link, name) in asked {
        let mut spec = FitSpec::new(formula, likelihood);
        spec.links = link.iter().map(|link| (String::new(), (*link).to_owned())).collect();
        let of = checked_with(&spec, &table());
        agrees(&of, "link_test", &golden[name]["link_test"]);
        agrees(&of, "reset", &golden[name]["reset"]);
        // Of two squares the larger is shown, with twice its p-value.
        let square = |column: &str| golden[name][column]["statistic"].as_f64().expect("a number");
        let most = if square("x") > square("z") { "x" } else { "z" };
        let bend = finding(&of, "curvature");
        assert_eq!(bend.columns, [most]);
        close(bend.statistic.0, &golden[name][most]["statistic"], STOPPED);
        let twice = (2.0 * golden[name][most]["p"].as_f64().expect("a number")).min(1.0);
        assert!((bend.p_value.0 - twice).abs() < 1e-6);
    }
}

#[test]
fn reset_of_least_squares_is_the_f_test_of_the_wider_regression() {
    let of = checked("number ~ x + z", "gaussian");
    let golden = golden();
    agrees(&of, "link_test", &golden["gaussian"]["link_test"]);
    agrees(&of, "reset", &golden["gaussian"]["reset"]);
}

fn sum(column: &str) -> f64 {
    golden()["data"][column].as_array().expect("a column").iter().filter_map(Value::as_f64).sum()
}

#[test]
fn spread_and_zeros_of_counts_are_those_of_the_field() {
    let golden = golden();
    let of = checked("count ~ x + z", "poisson");
    close(finding(&of, "dispersion").statistic.0, &golden["poisson"]["dispersion"], STOPPED);
    let zeros = finding(&of, "extra_zeros");
    close(zeros.statistic.0, &golden["poisson"]["extra_zeros"]["z"], STOPPED);
    close(zeros.p_value.0, &golden["poisson"]["extra_zeros"]["p"], STOPPED);
    let of = checked("cbind(hits, trials - hits) ~ x + z", "bernoulli");
    close(finding(&of, "dispersion").statistic.0, &golden["binomial"]["dispersion"], STOPPED);
    let (hits, trials) = (sum("hits"), sum("trials"));
    assert_eq!(finding(&of, "events_per_parameter").statistic.0, hits.min(trials - hits) / 2.0);
}

#[test]
fn normality_of_quantile_residuals_is_anderson_and_darlings() {
    let expected = &golden()["gaussian"]["quantile_residuals"];
    let of = checked("number ~ x + z", "gaussian");
    agrees(&of, "quantile_residuals", expected);
}

#[test]
fn information_matrix_test_of_least_squares_is_breusch_and_pagans_in_columns_and_squares() {
    let of = checked("number ~ x + z", "gaussian");
    // The intercept's own direction is the score of sigma.
    assert_eq!(finding(&of, "information_matrix").df, Some(4));
    // The variance comes from 120,000 draws, a third of which matter; d^2 varies by 3.7 times its mean: sd 2 %.
    close(finding(&of, "information_matrix").statistic.0, &golden()["gaussian"]["information_matrix"], 0.05);
}

#[test]
fn calibration_slope_is_that_of_one_step_without_the_own_row() {
    let of = checked("event ~ x + z", "bernoulli");
    close(finding(&of, "calibration").statistic.0, &golden()["logit"]["calibration"]["slope"], STOPPED);
}

/// Uniform numbers without a pattern that a regression could see.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut draws = loglik::decide::Draws::new(seed, 0);
    (0..n).map(|_| draws.uniform()).collect()
}

#[test]
fn a_true_model_passes_and_a_strict_gate_lets_it_through() {
    let n = 400;
    let (x, e) = (noise(n, 1), noise(n, 2));
    let y = x.iter().zip(&e).map(|(x, e)| 1.0 + 2.0 * x + loglik_num::norm_quantile(*e)).collect();
    let data = Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ x", "gaussian"), &data);
    assert!(of.standing < Standing::Warn, "{:?}", of.findings);
    assert_eq!(of.status.exit(), Exit::Ok);
}

#[test]
fn a_bend_is_found_with_its_column_and_the_formula_that_mends_it_passes() {
    let n = 300;
    let (x, e) = (noise(n, 3), noise(n, 4));
    let bent = |x: &f64| 8.0 * (x - 0.5) * (x - 0.5);
    let y = x.iter().zip(&e).map(|(x, e)| bent(x) + loglik_num::norm_quantile(*e)).collect();
    let data = Table::from_columns([("an x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ `an x`", "gaussian"), &data);
    let bend = finding(&of, "curvature");
    assert_eq!((bend.standing, bend.columns.as_slice()), (Standing::Warn, ["an x".to_owned()].as_slice()));
    let formula = bend.mend.as_ref().and_then(|mend| mend.formula.clone()).expect("a formula");
    assert_eq!(formula, "y ~ `an x` + I(`an x`^2)");
    let mended = checked_with(&FitSpec::new(&formula, "gaussian"), &data);
    assert!(finding(&mended, "link_test").standing < Standing::Warn);
    // The square has the column already: its own square is asked instead, and is not there.
    assert!(finding(&mended, "reset").standing < Standing::Warn);
}

#[test]
fn a_row_that_rules_the_line_is_named_with_its_row_in_the_file() {
    let n = 40;
    let (mut x, e) = (noise(n, 5), noise(n, 6));
    x[16] = 50.0;
    let mut y: Vec<f64> = x.iter().zip(&e).map(|(x, e)| x + 0.1 * e).collect();
    y[16] = 0.0;
    let data = Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ x", "gaussian"), &data);
    for id in ["leverage", "influence"] {
        let found = finding(&of, id);
        assert_eq!((found.standing, found.rows.as_slice()), (Standing::Warn, [17].as_slice()), "{id}");
        let mend = found.mend.as_ref().expect("leaving it out");
        assert_eq!(mend.flags, [("where".to_owned(), "not (row in (17))".to_owned())]);
        let spec = FitSpec { filter: Some(mend.flags[0].1.clone()), ..FitSpec::new("y ~ x", "gaussian") };
        assert_eq!(fit(&spec, &data).expect("rows are left").result.n, (n - 1) as f64);
    }
}

#[test]
fn separation_rank_and_collinearity_are_findings_with_columns() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x > 9.5))).collect();
    let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
    let near: Vec<f64> = x.iter().zip(noise(20, 7)).map(|(x, e)| x + 0.5 * e).collect();
    let columns = [("x", x), ("y", y), ("twice", twice), ("near", near)];
    let data = Table::from_columns(columns.map(|(name, v)| (name, Column::Number(v)))).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ x", "bernoulli"), &data);
    let found = finding(&of, "separation_complete");
    assert_eq!((found.standing, found.columns.as_slice()), (Standing::Fail, ["x".to_owned()].as_slice()));
    assert_eq!(found.mend.as_ref().expect("a mend").flags[0].0, "bias-reduction");
    assert!(of.findings.iter().all(|d| d.id != "link_test"), "no test stands on a limit");

    let of = checked_with(&FitSpec::new("x ~ near + twice + y - 1", "gaussian"), &data);
    assert!(of.findings.iter().all(|d| d.id != "aliased"));
    let of = checked_with(&FitSpec::new("y ~ x + twice", "gaussian"), &data);
    let found = finding(&of, "aliased");
    assert!(found.message.contains("twice = 2 x"), "{}", found.message);
    assert_eq!(found.mend.as_ref().expect("a mend").formula.as_deref(), Some("y ~ x + twice - twice"));
    let of = checked_with(&FitSpec::new("y ~ x + near", "gaussian"), &data);
    assert_eq!(finding(&of, "variance_inflation").standing, Standing::Warn);
}

#[test]
fn few_events_bring_methods_side_by_side_with_their_simulated_coverage() {
    let n = 60;
    let x = noise(n, 8);
    let y: Vec<f64> = (0..n).map(|r| f64::from(u8::from(r % 15 == 3))).collect();
    let data = Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ x", "bernoulli"), &data);
    assert_eq!(finding(&of, "events_per_parameter").statistic.0, 4.0);
    let compared = of.compared.as_ref().expect("methods side by side");
    let lines: Vec<_> = compared.lines.iter().filter(|c| c.term == "x").collect();
    let methods: Vec<&str> = lines.iter().map(|c| c.method).collect();
    assert_eq!(methods, ["mle", "profile", "firth", "ridge"]);
    let [mle, profile, firth, ridge] = lines[..] else { panic!("four lines") };
    assert_eq!(mle.estimate, profile.estimate);
    assert_ne!(mle.conf_low, profile.conf_low);
    assert!(firth.estimate.0.abs() < mle.estimate.0.abs() && ridge.estimate.0.abs() < mle.estimate.0.abs());
    assert!(ridge.conf_low.0.is_nan() && ridge.coverage.0.is_nan());
    // A right method covers 95 %: four standard errors over 200 draws are 6 %. With four events a Wald interval is too
    // wide to miss.
    assert_eq!(compared.draws, 200);
    for line in [profile, firth] {
        assert!((line.coverage.0 - 0.95).abs() < 0.06, "{line:?}");
    }
    assert!(mle.coverage.0 > profile.coverage.0, "{} {}", mle.coverage.0, profile.coverage.0);
    assert!(checked("event ~ x", "bernoulli").compared.is_none());
}

#[test]
fn where_maximum_likelihood_is_infinite_the_methods_stand_side_by_side_too() {
    let x = noise(40, 9);
    let z: Vec<f64> = (0..40).map(|r| f64::from(u8::from(r % 10 == 3))).collect();
    let y: Vec<f64> = z.iter().zip(&x).map(|(z, x)| f64::from(u8::from(*z == 1.0 || *x > 0.9))).collect();
    let columns = [("x", x), ("z", z), ("y", y)].map(|(name, v)| (name, Column::Number(v)));
    let data = Table::from_columns(columns).expect("columns");
    let of = checked_with(&FitSpec::new("y ~ .", "bernoulli"), &data);
    let compared = of.compared.expect("methods side by side");
    let line = |method| compared.lines.iter().find(|c| c.term == "z" && c.method == method).expect("a line");
    assert!(line("mle").estimate.0.is_infinite() && line("firth").estimate.0.is_finite());
    assert!(line("firth").coverage.0 > 0.85, "{:?}", line("firth"));
    // Most draws are separated as well: Wald intervals do not exist, one-sided profiles cover.
    assert!(line("mle").coverage.0 < 0.5 && line("profile").coverage.0 > 0.8);
    // Clusters are no part of the comparison, and no column of it.
    let clusters: Vec<f64> = (0..40).map(|r| f64::from(r / 4)).collect();
    let names = [("x", data.column("x")), ("z", data.column("z")), ("y", data.column("y"))];
    let columns = names.map(|(name, column)| (name, column.expect("it").clone()));
    let data =
        Table::from_columns(columns.into_iter().chain([("g", Column::Number(clusters))])).expect("columns");
    let spec =
        FitSpec { cluster: vec!["g".into()], se_form: SeForm::Cr3, ..FitSpec::new("y ~ .", "bernoulli") };
    // As text: what is absent is NaN, which equals nothing.
    let beside = checked_with(&spec, &data).compared.expect("methods");
    assert_eq!(format!("{:?}", beside.lines), format!("{:?}", compared.lines));
}

#[test]
fn the_size_of_the_information_matrix_test_is_near_its_level() {
    // 40 true Poisson models of 50 rows: with outer products it rejects many times as often. 5 % of 40 is 2 +- 1.4.
    let rejected = (0..40_u64).filter(|seed| {
        let (x, e) = (noise(50, 100 + seed), noise(50, 5_000 + seed));
        let count = |x: f64, e: f64| {
            let mean = loglik_num::exp(0.5 + x);
            let (mut k, mut p) = (0.0, loglik_num::exp(-mean));
            let mut below = p;
            while below < e {
                k += 1.0;
                p *= mean / k;
                below += p;
            }
            k
        };
        let y = x.iter().zip(&e).map(|(x, e)| count(*x, *e)).collect();
        let data =
            Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
        finding(&checked_with(&FitSpec::new("y ~ x", "poisson"), &data), "information_matrix").p_value.0
            < 0.05
    });
    let rejected = rejected.count();
    assert!(rejected <= 6, "{rejected} of 40");
}

#[test]
fn a_text_is_diagnosed_as_the_built_in_likelihood_that_it_writes_out() {
    let built = checked("count ~ x + z", "poisson");
    let text = "eta ~ x + z\nloglik = poisson_lpmf(count, mu = exp(eta))";
    let fitted = fit(&FitSpec::own(text), &table()).expect("a text that can be");
    let file = ModelFile::parse(&fitted.model_file().expect("is written")).expect("is read");
    let own = checked_with(&file.spec(), &table());
    for id in ["existence", "rank", "condition", "variance_inflation", "leverage", "influence"] {
        let (want, got) = (finding(&built, id), finding(&own, id));
        assert_eq!((want.standing, &want.rows), (got.standing, &got.rows), "{id}");
        // Two climbs to one maximum.
        let apart = (want.statistic.0 - got.statistic.0).abs();
        assert!(want.statistic.0.is_nan() || apart < 1e-8 * want.statistic.0, "{id}: {want:?} {got:?}");
    }
    assert_eq!(finding(&own, "maxima").standing, Standing::Pass);
}

#[test]
fn a_text_whose_parameters_only_occur_together_fails_its_check() {
    let text = "param a, b\neta ~ 0 + x\nloglik = poisson_lpmf(count, mu = exp(a + b + eta))";
    let found = checked_with(&FitSpec::own(text), &table());
    assert_eq!((finding(&found, "existence").standing, found.standing), (Standing::Fail, Standing::Fail));
    let together = finding(&found, "flat_likelihood");
    assert!(together.message.contains("a, b only occur together"), "{together:?}");
    let unknown =
        |d: &&Diagnosis| d.mend.as_ref().is_some_and(|m| m.flags.iter().any(|(f, _)| f == "penalty"));
    assert_eq!(found.findings.iter().find(unknown), None);
}
