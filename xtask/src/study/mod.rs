//! Simulation studies of what is promised: size of tests, coverage of intervals, what separation leaves of p-values, and
//! the variance and bias of the estimates of every likelihood.
//!
//! `cargo xtask study OUT.md [--draws 2000] [--only size|intervals|decisions|theory [--likelihood L,..]]` writes one line a
//! figure; draws depend on their number alone. The tests run them at one twentieth, and two likelihoods of the theory.

#![allow(clippy::disallowed_methods, reason = "chance moves these figures by far more than a last bit does")]

mod decisions;
mod intervals;
mod size;
mod theory;

use crate::arguments::Arguments;
use loglik::decide::Draws;
use loglik::expr::Column;
use loglik::{FitResult, FitSpec, Table, fit};
use std::fmt::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One figure and where it has to lie.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) study: String,
    pub(super) what: String,
    pub(super) draws: usize,
    pub(super) found: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// What chance alone moves the figure by: its standard error over so many draws.
    pub(super) chance: f64,
}

impl Figure {
    /// A share of the draws.
    pub(super) fn share(study: &str, what: &str, hits: usize, draws: usize, range: (f64, f64)) -> Self {
        let (found, (low, high)) = (hits as f64 / draws as f64, range);
        let likely = found.clamp(0.01, 0.99);
        let chance = (likely * (1.0 - likely) / draws as f64).sqrt();
        Self { study: study.to_owned(), what: what.to_owned(), draws, found, low, high, chance }
    }

    fn holds(&self) -> bool {
        (self.low..=self.high).contains(&self.found)
    }
}

/// Runs all studies and writes the table; 0 when every figure lies where it has to.
pub(crate) fn run(words: &[String]) -> Result<u8, String> {
    let arguments = Arguments::parse(words, &["draws", "only", "likelihood"])?;
    let draws = match arguments.flag("draws") {
        Some(text) => text.parse().map_err(|_| format!("--draws {text}: a number"))?,
        None => 2_000,
    };
    let figures = match (arguments.flag("only"), arguments.flag("likelihood")) {
        (None, None) => all(draws),
        (Some("theory"), None) => theory::all(draws, &[]),
        (Some("theory"), Some(names)) => theory::all(draws, &theory::named(names)?),
        (_, Some(_)) => return Err("--likelihood belongs to --only theory".to_owned()),
        (Some(name), None) => {
            let known = SAMPLED.iter().find(|(study, _)| *study == name);
            known.ok_or_else(|| format!("--only {name}: size, intervals, decisions or theory"))?.1(draws)
        }
    };
    let flags = ["only", "likelihood"].map(|f| arguments.flag(f).map(|word| format!(" --{f} {word}")));
    let flags: String = flags.into_iter().flatten().collect();
    let command = format!("{} --draws {draws}{flags}", arguments.path);
    let told = if arguments.flag("only") == Some("theory") { theory::TOLD } else { "" };
    std::fs::write(&arguments.path, table(&figures, &command, told))
        .map_err(|e| format!("{}: {e}", arguments.path))?;
    let off: Vec<&Figure> = figures.iter().filter(|f| !f.holds()).collect();
    for f in &off {
        println!("{}: {} is {:.4}, not {} to {}", f.study, f.what, f.found, f.low, f.high);
    }
    Ok(u8::from(!off.is_empty()))
}

fn all(draws: usize) -> Vec<Figure> {
    let mut figures = sampled(draws);
    figures.push(intervals::passes());
    figures
}

/// A study and its name.
type Study = (&'static str, fn(usize) -> Vec<Figure>);

/// What chance has a part in.
const SAMPLED: [Study; 3] =
    [("size", size::all), ("intervals", intervals::all), ("decisions", decisions::all)];

fn sampled(draws: usize) -> Vec<Figure> {
    SAMPLED.iter().flat_map(|(_, study)| study(draws)).collect()
}

fn table(figures: &[Figure], command: &str, told: &str) -> String {
    let mut out = format!(
        "# Studies\n\nWritten by `cargo xtask study {command}`. Every figure has the standard error that \
         chance gives it over its draws.{told}\n\n| study | figure | draws | found | chance | wanted |\n|---|---|---|---|---|---|\n"
    );
    for figure in figures {
        let _ = writeln!(out, "{figure}");
    }
    out
}

/// As a line of the table.
impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { study, draws, found, low, high, chance, .. } = self;
        // A cut is named `a|b`; a bar ends a cell.
        let [study, what] = [study, &self.what].map(|cell| cell.replace('|', "\\|"));
        let mark = if self.holds() { "" } else { " (off)" };
        let wanted = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        write!(f, "| {study} | {what} | {draws} | {found:.4}{mark} | {chance:.4} | {wanted} |")
    }
}

/// Numbers for one draw of a study.
pub(super) struct Random(Draws);

impl Random {
    pub(super) fn new(study: u64, draw: usize) -> Self {
        Self(Draws::new(study, draw as u64))
    }

    /// In (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        self.0.uniform() + f64::EPSILON / 4.0
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// Standard normal: Box & Muller (1958).
    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

pub(super) fn numbers(columns: &[(&str, Vec<f64>)]) -> Table {
    let columns = columns.iter().map(|(name, values)| ((*name).to_owned(), Column::Number(values.clone())));
    Table::from_columns(columns).expect("columns of one length")
}

pub(super) fn fitted(spec: &FitSpec, table: &Table) -> FitResult {
    let spec = FitSpec { threads: Some(1), ..spec.clone() };
    fit(&spec, table).expect("a request that can be").result
}

/// One answer a draw, in their order, on all cores: who is free takes the next.
pub(super) fn over<T: Send>(draws: usize, one: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let taken =
            std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|draw| *draw < draws));
        taken.map(|draw| (draw, one(draw))).collect::<Vec<(usize, T)>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        hands.into_iter().flat_map(|hand| hand.join().expect("a study does not panic")).collect()
    });
    all.sort_by_key(|(draw, _)| *draw);
    all.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_likelihood_with_a_theory_is_drawn_from() {
        let left_out = ["quantile", "uniform", "censored", "truncated", "mixture"];
        for listed in loglik::likelihoods() {
            let name = listed.name.split('(').next().unwrap_or_default();
            assert!(left_out.contains(&name) || theory::has(name), "{name}");
        }
    }

    #[test]
    fn a_bar_in_a_name_does_not_end_its_cell() {
        let line = Figure::share("size | level", "threshold: a|b", 5, 100, (0.03, 0.07)).to_string();
        assert!(line.starts_with("| size \\| level | threshold: a\\|b | 100 | 0.0500 |"), "{line}");
    }

    #[test]
    fn the_studies_hold_at_a_twentieth_of_their_draws() {
        let mut figures = sampled(100);
        figures.extend(theory::all(25, &["poisson", "weibull"]));
        for figure in figures {
            // Four standard errors, and one draw: a share of 0 has none.
            let room = 4.0 * figure.chance + 1.0 / figure.draws as f64;
            let exact = figure.low == figure.high;
            let range = if exact { figure.low..=figure.high } else { figure.low - room..=figure.high + room };
            assert!(range.contains(&figure.found), "{figure:?}");
        }
    }
}
