//! Conjugate gradients: the solution of H s = r where H is known only by what it makes of a direction.
//!
//! A state machine that holds no data: it shows the direction whose product it wants, and is told it. Preconditioned by a
//! diagonal. Where H bends downwards along a direction the solution so far is kept: it still descends.
//! Hestenes & Stiefel (1952); Nocedal & Wright (2006), sec. 7.1.

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// One solution on its way.
#[derive(Clone, Debug)]
pub struct Conjugate {
    solution: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    inverse: Vec<f64>,
    /// Residual's square length in the metric of the preconditioner.
    size: f64,
    goal: f64,
    left: usize,
    /// Whether the matrix was met to bend downwards.
    concave: bool,
}

impl Conjugate {
    /// Begins at zero.
    ///
    /// * `right`    the right-hand side r                                  `[p]`
    /// * `diagonal` of H, above 0                                          `[p]`
    /// * `accuracy` share of the right-hand side's length at which the residual is small enough
    /// * `most`     products asked for, at most
    #[must_use]
    pub fn new(right: Vec<f64>, diagonal: &[f64], accuracy: f64, most: usize) -> Self {
        let inverse: Vec<f64> = diagonal.iter().map(|d| 1.0 / d).collect();
        let direction: Vec<f64> = right.iter().zip(&inverse).map(|(r, m)| r * m).collect();
        let size = dot(&right, &direction);
        let solution = vec![0.0; right.len()];
        let goal = accuracy * accuracy * size;
        Self { solution, residual: right, direction, inverse, size, goal, left: most, concave: false }
    }

    /// The direction whose product with H is wanted; `None` where the solution is good enough.
    #[must_use]
    pub fn ask(&self) -> Option<&[f64]> {
        let done = self.concave || self.left == 0 || self.size <= self.goal || !self.size.is_finite();
        (!done).then_some(&self.direction)
    }

    /// Is told the product of H and the direction                            `[p]`
    pub fn tell(&mut self, product: &[f64]) {
        self.left -= 1;
        let bend = dot(&self.direction, product);
        if bend.is_nan() || bend <= 0.0 {
            self.concave = true;
            // The very first direction is the preconditioned gradient, which descends.
            if self.solution.iter().all(|s| *s == 0.0) {
                self.solution.clone_from(&self.direction);
            }
            return;
        }
        let length = self.size / bend;
        self.solution.iter_mut().zip(&self.direction).for_each(|(s, d)| *s += length * d);
        self.residual.iter_mut().zip(product).for_each(|(r, h)| *r -= length * h);
        let scaled = self.residual.iter().zip(&self.inverse).map(|(r, m)| r * m);
        let after: f64 = self.residual.iter().zip(scaled.clone()).map(|(r, z)| r * z).sum();
        let keep = after / self.size;
        self.direction.iter_mut().zip(scaled).for_each(|(d, z)| *d = z + keep * *d);
        self.size = after;
    }

    /// The solution.
    #[must_use]
    pub fn solution(self) -> Vec<f64> {
        self.solution
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(h: &[[f64; 3]; 3], v: &[f64]) -> Vec<f64> {
        h.iter().map(|row| dot(row, v)).collect()
    }

    #[test]
    fn three_products_solve_three_equations() {
        let h = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]];
        let right = times(&h, &[1.0, -2.0, 3.0]);
        let mut solver = Conjugate::new(right, &[4.0, 3.0, 2.0], 1e-12, 10);
        let mut asked = 0;
        while let Some(direction) = solver.ask() {
            let product = times(&h, direction);
            solver.tell(&product);
            asked += 1;
        }
        assert!(asked <= 4, "{asked} products");
        for (found, known) in solver.solution().iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - known).abs() < 1e-11, "{found} for {known}");
        }
    }

    #[test]
    fn a_matrix_that_bends_downwards_leaves_a_direction_of_descent() {
        let h = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let right = vec![1.0, 0.1, 0.1];
        let mut solver = Conjugate::new(right.clone(), &[1.0; 3], 1e-12, 10);
        while let Some(direction) = solver.ask() {
            let product = times(&h, direction);
            solver.tell(&product);
        }
        assert!(dot(&solver.solution(), &right) > 0.0);
    }
}
