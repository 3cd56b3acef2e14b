//! Deviances and saturated values agree with the log density they are about.

use crate::subjects::{Domain, Uniform, subjects};
use loglik_likelihood::Tail;

#[test]
fn the_deviance_is_twice_the_loss_against_the_saturated_row_in_units_of_dispersion() {
    let mut random = Uniform(31);
    for subject in subjects() {
        for _ in 0..20 {
            let mut u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            let Some(first) = subject.likelihood().dispersion_model(&y, &u) else { continue };
            let before = subject.l(Tail::Pdf, &y, &u);
            u[0] += 0.7;
            let second = subject.likelihood().dispersion_model(&y, &u).expect("a dispersion model stays one");
            let after = subject.l(Tail::Pdf, &y, &u);
            let fallen = 0.5 * first.weight * (second.deviance - first.deviance);
            // One factor 1 / phi for all rows: found by a third mean.
            u[0] -= 1.9;
            let third = subject.likelihood().dispersion_model(&y, &u).expect("a dispersion model stays one");
            let later = subject.l(Tail::Pdf, &y, &u);
            let fallen_more = 0.5 * first.weight * (third.deviance - first.deviance);
            let (left, right) = ((before - after) * fallen_more, (before - later) * fallen);
            assert!(
                (left - right).abs() <= 1e-11 * (1.0 + left.abs()),
                "{} y {y:?}: {left} {right}",
                subject.name
            );
        }
    }
}

#[test]
fn the_unit_deviance_falls_by_twice_the_residual_over_the_variance_function() {
    let mut random = Uniform(32);
    for subject in subjects() {
        for _ in 0..20 {
            let u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            let at = |step: f64| {
                let moved = [&[u[0] + step], &u[1..]].concat();
                subject.likelihood().dispersion_model(&y, &moved)
            };
            let Some(model) = at(0.0) else { continue };
            let difference =
                |f: &dyn Fn(f64) -> f64| (8.0 * (f(1e-3) - f(-1e-3)) - f(2e-3) + f(-2e-3)) / 12e-3;
            let deviance = difference(&|s| at(s).map_or(f64::NAN, |m| m.deviance));
            let mu = difference(&|s| at(s).map_or(f64::NAN, |m| m.mu));
            let expected = -2.0 * (model.y - model.mu) / model.variance * mu;
            assert!(
                (deviance - expected).abs() <= 1e-8 * (1.0 + expected.abs()),
                "{} y {y:?} u {u:?}: {deviance} {expected}",
                subject.name
            );
        }
    }
}

#[test]
fn the_saturated_value_is_the_greatest_over_the_location() {
    let mut random = Uniform(33);
    for subject in subjects().iter().filter(|s| s.k() <= 3 && s.likelihood().spec().columns.len() <= 2) {
        for _ in 0..20 {
            let u = subject.some_u(&mut random);
            let y = subject.some_y(&u, &mut random);
            let Some(saturated) = subject.likelihood().saturated(&y, &u) else { continue };
            if subject.k() > 1 && subject.name.starts_with("categorical") {
                assert_eq!(saturated, 0.0);
                continue;
            }
            let value = |location: f64| subject.l(Tail::Pdf, &y, &[&[location], &u[1..]].concat());
            // From a grid to the last digits by golden sections.
            let centre = if subject.domain == Domain::Real { y[0] } else { 0.0 };
            let grid = (-1200..=1200)
                .map(|i| centre + f64::from(i) * 0.05)
                .max_by(|a, b| value(*a).total_cmp(&value(*b)));
            let best = grid.expect("the grid has points");
            let (mut low, mut high) = (best - 0.05, best + 0.05);
            for _ in 0..80 {
                let (a, b) = (high - 0.618 * (high - low), low + 0.618 * (high - low));
                if value(a) > value(b) { high = b } else { low = a }
            }
            let found = value(0.5 * (low + high));
            assert!(
                (found - saturated).abs() <= 1e-9 * (1.0 + saturated.abs()),
                "{} y {y:?} u {u:?}: {saturated} stated, {found} found",
                subject.name
            );
        }
    }
}
