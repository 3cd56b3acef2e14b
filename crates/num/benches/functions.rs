//! Nanoseconds a value of each lane function, at the level in use: `cargo bench -p loglik-num --bench functions`.

use std::hint::black_box;
use std::time::Instant;

use loglik_num::{Jet, Kernel, LANE, Lane, Real, dispatch};

const N: usize = 1024;

/// Least time for one value over many runs: what it takes when nothing else has the core.
fn measure(name: &str, mut run: impl FnMut()) {
    let mut times: Vec<f64> = (0..400)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e9 / N as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<28} {:>8.2} ns", times[0]);
}

macro_rules! bench {
    ($name:literal, $low:expr, $high:expr, |$x:ident| $f:expr) => {{
        struct Run<'a>(&'a [f64], &'a mut [f64]);
        impl Kernel for Run<'_> {
            type Output = ();
            #[inline(always)]
            fn run(self) {
                for r in (0..N).step_by(LANE) {
                    let $x = Lane::load(&self.0[r..]);
                    let out: Lane = $f;
                    out.store(&mut self.1[r..]);
                }
            }
        }
        let x: Vec<f64> = (0..N).map(|i| $low + ($high - $low) * ((i * 619) % N) as f64 / N as f64).collect();
        let mut out = vec![0.0; N];
        measure($name, || dispatch(Run(black_box(&x), black_box(&mut out))));
    }};
}

/// Adds up the parts of a jet, so that all are computed.
#[inline(always)]
fn all<const K: usize>(j: Jet<K>) -> Lane {
    let mut sum = j.v;
    for i in 0..K {
        sum = sum + j.g[i];
        for k in 0..=i {
            sum = sum + j.h[i][k];
        }
    }
    sum
}

fn main() {
    println!("level {:?}", loglik_num::level());
    bench!("exp", -20.0, 20.0, |x| x.exp());
    bench!("log", 0.01, 20.0, |x| x.log());
    bench!("log1p", -0.5, 5.0, |x| x.log1p());
    bench!("expm1", -2.0, 2.0, |x| x.expm1());
    bench!("log1pexp", -20.0, 20.0, |x| x.log1pexp());
    bench!("logaddexp jet", -20.0, 20.0, |x| all(Jet::<2>::variable(x, 0).logaddexp(Jet::variable(-x, 1))));
    bench!("sin", -20.0, 20.0, |x| Real::sin(x));
    bench!("atan", -20.0, 20.0, |x| Real::atan(x));
    bench!("lgamma", 0.1, 100.0, |x| x.lgamma());
    bench!("digamma", 0.1, 100.0, |x| x.digamma());
    bench!("lgamma jet", 0.1, 100.0, |x| all(Jet::<1>::variable(x, 0).lgamma()));
    bench!("log_rising jet", 0.1, 100.0, |x| all(Jet::<1>::variable(x, 0).log_rising(Lane::splat(3.0))));
    bench!("lbeta jet", 0.1, 100.0, |x| all(Jet::<2>::variable(x, 0).lbeta(Jet::variable(x, 1))));
    bench!("log_ndtr", -10.0, 5.0, |x| x.log_ndtr());
    bench!("log_ndtr jet", -10.0, 5.0, |x| all(Jet::<1>::variable(x, 0).log_ndtr()));
    bench!("norm_quantile", 0.001, 0.999, |x| x.norm_quantile());
    bench!("log_bessel_i0 jet", 0.1, 50.0, |x| all(Jet::<1>::variable(x, 0).log_bessel_i0()));
    bench!("log_gamma_q", 0.1, 30.0, |x| x.log_gamma_q(Lane::splat(5.0)));
    bench!("log_gamma_q jet", 0.1, 30.0, |x| all(
        Jet::<2>::variable(x, 0).log_gamma_q(Jet::variable(Lane::splat(5.0), 1))
    ));
    bench!("log_beta_inc jet", 0.01, 0.99, |x| all(
        Jet::<2>::variable(x, 0).log_beta_inc(Jet::constant(2.5), Jet::variable(Lane::splat(4.0), 1))
    ));
}
