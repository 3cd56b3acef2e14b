//! Sums by code: what each row adds goes to the place of its level.
//!
//! Rows at the base have no coefficient; which rows these are is as good as random, so a branch on it would be
//! mispredicted. Their sums go to a place of their own behind the others instead, which nobody reads. Where a table is
//! small, neighbouring rows often meet the same place and would wait for each other: four tables take turns.

use crate::NO_COEF;

/// Numbers in a table up to which four of them take turns.
const SMALL: usize = 512;

/// Numbers in a table for each row up to which a table of its own pays.
const A_ROW: usize = 4;

/// Rows that take turns in small tables.
const TURNS: usize = 4;

/// Scratch tables, kept from sum to sum.
#[derive(Debug, Default)]
pub struct Tables {
    sums: Vec<f64>,
}

/// Whether rows are summed in a table of `size` places of its own.
fn has_table(size: usize, rows: usize) -> bool {
    size <= SMALL || size <= A_ROW * rows
}

/// The place of a code among `coefs` and one more for rows without.
#[inline(always)]
fn place(code: u32, coefs: usize) -> usize {
    (code as usize).min(coefs)
}

impl Tables {
    /// A table of zeros for each turn.
    fn clear(&mut self, size: usize) -> (&mut [f64], usize) {
        let turns = if size <= SMALL { TURNS } else { 1 };
        self.sums.clear();
        self.sums.resize(size * turns, 0.0);
        (&mut self.sums, turns)
    }

    /// Sums in a table: row r adds `value(r)` at `at(r)`, below `size`.
    fn sum(
        &mut self,
        rows: usize,
        size: usize,
        at: impl Fn(usize) -> usize,
        value: impl Fn(usize) -> f64,
    ) -> &[f64] {
        let (sums, turns) = self.clear(size);
        if turns == 1 {
            for r in 0..rows {
                sums[at(r)] += value(r);
            }
            return &self.sums;
        }
        let (first, rest) = sums.split_at_mut(size);
        let (second, rest) = rest.split_at_mut(size);
        let (third, fourth) = rest.split_at_mut(size);
        let whole = rows / TURNS * TURNS;
        for r in (0..whole).step_by(TURNS) {
            first[at(r)] += value(r);
            second[at(r + 1)] += value(r + 1);
            third[at(r + 2)] += value(r + 2);
            fourth[at(r + 3)] += value(r + 3);
        }
        for r in whole..rows {
            first[at(r)] += value(r);
        }
        for i in 0..size {
            first[i] = (first[i] + second[i]) + (third[i] + fourth[i]);
        }
        &self.sums[..size]
    }

    /// Hands the sum of each code to `each`.
    ///
    /// * `codes` the rows' codes, [`NO_COEF`] for none                     `[n]`
    /// * `value` what a row adds
    pub(crate) fn by_code(
        &mut self,
        codes: &[u32],
        coefs: usize,
        value: impl Fn(usize) -> f64,
        mut each: impl FnMut(usize, f64),
    ) {
        if has_table(coefs + 1, codes.len()) {
            let sums = self.sum(codes.len(), coefs + 1, |r| place(codes[r], coefs), value);
            (0..coefs).for_each(|code| each(code, sums[code]));
            return;
        }
        for (r, &code) in codes.iter().enumerate() {
            if code != NO_COEF {
                each(code as usize, value(r));
            }
        }
    }

    /// Adds a two-way table to `out`, entry (i, j) at `i * stride + j`.
    ///
    /// * `a`, `b` codes of the rows and the number of their coefficients     `[n]`
    /// * `value`  what a row adds
    pub(crate) fn two_way(
        &mut self,
        (a, a_coefs): (&[u32], usize),
        (b, b_coefs): (&[u32], usize),
        value: impl Fn(usize) -> f64,
        out: &mut [f64],
        stride: usize,
    ) {
        let rows = a.len().min(b.len());
        let wide = b_coefs + 1;
        if let Some(size) = wide.checked_mul(a_coefs + 1).filter(|size| has_table(*size, rows)) {
            let at = |r: usize| place(a[r], a_coefs) * wide + place(b[r], b_coefs);
            let sums = self.sum(rows, size, at, value);
            for (i, row) in sums.chunks_exact(wide).take(a_coefs).enumerate() {
                let to = &mut out[i * stride..i * stride + b_coefs];
                to.iter_mut().zip(row).for_each(|(to, sum)| *to += sum);
            }
            return;
        }
        for r in 0..rows {
            if a[r] != NO_COEF && b[r] != NO_COEF {
                out[a[r] as usize * stride + b[r] as usize] += value(r);
            }
        }
    }
}
