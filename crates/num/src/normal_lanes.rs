//! The normal distribution function and its logarithm for eight rows at once, without branches.
//!
//! All comes from erfcx, the tail without its fast decay: (1 + 2x) erfcx(x) is nearly constant and is read from one
//! polynomial in (x - K) / (x + K) for all x >= 0. The decay exp(-x^2 / 2) is formed with the square split in two.
//! Source of the form: Shepherd & Laframboise (1981), Mathematics of Computation 36(153), 249-253.

use core::f64::consts::FRAC_1_SQRT_2;

use crate::dispatch::{Kernel, dispatch};
use crate::elementary::{exp_lane, log_lane, log1p_lane};
use crate::lane::Lane;

/// The middle of the map from [0, inf) to [-1, 1).
const K: Lane = Lane::splat(3.75);
/// (1 + 2x) erfcx(x) in t = (x - K) / (x + K), near-minimax, error 3e-19; lowest power first.
const SMOOTH: [f64; 27] = [
    1.2375126308378275,
    -0.14024059858554702,
    0.003585415485463656,
    0.08227673849015103,
    -0.10880393014170556,
    0.09230432116019804,
    -0.05869339859058929,
    0.028362277421519668,
    -0.009746579547145438,
    0.0017556258323895534,
    0.000293713591593492,
    -0.0002901539791322486,
    5.1649421745236465e-05,
    2.2383911531916976e-05,
    -1.144508983794941e-05,
    -9.728484952656482e-07,
    1.7535246298697825e-06,
    -5.826439766695699e-08,
    -2.6125820988901525e-07,
    2.429131177189471e-08,
    4.107398937332565e-08,
    -4.390251943140879e-09,
    -6.606829477916605e-09,
    5.460657473630792e-10,
    9.234867707529155e-10,
    -3.7587308035623257e-11,
    -7.666209795998097e-11,
];
/// sqrt(2 / pi).
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
/// Below this the curvature's difference x + phi / Phi is read from its series, to 1e-12.
const FAR: Lane = Lane::splat(-40.0);

/// exp(x^2) erfc(x) for `x >= 0`.
#[inline(always)]
fn erfcx_lane(x: Lane) -> Lane {
    // At infinity t is 1 and the result 0.
    let t = Lane::select(x.lt(Lane::splat(f64::INFINITY)), (x - K) / (x + K), Lane::ONE);
    let mut sum = Lane::splat(SMOOTH[SMOOTH.len() - 1]);
    for i in (0..SMOOTH.len() - 1).rev() {
        sum = t.mul_add(sum, Lane::splat(SMOOTH[i]));
    }
    sum / (x + x + Lane::ONE)
}

/// exp(-x^2 / 2), relatively exact.
#[inline(always)]
fn decay(x: Lane) -> Lane {
    let square = x * x;
    let rest = x.mul_add(x, -square);
    // Where the square overflows its rest is NaN, and the decay 0.
    let rest = Lane::select(square.lt(Lane::splat(1e300)), rest, Lane::ZERO);
    let half = Lane::splat(-0.5);
    exp_lane(half * square) * half.mul_add(rest, Lane::ONE)
}

/// Phi(x) of each row.
#[inline(never)]
pub(crate) fn ndtr_lane(x: Lane) -> Lane {
    dispatch(Ndtr(x))
}

/// log Phi(x) of each row.
#[inline(never)]
pub(crate) fn log_ndtr_lane(x: Lane) -> Lane {
    dispatch(LogNdtr(x))[0]
}

/// log Phi(x), its slope phi(x) / Phi(x) and its curvature, of each row.
#[inline(never)]
pub fn log_ndtr_slopes(x: Lane) -> [Lane; 3] {
    dispatch(LogNdtr(x))
}

struct Ndtr(Lane);

impl Kernel for Ndtr {
    type Output = Lane;
    #[inline(always)]
    fn run(self) -> Lane {
        let x = self.0;
        let tail = Lane::splat(0.5) * decay(x) * erfcx_lane(x.abs() * Lane::splat(FRAC_1_SQRT_2));
        Lane::select(x.gt(Lane::ZERO), Lane::ONE - tail, tail)
    }
}

struct LogNdtr(Lane);

impl Kernel for LogNdtr {
    type Output = [Lane; 3];
    #[inline(always)]
    fn run(self) -> [Lane; 3] {
        let x = self.0;
        let half = Lane::splat(0.5);
        let positive = x.gt(Lane::ZERO);
        let smooth = erfcx_lane(x.abs() * Lane::splat(FRAC_1_SQRT_2));
        let decay = decay(x);
        let tail = half * decay * smooth;
        let lower = log_lane(half * smooth) - half * x * x;
        let value = Lane::select(positive, log1p_lane(-tail), lower);
        let density = decay * Lane::splat(0.5 * SQRT_2_OVER_PI);
        let slope =
            Lane::select(positive, density / (Lane::ONE - tail), Lane::splat(SQRT_2_OVER_PI) / smooth);
        // slope + x = -1/x + 2/x^3 - 10/x^5 + 74/x^7 - 706/x^9 for x far below zero.
        let r = Lane::ONE / (x * x);
        let series = r.mul_add(Lane::splat(706.0), Lane::splat(-74.0));
        let series = r.mul_add(series, Lane::splat(10.0));
        let series = r.mul_add(series, Lane::splat(-2.0));
        let far = -(r.mul_add(series, Lane::ONE) / x);
        [value, slope, -slope * Lane::select(x.lt(FAR), far, x + slope)]
    }
}
