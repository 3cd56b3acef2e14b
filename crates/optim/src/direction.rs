//! A descent direction from gradient and Hessian.
//!
//! Where the Hessian is positive definite this is Newton's; else every eigenvalue is replaced by its size, so that
//! the step descends along negative curvature as well (Nocedal & Wright, 2006, sec. 3.4). Rows and columns are
//! first scaled by the diagonal, which makes the factor independent of units.

use loglik_num::{Cholesky, Eigen};

/// A pivot of this share of a unit diagonal is what cancellation leaves of nothing.
const SINGULAR: f64 = 8.0 * f64::EPSILON;

/// A direction and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// The step                                                            `[p]`
    pub step: Vec<f64>,
    /// `-g' step`, above 0: twice the fall that the quadratic model promises.
    pub decrement: f64,
    /// Whether the Hessian was positive definite.
    pub positive: bool,
}

/// The scaled Hessian `D^-1/2 H D^-1/2` and the scales.
fn scaled(hessian: &[f64], p: usize) -> (Vec<f64>, Vec<f64>) {
    let scale: Vec<f64> = (0..p)
        .map(|j| {
            let d = hessian[j * p + j].abs();
            if d > 0.0 && d.is_finite() { d.sqrt() } else { 1.0 }
        })
        .collect();
    let mut a = vec![0.0; p * p];
    for i in 0..p {
        for j in 0..=i {
            let v = hessian[i * p + j] / (scale[i] * scale[j]);
            a[i * p + j] = v;
            a[j * p + i] = v;
        }
    }
    (a, scale)
}

/// Newton's direction, or the nearest descent direction where the Hessian is not positive definite.
///
/// * `hessian` by rows, lower triangle                                    `[p, p]`
/// * `gradient`                                                           `[p]`
#[must_use]
pub fn newton_direction(hessian: &[f64], gradient: &[f64]) -> Direction {
    let p = gradient.len();
    let (a, scale) = scaled(hessian, p);
    let rhs: Vec<f64> = (0..p).map(|j| -gradient[j] / scale[j]).collect();
    let (z, positive) = match Cholesky::above(&a, p, SINGULAR) {
        Ok(factor) => {
            let mut z = rhs;
            factor.solve(&mut z);
            (z, true)
        }
        Err(_) => (by_size_of_eigenvalues(&a, p, &rhs), false),
    };
    let step: Vec<f64> = (0..p).map(|j| z[j] / scale[j]).collect();
    let decrement = -(0..p).map(|j| gradient[j] * step[j]).sum::<f64>();
    Direction { step, decrement, positive }
}

/// Solves with every eigenvalue replaced by its size, and by 1e-8 of the largest where it is smaller still: a flat
/// direction gets a long step, not an endless one.
fn by_size_of_eigenvalues(a: &[f64], p: usize, rhs: &[f64]) -> Vec<f64> {
    let eigen = Eigen::new(a, p);
    let largest = eigen.values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let floor = 1e-8 * largest;
    let mut out = vec![0.0; p];
    for (k, value) in eigen.values.iter().enumerate() {
        let vector = &eigen.vectors[k * p..(k + 1) * p];
        let along: f64 = vector.iter().zip(rhs).map(|(v, r)| v * r).sum();
        let size = value.abs().max(floor);
        if size > 0.0 {
            for (o, v) in out.iter_mut().zip(vector) {
                *o += along / size * v;
            }
        }
    }
    out
}
