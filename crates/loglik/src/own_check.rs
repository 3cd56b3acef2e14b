//! The first call of an own likelihood: rows without a density, derivatives against differences.
//!
//! Derivatives of a text are exact by construction; comparing them with differences at the start and at the end guards
//! against a mistake of ours in one of the rules, and against densities with a kink in the middle of the data.

use crate::own_start;
use crate::prepare::Prepared;
use crate::{Error, FitSpec};
use loglik_design::{Chunk, Halt, PART_ROWS, Source, Wanted};
use loglik_fit::{Executor, Model, Point, Precision, Sweep};
use loglik_likelihood::{Order, RowDerivs, Tail};
use std::ops::ControlFlow;

/// Rows that are compared.
const COMPARED: usize = 32;

/// Rows that an error names, at most.
const NAMED: usize = 10;

/// Calls `each` for every chunk.
pub(crate) fn each_chunk(prepared: &Prepared, each: &mut dyn FnMut(&Chunk)) -> Result<(), Error> {
    some_chunks(prepared, 1, &mut |chunk| {
        each(chunk);
        ControlFlow::Continue(())
    })
}

/// Calls `each` for the first chunk of each part and every so manieth after it, until it has seen enough.
pub(crate) fn some_chunks(
    prepared: &Prepared,
    every: usize,
    each: &mut dyn FnMut(&Chunk) -> ControlFlow<()>,
) -> Result<(), Error> {
    let wanted = Wanted { blocks: vec![true; prepared.source.frame().blocks.len()], every: every.max(1) };
    for part in 0..prepared.source.parts() {
        let mut enough = false;
        let read = prepared.source.read_some(part, &wanted, &mut |chunk| {
            enough = each(chunk).is_break();
            if enough { Err(Halt::Asked) } else { Ok(()) }
        });
        match read {
            Err(Halt::Asked) if enough => return Ok(()),
            read => read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?,
        }
    }
    Ok(())
}

/// Rows, of the table used, whose log density is not a number or infinite at a point; and the first such value.
pub(crate) fn rows_outside(prepared: &Prepared, beta: &[f64]) -> Result<(Vec<usize>, f64), Error> {
    let (mut rows, mut first) = (Vec::new(), f64::NAN);
    let mut sweep = Sweep::default();
    let point = Point::new(beta.to_vec());
    each_chunk(prepared, &mut |chunk| {
        sweep.predict(&prepared.model, &point, Precision::Plain, &[], chunk);
        sweep.rows(&prepared.model, chunk, Order::Value);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0 && !sweep.out.l[*r].is_finite()) {
            if rows.is_empty() {
                first = sweep.out.l[r];
            }
            rows.push(chunk.first_row + r);
        }
    })?;
    Ok((rows, first))
}

/// Refuses a likelihood that is zero, infinite or no number in some row at its best start.
pub(crate) fn starts_inside(
    spec: &FitSpec,
    prepared: &Prepared,
    beta: &[f64],
    run: &mut dyn Executor,
) -> Result<(), Error> {
    if own_start::value(&prepared.model, run, &[beta.to_vec()])?[0].is_finite() {
        return Ok(());
    }
    let (rows, value) = rows_outside(prepared, beta)?;
    let Some(first) = rows.first() else { return Ok(()) };
    let shown: Vec<String> =
        rows.iter().take(NAMED).map(|r| (prepared.table.file_row(*r) + 1).to_string()).collect();
    let more = if rows.len() > NAMED { ", .." } else { "" };
    let message = format!(
        "the log density is {value} in {} of {} rows at every start that was tried: data rows {}{more}",
        rows.len(),
        prepared.table.rows(),
        shown.join(", ")
    );
    let advice = if spec.starts.is_empty() {
        "give every parameter its domain (`param k > 0`) and a start inside it (`param b = 2`), or drop the rows with --where"
    } else {
        "start elsewhere, give every parameter its domain (`param k > 0`), or drop the rows with --where"
    };
    Err(Error::data("non_finite_value", message)
        .value(value.to_string())
        .at(&prepared.table, *first)
        .remedy(advice))
}

/// The greatest relative difference between derivatives and central differences, over some rows at some points in the
/// coordinates of the rows' linear predictors.
pub(crate) fn derivative_error(prepared: &Prepared, points: &[&[f64]]) -> Result<f64, Error> {
    let mut worst = 0.0_f64;
    let mut sweep = Sweep::default();
    some_chunks(prepared, PART_ROWS, &mut |chunk| {
        for beta in points {
            let point = Point::new(beta.to_vec());
            sweep.predict(&prepared.model, &point, Precision::Plain, &[], chunk);
            sweep.coordinates(&prepared.model, chunk);
            worst = worst.max(chunk_error(&prepared.model, chunk, &sweep.us));
        }
        ControlFlow::Break(())
    })?;
    Ok(worst)
}

fn chunk_error(model: &Model, chunk: &Chunk, us: &[Vec<f64>]) -> f64 {
    let n = chunk.n.min(COMPARED);
    let y: Vec<&[f64]> = chunk.y.iter().map(|column| &column[..n]).collect();
    let at = |us: &[Vec<f64>]| -> RowDerivs {
        let u: Vec<&[f64]> = us.iter().map(|column| &column[..n]).collect();
        let mut out = RowDerivs::default();
        model.likelihood.eval(Tail::Pdf, &y, &u, Order::Hessian, &mut out);
        out
    };
    let here = at(us);
    let mut worst = 0.0_f64;
    for i in 0..us.len() {
        // Fourth order: the error is about step^4, and eps / step of what is differenced.
        let step: Vec<f64> = us[i].iter().map(|u| 1e-3 * u.abs().max(1e-3)).collect();
        let moved = |by: f64| {
            let mut us = us.to_vec();
            us[i].iter_mut().zip(&step).for_each(|(u, s)| *u += by * s);
            at(&us)
        };
        let around = [-2.0, -1.0, 1.0, 2.0].map(moved);
        // Rows in which next to nothing of a part of the density is left have no digits of their own.
        let largest = |column: &[f64]| column.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let size_of_g = largest(here.g(i));
        let sizes: Vec<f64> = (0..=i).map(|j| largest(here.h(i, j)).max(largest(here.g(j)))).collect();
        for r in 0..n.min(chunk.rows) {
            let slope = |of: &dyn Fn(&RowDerivs) -> f64| {
                let [a, b, c, d] = [0, 1, 2, 3].map(|m| of(&around[m]));
                (((a - d) + 8.0 * (c - b)) / (12.0 * step[r]), a.abs().max(d.abs()) * f64::EPSILON / step[r])
            };
            let mut compare = |got: f64, (wanted, noise): (f64, f64), size: f64| {
                let error = ((got - wanted).abs() - 30.0 * noise) / size.max(wanted.abs()).max(1e-300);
                if error.is_finite() {
                    worst = worst.max(error);
                }
            };
            compare(here.g(i)[r], slope(&|out| out.l[r]), size_of_g);
            for j in 0..=i {
                compare(here.h(i, j)[r], slope(&|out| out.g(j)[r]), sizes[j]);
            }
        }
    }
    worst
}
