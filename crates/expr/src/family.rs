//! Operations that come from one computation: asked together, they are computed together.
//!
//! log(1 + e^x), its slope and its bend share an exponential; the difference of log gammas and its slopes share
//! nearly everything; distribution functions come with all their derivatives. A scheduler that finds several members with the same arguments runs the family once.

use loglik_num::{
    LANE, Lane, Real, digamma_slopes, lbeta_slopes, log_ndtr_slopes, log_rising_slopes, log_tweedie_series,
};

use crate::op::Op;
use crate::tails;

/// Most members of a family.
pub(crate) const MEMBERS: usize = 10;

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
    /// log B(a, b) and its derivatives.
    Beta,
    /// log P(a, x) and its derivatives.
    GammaP,
    /// log Q(a, x) and its derivatives.
    GammaQ,
    /// log P(T <= t) and its derivatives.
    TCdf,
    /// log I_x(a, b) and its derivatives.
    BetaInc,
    /// log(1 - I_x(a, b)) and its derivatives.
    BetaIncUpper,
    /// The series of the Tweedie density and its derivatives.
    TweedieSeries,
}

/// The families with all derivatives: the function, its slopes, and the lower triangle of its curvatures by rows.
const WITH_DERIVATIVES: [(Family, &[Op]); 7] = [
    (Family::Beta, &[Op::Lbeta, Op::Lbeta0, Op::Lbeta1, Op::Lbeta00, Op::Lbeta10, Op::Lbeta11]),
    (
        Family::GammaP,
        &[Op::LogGammaP, Op::LogGammaP0, Op::LogGammaP1, Op::LogGammaP00, Op::LogGammaP10, Op::LogGammaP11],
    ),
    (
        Family::GammaQ,
        &[Op::LogGammaQ, Op::LogGammaQ0, Op::LogGammaQ1, Op::LogGammaQ00, Op::LogGammaQ10, Op::LogGammaQ11],
    ),
    (Family::TCdf, &[Op::LogTCdf, Op::LogTCdf0, Op::LogTCdf1, Op::LogTCdf00, Op::LogTCdf10, Op::LogTCdf11]),
    (
        Family::BetaInc,
        &[
            Op::LogBetaInc,
            Op::LogBetaInc0,
            Op::LogBetaInc1,
            Op::LogBetaInc2,
            Op::LogBetaInc00,
            Op::LogBetaInc10,
            Op::LogBetaInc11,
            Op::LogBetaInc20,
            Op::LogBetaInc21,
            Op::LogBetaInc22,
        ],
    ),
    (
        Family::BetaIncUpper,
        &[
            Op::LogBetaIncUpper,
            Op::LogBetaIncUpper0,
            Op::LogBetaIncUpper1,
            Op::LogBetaIncUpper2,
            Op::LogBetaIncUpper00,
            Op::LogBetaIncUpper10,
            Op::LogBetaIncUpper11,
            Op::LogBetaIncUpper20,
            Op::LogBetaIncUpper21,
            Op::LogBetaIncUpper22,
        ],
    ),
    (
        Family::TweedieSeries,
        &[
            Op::LogTweedieSeries,
            Op::LogTweedieSeries0,
            Op::LogTweedieSeries1,
            Op::LogTweedieSeries2,
            Op::LogTweedieSeries00,
            Op::LogTweedieSeries10,
            Op::LogTweedieSeries11,
            Op::LogTweedieSeries20,
            Op::LogTweedieSeries21,
            Op::LogTweedieSeries22,
        ],
    ),
];

/// Slopes and curvatures of an operation that is the function of such a family.
pub(crate) fn derivatives(op: Op) -> Option<&'static [Op]> {
    WITH_DERIVATIVES.iter().find(|(_, members)| members[0] == op).map(|(_, members)| &members[1..])
}

/// Whether an operation is a derivative in such a family.
pub(crate) fn is_derivative(op: Op) -> bool {
    WITH_DERIVATIVES.iter().any(|(_, members)| members[1..].contains(&op))
}

/// The family of an operation and its place there.
pub(crate) fn family(op: Op) -> Option<(Family, usize)> {
    for (family, members) in WITH_DERIVATIVES {
        if let Some(at) = members.iter().position(|member| *member == op) {
            return Some((family, at));
        }
    }
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
    ($x:expr, $out:expr, |$a:ident, $b:ident, $c:ident| $values:expr) => {{
        let mut out = $out;
        let rows = $x[0].chunks_exact(LANE).zip($x[1].chunks_exact(LANE)).zip($x[2].chunks_exact(LANE));
        for (at, ((a, b), c)) in rows.enumerate() {
            let ($a, $b, $c) = (Lane::load(a), Lane::load(b), Lane::load(c));
            for (value, out) in $values.into_iter().zip(&mut out) {
                if let Some(out) = out {
                    value.store(&mut out[at * LANE..]);
                }
            }
        }
    }};
}

impl Family {
    /// Fills the columns that are wanted, all of one length, a multiple of the lane.
    #[inline(always)]
    pub(crate) fn run(self, x: [&[f64]; 3], out: [Option<&mut [f64]>; MEMBERS]) {
        match self {
            Family::Logistic => {
                let has_log = out[..3].iter().any(Option::is_some);
                let has_share = out[3..].iter().any(Option::is_some);
                // The closures of a helper would be compiled without the wide instructions of the caller.
                fill!(x, out, |a, _b, _c| logistic(a, has_log, has_share));
            }
            Family::Rising => fill!(x, out, |a, b, _c| rising(a, b)),
            Family::Psi => fill!(x, out, |a, _b, _c| digamma_slopes(a)),
            Family::Normal => fill!(x, out, |a, _b, _c| log_ndtr_slopes(a)),
            Family::Beta => fill!(x, out, |a, b, _c| lbeta_slopes(a, b)),
            Family::GammaP => fill!(x, out, |a, b, _c| tails::gamma_p(a, b)),
            Family::GammaQ => fill!(x, out, |a, b, _c| tails::gamma_q(a, b)),
            Family::TCdf => fill!(x, out, |a, b, _c| tails::t_cdf(a, b)),
            Family::BetaInc => fill!(x, out, |a, b, c| tails::beta_inc(a, b, c)),
            Family::BetaIncUpper => fill!(x, out, |a, b, c| tails::beta_inc_upper(a, b, c)),
            Family::TweedieSeries => fill!(x, out, |a, b, c| log_tweedie_series(a, b, c)),
        }
    }
}

/// The members of [`Family::Logistic`]; those that are not wanted stay zero.
#[inline(always)]
fn logistic(x: Lane, has_log: bool, has_share: bool) -> [Lane; 5] {
    let mut all = [Lane::ZERO; 5];
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
