//! Profile-likelihood intervals of a fit, on the scale of the linear predictors.
//!
//! Where a coefficient is infinite its interval is one-sided and its p-value the likelihood ratio's: no Wald figure is
//! true there. A parameter at the end of its range is profiled in the model that has it free, all others in its limit. Under a dispersion that is
//! not by maximum likelihood, twice the log-likelihood is counted in units of it and the cut is that of F.

use crate::covariance::has_kinks;
use crate::off_boundary::{AtEnd, NEAR_END, at_ends};
use crate::prepare::NamedCoef;
use crate::run::Found;
use crate::{Ci, Error, WeightKind, bias};
use loglik_fit::{Executor, Finding, Limit, Subspace, maximise_within};
use loglik_infer::{Cost, Ends, Ground, Profiled, profile};
use loglik_num as num;
use std::collections::BTreeMap;

/// Rows times squared coefficients times infinite coefficients up to which their intervals come unfound.
const UNASKED: usize = 1_000_000_000;

/// What profiles say of one coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Of the likelihood-ratio test that the coefficient is 0, where its estimate is infinite.
    pub(crate) p_value: f64,
}

/// Intervals by place in `beta`, and what they cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intervals {
    pub(crate) of: BTreeMap<usize, Interval>,
    /// Passes with information, or their equivalent.
    pub(crate) passes: f64,
}

/// The intervals that a fit's table needs.
pub(crate) fn of(found: &Found<'_>, run: &mut dyn Executor) -> Result<Intervals, Error> {
    let (spec, fit) = (found.spec, found.fit);
    if let (Some(kind), Ci::Profile) = (spec.bias_reduction, spec.ci) {
        let before = run.passes();
        let ends = bias::intervals(kind, found.prepared, fit, spec.level(), run)?;
        let interval = |(at, low, high)| (at, Interval { low, high, p_value: f64::NAN });
        let of = ends.into_iter().map(interval).collect();
        return Ok(Intervals { of, passes: (run.passes() - before) as f64 });
    }
    let wanted = spec.ci == Ci::Profile;
    if wanted {
        refuse(found)?;
    }
    let mut out = Intervals::default();
    if fit.findings.contains(&Finding::Unbounded) {
        return Ok(out);
    }
    if wanted {
        found.finite_ends(run, &mut out)?;
        found.at_boundaries(run, &mut out)?;
    }
    found.infinite_ends(run, wanted, &mut out)?;
    Ok(out)
}

/// Refuses where a fall of the log-likelihood means nothing.
fn refuse(found: &Found<'_>) -> Result<(), Error> {
    let sampling = found.spec.weights.is_some() && found.spec.weight_kind == WeightKind::Sampling;
    let name = &found.fit.model.likelihood.spec().name;
    let why = match name.as_str() {
        _ if sampling => "rows with sampling weights have no likelihood".to_owned(),
        "quantile" => "the likelihood of a quantile is a device, its fall means nothing".to_owned(),
        _ if has_kinks(found.fit) => {
            format!("profiles go by slopes, and a {name} likelihood has kinks in their place")
        }
        _ => return Ok(()),
    };
    Err(Error::request(format!("--ci profile: {why}")).remedy("use --ci wald"))
}

impl Found<'_> {
    /// By how much twice the log-likelihood falls to the ends.
    fn cut(&self) -> f64 {
        let (level, statistics) = (self.spec.level(), self.statistics);
        let quantile = match statistics.t {
            true => num::t_quantile(0.5 + 0.5 * level, statistics.df_residual).powi(2),
            false => num::chisq_quantile(level, 1.0),
        };
        if statistics.scaled { quantile * statistics.dispersion / statistics.phi } else { quantile }
    }

    fn finite_ends(&self, run: &mut dyn Executor, out: &mut Intervals) -> Result<(), Error> {
        let (p, fit) = (self.fit.model.p, self.fit);
        let moves = |j: &usize| !self.statistics.scaled || self.prepared.in_main(*j);
        let active: Vec<usize> = fit.estimated.iter().copied().filter(moves).collect();
        let is_finite = |j: &usize| self.separation.limits[*j] == Limit::Finite;
        let at: Vec<usize> = active.iter().copied().filter(is_finite).collect();
        let scale = |j: usize| self.vcov[j * p + j].sqrt();
        let profiled: Vec<Profiled> = at
            .iter()
            .map(|j| Profiled {
                normal: self.prepared.map.combination(*j),
                scale: scale(*j),
                sides: [true; 2],
            })
            .collect();
        let ground = Ground { active: &active, ..Ground::of(fit) };
        let (ends, cost) = profile(&ground, run, &profiled, self.cut())?;
        self.enter(&at, &ends, cost, out, |j| self.beta[j]);
        Ok(())
    }

    fn enter(
        &self,
        at: &[usize],
        ends: &[Ends],
        cost: Cost,
        out: &mut Intervals,
        from: impl Fn(usize) -> f64,
    ) {
        for (j, ends) in at.iter().zip(ends) {
            let interval =
                Interval { low: from(*j) + ends.below, high: from(*j) + ends.above, p_value: f64::NAN };
            out.of.insert(*j, interval);
        }
        out.passes += cost.equivalent(self.fit.model.p);
    }

    /// One-sided intervals and likelihood-ratio tests of infinite coefficients, in the model without limits.
    fn infinite_ends(&self, run: &mut dyn Executor, wanted: bool, out: &mut Intervals) -> Result<(), Error> {
        let signed = |c: &&NamedCoef| matches!(self.separation.limits[c.at], Limit::Plus | Limit::Minus);
        let at: Vec<usize> = self.prepared.coefs.iter().filter(signed).map(|c| c.at).collect();
        let p = self.fit.model.p;
        let work = run.frame().rows.saturating_mul(p * p).saturating_mul(at.len());
        if at.is_empty() || self.statistics.scaled || (!wanted && work > UNASKED) {
            return Ok(());
        }
        for j in at {
            let up = self.separation.limits[j] == Limit::Plus;
            let interval = self.one_sided(j, self.prepared.map.combination(j), up, run, out)?;
            out.of.insert(j, interval);
        }
        Ok(())
    }

    fn one_sided(
        &self,
        j: usize,
        normal: Vec<f64>,
        up: bool,
        run: &mut dyn Executor,
        out: &mut Intervals,
    ) -> Result<Interval, Error> {
        let fit = self.fit;
        let (model, p) = (&fit.model, fit.model.p);
        let top = fit.loglik();
        let variance: Vec<f64> = (0..p).map(|k| 1.0 / fit.end.info[k * p + k].abs().max(1e-8)).collect();
        let Some(space) = Subspace::level(&fit.rank.active, &normal, &variance) else {
            return Ok(Interval { low: f64::NAN, high: f64::NAN, p_value: f64::NAN });
        };
        let sign = if up { 1.0 } else { -1.0 };
        let step = normal.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let start = self.prepared.map.to_user(&fit.point.beta, &vec![0.0; p])[j];
        let mut infos = 0;
        let mut held_at = |value: f64, from: &[f64], run: &mut dyn Executor| {
            let mut beta = from.to_vec();
            let here: f64 = normal.iter().zip(from).map(|(a, b)| a * b).sum();
            space.advance(&mut beta, &vec![0.0; space.q()], value - here);
            let end = maximise_within(model, run, &space, &beta, &[])?;
            infos += end.infos;
            Ok::<_, Error>(end)
        };
        let null = held_at(0.0, &fit.point.beta, run)?;
        let p_value = num::chisq_sf((2.0 * (top - null.derivs.loglik.hi)).max(0.0), 1.0);
        // Outward until the log-likelihood is near its supremum: the search for the end begins there.
        let mut value = if start * sign > 0.0 { start } else { 0.0 };
        let mut reach = step;
        let mut inside = held_at(value, &fit.point.beta, run)?;
        while 2.0 * (top - inside.derivs.loglik.hi) > 0.25 * self.cut() && reach < 1e6 * step {
            value += sign * reach;
            reach *= 2.0;
            inside = held_at(value, &inside.beta, run)?;
        }
        out.passes += infos as f64;
        let ground = Ground {
            model,
            beta: &inside.beta,
            loglik: top,
            score: inside.derivs.score(),
            info: &inside.derivs.info,
            active: &fit.rank.active,
            limits: &[],
        };
        let profiled = Profiled { normal: normal.clone(), scale: step, sides: [up, !up] };
        let (ends, cost) = profile(&ground, run, &[profiled], self.cut())?;
        out.passes += cost.equivalent(p);
        let (low, high) = match up {
            true => (value + ends[0].below, f64::INFINITY),
            false => (f64::NEG_INFINITY, value + ends[0].above),
        };
        Ok(Interval { low, high, p_value })
    }

    /// Parameters at the end of their range: the other end, in the model that has them free.
    fn at_boundaries(&self, run: &mut dyn Executor, out: &mut Intervals) -> Result<(), Error> {
        for AtEnd { k, at, upper } in at_ends(self.prepared, self.fit) {
            let end = self.boundary_end(k, at, upper, run, out)?;
            let (low, high) = if upper { (end, f64::INFINITY) } else { (f64::NEG_INFINITY, end) };
            out.of.insert(at, Interval { low, high, p_value: f64::NAN });
        }
        Ok(())
    }

    /// The end of the interval of a parameter that lies at a boundary; infinite where the profile never falls so far,
    /// NaN where it rises again above the maximum.
    ///
    /// The profile is walked from the boundary inward, each maximum begun at the last: a stride through the coordinate
    /// multiplies a fall by a constant, and a longer one may land in another basin (a narrow t on few rows).
    fn boundary_end(
        &self,
        k: usize,
        at: usize,
        upper: bool,
        run: &mut dyn Executor,
        out: &mut Intervals,
    ) -> Result<f64, Error> {
        let (free, fit, cut) = (&self.prepared.model, self.fit, self.cut());
        let mut active = fit.estimated.clone();
        active.push(at);
        active.sort_unstable();
        let mut normal = vec![0.0; free.p];
        normal[at] = 1.0;
        let Some(space) = Subspace::level(&active, &normal, &normal) else { return Ok(f64::NAN) };
        let (predictor, inward) = (&free.predictors[k], if upper { -1.0 } else { 1.0 });
        let value = |depth: f64| {
            predictor.link.from_u(free.support(k), inward * (depth - NEAR_END)) - predictor.constant
        };
        let mut infos = 0;
        let mut maximum = |depth: f64, from: &[f64]| {
            let mut beta = from.to_vec();
            beta[at] = value(depth);
            let found = maximise_within(free, run, &space, &beta, &fit.limits)?;
            infos += found.infos;
            Ok::<_, Error>(found)
        };
        let (mut depth, mut stride) = (0.0, STRIDE);
        let mut inside = maximum(depth, &fit.point.beta)?;
        loop {
            if depth + stride > 2.0 * NEAR_END {
                return Ok(inward * f64::INFINITY);
            }
            let next = maximum(depth + stride, &inside.beta)?;
            let fall = 2.0 * (fit.loglik() - next.derivs.loglik.hi);
            if fall >= cut {
                break;
            }
            if fall.is_nan() || fall < -RISEN {
                stride *= 0.5;
                if stride < LEAST_STRIDE {
                    return Ok(f64::NAN);
                }
            } else {
                (depth, inside) = (depth + stride, next);
            }
        }
        out.passes += infos as f64;
        let (from, beyond) = (value(depth), value(depth + stride));
        let ground = Ground {
            model: free,
            beta: &inside.beta,
            loglik: fit.loglik(),
            score: inside.derivs.score(),
            info: &inside.derivs.info,
            active: &active,
            limits: &fit.limits,
        };
        // The first step of the search goes to the point that is known to lie outside.
        let scale = (beyond - from).abs() / cut.sqrt();
        let profiled = Profiled { normal, scale, sides: [upper, !upper] };
        let (ends, cost) = profile(&ground, run, &[profiled], cut)?;
        out.passes += cost.equivalent(free.p);
        Ok(from + if upper { ends[0].below } else { ends[0].above })
    }
}

/// How far the coordinate moves in one step of the walk: a factor of 7.4.
const STRIDE: f64 = 2.0;

/// A step of the walk below which a profile that rises again is believed to.
const LEAST_STRIDE: f64 = 0.1;

/// Twice a log-likelihood this far above the greatest is no rounding of it.
const RISEN: f64 = 1e-4;
