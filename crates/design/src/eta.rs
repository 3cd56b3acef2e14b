//! Linear predictors: eta = sum over blocks of X beta, added up column by column.

use crate::{Block, Levels, NO_COEF};
use loglik_num::gemv;

impl Block {
    /// Adds `X beta` to `eta`.
    ///
    /// * `beta` the block's coefficients                                  `[coefs]`
    /// * `eta`  added to                                                  `[n]`
    pub fn add_eta(&self, beta: &[f64], eta: &mut [f64]) {
        match self {
            Self::Ones => eta.iter_mut().for_each(|e| *e += beta[0]),
            Self::Dense(x) => gemv(&x.data, x.stride, beta, eta.len(), eta),
            Self::Levels(x) => x.add_eta(beta, eta),
            Self::Sparse(x) => {
                for (r, e) in eta.iter_mut().enumerate() {
                    let (index, value) = x.row(r);
                    *e += index.iter().zip(value).map(|(j, v)| beta[*j as usize] * v).sum::<f64>();
                }
            }
        }
    }
}

impl Block {
    /// Adds some rows of one column to `out`.
    ///
    /// * `j`    the coefficient whose column it is
    /// * `rows` of the chunk                                              `[m]`
    /// * `out`  added to                                                  `[m]`
    pub fn add_column(&self, j: usize, rows: &[usize], out: &mut [f64]) {
        let pairs = out.iter_mut().zip(rows);
        match self {
            Self::Ones => pairs.for_each(|(o, _)| *o += 1.0),
            Self::Dense(x) => {
                let column = x.col(j);
                pairs.for_each(|(o, r)| *o += column[*r]);
            }
            Self::Levels(x) => {
                let of = |r: usize| x.times.as_ref().map_or(1.0, |times| times[r]);
                let here = |r: usize| x.codes[r] != NO_COEF && x.codes[r] as usize == j;
                pairs.filter(|(_, r)| here(**r)).for_each(|(o, r)| *o += of(*r));
            }
            Self::Sparse(x) => {
                let entry = |r: usize| {
                    let (index, value) = x.row(r);
                    index.binary_search(&(j as u32)).map_or(0.0, |at| value[at])
                };
                pairs.for_each(|(o, r)| *o += entry(*r));
            }
        }
    }
}

impl Levels {
    fn add_eta(&self, beta: &[f64], eta: &mut [f64]) {
        // Rows at the base read a zero behind the coefficients: a branch on them would be mispredicted.
        if beta.len() <= eta.len() {
            let mut padded = Vec::with_capacity(beta.len() + 1);
            padded.extend_from_slice(beta);
            padded.push(0.0);
            let of = |code: u32| padded[(code as usize).min(beta.len())];
            match &self.times {
                None => eta.iter_mut().zip(&self.codes).for_each(|(e, code)| *e += of(*code)),
                Some(times) => {
                    let rows = eta.iter_mut().zip(&self.codes).zip(times);
                    rows.for_each(|((e, code), x)| *e += of(*code) * x);
                }
            }
            return;
        }
        for (r, (e, &code)) in eta.iter_mut().zip(&self.codes).enumerate() {
            if code != NO_COEF {
                *e += beta[code as usize] * self.times.as_ref().map_or(1.0, |times| times[r]);
            }
        }
    }
}
