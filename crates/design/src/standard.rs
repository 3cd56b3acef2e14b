//! Dense columns are shifted and scaled inside a fit, and the coefficients taken back to the user's columns.
//!
//! A column inside is `(x - shift) scale`. `scale` is a power of two near 1 / sd and `shift` the mean on a grid of
//! 2^(floor(log2 sd) - 4), so both steps are exact for nearly all data: no digit of the data is lost to conditioning.
//! No shift where a predictor without intercept has the column; columns that multiply codes are only scaled.
//! With `b` inside, outside are `b_j scale_j` and, for the intercept, `b_0 - sum b_j scale_j shift_j`.

use loglik_num::Dd;

use crate::fill::Filler;
use crate::layout::BlockPlan;
use crate::values::Unseen;
use crate::{DesignError, PART_ROWS, Plan, Table};

/// What is done to one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// What is taken away.
    pub shift: f64,
    /// What the rest is multiplied by, a power of two.
    pub scale: f64,
}

impl Scaling {
    /// The column as it is.
    pub const NONE: Self = Self { shift: 0.0, scale: 1.0 };

    /// The scaling of a column \[n\], shifted if `centred`.
    fn of(x: &[f64], centred: bool) -> Self {
        let largest = x.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        if largest == 0.0 {
            return Self::NONE;
        }
        let n = x.len() as f64;
        if x.iter().all(|other| *other == x[0]) {
            return Self { shift: 0.0, scale: 1.0 / power_of_two_below(largest) };
        }
        // Divided by the largest, so that neither sum nor square overflows.
        let mean = if centred { largest * (x.iter().map(|x| x / largest).sum::<f64>() / n) } else { 0.0 };
        let deviation = |x: &f64| (x - mean) / largest;
        let spread = largest * (x.iter().map(|x| deviation(x) * deviation(x)).sum::<f64>() / n).sqrt();
        let unit = power_of_two_below(spread);
        let grid = unit / 16.0;
        let shift = if centred { (mean / grid).round() * grid } else { 0.0 };
        let scale = 1.0 / unit;
        if shift.is_finite() && scale.is_normal() { Self { shift, scale } } else { Self::NONE }
    }
}

/// The largest power of two that is not above a positive `x`, itself a normal number.
fn power_of_two_below(x: f64) -> f64 {
    f64::from_bits(x.max(f64::MIN_POSITIVE).to_bits() & 0x7ff0_0000_0000_0000)
}

/// What is done to the columns of each block.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// For each block of the plan: one for each dense column, one for the column that multiplies codes.
    pub(crate) blocks: Vec<Vec<Scaling>>,
}

impl Standard {
    /// Columns as they are: for prediction with the user's coefficients.
    #[must_use]
    pub fn none(plan: &Plan) -> Self {
        let scalings = |block: &BlockPlan| match block {
            BlockPlan::Dense(columns) => vec![Scaling::NONE; columns.len()],
            BlockPlan::Levels { times: Some(_), .. } => vec![Scaling::NONE],
            BlockPlan::Ones | BlockPlan::Levels { times: None, .. } | BlockPlan::Sparse { .. } => Vec::new(),
        };
        Self { blocks: plan.blocks.iter().map(scalings).collect() }
    }

    /// Scalings from the rows of the first part.
    ///
    /// * `table` the rows used, or the first part of them
    ///
    /// # Errors
    /// As [`Plan::chunks`].
    pub fn of(plan: &Plan, table: &Table) -> Result<Self, DesignError> {
        let rows = 0..table.rows().min(PART_ROWS);
        let filler = Filler::new(plan, table, rows.clone(), Unseen::Error)?;
        let mut out = Self::none(plan);
        let mut column = vec![0.0; rows.len()];
        for (b, block) in plan.blocks.iter().enumerate() {
            let products = match block {
                BlockPlan::Dense(columns) => columns.as_slice(),
                BlockPlan::Levels { times: Some(times), .. } => std::slice::from_ref(times),
                _ => continue,
            };
            let centred = matches!(block, BlockPlan::Dense(_)) && plan.all_have_intercept(b);
            for (j, product) in products.iter().enumerate() {
                filler.column(product, Scaling::NONE, 0, &mut column)?;
                out.blocks[b][j] = Scaling::of(&column, centred);
            }
        }
        Ok(out)
    }

    /// Takes no shift from the columns of a block: for a predictor whose intercept another parameter bears.
    pub fn uncentre(&mut self, block: usize) {
        self.blocks[block].iter_mut().for_each(|scaling| scaling.shift = 0.0);
    }
}

impl Plan {
    /// Whether every predictor that has block `b` has an intercept.
    fn all_have_intercept(&self, b: usize) -> bool {
        self.predictors.iter().filter(|p| p.blocks.contains(&b)).all(|p| p.intercept.is_some())
    }
}

/// The linear map from coefficients inside a fit to those of the user's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearMap {
    scale: Vec<f64>,
    /// What is taken off the intercept for one unit of the user's coefficient.
    shift: Vec<f64>,
    /// The intercept that bears the shift.
    intercept: Vec<Option<usize>>,
}

impl LinearMap {
    /// The map that changes none of `p` coefficients.
    #[must_use]
    pub fn identity(p: usize) -> Self {
        Self { scale: vec![1.0; p], shift: vec![0.0; p], intercept: vec![None; p] }
    }

    /// Says that the coefficients of a block begin at `first`.
    ///
    /// * `block`     the block, by position among the plan's
    /// * `intercept` the coefficient that is the intercept of the block's predictor
    pub fn place(
        &mut self,
        plan: &Plan,
        standard: &Standard,
        block: usize,
        first: usize,
        intercept: Option<usize>,
    ) {
        let range = first..first + plan.blocks[block].spec().coefs();
        match (&plan.blocks[block], standard.blocks[block].as_slice()) {
            (BlockPlan::Dense(_), scalings) => {
                for (at, scaling) in range.zip(scalings) {
                    self.scale[at] = scaling.scale;
                    self.shift[at] = scaling.shift;
                    self.intercept[at] = intercept;
                }
            }
            // All coefficients of a block of codes share the column that multiplies them.
            (BlockPlan::Levels { .. }, [scaling]) => self.scale[range].fill(scaling.scale),
            _ => {}
        }
    }

    /// What one unit of a coefficient inside is of the user's.
    #[must_use]
    pub fn scale(&self, j: usize) -> f64 {
        self.scale[j]
    }

    /// Coefficients of the user's columns.
    ///
    /// * `hi`, `lo` coefficients inside, as sums of two doubles             `[p]`
    #[must_use]
    pub fn to_user(&self, hi: &[f64], lo: &[f64]) -> Vec<f64> {
        let mut user: Vec<Dd> =
            (0..hi.len()).map(|j| Dd::sum(hi[j], lo[j]) * Dd::from(self.scale[j])).collect();
        for j in 0..hi.len() {
            if let (Some(at), true) = (self.intercept[j], self.shift[j] != 0.0) {
                user[at] = user[at] - user[j] * Dd::from(self.shift[j]);
            }
        }
        user.into_iter().map(Dd::value).collect()
    }

    /// Coefficient `j` of the user's columns as a combination of those inside  `[p]`
    #[must_use]
    pub fn combination(&self, j: usize) -> Vec<f64> {
        let borne = |k: usize| {
            let (at, shift) = (self.intercept[k], self.shift[k]);
            if at == Some(j) { -self.scale[k] * shift } else { 0.0 }
        };
        let mut row: Vec<f64> = (0..self.scale.len()).map(borne).collect();
        row[j] += self.scale[j];
        row
    }

    /// Coefficients inside from those of the user's columns `[p]`.
    #[must_use]
    pub fn to_internal(&self, user: &[f64]) -> Vec<f64> {
        let mut inside: Vec<Dd> = user.iter().map(|b| Dd::from(*b)).collect();
        for (j, b) in user.iter().enumerate() {
            if let (Some(at), true) = (self.intercept[j], self.shift[j] != 0.0) {
                inside[at] += Dd::product(*b, self.shift[j]);
            }
        }
        inside.into_iter().zip(&self.scale).map(|(b, scale)| b.value() / scale).collect()
    }

    /// Slopes in the user's coefficients from those in the coefficients inside `[p]`: the transpose of the map to the inside.
    #[must_use]
    pub fn score_to_user(&self, inner: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = inner.iter().zip(&self.scale).map(|(s, scale)| s / scale).collect();
        let through = |j: usize| match self.intercept[j] {
            Some(at) => self.shift[j] * scaled[at],
            None => 0.0,
        };
        (0..inner.len()).map(|j| scaled[j] + through(j)).collect()
    }

    /// Takes a covariance of coefficients inside to that of the user's coefficients, in place.
    ///
    /// In double-double throughout: a covariance near zero is a small difference of large numbers.
    ///
    /// * `vcov` symmetric, both triangles filled                            `[p, p]`
    pub fn vcov_to_user(&self, vcov: &mut [Dd]) {
        let p = self.scale.len();
        for i in 0..p {
            for j in 0..p {
                vcov[i * p + j] = vcov[i * p + j] * Dd::product(self.scale[i], self.scale[j]);
            }
        }
        for j in 0..p {
            let (Some(at), true) = (self.intercept[j], self.shift[j] != 0.0) else { continue };
            let shift = Dd::from(self.shift[j]);
            for i in 0..p {
                vcov[at * p + i] = vcov[at * p + i] - shift * vcov[j * p + i];
            }
            for i in 0..p {
                vcov[i * p + at] = vcov[i * p + at] - shift * vcov[i * p + j];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Formula, PlanOptions, RowColumns};
    use loglik_expr::Column;

    fn years() -> Table {
        let years: Vec<f64> = (0..16).map(|i| f64::from(1947 + i)).collect();
        let income: Vec<f64> = years.iter().map(|year| 1e5 + (year - 1950.0) * 17.25).collect();
        Table::from_columns([("year", Column::Number(years)), ("income", Column::Number(income))])
            .expect("two columns of sixteen rows")
    }

    fn planned(text: &str) -> (Plan, Standard) {
        let plan =
            Plan::new(&Formula::parse(text).expect(text), &years(), &PlanOptions::default()).expect(text);
        let standard = Standard::of(&plan, &years()).expect("finite columns");
        (plan, standard)
    }

    #[test]
    fn shift_and_scale_are_undone_without_a_rounding() {
        let (plan, standard) = planned("~ year + income");
        let table = years();
        let chunks = plan.fill_part(&table, &RowColumns::default(), &standard, 0, Unseen::Error);
        let chunks = chunks.expect("finite columns");
        let crate::Block::Dense(dense) = &chunks[0].blocks[1] else { panic!("two dense columns") };
        for (j, column) in table.columns().enumerate() {
            let (Scaling { shift, scale }, Column::Number(values)) = (standard.blocks[1][j], column) else {
                continue;
            };
            assert!(shift != 0.0);
            let inside = &dense.col(j)[..16];
            assert!(inside.iter().all(|x| x.abs() < 4.0), "{inside:?}");
            let back: Vec<f64> = inside.iter().map(|x| x / scale + shift).collect();
            assert_eq!(back, *values);
        }
    }

    #[test]
    fn a_column_without_intercept_is_scaled_and_not_shifted() {
        let shifts = |text: &str| {
            let (_, standard) = planned(text);
            standard.blocks.concat().iter().map(|scaling| scaling.shift != 0.0).collect::<Vec<_>>()
        };
        assert_eq!(shifts("~ year"), [true]);
        assert_eq!(shifts("~ year - 1"), [false]);
        // The block is shared, and one of the predictors has no intercept.
        assert_eq!(shifts("~ year; sigma ~ year - 1"), [false]);
    }

    #[test]
    fn coefficients_and_their_covariance_come_back_to_the_users_columns() {
        // Inside x' = (x - 8) / 4, so outside b = b' / 4 and a = a' - 2 b'.
        let mut map = LinearMap::identity(2);
        (map.scale[1], map.shift[1], map.intercept[1]) = (0.25, 8.0, Some(0));
        assert_eq!(map.to_user(&[3.0, 4.0], &[0.0, 0.0]), [-5.0, 1.0]);
        assert_eq!(map.to_internal(&[-5.0, 1.0]), [3.0, 4.0]);
        assert_eq!([map.combination(0), map.combination(1)], [[1.0, -2.0], [0.0, 0.25]]);
        // var a = var a' - 4 cov + 4 var b', cov(a, b) = cov / 4 - var b' / 2, var b = var b' / 16.
        let mut vcov = [2.0, 0.5, 0.5, 1.0].map(Dd::from);
        map.vcov_to_user(&mut vcov);
        assert_eq!(vcov.map(Dd::value), [4.0, -0.375, -0.375, 0.0625]);
    }
}
