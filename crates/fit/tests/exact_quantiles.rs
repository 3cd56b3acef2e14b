//! Medians and quantiles end at the vertex that order statistics and small programmes give by hand.

#![allow(clippy::disallowed_methods, reason = "expected values may come from the standard library")]

use loglik_design::{Block, BlockSpec, Chunk, Dense, Frame, MemorySource};
use loglik_fit::{Finding, Fit, FitOptions, Local, Model, Piece, Predictor, maximise};
use loglik_likelihood::{Args, Link, parse};
use std::sync::Arc;

/// A source of an intercept and perhaps one column.
fn source(x: Option<&[f64]>, y: &[f64], w: &[f64]) -> MemorySource {
    let n = y.len().next_multiple_of(8);
    let padded = |v: &[f64], with: f64| {
        let mut v = v.to_vec();
        v.resize(n, with);
        v
    };
    let (mut blocks, mut specs) = (vec![Block::Ones], vec![BlockSpec::Ones]);
    if let Some(x) = x {
        let mut dense = Dense::new(1, n);
        dense.col_mut(0)[..x.len()].copy_from_slice(x);
        blocks.push(Block::Dense(dense));
        specs.push(BlockSpec::Dense(1));
    }
    let chunk = Chunk {
        rows: y.len(),
        n,
        y: vec![padded(y, y[y.len() - 1])],
        weight: padded(w, 0.0),
        blocks,
        ..Chunk::default()
    };
    let frame = Frame { rows: y.len(), y: 1, blocks: specs, ..Frame::default() };
    MemorySource { frame, parts: vec![vec![chunk]] }
}

fn fit(name: &str, tau: f64, x: Option<&[f64]>, y: &[f64], w: &[f64]) -> Fit {
    let args = Args { tau, ..Args::default() };
    let choice = parse(name, &args).expect("a likelihood of the registry");
    let slope = usize::from(x.is_some());
    let mut pieces = vec![Piece { block: 0, first: 0, coefs: 1 }];
    pieces.extend(x.map(|_| Piece { block: 1, first: 1, coefs: 1 }));
    let location =
        Predictor { pieces, offset: None, constant: 0.0, link: Link::Identity, intercept: Some(0) };
    let scale = Predictor {
        pieces: vec![Piece { block: 0, first: 1 + slope, coefs: 1 }],
        link: Link::Log,
        intercept: Some(1 + slope),
        ..location.clone()
    };
    let model =
        Model { likelihood: Arc::from(choice.likelihood), predictors: vec![location, scale], p: 2 + slope };
    let source = source(x, y, w);
    maximise(&model, &mut Local::new(&source, 1), &FitOptions::default()).expect("memory can be read")
}

#[test]
fn an_even_sample_has_a_set_of_medians_and_one_loss() {
    let y = [1.0, 2.0, 4.0, 9.0, 12.0, 30.0];
    let fit = fit("laplace", 0.5, None, &y, &[1.0; 6]);
    assert!(fit.findings.contains(&Finding::NonUnique));
    assert!((4.0..=9.0).contains(&fit.point.beta[0]));
    // Mean distance from 4 (or any point up to 9): (3 + 2 + 0 + 5 + 8 + 26) / 6.
    let sigma = 44.0 / 6.0_f64;
    assert!((fit.point.beta[1] - sigma.ln()).abs() < 1e-15);
    assert!((fit.loglik() + 6.0 * (2.0 * sigma).ln() + 6.0).abs() < 1e-13);
}

#[test]
fn weights_are_repetitions() {
    let y = [1.0, 2.0, 4.0, 9.0, 12.0];
    let weighted = fit("quantile", 0.3, None, &y, &[3.0, 1.0, 2.0, 1.0, 4.0]);
    let repeated = [1.0, 1.0, 1.0, 2.0, 4.0, 4.0, 9.0, 12.0, 12.0, 12.0, 12.0];
    let long = fit("quantile", 0.3, None, &repeated, &[1.0; 11]);
    assert_eq!(weighted.point.beta[0], 2.0);
    assert_eq!(long.point.beta[0], 2.0);
    assert!((weighted.loglik() - long.loglik()).abs() < 1e-12);
}

/// Least loss over all lines through two of the points: the optimum is among them.
fn least_loss(tau: f64, x: &[f64], y: &[f64]) -> f64 {
    let mut least = f64::INFINITY;
    for i in 0..x.len() {
        for j in 0..i {
            let b = (y[i] - y[j]) / (x[i] - x[j]);
            let a = y[i] - b * x[i];
            let loss = |(x, y): (&f64, &f64)| {
                let r = y - a - b * x;
                if r < 0.0 { (tau - 1.0) * r } else { tau * r }
            };
            least = least.min(x.iter().zip(y).map(loss).sum());
        }
    }
    least
}

#[test]
fn a_line_has_the_least_loss_of_all_lines_through_two_points() {
    // A fixed congruential sequence: 60 scattered points.
    let mut state = 12_345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let x: Vec<f64> = (0..60).map(|_| uniform() * 4.0).collect();
    let y: Vec<f64> = x.iter().map(|x| 1.0 + 0.5 * x + (x + 1.0) * (uniform() - 0.4).powi(3)).collect();
    for tau in [0.05, 0.25, 0.5, 0.9] {
        let fit = fit("quantile", tau, Some(&x), &y, &[1.0; 60]);
        assert!(fit.stop.reason.is_success());
        let loss = 60.0 * fit.point.beta[2].exp();
        let want = least_loss(tau, &x, &y);
        assert!((loss / want - 1.0).abs() < 1e-12, "{tau}: {loss} {want}");
    }
}

#[test]
fn ties_by_the_dozen_are_walked_through() {
    let x: Vec<f64> = (0..48).map(|i| f64::from(i % 4)).collect();
    let y: Vec<f64> = (0..48).map(|i| f64::from((i * 7) % 5)).collect();
    for tau in [0.1, 0.3, 0.5, 0.7] {
        let fit = fit("quantile", tau, Some(&x), &y, &[1.0; 48]);
        assert!(fit.stop.reason.is_success());
        // Lines through two points of equal x are left out of the search: none of them is a line in x.
        let mut least = f64::INFINITY;
        for (a, b) in
            (0..=16).flat_map(|a| (-16..=16).map(move |b| (f64::from(a) / 4.0, f64::from(b) / 12.0)))
        {
            let loss = |(x, y): (&f64, &f64)| {
                let r: f64 = y - a - b * x;
                if r < 0.0 { (tau - 1.0) * r } else { tau * r }
            };
            least = least.min(x.iter().zip(&y).map(loss).sum());
        }
        assert!(48.0 * fit.point.beta[2].exp() <= least + 1e-12);
    }
}

/// So many rows that most of them are only seen in passes.
const MANY: usize = 30_001;

fn scattered(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..MANY).map(|_| uniform()).collect()
}

#[test]
fn a_quantile_of_many_rows_is_their_order_statistic() {
    let numbers = scattered(1);
    let tied: Vec<f64> = numbers.iter().map(|y| (10.0 * y * y).floor()).collect();
    for y in [numbers, tied] {
        let mut sorted = y.clone();
        sorted.sort_by(f64::total_cmp);
        for tau in [0.02, 0.3, 0.5, 0.97] {
            let fit = fit("quantile", tau, None, &y, &[1.0; MANY]);
            assert!(fit.stop.reason.is_success());
            // No share of an odd number of rows is a whole number of them.
            let at = (tau * MANY as f64).ceil() as usize - 1;
            assert_eq!(fit.point.beta[0], sorted[at], "{tau}");
            let loss = |y: &f64| {
                if *y < sorted[at] { (1.0 - tau) * (sorted[at] - y) } else { tau * (y - sorted[at]) }
            };
            let mean = y.iter().map(loss).sum::<f64>() / MANY as f64;
            assert!((fit.point.beta[1].exp() / mean - 1.0).abs() < 1e-12, "a sum of 30,001 rounded terms");
        }
    }
}

#[test]
fn no_way_from_the_line_of_many_rows_leads_down() {
    let (x, e) = (scattered(2), scattered(3));
    let even: Vec<f64> = x.iter().zip(&e).map(|(x, e)| 1.0 + x + (0.2 + x) * (e - 0.4).powi(3)).collect();
    // Every 19th row lies far from the others.
    let odd: Vec<f64> = (0..MANY).map(|r| even[r] + if r % 19 == 0 { 100.0 } else { 0.0 }).collect();
    for (y, tau) in [(&even, 0.5), (&even, 0.1), (&odd, 0.5), (&odd, 0.93)] {
        let fit = fit("quantile", tau, Some(&x), y, &[1.0; MANY]);
        assert!(fit.stop.reason.is_success());
        let residual = |r: usize| y[r] - fit.point.beta[0] - fit.point.beta[1] * x[r];
        let met: Vec<usize> = (0..MANY).filter(|r| residual(*r).abs() < 1e-13).collect();
        assert_eq!(met.len(), 2, "a line through two points");
        // The slope of the loss is linear between the directions that keep one of both points on the line.
        for (kept, side) in [(met[0], 1.0), (met[0], -1.0), (met[1], 1.0), (met[1], -1.0)] {
            let rise = |r: usize| side * (x[r] - x[kept]);
            let slope = |r: usize| match rise(r) {
                by if residual(r).abs() < 1e-13 => {
                    if by > 0.0 {
                        (1.0 - tau) * by
                    } else {
                        -tau * by
                    }
                }
                by if residual(r) > 0.0 => -tau * by,
                by => (1.0 - tau) * by,
            };
            let sum: f64 = (0..MANY).filter(|r| *r != kept).map(slope).sum();
            assert!(sum > -1e-9, "{tau}: {sum}");
        }
    }
}
