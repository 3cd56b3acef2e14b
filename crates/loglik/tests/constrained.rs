//! Likelihood-ratio and score tests of hypotheses by name, against other fits, other tests and 50 digits.

#![allow(clippy::disallowed_methods, reason = "expected values come from the standard library")]

use loglik::expr::Column;
use loglik::{
    Data, Dispersion, FitSpec, Fitted, Hypotheses, ModelFile, Number, PenaltySpec, SeKind, Status, Table,
    TestKind, WeightKind, compare, fit,
};
use serde_json::Value;

const X: [f64; 12] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0];
const Z: [f64; 12] = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
const COUNTS: [f64; 12] = [1.0, 0.0, 2.0, 1.0, 3.0, 1.0, 4.0, 3.0, 2.0, 6.0, 5.0, 7.0];
const REFITS: [TestKind; 2] = [TestKind::Lr, TestKind::Score];

fn table(columns: &[(&str, &[f64])]) -> Table {
    let columns = columns.iter().map(|(name, x)| ((*name).to_owned(), Column::Number(x.to_vec())));
    Table::from_columns(columns).expect("columns of one length")
}

fn counts() -> Table {
    table(&[("y", &COUNTS), ("x", &X), ("z", &Z)])
}

fn fitted(formula: &str, likelihood: &str, table: &Table, change: impl Fn(&mut FitSpec)) -> Fitted {
    let mut spec = FitSpec::new(formula, likelihood);
    spec.threads = Some(1);
    change(&mut spec);
    fit(&spec, table).expect("the fit is possible")
}

/// The model file of a fit.
fn file(fitted: &Fitted) -> ModelFile {
    ModelFile::parse(&fitted.model_file().expect("it is written down")).expect("it is whole")
}

fn tested(fitted: &Fitted, text: &str, kind: TestKind) -> Hypotheses {
    fitted.hypotheses(text, 0.95, kind).expect("the hypothesis can hold")
}

fn statistic(fitted: &Fitted, text: &str, kind: TestKind) -> f64 {
    tested(fitted, text, kind).joint.expect("an equation").statistic.0
}

fn close(got: f64, want: f64, digits: f64) {
    assert!((got - want).abs() <= digits * want.abs().max(1.0), "{got} against {want}");
}

#[test]
fn a_coefficient_alone_has_the_ratio_and_the_score_of_its_term() {
    let over = [0.0, 2.0, 0.0, 7.0, 0.0, 1.0, 9.0, 0.0, 14.0, 3.0, 1.0, 16.0];
    let data = table(&[("y", &COUNTS), ("over", &over), ("x", &X), ("z", &Z)]);
    let dispersed = |spec: &mut FitSpec| spec.dispersion = Dispersion::Pearson;
    let expected = |spec: &mut FitSpec| spec.se = Some(SeKind::Expected);
    let fits = [
        fitted("y ~ x + z", "poisson", &data, |_| {}),
        fitted("y ~ x + z", "poisson", &data, dispersed),
        fitted("y ~ x + z", "gaussian", &data, |_| {}),
        fitted("y ~ x + z; sigma ~ x", "gaussian", &data, expected),
        fitted("over ~ x + z", "negative_binomial", &data, |_| {}),
        fitted("y > 2 ~ x + z", "bernoulli", &data, |_| {}),
    ];
    for full in &fits {
        assert_eq!(full.result.status, Status::Converged);
        for (term, kind) in ["x", "z"].into_iter().flat_map(|term| REFITS.map(|kind| (term, kind))) {
            let of_term = full.test_term(term, kind).expect("a refit").expect("a test");
            let found = tested(full, &format!("{term} = 0"), kind);
            let joint = found.joint.expect("one equation");
            // Two climbs end within rounding of one maximum.
            close(joint.statistic.0, of_term.statistic.0, 1e-9);
            close(joint.p_value.0, of_term.p_value.0, 1e-9);
            assert_eq!((joint.df, joint.df_residual), (of_term.df, of_term.df_residual));
            assert_eq!(joint.test, kind.name());
            assert_eq!(found.hypotheses[0].statistic, joint.statistic);
            // However it is written.
            let other = statistic(full, &format!("exp(2 * {term}) - 1 = 0"), kind);
            close(other, joint.statistic.0, 1e-9);
        }
    }
}

#[test]
fn ratio_and_score_of_least_squares_are_walds_f() {
    let full = fitted("y ~ x + z", "gaussian", &counts(), |_| {});
    for text in ["x = 0", "x = 1, z = 2 * x", "(intercept) + 3 * x = 2"] {
        let wald = statistic(&full, text, TestKind::Wald);
        for kind in REFITS {
            let found = tested(&full, text, kind).joint.expect("equations");
            close(found.statistic.0, wald, 1e-9);
            assert_eq!(found.df_residual, Some(9.0));
        }
    }
}

#[test]
fn equal_slopes_are_the_fit_to_the_sum_of_the_columns() {
    let data = counts();
    for likelihood in ["poisson", "gaussian", "negative_binomial"] {
        let full = fitted("y ~ x + z", likelihood, &data, |_| {});
        let small = fitted("y ~ I(x + z)", likelihood, &data, |_| {});
        let joint = tested(&full, "x = z", TestKind::Lr).joint.expect("one equation");
        close(joint.loglik.expect("a refit").0, small.result.loglik.0, 1e-11);
        let common = small.result.coefficient("I(x + z)").expect("its slope").estimate.0;
        let of = |term: &str| joint.coefficients.iter().find(|c| c.term == term).expect("a line").estimate.0;
        close(of("x"), common, 1e-9);
        close(of("z"), common, 1e-9);
        close(of("(intercept)"), small.result.coefficient("(intercept)").expect("it").estimate.0, 1e-9);
        if likelihood == "poisson" {
            let compared = compare(&[("a".to_owned(), &file(&small)), ("b".to_owned(), &file(&full))]);
            assert!(compared.same_rows);
            close(joint.statistic.0, 2.0 * (full.result.loglik.0 - small.result.loglik.0), 1e-10);
        }
    }
}

#[test]
fn likelihoods_of_every_kind_have_the_maximum_of_the_nested_fit() {
    let n = 90;
    let at = |k: u32, i: i32| (f64::from(i) * 0.618_033_988_749_895 * f64::from(k)).fract();
    let x: Vec<f64> = (0..n).map(|i| 2.0 * at(1, i) - 1.0).collect();
    let z: Vec<f64> = (0..n).map(|i| 2.0 * at(7, i) - 1.0).collect();
    let s: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x + z).collect();
    let number: Vec<f64> = (0..n)
        .map(|i| {
            0.4 + x[i as usize] - 0.5 * z[i as usize] + ((at(13, i) + 0.01) / (1.01 - at(13, i))).ln() / 3.0
        })
        .collect();
    let positive: Vec<f64> = number.iter().map(|v| v.exp()).collect();
    let share: Vec<f64> = number.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect();
    let count: Vec<f64> = positive.iter().map(|v| (1.5 * v).floor()).collect();
    let class: Vec<f64> =
        number.iter().map(|v| f64::from(u8::from(*v > 0.0)) + f64::from(u8::from(*v > 1.0))).collect();
    let event: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i % 5 != 0))).collect();
    let columns = [
        ("x", &x),
        ("z", &z),
        ("s", &s),
        ("number", &number),
        ("positive", &positive),
        ("share", &share),
        ("count", &count),
        ("class", &class),
        ("event", &event),
    ];
    let data = table(&columns.map(|(name, values)| (name, values.as_slice())));
    let mut seen = 0;
    for (response, likelihood) in [
        ("number", "student_t"),
        ("number", "gev"),
        ("number", "mixture(gaussian, 2)"),
        ("share", "beta"),
        ("positive", "gamma"),
        ("positive", "inverse_gaussian"),
        ("positive", "generalized_gamma"),
        ("Surv(positive, event)", "weibull"),
        ("count", "negative_binomial1"),
        ("count", "zero_inflated(poisson)"),
        ("count", "hurdle(poisson)"),
        ("class", "ordinal"),
        ("number < share", "bernoulli"),
    ] {
        let full = fitted(&format!("{response} ~ x + z"), likelihood, &data, |_| {});
        let small = fitted(&format!("{response} ~ s"), likelihood, &data, |_| {});
        let joint = tested(&full, "x = z", TestKind::Lr).joint.expect("one equation");
        // Sums of ninety rows; a fit at a boundary is polished, a refit is not.
        close(joint.loglik.expect("a refit").0, small.result.loglik.0, 1e-10);
        assert!(joint.statistic.0 > 1e-3, "{likelihood}: the two slopes differ");
        seen += usize::from(full.result.status == Status::Converged);
    }
    assert!(seen >= 10, "{seen}");
}

fn reference() -> Value {
    serde_json::from_str(include_str!("constrained_by_mpmath.json")).expect("the script writes JSON")
}

#[test]
fn nonlinear_hypotheses_have_the_statistics_and_estimates_of_50_digits() {
    let reference = reference();
    let column = |name: &str| {
        let values = reference["data"][name].as_array().expect("a list");
        Column::Number(values.iter().map(|v| v.as_f64().expect("a number")).collect())
    };
    let data = Table::from_columns(["x", "z", "y", "c", "e"].map(|name| (name.to_owned(), column(name))));
    let data = data.expect("columns of one length");
    let cases = reference["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), 7);
    for case in cases {
        let text = |name: &str| case[name].as_str().expect("a text");
        let number = |name: &str| case[name].as_f64().expect("a number");
        let full = fitted(text("formula"), text("likelihood"), &data, |_| {});
        close(full.result.loglik.0, number("loglik"), 1e-12);
        for kind in REFITS {
            let joint = tested(&full, text("hypotheses"), kind).joint.expect("equations");
            let name = kind.name();
            // Plain sums over forty rows: the fall has lost two digits of sixteen, the climb ends 1e-12 away.
            close(joint.statistic.0, number(name), 1e-10);
            close(joint.loglik.expect("a refit").0, number("constrained_loglik"), 1e-12);
            assert_eq!(joint.df as u64, case["df"].as_u64().expect("a count"));
            let estimates = case["coefficients"].as_array().expect("a list");
            assert_eq!(joint.coefficients.len(), estimates.len());
            for (got, want) in joint.coefficients.iter().zip(estimates) {
                let want = want.as_f64().expect("a number");
                let line = full.result.coefficient(&got.term).expect("a line of the table");
                close(got.estimate.0, if line.scale == "natural" { want.exp() } else { want }, 1e-9);
            }
        }
    }
}

#[test]
fn a_hypothesis_that_holds_at_the_estimates_has_a_ratio_of_nothing() {
    let full = fitted("y ~ x + z", "poisson", &counts(), |_| {});
    let x = full.result.coefficient("x").expect("its slope").estimate.0;
    for kind in REFITS {
        assert!(statistic(&full, &format!("x^3 = {}", x.powi(3)), kind) < 1e-12, "rounding");
    }
}

#[test]
fn the_sheet_with_the_higher_likelihood_counts() {
    // Slopes near 0, whose square is to be 1: both signs hold it, and the nearer one in the likelihood is not the nearer number.
    let full = fitted("y ~ x + z", "poisson", &counts(), |_| {});
    let squared = statistic(&full, "z^2 = 1", TestKind::Lr);
    let signs = ["z = 1", "z = -1"].map(|text| statistic(&full, text, TestKind::Lr));
    close(squared, signs[0].min(signs[1]), 1e-9);
    assert!((signs[0] - signs[1]).abs() > 1.0);
    // Sheets without number: the nearest in the likelihood lie on either side of the estimate.
    for (text, roots) in [
        ("abs(x) = 0.7", vec![0.7, -0.7]),
        (
            "cos(5 * x) = 0.4",
            (-5..=5)
                .flat_map(|k| [1.0, -1.0].map(|sign| (k, sign)))
                .map(|(k, sign)| (sign * 0.4_f64.acos() + 2.0 * std::f64::consts::PI * f64::from(k)) / 5.0)
                .collect(),
        ),
    ] {
        let least = roots.into_iter().map(|x| statistic(&full, &format!("x = {x}"), TestKind::Lr));
        close(statistic(&full, text, TestKind::Lr), least.fold(f64::INFINITY, f64::min), 1e-9);
    }
    // A circle that no choice of one coefficient covers.
    let joint = tested(&full, "x^2 + z^2 = 1", TestKind::Lr).joint.expect("one equation");
    let held = |i: usize| joint.coefficients[i].estimate.0;
    close(held(1).powi(2) + held(2).powi(2), 1.0, 1e-12);
    let least = (0..720)
        .map(|i| f64::from(i) * std::f64::consts::PI / 360.0)
        .map(|a| statistic(&full, &format!("x = {}, z = {}", a.cos(), a.sin()), TestKind::Lr))
        .fold(f64::INFINITY, f64::min);
    // Points half a degree apart: the least of them lies above by what a parabola rises in a quarter.
    assert!(joint.statistic.0 <= least + 1e-9, "{} {least}", joint.statistic.0);
    close(joint.statistic.0, least, 2e-3);
}

#[test]
fn an_infinite_coefficient_is_tested_by_its_ratio() {
    let group = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let y = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let data = table(&[("y", &y), ("g", &group), ("x", &X)]);
    let full = fitted("y ~ g", "bernoulli", &data, |_| {});
    assert_eq!(full.result.status, Status::Infinite);
    let refused = full.hypotheses("g = 0", 0.95, TestKind::Wald).expect_err("it has no standard error");
    assert!(refused.remedy.is_some_and(|mend| mend.contains("--test lr")));
    // By hand: 3 of 7 against 5 of 5; the ratio against 8 of 12, and Pearson's chi-square of the table.
    let l = |k: f64, n: f64| if k == n { 0.0 } else { k * (k / n).ln() + (n - k) * (1.0 - k / n).ln() };
    let found = tested(&full, "g = 0", TestKind::Lr);
    let joint = found.joint.clone().expect("one equation");
    close(joint.statistic.0, 2.0 * (l(3.0, 7.0) + l(5.0, 5.0) - l(8.0, 12.0)), 1e-10);
    close(joint.coefficients[0].estimate.0, (8.0_f64 / 4.0).ln(), 1e-10);
    let line = &found.hypotheses[0];
    assert!(line.estimate.0 == f64::INFINITY && line.std_error.0.is_nan() && line.conf_low.0.is_nan());
    let pearson = 12.0 * (3.0 * 0.0 - 4.0 * 5.0_f64).powi(2) / (7.0 * 5.0 * 8.0 * 4.0);
    close(statistic(&full, "g = 0", TestKind::Score), pearson, 1e-10);
    // Where the equation leaves it free it stays infinite, and with it the rows.
    let two = fitted("y ~ g + x", "bernoulli", &data, |_| {});
    let joint = tested(&two, "x = 0", TestKind::Lr).joint.expect("one equation");
    close(joint.loglik.expect("a refit").0, full.result.loglik.0, 1e-10);
    assert_eq!(joint.coefficients[1].estimate, Number(f64::INFINITY));
}

#[test]
fn a_maximum_that_is_infinite_under_the_equation_is_said_to_be() {
    // Separated by x, and by z: without either the other still separates.
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    let z = [2.0, 1.0, 4.0, 3.0, 6.0, 5.0, 8.0, 7.0];
    let full = fitted("y ~ x + z", "bernoulli", &table(&[("y", &y), ("x", &x), ("z", &z)]), |_| {});
    assert_eq!(full.result.status, Status::Infinite);
    let found = tested(&full, "x = 0", TestKind::Lr);
    let joint = found.joint.expect("one equation");
    assert!(joint.statistic.0 < 1e-12 && joint.p_value.0 > 0.999_999, "both have likelihood 1");
    assert_eq!(found.notes.iter().map(|n| n.id.as_str()).collect::<Vec<_>>(), ["parameter_at_infinity"]);
    let estimates: Vec<f64> = joint.coefficients.iter().map(|c| c.estimate.0).collect();
    assert_eq!(estimates, [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
    assert!(full.hypotheses("x = 0", 0.95, TestKind::Score).is_err(), "no information is left there");
}

#[test]
fn a_parameter_at_its_boundary_is_tested_in_the_model_that_has_it_free() {
    let even = [2.0, 3.0, 2.0, 3.0, 2.0, 4.0, 3.0, 2.0, 3.0, 3.0, 2.0, 3.0];
    let data = table(&[("y", &even), ("x", &X)]);
    let full = fitted("y ~ x", "negative_binomial", &data, |_| {});
    assert_eq!(full.result.status, Status::Boundary);
    let held = |formula: &str, theta: f64| {
        fitted(formula, "negative_binomial", &data, |spec| spec.fixed.push(("theta".to_owned(), theta)))
    };
    let ratio = 2.0 * (full.result.loglik.0 - held("y ~ x", 3.0).result.loglik.0);
    close(statistic(&full, "theta = 3", TestKind::Lr), ratio, 1e-9);
    // Under a wrong slope the counts are overdispersed: theta comes back from infinity.
    let offset: Vec<f64> = X.to_vec();
    let wrong = table(&[("y", &even), ("o", &offset)]);
    let small = fitted("y ~ 1", "negative_binomial", &wrong, |spec| spec.offset = Some("o".to_owned()));
    assert_eq!(small.result.status, Status::Converged);
    let joint = tested(&full, "x = 1", TestKind::Lr).joint.expect("one equation");
    close(joint.loglik.expect("a refit").0, small.result.loglik.0, 1e-10);
    let theta = small.result.coefficients.iter().find(|c| c.parameter == "theta").expect("it has a theta");
    close(joint.coefficients[2].estimate.0, theta.estimate.0, 1e-8);
    for text in ["theta = 0", "theta = -2", "exp(x) = -1"] {
        let error = full.hypotheses(text, 0.95, TestKind::Lr).expect_err("it holds nowhere");
        assert!(error.message.contains("no coefficients were found"), "{}", error.message);
    }
}

#[test]
fn own_likelihoods_are_tested_as_the_registered_ones() {
    let data = counts();
    let text = "param k > 0\neta ~ x + z\nloglik = negative_binomial_lpmf(y, mean = exp(eta), theta = k)";
    let mut spec = FitSpec::own(text);
    spec.threads = Some(1);
    let own = fit(&spec, &data).expect("the text can be fitted");
    let registered = fitted("y ~ x + z", "negative_binomial", &data, |_| {});
    assert_eq!(own.result.status, registered.result.status);
    for (a, b) in [("`eta: x` = `eta: z`", "x = z"), ("`eta: x` = 0, k = 3", "x = 0, theta = 3")] {
        close(statistic(&own, a, TestKind::Lr), statistic(&registered, b, TestKind::Lr), 1e-9);
    }
}

#[test]
fn every_equation_is_tested_alone_beside_the_test_of_all() {
    let full = fitted("y ~ x + z", "poisson", &counts(), |_| {});
    let found = tested(&full, "x = 0.2, z = x^2, (intercept) / x", TestKind::Lr);
    let joint = found.joint.expect("two equations");
    assert_eq!(joint.df, 2);
    let alone = ["x = 0.2", "z = x^2"].map(|text| statistic(&full, text, TestKind::Lr));
    assert_eq!([found.hypotheses[0].statistic.0, found.hypotheses[1].statistic.0], alone);
    assert!(joint.statistic.0 >= alone[0].max(alone[1]), "more equations leave less room");
    let quantity = &found.hypotheses[2];
    assert!(!quantity.equation && quantity.statistic.0.is_nan() && quantity.std_error.0 > 0.0);
}

#[test]
fn a_model_file_is_tested_with_the_rows_of_its_fit_alone() {
    let data = counts();
    let full = fitted("y ~ x + z", "poisson", &data, |spec| spec.se = Some(SeKind::Hc0));
    let model = file(&full);
    let found = model.test("x = z", 0.9, TestKind::Lr, &data).expect("its rows");
    let joint = found.joint.expect("one equation");
    close(joint.statistic.0, statistic(&full, "x = z", TestKind::Lr), 1e-12);
    // Errors are those of the file.
    assert_eq!((found.se_kind.as_str(), found.level), ("hc0", 0.9));
    let wald = model.fit.hypotheses("x = z", 0.9).expect("Wald's");
    assert_eq!(found.hypotheses[0].std_error, wald.hypotheses[0].std_error);
    let other = table(&[("y", &COUNTS), ("x", &Z), ("z", &X)]);
    let error = model.test("x = z", 0.95, TestKind::Lr, &other).expect_err("other columns");
    assert_eq!((error.id.as_str(), error.exit as i32), ("schema_mismatch", 3));
    assert!(error.message.contains("not the rows of the fit"), "{}", error.message);
    let fewer = table(&[("y", &COUNTS[1..]), ("x", &X[1..]), ("z", &Z[1..])]);
    assert!(model.test("x = z", 0.95, TestKind::Score, Data::Table(fewer)).is_err());
}

#[test]
fn what_has_no_ratio_is_refused_with_the_mend() {
    let weights = [1.5; 12];
    let data = table(&[("y", &COUNTS), ("x", &X), ("z", &Z), ("w", &weights)]);
    let plain = fitted("y ~ x + z", "poisson", &data, |_| {});
    let ridge = fitted("y ~ x + z", "poisson", &data, |spec| {
        spec.penalty = PenaltySpec::parse("ridge:1", None).ok();
    });
    let sampled = fitted("y ~ x + z", "poisson", &data, |spec| {
        (spec.weights, spec.weight_kind) = (Some("w".to_owned()), WeightKind::Sampling);
    });
    let twice: Vec<f64> = X.iter().map(|x| 2.0 * x).collect();
    let aliased = table(&[("y", &COUNTS), ("x", &X), ("x2", &twice)]);
    let aliased = fitted("y ~ x + x2", "poisson", &aliased, |_| {});
    let quantile = fitted("y ~ x", "quantile", &data, |_| {});
    for (model, text, said) in [
        (&ridge, "x = 0", "penalised or bias-reduced"),
        (&sampled, "x = 0", "sampling weights"),
        (&plain, "exp(x)", "no equation"),
        (&plain, "x = 0, 2 * x = 0", "repeats or contradicts"),
        (&plain, "x = 0, x = 1", "repeats or contradicts"),
        (&plain, "x^2 = 0", "no slope where it holds"),
        // Of its two sheets x = 9 can be climbed, and the nearer z = 0.1 cannot.
        (&plain, "(z - 0.1)^2 * (x - 9) = 0", "no slope where it holds"),
        (&plain, "log(x) = 800", "no coefficients were found"),
        (&plain, "1 = 1", "repeats or contradicts"),
        (&aliased, "x2 = 0", "no estimate of its own"),
        (&quantile, "x = 0", "kinks"),
    ] {
        let error = model.hypotheses(text, 0.95, TestKind::Lr).expect_err(text);
        assert!(error.message.contains(said), "{text}: {}", error.message);
        assert!(error.remedy.is_some(), "{text}");
    }
    let unknown = plain.hypotheses("xx = 0", 0.95, TestKind::Lr).expect_err("no such coefficient");
    assert!(unknown.message.contains("`x`") && unknown.id == "unknown_column");
}
