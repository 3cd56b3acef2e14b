//! Moments of the response, what starts are made of: column by column, eight rows at a time.

use crate::tally::MomentSums;
use loglik_design::Chunk;
use loglik_likelihood::ResponseKind;
use loglik_num::{Kernel, LANE, Lane, Real, dispatch};
use std::borrow::Cow;

/// Adds the rows of a chunk that have weight.
///
/// * `stride` distance of the rows of the sample
pub(crate) fn add(kind: ResponseKind, chunk: &Chunk, stride: usize, out: &mut MomentSums) {
    out.offsets.resize(chunk.offsets.len(), 0.0);
    out.exposures.resize(chunk.offsets.len(), 0.0);
    let y = values(kind, chunk);
    let Some(first) = (0..chunk.rows).find(|r| chunk.weight[*r] != 0.0) else { return };
    if out.rows == 0 {
        out.centre = y[first];
        out.range = (y[first], y[first]);
    }
    let ones;
    let second = match chunk.y.get(1) {
        Some(second) => second,
        None => {
            ones = vec![1.0; chunk.n];
            &ones
        }
    };
    dispatch(Sums { y: &y, w: &chunk.weight, second, out });
    for (sum, offset) in out.offsets.iter_mut().zip(&chunk.offsets) {
        *sum += dispatch(Dot { a: &chunk.weight, b: offset });
    }
    for (sum, offset) in out.exposures.iter_mut().zip(&chunk.offsets) {
        *sum += dispatch(Exposure { w: &chunk.weight, offset });
    }
    match kind {
        ResponseKind::Class => {
            let rows = chunk.y[0].iter().zip(&chunk.weight).take(chunk.rows);
            rows.filter(|(_, w)| **w != 0.0).for_each(|(y, w)| count(&mut out.classes, *y as usize, *w));
        }
        ResponseKind::ClassCounts => {
            for (class, column) in chunk.y.iter().enumerate() {
                count(&mut out.classes, class, dispatch(Dot { a: &chunk.weight, b: column }));
            }
        }
        _ => {}
    }
    let start = chunk.first_row.next_multiple_of(stride) - chunk.first_row;
    let picked = (start..chunk.rows).step_by(stride).filter(|r| chunk.weight[*r] != 0.0);
    out.sample.extend(picked.map(|r| y[r]));
}

/// The numbers that moments are taken of: a proportion for trials, the middle or the finite end of an interval.
fn values(kind: ResponseKind, chunk: &Chunk) -> Cow<'_, [f64]> {
    let y = &chunk.y[0];
    match kind {
        ResponseKind::Trials => y.iter().zip(&chunk.y[1]).map(|(y, n)| y / n).collect(),
        ResponseKind::Interval => {
            let ends = y.iter().zip(&chunk.y[1]);
            ends.map(|(lower, upper)| match (lower.is_finite(), upper.is_finite()) {
                (true, true) => 0.5 * (lower + upper),
                (true, false) => *lower,
                _ => *upper,
            })
            .collect()
        }
        _ => Cow::Borrowed(y),
    }
}

fn count(classes: &mut Vec<f64>, class: usize, w: f64) {
    if classes.len() <= class {
        classes.resize(class + 1, 0.0);
    }
    classes[class] += w;
}

/// Sums of the response over a chunk; padding has weight 0 and counts for nothing.
struct Sums<'a> {
    y: &'a [f64],
    w: &'a [f64],
    second: &'a [f64],
    out: &'a mut MomentSums,
}

impl Kernel for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let out = self.out;
        let centre = Lane::splat(out.centre);
        let (mut rows, mut weight, mut first, mut squares) = (Lane::ZERO, Lane::ZERO, Lane::ZERO, Lane::ZERO);
        let (mut zeros, mut second, mut logs) = (Lane::ZERO, Lane::ZERO, [Lane::ZERO; 3]);
        let (mut low, mut high) = (Lane::splat(out.range.0), Lane::splat(out.range.1));
        for at in (0..self.w.len()).step_by(LANE) {
            let w = Lane::load(&self.w[at..]);
            let live = !w.eq_lanes(Lane::ZERO);
            // Rows without weight stand at the centre, whatever is in them.
            let y = Lane::select(live, Lane::load(&self.y[at..]), centre);
            let d = y - centre;
            rows = rows + Lane::select(live, Lane::ONE, Lane::ZERO);
            weight = weight + w;
            first = first + w * d;
            squares = squares + w * d * d;
            low = low.min(y);
            high = high.max(y);
            zeros = zeros + Lane::select(y.eq_lanes(Lane::ZERO), w, Lane::ZERO);
            second = second + w * Lane::select(live, Lane::load(&self.second[at..]), Lane::ZERO);
            let positive = y.gt(Lane::ZERO);
            let log = Lane::select(positive, y, Lane::ONE).log();
            let w = Lane::select(positive, w, Lane::ZERO);
            logs[0] = logs[0] + w;
            logs[1] = logs[1] + w * log;
            logs[2] = logs[2] + w * log * log;
        }
        out.rows += rows.sum() as usize;
        out.weight += weight.sum();
        out.first += first.sum();
        out.second += squares.sum();
        out.zeros += zeros.sum();
        out.second_column += second.sum();
        out.logs.iter_mut().zip(logs).for_each(|(sum, log)| *sum += log.sum());
        out.range.0 = low.0.iter().fold(out.range.0, |a, b| a.min(*b));
        out.range.1 = high.0.iter().fold(out.range.1, |a, b| a.max(*b));
    }
}

/// Sum of products of two columns.
struct Exposure<'a> {
    w: &'a [f64],
    offset: &'a [f64],
}

impl Kernel for Exposure<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut sum = Lane::ZERO;
        for (w, offset) in self.w.chunks_exact(LANE).zip(self.offset.chunks_exact(LANE)) {
            sum = Lane::load(w).mul_add(Lane::load(offset).exp(), sum);
        }
        sum.sum()
    }
}

struct Dot<'a> {
    a: &'a [f64],
    b: &'a [f64],
}

impl Kernel for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut sum = Lane::ZERO;
        for (a, b) in self.a.chunks_exact(LANE).zip(self.b.chunks_exact(LANE)) {
            sum = Lane::load(a).mul_add(Lane::load(b), sum);
        }
        sum.sum()
    }
}
