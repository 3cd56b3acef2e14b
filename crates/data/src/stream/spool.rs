//! Decoded columns kept for another reading: in memory up to a cap, in a nameless temporary file beyond it.
//!
//! Parsing text costs ten times what reading decoded numbers does, and decoding Parquet three to ten times, so a file
//! that is read more than twice is decoded once. The temporary file loses its name as soon as it is made: whatever ends
//! the process, nothing of it stays.

use std::fs::{self, File};
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::DataError;

/// Bytes read from the file at once: a multiple of the width of a row, and small enough to stay in the cache.
const BLOCK: usize = 1 << 16;

/// Where bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The piece of this number, in memory.
    Memory(usize),
    /// From this byte of the file on.
    Disk(u64),
}

/// A spool that is being filled, from any thread.
pub(crate) struct Filling {
    budget: u64,
    spool: Mutex<Spool>,
}

/// Decoded bytes, to be read as often as one likes.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    pieces: Vec<Box<[u8]>>,
    kept: u64,
    file: Option<File>,
    written: u64,
}

impl Filling {
    /// A spool that keeps at most `budget` bytes in memory.
    pub(crate) fn new(budget: u64) -> Self {
        Self { budget, spool: Mutex::new(Spool::default()) }
    }

    /// Takes bytes and says where they lie.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]: no room left for the temporary file.
    pub(crate) fn push(&self, bytes: Vec<u8>) -> Result<Place, DataError> {
        let mut spool = self.spool.lock().unwrap_or_else(PoisonError::into_inner);
        let size = bytes.len() as u64;
        if spool.kept + size <= self.budget {
            spool.kept += size;
            spool.pieces.push(bytes.into_boxed_slice());
            return Ok(Place::Memory(spool.pieces.len() - 1));
        }
        if spool.file.is_none() {
            spool.file = Some(nameless().map_err(|error| failed(&error))?);
        }
        let at = spool.written;
        let Some(file) = &mut spool.file else { unreachable!("the file was just made") };
        file.write_all(&bytes).map_err(|error| failed(&error))?;
        spool.written += size;
        Ok(Place::Disk(at))
    }

    /// What was taken.
    pub(crate) fn finish(self) -> Spool {
        self.spool.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spool {
    /// Bytes in the temporary file.
    pub(crate) fn on_disk(&self) -> u64 {
        self.written
    }

    /// Bytes in memory.
    pub(crate) fn in_memory(&self) -> u64 {
        self.kept
    }

    /// Shows `size` bytes, the first of them `from` bytes behind `place`: all at once where they are in memory, else in
    /// blocks.
    pub(crate) fn read(
        &self,
        place: Place,
        from: usize,
        size: usize,
        see: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        match (place, &self.file) {
            (Place::Memory(piece), _) => {
                see(&self.pieces[piece][from..from + size]);
                Ok(())
            }
            (Place::Disk(at), Some(file)) => {
                let mut block = vec![0; size.min(BLOCK)];
                for start in (0..size).step_by(BLOCK) {
                    let here = &mut block[..BLOCK.min(size - start)];
                    read_at(file, at + (from + start) as u64, here)?;
                    see(here);
                }
                Ok(())
            }
            (Place::Disk(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, at: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(not(unix))]
fn read_at(file: &File, at: u64, out: &mut [u8]) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    // One handle has one position: seek and read must not be torn apart.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = file;
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(out)
}

/// A file in the directory for temporary ones that has no name any more, where the system allows that.
fn nameless() -> io::Result<File> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("loglik-{}-{}.spool", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    if cfg!(unix) {
        fs::remove_file(&path)?;
    }
    Ok(file)
}

fn failed(error: &io::Error) -> DataError {
    let file = std::env::temp_dir().to_string_lossy().into_owned();
    let reason =
        format!("{error} (decoded columns go there beyond the memory cap; TMPDIR names another place)");
    DataError::Unwritable { file, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_budget_bytes_go_to_disk_and_all_come_back() {
        let filling = Filling::new(10);
        let places: Vec<Place> = (0..4_u8)
            .map(|i| filling.push((0..6).map(|j| 10 * i + j).collect()).expect("there is room on disk"))
            .collect();
        assert_eq!(places, [Place::Memory(0), Place::Disk(0), Place::Disk(6), Place::Disk(12)]);
        let spool = filling.finish();
        assert_eq!((spool.in_memory(), spool.on_disk()), (6, 18));
        for (i, place) in places.into_iter().enumerate() {
            let mut out = Vec::new();
            spool.read(place, 2, 3, &mut |bytes| out.extend_from_slice(bytes)).expect("it was written");
            assert_eq!(out, [10 * i as u8 + 2, 10 * i as u8 + 3, 10 * i as u8 + 4]);
        }
    }
}
