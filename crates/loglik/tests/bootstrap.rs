//! Bootstrap covariances against what they estimate, and replicate by replicate against fits of the drawn rows.

use loglik::decide::Draws;
use loglik::expr::Column;
use loglik::{FitSpec, Redraws, Resampled, SeForm, SeKind, Simulator, Status, Table, WeightKind, fit};

const N: usize = 120;

/// Uniform numbers of a seed.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut draws = Draws::new(seed, 77);
    (0..n).map(|_| draws.uniform() + 1e-12).collect()
}

fn table() -> Table {
    let (x, e, f) = (noise(N, 1), noise(N, 2), noise(N, 3));
    let g: Vec<f64> = (0..N).map(|r| (r / 4) as f64).collect();
    // Errors that grow with x and share a part within a cluster, so that no two kinds agree by chance.
    let shared = noise(N, 4);
    let error = |r: usize| (0.2 + x[r]) * loglik_num::norm_quantile(e[r]) + 2.0 * shared[r / 4];
    let y: Vec<f64> = (0..N).map(|r| 1.0 + x[r] + error(r)).collect();
    let count: Vec<f64> = (0..N).map(|r| (3.0 * f[r] * (1.0 + 2.0 * x[r])).floor()).collect();
    let event: Vec<f64> = (0..N).map(|r| f64::from(u8::from(f[r] < 0.2 + 0.6 * x[r]))).collect();
    let w = vec![1.0; N];
    let columns = [("x", x), ("y", y), ("g", g), ("count", count), ("event", event), ("w", w)];
    Table::from_columns(columns.map(|(name, v)| (name, Column::Number(v)))).expect("columns of one length")
}

fn asked(formula: &str, likelihood: &str, change: impl FnOnce(&mut FitSpec)) -> FitSpec {
    let mut spec = FitSpec { se: Some(SeKind::Bootstrap), ..FitSpec::new(formula, likelihood) };
    change(&mut spec);
    spec
}

fn errors(spec: &FitSpec) -> Vec<f64> {
    let result = fit(spec, &table()).expect("a request that can be").result;
    assert_eq!(result.status, Status::Converged);
    result.coefficients.iter().map(|c| c.std_error.0).collect()
}

/// A standard error from B replicates has a relative error of 1 / root(2 B), 1.1 % of 4,000: four of those.
const FROM_4000: f64 = 0.045;

#[track_caller]
fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a / b - 1.0).abs() < tolerance, "{found:?} for {expected:?}");
    }
}

#[test]
fn one_step_replicates_of_rows_estimate_hc0_and_of_clusters_cr0() {
    for (formula, likelihood) in [("y ~ x", "gaussian"), ("count ~ x", "poisson"), ("event ~ x", "bernoulli")]
    {
        let rows = asked(formula, likelihood, |spec| spec.bootstrap.replicates = 4_000);
        let sandwich = FitSpec { se: Some(SeKind::Hc0), ..FitSpec::new(formula, likelihood) };
        near(&errors(&rows), &errors(&sandwich), FROM_4000);
        let clusters = FitSpec { cluster: vec!["g".to_owned()], ..rows };
        let sandwich = FitSpec { se: None, se_form: SeForm::Cr0, cluster: vec!["g".to_owned()], ..sandwich };
        // Of 30 clusters the draws are of 29 degrees of freedom, which the mean over replicates does not feel.
        near(&errors(&clusters), &errors(&sandwich), FROM_4000);
    }
}

#[test]
fn responses_drawn_from_the_fit_give_the_models_own_errors() {
    for (formula, likelihood) in [("y ~ x", "gaussian"), ("count ~ x", "poisson"), ("event ~ x", "bernoulli")]
    {
        let drawn = asked(formula, likelihood, |spec| {
            spec.bootstrap.of = Resampled::Parametric;
            spec.bootstrap.replicates = 4_000;
        });
        let own = FitSpec { se: Some(SeKind::Expected), ..FitSpec::new(formula, likelihood) };
        near(&errors(&drawn), &errors(&own), FROM_4000);
    }
}

#[test]
fn a_refit_is_the_fit_of_the_drawn_rows() {
    let (data, replicates) = (table(), 12);
    let spec = asked("count ~ x", "poisson", |spec| {
        (spec.bootstrap.replicates, spec.bootstrap.refit, spec.seed) = (replicates, true, Some(9));
    });
    let slopes: Vec<f64> = (0..replicates as u64)
        .map(|replicate| {
            let mut draws = Draws::new(9, replicate);
            let rows: Vec<usize> = (0..N).map(|_| draws.below(N)).collect();
            let pick = |name: &str| {
                let Some(Column::Number(values)) = data.column(name) else { panic!("numbers") };
                (name.to_owned(), Column::Number(rows.iter().map(|r| values[*r]).collect()))
            };
            let again = Table::from_columns([pick("x"), pick("count")]).expect("two columns");
            let fitted = fit(&FitSpec::new("count ~ x", "poisson"), &again).expect("counts");
            fitted.result.coefficient("x").expect("a slope").estimate.0
        })
        .collect();
    let mean = slopes.iter().sum::<f64>() / replicates as f64;
    let squares = slopes.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>();
    let expected = (squares / (replicates - 1) as f64).sqrt();
    // Both are maxima to rounding.
    near(&errors(&spec)[1..], &[expected], 1e-9);
}

#[test]
fn one_step_is_the_refit_where_the_model_is_a_mean() {
    let spec = |refit| {
        let spec = asked("y ~ 1", "gaussian", |spec| {
            (spec.bootstrap.replicates, spec.bootstrap.refit) = (50, refit);
        });
        errors(&spec)
    };
    near(&spec(true), &spec(false), 1e-9);
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    let of = |threads, seed, refit| {
        let spec = asked("event ~ x", "bernoulli", |spec| {
            (spec.threads, spec.seed) = (Some(threads), Some(seed));
            (spec.bootstrap.replicates, spec.bootstrap.refit) = (21, refit);
        });
        errors(&spec)
    };
    for refit in [false, true] {
        assert_eq!(of(1, 5, refit), of(4, 5, refit));
        assert_ne!(of(1, 5, refit), of(1, 6, refit));
    }
}

#[test]
fn a_quantile_is_refitted_and_its_errors_are_near_those_of_densities() {
    let spec = asked("y ~ x", "quantile", |spec| {
        (spec.tau, spec.bootstrap.refit, spec.bootstrap.replicates) = (Some(0.5), true, 200);
    });
    let nid = FitSpec { tau: Some(0.5), se: Some(SeKind::Nid), ..FitSpec::new("y ~ x", "quantile") };
    // Two estimates of one number, each good to some 20 % at n = 120.
    let (found, expected) = (errors(&spec), errors(&nid));
    near(&found[..2], &expected[..2], 0.5);
    assert!(found[2].is_nan() && expected[2].is_nan(), "the scale is part of the device");
}

#[test]
fn what_was_drawn_is_written_down() {
    let spec = asked("count ~ x", "poisson", |spec| spec.cluster = vec!["g".to_owned()]);
    let result = fit(&spec, &table()).expect("a fit").result;
    assert_eq!(result.se_kind, "bootstrap");
    let made = result.se.expect("how it was made");
    assert_eq!(made.clusters.expect("clusters")["g"], 30);
    let made = made.bootstrap.expect("a bootstrap");
    assert_eq!((made.of.as_str(), made.replicates, made.failed, made.seed), ("clusters", 999, 0, 1));
    assert!(result.coefficients.iter().all(|c| c.std_error_model.is_some()), "the model's own beside them");
}

#[test]
fn refits_without_a_maximum_are_counted_and_many_of_them_withhold_the_errors() {
    // Two ones in twenty rows: a resample without either, or with both split off, has no finite maximum.
    let data = |ones: usize| {
        let x: Vec<f64> = noise(40, 6);
        let y: Vec<f64> = (0..40).map(|r| f64::from(u8::from(r % (40 / ones) == 0))).collect();
        Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns")
    };
    let spec = asked("y ~ x", "bernoulli", |spec| {
        (spec.bootstrap.replicates, spec.bootstrap.refit) = (100, true);
    });
    let scarce = fit(&spec, &data(2)).expect("a fit").result;
    assert!(scarce.has_note("not_converged") && scarce.status == Status::Converged);
    assert!(scarce.coefficients.iter().all(|c| c.std_error.0.is_nan() && c.p_value.0.is_nan()));
    let plenty = fit(&spec, &data(20)).expect("a fit").result;
    assert!(!plenty.has_note("not_converged"));
    assert!(plenty.coefficients.iter().all(|c| c.std_error.0 > 0.0));
}

#[test]
fn an_infinite_estimate_has_no_bootstrap_error() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let y = x.iter().map(|x| f64::from(u8::from(*x > 9.5))).collect();
    let data = Table::from_columns([("x", Column::Number(x)), ("y", Column::Number(y))]).expect("columns");
    for of in [Resampled::Pairs, Resampled::Parametric] {
        let result =
            fit(&asked("y ~ x", "bernoulli", |spec| spec.bootstrap.of = of), &data).expect("a limit").result;
        assert_eq!(result.status, Status::Infinite);
        assert!(result.coefficients.iter().all(|c| c.std_error.0.is_nan() && c.p_value.0.is_nan()));
    }
}

#[test]
fn what_has_no_meaning_is_refused() {
    let refused = |likelihood: &str, change: fn(&mut FitSpec)| {
        let formula = if likelihood == "poisson" { "count ~ x" } else { "y ~ x" };
        let error = fit(&asked(formula, likelihood, change), &table()).err().expect("refused");
        assert!(error.remedy.is_some(), "{error:?}");
        assert_eq!(error.exit as i32, 2, "{error:?}");
    };
    refused("poisson", |spec| (spec.weights, spec.weight_kind) = (Some("w".into()), WeightKind::Frequency));
    refused("poisson", |spec| {
        (spec.weights, spec.weight_kind) = (Some("w".into()), WeightKind::Sampling);
        spec.bootstrap.of = Resampled::Parametric;
    });
    refused("poisson", |spec| {
        (spec.cluster, spec.bootstrap.of) = (vec!["g".into()], Resampled::Parametric);
    });
    refused("poisson", |spec| spec.cluster = vec!["g".into(), "x".into()]);
    refused("poisson", |spec| spec.cluster = vec!["w".into()]);
    refused("poisson", |spec| spec.bootstrap.replicates = 1);
    refused("poisson", |spec| (spec.se, spec.bootstrap.refit) = (None, true));
    refused("poisson", |spec| spec.bias_reduction = "firth".parse().ok());
    refused("quantile", |_| {});
}

#[test]
fn responses_drawn_from_a_fit_have_its_means() {
    let fitted = fit(&FitSpec::new("count ~ x", "poisson"), &table()).expect("counts");
    let simulator = fitted.simulator().expect("rows");
    let draws = 400;
    let total: f64 =
        (0..draws).map(|draw| simulator.draw(3, draw).expect("a Poisson draws").iter().sum::<f64>()).sum();
    let seen: f64 = (0..N).map(|r| value("count", r)).sum();
    // With an intercept fitted means sum to the counts; the sum of the draws is Poisson: four of its standard errors.
    assert!((total - draws as f64 * seen).abs() < 4.0 * (draws as f64 * seen).sqrt(), "{total}");
    let twice = simulator.draw(3, 7);
    assert_eq!(twice, simulator.draw(3, 7));
    assert_ne!(twice, simulator.draw(3, 8));
}

fn value(column: &str, r: usize) -> f64 {
    match table().column(column) {
        Some(Column::Number(values)) => values[r],
        _ => panic!("numbers"),
    }
}

#[test]
fn a_row_of_beta_binomial_trials_is_drawn_with_what_its_trials_share() {
    // 12 trials with p = 0.3 and rho = 0.25: mean n p, variance n p (1 - p) (1 + (n - 1) rho).
    let (rows, n, p, rho) = (4_000, 12.0, 0.3_f64, 0.25);
    let columns = [("y", vec![1.0; rows]), ("other", vec![n - 1.0; rows])];
    let data = Table::from_columns(columns.map(|(name, v)| (name, Column::Number(v)))).expect("columns");
    let mut spec = FitSpec::new("cbind(y, other) ~ 1", "beta_binomial");
    spec.at = vec![("mu".to_owned(), p), ("rho".to_owned(), rho)];
    let drawn = Simulator::at(&spec, &data).expect("a truth").draw(5, 0).expect("it draws");
    let mean = drawn.iter().sum::<f64>() / rows as f64;
    let variance = drawn.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (rows as f64 - 1.0);
    let expected = n * p * (1.0 - p) * (1.0 + (n - 1.0) * rho);
    // Four standard errors: of the mean, and of a variance with a fourth moment of at most three squares.
    assert!((mean - n * p).abs() < 4.0 * (expected / rows as f64).sqrt(), "{mean}");
    assert!(
        (variance / expected - 1.0).abs() < 4.0 * (2.0 / rows as f64).sqrt(),
        "{variance} for {expected}"
    );
    assert!(drawn.iter().all(|y| (0.0..=n).contains(y) && y.fract() == 0.0));
    // And the maximum for such a draw lies where the truth is, within four of its standard errors.
    let redraws = Redraws::at(&spec, &data).expect("a truth");
    let found = redraws.maximum(5, 0).expect("a finite maximum");
    let truth = [loglik_num::log(p / (1.0 - p)), loglik_num::log(rho / (1.0 - rho))];
    for (j, truth) in truth.iter().enumerate() {
        assert!((found.estimates[j] - truth).abs() < 4.0 * found.vcov[3 * j].sqrt(), "{found:?}");
    }
}
