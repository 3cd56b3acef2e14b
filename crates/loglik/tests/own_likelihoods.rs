//! Likelihoods of the user's own, end to end: the same answers as the built-in ones, and honest endings.

use loglik::expr::Column;
use loglik::{FitSpec, Fitted, ModelFile, Number, PredictSpec, Status, Table, fit, loglik_at};

fn table(columns: &[(&str, &[f64])]) -> Table {
    let columns = columns.iter().map(|(name, v)| ((*name).to_owned(), Column::Number(v.to_vec())));
    Table::from_columns(columns).expect("columns of one length")
}

/// Counts that rise with x, and a group.
fn counts() -> Table {
    let x: Vec<f64> = (0..24).map(|i| f64::from(i) / 8.0).collect();
    let y =
        [1., 0., 2., 1., 1., 3., 2., 0., 4., 2., 5., 3., 4., 6., 3., 8., 5., 9., 7., 6., 11., 9., 14., 10.];
    let codes = (0..24).map(|i| u32::from(i % 3 == 0)).collect();
    let levels = ["north".to_owned(), "south".to_owned()].into();
    Table::from_columns([
        ("y".to_owned(), Column::Number(y.to_vec())),
        ("x".to_owned(), Column::Number(x)),
        ("g".to_owned(), Column::Category { codes, levels, ordered: false }),
    ])
    .expect("columns of one length")
}

fn own(text: &str, table: &Table) -> Fitted {
    fit(&FitSpec::own(text), table).unwrap_or_else(|error| panic!("{error}"))
}

fn estimate(fitted: &Fitted, term: &str) -> (f64, f64) {
    let line = fitted.result.coefficient(term).unwrap_or_else(|| panic!("no line {term}"));
    (line.estimate.0, line.std_error.0)
}

#[track_caller]
fn assert_near(got: f64, wanted: f64, digits: i32) {
    assert!((got - wanted).abs() <= 10_f64.powi(-digits) * wanted.abs().max(1e-6), "{got} {wanted}");
}

/// Misra1a of NIST's reference data for nonlinear regression, certified to eleven digits.
fn misra() -> Table {
    table(&[
        (
            "y",
            &[
                10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47,
                81.78,
            ],
        ),
        (
            "x",
            &[
                77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1,
                760.0,
            ],
        ),
    ])
}

const MISRA: &str = "param b1, b2\nparam s > 0\nloglik = normal_lpdf(y, mu = b1*(1 - exp(-b2*x)), sd = s)";

#[test]
fn a_regression_as_a_text_is_the_built_in_one() {
    let data = counts();
    let text = own("eta ~ x + c(g)\nloglik = poisson_lpmf(y, mu = exp(eta))", &data);
    let built_in = fit(&FitSpec::new("y ~ x + c(g)", "poisson"), &data).expect("a fit");
    for (term, other) in [("eta: (intercept)", "(intercept)"), ("eta: x", "x"), ("eta: g[south]", "g[south]")]
    {
        let (a, b) = (estimate(&text, term), estimate(&built_in, other));
        assert_near(a.0, b.0, 11);
        assert_near(a.1, b.1, 11);
    }
    assert_near(text.result.loglik.0, built_in.result.loglik.0, 13);
    assert_eq!((text.result.status, text.result.df), (Status::Converged, 3));
}

#[test]
fn parameters_are_reported_on_their_own_scale_with_intervals_inside_their_domain() {
    let text =
        own("param m > 0\nparam k > 0\nloglik = negative_binomial_lpmf(y, mu = m, theta = k)", &counts());
    let built_in = fit(&FitSpec::new("y ~ 1", "negative_binomial"), &counts()).expect("a fit");
    let (theta, se) = estimate(&text, "k");
    assert_near(theta, estimate(&built_in, "theta: (intercept)").0, 10);
    assert_near(se, estimate(&built_in, "theta: (intercept)").1, 9);
    let line = text.result.coefficient("k").expect("a line");
    assert!(
        line.scale == "natural"
            && line.conf_low.0 > 0.0
            && line.conf_low.0 < theta
            && theta < line.conf_high.0
    );
}

#[test]
fn nonlinear_least_squares_reach_the_certified_digits_from_every_start() {
    for starts in [Vec::new(), vec![("b1", 500.0), ("b2", 0.0001)], vec![("b1", 250.0), ("b2", 0.0005)]] {
        let mut spec = FitSpec::own(MISRA);
        spec.starts = starts.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let fitted = fit(&spec, &misra()).expect("a fit");
        assert_eq!(fitted.result.status, Status::Converged);
        assert_near(estimate(&fitted, "b1").0, 2.389_421_291_8e2, 10);
        assert_near(estimate(&fitted, "b2").0, 5.501_564_318_1e-4, 10);
        let sigma = fitted.result.sigma.expect("a regression has a sigma");
        assert_near(sigma.unbiased.0, 1.018_787_633e-1, 9);
        assert_near(estimate(&fitted, "s").0, sigma.ml.0, 10);
    }
}

#[test]
fn weight_two_is_the_row_twice_and_a_missing_row_is_dropped() {
    let columns: [(&str, &[f64]); 2] = [("y", &[1.2, 0.3, 2.2, f64::NAN]), ("w", &[1.0, 2.0, 1.0, 1.0])];
    let text = "param m\nparam s > 0\nloglik = student_t_lpdf(y, m, s, 4)";
    let mut spec = FitSpec::own(text);
    spec.weights = Some("w".to_owned());
    let weighted = fit(&spec, &table(&columns)).expect("a fit");
    let twice = own(text, &table(&[("y", &[1.2, 0.3, 0.3, 2.2])]));
    assert_eq!((weighted.result.n_dropped, weighted.result.n), (1, 3.0));
    assert_near(weighted.result.loglik.0, twice.result.loglik.0, 12);
}

#[test]
fn what_the_data_say_nothing_of_has_no_estimate() {
    let unused = own("param a\nparam b\nloglik = normal_lpdf(y, a, 1)", &counts());
    assert_eq!(unused.result.status, Status::NotIdentified);
    assert!(unused.result.has_note("flat_likelihood"));
    assert!(estimate(&unused, "b").0.is_nan() && estimate(&unused, "b").1.is_nan());
    assert_near(estimate(&unused, "a").0, 116.0 / 24.0, 12);

    let together = own("param a, b, c\nloglik = normal_lpdf(y, a + b + c*x, 1)", &counts());
    assert_eq!(together.result.status, Status::NotIdentified);
    let note = together.result.notes.iter().find(|n| n.id == "flat_likelihood").expect("a note");
    assert_eq!(note.terms, ["a", "b"]);
    let alone = fit(&FitSpec::new("y ~ x", "gaussian"), &counts()).expect("a fit");
    assert_near(estimate(&together, "c").0, estimate(&alone, "x").0, 11);
    assert!(estimate(&together, "a").0.is_nan() && estimate(&together, "b").0.is_nan());

    let product = own("param a = 1, b = 2\nparam s > 0\nloglik = normal_lpdf(y, a*b*x, s)", &counts());
    assert_eq!(product.result.status, Status::NotIdentified);
    assert!(estimate(&product, "a").0.is_nan() && estimate(&product, "s").0.is_finite());
}

#[test]
fn a_row_without_density_is_named() {
    let data = table(&[("y", &[1.0, 2.0, -3.0, 4.0])]);
    let text = "param k > 0\nparam m > 0\nloglik = gamma_lpdf(y, shape = k, mean = m)";
    let error = fit(&FitSpec::own(text), &data).err().expect("row 3 is outside");
    assert_eq!((error.id.as_str(), error.row), ("non_finite_value", Some(3)));
}

#[test]
fn names_that_are_nothing_are_refused_with_the_nearest() {
    let text = "param a\nloglik = normal_lpdf(y, a + xx, 1)";
    let error = fit(&FitSpec::own(text), &counts()).err().expect("xx is no column");
    assert_eq!(error.id, "expression_rejected");
    assert!(error.message.contains("^^"), "{}", error.message);
    let error =
        fit(&FitSpec::own("param a\nloglik = poison_lpmf(y, exp(a))"), &counts()).err().expect("no density");
    assert!(error.message.contains("poisson_lpmf"), "{}", error.message);
}

#[test]
fn several_maxima_are_told_and_given_starts_are_kept() {
    // Two bumps of a likelihood in one parameter, the one at 3 higher.
    let bumps = "loglik = log(exp(-(m + 2)^2) + 2*exp(-(m - 3)^2)) + 0*y";
    let found = own(&format!("param m\n{bumps}"), &counts());
    assert_near(estimate(&found, "m").0, 3.0, 6);
    let there = own(&format!("param m = -1.5\n{bumps}"), &counts());
    assert_near(estimate(&there, "m").0, -2.0, 6);
    assert_eq!(there.result.own.as_ref().map(|own| own.starts), Some(1));
}

#[test]
fn the_likelihood_at_a_point_needs_no_fit() {
    let mut spec = FitSpec::own(MISRA);
    spec.at = vec![("b1".to_owned(), 240.0), ("b2".to_owned(), 0.0005), ("s".to_owned(), 2.0)];
    let at = loglik_at(&spec, &misra()).expect("a value");
    let Some(Column::Number(y)) = misra().column("y").cloned() else { panic!("numbers") };
    let Some(Column::Number(x)) = misra().column("x").cloned() else { panic!("numbers") };
    let row = |(y, x): (&f64, &f64)| {
        let z = (y - 240.0 * (1.0 - loglik_num::exp(-0.0005 * x))) / 2.0;
        -0.5 * z * z - loglik_num::log(2.0) - 0.5 * loglik_num::log(2.0 * std::f64::consts::PI)
    };
    let wanted: f64 = y.iter().zip(&x).map(row).sum();
    assert_near(at.loglik.0, wanted, 12);
    assert_eq!(at.score.len(), 3);
    spec.at.pop();
    assert!(loglik_at(&spec, &misra()).expect_err("s has no value").message.contains('s'));
}

#[test]
fn named_quantities_are_predicted_with_their_delta_standard_errors() {
    let data = counts();
    let fitted = own("eta ~ x\nmu = exp(eta)\nloglik = poisson_lpmf(y, mu)", &data);
    let file = ModelFile::parse(&fitted.model_file().expect("a text")).expect("a model file");
    assert_eq!(file.named_quantities().expect("a text"), ["eta", "mu"]);
    let expressions = ["mu".to_owned(), "1 / mu".to_owned()];
    let new = table(&[("x", &[0.5, 2.0])]);
    let found = file.predict_expressions(&new, &expressions, &PredictSpec::default()).expect("predictions");
    let built_in = fit(&FitSpec::new("y ~ x", "poisson"), &data).expect("a fit");
    let other = ModelFile::parse(&built_in.model_file().expect("a text")).expect("a model file");
    let same =
        other.predict_expressions(&new, &expressions[..1], &PredictSpec::default()).expect("predictions");
    let cell = |table: &Table, name: &str, row: usize| match table.column(name) {
        Some(Column::Number(values)) => values[row],
        _ => panic!("no column {name}"),
    };
    for row in 0..2 {
        let (mu, se) = (cell(&found, "mu", row), cell(&found, "mu_se", row));
        // d(1 / mu) = -d mu / mu^2
        assert_near(cell(&found, "1 / mu_se", row), se / (mu * mu), 10);
        assert_near(mu, cell(&same, "mu", row), 10);
        assert_near(se, cell(&same, "mu_se", row), 9);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let y: Vec<f64> = (0..200_000).map(|i| f64::from(i * 7919 % 1013) / 100.0 + 0.1).collect();
    let data = table(&[("y", &y)]);
    let run = |threads: usize| -> Vec<Number> {
        let mut spec =
            FitSpec::own("param k > 0 = 1\nparam m > 0 = 4\nloglik = gamma_lpdf(y, shape = k, mean = m)");
        spec.threads = Some(threads);
        let fitted = fit(&spec, &data).expect("a fit");
        let r = fitted.result;
        r.coefficients.iter().flat_map(|c| [c.estimate, c.std_error]).chain([r.loglik]).collect()
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_narrow_bell_far_from_zero_is_found_without_a_start() {
    // Ten points of a hundred see it; its place and width have the unit of x.
    let x: Vec<f64> = (0..100).map(|i| 400.0 + f64::from(i)).collect();
    let wiggle = |i: usize| 0.002 * (((i * 37) % 19) as f64 - 9.0) / 9.0;
    let y: Vec<f64> = x
        .iter()
        .enumerate()
        .map(|(i, x)| 0.4 * loglik::num::exp(-0.5 * ((x - 451.0) / 4.0).powi(2)) + wiggle(i))
        .collect();
    let table = table(&[("y", &y), ("x", &x)]);
    let fitted = own(
        "param height, place, width\nparam s > 0\nloglik = normal_lpdf(y, height*exp(-0.5*((x - place)/width)^2), s)",
        &table,
    );
    assert_eq!(fitted.result.status, Status::Converged);
    let near = |term: &str, wanted: f64| (estimate(&fitted, term).0.abs() - wanted).abs() < 0.02 * wanted;
    assert!(
        near("height", 0.4) && near("place", 451.0) && near("width", 4.0),
        "{:?}",
        fitted.result.coefficients
    );
}

#[test]
fn softmax_as_a_text_has_the_estimates_of_the_built_in_one() {
    let n = 60;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i) / 20.0).collect();
    let codes: Vec<u32> = (0..n as u32).map(|i| (i * 7 + i / 20) % 3).collect();
    let levels = ["a".to_owned(), "b".to_owned(), "c".to_owned()].into();
    let table = Table::from_columns([
        ("class", Column::Category { codes, levels, ordered: false }),
        ("x", Column::Number(x)),
    ])
    .expect("columns of one length");
    let text = own("b ~ x\nc ~ x\nloglik = categorical_lpmf(code(class), 0, b, c)", &table);
    let built_in = fit(&FitSpec::new("class ~ x", "softmax"), &table).unwrap_or_else(|e| panic!("{e}"));
    for term in ["b: (intercept)", "b: x", "c: (intercept)", "c: x"] {
        let ((got, se), (wanted, built_in)) = (estimate(&text, term), estimate(&built_in, term));
        assert_near(got, wanted, 9);
        assert_near(se, built_in, 9);
    }
    assert_near(text.result.loglik.0, built_in.result.loglik.0, 12);
}

#[test]
fn a_limit_without_likelihood_is_no_boundary() {
    // The slope in p is 1 up to the end of its range, where the text divides by zero: the maximum is at 2 - 1e-6.
    let y: Vec<f64> = (0..40).map(|i| 0.3 + f64::from((i * 13) % 40) / 9.0).collect();
    let text = "param m\nparam p in (1, 2)\nloglik = p - 1e-12/(2 - p) - 0.5*(y - m)^2";
    let fitted = own(text, &table(&[("y", &y)]));
    assert!(fitted.result.loglik.0.is_finite(), "{:?}", fitted.result.loglik);
    let from_end = 2.0 - estimate(&fitted, "p").0;
    assert!((from_end - 1e-6).abs() < 1e-8, "{from_end}");
}

#[test]
fn starts_of_many_rows_are_told_apart_on_some_and_end_at_the_maximum_of_all() {
    // Two heaps, the greater at 12, a local maximum at each; the text's own start of 0 lies between them.
    let heap = |i: u32| if i % 5 < 2 { -12.0 } else { 12.0 };
    let y: Vec<f64> = (0..60_000).map(|i| heap(i) + f64::from(i * 7 % 11) / 5.0 - 1.0).collect();
    let table = table(&[("y", &y)]);
    let several = own("param m\nloglik = cauchy_lpdf(y, m, 1)", &table);
    let meant = own("param m = 12\nloglik = cauchy_lpdf(y, m, 1)", &table);
    assert_eq!(several.result.status, Status::Converged);
    assert_near(estimate(&several, "m").0, estimate(&meant, "m").0, 10);
    assert_near(estimate(&several, "m").1, estimate(&meant, "m").1, 8);
    assert!((estimate(&meant, "m").0 - 12.0).abs() < 0.5);
}
