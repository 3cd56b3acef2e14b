//! The normal distribution function, its logarithm and its inverse, and the error functions behind them.
//!
//! Tails keep their relative digits: they come from erfcx and a square split in two, never from `1 - cdf`.
//! Sources: Abramowitz & Stegun (1964) 7.1.14; Wichura (1988), Applied Statistics 37(3), 477-484 (AS 241).

use core::f64::consts::PI;

use crate::elementary::{exp, log};
use crate::lane::Lane;
use crate::normal_lanes::{log_ndtr_lane, log_ndtr_slopes, ndtr_lane};

/// Error function.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 - erf(x), relatively exact in the upper tail.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// exp(x^2) erfc(x), the tail without its fast decay.
pub fn erfcx(x: f64) -> f64 {
    if x < 6.0 {
        let high = f64::from_bits(x.to_bits() & 0xffff_ffff_f800_0000);
        return exp(high * high) * exp((x - high) * (x + high)) * erfc(x);
    }
    // Continued fraction 7.1.14 from the far end; 40 levels are plenty from 6 on.
    let mut tail = x;
    for k in (1..=40).rev() {
        tail = x + 0.5 * f64::from(k) / tail;
    }
    1.0 / (PI.sqrt() * tail)
}

/// Phi(x), the standard normal distribution function.
pub fn ndtr(x: f64) -> f64 {
    ndtr_lane(Lane::splat(x)).0[0]
}

/// log Phi(x), relatively exact in both tails.
pub fn log_ndtr(x: f64) -> f64 {
    log_ndtr_lane(Lane::splat(x)).0[0]
}

/// phi(x) / Phi(x), the slope of log Phi.
pub fn ndtr_hazard(x: f64) -> f64 {
    log_ndtr_slopes(Lane::splat(x))[1].0[0]
}

/// x with Phi(x) = p; infinite at 0 and 1, NaN outside.
pub fn norm_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &CENTRE_TOP, &CENTRE_BOTTOM);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-log(tail)).sqrt();
    let x = match r <= 5.0 {
        true => ratio(r - 1.6, &NEAR_TOP, &NEAR_BOTTOM),
        false => ratio(r - 5.0, &FAR_TOP, &FAR_BOTTOM),
    };
    if q < 0.0 { -x } else { x }
}

/// Quotient of two polynomials, lowest power first.
fn ratio(r: f64, top: &[f64; 8], bottom: &[f64; 8]) -> f64 {
    let value = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &c| sum * r + c);
    value(top) / value(bottom)
}

const CENTRE_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_BOTTOM: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const NEAR_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const NEAR_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_8e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_undoes_the_distribution_function() {
        for x in [-37.0, -20.0, -8.3, -5.0, -2.2, -1.0, -0.3, 0.0, 0.7, 1.9, 4.0] {
            let back = norm_quantile(ndtr(x));
            // Phi's own rounding moves x by eps Phi / phi, large in the upper half only.
            let slack = 4e-16 * (1.0 + x.abs()) + 2e-16 / exp(-0.5 * x * x).max(1e-4);
            assert!((back - x).abs() <= slack.max(1e-15 * x.abs()), "{x} {back}");
        }
    }
}
