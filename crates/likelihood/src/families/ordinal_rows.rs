//! Ordinal rows: log probability of a class, or of counts of classes, with derivatives in mu, thresholds and log sigma.
//!
//! Everything is written in q_j = logit F(z_j), which a link gives without loss at either end: log F = -log(1 + e^-q),
//! log(1 - F) = -log(1 + e^q), and log(F(a) - F(b)) is the sum of log F(a), log(1 - F(b)) and log(1 - e^(b - a)). A
//! structure fills the derivatives in q; those in z, and in u, follow by the chain rule with
//! z_j = (threshold_j -+ mu) / sigma.

use crate::{Columns, Link, Order, RowDerivs, Support};
use loglik_num::{Jet, Kernel, LANE, Lane, Real};

/// Thresholds at most.
const MOST: usize = 31;

/// Pairs of thresholds.
const PAIRS: usize = MOST * (MOST + 1) / 2;

const ONE: Lane = Lane::ONE;
const ZERO: Lane = Lane::ZERO;

/// What the thresholds compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    /// P(Y <= j)
    Cumulative,
    /// P(Y = j + 1) / P(Y = j)
    Adjacent,
    /// P(Y > j | Y >= j)
    Continuation,
    /// P(Y = j | Y >= j)
    Stopping,
}

impl Structure {
    /// The structures by name.
    pub(super) const NAMED: [(&'static str, Self); 4] = [
        ("cumulative", Self::Cumulative),
        ("adjacent", Self::Adjacent),
        ("continuation", Self::Continuation),
        ("stopping", Self::Stopping),
    ];
}

/// One sweep over a chunk.
pub(super) struct Rows<'a> {
    pub(super) structure: Structure,
    pub(super) link: Link,
    /// Whether `y` holds a count for each class, not a class code.
    pub(super) counts: bool,
    pub(super) y: Columns<'a>,
    /// mu, thresholds, log sigma                                            `[k][n]`
    pub(super) u: Columns<'a>,
    pub(super) order: Order,
    pub(super) out: &'a mut RowDerivs,
}

/// Eight rows: coordinates on the way from u to the log probability, and its derivatives on the way back.
struct Eight {
    /// Thresholds.
    m: usize,
    z: [Lane; MOST],
    /// logit F(z) with two derivatives.
    q: [Lane; MOST],
    slope: [Lane; MOST],
    curve: [Lane; MOST],
    l: Lane,
    /// Derivatives in q, then in z.
    g: [Lane; MOST],
    /// Packed lower triangle.
    h: [Lane; PAIRS],
}

/// a b, and 0 where a is: what has no weight may be infinite.
#[inline(always)]
fn times(a: Lane, b: Lane) -> Lane {
    Lane::select(a.eq_lanes(ZERO), ZERO, a * b)
}

impl Eight {
    /// Room for the most thresholds: too much to be made anew for every eight rows.
    #[inline(always)]
    fn room(m: usize) -> Self {
        let none = [ZERO; MOST];
        Eight { m, z: none, q: none, slope: none, curve: none, l: ZERO, g: none, h: [ZERO; PAIRS] }
    }

    /// Nothing summed yet.
    #[inline(always)]
    fn clear(&mut self) {
        self.l = ZERO;
        self.g[..self.m].fill(ZERO);
        self.h[..self.m * (self.m + 1) / 2].fill(ZERO);
    }

    #[inline(always)]
    fn add_h(&mut self, i: usize, j: usize, value: Lane) {
        let at = RowDerivs::pair(i, j);
        self.h[at] = self.h[at] + value;
    }

    /// Adds `weight` times log F(q_j), or log(1 - F(q_j)) where not `inside`.
    #[inline(always)]
    fn add_side(&mut self, j: usize, inside: bool, weight: Lane) {
        let q = if inside { -self.q[j] } else { self.q[j] };
        let share = q.sigmoid();
        self.l = self.l - times(weight, q.log1pexp());
        let g = times(weight, share);
        self.g[j] = if inside { self.g[j] + g } else { self.g[j] - g };
        self.add_h(j, j, -times(weight, share * (-q).sigmoid()));
    }

    /// Adds `weight` times log(1 - e^(q_(j-1) - q_j)): what the difference of two thresholds takes away.
    #[inline(always)]
    fn add_gap(&mut self, j: usize, weight: Lane) {
        let gap = self.q[j] - self.q[j - 1];
        let open = gap.gt(ZERO);
        let safe = Lane::select(open, gap, ONE);
        let l = Lane::select(open, (-safe).log1mexp(), Lane::splat(f64::NEG_INFINITY));
        self.l = self.l + times(weight, l);
        let r = safe.expm1().recip();
        let (g, h) = (times(weight, r), times(weight, r * (ONE + r)));
        self.g[j] = self.g[j] + g;
        self.g[j - 1] = self.g[j - 1] - g;
        self.add_h(j, j, -h);
        self.add_h(j - 1, j - 1, -h);
        self.add_h(j, j - 1, h);
    }

    /// P(Y <= j) = F(q_j).
    #[inline(always)]
    fn cumulative(&mut self, weight: &[Lane; MOST + 1]) {
        for c in 0..=self.m {
            if c < self.m {
                self.add_side(c, true, weight[c]);
            }
            if c > 0 {
                self.add_side(c - 1, false, weight[c]);
            }
            if c > 0 && c < self.m {
                self.add_gap(c, weight[c]);
            }
        }
    }

    /// log P(c) is a sum over the thresholds passed, each taken with F or 1 - F.
    #[inline(always)]
    fn sequential(&mut self, weight: &[Lane; MOST + 1], inside: bool) {
        let mut above = weight[1..=self.m].iter().fold(ZERO, |sum, w| sum + *w);
        for j in 0..self.m {
            self.add_side(j, inside, above);
            self.add_side(j, !inside, weight[j]);
            above = above - weight[j + 1];
        }
    }

    /// log P(c) = s_c - log sum e^s, s_c the sum of q over the thresholds passed.
    #[inline(always)]
    fn adjacent(&mut self, weight: &[Lane; MOST + 1]) {
        let m = self.m;
        let mut score = [ZERO; MOST + 1];
        for j in 0..m {
            score[j + 1] = score[j] + self.q[j];
        }
        let top = score[1..=m].iter().fold(score[0], |top, s| top.max(*s));
        // One greatest score leaves the sum, so that log1p keeps the small loss of a sure class.
        let (mut rest, mut left_out) = (ZERO, loglik_num::Mask([false; LANE]));
        let mut share = [ZERO; MOST + 1];
        for c in 0..=m {
            let greatest = score[c].eq_lanes(top) & !left_out;
            left_out = left_out | greatest;
            share[c] = (score[c] - top).exp();
            rest = rest + Lane::select(greatest, ZERO, share[c]);
        }
        let (whole, loss) = ((ONE + rest).recip(), rest.log1p());
        for c in 0..=m {
            share[c] = share[c] * whole;
            self.l = self.l + times(weight[c], score[c] - top - loss);
        }
        let mut below = [ZERO; MOST];
        let (mut p, mut w) = (ZERO, ZERO);
        let total = weight[..=m].iter().fold(ZERO, |sum, w| sum + *w);
        for j in 0..m {
            p = p + share[j];
            w = w + weight[j];
            below[j] = p;
            self.g[j] = (total - w) * p;
        }
        let (mut p, mut w) = (ZERO, total);
        for j in (0..m).rev() {
            p = p + share[j + 1];
            w = w - weight[j + 1];
            self.g[j] = self.g[j] - w * p;
            for i in 0..=j {
                self.add_h(j, i, -total * p * below[i]);
            }
        }
    }

    /// From derivatives in q to derivatives in z.
    #[inline(always)]
    fn turn_to_z(&mut self) {
        for j in 0..self.m {
            for i in 0..=j {
                let at = RowDerivs::pair(j, i);
                self.h[at] = times(times(self.h[at], self.slope[j]), self.slope[i]);
            }
            self.add_h(j, j, times(self.g[j], self.curve[j]));
            self.g[j] = times(self.g[j], self.slope[j]);
        }
    }
}

impl Rows<'_> {
    /// Sign of mu in z.
    #[inline(always)]
    fn sign(&self) -> Lane {
        if self.structure == Structure::Cumulative { -ONE } else { ONE }
    }

    #[inline(always)]
    fn load(&self, k: usize, at: usize) -> Lane {
        Lane::load(&self.u[k][at..at + LANE])
    }

    /// Weight of every class: its count, or 1 where the row is in it.
    #[inline(always)]
    fn weights(&self, m: usize, at: usize) -> [Lane; MOST + 1] {
        let mut weight = [ZERO; MOST + 1];
        for (c, weight) in weight[..=m].iter_mut().enumerate() {
            *weight = match self.counts {
                true => Lane::load(&self.y[c][at..at + LANE]),
                false => {
                    let is_it = Lane::load(&self.y[0][at..at + LANE]).eq_lanes(Lane::splat(c as f64));
                    Lane::select(is_it, ONE, ZERO)
                }
            };
        }
        weight
    }

    #[inline(always)]
    fn eight(&self, at: usize, row: &mut Eight) {
        let m = row.m;
        let scale = (-self.load(m + 1, at)).exp();
        let shift = self.sign() * self.load(0, at);
        row.clear();
        for j in 0..m {
            let z = (self.load(j + 1, at) + shift) * scale;
            let q = self.link.to_u(Support::Unit, Jet::<1>::variable(z, 0));
            (row.z[j], row.q[j], row.slope[j], row.curve[j]) = (z, q.v, q.g[0], q.h[0][0]);
        }
        let weight = self.weights(m, at);
        match self.structure {
            Structure::Cumulative => row.cumulative(&weight),
            Structure::Adjacent => row.adjacent(&weight),
            Structure::Continuation => row.sequential(&weight, true),
            Structure::Stopping => row.sequential(&weight, false),
        }
    }

    /// From derivatives in z to derivatives in mu (0), thresholds (1 to m) and log sigma (m + 1).
    #[inline(always)]
    fn store(&mut self, row: &Eight, at: usize) {
        let (m, sign) = (row.m, self.sign());
        let scale = (-self.load(m + 1, at)).exp();
        let (mut sum_g, mut sum_gz, mut sum_h, mut sum_hz, mut sum_zhz) = (ZERO, ZERO, ZERO, ZERO, ZERO);
        for j in 0..m {
            let (mut h_sum, mut hz_sum) = (ZERO, ZERO);
            for i in 0..m {
                let h = row.h[RowDerivs::pair(j, i)];
                h_sum = h_sum + h;
                hz_sum = h.mul_add(row.z[i], hz_sum);
                if i <= j {
                    self.put_h(j + 1, i + 1, scale * scale * h, at);
                }
            }
            self.put_g(j + 1, scale * row.g[j], at);
            self.put_h(j + 1, 0, sign * scale * scale * h_sum, at);
            self.put_h(m + 1, j + 1, -scale * (hz_sum + row.g[j]), at);
            sum_g = sum_g + row.g[j];
            sum_gz = row.g[j].mul_add(row.z[j], sum_gz);
            sum_h = sum_h + h_sum;
            sum_hz = sum_hz + hz_sum;
            sum_zhz = row.z[j].mul_add(hz_sum, sum_zhz);
        }
        self.put_g(0, sign * scale * sum_g, at);
        self.put_g(m + 1, -sum_gz, at);
        self.put_h(0, 0, scale * scale * sum_h, at);
        self.put_h(m + 1, 0, -sign * scale * (sum_hz + sum_g), at);
        self.put_h(m + 1, m + 1, sum_zhz + sum_gz, at);
    }

    #[inline(always)]
    fn put_g(&mut self, i: usize, value: Lane, at: usize) {
        value.store(&mut self.out.g_mut(i)[at..at + LANE]);
    }

    #[inline(always)]
    fn put_h(&mut self, i: usize, j: usize, value: Lane, at: usize) {
        value.store(&mut self.out.h_mut(i, j)[at..at + LANE]);
    }
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut row = Eight::room(self.u.len() - 2);
        for at in (0..self.out.rows()).step_by(LANE) {
            self.eight(at, &mut row);
            row.l.store(&mut self.out.l[at..at + LANE]);
            if self.order == Order::Hessian {
                row.turn_to_z();
                self.store(&row, at);
            }
        }
    }
}
