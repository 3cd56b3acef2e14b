//! log Gamma and its derivatives for eight rows at once, without branches by row.
//!
//! Above 10 Stirling's series serves; below, log Gamma is brought to 2 + d with |d| <= 1/2 and read from a polynomial in
//! d, so that its roots at 1 and 2 keep relative digits, while psi and psi' climb to 10 by their recurrences. The climb is
//! skipped where no row needs it; rows already there are unmoved by it, so a row's bits do not depend on the others.

use crate::dispatch::{Kernel, dispatch};
use crate::elementary::{log_lane, log1p_lane};
use crate::lane::{LANE, Lane};
use crate::memo::Memo;

/// From here on Stirling's series is good to the last bit.
const LARGE: Lane = Lane::splat(10.0);

/// log Gamma(2 + d) / d for |d| <= 1/2, near-minimax, error 2e-18; lowest power first.
const NEAR_TWO: [f64; 22] = [
    0.42278433509846713,
    0.3224670334241132,
    -0.06735230105319809,
    0.020580808427784546,
    -0.0073855510286741114,
    0.0028905103307415836,
    -0.0011927539116954181,
    0.0005096695247392805,
    -0.00022315475870367355,
    9.945751290176889e-05,
    -4.492623209360517e-05,
    2.05072105479096e-05,
    -9.439541921024715e-06,
    4.374892520636031e-06,
    -2.0388192484564222e-06,
    9.549510392959532e-07,
    -4.511181191016309e-07,
    2.129692727315228e-07,
    -9.501416425423385e-08,
    4.509983567521808e-08,
    -3.1314285360886705e-08,
    1.4963573191192003e-08,
];
/// Of log Gamma: B_2k / (2k (2k - 1)).
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];
/// Of -psi: B_2k / (2k).
const PSI: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
];
/// Of psi': B_2k.
const PSI_1: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

/// Value of a polynomial, lowest power first.
#[inline(always)]
fn polynomial<const N: usize>(x: Lane, c: &[f64; N]) -> Lane {
    let mut sum = Lane::splat(c[N - 1]);
    for i in (0..N - 1).rev() {
        sum = x.mul_add(sum, Lane::splat(c[i]));
    }
    sum
}

thread_local! {
    static LOG_GAMMA: Memo<1> = const { Memo::new() };
    static PSI_SLOPES: Memo<2> = const { Memo::new() };
}

/// log |Gamma(x)| of each row.
#[inline(never)]
pub(crate) fn lgamma_lane(x: Lane) -> Lane {
    LOG_GAMMA.with(|memo| memo.of(x, || [dispatch(LogGamma(x))]))[0]
}

/// psi(x) of each row.
#[inline(never)]
pub(crate) fn digamma_lane(x: Lane) -> Lane {
    digamma_slopes(x)[0]
}

/// log Gamma, psi and psi' of each row.
#[inline(never)]
pub(crate) fn lgamma_slopes(x: Lane) -> [Lane; 3] {
    let [first, second] = digamma_slopes(x);
    [lgamma_lane(x), first, second]
}

/// psi and psi' of each row.
#[inline(never)]
pub fn digamma_slopes(x: Lane) -> [Lane; 2] {
    PSI_SLOPES.with(|memo| memo.of(x, || dispatch(Psi(x))))
}

struct LogGamma(Lane);

impl Kernel for LogGamma {
    type Output = Lane;
    #[inline(always)]
    fn run(self) -> Lane {
        let x = self.0;
        let large = x.ge(LARGE);
        if large.all() {
            return stirling(x, log_lane(x));
        }
        let (d, factor, sign) = near_two(x);
        let log = log_lane(Lane::select(large, x, factor));
        let below = sign.mul_add(log, d * polynomial(d, &NEAR_TWO));
        let above = stirling(x, log);
        let mut out = Lane::select(large, above, below);
        if !x.ge(Lane::ZERO).all() {
            for i in 0..LANE {
                if x.0[i] < 0.0 {
                    out.0[i] = libm::lgamma(x.0[i]);
                }
            }
        }
        out
    }
}

/// Stirling's series, given log x: (x - 1/2) log x - x + log(2 pi) / 2 + .., the large terms in one product.
#[inline(always)]
fn stirling(x: Lane, log: Lane) -> Lane {
    let over = Lane::ONE / x;
    let rest = over * polynomial(over * over, &STIRLING);
    (x - Lane::splat(0.5)).mul_add(log - Lane::ONE, Lane::splat(0.418_938_533_204_672_7) + rest)
}

/// d, f and s = +-1 with log Gamma(x) = log Gamma(2 + d) + s log f, for 0 <= x < 10.
#[inline(always)]
fn near_two(x: Lane) -> (Lane, Lane, Lane) {
    let (half, three_halves) = (Lane::splat(0.5), Lane::splat(1.5));
    let low = x.lt(half);
    let middle = x.lt(three_halves);
    let mut d = Lane::select(low, x, Lane::select(middle, x - Lane::ONE, x - Lane::splat(2.0)));
    let mut factor = Lane::select(low, x.mul_add(x, x), Lane::select(middle, x, Lane::ONE));
    for k in 1..=8 {
        let t = x - Lane::splat(f64::from(k));
        let counts = t.ge(three_halves);
        factor = Lane::select(counts, factor * t, factor);
        d = Lane::select(counts, t - Lane::splat(2.0), d);
    }
    (d, factor, Lane::select(middle, -Lane::ONE, Lane::ONE))
}

struct Psi(Lane);

impl Kernel for Psi {
    type Output = [Lane; 2];
    #[inline(always)]
    fn run(self) -> [Lane; 2] {
        let x = self.0;
        let (mut z, mut first, mut second) = (x, Lane::ZERO, Lane::ZERO);
        if !x.ge(LARGE).all() {
            for _ in 0..10 {
                let small = z.lt(LARGE);
                let r = Lane::select(small, Lane::ONE / z, Lane::ZERO);
                first = first + r;
                second = r.mul_add(r, second);
                z = Lane::select(small, z + Lane::ONE, z);
            }
        }
        let over = Lane::ONE / z;
        let r = over * over;
        let half = Lane::splat(0.5);
        let psi = log_lane(z) - half * over - r * polynomial(r, &PSI) - first;
        let tail = r.mul_add(polynomial(r, &PSI_1), half * over);
        let mut out = [psi, over.mul_add(tail, over) + second];
        if !x.gt(Lane::ZERO).all() {
            for i in 0..LANE {
                if x.0[i] <= 0.0 {
                    out[0].0[i] = crate::gamma::digamma_reflected(x.0[i]);
                    out[1].0[i] = crate::gamma::trigamma_reflected(x.0[i]);
                }
            }
        }
        out
    }
}

/// log Gamma(x + y) - log Gamma(x) of each row, `x > 0`, `y >= 0`.
#[inline(never)]
pub(crate) fn log_rising_lane(x: Lane, y: Lane) -> Lane {
    dispatch(Rising { x, y })[0]
}

/// log Gamma(x + y) - log Gamma(x), psi(x + y) - psi(x) and psi'(x) - psi'(x + y) of each row.
#[inline(never)]
pub fn log_rising_slopes(x: Lane, y: Lane) -> [Lane; 3] {
    dispatch(Rising { x, y })
}

/// log B(a, b) of each row.
#[inline(never)]
pub(crate) fn lbeta_lane(a: Lane, b: Lane) -> Lane {
    let large = Lane::select(a.lt(b), b, a);
    let small = Lane::select(a.lt(b), a, b);
    lbeta_given(a, b, dispatch(Rising { x: large, y: small })[0])
}

/// log B(a, b), its slopes in a and b, and its curvatures in a, both and b, of each row.
#[inline(never)]
pub fn lbeta_slopes(a: Lane, b: Lane) -> [Lane; 6] {
    let [by_a, by_b] = [Rising { x: a, y: b }, Rising { x: b, y: a }].map(dispatch);
    let value = lbeta_given(a, b, Lane::select(a.lt(b), by_b[0], by_a[0]));
    [value, -by_a[1], -by_b[1], by_a[2], -digamma_slopes(a + b)[1], by_b[2]]
}

/// log B(a, b), given log Gamma(a + b) less log Gamma of the larger one.
#[inline(always)]
fn lbeta_given(a: Lane, b: Lane, rising: Lane) -> Lane {
    let small = Lane::select(a.lt(b), a, b);
    let mut out = lgamma_lane(small) - rising;
    if small.ge(LARGE).any() {
        let both = dispatch(BetaOfLarge { small, large: Lane::select(a.lt(b), b, a) });
        out = Lane::select(small.ge(LARGE), both, out);
    }
    if !(small.gt(Lane::ZERO).all() && (a + b).lt(Lane::splat(f64::INFINITY)).all()) {
        for i in 0..LANE {
            if small.0[i] <= 0.0 || a.0[i] + b.0[i] == f64::INFINITY {
                out.0[i] = crate::gamma::lbeta_at_ends(a.0[i], b.0[i]);
            }
        }
    }
    out
}

/// log B of two large numbers: Stirling's formula with the big terms combined.
struct BetaOfLarge {
    small: Lane,
    large: Lane,
}

impl Kernel for BetaOfLarge {
    type Output = Lane;
    #[inline(always)]
    fn run(self) -> Lane {
        let BetaOfLarge { small, large } = self;
        let over = [Lane::ONE / small, Lane::ONE / large, Lane::ONE / (small + large)];
        let mut rest = [Lane::ZERO; 3];
        for (rest, over) in rest.iter_mut().zip(over) {
            *rest = over * polynomial(over * over, &STIRLING);
        }
        let half = Lane::splat(0.5);
        let share = small / large;
        let level = Lane::splat(0.918_938_533_204_672_7) - half * log_lane(large);
        (small - half).mul_add(log_lane(share / (Lane::ONE + share)), level + (rest[0] + (rest[1] - rest[2])))
            - large * log1p_lane(share)
    }
}

struct Rising {
    x: Lane,
    y: Lane,
}

impl Kernel for Rising {
    type Output = [Lane; 3];
    #[inline(always)]
    fn run(self) -> [Lane; 3] {
        let Rising { x, y } = self;
        let (mut t, mut growth, mut first, mut second) = (x, Lane::ZERO, Lane::ZERO, Lane::ZERO);
        let climbs = !x.ge(LARGE).all();
        if climbs {
            for _ in 0..10 {
                let small = t.lt(LARGE);
                let top = t + y;
                let r = Lane::ONE / (t * top);
                let r = Lane::select(small, r, Lane::ZERO);
                // y / t, by which the product of (t + y) / t, less one, grows.
                let share = y * r * top;
                growth = share.mul_add(growth + Lane::ONE, growth);
                let step = y * r;
                first = first + step;
                second = (step * r).mul_add(t + top, second);
                t = Lane::select(small, t + Lane::ONE, t);
            }
        }
        let (a, b) = (Lane::ONE / t, Lane::ONE / (t + y));
        let share = log1p_lane(y * a);
        let step = y * a * b;
        let (rest, by_psi, by_psi_1) = differences(a, b);
        let half = Lane::splat(0.5);
        let value = (t - half).mul_add(share, y * (log_lane(t + y) - Lane::ONE)) - step * rest;
        let value = if climbs { value - log1p_lane(growth) } else { value };
        let psi = share + half * step + (step * (a + b)).mul_add(by_psi, first);
        let psi_1 = step.mul_add(half.mul_add(a + b, by_psi_1), step + second);
        [value, psi, psi_1]
    }
}

/// Stirling's series at 1/a less at 1/b, each divided by what all its terms share.
#[inline(always)]
fn differences(a: Lane, b: Lane) -> (Lane, Lane, Lane) {
    let (ra, rb, ab) = (a * a, b * b, a * b);
    // (a^m - b^m) / (a - b) for m = 1, 3, 5, .. and (a^m - b^m) / (a^2 - b^2) for m = 2, 4, ..
    let (mut odd, mut even) = (Lane::ONE, Lane::ONE);
    let (mut power_a, mut power_b) = (Lane::ONE, Lane::ONE);
    let (mut rest, mut psi, mut psi_1) = (Lane::ZERO, Lane::ZERO, Lane::ZERO);
    for k in 0..8 {
        rest = odd.mul_add(Lane::splat(STIRLING[k]), rest);
        psi = even.mul_add(Lane::splat(PSI[k]), psi);
        power_a = power_a * ra;
        power_b = power_b * rb;
        odd = ab.mul_add(odd, power_a + power_b);
        even = rb.mul_add(even, power_a);
        psi_1 = odd.mul_add(Lane::splat(PSI_1[k]), psi_1);
    }
    (rest, psi, psi_1)
}
