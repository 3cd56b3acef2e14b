//! One part of a source as a source of its own: what is asked of all rows can be asked of one part after the other, where
//! the answer is as long as the rows.

use crate::{Chunk, Frame, Halt, Source, Wanted};

/// The rows of one part, numbered as in the whole.
pub struct OnePart<'a> {
    source: &'a dyn Source,
    part: usize,
}

impl<'a> OnePart<'a> {
    /// Part number `part` of a source.
    #[must_use]
    pub fn new(source: &'a dyn Source, part: usize) -> Self {
        Self { source, part }
    }
}

impl Source for OnePart<'_> {
    fn frame(&self) -> &Frame {
        self.source.frame()
    }

    fn parts(&self) -> usize {
        1
    }

    fn read(&self, _: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt> {
        self.source.read(self.part, each)
    }

    fn read_some(
        &self,
        _: usize,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        self.source.read_some(self.part, wanted, each)
    }
}
