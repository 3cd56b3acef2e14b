//! Pieces of work on several threads whose answers come in order: threads change the time and nothing else.

use std::collections::BTreeMap;
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

/// Answers that wait for earlier ones, and who takes them.
struct Waiting<'a, T, E> {
    next: usize,
    answers: BTreeMap<usize, Result<T, E>>,
    take: &'a mut (dyn FnMut(T) -> Result<(), E> + Send),
    error: Option<E>,
}

impl<T, E> Waiting<'_, T, E> {
    fn add(&mut self, piece: usize, answer: Result<T, E>) {
        self.answers.insert(piece, answer);
        while let Some(answer) = self.answers.remove(&self.next) {
            self.next += 1;
            if self.error.is_none() {
                self.error = answer.and_then(&mut self.take).err();
            }
        }
    }
}

/// Does `work` for each of `0..pieces` and hands the answers to `take` in order, each as soon as those before it are there: no
/// more of them wait than threads are ahead of the slowest piece.
///
/// # Errors
/// The first one in order, of `work` or of `take`; later pieces may then be left out.
pub fn each_in_order<T: Send, E: Send>(
    pieces: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> Result<T, E> + Sync),
    take: &mut (dyn FnMut(T) -> Result<(), E> + Send),
) -> Result<(), E> {
    let threads = threads.min(pieces);
    if threads <= 1 {
        return (0..pieces).try_for_each(|piece| take(work(piece)?));
    }
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
            // A thread that panicked takes the scope down with it: the answers are whole.
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.add(piece, answer);
            if failed || waiting.error.is_some() {
                // Pieces before this one are under way and may hold an earlier error; later ones need no look.
                next.store(pieces, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(run)));
        run();
    });
    let waiting = waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
    waiting.error.map_or(Ok(()), Err)
}

/// Does `work` for each of `0..pieces` and gives the answers in order.
///
/// # Errors
/// As of [`each_in_order`].
pub fn in_order<T: Send, E: Send>(
    pieces: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> Result<T, E> + Sync),
) -> Result<Vec<T>, E> {
    let mut answers = Vec::with_capacity(pieces);
    each_in_order(pieces, threads, work, &mut |answer| {
        answers.push(answer);
        Ok(())
    })?;
    Ok(answers)
}
