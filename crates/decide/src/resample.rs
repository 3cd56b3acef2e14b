//! Replicates of a bootstrap, each a function of the seed and its number alone, so that threads change nothing.

use std::thread;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub replicates: usize,
    /// Of the draws.
    pub seed: u64,
    /// At least 1; the answer does not depend on it.
    pub threads: usize,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 999, seed: 1, threads: 1 }
    }
}

/// What the replicates gave, in their order.
#[derive(Debug, Clone)]
pub struct Replicates<T> {
    /// One value for each replicate that had both classes.
    pub values: Vec<T>,
    /// Replicates with one class only, or where the figure does not exist.
    pub left_out: usize,
}

/// Runs `one` for every replicate number, on threads by contiguous shares, and keeps the order.
pub fn over_replicates<T: Send>(plan: Bootstrap, one: impl Fn(u64) -> Option<T> + Sync) -> Replicates<T> {
    let step = plan.replicates.div_ceil(plan.threads.max(1)).max(1);
    let one = &one;
    let mut values = Vec::with_capacity(plan.replicates);
    thread::scope(|scope| {
        let run = |from: usize| {
            let to = (from + step).min(plan.replicates);
            scope.spawn(move || (from..to).map(|r| one(r as u64)).collect::<Vec<_>>())
        };
        let parts: Vec<_> = (0..plan.replicates).step_by(step).map(run).collect();
        for part in parts {
            // A panic in a figure is our own bug: hand it on.
            values.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    let all = values.len();
    let values: Vec<T> = values.into_iter().flatten().collect();
    Replicates { left_out: all - values.len(), values }
}

/// The equal-tailed interval of replicate values: order statistics number (B + 1) (1 -+ level) / 2.
pub fn percentile_interval(mut values: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let last = values.len() - 1;
    let low = ((values.len() + 1) as f64 * tail).floor() as usize;
    let low = low.saturating_sub(1).min(last);
    Some((values[low], values[last - low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_takes_the_order_statistics_of_the_usual_rule() {
        let values = (1..=999).rev().map(f64::from).collect();
        assert_eq!(percentile_interval(values, 0.95), Some((25.0, 975.0)));
    }
}
