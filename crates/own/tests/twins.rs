//! Text twins against the built-in likelihoods: value, score and information to 1e-11.

use loglik_expr::{Column, Columns, Library, parse_program};
use loglik_likelihood::{Args, Likelihood, Moments, Order, ResponseKind, RowDerivs, Support, Tail, find};
use loglik_num::exp;
use loglik_own::{Densities, Own};

/// Rows that are compared at a time.
const N: usize = 8;

/// Response columns by name.
struct Rows {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns for Rows {
    fn rows(&self) -> usize {
        N
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|at| &self.columns[at])
    }
    fn file_row(&self, row: usize) -> usize {
        row
    }
}

/// Uniform numbers in (0, 1), the same on every machine.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
    fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.next()
    }
}

/// The declaration of a parameter whose coordinate is that of the support.
fn declared(name: &str, support: Support) -> String {
    match support {
        Support::Real => format!("param {name}"),
        Support::Positive => format!("param {name} > 0"),
        Support::Unit => format!("param {name} in (0, 1)"),
        Support::Above(a) => format!("param {name} > {a}"),
        Support::Below(b) => format!("param {name} < {b}"),
        Support::Between(a, b) => format!("param {name} in ({a}, {b})"),
    }
}

/// Coordinates of one parameter: away from the places where a plain formula has no digits left.
fn coordinate(family: &str, name: &str, random: &mut Uniform) -> f64 {
    match (family, name) {
        // Through 0 the plain formula of these is 0 / 0; the built-in has a series there.
        ("gev" | "gpd", "xi") => random.between(0.1, 0.4),
        ("generalized_gamma", "Q") => random.between(0.4, 1.2),
        _ => random.between(-0.8, 0.9),
    }
}

/// Response columns of a row that the likelihood admits.
fn response(likelihood: &dyn Likelihood, u: &[f64], random: &mut Uniform) -> Vec<f64> {
    if likelihood.spec().response == ResponseKind::Trials {
        return vec![(random.next() * 8.0).floor(), 7.0];
    }
    let y = likelihood.sample(u, &mut || random.next()).expect("every twin can be sampled");
    vec![y]
}

fn evaluated(likelihood: &dyn Likelihood, tail: Tail, y: &[Vec<f64>], u: &[f64]) -> RowDerivs {
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; N]).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    likelihood.eval(tail, &y, &u, Order::Hessian, &mut out);
    out
}

#[track_caller]
fn assert_same(what: &str, got: &[f64], wanted: &[f64]) {
    for (row, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let same = got == wanted || (got.is_nan() && wanted.is_nan());
        // 1e-11 of the value, or of the terms of order one that it is the sum of.
        assert!(
            same || (got - wanted).abs() <= 1e-11 * wanted.abs().max(1.0),
            "{what}, row {row}: {got} {wanted}"
        );
    }
}

/// Compares one density with its built-in; how many rows were compared.
fn compare(call: &str, random: &mut Uniform) -> usize {
    let (word, end) = call.rsplit_once('_').expect("a density has an ending");
    let family = find(word).expect("a twin is a twin of a family");
    let likelihood = (family.make)(&Args::default()).expect("a family is made without arguments");
    let spec = likelihood.spec();
    let tail = match end {
        "lcdf" => Tail::Cdf,
        "lccdf" => Tail::Sf,
        _ => Tail::Pdf,
    };
    assert!(tail == Tail::Pdf || spec.tails, "{call}: the built-in has no tails");
    let lines: Vec<String> = spec.params.iter().map(|p| declared(&p.name, p.support)).collect();
    let mut args = vec![spec.columns[0].name.to_owned()];
    args.extend(spec.columns[1..].iter().map(|c| format!("{0} = {0}", c.name)));
    args.extend(spec.params.iter().map(|p| format!("{0} = {0}", p.name)));
    let text = format!("{}\nloglik = {call}({})", lines.join("\n"), args.join(", "));
    let program = parse_program(&text).expect("the text is in the grammar");
    let mut compared = 0;
    for _ in 0..4 {
        let u: Vec<f64> = spec.params.iter().map(|p| coordinate(family.name, &p.name, random)).collect();
        let rows: Vec<Vec<f64>> = (0..N).map(|_| response(likelihood.as_ref(), &u, random)).collect();
        let y: Vec<Vec<f64>> =
            (0..spec.columns.len()).map(|c| rows.iter().map(|row| row[c]).collect()).collect();
        let names = spec.columns.iter().map(|c| c.name.to_owned()).collect();
        let table = Rows { names, columns: y.iter().cloned().map(Column::Number).collect() };
        let own = Own::new(&program, &table, &Densities).unwrap_or_else(|e| panic!("{}", e.pointed(&text)));
        let prepared = own.responses(&table).expect("columns are numbers");
        let (wanted, got) =
            (evaluated(likelihood.as_ref(), tail, &y, &u), evaluated(&own, Tail::Pdf, &prepared, &u));
        assert_same(&format!("{call} at {u:?}: value"), &got.l, &wanted.l);
        assert_same(&format!("{call} at {u:?}, y {y:?}: score"), &got.g, &wanted.g);
        assert_same(&format!("{call} at {u:?}, y {y:?}: information"), &got.h, &wanted.h);
        compared += N;
    }
    compared
}

#[test]
fn every_twin_is_its_built_in_in_value_score_and_information() {
    let mut random = Uniform(7);
    // Those over classes have as many arguments as classes: the tests below.
    let over_classes = |name: &String| ["categorical_lpmf", "ordinal_lpmf"].contains(&name.as_str());
    let names: Vec<String> = Densities.names().into_iter().filter(|name| !over_classes(name)).collect();
    let compared: usize = names.iter().map(|name| compare(name, &mut random)).sum();
    assert_eq!(compared, names.len() * 4 * N);
    assert!(names.len() > 75, "densities and tails: {}", names.len());
    for family in loglik_likelihood::families::ALL {
        let density = |name: &String| name.rsplit_once("_lp").is_some_and(|(word, _)| word == family.name);
        assert!(Densities.names().iter().any(density), "{} has no twin", family.name);
    }
    // A likelihood with tails has them as texts too; the series of the log series has no formula of fixed length.
    for family in loglik_likelihood::families::ALL.iter().filter(|family| family.name != "log_series") {
        let Ok(likelihood) = (family.make)(&Args::default()) else { continue };
        let tail = format!("{}_lccdf", family.name);
        assert_eq!(likelihood.spec().tails, names.contains(&tail), "{tail}");
    }
}

#[test]
fn a_density_may_be_given_by_other_parameters() {
    // Each pair says the same in two parametrisations, at y = 2.5.
    for (one, other) in [
        ("gamma_lpdf(y, shape = a, mean = b)", "gamma_lpdf(y, shape = a, rate = a / b)"),
        ("gamma_lpdf(y, mu = b, shape = a)", "gamma_lpdf(y, scale = b / a, shape = a)"),
        ("normal_lpdf(y, a, b)", "gaussian_lpdf(y, mean = a, sd = b)"),
        ("weibull_lpdf(y, shape = a, scale = b)", "weibull_lpdf(y, mu = log(b), sigma = 1 / a)"),
        ("beta_lpdf(y / 9, shape1 = a, shape2 = b)", "beta_lpdf(y / 9, mu = a / (a + b), phi = a + b)"),
        ("nbinom_lpmf(2, size = a, mu = b)", "negative_binomial_lpmf(2, mu = b, alpha = 1 / a)"),
        ("exponential_lcdf(y, rate = a * b)", "exponential_lcdf(y, mu = -log(a * b))"),
        (
            "binomial_lpmf(3, trials = 7, mu = a / (a + b))",
            "bernoulli_lpmf(3, logit = log(a / b), trials = 7)",
        ),
    ] {
        let table = Rows { names: vec!["y".to_owned()], columns: vec![Column::Number(vec![2.5; N])] };
        let value = |call: &str| {
            let text = format!("param a > 0\nparam b > 0\nloglik = {call}");
            let program = parse_program(&text).expect("the text is in the grammar");
            let own =
                Own::new(&program, &table, &Densities).unwrap_or_else(|e| panic!("{}", e.pointed(&text)));
            let y = own.responses(&table).expect("columns are numbers");
            evaluated(&own, Tail::Pdf, &y, &[0.3, -0.2])
        };
        let (one, other) = (value(one), value(other));
        assert_same("value", &one.l, &other.l);
        assert_same("score", &one.g, &other.g);
        assert_same("information", &one.h, &other.h);
        assert!(one.l[0].is_finite() && one.l[0] < 0.0);
    }
}

#[test]
fn what_a_text_begins_with_is_what_it_says() {
    let program =
        parse_program("param a = 3, k > 2 = 3, p in (0, 4) = 1\nloglik = a*y + k*p").expect("a text");
    let table = Rows { names: vec!["y".to_owned()], columns: vec![Column::Number(vec![1.0; N])] };
    let own = Own::new(&program, &table, &Densities).expect("a likelihood");
    let starts = own.starts(&Moments::default());
    let natural: Vec<f64> =
        starts[0].iter().zip(&own.spec().params).map(|(u, p)| p.support.natural(*u)).collect();
    for (got, wanted) in natural.iter().zip([3.0, 3.0, 1.0]) {
        assert!((got - wanted).abs() < 1e-15, "{natural:?}");
    }
}

/// Compares a text over codes from 1 with a built-in likelihood of the same classes.
fn compare_classes(text: &str, name: &str, args: &Args, u: &[f64]) {
    let classes = args.classes.len();
    let family = find(name).expect("a registered name");
    let likelihood = (family.make)(args).expect("classes make a likelihood");
    let codes: Vec<f64> = (0..N).map(|row| (row % classes) as f64).collect();
    let table = Rows {
        names: vec!["y".to_owned()],
        columns: vec![Column::Number(codes.iter().map(|code| code + 1.0).collect())],
    };
    let program = parse_program(text).expect("the text is in the grammar");
    let own = Own::new(&program, &table, &Densities).unwrap_or_else(|e| panic!("{}", e.pointed(text)));
    let prepared = own.responses(&table).expect("columns are numbers");
    let wanted = evaluated(likelihood.as_ref(), Tail::Pdf, &[codes], u);
    let got = evaluated(&own, Tail::Pdf, &prepared, u);
    assert_same(&format!("{text} at {u:?}: value"), &got.l, &wanted.l);
    assert_same(&format!("{text} at {u:?}: score"), &got.g, &wanted.g);
    assert_same(&format!("{text} at {u:?}: information"), &got.h, &wanted.h);
}

fn of_classes(classes: usize) -> Args {
    Args { classes: (0..classes).map(|c| format!("c{c}")).collect(), ..Args::default() }
}

#[test]
fn softmax_as_a_text_is_the_built_in_one() {
    let mut random = Uniform(11);
    for classes in [2, 3, 5, 8] {
        let logits: Vec<String> = (1..classes).map(|c| format!("e{c}")).collect();
        let logits = logits.join(", ");
        let text = format!("param {logits}\nloglik = categorical_lpmf(y, 0, {logits})");
        for size in [1.0, 30.0] {
            let u: Vec<f64> = (1..classes).map(|_| random.between(-size, size)).collect();
            compare_classes(&text, "categorical", &of_classes(classes), &u);
        }
    }
}

#[test]
fn ordered_classes_as_a_text_are_the_built_in_ones_for_every_link_and_structure() {
    let mut random = Uniform(13);
    for structure in ["cumulative", "adjacent", "continuation", "stopping"] {
        for link in ["logit", "probit", "cloglog", "loglog", "cauchit"] {
            for classes in [2, 3, 5] {
                let cuts: Vec<String> = (1..classes).map(|c| format!("t{c}")).collect();
                let cuts = cuts.join(", ");
                let words = format!("link = '{link}', structure = '{structure}'");
                let text = format!(
                    "param mu, {cuts}\nparam s > 0\nloglik = ordinal_lpmf(y, mu, {cuts}, sigma = s, {words})"
                );
                let args = Args {
                    link: Some(link.parse().expect("a link")),
                    structure: Some(structure.to_owned()),
                    ..of_classes(classes)
                };
                let mut u = vec![random.between(-0.5, 0.5)];
                u.extend((1..classes).map(|c| c as f64 - 2.0 + random.between(-0.3, 0.3)));
                u.push(random.between(-0.4, 0.4));
                compare_classes(&text, "ordinal", &args, &u);
            }
        }
    }
}

#[test]
fn a_code_beside_the_classes_and_thresholds_that_cross_have_no_chance() {
    let value = |call: &str, code: f64| {
        let text = format!("param a, b\nloglik = {call}");
        let table = Rows { names: vec!["y".to_owned()], columns: vec![Column::Number(vec![code; N])] };
        let program = parse_program(&text).expect("the text is in the grammar");
        let own = Own::new(&program, &table, &Densities).unwrap_or_else(|e| panic!("{}", e.pointed(&text)));
        let prepared = own.responses(&table).expect("columns are numbers");
        evaluated(&own, Tail::Pdf, &prepared, &[0.4, -0.7]).l[0]
    };
    for code in [0.0, 1.5, 4.0] {
        assert_eq!(value("categorical_lpmf(y, 0, a, b)", code), f64::NEG_INFINITY);
        assert_eq!(value("ordinal_lpmf(y, 0, b, a)", code), f64::NEG_INFINITY);
    }
    assert_eq!(value("ordinal_lpmf(y, 0, a, b)", 2.0), f64::NEG_INFINITY);
    // Three classes, their probabilities from the other two.
    let rest = |call: &str| 1.0 - exp(value(call, 1.0)) - exp(value(call, 3.0));
    for call in ["categorical_lpmf(y, 0, a, b)", "ordinal_lpmf(y, 0, b, a)"] {
        assert!((exp(value(call, 2.0)) - rest(call)).abs() < 1e-14, "{call}");
    }
}

#[test]
fn a_word_that_is_no_link_is_refused_with_those_that_are() {
    let text = "param a, b\nloglik = ordinal_lpmf(y, 0, a, b, link = 'logt')";
    let table = Rows { names: vec!["y".to_owned()], columns: vec![Column::Number(vec![1.0; N])] };
    let program = parse_program(text).expect("the text is in the grammar");
    let Err(error) = Own::new(&program, &table, &Densities) else { panic!("it was taken") };
    let shown = error.pointed(text);
    assert!(shown.contains("'logt'") && shown.contains("'logit', 'probit'"), "{shown}");
}
