//! Fits of data small enough to check by hand or against published figures.

#![allow(clippy::disallowed_methods, reason = "expected values may come from the standard library")]

use loglik_design::{Block, BlockSpec, Chunk, Dense, Frame, MemorySource};
use loglik_fit::{Executor, Finding, FitOptions, Local, Method, Model, Piece, Predictor, Verdict, maximise};
use loglik_likelihood::{Args, Link, parse};
use std::sync::Arc;

/// Chunks of 64 rows: an intercept and dense columns.
fn source(y: Vec<Vec<f64>>, x: &[Vec<f64>], rows_a_part: usize) -> MemorySource {
    let rows = y[0].len();
    let blocks = vec![BlockSpec::Ones, BlockSpec::Dense(x.len())];
    let frame = Frame { rows, y: y.len(), offsets: 0, keys: Vec::new(), blocks };
    let mut parts = Vec::new();
    for from in (0..rows).step_by(rows_a_part) {
        let real = rows_a_part.min(rows - from);
        let n = real.next_multiple_of(8);
        let pad = |column: &[f64]| -> Vec<f64> { (0..n).map(|r| column[from + r.min(real - 1)]).collect() };
        let mut dense = Dense::new(x.len(), n);
        for (j, column) in x.iter().enumerate() {
            dense.col_mut(j)[..n].copy_from_slice(&pad(column));
        }
        parts.push(vec![Chunk {
            rows: real,
            n,
            first_row: from,
            y: y.iter().map(|c| pad(c)).collect(),
            weight: (0..n).map(|r| if r < real { 1.0 } else { 0.0 }).collect(),
            blocks: vec![Block::Ones, Block::Dense(dense)],
            ..Chunk::default()
        }]);
    }
    MemorySource { frame, parts }
}

fn model(name: &str, link: Option<Link>, x: usize) -> Model {
    let likelihood = parse(name, &Args::default()).expect("a registered likelihood").likelihood;
    let spec = likelihood.spec().clone();
    let mut p = 0;
    let mut predictors = Vec::new();
    for (k, param) in spec.params.iter().enumerate() {
        let mut pieces = vec![Piece { block: 0, first: p, coefs: 1 }];
        let intercept = Some(p);
        p += 1;
        if k == 0 && x > 0 {
            pieces.push(Piece { block: 1, first: p, coefs: x });
            p += x;
        }
        let link = if k == 0 { link.unwrap_or(param.link) } else { param.link };
        predictors.push(Predictor { pieces, offset: None, constant: 0.0, link, intercept });
    }
    Model { likelihood: Arc::from(likelihood), predictors, p }
}

fn ones(n: usize) -> Vec<f64> {
    vec![1.0; n]
}

/// Dobson (1990), p. 93: counts by outcome and treatment.
fn dobson() -> (Vec<f64>, Vec<Vec<f64>>) {
    let counts = vec![18.0, 17.0, 15.0, 20.0, 10.0, 20.0, 25.0, 13.0, 12.0];
    let level = |k: f64, of: fn(usize) -> usize| (0..9).map(|i| f64::from(of(i) as f64 == k)).collect();
    let outcome: fn(usize) -> usize = |i| i % 3;
    let treatment: fn(usize) -> usize = |i| i / 3;
    (counts, vec![level(1.0, outcome), level(2.0, outcome), level(1.0, treatment), level(2.0, treatment)])
}

#[test]
fn a_poisson_fit_gives_dobsons_coefficients() {
    let (y, x) = dobson();
    let source = source(vec![y], &x, 64);
    let fit = maximise(&model("poisson", None, 4), &mut Local::new(&source, 1), &FitOptions::default())
        .expect("memory can be read");
    // A balanced table: coefficients are logs of ratios of its margins (53, 40, 47; 50 each).
    let want = [(21.0_f64).ln(), (40.0 / 63.0_f64).ln(), (47.0 / 63.0_f64).ln(), 0.0, 0.0];
    for (got, want) in fit.point.beta.iter().zip(want) {
        assert!((got - want).abs() < 1e-14, "{got} {want}");
    }
    // R 4.2.2, logLik(glm(counts ~ outcome + treatment, poisson)).
    assert!((fit.loglik() - -23.380_659_200_978).abs() < 1e-11);
    assert_eq!(fit.verdict, Verdict::Finite);
}

#[test]
fn lbfgs_and_gradient_descent_end_where_newton_does() {
    let (y, x) = dobson();
    let source = source(vec![y], &x, 64);
    let model = model("poisson", None, 4);
    let by = |method| {
        let options = FitOptions { method, ..FitOptions::default() };
        maximise(&model, &mut Local::new(&source, 1), &options).expect("memory can be read").point.beta
    };
    let newton = by(Method::Newton);
    for method in [Method::Lbfgs, Method::Gradient(None)] {
        for (a, b) in by(method).iter().zip(&newton) {
            assert!((a - b).abs() < 1e-8);
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    // Two thousand rows in parts of 64, by a fixed congruential sequence.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let x: Vec<f64> = (0..2000).map(|_| next() - 0.5).collect();
    let y: Vec<f64> = x.iter().map(|x| f64::from(next() < 1.0 / (1.0 + (-2.0 * x).exp()))).collect();
    let source = source(vec![y, ones(2000)], &[x], 64);
    let model = model("bernoulli", None, 1);
    let by = |threads| {
        let fit =
            maximise(&model, &mut Local::new(&source, threads), &FitOptions::default()).expect("readable");
        (fit.point.beta.clone(), fit.end.info.clone(), fit.loglik())
    };
    let one = by(1);
    assert!(one.0[1] > 1.0);
    assert_eq!(one, by(2));
    assert_eq!(one, by(7));
}

#[test]
fn separated_data_have_a_limit_and_overlapping_data_do_not() {
    let x: Vec<f64> = (0..8).map(f64::from).collect();
    let fit = |y: Vec<f64>| {
        let source = source(vec![y, ones(8)], std::slice::from_ref(&x), 64);
        maximise(&model("bernoulli", None, 1), &mut Local::new(&source, 1), &FitOptions::default())
            .expect("readable")
    };
    let complete = fit(vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(complete.verdict, Verdict::Complete);
    // The supremum of the log-likelihood is 0: every row is at infinity.
    assert!(complete.loglik().abs() < 1e-15);
    let quasi = fit(vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(quasi.verdict, Verdict::Complete);
    let overlap = fit(vec![0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(overlap.verdict, Verdict::Finite);
}

#[test]
fn underdispersed_counts_put_theta_at_its_boundary() {
    let y = vec![2.0, 2.0, 2.0, 3.0, 3.0, 2.0, 3.0, 2.0];
    let source = source(vec![y.clone()], &[], 64);
    let fit =
        maximise(&model("negative_binomial", None, 0), &mut Local::new(&source, 1), &FitOptions::default())
            .expect("readable");
    assert!(fit.findings.contains(&Finding::Boundary { param: 1, upper: true }), "{:?}", fit.findings);
    let mean = y.iter().sum::<f64>() / 8.0;
    assert!((fit.point.beta[0] - mean.ln()).abs() < 1e-12);
}

#[test]
fn a_doubled_column_is_aliased_with_its_factor() {
    let (y, mut x) = dobson();
    x.push(x[0].iter().map(|v| 2.0 * v).collect());
    let source = source(vec![y], &x, 64);
    let mut run = Local::new(&source, 1);
    let fit = maximise(&model("poisson", None, 5), &mut run, &FitOptions::default()).expect("readable");
    assert_eq!(fit.rank.active, [0, 1, 2, 3, 4]);
    let (coef, equals) = &fit.rank.aliased[0];
    assert_eq!(*coef, 5);
    assert_eq!(equals.len(), 1);
    assert_eq!(equals[0].0, 1);
    assert!((equals[0].1 - 2.0).abs() < 1e-12);
    assert!(run.passes() < 40);
}
