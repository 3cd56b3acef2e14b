//! Functions that stay exact where a family passes into its limit: differences and quotients that would be 0 / 0.
//!
//! Near the limit each is a short series, elsewhere the plain formula; all are [`Step`]s, so the derivatives keep
//! their digits too. Abramowitz & Stegun (1964), 4.1.27, 4.2.1 and 6.1.41.

use loglik_num::{
    Jet, Kernel, Lane, Memo, Real, Step, Taylor, dispatch, erfcx, lbeta, log, log_ndtr, ndtr_hazard,
};

/// log(2 pi) / 2.
pub(crate) const HALF_LOG_2PI: f64 = 0.918_938_533_204_672_8;

/// Euler's constant.
pub(crate) const EULER: f64 = 0.577_215_664_901_532_9;

const ONE: Lane = Lane::ONE;

/// Value of a polynomial, lowest power first.
#[inline(always)]
fn polynomial(x: Lane, coefficients: &[f64]) -> Lane {
    let top = Lane::splat(coefficients[coefficients.len() - 1]);
    coefficients.iter().rev().skip(1).fold(top, |sum, &c| sum.mul_add(x, Lane::splat(c)))
}

/// y log(y / mu) of counts and a mean known by its logarithm; 0 for none.
#[inline(always)]
pub(crate) fn toward(y: Lane, log_mu: Lane) -> Lane {
    let none = y.eq_lanes(Lane::ZERO);
    Lane::select(none, Lane::ZERO, y * (Lane::select(none, ONE, y).log() - log_mu))
}

/// 1 / (n + 2)! for n = 0, 1, ..
const INVERSE_FACTORIALS: [f64; 18] = {
    let (mut out, mut factorial, mut n) = ([0.0; 18], 2.0, 0);
    while n < 18 {
        out[n] = 1.0 / factorial;
        factorial *= (n + 3) as f64;
        n += 1;
    }
    out
};

/// e^x - 1 - x: half the unit deviance of a Poisson or gamma mean, on the log scale.
#[derive(Clone, Copy)]
pub(crate) struct Expm1Less;

impl Expm1Less {
    #[inline(always)]
    fn parts(x: Lane) -> (Lane, Lane) {
        let e = x.exp();
        let near = x * x * polynomial(x, &INVERSE_FACTORIALS);
        (Lane::select(x.abs().lt(ONE), near, e - ONE - x), e)
    }
}

impl Step<1> for Expm1Less {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        Self::parts(x).0
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let (v, e) = Self::parts(x);
        Taylor::one(v, Lane::select(x.abs().lt(ONE), v + x, e - ONE), e)
    }
}

/// 1 / (2 n + 3) for n = 0, 1, ..
const INVERSE_ODD: [f64; 18] = {
    let (mut out, mut n) = ([0.0; 18], 0);
    while n < 18 {
        out[n] = 1.0 / (2 * n + 3) as f64;
        n += 1;
    }
    out
};

/// log(1 + x) - x.
#[derive(Clone, Copy)]
pub(crate) struct Log1pLess;

impl Step<1> for Log1pLess {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        // log(1 + x) = 2 artanh(s); its first term less x is -x s.
        let s = x / (x + Lane::splat(2.0));
        let s2 = s * s;
        let near = (s2 + s2) * s * polynomial(s2, &INVERSE_ODD) - x * s;
        let is_near = x.abs().lt(Lane::splat(0.5));
        Lane::select(is_near, near, x.log1p() - x)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let r = ONE / (ONE + x);
        Taylor::one(self.value([x]), -x * r, -r * r)
    }
}

/// log(1 - exp(-e^z)): the lower tail of the smallest extreme value, log of the complementary log-log.
#[derive(Clone, Copy)]
pub(crate) struct LogCloglog;

impl Step<1> for LogCloglog {
    #[inline(always)]
    fn value(self, [z]: [Lane; 1]) -> Lane {
        (-z.exp()).log1mexp()
    }
    #[inline(always)]
    fn expand(self, [z]: [Lane; 1]) -> Taylor<1> {
        let x = z.exp();
        // x / (e^x - 1), and 0 where e^x is infinite.
        let is_far = x.gt(Lane::splat(700.0));
        let near = Lane::select(is_far, ONE, x);
        let slope = Lane::select(is_far, Lane::ZERO, near / near.expm1());
        let slope = Lane::select(x.eq_lanes(Lane::ZERO), ONE, slope);
        Taylor::one((-x).log1mexp(), slope, slope * (ONE - near - slope))
    }
}

/// log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2: what Stirling's formula leaves, about 1 / (12 x).
#[derive(Clone, Copy)]
pub(crate) struct StirlingRest;

/// From here on the series is good to the last bit.
const LARGE: f64 = 15.0;

/// Bernoulli numbers B_2k / (2 k (2 k - 1)) of the series in odd powers of 1 / x.
const STIRLING: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];

/// The same, differentiated once and twice.
const STIRLING_1: [f64; 7] = stirling_derivative(false);
const STIRLING_2: [f64; 7] = stirling_derivative(true);

/// Coefficients of the derivative of c x^-m, m = 1, 3, ..: -m c, or m (m + 1) c.
const fn stirling_derivative(twice: bool) -> [f64; 7] {
    let (mut out, mut i) = (STIRLING, 0);
    while i < 7 {
        let m = (2 * i + 1) as f64;
        out[i] *= if twice { m * (m + 1.0) } else { -m };
        i += 1;
    }
    out
}

/// The rest of Stirling's formula and its first two derivatives at one `x > 0`.
pub(crate) fn stirling_rest(x: f64) -> [f64; 3] {
    dispatch(RestSlopes(Lane::splat(x))).map(|part| part.0[0])
}

impl Step<1> for StirlingRest {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        REST.with(|memo| memo.of(x, || [dispatch(Rest(x))]))[0]
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [value, first, second] = rest_slopes(x);
        Taylor::one(value, first, second)
    }
}

thread_local! {
    static REST: Memo<1> = const { Memo::new() };
    static REST_SLOPES: Memo<3> = const { Memo::new() };
}

#[inline(never)]
fn rest_slopes(x: Lane) -> [Lane; 3] {
    REST_SLOPES.with(|memo| memo.of(x, || dispatch(RestSlopes(x))))
}

/// The rest of Stirling's formula in eight rows.
struct Rest(Lane);

/// Its value and derivatives.
struct RestSlopes(Lane);

impl Kernel for Rest {
    type Output = Lane;
    #[inline(always)]
    fn run(self) -> Lane {
        let x = self.0;
        let large = x.ge(Lane::splat(LARGE));
        let r = ONE / x;
        let above = r * polynomial(r * r, &STIRLING);
        if large.all() {
            return above;
        }
        let half = Lane::splat(0.5);
        let below = x.lgamma() - (x - half) * x.log() + x - Lane::splat(HALF_LOG_2PI);
        Lane::select(large, above, below)
    }
}

impl Kernel for RestSlopes {
    type Output = [Lane; 3];
    #[inline(always)]
    fn run(self) -> [Lane; 3] {
        let x = self.0;
        let large = x.ge(Lane::splat(LARGE));
        let r = ONE / x;
        let r2 = r * r;
        let above = [
            r * polynomial(r2, &STIRLING),
            r2 * polynomial(r2, &STIRLING_1),
            r2 * r * polynomial(r2, &STIRLING_2),
        ];
        if large.all() {
            return above;
        }
        let half = Lane::splat(0.5);
        let log_x = x.log();
        let gamma = Jet::<1>::variable(x, 0).lgamma();
        [
            Lane::select(large, above[0], gamma.v - (x - half) * log_x + x - Lane::splat(HALF_LOG_2PI)),
            Lane::select(large, above[1], gamma.g[0] - log_x + half * r),
            Lane::select(large, above[2], gamma.h[0][0] - r - half * r2),
        ]
    }
}

/// log y! - y log y + y for y = 0 .. 15, by mpmath at 40 digits.
const COUNT_CONSTANT: [f64; 16] = [
    0.0,
    1.0,
    1.306_852_819_440_054_6,
    1.495_922_603_223_725_8,
    1.632_876_385_868_383_2,
    1.740_302_180_611_544_2,
    1.828_694_396_641_771,
    1.903_790_317_678_221_2,
    1.969_070_569_306_562_9,
    2.026_806_284_055_495_2,
    2.078_561_643_135_058_6,
    2.125_459_845_091_81,
    2.168_334_698_205_882,
    2.207_822_206_123_445,
    2.244_418_568_125_061,
    2.278_518_367_307_740_7,
];

/// log y! - y log y + y of a count: what is left of a Poisson log density at its greatest, with the sign changed.
pub(crate) fn count_constant(y: f64) -> f64 {
    if y < 16.0 && y == y.floor() {
        return COUNT_CONSTANT[y as usize];
    }
    0.5 * log(y) + HALF_LOG_2PI + stirling_rest(y)[0]
}

/// log C(n, y) of eight rows; without work where every row is a single trial.
#[inline(always)]
pub(crate) fn log_choose(n: Lane, y: Lane) -> Lane {
    let single = n.eq_lanes(ONE) & (y.eq_lanes(Lane::ZERO) | y.eq_lanes(ONE));
    if single.all() { Lane::ZERO } else { log_choose_rows(n, y) }
}

/// log C(n, y) = log((n - k + 1) .. n) - log k!, k the smaller of y and n - y; by the beta function where n is large.
#[inline(never)]
fn log_choose_rows(n: Lane, y: Lane) -> Lane {
    let k = y.min(n - y);
    let product = (n - k + ONE).log_rising(k) - k.log_factorial();
    let large = n.gt(Lane::splat(1e4));
    if !large.any() {
        return product;
    }
    let by_beta = |n: f64, k: f64| if k == 0.0 { 0.0 } else { -log(n + 1.0) - lbeta(k + 1.0, n - k + 1.0) };
    Lane::select(large, n.zip(k, by_beta), product)
}

/// The quotients (e^x - 1) / x and log(1 + x) / x, 1 at x = 0.
#[derive(Clone, Copy)]
pub(crate) enum Quotient {
    /// (e^x - 1) / x
    Expm1,
    /// log(1 + x) / x
    Log1p,
}

impl Quotient {
    /// Value and two derivatives.
    fn parts(self, x: f64) -> [f64; 3] {
        if x.abs() < 0.1 {
            return self.series(x);
        }
        let (f, first, second) = match self {
            Self::Expm1 => (loglik_num::expm1(x), loglik_num::exp(x), loglik_num::exp(x)),
            Self::Log1p => (loglik_num::log1p(x), 1.0 / (1.0 + x), -1.0 / ((1.0 + x) * (1.0 + x))),
        };
        // q = f / x: q' = (f' - q) / x, q'' = (f'' - 2 q') / x
        let q = f / x;
        let q1 = (first - q) / x;
        [q, q1, (second - 2.0 * q1) / x]
    }

    /// sum of c_n x^n with c_n = 1 / (n + 1)! or (-1)^n / (n + 1).
    fn series(self, x: f64) -> [f64; 3] {
        let mut out = [0.0; 3];
        let (mut c, mut power) = (1.0, [1.0, 0.0, 0.0]);
        for n in 0..20 {
            let n = f64::from(n);
            for (sum, p) in out.iter_mut().zip(power) {
                *sum += c * p;
            }
            c *= match self {
                Self::Expm1 => 1.0 / (n + 2.0),
                Self::Log1p => -(n + 1.0) / (n + 2.0),
            };
            // d/dx and d2/dx2 of x^(n + 1)
            power = [power[0] * x, power[1] * x + power[0], power[2] * x + 2.0 * power[1]];
        }
        out
    }
}

impl Step<1> for Quotient {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        x.map(|x| self.parts(x)[0])
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let parts = x.0.map(|x| self.parts(x));
        let part = |i: usize| Lane(parts.map(|p| p[i]));
        Taylor::one(part(0), part(1), part(2))
    }
}

/// log of Mills' ratio (1 - Phi(x)) / phi(x).
#[derive(Clone, Copy)]
pub(crate) struct LogMills;

impl Step<1> for LogMills {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        x.map(log_mills)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let hazard = x.map(|x| ndtr_hazard(-x));
        let slope = x - hazard;
        Taylor::one(x.map(log_mills), slope, hazard.mul_add(slope, ONE))
    }
}

/// log((1 - Phi(x)) / phi(x)).
fn log_mills(x: f64) -> f64 {
    if x > 0.0 {
        return log(erfcx(x * core::f64::consts::FRAC_1_SQRT_2)) + HALF_LOG_2PI - core::f64::consts::LN_2;
    }
    log_ndtr(-x) + 0.5 * x * x + HALF_LOG_2PI
}

/// (e^x - 1 - x) / x^2, 1/2 at x = 0: a square that is bent into an exponential.
#[derive(Clone, Copy)]
pub(crate) struct Bent;

impl Bent {
    fn parts(x: f64) -> [f64; 3] {
        if x.abs() < 1.0 {
            let (mut out, mut power) = ([0.0; 3], [1.0, 0.0, 0.0]);
            for c in INVERSE_FACTORIALS {
                for (sum, p) in out.iter_mut().zip(power) {
                    *sum += c * p;
                }
                power = [power[0] * x, power[1] * x + power[0], power[2] * x + 2.0 * power[1]];
            }
            return out;
        }
        // f = (e^x - 1 - x) / x^2: x^2 f' = e^x - 1 - 2 x f, x^2 f'' = e^x - 2 f - 4 x f'.
        let r = 1.0 / (x * x);
        let f = (loglik_num::expm1(x) - x) * r;
        let first = (loglik_num::expm1(x) - 2.0 * x * f) * r;
        [f, first, (loglik_num::exp(x) - 2.0 * f - 4.0 * x * first) * r]
    }
}

impl Step<1> for Bent {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        x.map(|x| Self::parts(x)[0])
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let parts = x.0.map(Self::parts);
        let part = |i: usize| Lane(parts.map(|p| p[i]));
        Taylor::one(part(0), part(1), part(2))
    }
}

/// The rest of Stirling's formula at q^-2, about q^2 / 12: smooth through q = 0.
#[derive(Clone, Copy)]
pub(crate) struct StirlingOfInverseSquare;

impl StirlingOfInverseSquare {
    fn parts(q: f64) -> [f64; 3] {
        let (q2, a) = (q * q, 1.0 / (q * q));
        if a < LARGE {
            let [value, first, second] = stirling_rest(a);
            // da/dq = -2 q^-3, d2a/dq2 = 6 q^-4
            let slope = -2.0 * a / q;
            return [value, first * slope, second * slope * slope + first * 6.0 * a * a];
        }
        // sum c_i q^(4 i + 2)
        let (mut out, q4) = ([0.0; 3], q2 * q2);
        for (i, c) in STIRLING.iter().enumerate().rev() {
            let power = (4 * i + 2) as f64;
            out = [out[0] * q4 + c, out[1] * q4 + c * power, out[2] * q4 + c * power * (power - 1.0)];
        }
        [out[0] * q2, out[1] * q, out[2]]
    }
}

impl Step<1> for StirlingOfInverseSquare {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        x.map(|x| Self::parts(x)[0])
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let parts = x.0.map(Self::parts);
        let part = |i: usize| Lane(parts.map(|p| p[i]));
        Taylor::one(part(0), part(1), part(2))
    }
}
