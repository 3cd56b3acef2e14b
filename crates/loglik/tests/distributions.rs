//! Univariate fits compared: families by the column, distances with p-values, verdicts.

use loglik::expr::Column;
use loglik::{DistFit, DistResult, DistSpec, Status, Table, dist};

fn table(columns: &[(&str, Vec<f64>)]) -> Table {
    let columns = columns.iter().map(|(name, values)| (*name, Column::Number(values.clone())));
    Table::from_columns(columns).expect("columns of one length")
}

/// Quantiles of the exponential distribution at evenly spread shares.
fn lifetimes(n: usize) -> Vec<f64> {
    (0..n).map(|i| -loglik_num::log(1.0 - (i as f64 + 0.5) / n as f64)).collect()
}

fn family<'a>(found: &'a DistResult, name: &str) -> &'a DistFit {
    found.fits.iter().find(|f| f.family == name).expect(name)
}

#[test]
fn families_follow_the_column() {
    let names = |values: Vec<f64>| -> Vec<String> {
        let found = dist(&DistSpec::new("y", &["auto"]), &table(&[("y", values)])).expect("fits");
        found.fits.into_iter().map(|f| f.family).collect()
    };
    let counts = names(vec![0.0, 1.0, 0.0, 3.0, 2.0, 0.0, 1.0, 5.0, 0.0, 2.0]);
    assert!(counts.contains(&"negative_binomial".to_owned()) && !counts.contains(&"gamma".to_owned()));
    let times = names(lifetimes(30));
    assert!(times.contains(&"weibull".to_owned()) && !times.contains(&"poisson".to_owned()));
    let shares = names(vec![0.1, 0.4, 0.35, 0.8, 0.62]);
    assert!(shares.contains(&"beta".to_owned()) && !shares.contains(&"weibull".to_owned()));
}

#[test]
fn the_first_has_the_least_aic_and_the_rest_are_measured_against_it() {
    let found = dist(&DistSpec::new("y", &["auto"]), &table(&[("y", lifetimes(200))])).expect("fits");
    assert_eq!(found.fits[0].family, "exponential", "quantiles of it, with one parameter");
    assert!(found.fits.windows(2).all(|pair| pair[0].aic <= pair[1].aic));
    let gaussian = family(&found, "gaussian");
    assert!((gaussian.against_first.aic.0 - (gaussian.aic.0 - found.fits[0].aic.0)).abs() < 1e-12);
    let z = gaussian.against_first.vuong.expect("two fits that differ").0;
    assert!(z > 3.0, "{z}: above 0 speaks for the first");
    assert!(gaussian.verdict.starts_with("rejected"), "{}", gaussian.verdict);
    assert!(found.fits[0].quantiles.iter().all(|q| q.0.abs() < 0.05), "the data are its quantiles");
    let sample = found.sample.expect("exact numbers");
    assert!(sample.autocorrelation_lag1.0 > 0.5, "sorted rows are not independent");
}

#[test]
fn p_values_tell_a_wrong_distribution_and_do_not_depend_on_threads() {
    let data = table(&[("y", lifetimes(60))]);
    let found = |threads: usize, seed: u64| {
        let spec = DistSpec {
            bootstrap: 99,
            seed: Some(seed),
            threads: Some(threads),
            ..DistSpec::new("y", &["exponential", "gaussian"])
        };
        let found = dist(&spec, &data).expect("fits");
        ["exponential", "gaussian"].map(|name| family(&found, name).goodness.expect("distances"))
    };
    let one = found(1, 7);
    assert_eq!(one, found(2, 7));
    // Fifteen rows leave a p-value between its ends, where another seed draws other samples.
    let few = table(&[("y", lifetimes(15))]);
    let undecided = |seed: u64| {
        let spec = DistSpec { bootstrap: 99, seed: Some(seed), ..DistSpec::new("y", &["gaussian"]) };
        family(&dist(&spec, &few).expect("fits"), "gaussian").goodness.expect("distances")
    };
    assert_ne!(undecided(7), undecided(8));
    let [right, wrong] = one.map(|g| [g.ks_p, g.ad_p, g.cvm_p].map(|p| p.expect("a p-value").0));
    // The data are the distribution's own quantiles: no sample lies nearer.
    assert_eq!(right, [1.0; 3]);
    // Skewness 2 against 60 rows: one in a hundred is the least that 99 samples can say.
    assert_eq!(wrong[1], 0.01);
    assert!(wrong[0] <= 0.05 && wrong[2] <= 0.05, "{wrong:?}");
}

#[test]
fn counts_have_the_distance_that_they_can_have() {
    let y = vec![0.0, 1.0, 0.0, 3.0, 2.0, 0.0, 1.0, 5.0, 0.0, 2.0];
    let spec = DistSpec { bootstrap: 19, ..DistSpec::new("y", &["poisson"]) };
    let g = dist(&spec, &table(&[("y", y)])).expect("fits").fits[0].goodness.expect("a distance");
    // At 0: four of ten against e^-1.4.
    assert!((g.ks.0 - (0.4 - loglik_num::exp(-1.4))).abs() < 1e-12, "{}", g.ks.0);
    assert!(g.ad.0.is_nan() && g.ks_p.is_some_and(|p| p.0 > 0.0 && p.0 <= 1.0));
}

#[test]
fn a_survival_response_is_fitted_with_its_censoring() {
    let data = table(&[("time", vec![1.0, 2.0, 3.0, 4.0]), ("seen", vec![1.0, 1.0, 0.0, 1.0])]);
    let found = dist(&DistSpec::new("Surv(time, seen)", &["auto"]), &data).expect("fits");
    let rate = family(&found, "censored(exponential)").parameters[0].estimate.0;
    // Three events in ten units of time.
    assert!((rate - 0.3).abs() < 1e-12, "{rate}");
}

#[test]
fn a_likelihood_without_bound_comes_last_and_says_so() {
    let y = vec![2.0; 8];
    let found = dist(&DistSpec::new("y", &["gaussian", "exponential"]), &table(&[("y", y)])).expect("fits");
    let last = found.fits.last().expect("two fits");
    assert_eq!((last.family.as_str(), last.status), ("gaussian", Status::Unbounded));
    assert_eq!(last.verdict, "the likelihood has no bound");
    assert_eq!(found.fits[0].verdict, "best");
}

#[test]
fn maxima_of_a_mixture_are_counted() {
    // Three clusters, two components: which two share one is a maximum of its own.
    let cluster = |centre: f64| (0..12).map(move |i| centre + 0.1 * (f64::from(i) - 5.5));
    let y: Vec<f64> = cluster(0.0).chain(cluster(6.0)).chain(cluster(11.0)).collect();
    let found = dist(&DistSpec::new("y", &["mixture(gaussian, 2)"]), &table(&[("y", y)])).expect("fits");
    let maxima = &found.fits[0].maxima;
    assert!(maxima.len() >= 2, "{maxima:?}");
    assert_eq!(maxima[0], found.fits[0].loglik);
    assert!(found.fits[0].verdict.ends_with(&format!("; {} maxima", maxima.len())));
}

#[test]
fn a_column_of_text_is_refused_with_the_mend() {
    let levels: std::sync::Arc<[String]> = ["a", "b"].map(str::to_owned).into();
    let column = Column::Category { codes: vec![0, 1, 1], levels, ordered: false };
    let data = Table::from_columns([("y", column)]).expect("one column");
    let error = dist(&DistSpec::new("y", &["auto"]), &data).map(|f| f.fits.len()).expect_err("text");
    assert!(error.remedy.expect("a mend").contains("categorical"));
}

#[test]
fn a_burr_that_has_become_a_pareto_is_reported_as_one() {
    // Quantiles of a Pareto with shape 1.5 and scale 2, the least tenth of them at the scale itself.
    let quantile = |i: i32| 2.0 * loglik_num::pow((f64::from(i) + 0.5) / 200.0, -1.0 / 1.5);
    let y: Vec<f64> = (0..200).map(|i| if i < 180 { quantile(i) } else { 2.0 }).collect();
    let data = table(&[("y", y)]);
    let found = dist(&DistSpec::new("y", &["burr", "pareto"]), &data).expect("positive numbers");
    let (burr, pareto) = (family(&found, "burr"), family(&found, "pareto"));
    assert_eq!((burr.status, burr.df), (Status::Boundary, 2));
    assert!((burr.loglik.0 - pareto.loglik.0).abs() < 1e-9, "{} {}", burr.loglik.0, pareto.loglik.0);
    let limit = burr.limit.as_ref().expect("the limit is another family");
    assert_eq!(limit.likelihood, "pareto");
    for name in ["shape", "scale"] {
        let (got, wanted) =
            (limit.parameters[name].0, pareto.parameter(name).expect("a Pareto has it").estimate.0);
        assert!((got - wanted).abs() < 1e-12 * wanted, "{name}: {got} {wanted}");
    }
    let ends = ["shape1", "shape2"].map(|name| burr.parameter(name).expect("a Burr has it").estimate.0);
    assert!(ends[0] < 1e-15 && ends[1] > 1e15, "{ends:?}");
    // The maximum of a Burr that is one lies inside.
    let inside: Vec<f64> = (0..200)
        .map(|i| {
            let p = (f64::from(i) + 0.5) / 200.0;
            loglik_num::pow(loglik_num::pow(p, -0.5) - 1.0, 0.4)
        })
        .collect();
    let data = table(&[("y", inside)]);
    let found = dist(&DistSpec::new("y", &["burr"]), &data).expect("positive numbers");
    assert_eq!(found.fits[0].status, Status::Converged);
    assert!(found.fits[0].limit.is_none());
}
