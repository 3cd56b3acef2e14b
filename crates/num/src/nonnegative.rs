//! Non-negative least squares: is a vector a non-negative combination of others?
//!
//! The active-set method of Lawson & Hanson (1974), Solving Least Squares Problems, ch. 23, for a few dimensions and
//! many vectors. By Farkas' lemma its residual decides whether a linear function keeps its sign on a cone.

use crate::ordered::OrderedCholesky;

/// Distance from `target` to the cone spanned by `vectors`.
///
/// * `vectors` the cone's generators                                       `[..][m]`
/// * `target`                                                              `[m]`
#[must_use]
pub fn nonnegative_least_squares(vectors: &[Vec<f64>], target: &[f64]) -> f64 {
    let mut weights = vec![0.0; vectors.len()];
    let mut passive: Vec<usize> = Vec::new();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let length = |a: &[f64]| dot(a, a).sqrt();
    let tolerance = 1e-10 * length(target);
    for _ in 0..10 * (vectors.len() + target.len()) {
        let residual = residual(vectors, &weights, target);
        if length(&residual) <= tolerance {
            return length(&residual);
        }
        let best = (0..vectors.len())
            .filter(|i| !passive.contains(i))
            .map(|i| (i, dot(&vectors[i], &residual) / length(&vectors[i]).max(f64::MIN_POSITIVE)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match best {
            Some((i, gain)) if gain > tolerance => passive.push(i),
            _ => return length(&residual),
        }
        settle(vectors, target, &mut weights, &mut passive);
    }
    length(&residual(vectors, &weights, target))
}

fn residual(vectors: &[Vec<f64>], weights: &[f64], target: &[f64]) -> Vec<f64> {
    let mut out = target.to_vec();
    for (vector, w) in vectors.iter().zip(weights).filter(|(_, w)| **w != 0.0) {
        out.iter_mut().zip(vector).for_each(|(o, v)| *o -= w * v);
    }
    out
}

/// Solves on the passive set and moves toward the solution, dropping vectors whose weight would become negative.
fn settle(vectors: &[Vec<f64>], target: &[f64], weights: &mut [f64], passive: &mut Vec<usize>) {
    while !passive.is_empty() {
        let q = passive.len();
        let mut gram = vec![0.0; q * q];
        let mut rhs = vec![0.0; q];
        for (i, a) in passive.iter().enumerate() {
            for (j, b) in passive.iter().enumerate() {
                gram[i * q + j] = vectors[*a].iter().zip(&vectors[*b]).map(|(x, y)| x * y).sum();
            }
            rhs[i] = vectors[*a].iter().zip(target).map(|(x, y)| x * y).sum();
        }
        let scale: Vec<f64> = (0..q).map(|i| gram[i * q + i]).collect();
        let solution = OrderedCholesky::new(&gram, q, &scale, 1e-12).solve(&rhs);
        let step = passive
            .iter()
            .zip(&solution)
            .filter(|(i, s)| **s <= 0.0 && weights[**i] >= 0.0)
            .map(|(i, s)| if weights[*i] - s > 0.0 { weights[*i] / (weights[*i] - s) } else { 0.0 })
            .fold(1.0_f64, f64::min);
        for (i, s) in passive.iter().zip(&solution) {
            weights[*i] += step * (s - weights[*i]);
        }
        if step >= 1.0 {
            return;
        }
        passive.retain(|i| {
            let keep = weights[*i] > 1e-14;
            if !keep {
                weights[*i] = 0.0;
            }
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_inside_the_cone_is_at_distance_zero_and_one_outside_is_not() {
        let cone = vec![vec![1.0, 0.0], vec![1.0, 1.0]];
        assert!(nonnegative_least_squares(&cone, &[2.0, 1.0]) < 1e-12);
        // (0, 1) is nearest to (1/2, 1/2): distance sqrt(1/2).
        let outside = nonnegative_least_squares(&cone, &[0.0, 1.0]);
        assert!((outside - 0.5_f64.sqrt()).abs() < 1e-12);
    }
}
