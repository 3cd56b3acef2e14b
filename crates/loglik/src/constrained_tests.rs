//! Likelihood-ratio and score tests of hypotheses by name, by refits to the rows under the equations.
//!
//! Under the hypotheses the log-likelihood has its maximum on a surface ([`loglik_fit::Surface`]): an exact change of
//! variables where equations are straight lines, Newton's steps with exact first and second derivatives of the equations
//! else. The ratio is twice the fall to that maximum, the score test `s' I^-1 s` there, both counted in units of the
//! dispersion as in `term_tests`. A ratio needs no finite estimate: an infinite coefficient is tested by it, where Wald's
//! test has nothing to say. Rao (1973), Linear Statistical Inference, sec. 6e.

use crate::hypotheses::{Constrained, Typed};
use crate::off_boundary::is_inside;
use crate::prepare::NamedCoef;
use crate::run::{self, Data, Found};
use crate::{
    Error, Exit, FitResult, FitSpec, Fitted, Hypotheses, JointTest, ModelFile, Note, Number, Status,
    TestKind, WeightKind,
};
use loglik_expr::scalar::Curve;
use loglik_fit::{
    Begin, Constrained as Climbed, Curved, Executor, Limit, Model, Recession, Surface, Within,
    maximise_under, own_starts,
};
use loglik_num::{Jet, Lane};

/// Equations up to which each is tested alone too, by a refit of its own.
const ALONE: usize = 30;

/// Information below which a coefficient's standard deviation is taken for that of this much.
const LITTLE: f64 = 1e-8;

/// How much higher than the fit a refit may end, of a log-likelihood of 1, by rounding alone.
const ROUNDING: f64 = 1e-9;

/// How far a step moves a standardised column's coefficient where there is no maximum along it.
const DRIFT: f64 = 1e-3;

/// What is tested, how, and what is said of it.
struct Asked<'a> {
    /// The fit whose table is shown.
    shown: &'a FitResult,
    typed: Vec<Typed>,
    kind: TestKind,
}

/// One equation, as a function of the numbers that it names.
struct Equation<'a> {
    curve: Curve,
    names: Vec<Named<'a>>,
}

/// A number that an equation is of.
struct Named<'a> {
    coef: &'a NamedCoef,
    /// Whether the table shows its parameter's natural value.
    natural: bool,
}

/// What moves in a refit.
struct Space<'a> {
    model: &'a Model,
    active: Vec<usize>,
    /// A standard deviation of each coefficient, about                        `[p]`
    spread: Vec<f64>,
    limits: &'a [Recession],
}

/// Where the equations hold and the likelihood is greatest.
struct Refit<'a> {
    space: Space<'a>,
    end: Within,
}

impl ModelFile {
    /// Tests hypotheses between coefficients, several between commas, by a refit to the rows of the fit.
    ///
    /// * `data` the rows of the fit; not read by Wald's test
    ///
    /// # Errors
    /// What [`FitResult::hypotheses`] refuses, but for coefficients that are infinite or at a boundary; rows that are not
    /// those of the fit; a penalised or bias-reduced fit, sampling weights, and fits that are no maximum; equations that
    /// hold nowhere, that repeat each other, or under which no maximum was found.
    pub fn test(
        &self,
        hypotheses: &str,
        level: f64,
        kind: TestKind,
        data: impl Into<Data>,
    ) -> Result<Hypotheses, Error> {
        if kind == TestKind::Wald {
            return self.fit.hypotheses(hypotheses, level);
        }
        let spec = self.spec();
        let asked = asked(&self.fit, &spec, hypotheses, kind)?;
        let fitted = run::again(self, spec, data.into())?;
        fitted.tests(&asked, hypotheses, level)
    }
}

impl Fitted {
    /// Tests hypotheses between coefficients, several between commas; those by likelihood ratio and score refit.
    ///
    /// # Errors
    /// As [`ModelFile::test`].
    pub fn hypotheses(&self, text: &str, level: f64, kind: TestKind) -> Result<Hypotheses, Error> {
        if kind == TestKind::Wald {
            return self.result.hypotheses(text, level);
        }
        self.tests(&asked(&self.result, &self.spec, text, kind)?, text, level)
    }

    fn tests(&self, asked: &Asked<'_>, text: &str, level: f64) -> Result<Hypotheses, Error> {
        self.found().refuse_kinks(&format!("--test {}", asked.kind.name()))?;
        let mut run = self.executor();
        let mut lines = asked.shown.quantities(text, &asked.typed, level)?;
        let equations: Vec<usize> = (0..lines.len()).filter(|i| asked.typed[*i].equation).collect();
        let (joint, notes) = self.found().jointly(asked, text, &equations, &mut run)?;
        for i in equations.iter().filter(|_| equations.len() <= ALONE) {
            let alone = match equations.as_slice() {
                [_] => joint.clone(),
                _ => self.found().jointly(asked, text, &[*i], &mut run)?.0,
            };
            (lines[*i].statistic, lines[*i].p_value) = (alone.statistic, alone.p_value);
        }
        let out = asked.shown.tested(lines, Some(joint), level);
        Ok(Hypotheses { notes, ..out })
    }
}

/// What is tested; refuses what has no such test before any row is read.
fn asked<'a>(fit: &'a FitResult, spec: &FitSpec, text: &str, kind: TestKind) -> Result<Asked<'a>, Error> {
    let word = kind.name();
    if spec.is_adjusted() {
        let what = format!("--test {word} compares maxima, and a penalised or bias-reduced fit is none");
        return Err(
            Error::request(what).remedy("use --test wald, or fit without --penalty and --bias-reduction")
        );
    }
    if spec.weights.is_some() && spec.weight_kind == WeightKind::Sampling {
        let what = format!("--test {word}: rows with sampling weights have no likelihood");
        return Err(Error::request(what).remedy("use --test wald"));
    }
    if matches!(fit.status, Status::Unbounded | Status::NotConverged) {
        let what = format!("--test {word} compares maxima, and this fit did not come to one");
        return Err(Error::request(what).remedy("mend the fit first: its notes say how"));
    }
    let typed = fit.typed(text)?;
    if !typed.iter().any(|hypothesis| hypothesis.equation) {
        let what = format!("--test {word}: there is no equation to be tested");
        return Err(Error::request(what).remedy(format!("write one, `{} = 0`", typed[0].text)));
    }
    fit.quantities(text, &typed, 0.95)?;
    Ok(Asked { shown: fit, typed, kind })
}

impl<'a> Found<'a> {
    /// The test of these hypotheses together, and what is to be said of the refit.
    fn jointly(
        &self,
        asked: &Asked<'_>,
        text: &str,
        which: &[usize],
        run: &mut dyn Executor,
    ) -> Result<(JointTest, Vec<Note>), Error> {
        let typed: Vec<&Typed> = which.iter().map(|i| &asked.typed[*i]).collect();
        let equations =
            typed.iter().map(|t| self.equation(asked.shown, t, text)).collect::<Result<Vec<_>, _>>()?;
        let mut coefs: Vec<&NamedCoef> = equations.iter().flat_map(|e| &e.names).map(|n| n.coef).collect();
        coefs.sort_by_key(|coef| coef.at);
        coefs.dedup_by_key(|coef| coef.at);
        let under = Under { found: self, equations: &equations, coefs, typed: &typed };
        let refit = under.refit(run)?;
        let (chisq, df) = (self.chisq(asked.kind, &under, &refit, run)?, typed.len());
        let test = self.written("", asked.kind.name(), chisq * self.unit(), df);
        let loglik = under.free_loglik(&refit, run)?;
        let joint = JointTest {
            test: test.test,
            statistic: test.statistic,
            df,
            df_residual: test.df_residual,
            p_value: test.p_value,
            loglik: Some(Number(loglik)),
            coefficients: self.constrained(asked.shown, &refit),
        };
        Ok((joint, self.drift_note(&under, &refit).into_iter().collect()))
    }

    /// The statistic of a refit, in units of a dispersion by maximum likelihood.
    fn chisq(
        &self,
        kind: TestKind,
        under: &Under<'_, '_>,
        refit: &Refit<'_>,
        run: &mut dyn Executor,
    ) -> Result<f64, Error> {
        let Refit { space, end } = refit;
        let (top, null) = (self.fit.loglik(), end.derivs.loglik.hi);
        if null > top + ROUNDING * end.derivs.magnitude.max(1.0) {
            let shown = under.shown();
            let what = format!(
                "under {shown} the log-likelihood is {null}, in the fit {top}: the fit is not the maximum"
            );
            return Err(Error::new("several_maxima", Exit::NotConverged, what)
                .remedy("fit again from other starts, or a simpler model"));
        }
        if kind == TestKind::Lr {
            // What is below 0 is rounding of two sums over the rows.
            return Ok((2.0 * (top - null)).max(0.0));
        }
        self.score_statistic(space.model, end, &space.active, space.limits, run)?.ok_or_else(|| {
            let what = format!(
                "--test score: under {} the information is not positive definite, and measures no slope",
                under.shown()
            );
            Error::request(what).remedy("use --test lr, or a fit with --se expected")
        })
    }

    /// One equation as a function of the coefficients that it names.
    fn equation(&self, shown: &FitResult, typed: &Typed, text: &str) -> Result<Equation<'a>, Error> {
        let mut out = Vec::new();
        let names = typed.tree.names();
        for name in &names {
            // Names that are no coefficient were refused, but for constants such as `pi`.
            let is_line = |c: &&crate::Coefficient| c.term == *name || c.shown_name() == *name;
            let Some(line) = shown.coefficients.iter().find(is_line) else { continue };
            let coef = self.prepared.coefs.iter().find(|c| c.name == line.term);
            let moves = |coef: &&NamedCoef| self.fit.rank.has(coef.at) || self.is_at_end(coef.k);
            let Some(coef) = coef.filter(moves) else {
                return Err(Error::request(format!(
                    "`{name}` has no estimate of its own: no equation holds it"
                ))
                .remedy("name coefficients that the model estimates"));
            };
            out.push((*name, Named { coef, natural: line.scale == "natural" }));
        }
        let (names, named): (Vec<&str>, Vec<Named<'a>>) = out.into_iter().unzip();
        let curve = Curve::new(&typed.tree, &names).map_err(|error| {
            shown.unknown_name(Error::new(error.id(), Exit::Request, error.pointed(text)))
        })?;
        Ok(Equation { curve, names: named })
    }

    /// Whether the fit has a parameter at the end of its range.
    fn is_at_end(&self, k: usize) -> bool {
        self.at_ends().iter().any(|end| end.k == k)
    }

    /// What moves in a refit.
    ///
    /// * `infinite` whether rows at infinity come back: a coefficient that runs off is held
    /// * `free`     whether parameters at a boundary are free
    fn space(&self, infinite: bool, free: bool) -> Space<'a> {
        let fit = self.fit;
        let (model, p) = (if free { &self.prepared.model } else { &fit.model }, fit.model.p);
        let mut active = if infinite { fit.rank.active.clone() } else { fit.estimated.clone() };
        active.retain(|j| self.moves(*j));
        if free {
            active.extend(self.at_ends().iter().map(|end| end.at));
            active.sort_unstable();
            active.dedup();
        }
        let deviation = |j: usize| 1.0 / fit.end.info[j * p + j].abs().max(LITTLE).sqrt();
        // At a limit or a boundary nothing is known of it; columns are standardised.
        let known = !infinite && !free;
        let spread = (0..p).map(|j| if known { deviation(j) } else { 1.0 }).collect();
        let limits = if infinite { &[] } else { fit.limits.as_slice() };
        Space { model, active, spread, limits }
    }

    /// The starts that the likelihood itself offers, what does not move where the fit has it.
    fn own_starts(&self, space: &Space<'_>, run: &mut dyn Executor) -> Result<Vec<Vec<f64>>, Error> {
        let mut starts = own_starts(space.model, run)?;
        for start in &mut starts {
            let held = (0..start.len()).filter(|j| !space.active.contains(j)).collect::<Vec<_>>();
            held.iter().for_each(|j| start[*j] = self.fit.point.beta[*j]);
        }
        Ok(starts)
    }

    /// Estimates under the equations, as the table has them.
    fn constrained(&self, shown: &FitResult, refit: &Refit<'_>) -> Vec<Constrained> {
        let zeros = vec![0.0; refit.end.beta.len()];
        let user = self.prepared.map.to_user(&refit.end.beta, &zeros);
        let drift = self.drift(refit);
        let line = |line: &crate::Coefficient| {
            let coef = self.prepared.coefs.iter().find(|c| c.name == line.term)?;
            let moved = refit.space.active.contains(&coef.at);
            let run_off = !refit.space.limits.is_empty() && self.separation.limits[coef.at] != Limit::Finite;
            let estimate = match drift.get(coef.at) {
                Some(d) if *d != 0.0 => f64::INFINITY.copysign(*d),
                _ if !moved || run_off => line.estimate.0,
                // What is left of a sum that cancels is rounding.
                _ if user[coef.at].abs() <= 8.0 * f64::EPSILON * self.terms_of(coef.at, refit) => 0.0,
                _ => user[coef.at],
            };
            let natural = line.scale == "natural" && moved && estimate.is_finite();
            let estimate = if natural { self.natural(coef, estimate).0 } else { estimate };
            Some(Constrained { term: line.term.clone(), estimate: Number(estimate) })
        };
        shown.coefficients.iter().filter_map(line).collect()
    }

    /// The sizes, added up, of what a coefficient of the user's columns is the sum of.
    fn terms_of(&self, at: usize, refit: &Refit<'_>) -> f64 {
        let row = self.prepared.map.combination(at);
        row.iter().zip(&refit.end.beta).map(|(a, b)| (a * b).abs()).sum()
    }

    /// The natural value of a parameter at its linear predictor, with two derivatives.
    fn natural(&self, coef: &NamedCoef, eta: f64) -> (f64, f64, f64) {
        let model = &self.prepared.model;
        let (support, link) = (model.support(coef.k), model.predictors[coef.k].link);
        let value = support.from_u(link.to_u(support, Jet::<1>::variable(Lane::splat(eta), 0)));
        (value.v.0[0], value.g[0].0[0], value.h[0][0].0[0])
    }

    /// The direction in which a refit has no finite maximum, in the user's coefficients, 0 for those that have one; empty
    /// where all have.
    fn drift(&self, refit: &Refit<'_>) -> Vec<f64> {
        if refit.end.drift.is_empty() {
            return Vec::new();
        }
        let user = self.prepared.map.to_user(&refit.end.drift, &vec![0.0; refit.end.drift.len()]);
        let moves =
            |(j, d): (usize, f64)| if (d / self.prepared.map.scale(j)).abs() > DRIFT { d } else { 0.0 };
        user.into_iter().enumerate().map(moves).collect()
    }

    fn drift_note(&self, under: &Under<'_, '_>, refit: &Refit<'_>) -> Option<Note> {
        let drift = self.drift(refit);
        let runs = self.prepared.coefs.iter().filter(|c| drift.get(c.at).is_some_and(|d| *d != 0.0));
        let terms: Vec<String> = runs.map(|c| c.name.clone()).collect();
        (!drift.is_empty()).then(|| Note {
            id: "parameter_at_infinity".into(),
            message: format!(
                "under {} there is no finite maximum, its log-likelihood is the supremum; infinite: {}",
                under.shown(),
                terms.join(", ")
            ),
            terms,
            ..Note::default()
        })
    }
}

/// Equations that are to hold.
struct Under<'f, 'a> {
    found: &'f Found<'a>,
    equations: &'f [Equation<'a>],
    /// The coefficients that are named, each once, in their order.
    coefs: Vec<&'a NamedCoef>,
    typed: &'f [&'f Typed],
}

impl<'a> Under<'_, 'a> {
    /// The equations in words.
    fn shown(&self) -> String {
        self.typed.iter().map(|t| format!("`{}`", t.text)).collect::<Vec<_>>().join(", ")
    }

    /// The equations where the coefficients have these values.
    fn at(&self, user: &[f64]) -> Vec<Curved> {
        let place = |coef: &NamedCoef| {
            self.coefs.binary_search_by_key(&coef.at, |c| c.at).expect("every coefficient named is there")
        };
        let of = |equation: &Equation<'_>| {
            let places: Vec<usize> = equation.names.iter().map(|n| place(n.coef)).collect();
            let natural = |(named, at): (&Named<'_>, &usize)| match named.natural {
                true => self.found.natural(named.coef, user[*at]),
                false => (user[*at], 1.0, 0.0),
            };
            let numbers: Vec<(f64, f64, f64)> = equation.names.iter().zip(&places).map(natural).collect();
            let (value, slopes, bends) = equation.curve.at(&numbers.iter().map(|n| n.0).collect::<Vec<_>>());
            let (mut slope, mut bend) = (Vec::new(), Vec::new());
            for (i, a) in places.iter().enumerate() {
                slope.push((*a, slopes[i] * numbers[i].1));
                bend.push((*a, *a, slopes[i] * numbers[i].2));
                for (j, b) in places.iter().enumerate() {
                    bend.push((*a, *b, bends[i * places.len() + j] * numbers[i].1 * numbers[j].1));
                }
            }
            Curved { value, slope, bend }
        };
        self.equations.iter().map(of).collect()
    }

    /// The refit under the equations.
    fn refit(&self, run: &mut dyn Executor) -> Result<Refit<'a>, Error> {
        let (found, fit) = (self.found, self.found.fit);
        let infinite = self.coefs.iter().any(|coef| found.separation.limits[coef.at] != Limit::Finite);
        let from_end = self.coefs.iter().any(|coef| found.is_at_end(coef.k));
        let space = found.space(infinite, from_end);
        if infinite || from_end {
            let mut starts = found.own_starts(&space, run)?;
            starts.push(fit.point.beta.clone());
            let end = self.climb(&space, &Begin::At(&starts), run)?;
            let refit = Refit { end: self.maximum(end)?, space };
            return if from_end { Ok(refit) } else { self.off_boundary(refit, infinite, run) };
        }
        let near = Begin::Near { beta: &fit.point.beta, info: &fit.end.info };
        let mut end = self.climb(&space, &near, run)?;
        if !is_maximum(&end) {
            let starts = found.own_starts(&space, run)?;
            let other = self.climb(&space, &Begin::At(&starts), run)?;
            if is_maximum(&other) {
                end = other;
            }
        }
        self.off_boundary(Refit { end: self.maximum(end)?, space }, infinite, run)
    }

    /// The same with parameters free that the fit has at the end of their range, where that is higher.
    fn off_boundary(
        &self,
        held: Refit<'a>,
        infinite: bool,
        run: &mut dyn Executor,
    ) -> Result<Refit<'a>, Error> {
        let Some(start) = self.found.inside(&held.end.beta) else { return Ok(held) };
        let space = self.found.space(infinite, true);
        match self.climb(&space, &Begin::At(&[start]), run)? {
            Climbed::Found(end) if is_inside(&end, &held.end) => Ok(Refit { end: *end, space }),
            _ => Ok(held),
        }
    }

    fn climb(&self, space: &Space<'_>, begin: &Begin<'_>, run: &mut dyn Executor) -> Result<Climbed, Error> {
        let rows = self.coefs.iter().map(|coef| self.found.prepared.map.combination(coef.at)).collect();
        let equations = |user: &[f64]| self.at(user);
        let surface = Surface::new(rows, &equations, space.active.clone(), space.spread.clone());
        Ok(maximise_under(space.model, run, &surface, begin, space.limits)?)
    }

    /// The end of a climb, if it is a maximum.
    fn maximum(&self, end: Climbed) -> Result<Within, Error> {
        let shown = self.shown();
        match end {
            Climbed::Found(end) if end.stop.reason.is_success() => Ok(*end),
            Climbed::Found(end) => {
                let reason = end.stop.reason;
                let what = format!("under {shown} no maximum was found: {}", reason.advice());
                Err(Error::new("not_converged", Exit::NotConverged, what)
                    .remedy("write the equation with a gentler function, or use --test wald"))
            }
            Climbed::Unmet => Err(Error::request(format!("no coefficients were found at which {shown} holds"))
                .remedy(
                    "a value that a coefficient or parameter only nears is a smaller model: fit it, and use loglik compare",
                )),
            Climbed::Dependent => Err(Error::request(format!(
                "of {shown}, one repeats or contradicts others, or has no slope where it holds"
            ))
            .remedy("drop what follows from the others, and write `x = 0` for `x^2 = 0`")),
        }
    }

    /// The log-likelihood with parameters free that the refit held: those whose dispersion is not by maximum likelihood.
    fn free_loglik(&self, refit: &Refit<'_>, run: &mut dyn Executor) -> Result<f64, Error> {
        let (found, here) = (self.found, &refit.space);
        if !found.statistics.scaled {
            return Ok(refit.end.derivs.loglik.hi);
        }
        let (fit, p) = (found.fit, here.model.p);
        let all = if here.limits.is_empty() { &fit.rank.active } else { &fit.estimated };
        let space = Space { active: all.clone(), spread: vec![1.0; p], ..*here };
        let end = self.climb(&space, &Begin::At(std::slice::from_ref(&refit.end.beta)), run)?;
        Ok(self.maximum(end)?.derivs.loglik.hi)
    }
}

fn is_maximum(end: &Climbed) -> bool {
    matches!(end, Climbed::Found(end) if end.stop.reason.is_success())
}
