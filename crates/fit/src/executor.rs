//! Who carries a pass over all parts of the data.
//!
//! [`Local`] spreads parts over threads and merges their tallies in part order, as soon as their turn has come; with
//! one part it starts no thread.

use crate::accumulate::Accumulator;
use crate::model::Model;
use crate::pass::{Pass, Sums};
use crate::plan;
use crate::tally::Tally;
use loglik_design::{Frame, Halt, Source, Wanted};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why a pass could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The data could not be read again.
    #[error("the data could not be read again: {0}")]
    Source(String),
}

impl From<Halt> for RunError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Asked => Self::Interrupted,
            Halt::Failed(why) => Self::Source(why),
        }
    }
}

/// Carries passes; the cluster is another implementor.
pub trait Executor {
    /// What the data are, without their rows.
    fn frame(&self) -> &Frame;

    /// Carries one pass over every part and merges in part order.
    ///
    /// # Errors
    /// An interrupt, or data that cannot be read again.
    fn run(&mut self, model: &Model, pass: &Pass) -> Result<Tally, RunError>;

    /// Passes carried so far.
    fn passes(&self) -> usize;

    /// From here on only every `every`-th chunk of each part is read: a sample scattered over the data. 1 reads all.
    fn sample(&mut self, every: usize);
}

/// Threads of this machine over one source.
pub struct Local<'a> {
    source: &'a dyn Source,
    threads: usize,
    passes: usize,
    every: usize,
}

/// Tallies that wait for earlier parts, and the sum of those whose turn came.
struct Merger {
    total: Option<Tally>,
    next: usize,
    waiting: BTreeMap<usize, Tally>,
    /// Tallies that were merged, for later parts.
    spare: Vec<Tally>,
    error: Option<Halt>,
}

impl Merger {
    fn take(&mut self, part: usize, tally: Tally, pass: &Pass) {
        self.waiting.insert(part, tally);
        while let Some(tally) = self.waiting.remove(&self.next) {
            match &mut self.total {
                Some(total) => {
                    total.merge(&tally, pass);
                    self.spare.push(tally);
                }
                None => self.total = Some(tally),
            }
            self.next += 1;
        }
    }
}

impl<'a> Local<'a> {
    /// An executor on `threads` threads (at least one).
    #[must_use]
    pub fn new(source: &'a dyn Source, threads: usize) -> Self {
        Self { source, threads: threads.max(1), passes: 0, every: 1 }
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Parts that go into one tally.
    fn together(&self, model: &Model, pass: &Pass) -> usize {
        match pass {
            Pass::Derivs { sums: Sums::Info, .. } => plan::together(model, self.source.frame(), self.every),
            Pass::Beside(inner, _) => self.together(model, inner),
            _ => 1,
        }
    }

    /// Sums some parts, one after the other.
    fn parts(
        &self,
        model: &Model,
        pass: &Pass,
        accumulator: &mut Accumulator<'_>,
        spare: Option<Tally>,
        parts: Range<usize>,
    ) -> Result<Tally, Halt> {
        let frame = self.source.frame();
        let mut tally = match spare {
            Some(spare) => accumulator.zero_again(spare, frame),
            None => accumulator.zero(frame),
        };
        let blocks = match pass {
            Pass::Moments => Vec::new(),
            _ => model.blocks(),
        };
        let wanted = Wanted { blocks, every: self.every };
        for part in parts {
            self.source.read_some(part, &wanted, &mut |chunk| {
                accumulator.add(chunk, &mut tally);
                Ok(())
            })?;
        }
        Ok(tally)
    }

    fn work(&self, model: &Model, pass: &Pass, next: &AtomicUsize, merger: &Mutex<Merger>) {
        let merger = || merger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut accumulator = Accumulator::new(model, pass, self.source.frame());
        let (all, together) = (self.source.parts(), self.together(model, pass));
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let first = turn * together;
            if first >= all {
                return;
            }
            let spare = merger().spare.pop();
            let parts = first..all.min(first + together);
            let answer = self.parts(model, pass, &mut accumulator, spare, parts);
            let mut merger = merger();
            match answer {
                Ok(tally) => merger.take(turn, tally, pass),
                Err(halt) => {
                    merger.error.get_or_insert(halt);
                    next.store(all, Ordering::Relaxed);
                }
            }
        }
    }
}

impl Executor for Local<'_> {
    fn frame(&self) -> &Frame {
        self.source.frame()
    }

    fn run(&mut self, model: &Model, pass: &Pass) -> Result<Tally, RunError> {
        self.passes += 1;
        let threads = self.threads.min(self.source.parts().div_ceil(self.together(model, pass)));
        let next = AtomicUsize::new(0);
        let merger = Mutex::new(Merger {
            total: None,
            next: 0,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            error: None,
        });
        if threads <= 1 {
            self.work(model, pass, &next, &merger);
        } else {
            std::thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|| self.work(model, pass, &next, &merger));
                }
                self.work(model, pass, &next, &merger);
            });
        }
        let merger = merger.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(halt) = merger.error {
            return Err(halt.into());
        }
        let frame = self.source.frame();
        Ok(merger.total.unwrap_or_else(|| Accumulator::new(model, pass, frame).zero(frame)))
    }

    fn passes(&self) -> usize {
        self.passes
    }

    fn sample(&mut self, every: usize) {
        self.every = every.max(1);
    }
}
