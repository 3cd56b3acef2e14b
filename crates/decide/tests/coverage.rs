//! Simulated coverage of the intervals: seeded, so the counts are the same on every machine.
//!
//! AUC: binormal scores whose true area is 0.75, n = 100. Threshold: calibrated scores, so that the best cut of the
//! population is the cost ratio.

use loglik_decide::cost::Costs;
use loglik_decide::delong::auc;
use loglik_decide::resample::Bootstrap;
use loglik_decide::threshold::Policy;
use loglik_decide::threshold_report::report;
use loglik_decide::{Draws, Ranked, Scored};
use loglik_num::normal_quantile;

/// Shares of samples whose default and plain DeLong interval hold the true area.
fn area_coverage(cases: usize, controls: usize, samples: u64) -> [f64; 2] {
    const AREA: f64 = 0.75;
    let shift = 2.0_f64.sqrt() * normal_quantile(AREA);
    let y: Vec<f64> = (0..cases + controls).map(|i| f64::from(u8::from(i < cases))).collect();
    let mut held = [0.0; 2];
    for sample in 0..samples {
        let mut draws = Draws::new(2026, sample);
        let score: Vec<f64> =
            y.iter().map(|y| shift * y + normal_quantile(draws.uniform() + f64::EPSILON / 4.0)).collect();
        let ranked = Ranked::new(&Scored::new(&y, &score).expect("legal"), 1).expect("two classes");
        let found = auc(&ranked, 0.95).expect("a level");
        let plain =
            found.delong_low.zip(found.delong_high).is_some_and(|(low, high)| low <= AREA && AREA <= high);
        held[0] += f64::from(u8::from(found.conf_low <= AREA && AREA <= found.conf_high));
        held[1] += f64::from(u8::from(plain));
    }
    held.map(|count| count / samples as f64)
}

#[test]
fn the_default_interval_of_the_area_holds_it_as_often_as_it_says() {
    // 2,000 samples: a standard error of half a percent.
    let [balanced, _] = area_coverage(50, 50, 2000);
    assert!((0.93..=0.97).contains(&balanced), "{balanced}");
    let [rare, plain] = area_coverage(5, 95, 2000);
    assert!((0.92..=0.98).contains(&rare), "{rare}");
    // With five cases the plain interval falls short, which is why it is not the default.
    assert!(plain < rare, "{plain} {rare}");
}

#[test]
fn the_bootstrap_interval_of_the_threshold_holds_the_best_cut_of_the_population() {
    let policy = Policy::Cost { costs: Costs::new(5.0, 1.0), prevalence: None };
    let samples = 200;
    for n in [200, 500] {
        let mut held = 0.0;
        for sample in 0..samples {
            let mut draws = Draws::new(7, sample);
            let p: Vec<f64> = (0..n).map(|_| draws.uniform() * draws.uniform()).collect();
            let y: Vec<f64> = p.iter().map(|p| f64::from(u8::from(draws.uniform() < *p))).collect();
            let data = Scored::new(&y, &p).expect("legal");
            let plan = Bootstrap { replicates: 199, seed: sample, threads: 1 };
            let found = report(&data, policy, 0.95, plan).expect("two classes");
            let (low, high) = found.threshold_low.zip(found.threshold_high).expect("resamples");
            held += f64::from(u8::from(low <= 1.0 / 6.0 && 1.0 / 6.0 <= high));
        }
        let coverage = held / samples as f64;
        // 200 samples: a standard error of 1.5 percent within the wanted 90 to 98.
        assert!((0.90..=0.98).contains(&coverage), "n = {n}: {coverage}");
    }
}
