//! Marginal effects against closed forms, differences of predictions and identities.

#![allow(clippy::disallowed_methods, reason = "expected values come from the standard library")]

use loglik::expr::Column;
use loglik::{Effect, EffectSpec, FitSpec, Fitted, ModelFile, PredictSpec, Table, fit};
use std::sync::Arc;

const N: usize = 40;

fn x(i: usize) -> f64 {
    1.0 + ((i * 7) % N) as f64 / 8.0
}

fn z(i: usize) -> f64 {
    ((i * 11) % 5) as f64 - 2.0
}

fn group(i: usize) -> u32 {
    (i % 3) as u32
}

/// Rows with x moved by `shift`.
fn table(shift: f64) -> Table {
    let number = |f: &dyn Fn(usize) -> f64| Column::Number((0..N).map(f).collect());
    let bump = |i: usize| ((i * 13) % 7) as f64;
    let levels: Arc<[String]> = Arc::from(["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    let codes = |f: &dyn Fn(usize) -> u32| Column::Category {
        codes: (0..N).map(f).collect(),
        levels: Arc::clone(&levels),
        ordered: false,
    };
    Table::from_columns([
        ("x", number(&|i| x(i) + shift)),
        ("z", number(&z)),
        ("g", codes(&group)),
        ("y", number(&|i| 2.0 + x(i) + 0.3 * z(i) + 0.1 * bump(i))),
        ("n", number(&|i| (x(i) + bump(i) / 2.0).floor())),
        ("event", number(&|i| f64::from(u8::from(x(i) + bump(i) > 5.5)))),
        ("class", codes(&|i| ((x(i) + bump(i)) as u32 + i as u32) % 3)),
    ])
    .expect("columns of one length")
}

fn model(formula: &str, likelihood: &str) -> (Fitted, ModelFile) {
    let mut spec = FitSpec::new(formula, likelihood);
    spec.threads = Some(1);
    let fitted = fit(&spec, &table(0.0)).expect("the fit is possible");
    let file = ModelFile::parse(&fitted.model_file().expect("it can be written")).expect("it can be read");
    (fitted, file)
}

fn effects(file: &ModelFile, change: impl Fn(&mut EffectSpec)) -> Vec<Effect> {
    let mut spec = EffectSpec::default();
    change(&mut spec);
    file.effects(&table(0.0), &spec).expect("the model has effects").effects
}

fn of(variables: &[&str]) -> impl Fn(&mut EffectSpec) {
    let variables: Vec<String> = variables.iter().map(|v| (*v).to_owned()).collect();
    move |spec| spec.variables.clone_from(&variables)
}

fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{got} against {want}");
}

#[test]
fn slopes_of_least_squares_are_the_coefficients() {
    let (fitted, file) = model("y ~ x + z + g", "gaussian");
    for effect in effects(&file, |_| {}) {
        let term = match &effect.contrast {
            Some(pair) => format!("g[{}]", pair.split(' ').next().expect("it begins with the level")),
            None => effect.variable.clone(),
        };
        let line = fitted.result.coefficient(&term).expect("an effect a coefficient");
        close(effect.estimate.0, line.estimate.0, 1e-10);
        close(effect.std_error.0, line.std_error.0, 1e-10);
        close(effect.p_value.0, line.p_value.0, 1e-10);
    }
}

#[test]
fn a_logistic_slope_has_the_textbooks_error() {
    let (fitted, file) = model("event ~ x + z", "bernoulli");
    let found = effects(&file, of(&["x"])).remove(0);
    let b: Vec<f64> = fitted.result.coefficients.iter().map(|c| c.estimate.0).collect();
    let vcov = fitted.result.vcov.as_ref().expect("three coefficients");
    let (mut slope, mut gradient) = (0.0, [0.0; 3]);
    for i in 0..N {
        let row = [1.0, x(i), z(i)];
        let eta: f64 = row.iter().zip(&b).map(|(a, b)| a * b).sum();
        let p = 1.0 / (1.0 + (-eta).exp());
        let v = p * (1.0 - p);
        slope += v * b[1] / N as f64;
        for (j, a) in row.iter().enumerate() {
            gradient[j] += v * ((1.0 - 2.0 * p) * b[1] * a + f64::from(u8::from(j == 1))) / N as f64;
        }
    }
    let entry = |i: usize, j: usize| vcov.lower[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)].0;
    let variance: f64 =
        (0..3).map(|i| (0..3).map(|j| gradient[i] * gradient[j] * entry(i, j)).sum::<f64>()).sum();
    close(found.estimate.0, slope, 1e-12);
    close(found.std_error.0, variance.sqrt(), 1e-10);
}

#[test]
fn slopes_are_the_limits_of_differences_of_predictions() {
    let formulas = [
        "n ~ log(x) + z",
        "n ~ poly(x, 3) + x:z",
        "n ~ poly(x, 2, raw = 1) + g:x",
        "n ~ bs(x, df = 5)",
        "n ~ ns(x, df = 3) + I(x^2):g",
        "n ~ z + offset(0.1 * sqrt(x))",
    ];
    for formula in formulas {
        let (_, file) = model(formula, "poisson");
        let mean = |shift: f64| {
            let found = file.predict(&table(shift), &PredictSpec::default()).expect("it predicts");
            let Some(Column::Number(means)) = found.column("response") else { panic!("a mean") };
            means.iter().sum::<f64>() / N as f64
        };
        // A central difference, whose error is of the order of the square of its step.
        let h = 1e-4;
        let difference = (mean(h) - mean(-h)) / (2.0 * h);
        let spec = EffectSpec { variables: vec!["x".to_owned()], ..EffectSpec::default() };
        if file.fit.formula.contains("offset") {
            // Nothing but the offset reads x: its slope has no error of its own beyond that of the mean.
            let found = file.effects(&table(0.0), &spec).expect("an offset has a slope").effects.remove(0);
            close(found.estimate.0, difference, 1e-6);
            continue;
        }
        let found = file.effects(&table(0.0), &spec).expect(formula).effects.remove(0);
        close(found.estimate.0, difference, 1e-6);
        assert!(found.std_error.0 > 0.0);
    }
}

#[test]
fn probabilities_of_all_classes_change_by_nothing_in_sum() {
    for likelihood in ["categorical", "ordinal"] {
        let (_, file) = model("class ~ x + g", likelihood);
        let found = effects(&file, |_| {});
        for contrast in [None, Some("b - a"), Some("c - a")] {
            let same: Vec<&Effect> = found.iter().filter(|e| e.contrast.as_deref() == contrast).collect();
            assert_eq!(same.len(), 3);
            close(same.iter().map(|e| e.estimate.0).sum(), 0.0, 1e-12);
            assert!(same.iter().any(|e| e.estimate.0.abs() > 1e-4));
        }
        let predicted = effects(&file, |spec| spec.predict.push(("g".to_owned(), Vec::new())));
        assert_eq!(predicted.len(), 9);
        close(predicted.iter().map(|e| e.estimate.0).sum(), 3.0, 1e-12);
    }
}

#[test]
fn groups_average_to_the_whole_and_contrasts_are_differences_of_predictions() {
    let (_, file) = model("n ~ x * g", "poisson");
    let whole = effects(&file, of(&["x"])).remove(0);
    let by = effects(&file, |spec| {
        spec.variables.push("x".to_owned());
        spec.by = Some("g".to_owned());
    });
    assert_eq!(by.iter().map(|e| e.by.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b"), Some("c")]);
    close(by.iter().map(|e| e.n * e.estimate.0).sum::<f64>() / N as f64, whole.estimate.0, 1e-12);
    let at = effects(&file, |spec| spec.predict.push(("x".to_owned(), vec!["2".to_owned(), "4".to_owned()])));
    let change = effects(&file, |spec| spec.contrasts.push(("x".to_owned(), "2".to_owned(), "4".to_owned())));
    close(change[0].estimate.0, at[1].estimate.0 - at[0].estimate.0, 1e-12);
    assert!(at[0].p_value.0.is_nan() && change[0].p_value.0 < 1.0);
}

#[test]
fn what_the_model_does_not_read_is_refused_with_the_nearest_word() {
    let (_, file) = model("y ~ x + z", "gaussian");
    let spec = EffectSpec { variables: vec!["zz".to_owned()], ..EffectSpec::default() };
    let error = file.effects(&table(0.0), &spec).expect_err("no such column");
    assert_eq!((error.id.as_str(), error.remedy.as_deref()), ("unknown_column", Some("did you mean `z`?")));
}

#[test]
fn rows_that_are_groups_count_as_often_as_their_trials() {
    let number = |values: &[f64]| Column::Number(values.to_vec());
    let (x, s, f) = ([0.0, 1.0, 2.0], [1.0, 6.0, 9.0], [9.0, 14.0, 3.0]);
    let grouped =
        Table::from_columns([("x", number(&x)), ("s", number(&s)), ("f", number(&f))]).expect("rows");
    let row = |at: usize, y: f64, times: f64| vec![(x[at], y); times as usize];
    let single: Vec<(f64, f64)> =
        (0..3).flat_map(|at| [row(at, 1.0, s[at]), row(at, 0.0, f[at])]).flatten().collect();
    let columns: [Vec<f64>; 2] = [single.iter().map(|r| r.0).collect(), single.iter().map(|r| r.1).collect()];
    let single = Table::from_columns([("x", number(&columns[0])), ("y", number(&columns[1]))]).expect("rows");
    let of = |formula: &str, table: &Table| {
        let fitted = fit(&FitSpec::new(formula, "bernoulli"), table).expect("a fit");
        let file = ModelFile::parse(&fitted.model_file().expect("written")).expect("read");
        file.effects(table, &EffectSpec::default()).expect("a mean")
    };
    let (a, b) = (of("cbind(s, f) ~ x", &grouped), of("y ~ x", &single));
    assert_eq!((a.n, a.trials, b.n, b.trials), (3, Some(42.0), 42, None));
    assert!((a.effects[0].estimate.0 - b.effects[0].estimate.0).abs() < 1e-12);
    assert!((a.effects[0].std_error.0 - b.effects[0].std_error.0).abs() < 1e-12);
    // Without the response every row counts once.
    let alone = Table::from_columns([("x", number(&x))]).expect("rows");
    let fitted = fit(&FitSpec::new("cbind(s, f) ~ x", "bernoulli"), &grouped).expect("a fit");
    let file = ModelFile::parse(&fitted.model_file().expect("written")).expect("read");
    let plain = file.effects(&alone, &EffectSpec::default()).expect("a mean");
    assert_eq!(plain.trials, None);
    assert!((plain.effects[0].estimate.0 - a.effects[0].estimate.0).abs() > 1e-3);
}

/// The model file of a text.
fn text(text: &str) -> ModelFile {
    let fitted = fit(&FitSpec::own(text), &table(0.0)).expect("the fit is possible");
    ModelFile::parse(&fitted.model_file().expect("it can be written")).expect("it can be read")
}

#[test]
fn effects_of_a_text_are_those_of_the_built_in_likelihood_that_it_writes_out() {
    let (_, built) = model("n ~ x + z + g", "poisson");
    let own = text("eta ~ x + z + g\nloglik = poisson_lpmf(n, mu = exp(eta))");
    for change in [
        (|_| {}) as fn(&mut EffectSpec),
        |spec| spec.by = Some("g".to_owned()),
        |spec| spec.predict = vec![("g".to_owned(), Vec::new()), ("x".to_owned(), vec!["2.5".to_owned()])],
        |spec| spec.link = true,
    ] {
        let (want, got) = (effects(&built, change), effects(&own, change));
        assert_eq!(want.len(), got.len());
        for (want, got) in want.iter().zip(&got) {
            assert_eq!((&want.effect, &want.contrast, &want.by), (&got.effect, &got.contrast, &got.by));
            // Two climbs to one maximum.
            close(got.estimate.0, want.estimate.0, 1e-8);
            close(got.std_error.0, want.std_error.0, 1e-8);
        }
    }
    assert_eq!(effects(&own, |_| {})[0].quantity.as_deref(), Some("exp(eta)"));
}

#[test]
fn a_column_that_the_text_reads_itself_has_slopes_and_contrasts_of_any_quantity() {
    let own = text(
        "param a, b, c\nparam s > 0\nmu = a + b * x * x + c * z\nloglik = gaussian_lpdf(y, mu = mu, sigma = s)",
    );
    let (_, twin) = model("y ~ I(x^2) + z", "gaussian");
    let slope = |file: &ModelFile| effects(file, of(&["x"]))[0].clone();
    // Both by maximum likelihood; the built-in one has divisor n - p in its errors.
    close(slope(&own).estimate.0, slope(&twin).estimate.0, 1e-8);
    let factor = ((N - 3) as f64 / N as f64).sqrt();
    close(slope(&own).std_error.0, slope(&twin).std_error.0 * factor, 1e-6);
    let moved = |spec: &mut EffectSpec| {
        spec.contrasts = vec![("z".to_owned(), "-1".to_owned(), "2".to_owned())];
        spec.quantities = vec!["c".to_owned(), "exp(mu - mu) * c * z".to_owned(), "s".to_owned()];
    };
    let found = effects(&own, moved);
    // Neither `c` nor `s` depends on z.
    assert_eq!(found.len(), 1);
    let c = effects(&twin, of(&["z"]))[0].estimate.0;
    close(found[0].estimate.0, 3.0 * c, 1e-8);
    let refused = own
        .effects(&table(0.0), &EffectSpec { quantities: vec!["mu + q".to_owned()], ..EffectSpec::default() });
    assert!(refused.expect_err("there is no q").to_string().contains('q'));
}
