//! An executor that says what each pass cost; it changes nothing of what is summed.

use loglik_design::Frame;
use loglik_fit::{Executor, Local, Model, Pass, RunError, Sums, Tally};
use std::time::Instant;

/// One pass over the rows, done.
#[derive(Clone, Debug, PartialEq)]
pub struct PassSeen {
    /// Its number, from 1.
    pub number: usize,
    /// What was summed: `value`, `score`, `information`, `recession`, `moments`, `other`.
    pub what: &'static str,
    /// Points at which it was.
    pub points: usize,
    /// Wall time.
    pub seconds: f64,
}

/// Threads of this machine, watched.
pub(crate) struct Watched<'a> {
    run: Local<'a>,
    watch: &'a mut dyn FnMut(&PassSeen),
}

impl<'a> Watched<'a> {
    pub(crate) fn new(run: Local<'a>, watch: &'a mut dyn FnMut(&PassSeen)) -> Self {
        Self { run, watch }
    }
}

impl Executor for Watched<'_> {
    fn frame(&self) -> &Frame {
        self.run.frame()
    }

    fn run(&mut self, model: &Model, pass: &Pass) -> Result<Tally, RunError> {
        let begun = Instant::now();
        let tally = self.run.run(model, pass)?;
        let (what, points) = named(pass);
        let seconds = begun.elapsed().as_secs_f64();
        (self.watch)(&PassSeen { number: self.run.passes(), what, points, seconds });
        Ok(tally)
    }

    fn passes(&self) -> usize {
        self.run.passes()
    }

    fn sample(&mut self, every: usize) {
        self.run.sample(every);
    }
}

/// What a pass sums, in a word, and at how many points.
fn named(pass: &Pass) -> (&'static str, usize) {
    match pass {
        Pass::Derivs { points, sums: Sums::Value, .. } => ("value", points.len()),
        Pass::Derivs { points, sums: Sums::Score, .. } => ("score", points.len()),
        Pass::Derivs { points, sums: Sums::Info, .. } => ("information", points.len()),
        Pass::Recession { .. } => ("recession", 1),
        Pass::Moments => ("moments", 1),
        Pass::Gather(_) => ("other", 1),
        Pass::Beside(pass, _) => named(pass),
    }
}
