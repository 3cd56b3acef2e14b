//! Bootstrap covariances: coefficients of resampled rows, of resampled clusters, or of responses drawn from the fit.
//!
//! A replicate is one Newton step from the estimates with the information of the fit, so that all replicates share a
//! factorisation; with `refit` each is a whole fit, its maximum confirmed as any fit's. Replicate b is a function of the
//! seed and b alone. Efron (1979), Annals of Statistics 7, 1-26; Cameron, Gelbach & Miller (2008), Review of Economics and
//! Statistics 90, 414-427 (clusters).

use crate::covariance::{Covariance, Doubt, has_frequencies};
use crate::prepare::Prepared;
use crate::result::{BootstrapInfo, SeInfo};
use crate::rows::all_at_once;
use crate::{Error, FitSpec, Simulator, WeightKind};
use loglik_decide::Draws;
use loglik_decide::resample::{Bootstrap as Plan, over_replicates};
use loglik_design::{Change, Changed};
use loglik_fit::{Executor, Fit, FitOptions, Local, Pass, Precision, Sums, Verdict, maximise};
use loglik_infer::{Bread, influences};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Seed where none is given.
const SEED: u64 = 1;

/// Numbers of influences that are held, at most.
const NUMBERS: usize = 1 << 28;

/// Share of the replicates that may have no finite maximum before the rest says nothing of the errors.
const FAILED: f64 = 0.05;

/// What is drawn again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resampled {
    /// Rows, or the clusters that are named.
    #[default]
    Pairs,
    /// Responses, from the fitted distribution.
    Parametric,
}

impl FromStr for Resampled {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        crate::spec::word("bootstrap", text, &[("pairs", Self::Pairs), ("parametric", Self::Parametric)])
    }
}

/// How a bootstrap is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootstrapSpec {
    /// What is drawn again.
    pub of: Resampled,
    /// How often.
    pub replicates: usize,
    /// Whether each replicate is a whole fit instead of one Newton step.
    pub refit: bool,
}

impl Default for BootstrapSpec {
    fn default() -> Self {
        Self { of: Resampled::Pairs, replicates: 999, refit: false }
    }
}

/// Refuses what has no meaning.
pub(crate) fn check(spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
    if prepared.source.columns().is_none() {
        return Err(all_at_once("--se bootstrap"));
    }
    let parametric = spec.bootstrap.of == Resampled::Parametric;
    let sampling = spec.weights.is_some() && spec.weight_kind == WeightKind::Sampling;
    let quantile = prepared.model.likelihood.spec().name == "quantile";
    let kinks = prepared.model.likelihood.check_loss().is_some();
    let why = match () {
        () if spec.bootstrap.replicates < 2 => ("--replicates needs at least 2", "use --replicates 999"),
        () if has_frequencies(spec) => {
            ("--se bootstrap draws rows, and a row with a frequency weight is several", "repeat the rows")
        }
        () if parametric && sampling => (
            "--bootstrap parametric: rows with sampling weights have no likelihood to draw from",
            "use --bootstrap pairs",
        ),
        () if parametric && !spec.cluster.is_empty() => (
            "--bootstrap parametric draws rows as if they were independent, and clusters say that they are not",
            "use --bootstrap pairs",
        ),
        () if spec.cluster.len() > 1 => {
            ("--se bootstrap draws the clusters of one column", "name one column, or use --se cluster")
        }
        () if spec.bias_reduction.is_some() => (
            "--se bootstrap: one step of the likelihood does not move a bias-reduced estimate",
            "use --se expected",
        ),
        () if quantile && parametric => (
            "--bootstrap parametric: the likelihood of a quantile is a device, with nothing to draw from",
            "use --bootstrap pairs",
        ),
        () if kinks && !spec.bootstrap.refit => (
            "--se bootstrap: a likelihood with kinks in place of curvature has no step to take",
            "add --refit",
        ),
        () => return Ok(()),
    };
    Err(Error::request(why.0).remedy(why.1))
}

/// The covariance of the kept coefficients over replicates, in the fit's own columns; NaN where it is withheld `[q, q]`
///
/// * `unit` what a variance is multiplied by to be in units of the dispersion (parametric)
pub(crate) fn vcov(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    bread: &Bread,
    unit: f64,
    found: &mut Covariance,
) -> Result<Vec<f64>, Error> {
    let ask = Ask { spec, prepared, fit, bread };
    let seed = spec.seed.unwrap_or(SEED);
    let q = bread.q();
    let none = vec![f64::NAN; q * q];
    let mut info = BootstrapInfo {
        of: if spec.cluster.is_empty() { spec.bootstrap.of_name() } else { "clusters" }.to_owned(),
        replicates: spec.bootstrap.replicates,
        refit: spec.bootstrap.refit,
        failed: 0,
        seed,
    };
    // A limit model has its rows at infinity in every resample: nothing is drawn that could tell of the errors.
    if !fit.limits.is_empty() {
        found.info = Some(info.written(None));
        return Ok(none);
    }
    let groups = match spec.cluster.first() {
        Some(name) => {
            let set = prepared.clusters.subsets(std::slice::from_ref(name))?.remove(0);
            Some(&prepared.clusters.keys[set.key])
        }
        None => None,
    };
    if let Some((_, count)) = groups.filter(|(_, count)| *count < 2) {
        let what = format!("{count} cluster: there is nothing to draw from");
        return Err(Error::request(what).remedy("cluster by another column"));
    }
    let plan = Plan { replicates: spec.bootstrap.replicates, seed, threads: spec.threads() };
    let values = match spec.bootstrap.of {
        Resampled::Pairs => ask.pairs(plan, groups)?,
        Resampled::Parametric => ask.parametric(plan)?,
    };
    info.failed = plan.replicates - values.len();
    let failed = info.failed;
    if let Some((name, (_, count))) = spec.cluster.first().zip(groups) {
        found.doubts.push(Doubt::Clusters { column: name.clone(), groups: *count });
        found.info = Some(info.written(Some((name, *count))));
    } else {
        found.info = Some(info.written(None));
    }
    if failed > 0 {
        let withheld = failed as f64 > FAILED * plan.replicates as f64;
        found.doubts.push(Doubt::Replicates { failed, all: plan.replicates, withheld });
        if withheld {
            return Ok(none);
        }
    }
    let by = if spec.bootstrap.of == Resampled::Parametric { unit } else { 1.0 };
    Ok(covariance(&values, q).into_iter().map(|v| by * v).collect())
}

/// Covariance of vectors about their mean, divisor B - 1                     `[q, q]`
fn covariance(values: &[Vec<f64>], q: usize) -> Vec<f64> {
    let count = values.len() as f64;
    let mean: Vec<f64> = (0..q).map(|j| values.iter().map(|v| v[j]).sum::<f64>() / count).collect();
    let product =
        |i: usize, j: usize| values.iter().map(|v| (v[i] - mean[i]) * (v[j] - mean[j])).sum::<f64>();
    (0..q * q).map(|at| product(at / q, at % q) / (count - 1.0)).collect()
}

#[derive(Clone, Copy)]
struct Ask<'a> {
    spec: &'a FitSpec,
    prepared: &'a Prepared,
    fit: &'a Fit,
    bread: &'a Bread,
}

impl Ask<'_> {
    /// Estimates of resampled rows or clusters.
    fn pairs(&self, plan: Plan, groups: Option<&(Vec<u32>, usize)>) -> Result<Vec<Vec<f64>>, Error> {
        let n = self.prepared.table.rows();
        let units = groups.map_or(n, |(_, count)| *count);
        let drawn = |replicate: u64| {
            let mut draws = Draws::new(plan.seed, replicate);
            (0..units).map(move |_| draws.below(units))
        };
        if self.spec.bootstrap.refit {
            let again = |replicate: u64| {
                let mut counts = vec![0.0; units];
                drawn(replicate).for_each(|unit| counts[unit] += 1.0);
                if let Some((codes, _)) = groups {
                    counts = codes.iter().map(|code| counts[*code as usize]).collect();
                }
                self.refitted(Change::Counts(counts))
            };
            return self.estimates(plan, again);
        }
        let q = self.bread.q();
        let moved = self.influences(n, groups)?;
        let step = |replicate: u64| {
            let mut sum = vec![0.0; q];
            for unit in drawn(replicate) {
                sum.iter_mut().zip(&moved[unit * q..(unit + 1) * q]).for_each(|(s, v)| *s += v);
            }
            Some(sum)
        };
        self.estimates(plan, step)
    }

    /// What replicates came to, unless all were asked to stop.
    fn estimates(
        &self,
        plan: Plan,
        one: impl Fn(u64) -> Option<Vec<f64>> + Sync,
    ) -> Result<Vec<Vec<f64>>, Error> {
        let interrupt = &self.spec.interrupt;
        let values =
            over_replicates(plan, |replicate| interrupt.check().ok().and_then(|()| one(replicate))).values;
        interrupt.check()?;
        Ok(values)
    }

    /// Influences of rows, or summed by cluster                             `[units][q]`
    fn influences(&self, n: usize, groups: Option<&(Vec<u32>, usize)>) -> Result<Vec<f64>, Error> {
        let q = self.bread.q();
        if n.saturating_mul(q) > NUMBERS {
            let what = format!("--se bootstrap holds {n} x {q} influences");
            return Err(Error {
                id: "memory_limit".into(),
                exit: crate::Exit::Resources,
                ..Error::request(what)
            }
            .remedy("use --se hc1, which is what it estimates"));
        }
        let mut run = Local::new(&self.prepared.source, self.spec.threads());
        let rows = influences(self.fit, self.bread, &mut run)?;
        let Some((codes, count)) = groups else { return Ok(rows) };
        let mut sums = vec![0.0; count * q];
        for (row, code) in rows.chunks_exact(q.max(1)).zip(codes) {
            let at = *code as usize * q;
            sums[at..at + q].iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        Ok(sums)
    }

    /// Estimates of responses drawn from the fit.
    fn parametric(&self, plan: Plan) -> Result<Vec<Vec<f64>>, Error> {
        let fit = self.fit;
        let run = Local::new(&self.prepared.source, self.spec.threads());
        let simulator = Simulator::of(self.prepared, &fit.model, &fit.point, run)?;
        let draw = |replicate: u64| simulator.draw(plan.seed, replicate);
        if draw(0).is_none() {
            let name = &fit.model.likelihood.spec().name;
            let what =
                format!("--bootstrap parametric: {name} has no response that is drawn from uniform numbers");
            return Err(Error::request(what).remedy("use --bootstrap pairs"));
        }
        let inverse = self.bread.rounded();
        let one = |replicate: u64| {
            let response = Change::Response(draw(replicate)?);
            if self.spec.bootstrap.refit {
                return self.refitted(response);
            }
            let changed = Changed::new(&self.prepared.source, response);
            let pass = Pass::Derivs {
                points: vec![fit.point.clone()],
                sums: Sums::Score,
                precision: Precision::Plain,
                limits: Vec::new(),
            };
            let score = Local::new(&changed, 1).run(&fit.model, &pass).ok()?.into_derivs().remove(0).score();
            let kept: Vec<f64> = self.bread.kept.iter().map(|j| score[*j]).collect();
            let product = |a: &[f64]| a.iter().zip(&kept).map(|(x, y)| x * y).sum();
            Some(inverse.chunks_exact(kept.len().max(1)).map(product).collect())
        };
        self.estimates(plan, one)
    }

    /// The kept coefficients of a whole fit; `None` where it has no finite maximum in all of them.
    fn refitted(&self, change: Change) -> Option<Vec<f64>> {
        let changed = Changed::new(&self.prepared.source, change);
        let starts = vec![self.fit.point.beta.clone()];
        let options = FitOptions { starts, plain: true, ..FitOptions::default() };
        let again = maximise(&self.fit.model, &mut Local::new(&changed, 1), &options).ok()?;
        let same = again.verdict == Verdict::Finite && again.estimated == self.fit.estimated;
        let ended = again.stop.reason.is_success() || again.model.p == 0;
        (same && ended).then(|| self.bread.kept.iter().map(|j| again.point.beta[*j]).collect())
    }
}

impl BootstrapSpec {
    fn of_name(self) -> &'static str {
        match self.of {
            Resampled::Pairs => "pairs",
            Resampled::Parametric => "parametric",
        }
    }
}

impl BootstrapInfo {
    /// As part of how standard errors were made; the column and number of its clusters where it has some.
    fn written(self, clusters: Option<(&String, usize)>) -> SeInfo {
        let clusters = clusters.map(|(name, count)| [(name.clone(), count)].into());
        SeInfo {
            bread: "observed".to_owned(),
            factor: 1.0,
            clusters,
            bootstrap: Some(self),
            ..SeInfo::default()
        }
    }
}
