//! Which line of a text file a data row stands on.
//!
//! Row r of a file without blank lines or line ends inside cells is on line `first + r`, so only the exceptions are kept: after
//! which row the distance grows, and to how much. Sources without lines (Parquet, Arrow, memory) have an empty map.

/// Lines of the rows of one file; empty where the source has no lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineMap {
    /// Line of row 0 were there no exceptions; `None` where the source has no lines.
    first: Option<u64>,
    /// `(row, extra)`: from `row` on, a row is `extra` lines further down; both ascending.
    extra: Vec<(u64, u64)>,
}

impl LineMap {
    /// The map of a source that has no lines.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Row 0 stands on line `first` (lines count from 1), each further row on the next.
    #[must_use]
    pub fn from_line(first: u64) -> Self {
        Self { first: Some(first), extra: Vec::new() }
    }

    /// Notes that `row` and all after it stand `lines` lines further down than said so far.
    ///
    /// Rows must be told in ascending order; the same row may be told again.
    pub fn push(&mut self, row: u64, lines: u64) {
        if lines == 0 {
            return;
        }
        match self.extra.last_mut() {
            Some((last, extra)) if *last == row => *extra += lines,
            Some(&mut (_, extra)) => self.extra.push((row, extra + lines)),
            None => self.extra.push((row, lines)),
        }
    }

    /// Line (from 1) on which the data row `row` (from 0, as in the file) begins.
    #[must_use]
    pub fn line(&self, row: u64) -> Option<u64> {
        let first = self.first?;
        let before = self.extra.partition_point(|&(from, _)| from <= row);
        let extra = if before == 0 { 0 } else { self.extra[before - 1].1 };
        Some(first + row + extra)
    }
}

#[cfg(test)]
mod tests {
    use super::LineMap;

    #[test]
    fn rows_after_a_cell_of_two_lines_stand_one_line_further_down() {
        let mut lines = LineMap::from_line(2);
        lines.push(1, 1);
        lines.push(4, 1);
        lines.push(4, 2);
        assert_eq!((0..6).map(|row| lines.line(row)).collect::<Vec<_>>(), [2, 4, 5, 6, 10, 11].map(Some));
    }

    #[test]
    fn a_source_without_lines_has_none() {
        assert_eq!(LineMap::none().line(3), None);
    }
}
