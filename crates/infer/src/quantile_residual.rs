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

/// Quantile residuals of a chunk `[n]`; NaN where the likelihood has no order or no distribution function.
///
/// * `y`, `u`   response columns and coordinates                           `[n]`
/// * `classes`  number of levels of an ordered response
/// * `uniform`  a number in (0, 1) for each row, used where the response has probability or is an interval
pub(crate) fn quantile_residuals(
    likelihood: &dyn Likelihood,
    y: &[&[f64]],
    u: &[&[f64]],
    classes: usize,
    uniform: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let spec = likelihood.spec();
    let rows = 0..u[0].len();
    let of_row = |columns: &[&[f64]], r: usize| columns.iter().map(|c| c[r]).collect::<Vec<f64>>();
    let bounds: Vec<Option<(Tails, Tails)>> = match spec.response {
        ResponseKind::Number | ResponseKind::Trials if spec.tails => by_tails(likelihood, y, u),
        _ => rows.clone().map(|r| between(likelihood, &of_row(y, r), &of_row(u, r), classes)).collect(),
    };
    rows.map(|r| bounds[r].map_or(f64::NAN, |bounds| residual(bounds, || uniform(r)))).collect()
}

/// The residual of a row whose distribution function is known just before and at the response.
fn residual((a, b): (Tails, Tails), uniform: impl Fn() -> f64) -> f64 {
    if a.above == b.above && a.below == b.below {
        return normal(exp(b.below), exp(b.above));
    }
    let (fa, fb, sa, sb) = (exp(a.below), exp(b.below), exp(a.above), exp(b.above));
    let share = uniform();
    normal(fa + share * (fb - fa), sb + (1.0 - share) * (sa - sb))
}

/// Phi^-1 from the smaller of the two tails.
fn normal(below: f64, above: f64) -> f64 {
    if below <= above { norm_quantile(below) } else { -norm_quantile(above) }
}

/// The distribution function just before and at the responses of a chunk, where the likelihood has one in closed form.
fn by_tails(likelihood: &dyn Likelihood, y: &[&[f64]], u: &[&[f64]]) -> Vec<Option<(Tails, Tails)>> {
    let at = tails_of(likelihood, y, u);
    if !likelihood.spec().discrete {
        return at.into_iter().map(|at| at.map(|at| (at, at))).collect();
    }
    // A value before the first one is none: there the function starts.
    let starts = |r: usize| {
        let earlier = y[0][r] - 1.0;
        let columns: Vec<&[f64]> = y
            .iter()
            .enumerate()
            .map(|(c, y)| if c == 0 { std::slice::from_ref(&earlier) } else { &y[r..=r] })
            .collect();
        likelihood.admits(&columns).is_err()
    };
    let starts: Vec<bool> = (0..y[0].len()).map(starts).collect();
    let earlier: Vec<f64> =
        y[0].iter().zip(&starts).map(|(y, starts)| if *starts { *y } else { y - 1.0 }).collect();
    let columns: Vec<&[f64]> = std::iter::once(earlier.as_slice()).chain(y[1..].iter().copied()).collect();
    let before = tails_of(likelihood, &columns, u);
    let pair = |((at, before), starts): ((Option<Tails>, Option<Tails>), bool)| {
        Some((if starts { Tails::START } else { before? }, at?))
    };
    at.into_iter().zip(before).zip(starts).map(pair).collect()
}

/// Both tails at the responses of a chunk.
fn tails_of(likelihood: &dyn Likelihood, y: &[&[f64]], u: &[&[f64]]) -> Vec<Option<Tails>> {
    let [below, above] = [Tail::Cdf, Tail::Sf].map(|tail| {
        let mut out = RowDerivs::default();
        likelihood.eval(tail, y, u, Order::Value, &mut out);
        out.l
    });
    let known =
        |(below, above): (f64, f64)| (!below.is_nan() && !above.is_nan()).then_some(Tails { below, above });
    below.into_iter().zip(above).map(known).collect()
}

/// The distribution function just before and at the response of one row.
fn between(likelihood: &dyn Likelihood, y: &[f64], u: &[f64], classes: usize) -> Option<(Tails, Tails)> {
    let spec = likelihood.spec();
    match spec.response {
        ResponseKind::Interval => interval(likelihood, y, u),
        ResponseKind::Class if !spec.shared_predictor => by_class(likelihood, y[0], u, classes),
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
