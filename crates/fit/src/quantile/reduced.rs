//! Many rows: most of them lie so surely above or below that two rows can stand for all of them.
//!
//! A sample gives coefficients; rows whose residuals are far from 0 there are summed into one row above and one below
//! ("globs"), and the programme of the rest is solved. Where no summed row turns out on the other side, its optimum is
//! that of all rows; else those rows join the rest. The vertex is proved on all rows in any case, so nothing here can
//! make an answer wrong. Portnoy & Koenker (1997), The Gaussian hare and the Laplacian tortoise, sec. 3.

use super::interior::{Inside, MET, ROUGH, approach};
use super::programme::Programme;

/// Rows for each row of the sample below which all rows are worked on at once.
const WORTH: usize = 5;

/// Share of the rest that may turn out wrong for the band to be wide enough.
const FEW_WRONG: f64 = 0.1;

/// Attempts before all rows are worked on at once.
const ATTEMPTS: usize = 6;

/// Which rows are worked on, and where the others are.
struct Split {
    kept: Vec<usize>,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Near the optimum of all rows, by way of some of them.
pub(super) fn near(programme: &Programme) -> Inside {
    let (n, p) = (programme.n, programme.p);
    // (n p)^(2/3), the size at which sample and rest cost the same.
    let sample = loglik_num::exp(2.0 / 3.0 * loglik_num::log((n * p) as f64)).ceil() as usize;
    if n < WORTH * sample || n < 50 * p {
        return approach(programme, MET);
    }
    let stride = n / sample;
    let first = approach(&programme.some((0..n).step_by(stride), &[]), ROUGH);
    let (mut beta, mut steps) = (first.beta, first.steps);
    let mut band = sample;
    let mut split = split(programme, &beta, band);
    for _ in 0..ATTEMPTS {
        let globs = [programme.glob(&split.above), programme.glob(&split.below)];
        let inside = approach(&programme.some(split.kept.iter().copied(), &globs), MET);
        beta = inside.beta;
        steps += inside.steps;
        let residuals = programme.residuals(&beta);
        let (up, above): (Vec<usize>, Vec<usize>) = split.above.iter().partition(|r| residuals[**r] <= 0.0);
        let (down, below): (Vec<usize>, Vec<usize>) = split.below.iter().partition(|r| residuals[**r] >= 0.0);
        let wrong = up.len() + down.len();
        if wrong == 0 {
            let mut a = programme.w.clone();
            split.below.iter().for_each(|r| a[*r] = 0.0);
            split.kept.iter().zip(&inside.a).for_each(|(r, inner)| a[*r] = *inner);
            return Inside::at(beta, a, steps);
        }
        if wrong as f64 > FEW_WRONG * band as f64 {
            band *= 2;
            if band >= n / 2 {
                break;
            }
            split = self::split(programme, &beta, band);
            continue;
        }
        split.kept.extend(up);
        split.kept.extend(down);
        split.kept.sort_unstable();
        (split.above, split.below) = (above, below);
    }
    approach(programme, MET)
}

/// The `band` rows whose residuals lie around 0, and the others by side.
fn split(programme: &Programme, beta: &[f64], band: usize) -> Split {
    let residuals = programme.residuals(beta);
    let mut sizes: Vec<f64> = residuals[..programme.n].iter().map(|r| r.abs()).collect();
    let (_, limit, _) = sizes.select_nth_unstable_by(band.min(programme.n - 1), f64::total_cmp);
    let limit = *limit;
    let mut out = Split { kept: Vec::with_capacity(band + 1), above: Vec::new(), below: Vec::new() };
    for (r, residual) in residuals[..programme.n].iter().enumerate() {
        if residual.abs() <= limit {
            out.kept.push(r);
        } else if *residual > 0.0 {
            out.above.push(r);
        } else {
            out.below.push(r);
        }
    }
    out
}
