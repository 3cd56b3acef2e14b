//! Which columns a design determines: rank, in the order of the formula.
//!
//! A column is dependent when what earlier columns leave of it is below 1e-11 of its length. The Gram in double
//! precision can decide down to about 1e-5; where a pivot comes near that, the Gram is formed again in double-double.
//! Columns are centred and scaled, exactly, before any of this.

use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::pass::Precision;
use crate::starts::{design_gram, diagonal};
use crate::tally::Derivs;
use loglik_num::{Dd, OrderedCholesky};

/// Pivots below this share of the diagonal cannot be trusted in double precision.
const SUSPECT: f64 = 1e-9;

/// Residual share of a dependent column, squared.
const DEPENDENT: f64 = 1e-22;

/// The coefficients that the data determine, and what the others equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rank {
    /// Determined coefficients, ascending.
    pub active: Vec<usize>,
    /// Each dependent coefficient and its column as a combination of determined ones.
    pub aliased: Vec<(usize, Vec<(usize, f64)>)>,
}

impl Rank {
    /// Whether a coefficient is determined.
    #[must_use]
    pub fn has(&self, j: usize) -> bool {
        self.active.binary_search(&j).is_ok()
    }

    /// All `p` coefficients are determined.
    #[must_use]
    pub fn full(p: usize) -> Self {
        Self { active: (0..p).collect(), aliased: Vec::new() }
    }
}

/// Whether every pivot of an information matrix is beyond doubt.
#[must_use]
pub(crate) fn is_clearly_full(info: &[f64], p: usize) -> bool {
    OrderedCholesky::new(info, p, &diagonal(info, p), SUSPECT).dependent().is_empty()
}

/// The rank of the design.
///
/// # Errors
/// When a pass cannot be carried out.
pub(crate) fn of_design(model: &Model, run: &mut dyn Executor) -> Result<Rank, RunError> {
    let gram = design_gram(model, run, Precision::Plain)?;
    if is_clearly_full(&gram.info, model.p) {
        return Ok(Rank::full(model.p));
    }
    let gram = design_gram(model, run, Precision::Double)?;
    Ok(of_gram(&gram, model.p))
}

fn of_gram(gram: &Derivs, p: usize) -> Rank {
    let scale = diagonal(&gram.info, p);
    let precise: Vec<Dd> = gram.info.iter().zip(&gram.info_low).map(|(a, b)| Dd::sum(*a, *b)).collect();
    let factor = OrderedCholesky::new(&precise, p, &scale, DEPENDENT);
    let aliased: Vec<(usize, Vec<(usize, f64)>)> = factor
        .dependent()
        .iter()
        .map(|j| (*j, factor.combination(*j).into_iter().filter(|(_, c)| c.abs() > 1e-9).collect()))
        .collect();
    let active = (0..p).filter(|j| !factor.dependent().contains(j)).collect();
    Rank { active, aliased }
}
