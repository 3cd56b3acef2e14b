//! How often each interval of a model of events covers the truth when data are drawn anew.
//!
//! The truth is the bias-reduced estimate, which is finite where that of maximum likelihood is not. An interval of a
//! likelihood covers a value when the likelihood, maximised with that value held, has not fallen below the interval's
//! cut: one climb from the truth tells, and no end has to be found.

use crate::bias::{BiasReduction, reducer};
use crate::prepare::NamedCoef;
use crate::simulate::Redrawing;
use crate::{Error, Fitted};
use loglik_decide::resample::{Bootstrap, over_replicates};
use loglik_design::Source;
use loglik_fit::{Executor, Fit, FitOptions, Local, RunError, Subspace, Verdict, maximise, maximise_within};
use loglik_infer::{Bread, Reducer};
use loglik_num as num;

/// Data sets that are drawn, at most; fewer where their fits would take long, none below [`FEWEST`].
const DRAWS: usize = 200;
const FEWEST: usize = 40;

/// Rows times cubed coefficients times draws that are spent: a second or two.
const WORK: f64 = 1e8;

/// Shares of the drawn data sets in which intervals cover the truth, by coefficient.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coverage {
    pub(super) draws: usize,
    /// Machine names of the coefficients.
    pub(super) terms: Vec<String>,
    /// Of Wald, of profile and of penalised profile intervals               `[3][p]`
    pub(super) shares: [Vec<f64>; 3],
}

/// What every draw needs.
struct Ask<'a> {
    redrawing: &'a Redrawing<'a>,
    reducer: &'a Reducer,
    /// The fit that the truth is taken from.
    from: &'a Fit,
    coefs: Vec<&'a NamedCoef>,
    /// Each coefficient as a combination of those inside                     `[..][p]`
    normals: Vec<Vec<f64>>,
    level: f64,
}

/// Draws from the model at a bias-reduced fit; `None` where that would take long.
pub(super) fn simulated(firth: &Fitted, seed: u64) -> Result<Option<Coverage>, Error> {
    let (n, p) = (firth.prepared.source.frame().rows as f64, firth.fit.model.p as f64);
    let draws = ((WORK / (n * p * p * p)) as usize).min(DRAWS);
    if draws < FEWEST {
        return Ok(None);
    }
    let (prepared, from) = (&firth.prepared, &firth.fit);
    let threads = firth.spec.threads();
    let Some(redrawing) = Redrawing::of(prepared, (&from.model, &from.point), seed, threads)? else {
        return Ok(None);
    };
    let reducer = reducer(BiasReduction::Firth, prepared, from)?;
    let coefs: Vec<&NamedCoef> = prepared.coefs.iter().filter(|c| from.estimates(c.at)).collect();
    let normals = coefs.iter().map(|coef| reducer.combination(coef.at).to_vec()).collect();
    let (redrawing, reducer, level) = (&redrawing, &reducer, firth.spec.level());
    let ask = Ask { redrawing, reducer, from, coefs, normals, level };
    let plan = Bootstrap { replicates: draws, seed, threads };
    let seen = over_replicates(plan, |draw| ask.covered(draw)).values;
    if seen.is_empty() {
        return Ok(None);
    }
    let share = |method: usize, at: usize| {
        seen.iter().filter(|draw| draw[method][at]).count() as f64 / seen.len() as f64
    };
    Ok(Some(Coverage {
        draws: seen.len(),
        terms: ask.coefs.iter().map(|coef| coef.name.clone()).collect(),
        shares: [0, 1, 2].map(|method| (0..ask.coefs.len()).map(|at| share(method, at)).collect()),
    }))
}

impl Ask<'_> {
    /// Whether each interval covers, by method and coefficient.
    fn covered(&self, draw: u64) -> Option<[Vec<bool>; 3]> {
        self.redrawing.over(draw, |changed| {
            let mut run = Local::new(changed, 1);
            let [wald, profile] = self.likelihood(&mut run).ok()?;
            Some([wald, profile, self.penalised(&mut run).ok()?])
        })
    }

    /// Of Wald and profile intervals; an estimate without a finite maximum has no Wald interval, which covers nothing.
    fn likelihood(&self, run: &mut dyn Executor) -> Result<[Vec<bool>; 2], RunError> {
        let (model, truth, cut) = (&self.from.model, &self.from.point.beta, self.cut());
        let options = FitOptions { starts: vec![truth.clone()], plain: true, ..FitOptions::default() };
        let fit = maximise(model, run, &options)?;
        let variances = self.variances(&fit);
        let (mut wald, mut profile) = (Vec::new(), Vec::new());
        for (i, normal) in self.normals.iter().enumerate() {
            let off: f64 =
                normal.iter().zip(fit.point.beta.iter().zip(truth)).map(|(a, (b, t))| a * (b - t)).sum();
            wald.push(fit.verdict == Verdict::Finite && off * off <= cut * variances[i]);
            let Some(space) = Subspace::level(&self.from.rank.active, normal, normal) else {
                profile.push(false);
                continue;
            };
            let held = maximise_within(model, run, &space, truth, &[])?;
            profile.push(2.0 * (fit.loglik() - held.derivs.loglik.hi) <= cut);
        }
        Ok([wald, profile])
    }

    /// Of penalised profile intervals.
    fn penalised(&self, run: &mut dyn Executor) -> Result<Vec<bool>, RunError> {
        let truth = &self.from.point.beta;
        let (_, top) = self.reducer.fit(self.from, run)?;
        let mut covers =
            |coef: &&NamedCoef| Ok(2.0 * (top - self.reducer.held(run, truth, coef.at)?) <= self.cut());
        self.coefs.iter().map(&mut covers).collect()
    }

    fn cut(&self) -> f64 {
        num::chisq_quantile(self.level, 1.0)
    }

    /// Of each coefficient by the inverse information; NaN where there is none.
    fn variances(&self, fit: &Fit) -> Vec<f64> {
        let Some(bread) = Bread::new(&fit.end, &fit.estimated, fit.model.p) else {
            return vec![f64::NAN; self.normals.len()];
        };
        let (inverse, q) = (bread.rounded(), bread.q());
        let form = |normal: &Vec<f64>| {
            let a: Vec<f64> = bread.kept.iter().map(|j| normal[*j]).collect();
            (0..q).map(|i| a[i] * (0..q).map(|j| inverse[i * q + j] * a[j]).sum::<f64>()).sum()
        };
        self.normals.iter().map(form).collect()
    }
}
