//! Dense kernels on chunks as fits use them: `cargo bench -p loglik-num --bench gram`.

use std::hint::black_box;
use std::time::Instant;

use loglik_num::{Cholesky, gemv, gemv_t, gram};

/// Least seconds of one run out of many: what the kernel takes when nothing else has the core.
fn least(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[0]
}

fn main() {
    println!("level {:?}", loglik_num::level());
    for p in [8, 32, 50, 128, 200, 500] {
        let n = (32_768 / p / 8 * 8).clamp(64, 4096);
        let stride = n + 8;
        let x: Vec<f64> = (0..p * stride).map(|t| ((t * 7919) % 1009) as f64 / 500.0 - 1.0).collect();
        let x: Vec<f64> = [x.clone(), vec![0.0; 8]].concat();
        let skip = x.as_ptr().align_offset(64);
        let x = &x[skip..];
        let w = vec![0.5; n];
        let mut info = vec![0.0; p * p];
        let t = least(|| gram(black_box(x), stride, p, black_box(x), stride, p, &w, n, &mut info, p, true));
        let flops = (n * p * (p + 1)) as f64;
        let mut eta = vec![0.0; n];
        let beta = vec![0.1; p];
        let e = least(|| gemv(black_box(x), stride, &beta, n, &mut eta)) / n as f64;
        let mut score = vec![0.0; p];
        let s = least(|| gemv_t(black_box(x), stride, &w, n, &mut score)) / n as f64;
        println!(
            "p {p:>4} n {n:>5}: gram {:>8.1} ns/row {:>6.1} GFlop/s, eta {:>6.2} ns/row, score {:>6.2} ns/row",
            t / n as f64 * 1e9,
            flops / t * 1e-9,
            e * 1e9,
            s * 1e9
        );
    }
    let p = 1000;
    let a: Vec<f64> =
        (0..p * p).map(|t| if t / p == t % p { p as f64 } else { 1.0 / (1 + t % 7) as f64 }).collect();
    let mut symmetric = a.clone();
    for i in 0..p {
        for j in 0..i {
            symmetric[i * p + j] = a[j * p + i];
        }
    }
    let t = least(|| {
        black_box(Cholesky::new(black_box(&symmetric), p).is_ok());
    });
    println!("cholesky p {p}: {:.1} ms, {:.1} GFlop/s", t * 1e3, (p * p * p) as f64 / 3.0 / t * 1e-9);
}
