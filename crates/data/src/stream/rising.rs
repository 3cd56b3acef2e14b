//! Numbers in rising order, more of them than memory holds: runs are sorted apart, kept in a spool, and merged when they
//! are read (Knuth, TAOCP 3, 5.4.1).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;

use super::spool::{Filling, Place, Spool};
use crate::DataError;

/// Numbers of all runs that are looked at ahead, and of one run at least and at most: 4 MB, but for very many runs.
const AHEAD: usize = 1 << 19;
const FEWEST: usize = 1 << 7;
const MOST: usize = 1 << 13;

/// Numbers that are being taken, run by run.
pub struct RisingRuns {
    spool: Filling,
    runs: Vec<(Place, usize)>,
}

/// Numbers in rising order, by [`f64::total_cmp`].
#[derive(Debug)]
pub struct Rising {
    spool: Spool,
    runs: Vec<(Place, usize)>,
}

impl RisingRuns {
    /// No numbers yet, of which `budget` bytes may stay in memory.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self { spool: Filling::new(budget), runs: Vec::new() }
    }

    /// Takes some numbers.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]: no room left for the temporary file.
    pub fn push(&mut self, mut run: Vec<f64>) -> Result<(), DataError> {
        run.sort_unstable_by(f64::total_cmp);
        let bytes: Vec<u8> = run.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.runs.push((self.spool.push(bytes)?, run.len()));
        Ok(())
    }

    /// All of them, in order.
    #[must_use]
    pub fn finish(self) -> Rising {
        Rising { spool: self.spool.finish(), runs: self.runs }
    }
}

/// The next number of a run; where numbers are equal the first run comes first.
struct Head {
    value: f64,
    run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.total_cmp(&other.value).then(self.run.cmp(&other.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// A run that is being read.
struct Reader {
    place: Place,
    /// Numbers read and all.
    read: usize,
    count: usize,
    /// Those that were read ahead, the next one last.
    ahead: Vec<f64>,
}

impl Reader {
    fn next(&mut self, spool: &Spool, size: usize) -> io::Result<Option<f64>> {
        if self.ahead.is_empty() && self.read < self.count {
            let some = size.min(self.count - self.read);
            let ahead = &mut self.ahead;
            spool.read(self.place, 8 * self.read, 8 * some, &mut |bytes| {
                ahead.extend(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)));
            })?;
            self.ahead.reverse();
            self.read += some;
        }
        Ok(self.ahead.pop())
    }
}

impl Rising {
    /// Shows every number, the smallest first.
    ///
    /// # Errors
    /// [`DataError::Unreadable`]: the temporary file cannot be read.
    pub fn each(&self, see: &mut dyn FnMut(f64)) -> Result<(), DataError> {
        self.merge(see).map_err(|error| DataError::Unreadable {
            file: std::env::temp_dir().to_string_lossy().into_owned(),
            reason: error.to_string(),
        })
    }

    fn merge(&self, see: &mut dyn FnMut(f64)) -> io::Result<()> {
        let size = (AHEAD / self.runs.len().max(1)).clamp(FEWEST, MOST);
        let reader = |(place, count): &(Place, usize)| Reader {
            place: *place,
            read: 0,
            count: *count,
            ahead: Vec::new(),
        };
        let mut readers: Vec<Reader> = self.runs.iter().map(reader).collect();
        let mut heads = BinaryHeap::with_capacity(readers.len());
        for (run, reader) in readers.iter_mut().enumerate() {
            heads.extend(reader.next(&self.spool, size)?.map(|value| Reverse(Head { value, run })));
        }
        while let Some(mut head) = heads.peek_mut() {
            see(head.0.value);
            match readers[head.0.run].next(&self.spool, size)? {
                Some(value) => head.0.value = value,
                None => drop(std::collections::binary_heap::PeekMut::pop(head)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_in_memory_and_on_disk_come_back_as_one_sorted_list() {
        // Longer than what is read ahead; equal numbers, both zeros and infinities among them.
        let mut state = 7_u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) % 5_000) as f64 - 2_500.0
        };
        let mut all: Vec<f64> = (0..40_000).map(|_| number()).collect();
        all.extend([0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 0.0]);
        let mut runs = RisingRuns::new(8 * 20_000);
        for run in all.chunks(9_000).chain([[].as_slice()]) {
            runs.push(run.to_vec()).expect("there is room");
        }
        let rising = runs.finish();
        assert!(rising.spool.in_memory() > 0 && rising.spool.on_disk() > 0);
        let mut found = Vec::new();
        rising.each(&mut |value| found.push(value.to_bits())).expect("it was written");
        all.sort_by(f64::total_cmp);
        assert_eq!(found, all.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
    }
}
