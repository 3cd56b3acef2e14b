//! The rows that a vertex meets exactly: as many as columns, and independent.

use super::programme::Programme;
use loglik_num::Dd;

/// What earlier rows must leave of a row's length for it to be taken, at first and where too few rows are left.
const LEFT: [f64; 3] = [1e-3, 1e-7, 1e-12];

/// Rows met exactly, with the inverse of their columns.
pub(super) struct Basis {
    /// The rows, in the order of the inverse's columns                        `[p]`
    pub(super) rows: Vec<usize>,
    /// Inverse of X at these rows, by rows                                    `[p, p]`
    pub(super) inverse: Vec<f64>,
}

impl Basis {
    /// The first independent rows in an order of preference; `None` where there are too few.
    pub(super) fn first(programme: &Programme, order: &[usize]) -> Option<Self> {
        LEFT.iter().find_map(|left| {
            let rows = independent(programme, order, *left)?;
            Self::new(programme, rows)
        })
    }

    /// A basis of given rows; `None` where they are dependent.
    pub(super) fn new(programme: &Programme, rows: Vec<usize>) -> Option<Self> {
        let inverse = inverse(programme, &rows)?;
        Some(Self { rows, inverse })
    }

    /// Coefficients that meet the rows, by refinement good to twice the precision `[p]`
    pub(super) fn solve(&self, programme: &Programme) -> Vec<Dd> {
        let p = programme.p;
        let mut beta = vec![Dd::ZERO; p];
        // A solve in double is right to 16 digits less those of the condition; five of them reach 32 up to 1e9.
        for _ in 0..5 {
            let off: Vec<f64> = self.rows.iter().map(|r| programme.residual(*r, &beta).value()).collect();
            for (i, b) in beta.iter_mut().enumerate() {
                let step: f64 = (0..p).map(|k| self.inverse[i * p + k] * off[k]).sum();
                *b = *b + step;
            }
        }
        beta
    }

    /// Column `k` of the inverse: the direction that changes row k alone      `[p]`
    pub(super) fn direction(&self, k: usize) -> Vec<f64> {
        let p = self.rows.len();
        (0..p).map(|i| self.inverse[i * p + k]).collect()
    }
}

/// Independent rows by Gram-Schmidt, in order.
fn independent(programme: &Programme, order: &[usize], left: f64) -> Option<Vec<usize>> {
    let p = programme.p;
    let mut rows = Vec::with_capacity(p);
    let mut frame: Vec<Vec<f64>> = Vec::with_capacity(p);
    for &r in order {
        if rows.len() == p {
            break;
        }
        let mut row: Vec<f64> = (0..p).map(|j| programme.at(r, j)).collect();
        let length = norm(&row);
        // Twice is enough: the second pass takes what rounding left in the first.
        for _ in 0..2 {
            for unit in &frame {
                let along: f64 = unit.iter().zip(&row).map(|(u, x)| u * x).sum();
                row.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
            }
        }
        let rest = norm(&row);
        if rest > left * length {
            row.iter_mut().for_each(|x| *x /= rest);
            frame.push(row);
            rows.push(r);
        }
    }
    (rows.len() == p).then_some(rows)
}

fn norm(row: &[f64]) -> f64 {
    row.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Gauss and Jordan with row pivots.
fn inverse(programme: &Programme, rows: &[usize]) -> Option<Vec<f64>> {
    let p = programme.p;
    let width = 2 * p;
    let mut m = vec![0.0; p * width];
    for (i, r) in rows.iter().enumerate() {
        (0..p).for_each(|j| m[i * width + j] = programme.at(*r, j));
        m[i * width + p + i] = 1.0;
    }
    for c in 0..p {
        let pivot = (c..p).max_by(|a, b| m[a * width + c].abs().total_cmp(&m[b * width + c].abs()))?;
        let value = m[pivot * width + c];
        if value == 0.0 || !value.is_finite() {
            return None;
        }
        (0..width).for_each(|j| m.swap(c * width + j, pivot * width + j));
        (0..width).for_each(|j| m[c * width + j] /= value);
        for i in (0..p).filter(|i| *i != c) {
            let by = m[i * width + c];
            if by != 0.0 {
                (c..width).for_each(|j| m[i * width + j] -= by * m[c * width + j]);
            }
        }
    }
    Some((0..p).flat_map(|i| m[i * width + p..(i + 1) * width].to_vec()).collect())
}
