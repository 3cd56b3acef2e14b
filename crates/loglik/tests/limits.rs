//! Maxima at the end of a range, or at none: what runs off is said, and what is left is that of the limit model.

use loglik::expr::Column;
use loglik::{FitSpec, Fitted, Status, Table, fit};

fn table(columns: &[(&str, &[f64])]) -> Table {
    let columns = columns.iter().map(|(name, x)| ((*name).to_owned(), Column::Number(x.to_vec())));
    Table::from_columns(columns).expect("columns of one length")
}

fn fitted(formula: &str, likelihood: &str, table: &Table, change: impl Fn(&mut FitSpec)) -> Fitted {
    let mut spec = FitSpec::new(formula, likelihood);
    spec.threads = Some(1);
    change(&mut spec);
    fit(&spec, table).expect("the fit is possible")
}

fn estimate(fitted: &Fitted, term: &str) -> f64 {
    fitted.result.coefficient(term).expect("the model has this coefficient").estimate.0
}

/// Tenths about a level of 1e12, in three groups: doubles keep 13 digits of the level and 3 of the tenths.
#[test]
fn tenths_about_a_large_level_have_the_fit_of_the_tenths() {
    let tenths = [4.0, 3.0, 5.0, 4.0, 6.0, 1.0, 7.0, 3.0, 2.0, 4.0, 9.0, 5.0];
    let b: Vec<f64> = (0..12).map(|i| f64::from(u8::from(i % 3 == 1))).collect();
    let c: Vec<f64> = (0..12).map(|i| f64::from(u8::from(i % 3 == 2))).collect();
    let at = |level: f64| -> Vec<f64> { tenths.iter().map(|t| (10.0 * level + t) / 10.0).collect() };
    for likelihood in ["gaussian", "logistic_dist", "student_t"] {
        let nu = |spec: &mut FitSpec| {
            if likelihood == "student_t" {
                spec.fixed = vec![("nu".to_owned(), 4.0)];
            }
        };
        let fits = [0.0, 1e12].map(|level| {
            fitted("y ~ b + c", likelihood, &table(&[("y", &at(level)), ("b", &b), ("c", &c)]), nu).result
        });
        let [small, large] = &fits;
        assert_eq!(large.status, Status::Converged, "{likelihood}");
        // Below the last digits of a double, where either fit has its own rounding.
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        assert!(close(large.loglik.0, small.loglik.0), "{likelihood}: {:?} {:?}", large.loglik, small.loglik);
        for (a, b) in large.coefficients.iter().zip(&small.coefficients) {
            assert!(close(a.std_error.0, b.std_error.0), "{likelihood} {}: {a:?} {b:?}", a.term);
            if a.term != "(intercept)" || a.parameter != "mu" {
                assert!(close(a.estimate.0, b.estimate.0), "{likelihood} {}: {a:?} {b:?}", a.term);
            }
        }
        let (a, b) = (large.deviance.0, small.deviance.0);
        assert!(close(a, b) || (a.is_nan() && b.is_nan()), "{likelihood}: {a} {b}");
    }
}

/// Counts with zeros in the groups 0 and 1, none in group 2.
fn counts() -> Table {
    let y = [0.0, 0.0, 1.0, 3.0, 0.0, 2.0, 0.0, 1.0, 4.0, 0.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 4.0, 1.0];
    let b: Vec<f64> = (0..18).map(|i| f64::from(u8::from((6..12).contains(&i)))).collect();
    let c: Vec<f64> = (0..18).map(|i| f64::from(u8::from(i >= 12))).collect();
    table(&[("y", &y), ("b", &b), ("c", &c)])
}

#[test]
fn a_group_without_zeros_has_no_finite_share_of_them() {
    let data = counts();
    for (likelihood, end) in
        [("hurdle(poisson)", f64::INFINITY), ("zero_inflated(poisson)", f64::NEG_INFINITY)]
    {
        let all = fitted("y ~ 1; pi ~ b + c", likelihood, &data, |_| {});
        assert_eq!(all.result.status, Status::Infinite, "{likelihood}");
        assert_eq!(estimate(&all, "pi: c"), end, "{likelihood}");
        assert!(all.result.coefficient("pi: c").is_some_and(|c| c.std_error.0.is_nan()));
        assert!(all.result.has_note("parameter_at_infinity"), "{likelihood}");
        for finite in ["(intercept)", "pi: (intercept)", "pi: b"] {
            assert!(estimate(&all, finite).is_finite(), "{likelihood}: {finite}");
        }
    }
    // Zeros and counts of a hurdle are apart: the finite part is the logistic fit of the groups that have zeros, 3 of 6
    // and 2 of 6, so pi is 1/2 and 2/3.
    let hurdle = fitted("y ~ 1; pi ~ b + c", "hurdle(poisson)", &data, |_| {});
    assert!(estimate(&hurdle, "pi: (intercept)").abs() < 1e-12);
    assert!((estimate(&hurdle, "pi: b") - loglik_num::log(2.0)).abs() < 1e-12);
}

#[test]
fn a_share_without_zeros_to_explain_lies_at_its_end_for_every_link() {
    // Geometric counts by their own quantiles: the zeros are those of the counts.
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 7.0];
    let data = table(&[("y", &y)]);
    for link in ["logit", "probit", "cloglog"] {
        let at_end = fitted("y ~ 1", "zero_inflated(geometric)", &data, |spec| {
            spec.links.push(("pi".to_owned(), link.to_owned()));
        });
        let plain = fitted("y ~ 1", "geometric", &data, |_| {});
        assert_eq!(at_end.result.status, Status::Boundary, "{link}");
        assert_eq!(estimate(&at_end, "pi: (intercept)"), 0.0, "{link}");
        assert!((at_end.result.loglik.0 - plain.result.loglik.0).abs() < 1e-11, "{link}");
    }
}

#[test]
fn a_predicted_share_without_zeros_to_explain_names_the_likelihood_that_is_left() {
    // Fewer zeros than a Poisson of this mean has, at every x.
    let y: Vec<f64> = (0..60).map(|i| f64::from([1, 2, 3, 2, 1, 3][i % 6])).collect();
    let x: Vec<f64> = (0..60).map(|i| loglik_num::sin(f64::from(i) * 0.7)).collect();
    let data = table(&[("y", &y), ("x", &x)]);
    let all = fitted("y ~ x; pi ~ x", "zero_inflated(poisson)", &data, |_| {});
    let plain = fitted("y ~ x", "poisson", &data, |_| {});
    assert_eq!(all.result.status, Status::Infinite);
    assert!((estimate(&all, "x") - estimate(&plain, "x")).abs() < 1e-9);
    let note = all.result.notes.iter().find(|note| note.id.starts_with("separation_")).expect("it is said");
    assert!(note.message.contains("pi tends to 0 in all rows"), "{}", note.message);
    assert_eq!(note.remedy.as_deref(), Some("--likelihood 'poisson'"));
    assert!(!all.result.has_note("rows_at_infinity"), "all rows speak of the counts");
}

#[test]
fn of_two_maxima_of_extra_zeros_the_higher_one_is_found() {
    // Extra zeros where x is small only: from a share without terms the climb ends where there are none.
    let x: Vec<f64> = (0..40).map(|i| f64::from(i) / 4.0).collect();
    let y: Vec<f64> =
        (0..40_u8).map(|i| if i < 6 { 0.0 } else { f64::from((u32::from(i) * 7 + 3) % 11 % 6) }).collect();
    let data = table(&[("y", &y), ("x", &x)]);
    let found = fitted("y ~ x; pi ~ x", "zero_inflated(geometric)", &data, |_| {});
    let without = fitted("y ~ x", "geometric", &data, |_| {});
    assert!(
        found.result.loglik.0 > without.result.loglik.0 + 0.1,
        "{} {}",
        found.result.loglik.0,
        without.result.loglik.0
    );
}

#[test]
fn counts_that_are_all_zero_have_the_log_likelihood_of_certainty() {
    let data = table(&[("y", &[0.0; 5])]);
    let all = fitted("y ~ 1", "poisson", &data, |_| {});
    let r = &all.result;
    assert_eq!(
        (r.status, r.loglik.0.abs(), r.deviance.0, r.null_deviance.0),
        (Status::Infinite, 0.0, 0.0, 0.0)
    );
}

#[test]
fn the_constants_of_grouped_rows_are_those_of_the_multinomial() {
    let data = table(&[("a", &[3.0, 1.0]), ("b", &[2.0, 4.0]), ("c", &[1.0, 1.0]), ("x", &[0.0, 1.0])]);
    let three = fitted("cbind(a, b, c) ~ x", "ordinal", &data, |_| {});
    // 6! / (3! 2! 1!) = 60 and 6! / (1! 4! 1!) = 30.
    assert!((three.log_coefficients().expect("readable") - loglik_num::log(1800.0)).abs() < 1e-13);
    let two = fitted("cbind(a, b) ~ 1", "bernoulli", &data, |_| {});
    // 5! / (3! 2!) = 10 and 5! / (1! 4!) = 5.
    assert!((two.log_coefficients().expect("readable") - loglik_num::log(50.0)).abs() < 1e-13);
}
