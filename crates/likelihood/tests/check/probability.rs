//! Densities are densities: they sum to 1, their tails are their integrals, and quantiles undo the tails.

use crate::subjects::{Domain, Subject, Uniform, many, subjects};
use loglik_likelihood::Tail;
use loglik_num::{exp, log, log1p};

/// Gauss-Kronrod nodes and weights of 15 points on [-1, 1] (Piessens et al. 1983, QUADPACK), the positive half.
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const WEIGHTS: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];
const GAUSS: [f64; 4] =
    [0.129_484_966_168_869_7, 0.279_705_391_489_276_64, 0.381_830_050_505_118_9, 0.417_959_183_673_469_4];

/// Integral over [a, b], halved until both rules agree.
fn integral(f: &mut dyn FnMut(&[f64]) -> Vec<f64>, a: f64, b: f64, depth: u32) -> f64 {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let points: Vec<f64> = NODES.iter().flat_map(|x| [middle - half * x, middle + half * x]).collect();
    let values = f(&points);
    let pair = |i: usize| if i == 7 { values[14] } else { values[2 * i] + values[2 * i + 1] };
    let fine: f64 = (0..8).map(|i| WEIGHTS[i] * pair(i)).sum::<f64>() * half;
    let rough: f64 = (0..4).map(|i| GAUSS[i] * pair(2 * i + 1)).sum::<f64>() * half;
    if depth == 0 || (fine - rough).abs() <= 1e-12 {
        return fine;
    }
    integral(f, a, middle, depth - 1) + integral(f, middle, b, depth - 1)
}

/// Response at a place on the line, and the slope of that map.
fn response(domain: Domain, t: f64) -> (f64, f64) {
    match domain {
        Domain::Positive => (exp(t), exp(t)),
        Domain::Unit => (1.0 / (1.0 + exp(-t)), exp(-t) / ((1.0 + exp(-t)) * (1.0 + exp(-t)))),
        _ => (0.5 * (exp(t) - exp(-t)), 0.5 * (exp(t) + exp(-t))),
    }
}

fn place(domain: Domain, y: f64) -> f64 {
    match domain {
        Domain::Positive => log(y),
        Domain::Unit => log(y) - log1p(-y),
        _ if y < 0.0 => -place(domain, -y),
        _ => log(y + (y * y + 1.0).sqrt()),
    }
}

/// Probability between two places on the line.
fn mass(subject: &Subject, u: &[f64], from: f64, to: f64) -> f64 {
    let mut density = |t: &[f64]| {
        let y: Vec<f64> = t.iter().map(|&t| response(subject.domain, t).0).collect();
        let l = many(subject.likelihood(), Tail::Pdf, &y, u);
        l.iter()
            .zip(t)
            .map(|(l, &t)| if l.is_finite() { exp(*l) * response(subject.domain, t).1 } else { 0.0 })
            .collect()
    };
    let steps = ((to - from) / 0.5).ceil().max(1.0);
    let width = (to - from) / steps;
    (0..steps as usize)
        .map(|i| integral(&mut density, from + width * i as f64, from + width * (i + 1) as f64, 18))
        .sum()
}

fn reach(domain: Domain) -> (f64, f64) {
    match domain {
        // From e^-300: a density like y^-0.6 leaves less than 1e-50 below.
        Domain::Positive => (-300.0, 300.0),
        // Beyond 36 a number below 1 is 1.
        Domain::Unit => (-300.0, 36.0),
        _ => (-60.0, 60.0),
    }
}

/// Coordinates at which no mass to speak of lies between the last number below 1 and 1.
fn integrable_u(subject: &Subject, random: &mut Uniform) -> Vec<f64> {
    let mut u = subject.some_u(random);
    if subject.domain == Domain::Unit {
        u[1] += 2.5;
    }
    u
}

#[test]
fn every_number_density_integrates_to_one() {
    let mut random = Uniform(11);
    for subject in
        subjects().iter().filter(|s| matches!(s.domain, Domain::Real | Domain::Positive | Domain::Unit))
    {
        for _ in 0..3 {
            let u = integrable_u(subject, &mut random);
            let (from, to) = reach(subject.domain);
            let total = match subject.name.as_str() {
                // An angle goes once around.
                "von_mises" => mass(
                    subject,
                    &u,
                    place(Domain::Real, u[0] - std::f64::consts::PI),
                    place(Domain::Real, u[0] + std::f64::consts::PI),
                ),
                // Below e^-60 lies less than 1e-11; above e^12, less than e^-1e5.
                name if name.starts_with("tweedie") => {
                    mass(subject, &u, -60.0, 12.0) + exp(subject.l(Tail::Pdf, &[0.0], &u))
                }
                _ => mass(subject, &u, from, to),
            };
            // A jump at an end of the support is halved down to 2^-18 of half a unit.
            let slack = if ["uniform", "pareto"].contains(&subject.name.as_str()) { 1e-5 } else { 1e-10 };
            assert!((total - lasting(subject, &u)).abs() <= slack, "{} u {u:?}: {total}", subject.name);
        }
    }
}

/// Share of a population that ever fails: below 1 for a Gompertz whose hazard falls.
fn lasting(subject: &Subject, u: &[f64]) -> f64 {
    match subject.name.as_str() {
        "gompertz" if u[1] < 0.0 => 1.0 - exp(exp(u[0]) / u[1]),
        _ => 1.0,
    }
}

#[test]
fn every_count_density_sums_to_one_and_its_tails_are_the_sums() {
    let mut random = Uniform(12);
    for subject in subjects().iter().filter(|s| s.domain == Domain::Count) {
        for _ in 0..5 {
            let u = subject.some_u(&mut random);
            let counts: Vec<f64> = (0..20_000)
                .map(f64::from)
                .filter(|&y| subject.likelihood().admits(&[&[y]]).is_ok())
                .collect();
            let p: Vec<f64> =
                many(subject.likelihood(), Tail::Pdf, &counts, &u).into_iter().map(exp).collect();
            let total: f64 = p.iter().rev().sum();
            assert!((total - 1.0).abs() <= 1e-10, "{} u {u:?}: {total}", subject.name);
            let mut below = 0.0;
            for (i, &y) in counts.iter().take(40).enumerate() {
                below += p[i];
                let above: f64 = p[i + 1..].iter().rev().sum();
                let (cdf, sf) = (subject.l(Tail::Cdf, &[y], &u), subject.l(Tail::Sf, &[y], &u));
                assert!(
                    (cdf - log(below)).abs() <= 1e-11 * (1.0 + cdf.abs()),
                    "{} cdf at {y}, {u:?}: {cdf} {}",
                    subject.name,
                    log(below)
                );
                assert!(
                    above < 1e-290 || (sf - log(above)).abs() <= 1e-10 * (1.0 + sf.abs()),
                    "{} sf at {y}, {u:?}: {sf} {}",
                    subject.name,
                    log(above)
                );
            }
        }
    }
}

#[test]
fn trials_and_classes_sum_to_one() {
    let mut random = Uniform(13);
    for subject in subjects() {
        let columns = subject.likelihood().spec().columns.len();
        let responses: Vec<Vec<f64>> = match subject.domain {
            Domain::Trials => (0..=7).map(|y| vec![f64::from(y), 7.0]).collect(),
            Domain::Class if columns == 1 => (0..3).map(|class| vec![f64::from(class)]).collect(),
            Domain::Class => {
                let pairs = (0..=4).flat_map(|a| (0..=4 - a).map(move |b| (a, b)));
                pairs.map(|(a, b)| vec![f64::from(a), f64::from(b), f64::from(4 - a - b)]).collect()
            }
            _ => continue,
        };
        for _ in 0..10 {
            let u: Vec<f64> = subject.some_u(&mut random).iter().map(|u| 3.0 * u).collect();
            let total: f64 = responses.iter().map(|y| exp(subject.l(Tail::Pdf, y, &u))).sum();
            assert!((total - 1.0).abs() <= 1e-13, "{} u {u:?}: {total}", subject.name);
            if subject.likelihood().spec().tails {
                let mut below = 0.0;
                for y in &responses {
                    below += exp(subject.l(Tail::Pdf, y, &u));
                    let (cdf, sf) = (exp(subject.l(Tail::Cdf, y, &u)), exp(subject.l(Tail::Sf, y, &u)));
                    assert!(
                        (cdf - below).abs() <= 1e-13 && (cdf + sf - 1.0).abs() <= 1e-13,
                        "{} at {y:?}",
                        subject.name
                    );
                }
            }
        }
    }
}

const LEVELS: [f64; 9] = [1e-9, 1e-4, 0.02, 0.2, 0.5, 0.7, 0.95, 0.999, 1.0 - 1e-9];

#[test]
fn tails_are_the_integrals_of_the_density_and_quantiles_undo_them() {
    let mut random = Uniform(14);
    for subject in subjects().iter().filter(|s| {
        s.likelihood().spec().tails && matches!(s.domain, Domain::Real | Domain::Positive | Domain::Unit)
    }) {
        let u = integrable_u(subject, &mut random);
        let (mut from, mut before) = (reach(subject.domain).0, 0.0);
        for p in LEVELS.into_iter().filter(|&p| p < lasting(subject, &u)) {
            let y = subject
                .likelihood()
                .quantile(p, &u)
                .unwrap_or_else(|| panic!("{} has tails but no quantile", subject.name));
            let (cdf, sf) = (exp(subject.l(Tail::Cdf, &[y], &u)), exp(subject.l(Tail::Sf, &[y], &u)));
            assert!((cdf + sf - 1.0).abs() <= 1e-13, "{} at p {p}: {cdf} + {sf}", subject.name);
            // A quantile is right to some of its last bits, each worth eps y f(y) of probability.
            let slack = 4e-15 * (1.0 + y.abs()) * exp(subject.l(Tail::Pdf, &[y], &u));
            assert!(
                (cdf - p).abs() <= 1e-12 * p + slack
                    && (sf - (1.0 - p)).abs() <= 1e-12 * (1.0 - p) + slack + 1e-16,
                "{} u {u:?} p {p}: {cdf}, {sf}",
                subject.name
            );
            let to = place(subject.domain, y);
            let added = mass(subject, &u, from, to);
            let slack = if ["uniform", "pareto"].contains(&subject.name.as_str()) { 1e-5 } else { 1e-10 };
            assert!(
                (cdf - before - added).abs() <= slack,
                "{} u {u:?} p {p}: {} by cdf, {added} by density",
                subject.name,
                cdf - before
            );
            (from, before) = (to, cdf);
        }
    }
}
