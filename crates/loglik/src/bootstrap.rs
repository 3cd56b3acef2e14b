//! Bootstrap covariances: coefficients of resampled rows, of resampled clusters, or of responses drawn from the fit.
//!
//! A replicate is one Newton step from the estimates with the information of the fit, so that all replicates share a
//! factorisation; with `refit` each is a whole fit, its maximum confirmed as any fit's. Replicate b is a function of the
//! seed and b alone. What is as long as the rows is made part by part, so that a stream has the bits of memory. Efron (1979), Annals of Statistics 7, 1-26; Cameron, Gelbach & Miller (2008), Review of Economics and
//! Statistics 90, 414-427 (clusters).

use crate::covariance::{Covariance, Doubt, has_frequencies};
use crate::prepare::Prepared;
use crate::result::{BootstrapInfo, SeInfo};
use crate::simulate::Redrawing;
use crate::{Error, FitSpec, WeightKind};
use loglik_decide::resample::{Bootstrap as Plan, over_replicates};
use loglik_decide::{DrawnRows, Draws};
use loglik_design::{Change, Changed, Chunk, Halt, MemorySource, OnePart, PART_ROWS, Source, Wanted};
use loglik_fit::{Executor, Fit, FitOptions, Local, Pass, Precision, RunError, Sums, Verdict, maximise};
use loglik_infer::{Bread, influences};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Seed where none is given.
const SEED: u64 = 1;

/// Numbers of influences of clusters that are held, at most.
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
            Some((set.key, prepared.source.frame().keys[set.key]))
        }
        None => None,
    };
    if let Some((_, count)) = groups.filter(|(_, count)| *count < 2) {
        let what = format!("{count} cluster: there is nothing to draw from");
        return Err(Error::request(what).remedy("cluster by another column"));
    }
    let plan = Plan { replicates: spec.bootstrap.replicates, seed, threads: spec.threads() };
    let values = match (spec.bootstrap.of, groups) {
        (Resampled::Pairs, Some(groups)) => ask.clusters(plan, groups)?,
        (Resampled::Pairs, None) => ask.pairs(plan)?,
        (Resampled::Parametric, _) => ask.parametric(plan)?,
    };
    info.failed = plan.replicates - values.len();
    let failed = info.failed;
    if let Some((name, (_, count))) = spec.cluster.first().zip(groups) {
        found.doubts.push(Doubt::Clusters { column: name.clone(), groups: count });
        found.info = Some(info.written(Some((name, count))));
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
    /// Estimates of resampled rows: how many of them fall into each part is drawn first.
    fn pairs(&self, plan: Plan) -> Result<Vec<Vec<f64>>, Error> {
        let source = &self.prepared.source;
        let n = source.frame().rows;
        let parts = DrawnRows { rows: n, part_rows: PART_ROWS, seed: plan.seed };
        let counts: Vec<Vec<usize>> = (0..plan.replicates).map(|b| parts.counts(b as u64)).collect();
        if self.spec.bootstrap.refit {
            let again = |replicate: u64| {
                let drawn = |part: usize| {
                    let mut out = vec![0.0; PART_ROWS.min(n - part * PART_ROWS)];
                    let rows = parts.drawn(replicate, part, counts[replicate as usize][part]);
                    rows.for_each(|row| out[row] += 1.0);
                    Ok(Change::Counts(out))
                };
                self.refitted(&Changed::by_part(source, &drawn))
            };
            return self.estimates(plan, again);
        }
        let q = self.bread.q();
        let mut sums = vec![vec![0.0; q]; plan.replicates];
        for part in 0..source.parts() {
            let moved = self.influences(part)?;
            let one = |replicate: u64| {
                let mut sum = sums[replicate as usize].clone();
                for row in parts.drawn(replicate, part, counts[replicate as usize][part]) {
                    sum.iter_mut().zip(&moved[row * q..(row + 1) * q]).for_each(|(s, v)| *s += v);
                }
                Some(sum)
            };
            sums = self.estimates(plan, one)?;
        }
        Ok(sums)
    }

    /// Estimates of resampled clusters, which are groups of a key of the chunks.
    fn clusters(&self, plan: Plan, (key, groups): (usize, usize)) -> Result<Vec<Vec<f64>>, Error> {
        let source = &self.prepared.source;
        let drawn = |replicate: u64| {
            let mut draws = Draws::new(plan.seed, replicate);
            (0..groups).map(move |_| draws.below(groups))
        };
        if self.spec.bootstrap.refit {
            let again = |replicate: u64| {
                let mut counts = vec![0.0; groups];
                drawn(replicate).for_each(|group| counts[group] += 1.0);
                let of_rows = |part: usize| {
                    let codes = self.codes(part, key)?;
                    Ok(Change::Counts(codes.iter().map(|code| counts[*code as usize]).collect()))
                };
                self.refitted(&Changed::by_part(source, &of_rows))
            };
            return self.estimates(plan, again);
        }
        let q = self.bread.q();
        if groups.saturating_mul(q) > NUMBERS {
            let what = format!("--se bootstrap holds {groups} x {q} influences");
            let mend = "use --se cluster, which is what it estimates";
            return Err(Error::new("memory_limit", crate::Exit::Resources, what).remedy(mend));
        }
        let mut moved = vec![0.0; groups * q];
        for part in 0..source.parts() {
            let codes = self.codes(part, key).map_err(|halt| Error::from(RunError::from(halt)))?;
            for (row, code) in self.influences(part)?.chunks_exact(q.max(1)).zip(codes) {
                let at = code as usize * q;
                moved[at..at + q].iter_mut().zip(row).for_each(|(s, v)| *s += v);
            }
        }
        let step = |replicate: u64| {
            let mut sum = vec![0.0; q];
            for group in drawn(replicate) {
                sum.iter_mut().zip(&moved[group * q..(group + 1) * q]).for_each(|(s, v)| *s += v);
            }
            Some(sum)
        };
        self.estimates(plan, step)
    }

    /// The group of each row of a part.
    fn codes(&self, part: usize, key: usize) -> Result<Vec<u32>, Halt> {
        let source = &self.prepared.source;
        let wanted = Wanted { blocks: vec![false; source.frame().blocks.len()], every: 1 };
        let mut out = Vec::new();
        source.read_some(part, &wanted, &mut |chunk| {
            out.extend_from_slice(&chunk.keys[key][..chunk.rows]);
            Ok(())
        })?;
        Ok(out)
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

    /// Influences of the rows of a part                                     `[rows][q]`
    fn influences(&self, part: usize) -> Result<Vec<f64>, Error> {
        let rows = OnePart::new(&self.prepared.source, part);
        Ok(influences(self.fit, self.bread, &mut Local::new(&rows, 1))?)
    }

    /// Estimates of responses drawn from the fit.
    fn parametric(&self, plan: Plan) -> Result<Vec<Vec<f64>>, Error> {
        let fit = self.fit;
        let redrawing = Redrawing::of(self.prepared, (&fit.model, &fit.point), plan.seed, plan.threads)?;
        let Some(redrawing) = redrawing else {
            let name = &fit.model.likelihood.spec().name;
            let what =
                format!("--bootstrap parametric: {name} has no response that is drawn from uniform numbers");
            return Err(Error::request(what).remedy("use --bootstrap pairs"));
        };
        if self.spec.bootstrap.refit {
            let again = |replicate| redrawing.over(replicate, |rows| self.refitted(rows));
            return self.estimates(plan, again);
        }
        let (inverse, q) = (self.bread.rounded(), self.bread.q());
        let mut scores = vec![vec![0.0; q]; plan.replicates];
        for part in 0..self.prepared.source.parts() {
            let (simulator, rows) = (redrawing.part(part)?, self.held(part)?);
            let one = |replicate: u64| {
                let response = Change::Response(simulator.draw(plan.seed, replicate)?);
                self.score(&Changed::new(&rows, response))
            };
            let found = self.estimates(plan, one)?;
            if found.len() < plan.replicates {
                return Err(Error::data("non_finite_value", "a row has no response to draw"));
            }
            for (score, part) in scores.iter_mut().zip(found) {
                score.iter_mut().zip(part).for_each(|(s, v)| *s += v);
            }
        }
        let step = |score: Vec<f64>| {
            let product = |a: &[f64]| a.iter().zip(&score).map(|(x, y)| x * y).sum();
            inverse.chunks_exact(q.max(1)).map(product).collect()
        };
        Ok(scores.into_iter().map(step).collect())
    }

    /// The chunks of one part, kept for all replicates; rows are numbered from 0.
    fn held(&self, part: usize) -> Result<MemorySource, Error> {
        let source = &self.prepared.source;
        let mut chunks: Vec<Chunk> = Vec::new();
        let read = source.read(part, &mut |chunk| {
            chunks.push(Chunk { first_row: chunk.first_row - part * PART_ROWS, ..chunk.clone() });
            Ok(())
        });
        read.map_err(|halt| Error::from(RunError::from(halt)))?;
        Ok(MemorySource { frame: source.frame().clone(), parts: vec![chunks] })
    }

    /// The score in the kept coefficients.
    fn score(&self, rows: &dyn Source) -> Option<Vec<f64>> {
        let pass = Pass::Derivs {
            points: vec![self.fit.point.clone()],
            sums: Sums::Score,
            precision: Precision::Plain,
            limits: Vec::new(),
        };
        let score = Local::new(rows, 1).run(&self.fit.model, &pass).ok()?.into_derivs().remove(0).score();
        Some(self.bread.kept.iter().map(|j| score[*j]).collect())
    }

    /// The kept coefficients of a whole fit; `None` where it has no finite maximum in all of them.
    fn refitted(&self, rows: &dyn Source) -> Option<Vec<f64>> {
        let starts = vec![self.fit.point.beta.clone()];
        let options = FitOptions { starts, plain: true, ..FitOptions::default() };
        let again = maximise(&self.fit.model, &mut Local::new(rows, 1), &options).ok()?;
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
