//! Delimited text to columns: guess, read in parallel, decide, and read again what was guessed wrong.
//!
//! The first two blocks are parsed by the calling thread; only a text that goes on starts others, so a small file never pays for
//! threads. A wrong guess (a column that begins as numbers and turns out to be text) costs a second reading of that column.

use std::sync::{Mutex, MutexGuard, PoisonError};

use loglik_design::LineMap;

use super::blocks::{BLOCK, Block, Blocks};
use super::cell::cell;
use super::collect::{Collector, Found};
use super::parse::{Kind, Parser};
use crate::missing::Missing;
use crate::scan::{DataNote, Loaded};
use crate::stream::{Filling, Stored};
use crate::{DataError, number};

/// Bytes of the first rows that kinds are guessed from.
const SAMPLE: usize = 32 << 10;

/// A text to read, its header behind it.
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    /// All columns of the file.
    pub(crate) names: &'a [String],
    /// Places of the wanted columns, ascending.
    pub(crate) wanted: &'a [usize],
    pub(crate) missing: &'a Missing,
    /// Bytes of the file, where known and not compressed.
    pub(crate) size: Option<u64>,
    pub(crate) threads: usize,
    pub(crate) memory: Option<u64>,
}

/// The columns of a text as a stream keeps them: columns, rows, lines, notes.
type Spooled = (Vec<Stored>, usize, LineMap, Vec<DataNote>);

/// Reads the wanted columns.
///
/// * `open` gives the text from the first data row on; asked again only when a guess was wrong
/// * `again` whether `open` can be asked again: not for a pipe
pub(crate) fn read(
    text: &Text<'_>,
    again: bool,
    open: &mut dyn FnMut() -> Result<Blocks, DataError>,
) -> Result<Loaded, DataError> {
    let (found, rows, lines, notes) = collect(text, again, open, None)?;
    let mut columns = Vec::with_capacity(found.len());
    for (&place, found) in text.wanted.iter().zip(found) {
        columns.push((text.names[place].clone(), found.column().ok_or_else(|| changing(text, place))?));
    }
    Ok(Loaded::new(columns, rows as usize, lines, notes))
}

/// Reads the wanted columns into the spool of a stream; arguments as those of [`read`].
pub(crate) fn spool(
    text: &Text<'_>,
    again: bool,
    open: &mut dyn FnMut() -> Result<Blocks, DataError>,
    spool: &Filling,
) -> Result<Spooled, DataError> {
    let (found, rows, lines, notes) = collect(text, again, open, Some(spool))?;
    let mut columns = Vec::with_capacity(found.len());
    for (&place, found) in text.wanted.iter().zip(found) {
        columns.push(found.stored().ok_or_else(|| changing(text, place))?);
    }
    Ok((columns, rows as usize, lines, notes))
}

fn collect(
    text: &Text<'_>,
    again: bool,
    open: &mut dyn FnMut() -> Result<Blocks, DataError>,
    spool: Option<&Filling>,
) -> Result<(Vec<Found>, u64, LineMap, Vec<DataNote>), DataError> {
    let mut blocks = open()?;
    // A pipe is guessed from a whole block, so a short one is never guessed wrong.
    let delimiter = blocks.delimiter;
    let mut kinds = guess(text, blocks.peek(if again { SAMPLE } else { BLOCK })?, delimiter);
    let (mut found, rows, lines) = pass(text, blocks, &kinds, spool)?;
    if rows == 0 {
        return Err(DataError::Empty { file: text.file.to_owned(), what: "no row follows the header" });
    }
    let wrong: Vec<usize> = (0..found.len()).filter(|&i| found[i].is_text_after_all()).collect();
    if !wrong.is_empty() {
        if !again {
            return Err(changing(text, text.wanted[wrong[0]]));
        }
        kinds = vec![Kind::Skip; text.names.len()];
        for &i in &wrong {
            kinds[text.wanted[i]] = Kind::Text;
        }
        let (texts, ..) = pass(text, open()?, &kinds, spool)?;
        for (i, column) in wrong.into_iter().zip(texts) {
            found[i] = column;
        }
    }
    let note = |(&place, found): (&usize, &Found)| {
        let met = found.lossy.as_ref()?;
        let (column, row, line) = (text.names[place].clone(), met.row + 1, Some(met.line));
        Some(DataNote::PrecisionLoss { column, row, line, value: met.value.clone() })
    };
    let notes = text.wanted.iter().zip(&found).filter_map(note).collect();
    Ok((found, rows, lines, notes))
}

/// The error for a pipe with a column whose first rows look like numbers while most of it is text.
fn changing(text: &Text<'_>, place: usize) -> DataError {
    let kind = "numbers at first and text later, which a pipe cannot be read twice for: write it to a file"
        .to_owned();
    DataError::UnknownType { column: text.names[place].clone(), kind }
}

/// The kind of each column of the file, judged by its first rows.
fn guess(text: &Text<'_>, start: &[u8], delimiter: u8) -> Vec<Kind> {
    let mut kinds = vec![Kind::Skip; text.names.len()];
    let mut counts = vec![(0_u64, 0_u64); text.names.len()];
    let (mut at, mut column) = (0, 0);
    while at < start.len() {
        let Ok(cell) = cell(start, at, delimiter) else { break };
        let content = cell.text();
        let content = content.trim_ascii();
        if let Some((numbers, others)) = counts.get_mut(column)
            && !text.missing.text(content)
        {
            match number::whole(content) {
                Some(_) => *numbers += 1,
                None => *others += 1,
            }
        }
        column = if start.get(cell.end) == Some(&b'\n') { 0 } else { column + 1 };
        at = cell.end + 1;
    }
    for &place in text.wanted {
        let (numbers, others) = counts[place];
        kinds[place] = if numbers >= others { Kind::Number } else { Kind::Text };
    }
    kinds
}

/// One reading of the rest of the text.
fn pass(
    text: &Text<'_>,
    blocks: Blocks,
    kinds: &[Kind],
    spool: Option<&Filling>,
) -> Result<(Vec<Found>, u64, LineMap), DataError> {
    let read: Vec<usize> = (0..kinds.len()).filter(|&i| kinds[i] != Kind::Skip).collect();
    let names = read.iter().map(|&i| text.names[i].clone()).collect();
    let read_kinds = read.iter().map(|&i| kinds[i]).collect();
    let collector = Collector::new(text.file, names, read_kinds, blocks.line(), text.memory, spool);
    let delimiter = blocks.delimiter;
    let job = Job { blocks: Mutex::new(blocks), collector: Mutex::new(collector), failed: Mutex::new(None) };
    let parser = |worker| Parser::new(worker, text.file, text.names, text.missing, delimiter, kinds);

    let mut first = parser(0);
    if job.work(&mut first, 2) {
        if let Some(size) = text.size {
            let mut collector = lock(&job.collector);
            // Two per cent more than the first blocks promise; what is not touched takes no memory.
            let rows = collector.rows() as f64 * size as f64 / (2 * BLOCK) as f64 * 1.02;
            let room = rows as usize - (rows as usize).min(collector.rows() as usize);
            collector.reserve(room);
        }
        std::thread::scope(|scope| {
            for worker in 1..text.threads {
                let (job, parser) = (&job, &parser);
                scope.spawn(move || job.work(&mut parser(worker), usize::MAX));
            }
            job.work(&mut first, usize::MAX);
        });
    }
    let collector = job.collector.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !collector.failed()
        && let Some(error) = job.failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    {
        return Err(error);
    }
    collector.finish(text.missing)
}

/// What the workers share.
struct Job<'a> {
    blocks: Mutex<Blocks>,
    collector: Mutex<Collector<'a>>,
    /// Why no further block could be read.
    failed: Mutex<Option<DataError>>,
}

impl Job<'_> {
    /// Parses at most `most` blocks; whether there may be more.
    fn work(&self, parser: &mut Parser<'_>, most: usize) -> bool {
        let mut old = Block::default();
        for _ in 0..most {
            let block = match lock(&self.blocks).next(old) {
                Ok(Some(block)) => block,
                Ok(None) => return false,
                Err(error) => {
                    *lock(&self.failed) = Some(error);
                    return false;
                }
            };
            let mut chunk = lock(&self.collector).spare();
            parser.parse(&block, &mut chunk);
            let mut collector = lock(&self.collector);
            collector.add(chunk);
            if collector.failed() {
                return false;
            }
            old = block;
        }
        true
    }
}

/// A panic of another thread has its own report; the data behind its lock are then not used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
