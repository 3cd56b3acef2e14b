//! What simulation must show: the score has mean zero and the expected information as its variance, draws follow the
//! distribution function, mean and variance are those of draws.

use crate::subjects::{Domain, Subject, Uniform, many, subjects};
use loglik_likelihood::{Order, RowDerivs, Tail};
use loglik_num::exp;

const DRAWS: usize = 20_000;

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, (variance / n).sqrt())
}

/// Draws of the response, one trial a row.
fn draws(subject: &Subject, u: &[f64], random: &mut Uniform) -> Vec<f64> {
    (0..DRAWS)
        .map(|_| {
            subject.likelihood().sample(u, &mut || random.next()).expect("every family can be drawn from")
        })
        .collect()
}

fn row(subject: &Subject, y: f64) -> Vec<f64> {
    match subject.domain {
        Domain::Trials => vec![y, 1.0],
        _ => vec![y],
    }
}

/// Families whose support moves have no score in the usual sense.
fn is_regular(subject: &Subject) -> bool {
    !["uniform", "pareto"].contains(&subject.name.as_str()) && subject.likelihood().spec().columns.len() <= 2
}

#[test]
fn the_score_has_mean_zero_and_the_expected_information_as_variance() {
    let mut random = Uniform(21);
    for subject in subjects().iter().filter(|s| is_regular(s)) {
        let u: Vec<f64> = subject.some_u(&mut random).iter().map(|u| 0.4 * u).collect();
        let k = u.len();
        let y = draws(subject, &u, &mut random);
        let ones = vec![1.0; y.len()];
        let columns: &[&[f64]] = if subject.domain == Domain::Trials { &[&y, &ones] } else { &[&y] };
        let u_columns: Vec<Vec<f64>> = u.iter().map(|&u| vec![u; y.len()]).collect();
        let u_columns: Vec<&[f64]> = u_columns.iter().map(|c| &c[..]).collect();
        let mut rows = RowDerivs::new(y.len(), k);
        subject.likelihood().eval(Tail::Pdf, columns, &u_columns, Order::Hessian, &mut rows);
        for i in 0..k {
            let (mean, se) = mean(rows.g(i));
            assert!(mean.abs() <= 4.0 * se + 1e-12, "{} u {u:?} score {i}: {mean} +- {se}", subject.name);
        }
        let mut info = vec![f64::NAN; k * (k + 1) / 2];
        if !subject.likelihood().expected_info(&row(subject, y[0]), &u, &mut info) {
            continue;
        }
        for i in 0..k {
            for j in 0..=i {
                let products: Vec<f64> = rows.g(i).iter().zip(rows.g(j)).map(|(a, b)| a * b).collect();
                let ((mean, se), stated) = (mean(&products), info[RowDerivs::pair(i, j)]);
                if stated.is_nan() {
                    continue;
                }
                assert!(
                    (mean - stated).abs() <= 4.5 * se + 1e-12,
                    "{} u {u:?} info {i}{j}: {stated} stated, {mean} +- {se} drawn",
                    subject.name
                );
            }
        }
    }
}

#[test]
fn draws_follow_the_distribution_function() {
    let mut random = Uniform(22);
    for subject in subjects().iter().filter(|s| s.likelihood().spec().tails && s.domain != Domain::Trials) {
        let u = subject.some_u(&mut random);
        let mut y = draws(subject, &u, &mut random);
        y.retain(|y| y.is_finite());
        y.sort_by(f64::total_cmp);
        let cdf = many(subject.likelihood(), Tail::Cdf, &y, &u);
        let n = DRAWS as f64;
        let gap = y.iter().enumerate().fold(0.0, |gap: f64, (i, &value)| {
            // Equal counts: the greatest share of draws at or below the value.
            let is_last = y.get(i + 1).is_none_or(|next| *next > value);
            if is_last { gap.max(((i + 1) as f64 / n - exp(cdf[i])).abs()) } else { gap }
        });
        // 1.95 / sqrt(n) is passed by one in a thousand true samples (Kolmogorov); the seed is fixed.
        assert!(gap <= 1.95 / n.sqrt(), "{} u {u:?}: {gap}", subject.name);
    }
}

#[test]
fn mean_and_variance_are_those_of_draws() {
    let mut random = Uniform(23);
    for subject in subjects().iter().filter(|s| s.domain != Domain::Class) {
        let u: Vec<f64> = subject.some_u(&mut random).iter().map(|u| 0.3 * u - 0.2).collect();
        let columns: Vec<[f64; 8]> = u.iter().map(|&u| [u; 8]).collect();
        let columns: Vec<&[f64]> = columns.iter().map(|c| &c[..]).collect();
        let mut out = RowDerivs::new(8, u.len());
        let y = draws(subject, &u, &mut random);
        let (drawn, se) = mean(&y);
        let has_mean = subject.likelihood().mean(&columns, &mut out) && out.l[0].is_finite();
        let variance = subject.likelihood().variance(&u);
        if has_mean && variance.is_none_or(f64::is_finite) {
            assert!(
                (drawn - out.l[0]).abs() <= 4.5 * se,
                "{} u {u:?} mean: {} stated, {drawn} +- {se} drawn",
                subject.name,
                out.l[0]
            );
        }
        if let Some(variance) = variance.filter(|v| v.is_finite() && has_mean) {
            let squares: Vec<f64> = y.iter().map(|y| (y - out.l[0]) * (y - out.l[0])).collect();
            let (drawn, se) = mean(&squares);
            assert!(
                (drawn - variance).abs() <= 5.0 * se,
                "{} u {u:?} variance: {variance} stated, {drawn} +- {se} drawn",
                subject.name
            );
        }
    }
}
