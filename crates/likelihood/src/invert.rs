//! The quantile of a distribution that states its tails: the distribution function inverted by sections.
//!
//! Each step cuts the floating numbers in their order (or the counts) into nine, a lane at a time, so it ends at the last
//! bit after about twenty steps, whatever the scale of the response. Counts, mostly small, are first looked for below 8,
//! and then below ever higher ends.

use crate::Density;
use loglik_num::{LANE, Lane, Mask, Outlined, log, log1p};

/// From here on doubles do not tell a count from the next.
const LAST_COUNT: i64 = 1 << 53;

/// Smallest response of the support whose P(Y <= y) reaches `p`; `None` without tails.
pub(crate) fn quantile<D: Density<K>, const K: usize>(density: &D, p: f64, u: &[f64; K]) -> Option<f64> {
    if !D::TAILS || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let u = u.map(|u| Outlined(Lane::splat(u)));
    let reached = |y: Lane| {
        let y = [y, Lane::ONE, Lane::ONE];
        match p <= 0.5 {
            true => density.log_cdf(&y, &u).0.ge(Lane::splat(log(p))),
            false => density.log_sf(&y, &u).0.le(Lane::splat(log1p(-p))),
        }
    };
    Some(first(D::DISCRETE, |y| density.admits(&[y]), &reached))
}

/// The first response at which `reached` holds: a count, or a number of the support that `admits` describes.
pub(crate) fn first(discrete: bool, admits: impl Fn(f64) -> bool, reached: &dyn Fn(Lane) -> Mask) -> f64 {
    if discrete {
        let (mut low, mut high) = (-1, LANE as i64);
        while high < LAST_COUNT && !reached(Lane::splat(high as f64)).0[0] {
            (low, high) = (high, (high * (LANE as i64 + 1)).min(LAST_COUNT));
        }
        return first_place(low, high, |place| place as f64, reached);
    }
    // The support is the real line, the positive half or the unit interval.
    let low = if admits(-1.0) { -f64::MAX } else { 0.0 };
    let high = if admits(2.0) { f64::MAX } else { 1.0 };
    first_place(place(low), place(high), number, reached)
}

/// The number at the first place above `low` where `reached` holds, at `high` if nowhere before.
fn first_place(mut low: i64, mut high: i64, number: fn(i64) -> f64, reached: &dyn Fn(Lane) -> Mask) -> f64 {
    while high.abs_diff(low) > 1 {
        let width = i128::from(high) - i128::from(low);
        let between: [i64; LANE] =
            std::array::from_fn(|i| (i128::from(low) + width * (i as i128 + 1) / (LANE as i128 + 1)) as i64);
        let hits = reached(Lane(between.map(number)));
        match (0..LANE).find(|&i| between[i] > low && hits.0[i]) {
            Some(0) => high = between[0],
            Some(i) => (low, high) = (between[i - 1], between[i]),
            None => low = between[LANE - 1],
        }
    }
    number(high)
}

/// Place of a number in the order of all, from 0 at 0.
fn place(x: f64) -> i64 {
    let bits = x.abs().to_bits() as i64;
    if x.is_sign_negative() { -bits } else { bits }
}

/// The number at a place.
fn number(place: i64) -> f64 {
    let size = f64::from_bits(place.unsigned_abs());
    if place < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_count_that_reaches_is_found_whatever_its_size() {
        let last = LAST_COUNT as f64;
        for count in [0.0, 1.0, 7.0, 8.0, 9.0, 71.0, 72.0, 73.0, 5_000.0, 1e9, last - 1.0, last] {
            let found = first(true, |_| true, &|y| y.ge(Lane::splat(count)));
            assert!(found == count, "{count}: {found}");
        }
        assert!(first(true, |_| true, &|y| y.is_nan()) == last);
    }
}
