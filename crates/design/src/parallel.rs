//! Pieces of work on several threads whose answers come in order: threads change the time and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` for each of `0..pieces` and gives the answers in order, or the first piece's error.
pub(crate) fn in_order<T: Send, E: Send>(
    pieces: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> Result<T, E> + Sync),
) -> Result<Vec<T>, E> {
    let threads = threads.min(pieces);
    if threads <= 1 {
        return (0..pieces).map(work).collect();
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(pieces)));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= pieces {
                        break;
                    }
                    let answer = work(piece);
                    // A thread that panicked takes the scope down with it: the answers are whole.
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((piece, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, answer)| answer).collect()
}
