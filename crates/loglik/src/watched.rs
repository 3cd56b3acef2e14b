//! An executor that says what each pass cost, stops when it is asked to, and answers from a checkpoint what that knows;
//! it changes nothing of what is summed.

use crate::{Checkpoint, Interrupt};
use loglik_data::hash_of;
use loglik_design::Frame;
use loglik_fit::{Accumulator, Executor, Local, Model, Pass, Point, Recession, RunError, Sums, Tally};
use std::fmt::Write as _;
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
    /// One in so many chunks of rows was read; 1 for all.
    pub every: usize,
    /// What it found of the likelihood, where derivatives were summed.
    pub found: Option<Found>,
}

/// What a pass with derivatives found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The greatest log-likelihood of its points, nats; of the rows that it read.
    pub loglik: f64,
    /// The largest slope in a coefficient, in standard errors that the coefficient has by itself: 0 at a maximum. Of passes
    /// with information.
    pub slope: Option<f64>,
}

impl Found {
    fn of(tally: &Tally) -> Option<Self> {
        let derivs = match tally {
            Tally::Derivs(derivs) => derivs,
            Tally::Beside(tally, _) => return Self::of(tally),
            _ => return None,
        };
        let loglik = derivs.iter().map(|d| d.loglik.hi).fold(f64::NEG_INFINITY, f64::max);
        let slope = derivs.first().filter(|d| !d.info.is_empty()).map(|first| {
            let p = first.score.len();
            let slopes = first.score().into_iter().enumerate();
            // A column without information has no slope either.
            let scaled =
                slopes.map(|(j, g)| (g.abs(), first.info[j * p + j])).filter(|(_, info)| *info > 0.0);
            scaled.map(|(g, info)| g / info.sqrt()).fold(0.0, f64::max)
        });
        Some(Self { loglik, slope })
    }
}

/// Threads of this machine, watched.
pub(crate) struct Watched<'a> {
    run: Local<'a>,
    interrupt: Interrupt,
    watch: &'a mut dyn FnMut(&PassSeen),
    /// Where passes are kept and taken from.
    kept: Option<&'a mut Checkpoint>,
    /// Passes that the checkpoint answered.
    answered: usize,
    every: usize,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(
        run: Local<'a>,
        interrupt: &Interrupt,
        watch: &'a mut dyn FnMut(&PassSeen),
        kept: Option<&'a mut Checkpoint>,
    ) -> Self {
        Self { run, interrupt: interrupt.clone(), watch, kept, answered: 0, every: 1 }
    }
}

impl Executor for Watched<'_> {
    fn frame(&self) -> &Frame {
        self.run.frame()
    }

    fn run(&mut self, model: &Model, pass: &Pass) -> Result<Tally, RunError> {
        self.interrupt.check()?;
        let (what, points) = named(pass);
        let asked = match &mut self.kept {
            None => None,
            Some(kept) => {
                let asked = asked(what, model, pass, self.every);
                let frame = self.run.frame();
                if let Some(tally) = kept.next(&asked, || Accumulator::new(model, pass, frame).zero(frame)) {
                    self.answered += 1;
                    return Ok(tally);
                }
                Some(asked)
            }
        };
        let begun = Instant::now();
        let tally = self.run.run(model, pass)?;
        let seconds = begun.elapsed().as_secs_f64();
        if let Some((kept, asked)) = self.kept.as_mut().zip(asked) {
            let rows = self.run.frame().rows;
            kept.keep(asked, stands_alone(pass, &tally, rows).then_some(&tally));
        }
        let number = self.passes();
        let found = Found::of(&tally);
        (self.watch)(&PassSeen { number, what, points, seconds, every: self.every, found });
        // What it came to is kept: nothing is lost by stopping here.
        self.interrupt.check()?;
        Ok(tally)
    }

    fn passes(&self) -> usize {
        self.answered + self.run.passes()
    }

    fn sample(&mut self, every: usize) {
        self.every = every;
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

/// Whether an answer stands for its pass: later ones read no more of it, and it is no list of all rows.
fn stands_alone(pass: &Pass, tally: &Tally, rows: usize) -> bool {
    match (pass, tally) {
        (Pass::Gather(gather), Tally::Gathered(sum)) => !gather.leaves() && sum.len() < rows,
        (Pass::Beside(pass, gather), Tally::Beside(tally, sum)) => {
            !gather.leaves() && sum.len() < rows && stands_alone(pass, tally, rows)
        }
        _ => true,
    }
}

/// A pass as a checkpoint knows it: the word, and a hash of the model's size and of every number asked about.
fn asked(what: &str, model: &Model, pass: &Pass, every: usize) -> String {
    let mut text = format!("{} {} {} {every}", model.likelihood.spec().name, model.predictors.len(), model.p);
    write_pass(pass, &mut text);
    format!("{what} {}", hash_of(&text))
}

fn write_pass(pass: &Pass, out: &mut String) {
    match pass {
        Pass::Derivs { points, sums, precision, limits } => {
            write_words(out, &format!("{sums:?} {precision:?}"), &[]);
            points.iter().for_each(|point| write_point(point, out));
            write_limits(limits, out);
        }
        Pass::Recession { at, direction, limits } => {
            write_point(at, out);
            write_words(out, "along", direction);
            write_limits(limits, out);
        }
        Pass::Moments | Pass::Gather(_) => {}
        Pass::Beside(pass, _) => {
            write_words(out, "beside", &[]);
            write_pass(pass, out);
        }
    }
}

fn write_point(point: &Point, out: &mut String) {
    write_words(out, "at", &point.beta);
    write_words(out, "low", &point.low);
}

fn write_limits(limits: &[Recession], out: &mut String) {
    for limit in limits {
        write_words(out, "limit", &limit.direction);
        write_words(out, "cut", &[limit.cut, limit.shift]);
    }
}

/// A word, and numbers to the bit.
fn write_words(out: &mut String, word: &str, numbers: &[f64]) {
    out.push(' ');
    out.push_str(word);
    for number in numbers {
        write!(out, " {:x}", number.to_bits()).expect("a string takes all");
    }
}
