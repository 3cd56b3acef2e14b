//! Starts of a mixture: several splits of the sample, each refined by soft assignment.
//!
//! A log-likelihood of a mixture has several maxima, so one start is not enough. The sorted sample is cut at equal
//! counts, by k means, into a core within a wide component, and at seeded random places; then each row is shared out among the components by
//! its responsibilities and the components are made again from their weighted moments (EM with moments for the
//! maximisation, exact for the Gaussian), a few times. Newton does the rest.
//!
//! McLachlan & Peel (2000), Finite Mixture Models, 2.12.

use super::mixture::log_shares;
use crate::{Columns, Likelihood, Moments, Order, RowDerivs, Tail};
use loglik_num::{LANE, exp, log};

/// Rounds of soft assignment.
const ROUNDS: usize = 30;

/// Share from which on a row is in the sample of a component, for starts that look at quantiles.
const MINE: f64 = 0.3;

/// Starts from random cuts.
const RANDOM: usize = 2;

/// Several starting points, each once: components in ascending order of their share of the sample's range.
pub(super) fn starts(inner: &dyn Likelihood, k: usize, y: &Moments) -> Vec<Vec<f64>> {
    let sample = &y.sample;
    let mut out: Vec<Vec<f64>> = Vec::new();
    if sample.len() >= k && sample[0] < sample[sample.len() - 1] {
        for shares in splits(sample, k) {
            let Some(u) = refined(inner, y, shares) else { continue };
            let near =
                |other: &Vec<f64>| other.iter().zip(&u).all(|(a, b)| (a - b).abs() <= 1e-3 * (1.0 + a.abs()));
            if !out.iter().any(near) {
                out.push(u);
            }
        }
    }
    if out.is_empty() {
        out.extend(inner.starts(y).first().map(|u| spread(u, k)));
    }
    out
}

/// Components side by side where the sample says nothing: the locations differ a little.
fn spread(u: &[f64], k: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for c in 0..k {
        out.extend_from_slice(u);
        let at = out.len() - u.len();
        out[at] += 0.1 * (c as f64 - 0.5 * (k - 1) as f64);
    }
    out.resize(k * u.len() + k - 1, 0.0);
    out
}

/// Shares of every row in every component                                   `[k][n]`
type Memberships = Vec<Vec<f64>>;

/// The splits to begin from.
fn splits(sample: &[f64], k: usize) -> Vec<Memberships> {
    let n = sample.len();
    let even: Vec<usize> = (1..k).map(|c| c * n / k).collect();
    let mut cuts = vec![k_means(sample, k, &even), even];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..RANDOM {
        let mut cut: Vec<usize> =
            (1..k).map(|_| 1 + (uniform(&mut state) * (n - 1) as f64) as usize).collect();
        cut.sort_unstable();
        cut.dedup();
        if cut.len() == k - 1 {
            cuts.push(cut);
        }
    }
    let hard = cuts.iter().map(|cut| {
        let of = |row: usize| cut.iter().filter(|c| **c <= row).count();
        (0..k).map(|c| (0..n).map(|row| f64::from(of(row) == c)).collect()).collect()
    });
    let mut out: Vec<Memberships> = hard.collect();
    out.push(nested(n, k));
    out
}

/// Component c holds the middle of the sample down to a share of 1 / (c + 1): components with one location.
fn nested(n: usize, k: usize) -> Memberships {
    let place = |row: usize| ((row as f64 + 0.5) / n as f64 - 0.5).abs() * 2.0;
    let ring = |row: usize| ((place(row) * k as f64) as usize).min(k - 1);
    (0..k).map(|c| (0..n).map(|row| f64::from(ring(row) == c)).collect()).collect()
}

/// The next number in (0, 1) of a multiplicative congruential sequence.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Cuts of a sorted sample that k means settles at (Lloyd 1982), begun at `cuts`.
fn k_means(sample: &[f64], k: usize, cuts: &[usize]) -> Vec<usize> {
    let mut cuts = cuts.to_vec();
    for _ in 0..100 {
        let edges: Vec<usize> = [&[0], cuts.as_slice(), &[sample.len()]].concat();
        let centres: Vec<f64> =
            edges.windows(2).map(|e| sample[e[0]..e[1]].iter().sum::<f64>() / (e[1] - e[0]) as f64).collect();
        let moved: Vec<usize> = (1..k)
            .map(|c| {
                let middle = 0.5 * (centres[c - 1] + centres[c]);
                sample.partition_point(|x| *x <= middle).clamp(edges[c - 1] + 1, sample.len() - (k - c))
            })
            .collect();
        if moved == cuts || moved.windows(2).any(|w| w[0] >= w[1]) {
            break;
        }
        cuts = moved;
    }
    cuts
}

/// The coordinates after rounds of soft assignment; `None` where a component is lost.
fn refined(inner: &dyn Likelihood, y: &Moments, mut shares: Memberships) -> Option<Vec<f64>> {
    let mut u = None;
    for _ in 0..ROUNDS {
        let Some(next) = components(inner, y, &shares) else { break };
        let Some(again) = memberships(inner, shares.len(), &y.sample, &next) else { break };
        (shares, u) = (again, Some(next));
    }
    u
}

/// Components from the weighted moments of their rows, and the logs of the ratios of their shares.
fn components(inner: &dyn Likelihood, y: &Moments, shares: &Memberships) -> Option<Vec<f64>> {
    let mut out = Vec::new();
    let mut weights = Vec::new();
    for share in shares {
        let part = weighted(y, share);
        // Fewer than two rows, or rows at one value, would be a spike.
        if part.weight < 2.0 || part.variance <= 1e-8 * y.variance || part.variance.is_nan() {
            return None;
        }
        weights.push(part.weight);
        out.extend(inner.starts(&part).first()?);
    }
    out.extend(weights[1..].iter().map(|w| log(w / weights[0])));
    out.iter().all(|u| u.is_finite()).then_some(out)
}

/// Moments of the sample with weights.
fn weighted(y: &Moments, share: &[f64]) -> Moments {
    let sum = |f: &dyn Fn(f64) -> f64| y.sample.iter().zip(share).map(|(x, w)| w * f(*x)).sum::<f64>();
    let weight = share.iter().sum::<f64>();
    let mean = sum(&|x| x) / weight;
    let positive = sum(&|x| f64::from(x > 0.0));
    let log_of = |x: f64| if x > 0.0 { log(x) } else { 0.0 };
    let mean_log = sum(&log_of) / positive;
    let off = |x: f64| if x > 0.0 { (log(x) - mean_log) * (log(x) - mean_log) } else { 0.0 };
    let mine = y.sample.iter().zip(share).filter(|(_, w)| **w > MINE);
    let rows: Vec<f64> = mine.map(|(x, _)| *x).collect();
    Moments {
        n: rows.len(),
        weight,
        mean,
        variance: sum(&|x| (x - mean) * (x - mean)) / weight,
        mean_log,
        variance_log: sum(&off) / positive,
        min: rows.first().copied().unwrap_or(mean),
        max: rows.last().copied().unwrap_or(mean),
        zeros: sum(&|x| f64::from(x == 0.0)) / weight,
        sample: rows,
        ..y.clone()
    }
}

/// Responsibilities of the components for every row of the sample; `None` where a row has no density.
fn memberships(inner: &dyn Likelihood, k: usize, sample: &[f64], u: &[f64]) -> Option<Memberships> {
    let n = sample.len();
    let mut y = sample.to_vec();
    y.resize(n.next_multiple_of(LANE), sample[n - 1]);
    let trials = vec![1.0; y.len()];
    let each = inner.spec().k();
    let prior = log_shares(&u[k * each..]);
    let columns: Columns<'_> = if inner.spec().columns.len() > 1 { &[&y, &trials] } else { &[&y] };
    let mut out: Memberships = Vec::with_capacity(k);
    let mut part = RowDerivs::default();
    for c in 0..k {
        let held: Vec<Vec<f64>> = u[c * each..(c + 1) * each].iter().map(|u| vec![*u; y.len()]).collect();
        let held: Vec<&[f64]> = held.iter().map(Vec::as_slice).collect();
        inner.eval(Tail::Pdf, columns, &held, Order::Value, &mut part);
        out.push(part.l[..n].iter().map(|l| l + prior[c]).collect());
    }
    for row in 0..n {
        let top = out.iter().map(|c| c[row]).fold(f64::NEG_INFINITY, f64::max);
        if !top.is_finite() {
            return None;
        }
        let sum: f64 = out.iter().map(|c| exp(c[row] - top)).sum();
        out.iter_mut().for_each(|c| c[row] = exp(c[row] - top) / sum);
    }
    Some(out)
}
