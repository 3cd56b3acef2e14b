//! The regularised incomplete beta function I_x(a, b), its complement and logarithms, with all derivatives.
//!
//! Below the mean, x < (a + 1) / (a + b + 2), a continued fraction gives I; above,
//! the roles of (x, a) and (1 - x, b) are exchanged. Where the first shape is at most 1, the power series gives I and
//! 1 - I both, neither by subtraction from 1. The factor x^a (1 - x)^b / (a B(a, b)) is formed as exp of a
//! double-double. Derivatives in the shapes come from running the same loops on jets.
//!
//! Source: DiDonato & Morris (1992), ACM TOMS 18(3), 360-373; Boik & Robison-Cox (1998), Journal of Statistical
//! Software 3(1).

use core::f64::consts::PI;

use crate::converge::Settle;
use crate::dispatch::{Kernel, dispatch};
use crate::elementary::{exp, log, log1p};
use crate::gamma::{
    digamma, digamma_rising, lgamma1p, log_rising, stirling_rests, trigamma, trigamma_falling,
};
use crate::incomplete_gamma::Tail;
use crate::jet::Jet;
use crate::lane::{LANE, Lane, Mask};
use crate::log_space::log1mexp;
use crate::real::Real;
use crate::step::{Step, Taylor};
use crate::sum::Dd;

/// I_x(a, b): probability that a beta variable with shapes `a`, `b` is at most `x`.
pub fn beta_inc(x: f64, a: f64, b: f64) -> f64 {
    at_point(x, 1.0 - x, a, b).probability(0, Tail::Lower)
}

/// 1 - I_x(a, b), relatively exact when small.
pub fn beta_inc_upper(x: f64, a: f64, b: f64) -> f64 {
    at_point(x, 1.0 - x, a, b).probability(0, Tail::Upper)
}

/// I_x(a, b) where `x` and `y = 1 - x` are both known exactly, as in the tails of t and F.
pub(crate) fn beta_inc_of(x: f64, y: f64, a: f64, b: f64) -> f64 {
    at_point(x, y, a, b).probability(0, Tail::Lower)
}

/// log I_x(a, b).
pub fn log_beta_inc(x: f64, a: f64, b: f64) -> f64 {
    LogBetaInc.value([Lane::splat(x), Lane::splat(a), Lane::splat(b)]).0[0]
}

/// log(1 - I_x(a, b)).
pub fn log_beta_inc_upper(x: f64, a: f64, b: f64) -> f64 {
    LogBetaIncUpper.value([Lane::splat(x), Lane::splat(a), Lane::splat(b)]).0[0]
}

fn at_point(x: f64, y: f64, a: f64, b: f64) -> Parts {
    dispatch(Values(Point { x: Lane::splat(x), y: Lane::splat(y), a: Lane::splat(a), b: Lane::splat(b) }))
}

/// Arguments of eight rows, `y = 1 - x`.
#[derive(Copy, Clone)]
pub(crate) struct Point {
    pub(crate) x: Lane,
    pub(crate) y: Lane,
    pub(crate) a: Lane,
    pub(crate) b: Lane,
}

impl Point {
    /// The point, or its mirror image where `x` lies above the mean; and where it was mirrored.
    #[inline(always)]
    fn below_mean(self) -> (Point, Mask) {
        let mirrored = (self.x * (self.a + self.b + Lane::splat(2.0))).gt(self.a + Lane::ONE);
        let pick = |p: Lane, q: Lane| Lane::select(mirrored, q, p);
        let (x, y) = (pick(self.x, self.y), pick(self.y, self.x));
        (Point { x, y, a: pick(self.a, self.b), b: pick(self.b, self.a) }, mirrored)
    }
}

/// exp(factor) times `series` is I of the point below the mean.
pub(crate) struct Parts {
    factor: [Dd; LANE],
    series: Lane,
    log_series: Lane,
    /// 1 - I where the power series gave it, NaN elsewhere.
    upper: Lane,
    mirrored: Mask,
}

impl Parts {
    fn probability(&self, i: usize, tail: Tail) -> f64 {
        if self.mirrored.0[i] == (tail == Tail::Lower) {
            if !self.upper.0[i].is_nan() {
                return self.upper.0[i];
            }
            return 1.0 - self.known(i);
        }
        self.known(i)
    }

    fn known(&self, i: usize) -> f64 {
        exp(self.factor[i].hi) * (1.0 + self.factor[i].lo) * self.series.0[i]
    }

    pub(crate) fn log_probability(&self, i: usize, tail: Tail) -> f64 {
        let log_known = (self.factor[i] + Dd::from(self.log_series.0[i])).value();
        if self.mirrored.0[i] != (tail == Tail::Lower) {
            return log_known;
        }
        // Near 1 the complement carries the digits.
        if self.upper.0[i] < 0.5 {
            return log(self.upper.0[i]);
        }
        let known = self.known(i);
        if known < 0.5 { log1p(-known) } else { log1mexp(log_known) }
    }
}

/// log(x^a y^b / (a B(a, b))), by the ratio of x and y to their means a / (a + b), b / (a + b),
/// given [`rests`].
#[inline(always)]
fn log_factor(p: Point, i: usize, rest: Lane) -> Dd {
    let (x, y, a, b) = (p.x.0[i], p.y.0[i], p.a.0[i], p.b.0[i]);
    if x == 0.0 {
        return Dd::from(f64::NEG_INFINITY);
    }
    let total = Dd::sum(a, b);
    // The smaller of x and y carries the digits; the other is its complement in double-double.
    let (x, y) = match x < y {
        true => (Dd::from(x), Dd::sum(1.0, -x)),
        false => (Dd::sum(1.0, -y), Dd::from(y)),
    };
    let bent = Dd::from(a) * (x * total / Dd::from(a)).log() + Dd::from(b) * (y * total / Dd::from(b)).log();
    let level = 0.5 * log(b / (2.0 * PI * a * total.hi));
    bent + Dd::from(level) + Dd::from(rest.0[i])
}

/// What Stirling's formula leaves of log Gamma(a + b) - log Gamma(a) - log Gamma(b).
fn rests(p: Point) -> Lane {
    stirling_rests(p.a + p.b) - stirling_rests(p.a) - stirling_rests(p.b)
}

/// Where the power series is used.
#[inline(always)]
fn has_power_series(p: Point) -> Mask {
    p.a.le(Lane::ONE)
}

pub(crate) struct Values(pub(crate) Point);

impl Kernel for Values {
    type Output = Parts;
    #[inline(always)]
    fn run(self) -> Parts {
        let (p, mirrored) = self.0.below_mean();
        let power = has_power_series(p);
        let mut series = Lane::splat(f64::NAN);
        let mut upper = series;
        let mut factor = [Dd::ZERO; LANE];
        let rest = rests(p);
        for i in 0..LANE {
            factor[i] = log_factor(p, i, rest);
        }
        if !power.all() {
            let (x, y, slack) = fraction_point(p, power);
            let found = fraction(p.a, p.b, x, y, slack);
            series = found;
        }
        let mut log_series = series.map(log);
        if power.any() {
            let sum = power_series(p.a, p.b, Lane::select(power, p.x, Lane::ZERO));
            series = Lane::select(power, sum + Lane::ONE, series);
            log_series = Lane::select(power, sum.log1p(), log_series);
            let mut log_lead = p.a;
            for i in 0..LANE {
                log_lead.0[i] = lead(p, i);
                if power.0[i] {
                    factor[i] = Dd::from(log_lead.0[i]);
                }
            }
            let lead = log_lead.expm1();
            upper = Lane::select(power, -lead - (lead + Lane::ONE) * sum, upper);
        }
        Parts { factor, series, log_series, upper, mirrored }
    }
}

/// log(x^a / (a B(a, b))), small where a is.
fn lead(p: Point, i: usize) -> f64 {
    let (x, a, b) = (p.x.0[i], p.a.0[i], p.b.0[i]);
    a * log(x) - lgamma1p(a) + log_rising(b, a)
}

/// sum_{n >= 1} a (1 - b) .. (n - b) x^n / ((a + n) n!), so that I = x^a / (a B(a, b)) (1 + sum).
#[inline(always)]
fn power_series<T: Settle>(a: T, b: T, x: Lane) -> T {
    let mut term = T::constant(1.0);
    let mut sum = T::constant(0.0);
    let mut n = 0.0;
    let mut done = Mask::NONE;
    loop {
        n += 1.0;
        let step = Lane::splat(n);
        term = term * (-b).add_lane(step).scale(x / step);
        let next = sum + term * (a / a.add_lane(step));
        done = done | next.settled(sum);
        sum = T::select(done, sum, next);
        if done.all() || n > 2000.0 {
            return sum;
        }
    }
}

/// The continued fraction whose product with the factor is I, for a > 1.
///
/// `slack` is a - (a + b) x, which tells how far below the mean x lies; formed without cancellation by the caller.
#[inline(always)]
fn fraction<T: Settle>(a: T, b: T, x: Lane, y: Lane, slack: Lane) -> T {
    let over_a = T::constant(1.0) / a;
    let plain = a.scale(y) - b.scale(x);
    let c = plain.add_lane(slack - plain.value() + Lane::ONE);
    let (c0, c1) = (b * over_a, over_a.add_lane(Lane::ONE));
    let mut p = T::constant(1.0);
    let mut s = a.add_lane(Lane::ONE);
    let (mut top, mut bottom) = ([T::constant(0.0), T::constant(1.0)], [T::constant(1.0), c / c1]);
    let mut ratio = c1 / c;
    let most = terms_at_most((a + b).value());
    let mut n = 0.0;
    let mut done = Mask::NONE;
    loop {
        n += 1.0;
        let step = Lane::splat(n);
        let t = over_a.scale(step);
        let w = b.add_lane(-step).scale(step * x);
        let e = a / s;
        let alpha = p * (p + c0) * e * e * w.scale(x);
        p = t.add_lane(Lane::ONE);
        let e = p / (c1 + t + t);
        let beta = (w / s + e * c.add_lane(step * (y + Lane::ONE))).add_lane(step);
        s = s.add_lane(Lane::splat(2.0));
        top = [top[1], alpha * top[0] + beta * top[1]];
        bottom = [bottom[1], alpha * bottom[0] + beta * bottom[1]];
        let next = top[1] / bottom[1];
        done = done | next.settled(ratio);
        ratio = T::select(done, ratio, next);
        if done.all() || n > most {
            return a * ratio;
        }
        let scale = T::constant(1.0) / bottom[1];
        (top, bottom) = ([top[0] * scale, next], [bottom[0] * scale, T::constant(1.0)]);
    }
}

/// Near the mean the fraction needs some multiple of sqrt(a + b) terms.
#[inline(always)]
fn terms_at_most(total: Lane) -> f64 {
    let most = total.0.iter().fold(0.0, |most: f64, &t| if t > most { t } else { most });
    1000.0 + 20.0 * most.sqrt()
}

/// a - (a + b) x by the smaller of x and y, rounded once.
fn slack(p: Point) -> Lane {
    let mut out = p.a;
    for i in 0..LANE {
        let (x, y, a, b) = (p.x.0[i], p.y.0[i], p.a.0[i], p.b.0[i]);
        let total = Dd::sum(a, b);
        let exact = match x < y {
            true => Dd::from(a) - total * Dd::from(x),
            false => total * Dd::from(y) - Dd::from(b),
        };
        out.0[i] = exact.value();
    }
    out
}

/// Arguments of the fraction, harmless in the rows that do not use it.
#[inline(always)]
fn fraction_point(p: Point, unused: Mask) -> (Lane, Lane, Lane) {
    let pick = |value: f64, used: Lane| Lane::select(unused, Lane::splat(value), used);
    (pick(0.0, p.x), pick(1.0, p.y), pick(1.0, slack(p)))
}

pub(crate) struct Slopes {
    pub(crate) point: Point,
    pub(crate) tail: Tail,
}

impl Kernel for Slopes {
    type Output = Taylor<3>;
    #[inline(always)]
    fn run(self) -> Taylor<3> {
        let (p, mirrored) = self.point.below_mean();
        let lower_log = below_mean_jets(p, mirrored, self.tail);
        self.with_density(p, mirrored, lower_log)
    }
}

/// log I (or log(1 - I) where the mirrored row asks for it) with derivatives in the two shapes of `p`.
#[inline(always)]
fn below_mean_jets(p: Point, mirrored: Mask, tail: Tail) -> Jet<2> {
    let (a, b) = (Jet::<2>::variable(p.a, 0), Jet::<2>::variable(p.b, 1));
    let complement = if tail == Tail::Lower { mirrored } else { !mirrored };
    let power = has_power_series(p);
    let log_x = p.x.map(log);
    let log_y = Lane::select(p.y.gt(p.x), (-p.x).log1p(), p.y.map(log));
    let over_a = Lane::ONE / p.a;
    let tail_curve = (p.a + p.b).map(trigamma);
    // Slopes of -log(a B(a, b)); for small a the 1 / a of both parts is left out rather than cancelled.
    let next = p.a + Lane::ONE;
    let by_a = Lane::select(
        power,
        (p.a + p.b).map(digamma) - next.map(digamma),
        p.a.zip(p.b, digamma_rising) - over_a,
    );
    let by_aa = Lane::select(
        power,
        tail_curve - next.map(trigamma),
        over_a * over_a - p.a.zip(p.b, trigamma_falling),
    );
    let by_b = p.b.zip(p.a, digamma_rising);
    let curves = [by_aa, tail_curve, -p.b.zip(p.a, trigamma_falling)];
    let factor = |v: Lane, log_y: Lane| Jet::<2> {
        v,
        g: [log_x + by_a, log_y + by_b],
        h: [[curves[0], Lane::ZERO], [curves[1], curves[2]]],
    };
    let mut out = Jet::<2>::fixed(Lane::splat(f64::NAN));
    if power.any() {
        let sum = power_series(a, b, Lane::select(power, p.x, Lane::ZERO));
        let mut v = p.a;
        for i in 0..LANE {
            v.0[i] = lead(p, i);
        }
        let lead = factor(v, Lane::ZERO);
        let upper = (-lead.expm1() - lead.exp() * sum).log();
        out = Jet::select(power, Jet::select(complement, upper, lead + sum.log1p()), out);
    }
    if !power.all() {
        let (mut v, rest) = (p.a, rests(p));
        for i in 0..LANE {
            v.0[i] = log_factor(p, i, rest).value();
        }
        let (x, y, slack) = fraction_point(p, power);
        let lower = factor(v, log_y) + fraction(a, b, x, y, slack).log();
        out = Jet::select(power, out, Jet::select(complement, lower.log1mexp(), lower));
    }
    out
}

impl Slopes {
    /// Back to the caller's order of shapes, and the derivatives in `x` from the density.
    #[inline(always)]
    fn with_density(&self, p: Point, mirrored: Mask, known: Jet<2>) -> Taylor<3> {
        let Point { x, y, a, b } = self.point;
        let parts = Values(self.point).run();
        let sign = if self.tail == Tail::Lower { 1.0 } else { -1.0 };
        let (mut v, mut ratio, rest) = (a, a, rests(p));
        for i in 0..LANE {
            v.0[i] = parts.log_probability(i, self.tail);
            let log_density = log_factor(p, i, rest).value() + log(p.a.0[i]) - log(p.x.0[i]) - log(p.y.0[i]);
            ratio.0[i] = sign * exp(log_density - v.0[i]);
        }
        let pick = |one: Lane, other: Lane| Lane::select(mirrored, other, one);
        let (d_a, d_b) = (pick(known.g[0], known.g[1]), pick(known.g[1], known.g[0]));
        let (d_aa, d_bb) = (pick(known.h[0][0], known.h[1][1]), pick(known.h[1][1], known.h[0][0]));
        let bend = (a - Lane::ONE) / x - (b - Lane::ONE) / y;
        let log_a = x.map(log) + a.zip(b, digamma_rising);
        let log_b = Lane::select(y.gt(x), (-x).log1p(), y.map(log)) + b.zip(a, digamma_rising);
        let zero = Lane::ZERO;
        Taylor {
            v,
            g: [ratio, d_a, d_b],
            h: [
                [ratio * (bend - ratio), zero, zero],
                [ratio * (log_a - d_a), d_aa, zero],
                [ratio * (log_b - d_b), known.h[1][0], d_bb],
            ],
        }
    }
}

macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $tail:expr) => {
        $(#[$doc])*
        #[derive(Copy, Clone)]
        pub(crate) struct $name;
        impl Step<3> for $name {
            #[inline(never)]
            fn value(self, [x, a, b]: [Lane; 3]) -> Lane {
                let parts = dispatch(Values(Point { x, y: Lane::ONE - x, a, b }));
                let mut v = a;
                for i in 0..LANE {
                    v.0[i] = parts.log_probability(i, $tail);
                }
                v
            }
            #[inline(never)]
            fn expand(self, [x, a, b]: [Lane; 3]) -> Taylor<3> {
                dispatch(Slopes { point: Point { x, y: Lane::ONE - x, a, b }, tail: $tail })
            }
        }
    };
}
step!(/** log I_x(a, b) */ LogBetaInc, Tail::Lower);
step!(/** log(1 - I_x(a, b)) */ LogBetaIncUpper, Tail::Upper);
