//! A straight line through points with least absolute distances: few points, and the very vertex that Barrodale & Roberts find.
//!
//! The best line is often not unique among a handful of points; which of the best is meant is then a matter of the
//! algorithm. This is theirs: columns enter by the size of their slope, then rows are exchanged along the edge that falls
//! most. Barrodale & Roberts (1973), SIAM Journal on Numerical Analysis 10, 839-848.

/// A slope below this is level.
const LEVEL: f64 = 1e-9;

/// The points, with the line as far as it is found.
struct Line<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// Intercept and slope.
    beta: [f64; 2],
    /// Points that the line meets.
    met: Vec<usize>,
}

/// Slope of the line of least absolute distances; `None` where the points do not determine one.
///
/// * `x`, `y` the points                                                 `[n]`
#[must_use]
pub(crate) fn median_slope(x: &[f64], y: &[f64]) -> Option<f64> {
    let mut line = Line { x, y, beta: [0.0; 2], met: Vec::new() };
    let sign = |y: &f64| if *y >= 0.0 { 1.0 } else { -1.0 };
    let pulls = [y.iter().map(sign).sum::<f64>(), y.iter().zip(x).map(|(y, x)| sign(y) * x).sum()];
    let first = usize::from(pulls[0].abs() < pulls[1].abs());
    let mut direction = [0.0; 2];
    direction[first] = sign(&pulls[first]);
    line.go(direction, None)?;
    // The other column, the first point kept on the line.
    let at = line.row(*line.met.first()?);
    let other = 1 - first;
    let mut direction = [0.0; 2];
    (direction[other], direction[first]) = (1.0, -at[other] / at[first]);
    if line.rise(direction) > 0.0 {
        direction = direction.map(|d| -d);
    }
    line.go(direction, None)?;
    for _ in 0..10 * y.len() {
        let Some((leaving, direction)) = line.falling_edge()? else { return Some(line.beta[1]) };
        line.go(direction, Some(leaving))?;
    }
    None
}

impl Line<'_> {
    fn row(&self, i: usize) -> [f64; 2] {
        [1.0, self.x[i]]
    }

    fn along(&self, direction: [f64; 2], i: usize) -> f64 {
        direction[0] + direction[1] * self.x[i]
    }

    fn residual(&self, i: usize) -> f64 {
        if self.met.contains(&i) {
            return 0.0;
        }
        let residual = self.y[i] - self.beta[0] - self.beta[1] * self.x[i];
        let size = self.y[i].abs().max(self.beta[0].abs()).max((self.beta[1] * self.x[i]).abs());
        if residual.abs() <= 1e-13 * size { 0.0 } else { residual }
    }

    /// Change of the sum of distances per unit along a direction; points on the line rise, those met do not count.
    fn rise(&self, direction: [f64; 2]) -> f64 {
        let one = |i: usize| {
            let (e, r) = (self.along(direction, i), self.residual(i));
            if r == 0.0 { e.abs() } else { -e * r.signum() }
        };
        (0..self.y.len()).filter(|i| !self.met.contains(i)).map(one).sum()
    }

    /// Goes along a direction as far as the sum of distances falls, to the point that is met there; it takes the place of the
    /// `leaving` one.
    fn go(&mut self, direction: [f64; 2], leaving: Option<usize>) -> Option<()> {
        let mut slope = self.rise(direction) + if leaving.is_some() { 1.0 } else { 0.0 };
        let mut bends: Vec<(f64, usize)> = (0..self.y.len())
            .filter(|i| !self.met.contains(i) && self.along(direction, *i).abs() > 1e-14)
            .map(|i| (self.residual(i) / self.along(direction, i), i))
            .filter(|(length, _)| *length > 0.0)
            .collect();
        bends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (length, i) in bends {
            slope += 2.0 * self.along(direction, i).abs();
            if slope >= -LEVEL {
                self.beta[0] += length * direction[0];
                self.beta[1] += length * direction[1];
                match leaving.and_then(|old| self.met.iter_mut().find(|m| **m == old)) {
                    Some(place) => *place = i,
                    None => self.met.push(i),
                }
                return Some(());
            }
        }
        None
    }

    /// The edge along which the sum falls most: the point that leaves the line and the direction in which its height on it
    /// changes by 1; `Some(None)` where no edge falls.
    fn falling_edge(&self) -> Option<Option<(usize, [f64; 2])>> {
        let [a, b] = self.met.as_slice() else { return None };
        let mut best: Option<(f64, usize, [f64; 2])> = None;
        for (leaving, kept) in [(*a, *b), (*b, *a)] {
            let turn = [self.x[kept], -1.0];
            let unit = self.along(turn, leaving);
            for side in [1.0, -1.0] {
                let direction = turn.map(|d| side * d / unit);
                let slope = 1.0 + self.rise(direction);
                if best.is_none_or(|(least, _, _)| slope < least) {
                    best = Some((slope, leaving, direction));
                }
            }
        }
        Some(best.filter(|(slope, _, _)| *slope < -LEVEL).map(|(_, leaving, direction)| (leaving, direction)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_but_one_give_that_line() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let y = [3.0, 5.0, 7.0, 90.0, 11.0];
        let slope = median_slope(&x, &y).expect("a line");
        assert!((slope - 2.0).abs() < 1e-13, "{slope}");
    }

    #[test]
    fn no_line_is_better() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let y = [-3.1, -2.6, 0.4, 0.9, 1.0, 4.2, 4.4];
        let slope = median_slope(&x, &y).expect("a line");
        let distance = |b: f64| {
            let mut rest: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - b * x).collect();
            rest.sort_by(f64::total_cmp);
            rest.iter().map(|r| (r - rest[3]).abs()).sum::<f64>()
        };
        assert!([-0.1, -1e-6, 1e-6, 0.1].iter().all(|d| distance(slope) <= distance(slope + d) + 1e-12));
    }
}
