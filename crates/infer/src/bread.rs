//! The inverse information of some coefficients: the model's own covariance, and the bread of every sandwich.
//!
//! Inverted in double-double where the information was summed so, because standard errors are not mended by better
//! coefficients. Coordinates are the fit's own (shifted and scaled columns).

use loglik_fit::{Derivs, square};
use loglik_num::{Cholesky, CholeskyDd, Dd};

/// Inverse information of the kept coefficients.
#[derive(Clone, Debug)]
pub struct Bread {
    /// Coefficients that have a covariance, ascending                       `[q]`
    pub kept: Vec<usize>,
    /// Their inverse information                                            `[q, q]`
    pub inverse: Vec<Dd>,
}

impl Bread {
    /// Inverts the information of `kept` out of `p` coefficients; `None` where it is not positive definite.
    #[must_use]
    pub fn new(derivs: &Derivs, kept: &[usize], p: usize) -> Option<Self> {
        let q = kept.len();
        let high = square(&derivs.info, kept, p);
        let inverse = if derivs.info_low.is_empty() {
            Cholesky::new(&high, q).ok()?.inverse().into_iter().map(Dd::from).collect()
        } else {
            let low = square(&derivs.info_low, kept, p);
            let precise: Vec<Dd> = high.iter().zip(&low).map(|(a, b)| Dd::sum(*a, *b)).collect();
            CholeskyDd::new(&precise, q).ok()?.inverse()
        };
        Some(Self { kept: kept.to_vec(), inverse })
    }

    /// Number of coefficients.
    #[must_use]
    pub fn q(&self) -> usize {
        self.kept.len()
    }

    /// The inverse in double precision                                      `[q, q]`
    #[must_use]
    pub fn rounded(&self) -> Vec<f64> {
        self.inverse.iter().map(|v| v.value()).collect()
    }

    /// For each of `p` coefficients its place among the kept ones           `[p]`
    pub(crate) fn places(&self, p: usize) -> Vec<Option<usize>> {
        let mut places = vec![None; p];
        self.kept.iter().enumerate().for_each(|(place, j)| places[*j] = Some(place));
        places
    }
}
