//! Sums by level of the weight and of all weighted dense columns at once.
//!
//! A design with some categoricals and a few numeric columns needs, for each categorical, its weighted counts and the
//! group sums of each numeric column. Rows written side by side make one addition of a few lanes of all of them, with
//! one look at the code.

use crate::Dense;
use loglik_num::{Kernel, LANE, Lane, dispatch};

/// Most dense columns that are written side by side.
const MOST: usize = 15;

/// Levels below which neighbouring rows often have the same one and would wait for each other: tables take turns.
const FEW: usize = 256;

/// Tables that take turns.
const TURNS: usize = 4;

/// Rows of `[w, w x1, w x2, ..]`, padded with zeros to one lane or two: whole lines of the cache, each read and added at once.
#[derive(Debug, Default)]
pub struct WeightedRows {
    /// Lanes of a row.
    lanes: usize,
    /// Numbers of a row beside the padding.
    written: usize,
    /// The rows                                                             `[n][lanes]`
    rows: Vec<Lane>,
    /// Sums of the last block, one for each coefficient and one for rows without `[coefs + 1][lanes]`
    sums: Vec<Lane>,
}

impl WeightedRows {
    /// Whether a block of this many columns is narrow enough.
    #[must_use]
    pub fn takes(dense: Option<&Dense>) -> bool {
        dense.is_none_or(|dense| dense.cols <= MOST)
    }

    /// Numbers summed for each level, padding included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.lanes * LANE
    }

    /// Writes the rows.
    ///
    /// * `w`     one weight a row                                          `[n]`
    /// * `dense` columns beside it
    pub fn write(&mut self, w: &[f64], dense: Option<&Dense>) {
        let written = 1 + dense.map_or(0, |dense| dense.cols);
        self.lanes = written.div_ceil(LANE);
        // What is written over leaves the padding as it is.
        let length = w.len() * self.lanes;
        if self.rows.len() != length || self.written != written {
            self.rows.clear();
            self.rows.resize(length, Lane::ZERO);
        }
        self.written = written;
        self.rows.chunks_exact_mut(self.lanes).zip(w).for_each(|(row, w)| row[0].0[0] = *w);
        for j in 0..dense.map_or(0, |dense| dense.cols) {
            let (lane, at) = ((1 + j) / LANE, (1 + j) % LANE);
            let column = dense.map_or(&[][..], |dense| dense.col(j));
            let rows = self.rows.chunks_exact_mut(self.lanes).zip(w).zip(column);
            rows.for_each(|((row, w), x)| row[lane].0[at] = w * x);
        }
    }

    /// Sums of the rows by code: for each coefficient the sum of w and of each w x `[coefs][lanes]`
    ///
    /// * `codes` the rows' codes; what is not below `coefs` has none         `[n]`
    pub fn sums(&mut self, codes: &[u32], coefs: usize) -> impl Iterator<Item = &[Lane]> {
        let turns = if coefs < FEW { TURNS } else { 1 };
        self.sums.clear();
        self.sums.resize(turns * (coefs + 1) * self.lanes, Lane::ZERO);
        let by = ByCode { codes, coefs, rows: &self.rows, sums: &mut self.sums };
        match self.lanes {
            1 => dispatch(Width::<1>(by)),
            _ => dispatch(Width::<2>(by)),
        }
        self.sums.chunks_exact(self.lanes).take(coefs)
    }
}

/// Adds one row to its sums.
#[inline(always)]
fn add<const L: usize>(place: &mut [Lane; L], row: &[Lane; L]) {
    for k in 0..L {
        place[k] = place[k] + row[k];
    }
}

struct ByCode<'a> {
    codes: &'a [u32],
    coefs: usize,
    rows: &'a [Lane],
    sums: &'a mut [Lane],
}

/// The same for rows of L lanes.
struct Width<'a, const L: usize>(ByCode<'a>);

impl<const L: usize> Kernel for Width<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let ByCode { codes, coefs, rows, sums } = self.0;
        let (rows, _) = rows.as_chunks::<L>();
        let (sums, _) = sums.as_chunks_mut::<L>();
        let size = coefs + 1;
        if sums.len() == size {
            rows.iter().zip(codes).for_each(|(row, code)| add(&mut sums[(*code as usize).min(coefs)], row));
            return;
        }
        let (first, rest) = sums.split_at_mut(size);
        let (second, rest) = rest.split_at_mut(size);
        let (third, fourth) = rest.split_at_mut(size);
        let ((fours, left), (four_codes, left_codes)) =
            (rows.as_chunks::<TURNS>(), codes.as_chunks::<TURNS>());
        for (rows, codes) in fours.iter().zip(four_codes) {
            add(&mut first[(codes[0] as usize).min(coefs)], &rows[0]);
            add(&mut second[(codes[1] as usize).min(coefs)], &rows[1]);
            add(&mut third[(codes[2] as usize).min(coefs)], &rows[2]);
            add(&mut fourth[(codes[3] as usize).min(coefs)], &rows[3]);
        }
        left.iter().zip(left_codes).for_each(|(row, code)| add(&mut first[(*code as usize).min(coefs)], row));
        for i in 0..size {
            add(&mut third[i], &fourth[i]);
            add(&mut first[i], &second[i]);
            add(&mut first[i], &third[i]);
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
            let sums: Vec<Vec<f64>> = rows
                .sums(&codes, coefs)
                .map(|lanes| lanes.iter().flat_map(|lane| lane.0).collect())
                .collect();
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
