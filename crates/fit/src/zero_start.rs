//! A further start for counts with extra zeros whose share has terms: the terms that tell zeros from other counts.
//!
//! Where the counts account for the zeros on the whole, a climb from an intercept alone can end where there are no extra
//! zeros at all, though some rows have them. So the share's predictor is fitted first to which rows are 0, the counts
//! held at their start; Lambert (1992), Technometrics 34, 1-14, sec. 3.2, begins there too.

use crate::climb::{Setting, climb};
use crate::executor::{Executor, RunError};
use crate::model::{Model, Predictor};
use crate::rank::Rank;
use loglik_likelihood::{Columns, Likelihood, Moments, Order, RowDerivs, Spec, Tail, Violation};
use loglik_num::{Jet, Kernel, LANE, Lane, Real, dispatch};
use std::sync::Arc;

/// The log probability of being 0 or not, in coordinate `k`; it does not depend on the other coordinates.
struct ZeroOrNot {
    k: usize,
    spec: Spec,
}

impl Likelihood for ZeroOrNot {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, _: Columns<'_>) -> Result<(), Violation> {
        Ok(())
    }

    fn eval(&self, _: Tail, y: Columns<'_>, u: Columns<'_>, _: Order, out: &mut RowDerivs) {
        out.reset(u[0].len(), u.len());
        out.g.fill(0.0);
        out.h.fill(0.0);
        dispatch(Rows { y: y[0], u: u[self.k], k: self.k, out });
    }

    fn starts(&self, _: &Moments) -> Vec<Vec<f64>> {
        Vec::new()
    }
}

/// [`ZeroOrNot`] over a chunk.
struct Rows<'a> {
    y: &'a [f64],
    u: &'a [f64],
    k: usize,
    out: &'a mut RowDerivs,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Rows { y, u, k, out } = self;
        for r in (0..u.len()).step_by(LANE) {
            let zero = Lane::load(&y[r..]).eq_lanes(Lane::ZERO);
            let v: Jet<1> = Jet::variable(Lane::load(&u[r..]), 0);
            let l = -Jet::select(zero, -v, v).log1pexp();
            l.v.store(&mut out.l[r..]);
            l.g[0].store(&mut out.g_mut(k)[r..]);
            l.h[0][0].store(&mut out.h_mut(k, k)[r..]);
        }
    }
}

/// The start whose share of extra zeros is the share of zeros, given its terms; `None` where that share has no terms, or
/// the likelihood no extra zeros.
///
/// * `start` coefficients of another start                                 `[p]`
pub(crate) fn start(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    start: &[f64],
) -> Result<Option<Vec<f64>>, RunError> {
    let model = setting.model;
    let Some(k) = extra_zeros(model) else { return Ok(None) };
    let spec = Spec { concave: true, ..model.likelihood.spec().clone() };
    let likelihood = Arc::new(ZeroOrNot { k, spec });
    let zeros = Model { likelihood, predictors: model.predictors.clone(), p: model.p };
    let mut rank = Rank { aliased: Vec::new(), ..setting.rank.clone() };
    rank.active.retain(|j| holds(&model.predictors[k], *j));
    let inner = Setting {
        model: &zeros,
        rank: &rank,
        sample: true,
        assumed: false,
        matrix: None,
        gram: None,
        ..*setting
    };
    let found = climb(&inner, run, start.to_vec())?;
    Ok(found.stop.reason.is_success().then_some(found.beta))
}

/// The parameter that is the share of extra zeros, where its predictor has terms.
fn extra_zeros(model: &Model) -> Option<usize> {
    let likelihood = &model.likelihood;
    let k = likelihood.spec().params.iter().position(|param| param.one_way)?;
    let predictor = &model.predictors[k];
    let shared = model.predictors.iter().enumerate().any(|(other, predictor)| {
        other != k && predictor.pieces.iter().any(|piece| holds(&model.predictors[k], piece.first))
    });
    if predictor.is_fixed() || predictor.is_constant() || shared {
        return None;
    }
    // A larger share makes a zero more likely; a hurdle's is that of the other counts.
    let columns = likelihood.spec().columns.len();
    let y: Vec<Vec<f64>> = (0..columns).map(|c| vec![if c == 0 { 0.0 } else { 1.0 }; 8]).collect();
    let u = vec![vec![0.0; 8]; likelihood.spec().k()];
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    likelihood.eval(Tail::Pdf, &y, &u, Order::Hessian, &mut out);
    (out.g(k)[0] > 0.0).then_some(k)
}

/// Whether coefficient `j` belongs to a predictor.
fn holds(predictor: &Predictor, j: usize) -> bool {
    predictor.pieces.iter().any(|piece| (piece.first..piece.first + piece.coefs).contains(&j))
}
