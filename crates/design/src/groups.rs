//! Sums by level of the weight and of all weighted dense columns at once.
//!
//! A design with some categoricals and a few numeric columns needs, for each categorical, its weighted counts and the
//! group sums of each numeric column. Rows written side by side make one addition of a few lanes of all of them, with
//! one look at the code.

use crate::Dense;
use loglik_num::{Kernel, dispatch};

/// Most dense columns that are written side by side.
const MOST: usize = 15;

/// Rows of `[w, w x1, w x2, ..]`, padded with zeros to a width that is a multiple of four.
#[derive(Debug, Default)]
pub struct WeightedRows {
    width: usize,
    /// The rows                                                             `[n][width]`
    rows: Vec<f64>,
    /// Sums of the last block, one for each coefficient and one for rows without `[coefs + 1][width]`
    sums: Vec<f64>,
}

impl WeightedRows {
    /// Whether a block of this many columns is narrow enough.
    #[must_use]
    pub fn takes(dense: Option<&Dense>) -> bool {
        dense.is_none_or(|dense| dense.cols <= MOST)
    }

    /// Writes the rows.
    ///
    /// * `w`     one weight a row                                          `[n]`
    /// * `dense` columns beside it
    pub fn write(&mut self, w: &[f64], dense: Option<&Dense>) {
        self.width = (1 + dense.map_or(0, |dense| dense.cols)).next_multiple_of(4);
        self.rows.clear();
        self.rows.resize(w.len() * self.width, 0.0);
        self.rows.chunks_exact_mut(self.width).zip(w).for_each(|(row, w)| row[0] = *w);
        for j in 0..dense.map_or(0, |dense| dense.cols) {
            let column = dense.map_or(&[][..], |dense| dense.col(j));
            let rows = self.rows.chunks_exact_mut(self.width).zip(w).zip(column);
            rows.for_each(|((row, w), x)| row[1 + j] = w * x);
        }
    }

    /// Sums of the rows by code: for each coefficient the sum of w and of each w x `[coefs][width]`
    ///
    /// * `codes` the rows' codes; what is not below `coefs` has none         `[n]`
    pub fn sums(&mut self, codes: &[u32], coefs: usize) -> impl Iterator<Item = &[f64]> {
        self.sums.clear();
        self.sums.resize((coefs + 1) * self.width, 0.0);
        let by = ByCode { codes, coefs, rows: &self.rows, sums: &mut self.sums };
        match self.width {
            4 => dispatch(Width::<4>(by)),
            8 => dispatch(Width::<8>(by)),
            12 => dispatch(Width::<12>(by)),
            _ => dispatch(Width::<16>(by)),
        }
        self.sums.chunks_exact(self.width).take(coefs)
    }
}

struct ByCode<'a> {
    codes: &'a [u32],
    coefs: usize,
    rows: &'a [f64],
    sums: &'a mut [f64],
}

/// The same for rows of W numbers.
struct Width<'a, const W: usize>(ByCode<'a>);

impl<const W: usize> Kernel for Width<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let ByCode { codes, coefs, rows, sums } = self.0;
        let (rows, _) = rows.as_chunks::<W>();
        let (sums, _) = sums.as_chunks_mut::<W>();
        for (row, code) in rows.iter().zip(codes) {
            // By value: the compiler cannot know that a row and its sum are different places, and would go one by one.
            let place = &mut sums[(*code as usize).min(coefs)];
            let (row, mut sum) = (*row, *place);
            for k in 0..W {
                sum[k] += row[k];
            }
            *place = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NO_COEF;

    #[test]
    fn sums_by_level_are_those_of_rows_added_one_by_one() {
        let (n, coefs) = (24, 3);
        let codes: Vec<u32> = (0..n as u32).map(|r| if r % 4 == 3 { NO_COEF } else { r % 4 }).collect();
        let w: Vec<f64> = (0..n).map(|r| r as f64).collect();
        for cols in [0, 2, 5, 9, 15] {
            let mut dense = Dense::new(cols, n);
            for j in 0..cols {
                dense.col_mut(j).iter_mut().enumerate().for_each(|(r, x)| *x = ((r + j) % 5) as f64);
            }
            let mut rows = WeightedRows::default();
            rows.write(&w, Some(&dense));
            let sums: Vec<Vec<f64>> = rows.sums(&codes, coefs).map(<[f64]>::to_vec).collect();
            assert_eq!(sums.len(), coefs);
            for (code, sums) in sums.iter().enumerate() {
                let of_level = || (0..n).filter(|r| codes[*r] == code as u32);
                assert_eq!(sums[0], of_level().map(|r| w[r]).sum::<f64>());
                for j in 0..cols {
                    assert_eq!(sums[1 + j], of_level().map(|r| w[r] * ((r + j) % 5) as f64).sum::<f64>());
                }
            }
        }
    }
}
