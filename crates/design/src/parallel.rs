//! Pieces of work on several threads whose answers come in order: threads change the time and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// As many threads as are asked for, or as the machine has: it is asked once, which opens files.
#[must_use]
pub fn threads(asked: Option<usize>) -> usize {
    static MACHINE: OnceLock<usize> = OnceLock::new();
    asked.unwrap_or_else(|| {
        *MACHINE.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
    })
}

/// Does `work` for each of `0..pieces` and gives the answers in order, or the error of the first piece that has one.
///
/// # Errors
/// Those of `work`.
pub fn in_order<T: Send, E: Send>(
    pieces: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> Result<T, E> + Sync),
) -> Result<Vec<T>, E> {
    let threads = threads.min(pieces);
    if threads <= 1 {
        return (0..pieces).map(work).collect();
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(pieces)));
    let turn = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                break;
            }
            let answer = work(piece);
            // All pieces before one that fails have been taken: later ones need not be.
            if answer.is_err() {
                next.store(pieces, Ordering::Relaxed);
            }
            // A thread that panicked takes the scope down with it: the answers are whole.
            done.lock().unwrap_or_else(PoisonError::into_inner).push((piece, answer));
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(turn)));
        turn();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, answer)| answer).collect()
}
