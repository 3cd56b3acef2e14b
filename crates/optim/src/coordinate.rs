//! The least point of a quadratic with absolute values: the step of a penalised fit.
//!
//! Coordinates are minimised in turn (soft thresholds) until the set of those that are not 0 settles; on that set, signs
//! held, the rest is one linear system, and its solution is taken when its signs and the slopes of the zeros prove it.
//! Friedman, Hastie & Tibshirani (2010), Journal of Statistical Software 33(1).

use loglik_num::Cholesky;

/// Sweeps over all coordinates, at most: what they leave undone the next quadratic takes up.
const SWEEPS: usize = 2_000;

/// A slope this much above its bound, as a share of it, is rounding.
const AT_BOUND: f64 = 1e-9;

/// Minimises `g'(x - at) + (x - at)' H (x - at) / 2 + sum a_j |x_j|`, `H` positive semidefinite.
///
/// * `h`  both triangles filled                                            `[q, q]`
/// * `g`  slope at `at`                                                   `[q]`
/// * `a`  weights of the absolute values, 0 where there is none             `[q]`
///
/// Returns `x`                                                           `[q]`
#[must_use]
pub fn absolute_quadratic(h: &[f64], g: &[f64], at: &[f64], a: &[f64]) -> Vec<f64> {
    let q = g.len();
    let (mut x, mut slope) = (at.to_vec(), g.to_vec());
    for sweep in 0..SWEEPS {
        let mut moved = false;
        for j in 0..q {
            let bend = h[j * q + j];
            if bend <= 0.0 {
                continue;
            }
            let target = bend * x[j] - slope[j];
            let next = (target.abs() - a[j]).max(0.0).copysign(target) / bend;
            let step = next - x[j];
            if step != 0.0 {
                moved |= step.abs() > 1e-15 * next.abs();
                x[j] = next;
                slope.iter_mut().zip(&h[j * q..(j + 1) * q]).for_each(|(s, h)| *s += h * step);
            }
        }
        if sweep % 4 == 1
            && let Some(exact) = on_support(h, g, at, a, &x)
        {
            return exact;
        }
        if !moved {
            break;
        }
    }
    x
}

/// The least point among those with the support and the signs of `x`; `None` where it is not the least of all.
fn on_support(h: &[f64], g: &[f64], at: &[f64], a: &[f64], x: &[f64]) -> Option<Vec<f64>> {
    let q = g.len();
    let support: Vec<usize> = (0..q).filter(|j| x[*j] != 0.0 || a[*j] == 0.0).collect();
    let m = support.len();
    let mut square = vec![0.0; m * m];
    for (i, r) in support.iter().enumerate() {
        for (j, c) in support.iter().enumerate() {
            square[i * m + j] = h[r * q + c];
        }
    }
    let mut out = vec![0.0; q];
    // Where the others stand away from 0 they go there, and the slope with them.
    let along = |row: usize, to: &[f64]| (0..q).map(|c| h[row * q + c] * (to[c] - at[c])).sum::<f64>();
    let held: Vec<f64> = (0..q).map(|j| if support.contains(&j) { at[j] } else { 0.0 }).collect();
    let mut right: Vec<f64> = support
        .iter()
        .map(|j| -(g[*j] + along(*j, &held) + if a[*j] > 0.0 { a[*j] * x[*j].signum() } else { 0.0 }))
        .collect();
    if m > 0 {
        Cholesky::new(&square, m).ok()?.solve(&mut right);
    }
    support.iter().zip(&right).for_each(|(j, step)| out[*j] = at[*j] + step);
    let kept = support.iter().all(|j| a[*j] == 0.0 || out[*j] * x[*j] > 0.0);
    let zeros = (0..q).filter(|j| !support.contains(j));
    let proved = kept && zeros.into_iter().all(|j| (g[j] + along(j, &out)).abs() <= a[j] * (1.0 + AT_BOUND));
    proved.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_coordinate_is_a_soft_threshold() {
        // g x + h x^2 / 2 + a |x|: x = (|g| - a) / h against the sign of g.
        // A root and two divisions: a rounding or two.
        assert!((absolute_quadratic(&[2.0], &[-3.0], &[0.0], &[1.0])[0] - 1.0).abs() < 1e-15);
        assert_eq!(absolute_quadratic(&[2.0], &[0.5], &[0.0], &[1.0]), [0.0]);
        assert!((absolute_quadratic(&[2.0], &[0.5], &[0.0], &[0.0])[0] + 0.25).abs() < 1e-15);
    }

    #[test]
    fn slopes_at_the_answer_lie_within_their_bounds() {
        let h = [2.0, 1.2, 0.3, 1.2, 1.0, 0.1, 0.3, 0.1, 1.5];
        let (g, at, a) = ([-4.0, -2.5, 0.4], [0.5, 0.0, -0.2], [1.0, 1.5, 0.6]);
        let x = absolute_quadratic(&h, &g, &at, &a);
        assert!(x.contains(&0.0) && x.iter().any(|v| *v != 0.0), "{x:?}");
        for j in 0..3 {
            let slope = g[j] + (0..3).map(|c| h[j * 3 + c] * (x[c] - at[c])).sum::<f64>();
            if x[j] == 0.0 {
                assert!(slope.abs() <= a[j]);
            } else {
                // A handful of operations on numbers of size 4.
                assert!((slope + a[j] * x[j].signum()).abs() < 1e-14, "{slope}");
            }
        }
    }
}
