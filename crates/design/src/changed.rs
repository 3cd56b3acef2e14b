//! A source whose rows count so many times, or have another response: what a bootstrap fits again.
//!
//! The design is that of the rows as they are, so levels and knots stay; a row that was not drawn has weight 0.

use crate::{Chunk, Frame, Halt, Source};

/// What is different about the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Factors of the weights                                               `[n]`
    Counts(Vec<f64>),
    /// The first response column                                            `[n]`
    Response(Vec<f64>),
}

/// The rows of a source with one change.
pub struct Changed<'a> {
    source: &'a dyn Source,
    change: Change,
}

impl<'a> Changed<'a> {
    /// The rows of `source` with a change.
    #[must_use]
    pub fn new(source: &'a dyn Source, change: Change) -> Self {
        Self { source, change }
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
        self.source.read(part, &mut |chunk| {
            let mut chunk = chunk.clone();
            let rows = chunk.first_row..chunk.first_row + chunk.rows;
            match &self.change {
                Change::Counts(counts) => {
                    chunk.weight.iter_mut().zip(&counts[rows]).for_each(|(w, c)| *w *= c);
                }
                Change::Response(values) => {
                    let values = &values[rows];
                    chunk.y[0][..values.len()].copy_from_slice(values);
                    // Padding repeats the last row's response.
                    let last = values.last().copied().unwrap_or_default();
                    chunk.y[0][values.len()..].fill(last);
                }
            }
            each(&chunk)
        })
    }
}
