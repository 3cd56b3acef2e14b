//! Tests that coefficients are zero: Wald, likelihood ratio and score, of whole terms, of all terms, or in sequence.
//!
//! The ratio and the score stand on a refit in which the coefficients are held at 0, from where the quadratic
//! approximation puts the others. A column that was dropped as dependent comes back where what it depended on is held.
//! Under a dispersion that is not by maximum likelihood twice the log-likelihood is counted in units of it, and where
//! the table has t these are tests with F (Venables & Ripley 2002, sec. 7.1).

use crate::covariance::has_kinks;
use crate::off_boundary::is_inside;
use crate::run::Found;
use crate::spec::word;
use crate::{Error, Number, SeKind, TermTest, TermTests, WeightKind};
use loglik_fit::{Executor, Limit, Model, Precision, Recession, Subspace, Within, maximise_within, square};
use loglik_num as num;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How a hypothesis is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    /// By the distance of the estimates.
    Wald,
    /// By the height of the log-likelihood.
    Lr,
    /// By the slope at the hypothesis.
    Score,
}

impl FromStr for TestKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("test", text, &[Self::Wald, Self::Lr, Self::Score].map(|kind| (kind.name(), kind)))
    }
}

impl TestKind {
    /// Its word on every surface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wald => "wald",
            Self::Lr => "lr",
            Self::Score => "score",
        }
    }
}

/// The tests that a fit's table shows: of terms with two coefficients or more, and by likelihood ratio of all.
pub(crate) fn of_table(found: &Found<'_>, run: &mut dyn Executor) -> Result<Vec<TermTest>, Error> {
    let (kind, least) = match found.spec.term_tests {
        TermTests::None => return Ok(Vec::new()),
        TermTests::Wald => (TestKind::Wald, 2),
        TermTests::Lr => (TestKind::Lr, 1),
    };
    if kind == TestKind::Lr && found.spec.weights.is_some() && found.spec.weight_kind == WeightKind::Sampling
    {
        return Err(Error::request("--term-tests lr: rows with sampling weights have no likelihood")
            .remedy("use --term-tests wald"));
    }
    if kind == TestKind::Wald && found.vcov.is_empty() {
        return Ok(Vec::new());
    }
    let terms = found.prepared.terms.iter().filter(|t| t.at.len() >= least);
    let scaled_away = |at: &usize| found.statistics.scaled && !found.prepared.in_main(*at);
    let mut out = Vec::new();
    for term in terms.filter(|t| !t.at.iter().any(scaled_away)) {
        out.extend(found.test(&term.name, &term.at, kind, run)?);
    }
    Ok(out)
}

/// Coefficients that move under a hypothesis, and how many dimensions it takes.
struct Held {
    free: Vec<usize>,
    df: usize,
}

/// The maximum with coefficients held at 0.
struct Refit<'a> {
    model: &'a Model,
    end: Within,
    /// Coefficients of parameters that the fit has at the end of their range, and this has inside.
    freed: Vec<usize>,
}

impl<'a> Found<'a> {
    /// Tests that the coefficients at `at` are all 0; `None` where that has no such test.
    pub(crate) fn test(
        &self,
        term: &str,
        at: &[usize],
        kind: TestKind,
        run: &mut dyn Executor,
    ) -> Result<Option<TermTest>, Error> {
        if kind != TestKind::Wald && self.spec.is_adjusted() {
            let what = format!(
                "the {} test compares maxima, and a penalised or bias-reduced fit is none",
                kind.name()
            );
            return Err(
                Error::request(what).remedy("use Wald's test, or fit without --penalty and --bias-reduction")
            );
        }
        let finite = |j: &&usize| self.fit.rank.has(**j) && !self.is_infinite(**j);
        let (df, chisq) = match kind {
            TestKind::Wald => {
                let active: Vec<usize> = at.iter().copied().filter(|j| self.fit.rank.has(*j)).collect();
                // An infinite coefficient has no Wald test, nor has the term that it belongs to.
                if active.is_empty() || active.iter().filter(finite).count() < active.len() {
                    return Ok(None);
                }
                let estimates: Vec<f64> = active.iter().map(|j| self.beta[*j]).collect();
                if self.vcov.is_empty() {
                    return Ok(None);
                }
                let vcov = square(self.vcov, &active, self.fit.model.p);
                let Some(chisq) = loglik_infer::wald(&estimates, &vcov) else { return Ok(None) };
                (active.len(), chisq)
            }
            TestKind::Lr => {
                self.refuse_kinks(&format!("the {} test", kind.name()))?;
                let held = self.hold(at);
                let null = self.refit(&held, at, run)?.end;
                // What is below 0 is rounding of two sums over the rows.
                (held.df, (2.0 * (self.fit.loglik() - null.derivs.loglik.hi)).max(0.0) * self.unit())
            }
            TestKind::Score => {
                if at.iter().any(|j| self.is_infinite(*j)) {
                    return Ok(None);
                }
                self.refuse_kinks(&format!("the {} test", kind.name()))?;
                let held = self.hold(at);
                let null = self.refit(&held, at, run)?;
                let mut active: Vec<usize> =
                    self.fit.rank.active.iter().copied().filter(|j| self.moves(*j)).collect();
                active.extend(&null.freed);
                active.sort_unstable();
                let limits = self.fit.limits.as_slice();
                let found = self.score_statistic(null.model, &null.end, &active, limits, run)?;
                let Some(chisq) = found else { return Ok(None) };
                (held.df, chisq * self.unit())
            }
        };
        Ok(Some(self.written(term, kind.name(), chisq, df)))
    }

    /// Whether a refit moves a coefficient: where the dispersion is not by maximum likelihood only those of the main formula.
    pub(crate) fn moves(&self, j: usize) -> bool {
        !self.statistics.scaled || self.prepared.in_main(j)
    }

    /// What twice a log-likelihood is multiplied by to be counted in units of the dispersion.
    pub(crate) fn unit(&self) -> f64 {
        if self.statistics.scaled { self.statistics.phi / self.statistics.dispersion } else { 1.0 }
    }

    fn is_infinite(&self, j: usize) -> bool {
        self.separation.limits[j] != Limit::Finite
    }

    /// A test as it is written down, its statistic chi-square or, where the table has t, F.
    pub(crate) fn written(&self, term: &str, test: &str, chisq: f64, df: usize) -> TermTest {
        let (q, residual) = (df as f64, self.statistics.df_residual);
        let (statistic, df_residual, p_value) = match self.statistics.t {
            true => (chisq / q, Some(residual), num::f_sf(chisq / q, q, residual)),
            false => (chisq, None, num::chisq_sf(chisq, q)),
        };
        let p_value = if df == 0 { 1.0 } else { p_value };
        TermTest {
            term: term.to_owned(),
            test: test.to_owned(),
            statistic: Number(if df == 0 { 0.0 } else { statistic }),
            df,
            df_residual,
            p_value: Number(p_value),
        }
    }

    /// The coefficients that move when those at `at` are held at 0.
    fn hold(&self, at: &[usize]) -> Held {
        let fit = self.fit;
        let infinite = at.iter().any(|j| self.is_infinite(*j));
        let all = if infinite { &fit.rank.active } else { &fit.estimated };
        let mut free: Vec<usize> =
            all.iter().copied().filter(|j| !at.contains(j) && self.moves(*j)).collect();
        let held: Vec<usize> = fit.rank.active.iter().copied().filter(|j| at.contains(j)).collect();
        // Rows of the dependent columns on the held ones: each that is independent of the others takes one's place.
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (j, equals) in fit.rank.aliased.iter().filter(|(j, _)| !at.contains(j)) {
            let factor = |h: &usize| equals.iter().find(|(k, _)| k == h).map_or(0.0, |(_, c)| *c);
            let mut row: Vec<f64> = held.iter().map(factor).collect();
            let size = row.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            for earlier in &rows {
                let pivot = pivot(earlier);
                let by = row[pivot] / earlier[pivot];
                row.iter_mut().zip(earlier).for_each(|(v, e)| *v -= by * e);
            }
            // Combinations are known to nine digits.
            if size > 0.0 && row[pivot(&row)].abs() > 1e-8 * size {
                rows.push(row);
                free.push(*j);
            }
        }
        free.sort_unstable();
        Held { free, df: held.len() - rows.len() }
    }

    /// The maximum with the coefficients at `at` held at 0.
    fn refit(&self, held: &Held, at: &[usize], run: &mut dyn Executor) -> Result<Refit<'a>, Error> {
        let (fit, p) = (self.fit, self.fit.model.p);
        let infinite = at.iter().any(|j| self.is_infinite(*j));
        let limits = if infinite { &[] } else { fit.limits.as_slice() };
        let mut start = fit.point.beta.clone();
        at.iter().for_each(|j| start[*j] = 0.0);
        // The others go where a quadratic log-likelihood has its maximum under the hypothesis.
        let free: Vec<usize> = held.free.iter().copied().filter(|j| fit.estimates(*j)).collect();
        if let Ok(factor) = num::Cholesky::new(&square(&fit.end.info, &free, p), free.len()) {
            let across = |i: &usize| {
                let entry = |j: &usize| fit.end.info[if i >= j { i * p + j } else { j * p + i }];
                at.iter().map(|j| entry(j) * fit.point.beta[*j]).sum::<f64>()
            };
            let mut step: Vec<f64> = free.iter().map(across).collect();
            factor.solve(&mut step);
            free.iter().zip(&step).for_each(|(j, s)| start[*j] += s);
        }
        let end = maximise_within(&fit.model, run, &Subspace::of(held.free.clone(), p), &start, limits)?;
        let refit = Refit { model: &fit.model, end, freed: Vec::new() };
        let Some(start) = self.inside(&refit.end.beta) else { return Ok(refit) };
        let freed: Vec<usize> = self.at_ends().iter().map(|end| end.at).collect();
        let mut free: Vec<usize> = held.free.iter().chain(&freed).copied().collect();
        free.retain(|j| !at.contains(j));
        free.sort_unstable();
        let model = &self.prepared.model;
        let end = maximise_within(model, run, &Subspace::of(free, p), &start, limits)?;
        Ok(if is_inside(&end, &refit.end) { Refit { model, end, freed } } else { refit })
    }

    /// Refuses what asks for slopes that a likelihood of straight lines does not have.
    pub(crate) fn refuse_kinks(&self, what: &str) -> Result<(), Error> {
        if !has_kinks(self.fit) {
            return Ok(());
        }
        let name = &self.fit.model.likelihood.spec().name;
        let what = format!("{what} climbs by slopes, and a {name} likelihood has kinks in their place");
        Err(Error::request(what).remedy("use Wald's test, or compare two fits: loglik compare"))
    }

    /// `s' I^-1 s` at a refit of `model`, of the coefficients that move; `None` where the information is not known or
    /// singular.
    pub(crate) fn score_statistic(
        &self,
        model: &Model,
        null: &Within,
        active: &[usize],
        limits: &[Recession],
        run: &mut dyn Executor,
    ) -> Result<Option<f64>, Error> {
        let p = model.p;
        let info = match self.spec.se() {
            SeKind::Expected => {
                let at = loglik_fit::Point::new(null.beta.clone());
                let derivs = loglik_infer::expected_info_at(model, &at, limits, Precision::Plain, run)?;
                if !loglik_infer::is_known(&derivs, active, p) {
                    return Ok(None);
                }
                derivs.info
            }
            _ => null.derivs.info.clone(),
        };
        let score = null.derivs.score();
        let mut z: Vec<f64> = active.iter().map(|j| score[*j]).collect();
        let Ok(factor) = num::Cholesky::new(&square(&info, active, p), active.len()) else { return Ok(None) };
        factor.solve_lower(&mut z);
        Ok(Some(z.iter().map(|v| v * v).sum()))
    }

    /// Tests of each term of the main formula, given those before it, in the order of the formula.
    pub(crate) fn in_sequence(&self, run: &mut dyn Executor) -> Result<Vec<TermTest>, Error> {
        let main: Vec<_> =
            self.prepared.terms.iter().filter(|t| t.at.iter().any(|j| self.prepared.in_main(*j))).collect();
        if self.statistics.sigma.is_some() {
            return Ok(self.sums_of_squares(
                &main.iter().map(|t| (t.name.as_str(), t.at.as_slice())).collect::<Vec<_>>(),
            ));
        }
        self.refuse_kinks("a test in sequence")?;
        let mut out = Vec::new();
        let mut before: Option<(f64, usize)> = None;
        for k in 0..=main.len() {
            let later: Vec<usize> = main[k..].iter().flat_map(|t| t.at.clone()).collect();
            let held = self.hold(&later);
            let now = (self.refit(&held, &later, run)?.end.derivs.loglik.hi, held.df);
            if let Some((loglik, df)) = before {
                let chisq = (2.0 * (now.0 - loglik)).max(0.0) * self.unit();
                out.push(self.written(&main[k - 1].name, "sequential", chisq, df - now.1));
            }
            before = Some(now);
        }
        Ok(out)
    }

    /// Sequential sums of squares of least squares, from the factor of the information in the order of the formula: no
    /// sum is the difference of two large ones.
    fn sums_of_squares(&self, terms: &[(&str, &[usize])]) -> Vec<TermTest> {
        let fit = self.fit;
        let active = |j: &usize| fit.rank.has(*j);
        let in_terms = |j: &usize| terms.iter().any(|(_, at)| at.contains(j));
        let mut order: Vec<usize> =
            fit.rank.active.iter().copied().filter(|j| self.prepared.in_main(*j) && !in_terms(j)).collect();
        order.extend(terms.iter().flat_map(|(_, at)| at.iter().copied().filter(active)));
        let q = order.len();
        let Ok(factor) = num::Cholesky::new(&square(&fit.end.info, &order, fit.model.p), q) else {
            return Vec::new();
        };
        let l = factor.factor();
        let effect = |i: usize| (i..q).map(|j| l[j * q + i] * fit.point.beta[order[j]]).sum::<f64>();
        let squares: Vec<f64> = (0..q).map(|i| effect(i).powi(2)).collect();
        let of = |(name, at): &(&str, &[usize])| {
            let places = order.iter().enumerate().filter(|(_, j)| at.contains(j));
            let (sum, df) = places.fold((0.0, 0), |(sum, df), (i, _)| (sum + squares[i], df + 1));
            (df > 0).then(|| self.written(name, "sequential", sum * self.unit(), df))
        };
        terms.iter().filter_map(of).collect()
    }
}

/// The place of the largest entry.
fn pivot(row: &[f64]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i].abs() > row[best].abs() { i } else { best })
}
