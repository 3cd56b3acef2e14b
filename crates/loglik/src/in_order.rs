//! Pieces of work on several threads whose answers are taken in order, each as soon as those before it are there.
//!
//! Threads change the time and nothing else, and no more answers wait than threads are ahead of the slowest piece.

use crate::Error;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Answers that wait for earlier ones, and who takes them.
struct Waiting<'a, T> {
    next: usize,
    answers: BTreeMap<usize, Result<T, Error>>,
    take: &'a mut (dyn FnMut(T) -> Result<(), Error> + Send),
    error: Option<Error>,
}

impl<T> Waiting<'_, T> {
    fn add(&mut self, piece: usize, answer: Result<T, Error>) {
        self.answers.insert(piece, answer);
        while let Some(answer) = self.answers.remove(&self.next) {
            self.next += 1;
            if self.error.is_none() {
                self.error = answer.and_then(&mut self.take).err();
            }
        }
    }
}

/// Does `work` for each of `0..pieces` and hands the answers to `take` in order.
///
/// # Errors
/// The first one in order, of `work` or of `take`; later pieces may then be left out.
pub(crate) fn in_order<T: Send>(
    pieces: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> Result<T, Error> + Sync),
    take: &mut (dyn FnMut(T) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let waiting = Mutex::new(Waiting { next: 0, answers: BTreeMap::new(), take, error: None });
    let run = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return;
            }
            let answer = work(piece);
            let failed = answer.is_err();
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.add(piece, answer);
            if failed || waiting.error.is_some() {
                // Pieces before this one are under way and may hold an earlier error; later ones need no look.
                next.store(pieces, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        (1..threads.min(pieces)).for_each(|_| drop(scope.spawn(run)));
        run();
    });
    let waiting = waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
    waiting.error.map_or(Ok(()), Err)
}
