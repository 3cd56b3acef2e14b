//! Terms that the main predictor might lack: powers of itself, squares of its columns.
//!
//! Powers of the fitted linear predictor are the link test (Pregibon 1980, Applied Statistics 29, 15-24) with the square
//! and RESET (Ramsey 1969, JRSS B 31, 350-371) with square and cube; the square of one column asks whether that column
//! bends. Score tests: for least squares they are monotone in the F test of the wider regression.

use crate::extra_score::{Extra, ExtraRow, Moments};

/// Powers 2, 3, .. of the main linear predictor, about a centre and in units of a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Powers {
    /// Taken off; 0 where the model has no intercept.
    pub center: f64,
    /// Divides.
    pub scale: f64,
    /// How many powers.
    pub count: usize,
}

impl Extra for Powers {
    fn count(&self) -> usize {
        self.count
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        let value = (row.eta - self.center) / self.scale;
        let mut power = value;
        let z: Vec<f64> = (0..self.count)
            .map(|_| {
                power *= value;
                power
            })
            .collect();
        add_columns(row, &z, out);
    }
}

/// Squares of columns of the main predictor.
#[derive(Clone, Debug, PartialEq)]
pub struct Squares {
    /// Places of the columns among the kept coefficients.
    pub places: Vec<usize>,
}

impl Extra for Squares {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        add_columns(row, &squares(row, &self.places), out);
    }
}

/// Some columns in one row                                                   `[m]`
pub(crate) fn values(row: &ExtraRow<'_>, places: &[usize]) -> Vec<f64> {
    let value = |place: &usize| row.main.iter().filter(|(at, _)| at == place).map(|(_, x)| x).sum();
    places.iter().map(value).collect()
}

/// Squares of some columns in one row                                        `[m]`
pub(crate) fn squares(row: &ExtraRow<'_>, places: &[usize]) -> Vec<f64> {
    values(row, places).into_iter().map(|x| x * x).collect()
}

/// Columns z of the main predictor: t = g z, v = J z z', c = J_0 z.
fn add_columns(row: &ExtraRow<'_>, z: &[f64], out: &mut Moments) {
    let (m, k) = (z.len(), row.score.len());
    for (a, z_a) in z.iter().enumerate() {
        out.score[a] = row.score[0] * z_a;
        (0..=a).for_each(|b| out.variance[a * m + b] = row.info[0] * z_a * z[b]);
        (0..k).for_each(|i| out.covariance[a * k + i] = row.info[i] * z_a);
    }
}
