//! Own likelihoods: exact derivatives, stable forms, library densities, prepared columns.

use loglik_expr::{
    Arg, Argument, Column, Columns, Compiled, Domain, EvalError, EvalProblem, Input, Library, NoLibrary,
    Order, Output, Scratch, Source, Template, compile, derivative, parse_expression, parse_program, scalar,
};

/// Sixteen rows of `y` (counts), `x` and a category `g`.
struct Data {
    names: Vec<String>,
    columns: Vec<Column>,
}

const N: usize = 16;

fn data() -> Data {
    let y: Vec<f64> = (0..N).map(|i| f64::from(u8::try_from(i * i % 11).expect("small"))).collect();
    let x = (0..N).map(|i| 0.3 + 0.17 * f64::from(u8::try_from(i).expect("small"))).collect();
    let codes = (0..N).map(|i| u32::from(i % 3 == 0)).collect();
    let levels = ["a".to_owned(), "b".to_owned()].into();
    let names = ["y", "x", "g"].map(String::from).to_vec();
    Data {
        names,
        columns: vec![
            Column::Number(y),
            Column::Number(x),
            Column::Category { codes, levels, ordered: false },
        ],
    }
}

impl Columns for Data {
    fn rows(&self) -> usize {
        N
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|i| &self.columns[i])
    }
    fn file_row(&self, row: usize) -> usize {
        row
    }
}

/// The Gaussian density as its text, and one that calls it.
struct Densities;

impl Library for Densities {
    fn density(&self, name: &str, _: &[Arg]) -> Result<Option<Template>, EvalError> {
        let argument = |name: &str, default| Argument { name: name.to_owned(), default };
        let text = match name {
            "gaussian_lpdf" => "-0.5 * z^2 - log(sigma) - 0.5 * log(2 * pi)",
            _ => return Ok(None),
        };
        let program = parse_program("z = (y - mu) / sigma\nloglik = z").expect("a definition");
        Ok(Some(Template {
            arguments: vec![argument("y", None), argument("mu", Some(0.0)), argument("sigma", Some(1.0))],
            definitions: program.definitions,
            body: parse_expression(text).expect("a body"),
            options: Vec::new(),
        }))
    }
    fn names(&self) -> Vec<String> {
        vec!["gaussian_lpdf".to_owned()]
    }
}

fn compiled(text: &str) -> Result<Compiled, EvalError> {
    compiled_for(text, true)
}

/// The same, with parameters that have one value in all rows as a rule, or not.
fn compiled_for(text: &str, is_common: bool) -> Result<Compiled, EvalError> {
    let program = parse_program(text).expect(text);
    let params = program.params.iter().map(|p| Input { name: p.name.clone(), domain: p.domain, is_common });
    let predictors = program.predictors.iter().map(|p| Input {
        name: p.name.clone(),
        domain: Domain::Real,
        is_common: false,
    });
    let inputs: Vec<Input> = params.chain(predictors).collect();
    compile(Source {
        loglik: &program.loglik,
        definitions: &program.definitions,
        inputs: &inputs,
        columns: &data(),
        library: &Densities,
    })
}

/// Value, gradient and Hessian \[n\], \[k\]\[n\], \[k (k + 1) / 2\]\[n\].
type Planes = (Vec<f64>, Vec<f64>, Vec<f64>);

/// Planes at one point, the same in all rows.
fn planes(model: &Compiled, u: &[f64]) -> Planes {
    let k = model.inputs();
    let prepared = model.prepare(&data()).expect("columns");
    let prepared: Vec<&[f64]> = prepared.iter().map(Vec::as_slice).collect();
    let inputs: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; N]).collect();
    let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
    let (mut l, mut g, mut h) = (vec![0.0; N], vec![0.0; k * N], vec![0.0; k * (k + 1) / 2 * N]);
    let out = Output { l: &mut l, g: &mut g, h: &mut h };
    model.eval(Order::Hessian, &prepared, &inputs, &mut Scratch::default(), out);
    (l, g, h)
}

/// Derivatives against central differences of fourth order, whose error is about step^4 and eps / step.
#[track_caller]
fn assert_derivatives(text: &str, u: &[f64]) {
    let model = compiled(text).expect(text);
    let (_, g, h) = planes(&model, u);
    let step = 1e-3;
    let moved = |i: usize, by: f64| {
        let mut u = u.to_vec();
        u[i] += by * step;
        planes(&model, &u)
    };
    for i in 0..u.len() {
        let around: Vec<_> = [-2.0, -1.0, 1.0, 2.0].into_iter().map(|by| moved(i, by)).collect();
        let slope = |plane: &dyn Fn(&Planes) -> f64| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|m| plane(&around[m]));
            ((a - d) + 8.0 * (c - b)) / (12.0 * step)
        };
        for row in 0..N {
            let (wanted, got) = (slope(&|p| p.0[row]), g[i * N + row]);
            let size = around[0].0[row].abs().max(1.0);
            assert!(
                (got - wanted).abs() <= 1e-8 * size.max(wanted.abs()),
                "{text}: g[{i}] row {row}: {got} {wanted}"
            );
            for j in 0..=i {
                let (wanted, got) = (slope(&|p| p.1[j * N + row]), h[(i * (i + 1) / 2 + j) * N + row]);
                let size = around[0].1[j * N + row].abs().max(1.0);
                assert!(
                    (got - wanted).abs() <= 1e-7 * size.max(wanted.abs()),
                    "{text}: h[{i}, {j}] row {row}: {got} {wanted}"
                );
            }
        }
    }
}

#[test]
fn derivatives_agree_with_differences() {
    for text in [
        "loglik = y*log(mu) - mu - lgamma(y + 1); mu = exp(a); param a, b",
        "param a, b\nloglik = lgamma(y + exp(b)) - lgamma(exp(b)) - lgamma(y + 1) + exp(b)*log(exp(b)/(exp(a) + exp(b))) + y*log(exp(a)/(exp(a)+exp(b)))",
        "param a, b\nloglik = y*a - y*log(1 + exp(a)) + b^3 * sin(a*b) / (2 + cos(b))",
        "param k > 0, p in (0, 1)\nloglik = log(p) + y*log(1 - p) + log1p(-p^k) * x - k^x",
        "param a, b\nloglik = logaddexp(log(0.3) + gaussian_lpdf(x, mu = a), log(0.7) + gaussian_lpdf(x, b, sigma = exp(a)))",
        "param a, b\nloglik = if(x > 1, a^2*b, exp(a - b)) + max(a, b*x) - min(a*a, 3) + abs(a - 9)",
        "param a, b\nloglik = erf(a*x) + atan(b/x) + tan(a*0.3) + expm1(b)*sqrt(x + exp(a)) + log1mexp(-exp(b)) - log(expm1(exp(a)))",
        "param a, b\nloglik = log_ndtr(a*x - b) + ndtr(b) + norm_quantile(0.2 + 0.1*sigmoid(a)) + digamma(exp(a)) + lbeta(exp(a), exp(b)*x)",
        "param a, b\nloglik = (x^a - 1)/a * b + exprel(b) + log_bessel_i0(a + 2*b) + x^(a*b) + logdiffexp(a + 3, b)",
        "param a, b\nloglik = log2(exp(a) + x) + log10(2 + sin(b)) + a % 5 + logit(0.3 + 0.1*sin(a*b)) + cloglog(0.5*sigmoid(b))",
        "param a, b\nloglik = log_rising(exp(a), x) + log_rising(2, exp(b)) + a/b/x + 1/(1 + exp(a*b)) + (a*b)^-2 + a^2.5",
        "param a, b\nz = if(g == 'b', a, b)\nloglik = z*z*z + a*(g in ('a', 'c')) + code(g)*b + row*a*b",
        "param a, b\nloglik = logsumexp(a*x, b, a*b, 0) + log_tweedie_series(a, b, 1.5 + 0.1*sin(a*b))",
        "param a in (-1, 2), b < 3\nloglik = a*b*x + a^4 - log(3 - b)",
    ] {
        for u in [[0.7, 0.4], [1.3, -0.6], [0.2, 1.1]] {
            if !(text.contains("(3, b)") && u[1] < 0.0) {
                assert_derivatives(text, &u);
            }
        }
    }
}

#[test]
fn what_all_rows_share_is_computed_once_to_the_same_bits() {
    for text in [
        "param a, b\nloglik = a*lgamma(exp(b)) + x*log1p(exp(b)) - y*exp(a)*b + b",
        "param a, b\nloglik = lgamma((b + 1)/2) - lgamma(b/2) - 0.5*log(b) - a - (b + 1)/2*log1p((x*exp(-a))^2/b)",
        "param a, b\nloglik = exp(a) - b^2",
    ] {
        let [once, each] = [true, false].map(|common| compiled_for(text, common).expect(text));
        for u in [[0.7, 1.4], [-1.3, 0.6]] {
            let bits =
                |(l, g, h): Planes| [l, g, h].concat().into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(planes(&once, &u)), bits(planes(&each, &u)), "{text}");
        }
    }
}

#[test]
fn common_inputs_may_still_differ_between_rows() {
    let model = compiled("param a, b\nloglik = a*exp(b) + x").expect("a model");
    let prepared = model.prepare(&data()).expect("columns");
    let prepared: Vec<&[f64]> = prepared.iter().map(Vec::as_slice).collect();
    let a: Vec<f64> = (0..N).map(|row| row as f64).collect();
    let (mut l, b) = (vec![0.0; N], vec![0.0; N]);
    let out = Output { l: &mut l, g: &mut [], h: &mut [] };
    model.eval(Order::Value, &prepared, &[&a, &b], &mut Scratch::default(), out);
    let Some(Column::Number(x)) = data().column("x").cloned() else { panic!("numbers") };
    for row in 0..N {
        assert_eq!(l[row], a[row] + x[row], "row {row}");
    }
}

#[test]
fn many_parameters_through_one_mean_have_all_their_second_derivatives() {
    let text = "param b1, b2, b3, b4, b5, s\nmu = b1*exp(-b2*x) + b3*exp(-(x - b4)**2/b5**2)\nloglik = gaussian_lpdf(y, mu = mu, sigma = exp(s))";
    assert_derivatives(text, &[1.2, 0.3, 2.0, 1.1, 0.9, 0.4]);
}

#[test]
fn a_shape_given_at_one_point_is_differentiated_through_it() {
    // Box-Cox: d/dk (x^k - 1)/k at 0 is log(x)^2 / 2, the second derivative log(x)^3 / 3.
    let model = compiled("param k\nloglik = if(k == 0, log(x), (x^k - 1)/k)").expect("a model");
    let (l, g, h) = planes(&model, &[0.0]);
    let Some(Column::Number(x)) = data().column("x").cloned() else { panic!("numbers") };
    for row in 0..N {
        let log = loglik_num::log(x[row]);
        for (got, wanted) in [(l[row], log), (g[row], log * log / 2.0), (h[row], log * log * log / 3.0)] {
            assert!((got - wanted).abs() <= 4e-15 * wanted.abs().max(1e-3), "{got} {wanted}");
        }
    }
}

#[test]
fn what_people_write_keeps_its_digits_far_out() {
    // Left: as typed, with u far out; right: the value, from the identity in the second column.
    let at = |text: &str, u: f64| {
        let (l, g, h) = planes(&compiled(&format!("param u\nloglik = {text}")).expect(text), &[u]);
        (l[0], g[0], h[0])
    };
    assert_eq!(at("log(1 + exp(u))", 800.0), (800.0, 1.0, 0.0));
    assert_eq!(at("u - log(1 + exp(u))", 800.0).0, 0.0);
    assert_eq!(at("-log(1 + exp(-u))", -800.0), (-800.0, 1.0, 0.0));
    let (l, g, h) = at("log(exp(u) + exp(2*u))", 500.0);
    assert!((l, g) == (1000.0, 2.0) && (h - loglik_num::exp(-500.0)).abs() < 1e-230);
    assert_eq!(at("log(exp(u))", -900.0), (-900.0, 1.0, 0.0));
    assert_eq!(at("log(exp(u) * exp(3*u) / exp(u))", 700.0).0, 2100.0);
    assert_eq!(at("log(1 / (1 + exp(-u)))", -900.0).0, -900.0);
    assert_eq!(at("exp(u) / (1 + exp(u))", 900.0), (1.0, 0.0, 0.0));
    assert_eq!(at("log(sqrt(exp(u)))", 1500.0).0, 750.0);
    // log(1 - e^-t) = log t - t/2 + ..: t = 1e-20 is lost in 1 - exp(-t).
    let log_t = -20.0 * core::f64::consts::LN_10;
    assert!((at("log(1 - exp(-exp(u)))", log_t).0 - log_t).abs() <= 1e-14 * log_t.abs());
    let (l, g, _) = at("log(1 - p); p = 1/(1 + exp(-u))", 40.0);
    assert!((l + 40.0).abs() < 1e-15 && (g + 1.0).abs() < 1e-15);
    // Unit interval and scale parameters: the coordinate itself comes out.
    let (l, g, h) = planes(
        &compiled("param p in (0, 1), s > 0\nloglik = log(p) - log(1 - p) + log(s^2)").expect("a model"),
        &[-800.0, 720.0],
    );
    assert_eq!((l[0], g[0], g[N], h[0]), (-800.0 + 1440.0, 1.0, 2.0, 0.0));
}

#[test]
fn a_sum_of_many_exponentials_is_taken_about_its_greatest() {
    let (l, g, h) =
        planes(&compiled("param u\nloglik = logsumexp(u, 2*u, -u, 3)").expect("a model"), &[800.0]);
    assert_eq!((l[0], g[0], h[0]), (1600.0, 2.0, 0.0));
    // Three equal ones, and none at all.
    let model = compiled("param u\nloglik = logsumexp(u, u, u)").expect("a model");
    let (l, g, h) = planes(&model, &[-900.0]);
    let close = |got: f64, wanted: f64| (got - wanted).abs() <= 2e-16 * wanted.abs().max(1.0);
    assert!(close(l[0], -900.0 + loglik_num::log(3.0)) && close(g[0], 1.0) && close(h[0], 0.0));
    let model = compiled("param u\nloglik = u + logsumexp(-inf, -inf, if(x > 0, -inf, 0))").expect("a model");
    assert_eq!(planes(&model, &[1.0]).0[0], f64::NEG_INFINITY);
}

#[test]
fn large_sizes_do_not_cancel_in_log_gammas() {
    // log Gamma(t + 3) - log Gamma(t) = log(t (t + 1) (t + 2)) for t = e^u.
    let model = compiled("param u\nloglik = lgamma(3 + exp(u)) - lgamma(exp(u))").expect("a model");
    let t = loglik_num::exp(25.0);
    let wanted = 75.0 + loglik_num::log1p(1.0 / t) + loglik_num::log1p(2.0 / t);
    assert!((planes(&model, &[25.0]).0[0] - wanted).abs() <= 1e-13);
    // A step down: log Gamma(t - 2) - log Gamma(t) = -log((t - 1) (t - 2)).
    let model = compiled("param u\nloglik = lgamma(exp(u) + (x - x - 2)) - lgamma(exp(u))").expect("a model");
    assert!((planes(&model, &[loglik_num::log(5.0)]).0[0] + loglik_num::log(12.0)).abs() <= 1e-14);
}

#[test]
fn what_depends_on_data_alone_is_computed_once() {
    let model =
        compiled("param a\nloglik = y*a - exp(a) - lgamma(y + 1) + log(x)*(g == 'b')").expect("a model");
    let columns: Vec<String> = model.data().iter().map(ToString::to_string).collect();
    assert!(
        columns.contains(&"lgamma(1 + y)".to_owned()) || columns.contains(&"lgamma(y + 1)".to_owned()),
        "{columns:?}"
    );
    assert!(columns.iter().any(|c| c.contains("g == 'b'")), "{columns:?}");
    assert_eq!((model.uses(0), model.inputs()), (true, 1));
    let flat = compiled("param a, b\nloglik = y*a").expect("a model");
    assert_eq!((flat.uses(0), flat.uses(1)), (true, false));
}

#[test]
fn parameters_and_data_are_kept_apart() {
    let refused = |text: &str| compiled(text).expect_err(text);
    assert!(matches!(refused("param a\nloglik = a*zz").problem, EvalProblem::UnknownColumn { .. }));
    assert!(matches!(refused("param a\nloglik = a*g").problem, EvalProblem::TextForNumber { .. }));
    assert!(matches!(
        refused("param a\nloglik = code(if(a > 0, 'x', 'y'))").problem,
        EvalProblem::ParameterInText { .. }
    ));
    assert!(matches!(
        refused("param a\nloglik = trigamma(exp(a))").problem,
        EvalProblem::NotDifferentiable { .. }
    ));
    assert!(matches!(
        refused("param a\nloglik = gaussian_lpdf(y, m = a)").problem,
        EvalProblem::ArgumentName { .. }
    ));
    assert!(matches!(
        refused("param a\nloglik = gaussian_lpdf(mu = a)").problem,
        EvalProblem::ArgumentMissing { .. }
    ));
    let error = refused("param a\nloglik = gaussian_lpdf(y, m = a)");
    assert_eq!(
        error.mend().as_deref(),
        Some("Its arguments, in order or by name: `y`, `mu = 0`, `sigma = 1`.")
    );
    let error = refused("param a\nloglik = gausian_lpdf(y, a)");
    assert_eq!(error.mend().as_deref(), Some("Did you mean `gaussian_lpdf`?"));
}

#[test]
fn growth_is_bounded_before_it_costs_time() {
    // Every line squares the number of terms: 2^40 without sharing, and derivatives of a product of sums with it.
    let mut text = "param a, b, c, d\nz0 = a + b*c + d".to_owned();
    for i in 1..400 {
        text.push_str(&format!(
            "\nz{i} = z{} * sin(z{} + {i}*a) + if(z{} > b, z{}, {i}*c*d)",
            i - 1,
            i - 1,
            i - 1,
            i - 1
        ));
    }
    text.push_str("\nloglik = z399");
    let began = std::time::Instant::now();
    let answer = compiled(&text);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    if let Err(error) = answer {
        assert_eq!(error.problem, EvalProblem::TooLarge);
    }
    let mut text = "param a\nt0 = if(x > 0, 'a', 'b')".to_owned();
    for i in 1..60 {
        text.push_str(&format!("\nt{i} = if(t{} == 'a', t{}, t{})", i - 1, i - 1, i - 1));
    }
    let error = compiled(&format!("{text}\nloglik = a*(t59 == 'a')")).expect_err("too large");
    assert_eq!(error.problem, EvalProblem::TooLarge);
}

#[test]
fn derivatives_can_be_read() {
    let of = |text: &str, name: &str| {
        derivative(&parse_expression(text).expect(text), name).expect(text).to_string()
    };
    assert_eq!(of("y*log(mu) - mu", "mu"), "y / mu - 1");
    assert_eq!(of("a*b + c", "b"), "a");
    assert_eq!(of("a + 1", "b"), "0");
    let first = derivative(&parse_expression("log(1 + exp(a*x))").expect("text"), "a").expect("a slope");
    assert_eq!(first.to_string(), "x * sigmoid(a * x)");
    let second = derivative(&first, "a").expect("a bend");
    let value = scalar::value(&second, &[("a", 0.0), ("x", 2.0)]).expect("numbers");
    assert_eq!(value, 1.0);
}

#[test]
fn scalars_have_exact_gradients() {
    let tree = parse_expression("-b0 / lwt + exp(2*lwt)^2").expect("text");
    let found = scalar::gradient(&tree, &[("b0", 1.5), ("lwt", -0.5), ("unused", 9.0)]).expect("numbers");
    let e = loglik_num::exp(-2.0);
    for (got, wanted) in found.gradient.iter().zip([2.0, 1.5 / 0.25 + 4.0 * e, 0.0]) {
        assert!((got - wanted).abs() <= 1e-15 * wanted.abs().max(1.0), "{got} {wanted}");
    }
    assert!((found.value - (3.0 + e)).abs() < 1e-15);
    let error = scalar::value(&parse_expression("b0 + lwd").expect("text"), &[("b0", 1.0), ("lwt", 2.0)]);
    assert_eq!(error.expect_err("unknown").mend().as_deref(), Some("Did you mean `lwt`?"));
}

#[test]
fn scalars_have_exact_second_derivatives_at_many_points() {
    let curve = |text: &str, names: &[&str]| {
        scalar::Curve::new(&parse_expression(text).expect("text"), names).expect("it has derivatives")
    };
    let bent = curve("a^2 * exp(b) + 3 * a", &["a", "unused", "b"]);
    for (a, b) in [(2.0, 0.5), (-1.0, -2.0)] {
        let e = loglik_num::exp(b);
        let (value, gradient, hessian) = bent.at(&[a, 7.0, b]);
        let wanted = [a * a * e + 3.0 * a, 2.0 * a * e + 3.0, 0.0, a * a * e];
        let second = [2.0 * e, 0.0, 2.0 * a * e, 0.0, 0.0, 0.0, 2.0 * a * e, 0.0, a * a * e];
        let got = std::iter::once(value).chain(gradient).chain(hessian);
        for (got, wanted) in got.zip(wanted.into_iter().chain(second)) {
            assert!((got - wanted).abs() <= 1e-15 * wanted.abs().max(1.0), "{got} {wanted}");
        }
    }
    let line = curve("2 * (a - b) / 4 + 1", &["a", "b"]);
    assert_eq!(line.at(&[3.0, 1.0]), (2.0, vec![0.5, -0.5], vec![0.0; 4]));
}

#[test]
fn a_text_without_library_names_no_density() {
    let loglik = parse_expression("gaussian_lpdf(y, 0)").expect("text");
    let source =
        Source { loglik: &loglik, definitions: &[], inputs: &[], columns: &data(), library: &NoLibrary };
    assert!(matches!(compile(source).expect_err("unknown").problem, EvalProblem::UnknownFunction { .. }));
}
