//! A source whose rows count so many times, or have another response: what a bootstrap fits again.
//!
//! The design is that of the rows as they are, so levels and knots stay; a row that was not drawn has weight 0. What is
//! changed is known of all rows, or made for each part whenever it is read, where a column of all rows would be too long.

use crate::{Chunk, Frame, Halt, Source};

/// What is different about the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Factors of the weights                                               `[n]`
    Counts(Vec<f64>),
    /// The first response column                                            `[n]`
    Response(Vec<f64>),
}

/// The change of all rows, or of those of the part of a number.
enum Changes<'a> {
    Whole(Change),
    Parts(&'a PartChange<'a>),
}

/// Makes the change of the rows of a part.
pub type PartChange<'a> = dyn Fn(usize) -> Result<Change, Halt> + Send + Sync + 'a;

/// The rows of a source with one change.
pub struct Changed<'a> {
    source: &'a dyn Source,
    changes: Changes<'a>,
}

impl<'a> Changed<'a> {
    /// The rows of `source` with a change of them all.
    #[must_use]
    pub fn new(source: &'a dyn Source, change: Change) -> Self {
        Self { source, changes: Changes::Whole(change) }
    }

    /// The rows of `source`, the change of each part made when it is read.
    #[must_use]
    pub fn by_part(source: &'a dyn Source, change: &'a PartChange<'a>) -> Self {
        Self { source, changes: Changes::Parts(change) }
    }
}

impl Change {
    /// Changes the rows of a chunk, the first of which is number `first` of those that this is about.
    fn enter(&self, first: usize, chunk: &mut Chunk) {
        let rows = first..first + chunk.rows;
        match self {
            Self::Counts(counts) => {
                chunk.weight.iter_mut().zip(&counts[rows]).for_each(|(w, c)| *w *= c);
            }
            Self::Response(values) => {
                let values = &values[rows];
                chunk.y[0][..values.len()].copy_from_slice(values);
                // Padding repeats the last row's response.
                let last = values.last().copied().unwrap_or_default();
                chunk.y[0][values.len()..].fill(last);
            }
        }
    }
}

impl Source for Changed<'_> {
    fn frame(&self) -> &Frame {
        self.source.frame()
    }

    fn parts(&self) -> usize {
        self.source.parts()
    }

    fn read(&self, part: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt> {
        let made;
        let (change, of_part) = match &self.changes {
            Changes::Whole(change) => (change, false),
            Changes::Parts(make) => {
                made = make(part)?;
                (&made, true)
            }
        };
        let mut before = None;
        self.source.read(part, &mut |chunk| {
            let start = *before.get_or_insert(chunk.first_row);
            let mut chunk = chunk.clone();
            change.enter(if of_part { chunk.first_row - start } else { chunk.first_row }, &mut chunk);
            each(&chunk)
        })
    }
}
