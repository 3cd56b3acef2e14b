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
        }
    }
}

impl Levels {
    fn add_eta(&self, beta: &[f64], eta: &mut [f64]) {
        match &self.times {
            None => {
                for (e, &code) in eta.iter_mut().zip(&self.codes) {
                    if code != NO_COEF {
                        *e += beta[code as usize];
                    }
                }
            }
            Some(times) => {
                for ((e, &code), x) in eta.iter_mut().zip(&self.codes).zip(times) {
                    if code != NO_COEF {
                        *e += beta[code as usize] * x;
                    }
                }
            }
        }
    }
}
