//! The loops over rows of an interior point step, in lanes: reciprocals once, then products, sums and greatest ratios.

use loglik_num::{Kernel, LANE, Lane, dispatch};

/// Where the rows stand                                                      `[stride]` each
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) a: &'a [f64],
    pub(super) s: &'a [f64],
    pub(super) z: &'a [f64],
    pub(super) v: &'a [f64],
}

/// Reciprocals, and `q = 1 / (z / a + v / s)`                                 `[stride]` each
#[derive(Default)]
pub(super) struct Ties {
    pub(super) q: Vec<f64>,
    over: [Vec<f64>; 4],
}

/// Second-order terms: the products of a predicted change                     `[stride]` each
pub(super) struct Bend {
    az: Vec<f64>,
    sv: Vec<f64>,
}

/// A step in all variables, and how much of it each side may take.
pub(super) struct Change {
    pub(super) beta: Vec<f64>,
    a: Vec<f64>,
    z: Vec<f64>,
    v: Vec<f64>,
    /// Greatest fall as a share of what is there, of `a` and `s`, and of the multipliers.
    fall: [f64; 2],
}

fn at(column: &[f64], r: usize) -> Lane {
    Lane::load(&column[r..r + LANE])
}

/// Writes [`Ties`] and gives the gap `a'z + s'v`.
pub(super) struct Shape<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) ties: &'a mut Ties,
}

impl Kernel for Shape<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Rows { a, s, z, v } = self.rows;
        let n = a.len();
        self.ties.q.resize(n, 0.0);
        self.ties.over.iter_mut().for_each(|column| column.resize(n, 0.0));
        let mut gap = Lane::ZERO;
        for r in (0..n).step_by(LANE) {
            let lanes = [at(a, r), at(s, r), at(z, r), at(v, r)];
            let over = lanes.map(|x| Lane::ONE / x);
            for (column, over) in self.ties.over.iter_mut().zip(over) {
                over.store(&mut column[r..r + LANE]);
            }
            let [a, s, z, v] = lanes;
            let q = Lane::ONE / (z * over[0] + v * over[1]);
            q.store(&mut self.ties.q[r..r + LANE]);
            gap = gap + (a * z + s * v);
        }
        gap.sum()
    }
}

impl Bend {
    /// No second order yet.
    pub(super) fn none(n: usize) -> Self {
        Self { az: vec![0.0; n], sv: vec![0.0; n] }
    }
}

/// The right side `q (r - (mu - sv) / s + (mu - az) / a)`.
pub(super) struct Right<'a> {
    pub(super) ties: &'a Ties,
    pub(super) residuals: &'a [f64],
    pub(super) bend: &'a Bend,
    pub(super) mu: f64,
    pub(super) right: &'a mut [f64],
}

impl Kernel for Right<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mu = Lane::splat(self.mu);
        let [over_a, over_s, ..] = &self.ties.over;
        for r in (0..self.right.len()).step_by(LANE) {
            let by_s = (mu - at(&self.bend.sv, r)) * at(over_s, r);
            let by_a = (mu - at(&self.bend.az, r)) * at(over_a, r);
            let right = at(&self.ties.q, r) * (at(self.residuals, r) - (by_s - by_a));
            right.store(&mut self.right[r..r + LANE]);
        }
    }
}

/// Changes of dual variables and multipliers, given that of the linear predictors.
struct Follow<'a> {
    rows: Rows<'a>,
    ties: &'a Ties,
    bend: &'a Bend,
    mu: f64,
    moved: &'a [f64],
    change: &'a mut Change,
}

impl Kernel for Follow<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mu = Lane::splat(self.mu);
        let [over_a, over_s, over_z, over_v] = &self.ties.over;
        let (mut up, mut down) = (Lane::ZERO, Lane::ZERO);
        for r in (0..self.moved.len()).step_by(LANE) {
            let (z, v) = (at(self.rows.z, r), at(self.rows.v, r));
            let (by_a, by_s) = (at(over_a, r), at(over_s, r));
            let da = at(&self.change.a, r) - at(&self.ties.q, r) * at(self.moved, r);
            let dz = (mu - at(&self.bend.az, r) - z * da) * by_a - z;
            let dv = (mu - at(&self.bend.sv, r) + v * da) * by_s - v;
            up = up.max(-da * by_a).max(da * by_s);
            down = down.max(-dz * at(over_z, r)).max(-dv * at(over_v, r));
            da.store(&mut self.change.a[r..r + LANE]);
            dz.store(&mut self.change.z[r..r + LANE]);
            dv.store(&mut self.change.v[r..r + LANE]);
        }
        self.change.fall = [up, down].map(|lane| lane.0.iter().fold(0.0_f64, |m, x| m.max(*x)));
    }
}

impl Change {
    /// * `right` the right side, overwritten by the change of `a`               `[stride]`
    /// * `moved` X times the change of the coefficients                        `[stride]`
    pub(super) fn new(
        rows: Rows<'_>,
        ties: &Ties,
        bend: &Bend,
        mu: f64,
        right: Vec<f64>,
        moved: &[f64],
        beta: Vec<f64>,
    ) -> Self {
        let n = right.len();
        let mut change = Self { beta, a: right, z: vec![0.0; n], v: vec![0.0; n], fall: [0.0; 2] };
        dispatch(Follow { rows, ties, bend, mu, moved, change: &mut change });
        change
    }

    /// Lengths of the step in `a` and in the multipliers, at most 1, that go `share` of the way to the nearest bound.
    pub(super) fn lengths(&self, share: f64) -> (f64, f64) {
        let [up, down] = self.fall.map(|fall| (share / fall).min(1.0));
        (up, down)
    }
}

/// The gap after a change, and its second-order terms.
pub(super) struct Trial<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) change: &'a Change,
    pub(super) up: f64,
    pub(super) down: f64,
    pub(super) bend: &'a mut Bend,
}

impl Kernel for Trial<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (up, down) = (Lane::splat(self.up), Lane::splat(self.down));
        let mut gap = Lane::ZERO;
        for r in (0..self.rows.a.len()).step_by(LANE) {
            let (da, dz, dv) = (at(&self.change.a, r), at(&self.change.z, r), at(&self.change.v, r));
            let a = (at(self.rows.a, r) + up * da) * (at(self.rows.z, r) + down * dz);
            let s = (at(self.rows.s, r) - up * da) * (at(self.rows.v, r) + down * dv);
            gap = gap + (a + s);
            (da * dz).store(&mut self.bend.az[r..r + LANE]);
            (-da * dv).store(&mut self.bend.sv[r..r + LANE]);
        }
        gap.sum()
    }
}

/// Goes along a change.
pub(super) struct Move<'a> {
    pub(super) a: &'a mut [f64],
    pub(super) s: &'a mut [f64],
    pub(super) z: &'a mut [f64],
    pub(super) v: &'a mut [f64],
    pub(super) change: &'a Change,
    pub(super) up: f64,
    pub(super) down: f64,
}

impl Kernel for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (up, down) = (Lane::splat(self.up), Lane::splat(self.down));
        for r in (0..self.a.len()).step_by(LANE) {
            let da = up * at(&self.change.a, r);
            (at(self.a, r) + da).store(&mut self.a[r..r + LANE]);
            (at(self.s, r) - da).store(&mut self.s[r..r + LANE]);
            (at(self.z, r) + down * at(&self.change.z, r)).store(&mut self.z[r..r + LANE]);
            (at(self.v, r) + down * at(&self.change.v, r)).store(&mut self.v[r..r + LANE]);
        }
    }
}
