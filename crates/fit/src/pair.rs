//! Two rows that say as much as all rows of a model of intercepts: those with the same two sufficient statistics.
//!
//! Two means are one read of the response; what is left to do is done on two rows.

use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::Sweep;
use loglik_design::{Chunk, Frame, MemorySource};
use loglik_likelihood::{ResponseKind, Sufficient};
use loglik_num::{Dd, Kernel, LANE, Lane, dispatch};
use std::sync::Arc;

/// Rows from which on a read of them is saved; fewer are summed in double-double, to the last digit.
const MANY: usize = 50_000;

/// Weight and the two weighted sums, each as two doubles.
#[derive(Debug)]
struct Means {
    sufficient: Sufficient,
    centre: f64,
}

impl Gather for Means {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; 6]
    }

    fn add(&self, _: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (y, weight) = (&chunk.y[0], &chunk.weight);
        let sums = dispatch(Sums { sufficient: self.sufficient, centre: self.centre, y, weight });
        for (i, sum) in sums.iter().enumerate() {
            let total = Dd::sum(out[2 * i], out[2 * i + 1]) + *sum;
            (out[2 * i], out[2 * i + 1]) = (total.hi, total.lo);
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        for (total, part) in out.chunks_exact_mut(2).zip(later.chunks_exact(2)) {
            let sum = Dd::sum(total[0], total[1]) + Dd::sum(part[0], part[1]);
            (total[0], total[1]) = (sum.hi, sum.lo);
        }
    }
}

/// The sums of one chunk.
struct Sums<'a> {
    sufficient: Sufficient,
    centre: f64,
    y: &'a [f64],
    weight: &'a [f64],
}

impl Kernel for Sums<'_> {
    type Output = [f64; 3];

    #[inline(always)]
    fn run(self) -> [f64; 3] {
        let mut sums = [Lane::ZERO; 3];
        let at = |column: &[f64], r: usize| Lane::load(&column[r..r + LANE]);
        let twice = self.y.len() / (2 * LANE) * (2 * LANE);
        for r in (0..twice).step_by(2 * LANE) {
            let (w, v) = (at(self.weight, r), at(self.weight, r + LANE));
            let (y, z) = (at(self.y, r), at(self.y, r + LANE));
            sums[0] = sums[0] + (w + v);
            if (w.eq_lanes(Lane::ONE) & v.eq_lanes(Lane::ONE)).all() {
                let [first, second] = self.sufficient.of_two(y, z, self.centre);
                sums = [sums[0], sums[1] + first, sums[2] + second];
                continue;
            }
            for (w, y) in [(w, y), (v, z)] {
                let [first, second] = self.sufficient.statistics(y, self.centre);
                sums = [sums[0], w.mul_add(first, sums[1]), w.mul_add(second, sums[2])];
            }
        }
        for r in (twice..self.y.len()).step_by(LANE) {
            let w = Lane::load(&self.weight[r..r + LANE]);
            let [first, second] = self.sufficient.statistics(Lane::load(&self.y[r..r + LANE]), self.centre);
            sums = [sums[0] + w, w.mul_add(first, sums[1]), w.mul_add(second, sums[2])];
        }
        sums.map(Lane::sum)
    }
}

/// The two rows; `None` where the likelihood has no such statistics or rows are few.
///
/// * `model` one of intercepts
/// * `first` a response of the data
/// * `ones`  the block that is the intercept
///
/// # Errors
/// When the data cannot be read again.
pub fn pair(
    model: &Model,
    run: &mut dyn Executor,
    first: f64,
    ones: usize,
) -> Result<Option<MemorySource>, RunError> {
    let spec = model.likelihood.spec();
    let Some(sufficient) = spec.sufficient.filter(|_| spec.response == ResponseKind::Number) else {
        return Ok(None);
    };
    if run.frame().rows < MANY {
        return Ok(None);
    }
    let centre = sufficient.centre(first);
    let sums = run.run(model, &Pass::Gather(Arc::new(Means { sufficient, centre })))?.into_gathered();
    let [weight, one, two] = [0, 2, 4].map(|i| sums[i] + sums[i + 1]);
    let pair = sufficient.pair([one / weight, two / weight], centre);
    Ok(pair.map(|pair| MemorySource::weighted(&pair.map(|y| (y, 0.5 * weight)), ones)))
}
