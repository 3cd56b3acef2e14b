//! What is taken off the log-likelihood for large coefficients: sum a_j |b_j| + b'Q b / 2.

/// A penalty, in the coordinates of the chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct Penalty {
    /// Weight of each |b_j|                                                 `[p]`
    pub absolute: Vec<f64>,
    /// Q of b'Q b / 2: the entries of each row, both triangles               `[p]`
    pub quadratic: Vec<Vec<(usize, f64)>>,
    /// The parameter that is the dispersion, where it is held at 1 for the penalised steps.
    pub dispersion: Option<usize>,
}

impl Penalty {
    /// Whether a coefficient is penalised.
    #[must_use]
    pub fn touches(&self, j: usize) -> bool {
        self.absolute[j] != 0.0 || !self.quadratic[j].is_empty()
    }

    /// Whether it has no kink.
    #[must_use]
    pub fn is_smooth(&self) -> bool {
        self.absolute.iter().all(|a| *a == 0.0)
    }

    /// Q b, one entry.
    pub(crate) fn pull(&self, beta: &[f64], j: usize) -> f64 {
        self.quadratic[j].iter().map(|(i, q)| q * beta[*i]).sum()
    }

    /// Adds the rows and columns of Q that belong to the active coefficients to a square matrix `[q, q]`.
    pub(crate) fn add_to(&self, h: &mut [f64], active: &[usize]) {
        let q = active.len();
        let mut place = vec![None; self.quadratic.len()];
        active.iter().enumerate().for_each(|(i, a)| place[*a] = Some(i));
        for (i, a) in active.iter().enumerate() {
            for (b, value) in &self.quadratic[*a] {
                if let Some(j) = place[*b] {
                    h[i * q + j] += value;
                }
            }
        }
    }

    /// Entry (j, j) of Q.
    pub(crate) fn diagonal(&self, j: usize) -> f64 {
        self.quadratic[j].iter().find(|(i, _)| *i == j).map_or(0.0, |(_, q)| *q)
    }

    pub(crate) fn absolutes(&self, beta: &[f64]) -> f64 {
        self.absolute.iter().zip(beta).filter(|(a, _)| **a != 0.0).map(|(a, b)| a * b.abs()).sum()
    }

    /// What is taken off the log-likelihood, nats.
    #[must_use]
    pub fn value(&self, beta: &[f64]) -> f64 {
        let pulls: f64 = beta.iter().enumerate().map(|(j, b)| b * self.pull(beta, j)).sum();
        self.absolutes(beta) + 0.5 * pulls
    }
}
