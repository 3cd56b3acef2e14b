//! X' W Y over a chunk, columns first: the dearest loop of a fit with more than some 30 coefficients.
//!
//! Column `j` of a matrix starts at `j * stride`; the number of rows is a multiple of 8. Rows are taken in equal blocks
//! of at most [`ROWS`]; within a block each entry is summed in eight strands, row r in strand r mod 8, then folded and
//! added to the target. Tiles of 4 x 3 columns keep twelve sums in registers; a dozen weighted columns at a time wait
//! in a buffer. Neither changes any sum's order, so the bits are those of the plain triple loop.

#![allow(unsafe_code, reason = "unchecked reads in the innermost loop; bounds are asserted at the door")]

use crate::lane::LANE;
use crate::vector::{Vector, Wide, widest};

/// Most rows before sums are folded: the buffer and three columns of Y fit the first cache.
const ROWS: usize = 192;
/// Weighted columns in the buffer, a multiple of the tile's.
const BUFFERED: usize = 12;
/// Column stride of the buffer; not a power of two, which would crowd one cache set.
const STRIDE: usize = ROWS + LANE;
/// Columns of X in a tile.
const HIGH: usize = 4;
/// Columns of Y in a tile.
const WIDE: usize = 3;

/// Rows of each block but the last: as few blocks as [`ROWS`] allows, of nearly equal size.
fn block_rows(n: usize) -> usize {
    n.div_ceil(n.div_ceil(ROWS)).next_multiple_of(LANE)
}

/// Adds X' diag(w) Y to `out`.
///
/// * `x`      columns of X, each `x_stride` apart                      [n, p]
/// * `y`      columns of Y                                             [n, q]
/// * `w`      row weights `[n]`
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

/// Weighted columns and partial sums, whose lanes do not straddle cache lines.
#[repr(align(64))]
struct Buffer {
    weighted: [f64; BUFFERED * STRIDE],
    strands: [[[f64; LANE]; HIGH]; WIDE],
}

impl Wide for Gram<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let mut buffer = Buffer { weighted: [0.0; BUFFERED * STRIDE], strands: [[[0.0; LANE]; HIGH]; WIDE] };
        let block = block_rows(self.n);
        for start in (0..self.n).step_by(block) {
            let rows = block.min(self.n - start);
            for first in (0..self.p).step_by(BUFFERED) {
                let count = BUFFERED.min(self.p - first);
                for i in 0..count {
                    // SAFETY: features by the caller; the buffer has room for `count` columns of `rows`.
                    unsafe { self.weigh::<V>(first + i, start, rows, &mut buffer.weighted[i * STRIDE..]) };
                }
                // SAFETY: features by the caller; `rows` of `count` columns are in the buffer.
                unsafe { self.row_of_tiles::<V>(&mut buffer, (first, count), (start, rows)) };
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
        buffer: &mut Buffer,
        (first, count): (usize, usize),
        (start, rows): (usize, usize),
    ) {
        let columns = if self.lower_only { self.q.min(first + count) } else { self.q };
        for j in (0..columns).step_by(WIDE) {
            let y = self.y[j * self.y_stride + start..].as_ptr();
            for i in (0..count).step_by(HIGH) {
                if self.lower_only && j >= first + i + HIGH {
                    continue;
                }
                // Tiles at the lower end are as high as the others: the buffer's columns beyond are not used.
                let tile =
                    Tile { x: buffer.weighted[i * STRIDE..].as_ptr(), y, y_stride: self.y_stride, rows };
                let wide = WIDE.min(columns - j);
                // SAFETY: the buffer holds whole tiles; the ends of Y's columns were asserted at the door.
                unsafe {
                    match wide {
                        3 => tile.sums::<V, 3>(&mut buffer.strands),
                        2 => tile.sums::<V, 2>(&mut buffer.strands),
                        _ => tile.sums::<V, 1>(&mut buffer.strands),
                    }
                    self.add::<V>(&buffer.strands, (first + i, HIGH.min(count - i)), (j, wide));
                }
            }
        }
    }

    /// Folds the strands of a tile and adds them to its place in the target.
    #[inline(always)]
    unsafe fn add<V: Vector>(
        &mut self,
        strands: &[[[f64; LANE]; HIGH]; WIDE],
        (i, high): (usize, usize),
        (j, wide): (usize, usize),
    ) {
        for b in 0..wide {
            // SAFETY: features by the caller.
            let sums = unsafe { V::fold4(&strands[b]) };
            for a in 0..high {
                if !self.lower_only || j + b <= i + a {
                    self.out[(i + a) * self.out_stride + j + b] += sums[a];
                }
            }
        }
    }
}

/// Four weighted columns and up to three of Y.
struct Tile {
    x: *const f64,
    y: *const f64,
    y_stride: usize,
    rows: usize,
}

impl Tile {
    /// Sums of products of four by W columns, in eight strands each.
    ///
    /// A register narrower than a lane goes over the rows once for each of its parts of the lane.
    #[inline(always)]
    unsafe fn sums<V: Vector, const W: usize>(&self, strands: &mut [[[f64; LANE]; HIGH]; WIDE]) {
        for part in (0..LANE).step_by(V::WIDTH) {
            // SAFETY: reads stay within `rows` of four and W columns; the strands hold a lane each.
            unsafe {
                let mut sums = [[V::splat(0.0); HIGH]; W];
                let mut r = part;
                while r < self.rows {
                    let mut y = [V::splat(0.0); W];
                    for b in 0..W {
                        y[b] = V::load(self.y.add(b * self.y_stride + r));
                    }
                    for a in 0..HIGH {
                        let x = V::load(self.x.add(a * STRIDE + r));
                        for b in 0..W {
                            sums[b][a] = x.fused(y[b], sums[b][a]);
                        }
                    }
                    r += LANE;
                }
                for b in 0..W {
                    for a in 0..HIGH {
                        sums[b][a].store(strands[b][a].as_mut_ptr().add(part));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Lane;

    /// The plain triple loop, in the same blocks and strands.
    fn plain(x: &[f64], stride: usize, p: usize, w: &[f64], n: usize) -> Vec<f64> {
        let mut out = vec![0.0; p * p];
        let block = block_rows(n);
        for start in (0..n).step_by(block) {
            for i in 0..p {
                for j in 0..=i {
                    let mut sum = Lane::ZERO;
                    for r in (start..n.min(start + block)).step_by(LANE) {
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
