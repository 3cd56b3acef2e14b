//! Operations that come from one computation: asked together, they are computed together.
//!
//! log(1 + e^x), its slope and its bend share an exponential; the difference of log gammas and its slopes share
//! nearly everything. A scheduler that finds several members with the same arguments runs the family once.

use loglik_num::{LANE, Lane, Real, digamma_slopes, log_ndtr_slopes, log_rising_slopes};

use crate::op::Op;

/// Most members of a family.
pub(crate) const MEMBERS: usize = 5;

/// What is computed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// log(1 + e^-|x|), log(1 + e^x), log(1 + e^-x), 1 / (1 + e^-x), 1 / (1 + e^x).
    Logistic,
    /// log Gamma(x + y) - log Gamma(x) and its slopes in x.
    Rising,
    /// psi, psi'.
    Psi,
    /// log Phi, its slope and curvature.
    Normal,
}

/// The family of an operation and its place there.
pub(crate) fn family(op: Op) -> Option<(Family, usize)> {
    Some(match op {
        Op::LogisticTail => (Family::Logistic, 0),
        Op::Log1pexp => (Family::Logistic, 1),
        Op::Log1pexpMinus => (Family::Logistic, 2),
        Op::Sigmoid => (Family::Logistic, 3),
        Op::SigmoidMinus => (Family::Logistic, 4),
        Op::LogRising => (Family::Rising, 0),
        Op::DigammaRising => (Family::Rising, 1),
        Op::TrigammaFalling => (Family::Rising, 2),
        Op::Digamma => (Family::Psi, 0),
        Op::Trigamma => (Family::Psi, 1),
        Op::LogNdtr => (Family::Normal, 0),
        Op::NdtrHazard => (Family::Normal, 1),
        Op::NdtrHazardSlope => (Family::Normal, 2),
        _ => return None,
    })
}

/// Eight rows at a time: the members' values of the arguments, stored where they are wanted.
macro_rules! fill {
    ($x:expr, $out:expr, |$a:ident, $b:ident| $values:expr) => {{
        let mut out = $out;
        for (at, (a, b)) in $x[0].chunks_exact(LANE).zip($x[1].chunks_exact(LANE)).enumerate() {
            let ($a, $b) = (Lane::load(a), Lane::load(b));
            let values = $values;
            for member in 0..MEMBERS {
                if let Some(out) = &mut out[member] {
                    values[member].store(&mut out[at * LANE..]);
                }
            }
        }
    }};
}

impl Family {
    /// Fills the columns that are wanted, all of one length, a multiple of the lane.
    #[inline(always)]
    pub(crate) fn run(self, x: [&[f64]; 2], out: [Option<&mut [f64]>; MEMBERS]) {
        match self {
            Family::Logistic => {
                let has_log = out[..3].iter().any(Option::is_some);
                let has_share = out[3..].iter().any(Option::is_some);
                // The closures of a helper would be compiled without the wide instructions of the caller.
                fill!(x, out, |a, _b| logistic(a, has_log, has_share));
            }
            Family::Rising => fill!(x, out, |a, b| padded(rising(a, b))),
            Family::Psi => fill!(x, out, |a, _b| padded(digamma_slopes(a))),
            Family::Normal => fill!(x, out, |a, _b| padded(log_ndtr_slopes(a))),
        }
    }
}

#[inline(always)]
fn padded<const N: usize>(values: [Lane; N]) -> [Lane; MEMBERS] {
    let mut all = [Lane::ZERO; MEMBERS];
    all[..N].copy_from_slice(&values);
    all
}

/// The members of [`Family::Logistic`]; those that are not wanted stay zero.
#[inline(always)]
fn logistic(x: Lane, has_log: bool, has_share: bool) -> [Lane; MEMBERS] {
    let mut all = [Lane::ZERO; MEMBERS];
    let e = Real::exp(-x.abs());
    let up = x.ge(Lane::ZERO);
    if has_log {
        let tail = Real::log1p(e);
        all[0] = tail;
        all[1] = Lane::select(up, x + tail, tail);
        all[2] = Lane::select(up, tail, tail - x);
    }
    if has_share {
        let total = Lane::ONE + e;
        let (large, small) = (Lane::ONE / total, e / total);
        all[3] = Lane::select(up, large, small);
        all[4] = Lane::select(up, small, large);
    }
    all
}

/// log Gamma(x + y) - log Gamma(x), psi(x + y) - psi(x), psi'(x) - psi'(x + y). A negative y is the same difference seen
/// from the other end; below zero there is none.
#[inline(always)]
pub(crate) fn rising(x: Lane, y: Lane) -> [Lane; 3] {
    let turned = y.lt(Lane::ZERO);
    let low = Lane::select(turned, x + y, x);
    let inside = low.ge(Lane::ZERO);
    let mut change = log_rising_slopes(Lane::select(inside, low, Lane::ONE), y.abs());
    for c in &mut change {
        *c = Lane::select(inside, Lane::select(turned, -*c, *c), Lane::splat(f64::NAN));
    }
    change
}
