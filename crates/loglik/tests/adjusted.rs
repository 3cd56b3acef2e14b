//! Penalised and bias-reduced fits against closed forms and conditions that define them.

use loglik::expr::Column;
use loglik::{BiasReduction, FitSpec, Fitted, PenaltySpec, Status, Table, fit};
use loglik_num::{exp, log, log1pexp};
use std::sync::Arc;

fn table(columns: &[(&str, &[f64])]) -> Table {
    let columns = columns.iter().map(|(name, values)| (*name, Column::Number(values.to_vec())));
    Table::from_columns(columns).expect("columns of one length")
}

fn estimate(fitted: &Fitted, term: &str) -> f64 {
    fitted.result.coefficient(term).expect(term).estimate.0
}

fn reduced(formula: &str, likelihood: &str, kind: BiasReduction, data: &Table) -> Fitted {
    let spec = FitSpec { bias_reduction: Some(kind), ..FitSpec::new(formula, likelihood) };
    fit(&spec, data).expect("a bias-reduced fit")
}

fn penalised(formula: &str, likelihood: &str, penalty: &str, share: Option<f64>, data: &Table) -> Fitted {
    let penalty = Some(PenaltySpec::parse(penalty, share).expect("a penalty"));
    fit(&FitSpec { penalty, ..FitSpec::new(formula, likelihood) }, data).expect("a penalised fit")
}

const X: [f64; 8] = [0.3, -1.2, 2.5, 0.8, -0.4, 1.9, -2.2, 0.1];
const Z: [f64; 8] = [1.0, 0.0, 2.0, -1.0, 3.0, 0.5, 0.0, 1.5];
const Y: [f64; 8] = [1.1, -0.7, 4.2, 0.9, 1.6, 2.8, -2.9, 0.6];

/// Slopes of the mean half squared loss at a least-squares fit with intercept, in x and in z.
fn slopes(fitted: &Fitted) -> [f64; 2] {
    let (a, b, c) = (estimate(fitted, "(intercept)"), estimate(fitted, "x"), estimate(fitted, "z"));
    let residual = |i: usize| Y[i] - a - b * X[i] - c * Z[i];
    let mean = |values: &[f64; 8]| (0..8).map(|i| residual(i) * values[i]).sum::<f64>() / 8.0;
    assert!(mean(&[1.0; 8]).abs() < 1e-13, "the intercept is not penalised");
    [mean(&X), mean(&Z)]
}

#[test]
fn ridge_leaves_a_slope_of_lambda_times_the_coefficient() {
    let data = table(&[("x", &X), ("z", &Z), ("y", &Y)]);
    let fitted = penalised("y ~ x + z", "gaussian", "ridge:0.3", None, &data);
    let slopes = slopes(&fitted);
    for (slope, term) in slopes.iter().zip(["x", "z"]) {
        // Sums of eight products of size 10.
        assert!((slope - 0.3 * estimate(&fitted, term)).abs() < 1e-13, "{term}");
    }
    let line = fitted.result.coefficient("x").expect("x");
    assert!(line.std_error.0.is_nan(), "no standard error describes a shrunken estimate");
    assert!(fitted.result.vcov.is_none() && fitted.result.aic.0.is_nan());
}

#[test]
fn a_lasso_keeps_slopes_within_lambda_and_at_lambda_where_a_coefficient_is_kept() {
    let data = table(&[("x", &X), ("z", &Z), ("y", &Y)]);
    let fitted = penalised("y ~ x + z", "gaussian", "lasso:1", None, &data);
    let slopes = slopes(&fitted);
    let (b, c) = (estimate(&fitted, "x"), estimate(&fitted, "z"));
    assert!(b > 0.0 && c == 0.0, "{b} {c}");
    assert!((slopes[0] - 1.0).abs() < 1e-13 && slopes[1].abs() <= 1.0);
    assert_eq!(fitted.result.df, 3, "intercept, x and sigma");
}

#[test]
fn a_penalty_makes_separated_data_finite() {
    let data = table(&[("x", &[1.0, 2.0, 3.0, 4.0]), ("y", &[0.0, 0.0, 1.0, 1.0])]);
    let fitted = penalised("y ~ x", "bernoulli", "ridge:0.1", None, &data);
    assert_eq!(fitted.result.status, Status::Converged);
    // By symmetry about 2.5; the slope solves mean (y - p) x = 0.1 b.
    let (a, b) = (estimate(&fitted, "(intercept)"), estimate(&fitted, "x"));
    assert!((a + 2.5 * b).abs() < 1e-12);
    let p = |x: f64| 1.0 / (1.0 + exp(-(a + b * x)));
    let slope = [(1.0, 0.0), (2.0, 0.0), (3.0, 1.0), (4.0, 1.0)].map(|(x, y)| (y - p(x)) * x / 4.0);
    assert!((slope.iter().sum::<f64>() - 0.1 * b).abs() < 1e-13);
}

#[test]
fn where_an_unpenalised_intercept_runs_off_the_fit_is_refused() {
    let data = table(&[("x", &X), ("y", &[0.0; 8])]);
    let penalty = Some(PenaltySpec::parse("ridge:1", None).expect("a penalty"));
    let spec = FitSpec { penalty, ..FitSpec::new("y ~ x", "poisson") };
    let error = fit(&spec, &data).map(|f| f.result.status).expect_err("no finite maximum");
    assert_eq!(error.id, "parameter_at_infinity");
}

#[test]
fn a_ridge_of_a_softmax_does_not_depend_on_the_base_class() {
    let codes = vec![0, 1, 2, 0, 1, 2, 0, 2];
    let levels: Arc<[String]> = ["a", "b", "c"].map(str::to_owned).into();
    let y = Column::Category { codes, levels, ordered: false };
    let data = Table::from_columns([("x", Column::Number(X.to_vec())), ("y", y)]).expect("two columns");
    let at = |reference: &str| {
        let penalty = Some(PenaltySpec::parse("ridge:0.05", None).expect("a penalty"));
        let reference = Some(reference.to_owned());
        fit(&FitSpec { penalty, reference, ..FitSpec::new("y ~ x", "softmax") }, &data).expect("a softmax")
    };
    let (a, b) = (at("a"), at("b"));
    let difference = estimate(&b, "c: x") - estimate(&b, "a: x");
    assert!((estimate(&a, "c: x") - difference).abs() < 1e-12);
}

#[test]
fn firth_adds_half_a_success_and_half_a_failure_to_a_cell() {
    // Group 0: 1 of 4; group 1: 3 of 3, separated.
    let data =
        table(&[("g", &[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), ("y", &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0])]);
    let fitted = reduced("y ~ g", "bernoulli", BiasReduction::Firth, &data);
    assert_eq!(fitted.result.status, Status::Converged);
    let base = log(1.5 / 3.5);
    assert!((estimate(&fitted, "(intercept)") - base).abs() < 1e-12);
    assert!((estimate(&fitted, "g") - (log(3.5 / 0.5) - base)).abs() < 1e-12);
    // Inverse expected information of a saturated group: 1 / (n p (1 - p)).
    let se = fitted.result.coefficient("(intercept)").expect("it").std_error.0;
    let p = 1.5 / 5.0;
    assert!((se - (1.0_f64 / (4.0 * p * (1.0 - p))).sqrt()).abs() < 1e-12);
}

#[test]
fn the_median_adds_a_sixth_to_a_single_probability() {
    let data = table(&[("y", &[1.0, 0.0, 0.0, 0.0, 0.0])]);
    let fitted = reduced("y ~ 1", "bernoulli", BiasReduction::Median, &data);
    let expected = log((1.0 + 1.0 / 6.0) / (4.0 + 1.0 / 6.0));
    assert!((estimate(&fitted, "(intercept)") - expected).abs() < 1e-12);
}

#[test]
fn firth_adds_half_a_count_to_a_poisson_total() {
    let data = table(&[("y", &[0.0, 2.0, 1.0])]);
    let fitted = reduced("y ~ 1", "poisson", BiasReduction::Firth, &data);
    assert!((estimate(&fitted, "(intercept)") - log(3.5 / 3.0)).abs() < 1e-12);
}

#[test]
fn jeffreys_and_firth_agree_for_a_canonical_link_alone() {
    let y = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let data = table(&[("x", &X), ("y", &y)]);
    let slope = |kind, link: &str| {
        let links = vec![(String::new(), link.to_owned())];
        let spec = FitSpec { bias_reduction: Some(kind), links, ..FitSpec::new("y ~ x", "bernoulli") };
        estimate(&fit(&spec, &data).expect("a fit"), "x")
    };
    let gap = |link| (slope(BiasReduction::Firth, link) - slope(BiasReduction::Jeffreys, link)).abs();
    assert!(gap("logit") < 1e-12);
    assert!(gap("probit") > 1e-3);
}

#[test]
fn a_two_class_softmax_is_reduced_as_the_logit() {
    let y = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let data = table(&[("x", &X), ("y", &y)]);
    for kind in [BiasReduction::Firth, BiasReduction::Median] {
        let logit = reduced("y ~ x", "bernoulli", kind, &data);
        let softmax = reduced("y ~ x", "softmax", kind, &data);
        assert!((estimate(&logit, "x") - estimate(&softmax, "1: x")).abs() < 1e-11);
    }
}

/// Score U of each class a row may have, its probability, and the row's own class: intercepts and slopes of two classes.
fn outcomes(beta: [f64; 4], x: f64) -> [(f64, [f64; 4]); 3] {
    let odds = [1.0, exp(beta[0] + beta[1] * x), exp(beta[2] + beta[3] * x)];
    let p = odds.map(|o| o / odds.iter().sum::<f64>());
    [0, 1, 2].map(|class| {
        let [one, two] = [1, 2].map(|c| f64::from(u8::from(class == c)) - p[c]);
        (p[class], [one, one * x, two, two * x])
    })
}

#[test]
fn the_median_of_a_softmax_solves_its_equations_with_cumulants_by_enumeration() {
    let y = [0.0, 2.0, 1.0, 0.0, 2.0, 1.0, 2.0, 2.0];
    let data = table(&[("x", &X), ("y", &y)]);
    let fitted = reduced("y ~ x", "softmax", BiasReduction::Median, &data);
    let beta = ["1: (intercept)", "1: x", "2: (intercept)", "2: x"].map(|name| estimate(&fitted, name));
    let each = |sum: &dyn Fn(&[f64; 4]) -> f64| -> f64 {
        X.iter().flat_map(|x| outcomes(beta, *x)).map(|(p, u)| p * sum(&u)).sum()
    };
    let info: Vec<f64> = (0..16).map(|at| each(&|u| u[at / 4] * u[at % 4])).collect();
    let inverse = loglik_num::Cholesky::new(&info, 4).expect("it is definite").inverse();
    // E[(a'U)(b'U) U_t], Kenne Pagui, Salvan & Sartori (2017), equation 10 with Q = 0.
    let dot = |a: &[f64], u: &[f64; 4]| a.iter().zip(u).map(|(a, u)| a * u).sum::<f64>();
    let mean = |t: usize| {
        each(&|u| (0..4).map(|i| u[i] * dot(&inverse[4 * i..4 * i + 4], u)).sum::<f64>() * u[t]) / 2.0
    };
    let shift: Vec<f64> = (0..4)
        .map(|r| {
            let along = &inverse[4 * r..4 * r + 4];
            let f = |t: usize| each(&|u| dot(along, u).powi(2) * u[t]) / (3.0 * along[r]);
            (0..4).map(|t| along[t] * f(t)).sum()
        })
        .collect();
    for t in 0..4 {
        let score: f64 = X.iter().zip(y).map(|(x, y)| outcomes(beta, *x)[y as usize].1[t]).sum();
        let median: f64 = (0..4).map(|r| info[4 * t + r] * shift[r]).sum();
        assert!(score.abs() > 1e-3 && (score + mean(t) - median).abs() < 1e-9, "{t}: {score}");
    }
}

#[test]
fn penalised_intervals_end_where_the_penalised_likelihood_has_fallen_by_half_a_quantile() {
    // One group of n with y successes: loglik + log(n p (1 - p)) / 2 = (y + 1/2) log p + (n - y + 1/2) log(1 - p) + const.
    let data = table(&[("y", &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0])]);
    let spec = FitSpec {
        bias_reduction: Some(BiasReduction::Firth),
        ci: loglik::Ci::Profile,
        ..FitSpec::new("y ~ 1", "bernoulli")
    };
    let fitted = fit(&spec, &data).expect("a fit");
    let line = fitted.result.coefficient("(intercept)").expect("it");
    let value = |eta: f64| 1.5 * eta - 7.0 * log1pexp(eta);
    let top = value(log(1.5 / 5.5));
    for end in [line.conf_low.0, line.conf_high.0] {
        // 3.841459 is the 95 % quantile of chi-square with one degree of freedom.
        assert!((2.0 * (top - value(end)) - 3.841_458_820_694_124).abs() < 1e-7, "{end}");
    }
    assert!(line.conf_low.0 < line.estimate.0 && line.estimate.0 < line.conf_high.0);
    assert_eq!(fitted.result.ci, "profile");
}

#[test]
fn penalised_intervals_of_a_slope_do_not_depend_on_where_its_column_has_its_zero() {
    let y = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let moved = X.map(|x| x + 300.0);
    let data = table(&[("x", &X), ("far", &moved), ("y", &y)]);
    let ends = |formula: &str, term: &str| {
        let spec = FitSpec {
            bias_reduction: Some(BiasReduction::Firth),
            ci: loglik::Ci::Profile,
            ..FitSpec::new(formula, "bernoulli")
        };
        let line = fit(&spec, &data).expect("a fit").result.coefficient(term).cloned().expect("it");
        (line.conf_low.0, line.conf_high.0)
    };
    let (near, far) = (ends("y ~ x", "x"), ends("y ~ far", "far"));
    // Ends are found to 1e-9 standard errors.
    assert!((near.0 - far.0).abs() < 1e-7 && (near.1 - far.1).abs() < 1e-7, "{near:?} {far:?}");
}
