//! What passes through a likelihood: columns of responses and coordinates in, row derivatives out.
//!
//! Columns come first, one after the other; every column has the same padded length, a multiple of the
//! lane. `RowDerivs` is a buffer owned by the caller and reused from chunk to chunk.

/// Some columns of equal length: responses `y` or coordinates `u`.
pub type Columns<'a> = &'a [&'a [f64]];

/// One chunk's log densities and their derivatives in `u`, row by row.
#[derive(Clone, Debug, Default)]
pub struct RowDerivs {
    n: usize,
    k: usize,
    /// Log density, nats                                                   `[n]`
    pub l: Vec<f64>,
    /// First derivatives, one column per coordinate                        `[k][n]`
    pub g: Vec<f64>,
    /// Second derivatives, lower triangle by rows: (i, j), j <= i          `[k (k + 1) / 2][n]`
    pub h: Vec<f64>,
}

impl RowDerivs {
    /// A buffer for `n` rows and `k` coordinates, all zero.
    #[must_use]
    pub fn new(n: usize, k: usize) -> Self {
        let mut out = Self::default();
        out.reset(n, k);
        out
    }

    /// Makes room for `n` rows and `k` coordinates; what was there before is not kept.
    pub fn reset(&mut self, n: usize, k: usize) {
        self.n = n;
        self.k = k;
        self.l.resize(n, 0.0);
        self.g.resize(n * k, 0.0);
        self.h.resize(n * k * (k + 1) / 2, 0.0);
    }

    /// Rows, padding included.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.n
    }

    /// Coordinates.
    #[must_use]
    pub fn params(&self) -> usize {
        self.k
    }

    /// Place of the pair (`i`, `j`) in the packed lower triangle; the order of the two does not matter.
    #[must_use]
    pub fn pair(i: usize, j: usize) -> usize {
        let (i, j) = if i >= j { (i, j) } else { (j, i) };
        i * (i + 1) / 2 + j
    }

    /// First derivatives in coordinate `i`                                 `[n]`
    #[must_use]
    pub fn g(&self, i: usize) -> &[f64] {
        &self.g[i * self.n..(i + 1) * self.n]
    }

    /// First derivatives in coordinate `i`, to be written                  `[n]`
    pub fn g_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.g[i * self.n..(i + 1) * self.n]
    }

    /// Second derivatives in coordinates `i` and `j`                       `[n]`
    #[must_use]
    pub fn h(&self, i: usize, j: usize) -> &[f64] {
        let at = Self::pair(i, j);
        &self.h[at * self.n..(at + 1) * self.n]
    }

    /// Second derivatives in coordinates `i` and `j`, to be written        `[n]`
    pub fn h_mut(&mut self, i: usize, j: usize) -> &mut [f64] {
        let at = Self::pair(i, j);
        &mut self.h[at * self.n..(at + 1) * self.n]
    }
}
