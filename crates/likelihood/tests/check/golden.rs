//! Every likelihood against values of 50 digits, written anew in `oracle/likelihood.py`.
//!
//! The error allowed is what rounding the coordinates in their last place would do to the value, times [`ULPS`]; for log
//! densities, which cross 0 where large parts cancel, one unit more. Tails are held to it relative to themselves.

use crate::subjects::{Subject, subjects};
use loglik_likelihood::Tail;

/// Units in the last place: a value is some tens of operations away from its coordinates.
const ULPS: f64 = 64.0;

/// Points of each likelihood at least.
const LEAST: usize = 3;

/// One line of the table.
struct Golden<'a> {
    name: &'a str,
    y: Vec<f64>,
    u: Vec<f64>,
    /// Log density, lower and upper tail; absent where none are stated.
    known: [Option<f64>; 3],
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|cell| cell.parse().unwrap_or_else(|_| panic!("not a number: {cell}"))).collect()
}

fn table() -> Vec<Golden<'static>> {
    let lines = include_str!("golden.txt").lines().filter(|line| !line.starts_with('#'));
    let read = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, y, u, pdf, cdf, sf] = cells.as_slice() else { panic!("six cells: {line}") };
        let known = [*pdf, *cdf, *sf].map(|cell| (cell != "-").then(|| numbers(cell)[0]));
        Golden { name, y: numbers(y), u: numbers(u), known }
    };
    lines.map(read).collect()
}

/// Units in the last place by which a value misses its golden one.
fn miss(subject: &Subject, tail: Tail, golden: &Golden<'_>, known: f64) -> f64 {
    let row = subject.at(tail, &golden.y, &golden.u);
    if row.l == known {
        return 0.0;
    }
    let moved: f64 = row.g.iter().zip(&golden.u).map(|(g, u)| g.abs() * u.abs().max(1.0)).sum();
    let unit = if tail == Tail::Pdf { 1.0 } else { 0.0 };
    (row.l - known).abs() / (f64::EPSILON * (unit + known.abs() + moved))
}

#[test]
fn every_likelihood_meets_its_golden_values() {
    let table = table();
    let mut missed = Vec::new();
    for subject in subjects() {
        let own: Vec<&Golden<'_>> = table.iter().filter(|golden| golden.name == subject.name).collect();
        assert!(own.len() >= LEAST, "{}: add points to oracle/likelihood.py", subject.name);
        let tails = subject.likelihood().spec().tails;
        for golden in own {
            for (tail, known) in [Tail::Pdf, Tail::Cdf, Tail::Sf].into_iter().zip(golden.known) {
                assert_eq!(
                    known.is_some(),
                    tail == Tail::Pdf || tails,
                    "{}: tails of the table",
                    golden.name
                );
                let Some(known) = known else { continue };
                let units = miss(&subject, tail, golden, known);
                if units.is_nan() || units > ULPS {
                    let found = subject.at(tail, &golden.y, &golden.u).l;
                    let (name, y, u) = (golden.name, &golden.y, &golden.u);
                    missed.push(format!(
                        "{name} {tail:?} y {y:?} u {u:?}: {found} for {known}, {units:.0} units"
                    ));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_table_holds_no_likelihood_that_is_not_registered() {
    let subjects = subjects();
    for golden in table() {
        assert!(
            subjects.iter().any(|subject| subject.name == golden.name),
            "{} is not registered",
            golden.name
        );
    }
}
