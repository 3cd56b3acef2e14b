//! The regularised incomplete gamma functions P(a, x), Q(a, x) and their logarithms, with derivatives in `a` and `x`.
//!
//! Three regions: a <= 1 with x < a + 1, where the series in (-x)^n gives P and Q both; x < a + 1, where the series of
//! positive terms gives P; and x >= a + 1, where Legendre's continued fraction gives Q. The other of the two follows
//! by log(1 - e^l), never near its loss. Derivatives in `a` come from running the same series on jets. The factor
//! x^a e^-x / Gamma(a + 1) is formed as exp of a double-double, for x and a log x cancel.
//!
//! Source: DiDonato & Morris (1986), ACM TOMS 12(4), 377-393; Gautschi (1979), ACM TOMS 5(4), 466-481.

use core::f64::consts::PI;

use crate::converge::Settle;
use crate::dispatch::{Kernel, dispatch};
use crate::elementary::{exp, log, log1p};
use crate::gamma::{digamma, digamma_rest, lgamma1p, stirling_rests, trigamma};
use crate::jet::Jet;
use crate::lane::{LANE, Lane, Mask};
use crate::log_space::log1mexp;
use crate::real::Real;
use crate::step::{Step, Taylor};
use crate::sum::Dd;

/// P(a, x): probability that a gamma variable of shape `a` is at most `x`.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    plain(a, x, Tail::Lower)
}

/// Q(a, x) = 1 - P(a, x), relatively exact when small.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    plain(a, x, Tail::Upper)
}

/// log P(a, x).
pub fn log_gamma_p(a: f64, x: f64) -> f64 {
    LogGammaP.value([Lane::splat(a), Lane::splat(x)]).0[0]
}

/// log Q(a, x).
pub fn log_gamma_q(a: f64, x: f64) -> f64 {
    LogGammaQ.value([Lane::splat(a), Lane::splat(x)]).0[0]
}

/// Which of the two probabilities is meant.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Tail {
    /// At most x.
    Lower,
    /// More than x.
    Upper,
}

fn plain(a: f64, x: f64, tail: Tail) -> f64 {
    let parts = dispatch(Values { a: Lane::splat(a), x: Lane::splat(x) });
    parts.probability(0, tail)
}

/// exp(factor) times `series` is P or Q, one row each.
struct Parts {
    /// log of the factor, as an unevaluated sum.
    factor: [Dd; LANE],
    /// What the factor is multiplied by, and its logarithm.
    series: Lane,
    log_series: Lane,
    /// Where the product is P; else it is Q.
    is_lower: Mask,
    /// Q where the alternating series gave it, NaN elsewhere.
    upper: Lane,
}

impl Parts {
    fn probability(&self, i: usize, tail: Tail) -> f64 {
        if tail == Tail::Upper && !self.upper.0[i].is_nan() {
            return self.upper.0[i];
        }
        let known = self.known(i);
        if self.is_lower.0[i] == (tail == Tail::Lower) { known } else { 1.0 - known }
    }

    fn known(&self, i: usize) -> f64 {
        exp(self.factor[i].hi) * (1.0 + self.factor[i].lo) * self.series.0[i]
    }

    fn log_probability(&self, i: usize, tail: Tail) -> f64 {
        // Near 1 the complement carries the digits.
        if tail == Tail::Upper && self.upper.0[i] < 0.5 {
            return log(self.upper.0[i]);
        }
        let log_known = (self.factor[i] + Dd::from(self.log_series.0[i])).value();
        if self.is_lower.0[i] == (tail == Tail::Lower) {
            return log_known;
        }
        let known = self.known(i);
        if known < 0.5 { log1p(-known) } else { log1mexp(log_known) }
    }
}

/// log(x^a e^-x / Gamma(a + 1)) = a log(x / a) - (x - a) - log(2 pi a) / 2 - rest(a), given `rest`.
#[inline(always)]
fn log_factor(a: f64, x: f64, rest: f64) -> Dd {
    if x == 0.0 || x.is_infinite() {
        return Dd::from(f64::NEG_INFINITY);
    }
    let bent = Dd::from(a) * (Dd::from(x) / Dd::from(a)).log() - Dd::sum(x, -a);
    bent - Dd::from(0.5 * log(2.0 * PI * a)) - Dd::from(rest)
}

/// Where each series is used.
#[inline(always)]
fn regions(a: Lane, x: Lane) -> (Mask, Mask, Mask) {
    let below = x.lt(a + Lane::ONE);
    let alternating = below & a.le(Lane::ONE);
    (alternating, below & !alternating, !below)
}

struct Values {
    a: Lane,
    x: Lane,
}

impl Kernel for Values {
    type Output = Parts;
    #[inline(always)]
    fn run(self) -> Parts {
        let (a, x) = (self.a, self.x);
        let (alternating, rising, falling) = regions(a, x);
        let mut series = Lane::splat(f64::NAN);
        let mut upper = series;
        let mut factor = [Dd::ZERO; LANE];
        let rest = stirling_rests(a);
        for i in 0..LANE {
            factor[i] = log_factor(a.0[i], x.0[i], rest.0[i]);
        }
        if rising.any() {
            let safe = Lane::select(rising, x, Lane::ZERO);
            series = Lane::select(rising, rising_series(a, safe), series);
        }
        if falling.any() {
            let safe = Lane::select(falling, x, a + Lane::splat(10.0));
            series = Lane::select(falling, a * fraction(a, safe), series);
        }
        let mut log_series = series.map(log);
        if alternating.any() {
            let safe = Lane::select(alternating, x, Lane::ONE);
            let sum = alternating_series(a, safe);
            series = Lane::select(alternating, sum + Lane::ONE, series);
            log_series = Lane::select(alternating, sum.log1p(), log_series);
            // x^a / Gamma(a + 1), without e^-x.
            let log_lead = a * safe.map(log) - a.map(lgamma1p);
            for i in 0..LANE {
                if alternating.0[i] {
                    factor[i] = Dd::from(if x.0[i] == 0.0 { f64::NEG_INFINITY } else { log_lead.0[i] });
                }
            }
            let lead = log_lead.expm1();
            let q = -lead - (lead + Lane::ONE) * sum;
            upper = Lane::select(alternating, q, upper);
            upper = Lane::select(alternating & x.eq_lanes(Lane::ZERO), Lane::ONE, upper);
        }
        Parts { factor, series, log_series, is_lower: !falling, upper }
    }
}

/// sum_{n >= 1} a (-x)^n / ((a + n) n!), so that P = x^a / Gamma(a + 1) (1 + sum).
#[inline(always)]
fn alternating_series<T: Settle>(a: T, x: Lane) -> T {
    let mut power = Lane::ONE;
    let mut sum = T::constant(0.0);
    let mut n = 0.0;
    let mut done = Mask::NONE;
    loop {
        n += 1.0;
        power = -power * x / Lane::splat(n);
        let next = sum + (a / a.add_lane(Lane::splat(n))).scale(power);
        done = done | next.settled(sum);
        sum = T::select(done, sum, next);
        if done.all() || n > 200.0 {
            return sum;
        }
    }
}

/// 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + .., so that P = x^a e^-x / Gamma(a + 1) times it.
#[inline(always)]
fn rising_series<T: Settle>(a: T, x: Lane) -> T {
    let mut term = T::constant(1.0);
    let mut sum = term;
    let mut n = 0.0;
    let mut done = Mask::NONE;
    let most = terms_at_most(a.value());
    loop {
        n += 1.0;
        term = term.scale(x) / a.add_lane(Lane::splat(n));
        let next = sum + term;
        done = done | next.settled(sum);
        sum = T::select(done, sum, next);
        if done.all() || n > most {
            return sum;
        }
    }
}

/// 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ..)), so that Q = x^a e^-x / Gamma(a) times it.
#[inline(always)]
fn fraction<T: Settle>(a: T, x: Lane) -> T {
    let mut b = (-a).add_lane(x + Lane::ONE);
    let mut d = T::constant(1.0) / b;
    let mut c = b;
    let mut h = d;
    let mut n = 0.0;
    let mut done = Mask::NONE;
    let most = terms_at_most(a.value());
    loop {
        n += 1.0;
        let numerator = a.add_lane(Lane::splat(-n)).scale(Lane::splat(n));
        b = b.add_lane(Lane::splat(2.0));
        d = T::constant(1.0) / (b + numerator * d);
        // By the method of Lentz C starts at infinity.
        c = if n == 1.0 { b } else { b + numerator / c };
        let next = h * (c * d);
        done = done | next.settled(h);
        h = T::select(done, h, next);
        if done.all() || n > most {
            return h;
        }
    }
}

/// Series near x = a need some multiple of sqrt(a) terms.
#[inline(always)]
fn terms_at_most(a: Lane) -> f64 {
    let mut most = 0.0;
    for i in 0..LANE {
        if a.0[i] > most {
            most = a.0[i];
        }
    }
    1000.0 + 40.0 * most.sqrt()
}

/// Derivatives in `a` of log P or log Q, value first.
struct Slopes {
    a: Lane,
    x: Lane,
    tail: Tail,
}

impl Kernel for Slopes {
    type Output = Taylor<2>;
    #[inline(always)]
    fn run(self) -> Taylor<2> {
        let (a, x) = (self.a, self.x);
        let (alternating, rising, falling) = regions(a, x);
        let shape = Jet::<1>::variable(a, 0);
        let mut out = Jet::<1>::fixed(Lane::splat(f64::NAN));
        let log_x = x.map(log);
        // log x - psi(a + 1) and -psi'(a + 1), the slopes of the factor's logarithm.
        let by_rest = (x / a).map(log) - a.map(digamma_rest) - Lane::ONE / a;
        let plain = log_x - (a + Lane::ONE).map(digamma);
        let slope = Lane::select(a.gt(Lane::splat(10.0)), by_rest, plain);
        let curve = -(a + Lane::ONE).map(trigamma);
        let factor = |v: Lane| Jet::<1> { v, g: [slope], h: [[curve]] };
        if alternating.any() {
            let safe = Lane::select(alternating, x, Lane::ONE);
            let sum = alternating_series(shape, safe);
            let lead = factor(a * log_x - a.map(lgamma1p));
            let found = match self.tail {
                Tail::Lower => lead + sum.log1p(),
                Tail::Upper => (-lead.expm1() - lead.exp() * sum).log(),
            };
            out = Jet::select(alternating, found, out);
        }
        let log_factors = || {
            let (mut v, rest) = (a, stirling_rests(a));
            for i in 0..LANE {
                v.0[i] = log_factor(a.0[i], x.0[i], rest.0[i]).value();
            }
            factor(v)
        };
        if rising.any() {
            let safe = Lane::select(rising, x, Lane::ZERO);
            let lower = log_factors() + rising_series(shape, safe).log();
            out = Jet::select(rising, if self.tail == Tail::Lower { lower } else { lower.log1mexp() }, out);
        }
        if falling.any() {
            let safe = Lane::select(falling, x, a + Lane::splat(10.0));
            let upper = log_factors() + (shape * fraction(shape, safe)).log();
            out = Jet::select(falling, if self.tail == Tail::Upper { upper } else { upper.log1mexp() }, out);
        }
        self.with_density(out)
    }
}

impl Slopes {
    /// Adds the derivatives in `x`: with r = density / probability, (log P)' = r, and so on.
    #[inline(always)]
    fn with_density(&self, known: Jet<1>) -> Taylor<2> {
        let (a, x) = (self.a, self.x);
        let mut v = a;
        let mut ratio = a;
        let parts = Values { a, x }.run();
        let sign = if self.tail == Tail::Lower { 1.0 } else { -1.0 };
        let rest = stirling_rests(a);
        for i in 0..LANE {
            v.0[i] = parts.log_probability(i, self.tail);
            let log_density = log_factor(a.0[i], x.0[i], rest.0[i]).value() + log(a.0[i]) - log(x.0[i]);
            ratio.0[i] = sign * exp(log_density - v.0[i]);
        }
        let bend = (a - Lane::ONE) / x - Lane::ONE;
        let by_rest = (x / a).map(log) - a.map(digamma_rest);
        let plain = x.map(log) - (a + Lane::ONE).map(digamma) + Lane::ONE / a;
        let log_slope = Lane::select(a.gt(Lane::splat(10.0)), by_rest, plain);
        let (d_a, d_aa) = (known.g[0], known.h[0][0]);
        Taylor::two(
            v,
            [d_a, ratio],
            // d/da log density - d/da log P, and the same by x.
            [d_aa, ratio * (log_slope - d_a), ratio * (bend - ratio)],
        )
    }
}

macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $tail:expr) => {
        $(#[$doc])*
        #[derive(Copy, Clone)]
        pub(crate) struct $name;
        impl Step<2> for $name {
            #[inline(never)]
            fn value(self, [a, x]: [Lane; 2]) -> Lane {
                let parts = dispatch(Values { a, x });
                let mut v = a;
                for i in 0..LANE {
                    v.0[i] = parts.log_probability(i, $tail);
                }
                v
            }
            #[inline(never)]
            fn expand(self, [a, x]: [Lane; 2]) -> Taylor<2> {
                dispatch(Slopes { a, x, tail: $tail })
            }
        }
    };
}
step!(/** log P(a, x) */ LogGammaP, Tail::Lower);
step!(/** log Q(a, x) */ LogGammaQ, Tail::Upper);
