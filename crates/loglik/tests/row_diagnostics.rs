//! Residuals and influence against their definitions, from the fit and from its model file.

use loglik::expr::Column;
use loglik::{FitSpec, Fitted, ModelFile, RowDiagnostics, Table, fit};
use loglik_num::{erfc, exp, log};

const X: [f64; 7] = [0.5, 1.0, 2.5, 3.0, 4.5, 5.0, 9.0];
const Y: [f64; 7] = [1.0, 3.0, 2.0, 5.0, 4.0, 7.0, 6.0];

fn table(rows: &[usize], y: [f64; 7]) -> Table {
    let column = |values: [f64; 7]| Column::Number(rows.iter().map(|r| values[*r]).collect());
    Table::from_columns([("x", column(X)), ("y", column(y))]).expect("two columns")
}

fn fitted(likelihood: &str, rows: &[usize]) -> Fitted {
    fit(&FitSpec::new("y ~ x", likelihood), &table(rows, Y)).expect("an ordinary fit")
}

const ALL: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

fn rows_of(of: &Fitted) -> Vec<RowDiagnostics> {
    of.diagnostics().expect("rows that can be read again")
}

fn estimates(of: &Fitted) -> [f64; 2] {
    ["(intercept)", "x"].map(|name| of.result.coefficient(name).expect("a coefficient").estimate.0)
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-3), "{a} for {b}");
}

#[test]
fn leverage_and_distance_of_least_squares_are_what_leaving_the_row_out_does() {
    let of = fitted("gaussian", &ALL);
    let rows = rows_of(&of);
    let mean = X.iter().sum::<f64>() / 7.0;
    let xx: f64 = X.iter().map(|x| (x - mean) * (x - mean)).sum();
    let sigma = of.result.sigma.expect("a Gaussian").unbiased.0;
    let [a, b] = estimates(&of);
    for (r, row) in rows.iter().enumerate() {
        close(row.leverage, 1.0 / 7.0 + (X[r] - mean) * (X[r] - mean) / xx);
        close(row.response, Y[r] - a - b * X[r]);
        close(row.standardized, row.response / sigma / (1.0 - row.leverage).sqrt());
        let rest: Vec<usize> = ALL.into_iter().filter(|other| *other != r).collect();
        let without = fitted("gaussian", &rest);
        let [a_less, b_less] = estimates(&without);
        let moved: f64 = X.iter().map(|x| (a - a_less + (b - b_less) * x).powi(2)).sum();
        close(row.cooks_distance, moved / (2.0 * sigma * sigma));
        let sigma_less = without.result.sigma.expect("a Gaussian").unbiased.0;
        close(row.studentized, row.response / sigma_less / (1.0 - row.leverage).sqrt());
        close(row.quantile, row.response / of.result.sigma.expect("a Gaussian").ml.0);
    }
    close(rows.iter().map(|row| row.leverage).sum(), 2.0);
}

#[test]
fn residuals_of_counts_are_the_textbooks() {
    let of = fitted("poisson", &ALL);
    let rows = rows_of(&of);
    let [a, b] = estimates(&of);
    for (r, row) in rows.iter().enumerate() {
        let (y, mu) = (Y[r], exp(a + b * X[r]));
        close(row.response, y - mu);
        close(row.pearson, (y - mu) / mu.sqrt());
        close(row.working, (y - mu) / mu);
        close(row.deviance, (2.0 * (y * log(y / mu) - (y - mu))).sqrt().copysign(y - mu));
        // A quantile residual lies between the normal quantiles of the distribution just before and at the count.
        let p = |k: f64| exp(k * log(mu) - mu - (1..=k as usize).map(|i| log(i as f64)).sum::<f64>());
        let below: f64 = (0..y as usize).map(|k| p(k as f64)).sum();
        let at = 0.5 * erfc(-row.quantile / 2.0_f64.sqrt());
        assert!(below < at && at < below + p(y), "{below} {at} {}", below + p(y));
    }
    close(rows.iter().map(|row| row.leverage).sum(), 2.0);
    close(rows.iter().map(|row| row.deviance * row.deviance).sum(), of.result.deviance.0);
    close(rows.iter().map(|row| row.pearson * row.pearson).sum(), of.result.pearson_chi2.0);
}

#[test]
fn quantile_residuals_are_drawn_by_the_seed_and_are_not_the_same_for_another() {
    let with = |seed| {
        let spec = FitSpec { seed: Some(seed), ..FitSpec::new("y ~ x", "poisson") };
        let rows = rows_of(&fit(&spec, &table(&ALL, Y)).expect("an ordinary fit"));
        rows.iter().map(|row| row.quantile).collect::<Vec<f64>>()
    };
    assert_eq!(with(1), with(1));
    assert!(with(1).iter().zip(with(2)).all(|(a, b)| *a != b));
}

#[test]
fn every_likelihood_with_a_distribution_function_has_quantile_residuals() {
    for likelihood in
        ["weibull", "gamma", "student_t", "negative_binomial", "zero_inflated(poisson)", "ordinal"]
    {
        let rows = rows_of(&fitted(likelihood, &ALL));
        assert!(rows.iter().all(|row| row.quantile.abs() < 4.0), "{likelihood}: {rows:?}");
        let distinct: std::collections::BTreeSet<u64> =
            rows.iter().map(|row| row.quantile.to_bits()).collect();
        assert_eq!(distinct.len(), rows.len(), "{likelihood}");
    }
}

#[test]
fn the_model_file_finds_the_same_rows_again_and_refuses_others() {
    for likelihood in ["gaussian", "poisson", "gamma", "negative_binomial"] {
        let of = fitted(likelihood, &ALL);
        let file = ModelFile::parse(&of.model_file().expect("a model file")).expect("our own file");
        let again = file.diagnostics(&table(&ALL, Y), true, 0).expect("the same rows");
        for (row, found) in rows_of(&of).iter().zip(again) {
            let found = found.expect("a complete row");
            for (a, b) in [
                (row.response, found.response),
                (row.deviance, found.deviance),
                (row.pearson, found.pearson),
                (row.working, found.working),
                (row.standardized, found.standardized),
                (row.studentized, found.studentized),
                (row.quantile, found.quantile),
                (row.leverage, found.leverage),
                (row.cooks_distance, found.cooks_distance),
            ] {
                // Through coefficients of the user's columns, rounded once.
                assert!((a - b).abs() <= 1e-9 * a.abs().max(1e-2), "{likelihood}: {a} {b}");
            }
        }
        let mut other = Y;
        other[3] = 4.0;
        let error = file.diagnostics(&table(&ALL, other), true, 0).expect_err("a response was changed");
        assert_eq!(error.id, "schema_mismatch");
        let residuals = file.diagnostics(&table(&ALL, other), false, 0).expect("residuals of any rows");
        assert!(residuals[3].is_some_and(|row| row.leverage.is_nan() && row.response.is_finite()));
    }
}
