//! Many rows: most of them lie so surely above or below that two rows can stand for all of them.
//!
//! A sample gives coefficients; rows whose residuals are far from 0 there are summed into one row above and one below
//! ("globs"), and the programme of the rest is solved. Where no summed row lies on the other side of its vertex, that is the
//! best of all rows: their slopes are what the globs say, so the multipliers prove it for all. Else it is a better place to
//! divide the rows from. Rows are seen in passes, and only about (n p)^(2/3) of them are ever held side by side, so that a
//! file larger than memory has the same vertex. Portnoy & Koenker (1997), The Gaussian hare and the Laplacian tortoise, sec. 3.

use super::interior::{FINE, MET, approach};
use super::programme::{Programme, SMALL};
use super::rows::Location;
use super::vertex::best;
use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::Sweep;
use loglik_design::{Chunk, Frame};
use loglik_num::Dd;
use std::sync::Arc;

/// Rows for each row of the sample below which all rows are worked on at once.
const WORTH: usize = 5;

/// Share of the band that may turn out wrong for it to be wide enough.
const FEW_WRONG: f64 = 0.1;

/// Attempts before all rows are worked on at once.
const ATTEMPTS: usize = 8;

/// The best coefficients, and what the rows say at them.
pub(super) struct Optimum {
    /// Coefficients, to twice the precision where they are a vertex           `[p]`
    pub(super) beta: Vec<Dd>,
    /// Whether multipliers prove that they are best.
    pub(super) proved: bool,
    /// Whether other coefficients are as good.
    pub(super) non_unique: bool,
    /// Steps and pivots.
    pub(super) steps: usize,
    /// Sum of weighted losses, and of weights.
    pub(super) loss: Dd,
    pub(super) weight: f64,
    /// Greatest sizes of columns and response                                `[p + 1]`
    pub(super) largest: Vec<f64>,
}

/// The best coefficients of the rows of a model's location.
///
/// # Errors
/// When a pass cannot be carried out.
pub(super) fn optimum(
    model: &Model,
    run: &mut dyn Executor,
    location: &Location,
) -> Result<Optimum, RunError> {
    let (n, p) = (run.frame().rows, location.columns.len());
    if p == 0 {
        let at = At::of(model, run, location, (&[], None))?;
        return Ok(at.optimum(Vec::new(), (true, false), 0));
    }
    // (n p)^(2/3), the size at which sample and rest cost the same.
    let sample = loglik_num::exp(2.0 / 3.0 * loglik_num::log((n * p) as f64)).ceil() as usize;
    let is_worth = n >= WORTH * sample && n >= 50 * p;
    let mut tried = 0;
    if is_worth {
        let mut band = Band { model, location, sample: location.gather(model, run, n / sample)?, steps: 0 };
        // The sample's plane is off by some root(tau (1 - tau) p / sample) of the rows: three of them on either side.
        let off = 3.0 * (p as f64 / sample as f64).sqrt();
        if let Some(found) = band.search(run, off.max(sample as f64 / n as f64))? {
            return Ok(found);
        }
        tried = band.steps;
    }
    let programme = location.gather(model, run, 1)?;
    let inside = approach(&programme, MET);
    let steps = tried + inside.steps;
    let Some(vertex) = best(&programme, &inside) else {
        let beta: Vec<Dd> = inside.beta.iter().map(|b| Dd::sum(*b, 0.0)).collect();
        return Ok(At::of_held(&programme, &beta, &[]).optimum(beta, (false, false), steps));
    };
    let at = At::of_held(&programme, &vertex.beta, &vertex.met);
    Ok(at.optimum(vertex.beta, (vertex.proved, vertex.non_unique), steps + vertex.pivots))
}

/// The rows that a band is looked for in.
struct Band<'a> {
    model: &'a Model,
    location: &'a Location,
    sample: Programme,
    steps: usize,
}

/// Where rows are divided: those with residuals up to the limit are kept.
#[derive(Clone, Debug)]
struct Division {
    beta: Vec<f64>,
    limit: f64,
}

impl Band<'_> {
    /// The best of all rows from a share of them; `None` where no band will do.
    fn search(&mut self, run: &mut dyn Executor, share: f64) -> Result<Option<Optimum>, RunError> {
        let mut share = share;
        let first = approach(&self.sample, FINE);
        self.steps += first.steps;
        let mut beta = first.beta;
        for _ in 0..ATTEMPTS {
            if share > 0.5 {
                break;
            }
            let Some(limit) = self.limit(&beta, share) else { break };
            let division = Division { beta: beta.clone(), limit };
            let kept = self.divided(run, &division)?;
            let inside = approach(&kept, MET);
            self.steps += inside.steps;
            let vertex = best(&kept, &inside);
            self.steps += vertex.as_ref().map_or(0, |vertex| vertex.pivots);
            let rows = kept.n - kept.globs;
            // A row that stands for many is met where these are not on one side of what is best for them.
            let Some(vertex) = vertex.filter(|v| v.proved && v.met.iter().all(|r| *r < rows)) else {
                share *= 2.0;
                continue;
            };
            let at = At::of(self.model, run, self.location, (&vertex.beta, Some(division)))?;
            if at.wrong == 0 {
                return Ok(Some(at.optimum(vertex.beta, (true, vertex.non_unique), self.steps)));
            }
            if at.wrong as f64 > FEW_WRONG * rows as f64 {
                share *= 2.0;
            } else {
                beta = vertex.beta.iter().map(|b| b.hi).collect();
            }
        }
        Ok(None)
    }

    /// The size of residuals below which a share of the sample lies.
    fn limit(&self, beta: &[f64], share: f64) -> Option<f64> {
        let n = self.sample.n;
        let mut sizes: Vec<f64> = self.sample.residuals(beta)[..n].iter().map(|r| r.abs()).collect();
        let place = ((share * n as f64) as usize).min(n.checked_sub(1)?);
        Some(*sizes.select_nth_unstable_by(place, f64::total_cmp).1)
    }

    /// The rows in the band, and those that stand for the others.
    fn divided(&self, run: &mut dyn Executor, division: &Division) -> Result<Programme, RunError> {
        let pass = Divided { location: self.location.clone(), division: division.clone() };
        let found = run.run(self.model, &Pass::Gather(Arc::new(pass)))?.into_gathered();
        let p = self.location.columns.len();
        let (globs, rows) = found.split_at(2 * (p + 1));
        let kept = Programme::new(rows, p, self.location.loss);
        let globs: Vec<Vec<f64>> = globs.chunks_exact(p + 1).map(<[f64]>::to_vec).collect();
        Ok(kept.some(0..kept.n, &globs))
    }
}

/// Rows above and below a band, summed `[2][p + 1]`, and those in it.
#[derive(Debug)]
struct Divided {
    location: Location,
    division: Division,
}

impl Gather for Divided {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; 2 * (self.location.columns.len() + 1)]
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let rows = self.location.chunk(model, chunk);
        let residuals = rows.residuals(&self.division.beta);
        let (far, kept): (Vec<usize>, Vec<usize>) =
            (0..rows.n).partition(|r| residuals[*r].abs() > self.division.limit);
        let (above, below): (Vec<usize>, Vec<usize>) = far.into_iter().partition(|r| residuals[*r] > 0.0);
        let globs = [above, below].into_iter().flat_map(|side| rows.glob(&side));
        out.iter_mut().zip(globs).for_each(|(sum, more)| *sum += more);
        rows.write(&kept, out);
    }

    /// Rows are no sum: a checkpoint does not keep them.
    fn leaves(&self) -> bool {
        true
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        let sums = 2 * (self.location.columns.len() + 1);
        out[..sums].iter_mut().zip(later).for_each(|(a, b)| *a += b);
        out.extend_from_slice(&later[sums..]);
    }
}

/// What the rows say at coefficients.
struct At {
    /// Rows that were summed on the side on which they do not lie.
    wrong: usize,
    loss: Dd,
    weight: f64,
    largest: Vec<f64>,
}

/// A pass over the rows that says so: rows on the wrong side, the loss, its low part, the weight, the greatest sizes.
#[derive(Debug)]
struct Seen {
    location: Location,
    beta: Vec<Dd>,
    division: Option<Division>,
    /// Whether residuals are formed in double-double.
    exact: bool,
}

/// Where the greatest sizes begin.
const SIZES: usize = 4;

impl Gather for Seen {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; SIZES + self.location.columns.len() + 1]
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let rows = self.location.chunk(model, chunk);
        if let Some(Division { beta, limit }) = &self.division {
            let plain: Vec<f64> = self.beta.iter().map(|b| b.hi).collect();
            let (before, after) = (rows.residuals(beta), rows.residuals(&plain));
            let stays = |r: usize| if before[r] > 0.0 { after[r] > 0.0 } else { after[r] < 0.0 };
            out[0] += (0..rows.n).filter(|r| before[*r].abs() > *limit && !stays(*r)).count() as f64;
        }
        let loss = rows.loss_from(Dd { hi: out[1], lo: out[2] }, &self.beta, &[], self.exact);
        (out[1], out[2]) = (loss.hi, loss.lo);
        out[3] += rows.weight();
        let sizes = out[SIZES..].iter_mut().zip(rows.largest());
        sizes.for_each(|(all, size)| *all = all.max(size));
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        let loss = Dd { hi: out[1], lo: out[2] } + Dd { hi: later[1], lo: later[2] };
        out[0] += later[0];
        (out[1], out[2]) = (loss.hi, loss.lo);
        out[3] += later[3];
        out[SIZES..].iter_mut().zip(&later[SIZES..]).for_each(|(all, size)| *all = all.max(*size));
    }
}

impl At {
    fn of(
        model: &Model,
        run: &mut dyn Executor,
        location: &Location,
        (beta, division): (&[Dd], Option<Division>),
    ) -> Result<Self, RunError> {
        let exact = run.frame().rows.saturating_mul(beta.len() + 1) <= SMALL;
        let pass = Seen { location: location.clone(), beta: beta.to_vec(), division, exact };
        let found = run.run(model, &Pass::Gather(Arc::new(pass)))?.into_gathered();
        Ok(Self {
            wrong: found[0] as usize,
            loss: Dd { hi: found[1], lo: found[2] },
            weight: found[3],
            largest: found[SIZES..].to_vec(),
        })
    }

    fn of_held(programme: &Programme, beta: &[Dd], met: &[usize]) -> Self {
        Self {
            wrong: 0,
            loss: programme.objective(beta, met),
            weight: programme.weight(),
            largest: programme.largest(),
        }
    }

    fn optimum(self, beta: Vec<Dd>, (proved, non_unique): (bool, bool), steps: usize) -> Optimum {
        let Self { loss, weight, largest, .. } = self;
        Optimum { beta, proved, non_unique, steps, loss, weight, largest }
    }
}
