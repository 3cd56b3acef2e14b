//! Eigenvalues and vectors of small symmetric matrices, by cyclic Jacobi rotations.
//!
//! Used for trust regions, for indefinite information and for exact condition numbers. Jacobi's method is slow for
//! large p and as exact as the data allow. Source: Golub & Van Loan (2013), 8.5.

/// Eigenvalues, ascending, and their vectors.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// Eigenvalues, ascending `[p]`
    pub values: Vec<f64>,
    /// Unit eigenvectors, one a row: vector k at `k * p`                [p, p]
    pub vectors: Vec<f64>,
}

impl Eigen {
    /// Decomposes `a`, entry (i, j) at `i * p + j`; only the lower half is read      [p, p]
    pub fn new(a: &[f64], p: usize) -> Eigen {
        let mut m = vec![0.0; p * p];
        let mut v = vec![0.0; p * p];
        for i in 0..p {
            for j in 0..=i {
                m[i * p + j] = a[i * p + j];
                m[j * p + i] = a[i * p + j];
            }
            v[i * p + i] = 1.0;
        }
        // Convergence is quadratic: ten sweeps are more than were ever seen to be needed.
        for _ in 0..30 {
            if !sweep(&mut m, &mut v, p) {
                break;
            }
        }
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|&i, &j| m[i * p + i].total_cmp(&m[j * p + j]));
        let values = order.iter().map(|&i| m[i * p + i]).collect();
        let vectors = order.iter().flat_map(|&i| v[i * p..][..p].to_vec()).collect();
        Eigen { values, vectors }
    }

    /// Largest over smallest absolute eigenvalue; infinite for a singular matrix.
    pub fn condition(&self) -> f64 {
        let sizes = || self.values.iter().map(|v| v.abs());
        sizes().fold(0.0, f64::max) / sizes().fold(f64::INFINITY, f64::min)
    }
}

/// Rotates every pair once; false where nothing was left to rotate.
fn sweep(m: &mut [f64], v: &mut [f64], p: usize) -> bool {
    let mut moved = false;
    for i in 1..p {
        for j in 0..i {
            let off = m[i * p + j];
            let (d_i, d_j) = (m[i * p + i], m[j * p + j]);
            // Below rounding of the geometric mean of its diagonal an entry no longer matters.
            if off == 0.0 || off.abs() <= 1e-17 * (d_i.abs() * d_j.abs()).sqrt() || !off.is_finite() {
                continue;
            }
            moved = true;
            let half = 0.5 * (d_i - d_j) / off;
            let t = 1.0_f64.copysign(half) / (half.abs() + half.mul_add(half, 1.0).sqrt());
            let c = 1.0 / t.mul_add(t, 1.0).sqrt();
            rotate(m, v, p, (i, j), (c, t * c));
            m[i * p + j] = 0.0;
            m[j * p + i] = 0.0;
        }
    }
    moved
}

/// Turns rows i, j of `m` and `v` and columns i, j of `m` by the angle with cosine c and sine s.
fn rotate(m: &mut [f64], v: &mut [f64], p: usize, (i, j): (usize, usize), (c, s): (f64, f64)) {
    for matrix in [&mut *m, v] {
        for k in 0..p {
            let (x, y) = (matrix[i * p + k], matrix[j * p + k]);
            matrix[i * p + k] = c * x + s * y;
            matrix[j * p + k] = c * y - s * x;
        }
    }
    for k in 0..p {
        let (x, y) = (m[k * p + i], m[k * p + j]);
        m[k * p + i] = c * x + s * y;
        m[k * p + j] = c * y - s * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cholesky::{dot, symmetric_product};

    #[test]
    fn vectors_are_orthonormal_and_stretched_by_their_values() {
        let p = 12;
        let a: Vec<f64> =
            (0..p * p).map(|t| (((t / p) * (t % p) * 7 + t / p + t % p) % 13) as f64 - 6.0).collect();
        let eigen = Eigen::new(&a, p);
        for k in 0..p {
            let v = &eigen.vectors[k * p..][..p];
            let stretched = symmetric_product(&a, p, v);
            for i in 0..p {
                // Norm of A is below 80.
                assert!((stretched[i] - eigen.values[k] * v[i]).abs() < 1e-13);
                let other = &eigen.vectors[i * p..][..p];
                assert!((dot(v, other) - f64::from(u8::from(i == k))).abs() < 1e-14);
            }
        }
        let trace: f64 = (0..p).map(|i| a[i * p + i]).sum();
        assert!((eigen.values.iter().sum::<f64>() - trace).abs() < 1e-12);
        assert!(eigen.values[0] < 0.0 && eigen.values[p - 1] > 0.0);
    }
}
