//! Where chunks come from: a source pushes them, part by part, and can be read again.
//!
//! A part is [`PART_ROWS`] consecutive used rows, whatever the file's own pieces; it fixes the order in which sums
//! are merged, so that memory, stream and any number of threads give the same bits.

use crate::{BlockSpec, Chunk};

/// Rows of a part: threads share 200,000 rows evenly, and sums of many coefficients are merged for many rows.
pub const PART_ROWS: usize = 32_768;

/// What a source holds, without its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Used rows.
    pub rows: usize,
    /// Response columns.
    pub y: usize,
    /// Offset columns.
    pub offsets: usize,
    /// Key columns and the number of groups in each.
    pub keys: Vec<usize>,
    /// Parts of the design.
    pub blocks: Vec<BlockSpec>,
}

/// Why reading stopped before the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The reader asked to stop (interrupt, or it has seen enough).
    Asked,
    /// The data could not be read again.
    Failed(String),
}

/// Re-readable chunks, push style, so that buffers are reused.
pub trait Source: Send + Sync {
    /// What is in a chunk.
    fn frame(&self) -> &Frame;

    /// Number of parts; their order is the order of merging.
    fn parts(&self) -> usize;

    /// Hands every chunk of one part to `each`, in row order.
    ///
    /// # Errors
    /// What `each` returned, or why the data could not be read.
    fn read(&self, part: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt>;

    /// The same for a reader that does not look at everything.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn read_some(
        &self,
        part: usize,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut number = 0;
        self.read(part, &mut |chunk| {
            number += 1;
            if (number - 1usize).is_multiple_of(wanted.every) { each(chunk) } else { Ok(()) }
        })
    }
}

/// What a reader looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// By block, whether it is looked at; the others may be empty            `[b]`
    pub blocks: Vec<bool>,
    /// Of each part the first chunk and every so manieth after it; at least 1.
    pub every: usize,
}

/// Chunks kept in memory.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    /// What is in a chunk.
    pub frame: Frame,
    /// The chunks of each part.
    pub parts: Vec<Vec<Chunk>>,
}

impl Source for MemorySource {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn parts(&self) -> usize {
        self.parts.len()
    }

    fn read(&self, part: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt> {
        self.parts[part].iter().try_for_each(each)
    }
}

/// Rows of a chunk for a design of `p` dense columns: the chunk, its linear predictors and its derivatives stay
/// in the second-level cache.
#[must_use]
pub fn chunk_rows(p: usize) -> usize {
    (32_768 / p.max(1) / 8 * 8).clamp(64, 4_096)
}
