//! Intervals and tests against their definitions: every end and statistic is met again by a refit that knows nothing of
//! how it was found.

#![allow(clippy::disallowed_methods, reason = "expected values come from the standard library")]

use loglik::decide::Draws;
use loglik::expr::Column;
use loglik::{Ci, FitResult, FitSpec, Fitted, ModelFile, Status, Table, TermTests, TestKind, compare, fit};

/// 95 % point of chi-square with one degree of freedom.
const CUT: f64 = 3.841_458_820_694_124;

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

fn interval(r: &FitResult, term: &str) -> (f64, f64) {
    let line = r.coefficient(term).expect("the model has this coefficient");
    (line.conf_low.0, line.conf_high.0)
}

fn close(got: f64, want: f64, digits: f64) {
    assert!((got - want).abs() <= digits * want.abs().max(1.0), "{got} against {want}");
}

const X: [f64; 12] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0];
const Z: [f64; 12] = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
const COUNTS: [f64; 12] = [1.0, 0.0, 2.0, 1.0, 3.0, 1.0, 4.0, 3.0, 2.0, 6.0, 5.0, 7.0];

#[test]
fn the_loglik_has_fallen_by_half_the_cut_at_profile_ends() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let full = fitted("y ~ x + z", "poisson", &data, |spec| spec.ci = Ci::Profile);
    for (term, rest, column) in
        [("x", "y ~ z", &X), ("z", "y ~ x", &Z), ("(intercept)", "y ~ x + z - 1", &[1.0; 12])]
    {
        let (low, high) = interval(&full.result, term);
        assert!(low < high);
        for end in [low, high] {
            let offset: Vec<f64> = column.iter().map(|x| end * x).collect();
            let held = table(&[("y", &COUNTS), ("x", &X), ("z", &Z), ("held", &offset)]);
            let refit = fitted(rest, "poisson", &held, |spec| spec.offset = Some("held".to_owned()));
            close(2.0 * (full.result.loglik.0 - refit.result.loglik.0), CUT, 1e-8);
        }
    }
    assert!(full.result.stop.passes.profile.is_some_and(|passes| passes > 0.0));
}

#[test]
fn a_shape_has_the_interval_of_its_profile_on_its_natural_scale() {
    let times = [0.7, 1.1, 1.9, 2.2, 2.4, 3.1, 3.3, 4.6, 5.2, 7.9];
    let data = table(&[("time", &times)]);
    let full = fitted("time ~ 1", "gamma", &data, |spec| spec.ci = Ci::Profile);
    let line = full.result.coefficients.iter().find(|c| c.parameter == "shape").expect("gamma has a shape");
    assert_eq!(line.scale, "natural");
    for end in [line.conf_low.0, line.conf_high.0] {
        let held = fitted("time ~ 1", "gamma", &data, |spec| spec.fixed.push(("shape".to_owned(), end)));
        close(2.0 * (full.result.loglik.0 - held.result.loglik.0), CUT, 1e-8);
    }
}

#[test]
fn least_squares_profiles_are_t_intervals() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let wald = fitted("y ~ x + z", "gaussian", &data, |_| {});
    let profile = fitted("y ~ x + z", "gaussian", &data, |spec| spec.ci = Ci::Profile);
    for term in ["(intercept)", "x", "z"] {
        let ((a, b), (c, d)) = (interval(&wald.result, term), interval(&profile.result, term));
        close(c, a, 1e-9);
        close(d, b, 1e-9);
    }
}

#[test]
fn an_infinite_coefficient_has_one_end_and_the_p_value_of_its_ratio() {
    let group = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let y = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let data = table(&[("y", &y), ("g", &group)]);
    let full = fitted("y ~ g", "bernoulli", &data, |_| {});
    assert_eq!(full.result.status, Status::Infinite);
    let line = full.result.coefficient("g").expect("g is in the model");
    assert_eq!((line.estimate.0, line.conf_high.0), (f64::INFINITY, f64::INFINITY));
    assert!(line.std_error.0.is_nan() && line.statistic.0.is_nan());
    // By hand: 3 of 7 against 5 of 5; the ratio against 8 of 12.
    let l = |k: f64, n: f64| if k == n { 0.0 } else { k * (k / n).ln() + (n - k) * (1.0 - k / n).ln() };
    let ratio = 2.0 * (l(3.0, 7.0) + l(5.0, 5.0) - l(8.0, 12.0));
    let null = fitted("y ~ 1", "bernoulli", &data, |_| {});
    close(2.0 * (full.result.loglik.0 - null.result.loglik.0), ratio, 1e-10);
    let offset: Vec<f64> = group.iter().map(|g| line.conf_low.0 * g).collect();
    let held = table(&[("y", &y), ("held", &offset)]);
    let refit = fitted("y ~ 1", "bernoulli", &held, |spec| spec.offset = Some("held".to_owned()));
    close(2.0 * (full.result.loglik.0 - refit.result.loglik.0), CUT, 1e-7);
    let dropped = full.test_term("g", TestKind::Lr).expect("a refit").expect("a ratio has a limit");
    close(dropped.statistic.0, ratio, 1e-9);
    assert!(line.p_value.0.is_nan());
    close(line.lr_p_value.expect("its ratio has a limit").0, dropped.p_value.0, 1e-9);
    assert!(full.test_term("g", TestKind::Wald).expect("no refit").is_none());
    assert!(full.result.hypotheses("g = 0", 0.95).is_err());
}

#[test]
fn ratio_tests_of_terms_are_differences_of_two_fits() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let full = fitted("y ~ x + z", "poisson", &data, |spec| spec.term_tests = TermTests::Lr);
    let without = fitted("y ~ x", "poisson", &data, |_| {});
    let ratio = 2.0 * (full.result.loglik.0 - without.result.loglik.0);
    let term = full.result.terms.iter().find(|t| t.term == "z").expect("z is a term");
    assert_eq!((term.test.as_str(), term.df), ("lr", 1));
    close(term.statistic.0, ratio, 1e-9);
    let compared = compare(&[("a".to_owned(), &file(&without)), ("b".to_owned(), &file(&full))]);
    let lr = compared.models[1].lr.clone().expect("a is nested in b");
    close(lr.statistic.0, ratio, 1e-12);
    assert_eq!(compared.models[1].added, ["z"]);
    close(compared.models.iter().map(|m| m.aic_weight.0).sum::<f64>(), 1.0, 1e-12);
}

/// The model file of a fit.
fn file(fitted: &Fitted) -> ModelFile {
    ModelFile::parse(&fitted.model_file().expect("it is written down")).expect("it is whole")
}

#[test]
fn models_of_other_rows_are_not_compared() {
    let fit_to = |formula: &str, y: &[f64], x: &[f64]| {
        file(&fitted(formula, "poisson", &table(&[("y", y), ("x", x)]), |_| {}))
    };
    let same = |a: &ModelFile, b: &ModelFile| {
        let found = compare(&[("a".to_owned(), a), ("b".to_owned(), b)]);
        assert_eq!(found.models[1].d_aic.0.is_nan(), !found.same_rows);
        found.same_rows
    };
    let null = fit_to("y ~ 1", &COUNTS, &X);
    assert!(same(&null, &fit_to("y ~ x", &COUNTS, &X)));
    // The same sums, rows exchanged.
    let mut swapped = COUNTS;
    swapped.reverse();
    assert!(!same(&null, &fit_to("y ~ x", &swapped, &X)));
    assert!(!same(&null, &fit_to("y ~ x", &COUNTS[1..], &X[1..])));
}

#[test]
fn a_dependent_column_takes_the_place_of_the_one_that_is_dropped() {
    let twice: Vec<f64> = X.iter().map(|x| 2.0 * x).collect();
    let data = table(&[("y", &COUNTS), ("x", &X), ("x2", &twice), ("z", &Z)]);
    let full = fitted("y ~ x + x2 + z", "poisson", &data, |_| {});
    let dropped = full.test_term("x", TestKind::Lr).expect("a refit").expect("a ratio");
    assert_eq!((dropped.df, dropped.statistic.0, dropped.p_value.0), (0, 0.0, 1.0));
    let score = full.test_term("z", TestKind::Score).expect("a refit").expect("a score");
    let ratio = full.test_term("z", TestKind::Lr).expect("a refit").expect("a ratio");
    assert_eq!((score.df, ratio.df), (1, 1));
    assert!((score.statistic.0 - ratio.statistic.0).abs() < 0.1 * ratio.statistic.0.max(0.1));
}

#[test]
fn score_tests_of_a_proportion_are_the_textbooks() {
    // Pearson's chi-square of a two by two table is the score test of the logistic slope.
    let group: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i >= 20))).collect();
    let y: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 20 < if i < 20 { 6 } else { 13 }))).collect();
    let data = table(&[("y", &y), ("g", &group)]);
    let full = fitted("y ~ g", "bernoulli", &data, |_| {});
    let score = full.test_model(TestKind::Score).expect("a refit").expect("a score");
    let expected = 40.0 * (6.0 * 7.0 - 14.0 * 13.0_f64).powi(2) / (20.0 * 20.0 * 19.0 * 21.0);
    close(score.statistic.0, expected, 1e-9);
}

#[test]
fn ratio_and_score_of_a_least_squares_term_are_walds_f() {
    // The dispersion is not by maximum likelihood, so neither moves sigma, nor asks for its slope.
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let full = fitted("y ~ x + z", "gaussian", &data, |_| {});
    let of = |kind| full.test_term("x", kind).expect("a refit").expect("a test");
    let wald = of(TestKind::Wald);
    for kind in [TestKind::Lr, TestKind::Score] {
        let found = of(kind);
        close(found.statistic.0, wald.statistic.0, 1e-9);
        assert_eq!((found.df, found.df_residual), (1, Some(9.0)));
    }
}

#[test]
fn a_parameter_at_its_end_comes_back_inside_where_a_term_is_dropped() {
    // Counts vary as Poisson ones about a line, and more than these without it.
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let full = fitted("y ~ x + z", "negative_binomial", &data, |_| {});
    assert_eq!(full.result.status, Status::Boundary);
    let without = fitted("y ~ z", "negative_binomial", &data, |_| {});
    assert_eq!(without.result.status, Status::Converged);
    let ratio = full.test_term("x", TestKind::Lr).expect("a refit").expect("a ratio");
    close(ratio.statistic.0, 2.0 * (full.result.loglik.0 - without.result.loglik.0), 1e-9);
    let other = fitted("y ~ x", "negative_binomial", &data, |_| {});
    let ratio = full.test_term("z", TestKind::Lr).expect("a refit").expect("a ratio");
    close(ratio.statistic.0, 2.0 * (full.result.loglik.0 - other.result.loglik.0), 1e-9);
}

#[test]
fn refits_by_slopes_are_refused_where_there_are_kinks() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    for likelihood in ["laplace", "quantile"] {
        let full = fitted("y ~ x + z", likelihood, &data, |_| {});
        let refused = |found: Result<(), loglik::Error>| {
            let error = found.expect_err("it has kinks");
            assert!(error.message.contains("kinks") && error.remedy.is_some(), "{}", error.message);
        };
        refused(full.test_term("x", TestKind::Lr).map(|_| ()));
        refused(full.test_term("x", TestKind::Score).map(|_| ()));
        refused(full.test_in_sequence().map(|_| ()));
        assert!(full.test_term("x", TestKind::Wald).is_ok());
        let spec = FitSpec { ci: Ci::Profile, ..FitSpec::new("y ~ x + z", likelihood) };
        let error = fit(&spec, &data).err().expect("its profile has kinks");
        assert!(error.message.starts_with("--ci profile: "), "{}", error.message);
    }
}

#[test]
fn sums_of_squares_in_sequence_are_differences_of_deviances() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let fits = ["y ~ 1", "y ~ x", "y ~ x + z"].map(|formula| fitted(formula, "gaussian", &data, |_| {}));
    let rss = fits.each_ref().map(|f| f.result.deviance.0);
    let tests = fits[2].test_in_sequence().expect("least squares need no pass");
    let variance = rss[2] / 9.0;
    assert_eq!(tests.iter().map(|t| t.term.as_str()).collect::<Vec<_>>(), ["x", "z"]);
    close(tests[0].statistic.0, (rss[0] - rss[1]) / variance, 1e-10);
    close(tests[1].statistic.0, (rss[1] - rss[2]) / variance, 1e-10);
    assert_eq!(tests[1].df_residual, Some(9.0));
}

#[test]
fn quantities_have_the_delta_methods_errors() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let r = fitted("y ~ x + z", "poisson", &data, |_| {}).result;
    let b = |term: &str| r.coefficient(term).expect("in the model");
    let found = r.hypotheses("exp(x) - 1 = 0, -(intercept) / x, x = z", 0.95).expect("three quantities");
    let [exp, dose, equal] = found.hypotheses.as_slice() else { panic!("three quantities were asked") };
    close(exp.std_error.0, b("x").estimate.0.exp() * b("x").std_error.0, 1e-12);
    let v = r.vcov.as_ref().expect("three coefficients");
    let at = |i: usize, j: usize| v.lower[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)].0;
    let place = |term: &str| v.names.iter().position(|n| n == term).expect("it has a variance");
    let (i, x, z) = (place("(intercept)"), place("x"), place("z"));
    let (a, s) = (b("(intercept)").estimate.0, b("x").estimate.0);
    let (da, ds) = (-1.0 / s, a / (s * s));
    let variance = da * da * at(i, i) + 2.0 * da * ds * at(i, x) + ds * ds * at(x, x);
    close(dose.std_error.0, variance.sqrt(), 1e-12);
    assert!(!dose.equation && dose.p_value.0.is_nan());
    close(equal.std_error.0, (at(x, x) + at(z, z) - 2.0 * at(x, z)).sqrt(), 1e-12);
    assert_eq!(found.joint.map(|j| j.df), Some(2));
    assert!(r.hypotheses("x = 0, 2 * x = 0", 0.95).is_err(), "the second follows from the first");
    let level = r.hypotheses("x = 0, z[low] = 1", 0.95).expect_err("no such level");
    assert!(level.message.starts_with("coefficient `z[low]` is unknown; valid: "), "{}", level.message);
    let unknown = r.hypotheses("xx = 0", 0.95).expect_err("no such coefficient");
    assert!(unknown.message.contains("`x`"), "{}", unknown.message);
    assert!(unknown.remedy.is_some_and(|mend| mend.starts_with("coefficients: (intercept), x, z")));
}

#[test]
fn a_parameter_on_its_natural_scale_goes_by_its_own_name_even_where_it_is_a_constant_too() {
    let counts = [0.0, 9.0, 2.0, 3.0, 0.0, 12.0, 1.0, 3.0, 0.0, 5.0, 0.0, 7.0];
    let data = table(&[("y", &counts)]);
    let nb = fitted("y ~ 1", "negative_binomial", &data, |_| {}).result;
    let of = |r: &FitResult, text: &str| {
        let found = r.hypotheses(text, 0.95).expect("names of the table").hypotheses.remove(0);
        (found.estimate.0, found.std_error.0)
    };
    assert_eq!(
        of(&nb, "log(theta) - theta / 2"),
        of(&nb, "log(`theta: (intercept)`) - `theta: (intercept)` / 2")
    );
    let line = |r: &FitResult, term: &str| {
        let line = r.coefficient(term).expect("in the model");
        (line.estimate.0, line.std_error.0)
    };
    assert_eq!(of(&nb, "theta"), line(&nb, "theta: (intercept)"));
    // Elsewhere `pi` is 3.14159..
    let zeros = fitted("y ~ 1", "zero_inflated(poisson)", &data, |_| {}).result;
    assert_eq!(of(&zeros, "pi"), line(&zeros, "pi: (intercept)"));
}

#[test]
fn theta_at_infinity_has_a_lower_end_and_chi_bar_square() {
    let even = [2.0, 3.0, 2.0, 3.0, 2.0, 4.0, 3.0, 2.0, 3.0, 3.0, 2.0, 3.0];
    let data = table(&[("y", &even)]);
    let nb = fitted("y ~ 1", "negative_binomial", &data, |spec| spec.ci = Ci::Profile);
    assert_eq!(nb.result.status, Status::Boundary);
    let theta = nb.result.coefficients.iter().find(|c| c.parameter == "theta").expect("it has a theta");
    assert_eq!((theta.estimate.0, theta.conf_high.0), (f64::INFINITY, f64::INFINITY));
    let held = fitted("y ~ 1", "negative_binomial", &data, |spec| {
        spec.fixed.push(("theta".to_owned(), theta.conf_low.0));
    });
    close(2.0 * (nb.result.loglik.0 - held.result.loglik.0), CUT, 1e-7);
    let over = table(&[("y", &[0.0, 9.0, 1.0, 0.0, 14.0, 2.0, 0.0, 3.0, 0.0, 7.0, 1.0, 0.0])]);
    let [poisson, nb] = ["poisson", "negative_binomial"].map(|name| fitted("y ~ 1", name, &over, |_| {}));
    let compared = compare(&[("p".to_owned(), &file(&poisson)), ("nb".to_owned(), &file(&nb))]);
    assert_eq!(compared.models[1].lr.as_ref().map(|lr| lr.distribution.as_str()), Some("chi_bar2"));
}

#[test]
fn nu_at_infinity_has_the_lower_end_of_its_profile() {
    // Twelve uniforms have lighter tails than a normal; on few rows a t of small nu has a spike far above the maximum,
    // which is no part of the interval.
    let mut seen = 0;
    for (seed, rows) in [(1, 12), (2, 20), (3, 60), (4, 60), (5, 200), (6, 200)] {
        let mut draws = Draws::new(seed, 0);
        let mut normal = || (0..12).map(|_| draws.uniform()).sum::<f64>() - 6.0;
        let x: Vec<f64> = (0..rows).map(|_| normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 0.5 * x + normal()).collect();
        let data = table(&[("y", &y), ("x", &x)]);
        let t = fitted("y ~ x", "student_t", &data, |spec| spec.ci = Ci::Profile);
        if t.result.status != Status::Boundary {
            continue;
        }
        seen += 1;
        let nu = t.result.coefficients.iter().find(|c| c.parameter == "nu").expect("it has a nu");
        let (low, high) = (nu.conf_low.0, nu.conf_high.0);
        assert_eq!((nu.estimate.0, high), (f64::INFINITY, f64::INFINITY));
        let fall = |nu: f64| {
            let held = fitted("y ~ x", "student_t", &data, |spec| spec.fixed.push(("nu".to_owned(), nu)));
            2.0 * (t.result.loglik.0 - held.result.loglik.0)
        };
        close(fall(low), CUT, 1e-7);
        // The first crossing on the way from the maximum.
        for times in [1.05, 2.0, 8.0, 64.0] {
            assert!(fall(times * low) < CUT, "{times} x {low}");
        }
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn vuong_is_antisymmetric_and_needs_the_same_rows() {
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z)]);
    let a = fitted("y ~ x", "poisson", &data, |_| {});
    let b = fitted("y ~ z", "poisson", &data, |_| {});
    let (ab, ba) = (a.vuong(&b).expect("the same rows"), b.vuong(&a).expect("the same rows"));
    close(ab.statistic.0, -ba.statistic.0, 1e-12);
    assert!(ab.statistic.0 > 0.0, "x explains the counts better than z");
    let fewer = fitted("y ~ z", "poisson", &data, |spec| spec.filter = Some("x > 1".to_owned()));
    assert!(a.vuong(&fewer).is_err());
}

#[test]
fn ratios_have_the_errors_of_the_delta_method_and_the_tests_of_no_effect() {
    let y = Column::Number((0..60).map(|r| f64::from(r * 7 % 11 % 4)).collect());
    let x = Column::Number((0..60).map(|r| f64::from(r * 13 % 17) / 8.0).collect());
    let table = Table::from_columns([("y", y), ("x", x)]).expect("equal lengths");
    let plain = fit(&FitSpec::new("y ~ x", "poisson"), &table).expect("it fits").result;
    let ratios = plain.exponentiated().expect("a log link");
    let (a, b) = (plain.coefficient("x").expect("a term"), ratios.coefficient("x").expect("a term"));
    assert_eq!((b.scale.as_str(), b.ratio), ("exp", None));
    assert_eq!((b.statistic, b.p_value), (a.statistic, a.p_value));
    assert_eq!(b.estimate.0, a.estimate.0.exp());
    assert_eq!(b.conf_high.0, a.conf_high.0.exp());
    assert_eq!(b.std_error.0, b.estimate.0 * a.std_error.0);
    let vcov = ratios.vcov.as_ref().expect("two coefficients");
    assert!((vcov.lower[2].0.sqrt() / b.std_error.0 - 1.0).abs() < 1e-14, "a rounding or two");
    let refused = fit(&FitSpec::new("y ~ x", "gaussian"), &table).expect("it fits").result.exponentiated();
    assert!(refused.is_err_and(|error| error.message.contains("links here: mu identity")));
}
