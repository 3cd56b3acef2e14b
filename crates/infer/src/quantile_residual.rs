//! Quantile residuals: the normal quantile of where each response lies in its fitted distribution.
//!
//! r = Phi^-1(F(y)); where single values have probability, or a response is known up to bounds, F is a number drawn
//! between F before and F after it, so that under the model r is standard normal in every case. The draw is by seed
//! and row alone. Dunn & Smyth (1996), J. Computational and Graphical Statistics 5, 236-244.

use loglik_likelihood::{Likelihood, Order, ResponseKind, RowDerivs, Tail};
use loglik_num::{LANE, exp, log1mexp, logdiffexp, norm_quantile};

/// Terms of a discrete distribution without tails that are summed for its distribution function, at most.
const MOST_TERMS: usize = 10_000;

/// log P(Y <= t) and log P(Y > t).
#[derive(Clone, Copy, Debug)]
struct Tails {
    below: f64,
    above: f64,
}

impl Tails {
    const START: Self = Self { below: f64::NEG_INFINITY, above: 0.0 };
    const END: Self = Self { below: 0.0, above: f64::NEG_INFINITY };
}

/// The quantile residual of one row; NaN where the likelihood has no order or no distribution function.
///
/// * `y`, `u`   response columns and coordinates of the row
/// * `classes`  number of levels of an ordered response
/// * `uniform`  a number in (0, 1), used where the response has probability or is an interval
pub(crate) fn quantile_residual(
    likelihood: &dyn Likelihood,
    y: &[f64],
    u: &[f64],
    classes: usize,
    uniform: f64,
) -> f64 {
    match between(likelihood, y, u, classes) {
        None => f64::NAN,
        Some((a, b)) if a.above == b.above && a.below == b.below => normal(exp(b.below), exp(b.above)),
        Some((a, b)) => {
            let (fa, fb, sa, sb) = (exp(a.below), exp(b.below), exp(a.above), exp(b.above));
            normal(fa + uniform * (fb - fa), sb + (1.0 - uniform) * (sa - sb))
        }
    }
}

/// Phi^-1 from the smaller of the two tails.
fn normal(below: f64, above: f64) -> f64 {
    if below <= above { norm_quantile(below) } else { -norm_quantile(above) }
}

/// The distribution function just before and at the response.
fn between(likelihood: &dyn Likelihood, y: &[f64], u: &[f64], classes: usize) -> Option<(Tails, Tails)> {
    let spec = likelihood.spec();
    match spec.response {
        ResponseKind::Interval => interval(likelihood, y, u),
        ResponseKind::Class if !spec.shared_predictor => by_class(likelihood, y[0], u, classes),
        ResponseKind::Number | ResponseKind::Trials if spec.tails => {
            let at = tails(likelihood, y, u)?;
            if !spec.discrete {
                return Some((at, at));
            }
            let mut earlier = y.to_vec();
            earlier[0] -= 1.0;
            let columns: Vec<&[f64]> = earlier.iter().map(std::slice::from_ref).collect();
            let before = if likelihood.admits(&columns).is_ok() {
                tails(likelihood, &earlier, u)?
            } else {
                Tails::START
            };
            Some((before, at))
        }
        ResponseKind::Number | ResponseKind::Trials if spec.discrete => summed(likelihood, y, u),
        _ => None,
    }
}

/// One row's log density or tail.
fn eval(likelihood: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64]) -> f64 {
    let spread = |values: &[f64]| -> Vec<Vec<f64>> { values.iter().map(|v| vec![*v; LANE]).collect() };
    let (y, u) = (spread(y), spread(u));
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    likelihood.eval(tail, &y, &u, Order::Value, &mut out);
    out.l[0]
}

fn tails(likelihood: &dyn Likelihood, y: &[f64], u: &[f64]) -> Option<Tails> {
    let found = Tails { below: eval(likelihood, Tail::Cdf, y, u), above: eval(likelihood, Tail::Sf, y, u) };
    (!found.below.is_nan() && !found.above.is_nan()).then_some(found)
}

/// Bounds of a value that may be censored, given that it came after its entry.
fn interval(likelihood: &dyn Likelihood, y: &[f64], u: &[f64]) -> Option<(Tails, Tails)> {
    let of = |t: f64| match t {
        f64::NEG_INFINITY => Some(Tails::START),
        f64::INFINITY => Some(Tails::END),
        // A bound at or before the start of the support has no logarithm there.
        t => Some(tails(likelihood, &[t, t, f64::NEG_INFINITY], u).unwrap_or(Tails::START)),
    };
    let (lower, upper, entry) = (of(y[0])?, of(y[1])?, of(y.get(2).copied().unwrap_or(f64::NEG_INFINITY))?);
    let after = |t: Tails| match entry.above == 0.0 {
        true => t,
        false => Tails { above: t.above - entry.above, below: log1mexp((t.above - entry.above).min(0.0)) },
    };
    if y[0] == y[1] && !likelihood.spec().discrete {
        let at = after(tails(likelihood, &[y[0], y[0], f64::NEG_INFINITY], u)?);
        return Some((at, at));
    }
    let before = if y[0] == y[1] { of(y[0] - 1.0)? } else { lower };
    Some((after(before), after(upper)))
}

/// Cumulative probabilities of ordered classes.
fn by_class(likelihood: &dyn Likelihood, class: f64, u: &[f64], classes: usize) -> Option<(Tails, Tails)> {
    let p: Vec<f64> = (0..classes).map(|c| exp(eval(likelihood, Tail::Pdf, &[c as f64], u))).collect();
    let at = class as usize;
    let cut = |to: usize| {
        let (below, above): (f64, f64) = (p[..to].iter().sum(), p[to..].iter().sum());
        Tails { below: loglik_num::log(below), above: loglik_num::log(above) }
    };
    (at < classes).then(|| (cut(at), cut(at + 1)))
}

/// Sums probabilities from 0 to the response.
fn summed(likelihood: &dyn Likelihood, y: &[f64], u: &[f64]) -> Option<(Tails, Tails)> {
    if y[0] > MOST_TERMS as f64 {
        return None;
    }
    let mut row = y.to_vec();
    let mut below = 0.0;
    for value in 0..y[0] as usize {
        row[0] = value as f64;
        let columns: Vec<&[f64]> = row.iter().map(std::slice::from_ref).collect();
        if likelihood.admits(&columns).is_ok() {
            below += exp(eval(likelihood, Tail::Pdf, &row, u));
        }
    }
    let own = eval(likelihood, Tail::Pdf, y, u);
    let of = |log_f: f64| Tails { below: log_f, above: logdiffexp(0.0, log_f.min(0.0)) };
    Some((of(loglik_num::log(below)), of(loglik_num::log(below + exp(own)))))
}

/// A number in (0, 1) from a seed and a row (splitmix64; Steele, Lea & Flood 2014).
pub(crate) fn uniform(seed: u64, row: u64) -> f64 {
    let mut z = seed.wrapping_add((row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}
