//! Spline bases with the columns, knots and numbers of R's `splines::bs` and `splines::ns`.
//!
//! B-splines by the recursion of Cox and de Boor. Inner knots stand at quantiles (type 7) of the data unless given. Beyond
//! the boundary knots `bs` goes on with its last polynomial, `ns` with a straight line. `ns` is the basis of cubic
//! B-splines without the first one, turned by the reflections (Householder) that take the second derivatives at
//! both ends to zero. De Boor (1978), A Practical Guide to Splines, ch. 10; Hastie in Chambers and Hastie (1992), ch. 7.

use serde::{Deserialize, Serialize};

/// Where the pieces of a spline meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FixedKnots {
    /// The inner knots, ascending.
    pub(crate) inner: Vec<f64>,
    /// The boundary knots.
    pub(crate) boundary: [f64; 2],
}

/// A knot sequence with repeated ends and the order (degree + 1) of the pieces.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BSpline {
    order: usize,
    knots: Vec<f64>,
}

/// Natural cubic splines: the B-splines and the matrix that they are multiplied by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Natural {
    spline: BSpline,
    boundary: [f64; 2],
    /// The reflections that take the constraints to the first two coordinates  `[2][q]`
    reflections: [Vec<f64>; 2],
}

impl BSpline {
    pub(crate) fn new(knots: &FixedKnots, degree: usize) -> Self {
        let order = degree + 1;
        let [low, high] = knots.boundary;
        let mut all = vec![low; order];
        all.extend(&knots.inner);
        all.extend(vec![high; order]);
        Self { order, knots: all }
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.functions() - 1
    }

    fn functions(&self) -> usize {
        self.knots.len() - self.order
    }

    /// The piece that holds `x`: the last knot not above it, ends included.
    fn piece(&self, x: f64) -> usize {
        let last = self.functions() - 1;
        let inner = &self.knots[self.order..=last];
        self.order - 1 + inner.partition_point(|knot| *knot <= x)
    }

    /// The functions of `order` that are not zero on `piece`, at `x`, going on with their polynomials outside.
    fn at(&self, piece: usize, order: usize, x: f64, out: &mut [f64]) {
        let t = &self.knots;
        out[0] = 1.0;
        for k in 1..order {
            let mut carried = 0.0;
            for r in 0..k {
                let (left, right) = (t[piece + 1 + r - k], t[piece + 1 + r]);
                let width = right - left;
                let share = if width > 0.0 { out[r] / width } else { 0.0 };
                out[r] = carried + (right - x) * share;
                carried = (x - left) * share;
            }
            out[k] = carried;
        }
    }

    /// Values of all functions but the first at `x` [n]                        `[q][n]`
    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut columns = vec![vec![0.0; x.len()]; self.width()];
        let mut values = vec![0.0; self.order];
        for (i, x) in x.iter().enumerate() {
            let piece = self.piece(*x);
            self.at(piece, self.order, *x, &mut values);
            for (r, value) in values.iter().enumerate() {
                let function = piece + 1 + r - self.order;
                if function > 0 {
                    columns[function - 1][i] = *value;
                }
            }
        }
        columns
    }

    /// First derivatives of all functions but the first at `x` [n]               `[q][n]`
    pub(crate) fn slopes(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut columns = vec![vec![0.0; x.len()]; self.width()];
        for (i, x) in x.iter().enumerate() {
            let slopes = self.derivative(*x, 1);
            columns.iter_mut().zip(&slopes[1..]).for_each(|(column, slope)| column[i] = *slope);
        }
        columns
    }

    /// Derivatives of order `times` of all functions at `x`                    `[functions]`
    fn derivative(&self, x: f64, times: usize) -> Vec<f64> {
        let piece = self.piece(x);
        let order = self.order - times;
        let mut values = vec![0.0; self.order];
        self.at(piece, order, x, &mut values[..order]);
        // Functions of the lower order, on the same knots: one more at each step down.
        let mut all = vec![0.0; self.knots.len() - order];
        all[piece + 1 - order..=piece].copy_from_slice(&values[..order]);
        for k in order + 1..=self.order {
            let share = |i: usize, all: &[f64]| {
                let width = self.knots[i + k - 1] - self.knots[i];
                if width > 0.0 { all[i] / width } else { 0.0 }
            };
            let factor = (k - 1) as f64;
            all = (0..self.knots.len() - k).map(|i| factor * (share(i, &all) - share(i + 1, &all))).collect();
        }
        all
    }
}

impl Natural {
    pub(crate) fn new(knots: &FixedKnots) -> Self {
        let spline = BSpline::new(knots, 3);
        let mut ends = knots.boundary.map(|x| spline.derivative(x, 2).split_off(1));
        let first = reflection(&mut ends, 0);
        let second = reflection(&mut ends, 1);
        Self { spline, boundary: knots.boundary, reflections: [first, second] }
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.spline.width() - 2
    }

    /// Values of the basis at `x` [n]                                          `[inner knots + 1][n]`
    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let [low, high] = self.boundary;
        let inside: Vec<f64> = x.iter().map(|x| x.max(low).min(high)).collect();
        let mut columns = self.spline.columns(&inside);
        for (end, beyond) in [(low, x.iter().any(|x| *x < low)), (high, x.iter().any(|x| *x > high))] {
            if !beyond {
                continue;
            }
            let slopes = self.spline.derivative(end, 1);
            for (i, x) in
                x.iter().enumerate().filter(|(_, x)| (**x < low && end == low) || (**x > high && end == high))
            {
                for (column, slope) in columns.iter_mut().zip(&slopes[1..]) {
                    column[i] += (x - end) * slope;
                }
            }
        }
        let mut row = vec![0.0; columns.len()];
        for i in 0..x.len() {
            for (value, column) in row.iter_mut().zip(&columns) {
                *value = column[i];
            }
            for reflection in &self.reflections {
                reflect(reflection, &mut row);
            }
            for (value, column) in row.iter().zip(&mut columns) {
                column[i] = *value;
            }
        }
        columns.split_off(2)
    }
}

impl Natural {
    /// First derivatives of the basis at `x` [n]                               `[inner knots + 1][n]`
    pub(crate) fn slopes(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let [low, high] = self.boundary;
        // Beyond the boundary the straight line goes on with the slope there.
        let inside: Vec<f64> = x.iter().map(|x| x.max(low).min(high)).collect();
        let mut columns = self.spline.slopes(&inside);
        let mut row = vec![0.0; columns.len()];
        for i in 0..x.len() {
            row.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[i]);
            self.reflections.iter().for_each(|reflection| reflect(reflection, &mut row));
            row.iter().zip(&mut columns).for_each(|(value, column)| column[i] = *value);
        }
        columns.split_off(2)
    }
}

/// The reflection that takes the entries of vector `k` below the k-th to zero, applied to all of `vectors`.
///
/// It is scaled as LINPACK does: `v[k] = 1 + |x_k| / length`, and `x -= v (v.x / v[k])`.
fn reflection(vectors: &mut [Vec<f64>; 2], k: usize) -> Vec<f64> {
    let mut v = vectors[k].clone();
    v[..k].fill(0.0);
    let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let signed = if v[k] < 0.0 { -length } else { length };
    v.iter_mut().for_each(|x| *x /= signed);
    v[k] += 1.0;
    for vector in vectors.iter_mut() {
        reflect_from(&v, k, vector);
    }
    v
}

fn reflect_from(v: &[f64], k: usize, x: &mut [f64]) {
    let along = v.iter().zip(&*x).map(|(v, x)| v * x).sum::<f64>() / v[k];
    x.iter_mut().zip(v).for_each(|(x, v)| *x -= along * v);
}

fn reflect(v: &[f64], x: &mut [f64]) {
    let k = v.iter().position(|v| *v != 0.0).unwrap_or(0);
    reflect_from(v, k, x);
}

/// The inner knots of a spline with so many: quantiles of `x` at equal steps between 0 and 1, R's type 7.
pub(crate) fn quantile_knots(x: &[f64], count: usize) -> Vec<f64> {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let step = 1.0 / (count + 1) as f64;
    let last = sorted.len().saturating_sub(1);
    let quantile = |i: usize| {
        let place = last as f64 * (i as f64 * step);
        let low = place.floor() as usize;
        let share = place - low as f64;
        if share > 0.0 && low < last {
            (1.0 - share) * sorted[low] + share * sorted[low + 1]
        } else {
            sorted[low]
        }
    };
    (1..=count).map(quantile).collect()
}
