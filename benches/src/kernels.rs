//! `loglik-bench kernels`: what each kernel costs a row, beside what the machine can do.
//!
//! One thread; data that fit the cache, as chunks do, but for the read of memory. A figure is the best of some runs, each
//! long enough for the clock: what others did meanwhile can only make a run longer.

use loglik_design::{Block, Dense, Levels, Tables};
use loglik_expr::Sparse;
use loglik_likelihood::{Args, Likelihood, Order, ResponseKind, RowDerivs, Tail, parse};
use loglik_num::{Kernel, LANE, Lane, Real, dispatch, gemv, gemv_t, gram, level};
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

/// Rows of a chunk.
const ROWS: usize = 2_048;

/// Runs of which the best counts.
const RUNS: usize = 7;

/// Seconds that a run lasts at least.
const LONG: f64 = 0.01;

/// Seconds of one call.
fn seconds(mut call: impl FnMut()) -> f64 {
    let mut calls = 1_usize;
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < RUNS {
        let started = Instant::now();
        (0..calls).for_each(|_| call());
        let took = started.elapsed().as_secs_f64();
        if took < LONG {
            calls *= 2;
            continue;
        }
        best = best.min(took / calls as f64);
        runs += 1;
    }
    best
}

/// Numbers in (0, 1), spread evenly (Weyl, 1916).
fn unit(i: usize) -> f64 {
    ((i + 1) as f64 * 0.618_033_988_749_894_9).fract()
}

/// The whole page.
pub(crate) fn page() -> String {
    let mut out = String::from("## Kernels\n\n");
    out.push_str(
        "Written by `cargo run --release -p loglik-bench -- kernels`: nanoseconds a row on one thread.\n\n",
    );
    let _ = writeln!(
        out,
        "One thread of this machine reads {:.1} GB/s from memory ({}).\n",
        read_speed() / 1e9,
        level().map_or_else(|error| error.to_string(), |level| format!("{level:?}"))
    );
    functions(&mut out);
    products(&mut out);
    codes(&mut out);
    likelihoods(&mut out);
    out
}

/// Bytes a second of one read through 256 MB.
fn read_speed() -> f64 {
    struct Sum<'a>(&'a [f64]);
    impl Kernel for Sum<'_> {
        type Output = f64;
        #[inline(always)]
        fn run(self) -> f64 {
            let mut sums = [Lane::ZERO; 4];
            for four in self.0.chunks_exact(4 * LANE) {
                for i in 0..4 {
                    sums[i] = sums[i] + Lane::load(&four[i * LANE..(i + 1) * LANE]);
                }
            }
            sums.iter().map(|sum| sum.sum()).sum()
        }
    }
    let numbers = vec![1.0; 32 << 20];
    8.0 * numbers.len() as f64 / seconds(|| _ = black_box(dispatch(Sum(black_box(&numbers)))))
}

/// A function of one number, in lanes.
struct Mapped<'a, F> {
    x: &'a [f64],
    out: &'a mut [f64],
    of: F,
}

impl<F: Fn(Lane) -> Lane> Kernel for Mapped<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(LANE).zip(self.out.chunks_exact_mut(LANE)) {
            (self.of)(Lane::load(x)).store(out);
        }
    }
}

fn functions(out: &mut String) {
    let x: Vec<f64> = (0..ROWS).map(|i| 0.1 + 9.0 * unit(i)).collect();
    let mut to = vec![0.0; ROWS];
    out.push_str("| function | a number |\n|---|--:|\n");
    let mut table = Vec::new();
    macro_rules! time {
        ($($name:ident),*) => {$(
            let took = seconds(|| dispatch(Mapped { x: black_box(&x), out: &mut to, of: |x: Lane| x.$name() }));
            table.push((stringify!($name), 1e9 * took / ROWS as f64));
        )*};
    }
    time!(exp, log, log1p, expm1, sqrt, lgamma, digamma, erf);
    for (name, took) in table {
        let _ = writeln!(out, "| {name} | {took:.2} |");
    }
    out.push('\n');
}

/// A dense block of numbers between -1 and 1.
fn dense(cols: usize) -> Dense {
    let mut out = Dense::new(cols, ROWS);
    for j in 0..cols {
        out.col_mut(j).iter_mut().enumerate().for_each(|(r, x)| *x = 2.0 * unit(r + 7 * j) - 1.0);
    }
    out
}

fn products(out: &mut String) {
    out.push_str(
        "| dense columns | linear predictor | score | information | its G multiply-adds/s |\n|--:|--:|--:|--:|--:|\n",
    );
    let w: Vec<f64> = (0..ROWS).map(unit).collect();
    for p in [4, 10, 20, 50, 100, 200] {
        let x = dense(p);
        let (beta, mut eta, mut score) = (vec![0.5; p], vec![0.0; ROWS], vec![0.0; p]);
        let mut info = vec![0.0; p * p];
        let by = |took: f64| 1e9 * took / ROWS as f64;
        let forth = seconds(|| gemv(black_box(&x.data), x.stride, &beta, ROWS, &mut eta));
        let back = seconds(|| gemv_t(black_box(&x.data), x.stride, &w, ROWS, &mut score));
        let (data, stride) = (&x.data, x.stride);
        let square =
            seconds(|| gram(black_box(data), stride, p, data, stride, p, &w, ROWS, &mut info, p, true));
        let rate = (ROWS * p * (p + 1) / 2) as f64 / square / 1e9;
        let _ =
            writeln!(out, "| {p} | {:.2} | {:.2} | {:.1} | {:.1} |", by(forth), by(back), by(square), rate);
    }
    out.push('\n');
}

fn codes(out: &mut String) {
    out.push_str("| columns of which a row has few | linear predictor | score |\n|---|--:|--:|\n");
    let g: Vec<f64> = (0..ROWS).map(unit).collect();
    let mut eta = vec![0.0; ROWS];
    let mut tables = Tables::default();
    let mut row = |name: String, block: &Block, coefs: usize| {
        let (beta, mut score) = (vec![0.5; coefs], vec![0.0; coefs]);
        let forth = seconds(|| black_box(block).add_eta(&beta, &mut eta));
        let back = seconds(|| black_box(block).add_score(&g, &mut score, &mut tables));
        let by = |took: f64| 1e9 * took / ROWS as f64;
        let _ = writeln!(out, "| {name} | {:.2} | {:.2} |", by(forth), by(back));
    };
    for coefs in [10, 200, 10_000, 1_000_000] {
        let codes = (0..ROWS).map(|r| (unit(r) * coefs as f64) as u32).collect();
        row(format!("{coefs} levels"), &Block::Levels(Levels { coefs, codes, times: None }), coefs);
    }
    let (width, entries) = (100_000, 50);
    let (mut starts, mut index) = (vec![0], Vec::new());
    for r in 0..ROWS {
        let mut places: Vec<u32> =
            (0..entries).map(|k| (unit(entries * r + k) * width as f64) as u32).collect();
        places.sort_unstable();
        places.dedup();
        index.extend(places);
        starts.push(index.len());
    }
    let value = vec![0.25; index.len()];
    if let Ok(block) = Sparse::new(width, &starts, index, value) {
        row(format!("{entries} of {width} sparse columns"), &Block::Sparse(block), width);
    }
    out.push('\n');
}

fn likelihoods(out: &mut String) {
    out.push_str("| likelihood | value | with score and information |\n|---|--:|--:|\n");
    for listed in loglik::likelihoods() {
        let name = &listed.name;
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        let Ok(made) = parse(name, &Args { classes, ..Args::default() }) else { continue };
        let Some((value, all)) = evaluations(made.likelihood.as_ref()) else { continue };
        let _ = writeln!(out, "| {name} | {value:.1} | {all:.1} |");
    }
    out.push('\n');
}

/// Nanoseconds a row at a likelihood's own start for responses that it draws.
fn evaluations(likelihood: &dyn Likelihood) -> Option<(f64, f64)> {
    let k = likelihood.spec().k();
    let u: Vec<f64> = (0..k).map(|i| 0.1 * (i as f64 + 1.0)).collect();
    let mut next = 0;
    let mut uniform = || {
        next += 1;
        unit(next)
    };
    let y: Option<Vec<f64>> = (0..ROWS).map(|_| likelihood.sample(&u, &mut uniform)).collect();
    let y = match likelihood.spec().response {
        ResponseKind::Number | ResponseKind::Class => vec![y?],
        ResponseKind::Trials => vec![y?, vec![1.0; ROWS]],
        _ => return None,
    };
    likelihood.admits(&y.iter().map(Vec::as_slice).collect::<Vec<_>>()).ok()?;
    let columns: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; ROWS]).collect();
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut derivs = RowDerivs::new(ROWS, k);
    let mut time = |order: Order| {
        1e9 * seconds(|| likelihood.eval(Tail::Pdf, black_box(&y), &u, order, &mut derivs)) / ROWS as f64
    };
    Some((time(Order::Value), time(Order::Hessian)))
}
