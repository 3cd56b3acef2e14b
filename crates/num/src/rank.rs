//! Rank of a Gram matrix by Cholesky in the given order: of a dependent set, the later column goes.
//!
//! Columns are visited as they come; one whose remaining pivot is below `tol` times its own diagonal entry is
//! declared dependent and expressed by the columns kept before it, as R's `lm` does. The rest is the factor of the
//! kept columns.

use crate::cholesky::{Cholesky, dot};

/// A column that the ones kept before it determine.
#[derive(Clone, PartialEq, Debug)]
pub struct Dependent {
    /// Which column, counted from 0.
    pub column: usize,
    /// Its coefficients on [`Ranked::kept`], as many as were kept before it.
    pub coefficients: Vec<f64>,
    /// What was left of its squared length, as a share.
    pub left: f64,
}

/// Kept columns, their factor, and the columns that depend on them.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Columns kept, ascending                                          [rank]
    pub kept: Vec<usize>,
    /// Columns left out, ascending.
    pub dependent: Vec<Dependent>,
    /// Factor of the kept rows and columns                              [rank, rank]
    pub factor: Cholesky,
}

impl Ranked {
    /// Number of columns kept.
    pub fn rank(&self) -> usize {
        self.kept.len()
    }
}

/// Finds the dependent columns of a positive semidefinite matrix.
///
/// * `a`   Gram matrix, entry (i, j) at `i * p + j`                    [p, p] lower
/// * `tol` share of its squared length below which a column counts as dependent, e.g. 1e-11
///
/// A column of zeros depends on nothing and is left out with coefficients 0.
pub fn ranked_cholesky(a: &[f64], p: usize, tol: f64) -> Ranked {
    if let Ok(factor) = Cholesky::above(a, p, tol) {
        return Ranked { kept: (0..p).collect(), dependent: Vec::new(), factor };
    }
    let mut kept: Vec<usize> = Vec::new();
    let mut dependent = Vec::new();
    // Row r belongs to column kept[r] and has r + 1 entries.
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for i in 0..p {
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (r, &j) in kept.iter().enumerate() {
            let other: &[f64] = &rows[r];
            row.push((a[i * p + j] - dot(&row, &other[..r])) / other[r]);
        }
        let length = a[i * p + i];
        let pivot = length - dot(&row, &row);
        if pivot > tol * length && pivot > 0.0 {
            row.push(pivot.sqrt());
            rows.push(row);
            kept.push(i);
        } else {
            let left = if length > 0.0 { pivot / length } else { 0.0 };
            dependent.push(Dependent { column: i, coefficients: back_solved(&rows, row), left });
        }
    }
    let factor = Cholesky::from_rows(&rows);
    Ranked { kept, dependent, factor }
}

/// Solves L' c = row for the coefficients on the kept columns.
fn back_solved(rows: &[Vec<f64>], mut c: Vec<f64>) -> Vec<f64> {
    for r in (0..rows.len()).rev() {
        c[r] /= rows[r][r];
        let x = c[r];
        for k in 0..r {
            c[k] -= x * rows[r][k];
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_dependent_set_the_later_column_goes() {
        // Columns x0, x1, x2 = 2 x0 - 3 x1, x3, and zeros, on four rows.
        let x = [
            [1.0, 2.0, 0.0, 1.0],
            [0.0, 1.0, 1.0, 3.0],
            [2.0, 1.0, -3.0, -7.0],
            [5.0, 0.0, 1.0, 0.0],
            [0.0; 4],
        ];
        let p = x.len();
        let a: Vec<f64> = (0..p * p).map(|t| dot(&x[t / p], &x[t % p])).collect();
        let found = ranked_cholesky(&a, p, 1e-11);
        assert_eq!(found.kept, [0, 1, 3]);
        assert_eq!(found.dependent[0].column, 2);
        let c = &found.dependent[0].coefficients;
        assert!((c[0] - 2.0).abs() < 1e-13 && (c[1] + 3.0).abs() < 1e-13);
        assert_eq!(found.dependent[1].column, 4);
        assert_eq!(found.dependent[1].coefficients, [0.0; 3]);
        let mut b = [a[0], a[p], a[3 * p]];
        found.factor.solve(&mut b);
        // The first column of the kept matrix is solved by the first unit vector.
        assert!((b[0] - 1.0).abs() < 1e-14 && b[1].abs() < 1e-14 && b[2].abs() < 1e-14);
    }
}
