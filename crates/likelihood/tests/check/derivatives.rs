//! Jets against differences, for every family, tail and link.

use crate::subjects::{Subject, Uniform, at, subjects};
use loglik_likelihood::{Link, RowDerivs, Support, Tail};
use loglik_num::{Jet, Lane};

/// Five-point difference; with this step its error is about 1e-15 of the fifth derivative, and 1e-12 by rounding.
fn slope(f: impl Fn(f64) -> f64) -> f64 {
    slope_by(2.5e-4, f)
}

fn slope_by(h: f64, f: impl Fn(f64) -> f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

fn moved(u: &[f64], i: usize, step: f64) -> Vec<f64> {
    let mut u = u.to_vec();
    u[i] += step;
    u
}

#[must_use]
fn is_close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-7 * (1.0 + scale.abs())
}

fn check(subject: &Subject, tail: Tail, y: &[f64], u: &[f64]) {
    let row = subject.at(tail, y, u);
    let scale = row.l.abs() + row.h.iter().fold(0.0, |m: f64, h| m.max(h.abs()));
    assert_eq!(row.l.to_bits(), subject.l(tail, y, u).to_bits(), "{} {tail:?} {y:?} {u:?}", subject.name);
    for i in 0..u.len() {
        let g = slope(|s| subject.l(tail, y, &moved(u, i, s)));
        assert!(
            is_close(row.g[i], g, scale),
            "{} {tail:?} y {y:?} u {u:?} g{i}: {} by jets, {g} by differences",
            subject.name,
            row.g[i]
        );
        for j in 0..=i {
            let h = slope(|s| subject.at(tail, y, &moved(u, i, s)).g[j]);
            let found = row.h[RowDerivs::pair(i, j)];
            assert!(
                is_close(found, h, scale),
                "{} {tail:?} y {y:?} u {u:?} h{i}{j}: {found} by jets, {h} by differences",
                subject.name
            );
        }
    }
}

/// Whether a kink or an end of the support lies within the steps of the difference.
fn is_smooth(subject: &Subject, tail: Tail, y: &[f64], u: &[f64]) -> bool {
    let near: Vec<Vec<f64>> = (0..u.len()).flat_map(|i| [moved(u, i, 0.05), moved(u, i, -0.05)]).collect();
    let kinked = ["laplace", "quantile"].contains(&subject.name.as_str()) && (y[0] - u[0]).abs() < 0.02;
    let at_an_end = subject.name == "uniform" && (y[0] - u[0]).min(u[0] + loglik_num::exp(u[1]) - y[0]) < 0.1;
    !kinked && !at_an_end && near.iter().all(|u| subject.l(tail, y, u).is_finite())
}

#[test]
fn score_and_information_of_every_density_are_its_derivatives() {
    let mut random = Uniform(1);
    for subject in subjects() {
        let mut checked = 0;
        for _ in 0..40 {
            let u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            if is_smooth(&subject, Tail::Pdf, &y, &u) {
                check(&subject, Tail::Pdf, &y, &u);
                checked += 1;
            }
        }
        assert!(checked > 25, "{}: only {checked} points are smooth", subject.name);
    }
}

#[test]
fn derivatives_of_every_tail_are_its_differences() {
    let mut random = Uniform(2);
    for subject in subjects().iter().filter(|s| s.likelihood().spec().tails) {
        for _ in 0..12 {
            let u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            for tail in [Tail::Cdf, Tail::Sf] {
                if is_smooth(subject, tail, &y, &u) {
                    check(subject, tail, &y, &u);
                }
            }
        }
    }
}

/// Links that a support may have, with predictors inside their domain.
fn links(support: Support) -> Vec<(Link, [f64; 3])> {
    let any = [-1.7, 0.4, 2.1];
    let positive = [0.3, 1.1, 4.0];
    match support {
        Support::Real => {
            vec![(Link::Identity, any), (Link::Log, any), (Link::Inverse, positive), (Link::Sqrt, positive)]
        }
        Support::Positive => vec![
            (Link::Log, any),
            (Link::Identity, positive),
            (Link::Inverse, positive),
            (Link::InverseSquare, positive),
            (Link::Sqrt, positive),
            (Link::Power(1.0 / 3.0), positive),
        ],
        Support::Unit => vec![
            (Link::Logit, any),
            (Link::Probit, any),
            (Link::Cloglog, any),
            (Link::Loglog, any),
            (Link::Cauchit, any),
            (Link::Identity, [0.1, 0.5, 0.93]),
            (Link::Log, [-4.0, -0.7, -0.1]),
        ],
        Support::Above(a) => vec![(Link::Log, any), (Link::Identity, [a + 0.3, a + 1.1, a + 4.0])],
        Support::Below(b) => vec![(Link::Log, any), (Link::Identity, [b - 0.3, b - 1.1, b - 4.0])],
        Support::Between(a, b) => {
            vec![(Link::Logit, any), (Link::Identity, [0.9 * a + 0.1 * b, 0.5 * (a + b), 0.2 * a + 0.8 * b])]
        }
    }
}

#[test]
fn every_family_under_every_link_of_its_location_has_the_derivatives_of_its_differences() {
    let mut random = Uniform(3);
    for subject in subjects() {
        let support = subject.likelihood().spec().params[0].support;
        for (link, etas) in links(support) {
            for eta in etas {
                let mut u = subject.some_u(&mut random);
                let coordinate = |eta: f64| link.to_u(support, Lane::splat(eta)).0[0];
                u[0] = coordinate(eta);
                let y = subject.some_y(&u, &mut random);
                if !is_smooth(&subject, Tail::Pdf, &y, &u) {
                    continue;
                }
                let row = at(subject.likelihood(), Tail::Pdf, &y, &u);
                let map = link.to_u(support, Jet::<1>::variable(Lane::splat(eta), 0));
                let (first, second) = (map.g[0].0[0], map.h[0][0].0[0]);
                let by_jets = [row.g[0] * first, row.h[0] * first * first + row.g[0] * second];
                let under = |step: f64| {
                    let u = [&[coordinate(eta + step)], &u[1..]].concat();
                    let jet = link.to_u(support, Jet::<1>::variable(Lane::splat(eta + step), 0));
                    let row = at(subject.likelihood(), Tail::Pdf, &y, &u);
                    [row.l, row.g[0] * jet.g[0].0[0]]
                };
                let scale = row.l.abs() + by_jets[1].abs();
                for order in 0..2 {
                    // Links may be steep: a smaller step, whose rounding is still below 1e-11.
                    let difference = slope_by(1e-4, |s| under(s)[order]);
                    assert!(
                        is_close(by_jets[order], difference, scale),
                        "{} link {link} eta {eta} y {y:?}: {by_jets:?}, {difference} by differences",
                        subject.name
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_called_concave_bends_down_in_its_location() {
    let mut random = Uniform(4);
    for subject in subjects().iter().filter(|s| s.likelihood().spec().concave) {
        for _ in 0..200 {
            let u: Vec<f64> = subject.some_u(&mut random).iter().map(|u| 4.0 * u).collect();
            let y = subject.some_y(&u, &mut random);
            let row = subject.at(Tail::Pdf, &y, &u);
            // Rounding of a vanishing curvature may be positive.
            let slack = 1e-13 * (1.0 + row.l.abs());
            assert!(row.h[0] <= slack, "{} y {y:?} u {u:?}: h = {}", subject.name, row.h[0]);
        }
    }
}

#[test]
fn what_is_called_quadratic_is_least_squares() {
    let mut random = Uniform(6);
    let mut seen = 0;
    for subject in subjects().iter().filter(|s| s.likelihood().spec().quadratic) {
        seen += 1;
        for _ in 0..100 {
            let u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            let row = subject.at(Tail::Pdf, &y, &u);
            let z = (y[0] - u[0]) * loglik_num::exp(-u[1]);
            let constant = row.l + u[1] + 0.5 * z * z;
            let rounding = 1e-14 * (1.0 + row.l.abs() + z * z);
            assert!(
                (constant + 0.918_938_533_204_672_7).abs() < rounding,
                "{} y {y:?} u {u:?}",
                subject.name
            );
        }
    }
    assert!(seen > 0);
}

#[test]
fn what_is_said_to_go_by_difference_does_not_see_a_shift() {
    let mut random = Uniform(7);
    let mut seen = 0;
    for subject in subjects().iter().filter(|s| s.likelihood().spec().by_difference) {
        seen += 1;
        for _ in 0..100 {
            // On a grid of quarters shifts are exact.
            let mut u = subject.some_u(&mut random);
            u[0] = (4.0 * u[0]).round() / 4.0;
            let y = (4.0 * subject.some_y(&u, &mut random)[0]).round() / 4.0;
            let here = subject.at(Tail::Pdf, &[y], &u);
            let shift = 4096.0;
            let there = subject.at(Tail::Pdf, &[y + shift], &moved(&u, 0, shift));
            let gone = subject.at(Tail::Pdf, &[y - u[0]], &moved(&u, 0, -u[0]));
            assert_eq!(here.l.to_bits(), there.l.to_bits(), "{} y {y} u {u:?}", subject.name);
            assert_eq!((here.l, here.g, here.h), (gone.l, gone.g, gone.h), "{} y {y} u {u:?}", subject.name);
        }
    }
    assert!(seen > 4, "{seen}");
}

#[test]
fn the_mean_has_the_derivatives_of_its_differences() {
    let mut random = Uniform(5);
    for subject in subjects() {
        let k = subject.k();
        let u = subject.some_u(&mut random);
        let mean = |u: &[f64]| {
            let columns: Vec<[f64; 8]> = u.iter().map(|&u| [u; 8]).collect();
            let columns: Vec<&[f64]> = columns.iter().map(|c| &c[..]).collect();
            let mut out = RowDerivs::new(8, k);
            subject.likelihood().mean(&columns, &mut out).then_some(out)
        };
        let Some(found) = mean(&u) else { continue };
        if !found.l[0].is_finite() {
            continue;
        }
        for i in 0..k {
            let by_difference = slope(|s| mean(&moved(&u, i, s)).map_or(f64::NAN, |out| out.l[0]));
            assert!(is_close(found.g(i)[0], by_difference, found.l[0]), "{} mean g{i}", subject.name);
        }
    }
}
