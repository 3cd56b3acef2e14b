//! Wrappers around several likelihoods: derivatives, probabilities that sum to 1, tails, samplers, moments, names.

mod wrapping;

use loglik_likelihood::{Args, Likelihood, MakeError, Moments, Order, Tail, WRAPPERS, parse};
use loglik_num::{exp, expm1, log, log1p};
use wrapping::{at, derivative_error, made};

/// Coordinates to try, as many as the likelihood has: ordinary ones and some toward the edges.
fn points(of: &dyn Likelihood) -> Vec<Vec<f64>> {
    let k = of.spec().k();
    let spread = [
        [0.3, -0.4, 0.7, 0.2, -0.6],
        [-1.1, 0.9, 0.1, -0.5, 0.4],
        [1.6, 0.3, -1.2, 0.8, 1.1],
        [0.0, -2.5, 2.5, -3.0, 3.0],
        [2.0, 1.5, -4.0, 0.5, 6.0],
    ];
    spread.iter().map(|row| (0..k).map(|i| row[i % 5]).collect()).collect()
}

const COUNTS: [&str; 4] = ["poisson", "negative_binomial", "geometric", "negative_binomial1"];
const INF: f64 = f64::INFINITY;

#[test]
fn derivatives_of_wrapped_counts_are_those_of_differences() {
    for inner in COUNTS {
        for wrapper in ["zero_inflated", "hurdle", "truncated"] {
            let of = made(&format!("{wrapper}({inner})"), &Args::default());
            for u in points(&*of) {
                for y in [0.0, 1.0, 2.0, 7.0] {
                    if y == 0.0 && wrapper == "truncated" {
                        continue;
                    }
                    // Five-point differences at step 1e-3 of values to 1e-15: 1e-9 at best.
                    let error = derivative_error(&*of, Tail::Pdf, &[y, 1.0, INF], &u);
                    assert!(error < 1e-7, "{wrapper}({inner}) at y = {y}, u = {u:?}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn derivatives_of_censored_and_truncated_rows_are_those_of_differences() {
    let args = Args { bounded: true, ..Args::default() };
    for inner in ["gaussian", "weibull", "gamma", "logistic_dist", "student_t", "poisson"] {
        let (censored, truncated) =
            (made(&format!("censored({inner})"), &args), made(&format!("truncated({inner})"), &args));
        for u in points(&*censored) {
            let rows = [
                [2.0, 2.0, -INF],
                [2.0, INF, -INF],
                [-INF, 2.0, -INF],
                [1.0, 3.0, -INF],
                [2.0, 2.0, 1.0],
                [2.0, INF, 1.0],
            ];
            for y in rows {
                let error = derivative_error(&*censored, Tail::Pdf, &y, &u);
                assert!(error < 1e-7, "censored({inner}) at {y:?}, u = {u:?}: {error:e}");
            }
            for y in [[2.0, 1.0, INF], [2.0, -INF, 3.0], [2.0, 1.0, 4.0], [2.0, -INF, INF]] {
                let error = derivative_error(&*truncated, Tail::Pdf, &y, &u);
                assert!(error < 1e-7, "truncated({inner}) at {y:?}, u = {u:?}: {error:e}");
            }
        }
    }
}

#[test]
fn derivatives_of_mixtures_are_those_of_differences() {
    for name in ["mixture(gaussian, 2)", "mixture(gaussian, 3)", "mixture(poisson, 2)", "mixture(gamma, 2)"] {
        let of = made(name, &Args::default());
        for u in points(&*of) {
            for y in [1.0, 4.0] {
                for tail in [Tail::Pdf, Tail::Cdf, Tail::Sf] {
                    let error = derivative_error(&*of, tail, &[y], &u);
                    assert!(error < 1e-7, "{name} {tail:?} at y = {y}, u = {u:?}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn probabilities_of_wrapped_counts_sum_to_one() {
    for inner in COUNTS {
        for name in [
            format!("zero_inflated({inner})"),
            format!("hurdle({inner})"),
            format!("truncated({inner})"),
            format!("mixture({inner}, 2)"),
        ] {
            let of = made(&name, &Args::default());
            let u: Vec<f64> = (0..of.spec().k()).map(|i| [0.8, 0.3, 0.4][i % 3]).collect();
            let first = f64::from(name.starts_with("truncated"));
            let mut below = 0.0;
            for y in (0..400).map(|y| f64::from(y) + first) {
                below += exp(at(&*of, Tail::Pdf, &[y, 1.0, INF], &u, Order::Value).l[0]);
                if of.spec().tails && y < 12.0 {
                    let [cdf, sf] =
                        [Tail::Cdf, Tail::Sf].map(|t| at(&*of, t, &[y, 1.0, INF], &u, Order::Value).l[0]);
                    // Sums of terms to 1e-15 and tails to 1e-13.
                    assert!((exp(cdf) - below).abs() < 1e-11, "{name}: P(Y <= {y})");
                    assert!((exp(sf) + below - 1.0).abs() < 1e-11, "{name}: P(Y > {y})");
                }
            }
            assert!((below - 1.0).abs() < 1e-10, "{name} sums to {below}");
        }
    }
}

#[test]
fn moments_of_wrapped_counts_are_sums_over_counts() {
    for inner in ["poisson", "negative_binomial"] {
        for wrapper in ["zero_inflated", "hurdle", "truncated"] {
            let of = made(&format!("{wrapper}({inner})"), &Args::default());
            let u: Vec<f64> = (0..of.spec().k()).map(|i| [0.8, 0.9, 0.4][i % 3]).collect();
            let p = |y: i32| exp(at(&*of, Tail::Pdf, &[f64::from(y), 1.0, INF], &u, Order::Value).l[0]);
            let first = i32::from(wrapper == "truncated");
            let [mean, square] =
                [1, 2].map(|power| (first..300).map(|y| f64::from(y).powi(power) * p(y)).sum::<f64>());
            let held: Vec<[f64; 8]> = u.iter().map(|u| [*u; 8]).collect();
            let held: Vec<&[f64]> = held.iter().map(|u| u.as_slice()).collect();
            let mut out = loglik_likelihood::RowDerivs::default();
            assert!(of.mean(&held, &mut out));
            assert!(
                (out.l[0] - mean).abs() < 1e-11 * mean,
                "{wrapper}({inner}): mean {} for {mean}",
                out.l[0]
            );
            let variance = of.variance(&u).expect("a variance is stated");
            assert!(
                (variance - (square - mean * mean)).abs() < 1e-10 * square,
                "{wrapper}({inner}): variance"
            );
            // Derivatives of the mean by central differences, step 1e-5: error about 1e-10.
            for i in 0..u.len() {
                let moved = |by: f64| {
                    let mut held: Vec<[f64; 8]> = u.iter().map(|u| [*u; 8]).collect();
                    held[i] = [u[i] + by; 8];
                    let held: Vec<&[f64]> = held.iter().map(|u| u.as_slice()).collect();
                    let mut out = loglik_likelihood::RowDerivs::default();
                    of.mean(&held, &mut out);
                    out
                };
                let (low, high) = (moved(-1e-5), moved(1e-5));
                assert!(
                    ((high.l[0] - low.l[0]) / 2e-5 - out.g(i)[0]).abs() < 1e-7,
                    "{wrapper}({inner}): slope {i}"
                );
                for j in 0..u.len() {
                    let slope = (high.g(j)[0] - low.g(j)[0]) / 2e-5;
                    assert!((slope - out.h(i, j)[0]).abs() < 1e-7, "{wrapper}({inner}): curve {i}, {j}");
                }
            }
        }
    }
}

#[test]
fn expected_information_is_the_mean_of_minus_the_second_derivatives() {
    for (name, first) in [("zero_inflated(poisson)", 0), ("hurdle(poisson)", 0), ("truncated(poisson)", 1)] {
        let of = made(name, &Args::default());
        let u: Vec<f64> = (0..of.spec().k()).map(|i| [0.8, -0.4][i]).collect();
        let mut info = vec![f64::NAN; u.len() * (u.len() + 1) / 2];
        assert!(of.expected_info(&[2.0, 1.0, INF], &u, &mut info), "{name}");
        for i in 0..u.len() {
            for j in 0..=i {
                let sum: f64 = (first..200)
                    .map(|y| {
                        let row = at(&*of, Tail::Pdf, &[f64::from(y), 1.0, INF], &u, Order::Hessian);
                        -exp(row.l[0]) * row.h(i, j)[0]
                    })
                    .sum();
                let stated = info[loglik_likelihood::RowDerivs::pair(i, j)];
                assert!((stated - sum).abs() < 1e-12, "{name} ({i}, {j}): {stated} for {sum}");
            }
        }
    }
}

#[test]
fn kinds_of_censoring_are_probabilities_of_the_inner_likelihood() {
    let of = made("censored(weibull)", &Args::default());
    // Weibull with scale 1 and shape 1: S(t) = e^-t.
    let u = [0.0, 0.0];
    let l = |y: [f64; 3]| at(&*of, Tail::Pdf, &y, &u, Order::Value).l[0];
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 4e-15 * (1.0 + b.abs()), "{a} for {b}");
    close(l([2.0, 2.0, -INF]), -2.0);
    close(l([2.0, INF, -INF]), -2.0);
    close(l([-INF, 2.0, -INF]), log(-expm1(-2.0)));
    close(l([0.0, 2.0, -INF]), log(-expm1(-2.0)));
    close(l([f64::NAN, 2.0, -INF]), log(-expm1(-2.0)));
    close(l([1.0, 3.0, -INF]), -1.0 + log1p(-exp(-2.0)));
    close(l([40.0, 41.0, -INF]), -40.0 + log1p(-exp(-1.0)));
    close(l([1e-9, 2e-9, -INF]), log(1e-9) - 1.5e-9);
    close(l([2.0, INF, 1.5]), -0.5);
    close(l([2.0, 2.0, 0.0]), -2.0);
}

#[test]
fn rows_of_every_kind_in_any_order_are_what_they_are_alone() {
    let of = made("censored(gamma)", &Args::default());
    let kinds = [
        [2.0, 2.0, -INF],
        [2.0, INF, -INF],
        [0.0, 2.0, -INF],
        [1.0, 3.0, 0.5],
        [5.0, 6.0, -INF],
        [3.0, 3.0, 1.0],
    ];
    let rows: Vec<&[f64]> = (0..37).map(|i| kinds[(i * i + i / 3) % 6].as_slice()).collect();
    let us: Vec<[f64; 2]> = (0..37).map(|i| [0.05 * f64::from(i) - 0.4, 0.3 - 0.02 * f64::from(i)]).collect();
    let u: Vec<&[f64]> = us.iter().map(|u| u.as_slice()).collect();
    let all = wrapping::eval(&*of, Tail::Pdf, &rows, &u, Order::Hessian);
    for i in 0..37 {
        let one = at(&*of, Tail::Pdf, rows[i], u[i], Order::Hessian);
        assert_eq!(all.l[i], one.l[0], "row {i}");
        for k in 0..2 {
            assert_eq!(all.g(k)[i], one.g(k)[0], "row {i}");
            assert_eq!(all.h(k, 0)[i], one.h(k, 0)[0], "row {i}");
        }
    }
}

#[test]
fn bounds_that_hold_no_value_are_refused_with_their_row() {
    let censored = made("censored(weibull)", &Args::default());
    let good = [2.0, 2.0, -INF];
    for bad in [[3.0, 2.0, -INF], [-INF, INF, -INF], [-INF, -1.0, -INF], [-1.0, -1.0, -INF], [2.0, 2.0, 2.5]]
    {
        let y = wrapping::columns(&[&good, &bad]);
        let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
        assert_eq!(censored.admits(&y).map_err(|v| v.row), Err(1), "{bad:?}");
    }
    let truncated = made("truncated(poisson)", &Args::default());
    for (y, allowed) in [(0.0, false), (1.0, true), (1.5, false), (-1.0, false)] {
        assert_eq!(truncated.admits(&[&[y], &[1.0], &[INF]]).is_ok(), allowed, "{y}");
    }
}

#[test]
fn samplers_follow_the_distribution_function() {
    // Few zeros, and so many that a count above 0 is hardly met.
    for (name, first) in [
        ("zero_inflated(poisson)", 0.5),
        ("hurdle(negative_binomial)", 0.5),
        ("hurdle(poisson)", -3.0),
        ("truncated(poisson)", 0.5),
        ("truncated(poisson)", -1.0),
        ("mixture(gaussian, 2)", 0.5),
    ] {
        let of = made(name, &Args::default());
        let u: Vec<f64> = (0..of.spec().k()).map(|i| [first, 0.2, 1.5, -0.3, 0.6][i]).collect();
        let mut state = 7_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        let n = 20_000;
        let draws: Vec<f64> =
            (0..n).map(|_| of.sample(&u, &mut uniform).expect("a sampler is stated")).collect();
        for y in [0.0, 1.0, 2.0, 4.0] {
            let share = draws.iter().filter(|d| **d <= y).count() as f64 / f64::from(n);
            let cdf = exp(at(&*of, Tail::Cdf, &[y, 1.0, INF], &u, Order::Value).l[0]);
            // Four standard errors of a share of 20,000 draws are at most 0.0142.
            assert!((share - cdf).abs() < 0.0142, "{name}: {share} of draws up to {y}, P = {cdf}");
        }
        let median = of.quantile(0.5, &u).expect("a quantile is stated");
        let cdf = exp(at(&*of, Tail::Cdf, &[median, 1.0, INF], &u, Order::Value).l[0]);
        assert!(cdf >= 0.5 - 1e-12, "{name}: P(Y <= median) = {cdf}");
    }
}

#[test]
fn starts_are_finite_and_near_the_data() {
    let sample = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 3.0, 4.0, 7.0];
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let y = Moments {
        n: sample.len(),
        weight: n,
        mean,
        variance: sample.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / n,
        max: 7.0,
        zeros: 0.5,
        mean_second: 1.0,
        sample: sample.to_vec(),
        ..Moments::default()
    };
    for inner in COUNTS {
        for wrapper in ["zero_inflated", "hurdle"] {
            let of = made(&format!("{wrapper}({inner})"), &Args::default());
            for u in of.starts(&y) {
                let total: f64 =
                    sample.iter().map(|y| at(&*of, Tail::Pdf, &[*y], &u, Order::Value).l[0]).sum();
                assert!(total > -30.0, "{wrapper}({inner}) starts at {u:?}: {total}");
            }
        }
    }
}

#[test]
fn starts_of_a_mixture_find_both_humps() {
    let mut sample: Vec<f64> = (0..60).map(|i| 50.0 + 0.2 * f64::from(i)).collect();
    sample.extend((0..100).map(|i| 75.0 + 0.12 * f64::from(i)));
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / n;
    let y = Moments { n: sample.len(), weight: n, mean, variance, sample, ..Moments::default() };
    let of = made("mixture(normal, 2)", &Args::default());
    let starts = of.starts(&y);
    assert!((1..=6).contains(&starts.len()));
    let best = &starts[0];
    assert!((best[0] - 55.9).abs() < 1.0 && (best[2] - 80.9).abs() < 1.0, "{best:?}");
    assert!((best[4] - log(100.0 / 60.0)).abs() < 0.2, "{best:?}");
}

#[test]
fn names_parameters_and_reported_values_follow_the_wrapper() {
    let of = parse("zi(pois)", &Args::default()).expect("an alias of an alias");
    assert_eq!(of.likelihood.spec().name, "zero_inflated(poisson)");
    assert_eq!(of.natural.names(), ["lambda", "p"]);
    let of = parse("mixture(normal, 2)", &Args::default()).expect("a mixture");
    let names: Vec<&str> = of.likelihood.spec().params.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["mu1", "sigma1", "mu2", "sigma2", "weight2"]);
    assert_eq!(of.natural.names(), ["mean.1", "sd.1", "mean.2", "sd.2", "weight.2"]);
    let u = [1.0, 0.5, 2.0, -0.5, 0.7];
    let (values, slopes) = of.natural.values(&u);
    assert!((values[4] - 1.0 / (1.0 + exp(-0.7))).abs() < 1e-15);
    assert!((slopes[24] - values[4] * (1.0 - values[4])).abs() < 1e-15);
    let back = of.natural.to_u(&values);
    assert!(back.iter().zip(u).all(|(a, b)| (a - b).abs() < 1e-14), "{back:?}");
    assert_eq!(parse("truncated(pois)", &Args::default()).expect("a truncation").natural.names(), ["lambda"]);
}

#[test]
fn wrappers_refuse_what_they_cannot_be_put_around() {
    let made = |name: &str| parse(name, &Args::default()).map(|_| ());
    assert!(matches!(made("zero_inflated(gamma)"), Err(MakeError::Lacks { .. })));
    assert!(matches!(made("truncated(gaussian)"), Err(MakeError::Lacks { .. })));
    assert!(matches!(made("censored(bernoulli)"), Err(MakeError::Lacks { .. })));
    assert!(matches!(made("hurdle"), Err(MakeError::Brackets { .. })));
    assert!(matches!(made("mixture(gaussian)"), Err(MakeError::Brackets { .. })));
    assert!(matches!(made("mixture(gaussian, 1)"), Err(MakeError::Range { .. })));
    assert_eq!(WRAPPERS.len(), 5);
}
