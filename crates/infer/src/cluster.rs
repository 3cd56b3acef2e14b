//! Clustered sandwiches: scores are summed within groups before they are multiplied.
//!
//! Liang & Zeger (1986), Biometrika 73, 13-22. CR2 and CR3 correct each group's score s to (I - I_c A)^-a s, a = 1/2
//! or 1, with I_c the group's own information: CR3 is what leaving the group out would change, to one step (Bell &
//! McCaffrey 2002, Survey Methodology 28, 169-181). With A = L L' all of it is symmetric in L' I_c L, and needs p^2
//! numbers a group, never its rows. Groups are taken some at a time where their numbers would fill the memory.

use crate::design_row::DesignRow;
use crate::expected::expected_model;
use crate::leverage::{ONE, rest};
use crate::sandwich::{Ask, ExpectedModel, Robust, active, row_info};
use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep};
use loglik_likelihood::Order;
use loglik_num::{Cholesky, Eigen};
use std::ops::Range;
use std::sync::Arc;

/// Numbers kept at once for the groups of one pass.
const NUMBERS: usize = 1 << 24;

/// Small-sample form of a clustered sandwich.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Scores as they are.
    #[default]
    Plain,
    /// Bell & McCaffrey's unbiased form (CR2).
    Root,
    /// The one-step jackknife (CR3).
    Jackknife,
}

/// Sums of scores, and of information where it is asked, of some groups of some keys.
#[derive(Debug)]
struct GroupSums {
    at: Point,
    limits: Vec<Recession>,
    expected: Option<ExpectedModel>,
    places: Vec<Option<usize>>,
    q: usize,
    /// Keys and the range of their groups.
    keys: Vec<(usize, Range<usize>)>,
    info: bool,
}

impl GroupSums {
    /// Numbers of one group.
    fn size(&self) -> usize {
        self.q + if self.info { self.q * self.q } else { 0 }
    }
}

impl Gather for GroupSums {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; self.keys.iter().map(|(_, range)| range.len()).sum::<usize>() * self.size()]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (k, q) = (model.predictors.len(), self.q);
        let mut expected = Sweep::default();
        if let (Some(model), true) = (&self.expected, self.info) {
            expected.eval(&model.0, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        }
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let info_rows = if self.expected.is_some() { &expected.out } else { &sweep.out };
        let (mut row, mut info, mut g) = (DesignRow::default(), Vec::new(), vec![0.0; k]);
        let active = active(model, &self.places);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            row.read(model, &self.places, chunk, r);
            g.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r]);
            let mut first = 0;
            for (key, range) in &self.keys {
                let group = chunk.keys[*key][r] as usize;
                if range.contains(&group) {
                    let at = (first + group - range.start) * self.size();
                    row.add_score(&g, &mut out[at..at + q]);
                    if self.info {
                        row_info(info_rows, r, 1.0, &active, &mut info);
                        row.add_info(&info, q, &mut out[at + q..at + q + q * q]);
                    }
                }
                first += range.len();
            }
        }
    }
}

/// Clustered sandwiches, one a key, all in as few passes as memory allows.
///
/// # Errors
/// When the data cannot be read again.
pub fn by_cluster(
    ask: &Ask<'_>,
    run: &mut dyn Executor,
    keys: &[usize],
    form: Form,
) -> Result<Vec<Robust>, RunError> {
    let q = ask.bread.q();
    let groups: Vec<usize> = keys.iter().map(|key| run.frame().keys[*key]).collect();
    let mut sums: Vec<Sum> = groups.iter().map(|g| Sum::new(q, *g)).collect();
    let root = Cholesky::new(&ask.bread.rounded(), q).ok();
    for keys in batches(keys, &groups, q, form) {
        let gather = GroupSums {
            at: ask.fit.point.clone(),
            limits: ask.fit.limits.clone(),
            expected: ask.expected.then(|| ExpectedModel(expected_model(&ask.fit.model))),
            places: ask.bread.places(ask.fit.model.p),
            q,
            keys: keys.iter().map(|(_, key, range)| (*key, range.clone())).collect(),
            info: form != Form::Plain,
        };
        let size = gather.size();
        let found = run.run(&ask.fit.model, &Pass::Gather(Arc::new(gather)))?.into_gathered();
        let mut rest = found.as_slice();
        for (which, _, range) in &keys {
            let (these, later) = rest.split_at(range.len() * size);
            rest = later;
            for group in these.chunks_exact(size.max(1)) {
                sums[*which].add(&influence(root.as_ref(), group, q, form));
            }
        }
    }
    Ok(sums.into_iter().map(|sum| sum.finish(q)).collect())
}

/// Position of the key in the request, the key, and its groups.
type Batch = Vec<(usize, usize, Range<usize>)>;

/// Which groups of which keys are summed in which pass.
fn batches(keys: &[usize], groups: &[usize], q: usize, form: Form) -> Vec<Batch> {
    let size = q + if form == Form::Plain { 0 } else { q * q };
    let most = (NUMBERS / size.max(1)).max(1);
    let (mut out, mut batch, mut room): (Vec<Batch>, Batch, usize) = (Vec::new(), Vec::new(), most);
    for (which, (key, n)) in keys.iter().zip(groups).enumerate() {
        let mut from = 0;
        while from < *n {
            if room == 0 {
                out.push(std::mem::take(&mut batch));
                room = most;
            }
            let to = (*n).min(from + room);
            batch.push((which, *key, from..to));
            room -= to - from;
            from = to;
        }
    }
    out.push(batch);
    out
}

/// What one group moves the coefficients by; NaN where its leverage is 1           `[q]`
fn influence(root: Option<&Cholesky>, group: &[f64], q: usize, form: Form) -> Vec<f64> {
    let (score, info) = group.split_at(q);
    let Some(root) = root else { return vec![f64::NAN; q] };
    let l = root.factor();
    let mut along: Vec<f64> = (0..q).map(|j| (j..q).map(|i| l[i * q + j] * score[i]).sum()).collect();
    if form != Form::Plain && info.iter().any(|v| *v != 0.0) {
        let full = |i: usize, j: usize| if i >= j { info[i * q + j] } else { info[j * q + i] };
        let half: Vec<f64> =
            (0..q * q).map(|at| (at % q..q).map(|m| full(at / q, m) * l[m * q + at % q]).sum()).collect();
        let inner: Vec<f64> = (0..q * q)
            .map(|at| (at / q..q).map(|m| l[m * q + at / q] * half[m * q + at % q]).sum())
            .collect();
        let eigen = Eigen::new(&inner, q);
        if eigen.values.last().is_none_or(|v| *v >= ONE || v.is_nan()) {
            return vec![f64::NAN; q];
        }
        let power = if form == Form::Root { 0.5 } else { 1.0 };
        let seen = along.clone();
        for (value, vector) in eigen.values.iter().zip(eigen.vectors.chunks_exact(q)) {
            let by: f64 =
                vector.iter().zip(&seen).map(|(a, b)| a * b).sum::<f64>() * value * rest(*value, power);
            along.iter_mut().zip(vector).for_each(|(s, v)| *s += by * v);
        }
    }
    (0..q).map(|i| (0..=i).map(|j| l[i * q + j] * along[j]).sum()).collect()
}

/// Products of influences over the groups of one key.
struct Sum {
    vcov: Vec<f64>,
    fourth: Vec<f64>,
    at_one: usize,
    groups: usize,
}

impl Sum {
    fn new(q: usize, groups: usize) -> Self {
        Self { vcov: vec![0.0; q * q], fourth: vec![0.0; q], at_one: 0, groups }
    }

    fn add(&mut self, a: &[f64]) {
        let q = a.len();
        self.at_one += usize::from(a.iter().any(|v| v.is_nan()));
        for i in 0..q {
            self.vcov[i * q..(i + 1) * q].iter_mut().zip(a).for_each(|(sum, b)| *sum += a[i] * b);
            self.fourth[i] += a[i] * a[i] * a[i] * a[i];
        }
    }

    fn finish(self, q: usize) -> Robust {
        let effective = |i: usize| self.vcov[i * q + i] * self.vcov[i * q + i] / self.fourth[i];
        Robust {
            effective: (0..q).map(effective).collect(),
            groups: self.groups,
            at_one: self.at_one,
            rows_at_one: Vec::new(),
            vcov: self.vcov,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_summed_once_however_little_fits() {
        let q = 2_047;
        let size = q + q * q;
        assert_eq!(NUMBERS / size, 4);
        let batches = batches(&[5, 7], &[6, 3], q, Form::Jackknife);
        let all: Vec<(usize, Range<usize>)> =
            batches.iter().flatten().map(|(_, key, range)| (*key, range.clone())).collect();
        assert_eq!(all, [(5, 0..4), (5, 4..6), (7, 0..2), (7, 2..3)]);
        assert_eq!(batches.len(), 3);
    }
}
