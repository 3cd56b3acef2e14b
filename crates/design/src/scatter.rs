//! Sums by code: what each row adds goes to the place of its level.
//!
//! Rows at the base have no coefficient; which rows these are is as good as random, so a branch on it would be
//! mispredicted. Their sums go to a place of their own behind the others instead, which nobody reads. Where a table is
//! small, neighbouring rows often meet the same place and would wait for each other: four tables take turns.

use crate::NO_COEF;
use loglik_num::{Kernel, dispatch};

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
    places: Vec<u32>,
}

/// Whether rows are summed in a table of `size` places of its own.
fn has_table(size: usize, rows: usize) -> bool {
    size <= SMALL || size <= A_ROW * rows
}

/// The places of rows in a table: that of their code, or of two codes, each with one more for rows without.
struct Places<'a> {
    a: (&'a [u32], usize),
    b: Option<(&'a [u32], usize)>,
    out: &'a mut Vec<u32>,
}

impl Kernel for Places<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (a, a_coefs) = (self.a.0, self.a.1 as u32);
        self.out.resize(a.len(), 0);
        match self.b {
            None => self.out.iter_mut().zip(a).for_each(|(out, a)| *out = (*a).min(a_coefs)),
            Some((b, b_coefs)) => {
                let b_coefs = b_coefs as u32;
                let rows = self.out.iter_mut().zip(a).zip(b);
                rows.for_each(|((out, a), b)| *out = (*a).min(a_coefs) * (b_coefs + 1) + (*b).min(b_coefs));
            }
        }
    }
}

impl Tables {
    /// Sums in a table of `size` places: row r adds `value(r)` at its place.
    fn sum(&mut self, size: usize, value: impl Fn(usize) -> f64) -> &[f64] {
        let (sums, places) = (&mut self.sums, self.places.as_slice());
        let turns = if size <= SMALL { TURNS } else { 1 };
        sums.clear();
        sums.resize(size * turns, 0.0);
        if turns == 1 {
            places.iter().enumerate().for_each(|(r, at)| sums[*at as usize] += value(r));
            return sums;
        }
        let (first, rest) = sums.split_at_mut(size);
        let (second, rest) = rest.split_at_mut(size);
        let (third, fourth) = rest.split_at_mut(size);
        let (fours, left) = places.as_chunks::<TURNS>();
        for (four, at) in fours.iter().enumerate() {
            let r = four * TURNS;
            first[at[0] as usize] += value(r);
            second[at[1] as usize] += value(r + 1);
            third[at[2] as usize] += value(r + 2);
            fourth[at[3] as usize] += value(r + 3);
        }
        let r = fours.len() * TURNS;
        left.iter().enumerate().for_each(|(i, at)| first[*at as usize] += value(r + i));
        for i in 0..size {
            first[i] = (first[i] + second[i]) + (third[i] + fourth[i]);
        }
        &sums[..size]
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
            dispatch(Places { a: (codes, coefs), b: None, out: &mut self.places });
            let sums = self.sum(coefs + 1, value);
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
    pub fn two_way(
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
            let (a, b) = ((&a[..rows], a_coefs), Some((&b[..rows], b_coefs)));
            dispatch(Places { a, b, out: &mut self.places });
            let sums = self.sum(size, value);
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
