//! The quantile of a density that states its tails: the distribution function inverted by bisection.
//!
//! Halving runs over the floating numbers in their order (or over counts), so it ends at the last bit after 64 steps,
//! whatever the scale of the response.

use crate::Density;
use loglik_num::{Lane, log, log1p};

/// Smallest response of the support whose P(Y <= y) reaches `p`; `None` without tails.
pub(crate) fn quantile<D: Density<K>, const K: usize>(density: &D, p: f64, u: &[f64; K]) -> Option<f64> {
    if !D::TAILS || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let u = u.map(Lane::splat);
    let reached = |y: f64| {
        let y = [Lane::splat(y), Lane::ONE, Lane::ONE];
        match p <= 0.5 {
            true => density.log_cdf(&y, &u).0[0] >= log(p),
            false => density.log_sf(&y, &u).0[0] <= log1p(-p),
        }
    };
    Some(first(D::DISCRETE, |y| density.admits(&[y]), reached))
}

/// The first response at which `reached` holds: a count, or a number of the support that `admits` describes.
pub(crate) fn first(discrete: bool, admits: impl Fn(f64) -> bool, reached: impl Fn(f64) -> bool) -> f64 {
    if discrete {
        return first_count(reached);
    }
    // The support is the real line, the positive half or the unit interval.
    let low = if admits(-1.0) { -f64::MAX } else { 0.0 };
    let high = if admits(2.0) { f64::MAX } else { 1.0 };
    first_number(low, high, reached)
}

/// The first count at which `reached` holds.
fn first_count(reached: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    while !reached(high) && high < 9e15 {
        high *= 2.0;
    }
    let mut low = -1.0;
    while high - low > 1.0 {
        let middle = ((low + high) * 0.5).floor();
        if reached(middle) { high = middle } else { low = middle }
    }
    high
}

/// The first number between two at which `reached` holds.
fn first_number(low: f64, high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (place(low), place(high));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reached(number(middle)) { high = middle } else { low = middle }
    }
    number(high)
}

/// Place of a number in the order of all, from 0 at 0.
fn place(x: f64) -> i128 {
    let bits = i128::from(x.abs().to_bits());
    if x.is_sign_negative() { -bits } else { bits }
}

/// The number at a place.
fn number(place: i128) -> f64 {
    let size = f64::from_bits(place.unsigned_abs() as u64);
    if place < 0 { -size } else { size }
}
