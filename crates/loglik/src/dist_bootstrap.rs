//! p-values of the distances between a fitted and an empirical distribution function, by parametric bootstrap.
//!
//! Tables of these distances hold for known parameters. Here samples are drawn from the fitted distribution, fitted again
//! and measured: p = (1 + samples at least as far) / (1 + samples). A sample depends on seed and number alone, so any number of
//! threads gives the same p. Stute, Gonzalez Manteiga & Presedo Quindimil (1993), Metrika 40, 243-256.

use crate::goodness::Goodness;
use crate::{DistSpec, Fitted, Number, Status, dist, fit};
use loglik_decide::Draws;
use loglik_design::Table;
use loglik_expr::Column;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Distances of one sample; `None` where its fit has none.
type Sample = Option<[f64; 3]>;

/// Fills in the p-values of a fit's distances.
///
/// * `samples` how many are drawn
/// * `stream`  tells the families of one run apart
pub(crate) fn p_values(spec: &DistSpec, fitted: &Fitted, seen: &mut Goodness, samples: usize, stream: u64) {
    let usable = matches!(fitted.result.status, Status::Converged | Status::Boundary);
    if samples == 0 || !usable || spec.weights.is_some() {
        return;
    }
    let drawn = draw_all(spec, fitted, samples, stream);
    let good: Vec<[f64; 3]> = drawn.into_iter().flatten().collect();
    // A tenth that cannot be fitted says that the rest is no picture of the distribution.
    if good.len() * 10 < samples * 9 {
        return;
    }
    let p = |at: usize, distance: f64| {
        let farther = good.iter().filter(|g| g[at] >= distance).count();
        let value = (1 + farther) as f64 / (1 + good.len()) as f64;
        Number(if distance.is_nan() { f64::NAN } else { value })
    };
    (seen.ks_p, seen.ad_p, seen.cvm_p) =
        (Some(p(0, seen.ks.0)), Some(p(1, seen.ad.0)), Some(p(2, seen.cvm.0)));
    seen.samples = Some(good.len());
}

fn draw_all(spec: &DistSpec, fitted: &Fitted, samples: usize, stream: u64) -> Vec<Sample> {
    let threads = fitted.spec.threads().min(samples);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let sample = next.fetch_add(1, Ordering::Relaxed);
            if sample >= samples || spec.interrupt.asked() {
                return done;
            }
            let number = (stream << 32) + sample as u64;
            done.push((sample, one(spec, fitted, number)));
        }
    };
    let mut all: Vec<Sample> = vec![None; samples];
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut put = |done: Vec<(usize, Sample)>| done.into_iter().for_each(|(at, s)| all[at] = s);
        put(work());
        others.into_iter().filter_map(|thread| thread.join().ok()).for_each(&mut put);
    });
    all
}

/// One sample: drawn, fitted, measured.
fn one(spec: &DistSpec, fitted: &Fitted, number: u64) -> Sample {
    let mut draws = Draws::new(spec.seed.unwrap_or(DistSpec::SEED), number);
    let u = dist::coordinates(fitted);
    let likelihood = fitted.fit.model.likelihood.as_ref();
    // In the open interval: a quantile at 0 may be infinite.
    let mut uniform = || draws.uniform() + f64::EPSILON / 4.0;
    let rows = fitted.fit.end.rows;
    let values: Option<Vec<f64>> = (0..rows).map(|_| likelihood.sample(&u, &mut uniform)).collect();
    let table = Table::from_columns([("y", Column::Number(values?))]).ok()?;
    let again = DistSpec { column: "y".to_owned(), threads: Some(1), ..spec.clone() };
    let refitted = fit(&again.model(&fitted.result.likelihood, table.names()), &table).ok()?;
    let usable = matches!(refitted.result.status, Status::Converged | Status::Boundary);
    let found = Goodness::of(&refitted).filter(|_| usable)?;
    Some([found.ks.0, found.ad.0, found.cvm.0])
}
