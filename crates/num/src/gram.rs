//! X' W Y over a chunk, columns first: the dearest loop of a fit with more than some 30 coefficients.
//!
//! Column `j` of a matrix starts at `j * stride`; the number of rows is a multiple of 8. Rows are taken in blocks of
//! [`ROWS`]; within a block each entry is summed in eight strands, row r in strand r mod 8, then folded and added to
//! the target. Tiles of 4 x 3 columns keep twelve sums in registers; eight weighted columns at a time wait in a
//! buffer. Neither changes any sum's order, so the bits are those of the plain triple loop.

#![allow(unsafe_code, reason = "unchecked reads in the innermost loop; bounds are asserted at the door")]

use crate::lane::LANE;
use crate::vector::{Vector, Wide, fold, widest};

/// Rows after which sums are folded: eight columns of a block and their partners fit the first cache.
const ROWS: usize = 256;
/// Weighted columns in the buffer.
const BUFFERED: usize = 8;
/// Column stride of the buffer; not a power of two, which would crowd one cache set.
const STRIDE: usize = ROWS + LANE;
/// Columns of X, and of Y, in a tile.
const TILE: (usize, usize) = (4, 3);

/// Adds X' diag(w) Y to `out`.
///
/// * `x`      columns of X, each `x_stride` apart                      [n, p]
/// * `y`      columns of Y                                             [n, q]
/// * `w`      row weights                                              [n]
/// * `out`    entry (i, j) at `i * out_stride + j`, added to           [p, q]
/// * `lower_only` only entries with `j <= i` are touched: for Y = X
#[allow(clippy::too_many_arguments, reason = "two strided matrices, a weight and a target, all borrowed")]
pub fn gram(
    x: &[f64],
    x_stride: usize,
    p: usize,
    y: &[f64],
    y_stride: usize,
    q: usize,
    w: &[f64],
    n: usize,
    out: &mut [f64],
    out_stride: usize,
    lower_only: bool,
) {
    if p == 0 || q == 0 || n == 0 {
        return;
    }
    assert!(n.is_multiple_of(LANE) && w.len() >= n, "rows come in whole lanes");
    assert!(x.len() >= (p - 1) * x_stride + n && y.len() >= (q - 1) * y_stride + n, "all columns are there");
    widest(Gram { x, x_stride, p, y, y_stride, q, w, n, out, out_stride, lower_only });
}

struct Gram<'a> {
    x: &'a [f64],
    x_stride: usize,
    p: usize,
    y: &'a [f64],
    y_stride: usize,
    q: usize,
    w: &'a [f64],
    n: usize,
    out: &'a mut [f64],
    out_stride: usize,
    lower_only: bool,
}

impl Wide for Gram<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let mut weighted = [0.0; BUFFERED * STRIDE];
        for start in (0..self.n).step_by(ROWS) {
            let rows = ROWS.min(self.n - start);
            for first in (0..self.p).step_by(BUFFERED) {
                let count = BUFFERED.min(self.p - first);
                for i in 0..count {
                    // SAFETY: features by the caller; the buffer has room for `count` columns of `rows`.
                    unsafe { self.weigh::<V>(first + i, start, rows, &mut weighted[i * STRIDE..]) };
                }
                // SAFETY: features by the caller.
                unsafe { self.row_of_tiles::<V>(&weighted, first, count, start, rows) };
            }
        }
    }
}

impl Gram<'_> {
    /// Column `column` of X times the weights, rows `start ..`.
    #[inline(always)]
    unsafe fn weigh<V: Vector>(&self, column: usize, start: usize, rows: usize, to: &mut [f64]) {
        let x = &self.x[column * self.x_stride + start..][..rows];
        let w = &self.w[start..][..rows];
        let to = &mut to[..rows];
        for r in (0..rows).step_by(V::WIDTH) {
            // SAFETY: the three slices hold `rows`, a multiple of WIDTH.
            unsafe {
                let product = V::load(x.as_ptr().add(r)).times(V::load(w.as_ptr().add(r)));
                product.store(to.as_mut_ptr().add(r));
            }
        }
    }

    /// All tiles of the buffered columns with the columns of Y.
    #[inline(always)]
    unsafe fn row_of_tiles<V: Vector>(
        &mut self,
        weighted: &[f64],
        first: usize,
        count: usize,
        start: usize,
        rows: usize,
    ) {
        let columns = if self.lower_only { self.q.min(first + count) } else { self.q };
        for j in (0..columns).step_by(TILE.1) {
            let wide = TILE.1.min(columns - j);
            for i in (0..count).step_by(TILE.0) {
                let high = TILE.0.min(count - i);
                if self.lower_only && j > first + i + high - 1 {
                    continue;
                }
                let tile = Tile {
                    x: weighted[i * STRIDE..].as_ptr(),
                    y: self.y[j * self.y_stride + start..].as_ptr(),
                    y_stride: self.y_stride,
                    rows,
                };
                // SAFETY: both pointers reach over their columns, whose ends were asserted at the door.
                let sums = unsafe { tile.any::<V>(high, wide) };
                self.add(&sums, (first + i, high), (j, wide));
            }
        }
    }

    #[inline(always)]
    fn add(&mut self, sums: &[[f64; TILE.1]; TILE.0], (i, high): (usize, usize), (j, wide): (usize, usize)) {
        for a in 0..high {
            let end = if self.lower_only { wide.min((i + a + 1).saturating_sub(j)) } else { wide };
            let row = &mut self.out[(i + a) * self.out_stride + j..][..end];
            for (out, sum) in row.iter_mut().zip(&sums[a]) {
                *out += sum;
            }
        }
    }
}

/// A few columns of each side.
struct Tile {
    x: *const f64,
    y: *const f64,
    y_stride: usize,
    rows: usize,
}

impl Tile {
    /// The tile of the size at hand; a code path for each, so that sums stay in registers.
    #[inline(always)]
    unsafe fn any<V: Vector>(&self, high: usize, wide: usize) -> [[f64; TILE.1]; TILE.0] {
        // SAFETY: the caller's promise, passed on.
        unsafe {
            match (high, wide) {
                (4, 3) => self.sums::<V, 4, 3>(),
                (4, 2) => self.sums::<V, 4, 2>(),
                (4, 1) => self.sums::<V, 4, 1>(),
                (3, 3) => self.sums::<V, 3, 3>(),
                (3, 2) => self.sums::<V, 3, 2>(),
                (3, 1) => self.sums::<V, 3, 1>(),
                (2, 3) => self.sums::<V, 2, 3>(),
                (2, 2) => self.sums::<V, 2, 2>(),
                (2, 1) => self.sums::<V, 2, 1>(),
                (_, 3) => self.sums::<V, 1, 3>(),
                (_, 2) => self.sums::<V, 1, 2>(),
                _ => self.sums::<V, 1, 1>(),
            }
        }
    }

    /// Sums of products of H by W columns, in eight strands each.
    ///
    /// A register narrower than a lane goes over the rows once for each of its parts of the lane.
    #[inline(always)]
    unsafe fn sums<V: Vector, const H: usize, const W: usize>(&self) -> [[f64; TILE.1]; TILE.0] {
        let mut strands = [[[0.0; LANE]; W]; H];
        for part in (0..LANE).step_by(V::WIDTH) {
            // SAFETY: reads stay within `rows` of H and W columns; the strands hold a lane each.
            unsafe {
                let mut sums = [[V::splat(0.0); W]; H];
                let mut r = part;
                while r < self.rows {
                    let mut y = [V::splat(0.0); W];
                    for b in 0..W {
                        y[b] = V::load(self.y.add(b * self.y_stride + r));
                    }
                    for a in 0..H {
                        let x = V::load(self.x.add(a * STRIDE + r));
                        for b in 0..W {
                            sums[a][b] = x.fused(y[b], sums[a][b]);
                        }
                    }
                    r += LANE;
                }
                for a in 0..H {
                    for b in 0..W {
                        sums[a][b].store(strands[a][b].as_mut_ptr().add(part));
                    }
                }
            }
        }
        let mut out = [[0.0; TILE.1]; TILE.0];
        for a in 0..H {
            for b in 0..W {
                out[a][b] = fold(&strands[a][b]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Lane;

    /// The plain triple loop, in the same blocks and strands.
    fn plain(x: &[f64], stride: usize, p: usize, w: &[f64], n: usize) -> Vec<f64> {
        let mut out = vec![0.0; p * p];
        for start in (0..n).step_by(ROWS) {
            for i in 0..p {
                for j in 0..=i {
                    let mut sum = Lane::ZERO;
                    for r in (start..n.min(start + ROWS)).step_by(LANE) {
                        let weighted = Lane::load(&x[i * stride + r..]) * Lane::load(&w[r..]);
                        sum = weighted.mul_add(Lane::load(&x[j * stride + r..]), sum);
                    }
                    out[i * p + j] += sum.sum();
                }
            }
        }
        out
    }

    #[test]
    fn tiles_have_the_bits_of_the_plain_loop() {
        for (n, p) in [(8, 1), (16, 2), (264, 3), (600, 7), (40, 8), (272, 13), (64, 30)] {
            let stride = n + 8;
            let number = |t: usize| ((t * 7919 + 13) % 1009) as f64 / 317.0 - 1.5;
            let x: Vec<f64> = (0..p * stride).map(number).collect();
            let w: Vec<f64> = (0..n).map(|r| 0.1 + ((r * 31) % 17) as f64 / 7.0).collect();
            let mut out = vec![0.0; p * p];
            gram(&x, stride, p, &x, stride, p, &w, n, &mut out, p, true);
            assert_eq!(out, plain(&x, stride, p, &w, n), "n {n} p {p}");
            // The whole rectangle has the lower half, mirrored up to the place of the weight.
            let mut all = vec![0.0; p * p];
            gram(&x, stride, p, &x, stride, p, &w, n, &mut all, p, false);
            for i in 0..p {
                for j in 0..p {
                    let lower = out[i.max(j) * p + i.min(j)];
                    assert!((all[i * p + j] - lower).abs() <= 1e-11 * (1.0 + lower.abs()));
                }
            }
        }
    }
}
