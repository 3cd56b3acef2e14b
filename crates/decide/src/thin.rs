//! A curve of millions of vertices, kept to a few hundred while it goes by.
//!
//! If there are no more vertices than the limit, all are kept. Else one is kept each time a monotone position along
//! the curve passes the next of `limit - 2` equal marks, and the last one always; kept vertices lie on the exact
//! curve, and between two of them the position has moved by at most one mark plus one step of the curve.

#[derive(Debug)]
pub(crate) struct Thinner<T> {
    limit: usize,
    all: Vec<T>,
    marked: Vec<T>,
    mark: f64,
    /// Where the next mark lies.
    next: f64,
    seen: usize,
    last: Option<T>,
}

/// A curve with at most the vertices asked for, and how many there were.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Thinned<T> {
    /// Vertices of the exact curve.
    pub of: usize,
    /// Those that are kept, in order.
    pub vertices: Vec<T>,
}

impl<T> Thinned<T> {
    /// The same vertices in other words.
    pub(crate) fn map<U>(self, each: impl FnMut(T) -> U) -> Thinned<U> {
        Thinned { of: self.of, vertices: self.vertices.into_iter().map(each).collect() }
    }
}

impl<T: Copy> Thinner<T> {
    /// At most `limit >= 3` vertices; positions run from 0 to `length`.
    pub(crate) fn new(limit: usize, length: f64) -> Self {
        let limit = limit.max(3);
        let mark = length / (limit - 2) as f64;
        Self { limit, all: Vec::new(), marked: Vec::new(), mark, next: 0.0, seen: 0, last: None }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, position: f64, vertex: T) {
        self.seen += 1;
        if self.seen <= self.limit {
            self.all.push(vertex);
        }
        // A long step passes several marks with one vertex: the marks it passed are used up.
        while position >= self.next {
            self.marked.push(vertex);
            self.next = self.marked.len() as f64 * self.mark;
        }
        self.last = Some(vertex);
    }

    pub(crate) fn finish(mut self) -> Thinned<T>
    where
        T: PartialEq,
    {
        if self.seen <= self.limit {
            return Thinned { of: self.seen, vertices: self.all };
        }
        self.marked.extend(self.last);
        self.marked.dedup();
        if self.marked.len() > self.limit {
            self.marked.remove(self.limit - 1);
        }
        Thinned { of: self.seen, vertices: self.marked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_curve_is_kept_and_a_long_one_keeps_its_ends_and_its_spacing() {
        let thin = |n: usize, limit: usize| {
            let mut thinner = Thinner::new(limit, 1.0);
            (0..n).for_each(|i| thinner.push(i as f64 / (n - 1) as f64, i));
            thinner.finish()
        };
        assert_eq!(thin(5, 5).vertices, [0, 1, 2, 3, 4]);
        for n in [401, 1000, 100_000] {
            let curve = thin(n, 400);
            assert_eq!((curve.of, curve.vertices[0], *curve.vertices.last().expect("kept")), (n, 0, n - 1));
            assert!(curve.vertices.len() <= 400 && curve.vertices.len() > 300);
            let widest = curve.vertices.windows(2).map(|w| w[1] - w[0]).max().expect("two");
            assert!(widest <= n.div_ceil(398) + 1);
        }
    }
}
