//! Products of scores of rows at a distance, as a sum over consecutive rows that two neighbours can be made one of.
//!
//! sum over t, lags of weight(lag) (s(t) s(t - lag)' + s(t - lag) s(t)'), lag 0 once. A stretch keeps the scores of its first
//! and last rows, as many as a lag reaches: what it may still meet when others come before or after it. How rows are cut
//! into stretches changes rounding alone; how a stretch is fed changes nothing.

/// The sum over consecutive rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    q: usize,
    rows: usize,
    /// Half of the sum                                                       `[q, q]`
    products: Vec<f64>,
    /// Scores of the first rows, no more than the largest lag                 `[][q]`
    first: Vec<f64>,
    /// Scores of the last rows, as many                                      `[][q]`
    last: Vec<f64>,
}

impl Stretch {
    /// No rows, of `q` scores each.
    pub(crate) fn empty(q: usize) -> Self {
        Self { q, rows: 0, products: vec![0.0; q * q], first: Vec::new(), last: Vec::new() }
    }

    /// From one list of numbers, as [`Stretch::numbers`] has it.
    pub(crate) fn read(numbers: &[f64], q: usize) -> Self {
        let (sizes, rest) = numbers.split_at(2);
        let (products, rest) = rest.split_at(q * q);
        let (first, last) = rest.split_at(sizes[1] as usize);
        let [products, first, last] = [products, first, last].map(<[f64]>::to_vec);
        Self { q, rows: sizes[0] as usize, products, first, last }
    }

    /// Rows, the length of `first`, and the three lists, as one.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        let sizes = [self.rows as f64, self.first.len() as f64];
        [&sizes[..], &self.products, &self.first, &self.last].concat()
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The sum                                                               `[q, q]`
    pub(crate) fn sum(&self) -> Vec<f64> {
        let q = self.q;
        (0..q * q).map(|at| self.products[at] + self.products[at % q * q + at / q]).collect()
    }

    /// Adds the rows that follow.
    ///
    /// * `scores`  of the rows, in order                                      `[m][q]`
    /// * `weights` of lags 0, 1, ..
    pub(crate) fn push(&mut self, scores: &[f64], weights: &[f64]) {
        let (q, reach) = (self.q, (weights.len() - 1) * self.q);
        let mut near = std::mem::take(&mut self.last);
        let before = near.len();
        near.extend_from_slice(scores);
        let mut met = vec![0.0; q];
        for at in (before..near.len()).step_by(q) {
            // Lag 0 comes twice in the sum, once by each half.
            let own = near[at..at + q].iter().map(|s| 0.5 * weights[0] * s);
            met.iter_mut().zip(own).for_each(|(m, own)| *m = own);
            let earlier = near[at.saturating_sub(reach)..at].rchunks_exact(q);
            add_weighted(earlier, &weights[1..], &mut met);
            add_product(&near[at..at + q], &met, &mut self.products);
        }
        self.rows += scores.len() / q;
        let room = reach.saturating_sub(self.first.len()).min(scores.len());
        self.first.extend_from_slice(&scores[..room]);
        near.drain(..near.len().saturating_sub(reach));
        self.last = near;
    }

    /// Adds the stretch that follows.
    pub(crate) fn append(&mut self, later: &Self, weights: &[f64]) {
        let (q, reach) = (self.q, (weights.len() - 1) * self.q);
        let mut met = vec![0.0; q];
        for (at, score) in later.first.chunks_exact(q).enumerate() {
            met.fill(0.0);
            add_weighted(self.last.rchunks_exact(q), &weights[1 + at..], &mut met);
            add_product(score, &met, &mut self.products);
        }
        self.products.iter_mut().zip(&later.products).for_each(|(a, b)| *a += b);
        self.rows += later.rows;
        let room = reach.saturating_sub(self.first.len()).min(later.first.len());
        self.first.extend_from_slice(&later.first[..room]);
        self.last.extend_from_slice(&later.last);
        self.last.drain(..self.last.len().saturating_sub(reach));
    }
}

/// `out += sum of weight times row`                                          `[q]`
fn add_weighted<'a>(rows: impl Iterator<Item = &'a [f64]>, weights: &[f64], out: &mut [f64]) {
    for (row, weight) in rows.zip(weights) {
        out.iter_mut().zip(row).for_each(|(out, s)| *out += weight * s);
    }
}

/// `out += a b'`                                                            `[q, q]`
fn add_product(a: &[f64], b: &[f64], out: &mut [f64]) {
    for (row, a) in out.chunks_exact_mut(b.len()).zip(a) {
        row.iter_mut().zip(b).for_each(|(out, b)| *out += a * b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Q: usize = 2;

    /// Whole numbers: every sum of products is exact.
    fn scores(n: usize) -> Vec<f64> {
        (0..n * Q).map(|at| ((at * at * 7 + 3 * at) % 23) as f64 - 11.0).collect()
    }

    fn whole(scores: &[f64], weights: &[f64]) -> Vec<f64> {
        let rows: Vec<&[f64]> = scores.chunks_exact(Q).collect();
        let mut out = vec![0.0; Q * Q];
        for (t, later) in rows.iter().enumerate() {
            for (lag, weight) in weights.iter().enumerate().take(t + 1) {
                for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let there = later[i] * rows[t - lag][j];
                    let back = if lag == 0 { 0.0 } else { later[j] * rows[t - lag][i] };
                    out[i * Q + j] += weight * (there + back);
                }
            }
        }
        out
    }

    #[test]
    fn stretches_of_any_lengths_make_the_sum_of_all_their_rows() {
        let weights = [1.0, 0.75, 0.5, 0.25];
        let all = scores(17);
        for cuts in [vec![], vec![1], vec![2, 3, 9], vec![1, 2, 3, 4, 5, 16], vec![8]] {
            let mut total = Stretch::empty(Q);
            let ends: Vec<usize> = cuts.iter().copied().chain([17]).collect();
            let mut begin = 0;
            for end in ends {
                let mut piece = Stretch::empty(Q);
                piece.push(&all[begin * Q..end * Q], &weights);
                total.append(&Stretch::read(&piece.numbers(), Q), &weights);
                begin = end;
            }
            assert_eq!((total.rows(), total.sum()), (17, whole(&all, &weights)), "{cuts:?}");
        }
    }

    #[test]
    fn how_a_stretch_is_fed_changes_no_bit() {
        let weights = [1.0, 0.7, 0.3];
        let all: Vec<f64> = scores(11).iter().map(|s| s / 3.0).collect();
        let mut at_once = Stretch::empty(Q);
        at_once.push(&all, &weights);
        let mut one_by_one = Stretch::empty(Q);
        all.chunks_exact(Q).for_each(|row| one_by_one.push(row, &weights));
        assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn without_lags_it_is_the_sum_of_squares() {
        let all = scores(5);
        let mut of = Stretch::empty(Q);
        of.push(&all, &[1.0]);
        assert_eq!(of.sum(), whole(&all, &[1.0]));
        assert!(of.numbers().len() == 2 + Q * Q, "nothing is kept");
    }
}
